/* The backend that makes cgroups by itself, in the part of the tree that is the caller's. */
#include "cgroup/cgroup.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/log.h"
#include "cgroup/files.h"
#include "cgroup/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

/* A removed process is counted a little longer: so often, and with so long a pause, in microseconds, rmdir(2) is tried. */
#define TRIES 50
#define PAUSE 2000

#define MAX_DEPTH 64

/* --- The path ---------------------------------------------------------------------------------------------------- */

/* The components of cgroupsPath below the caller's part of the tree, which a path from the tree's root may name.  NULL with
 * SNUG_ERROR_USAGE. */
static char **
components (const CgroupWish *wish, const char *place, GError **error)
{
  const char *path = wish->path && *wish->path ? wish->path : wish->name;
  gsize length = strlen (place);
  if (length > 1 && strncmp (path, place, length) == 0 && path[length] == '/')
    path += length;

  g_auto (GStrv) words = g_strsplit (path, "/", -1);
  guint n = 0;
  for (char **word = words; *word; word++)
    {
      if (g_str_equal (*word, "..") || strpbrk (*word, "\n") != NULL || strlen (*word) > NAME_MAX)
        {
          g_autofree char *shown = g_strescape (path, NULL);
          return fail (error, SNUG_ERROR_USAGE, _ ("/linux/cgroupsPath: \"%s\" is no path of a cgroup"), shown),
                 NULL;
        }
      n += **word != '\0' && !g_str_equal (*word, ".");
    }
  if (n == 0)
    return fail (error, SNUG_ERROR_USAGE,
                 _ ("/linux/cgroupsPath: \"%s\" names no cgroup of the container's own"), path),
           NULL;

  char **names = g_new0 (char *, n + 1);
  n = 0;
  for (char **word = words; *word; word++)
    if (**word != '\0' && !g_str_equal (*word, "."))
      names[n++] = g_strdup (*word);
  return names;
}

/* --- Directories ------------------------------------------------------------------------------------------------- */

static gboolean
remove_directory (int parent, const char *name)
{
  for (int i = 0; i < TRIES; i++)
    {
      if (unlinkat (parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return TRUE;
      if (errno != EBUSY)
        return FALSE;
      g_usleep (PAUSE);
    }
  return FALSE;
}

/* Removes what is inside @dir, the deepest first. */
static gboolean
remove_inside (int dir, int depth)
{
  Fd listed = openat (dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = listed < 0 ? NULL : fdopendir (listed);
  if (entries == NULL)
    return FALSE;
  fd_steal (&listed);

  gboolean ok = TRUE;
  for (struct dirent *entry = readdir (entries); ok && entry; entry = readdir (entries))
    {
      if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || depth == 0)
        continue;
      Fd child = cgroup_open_below (dir, entry->d_name);
      ok = (child < 0 && errno == ENOENT)
           || (child >= 0 && remove_inside (child, depth - 1) && remove_directory (dir, entry->d_name));
    }
  closedir (entries);
  return ok;
}

/* --- Those that are not to outlive their makers ------------------------------------------------------------------- */

/* As long as we live and have it open, nobody sweeps it.  FALSE: somebody already has, as it was not held yet. */
static gboolean
hold (const Cgroup *cgroup)
{
  return flock (cgroup->dir, LOCK_SH | LOCK_NB) == 0 && faccessat (cgroup->dir, "cgroup.procs", F_OK, 0) == 0;
}

/* Removes from @parent what has a name with the same beginning as @name, up to its first point, and which nobody holds or is
 * in. */
static void
sweep (int parent, const char *name)
{
  Fd listed = openat (parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = listed < 0 ? NULL : fdopendir (listed);
  if (entries == NULL)
    return;
  fd_steal (&listed);

  for (struct dirent *entry = readdir (entries); entry; entry = readdir (entries))
    {
      if (entry->d_type != DT_DIR || strncmp (entry->d_name, name, strcspn (name, ".") + 1) != 0)
        continue;
      Cgroup left = { .dir = cgroup_open_below (parent, entry->d_name) };
      Fd dir = left.dir;
      if (dir >= 0 && flock (dir, LOCK_EX | LOCK_NB) == 0 && cgroup_is_empty (&left)
          && remove_inside (dir, MAX_DEPTH))
        unlinkat (parent, entry->d_name, AT_REMOVEDIR);
    }
  closedir (entries);
}

/* --- Making ------------------------------------------------------------------------------------------------------ */

/* For want of rights there may be none; anything else is a failure. */
static gboolean
fail_rights (GError **error, int err, const char *path)
{
  fail_errno (error, err, _ ("can't make cgroup %s"), path);
  if (err == EACCES || err == EPERM || err == EROFS)
    (*error)->code = SNUG_ERROR_MISSING;
  return FALSE;
}

/* Goes from @cgroup's directory down to @name, which is made if it is not there. */
static gboolean
descend (Cgroup *cgroup, const char *name, GError **error)
{
  gboolean new = mkdirat (cgroup->dir, name, 0755) == 0;
  int err = new ? 0 : errno;
  g_autofree char *path = g_build_path ("/", cgroup->path, name, NULL);
  int dir = new || err == EEXIST ? cgroup_open_below (cgroup->dir, name) : -1;
  if (dir < 0)
    return fail_rights (error, err && err != EEXIST ? err : errno, path);
  fd_clear (&cgroup->dir);
  cgroup->dir = dir;
  cgroup->made += new ? 1 : 0;
  g_free (cgroup->path);
  cgroup->path = g_steal_pointer (&path);
  return TRUE;
}

/* How many of the directories @names, each in the one before and the first in @dir, are not there. */
static guint
count_missing (int dir, char **names)
{
  g_autoptr (GString) path = g_string_new (NULL);
  for (char **name = names; *name; name++)
    {
      g_string_append_printf (path, "/%s", *name);
      Fd there = cgroup_open_below (dir, path->str);
      if (there < 0)
        return g_strv_length (name);
    }
  return 0;
}

static gboolean
foretell (const CgroupWish *wish, const Cgroup *above, char **names, GError **error)
{
  guint missing = wish->foretell != NULL ? count_missing (above->dir, names) : 0;
  g_autofree char *below = g_strjoinv ("/", names);
  g_autofree char *path = g_build_path ("/", above->path, below, NULL);
  return missing == 0 || wish->foretell (wish->listener, path, missing, error);
}

/* Where the cgroup was there before: nobody may live in it, and a frozen one would hold us for good. */
static gboolean
check_fitness (const Cgroup *cgroup, GError **error)
{
  g_autofree char *events = cgroup_read (cgroup->dir, "cgroup.events");
  if (events == NULL)
    return fail_errno (error, errno, _ ("can't look at cgroup %s"), cgroup->path);
  if (cgroup_value_of (events, "populated", 0) != 0)
    return fail (error, SNUG_ERROR_FAILED, _ ("cgroup %s is not empty: there are processes in it"),
                 cgroup->path);
  if (cgroup_value_of (events, "frozen", 0) != 0 || cgroup_is_frozen (cgroup))
    return fail (error, SNUG_ERROR_FAILED, _ ("cgroup %s is frozen"), cgroup->path);
  return cgroup_keep_all (cgroup, error);
}

static gboolean
make (const CgroupWish *wish, Cgroup *cgroup, GError **error)
{
  struct stat st;
  const char *place = cgroup_tree ()->place;
  g_auto (GStrv) names = components (wish, place, error);
  if (names == NULL)
    return FALSE;
  cgroup->path = g_strdup (place);
  cgroup->dir = cgroup_open_path (place);
  if (cgroup->dir < 0)
    return fail_errno (error, errno, _ ("can't open cgroup %s"), place);

  if (wish->passing)
    sweep (cgroup->dir, wish->name);
  if (!foretell (wish, cgroup, names, error))
    return FALSE;
  for (char **name = names; *name; name++)
    if (!cgroup_enable_all (cgroup->dir, cgroup->path, wish->limits, error) || !descend (cgroup, *name, error))
      return FALSE;
  if (fstat (cgroup->dir, &st) < 0)
    return fail_errno (error, errno, _ ("can't look at cgroup %s"), cgroup->path);
  cgroup->id = st.st_ino;
  if (cgroup->made == 0 && !check_fitness (cgroup, error))
    return FALSE;
  if (cgroup->made == 0 && (wish->path == NULL || *wish->path == '\0'))
    cgroup->made = 1; /* of our name: what is left of a run that was killed */
  return (!wish->inner
          || (cgroup_make_inner (cgroup, error)
              && cgroup_enable_all (cgroup->dir, cgroup->path, wish->limits, error)))
         && cgroup_make_place (wish, cgroup, error);
}

static Cgroup *
make_once (const CgroupWish *wish, GError **error)
{
  g_autoptr (Cgroup) cgroup = g_new0 (Cgroup, 1);
  *cgroup = (Cgroup){ .backend = &cgroup_fs, .dir = -1, .place = -1 };
  if (make (wish, cgroup, error))
    return g_steal_pointer (&cgroup);
  if (cgroup->made > 0)
    cgroup_remove (cgroup, NULL);
  return NULL;
}

static Cgroup *
fs_make (const CgroupWish *wish, GError **error)
{
  for (int i = 0; i < TRIES; i++)
    {
      g_autoptr (Cgroup) cgroup = make_once (wish, error);
      if (cgroup == NULL || !wish->passing || hold (cgroup))
        return g_steal_pointer (&cgroup);
    }
  fail (error, SNUG_ERROR_FAILED, _ ("cgroup %s is removed by somebody else again and again"), wish->name);
  return NULL;
}

/* --- Limits ------------------------------------------------------------------------------------------------------ */

/* A controller that nobody asked for before may not have been handed on so far.  Where we have no say, the file will be
 * missing, which says enough. */
static gboolean
enable_down (const Cgroup *cgroup, const CgroupLimits *limits, GError **error)
{
  const char *place = cgroup_tree ()->place;
  Fd root = place ? cgroup_open_root () : -1;
  gsize length = place ? strlen (place) : 0;
  if (root < 0 || strncmp (cgroup->path, place, length) != 0)
    return TRUE;
  for (const char *end = cgroup->path + length; end != NULL; end = strchr (end + 1, '/'))
    {
      g_autofree char *path = g_strndup (cgroup->path, MAX ((gsize) (end - cgroup->path), 1));
      Fd dir = cgroup_open_below (root, path);
      if (g_str_equal (path, cgroup->path))
        break;
      if (dir >= 0 && !cgroup_enable_all (dir, path, limits, error))
        return FALSE;
      if (*end == '\0')
        break;
    }
  return TRUE;
}

static gboolean
fs_apply (Cgroup *cgroup, const CgroupLimits *limits, GError **error)
{
  return enable_down (cgroup, limits, error) && cgroup_write_limits (cgroup, limits, error);
}

/* --- Removing ---------------------------------------------------------------------------------------------------- */

/* Cuts the last component off @path. */
static void
cut (char *path)
{
  char *slash = strrchr (path, '/');
  slash[slash == path] = '\0';
}

/* Removes the directory at @path below @root, if it is the one that @dir is. */
static gboolean
remove_named (int root, const char *path, int dir)
{
  g_autofree char *above = g_strdup (path);
  struct stat held, named;
  cut (above);
  const char *name = strrchr (path, '/') + 1;
  Fd parent = cgroup_open_below (root, above);
  if (parent < 0)
    return errno == ENOENT;
  if (fstatat (parent, name, &named, AT_SYMLINK_NOFOLLOW) < 0 || fstat (dir, &held) < 0
      || named.st_ino != held.st_ino)
    return TRUE; /* it is gone */
  return remove_directory (parent, name);
}

/* Those above, as long as nobody else is in them.  One that is not there is none to remove. */
static void
remove_above (int root, const char *path, guint n)
{
  g_autofree char *above = g_strdup (path);
  for (; n > 0; n--)
    {
      cut (above);
      Fd dir = cgroup_open_below (root, above);
      if (dir < 0 && errno == ENOENT)
        continue;
      g_autofree char *events = dir < 0 ? NULL : cgroup_read (dir, "cgroup.events");
      g_autofree char *stat = dir < 0 ? NULL : cgroup_read (dir, "cgroup.stat");
      if (!events || !stat || cgroup_value_of (events, "populated", 1)
          || cgroup_value_of (stat, "nr_descendants", 1) || !remove_named (root, above, dir))
        return;
    }
}

gboolean
cgroup_remove_directory (Cgroup *cgroup, GError **error)
{
  Fd root = cgroup_open_root ();
  if (root < 0 || !remove_inside (cgroup->dir, MAX_DEPTH) || !remove_named (root, cgroup->path, cgroup->dir))
    return fail_errno (error, errno, _ ("can't remove cgroup %s"), cgroup->path);
  remove_above (root, cgroup->path, cgroup->made - 1);
  return TRUE;
}

/* What was cloned into it by whoever was killed ends too. */
void
cgroup_unmake (const char *path, guint made)
{
  Fd root = cgroup_open_root ();
  const Cgroup left = { .dir = root < 0 ? -1 : cgroup_open_below (root, path) };
  Fd dir = left.dir;
  g_autofree char *inside = g_strconcat (path, "/" CGROUP_INNER "/", NULL);

  for (int i = 0; i < TRIES && dir >= 0 && !cgroup_is_empty (&left); i++)
    g_usleep (PAUSE);
  remove_above (root, inside, made + 1);
}

static gboolean
fs_remove (Cgroup *cgroup, GError **error)
{
  return cgroup_empty (cgroup, error) && (cgroup->made == 0 || cgroup_remove_directory (cgroup, error));
}

static gboolean
fs_fill (Cgroup *cgroup, const CgroupWish *wish G_GNUC_UNUSED, pid_t pid, GError **error)
{
  return cgroup_write_pid (cgroup, cgroup->place, pid, error);
}

const CgroupBackend cgroup_fs = {
  .name = "cgroupfs",
  .make = fs_make,
  .fill = fs_fill,
  .place = cgroup_write_pid,
  .apply = fs_apply,
  .remove = fs_remove,
};
