/* --explain: the Spec and the Plan as one JSON document.
 *
 *   {"spec": {…}, "plan": {"cgroup": {…}, "clone": {…}, "stages": [{"name", "where", "what", "steps": [{…}]}]}}
 *
 * A table says for each kind of step which of its fields mean something, and what they are called.
 */
#include "plan/explain.h"

#include "base/json-build.h"
#include "cgroup/cgroup.h"
#include "cgroup/unit.h"
#include "plan/plan.h"
#include "spec/explain.h"

#include <sys/resource.h>

/* --- Fields of steps ------------------------------------------------------------------------------------- */

/* Makes a field's value; NULL when the step has none. */
typedef json_object *Show (const Plan *plan, const Step *step);

#define SHOW(name) static json_object *show_##name (const Plan *plan G_GNUC_UNUSED, const Step *step)

SHOW (path)
{
  return json_text (step->path);
}

SHOW (dest)
{
  return json_text (step->dest);
}

SHOW (fd)
{
  return step->fd >= 0 ? json_object_new_int (step->fd) : NULL;
}

SHOW (mode)
{
  return step->mode <= 07777 ? json_textf ("%04o", step->mode) : NULL;
}

/* A field that is a text in itself, where data mostly is the address of more. */
SHOW (text)
{
  return json_text (step->data);
}

SHOW (value)
{
  return step->value > 0 ? json_object_new_uint64 (step->value) : NULL;
}

SHOW (increment)
{
  return json_object_new_int64 ((int64_t) step->value);
}

SHOW (offset)
{
  return step->value != STEP_STREAM ? json_object_new_uint64 (step->value) : NULL;
}

SHOW (instructions)
{
  return json_object_new_int64 (step->size);
}

SHOW (filter_flags)
{
  return step->mode > 0 ? json_object_new_int64 (step->mode) : NULL;
}

SHOW (flags)
{
  static const char *const names[] = { "read-only",    "devices",     "optional",        "fail-open",
                                       "verify",       "drop-groups", "keep-all",        "private",
                                       "detached",     "flat",        "source-nofollow", "dest-nofollow",
                                       "copy-symlink", "if-absent",   "shelved" };
  json_object *array = step->flags ? json_object_new_array () : NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (step->flags & 1u << i)
      json_object_array_add (array, json_text (names[i]));
  return array;
}

static json_object *
lines_to_json (const char *lines)
{
  g_autofree char *text = g_strdup (lines);
  g_auto (GStrv) list = g_strsplit (g_strchomp (text), "\n", -1);
  return json_texts ((const char *const *) list);
}

SHOW (uid_map)
{
  return lines_to_json (((const MapText *) step->data)->uid);
}

SHOW (gid_map)
{
  return lines_to_json (((const MapText *) step->data)->gid);
}

static json_object *
id_to_json (guint32 id)
{
  return id != G_MAXUINT32 ? json_object_new_int64 (id) : NULL;
}

SHOW (uid)
{
  return id_to_json ((guint32) (step->value >> 32));
}

SHOW (gid)
{
  return id_to_json ((guint32) step->value);
}

SHOW (overlay)
{
  static const char *const names[] = {
    [FS_OVERLAY_RW] = "writable", [FS_OVERLAY_TMP] = "temporary", [FS_OVERLAY_RO] = "read-only"
  };
  return json_text (names[((const NewOverlay *) step->data)->kind]);
}

SHOW (layers)
{
  const NewOverlay *overlay = step->data;
  json_object *array = json_object_new_array ();
  for (guint i = 0; i < overlay->n_layers; i++)
    json_object_array_add (array, json_text (overlay->layers[i]));
  return array;
}

SHOW (upper)
{
  return json_text (((const NewOverlay *) step->data)->upper);
}

SHOW (workdir)
{
  return json_text (((const NewOverlay *) step->data)->workdir);
}

SHOW (kept_caps)
{
  return caps_to_json (((const uint64_t *) step->data)[0]);
}

SHOW (required_caps)
{
  uint64_t required = ((const uint64_t *) step->data)[1];
  return required ? caps_to_json (required) : NULL;
}

/* What init holds beside locks, which have no number yet. */
static json_object *
fds_to_json (const Step *step, gboolean shown)
{
  const int *fds = step->data;
  json_object *array = shown ? json_object_new_array () : NULL;
  for (guint i = 0; shown && i < step->size; i++)
    if (fds[i] >= 0)
      json_object_array_add (array, json_object_new_int (fds[i]));
  return array;
}

SHOW (kept_fds)
{
  return fds_to_json (step, !(step->flags & STEP_KEEP_ALL));
}

SHOW (closed_fds)
{
  return fds_to_json (step, (step->flags & STEP_KEEP_ALL) != 0);
}

SHOW (directories)
{
  const char *const *settings = step->data;
  json_object *array = json_object_new_array ();
  for (; *settings; settings++)
    json_object_array_add (array, json_text (*settings + strlen ("PWD=")));
  return array;
}

SHOW (resource)
{
  return json_text (rlimit_name ((int) step->mode));
}

static json_object *
limit_to_json (uint64_t limit)
{
  return limit == RLIM_INFINITY ? json_text ("unlimited") : json_object_new_uint64 (limit);
}

SHOW (soft)
{
  return limit_to_json (((const uint64_t *) step->data)[0]);
}

SHOW (hard)
{
  return limit_to_json (((const uint64_t *) step->data)[1]);
}

/* --- Fields of steps that bundles have ----------------------------------------------------------------------- */

SHOW (offsets)
{
  return lines_to_json (step->path);
}

SHOW (attributes)
{
  return attributes_to_json (step->data);
}

/* What a sandbox's binds get is said by their flags. */
static json_object *
show_bind_attributes (const Plan *plan, const Step *step)
{
  return plan->container ? attributes_to_json (step->data) : NULL;
}

SHOW (mount_type)
{
  return json_text (((const NewMount *) step->data)->type);
}

SHOW (mount_attributes)
{
  return attributes_to_json (((const NewMount *) step->data)->attributes);
}

SHOW (mount_options)
{
  const NewMount *mount = step->data;
  json_object *array = mount->n_options > 0 ? json_object_new_array () : NULL;
  for (uint32_t i = 0; i < mount->n_options; i++)
    {
      const char *const *option = mount->options[i];
      json_object_array_add (array,
                             option[1] ? json_textf ("%s=%s", option[0], option[1]) : json_text (option[0]));
    }
  return array;
}

SHOW (copy_up)
{
  return ((const NewMount *) step->data)->copy_up ? json_object_new_boolean (TRUE) : NULL;
}

SHOW (on_copy)
{
  (void) plan;
  return step->value ? json_object_new_boolean (TRUE) : NULL;
}

SHOW (same)
{
  const char *same = ((const NewMount *) step->data)->same;
  return same ? json_text (same) : NULL;
}

SHOW (device)
{
  return device_to_json (step->mode, ((const NewDevice *) step->data)->number);
}

SHOW (permissions)
{
  return json_textf ("%04o", step->mode & 07777);
}

SHOW (device_owner)
{
  const NewDevice *device = step->data;
  return json_textf ("%u:%u", device->uid, device->gid);
}

static const Hook *
hook_of (const Step *step)
{
  return ((const RunHook *) step->data)->hook;
}

SHOW (hook_arguments)
{
  return json_texts ((const char *const *) hook_of (step)->argv);
}

SHOW (hook_environment)
{
  const char *const *env = (const char *const *) hook_of (step)->env;
  return env[0] != NULL ? json_texts (env) : NULL;
}

SHOW (hook_timeout)
{
  return hook_of (step)->timeout > 0 ? json_object_new_int (hook_of (step)->timeout) : NULL;
}

SHOW (hook_status)
{
  return json_text (((const RunHook *) step->data)->status);
}

SHOW (scheduler)
{
  return scheduler_to_json (step->data);
}

SHOW (io_priority)
{
  return io_priority_to_json (step->value);
}

SHOW (cpus)
{
  return bits_to_json (step->data, step->size / sizeof (uint64_t));
}

SHOW (memory_policy)
{
  return memory_policy_to_json (step->data);
}

SHOW (personality)
{
  return personality_to_json (step->value);
}

SHOW (terminal_size)
{
  return step->value > 0
             ? json_textf ("%ux%u", (unsigned) (step->value & 0xffff), (unsigned) (step->value >> 16))
             : NULL;
}

SHOW (terminal_owner)
{
  return json_object_new_int64 (step->mode);
}

SHOW (bounding)
{
  return caps_to_json (((const CapabilitySets *) step->data)->bounding);
}

SHOW (user)
{
  return user_to_json (step->data);
}

SHOW (capability_sets)
{
  return capability_sets_to_json (((const LastCapabilities *) step->data)->sets);
}

SHOW (until_exec)
{
  uint64_t caps = ((const LastCapabilities *) step->data)->until_exec;
  return caps != 0 ? caps_to_json (caps) : NULL;
}

/* --- The program ------------------------------------------------------------------------------------------------ */

static json_object *
show_paths (const Plan *plan, const Step *step G_GNUC_UNUSED)
{
  return json_texts (plan->exec);
}

static json_object *
show_arguments (const Plan *plan, const Step *step G_GNUC_UNUSED)
{
  return json_texts ((const char *const *) plan->argv);
}

/* --- The table of them --------------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  Show *show;
} Field;

/* A list of them, ended by one without a name. */
#define FIELDS(...) ((const Field[]){ __VA_ARGS__, { NULL, NULL } })

static const Field hook_fields[] = { { "path", show_path },
                                     { "arguments", show_hook_arguments },
                                     { "environment", show_hook_environment },
                                     { "timeout", show_hook_timeout },
                                     { "status", show_hook_status },
                                     { NULL, NULL } };

/* Those without any are left out. */
static const Field *const step_fields[N_STEP_KINDS] = {
  [STEP_MAP_RANGES] = FIELDS ({ "uid_map", show_uid_map }, { "gid_map", show_gid_map }),
  [STEP_INFO] = FIELDS ({ "fd", show_fd }),
  [STEP_STATUS] = FIELDS ({ "fd", show_fd }),
  [STEP_AWAIT_MAPS] = FIELDS ({ "fd", show_fd }),
  [STEP_MAP_SELF] = FIELDS ({ "uid_map", show_uid_map }, { "gid_map", show_gid_map }),
  [STEP_EARLY_OOM_SCORE] = FIELDS ({ "score", show_path }),
  [STEP_EARLY_AFFINITY] = FIELDS ({ "cpus", show_cpus }),
  [STEP_SET_IDS] = FIELDS ({ "uid", show_uid }, { "gid", show_gid }, { "flags", show_flags }),
  [STEP_HOSTNAME] = FIELDS ({ "hostname", show_path }),
  [STEP_DOMAINNAME] = FIELDS ({ "domainname", show_path }),
  [STEP_TIME_OFFSETS] = FIELDS ({ "offsets", show_offsets }),
  [STEP_SYSCTL] = FIELDS ({ "sysctl", show_path }, { "value", show_text }),
  [STEP_VISIT] = FIELDS ({ "fd", show_fd }),
  [STEP_SHELF] = FIELDS ({ "on_copy_of_root", show_on_copy }),
  [STEP_SHELVE] = FIELDS ({ "fd", show_fd }),
  [STEP_ROOT] = FIELDS ({ "label", show_path }, { "on_copy_of_root", show_on_copy }),
  [STEP_BIND] = FIELDS ({ "source", show_path }, { "dest", show_dest }, { "fd", show_fd },
                        { "flags", show_flags }, { "attributes", show_bind_attributes }),
  [STEP_OVERLAY] = FIELDS ({ "dest", show_dest }, { "kind", show_overlay }, { "layers", show_layers },
                           { "upper", show_upper }, { "workdir", show_workdir }, { "flags", show_flags }),
  [STEP_PROC] = FIELDS ({ "dest", show_dest }, { "flags", show_flags }),
  [STEP_PROC_HOST] = FIELDS ({ "dest", show_dest }, { "flags", show_flags }),
  [STEP_DEV] =
      FIELDS ({ "dest", show_dest }, { "console", show_path }, { "label", show_text }, { "flags", show_flags }),
  [STEP_TMPFS] = FIELDS ({ "dest", show_dest }, { "mode", show_mode }, { "size", show_value },
                         { "label", show_path }, { "flags", show_flags }),
  [STEP_MQUEUE] = FIELDS ({ "dest", show_dest }, { "flags", show_flags }),
  [STEP_DIR] = FIELDS ({ "dest", show_dest }, { "mode", show_mode }, { "flags", show_flags }),
  [STEP_FILE] = FIELDS ({ "dest", show_dest }, { "mode", show_mode }, { "fd", show_fd },
                        { "offset", show_offset }, { "flags", show_flags }),
  [STEP_BIND_DATA] = FIELDS ({ "dest", show_dest }, { "mode", show_mode }, { "fd", show_fd },
                             { "offset", show_offset }, { "flags", show_flags }),
  [STEP_SYMLINK] = FIELDS ({ "target", show_path }, { "dest", show_dest }, { "flags", show_flags }),
  [STEP_CHMOD] = FIELDS ({ "dest", show_dest }, { "mode", show_mode }, { "flags", show_flags }),
  [STEP_REMOUNT_RO] = FIELDS ({ "dest", show_dest }, { "flags", show_flags }),
  [STEP_MOUNT] = FIELDS ({ "source", show_path }, { "dest", show_dest }, { "type", show_mount_type },
                         { "attributes", show_mount_attributes }, { "options", show_mount_options },
                         { "copy_up", show_copy_up }, { "or_bind", show_same }, { "flags", show_flags }),
  [STEP_CGROUP] = FIELDS ({ "dest", show_dest }, { "attributes", show_attributes }),
  [STEP_CGROUP_HOST] = FIELDS ({ "dest", show_dest }, { "attributes", show_attributes }),
  [STEP_RECONFIGURE] = FIELDS ({ "dest", show_dest }, { "options", show_mount_options }),
  [STEP_CHANGE] = FIELDS ({ "dest", show_dest }, { "attributes", show_attributes }),
  [STEP_DEVICE] = FIELDS ({ "dest", show_dest }, { "device", show_device }, { "mode", show_permissions },
                          { "owner", show_device_owner }),
  [STEP_MASK] = FIELDS ({ "dest", show_dest }),
  [STEP_UNMOUNT] = FIELDS ({ "dest", show_dest }),
  [STEP_PROTECT] = FIELDS ({ "dest", show_dest }),
  [STEP_NET_DEVICE] = FIELDS ({ "device", show_path }, { "new_name", show_dest }),
  [STEP_HOOK_OUTSIDE] = hook_fields,
  [STEP_HOOK_INSIDE] = hook_fields,
  [STEP_ROOT_PROPAGATION] = FIELDS ({ "dest", show_dest }, { "attributes", show_attributes }),
  [STEP_JOIN_USERNS] = FIELDS ({ "fd", show_fd }),
  [STEP_NEST_USERNS] = FIELDS ({ "uid_map", show_uid_map }, { "gid_map", show_gid_map }),
  [STEP_EARLY_RLIMIT] = FIELDS ({ "resource", show_resource }, { "soft", show_soft }, { "hard", show_hard }),
  [STEP_OOM_SCORE] = FIELDS ({ "score", show_path }),
  [STEP_SCHEDULER] = FIELDS ({ "scheduler", show_scheduler }),
  [STEP_IO_PRIORITY] = FIELDS ({ "io_priority", show_io_priority }),
  [STEP_AFFINITY] = FIELDS ({ "cpus", show_cpus }),
  [STEP_MEMORY_POLICY] = FIELDS ({ "memory_policy", show_memory_policy }),
  [STEP_PERSONALITY] = FIELDS ({ "personality", show_personality }),
  [STEP_KEYRING] = FIELDS ({ "name", show_path }),
  [STEP_TERMINAL_NEW] =
      FIELDS ({ "dest", show_dest }, { "terminal_size", show_terminal_size }, { "owner", show_terminal_owner }),
  [STEP_BOUND] = FIELDS ({ "bounding", show_bounding }),
  [STEP_USER] = FIELDS ({ "user", show_user }),
  [STEP_CAP_SETS] = FIELDS ({ "sets", show_capability_sets }, { "until_exec", show_until_exec }),
  [STEP_CAPS] = FIELDS ({ "capabilities", show_kept_caps }, { "required", show_required_caps }),
  [STEP_LOCK] = FIELDS ({ "dest", show_path }),
  [STEP_AWAIT] = FIELDS ({ "fd", show_fd }),
  [STEP_UMASK] = FIELDS ({ "mask", show_mode }),
  [STEP_CHDIR] = FIELDS ({ "directories", show_directories }),
  [STEP_NICE] = FIELDS ({ "increment", show_increment }),
  [STEP_RLIMIT] = FIELDS ({ "resource", show_resource }, { "soft", show_soft }, { "hard", show_hard }),
  [STEP_APPARMOR] = FIELDS ({ "profile", show_path }),
  [STEP_EXEC_LABEL] = FIELDS ({ "label", show_path }),
  [STEP_FDS] = FIELDS ({ "kept", show_kept_fds }, { "closed", show_closed_fds }),
  [STEP_FIND] = FIELDS ({ "program", show_path }),
  [STEP_GATE] = FIELDS ({ "fd", show_fd }),
  [STEP_HOOK_START] = hook_fields,
  [STEP_SECCOMP] = FIELDS ({ "instructions", show_instructions }, { "filter_flags", show_filter_flags }),
  [STEP_SECCOMP_LISTEN] = FIELDS ({ "instructions", show_instructions }, { "filter_flags", show_filter_flags }),
  [STEP_EXEC] = FIELDS ({ "paths", show_paths }, { "arguments", show_arguments }),
};

/* --- The document ---------------------------------------------------------------------------------------------- */

static json_object *
step_to_json (const Plan *plan, guint i)
{
  const Step *step = plan_step (plan, i);
  const StepInfo *info = &step_infos[step->kind];
  json_object *object = json_object_new_object ();
  g_autofree char *name = g_ascii_strdown (info->name, -1);
  g_autofree char *origin = origin_to_string (step->origin);

  json_add (object, "number", json_object_new_int64 (i));
  json_add (object, "step", json_text (name));
  json_add (object, "what", json_text (info->what));
  for (const Field *field = step_fields[step->kind]; field != NULL && field->name != NULL; field++)
    json_add (object, field->name, field->show (plan, step));
  json_add (object, "origin", json_text (origin));
  return object;
}

static json_object *
stages_to_json (const Plan *plan)
{
  static const char *const places[] = {
    [BY_MONITOR] = "monitor", [BY_INIT] = "init", [BY_PROGRAM] = "program"
  };
  json_object *array = json_object_new_array ();
  json_object *steps[N_STAGES];

  for (StageId id = 0; id < N_STAGES; id++)
    {
      json_object *stage = json_object_new_object ();
      json_add (stage, "name", json_text (stages[id].name));
      json_add (stage, "where", json_text (places[stages[id].where]));
      json_add (stage, "what", json_text (stages[id].what));
      json_add (stage, "steps", steps[id] = json_object_new_array ());
      json_object_array_add (array, stage);
    }
  for (guint i = 0; i < plan->steps->len; i++)
    json_object_array_add (steps[step_infos[plan_step (plan, i)->kind].stage], step_to_json (plan, i));
  return array;
}

static json_object *
namespaces_to_json (uint64_t flags)
{
  json_object *array = json_object_new_array ();
  for (NamespaceType type = 0; type < N_NAMESPACES; type++)
    if (flags & namespace_names[type].flag)
      json_object_array_add (array, json_text (namespace_names[type].name));
  return array;
}

static json_object *
joined_to_json (const Plan *plan)
{
  json_object *object = NULL;
  for (NamespaceType type = 0; type < N_NAMESPACES; type++)
    if (plan->join[type].join_fd >= 0)
      {
        object = object != NULL ? object : json_object_new_object ();
        json_add (object, namespace_names[type].name, json_object_new_int (plan->join[type].join_fd));
      }
  return object;
}

/* Those that are new, those that are joined by descriptors of their own, and those by one of a process in them. */
static json_object *
clone_to_json (const Plan *plan)
{
  json_object *object = json_object_new_object ();
  json_add (object, "namespaces", namespaces_to_json (plan->clone_flags));
  json_add (object, "joined", joined_to_json (plan));
  if (plan->enter_fd < 0)
    return object;
  json_add (object, "entered", namespaces_to_json (plan->enter_flags));
  json_add (object, "enter_fd", json_object_new_int (plan->enter_fd));
  return object;
}

static json_object *
setting_flags_to_json (const CgroupSetting *setting)
{
  json_object *array = setting->if_there || setting->instead ? json_object_new_array () : NULL;
  if (setting->if_there)
    json_object_array_add (array, json_text ("if-there"));
  if (setting->instead)
    json_object_array_add (array, json_text ("otherwise"));
  return array;
}

static json_object *
settings_to_json (const CgroupLimits *limits)
{
  json_object *array = json_object_new_array ();
  for (guint i = 0; i < limits->settings->len; i++)
    {
      const CgroupSetting *setting = &g_array_index (limits->settings, CgroupSetting, i);
      json_object *entry = json_object_new_object ();
      json_add (entry, "file", json_text (setting->file));
      json_add (entry, "value", json_text (setting->value));
      json_add (entry, "flags", setting_flags_to_json (setting));
      json_add (entry, "origin", json_text (setting->origin));
      json_object_array_add (array, entry);
    }
  return array;
}

/* "MemoryMax=536870912" */
static json_object *
properties_to_json (const CgroupWish *wish, const char *slice)
{
  json_object *array = json_object_new_array ();
  g_autoptr (GVariant) all =
      g_variant_ref_sink (unit_scope (wish->name, slice, wish->limits, TRUE, wish->properties, 0));
  for (gsize i = 0; i < g_variant_n_children (all); i++)
    {
      const char *name;
      g_autoptr (GVariant) value = NULL;
      g_variant_get_child (all, i, "(&sv)", &name, &value);
      g_autofree char *text = g_variant_print (value, FALSE);
      json_object_array_add (array, json_textf ("%s=%s", name, text));
    }
  return array;
}

/* The cgroup that is made: by whom and where, as things are now, and with which limits.  Without any it may be left out. */
static json_object *
cgroup_to_json (const CgroupWish *wish)
{
  g_autoptr (GError) problem = NULL;
  g_auto (CgroupOutlook) outlook = { 0 };
  gboolean there = cgroup_foresee (wish, &outlook, &problem);
  if (!there && wish->limits->settings->len == 0)
    return NULL;

  json_object *object = json_object_new_object ();
  json_add (object, "problem", problem ? lines_to_json (problem->message) : NULL);
  json_add (object, "manager", json_text (outlook.manager));
  json_add (object, "below", json_text (outlook.below));
  json_add (object, "slice", json_text (outlook.slice));
  json_add (object, "unit", json_text (wish->passing ? NULL : outlook.unit));
  json_add (object, "unit_properties", outlook.slice ? properties_to_json (wish, outlook.slice) : NULL);
  json_add (object, "settings", settings_to_json (wish->limits));
  return object;
}

/* That of the Plan itself, whose name is new each time. */
static json_object *
own_cgroup_to_json (const Plan *plan)
{
  const CgroupWish wish = { .manager = (CgroupManager) plan->cgroup_manager,
                            .name = "snug",
                            .properties = plan->unit_properties,
                            .limits = plan->limits,
                            .passing = TRUE };
  return plan->limits ? cgroup_to_json (&wish) : NULL;
}

void
plan_explain (const Spec *spec, const Plan *plan, const CgroupWish *cgroup, gboolean json, FILE *out)
{
  g_autoptr (json_object) explained = json_object_new_object ();
  json_object *planned = json_object_new_object ();

  json_add (planned, "cgroup", cgroup ? cgroup_to_json (cgroup) : own_cgroup_to_json (plan));
  json_add (planned, "clone", clone_to_json (plan));
  json_add (planned, "stages", stages_to_json (plan));
  json_add (explained, "spec", spec_to_json (spec));
  json_add (explained, "plan", planned);

  if (json)
    {
      g_autofree char *text = json_pretty (explained);
      fputs (text, out);
    }
  else
    explain_print_text (explained, out);
}
