/* The backend that has a systemd make cgroups: a scope for each, a unit around processes that are there already.
 *
 * A scope can't be made empty: it is made around the container's first process, which waits meanwhile, and ends with the last
 * one inside.
 *
 * Systemd is told the limits, so that it leaves them as they are when it looks at its units again.  It says nothing of those
 * it can't set, so that all are written to the cgroup's files too, which is delegated to us, and read back.
 */
#include "cgroup/cgroup.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/number.h"
#include "base/user.h"
#include "cgroup/bus.h"
#include "cgroup/files.h"
#include "cgroup/tree.h"
#include "cgroup/unit.h"

#include <sys/stat.h>

#define UNIT_EXISTS "org.freedesktop.systemd1.UnitExists"

/* The first systemd that knows an idle weight. */
#define IDLE_SINCE 252

/* How long a systemd has for removing an empty scope before it is asked to, and the pause between looks, in microseconds. */
#define PATIENCE (2 * G_USEC_PER_SEC)
#define PAUSE 500

/* --- The unit ---------------------------------------------------------------------------------------------------- */

/* Only asked for where it matters. */
static gboolean
knows_idle (Bus *bus, const CgroupLimits *limits)
{
  g_autofree char *version =
      unit_limits_idle (limits) ? bus_property (bus, NULL, "Manager", "Version", NULL) : NULL;
  return version != NULL && g_ascii_strtoull (version, NULL, 10) >= IDLE_SINCE;
}

static gboolean
start_unit (Bus *bus, const Cgroup *cgroup, GVariant *properties, GError **error)
{
  return bus_call_job (bus, "StartTransientUnit",
                       g_variant_new ("(ss@a(sv)a(sa(sv)))", cgroup->unit, "fail", properties, NULL), error);
}

static gboolean
stop_unit (Bus *bus, const Cgroup *cgroup, GError **error)
{
  return bus_call_job (bus, "StopUnit", g_variant_new ("(ss)", cgroup->unit, "replace"), error);
}

/* Whether the unit of that name is a scope that nobody is in.  It is not found empty, and stays, if nobody ever was. */
static gboolean
is_abandoned (Bus *bus, const Cgroup *cgroup)
{
  g_autofree char *object = bus_call_object (bus, "GetUnit", g_variant_new ("(s)", cgroup->unit), NULL);
  g_autofree char *path = object ? bus_property (bus, object, "Scope", "ControlGroup", NULL) : NULL;
  Fd dir = path != NULL && *path != '\0' ? cgroup_open_path (path) : -1;
  const Cgroup found = { .dir = dir };
  return dir >= 0 && cgroup_is_empty (&found);
}

/* What is left of one that failed, or whose maker was killed, keeps the name. */
static gboolean
clear_name (Bus *bus, const Cgroup *cgroup)
{
  return is_abandoned (bus, cgroup)
             ? stop_unit (bus, cgroup, NULL)
             : bus_call (bus, "ResetFailedUnit", g_variant_new ("(s)", cgroup->unit), NULL);
}

static gboolean
start_unit_again (Bus *bus, const Cgroup *cgroup, GVariant *properties, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (start_unit (bus, cgroup, properties, &failure))
    return TRUE;
  if (g_strcmp0 (bus_failure (bus), UNIT_EXISTS) == 0 && clear_name (bus, cgroup))
    return start_unit (bus, cgroup, properties, error);
  return fail_with (error, g_steal_pointer (&failure));
}

/* Where @pid is now. */
static gboolean
find_scope (Cgroup *cgroup, pid_t pid, GError **error)
{
  struct stat st;
  g_autofree char *path = cgroup_path_of (pid);
  const char *name = path ? strrchr (path, '/') + 1 : "";
  if (!g_str_equal (name, cgroup->unit))
    return fail (error, SNUG_ERROR_FAILED, _ ("systemd made %s, but its process is in cgroup %s"), cgroup->unit,
                 path ? path : "?");
  Fd dir = cgroup_open_path (path);
  if (dir < 0 || fstat (dir, &st) < 0)
    return fail_errno (error, errno, _ ("can't open cgroup %s"), path);
  cgroup->path = g_steal_pointer (&path);
  cgroup->dir = fd_steal (&dir);
  cgroup->id = st.st_ino;
  cgroup->made = 1;
  return TRUE;
}

/* Whoever hands controllers on may have no processes of its own. */
static gboolean
move_inside (Cgroup *cgroup, const CgroupWish *wish, pid_t pid, GError **error)
{
  if (!cgroup_make_inner (cgroup, error))
    return FALSE;
  Fd inner = cgroup_open_below (cgroup->dir, CGROUP_INNER);
  return cgroup_write_pid (cgroup, inner, pid, error)
         && cgroup_enable_all (cgroup->dir, cgroup->path, wish->limits, error);
}

static gboolean
systemd_fill (Cgroup *cgroup, const CgroupWish *wish, pid_t pid, GError **error)
{
  gboolean system = is_real_root ();
  g_autofree char *slice = NULL, *unit = NULL;
  g_autoptr (Bus) bus = bus_open (system, error);
  if (bus == NULL || !unit_name (wish->path, wish->name, system, &slice, &unit, error))
    return FALSE;
  g_autoptr (GVariant) properties = g_variant_ref_sink (
      unit_scope (wish->name, slice, wish->limits, knows_idle (bus, wish->limits), wish->properties, pid));
  if (!start_unit_again (bus, cgroup, properties, error))
    return FALSE;
  if (!find_scope (cgroup, pid, error))
    {
      stop_unit (bus, cgroup, NULL); /* a process that has ended was put nowhere, without a word */
      return FALSE;
    }
  return (!wish->inner || move_inside (cgroup, wish, pid, error)) && cgroup_make_place (wish, cgroup, error);
}

/* Only its name, which is looked at before anything is done. */
static Cgroup *
systemd_make (const CgroupWish *wish, GError **error)
{
  g_autofree char *slice = NULL;
  g_autoptr (Cgroup) cgroup = g_new0 (Cgroup, 1);
  *cgroup = (Cgroup){ .backend = &cgroup_systemd, .dir = -1, .place = -1 };
  return unit_name (wish->path, wish->name, is_real_root (), &slice, &cgroup->unit, error)
             ? g_steal_pointer (&cgroup)
             : NULL;
}

/* --- Placing ----------------------------------------------------------------------------------------------------- */

/* Where @place is below the unit's own cgroup. */
static char *
path_below (const Cgroup *cgroup, int place)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", place);
  g_autofree char *path = g_file_read_link (link, NULL);
  const char *found = path ? strstr (path, cgroup->path) : NULL;
  return g_strdup (found ? found + strlen (cgroup->path) : "");
}

/* A process moves only between cgroups that have one above both that the mover may write to: not out of a login's session, which
 * is root's.  Systemd may. */
static gboolean
systemd_place (const Cgroup *cgroup, int place, pid_t pid, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *below = path_below (cgroup, place);
  const guint32 moved = (guint32) pid;
  if (cgroup_write_pid (cgroup, place, pid, &failure))
    return TRUE;
  g_autoptr (Bus) bus = bus_open (is_real_root (), error);
  if (bus == NULL)
    return FALSE;
  log_debug ("%s: by systemd", failure->message);
  return bus_call (bus, "AttachProcessesToUnit",
                   g_variant_new ("(ss@au)", cgroup->unit, below,
                                  g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, &moved, 1, sizeof moved)),
                   error);
}

/* --- Limits ------------------------------------------------------------------------------------------------------ */

static gboolean
tell_systemd (const Cgroup *cgroup, const CgroupLimits *limits, GError **error)
{
  g_autoptr (Bus) bus = bus_open (is_real_root (), error);
  if (bus == NULL)
    return FALSE;
  GVariant *properties = unit_limits (limits, knows_idle (bus, limits));
  return bus_call (bus, "SetUnitProperties", g_variant_new ("(sb@a(sv))", cgroup->unit, TRUE, properties),
                   error);
}

static gboolean
systemd_apply (Cgroup *cgroup, const CgroupLimits *limits, GError **error)
{
  return (limits == NULL || tell_systemd (cgroup, limits, error))
         && cgroup_write_limits (cgroup, limits, error);
}

/* --- Removing ---------------------------------------------------------------------------------------------------- */

static gboolean
wait_until_gone (const Cgroup *cgroup)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE;
  while (faccessat (cgroup->dir, "cgroup.procs", F_OK, 0) == 0)
    {
      if (g_get_monotonic_time () > deadline)
        return FALSE;
      g_usleep (PAUSE);
    }
  return TRUE;
}

/* Systemd does it by itself when nobody is left inside. */
static gboolean
systemd_remove (Cgroup *cgroup, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (!cgroup_empty (cgroup, error))
    return FALSE;
  if (wait_until_gone (cgroup))
    return TRUE;
  g_autoptr (Bus) bus = bus_open (is_real_root (), &failure);
  if (bus == NULL || !stop_unit (bus, cgroup, &failure))
    log_debug ("%s: %s", cgroup->unit, failure->message);
  return cgroup_remove_directory (cgroup, error);
}

const CgroupBackend cgroup_systemd = {
  .name = "systemd",
  .make = systemd_make,
  .fill = systemd_fill,
  .place = systemd_place,
  .apply = systemd_apply,
  .remove = systemd_remove,
};
