/* What this host is: see host.h. */
#include "oci/host/host.h"

#include "base/i18n.h"
#include "base/io.h"
#include "base/user.h"
#include "cgroup/bus.h"
#include "config.h"
#include "plan/helpers.h"
#include "spec/spec.h"
#include "state/state.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

/* --- Reading ---------------------------------------------------------------------------------------------- */

static const char *const sysctls[] = {
  "user.max_user_namespaces",
  "kernel.unprivileged_userns_clone",
  "kernel.apparmor_restrict_unprivileged_userns",
};

static const char *const layout_names[] = {
  [LAYOUT_NONE] = "none",
  [LAYOUT_V1] = "v1",
  [LAYOUT_HYBRID] = "hybrid",
  [LAYOUT_V2] = "v2",
};

/* file: of a namespace, below /proc/self/ns, where the kernel has it. */
typedef struct
{
  const char *name;
  Attempt attempt;
  const char *file;
} TriedRow;

static const TriedRow namespaces[] = {
  { "user", ATTEMPT_USER, "user" },       { "mount", ATTEMPT_MOUNT, "mnt" }, { "pid", ATTEMPT_PID, "pid" },
  { "network", ATTEMPT_NET, "net" },      { "ipc", ATTEMPT_IPC, "ipc" },     { "uts", ATTEMPT_UTS, "uts" },
  { "cgroup", ATTEMPT_CGROUP, "cgroup" }, { "time", ATTEMPT_TIME, "time" },
};

static const TriedRow mounts[] = {
  { "proc", ATTEMPT_PROC, NULL },
  { "sysfs", ATTEMPT_SYSFS, NULL },
  { "overlay", ATTEMPT_OVERLAY, NULL },
  { "idmap", ATTEMPT_IDMAP, NULL },
  { "idmap_of_host", ATTEMPT_IDMAP_HOST, NULL },
};

static const TriedRow processes[] = {
  { "pidfd", ATTEMPT_PIDFD, NULL },
  { "clone_into_cgroup", ATTEMPT_CLONE_TO_CGROUP, NULL },
};

/* All of a small file without blanks around it, or NULL. */
static char *
read_text (const char *path)
{
  char *text = read_text_file (path);
  return text ? g_strstrip (text) : NULL;
}

/* The words of the file @path, between any of @separators; NULL if it can't be read. */
static char **
read_words (const char *path, const char *separators)
{
  g_autofree char *text = read_text (path);
  if (text == NULL)
    return NULL;
  return text[0] == '\0' ? g_new0 (char *, 1) : g_strsplit_set (text, separators, -1);
}

static gboolean
is_filesystem (const char *path, long magic)
{
  struct statfs fs;
  return statfs (path, &fs) == 0 && fs.f_type == magic;
}

/* --- Ids ------------------------------------------------------------------------------------------------------ */

static HostIds
look_at_ids (const char *file, const char *helper)
{
  return (HostIds){ file, helper, subordinate_ids (file) };
}

/* --- Cgroups ---------------------------------------------------------------------------------------------------- */

/* Groups can be made, and processes moved there, by who may write to both. */
static gboolean
is_writable_cgroup (const char *path)
{
  g_autofree char *dir = g_strconcat (cgroup_tree ()->mount, path, NULL);
  g_autofree char *procs = g_strconcat (dir, "/cgroup.procs", NULL);
  return faccessat (AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) == 0
         && faccessat (AT_FDCWD, procs, W_OK, AT_EACCESS) == 0;
}

/* Ours, or else that of the user's systemd, which makes scopes in it for whoever asks. */
static char *
find_place (void)
{
  const CgroupTree *tree = cgroup_tree ();
  g_autofree char *manager =
      g_strdup_printf ("/user.slice/user-%u.slice/user@%u.service", outer_uid (), outer_uid ());
  if (tree->place != NULL)
    return g_strdup (tree->place);
  return tree->mount && is_writable_cgroup (manager) ? g_steal_pointer (&manager) : NULL;
}

static void
look_at_cgroups (HostCgroups *cgroups, gboolean root)
{
  cgroups->place = find_place ();
  if (cgroups->place)
    {
      g_autofree char *file = g_strconcat (cgroup_tree ()->mount, cgroups->place, "/cgroup.controllers", NULL);
      cgroups->controllers = read_words (file, " ");
    }
  if (cgroups->controllers == NULL)
    cgroups->controllers = g_new0 (char *, 1);
  cgroups->manager = bus_find (root, &cgroups->no_manager);
}

/* --- Looking ------------------------------------------------------------------------------------------------------ */

static gboolean
kernel_has_resctrl (void)
{
  g_autofree char *text = read_text ("/proc/filesystems");
  return text && strstr (text, "\tresctrl");
}

/* A store that is not there yet is made by the first container; what could not be used is refused now. */
static void
look_at_store (Host *host, const char *root)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = store_open (root, &error);
  host->store = store ? g_strdup (store_path (store)) : NULL;
  host->store_problem = store ? NULL : g_strdup (error->message);
}

Host *
host_look (const char *root)
{
  Host *host = g_new0 (Host, 1);
  g_autofree char *apparmor = read_text ("/sys/module/apparmor/parameters/enabled");

  attempt_all (host->attempts);
  host->root = is_real_root ();
  look_at_store (host, root);
  host->users = look_at_ids ("/etc/subuid", "newuidmap");
  host->groups = look_at_ids ("/etc/subgid", "newgidmap");
  look_at_cgroups (&host->cgroups, host->root);
  host->modules = read_words ("/sys/kernel/security/lsm", ",");
  host->apparmor = g_strcmp0 (apparmor, "Y") == 0;
  host->selinux = is_filesystem ("/sys/fs/selinux", SELINUX_MAGIC);
  host->seccomp_actions = read_words ("/proc/sys/kernel/seccomp/actions_avail", " ") ?: g_new0 (char *, 1);
  host->resctrl_known = kernel_has_resctrl ();
  host->resctrl_mounted = is_filesystem ("/sys/fs/resctrl", RDTGROUP_SUPER_MAGIC);
  return host;
}

void
host_free (Host *host)
{
  g_free (host->store);
  g_free (host->store_problem);
  g_array_unref (host->users.ranges);
  g_array_unref (host->groups.ranges);
  g_free (host->cgroups.place);
  g_strfreev (host->cgroups.controllers);
  g_free (host->cgroups.manager);
  g_free (host->cgroups.no_manager);
  g_strfreev (host->modules);
  g_strfreev (host->seccomp_actions);
  g_free (host);
}

/* --- The document --------------------------------------------------------------------------------------------------- */

static json_object *
json_yes_no (gboolean yes)
{
  return json_object_new_boolean (yes);
}

/* @why: the reason if it does not work, else NULL. */
static json_object *
describe_trial (const char *why)
{
  json_object *trial = json_object_new_object ();
  json_add (trial, "works", json_yes_no (why == NULL));
  json_add (trial, "why", json_text (why));
  return trial;
}

static json_object *
describe_attempt (const Host *host, const TriedRow *row)
{
  int result = host->attempts[row->attempt];
  json_object *trial = describe_trial (result ? strerror (result) : NULL);
  if (row->file)
    {
      g_autofree char *path = g_strconcat ("/proc/self/ns/", row->file, NULL);
      json_add (trial, "exists", json_yes_no (access (path, F_OK) == 0));
    }
  return trial;
}

#define DESCRIBE_ATTEMPTS(host, rows) describe_attempts (host, rows, G_N_ELEMENTS (rows))

static json_object *
describe_attempts (const Host *host, const TriedRow *rows, gsize n)
{
  json_object *object = json_object_new_object ();
  for (gsize i = 0; i < n; i++)
    json_add (object, rows[i].name, describe_attempt (host, &rows[i]));
  return object;
}

static json_object *
describe_system (const Host *host)
{
  json_object *object = json_object_new_object ();
  struct utsname names;
  g_autofree char *user = user_name (geteuid ());

  uname (&names);
  json_add (object, "snug", json_text (PACKAGE_VERSION));
  json_add (object, "kernel", json_text (names.release));
  json_add (object, "machine", json_text (names.machine));
  json_add (object, "user", json_text (user));
  json_add (object, "uid", json_object_new_int64 (geteuid ()));
  json_add (object, "gid", json_object_new_int64 (getegid ()));
  json_add (object, "state", json_text (host->store));
  return object;
}

static json_object *
describe_sysctls (void)
{
  json_object *object = json_object_new_object ();
  for (gsize i = 0; i < G_N_ELEMENTS (sysctls); i++)
    {
      g_autofree char *path = g_strconcat ("/proc/sys/", sysctls[i], NULL);
      g_autofree char *value = read_text (g_strdelimit (path, ".", '/'));
      json_add (object, sysctls[i], json_text (value));
    }
  return object;
}

/* "START:COUNT", as in the file. */
static json_object *
describe_ranges (const GArray *ranges)
{
  json_object *array = json_object_new_array ();
  for (guint i = 0; i < ranges->len; i++)
    {
      const IdRange *range = &g_array_index (ranges, IdRange, i);
      json_object_array_add (array, json_textf ("%u:%u", range->outside, range->count));
    }
  return array;
}

static json_object *
describe_helper (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = helper_find (name);
  json_object *trial = describe_trial (helper_check (name, &error) ? NULL : error->message);
  json_add (trial, "path", json_text (path));
  return trial;
}

static json_object *
describe_ids (const Host *host)
{
  json_object *object = json_object_new_object ();
  const HostIds *const maps[] = { &host->users, &host->groups };
  for (gsize i = 0; i < G_N_ELEMENTS (maps); i++)
    json_add (object, maps[i]->file, describe_ranges (maps[i]->ranges));
  for (gsize i = 0; i < G_N_ELEMENTS (maps); i++)
    json_add (object, maps[i]->helper, describe_helper (maps[i]->helper));
  return object;
}

static json_object *
describe_place (const char *why, const char *path)
{
  json_object *trial = describe_trial (why);
  json_add (trial, "path", json_text (why ? NULL : path));
  return trial;
}

/* Beside the tree, who can make cgroups in it: with systemd each container is a unit that its tools show; without, it takes a
 * cgroup of one's own. */
static json_object *
describe_cgroups (const HostCgroups *cgroups)
{
  json_object *object = json_object_new_object ();
  g_autofree char *no_fs = cgroup_why_not_fs ();
  const char *best = cgroups->manager ? "systemd" : no_fs == NULL ? "cgroupfs" : "none";
  json_add (object, "layout", json_text (layout_names[cgroup_tree ()->layout]));
  json_add (object, "mount", json_text (cgroup_tree ()->mount));
  json_add (object, "path", json_text (cgroup_tree ()->own));
  json_add (object, "writable", json_yes_no (cgroups->place != NULL));
  json_add (object, "writable_path", json_text (cgroups->place));
  json_add (object, "controllers", json_texts ((const char *const *) cgroups->controllers));
  json_add (object, "best", json_text (best));
  json_add (object, "by_systemd", describe_place (cgroups->no_manager, cgroups->manager));
  json_add (object, "by_cgroupfs", describe_place (no_fs, cgroup_tree ()->place));
  return object;
}

static json_object *
describe_security (const Host *host)
{
  json_object *object = json_object_new_object ();
  g_autofree char *label = read_text ("/proc/self/attr/current");
  json_add (object, "modules", host->modules ? json_texts ((const char *const *) host->modules) : NULL);
  json_add (object, "apparmor", json_yes_no (host->apparmor));
  json_add (object, "selinux", json_yes_no (host->selinux));
  json_add (object, "label", json_text (label));
  json_add (object, "seccomp_actions", json_texts ((const char *const *) host->seccomp_actions));
  return object;
}

static json_object *
describe_resctrl (const Host *host)
{
  json_object *object = json_object_new_object ();
  json_add (object, "known", json_yes_no (host->resctrl_known));
  json_add (object, "mounted", json_yes_no (host->resctrl_mounted));
  return object;
}

json_object *
host_describe (const Host *host)
{
  json_object *document = json_object_new_object ();
  json_add (document, "system", describe_system (host));
  json_add (document, "namespaces", DESCRIBE_ATTEMPTS (host, namespaces));
  json_add (document, "sysctls", describe_sysctls ());
  json_add (document, "ids", describe_ids (host));
  json_add (document, "cgroups", describe_cgroups (&host->cgroups));
  json_add (document, "security", describe_security (host));
  json_add (document, "mounts", DESCRIBE_ATTEMPTS (host, mounts));
  json_add (document, "processes", DESCRIBE_ATTEMPTS (host, processes));
  json_add (document, "resctrl", describe_resctrl (host));
  json_add (document, "abilities", host_abilities (host));
  return document;
}
