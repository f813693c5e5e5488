/* Processes that systemd is about to put into a scope.
 *
 * Whoever of them ends before it is there may leave a scope that nobody was ever in, which is never found empty, and stays for
 * good.  So when the monitor is gone they wait for their place, for a while, before they end.
 */
#include "child/child.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* In milliseconds. */
#define PATIENCE 5000
#define PAUSE 20

/* Enough for the lines of all of cgroup v1's hierarchies before ours. */
#define MAX_TEXT (4 * PATH_MAX)

static int
is_inside (int proc, const char *unit)
{
  char text[MAX_TEXT];
  int fd = openat (proc, "self/cgroup", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read (fd, text, sizeof text - 1);
  if (fd >= 0)
    close (fd);
  text[n < 0 ? 0 : n] = '\0';
  return n < 0 || strstr (text, unit) != NULL;
}

/* Nothing of ours may stay open meanwhile: somebody may wait for the end of a pipe or a lock. */
static void
close_all_but_one (int fd)
{
  if (fd > 0)
    sys_close_range (0, (unsigned) fd - 1, 0);
  sys_close_range ((unsigned) fd + 1, ~0U, 0);
}

void
scope_leave (int proc, const char *unit)
{
  close_all_but_one (proc);
  for (int waited = 0; waited < PATIENCE && !is_inside (proc, unit); waited += PAUSE)
    poll (NULL, 0, PAUSE);
  _exit (1);
}

/* Signals to our group, as from a terminal or timeout(1), are not meant for it. */
void
scope_hold (int proc, const char *unit, pid_t parent)
{
  sigset_t end;
  sigemptyset (&end);
  sigaddset (&end, SIGTERM);
  sigprocmask (SIG_BLOCK, &end, NULL);
  setsid ();
  close_all_but_one (proc);
  if (prctl (PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == 0 && getppid () == parent)
    while (sigwaitinfo (&end, NULL) < 0 && errno == EINTR)
      ;
  scope_leave (proc, unit);
}
