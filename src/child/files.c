/* The steps that make files, directories and links in the new root, without mounting. */
#include "child/child.h"

#include "base/fd.h"
#include "base/sys.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNK 65536

int
step_dir (Child *child, const Step *step)
{
  return root_make_directory (child, step);
}

static int
copy_stream (int from, int to)
{
  static char buffer[CHUNK];
  ssize_t n;
  while ((n = read (from, buffer, sizeof buffer)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      for (ssize_t done = 0, m; done < n; done += m)
        if ((m = write (to, buffer + done, (size_t) (n - done))) < 0)
          return -1;
    }
  return 0;
}

static int
copy_data (Child *child, const Step *step, int to)
{
  int result =
      step->value == STEP_STREAM ? copy_stream (step->fd, to) : copy_file (step->fd, (off_t) step->value, to);
  return result < 0 ? failed_at (child, AT_DATA) : 0;
}

/* Opens the file to write, new or not.  What is there may be a trap: only a regular file will do, and none that has to be
 * waited for. */
static int
open_file (Child *child, const Step *step)
{
  const int flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const char *last;
  struct stat st;

  int parent = root_open_parent (child, step, &last);
  if (parent < 0)
    return -1;
  if (last != NULL)
    {
      int made = openat (parent, last, O_CREAT | O_EXCL | flags, step->mode);
      if (made >= 0)
        child_made (child, parent, last, 0);
      if (made >= 0 || errno != EEXIST)
        return made >= 0 ? made : failed_at (child, AT_DEST);
    }
  if (is_unwanted_link (step, parent, last))
    {
      errno = ELOOP;
      return failed_at (child, AT_DEST);
    }
  Fd file = root_open (child, step->dest, flags, 0);
  if (file < 0 || fstat (file, &st) < 0)
    return failed_at (child, AT_DEST);
  if (!S_ISREG (st.st_mode))
    {
      errno = EEXIST;
      return failed_at (child, AT_DEST);
    }
  return ftruncate (file, 0) < 0 ? failed_at (child, AT_DEST) : fd_steal (&file);
}

int
step_file (Child *child, const Step *step)
{
  char path[PATH_MAX];
  Step at = *step;
  int links = 0, opened;

  while ((opened = open_file (child, &at)) < 0 && root_leads_on (child, &at, path, &links))
    ;
  Fd file = opened;
  return file < 0 ? -1 : copy_data (child, step, file);
}

/* The file's name on the base, which the sandbox never sees, while it is being bound. */
#define DATA_NAME "data"

static int
bind_file (Child *child, const Step *step, int file)
{
  Fd tree = sys_open_tree (file, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
  uint64_t set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (step->flags & STEP_READONLY ? MOUNT_ATTR_RDONLY : 0);
  if (tree < 0)
    return failed_at (child, AT_MOUNT);
  if (sys_mount_setattr (tree, 0, set, 0, 0) < 0)
    return failed_at (child, AT_FLAGS);
  return root_attach (child, step, tree, 0);
}

int
step_bind_data (Child *child, const Step *step)
{
  Fd file = openat (child->base, DATA_NAME, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, step->mode);
  if (file < 0)
    return failed_at (child, AT_DATA);
  if (copy_data (child, step, file) < 0 || bind_file (child, step, file) < 0)
    return -1;
  return unlinkat (child->base, DATA_NAME, 0);
}

/* A link that is there already and says the same will do. */
static int
same_link (Child *child, int parent, const char *name, const char *target)
{
  char there[PATH_MAX];
  ssize_t n = readlinkat (parent, name, there, sizeof there - 1);
  if (n < 0)
    {
      int is_link = errno != EINVAL;
      errno = is_link ? errno : 0;
      return failed_at (child, is_link ? AT_DEST : AT_NO_LINK);
    }
  there[n] = '\0';
  if (strcmp (there, target) == 0)
    return 0;

  size_t length = (size_t) n < sizeof child->text ? (size_t) n : sizeof child->text - 1;
  memcpy (child->text, there, length);
  child->text[length] = '\0';
  errno = EEXIST;
  return failed_at (child, AT_EXISTS);
}

int
root_make_link (Child *child, const Step *step, const char *target)
{
  const char *last;
  int parent = root_open_parent (child, step, &last);
  if (parent < 0)
    return -1;
  if (last == NULL)
    {
      errno = EEXIST;
      return failed_at (child, AT_DEST);
    }
  if (symlinkat (target, parent, last) == 0)
    {
      child_made (child, parent, last, 0);
      return 0;
    }
  if (errno != EEXIST)
    return failed_at (child, AT_DEST);
  return step->flags & STEP_LEAVE ? 0 : same_link (child, parent, last, target);
}

int
step_symlink (Child *child, const Step *step)
{
  return root_make_link (child, step, step->path);
}

int
step_chmod (Child *child, const Step *step)
{
  char name[32];
  Fd place = root_open (child, step->dest, O_PATH, 0);
  if (place < 0)
    return failed_at (child, AT_DEST);
  /* An O_PATH descriptor can't be changed itself before Linux 6.6, but through the host's proc. */
  return fchmodat (child->proc, text_with_number (name, "self/fd/", (unsigned) place, ""), step->mode, 0);
}
