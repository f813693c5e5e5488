/* Handing on, to the cgroups inside, and over, to who lives there: see files.h. */
#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/log.h"
#include "cgroup/files.h"
#include "cgroup/tree.h"

#include <fcntl.h>
#include <sys/stat.h>

/* What is handed on wherever it can be, so that `events` has something to tell. */
static const char *const usual[] = { "cpu", "io", "memory", "pids" };

/* --- Controllers ------------------------------------------------------------------------------------------------- */

/* Which hierarchy of cgroup v1 has @controller; 0: none, -1: there is no such controller. */
static gint64
v1_hierarchy (const char *controller)
{
  const char *v1_name = g_str_equal (controller, "io") ? "blkio" : controller;
  g_autofree char *text = cgroup_read (AT_FDCWD, "/proc/cgroups");
  g_auto (GStrv) lines = g_strsplit (text ? text : "", "\n", -1);
  for (char **line = lines; *line; line++)
    {
      g_auto (GStrv) words = g_strsplit (*line, "\t", -1);
      if (words[0] && words[1] && g_str_equal (words[0], v1_name))
        return g_ascii_strtoll (words[1], NULL, 10);
    }
  return -1;
}

gboolean
cgroup_fail_controller (const char *origin, const char *controller, const char *path, GError **error)
{
  gint64 hierarchy = v1_hierarchy (controller);
  if (hierarchy > 0)
    return fail (
        error, SNUG_ERROR_FAILED,
        _ ("%s: the controller %s is bound to cgroup v1 on this host, and only v2 is supported: boot with "
           "systemd.unified_cgroup_hierarchy=1"),
        origin, controller);
  if (hierarchy < 0 && g_ascii_strcasecmp (controller, "misc") != 0)
    return fail (error, SNUG_ERROR_FAILED, _ ("%s: this kernel has no controller %s"), origin, controller);
  return fail (error, SNUG_ERROR_FAILED,
               _ ("%s: the controller %s is not delegated to cgroup %s\nsystemd hands on what Delegate= of the "
                  "unit names"),
               origin, controller, path);
}

/* Hands @controller on from the cgroup @dir to those inside it.  @origin: what needs it, or NULL. */
static gboolean
enable (int dir, const char *path, const char *controller, const char *origin, GError **error)
{
  g_autofree char *available = cgroup_read (dir, "cgroup.controllers");
  g_autofree char *enabled = cgroup_read (dir, "cgroup.subtree_control");
  g_autofree char *order = g_strconcat ("+", controller, NULL);

  if (cgroup_has_word (enabled, controller))
    return TRUE;
  if (!cgroup_has_word (available, controller))
    return origin == NULL || cgroup_fail_controller (origin, controller, path, error);
  if (cgroup_write (dir, "cgroup.subtree_control", order) || origin == NULL)
    return TRUE;
  if (errno == EBUSY)
    return fail (error, SNUG_ERROR_FAILED,
                 _ ("%s: cgroup %s can't hand on the controller %s, because it has processes of its own: %s"),
                 origin, path, controller, strerror (errno));
  return fail_errno (error, errno, _ ("%s: can't hand on the controller %s of cgroup %s"), origin, controller,
                     path);
}

gboolean
cgroup_keep_all (const Cgroup *cgroup, GError **error)
{
  g_autofree char *enabled = cgroup_read (cgroup->dir, "cgroup.subtree_control");
  g_auto (GStrv) words = g_strsplit (enabled ? enabled : "", " ", -1);
  for (char **word = words; *word; word++)
    {
      g_autofree char *order = g_strconcat ("-", *word, NULL);
      if (**word != '\0' && !cgroup_write (cgroup->dir, "cgroup.subtree_control", order))
        return fail_errno (error, errno,
                           _ ("cgroup %s can have no process, because it hands on the controller %s"),
                           cgroup->path, *word);
    }
  return TRUE;
}

gboolean
cgroup_enable_all (int dir, const char *path, const CgroupLimits *limits, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (usual); i++)
    if (!enable (dir, path, usual[i], cgroup_limits_need (limits, usual[i]), error))
      return FALSE;
  for (guint i = 0; limits && i < limits->settings->len; i++)
    {
      const CgroupSetting *setting = &g_array_index (limits->settings, CgroupSetting, i);
      g_autofree char *controller = cgroup_controller_of (setting->file);
      if (controller != NULL && !setting->if_there && !enable (dir, path, controller, setting->origin, error))
        return FALSE;
    }
  return TRUE;
}

/* --- The place --------------------------------------------------------------------------------------------------- */

gboolean
cgroup_make_inner (Cgroup *cgroup, GError **error)
{
  return mkdirat (cgroup->dir, CGROUP_INNER, 0755) == 0 || errno == EEXIST
         || fail_errno (error, errno, _ ("can't make cgroup %s/%s"), cgroup->path, CGROUP_INNER);
}

/* Hands the place over: the directory, and the files that the kernel lists for that. */
static gboolean
give (const CgroupWish *wish, const Cgroup *cgroup, GError **error)
{
  static const char *const otherwise[] = { "cgroup.procs", "cgroup.subtree_control", "cgroup.threads", NULL };
  g_autofree char *text = cgroup_read (AT_FDCWD, "/sys/kernel/cgroup/delegate");
  g_auto (GStrv) files = text ? g_strsplit (text, "\n", -1) : g_strdupv ((char **) otherwise);

  if (fchown (cgroup->place, wish->uid, wish->gid) < 0)
    {
      if (errno != EPERM)
        return fail_errno (error, errno, _ ("can't hand over cgroup %s"), cgroup->path);
      log_debug ("cgroup %s is not handed over to uid %u: %s", cgroup->path, wish->uid, strerror (errno));
      return TRUE;
    }
  for (char **file = files; *file; file++)
    if (strchr (*file, '/') == NULL
        && fchownat (cgroup->place, *file, wish->uid, wish->gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
      return fail_errno (error, errno, _ ("can't hand over %s of cgroup %s"), *file, cgroup->path);
  return TRUE;
}

gboolean
cgroup_make_place (const CgroupWish *wish, Cgroup *cgroup, GError **error)
{
  cgroup->place = cgroup_open_below (cgroup->dir, wish->inner ? CGROUP_INNER : "");
  if (cgroup->place < 0)
    return fail_errno (error, errno, _ ("can't open cgroup %s"), cgroup->path);
  return !wish->give || give (wish, cgroup, error);
}
