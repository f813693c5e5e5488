/* What of snug-oci works on this host, why the rest does not, and what would help: see host.h.
 *
 * Each row of the table asks for a part of the code and has a check of the host.  A check that fails gives the reason as
 * an error's message, whose second line, if there is one, says what would help.
 */
#include "oci/host/host.h"

#include "base/error.h"
#include "base/i18n.h"
#include "engine/report.h"
#include "oci/features.h"
#include "plan/helpers.h"
#include "plan/seccomp.h"

typedef gboolean Check (const Host *host, GError **error);

/* Fails with what the attempt failed with, and what would help, or NULL. */
static gboolean
attempted (const Host *host, Attempt attempt, const char *what, const char *help, GError **error)
{
  int result = host->attempts[attempt];
  return result == 0
         || fail (error, SNUG_ERROR_FAILED, "%s: %s%s%s", what, strerror (result), help ? "\n" : "",
                  help ? help : "");
}

static gboolean
can_keep_records (const Host *host, GError **error)
{
  return host->store != NULL || fail (error, SNUG_ERROR_FAILED, "%s", host->store_problem);
}

/* --- Namespaces and ids ----------------------------------------------------------------------------------- */

/* The same for a namespace, of which the engine may know why there is none. */
static gboolean
namespace_made (const Host *host, Attempt attempt, const char *what, GError **error)
{
  int result = host->attempts[attempt];
  return result == 0
         || fail (error, SNUG_ERROR_FAILED, "%s: %s", what,
                  report_why_no_namespace (result) ?: strerror (result));
}

static gboolean
can_go_without_root (const Host *host, GError **error)
{
  return namespace_made (host, ATTEMPT_USER, _ ("can't make a user namespace"), error);
}

static gboolean
can_isolate (const Host *host, GError **error)
{
  static const struct
  {
    Attempt attempt;
    const char *what;
  } needed[] = {
    { ATTEMPT_MOUNT, N_ ("can't make a mount namespace") },
    { ATTEMPT_PID, N_ ("can't make a pid namespace") },
    { ATTEMPT_NET, N_ ("can't make a network namespace") },
    { ATTEMPT_IPC, N_ ("can't make an ipc namespace") },
    { ATTEMPT_UTS, N_ ("can't make a uts namespace") },
    { ATTEMPT_CGROUP, N_ ("can't make a cgroup namespace") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (needed); i++)
    if (!namespace_made (host, needed[i].attempt, _ (needed[i].what), error))
      return FALSE;
  return TRUE;
}

static gboolean
can_shift_clocks (const Host *host, GError **error)
{
  return namespace_made (host, ATTEMPT_TIME, _ ("can't make a time namespace"), error);
}

static gboolean
can_map_ranges (const Host *host, GError **error)
{
  const HostIds *const maps[] = { &host->users, &host->groups };

  for (gsize i = 0; i < G_N_ELEMENTS (maps) && !host->root; i++)
    if ((maps[i]->ranges->len == 0 && !fail_no_subordinate_ids (maps[i]->file, error))
        || !helper_check (maps[i]->helper, error))
      return FALSE;
  return TRUE;
}

/* --- Mounts --------------------------------------------------------------------------------------------------- */

static gboolean
can_mount_proc (const Host *host, GError **error)
{
  g_autofree char *covered = report_covered_proc ();
  if (host->attempts[ATTEMPT_PROC] == EPERM && covered)
    return fail (error, SNUG_ERROR_FAILED,
                 _ ("the container around this covers %s\nlet it have all of /proc, as podman's "
                    "--security-opt unmask=ALL and docker's --security-opt systempaths=unconfined do"),
                 covered);
  return attempted (host, ATTEMPT_PROC, _ ("can't mount a new proc"), NULL, error);
}

static gboolean
can_mount_sysfs (const Host *host, GError **error)
{
  return attempted (host, ATTEMPT_SYSFS, _ ("can't mount a new sysfs"),
                    _ ("bind the host's /sys instead, as the default of spec --rootless does"), error);
}

static gboolean
can_overlay (const Host *host, GError **error)
{
  return attempted (host, ATTEMPT_OVERLAY, _ ("can't mount an overlay"), NULL, error);
}

static gboolean
can_idmap (const Host *host, GError **error)
{
  return attempted (host, ATTEMPT_IDMAP, _ ("can't map the ids of a mount"), NULL, error);
}

static gboolean
can_idmap_host (const Host *host, GError **error)
{
  return attempted (host, ATTEMPT_IDMAP_HOST, _ ("can't map the ids of the root filesystem"),
                    host->attempts[ATTEMPT_IDMAP_HOST] == EPERM
                        ? _ ("only root of the user namespace that a filesystem was mounted from may do that")
                        : NULL,
                    error);
}

/* --- Cgroups ----------------------------------------------------------------------------------------------------- */

static gboolean
has_cgroup_place (const Host *host, GError **error)
{
  const HostCgroups *cgroups = &host->cgroups;

  if (cgroup_tree ()->mount == NULL)
    return fail (
        error, SNUG_ERROR_FAILED,
        _ ("no cgroup2 tree is mounted on this host\nboot with systemd.unified_cgroup_hierarchy=1, or mount "
           "one"));
  return cgroups->place != NULL
         || fail (
             error, SNUG_ERROR_FAILED,
             _ ("the cgroup %s can't be written to, and there is none of a systemd of this user\nlog in so "
                "that systemd starts one for the user, or have it started with: loginctl enable-linger"),
             cgroup_tree ()->own ? cgroup_tree ()->own : "/");
}

static gboolean
has_controllers (const Host *host, GError **error)
{
  static const char *const needed[] = { "cpu", "memory", "pids" };
  const HostCgroups *cgroups = &host->cgroups;
  g_autoptr (GString) missing = g_string_new (NULL);

  if (!has_cgroup_place (host, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (needed); i++)
    if (!g_strv_contains ((const char *const *) cgroups->controllers, needed[i]))
      g_string_append_printf (missing, "%s%s", missing->len ? ", " : "", needed[i]);

  if (missing->len == 0)
    return TRUE;
  if (cgroup_tree ()->layout == LAYOUT_HYBRID)
    return fail (error, SNUG_ERROR_FAILED,
                 _ ("these controllers belong to cgroup v1 here: %s\nboot with "
                    "systemd.unified_cgroup_hierarchy=1"),
                 missing->str);
  return fail (error, SNUG_ERROR_FAILED,
               _ ("these controllers are not delegated: %s\nan administrator can delegate them with: systemctl "
                  "edit user@.service, and there under [Service]: Delegate=cpu cpuset io memory pids"),
               missing->str);
}

static gboolean
has_manager (const Host *host, GError **error)
{
  return host->cgroups.manager != NULL || fail (error, SNUG_ERROR_FAILED, "%s", host->cgroups.no_manager);
}

static gboolean
can_filter_devices (const Host *host, GError **error)
{
  return host->root
         || fail (
             error, SNUG_ERROR_FAILED,
             _ ("the kernel takes such programs from the host's root alone\nwithout root there are no devices "
                "to keep away: none can be made"));
}

/* --- Security and resources ------------------------------------------------------------------------------------- */

static gboolean
has_seccomp (const Host *host, GError **error)
{
  return host->seccomp_actions[0] != NULL
         || fail (error, SNUG_ERROR_FAILED, _ ("the kernel has no seccomp filters"));
}

static gboolean
has_notify (const Host *host, GError **error)
{
  g_autofree const char **actions = seccomp_words (SECCOMP_ACTIONS);

  if (!g_strv_contains (actions, "SCMP_ACT_NOTIFY"))
    return fail (error, SNUG_ERROR_FAILED, _ ("this version of snug-oci does not have it"));
  return g_strv_contains ((const char *const *) host->seccomp_actions, "user_notif")
         || fail (error, SNUG_ERROR_FAILED, _ ("the kernel has no seccomp notifications"));
}

static gboolean
has_apparmor (const Host *host, GError **error)
{
  return host->apparmor || fail (error, SNUG_ERROR_FAILED, _ ("AppArmor is not in use here"));
}

static gboolean
has_selinux (const Host *host, GError **error)
{
  return host->selinux || fail (error, SNUG_ERROR_FAILED, _ ("SELinux is not in use here"));
}

static gboolean
has_resctrl (const Host *host, GError **error)
{
  if (!host->resctrl_known)
    return fail (error, SNUG_ERROR_FAILED, _ ("the kernel, or the processor, has no resctrl"));
  return host->resctrl_mounted
         || fail (error, SNUG_ERROR_FAILED,
                  _ ("resctrl is not mounted\nan administrator can do that with: mount -t resctrl resctrl "
                     "/sys/fs/resctrl"));
}

static gboolean
can_move_devices (const Host *host, GError **error)
{
  return host->root || fail (error, SNUG_ERROR_FAILED, _ ("the host's network devices are its root's to move"));
}

/* --- The table --------------------------------------------------------------------------------------------------- */

#define ALWAYS N_FEATURES

static const struct
{
  const char *name, *what;
  Feature feature; /* of the code; ALWAYS: nothing that could be missing */
  Check *check;
} abilities[] = {
  { "rootless", N_ ("containers without root"), ALWAYS, can_go_without_root },
  { "state", N_ ("keeping what is known of containers"), ALWAYS, can_keep_records },
  { "isolation", N_ ("mounts, processes, network, IPC, names and cgroups of its own"), ALWAYS, can_isolate },
  { "id_ranges", N_ ("more than one user and group in a container"), ALWAYS, can_map_ranges },
  { "proc", N_ ("a new /proc"), ALWAYS, can_mount_proc },
  { "sysfs", N_ ("a new /sys"), ALWAYS, can_mount_sysfs },
  { "overlay", N_ ("overlay mounts"), ALWAYS, can_overlay },
  { "time", N_ ("clocks with an offset"), ALWAYS, can_shift_clocks },
  { "idmap", N_ ("mounts with other ids"), FEATURE_idmap, can_idmap },
  { "idmap_of_host", N_ ("the host's files with other ids"), FEATURE_idmap, can_idmap_host },
  { "cgroups", N_ ("pausing, and killing all at once"), FEATURE_cgroup_v2, has_cgroup_place },
  { "limits", N_ ("limits of memory, processor time and processes"), FEATURE_cgroup_v2, has_controllers },
  { "device_rules", N_ ("rules about devices"), FEATURE_cgroup_v2, can_filter_devices },
  { "systemd", N_ ("cgroups made by systemd"), FEATURE_cgroup_systemd_user, has_manager },
  { "seccomp", N_ ("seccomp profiles"), FEATURE_seccomp, has_seccomp },
  { "seccomp_notify", N_ ("seccomp notifications"), FEATURE_seccomp, has_notify },
  { "apparmor", N_ ("AppArmor profiles"), FEATURE_apparmor, has_apparmor },
  { "selinux", N_ ("SELinux labels"), FEATURE_selinux, has_selinux },
  { "resctrl", N_ ("shares of cache and memory bandwidth"), FEATURE_rdt, has_resctrl },
  { "net_devices", N_ ("network devices of the host"), FEATURE_net_devices, can_move_devices },
};

static gboolean
is_built (Feature feature, GError **error)
{
  return feature == ALWAYS || feature_is_there (feature)
         || fail (error, SNUG_ERROR_FAILED, _ ("this version of snug-oci does not have it"));
}

json_object *
host_abilities (const Host *host)
{
  json_object *array = json_object_new_array ();

  for (gsize i = 0; i < G_N_ELEMENTS (abilities); i++)
    {
      g_autoptr (GError) error = NULL;
      json_object *ability = json_object_new_object ();
      gboolean works = is_built (abilities[i].feature, &error) && abilities[i].check (host, &error);
      g_auto (GStrv) reason = g_strsplit (works ? "" : error->message, "\n", 2);

      json_add (ability, "name", json_text (abilities[i].name));
      json_add (ability, "what", json_text (_ (abilities[i].what)));
      json_add (ability, "works", json_object_new_boolean (works));
      json_add (ability, "why", json_text (reason[0]));
      json_add (ability, "help", json_text (reason[0] ? reason[1] : NULL));
      json_object_array_add (array, ability);
    }
  return array;
}
