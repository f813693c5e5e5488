/* snug-oci kill: see verbs.def. */
#include "oci/cmd/cmd.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/sys.h"
#include "oci/container/cgroup.h"
#include "oci/container/processes.h"
#include "oci/container/select.h"
#include "oci/signals.h"

/* With --all it is enough that nobody is left to signal. */
static gboolean
fail_ended (const Container *container, gboolean all, GError **error)
{
  return all || fail (error, SNUG_ERROR_FAILED, _ ("container not running: %s"), container->id);
}

static gboolean
signal_container (const Container *container, gboolean all, int signal, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (container->status == STATUS_STOPPED)
    return fail_ended (container, all, error);
  Fd process = container_pidfd (container, &failure);
  if (process < 0 && g_error_matches (failure, SNUG_ERROR, SNUG_ERROR_MISSING))
    return fail_ended (container, all, error);
  if (process < 0)
    return fail_with (error, g_steal_pointer (&failure));
  if (all && !container->foreign && !container_signal_all (container, signal, error))
    return FALSE;
  return sys_pidfd_send_signal (process, signal) == 0 || errno == ESRCH
         || fail_errno (error, errno, _ ("can't signal the container"));
}

static gboolean
kill_one (const OciOptions *options, GError **error)
{
  int signal = SIGTERM;
  if (options->n_arguments > 1 && !signal_from_text (options->arguments[1], &signal, error))
    return FALSE;
  g_autoptr (Store) store = store_open (options->root, error);
  g_autoptr (Container) container =
      store ? container_look (store, options->arguments[0], LOCK_NONE, error) : NULL;
  return container != NULL && signal_container (container, options->all, signal, error);
}

int
cmd_kill (const OciOptions *options, GError **error)
{
  return select_containers (options, kill_one, error) ? 0 : -1;
}
