/* Paths inside the new root.
 *
 * Every look-up goes through openat2(2) with RESOLVE_IN_ROOT: symlinks, absolute ones too, and ".." end at the new
 * root, and magic links lead nowhere, whoever changes the tree meanwhile.  What is made is made relative to a
 * descriptor, one component at a time.
 */
#include "child/child.h"

#include "base/fd.h"
#include "base/sys.h"

#include <limits.h>
#include <string.h>

/* In a path, as the kernel has it. */
#define MAX_LINKS 40

int
root_open (const Child *child, const char *path, int flags, mode_t mode)
{
  int fd, tries = 128;
  do /* EAGAIN: something was renamed on the way, so ".." could not be trusted */
    fd = sys_openat2 (child->root, path, flags, mode, RESOLVE_IN_ROOT);
  while (fd < 0 && (errno == EAGAIN || errno == EINTR) && --tries > 0);
  return fd;
}

/* Replaces the component that ends at @end, a symlink to nowhere, by what it says.  @path has PATH_MAX bytes. */
static int
splice_link (char *path, size_t start, size_t end, const char *target, size_t length)
{
  char rest[PATH_MAX];
  size_t keep = target[0] == '/' ? 0 : start;
  size_t rest_length = strlen (path + end);

  if (keep + length + rest_length >= PATH_MAX)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  memcpy (rest, path + end, rest_length + 1);
  memcpy (path + keep, target, length);
  memcpy (path + keep + length, rest, rest_length + 1);
  return 0;
}

/* Makes a directory, or leaves what is there. */
static int
make_directory (Child *child, int parent, const char *name, mode_t mode)
{
  child->made_in = -1;
  int result = place_make (child, parent, name, 1, mode);
  child->made_in = -1; /* @parent is not kept */
  return result < 0 && errno != EEXIST ? -1 : 0;
}

/* So many directories are made where a symlink leads, which somebody else may have written. */
#define MAX_MADE_BEHIND_LINKS 64

/* Opens the directory @path, whose last component is @name in @parent.  Where that is a plain one there is no need to look up
 * what is above it again. */
static int
open_next (const Child *child, int parent, const char *name, const char *path)
{
  int fd = sys_openat2 (parent, name, O_PATH | O_DIRECTORY, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  return fd >= 0 || errno == ENOENT ? fd : root_open (child, path, O_PATH | O_DIRECTORY, 0);
}

/* Opens the directory @path (PATH_MAX bytes, changed on the way), making what is missing. */
static int
make_directories (Child *child, char *path, mode_t mode)
{
  Fd parent = root_open (child, "/", O_PATH | O_DIRECTORY, 0);
  size_t start = 0;
  int links = child->behind_link, made = 0;

  while (parent >= 0)
    {
      start += strspn (path + start, "/");
      if (path[start] == '\0')
        return fd_steal (&parent);

      size_t end = start + strcspn (path + start, "/");
      char saved = path[end];
      path[end] = '\0';
      int next = open_next (child, parent, path + start, path);
      if (next < 0 && errno == ENOENT && links > 0 && made++ >= MAX_MADE_BEHIND_LINKS)
        {
          errno = ELOOP;
          return -1;
        }
      if (next < 0 && errno == ENOENT && make_directory (child, parent, path + start, mode) == 0)
        next = open_next (child, parent, path + start, path);

      if (next < 0 && errno == ENOENT && links++ < MAX_LINKS)
        {
          char target[PATH_MAX];
          ssize_t length = readlinkat (parent, path + start, target, sizeof target);
          path[end] = saved;
          if (length <= 0 || splice_link (path, start, end, target, (size_t) length) < 0)
            return -1;
          fd_clear (&parent);
          parent = root_open (child, "/", O_PATH | O_DIRECTORY, 0);
          start = 0;
          continue;
        }
      path[end] = saved;
      if (next < 0)
        return -1;
      fd_clear (&parent);
      parent = next;
      start = end;
    }
  return -1;
}

/* The last component of @path without trailing slashes: its start and end; start == end if there is none. */
static void
last_component (const char *path, size_t *start, size_t *end)
{
  *end = strlen (path);
  while (*end > 0 && path[*end - 1] == '/')
    (*end)--;
  *start = *end;
  while (*start > 0 && path[*start - 1] != '/')
    (*start)--;
}

static int
is_dots (const char *name)
{
  return strcmp (name, ".") == 0 || strcmp (name, "..") == 0;
}

/* Opens the directory @above, or finds it still open from the step before. */
static int
open_above (Child *child, char *above, size_t length, mode_t mode)
{
  if (child->parent >= 0 && strcmp (child->parent_path, above) == 0)
    return child->parent;

  forget_parent (child);
  memcpy (child->parent_path, above, length + 1);
  child->parent = root_open (child, length > 0 ? above : "/", O_PATH | O_DIRECTORY, 0);
  if (child->parent < 0 && errno == ENOENT)
    child->parent = make_directories (child, above, mode);
  return child->parent;
}

void
forget_parent (Child *child)
{
  fd_clear (&child->parent);
  child->made_in = -1; /* its number may be another directory's soon */
}

/* Parents of something that group or others must not see are closed to them too. */
static mode_t
parent_mode (const Step *step)
{
  int has_mode = step->kind == STEP_DIR || step->kind == STEP_FILE || step->kind == STEP_BIND_DATA
                 || step->kind == STEP_TMPFS;
  mode_t mode = 0755;
  if (has_mode && (step->mode & 0070) == 0)
    mode &= ~(mode_t) 0050;
  if (has_mode && (step->mode & 0007) == 0)
    mode &= ~(mode_t) 0005;
  return mode;
}

int
root_open_parent (Child *child, const Step *step, const char **last)
{
  const char *path = step->dest;
  static char name[PATH_MAX];
  char above[PATH_MAX];
  size_t start, end, length = strlen (path);

  if (length >= PATH_MAX)
    {
      errno = ENAMETOOLONG;
      return failed_at (child, AT_PARENTS);
    }
  last_component (path, &start, &end);
  memcpy (name, path + start, end - start);
  name[end - start] = '\0';
  *last = name;
  if (name[0] == '\0' || is_dots (name))
    {
      *last = NULL;
      start = length;
    }

  memcpy (above, path, start);
  above[start] = '\0';
  int fd = open_above (child, above, start, parent_mode (step));
  return fd < 0 ? failed_at (child, AT_PARENTS) : fd;
}

int
is_unwanted_link (const Step *step, int parent, const char *last)
{
  struct stat st;
  return step->flags & STEP_REFUSE_LINK && last != NULL && fstatat (parent, last, &st, AT_SYMLINK_NOFOLLOW) == 0
         && S_ISLNK (st.st_mode);
}

/* Returns the length of the link that the step's destination is, or 0. */
static size_t
read_link_at (Child *child, const Step *step, char *target)
{
  const char *last;
  if (step->flags & STEP_ON_LINK)
    return 0;
  int parent = root_open_parent (child, step, &last);
  ssize_t length = parent < 0 || last == NULL ? 0 : readlinkat (parent, last, target, PATH_MAX);
  return length > 0 ? (size_t) length : 0;
}

/* If the step's destination is a symlink that is to be followed, puts where it leads, as a path inside the root, into @path.
 * Returns 1; or 0, and leaves errno and child->at alone. */
static int
follow (Child *child, const Step *step, char *path)
{
  char target[PATH_MAX];
  size_t start, end;
  SyncAt at = child->at;
  int failure = errno, followed = 0;
  size_t length = read_link_at (child, step, target);

  if (length > 0)
    {
      memmove (path, step->dest, strlen (step->dest) + 1);
      last_component (path, &start, &end);
      path[end] = '\0';
      followed = splice_link (path, start, end, target, length) == 0;
    }
  child->at = at;
  errno = failure;
  return followed;
}

int
root_leads_on (Child *child, Step *step, char *path, int *links)
{
  if (errno != ENOENT || child->at != AT_DEST || (*links)++ >= MAX_LINKS || !follow (child, step, path))
    return 0;
  step->dest = path;
  child->behind_link = 1;
  return 1;
}
