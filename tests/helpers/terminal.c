/* terminal STEP… -- COMMAND…: runs COMMAND as the foreground job of a new terminal, as a shell would, and plays the
 * person in front of it.  What appears on the terminal goes to standard output.  The steps, in order:
 *
 *   wait:TEXT          until TEXT has appeared after what was waited for before
 *   send:TEXT          type TEXT
 *   size:ROWSxCOLUMNS  change the window's size
 *   signal:NUMBER      send a signal to COMMAND
 *   stopped            until COMMAND is stopped
 *   continue           bring it to the foreground again
 *   leave              close the window: exit at once, with 0
 *
 * At the end it prints how COMMAND ended, whether the terminal's settings are as before, and what has been typed and
 * nobody read.  The exit status is COMMAND's.  A step that takes longer than 20 seconds ends everything with 99. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 20

static int master, slave;
static pid_t job;
static int job_status = -1; /* its wait status, once it has ended */
static int job_stopped;
static char *seen; /* what has appeared and was not waited for yet */
static size_t n_seen;
static time_t deadline;

static void
give_up (const char *why)
{
  fprintf (stderr, "terminal: %s: %s\n", why, strerror (errno));
  if (job > 0)
    kill (-job, SIGKILL);
  exit (99);
}

static void
watch_job (void)
{
  int status;
  if (job_status < 0 && waitpid (job, &status, WNOHANG | WUNTRACED) == job)
    {
      job_stopped = WIFSTOPPED (status);
      if (!job_stopped)
        job_status = status;
    }
}

/* Takes what has appeared, for a moment at most.  Returns 0 when there was nothing. */
static int
take_output (void)
{
  char text[65536];
  struct pollfd fd = { master, POLLIN, 0 };
  if (poll (&fd, 1, 20) <= 0 || !(fd.revents & POLLIN))
    return 0;
  ssize_t n = read (master, text, sizeof text);
  if (n <= 0)
    return 0;
  fwrite (text, 1, (size_t) n, stdout);
  seen = realloc (seen, n_seen + (size_t) n);
  memcpy (seen + n_seen, text, (size_t) n);
  n_seen += (size_t) n;
  return 1;
}

static void
turn (const char *step)
{
  take_output ();
  watch_job ();
  if (time (NULL) > deadline)
    {
      errno = ETIMEDOUT;
      give_up (step);
    }
}

static int
has_seen (const char *text)
{
  char *found = n_seen ? memmem (seen, n_seen, text, strlen (text)) : NULL;
  if (found == NULL)
    return 0;
  size_t used = (size_t) (found - seen) + strlen (text);
  memmove (seen, seen + used, n_seen - used);
  n_seen -= used;
  return 1;
}

static void
type (const char *text, size_t length, const char *step)
{
  while (length > 0)
    {
      struct pollfd fd = { master, POLLOUT, 0 };
      ssize_t n = poll (&fd, 1, 20) > 0 ? write (master, text, length < 1024 ? length : 1024) : 0;
      if (n < 0 && errno != EAGAIN)
        give_up (step);
      if (n > 0)
        {
          text += n;
          length -= (size_t) n;
        }
      turn (step);
    }
}

static void
play (const char *step)
{
  const char *value = strchr (step, ':');
  value = value ? value + 1 : "";
  deadline = time (NULL) + PATIENCE;

  if (strncmp (step, "wait:", 5) == 0)
    while (!has_seen (value))
      turn (step);
  else if (strncmp (step, "send:", 5) == 0)
    type (value, strlen (value), step);
  else if (strcmp (step, "leave") == 0)
    exit (0);
  else if (strncmp (step, "size:", 5) == 0)
    {
      struct winsize size = { 0 };
      char *end;
      size.ws_row = (unsigned short) strtoul (value, &end, 10);
      size.ws_col = (unsigned short) strtoul (end + 1, NULL, 10);
      ioctl (master, TIOCSWINSZ, &size);
    }
  else if (strncmp (step, "signal:", 7) == 0)
    kill (job, (int) strtol (value, NULL, 10));
  else if (strcmp (step, "stopped") == 0)
    while (!job_stopped)
      turn (step);
  else if (strcmp (step, "continue") == 0)
    {
      job_stopped = 0;
      tcsetpgrp (slave, job);
      kill (-job, SIGCONT);
    }
  else
    give_up (step);
}

/* A session of our own with a new terminal. */
static void
open_terminal (void)
{
  int unlock = 0;
  setsid ();
  master = open ("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || ioctl (master, TIOCSPTLCK, &unlock) < 0)
    give_up ("/dev/ptmx");
  slave = ioctl (master, TIOCGPTPEER, O_RDWR | O_CLOEXEC);
  if (slave < 0)
    give_up ("TIOCGPTPEER");
  ioctl (slave, TIOCSCTTY, 0);
  fcntl (master, F_SETFL, O_NONBLOCK);
}

static void
start (char **argv)
{
  job = fork ();
  if (job == 0)
    {
      setpgid (0, 0);
      tcsetpgrp (slave, getpid ());
      signal (SIGTTOU, SIG_DFL);
      signal (SIGHUP, SIG_DFL);
      for (int fd = 0; fd < 3; fd++)
        dup2 (slave, fd);
      execvp (argv[0], argv);
      _exit (127);
    }
  setpgid (job, job);
}

static void
print_unread (void)
{
  char text[256];
  struct termios raw;
  tcgetattr (slave, &raw);
  cfmakeraw (&raw);
  tcsetattr (slave, TCSANOW, &raw);
  fcntl (slave, F_SETFL, O_NONBLOCK);
  ssize_t n = read (slave, text, sizeof text);
  printf ("[unread: %.*s]\n", n > 0 ? (int) n : 0, text);
}

int
main (int argc, char **argv)
{
  struct termios before, after;
  int i = 1, command = 1;
  while (command < argc && strcmp (argv[command], "--") != 0)
    command++;
  if (command + 1 >= argc)
    return 2;
  if (getpgrp () == getpid () && fork () > 0) /* who leads a group can't begin a session */
    {
      int status;
      wait (&status);
      return WIFEXITED (status) ? WEXITSTATUS (status) : 99;
    }

  signal (SIGTTOU, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  open_terminal ();
  tcgetattr (slave, &before);
  if (strncmp (argv[1], "size:", 5) == 0)
    play (argv[i++]);
  start (argv + command + 1);
  for (; i < command; i++)
    play (argv[i]);

  deadline = time (NULL) + PATIENCE;
  while (job_status < 0)
    turn ("the end");
  tcsetpgrp (slave, getpgrp ());
  tcgetattr (slave, &after);
  int same = before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag
             && before.c_lflag == after.c_lflag && memcmp (before.c_cc, after.c_cc, sizeof before.c_cc) == 0;
  while (take_output ())
    ;
  int code = WIFEXITED (job_status) ? WEXITSTATUS (job_status) : 128 + WTERMSIG (job_status);
  printf ("\n[exit %d]\n[terminal %s]\n", code, same ? "as before" : "changed");
  print_unread ();
  return code;
}
