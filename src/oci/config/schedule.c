/* How the kernel runs the program: scheduler, I/O priority, CPUs, memory policy, personality. */
#include "oci/config/read.h"

#include "base/i18n.h"
#include "base/number.h"
#include "base/sys.h"

#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sys/personality.h>

/* --- Lists of CPUs and memory nodes -------------------------------------------------------------------- */

static gboolean
read_list (const JsonCursor *at, const char *list, guint64 *bits, gsize n_words, GError **error)
{
  return parse_list (list, bits, n_words)
         || json_fail (at, error, _ ("expected a list such as \"0-3,7\" with numbers below %zu, found \"%s\""),
                       n_words * BITS_PER_WORD, list);
}

/* --- Scheduler ------------------------------------------------------------------------------------------ */

static const JsonWord policies[] = {
#define POLICY(name, number) { name, number },
#include "spec/words.def"
};

static const JsonWord scheduler_flags[] = {
#define POLICY_FLAG(name) { #name, name },
#include "spec/words.def"
};

typedef struct
{
  const char *policy;
  gint64 nice, priority;
  JsonCursor flags;
  guint64 runtime, deadline, period;
} SchedulerEntry;

static const JsonField scheduler_fields[] = {
  { "policy", JSON_STRING, offsetof (SchedulerEntry, policy), TRUE, 0 },
  { "nice", JSON_INT, offsetof (SchedulerEntry, nice), FALSE, 0 },
  { "priority", JSON_INT, offsetof (SchedulerEntry, priority), FALSE, 0 },
  { "flags", JSON_ARRAY, offsetof (SchedulerEntry, flags), FALSE, 0 },
  { "runtime", JSON_UINT, offsetof (SchedulerEntry, runtime), FALSE, 0 },
  { "deadline", JSON_UINT, offsetof (SchedulerEntry, deadline), FALSE, 0 },
  { "period", JSON_UINT, offsetof (SchedulerEntry, period), FALSE, 0 },
};

/* The kernel would only clamp a nice value; sched(7). */
static gboolean
check_scheduler (const JsonCursor *at, const SchedulerEntry *entry, guint64 policy, GError **error)
{
  JsonCursor nice = json_member (at, "nice"), priority = json_member (at, "priority");

  if (!check_range (&nice, entry->nice, -20, 19, error)
      || !check_range (&priority, entry->priority, 0, 99, error))
    return FALSE;
  if (entry->priority != 0 && policy != SCHED_FIFO && policy != SCHED_RR)
    return json_fail (&priority, error, _ ("is for SCHED_FIFO and SCHED_RR, not for %s"), entry->policy);
  if ((entry->runtime || entry->deadline || entry->period) && policy != SCHED_DEADLINE)
    return json_fail (at, error, _ ("runtime, deadline and period are for SCHED_DEADLINE, not for %s"),
                      entry->policy);
  return TRUE;
}

gboolean
config_read_scheduler (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  JsonCursor policy_at = json_member (at, "policy");
  SchedulerEntry entry = { 0 };
  guint64 policy = 0, flags = 0;

  if (!json_bind (at, scheduler_fields, G_N_ELEMENTS (scheduler_fields), FALSE, &entry, error)
      || !JSON_GET_WORD (&policy_at, policies, _ ("scheduling policy"), &policy, error)
      || !JSON_GET_FLAGS (&entry.flags, scheduler_flags, _ ("scheduling flag"), &flags, error)
      || !check_scheduler (at, &entry, policy, error))
    return FALSE;
  reader->bundle->scheduler = (Scheduler){
    .given = TRUE,
    .policy = (guint32) policy,
    .flags = flags,
    .nice = (gint32) entry.nice,
    .priority = (gint32) entry.priority,
    .runtime = entry.runtime,
    .deadline = entry.deadline,
    .period = entry.period,
    .origin = origin_of (reader, at),
  };
  return TRUE;
}

/* --- I/O priority --------------------------------------------------------------------------------------- */

static const JsonWord io_classes[] = {
#define IO_CLASS(name) { #name, name },
#include "spec/words.def"
};

typedef struct
{
  const char *class;
  gint64 priority;
} IoPriority;

static const JsonField io_priority_fields[] = {
  { "class", JSON_STRING, offsetof (IoPriority, class), TRUE, 0 },
  { "priority", JSON_INT, offsetof (IoPriority, priority), TRUE, 0 },
};

#define IO_PRIORITY_MAX 7 /* the lowest within a class; ioprio_set(2) */

gboolean
config_read_io_priority (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  JsonCursor class_at = json_member (at, "class"), priority_at = json_member (at, "priority");
  IoPriority entry = { 0 };
  guint64 class = 0;

  if (!json_bind (at, io_priority_fields, G_N_ELEMENTS (io_priority_fields), FALSE, &entry, error)
      || !JSON_GET_WORD (&class_at, io_classes, _ ("I/O scheduling class"), &class, error)
      || !check_range (&priority_at, entry.priority, 0, IO_PRIORITY_MAX, error))
    return FALSE;
  reader->bundle->io_priority =
      (Number){ (gint64) IOPRIO_PRIO_VALUE (class, (guint64) entry.priority), origin_of (reader, at) };
  return TRUE;
}

/* --- CPUs for exec -------------------------------------------------------------------------------------- */

static gboolean
read_cpus (ConfigReader *reader, const JsonCursor *object, const char *name, Text *cpus, GError **error)
{
  JsonCursor at = json_member (object, name);
  guint64 bits[MAX_CPUS / BITS_PER_WORD] = { 0 };
  const char *list = NULL;

  if (!json_get_string (&at, &list, error))
    return FALSE;
  if (list == NULL || list[0] == '\0')
    return TRUE;
  *cpus = (Text){ list, origin_of (reader, &at) };
  return read_list (&at, list, bits, G_N_ELEMENTS (bits), error);
}

/* The container's own process has the CPUs that its cgroup gives it: there the value is only checked. */
gboolean
config_read_affinity (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  Bundle *bundle = reader->bundle;

  if (!read_cpus (reader, at, "initial", &bundle->initial_affinity, error)
      || !read_cpus (reader, at, "final", &bundle->final_affinity, error))
    return FALSE;
  if (!reader->exec)
    bundle->initial_affinity = bundle->final_affinity = (Text){ 0 };
  return TRUE;
}

/* --- Memory policy -------------------------------------------------------------------------------------- */

static const struct
{
  const char *name;
  int mode;
  enum
  {
    NODES_NONE,
    NODES_ANY,
    NODES_SOME,
  } nodes;
} memory_modes[] = {
#define MEMORY_MODE(name, number, nodes) { name, number, nodes },
#include "spec/words.def"
};

static const JsonWord memory_flags[] = {
#define MEMORY_FLAG(name) { #name, name },
#include "spec/words.def"
};

const char *
config_memory_mode (gsize i)
{
  return i < G_N_ELEMENTS (memory_modes) ? memory_modes[i].name : NULL;
}

const char *
config_memory_flag (gsize i)
{
  return i < G_N_ELEMENTS (memory_flags) ? memory_flags[i].name : NULL;
}

typedef struct
{
  const char *mode, *nodes;
  JsonCursor flags;
} PolicyEntry;

static const JsonField policy_fields[] = {
  { "mode", JSON_STRING, offsetof (PolicyEntry, mode), TRUE, 0 },
  { "nodes", JSON_STRING, offsetof (PolicyEntry, nodes), FALSE, 0 },
  { "flags", JSON_ARRAY, offsetof (PolicyEntry, flags), FALSE, 0 },
};

/* The mode of @name, after checking that there are nodes where it needs them; set_mempolicy(2). */
static gboolean
find_mode (const JsonCursor *at, const char *name, gboolean has_nodes, int *mode, GError **error)
{
  JsonCursor mode_at = json_member (at, "mode"), nodes_at = json_member (at, "nodes");

  for (gsize i = 0; i < G_N_ELEMENTS (memory_modes); i++)
    {
      if (!g_str_equal (memory_modes[i].name, name))
        continue;
      *mode = memory_modes[i].mode;
      if (memory_modes[i].nodes == NODES_SOME && !has_nodes)
        return json_fail (&nodes_at, error, _ ("must name at least one node for %s"), name);
      if (memory_modes[i].nodes == NODES_NONE && has_nodes)
        return json_fail (&nodes_at, error, _ ("must name no node for %s"), name);
      return TRUE;
    }
  return json_fail_unknown (&mode_at, _ ("memory policy"), name, error);
}

gboolean
config_read_memory_policy (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  MemoryPolicy *policy = &reader->bundle->memory_policy;
  JsonCursor nodes_at = json_member (at, "nodes");
  PolicyEntry entry = { .nodes = "" };
  guint64 flags = 0;

  if (!json_bind (at, policy_fields, G_N_ELEMENTS (policy_fields), FALSE, &entry, error)
      || !JSON_GET_FLAGS (&entry.flags, memory_flags, _ ("memory policy flag"), &flags, error))
    return FALSE;
  policy->has_nodes = entry.nodes[0] != '\0';
  if (!find_mode (at, entry.mode, policy->has_nodes, &policy->policy, error))
    return FALSE;
  policy->policy |= (int) flags;
  policy->given = TRUE;
  policy->origin = origin_of (reader, at);
  return read_list (&nodes_at, entry.nodes, policy->nodes, G_N_ELEMENTS (policy->nodes), error);
}

/* --- Personality ---------------------------------------------------------------------------------------- */

static const JsonWord domains[] = {
#define DOMAIN(name, number) { name, number },
#include "spec/words.def"
};

typedef struct
{
  const char *domain;
  JsonCursor flags;
} PersonalityEntry;

static const JsonField personality_fields[] = {
  { "domain", JSON_STRING, offsetof (PersonalityEntry, domain), TRUE, 0 },
  { "flags", JSON_ARRAY, offsetof (PersonalityEntry, flags), FALSE, 0 },
};

gboolean
config_read_personality (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  JsonCursor domain_at = json_member (at, "domain");
  PersonalityEntry entry = { 0 };
  guint64 domain = 0;

  if (!json_bind (at, personality_fields, G_N_ELEMENTS (personality_fields), FALSE, &entry, error)
      || !JSON_GET_WORD (&domain_at, domains, _ ("execution domain"), &domain, error))
    return FALSE;
  if (json_length (&entry.flags) > 0)
    return json_fail (&entry.flags, error, _ ("no flags are supported"));
  reader->bundle->personality = (Number){ (gint64) domain, origin_of (reader, at) };
  return TRUE;
}
