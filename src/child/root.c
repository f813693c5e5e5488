/* The new root itself: where it is built, and how it takes the place of the old one.
 *
 * What is put into it is in mounts.c and bundle-mounts.c.  Sources are paths of the old root, which stays the process's root
 * until STEP_PIVOT.
 */
#include "child/child.h"

#include "base/fd.h"
#include "base/sys.h"

#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* --- The shelf -------------------------------------------------------------------------------------------
 *
 * A tmpfs that takes the place of the old root in a mount namespace between the caller's and ours, with mounts that only the
 * caller could open.  Ours is a copy of it, made with all that it has.  Where there is a shelf, it holds the base.
 */

/* Makes @tree, which has a directory "old", the root of the mount namespace, with the old root on that. */
static int
pivot_to (int tree)
{
  Fd root = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  return root < 0 || sys_move_mount (tree, root, "") < 0 || fchdir (tree) < 0 || sys_pivot_root (".", "old") < 0
             ? -1
             : 0;
}

/* Nothing can take the place of an initial ramfs.  A copy that lies on it can be replaced; what is below stays where it is. */
static int
cover_ramfs (Child *child, int root)
{
  Fd copy = sys_open_tree (root, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH);
  return copy < 0 || sys_move_mount (copy, root, "") < 0 || fchdir (copy) < 0 || chroot (".") < 0
             ? failed_at (child, AT_MOUNT)
             : 0;
}

/* Mounts of the host still arrive, ours never get out. */
static int
detach_from_host (Child *child, const Step *step)
{
  Fd root = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0 || sys_mount_setattr (root, AT_RECURSIVE, 0, 0, MS_SLAVE) < 0)
    return failed_at (child, AT_FLAGS);
  return step->value && child->shelf < 0 ? cover_ramfs (child, root) : 0;
}

int
step_shelf (Child *child, const Step *step)
{
  Fd cwd = open (".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (cwd < 0 || unshare (CLONE_NEWNS) < 0)
    return -1;
  if (detach_from_host (child, step) < 0)
    return -1;
  child->shelf = mount_tmpfs (child, 0755, 0, NULL);
  if (child->shelf < 0)
    return -1;
  return mkdirat (child->shelf, "old", 0755) < 0 || pivot_to (child->shelf) < 0 ? -1 : fchdir (cwd);
}

int
step_shelve (Child *child, const Step *step)
{
  char name[16];
  text_with_number (name, "", step->size, "");
  int made = is_directory (step->fd) ? mkdirat (child->shelf, name, 0755)
                                     : mknodat (child->shelf, name, S_IFREG | 0644, 0);
  return made < 0 ? -1 : sys_move_mount (step->fd, child->shelf, name);
}

int
shelf_take (const Child *child, const Step *step)
{
  char name[16];
  text_with_number (name, "", step->size, "");
  return sys_open_tree (child->shelf, name, OPEN_TREE_CLONE | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW);
}

/* No user namespace could be made by whoever is not at the root of the mount namespace; so it is left here. */
static int
leave_shelf (Child *child)
{
  Fd cwd = open (".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  child->shelf = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  return cwd < 0 || child->shelf < 0 || chroot ("/old") < 0 ? -1 : fchdir (cwd);
}

/* --- The root ------------------------------------------------------------------------------------------
 *
 * The base is a tmpfs that takes the place of the old root and holds what nobody else may see:
 *
 *   old     the old root.  It stays our own root while the new one is built, so that sources are what they are to
 *           the caller, symlinks and ".." included.
 *   new     the new root, reached through a descriptor alone.
 *   data    a file being bound, and the upper layers of overlays that forget.
 *
 * In the end the new root takes the place of the base, and the base goes with all that is on it.
 */

/* Makes the base the root of the mount namespace, with the old root on it. */
static int
pivot_to_base (Child *child)
{
  Fd old = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  Fd cwd = open (".", O_PATH | O_DIRECTORY | O_CLOEXEC);

  if (old < 0 || cwd < 0 || pivot_to (child->base) < 0)
    return -1;
  return fchdir (old) < 0 || chroot (".") < 0 || fchdir (cwd) < 0 ? -1 : 0;
}

int
step_root (Child *child, const Step *step)
{
  umask (0);
  if (child->plan->n_shelved > 0 && leave_shelf (child) < 0)
    return failed_at (child, AT_MOUNT);
  if (detach_from_host (child, step) < 0)
    return -1;

  child->base = mount_tmpfs (child, 0755, 0, step->path);
  if (child->base < 0)
    return -1;
  if (mkdirat (child->base, "old", 0755) < 0 || mkdirat (child->base, "new", 0755) < 0
      || pivot_to_base (child) < 0)
    return failed_at (child, AT_MOUNT);
  child->root = sys_open_tree (child->base, "new", OPEN_TREE_CLONE);
  if (child->root < 0 || sys_move_mount (child->root, child->base, "new") < 0
      || point_of (child->root, &child->root_point) < 0)
    return failed_at (child, AT_MOUNT);
  return 0;
}

/* Another's root, by descriptor: what is looked up in it needs no being there. */
int
step_visit (Child *child, const Step *step)
{
  child->away = step->fd;
  child->home = openat (child->proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (child->home < 0 || setns (child->away, CLONE_NEWNS) < 0)
    return -1;
  child->root = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  child->on_host = 1;
  return child->root < 0 || point_of (child->root, &child->root_point) < 0 ? -1
                                                                           : setns (child->home, CLONE_NEWNS);
}

int
step_unmount (Child *child, const Step *step)
{
  char name[32];
  Fd place = root_open (child, step->dest, O_PATH, 0);
  if (place < 0)
    return failed_at (child, AT_DEST);
  if (setns (child->away, CLONE_NEWNS) < 0 || fchdir (child->proc) < 0
      || umount2 (text_with_number (name, "self/fd/", (unsigned) place, ""), MNT_DETACH) < 0)
    return failed_at (child, AT_MOUNT);
  return setns (child->home, CLONE_NEWNS);
}

int
step_leave (Child *child, const Step *step)
{
  (void) step;
  _exit (child_send (child, SYNC_READY, 0, -1) < 0);
}

int
step_show_root (Child *child, const Step *step)
{
  Fd place = open (step->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return place < 0 ? -1 : sys_move_mount (child->root, place, "");
}

/* Whether nothing lies on top of the root: only ".." of the root itself goes up to what does. */
static int
is_topmost (const Point *root)
{
  Point point;
  Fd top = open ("/..", O_PATH | O_DIRECTORY | O_CLOEXEC);
  return top >= 0 && point_of (top, &point) == 0 && same_point (&point, root);
}

int
step_pivot (Child *child, const Step *step)
{
  int bottom = child->shelf >= 0 ? child->shelf : child->base;
  (void) step;
  if (fchdir (bottom) < 0 || chroot (".") < 0 || fchdir (child->root) < 0 || sys_pivot_root (".", ".") < 0)
    return failed_at (child, AT_MOUNT);
  if (umount2 (".", MNT_DETACH) < 0 || chdir ("/") < 0)
    return failed_at (child, AT_MOUNT);
  if (!is_topmost (&child->root_point))
    {
      errno = EBUSY;
      return failed_at (child, AT_MOUNT);
    }
  return 0;
}
