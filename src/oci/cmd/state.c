/* snug-oci state: see verbs.def. */
#include "oci/cmd/cmd.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/json-build.h"
#include "oci/container/cgroup.h"

int
cmd_state (const OciOptions *options, GError **error)
{
  g_autoptr (Store) store = store_open (options->root, error);
  g_autoptr (Container) container =
      store ? container_look (store, options->arguments[0], LOCK_NONE, error) : NULL;
  if (container == NULL)
    return -1;
  if (container->problem != NULL)
    return fail (error, SNUG_ERROR_FAILED, _ ("container %s can't be read: %s"), container->id,
                 container->problem),
           -1;
  g_autoptr (json_object) state = container_state (container, TRUE);
  g_autofree char *text = json_pretty (state);
  fputs (text, stdout);
  return 0;
}
