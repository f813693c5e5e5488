/* Copying between the caller's terminal and the program's own.
 *
 * Bytes are copied as they are, each direction through a buffer that is filled only when it is empty, so that a slow
 * reader slows the writer and nothing is lost.
 */
#include "engine/pty.h"

#include "base/sys.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

typedef struct
{
  char data[16384];
  size_t start, end;
} Buffer;

struct Pty
{
  int master;
  gboolean input_open, output_open, is_terminal;
  struct termios saved;
  Buffer in, out;
};

static void
set_raw (Pty *pty)
{
  struct termios raw = pty->saved;
  cfmakeraw (&raw);
  if (pty->is_terminal)
    tcsetattr (STDIN_FILENO, TCSADRAIN, &raw);
}

static void
set_cooked (Pty *pty)
{
  if (pty->is_terminal)
    tcsetattr (STDIN_FILENO, TCSADRAIN, &pty->saved);
}

/* Nobody types who would want to see it: what comes from a file would be in the output, and so would the character of its end
 * where the program changes the mode while that is under way. */
static void
stop_echo (const Pty *pty)
{
  struct termios mode;
  if (pty->is_terminal || tcgetattr (pty->master, &mode) != 0)
    return;
  mode.c_lflag &= ~(tcflag_t) ECHO;
  tcsetattr (pty->master, TCSANOW, &mode);
}

Pty *
pty_new (int master)
{
  Pty *pty = g_new0 (Pty, 1);
  pty->master = master;
  pty->input_open = pty->output_open = TRUE;
  pty->is_terminal = tcgetattr (STDIN_FILENO, &pty->saved) == 0;
  fcntl (master, F_SETFL, fcntl (master, F_GETFL) | O_NONBLOCK);
  stop_echo (pty);
  set_raw (pty);
  pty_resize (pty);
  return pty;
}

void
pty_free (Pty *pty)
{
  set_cooked (pty);
  close (pty->master);
  g_free (pty);
}

void
pty_resize (Pty *pty)
{
  struct winsize size;
  if (ioctl (STDIN_FILENO, TIOCGWINSZ, &size) == 0 || ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    ioctl (pty->master, TIOCSWINSZ, &size);
}

void
pty_stop (Pty *pty)
{
  set_cooked (pty);
  raise (SIGSTOP);
  set_raw (pty);
  pty_resize (pty);
}

static gboolean
is_empty (const Buffer *buffer)
{
  return buffer->start == buffer->end;
}

enum
{
  IN,
  OUT,
  MASTER
};

void
pty_poll (Pty *pty, struct pollfd *fds)
{
  short master = (short) ((is_empty (&pty->out) ? POLLIN : 0) | (is_empty (&pty->in) ? 0 : POLLOUT));
  fds[IN] = (struct pollfd){ pty->input_open && is_empty (&pty->in) ? STDIN_FILENO : -1, POLLIN, 0 };
  fds[OUT] = (struct pollfd){ is_empty (&pty->out) ? -1 : STDOUT_FILENO, POLLOUT, 0 };
  fds[MASTER] = (struct pollfd){ pty->output_open ? pty->master : -1, master, 0 };
}

/* FALSE at the end of the file, with errno 0, or when it can't be read. */
static gboolean
fill (Buffer *buffer, int fd)
{
  ssize_t n = read (fd, buffer->data, sizeof buffer->data);
  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return TRUE;
  if (n == 0)
    errno = 0;
  buffer->start = 0;
  buffer->end = n > 0 ? (size_t) n : 0;
  return n > 0;
}

/* A pipe that can be written to takes so much without making us wait. */
#define PORTION 4096

/* Returns 0, or the errno of a write that will not work later either. */
static int
empty (Buffer *buffer, int fd)
{
  ssize_t n = write (fd, buffer->data + buffer->start, MIN (buffer->end - buffer->start, PORTION));
  if (n > 0)
    buffer->start += (size_t) n;
  else if (n < 0 && errno != EINTR && errno != EAGAIN)
    {
      buffer->start = buffer->end;
      return errno;
    }
  return 0;
}

/* A program that reads lines is told of the end of its input by a character; to any other that would be a byte too many. */
static void
type_end (Pty *pty)
{
  struct termios mode;
  if (tcgetattr (pty->master, &mode) != 0 || !(mode.c_lflag & ICANON))
    return;
  pty->in.data[0] = (char) mode.c_cc[VEOF];
  pty->in.end = 1;
}

/* Whether reading gives EIO because nobody has the terminal any more, with all that was written read. */
static gboolean
is_hung_up (const Pty *pty)
{
  struct pollfd master = { pty->master, POLLIN, 0 };
  return poll (&master, 1, 0) > 0 && (master.revents & (POLLIN | POLLHUP)) == POLLHUP;
}

int
pty_copy (Pty *pty, const struct pollfd *fds)
{
  if (fds[IN].revents && !fill (&pty->in, STDIN_FILENO))
    {
      pty->input_open = FALSE;
      type_end (pty);
    }
  if (fds[MASTER].revents & (POLLIN | POLLHUP) && is_empty (&pty->out) && !fill (&pty->out, pty->master))
    {
      int err = errno;
      pty->output_open = FALSE;
      if (err != 0 && !(err == EIO && is_hung_up (pty)))
        return err;
    }
  if (fds[MASTER].revents & POLLOUT)
    empty (&pty->in, pty->master); /* a program that has ended reads no more */
  return fds[OUT].revents ? empty (&pty->out, STDOUT_FILENO) : 0;
}

gboolean
pty_is_dry (Pty *pty)
{
  struct pollfd master = { pty->master, POLLIN, 0 };
  if (!is_empty (&pty->out))
    return FALSE;
  return !pty->output_open || poll (&master, 1, 0) <= 0 || !(master.revents & POLLIN);
}

gboolean
pty_is_stuck (Pty *pty)
{
  struct pollfd out = { STDOUT_FILENO, POLLOUT, 0 };
  return !is_empty (&pty->out) && poll (&out, 1, 0) <= 0;
}
