/* Runs a hook: config.md, "POSIX-platform Hooks".  Used on both sides of the clone, so the rules of this folder hold. */
#include "child/child.h"

#include "base/fd.h"
#include "base/sys.h"

#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

/* The document as a file: nobody has to be there to read it. */
static int
write_state (const RunHook *run, pid_t pid)
{
  char middle[64], *end = stpcpy (middle, "\"status\":\"");
  end = stpcpy (stpcpy (end, run->status), "\",\"pid\":");
  text_with_number (end, "", (unsigned) pid, "");

  Fd file = (int) syscall (SYS_memfd_create, "state", MFD_CLOEXEC);
  if (file < 0 || write_text (file, run->head) < 0 || write_text (file, middle) < 0
      || write_text (file, run->tail) < 0 || lseek (file, 0, SEEK_SET) < 0)
    return -1;
  return fd_steal (&file);
}

/* Nobody would keep to its time, or hear how it ended, if we were gone. */
static int
die_with (pid_t parent)
{
  return prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid () == parent ? 0 : -1;
}

/* The bundle may be gone by the time that a container is deleted. */
static int
enter_directory (const char *dir)
{
  return dir == NULL || chdir (dir) == 0 ? 0 : chdir ("/");
}

/* Becomes the hook; the caller, whose memory this is, waits until it has. */
static void
become_hook (const RunHook *run, int state, pid_t parent, const sigset_t *signals, volatile int *failure)
{
  const Hook *hook = run->hook;
  if (setpgid (0, 0) == 0 && die_with (parent) == 0 && enter_directory (run->dir) == 0
      && dup2 (state, STDIN_FILENO) >= 0 && (run->out < 0 || dup2 (run->out, STDOUT_FILENO) >= 0)
      && (run->err < 0 || dup2 (run->err, STDERR_FILENO) >= 0) && sys_close_range (3, ~0u, 0) == 0
      && sigprocmask (SIG_SETMASK, signals, NULL) == 0)
    execve (hook->path, hook->argv, hook->env);
  *failure = errno;
  _exit (127);
}

/* Waits for the end of @pid.  Returns 0, or the errno of what came first: ETIMEDOUT after @timeout seconds, EINTR if @stop has
 * something to say. */
static int
wait_for_end (pid_t pid, int timeout, int stop)
{
  const struct itimerspec when = { .it_value = { .tv_sec = timeout } }; /* 0: never */
  Fd end = sys_pidfd_open (pid), timer = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC);
  struct pollfd fds[] = { { end, POLLIN, 0 }, { timer, POLLIN, 0 }, { stop, POLLIN, 0 } };

  if (end < 0 || timer < 0 || timerfd_settime (timer, 0, &when, NULL) < 0)
    return errno;
  while (poll (fds, N_ELEMENTS (fds), -1) < 0)
    if (errno != EINTR)
      return errno;
  return fds[0].revents ? 0 : fds[1].revents ? ETIMEDOUT : EINTR;
}

int
hook_run (const RunHook *run, pid_t pid, const sigset_t *signals, int stop, SyncAt *at, int *status)
{
  volatile int failure = 0;
  Fd state = write_state (run, pid);
  *at = AT_STEP;
  if (state < 0)
    return -1;

  pid_t self = getpid (), hook = vfork ();
  if (hook == 0)
    become_hook (run, state, self, signals, &failure);
  if (hook < 0)
    return -1;

  int cut = wait_for_end (hook, run->hook->timeout, stop);
  if (cut != 0)
    kill (-hook, SIGKILL);
  while (waitpid (hook, status, 0) < 0 && errno == EINTR)
    ;
  *at = failure ? AT_SOURCE : cut == 0 ? AT_EXIT : cut == ETIMEDOUT ? AT_TIME : AT_STEP;
  errno = failure ? failure : cut;
  return failure || cut || *status != 0 ? -1 : 0;
}
