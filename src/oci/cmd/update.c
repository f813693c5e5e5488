/* snug-oci update: see verbs.def. */
#include "oci/cmd/cmd.h"

#include "base/error.h"
#include "base/i18n.h"
#include "oci/container/cgroup.h"
#include "oci/container/life.h"
#include "oci/container/resctrl.h"
#include "oci/container/resources.h"

/* Whether anything is said that a cgroup is to do. */
static gboolean
asks_for_cgroup (const CgroupLimits *limits)
{
  for (gsize i = 0; i < N_LIMITS; i++)
    if (limits->numbers[i].given)
      return TRUE;
  return limits->settings->len > 0 || limits->devices != NULL;
}

static gboolean
update_cgroup (const Container *container, CgroupLimits *limits, GError **error)
{
  limits_forget_devices (limits);
  g_autoptr (Cgroup) cgroup = container_cgroup (container, error);
  if (cgroup == NULL)
    return FALSE;
  cgroup_limits_complete (limits, cgroup->dir);
  return cgroup_limits_compile (limits, error) && cgroup_apply (cgroup, limits, error);
}

int
cmd_update (const OciOptions *options, GError **error)
{
  g_autoptr (CgroupLimits) limits = cgroup_limits_new ();
  g_autoptr (Life) life = life_new ();
  gboolean schemata = options->l3_cache_schema != NULL || options->mem_bw_schema != NULL;
  if (!resources_of_options (options, limits, error) || !life_open (life, options, LOCK_WAIT, error))
    return -1;
  if (life->container->status == STATUS_STOPPED)
    return fail (error, SNUG_ERROR_FAILED, _ ("cannot update a container that is %s"),
                 status_name (life->container->status)),
           -1;
  if (schemata && !resctrl_update (life, options->l3_cache_schema, options->mem_bw_schema, error))
    return -1;
  return (schemata && !asks_for_cgroup (limits)) || update_cgroup (life->container, limits, error) ? 0 : -1;
}
