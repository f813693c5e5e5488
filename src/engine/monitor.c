/* The monitor: our process outside, from the clone to the program's end. */
#include "engine/engine.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/sys.h"
#include "child/child.h"
#include "engine/journal.h"
#include "engine/report.h"
#include "engine/socket.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

static gboolean (*const functions[N_STEP_KINDS]) (Sandbox *, const Step *, GError **) = {
#define STEP(kind, stage, function, what)
#define MONITOR_STEP(kind, stage, function, what) [STEP_##kind] = function,
#include "plan/steps.def"
#undef STEP
};

/* --- Before the program ---------------------------------------------------------------------------------- */

/* Runs our steps up to where init waits for us again. */
static gboolean
run_steps (Sandbox *sandbox, GError **error)
{
  const Plan *plan = sandbox->plan;
  while (sandbox->next < plan->steps->len)
    {
      const Step *step = plan_step (plan, sandbox->next++);
      if (step->kind == STEP_HOLD)
        break;
      if (functions[step->kind] == NULL || functions[step->kind](sandbox, step, error))
        continue;
      return sandbox->signal ? FALSE : prefix_origin (error, step->origin);
    }
  return TRUE;
}

static gboolean
send_go (const Sandbox *sandbox, GError **error)
{
  return send (sandbox->sync, "", 1, MSG_NOSIGNAL) == 1
         || fail_errno (error, errno, _ ("can't start the sandbox"));
}

/* Stopping has to stop us as ever, so that a shell sees it; and of a child's end its pidfd tells. */
static gboolean
block_signals (Sandbox *sandbox, GError **error)
{
  static const int left[] = { SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD };
  sigset_t *mask = &sandbox->handled;

  sigemptyset (mask);
  if (sandbox->plan->forward_signals)
    {
      sigfillset (mask);
      for (gsize i = 0; i < G_N_ELEMENTS (left); i++)
        sigdelset (mask, left[i]);
    }
  if (sigprocmask (SIG_BLOCK, mask, &sandbox->signals) < 0)
    return fail_errno (error, errno, "sigprocmask");
  sandbox->signal_fd = signalfd (-1, mask, SFD_CLOEXEC | SFD_NONBLOCK);
  return sandbox->signal_fd >= 0 || fail_errno (error, errno, "signalfd");
}

/* A pidfd of the parent, so that a dying thread of it does not count; if it has changed already, it died. */
static gboolean
watch_parent (Sandbox *sandbox, pid_t parent, GError **error)
{
  if (!sandbox->plan->die_with_parent)
    return TRUE;
  if (parent == 0) /* it lives outside our pid namespace, where only the kernel can watch it */
    return prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 || fail_errno (error, errno, "PR_SET_PDEATHSIG");
  sandbox->parent_fd = sys_pidfd_open (parent);
  if (sandbox->parent_fd < 0 || getppid () != parent)
    return fail_errno (error, errno == ENOENT ? ESRCH : errno, _ ("--die-with-parent: the parent is gone"));
  return TRUE;
}

static const int ending[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };

static gboolean
ends_setup (int signal)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ending); i++)
    if (signal == ending[i])
      return TRUE;
  return FALSE;
}

int
monitor_open_ending (GError **error)
{
  sigset_t mask;
  sigemptyset (&mask);
  for (gsize i = 0; i < G_N_ELEMENTS (ending); i++)
    sigaddset (&mask, ending[i]);
  int fd = signalfd (-1, &mask, SFD_CLOEXEC);
  if (fd < 0)
    fail_errno (error, errno, "signalfd");
  return fd;
}

gboolean
monitor_wait (Sandbox *sandbox, int fd, GError **error)
{
  enum
  {
    WANTED,
    SIGNALS,
    INIT,
    PARENT
  };
  struct pollfd fds[] = { { fd, POLLIN, 0 },
                          { sandbox->signal_fd, POLLIN, 0 },
                          { sandbox->init_fd, POLLIN, 0 },
                          { sandbox->parent_fd, POLLIN, 0 } };
  struct signalfd_siginfo info;

  for (;;)
    {
      if (poll (fds, G_N_ELEMENTS (fds), -1) < 0 && errno != EINTR)
        return fail_errno (error, errno, "poll");
      if (fds[SIGNALS].revents && read (sandbox->signal_fd, &info, sizeof info) == sizeof info
          && ends_setup ((int) info.ssi_signo))
        {
          sandbox->signal = (int) info.ssi_signo;
          return FALSE;
        }
      if (fds[WANTED].revents)
        return TRUE;
      if (fds[INIT].revents || fds[PARENT].revents)
        return fail (error, SNUG_ERROR_FAILED, _ ("the sandbox ended before it began"));
    }
}

/* What the caller gave us lives inside now: a pipe has to end when the sandbox lets go of it. */
static void
close_inherited (const Sandbox *sandbox)
{
  const Cgroup *cgroup = sandbox->cgroup;
  int keep[] = { sandbox->sync,
                 sandbox->init_fd,
                 sandbox->parent_fd,
                 sandbox->signal_fd,
                 sandbox->plan->json_status_fd,
                 cgroup ? cgroup->dir : -1,
                 cgroup ? cgroup->place : -1 };
  close_all_but (keep, G_N_ELEMENTS (keep));
}

/* --- While it runs ----------------------------------------------------------------------------------------- */

static void
pass_signal (Sandbox *sandbox, const struct signalfd_siginfo *info)
{
  const Plan *plan = sandbox->plan;
  int signal = (int) info->ssi_signo;

  if (signal == SIGPIPE)
    return;
  if (signal == SIGWINCH && sandbox->pty != NULL)
    {
      pty_resize (sandbox->pty);
      return;
    }
  sandbox->hurry |= ends_setup (signal);
  if (sandbox->code >= 0)
    return;
  if (!sandbox->ready && ends_setup (signal))
    {
      sandbox->signal = signal;
      return;
    }
  /* What the terminal sends reaches the program without us, if it shares the terminal. */
  if (info->ssi_code == SI_KERNEL && plan->shares_terminal)
    return;
  sys_pidfd_send_signal (sandbox->init_fd, signal);
}

static void
read_signals (Sandbox *sandbox)
{
  struct signalfd_siginfo info;
  while (read (sandbox->signal_fd, &info, sizeof info) == sizeof info)
    pass_signal (sandbox, &info);
}

/* The other side of the program's terminal: we copy it, or whoever gave us a socket does. */
static gboolean
take_console (Sandbox *sandbox, int master, GError **error)
{
  Fd owned = master;
  if (sandbox->console_socket >= 0)
    return send_console (sandbox->console_socket, master, error);
  if (sandbox->pty == NULL)
    sandbox->pty = pty_new (fd_steal (&owned));
  return TRUE;
}

/* Where it can't be taken, the child is gone, or does not wait. */
static gboolean
answer (const Sandbox *sandbox, GError **error)
{
  int failure = made_failure (sandbox->made);
  if (failure != 0)
    return fail_errno (error, failure, _ ("can't start the sandbox"));
  return send (sandbox->sync, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 || errno == EPIPE || errno == ECONNRESET
         || errno == EAGAIN || fail_errno (error, errno, _ ("can't start the sandbox"));
}

/* Takes one message.  FALSE with @error if it says that the set-up failed. */
static gboolean
handle_message (Sandbox *sandbox, const SyncMessage *message, int fd, GError **error)
{
  Fd owned = fd;
  switch (message->type)
    {
    case SYNC_FAILED:
      return report_failure (sandbox->plan, message, error);
    case SYNC_WARNING:
      if (!sandbox->ready)
        report_warning (sandbox->plan, message);
      break;
    case SYNC_MADE:
      made_note (sandbox->made, message, fd_steal (&owned));
      break;
    case SYNC_PLACE:
      made_want (sandbox->made, sandbox->init, message, fd_steal (&owned));
      return answer (sandbox, error);
    case SYNC_USES:
      made_uses (sandbox->made, sandbox->init, fd_steal (&owned));
      return answer (sandbox, error);
    case SYNC_READY:
      sandbox->ready = TRUE;
      made_ready (sandbox->made);
      break;
    case SYNC_CONSOLE:
      if (owned >= 0 && !sandbox->ready && sandbox->plan->pty)
        return take_console (sandbox, fd_steal (&owned), error);
      break;
    case SYNC_HOLD:
      return run_steps (sandbox, error) && send_go (sandbox, error);
    case SYNC_LISTENER:
      return owned >= 0 && sandbox->listener != NULL && sandbox->listener (owned, sandbox->listener_data, error)
             && send_go (sandbox, error);
    case SYNC_GATE:
      sandbox->at_gate = TRUE;
      break;
    case SYNC_STOPPED:
      if (sandbox->pty != NULL)
        {
          pty_stop (sandbox->pty);
          sys_pidfd_send_signal (sandbox->init_fd, SIGCONT);
        }
      break;
    case SYNC_EXITED:
      sandbox->code = shell_status (message->value);
      break;
    default:
      break;
    }
  return TRUE;
}

static gboolean
read_messages (Sandbox *sandbox, GError **error)
{
  SyncMessage message;
  int fd, received = 0;
  while (sandbox->code < 0 && (received = receive_message (sandbox->sync, &message, &fd, MSG_DONTWAIT)) > 0)
    if (!handle_message (sandbox, &message, fd, error))
      return FALSE;
  if (sandbox->code < 0 && received == 0)
    fd_clear (&sandbox->sync); /* the program alone is left inside */
  return TRUE;
}

/* The first process has ended: it was the program itself, or init, killed.  It is not reaped: if we let it go, whoever adopts
 * it wants to learn how it ended. */
static void
read_end (Sandbox *sandbox)
{
  siginfo_t end = { 0 };
  if (waitid (P_PID, (id_t) sandbox->init, &end, WEXITED | WNOHANG | WNOWAIT) == 0
      && end.si_pid == sandbox->init)
    sandbox->code = end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
}

/* A reader who has gone away ends us as it would any program. */
static gboolean
copy_terminal (Sandbox *sandbox, const struct pollfd *fds, GError **error)
{
  int err = pty_copy (sandbox->pty, fds);
  if (err == EPIPE)
    sandbox->signal = SIGPIPE;
  return err == 0 || err == EPIPE || fail_errno (error, err, _ ("can't write the program's output"));
}

static gboolean
watch_once (Sandbox *sandbox, GError **error)
{
  enum
  {
    SYNC,
    INIT,
    SIGNALS,
    PARENT,
    WATCHED,
    PTY
  };
  struct pollfd fds[PTY + PTY_POLL] = {
    [SYNC] = { sandbox->sync, POLLIN, 0 },
    [INIT] = { sandbox->code < 0 ? sandbox->init_fd : -1, POLLIN, 0 },
    [SIGNALS] = { sandbox->signal_fd, POLLIN, 0 },
    [PARENT] = { sandbox->parent_fd, POLLIN, 0 },
    [WATCHED] = { sandbox->watched, POLLIN, 0 },
  };
  nfds_t n = PTY;
  if (sandbox->pty != NULL)
    {
      pty_poll (sandbox->pty, fds + PTY);
      n += PTY_POLL;
    }

  if (poll (fds, n, -1) < 0)
    return errno == EINTR || fail_errno (error, errno, "poll");
  if (sandbox->pty != NULL && !copy_terminal (sandbox, fds + PTY, error))
    return FALSE;
  if (sandbox->sync >= 0 && !read_messages (sandbox, error))
    return FALSE;
  if (fds[INIT].revents && sandbox->code < 0)
    read_end (sandbox);
  if (fds[SIGNALS].revents)
    read_signals (sandbox);
  if (fds[WATCHED].revents && !sandbox->watch (sandbox->watched, sandbox->watch_data))
    sandbox->watched = -1;
  if (fds[PARENT].revents)
    {
      launch_undo (sandbox);
      sandbox->code = 128 + SIGKILL;
    }
  return TRUE;
}

/* The program has ended, and what it wrote has been copied, or nobody waits for it any more. */
static gboolean
is_over (const Sandbox *sandbox)
{
  return sandbox->code >= 0
         && (sandbox->pty == NULL || pty_is_dry (sandbox->pty)
             || (sandbox->hurry && pty_is_stuck (sandbox->pty)));
}

/* --- The whole -------------------------------------------------------------------------------------------------- */

/* Waits for the program's end, passing signals and terminal bytes.  Returns its status or -1 with @error. */
static int
run_to_end (Sandbox *sandbox, GError **error)
{
  gboolean ok = TRUE;

  if (!sandbox->plan->container)
    close_inherited (sandbox);
  while (ok && !sandbox->signal && !is_over (sandbox))
    ok = watch_once (sandbox, error);
  if (sandbox->code >= 0)
    waitpid (sandbox->init, NULL, WNOHANG);

  g_clear_pointer (&sandbox->pty, pty_free); /* gives the caller the terminal back */
  if (!ok || sandbox->signal)
    return -1;
  if (!sandbox->ready)
    {
      fail (error, SNUG_ERROR_FAILED, _ ("the sandbox ended before the program started, with status %d"),
            sandbox->code);
      return -1;
    }
  info_exit (sandbox, sandbox->code);
  return sandbox->code;
}

static Sandbox *
sandbox_new (const Plan *plan)
{
  Sandbox *sandbox = g_new0 (Sandbox, 1);
  sandbox->plan = plan;
  sandbox->init_fd = sandbox->sync = sandbox->proc = sandbox->parent_fd = sandbox->signal_fd = -1;
  sandbox->code = sandbox->console_socket = sandbox->watched = -1;
  sandbox->place = -1;
  sandbox->made = made_new (plan);
  return sandbox;
}

void
engine_free (Sandbox *sandbox)
{
  int *fds[] = { &sandbox->init_fd, &sandbox->sync, &sandbox->proc, &sandbox->parent_fd, &sandbox->signal_fd };
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    fd_clear (fds[i]);
  g_clear_pointer (&sandbox->pty, pty_free);
  g_clear_pointer (&sandbox->made, made_free);
  g_clear_pointer (&sandbox->cgroup, cgroup_free);
  g_free (sandbox->cgroup_name);
  g_clear_pointer (&sandbox->moved, g_ptr_array_unref);
  g_free (sandbox);
}

static void
begin_in (Sandbox *sandbox, const Cgroup *cgroup)
{
  if (cgroup == NULL)
    return;
  sandbox->place = cgroup->place;
  sandbox->unit = cgroup->place < 0 ? cgroup->unit : NULL;
}

Sandbox *
engine_begin (const Plan *plan, const Cgroup *cgroup, pid_t parent, GError **error)
{
  g_autoptr (Sandbox) sandbox = sandbox_new (plan);
  if (block_signals (sandbox, error) && watch_parent (sandbox, parent, error) && limits_make (sandbox, error))
    {
      begin_in (sandbox, sandbox->cgroup ? sandbox->cgroup : cgroup);
      if (launch (sandbox, error))
        return g_steal_pointer (&sandbox);
    }
  limits_end (sandbox, TRUE);
  return NULL;
}

/* What it made before it was killed, and we have not heard of yet. */
static void
hear_the_rest (Sandbox *sandbox)
{
  SyncMessage message;
  int fd;
  while (sandbox->sync >= 0 && receive_message (sandbox->sync, &message, &fd, MSG_DONTWAIT) > 0)
    {
      Fd owned = fd;
      if (message.type == SYNC_MADE)
        made_note (sandbox->made, &message, fd_steal (&owned));
    }
}

/* Leaves nothing of the sandbox, whatever its end. */
static void
clean_up (Sandbox *sandbox, gboolean undone)
{
  launch_undo (sandbox);
  if (undone)
    hear_the_rest (sandbox);
  made_end (sandbox->made);
  limits_end (sandbox, undone);
}

int
engine_undo (Sandbox *sandbox)
{
  g_clear_pointer (&sandbox->pty, pty_free);
  net_devices_return (sandbox);
  clean_up (sandbox, TRUE);
  return sandbox->signal ? 128 + sandbox->signal : -1;
}

gboolean
engine_set_going (Sandbox *sandbox, GError **error)
{
  return run_steps (sandbox, error) && (!launch_holds (sandbox) || send_go (sandbox, error));
}

gboolean
engine_build (Sandbox *sandbox, GError **error)
{
  gboolean ok = TRUE;

  while (ok && !sandbox->at_gate && !sandbox->signal && sandbox->sync >= 0 && sandbox->code < 0)
    ok = watch_once (sandbox, error);
  if (ok && !sandbox->signal && !sandbox->at_gate && !sandbox->ready)
    ok = fail (error, SNUG_ERROR_FAILED, _ ("the container ended before it was built, with status %d"),
               sandbox->code);
  return ok && !sandbox->signal;
}

int
engine_wait (Sandbox *sandbox, GError **error)
{
  sandbox->ready = TRUE;
  g_clear_pointer (&sandbox->moved, g_ptr_array_unref);
  return run_to_end (sandbox, error);
}

int
engine_run (const Plan *plan, pid_t parent, GError **error)
{
  int code = -1;

  if (plan->tidy)
    journal_sweep (FALSE);
  g_autoptr (Sandbox) sandbox = engine_begin (plan, NULL, parent, error);
  if (sandbox == NULL)
    return -1;
  if (limits_apply (sandbox, error) && run_steps (sandbox, error) && send_go (sandbox, error))
    code = run_to_end (sandbox, error);
  limits_report (sandbox);
  if (code < 0)
    return engine_undo (sandbox);
  if (made_anything (sandbox->made) || sandbox->cgroup != NULL)
    clean_up (sandbox, FALSE);
  return code;
}
