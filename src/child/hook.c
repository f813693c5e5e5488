/* Runs a hook: config.md, "POSIX-platform Hooks".  Used on both sides of the clone, so the rules of this folder hold. */
#include "child/child.h"

#include "base/fd.h"
#include "base/sys.h"

#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

static int
write_text (int fd, const char *text, size_t length)
{
  return write (fd, text, length) == (ssize_t) length ? 0 : -1;
}

/* The document as a file: nobody has to be there to read it. */
static int
write_state (const RunHook *run, pid_t pid)
{
  char middle[64], *end = stpcpy (middle, "\"status\":\"");
  end = stpcpy (stpcpy (end, run->status), "\",\"pid\":");
  text_with_number (end, "", (unsigned) pid, "");

  Fd file = (int) syscall (SYS_memfd_create, "state", MFD_CLOEXEC);
  if (file < 0 || write_text (file, run->head, strlen (run->head)) < 0
      || write_text (file, middle, strlen (middle)) < 0 || write_text (file, run->tail, strlen (run->tail)) < 0
      || lseek (file, 0, SEEK_SET) < 0)
    return -1;
  return fd_steal (&file);
}

/* Becomes the hook; the caller, whose memory this is, waits until it has. */
static void
become_hook (const RunHook *run, int state, const sigset_t *signals, volatile int *failure)
{
  const Hook *hook = run->hook;
  if (setpgid (0, 0) == 0 && dup2 (state, STDIN_FILENO) >= 0
      && (run->out < 0 || dup2 (run->out, STDOUT_FILENO) >= 0)
      && (run->err < 0 || dup2 (run->err, STDERR_FILENO) >= 0) && sys_close_range (3, ~0u, 0) == 0
      && sigprocmask (SIG_SETMASK, signals, NULL) == 0)
    execve (hook->path, hook->argv, hook->env);
  *failure = errno;
  _exit (127);
}

/* Waits for its end, at most as long as it may take.  Returns 1 if it took longer. */
static int
wait_in_time (pid_t pid, int timeout)
{
  struct pollfd end = { .fd = timeout > 0 ? sys_pidfd_open (pid) : -1, .events = POLLIN };
  Fd pidfd = end.fd;
  int n;
  if (end.fd < 0)
    return 0;
  while ((n = poll (&end, 1, timeout * 1000)) < 0 && errno == EINTR)
    ;
  (void) pidfd;
  return n == 0;
}

int
hook_run (const RunHook *run, pid_t pid, const sigset_t *signals, SyncAt *at, int *status)
{
  volatile int failure = 0;
  Fd state = write_state (run, pid);
  *at = AT_STEP;
  if (state < 0)
    return -1;

  pid_t hook = vfork ();
  if (hook == 0)
    become_hook (run, state, signals, &failure);
  if (hook < 0)
    return -1;

  int late = wait_in_time (hook, run->hook->timeout);
  if (late)
    kill (-hook, SIGKILL);
  while (waitpid (hook, status, 0) < 0 && errno == EINTR)
    ;
  *at = failure ? AT_SOURCE : late ? AT_TIME : AT_EXIT;
  errno = failure ? failure : late ? ETIMEDOUT : 0;
  return failure || late || *status != 0 ? -1 : 0;
}
