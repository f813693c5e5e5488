/* HOME for a container's program: engines leave it to their runtime to look it up in the container's own /etc/passwd; passwd(5).
 *
 * What stands there is the image's: it becomes a word of the program's environment and nothing else.
 */
#include "child/child.h"

#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* So much is read of a file that might never end. */
#define MAX_BYTES (4 << 20)

enum
{
  FIELD_UID = 2,
  FIELD_HOME = 5,
};

typedef struct
{
  int fd;
  int left; /* bytes to read at most */
  char data[4096];
  ssize_t next, end;
} Reader;

/* The next byte, or -1 at the end. */
static int
next_byte (Reader *reader)
{
  if (reader->next == reader->end)
    {
      reader->next = 0;
      reader->end = reader->left > 0 ? read (reader->fd, reader->data, sizeof reader->data) : 0;
      if (reader->end <= 0)
        return reader->end = -1, reader->next = -1;
      reader->left -= (int) reader->end;
    }
  return (unsigned char) reader->data[reader->next++];
}

/* One line of the file, as far as it matters. */
typedef struct
{
  int field;
  int has_id, is_bad; /* an id that is no number, a home that is too long */
  uint64_t id;
  size_t length;
} Line;

static void
add_byte (Line *line, int byte, char *home, size_t size)
{
  if (byte == ':')
    line->field++;
  else if (line->field == FIELD_UID)
    {
      line->has_id = 1;
      line->is_bad |= byte < '0' || byte > '9' || line->id > UINT32_MAX;
      line->id = line->id * 10 + (uint64_t) (byte - '0');
    }
  else if (line->field == FIELD_HOME && line->length + 1 < size)
    home[line->length++] = (char) byte;
  else if (line->field == FIELD_HOME)
    line->is_bad = 1;
}

/* Puts the home of @uid into @home.  Returns whether there is one. */
static int
find_home (Reader *reader, uint64_t uid, char *home, size_t size)
{
  int byte;
  do
    {
      Line line = { 0 };
      while ((byte = next_byte (reader)) >= 0 && byte != '\n')
        add_byte (&line, byte, home, size);
      home[line.length] = '\0';
      if (line.has_id && !line.is_bad && line.id == uid && line.length > 0)
        return 1;
    }
  while (byte >= 0);
  return 0;
}

int
step_home (Child *child, const Step *step)
{
  static char variable[PATH_MAX] = "HOME=";
  static Reader reader = { .left = MAX_BYTES };
  char *home = variable + strlen ("HOME=");
  Fd file = root_open (child, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
  struct stat st;

  reader.fd = file;
  if (file < 0 || fstat (file, &st) < 0 || !S_ISREG (st.st_mode)
      || !find_home (&reader, step->mode, home, sizeof variable - strlen ("HOME=")))
    stpcpy (home, "/");
  *(char **) step->data = variable;
  return 0;
}
