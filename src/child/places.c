/* Places to mount on: making them, and keeping others from removing them.
 *
 * A place that is new below what is bound writably appears on the host: an empty file or directory.  Under the name of
 * snug it goes with the sandbox, so the monitor learns of it beforehand, to write it down.  Another sandbox may find it
 * there and mount on it too; were it removed then, so would be what that one has mounted, in the middle of its life.
 * So every sandbox holds a shared lock (flock(2)) on such a place, taken before it is covered, and who removes it takes
 * an exclusive one.  Must not: decide what is removed; that is the monitor's.
 */
#include "child/child.h"

#include "base/fd.h"
#include "base/sys.h"

#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* How often somebody may take the place away before we have mounted on it. */
#define MAX_TRIES 8

/* Milliseconds to wait for who has an exclusive lock: removing takes less.  Who holds it longer does not remove, and keeps
 * others from it. */
#define PATIENCE 100

/* An access control list of the directory may take some of it away. */
#define FILE_MODE 0444u
#define DIRECTORY_MODE 0755u

/* --- What is on the host --------------------------------------------------------------------------------- */

void
child_owns (Child *child, int fd)
{
  struct stat st;
  if (child->n_own < N_ELEMENTS (child->own) && fstat (fd, &st) == 0)
    child->own[child->n_own++] = st.st_dev;
}

int
is_on_host (const Child *child, const struct stat *st)
{
  for (unsigned i = 0; i < child->n_own; i++)
    if (child->own[i] == st->st_dev)
      return 0;
  return child->on_host;
}

static int
is_dir_on_host (const Child *child, int dir)
{
  struct stat st;
  return child->on_host && (fstat (dir, &st) < 0 || is_on_host (child, &st));
}

/* --- Making ---------------------------------------------------------------------------------------------- */

/* Whether what the step makes is wanted for itself, and so stays. */
static int
is_asked_for (const Step *step)
{
  return step->kind == STEP_DIR || step->kind == STEP_FILE || step->kind == STEP_SYMLINK;
}

/* What is never made must not be written down as if it was. */
static int
announce (Child *child, int dir, const char *name, int directory)
{
  struct stat st;
  if (!child->plan->tidy || is_asked_for (&child->steps[child->current]) || !is_dir_on_host (child, dir))
    return 0;
  if (fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    {
      errno = EEXIST;
      return -1;
    }
  strncpy (child->text, name, sizeof child->text - 1);
  int result = child_ask (child, SYNC_PLACE, directory, dir == child->made_in ? -1 : dir);
  child->made_in = dir;
  child->text[0] = '\0';
  return result;
}

int
place_make (Child *child, int dir, const char *name, int directory, mode_t mode)
{
  if (announce (child, dir, name, directory) < 0)
    return -1;
  if ((directory ? mkdirat (dir, name, mode) : mknodat (dir, name, S_IFREG | mode, 0)) < 0)
    return -1;
  child_made (child, dir, name, directory);
  return 0;
}

/* Makes the place to mount on.  Returns 1 if it is new, 0 if something is there already, -1 on failure. */
static int
make_place (Child *child, const Step *step, int parent, const char *last, int directory)
{
  if (last == NULL)
    return 0;
  mode_t mode = directory ? (step->kind == STEP_DIR ? step->mode : DIRECTORY_MODE) : FILE_MODE;
  if (place_make (child, parent, last, directory, mode) == 0)
    return 1;
  return errno == EEXIST ? 0 : failed_at (child, AT_DEST);
}

int
root_make_directory (Child *child, const Step *step)
{
  const char *last;
  int parent = root_open_parent (child, step, &last);
  if (parent < 0 || make_place (child, step, parent, last, 1) < 0)
    return -1;
  if (is_unwanted_link (step, parent, last))
    {
      errno = ENOTDIR;
      return failed_at (child, AT_DEST);
    }
  Fd there = root_open (child, step->dest, O_PATH | O_DIRECTORY, 0);
  return there < 0 ? failed_at (child, AT_DEST) : 0;
}

/* --- Holding --------------------------------------------------------------------------------------------- */

/* Whether @st could be a place that a sandbox of this user made.  Others are nobody's to remove, and a lock on them might be in
 * somebody's way. */
static int
looks_made (const struct stat *st)
{
  if (st->st_uid != geteuid ())
    return 0;
  if (S_ISDIR (st->st_mode))
    return (st->st_mode & 07777 & ~(S_ISGID | DIRECTORY_MODE)) == 0 && st->st_nlink <= 2;
  return S_ISREG (st->st_mode) && (st->st_mode & 07777 & ~FILE_MODE) == 0 && st->st_size == 0
         && st->st_nlink == 1;
}

static int
is_empty_directory (int dir)
{
  Names names = { .dir = dir };
  return next_name (&names) == NULL && errno == 0;
}

/* Returns 1 if @file is locked, 0 if that is not possible. */
static int
lock_shared (int file)
{
  for (int waited = 0; waited < PATIENCE; waited++)
    {
      if (flock (file, LOCK_SH | LOCK_NB) == 0)
        return 1;
      if (errno != EWOULDBLOCK)
        return 0;
      poll (NULL, 0, 1);
    }
  return 0;
}

/* Locks @place, an O_PATH descriptor, if it is one that could be removed.  Returns -1 with ENOENT if it just was. */
static int
hold_place (Child *child, int place)
{
  struct stat st;
  char name[32];

  if (child->plan->container || !child->on_host || fstat (place, &st) < 0 || !is_on_host (child, &st)
      || !looks_made (&st))
    return 0;
  Fd file = openat (child->proc, text_with_number (name, "self/fd/", (unsigned) place, ""),
                    O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0 || (S_ISDIR (st.st_mode) && !is_empty_directory (file)) || !lock_shared (file))
    return 0; /* as on a filesystem that has no locks: nobody can remove it there */
  if (fstat (file, &st) == 0 && st.st_nlink == 0)
    {
      errno = ENOENT;
      return failed_at (child, AT_DEST);
    }
  if (child_ask (child, SYNC_USES, 0, file) < 0)
    return -1;
  if (child->n_places < child->plan->max_places)
    child->plan->held[child->plan->n_held - 3 - child->n_places++] = fd_steal (&file);
  return 0;
}

/* --- Mounting -------------------------------------------------------------------------------------------- */

/* Moves the detached @tree to @name in the directory @dir of the root, or with "" onto @dir itself.  A mount can only be moved
 * into the mount namespace that one is in. */
static int
move (const Child *child, int tree, int dir, const char *name)
{
  if (child->away < 0)
    return sys_move_mount (tree, dir, name);
  if (setns (child->away, CLONE_NEWNS) < 0)
    return -1;
  int result = sys_move_mount (tree, dir, name);
  int failure = errno;
  if (setns (child->home, CLONE_NEWNS) < 0)
    return -1;
  errno = failure;
  return result;
}

int
root_cover (Child *child, int tree, int fd, const Point *point)
{
  int over_root = same_point (point, &child->root_point);
  if (move (child, tree, fd, "") < 0)
    return failed_at (child, AT_MOUNT);
  if (!over_root)
    return 0;
  /* Look-ups have to begin at what now lies on top. */
  return dup3 (tree, child->root, O_CLOEXEC) < 0 || point_of (tree, &child->root_point) < 0
             ? failed_at (child, AT_MOUNT)
             : 0;
}

/* Mounts over something that is there, perhaps behind a symlink, perhaps the root itself. */
static int
attach_over (Child *child, const Step *step, int tree, int directory)
{
  forget_parent (child); /* it may be covered from now on */
  Point point;
  Fd fd = root_open (child, step->dest, O_PATH | (step->flags & STEP_ON_LINK ? O_NOFOLLOW : 0), 0);
  if (fd < 0 || point_of (fd, &point) < 0)
    return failed_at (child, AT_DEST);
  if (S_ISDIR (point.mode) != directory)
    {
      errno = 0;
      return failed_at (child, directory ? AT_NO_DIRECTORY : AT_NO_FILE);
    }

  return hold_place (child, fd) < 0 ? -1 : root_cover (child, tree, fd, &point);
}

/* What is new is no symlink, and mounting on it covers nothing: it needs no second look-up. */
static int
attach_new (Child *child, int parent, const char *last, int tree)
{
  if (!child->plan->tidy || !is_dir_on_host (child, parent))
    return move (child, tree, parent, last) < 0 ? failed_at (child, AT_MOUNT) : 0;

  Fd place = openat (parent, last, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (place < 0)
    return failed_at (child, AT_DEST);
  if (hold_place (child, place) < 0)
    return -1;
  return move (child, tree, place, "") < 0 ? failed_at (child, AT_MOUNT) : 0;
}

/* An image has most of what a bundle mounts on, so that it is looked for before there is something to make. */
static int
attach_to_image (Child *child, const Step *step, int tree, int directory)
{
  if (child->plan->container && !(step->flags & STEP_REFUSE_LINK))
    return attach_over (child, step, tree, directory);
  errno = ENOENT;
  return failed_at (child, AT_DEST);
}

static int
attach_once (Child *child, const Step *step, int tree, int directory)
{
  if (attach_to_image (child, step, tree, directory) == 0)
    return 0;
  if (errno != ENOENT || child->at != AT_DEST)
    return -1;

  const char *last;
  int parent = root_open_parent (child, step, &last);
  if (parent < 0)
    return -1;

  int made = make_place (child, step, parent, last, directory);
  if (made < 0)
    return -1;
  if (made == 0 && is_unwanted_link (step, parent, last))
    {
      errno = 0;
      return failed_at (child, AT_LINK);
    }
  return made == 0 || last == NULL ? attach_over (child, step, tree, directory)
                                   : attach_new (child, parent, last, tree);
}

/* On the host, another sandbox's end may take away what was there a moment ago. */
static int
attach (Child *child, const Step *step, int tree, int directory)
{
  int result = attach_once (child, step, tree, directory);
  for (int tries = 1; result < 0 && errno == ENOENT && child->on_host && tries < MAX_TRIES; tries++)
    {
      forget_parent (child);
      result = attach_once (child, step, tree, directory);
    }
  return result;
}

int
root_attach (Child *child, const Step *step, int tree, int directory)
{
  char path[PATH_MAX];
  Step at = *step;
  int result, links = 0;

  while ((result = attach (child, &at, tree, directory)) < 0 && root_leads_on (child, &at, path, &links))
    ;
  return result;
}
