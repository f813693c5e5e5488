/* Choosing a backend, and what is the same for all of them: opening, placing, writing limits.  See cgroup.h. */
#include "cgroup/cgroup.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/number.h"
#include "base/user.h"
#include "cgroup/bus.h"
#include "cgroup/files.h"
#include "cgroup/tree.h"
#include "cgroup/unit.h"

#include <fcntl.h>
#include <sys/stat.h>

/* --- Choosing ------------------------------------------------------------------------------------------------ */

/* What would help whoever has no cgroup of his own. */
#define HELP_DELEGATION                                                                               \
  N_ ("needed is a cgroup that is delegated to you: a session of systemd with a user manager "        \
      "(dbus-user-session, and "                                                                      \
      "lingering by loginctl enable-linger), and there a command like systemd-run --user --scope -p " \
      "Delegate=yes")

char *
cgroup_why_not_fs (void)
{
  const CgroupTree *tree = cgroup_tree ();
  if (tree->mount == NULL)
    return g_strdup (_ (
        "no cgroup2 tree is mounted on this host\nboot with systemd.unified_cgroup_hierarchy=1, or mount one"));
  if (tree->own == NULL)
    return g_strdup (_ ("the cgroup that snug was called in is out of sight"));
  if (tree->place == NULL)
    return g_strdup_printf (_ ("cgroup %s is not delegated to uid %u\n%s"), tree->own, geteuid (),
                            _ (HELP_DELEGATION));
  return NULL;
}

/* Why no cgroup can be made by @manager; NULL: it may be possible.  The caller's. */
static char *
why_not (CgroupManager manager)
{
  if (manager == CGROUP_BY_NOBODY)
    return g_strdup (_ ("cgroups are switched off by --cgroup-manager disabled"));
  return manager == CGROUP_BY_FS || cgroup_tree ()->mount == NULL ? cgroup_why_not_fs () : NULL;
}

/* What asks for a cgroup: a limit, or devices that are denied; whoever wants no cgroups lets go of those. */
static const char *
first_need (const CgroupWish *wish)
{
  const char *need = cgroup_limits_need (wish->limits, NULL);
  if (need == NULL && wish->manager != CGROUP_BY_NOBODY && cgroup_denies_devices (wish->limits))
    need = wish->limits->devices_origin;
  return need;
}

static gboolean
fail_no_cgroup (const char *need, const char *why, GError **error)
{
  return fail (error, SNUG_ERROR_FAILED, _ ("%s: there is no cgroup to limit: %s"), need, why);
}

/* Nobody can make it: that is an error, unless nothing needs it.  @failure is taken. */
static gboolean
do_without (const CgroupWish *wish, GError *failure, GError **error)
{
  g_autoptr (GError) owned = failure;
  const char *need = first_need (wish);
  int line = (int) strcspn (failure->message, "\n");
  if (failure->code != SNUG_ERROR_MISSING)
    return fail_with (error, g_steal_pointer (&owned));
  if (need != NULL)
    return fail_no_cgroup (need, failure->message, error);
  if (wish->manager == CGROUP_BY_SYSTEMD)
    log_warning (_ ("running without a cgroup: %.*s"), line, failure->message);
  else
    log_debug ("running without a cgroup: %.*s", line, failure->message);
  return TRUE;
}

/* The same where there could be one if the caller had the rights. */
static gboolean
do_without_rights (const CgroupWish *wish, GError *failure, GError **error)
{
  if (wish->needed && first_need (wish) == NULL)
    return fail_with (error, failure);
  return do_without (wish, failure, error);
}

static const CgroupBackend *
backend_of (const CgroupWish *wish)
{
  gboolean alone = wish->manager == 0 && cgroup_tree ()->place != NULL && !bus_may_be (is_real_root ());
  return wish->manager == CGROUP_BY_FS || alone ? &cgroup_fs : &cgroup_systemd;
}

gboolean
cgroup_prepare (const CgroupWish *wish, Cgroup **cgroup, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *why = why_not (wish->manager);

  *cgroup = NULL;
  if (why != NULL)
    return do_without (wish, g_error_new_literal (SNUG_ERROR, SNUG_ERROR_MISSING, why), error);
  *cgroup = backend_of (wish)->make (wish, &failure);
  return *cgroup != NULL || do_without_rights (wish, g_steal_pointer (&failure), error);
}

/* Where there is a bus, but no systemd that answers, we make it by ourselves if we can. */
static gboolean
fill_otherwise (const CgroupWish *wish, pid_t pid, Cgroup **cgroup, GError *failure, GError **error)
{
  g_clear_pointer (cgroup, cgroup_free);
  if (wish->manager == 0 && cgroup_tree ()->place != NULL)
    {
      g_clear_error (&failure);
      *cgroup = cgroup_fs.make (wish, &failure);
    }
  return *cgroup != NULL ? cgroup_fs.fill (*cgroup, wish, pid, error)
                         : do_without_rights (wish, failure, error);
}

gboolean
cgroup_fill (const CgroupWish *wish, pid_t pid, gboolean placed, Cgroup **cgroup, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (*cgroup == NULL)
    return TRUE;
  if (!placed && !(*cgroup)->backend->fill (*cgroup, wish, pid, &failure))
    {
      if (failure->code != SNUG_ERROR_MISSING)
        return fail_with (error, g_steal_pointer (&failure));
      if (!fill_otherwise (wish, pid, cgroup, g_steal_pointer (&failure), error))
        return FALSE;
    }
  return *cgroup == NULL || cgroup_write_limits (*cgroup, wish->limits, error);
}

gboolean
cgroup_foresee (const CgroupWish *wish, CgroupOutlook *outlook, GError **error)
{
  const CgroupTree *tree = cgroup_tree ();
  CgroupManager manager = wish->manager;
  gboolean system = is_real_root ();
  g_autofree char *why = why_not (manager), *no_bus = NULL;
  g_autofree char *bus = why == NULL && manager != CGROUP_BY_FS ? bus_find (system, &no_bus) : NULL;

  *outlook = (CgroupOutlook){ 0 };
  if (why != NULL)
    return fail (error, SNUG_ERROR_MISSING, "%s", why);
  if (bus != NULL)
    {
      outlook->manager = cgroup_systemd.name;
      return unit_name (wish->path, wish->name, system, &outlook->slice, &outlook->unit, error);
    }
  if (manager == CGROUP_BY_SYSTEMD || tree->place == NULL)
    return fail (error, SNUG_ERROR_MISSING, "%s", no_bus ? no_bus : "");
  outlook->manager = cgroup_fs.name;
  outlook->below = g_strdup (tree->place);
  return TRUE;
}

void
cgroup_outlook_clear (CgroupOutlook *outlook)
{
  g_free (outlook->slice);
  g_free (outlook->unit);
  g_free (outlook->below);
}

/* --- Opening -------------------------------------------------------------------------------------------------- */

void
cgroup_free (Cgroup *cgroup)
{
  fd_clear (&cgroup->dir);
  fd_clear (&cgroup->place);
  g_free (cgroup->path);
  g_free (cgroup->unit);
  g_free (cgroup);
}

static gboolean
open_path (Cgroup *cgroup, const char *path, GError **error)
{
  cgroup->dir = cgroup_open_path (path);
  if (cgroup->dir >= 0)
    return TRUE;
  if (errno == ENOENT)
    return fail (error, SNUG_ERROR_MISSING, _ ("cgroup %s is gone"), path);
  return fail_errno (error, errno, _ ("can't open cgroup %s"), path);
}

Cgroup *
cgroup_open (const char *path, guint64 id, uid_t owner, const char *unit, GError **error)
{
  g_autoptr (Cgroup) cgroup = g_new0 (Cgroup, 1);
  struct stat st;

  *cgroup = (Cgroup){ .backend = unit ? &cgroup_systemd : &cgroup_fs,
                      .path = g_strdup (path),
                      .id = id,
                      .dir = -1,
                      .place = -1,
                      .unit = g_strdup (unit) };
  if (!open_path (cgroup, path, error))
    return NULL;
  if (fstat (cgroup->dir, &st) < 0)
    return fail_errno (error, errno, _ ("can't open cgroup %s"), path), NULL;
  if (st.st_ino != id)
    return fail (error, SNUG_ERROR_MISSING, _ ("cgroup %s is gone, and another has its name"), path), NULL;
  if (owner != (uid_t) -1 && st.st_uid != owner)
    return fail (error, SNUG_ERROR_FAILED, _ ("cgroup %s does not belong to uid %u"), path, owner), NULL;
  return g_steal_pointer (&cgroup);
}

/* --- Placing -------------------------------------------------------------------------------------------------- */

gboolean
cgroup_place (const Cgroup *cgroup, int place, pid_t pid, GError **error)
{
  return cgroup->backend->place (cgroup, place, pid, error);
}

gboolean
cgroup_write_pid (const Cgroup *cgroup, int place, pid_t pid, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%d", (int) pid);
  return cgroup_write (place, "cgroup.procs", text)
         || fail_errno (error, errno, _ ("can't put process %d into cgroup %s"), (int) pid, cgroup->path);
}

char *
cgroup_path_of (pid_t pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%d/cgroup", (int) pid);
  g_autofree char *text = cgroup_read (AT_FDCWD, file);
  g_auto (GStrv) lines = g_strsplit (text ? text : "", "\n", -1);
  for (char **line = lines; *line; line++)
    if (g_str_has_prefix (*line, "0::/"))
      return g_strdup (*line + strlen ("0::"));
  return NULL;
}

/* Where @pid is now, below @cgroup; NULL: not there.  The caller's. */
static char *
place_of (const Cgroup *cgroup, pid_t pid)
{
  g_autofree char *path = cgroup_path_of (pid);
  gsize length = strlen (cgroup->path);
  if (path == NULL || !g_str_has_prefix (path, cgroup->path) || (path[length] != '\0' && path[length] != '/'))
    return NULL;
  return g_strdup (path + length);
}

gboolean
cgroup_has_process (const Cgroup *cgroup, pid_t pid)
{
  g_autofree char *place = place_of (cgroup, pid);
  return place != NULL;
}

/* Whether it was handed over to the container itself: then what has the limits is still of who made it. */
static gboolean
is_given (const Cgroup *cgroup)
{
  struct stat directory, file;
  return fstat (cgroup->dir, &directory) == 0
         && fstatat (cgroup->dir, "cgroup.freeze", &file, AT_SYMLINK_NOFOLLOW) == 0
         && directory.st_uid != file.st_uid;
}

/* What the container sees as the root.  One inside of that name may also be its own. */
static int
open_root (const Cgroup *cgroup)
{
  int inner = is_given (cgroup) ? -1 : cgroup_open_below (cgroup->dir, CGROUP_INNER);
  return inner >= 0 ? inner : cgroup_open_below (cgroup->dir, "");
}

/* A payload that manages cgroups may have moved @pid further in, and then nothing may be put where it was. */
int
cgroup_open_place (const Cgroup *cgroup, const char *below, pid_t pid, GError **error)
{
  g_autofree char *current = below ? NULL : place_of (cgroup, pid);
  const char *path = below ? below : current ? current : "";
  Fd root = current ? -1 : open_root (cgroup);
  int place = current || root >= 0 ? cgroup_open_below (current ? cgroup->dir : root, path) : -1;
  if (place < 0)
    fail_errno (error, errno, _ ("can't open cgroup %s below %s"), path, cgroup->path);
  return place;
}

/* --- Limits --------------------------------------------------------------------------------------------------- */

static gboolean
fail_setting (const Cgroup *cgroup, const CgroupSetting *setting, GError **error)
{
  int err = errno;
  g_autofree char *controller = cgroup_controller_of (setting->file);
  g_autofree char *controllers = cgroup_read (cgroup->dir, "cgroup.controllers");
  if (err == ENOENT && controller != NULL && !cgroup_has_word (controllers, controller))
    return cgroup_fail_controller (setting->origin, controller, cgroup->path, error);
  if (err == ENOENT)
    return fail (error, SNUG_ERROR_FAILED, _ ("%s: cgroup %s has no file %s: %s"), setting->origin,
                 cgroup->path, setting->file, strerror (err));
  return fail_errno (error, err, _ ("%s: can't write \"%s\" to %s of cgroup %s"), setting->origin,
                     setting->value, setting->file, cgroup->path);
}

/* The kernel takes a line at a time. */
static gboolean
write_lines (int dir, const char *file, const char *value)
{
  g_auto (GStrv) lines = g_strsplit (value, "\n", -1);
  gboolean ok = TRUE;
  for (char **line = lines; ok && *line; line++)
    ok = (line != lines && **line == '\0') || cgroup_write (dir, file, *line);
  return ok;
}

/* Memory is counted in pages; all else is as it was written. */
static gboolean
is_same (const char *wanted, const char *found)
{
  guint64 a, b;
  if (parse_number (wanted, 10, G_MAXUINT64, &a) && parse_number (found, 10, G_MAXUINT64, &b))
    return a - b < (guint64) sysconf (_SC_PAGESIZE);
  return g_str_equal (wanted, found);
}

/* The kernel takes a list of what this host has none of, and then gives all. */
static gboolean
check_list (const Cgroup *cgroup, const CgroupSetting *setting, GError **error)
{
  g_autofree char *file = g_strconcat (setting->file, ".effective", NULL);
  g_autofree char *found = cgroup_read (cgroup->dir, file);
  guint64 wanted[MAX_CPUS / BITS_PER_WORD] = { 0 }, given[MAX_CPUS / BITS_PER_WORD] = { 0 };
  if (found == NULL || *setting->value == '\0' || !parse_list (setting->value, wanted, G_N_ELEMENTS (wanted))
      || !parse_list (found, given, G_N_ELEMENTS (given)))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (given); i++)
    if (given[i] & ~wanted[i])
      return fail (error, SNUG_ERROR_FAILED, _ ("%s: %s of cgroup %s is %s, although %s was written"),
                   setting->origin, file, cgroup->path, found, setting->value);
  return TRUE;
}

/* Only files of one value say afterwards what was written; what they say is what holds. */
static gboolean
check_setting (const Cgroup *cgroup, const CgroupSetting *setting, GError **error)
{
  g_autofree char *found = cgroup_read (cgroup->dir, setting->file);
  if (g_str_equal (setting->file, "cpuset.cpus") || g_str_equal (setting->file, "cpuset.mems"))
    return check_list (cgroup, setting, error);
  if (found == NULL || strpbrk (setting->value, " =,-\n") != NULL || strpbrk (found, " =,-\n") != NULL
      || is_same (setting->value, found))
    return TRUE;
  return fail (error, SNUG_ERROR_FAILED, _ ("%s: %s of cgroup %s is %s, although %s was written"),
               setting->origin, setting->file, cgroup->path, found, setting->value);
}

/* What others write depends on: the burst on the quota, so that a refusal counts only the second time. */
static gboolean
write_all_settings (const Cgroup *cgroup, const CgroupLimits *limits, gboolean last, GError **error)
{
  gboolean refused = FALSE, missing = FALSE;
  for (guint i = 0; i < limits->settings->len; i++)
    {
      const CgroupSetting *setting = &g_array_index (limits->settings, CgroupSetting, i);
      gboolean skip = setting->instead && !missing;
      missing = FALSE;
      if (skip || write_lines (cgroup->dir, setting->file, setting->value))
        continue;
      missing = errno == ENOENT;
      if (missing && setting->if_there)
        continue;
      if (errno != EINVAL || last)
        return fail_setting (cgroup, setting, error);
      refused = TRUE;
    }
  return !refused || write_all_settings (cgroup, limits, TRUE, error);
}

/* A limit below what is used would have the kernel kill. */
static gboolean
check_memory (const Cgroup *cgroup, const CgroupLimits *limits, GError **error)
{
  const LimitNumber *memory = &limits->numbers[LIMIT_MEMORY];
  guint64 used;
  g_autofree char *text = cgroup_read (cgroup->dir, "memory.current");
  if (!limits->check_memory || !memory->given || memory->value <= 0 || text == NULL
      || !parse_number (text, 10, G_MAXUINT64, &used) || (guint64) memory->value >= used)
    return TRUE;
  g_autofree char *wanted = g_strdup_printf ("%" G_GINT64_FORMAT, memory->value);
  return fail (error, SNUG_ERROR_FAILED, _ ("%s: %s is less than what is used, %s"), memory->origin, wanted,
               g_strchomp (text));
}

gboolean
cgroup_write_limits (Cgroup *cgroup, const CgroupLimits *limits, GError **error)
{
  if (limits == NULL)
    return TRUE;
  if (!check_memory (cgroup, limits, error) || !write_all_settings (cgroup, limits, FALSE, error))
    return FALSE;
  for (guint i = 0; i < limits->settings->len; i++)
    if (!check_setting (cgroup, &g_array_index (limits->settings, CgroupSetting, i), error))
      return FALSE;
  return cgroup_write_devices (cgroup, limits, error);
}

gboolean
cgroup_apply (Cgroup *cgroup, const CgroupLimits *limits, GError **error)
{
  return cgroup->backend->apply (cgroup, limits, error);
}

gboolean
cgroup_empty (Cgroup *cgroup, GError **error)
{
  return cgroup_is_empty (cgroup) || (cgroup_kill (cgroup, error) && cgroup_wait_empty (cgroup, error));
}

gboolean
cgroup_remove (Cgroup *cgroup, GError **error)
{
  return cgroup->dir < 0 || cgroup->backend->remove (cgroup, error);
}

gboolean
cgroup_leave (Cgroup *cgroup, GError **error)
{
  return cgroup->dir < 0 || !cgroup_is_empty (cgroup) || cgroup_remove (cgroup, error);
}
