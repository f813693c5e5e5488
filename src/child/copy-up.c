/* tmpcopyup: a tmpfs begins with a copy of what it is going to cover.
 *
 * What is copied is the image's: every file is opened relative to the directory that it was found in, no link is
 * followed, and devices, sockets and fifos are left out.
 */
#include "child/child.h"

#include "base/fd.h"
#include "base/sys.h"

#include <limits.h>
#include <sys/stat.h>

/* Directories within each other; the stack holds the names of each. */
#define MAX_DEPTH 64

static int copy_directory (int from, int to, int depth);

/* Owners that are not mapped stay ours. */
static void
copy_owner (int to, const char *name, const struct stat *st)
{
  if (fchownat (to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0)
    errno = 0;
}

static int
copy_regular (int from, int to, const char *name)
{
  struct stat st;
  Fd source = openat (from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (source < 0 || fstat (source, &st) < 0)
    return -1;
  if (!S_ISREG (st.st_mode))
    return 0;
  Fd target = openat (to, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (target < 0 || copy_file (source, 0, target) < 0)
    return -1;
  copy_owner (target, "", &st);
  return fchmod (target, st.st_mode & 07777);
}

static int
copy_link (int from, int to, const char *name, const struct stat *st)
{
  char target[PATH_MAX];
  ssize_t n = readlinkat (from, name, target, sizeof target - 1);
  if (n < 0)
    return -1;
  target[n] = '\0';
  if (symlinkat (target, to, name) < 0)
    return -1;
  copy_owner (to, name, st);
  return 0;
}

static int
copy_subdirectory (int from, int to, const char *name, const struct stat *st, int depth)
{
  Fd source = openat (from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (source < 0 || mkdirat (to, name, 0700) < 0)
    return -1;
  Fd target = openat (to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (target < 0 || copy_directory (source, target, depth + 1) < 0)
    return -1;
  copy_owner (target, "", st);
  return fchmod (target, st->st_mode & 07777);
}

static int
copy_entry (int from, int to, const char *name, int depth)
{
  struct stat st;
  if (fstatat (from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return -1;
  if (S_ISDIR (st.st_mode))
    return copy_subdirectory (from, to, name, &st, depth);
  if (S_ISLNK (st.st_mode))
    return copy_link (from, to, name, &st);
  return S_ISREG (st.st_mode) ? copy_regular (from, to, name) : 0;
}

static int
copy_directory (int from, int to, int depth)
{
  Names names = { .dir = from };
  const char *name;

  if (depth > MAX_DEPTH)
    {
      errno = ELOOP;
      return -1;
    }
  while ((name = next_name (&names)) != NULL)
    if (copy_entry (from, to, name, depth) < 0)
      return -1;
  return errno == 0 ? 0 : -1;
}

int
root_copy_up (Child *child, const Step *step, int tree)
{
  struct stat st;
  Fd from = root_open (child, step->dest, O_RDONLY | O_DIRECTORY, 0);
  if (from < 0)
    return errno == ENOENT ? 0 : -1;
  Fd to = openat (tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (to < 0 || fstat (from, &st) < 0 || copy_directory (from, to, 0) < 0)
    return -1;
  copy_owner (to, "", &st);
  return fchmod (to, st.st_mode & 07777);
}
