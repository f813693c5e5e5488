/* Init: pid 1 inside, or the process that holds locks and descriptors while the sandbox runs.
 *
 * It has no capability and the program's own filters, so that there is nothing to gain by taking it over.  It
 * reaps, passes signals on that come from outside, and tells the monitor how the program ended.
 */
#include "child/child.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reports the program's end; the sandbox ends with its last process, or with the monitor. */
static void
reaped (Child *child, pid_t pid, int status, pid_t program, int *result)
{
  if (pid != program)
    return;
  if (WIFSTOPPED (status))
    {
      child_send (child, SYNC_STOPPED, 0, -1);
      return;
    }
  *result = shell_status (status);
  child_send (child, SYNC_EXITED, status, -1);
}

/* Reaps whatever has ended.  Returns when there is nothing to reap now; ends when there are no children, or when it can't
 * know of them. */
static void
reap (Child *child, pid_t program, int flags, int *result)
{
  for (;;)
    {
      int status;
      pid_t pid = waitpid (-1, &status, flags | (child->plan->pty ? WUNTRACED : 0));
      if (pid > 0)
        reaped (child, pid, status, program, result);
      else if (pid == 0)
        return;
      else if (errno == ECHILD)
        _exit (*result);
      else if (errno != EINTR)
        child_fail (child);
    }
}

/* From the monitor, that is: the program's own processes have no business with init. */
static int
is_for_program (const siginfo_t *info)
{
  return info->si_signo != SIGCHLD && info->si_code != SI_KERNEL && info->si_pid == getppid ();
}

static _Noreturn void
pass_signals_and_reap (Child *child, pid_t program)
{
  sigset_t all;
  int result = 1;

  sigfillset (&all);
  for (;;)
    {
      siginfo_t info;
      reap (child, program, WNOHANG, &result); /* who ended before signals were blocked left none to wait for */
      int signal = sigwaitinfo (&all, &info);
      if (signal < 0 && errno != EINTR) /* a filter forbids it: then without passing signals on */
        reap (child, program, 0, &result);
      if (signal > 0 && is_for_program (&info))
        kill (child->plan->pty ? -program : program, signal);
    }
}

void
init_run (Child *child, pid_t program, const Step *step)
{
  int result = 1;
  const Plan *plan = child->plan;
  sigset_t all;

  child->current = (uint32_t) (step - child->steps); /* the program, in the same memory, has counted on */
  plan->held[plan->n_held - 2] = child->terminal;    /* while init has it, it does not hang up */
  plan->held[plan->n_held - 1] = child->sync;
  signal (SIGPIPE, SIG_IGN); /* the monitor may be gone */
  sigfillset (&all);         /* one that is not blocked and would be ignored is never waited for */
  if (close_all_but (plan->held, plan->n_held) < 0
      || (!plan->guard_init && prctl (PR_SET_DUMPABLE, 1, 0, 0, 0) < 0) /* joining took it */
      || (plan->forward_signals && sigprocmask (SIG_SETMASK, &all, NULL) < 0))
    child_fail (child);
  set_capabilities (0, 0, 0); /* refused in some containers; init then keeps what it had */
  if (load_filters (child) < 0)
    child_fail (child);

  if (plan->forward_signals)
    pass_signals_and_reap (child, program);
  reap (child, program, 0, &result);
  _exit (result);
}
