/* What bundles alone ask for, as JSON: see explain.h.  Numbers are said with the words that config.json has for them. */
#include "spec/explain.h"

#include "base/json-build.h"
#include "base/sys.h"

#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* --- Words ------------------------------------------------------------------------------------------------ */

static const char *
find_word (const JsonWord *words, gsize n_words, guint64 number)
{
  for (gsize i = 0; i < n_words; i++)
    if (words[i].value == number)
      return words[i].name;
  return NULL;
}
#define FIND_WORD(words, number) find_word (words, G_N_ELEMENTS (words), (number))

/* The names of the bits in @flags; NULL for none. */
static json_object *
find_flags (const JsonWord *words, gsize n_words, guint64 flags)
{
  json_object *array = flags != 0 ? json_object_new_array () : NULL;
  for (gsize i = 0; i < n_words; i++)
    if (flags & words[i].value)
      json_object_array_add (array, json_text (words[i].name));
  return array;
}
#define FIND_FLAGS(words, flags) find_flags (words, G_N_ELEMENTS (words), (flags))

static json_object *
unless_0 (guint64 number)
{
  return number != 0 ? json_object_new_uint64 (number) : NULL;
}

static const JsonWord propagations[] = {
#define PROPAGATION(name, number) { name, number }, { "r" name, number | MS_REC },
#include "spec/words.def"
};

/* --- The filesystem -------------------------------------------------------------------------------------- */

/* As options of mount(8): set, cleared. */
static const struct
{
  guint64 bit;
  const char *set, *clear;
} attributes[] = {
  { MOUNT_ATTR_RDONLY, "ro", "rw" },
  { MOUNT_ATTR_NOSUID, "nosuid", "suid" },
  { MOUNT_ATTR_NODEV, "nodev", "dev" },
  { MOUNT_ATTR_NOEXEC, "noexec", "exec" },
  { MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow", "symfollow" },
  { MOUNT_ATTR_NODIRATIME, "nodiratime", "diratime" },
};

/* One field of several values. */
static const JsonWord access_times[] = {
  { "relatime", MOUNT_ATTR_RELATIME },
  { "noatime", MOUNT_ATTR_NOATIME },
  { "strictatime", MOUNT_ATTR_STRICTATIME },
};

static void
add_attributes (json_object *array, const char *prefix, guint64 set, guint64 clear)
{
  for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++)
    if ((set | clear) & attributes[i].bit)
      json_object_array_add (
          array,
          json_textf ("%s%s", prefix, set & attributes[i].bit ? attributes[i].set : attributes[i].clear));
  if (clear & MOUNT_ATTR__ATIME)
    json_object_array_add (array,
                           json_textf ("%s%s", prefix, FIND_WORD (access_times, set & MOUNT_ATTR__ATIME)));
}

json_object *
attributes_to_json (const MountAttributes *wanted)
{
  json_object *array = json_object_new_array ();

  add_attributes (array, "", wanted->set, wanted->clear);
  add_attributes (array, "r", wanted->rec_set, wanted->rec_clear);
  for (guint i = 0; i < wanted->n_propagation; i++)
    json_object_array_add (array, json_text (FIND_WORD (propagations, wanted->propagation[i])));
  if (json_object_array_length (array) > 0)
    return array;
  json_object_put (array);
  return NULL;
}

json_object *
device_to_json (guint32 mode, guint64 device)
{
  if (S_ISFIFO (mode))
    return json_text ("p");
  return json_textf ("%c %u:%u", S_ISBLK (mode) ? 'b' : 'c', major (device), minor (device));
}

/* --- Scheduling -------------------------------------------------------------------------------------------- */

json_object *
scheduler_to_json (const Scheduler *scheduler)
{
  static const JsonWord policies[] = {
#define POLICY(name, number) { name, number },
#include "spec/words.def"
  };
  static const JsonWord flags[] = {
#define POLICY_FLAG(name) { #name, name },
#include "spec/words.def"
  };
  json_object *object = json_object_new_object ();

  json_add (object, "policy", json_text (FIND_WORD (policies, scheduler->policy)));
  json_add (object, "flags", FIND_FLAGS (flags, scheduler->flags));
  json_add (object, "nice", scheduler->nice != 0 ? json_object_new_int64 (scheduler->nice) : NULL);
  json_add (object, "priority", unless_0 ((guint64) scheduler->priority));
  json_add (object, "runtime", unless_0 (scheduler->runtime));
  json_add (object, "deadline", unless_0 (scheduler->deadline));
  json_add (object, "period", unless_0 (scheduler->period));
  return object;
}

json_object *
io_priority_to_json (guint64 priority)
{
  static const JsonWord classes[] = {
#define IO_CLASS(name) { #name, name },
#include "spec/words.def"
  };
  json_object *object = json_object_new_object ();

  json_add (object, "class", json_text (FIND_WORD (classes, IOPRIO_PRIO_CLASS (priority))));
  json_add (object, "priority", json_object_new_int64 ((gint64) IOPRIO_PRIO_DATA (priority)));
  return object;
}

json_object *
bits_to_json (const guint64 *bits, gsize n_words)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gsize n = n_words * 64;

#define IS_SET(i) (bits[(i) / 64] >> (i) % 64 & 1)
  for (gsize first = 0, end; first < n; first = end + 1)
    {
      for (end = first; end < n && IS_SET (end); end++)
        ;
      if (end > first)
        g_string_append_printf (text, "%s%zu", text->len > 0 ? "," : "", first);
      if (end > first + 1)
        g_string_append_printf (text, "-%zu", end - 1);
    }
#undef IS_SET
  return json_text (text->str);
}

json_object *
memory_policy_to_json (const MemoryPolicy *policy)
{
  static const JsonWord modes[] = {
#define MEMORY_MODE(name, number, nodes) { name, number },
#include "spec/words.def"
  };
  static const JsonWord flags[] = {
#define MEMORY_FLAG(name) { #name, name },
#include "spec/words.def"
  };
  json_object *object = json_object_new_object ();
  guint64 mode = (guint64) policy->policy & ~(guint64) MPOL_MODE_FLAGS;

  json_add (object, "mode", json_text (FIND_WORD (modes, mode)));
  json_add (object, "flags", FIND_FLAGS (flags, (guint64) policy->policy & MPOL_MODE_FLAGS));
  if (policy->has_nodes)
    json_add (object, "nodes", bits_to_json (policy->nodes, G_N_ELEMENTS (policy->nodes)));
  return object;
}

json_object *
personality_to_json (guint64 personality)
{
  static const JsonWord domains[] = {
#define DOMAIN(name, number) { name, number },
#include "spec/words.def"
  };
  return json_text (FIND_WORD (domains, personality));
}

/* --- Users, capabilities, hooks --------------------------------------------------------------------------------- */

json_object *
user_to_json (const User *user)
{
  json_object *object = json_object_new_object ();
  json_object *groups = user->groups->len > 0 ? json_object_new_array () : NULL;

  for (guint i = 0; i < user->groups->len; i++)
    json_object_array_add (groups, json_object_new_int64 (g_array_index (user->groups, guint32, i)));
  json_add (object, "uid", json_object_new_int64 (user->uid));
  json_add (object, "gid", json_object_new_int64 (user->gid));
  json_add (object, "groups", groups);
  json_add_if (object, "keeps_groups", user->keep_groups);
  return object;
}

json_object *
capability_sets_to_json (const CapabilitySets *sets)
{
  const struct
  {
    const char *name;
    guint64 caps;
  } rows[] = {
    { "bounding", sets->bounding },       { "effective", sets->effective }, { "permitted", sets->permitted },
    { "inheritable", sets->inheritable }, { "ambient", sets->ambient },
  };
  json_object *object = json_object_new_object ();

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    json_add (object, rows[i].name, rows[i].caps != 0 ? caps_to_json (rows[i].caps) : NULL);
  return object;
}

static json_object *
hook_to_json (const char *moment, const Hook *hook)
{
  json_object *object = json_object_new_object ();
  g_autofree char *origin = origin_to_string (&hook->origin);

  json_add (object, "moment", json_text (moment));
  json_add (object, "path", json_text (hook->path));
  json_add (object, "arguments", json_texts ((const char *const *) hook->argv));
  json_add (object, "environment", hook->env[0] ? json_texts ((const char *const *) hook->env) : NULL);
  json_add (object, "timeout", unless_0 ((guint64) hook->timeout));
  json_add (object, "origin", json_text (origin));
  return object;
}

json_object *
hooks_to_json (const Bundle *bundle)
{
  static const char *const moments[N_HOOKS] = {
#define MOMENT(name, moment) [moment] = name,
#include "spec/words.def"
  };
  json_object *array = NULL;

  for (HookMoment moment = 0; moment < N_HOOKS; moment++)
    for (guint i = 0; i < bundle->hooks[moment]->len; i++)
      {
        const Hook *hook = &g_array_index (bundle->hooks[moment], Hook, i);
        array = array != NULL ? array : json_object_new_array ();
        json_object_array_add (array, hook_to_json (moments[moment], hook));
      }
  return array;
}

/* --- Sections ------------------------------------------------------------------------------------------------------ */

static json_object *
sysctls_to_json (const GArray *sysctls)
{
  json_object *array = sysctls->len > 0 ? json_object_new_array () : NULL;
  for (guint i = 0; i < sysctls->len; i++)
    {
      const Sysctl *sysctl = &g_array_index (sysctls, Sysctl, i);
      json_object_array_add (array, json_textf ("%s=%s", sysctl->path, sysctl->value));
    }
  return array;
}

static json_object *
time_offsets_to_json (const GArray *offsets)
{
  json_object *array = offsets->len > 0 ? json_object_new_array () : NULL;
  for (guint i = 0; i < offsets->len; i++)
    {
      const TimeOffset *offset = &g_array_index (offsets, TimeOffset, i);
      json_object_array_add (array, json_textf ("%s %" G_GINT64_FORMAT " %u", offset->clock, offset->seconds,
                                                offset->nanoseconds));
    }
  return array;
}

static json_object *
net_devices_to_json (const GArray *devices)
{
  json_object *array = devices->len > 0 ? json_object_new_array () : NULL;
  for (guint i = 0; i < devices->len; i++)
    {
      const NetDevice *device = &g_array_index (devices, NetDevice, i);
      json_object *object = json_object_new_object ();
      json_add (object, "name", json_text (device->name));
      json_add (object, "new_name", json_text (device->new_name));
      json_object_array_add (array, object);
    }
  return array;
}

void
explain_bundle_namespaces (json_object *section, const Bundle *bundle)
{
  json_add (section, "domainname", json_text (bundle->domainname.value));
  json_add (section, "sysctls", sysctls_to_json (bundle->sysctls));
  json_add (section, "time_offsets", time_offsets_to_json (bundle->time_offsets));
  json_add (section, "net_devices", net_devices_to_json (bundle->net_devices));
  json_add (section, "root_propagation", json_text (FIND_WORD (propagations, bundle->root_propagation)));
  json_add (section, "entered_pid", bundle->enter_fd >= 0 ? json_object_new_int (bundle->enter_pid) : NULL);
}

void
explain_bundle_process (json_object *section, const Bundle *bundle)
{
  json_add (section, "user", bundle->user.given ? user_to_json (&bundle->user) : NULL);
  json_add_if (section, "terminal", bundle->terminal.given);
  if (bundle->console_rows > 0 || bundle->console_columns > 0)
    json_add (section, "terminal_size", json_textf ("%ux%u", bundle->console_columns, bundle->console_rows));
  if (bundle->oom_score_adj.value != G_MININT64)
    json_add (section, "oom_score_adj", json_object_new_int64 (bundle->oom_score_adj.value));
  if (bundle->scheduler.given)
    json_add (section, "scheduler", scheduler_to_json (&bundle->scheduler));
  if (bundle->io_priority.value >= 0)
    json_add (section, "io_priority", io_priority_to_json ((guint64) bundle->io_priority.value));
  json_add (section, "initial_cpus", json_text (bundle->initial_affinity.value));
  json_add (section, "final_cpus", json_text (bundle->final_affinity.value));
  if (bundle->memory_policy.given)
    json_add (section, "memory_policy", memory_policy_to_json (&bundle->memory_policy));
  if (bundle->personality.value >= 0)
    json_add (section, "personality", personality_to_json ((guint64) bundle->personality.value));
  json_add_if (section, "session_keyring", bundle->keyring && !bundle->visit);
}

void
explain_bundle_security (json_object *section, const Bundle *bundle)
{
  json_add (section, "capabilities",
            bundle->cap_sets.given ? capability_sets_to_json (&bundle->cap_sets) : NULL);
  json_add_if (section, "new_privileges", bundle->allow_new_privs);
  json_add (section, "apparmor", json_text (bundle->apparmor.value));
  json_add (section, "mount_label", json_text (bundle->mount_label.value));
  json_add (section, "seccomp_listener", json_text (bundle->seccomp_listener.value));
  json_add (section, "listener_metadata", json_text (bundle->listener_metadata));
}

static json_object *
rdt_to_json (const ResourceDirector *rdt)
{
  json_object *object = json_object_new_object ();
  json_add (object, "id", json_text (rdt->id));
  json_add (object, "l3_schema", json_text (rdt->l3_schema));
  json_add (object, "bandwidth_schema", json_text (rdt->bandwidth_schema));
  if (rdt->has_schemata)
    json_add (object, "schemata", json_texts ((const char *const *) rdt->schemata));
  json_add_if (object, "monitoring", rdt->monitoring);
  return object;
}

void
explain_bundle_outside (json_object *section, const Bundle *bundle)
{
  json_add (section, "container", json_text (bundle->id));
  json_add (section, "cgroup", json_text (bundle->cgroups_path.value));
  json_add (section, "resctrl", bundle->rdt.given ? rdt_to_json (&bundle->rdt) : NULL);
}
