/* The clone, and what surrounds it. */
#include "engine/engine.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/sys.h"
#include "child/child.h"
#include "engine/report.h"

#include <linux/magic.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/wait.h>

/* The monitor's end has to be the monitor's alone: that it closes tells us that the monitor is gone. */
static _Noreturn void
become_init (const Sandbox *sandbox, int child_sync)
{
  close (sandbox->sync);
  child_run (sandbox->plan, launch_holds (sandbox), sandbox->unit, child_sync, sandbox->proc,
             &sandbox->signals);
}

gboolean
launch_holds (const Sandbox *sandbox)
{
  return !sandbox->placed || sandbox->plan->enter_fd < 0 || sandbox->plan->visits;
}

/* Clones, into the cgroup if it is there and it can be.  Nothing is lost otherwise: a limit or missing rights stand in the way,
 * and may not when the process is put there later. */
static pid_t
clone_placed (Sandbox *sandbox, uint64_t flags, int *pidfd)
{
  int exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD;
  sandbox->placed = sandbox->unit == NULL;
  if (sandbox->place >= 0)
    {
      pid_t pid = sys_clone3 (flags | CLONE_INTO_CGROUP, exit_signal, pidfd, sandbox->place);
      if (pid >= 0)
        return pid;
      sandbox->placed = FALSE;
    }
  return sys_clone3 (flags, exit_signal, pidfd, -1);
}

/* --- Being somewhere else first ------------------------------------------------------------------------ */

/* Whom a failed join is laid to: a type of namespace, or all of a process's. */
#define ALL_OF_A_PROCESS N_NAMESPACES

/* Says that it was joining or cloning that failed. */
#define NO_STEP G_MAXUINT32

/* Joins what the Plan says, the user namespace first: it gives the right to join the others.  Returns 0, or -1 with
 * errno and *which. */
static int
join (const Plan *plan, int *which)
{
  for (*which = 0; *which < N_NAMESPACES; (*which)++)
    if (plan->join[*which].join_fd >= 0
        && setns (plan->join[*which].join_fd, (int) namespace_names[*which].flag) < 0)
      return -1;
  if (plan->enter_fd < 0)
    return 0;
  /* Either way it still lives, so that it was its namespaces that the flags were made of. */
  return plan->enter_flags != 0 ? setns (plan->enter_fd, (int) plan->enter_flags)
                                : sys_pidfd_send_signal (plan->enter_fd, 0);
}

/* A helper process does what comes before, joins the existing namespaces and clones the first process as our child, not its own. It
 * cannot go straight from a joined pid namespace to a new one below: that takes one more helper. */
static _Noreturn void
join_and_clone (Sandbox *sandbox, int child_sync)
{
  const Plan *plan = sandbox->plan;
  SyncMessage failure = { .type = SYNC_FAILED, .at = AT_SOURCE, .step = NO_STEP };

  child_run_early (plan, child_sync, sandbox->proc, &sandbox->signals);

  /* Whoever is in there already must not get at what we hold: nobody but root may look at us from now on. */
  if (plan_joins (plan) && (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || join (plan, &failure.value) < 0))
    goto failed;

  if (plan->join[NS_PID].join_fd >= 0 && plan->clone_flags & CLONE_NEWPID)
    {
      pid_t further = sys_clone3 (CLONE_PARENT, 0, NULL, -1);
      if (further < 0)
        goto failed;
      if (further > 0)
        _exit (0);
    }

  uint64_t flags = plan->clone_flags | CLONE_PARENT;
  pid_t pid = plan_lends_memory (plan) ? clone_placed (sandbox, flags, NULL) : sys_clone3 (flags, 0, NULL, -1);
  if (pid == 0)
    become_init (sandbox, child_sync);
  sandbox->init = MAX (pid, 0); /* known to the monitor if this is its memory */
  if (pid > 0)
    _exit (0);
  failure.at = AT_STEP;

failed:
  failure.error = errno;
  send (child_sync, &failure, sizeof failure, MSG_NOSIGNAL);
  _exit (1);
}

static gboolean
fail_join (const Plan *plan, const SyncMessage *message, GError **error)
{
  if (message->value == ALL_OF_A_PROCESS)
    return fail_errno (error, message->error, _ ("can't enter the container"));
  fail_errno (
      error, message->error,
      _ ("can't join the given namespace: it has to belong to the caller and to descend from the current one"));
  return prefix_origin (error, &plan->join[message->value].origin);
}

static gboolean
open_init (Sandbox *sandbox, GError **error)
{
  sandbox->init_fd = sys_pidfd_open (sandbox->init);
  return sandbox->init_fd >= 0 || fail_errno (error, errno, "pidfd_open");
}

/* Learns the pid of the first process from the credentials of its message, or why there is none. */
static gboolean
receive_pid (Sandbox *sandbox, GError **error)
{
  SyncMessage message = { 0 };
  union
  {
    char bytes[CMSG_SPACE (sizeof (struct ucred))];
    struct cmsghdr align;
  } control;
  struct iovec part = { &message, sizeof message };
  struct msghdr packet = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
  };
  ssize_t n;

  /* In a frozen cgroup it may take as long as it likes. */
  if (!monitor_wait (sandbox, sandbox->sync, error))
    return sandbox->signal == 0 ? FALSE
                                : fail (error, SNUG_ERROR_FAILED,
                                        _ ("ended by signal %d before the program began"), sandbox->signal);
  while ((n = recvmsg (sandbox->sync, &packet, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
    ;
  if (n == sizeof message && message.type == SYNC_FAILED)
    {
      if (message.step != NO_STEP)
        return report_failure (sandbox->plan, &message, error);
      if (message.at == AT_STEP)
        return report_clone (sandbox->plan, message.error, error);
      return fail_join (sandbox->plan, &message, error);
    }

  struct cmsghdr *header = n == sizeof message ? CMSG_FIRSTHDR (&packet) : NULL;
  if (header == NULL || header->cmsg_type != SCM_CREDENTIALS)
    return fail (error, SNUG_ERROR_FAILED, _ ("the sandbox ended before it began"));
  sandbox->init = ((struct ucred *) (void *) CMSG_DATA (header))->pid;
  return open_init (sandbox, error);
}

static pid_t
start_helper (Sandbox *sandbox, int child_sync)
{
  int dumpable = prctl (PR_GET_DUMPABLE, 0, 0, 0, 0);
  pid_t helper = plan_lends_memory (sandbox->plan) ? vfork () : clone_placed (sandbox, 0, NULL);
  if (helper == 0)
    join_and_clone (sandbox, child_sync);
  prctl (PR_SET_DUMPABLE, dumpable, 0, 0, 0); /* this goes with the memory */
  return helper;
}

static gboolean
launch_by_helper (Sandbox *sandbox, int child_sync, GError **error)
{
  int on = 1;
  if (setsockopt (sandbox->sync, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
    return fail_errno (error, errno, "SO_PASSCRED");

  pid_t helper = start_helper (sandbox, child_sync);
  if (helper < 0)
    return fail_errno (error, errno, "clone3");
  close (child_sync);
  if (sandbox->init > 0 ? open_init (sandbox, error) : receive_pid (sandbox, error))
    return TRUE;
  kill (sandbox->init > 0 ? sandbox->init : helper, SIGKILL);
  return FALSE;
}

/* --- The plain way ------------------------------------------------------------------------------------------ */

static gboolean
launch_direct (Sandbox *sandbox, int child_sync, GError **error)
{
  sandbox->init = clone_placed (sandbox, sandbox->plan->clone_flags, &sandbox->init_fd);
  if (sandbox->init == 0)
    become_init (sandbox, child_sync);
  int err = errno;
  close (child_sync);
  return sandbox->init > 0 || report_clone (sandbox->plan, err, error);
}

/* The set-up writes through /proc: it has to be one. */
static gboolean
open_proc (Sandbox *sandbox, GError **error)
{
  struct statfs fs;
  sandbox->proc = open ("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (sandbox->proc < 0 || fstatfs (sandbox->proc, &fs) < 0)
    return fail_errno (error, errno, _ ("can't open /proc"));
  if (fs.f_type != PROC_SUPER_MAGIC)
    return fail (error, SNUG_ERROR_FAILED, _ ("/proc is not a proc filesystem: mount one there"));
  return TRUE;
}

gboolean
launch (Sandbox *sandbox, GError **error)
{
  int pair[2];
  if (!open_proc (sandbox, error))
    return FALSE;
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return fail_errno (error, errno, "socketpair");

  sandbox->sync = pair[0];
  return plan_needs_helper (sandbox->plan) ? launch_by_helper (sandbox, pair[1], error)
                                           : launch_direct (sandbox, pair[1], error);
}

void
launch_undo (Sandbox *sandbox)
{
  if (sandbox->init_fd >= 0)
    {
      sys_pidfd_send_signal (sandbox->init_fd, SIGKILL);
      while (waitpid (sandbox->init, NULL, 0) < 0 && errno == EINTR)
        ;
    }
}
