/* The steps about the process itself: what its namespaces hold, its terminal and limits, and becoming the
 * program. */
#include "child/child.h"

#include "base/fd.h"
#include "base/sys.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

/* --- Namespaces ------------------------------------------------------------------------------------- */

/* The kernel gives the interface its addresses as it comes up. */
int
step_loopback (Child *child, const Step *step)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
  (void) child;
  (void) step;
  Fd sock = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return sock < 0 ? -1 : ioctl (sock, SIOCSIFFLAGS, &request);
}

int
step_hostname (Child *child, const Step *step)
{
  (void) child;
  return sethostname (step->path, strlen (step->path));
}

/* --- Locks, session, terminal ------------------------------------------------------------------------- */

int
step_lock (Child *child, const Step *step)
{
  struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
  int *held = (int *) step->data;
  int fd = root_open (child, step->path, O_RDONLY | O_NONBLOCK, 0);
  if (fd < 0)
    return failed_at (child, AT_DEST);
  *held = fd;
  return fcntl (fd, F_SETLK, &lock);
}

int
step_session (Child *child, const Step *step)
{
  (void) child;
  (void) step;
  return setsid () < 0 && getsid (0) != getpid () ? -1 : 0;
}

int
terminal_open (Child *child, int *terminal)
{
  int unlock = 0;
  Fd master = root_open (child, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, 0);
  if (master < 0)
    return failed_at (child, AT_SOURCE);
  if (ioctl (master, TIOCSPTLCK, &unlock) < 0)
    return -1;
  *terminal = ioctl (master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  return *terminal < 0 ? -1 : fd_steal (&master);
}

/* Makes a terminal in the sandbox's own devpts and hands its other side to the monitor.  Init leads the session, so
 * that the program can be stopped: a process group without a parent in its session could not. */
int
step_console (Child *child, const Step *step)
{
  (void) step;
  struct winsize size;
  Fd master = terminal_open (child, &child->terminal);
  if (master < 0)
    return -1;
  /* The program must not start in a window of no size: the monitor only follows changes. */
  if ((ioctl (STDIN_FILENO, TIOCGWINSZ, &size) == 0 || ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
      && ioctl (child->terminal, TIOCSWINSZ, &size) < 0)
    return -1;
  if (setsid () < 0 || ioctl (child->terminal, TIOCSCTTY, 0) < 0)
    return -1;
  return child_send (child, SYNC_CONSOLE, 0, master);
}

/* Who takes the foreground from the background is stopped, unless it blocks that; exec restores the mask. */
int
step_terminal (Child *child, const Step *step)
{
  sigset_t mask;
  (void) step;

  sigemptyset (&mask);
  sigaddset (&mask, SIGTTOU);
  if (sigprocmask (SIG_BLOCK, &mask, NULL) < 0 || setpgid (0, 0) < 0
      || tcsetpgrp (child->terminal, getpid ()) < 0)
    return -1;
  for (int fd = 0; fd <= 2; fd++)
    if (dup2 (child->terminal, fd) < 0)
      return -1;
  return 0;
}

/* --- Waiting -------------------------------------------------------------------------------------------- */

int
step_await (Child *child, const Step *step)
{
  char byte;
  (void) child;
  while (read (step->fd, &byte, 1) < 0)
    if (errno != EINTR)
      return failed_at (child, AT_DATA);
  return 0;
}

/* The program shares init's memory until it executes, which init waits for: nothing has to be copied.  So the rest of
 * the steps is run from here, and this frame outlives them. */
int
step_fork (Child *child, const Step *step)
{
  pid_t pid = vfork ();
  if (pid < 0)
    return -1;
  if (pid == 0)
    child_run_steps (child, child->current + 1);
  init_run (child, pid, step);
}

/* --- Limits and place -------------------------------------------------------------------------------------- */

int
step_umask (Child *child, const Step *step)
{
  (void) child;
  umask (step->mode);
  return 0;
}

/* No magic link leads out: /proc/self/fd/N is no directory to start in. */
static int
change_directory (Child *child, const char *path)
{
  Fd dir = root_open (child, path, O_PATH | O_DIRECTORY, 0);
  return dir < 0 ? -1 : fchdir (dir);
}

int
step_chdir (Child *child, const Step *step)
{
  char *const *list = step->data;
  for (; *list != NULL; list++)
    if (change_directory (child, *list + strlen ("PWD=")) == 0)
      {
        if (!child->plan->container) /* whose environment is what the bundle says */
          child->plan->env[0] = *list;
        return 0;
      }
  return -1;
}

int
step_nice (Child *child, const Step *step)
{
  (void) child;
  errno = 0;
  int now = getpriority (PRIO_PROCESS, 0);
  return errno != 0 ? -1 : setpriority (PRIO_PROCESS, 0, now + (int) step->value);
}

int
step_rlimit (Child *child, const Step *step)
{
  const uint64_t *pair = step->data;
  struct rlimit limit = { pair[0], pair[1] };
  (void) child;
  return setrlimit (step->mode, &limit);
}

int
step_exec_label (Child *child, const Step *step)
{
  return write_text_at (child->proc, "self/attr/exec", step->path);
}

/* --- Descriptors -------------------------------------------------------------------------------------------- */

int
close_all_but (int *keep, uint32_t n)
{
  unsigned from = 3;

  for (uint32_t i = 1; i < n; i++) /* insertion sort: there are few */
    for (uint32_t j = i; j > 0 && keep[j - 1] > keep[j]; j--)
      {
        int swap = keep[j];
        keep[j] = keep[j - 1];
        keep[j - 1] = swap;
      }
  for (uint32_t i = 0; i < n; i++)
    {
      if (keep[i] < (int) from)
        continue;
      if ((unsigned) keep[i] > from && sys_close_range (from, (unsigned) keep[i] - 1, 0) < 0)
        return -1;
      from = (unsigned) keep[i] + 1;
    }
  return sys_close_range (from, ~0u, 0);
}

/* Whether executing the program closes @fd. */
static int
set_close_on_exec (int fd, int on)
{
  int flags = fcntl (fd, F_GETFD);
  return flags < 0 ? -1 : fcntl (fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
}

/* bwrap's way: all but what options named for us, and what the set-up opened. */
static int
close_named (Child *child, const Step *step)
{
  const int *list = step->data;
  const int ours[] = { child->proc, child->root, child->base, child->parent };

  for (uint32_t i = 0; i < step->size; i++)
    if (list[i] > 2 && close (list[i]) < 0 && errno != EBADF) /* named twice */
      return -1;
  for (size_t i = 0; i < N_ELEMENTS (ours); i++)
    if (ours[i] >= 0 && close (ours[i]) < 0)
      return -1;
  return 0;
}

static int
close_unnamed (Child *child, const Step *step)
{
  int *list = (int *) step->data;
  uint32_t n = step->size;

  for (uint32_t i = 0; i < n; i++)
    if (set_close_on_exec (list[i], 0) < 0)
      return -1;
  if (child->plan->has_init || child->plan->container)
    {
      memcpy (list + n, child->plan->held, child->plan->n_held * sizeof *list);
      n += child->plan->n_held;
    }
  list[n++] = child->terminal;
  list[n++] = child->sync;
  return close_all_but (list, n);
}

/* What the set-up used is closed before the program's process exists, so that it can't be had from init either, nor through
 * the program's own path.  From here on the root is where we are. */
int
step_fds (Child *child, const Step *step)
{
  if (child->plan->has_init && child->plan->held[0] > 2 && set_close_on_exec (child->plan->held[0], 1) < 0)
    return -1;
  if ((step->flags & STEP_KEEP_ALL ? close_named (child, step) : close_unnamed (child, step)) < 0)
    return -1;
  child->proc = child->base = child->parent = -1;
  child->root = AT_FDCWD;
  if (child->plan->guard_init && child->plan->has_init)
    return prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
  /* Whoever set the container up may look at its namespaces while it waits to be started.  But not those who are in some of
   * them already: they could take us over before the filters are loaded. */
  return child->plan->container && !plan_joins (child->plan) ? prctl (PR_SET_DUMPABLE, 1, 0, 0, 0) : 0;
}

/* --- Filters and exec ------------------------------------------------------------------------------------------ */

/* Before the filters: they need not allow what only we do. */
int
step_unblock (Child *child, const Step *step)
{
  (void) step;
  return sigprocmask (SIG_SETMASK, &child->signals, NULL);
}

int
step_ready (Child *child, const Step *step)
{
  (void) step;
  return child_send (child, SYNC_READY, 0, -1);
}

int
step_seccomp (Child *child, const Step *step)
{
  struct sock_fprog program = { (unsigned short) step->size, (struct sock_filter *) step->data };
  (void) child;
  /* Filters that are loaded one after the other allow the older call: it is what they are told to. */
  if (step->mode == 0)
    return prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
  return (int) syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, step->mode, &program);
}

int
load_listening_filter (const Step *step)
{
  struct sock_fprog program = { (unsigned short) step->size, (struct sock_filter *) step->data };
  return (int) syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, step->mode | SECCOMP_FILTER_FLAG_NEW_LISTENER,
                        &program);
}

int
load_filters (Child *child)
{
  for (uint32_t i = 0; i < child->n_steps; i++)
    if (child->steps[i].kind == STEP_SECCOMP && step_seccomp (child, &child->steps[i]) < 0)
      return -1;
  return 0;
}

/* A text without an interpreter line is one for the shell, as with execvp(3). */
static void
execute (const Plan *plan, const char *path)
{
  execve (path, plan->argv, plan->env);
  if (errno != ENOEXEC)
    return;

  char *name = plan->argv[0];
  plan->argv[-1] = (char *) "/bin/sh";
  plan->argv[0] = (char *) path;
  execve ("/bin/sh", plan->argv - 1, plan->env);
  plan->argv[0] = name;
}

int
step_exec (Child *child, const Step *step)
{
  int denied = 0;
  (void) step;

  /* A container has said so already. */
  if (!child->plan->container && child_send (child, SYNC_READY, 0, -1) < 0)
    return -1;
  for (const char *const *path = child->plan->exec; *path; path++)
    {
      execute (child->plan, *path);
      if (errno == EACCES)
        denied = 1;
      else if (errno != ENOENT && errno != ENOTDIR)
        return -1;
    }
  if (denied)
    errno = EACCES;
  return -1;
}
