/* The steps that mount what only OCI bundles ask for: filesystems of any type, devices, masks.
 *
 * The image is not trusted: whatever lies at a destination is looked at by descriptor, inside the root, and what is
 * mounted comes from the kernel or from the host's side.
 */
#include "child/child.h"

#include "base/fd.h"
#include "base/sys.h"

#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* --- Filesystems ---------------------------------------------------------------------------------------- */

/* fsconfig(2) takes so many bytes of a value, with its NUL. */
#define VALUE_SIZE 256

/* So many layers of an overlay have their descriptors' names in one value; more are added one by one, since Linux 6.5. */
#define FEW_LAYERS 14

/* Copies the first of the paths at @list, as overlayfs has them, to @path (PATH_MAX bytes).  Returns its end, or NULL. */
static const char *
copy_layer (const char *list, char *path)
{
  size_t n = 0;
  for (; *list != '\0' && *list != ':'; list++)
    {
      if (*list == '\\' && list[1] != '\0')
        list++;
      if (n == PATH_MAX - 1)
        return NULL;
      path[n++] = *list;
    }
  path[n] = '\0';
  return list;
}

/* Opens @path and writes the descriptor's name to @name.  It stays open until the filesystem exists; STEP_FDS closes it. */
static int
name_layer (const char *path, char *name)
{
  int fd = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  text_with_number (name, "/proc/self/fd/", (unsigned) fd, "");
  return 0;
}

/* Two colons stand before a layer that is for data alone. */
static int
set_layers (int fs, const char *list)
{
  char path[PATH_MAX], name[32], joined[VALUE_SIZE], *end = joined;
  int n = 0;
  for (const char *c = list; *c != '\0'; c++)
    n += *c == ':';

  while (*list != '\0')
    {
      size_t colons = strspn (list, ":");
      const char *next = copy_layer (list + colons, path);
      if (next == NULL || colons > 2 || name_layer (path, name) < 0)
        return -1;
      if (n < FEW_LAYERS)
        end = stpcpy (stpcpy (end, &"::"[2 - colons]), name);
      else if (sys_fsconfig (fs, FSCONFIG_SET_STRING, colons == 2 ? "datadir+" : "lowerdir+", name, 0) < 0)
        return -1;
      list = next;
    }
  return n < FEW_LAYERS ? sys_fsconfig (fs, FSCONFIG_SET_STRING, "lowerdir", joined, 0) : 0;
}

/* What is too long for a value can still be the paths of an overlay's layers. */
static int
set_long_value (int fs, const char *key, const char *value)
{
  char path[PATH_MAX], name[32];
  if (strcmp (key, "lowerdir") == 0)
    return set_layers (fs, value);
  if (strcmp (key, "upperdir") != 0 && strcmp (key, "workdir") != 0)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  const char *end = copy_layer (value, path);
  if (end == NULL || *end != '\0')
    return -1;
  return name_layer (path, name) < 0 ? -1 : sys_fsconfig (fs, FSCONFIG_SET_STRING, key, name, 0);
}

static int
set_option (int fs, const char *key, const char *value)
{
  if (value == NULL)
    return sys_fsconfig (fs, FSCONFIG_SET_FLAG, key, NULL, 0);
  if (strlen (value) >= VALUE_SIZE)
    return set_long_value (fs, key, value);
  return sys_fsconfig (fs, FSCONFIG_SET_STRING, key, value, 0);
}

/* @command: FSCONFIG_CMD_… that the options are for. */
static int
configure (int fs, const NewMount *want, unsigned command)
{
  if (want->source != NULL && sys_fsconfig (fs, FSCONFIG_SET_STRING, "source", want->source, 0) < 0)
    return -1;
  for (uint32_t i = 0; i < want->n_options; i++)
    if (set_option (fs, want->options[i][0], want->options[i][1]) < 0)
      return -1;
  return sys_fsconfig (fs, command, NULL, NULL, 0);
}

static int
attach_changed (Child *child, const Step *step, int tree, const MountAttributes *want)
{
  if (change_mount (tree, want) < 0)
    return failed_at (child, AT_FLAGS);
  return root_attach (child, step, tree, 1);
}

/* Binds the host's own that shows the same, with what is mounted below it: nobody may take that away from it.  That was not asked
 * for, and can't be written to.  Returns 1; or 0, where there is none, and leaves errno alone. */
static int
bind_same (Child *child, const Step *step)
{
  const NewMount *want = step->data;
  const int failure = errno;
  struct statfs fs;
  Fd tree = want->same != NULL ? sys_open_tree (AT_FDCWD, want->same, OPEN_TREE_CLONE | AT_RECURSIVE) : -1;
  if (tree < 0 || fstatfs (tree, &fs) < 0 || fs.f_type != (__fsword_t) want->magic)
    {
      errno = failure;
      return 0;
    }
  const uint64_t all = want->attributes->set & ~(uint64_t) MOUNT_ATTR__ATIME;
  if (sys_mount_setattr (tree, AT_RECURSIVE, all | MOUNT_ATTR_RDONLY, 0, MS_SLAVE) < 0
      || (!(all & MOUNT_ATTR_RDONLY) && sys_mount_setattr (tree, 0, 0, MOUNT_ATTR_RDONLY, 0) < 0))
    return failed_at (child, AT_FLAGS);
  return attach_changed (child, step, tree, want->attributes) < 0 ? -1 : 1;
}

/* Returns the new filesystem, detached, or -1. */
static int
make_filesystem (Child *child, const NewMount *want)
{
  Fd fs = sys_fsopen (want->type);
  if (fs < 0)
    return failed_at (child, AT_MOUNT);
  int tree = configure (fs, want, FSCONFIG_CMD_CREATE) < 0 ? -1 : sys_fsmount (fs, 0);
  if (tree >= 0)
    return tree;
  note_kernel_words (child, fs);
  return failed_at (child, AT_MOUNT);
}

int
step_mount (Child *child, const Step *step)
{
  const NewMount *want = step->data;
  Fd tree = make_filesystem (child, want);
  int same = tree < 0 && errno == EPERM ? bind_same (child, step) : 0;
  if (tree < 0)
    return same > 0 ? 0 : -1;
  if (strcmp (want->type, "tmpfs") == 0)
    child_owns (child, tree);
  if (want->idmap >= 0 && sys_mount_idmap (tree, 0, want->idmap) < 0)
    return failed_at (child, AT_IDS);
  if (want->copy_up && root_copy_up (child, step, tree) < 0)
    return failed_at (child, AT_DATA);
  return attach_changed (child, step, tree, want->attributes);
}

int
step_cgroup (Child *child, const Step *step)
{
  const char *const options[][2] = { { "source", step->path } };
  Fd tree = mount_new (child, "cgroup2", options, 1, 0);
  return tree < 0 ? -1 : attach_changed (child, step, tree, step->data);
}

/* Without a cgroup namespace what would be mounted is the whole tree of the host: nothing of it can be written to. */
int
step_cgroup_host (Child *child, const Step *step)
{
  const uint64_t set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  Fd tree = sys_open_tree (AT_FDCWD, "/sys/fs/cgroup", OPEN_TREE_CLONE | AT_RECURSIVE);
  if (tree < 0)
    return failed_at (child, AT_SOURCE);
  if (change_mount (tree, step->data) < 0 || sys_mount_setattr (tree, AT_RECURSIVE, set, 0, 0) < 0)
    return failed_at (child, AT_FLAGS);
  return root_attach (child, step, tree, 1);
}

int
step_reconfigure (Child *child, const Step *step)
{
  Fd place = root_open (child, step->dest, O_PATH, 0);
  if (place < 0)
    return failed_at (child, AT_DEST);
  Fd fs = sys_fspick (place);
  if (fs >= 0 && configure (fs, step->data, FSCONFIG_CMD_RECONFIGURE) == 0)
    return 0;
  if (fs >= 0)
    note_kernel_words (child, fs);
  return failed_at (child, AT_MOUNT);
}

int
step_change (Child *child, const Step *step)
{
  Fd place = root_open (child, step->dest, O_PATH, 0);
  if (place < 0)
    return failed_at (child, AT_DEST);
  return change_mount (place, step->data) < 0 ? failed_at (child, AT_FLAGS) : 0;
}

/* --- Devices ---------------------------------------------------------------------------------------------- */

static int
is_wanted_device (const Step *step, const struct stat *st)
{
  const NewDevice *want = step->data;
  return (st->st_mode & S_IFMT) == (step->mode & S_IFMT)
         && (S_ISFIFO (st->st_mode) || st->st_rdev == want->number);
}

/* Something else in its place would be what the program opens; but an empty file is what a bind has left.  Returns 1 for
 * that. */
static int
check_existing (Child *child, const Step *step, int parent, const char *last)
{
  struct stat st;
  if (fstatat (parent, last, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return failed_at (child, AT_DEST);
  if (is_wanted_device (step, &st))
    return 0;
  if (S_ISREG (st.st_mode) && st.st_size == 0)
    return 1;
  errno = EEXIST;
  return failed_at (child, AT_DEST);
}

/* Where nodes can't be made, the host's own of the same path does. */
static int
bind_host_device (Child *child, const Step *step)
{
  struct stat st;
  Fd tree = sys_open_tree (AT_FDCWD, step->dest, OPEN_TREE_CLONE);
  if (tree < 0 || fstat (tree, &st) < 0)
    return failed_at (child, AT_SOURCE);
  if (!is_wanted_device (step, &st))
    {
      errno = ENODEV;
      return failed_at (child, AT_SOURCE);
    }
  if (sys_mount_setattr (tree, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, 0) < 0)
    return failed_at (child, AT_FLAGS);
  return root_attach (child, step, tree, 0);
}

int
step_device (Child *child, const Step *step)
{
  const char *last;
  const NewDevice *want = step->data;
  int parent = root_open_parent (child, step, &last);
  if (parent < 0)
    return -1;
  if (last == NULL)
    {
      errno = EISDIR;
      return failed_at (child, AT_DEST);
    }
  if (mknodat (parent, last, step->mode, want->number) < 0)
    {
      int bind = errno == EEXIST ? check_existing (child, step, parent, last) : errno == EPERM;
      if (bind > 0)
        return bind_host_device (child, step);
      return bind < 0 || errno == EEXIST ? bind : failed_at (child, AT_DEST);
    }
  child_made (child, parent, last, 0);
  return fchownat (parent, last, want->uid, want->gid, AT_SYMLINK_NOFOLLOW) < 0 ? failed_at (child, AT_DEST)
                                                                                : 0;
}

/* --- What can't be read, and what can't be written --------------------------------------------------------- */

/* What stands in for what must not be seen: a file and a directory of the base, both empty. */
static const struct
{
  const char *name;
  mode_t mode;
} covers[] = { { "cover", S_IFREG | 0444 }, { "covers", S_IFDIR | 0755 } };

/* Binds one of them, made when it is first needed. */
static int
open_cover (const Child *child, int directory)
{
  const char *name = covers[directory].name;
  int tree = sys_open_tree (child->base, name, OPEN_TREE_CLONE);
  if (tree >= 0 || errno != ENOENT)
    return tree;
  int made = directory ? mkdirat (child->base, name, covers[directory].mode)
                       : mknodat (child->base, name, covers[directory].mode, 0);
  return made < 0 ? -1 : sys_open_tree (child->base, name, OPEN_TREE_CLONE);
}

static int
cover (Child *child, int fd)
{
  const uint64_t set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  Point point;
  if (point_of (fd, &point) < 0)
    return failed_at (child, AT_DEST);
  Fd tree = open_cover (child, S_ISDIR (point.mode));
  if (tree < 0 || sys_mount_setattr (tree, 0, set, 0, 0) < 0)
    return failed_at (child, AT_DATA);
  return root_cover (child, tree, fd, &point);
}

/* Opens what is about to be covered: 1, or 0 if there is nothing. */
static int
open_existing (Child *child, const Step *step, int *place)
{
  *place = root_open (child, step->dest, O_PATH, 0);
  if (*place < 0)
    return errno == ENOENT || errno == ENOTDIR ? 0 : failed_at (child, AT_DEST);
  forget_parent (child);
  return 1;
}

int
step_mask (Child *child, const Step *step)
{
  Fd place = -1;
  int there = open_existing (child, step, &place);
  if (there <= 0)
    return there;
  return cover (child, place);
}

int
step_protect (Child *child, const Step *step)
{
  Point point;
  Fd fd = -1;
  int there = open_existing (child, step, &fd);
  if (there <= 0)
    return there;
  Fd tree = sys_open_tree (fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE);
  if (tree < 0 || point_of (fd, &point) < 0)
    return failed_at (child, AT_SOURCE);
  if (sys_mount_setattr (tree, AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0, 0) < 0)
    return failed_at (child, AT_FLAGS);
  return root_cover (child, tree, fd, &point);
}
