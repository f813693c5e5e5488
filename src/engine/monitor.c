/* The monitor: our process outside, from the clone to the program's end. */
#include "engine/engine.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/sys.h"
#include "child/child.h"
#include "engine/journal.h"

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

/* What is known of the program so far. */
typedef struct
{
  Sandbox *sandbox;
  Pty *pty;
  gboolean ready; /* the set-up is done */
  int code;       /* the exit status; -1: not yet */
  gboolean hurry; /* a signal wants us to end: no waiting for whoever does not read */
} Watch;

/* --- Before the program ---------------------------------------------------------------------------------- */

static gboolean
run_steps (Sandbox *sandbox, GError **error)
{
  const Plan *plan = sandbox->plan;
  for (guint i = 0; i < plan->steps->len; i++)
    {
      const Step *step = plan_step (plan, i);
      if (functions[step->kind] == NULL || functions[step->kind](sandbox, step, error))
        continue;
      return sandbox->signal ? FALSE : prefix_origin (error, &step->origin);
    }
  return TRUE;
}

/* Stopping has to stop us as ever, so that a shell sees it. */
static void
block_signals (Sandbox *sandbox)
{
  static const int left[] = { SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT };
  sigset_t *mask = &sandbox->handled;

  sigemptyset (mask);
  sigaddset (mask, SIGCHLD);
  if (sandbox->plan->forward_signals)
    {
      sigfillset (mask);
      for (gsize i = 0; i < G_N_ELEMENTS (left); i++)
        sigdelset (mask, left[i]);
    }
  sigprocmask (SIG_BLOCK, mask, &sandbox->signals);
  sandbox->signal_fd = signalfd (-1, mask, SFD_CLOEXEC | SFD_NONBLOCK);
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

static gboolean
ends_setup (int signal)
{
  return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
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
      if (fds[INIT].revents || fds[PARENT].revents)
        return fail (error, SNUG_ERROR_FAILED, _ ("the sandbox ended before it began"));
      if (fds[SIGNALS].revents && read (sandbox->signal_fd, &info, sizeof info) == sizeof info
          && ends_setup ((int) info.ssi_signo))
        {
          sandbox->signal = (int) info.ssi_signo;
          return FALSE;
        }
      if (fds[WANTED].revents)
        return TRUE;
    }
}

/* What the caller gave us lives inside now: a pipe has to end when the sandbox lets go of it. */
static void
close_inherited (const Sandbox *sandbox)
{
  int keep[] = { sandbox->sync, sandbox->init_fd, sandbox->parent_fd, sandbox->signal_fd,
                 sandbox->plan->json_status_fd };
  close_all_but (keep, G_N_ELEMENTS (keep));
}

/* --- While it runs ----------------------------------------------------------------------------------------- */

static void
pass_signal (Watch *watch, const struct signalfd_siginfo *info)
{
  const Plan *plan = watch->sandbox->plan;
  int signal = (int) info->ssi_signo;

  if (signal == SIGCHLD || signal == SIGPIPE)
    return;
  if (signal == SIGWINCH && watch->pty != NULL)
    {
      pty_resize (watch->pty);
      return;
    }
  watch->hurry |= ends_setup (signal);
  if (watch->code >= 0)
    return;
  if (!watch->ready && ends_setup (signal))
    {
      watch->sandbox->signal = signal;
      return;
    }
  /* What the terminal sends reaches the program without us, if it shares the terminal. */
  if (info->ssi_code == SI_KERNEL && plan->shares_terminal)
    return;
  sys_pidfd_send_signal (watch->sandbox->init_fd, signal);
}

static void
read_signals (Watch *watch)
{
  struct signalfd_siginfo info;
  while (read (watch->sandbox->signal_fd, &info, sizeof info) == sizeof info)
    pass_signal (watch, &info);
}

static int
receive (int sync, SyncMessage *message, int *fd)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (int)) + CMSG_SPACE (sizeof (struct ucred))];
    struct cmsghdr align;
  } control;
  struct iovec part = { message, sizeof *message };
  struct msghdr packet = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
  };

  *fd = -1;
  ssize_t n = recvmsg (sync, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n != sizeof *message)
    return -1;
  for (struct cmsghdr *header = CMSG_FIRSTHDR (&packet); header; header = CMSG_NXTHDR (&packet, header))
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
      memcpy (fd, CMSG_DATA (header), sizeof *fd);
  return 0;
}

/* Where it can't be sent, the child is gone, or does not wait. */
static void
answer (const Sandbox *sandbox)
{
  send (sandbox->sync, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Takes one message.  FALSE with @error if it says that the set-up failed. */
static gboolean
handle_message (Watch *watch, const SyncMessage *message, int fd, GError **error)
{
  Fd owned = fd;
  Sandbox *sandbox = watch->sandbox;
  switch (message->type)
    {
    case SYNC_FAILED:
      return report_failure (watch->sandbox->plan, message, error);
    case SYNC_WARNING:
      if (!watch->ready)
        report_warning (watch->sandbox->plan, message);
      break;
    case SYNC_MADE:
      made_note (sandbox->made, message, fd_steal (&owned));
      break;
    case SYNC_PLACE:
      made_want (sandbox->made, sandbox->init, message, fd_steal (&owned));
      answer (sandbox);
      break;
    case SYNC_USES:
      made_uses (sandbox->made, sandbox->init, fd_steal (&owned));
      answer (sandbox);
      break;
    case SYNC_READY:
      watch->ready = TRUE;
      made_ready (sandbox->made);
      break;
    case SYNC_CONSOLE:
      if (owned >= 0 && watch->pty == NULL && watch->sandbox->plan->pty && !watch->ready)
        watch->pty = pty_new (fd_steal (&owned));
      break;
    case SYNC_STOPPED:
      if (watch->pty != NULL)
        {
          pty_stop (watch->pty);
          sys_pidfd_send_signal (watch->sandbox->init_fd, SIGCONT);
        }
      break;
    case SYNC_EXITED:
      watch->code = shell_status (message->value);
      break;
    default:
      break;
    }
  return TRUE;
}

static gboolean
read_messages (Watch *watch, GError **error)
{
  SyncMessage message;
  int fd;
  while (watch->code < 0 && receive (watch->sandbox->sync, &message, &fd) == 0)
    if (!handle_message (watch, &message, fd, error))
      return FALSE;
  return TRUE;
}

/* The first process has ended: it was the program itself, or init, killed. */
static void
read_end (Watch *watch)
{
  int status;
  if (waitpid (watch->sandbox->init, &status, WNOHANG) == watch->sandbox->init && watch->code < 0)
    watch->code = shell_status (status);
}

/* A reader who has gone away ends us as it would any program. */
static gboolean
copy_terminal (Watch *watch, const struct pollfd *fds, GError **error)
{
  int err = pty_copy (watch->pty, fds);
  if (err == EPIPE)
    watch->sandbox->signal = SIGPIPE;
  return err == 0 || err == EPIPE || fail_errno (error, err, _ ("can't write the program's output"));
}

static gboolean
watch_once (Watch *watch, GError **error)
{
  enum
  {
    SYNC,
    INIT,
    SIGNALS,
    PARENT,
    PTY
  };
  struct pollfd fds[PTY + PTY_POLL] = {
    [SYNC] = { watch->sandbox->sync, POLLIN, 0 },
    [INIT] = { watch->code < 0 ? watch->sandbox->init_fd : -1, POLLIN, 0 },
    [SIGNALS] = { watch->sandbox->signal_fd, POLLIN, 0 },
    [PARENT] = { watch->sandbox->parent_fd, POLLIN, 0 },
  };
  nfds_t n = PTY;
  if (watch->pty != NULL)
    {
      pty_poll (watch->pty, fds + PTY);
      n += PTY_POLL;
    }

  if (poll (fds, n, -1) < 0)
    return errno == EINTR || fail_errno (error, errno, "poll");
  if (watch->pty != NULL && !copy_terminal (watch, fds + PTY, error))
    return FALSE;
  if (!read_messages (watch, error))
    return FALSE;
  if (fds[SYNC].revents & POLLHUP && !(fds[SYNC].revents & POLLIN))
    fd_clear (&watch->sandbox->sync); /* the program alone is left inside */
  if (fds[INIT].revents && watch->code < 0)
    read_end (watch);
  if (fds[SIGNALS].revents)
    read_signals (watch);
  if (fds[PARENT].revents)
    {
      launch_undo (watch->sandbox);
      watch->code = 128 + SIGKILL;
    }
  return TRUE;
}

/* The program has ended, and what it wrote has been copied, or nobody waits for it any more. */
static gboolean
is_over (const Watch *watch)
{
  return watch->code >= 0
         && (watch->pty == NULL || pty_is_dry (watch->pty) || (watch->hurry && pty_is_stuck (watch->pty)));
}

/* --- The whole -------------------------------------------------------------------------------------------------- */

int
monitor_run (Sandbox *sandbox, GError **error)
{
  Watch watch = { .sandbox = sandbox, .code = -1 };
  gboolean ok = TRUE;

  close_inherited (sandbox);
  while (ok && !sandbox->signal && !is_over (&watch))
    ok = watch_once (&watch, error);

  g_clear_pointer (&watch.pty, pty_free); /* gives the caller the terminal back */
  if (!ok || sandbox->signal)
    return -1;
  if (!watch.ready)
    {
      fail (error, SNUG_ERROR_FAILED, _ ("the sandbox ended before the program started, with status %d"),
            watch.code);
      return -1;
    }
  info_exit (sandbox, watch.code);
  return watch.code;
}

static gboolean
send_go (const Sandbox *sandbox, GError **error)
{
  return send (sandbox->sync, "", 1, MSG_NOSIGNAL) == 1
         || fail_errno (error, errno, _ ("can't start the sandbox"));
}

/* Leaves nothing of the sandbox, whatever its end. */
static void
clean_up (Sandbox *sandbox)
{
  launch_undo (sandbox);
  made_end (sandbox->made);
}

int
engine_run (const Plan *plan, pid_t parent, GError **error)
{
  Sandbox sandbox = { .plan = plan, .init_fd = -1, .sync = -1, .proc = -1, .parent_fd = -1, .signal_fd = -1 };
  int code = -1;

  if (plan->tidy)
    journal_sweep (FALSE);
  sandbox.made = made_new (plan);
  block_signals (&sandbox);
  if (watch_parent (&sandbox, parent, error) && launch (&sandbox, error))
    {
      if (run_steps (&sandbox, error) && send_go (&sandbox, error))
        code = monitor_run (&sandbox, error);
      if (code < 0 || made_anything (sandbox.made))
        clean_up (&sandbox);
      if (code < 0 && sandbox.signal)
        code = 128 + sandbox.signal;
    }
  made_free (sandbox.made);
  return code;
}
