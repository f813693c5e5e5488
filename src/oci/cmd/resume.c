/* snug-oci resume: see verbs.def. */
#include "oci/cmd/cmd.h"

#include "base/error.h"
#include "base/i18n.h"
#include "oci/container/cgroup.h"

int
cmd_resume (const OciOptions *options, GError **error)
{
  g_autoptr (Store) store = store_open (options->root, error);
  g_autoptr (Container) container =
      store ? container_look (store, options->arguments[0], LOCK_WAIT, error) : NULL;
  if (container == NULL)
    return -1;
  if (container->status != STATUS_PAUSED)
    return fail (error, SNUG_ERROR_FAILED, _ ("cannot resume a container that is %s"),
                 status_name (container->status)),
           -1;
  g_autoptr (Cgroup) cgroup = container_cgroup (container, error);
  return cgroup != NULL && cgroup_thaw (cgroup, error) ? 0 : -1;
}
