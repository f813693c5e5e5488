/* snug-oci kill: see verbs.def. */
#include "oci/cmd/cmd.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/sys.h"
#include "oci/signals.h"
#include "state/state.h"

int
cmd_kill (const OciOptions *options, GError **error)
{
  int signal = SIGTERM;
  if (options->n_arguments > 1 && !signal_from_text (options->arguments[1], &signal, error))
    return -1;
  g_autoptr (Store) store = store_open (options->root, error);
  g_autoptr (Container) container = store ? container_open (store, options->arguments[0], FALSE, error) : NULL;
  if (container == NULL)
    return -1;
  if (container->status == STATUS_STOPPED)
    {
      if (options->all) /* nobody is left to signal, which is what was wanted */
        return 0;
      return fail (error, SNUG_ERROR_FAILED, _ ("container not running: %s"), container->id), -1;
    }
  Fd process = container_pidfd (container, error);
  if (process < 0)
    return -1;
  if (sys_pidfd_send_signal (process, signal) < 0)
    return fail_errno (error, errno, _ ("can't signal the container")), -1;
  return 0;
}
