/* What the sandbox as a whole may use: a cgroup that is made for it, looked at when the program has ended, and removed.
 *
 * Systemd removes its scopes with their last process.  So another process of ours, the holder, stays inside until the cgroup has
 * been looked at, or we are killed. */
#include "engine/engine.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/number.h"
#include "base/sys.h"
#include "cgroup/stats.h"
#include "child/child.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/wait.h>

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

static CgroupWish
wish_of (const Plan *plan, const char *name)
{
  return (CgroupWish){
    .manager = (CgroupManager) plan->cgroup_manager,
    .name = name,
    .properties = plan->unit_properties,
    .limits = plan->limits,
    .needed = plan->unit_properties != NULL,
    .passing = TRUE,
  };
}

static gboolean
start_holder (Sandbox *sandbox, GError **error)
{
  Fd proc = open ("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  pid_t parent = getpid ();
  pid_t pid = proc < 0 ? -1 : sys_clone3 (0, 0, NULL, -1);
  if (pid == 0)
    scope_hold (proc, sandbox->cgroup->unit, parent);
  sandbox->holder = MAX (pid, 0);
  return pid > 0 || fail_errno (error, errno, "clone3");
}

gboolean
limits_make (Sandbox *sandbox, GError **error)
{
  if (sandbox->plan->limits == NULL)
    return TRUE;
  sandbox->cgroup_name = new_name ();
  const CgroupWish wish = wish_of (sandbox->plan, sandbox->cgroup_name);
  if (!cgroup_prepare (&wish, &sandbox->cgroup, error))
    return FALSE;
  return sandbox->cgroup == NULL || sandbox->cgroup->dir >= 0
         || (start_holder (sandbox, error)
             && cgroup_fill (&wish, sandbox->holder, FALSE, &sandbox->cgroup, error));
}

gboolean
limits_apply (Sandbox *sandbox, GError **error)
{
  const Cgroup *cgroup = sandbox->cgroup;
  if (cgroup == NULL)
    return TRUE;
  if (sandbox->holder != 0)
    return sandbox->placed || cgroup_place (cgroup, cgroup->place, sandbox->init, error);
  const CgroupWish wish = wish_of (sandbox->plan, sandbox->cgroup_name);
  return cgroup_fill (&wish, sandbox->init, sandbox->placed, &sandbox->cgroup, error);
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

static void
end_holder (Sandbox *sandbox)
{
  if (sandbox->holder == 0)
    return;
  kill (sandbox->holder, SIGKILL);
  while (waitpid (sandbox->holder, NULL, __WALL) < 0 && errno == EINTR)
    ;
  sandbox->holder = 0;
}

void
limits_end (Sandbox *sandbox, gboolean undone)
{
  g_autoptr (GError) error = NULL;
  end_holder (sandbox);
  if (sandbox->cgroup == NULL)
    return;
  if (!(undone ? cgroup_remove : cgroup_leave) (sandbox->cgroup, &error))
    log_warning ("%s", error->message);
  g_clear_pointer (&sandbox->cgroup, cgroup_free);
}
