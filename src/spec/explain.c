/* The Spec as JSON: see explain.h.  One function a section; what bundles add to it is in explain-bundle.c. */
#include "spec/explain.h"

#include "base/capability.h"
#include "base/json-build.h"

#include <sys/capability.h>
#include <sys/resource.h>
#include <unistd.h>

static json_object *
fd_to_json (const Descriptor *descriptor)
{
  return descriptor->value >= 0 ? json_object_new_int (descriptor->value) : NULL;
}

/* --- Namespaces, ids --------------------------------------------------------------------------------- */

static gboolean
is_implied (const Spec *spec, NamespaceType type)
{
  if (spec->bundle != NULL)
    return FALSE;
  return type == NS_MOUNT || (type == NS_USER && getuid () != 0 && spec->ns[NS_USER].join_fd < 0);
}

static void
add_namespaces (json_object *object, const Spec *spec)
{
  json_object *new = json_object_new_array (), *tried = json_object_new_array ();
  json_object *joined = json_object_new_object (), *shared = json_object_new_array ();

  for (NamespaceType type = 0; type < N_NAMESPACES; type++)
    {
      const Namespace *ns = &spec->ns[type];
      gboolean firm = is_implied (spec, type) || (ns->unshare && !ns->optional);
      if (ns->join_fd >= 0)
        json_add (joined, namespace_names[type].name, json_object_new_int (ns->join_fd));
      if (firm || ns->unshare)
        json_object_array_add (firm ? new : tried, json_text (namespace_names[type].name));
      else if (ns->join_fd < 0)
        json_object_array_add (shared, json_text (namespace_names[type].name));
    }

  json_add (object, "new", new);
  json_add (object, "tried", tried);
  json_add (object, "joined", joined);
  json_add (object, "shared", shared);
}

/* What enters a container has the container's. */
static json_object *
namespaces_to_json (const Spec *spec)
{
  json_object *object = json_object_new_object ();
  if (spec->bundle == NULL || spec->bundle->enter_fd < 0)
    add_namespaces (object, spec);
  json_add (object, "hostname", json_text (spec->hostname.value));
  json_add (object, "then_join_userns_fd", fd_to_json (&spec->userns2_fd));
  if (spec->bundle != NULL)
    explain_bundle_namespaces (object, spec->bundle);
  return object;
}

static json_object *
ranges_to_json (const GArray *map)
{
  json_object *array = map->len > 0 ? json_object_new_array () : NULL;
  for (guint i = 0; i < map->len; i++)
    {
      const IdRange *range = &g_array_index (map, IdRange, i);
      json_object_array_add (array, json_textf ("%u %u %u", range->inside, range->outside, range->count));
    }
  return array;
}

static json_object *
ids_to_json (const Spec *spec)
{
  static const char *const modes[] = {
    [MAP_SINGLE] = "single",
    [MAP_RANGES] = "ranges",
    [MAP_AUTO] = "auto",
    [MAP_IDS] = "ids",
  };
  const char *mode = spec->userns_block_fd.value >= 0 ? "external" : modes[spec->map_mode];
  gboolean ours = is_implied (spec, NS_USER) || spec->ns[NS_USER].unshare;
  json_object *object = json_object_new_object ();

  json_add (object, "map", ours ? json_text (mode) : NULL);
  json_add (object, "uid_map", ranges_to_json (spec->uid_map));
  json_add (object, "gid_map", ranges_to_json (spec->gid_map));
  json_add (object, "uid", spec->uid.value >= 0 ? json_object_new_int64 (spec->uid.value) : NULL);
  json_add (object, "gid", spec->gid.value >= 0 ? json_object_new_int64 (spec->gid.value) : NULL);
  json_add (object, "caller_uid", json_object_new_int64 (getuid ()));
  json_add (object, "caller_gid", json_object_new_int64 (getgid ()));
  return object;
}

/* --- The filesystem -------------------------------------------------------------------------------------- */

/* How the kinds are called, and what their source is to them. */
static const struct
{
  const char *name, *source;
} fs_kinds[] = {
  [FS_BIND] = { "bind", "source" },
  [FS_OVERLAY] = { "overlay", "upper" },
  [FS_PROC] = { "proc", NULL },
  [FS_DEV] = { "dev", NULL },
  [FS_TMPFS] = { "tmpfs", NULL },
  [FS_MQUEUE] = { "mqueue", NULL },
  [FS_DIR] = { "dir", NULL },
  [FS_FILE] = { "file", NULL },
  [FS_BIND_DATA] = { "bind-data", NULL },
  [FS_SYMLINK] = { "symlink", "target" },
  [FS_CHMOD] = { "chmod", NULL },
  [FS_REMOUNT_RO] = { "remount-ro", NULL },
  [FS_MOUNT] = { "mount", "source" },
  [FS_CGROUP] = { "cgroup", NULL },
  [FS_CHANGE] = { "change", NULL },
  [FS_DEVICE] = { "device", NULL },
  [FS_MASK] = { "mask", NULL },
  [FS_UNMOUNT] = { "unmount", NULL },
  [FS_PROTECT] = { "protect", NULL },
};

static const char *const overlay_names[] = {
  [FS_OVERLAY_RW] = "overlay",
  [FS_OVERLAY_TMP] = "tmp-overlay",
  [FS_OVERLAY_RO] = "ro-overlay",
};

static json_object *
fs_flags_to_json (FsFlags flags)
{
  static const char *const names[] = { "read-only",       "devices",       "try",          "recursive",
                                       "source-nofollow", "dest-nofollow", "copy-symlink", "copy-up" };
  json_object *array = flags ? json_object_new_array () : NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (flags & 1u << i)
      json_object_array_add (array, json_text (names[i]));
  return array;
}

static json_object *
idmap_to_json (const FsOp *op)
{
  if (op->details->idmap == IDMAP_NONE)
    return NULL;
  json_object *object = json_object_new_object ();
  json_add (object, "of", json_text (op->details->idmap == IDMAP_OWN ? "mount" : "container"));
  json_add_if (object, "recursive", op->details->idmap_recursive);
  if (op->details->idmap == IDMAP_OWN)
    {
      json_add (object, "uid_map", ranges_to_json (op->details->uid_map));
      json_add (object, "gid_map", ranges_to_json (op->details->gid_map));
    }
  return object;
}

static void
add_bundle_members (json_object *object, const FsOp *op)
{
  json_add (object, "type", json_text (op->details->type));
  json_add (object, "attributes",
            op->details->attributes != NULL ? attributes_to_json (op->details->attributes) : NULL);
  json_add (object, "options", op->details->data != NULL ? json_texts (op->details->data) : NULL);
  json_add (object, "idmap", idmap_to_json (op));
  if (op->kind != FS_DEVICE)
    return;
  json_add (object, "device", device_to_json ((guint32) op->details->mode, op->details->device));
  json_add (object, "owner", json_textf ("%u:%u", op->details->uid, op->details->gid));
}

static json_object *
fs_op_to_json (const FsOp *op)
{
  json_object *object = json_object_new_object ();
  g_autofree char *origin = origin_to_string (&op->origin);

  json_add (object, "operation",
            json_text (op->kind == FS_OVERLAY ? overlay_names[op->details->overlay] : fs_kinds[op->kind].name));
  if (op->source != NULL && fs_kinds[op->kind].source != NULL)
    json_add (object, fs_kinds[op->kind].source, json_text (op->source));
  json_add (object, "dest", json_text (op->dest));
  json_add (object, "workdir", json_text (op->details->workdir));
  if (op->details->layers != NULL)
    {
      json_object *layers = json_object_new_array ();
      for (guint i = 0; i < op->details->layers->len; i++)
        json_object_array_add (layers, json_text (op->details->layers->pdata[i]));
      json_add (object, "layers", layers);
    }
  json_add (object, "fd", op->details->fd >= 0 ? json_object_new_int (op->details->fd) : NULL);
  json_add (object, "flags", fs_flags_to_json (op->flags));
  json_add (object, "mode",
            op->details->mode >= 0 ? json_textf ("%04o", (unsigned) op->details->mode & 07777) : NULL);
  json_add (object, "size", op->details->size > 0 ? json_object_new_uint64 (op->details->size) : NULL);
  add_bundle_members (object, op);
  json_add (object, "origin", json_text (origin));
  return object;
}

static json_object *
filesystem_to_json (const Spec *spec)
{
  json_object *array = json_object_new_array ();
  for (guint i = 0; i < spec->fs->len; i++)
    json_object_array_add (array, fs_op_to_json (&g_array_index (spec->fs, FsOp, i)));
  return array;
}

/* --- The process ------------------------------------------------------------------------------------------- */

/* What differs from the caller's environment, whose values nobody needs to see. */
static json_object *
environment_to_json (char **env)
{
  g_auto (GStrv) caller = g_get_environ ();
  json_object *set = json_object_new_array (), *removed = json_object_new_array ();
  int kept = 0;

  for (char **line = env; line && *line; line++)
    if (g_strv_contains ((const char *const *) caller, *line))
      kept++;
    else
      json_object_array_add (set, json_text (*line));
  for (char **line = caller; *line; line++)
    {
      g_autofree char *name = g_strndup (*line, strcspn (*line, "="));
      if (env == NULL || g_environ_getenv (env, name) == NULL)
        json_object_array_add (removed, json_text (name));
    }

  json_object *object = json_object_new_object ();
  json_add (object, "kept", json_object_new_int (kept));
  json_add (object, "set", set);
  json_add (object, "removed", removed);
  return object;
}

const char *
rlimit_name (int resource)
{
  static const char *const names[] = {
#define LIMIT(name, resource) [resource] = name,
#include "spec/rlimits.def"
#undef LIMIT
  };
  return resource >= 0 && resource < (int) G_N_ELEMENTS (names) ? names[resource] : NULL;
}

static void
limit_to_text (GString *text, char separator, guint64 limit)
{
  g_string_append_c (text, separator);
  if (limit == RLIM_INFINITY)
    g_string_append (text, "unlimited");
  else
    g_string_append_printf (text, "%" G_GUINT64_FORMAT, limit);
}

static json_object *
rlimits_to_json (const GArray *rlimits)
{
  json_object *array = rlimits->len > 0 ? json_object_new_array () : NULL;
  for (guint i = 0; i < rlimits->len; i++)
    {
      const Rlimit *limit = &g_array_index (rlimits, Rlimit, i);
      g_autoptr (GString) text = g_string_new (rlimit_name (limit->resource));
      limit_to_text (text, '=', limit->soft);
      limit_to_text (text, ':', limit->hard);
      json_object_array_add (array, json_text (text->str));
    }
  return array;
}

static json_object *
keep_fds_to_json (const GArray *fds)
{
  json_object *array = fds->len > 0 ? json_object_new_array () : NULL;
  for (guint i = 0; i < fds->len; i++)
    json_object_array_add (array, fd_to_json (&g_array_index (fds, Descriptor, i)));
  return array;
}

static json_object *
process_to_json (const Spec *spec)
{
  json_object *object = json_object_new_object ();
  json_add (object, "command", json_texts ((const char *const *) spec->argv));
  json_add (object, "argv0", json_text (spec->argv0.value));
  json_add (object, "directory", json_text (spec->chdir.value));
  json_add (object, "environment",
            spec->bundle != NULL ? json_texts ((const char *const *) spec->env)
                                 : environment_to_json (spec->env));
  json_add (object, "umask", spec->umask.value >= 0 ? json_textf ("%04o", (unsigned) spec->umask.value) : NULL);
  json_add (object, "nice", spec->nice.value != 0 ? json_object_new_int64 (spec->nice.value) : NULL);
  json_add (object, "rlimits", rlimits_to_json (spec->rlimits));
  json_add (object, "keep_fds", keep_fds_to_json (spec->keep_fds));
  json_add_if (object, "new_session", spec->new_session.given);
  json_add_if (object, "pty", spec->pty.given);
  json_add_if (object, "as_pid_1", spec->as_pid_1.given);
  if (spec->bundle != NULL)
    explain_bundle_process (object, spec->bundle);
  return object;
}

/* --- Security, and what is outside --------------------------------------------------------------------------- */

json_object *
caps_to_json (guint64 caps)
{
  int n = cap_max_bits ();
  gboolean most = __builtin_popcountll (caps) > 32;
  json_object *array = json_object_new_array ();

  if (most)
    json_object_array_add (array, json_text ("ALL"));
  for (int cap = 0; cap < n; cap++)
    if ((int) (caps >> cap & 1) != most)
      {
        g_autofree char *name = capability_name (cap);
        json_object_array_add (array, json_textf ("%s%s", most ? "-" : "", name));
      }
  return array;
}

static json_object *
origin_text (const Origin *origin)
{
  g_autofree char *text = origin_to_string (origin);
  return json_text (text);
}

static json_object *
filters_to_json (const GArray *filters)
{
  json_object *array = filters->len > 0 ? json_object_new_array () : NULL;
  for (guint i = 0; i < filters->len; i++)
    {
      const SeccompFilter *filter = &g_array_index (filters, SeccompFilter, i);
      json_object *object = json_object_new_object ();
      json_add (object, "profile",
                filter->kind == SECCOMP_OBJECT ? origin_text (&filter->origin) : json_text (filter->profile));
      json_add (object, "fd", filter->kind == SECCOMP_BPF_FD ? json_object_new_int (filter->fd) : NULL);
      json_object_array_add (array, object);
    }
  return array;
}

static json_object *
security_to_json (const Spec *spec)
{
  json_object *object = json_object_new_object ();
  if (spec->bundle != NULL)
    explain_bundle_security (object, spec->bundle);
  else
    json_add (object, "capabilities", caps_to_json (spec->caps));
  json_add (object, "required_capabilities", spec->required_caps ? caps_to_json (spec->required_caps) : NULL);
  json_add (object, "seccomp", filters_to_json (spec->seccomp));
  json_add_if (object, "disable_userns", spec->disable_userns.given);
  json_add_if (object, "assert_userns_disabled", spec->assert_userns_disabled.given);
  json_add (object, "exec_label", json_text (spec->exec_label.value));
  json_add (object, "file_label", json_text (spec->file_label.value));
  json_add_if (object, "not_a_security_boundary", spec->fail_open.given);
  return object;
}

static json_object *
outside_to_json (const Spec *spec)
{
  json_object *object = json_object_new_object ();
  json_object *locks = spec->lock_files->len > 0 ? json_object_new_array () : NULL;
  for (guint i = 0; i < spec->lock_files->len; i++)
    json_object_array_add (locks, json_text (g_array_index (spec->lock_files, Text, i).value));

  json_add (object, "lock_files", locks);
  json_add (object, "sync_fd", fd_to_json (&spec->sync_fd));
  json_add (object, "block_fd", fd_to_json (&spec->block_fd));
  json_add (object, "userns_block_fd", fd_to_json (&spec->userns_block_fd));
  json_add (object, "info_fd", fd_to_json (&spec->info_fd));
  json_add (object, "json_status_fd", fd_to_json (&spec->json_status_fd));
  json_add_if (object, "die_with_parent", spec->die_with_parent.given);
  json_add_if (object, "die_with_monitor", spec->defaults.tethered || spec->die_with_parent.given);
  json_add_if (object, "forward_signals", spec->defaults.forward_signals);
  if (spec->bundle != NULL)
    explain_bundle_outside (object, spec->bundle);
  return object;
}

static json_object *
bundle_hooks_to_json (const Spec *spec)
{
  return spec->bundle != NULL ? hooks_to_json (spec->bundle) : NULL;
}

/* --- What the sandbox as a whole may use ------------------------------------------------------------------------- */

static json_object *
limits_to_json (const Spec *spec)
{
  static const char *const names[N_ALLOWANCES] = {
#define ALLOWANCE(id, name, file) [ALLOW_##id] = name,
#include "spec/allowances.def"
#undef ALLOWANCE
  };
  if (!spec_limits (spec))
    return NULL;
  json_object *object = json_object_new_object ();
  json_object *properties = spec->unit_properties->len > 0 ? json_object_new_array () : NULL;

  for (AllowanceId id = 0; id < N_ALLOWANCES; id++)
    if (spec->allowed[id].given)
      json_add (object, names[id], json_text (spec->allowed[id].text));
  for (guint i = 0; i < spec->unit_properties->len; i++)
    json_object_array_add (properties, json_text (g_array_index (spec->unit_properties, Text, i).value));
  json_add (object, "unit_properties", properties);
  json_add (object, "manager", json_text (spec->cgroup_manager.value));
  return object;
}

/* --- All of it --------------------------------------------------------------------------------------------------- */

json_object *
spec_to_json (const Spec *spec)
{
  static const struct
  {
    const char *name;
    json_object *(*make) (const Spec *spec);
  } sections[] = {
    { "namespaces", namespaces_to_json }, { "ids", ids_to_json },
    { "filesystem", filesystem_to_json }, { "process", process_to_json },
    { "limits", limits_to_json },         { "security", security_to_json },
    { "outside", outside_to_json },       { "hooks", bundle_hooks_to_json },
  };
  json_object *object = json_object_new_object ();
  for (gsize i = 0; i < G_N_ELEMENTS (sections); i++)
    json_add (object, sections[i].name, sections[i].make (spec));
  return object;
}
