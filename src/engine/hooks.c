/* The hooks that run outside, where we are. */
#include "engine/engine.h"

#include "base/error.h"
#include "base/fd.h"
#include "child/child.h"
#include "engine/report.h"

#include <sys/epoll.h>

/* A descriptor that can be read when the set-up is to end: by a signal, or since the container has ended.  -1 with @error. */
static int
open_stop (const Sandbox *sandbox, int signals, GError **error)
{
  const int watched[] = { signals, sandbox->init_fd };
  Fd stop = epoll_create1 (EPOLL_CLOEXEC);
  struct epoll_event readable = { .events = EPOLLIN };
  gboolean ok = stop >= 0;
  for (gsize i = 0; ok && i < G_N_ELEMENTS (watched); i++)
    ok = epoll_ctl (stop, EPOLL_CTL_ADD, watched[i], &readable) == 0;
  if (!ok)
    fail_errno (error, errno, "epoll");
  return ok ? fd_steal (&stop) : -1;
}

/* What ends the set-up ends the hook too. */
gboolean
monitor_hook (Sandbox *sandbox, const Step *step, GError **error)
{
  const RunHook *hook = step->data;
  int status = 0;
  SyncAt at;

  Fd signals = monitor_open_ending (error);
  Fd stop = signals < 0 ? -1 : open_stop (sandbox, signals, error);
  if (stop < 0)
    return FALSE;
  if (hook_run (hook, sandbox->init, &sandbox->signals, stop, &at, &status) == 0)
    return TRUE;
  if (at == AT_STEP && errno == EINTR)
    return monitor_wait (sandbox, -1, error);
  return report_hook (hook->hook->path, at, errno, status, error);
}

gboolean
engine_hook (const Bundle *bundle, const Hook *hook, const char *status, pid_t pid, GError **error)
{
  const RunHook run = {
    hook, bundle->state_head, bundle->state_tail, status, bundle->hook_dir, bundle->hook_out, bundle->hook_err
  };
  sigset_t none;
  int ended = 0;
  SyncAt at;

  sigemptyset (&none);
  if (hook_run (&run, pid, &none, -1, &at, &ended) == 0)
    return TRUE;
  report_hook (hook->path, at, errno, ended, error);
  return prefix_origin (error, &hook->origin);
}
