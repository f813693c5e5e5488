/* Finding the cgroup2 tree, and opening, reading and writing what is in it: see tree.h. */
#include "cgroup/tree.h"

#include "base/fd.h"
#include "base/sys.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#define CGROUPS "/sys/fs/cgroup"

/* More than any file of a cgroup that we read has. */
#define MAX_TEXT (1 << 20)

/* --- Files ------------------------------------------------------------------------------------------------------ */

int
cgroup_open_below (int dir, const char *path)
{
  path += strspn (path, "/");
  return sys_openat2 (dir, *path ? path : ".", O_RDONLY | O_DIRECTORY, 0,
                      RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

char *
cgroup_read (int dir, const char *file)
{
  Fd fd = openat (dir, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  g_autoptr (GString) text = g_string_new (NULL);
  char chunk[4096];
  ssize_t n = fd < 0 ? -1 : 0;

  while (fd >= 0 && text->len < MAX_TEXT && (n = read (fd, chunk, sizeof chunk)) > 0)
    g_string_append_len (text, chunk, n);
  return n < 0 ? NULL : g_strdup (g_strchomp (text->str));
}

gboolean
cgroup_write (int dir, const char *file, const char *value)
{
  Fd fd = openat (dir, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  size_t length = strlen (value);
  return fd >= 0 && write (fd, value, length) == (ssize_t) length;
}

guint64
cgroup_value_of (const char *text, const char *key, guint64 otherwise)
{
  gsize length = strlen (key);
  for (const char *line = text; line != NULL && *line; line = strchr (line, '\n'))
    {
      line += *line == '\n';
      if (strncmp (line, key, length) == 0 && line[length] == ' ')
        return g_ascii_strtoull (line + length + 1, NULL, 10);
    }
  return otherwise;
}

gboolean
cgroup_has_word (const char *text, const char *word)
{
  g_auto (GStrv) words = g_strsplit_set (text ? text : "", " \n", -1);
  return g_strv_contains ((const char *const *) words, word);
}

/* --- The tree --------------------------------------------------------------------------------------------------- */

static gboolean
is_filesystem (const char *path, long magic)
{
  struct statfs fs;
  return statfs (path, &fs) == 0 && fs.f_type == magic;
}

static void
find_layout (CgroupTree *tree)
{
  if (is_filesystem (CGROUPS, CGROUP2_SUPER_MAGIC))
    {
      tree->layout = LAYOUT_V2;
      tree->mount = CGROUPS;
    }
  else if (is_filesystem (CGROUPS "/unified", CGROUP2_SUPER_MAGIC))
    {
      tree->layout = LAYOUT_HYBRID;
      tree->mount = CGROUPS "/unified";
    }
  else
    tree->layout = is_filesystem (CGROUPS, TMPFS_MAGIC) ? LAYOUT_V1 : LAYOUT_NONE;
}

/* The line of the cgroup2 tree; what lies outside of our cgroup namespace begins with "/..", and can't be reached. */
static char *
find_own (void)
{
  g_autofree char *text = cgroup_read (AT_FDCWD, "/proc/self/cgroup");
  g_auto (GStrv) lines = g_strsplit (text ? text : "", "\n", -1);
  for (char **line = lines; *line; line++)
    if (g_str_has_prefix (*line, "0::/") && !g_str_has_prefix (*line, "0::/.."))
      return g_strdup (*line + strlen ("0::"));
  return NULL;
}

/* Groups can be made, and processes moved there, by who may write to both. */
static gboolean
is_ours (int root, const char *path)
{
  Fd dir = cgroup_open_below (root, path);
  return dir >= 0 && faccessat (dir, ".", W_OK | X_OK, AT_EACCESS) == 0
         && faccessat (dir, "cgroup.procs", W_OK, AT_EACCESS) == 0;
}

/* A process only moves between groups that have one above them which is the caller's too: so it begins at our own. */
static char *
find_place (int root, const char *own)
{
  char *place = NULL;
  g_autofree char *path = g_strdup (own);
  while (is_ours (root, path))
    {
      g_free (place);
      place = g_strdup (path);
      if (g_str_equal (path, "/"))
        break;
      *strrchr (path, '/') = '\0';
      if (*path == '\0')
        path[0] = '/', path[1] = '\0';
    }
  return place;
}

static int
open_root (const CgroupTree *tree)
{
  struct statfs fs;
  Fd root = tree->mount ? open (tree->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (tree->mount == NULL)
    errno = ENODEV;
  if (root < 0 || fstatfs (root, &fs) < 0)
    return -1;
  errno = ENOTDIR;
  return fs.f_type == CGROUP2_SUPER_MAGIC ? fd_steal (&root) : -1;
}

static void
find_tree (CgroupTree *tree)
{
  find_layout (tree);
  if (tree->mount == NULL)
    return;
  tree->own = find_own ();
  Fd root = open_root (tree);
  if (root >= 0 && tree->own != NULL)
    tree->place = find_place (root, tree->own);
}

const CgroupTree *
cgroup_tree (void)
{
  static CgroupTree tree;
  static gboolean found;
  if (!found)
    find_tree (&tree);
  found = TRUE;
  return &tree;
}

int
cgroup_open_root (void)
{
  return open_root (cgroup_tree ());
}

int
cgroup_open_path (const char *path)
{
  Fd root = cgroup_open_root ();
  return root < 0 ? -1 : cgroup_open_below (root, path);
}
