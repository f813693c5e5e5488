/* Removing a place: see place.h.
 *
 * The worst that this can do, whatever it is told, is to remove a file of no content or a directory with nothing in it,
 * which belongs to the caller and has the recorded inode and mode.  No symbolic link is followed.
 */
#include "engine/place.h"

#include "base/fd.h"
#include "base/sys.h"

#include <limits.h>
#include <sys/file.h>

void
place_free (Place *place)
{
  g_free (place->dir_path);
  g_free (place->name);
  g_free (place);
}

/* --- Its directory --------------------------------------------------------------------------------------- */

static char *
path_of (int fd)
{
  char path[PATH_MAX];
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  ssize_t n = readlink (link, path, sizeof path - 1);
  return n > 0 && path[0] == '/' ? g_strndup (path, (gsize) n) : NULL;
}

static gboolean
is_same_dir (const Place *place, int fd)
{
  struct stat st;
  return fstat (fd, &st) == 0 && st.st_dev == place->dir_dev && st.st_ino == place->dir_inode;
}

/* A path inside ends like the one on the host, below a bind's source; which bind and how much of the end, trying tells.  What
 * is found is compared, so a wrong guess does no harm. */
static int
find_below (const Place *place, const char *source, const char *inside)
{
  for (const char *tail = inside + strlen (inside); tail >= inside; tail--)
    {
      if (*tail != '/' && *tail != '\0')
        continue;
      g_autofree char *path = g_strconcat (source, tail, NULL);
      Fd fd = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
      if (fd >= 0 && is_same_dir (place, fd))
        return fd_steal (&fd);
    }
  return -1;
}

int
place_find_dir (Place *place, const Plan *plan, int dir)
{
  struct stat st;
  g_autofree char *inside = path_of (dir);
  if (inside == NULL || fstat (dir, &st) < 0)
    return -1;
  place->dir_dev = st.st_dev;
  place->dir_inode = st.st_ino;

  for (guint i = plan->steps->len; i-- > 0;)
    {
      const Step *step = plan_step (plan, i);
      if (step->kind != STEP_BIND || step->flags & STEP_READONLY)
        continue;
      int fd = find_below (place, step->path, inside);
      if (fd >= 0)
        place->dir_path = path_of (fd);
      if (fd >= 0)
        return fd;
    }
  return -1;
}

int
place_open_dir (const Place *place)
{
  if (place->dir_path == NULL || place->dir_path[0] != '/')
    return -1;
  Fd fd = sys_openat2 (AT_FDCWD, place->dir_path, O_PATH | O_DIRECTORY, 0,
                       RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
  return fd >= 0 && is_same_dir (place, fd) ? fd_steal (&fd) : -1;
}

/* --- The place itself ------------------------------------------------------------------------------------ */

static gboolean
is_empty (const Place *place, const struct stat *st)
{
  if (st->st_uid != geteuid ())
    return FALSE;
  return place->is_directory ? S_ISDIR (st->st_mode)
                             : S_ISREG (st->st_mode) && st->st_size == 0 && st->st_nlink == 1;
}

gboolean
place_look (Place *place, int dir, struct stat *st)
{
  if (fstatat (dir, place->name, st, AT_SYMLINK_NOFOLLOW) < 0 || !is_empty (place, st))
    return FALSE;
  place->dev = st->st_dev;
  place->inode = st->st_ino;
  place->mode = st->st_mode;
  return TRUE;
}

static gboolean
is_as_made (const Place *place, const struct stat *st)
{
  return is_empty (place, st) && st->st_dev == place->dev && st->st_ino == place->inode
         && st->st_mode == place->mode;
}

/* What flock(2) says where there are no such locks, now or ever. */
static gboolean
means_no_locks (int err)
{
  return err == EBADF || err == EINVAL || err == ENOLCK || err == ENOSYS || err == EOPNOTSUPP;
}

PlaceEnd
place_remove (const Place *place, int dir)
{
  const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (place->is_directory ? O_DIRECTORY : 0);
  struct stat st;

  if (place->inode == 0)
    return PLACE_DONE;
  if (fstatat (dir, place->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? PLACE_DONE : PLACE_STAYS;
  if (!is_as_made (place, &st))
    return PLACE_DONE;
  Fd file = openat (dir, place->name, flags);
  if (file < 0 || fstat (file, &st) < 0)
    return PLACE_STAYS;
  if (!is_as_made (place, &st))
    return PLACE_DONE;
  if (flock (file, LOCK_EX | LOCK_NB) < 0)
    return means_no_locks (errno) ? PLACE_DONE : PLACE_STAYS;
  if (unlinkat (dir, place->name, place->is_directory ? AT_REMOVEDIR : 0) == 0)
    return PLACE_DONE;
  return errno == ENOTEMPTY || errno == EEXIST ? PLACE_FULL : PLACE_STAYS;
}
