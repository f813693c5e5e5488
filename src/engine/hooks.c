/* The hooks that run outside, where we are. */
#include "engine/engine.h"

#include "base/error.h"
#include "base/log.h"
#include "child/child.h"

static gboolean
run (const RunHook *hook, pid_t pid, const sigset_t *signals, GError **error)
{
  SyncAt at;
  int status = 0;
  if (hook_run (hook, pid, signals, &at, &status) == 0)
    return TRUE;
  return report_hook (hook->hook->path, at, errno, status, error);
}

gboolean
monitor_hook (Sandbox *sandbox, const Step *step, GError **error)
{
  return run (step->data, sandbox->init, &sandbox->signals, error);
}

gboolean
engine_hooks (const Bundle *bundle, HookMoment moment, const char *status, pid_t pid, GError **error)
{
  sigset_t none;
  sigemptyset (&none);
  for (guint i = 0; i < bundle->hooks[moment]->len; i++)
    {
      const Hook *hook = &g_array_index (bundle->hooks[moment], Hook, i);
      const RunHook with_state = { hook,   bundle->state_head, bundle->state_tail,
                                   status, bundle->hook_out,   bundle->hook_err };
      g_autoptr (GError) failure = NULL;
      if (run (&with_state, pid, &none, &failure))
        continue;
      prefix_origin (&failure, &hook->origin);
      if (error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      log_warning ("%s", failure->message);
    }
  return TRUE;
}
