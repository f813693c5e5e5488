/* snug-oci update: see verbs.def. */
#include "oci/cmd/cmd.h"

#include "base/error.h"
#include "base/i18n.h"
#include "oci/container/cgroup.h"
#include "oci/container/resources.h"

int
cmd_update (const OciOptions *options, GError **error)
{
  g_autoptr (CgroupLimits) limits = cgroup_limits_new ();
  if (!resources_of_options (options, limits, error))
    return -1;

  g_autoptr (Store) store = store_open (options->root, error);
  g_autoptr (Container) container = store ? container_look (store, options->arguments[0], TRUE, error) : NULL;
  if (container == NULL)
    return -1;
  if (container->status == STATUS_STOPPED)
    return fail (error, SNUG_ERROR_FAILED, _ ("cannot update a container that is %s"),
                 status_name (container->status)),
           -1;
  limits_forget_devices (limits);
  g_autoptr (Cgroup) cgroup = container_cgroup (container, error);
  if (cgroup == NULL)
    return -1;
  cgroup_limits_complete (limits, cgroup->dir);
  return cgroup_limits_compile (limits, error) && cgroup_apply (cgroup, limits, error) ? 0 : -1;
}
