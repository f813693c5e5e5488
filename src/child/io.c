/* Files and texts: see io.h. */
#include "child/io.h"

#include "base/fd.h"
#include "base/sys.h"

#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

/* --- Texts ----------------------------------------------------------------------------------------------- */

char *
text_with_number (char *text, const char *prefix, unsigned n, const char *suffix)
{
  char digits[12];
  int i = sizeof digits;
  char *end = stpcpy (text, prefix);

  do
    digits[--i] = (char) ('0' + n % 10);
  while (n /= 10);
  end = mempcpy (end, digits + i, sizeof digits - (size_t) i);
  stpcpy (end, suffix);
  return text;
}

int
write_text (int file, const char *text)
{
  size_t length = strlen (text);
  return write (file, text, length) == (ssize_t) length ? 0 : -1;
}

int
write_text_at (int dir, const char *path, const char *text)
{
  Fd file = openat (dir, path, O_WRONLY | O_CLOEXEC);
  return file < 0 ? -1 : write_text (file, text);
}

/* --- Files ----------------------------------------------------------------------------------------------- */

int
copy_file (int from, off_t offset, int to)
{
  ssize_t n;
  while ((n = sendfile (to, from, &offset, 1 << 30)) > 0)
    ;
  return (int) n;
}

/* As getdents64(2) has it. */
typedef struct
{
  uint64_t inode;
  int64_t next;
  uint16_t length;
  uint8_t type;
  char name[];
} DirEntry;

const char *
next_name (Names *names)
{
  for (;;)
    {
      if (names->at == names->end)
        {
          names->at = 0;
          names->end = syscall (SYS_getdents64, names->dir, names->buffer, sizeof names->buffer);
          if (names->end == 0)
            errno = 0;
          if (names->end <= 0)
            return names->end = 0, NULL;
        }
      const DirEntry *entry = (const void *) (names->buffer + names->at);
      names->at += entry->length;
      if (strcmp (entry->name, ".") != 0 && strcmp (entry->name, "..") != 0)
        return entry->name;
    }
}

int
is_directory (int fd)
{
  struct stat st;
  return fstat (fd, &st) == 0 && S_ISDIR (st.st_mode);
}

int
point_of (int fd, Point *point)
{
  struct statx found;
  if (statx (fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_MNT_ID, &found) < 0)
    return -1;
  *point = (Point){ found.stx_mnt_id, found.stx_ino, found.stx_mode };
  return 0;
}

int
same_point (const Point *a, const Point *b)
{
  return a->mount == b->mount && a->inode == b->inode;
}
