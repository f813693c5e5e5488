/* What the sandbox as a whole may use: a cgroup that is made before the clone, looked at when the program has ended, and
 * removed. */
#include "engine/engine.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/number.h"
#include "cgroup/stats.h"

#include <sys/random.h>

/* No container's cgroup is called like that, whatever its id. */
#define PREFIX "snug."

/* Unlike any other: our pid alone may be that of one that was killed, or in another pid namespace. */
static char *
new_name (void)
{
  guint32 number = 0;
  while (getrandom (&number, sizeof number, 0) < 0 && errno == EINTR)
    ;
  return g_strdup_printf (PREFIX "%d.%08x", (int) getpid (), number);
}

gboolean
limits_make (Sandbox *sandbox, GError **error)
{
  const Plan *plan = sandbox->plan;
  if (plan->limits == NULL)
    return TRUE;
  g_autofree char *name = new_name ();
  const CgroupWish wish = {
    .manager = (CgroupManager) plan->cgroup_manager,
    .name = name,
    .properties = plan->unit_properties,
    .limits = plan->limits,
    .needed = plan->unit_properties != NULL,
    .passing = TRUE,
  };
  if (!cgroup_make (&wish, &sandbox->cgroup, error))
    return FALSE;
  sandbox->cgroup_fd = sandbox->cgroup ? sandbox->cgroup->place : -1;
  return TRUE;
}

gboolean
limits_apply (Sandbox *sandbox, GError **error)
{
  Cgroup *cgroup = sandbox->cgroup;
  if (cgroup == NULL)
    return TRUE;
  return (sandbox->placed || cgroup_place (cgroup, cgroup->place, sandbox->init, error))
         && cgroup_apply (cgroup, sandbox->plan->limits, error);
}

/* --- The end -------------------------------------------------------------------------------------------------- */

/* Who set a limit of @file. */
static const char *
origin_of (const CgroupLimits *limits, const char *file)
{
  for (guint i = 0; i < limits->settings->len; i++)
    {
      const CgroupSetting *setting = &g_array_index (limits->settings, CgroupSetting, i);
      if (g_str_equal (setting->file, file))
        return setting->origin;
    }
  return NULL;
}

void
limits_report (const Sandbox *sandbox)
{
  if (sandbox->cgroup == NULL)
    return;
  g_autoptr (CgroupStats) stats = cgroup_stats (sandbox->cgroup);
  if (stats->oom_kills == 0)
    return;

  const char *origin = origin_of (sandbox->plan->limits, "memory.max");
  g_autofree char *kills = g_strdup_printf ("%" G_GUINT64_FORMAT, stats->oom_kills);
  g_autofree char *peak = stats->memory_peak > 0 ? format_size (stats->memory_peak) : g_strdup (_ ("unknown"));
  g_autofree char *limit = format_size (stats->memory_limit);
  if (origin == NULL || stats->memory_limit == G_MAXUINT64)
    log_warning (
        _ ("out of memory, though not by a limit of this sandbox: the kernel killed %s of its processes; "
           "peak use: %s"),
        kills, peak);
  else
    log_warning (
        _ ("%s: out of memory: the kernel killed %s of the sandbox's processes; peak use: %s, limit: %s"),
        origin, kills, peak, limit);
}

void
limits_end (Sandbox *sandbox, gboolean undone)
{
  g_autoptr (GError) error = NULL;
  if (sandbox->cgroup == NULL)
    return;
  if (!(undone ? cgroup_remove : cgroup_leave) (sandbox->cgroup, &error))
    log_warning ("%s", error->message);
  g_clear_pointer (&sandbox->cgroup, cgroup_free);
  sandbox->cgroup_fd = -1;
}
