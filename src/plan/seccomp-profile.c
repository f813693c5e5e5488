/* Profiles in JSON, into rules: see seccomp.h for the formats and what is decided about them. */
#include "plan/seccomp.h"

#include "base/capability.h"
#include "base/i18n.h"
#include "base/number.h"
#include "plan/seccomp-rules.h"

#include <linux/seccomp.h>
#include <sys/utsname.h>

#define SECCOMP_RET_DATA_ERRNO_MAX 4095 /* the kernel's MAX_ERRNO */
#define ARGUMENTS 6

/* --- Words. --- */

/* What an action may be given as errnoRet. */
typedef enum
{
  DATA_NONE,
  DATA_ERRNO, /* an errno, EPERM without */
  DATA_TRACE, /* a number for the tracer, EPERM without */
} ActionData;

static const struct
{
  const char *name;
  guint32 action;
  ActionData data;
} actions[] = {
  { "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, DATA_NONE },
  { "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, DATA_ERRNO },
  { "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, DATA_NONE },
  { "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, DATA_NONE },
  { "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, DATA_NONE },
  { "SCMP_ACT_LOG", SECCOMP_RET_LOG, DATA_NONE },
  { "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF, DATA_NONE },
  { "SCMP_ACT_TRACE", SECCOMP_RET_TRACE, DATA_TRACE },
  { "SCMP_ACT_TRAP", SECCOMP_RET_TRAP, DATA_NONE },
};

static const JsonWord operators[] = {
  { "SCMP_CMP_NE", SCMP_CMP_NE },
  { "SCMP_CMP_LT", SCMP_CMP_LT },
  { "SCMP_CMP_LE", SCMP_CMP_LE },
  { "SCMP_CMP_EQ", SCMP_CMP_EQ },
  { "SCMP_CMP_GE", SCMP_CMP_GE },
  { "SCMP_CMP_GT", SCMP_CMP_GT },
  { "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
};

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* Linux 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* What the kernel refuses with a listener, and without.  A program that is about to be executed has no threads that TSYNC could be
 * about. */
#define NOT_LISTENING ((guint) SECCOMP_FILTER_FLAG_TSYNC)
#define ONLY_LISTENING ((guint) SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)

static const JsonWord filter_flags[] = {
  { "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
  { "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
  { "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
  { "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

/* --- Objects: what they hold, and where it goes. --- */

/* What is being compiled, and for whom. */
typedef struct
{
  const SeccompReading *how;
  const SeccompAbi *native;
  SeccompRules *rules;
  guint64 *asked; /* the capabilities that it names */
} Profile;

typedef struct
{
  const char *default_action;
  guint64 default_errno_ret;
  const char *default_errno, *listener_path, *listener_metadata;
  JsonCursor architectures, arch_map, flags, syscalls;
} Top;

#define UNSET G_MAXUINT64 /* of an errnoRet */

static const JsonField top_fields[] = {
  { "defaultAction", JSON_STRING, offsetof (Top, default_action), TRUE, 0 },
  { "defaultErrnoRet", JSON_UINT, offsetof (Top, default_errno_ret), FALSE, G_MAXUINT16 },
  { "defaultErrno", JSON_STRING, offsetof (Top, default_errno), FALSE, 0 },
  { "architectures", JSON_ARRAY, offsetof (Top, architectures), FALSE, 0 },
  { "archMap", JSON_ARRAY, offsetof (Top, arch_map), FALSE, 0 },
  { "flags", JSON_ARRAY, offsetof (Top, flags), FALSE, 0 },
  { "listenerPath", JSON_STRING, offsetof (Top, listener_path), FALSE, 0 },
  { "listenerMetadata", JSON_STRING, offsetof (Top, listener_metadata), FALSE, 0 },
  { "syscalls", JSON_ARRAY, offsetof (Top, syscalls), FALSE, 0 },
};

typedef struct
{
  const char *architecture;
  JsonCursor sub_architectures;
} ArchMapEntry;

static const JsonField arch_map_fields[] = {
  { "architecture", JSON_STRING, offsetof (ArchMapEntry, architecture), TRUE, 0 },
  { "subArchitectures", JSON_ARRAY, offsetof (ArchMapEntry, sub_architectures), FALSE, 0 },
};

typedef struct
{
  const char *name, *action, *error_name, *comment;
  guint64 errno_ret;
  JsonCursor names, args, includes, excludes;
} Entry;

static const JsonField entry_fields[] = {
  { "name", JSON_STRING, offsetof (Entry, name), FALSE, 0 },
  { "names", JSON_ARRAY, offsetof (Entry, names), FALSE, 0 },
  { "action", JSON_STRING, offsetof (Entry, action), TRUE, 0 },
  { "errnoRet", JSON_UINT, offsetof (Entry, errno_ret), FALSE, G_MAXUINT16 },
  { "errno", JSON_STRING, offsetof (Entry, error_name), FALSE, 0 },
  { "args", JSON_ARRAY, offsetof (Entry, args), FALSE, 0 },
  { "comment", JSON_STRING, offsetof (Entry, comment), FALSE, 0 },
  { "includes", JSON_OBJECT, offsetof (Entry, includes), FALSE, 0 },
  { "excludes", JSON_OBJECT, offsetof (Entry, excludes), FALSE, 0 },
};

typedef struct
{
  JsonCursor caps, arches;
  const char *min_kernel;
} When;

static const JsonField when_fields[] = {
  { "caps", JSON_ARRAY, offsetof (When, caps), FALSE, 0 },
  { "arches", JSON_ARRAY, offsetof (When, arches), FALSE, 0 },
  { "minKernel", JSON_STRING, offsetof (When, min_kernel), FALSE, 0 },
};

typedef struct
{
  guint64 index, value, value_two;
  const char *op;
} Argument;

static const JsonField argument_fields[] = {
  { "index", JSON_UINT, offsetof (Argument, index), TRUE, ARGUMENTS - 1 },
  { "value", JSON_UINT, offsetof (Argument, value), TRUE, 0 },
  { "valueTwo", JSON_UINT, offsetof (Argument, value_two), FALSE, 0 },
  { "op", JSON_STRING, offsetof (Argument, op), TRUE, 0 },
};

#define BIND(profile, at, fields, target, error) \
  json_bind (at, fields, G_N_ELEMENTS (fields), (profile)->how->refuse_unknown, target, error)

/* --- Actions. --- */

/* An action as a profile writes it, with the members that it stands in. */
typedef struct
{
  const JsonCursor *object;
  const char *member, *name;
  const char *number_member; /* of its errno, UNSET … */
  guint64 number;
  const char *error_member, *error_name; /* … or by the error's name, which containers' profiles have; NULL */
} WrittenAction;

/* Gives it the number of the error that it names. */
static gboolean
read_error_name (WrittenAction *written, GError **error)
{
  const char *name = written->error_name;
  if (!name || !*name)
    return TRUE;
  JsonCursor at = json_member (written->object, written->error_member);
  for (guint64 number = 1; number <= SECCOMP_RET_DATA_ERRNO_MAX; number++)
    {
      if (g_strcmp0 (strerrorname_np ((int) number), name) != 0)
        continue;
      if (written->number != UNSET && written->number != number)
        {
          g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, written->number);
          return json_fail (&at, error, _ ("%s is not the number %s beside it"), name, text);
        }
      written->number = number;
      return TRUE;
    }
  return json_fail_unknown (&at, _ ("error name"), name, error);
}

static gboolean
read_action (const Profile *profile, WrittenAction written, guint32 *action, GError **error)
{
  JsonCursor at = json_member (written.object, written.member),
             number_at = json_member (written.object, written.number_member);
  gsize i = 0;

  if (!read_error_name (&written, error))
    return FALSE;
  while (i < G_N_ELEMENTS (actions) && strcmp (actions[i].name, written.name) != 0)
    i++;
  if (i == G_N_ELEMENTS (actions))
    return json_fail_unknown (&at, _ ("seccomp action"), written.name, error);
  if (actions[i].action == SECCOMP_RET_USER_NOTIF && !profile->how->can_ask)
    return json_fail (&at, error, _ ("SCMP_ACT_NOTIFY needs somebody who listens"));
  gboolean given = written.number != UNSET;
  if (given && actions[i].data == DATA_NONE)
    return json_fail (&number_at, error, _ ("the action %s takes no errno"), written.name);
  if (given && actions[i].data == DATA_ERRNO && written.number > SECCOMP_RET_DATA_ERRNO_MAX)
    return json_fail_range (&number_at, 0, SECCOMP_RET_DATA_ERRNO_MAX, error);
  guint32 data = given ? (guint32) written.number : EPERM;
  *action = actions[i].action | (actions[i].data == DATA_NONE ? 0 : data);
  return TRUE;
}

/* --- Architectures. --- */

static gboolean
find_abi (const JsonCursor *at, const char *name, const SeccompAbi **abi, GError **error)
{
  *abi = seccomp_abi_find (name);
  return *abi || json_fail_unknown (at, _ ("architecture"), name, error);
}

static gboolean
add_architectures (const Profile *profile, const JsonCursor *array, gboolean use, GError **error)
{
  for (gsize i = 0; i < json_length (array); i++)
    {
      const SeccompAbi *abi;
      const char *name;
      JsonCursor at;
      if (!json_get_string_element (array, i, &at, &name, error) || !find_abi (&at, name, &abi, error))
        return FALSE;
      if (use)
        seccomp_rules_add_abi (profile->rules, abi);
    }
  return TRUE;
}

/* The engines' map says which other ABIs a machine's own brings with it. */
static gboolean
add_arch_map (const Profile *profile, const JsonCursor *array, GError **error)
{
  for (gsize i = 0; i < json_length (array); i++)
    {
      JsonCursor at = json_element (array, i), name_at = json_member (&at, "architecture");
      ArchMapEntry entry = { 0 };
      const SeccompAbi *abi;
      if (!BIND (profile, &at, arch_map_fields, &entry, error)
          || !find_abi (&name_at, entry.architecture, &abi, error))
        return FALSE;
      if (abi == profile->native)
        seccomp_rules_add_abi (profile->rules, abi);
      if (!add_architectures (profile, &entry.sub_architectures, abi == profile->native, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_architectures (const Profile *profile, const Top *top, GError **error)
{
  if (json_length (&top->architectures) > 0 && json_length (&top->arch_map) > 0)
    return json_fail (&top->arch_map, error, _ ("can't be beside \"%s\""), "architectures");
  if (json_length (&top->architectures) > 0)
    return add_architectures (profile, &top->architectures, TRUE, error);
  if (!add_arch_map (profile, &top->arch_map, error))
    return FALSE;
  if (profile->native)
    seccomp_rules_add_abi (profile->rules, profile->native);
  return TRUE;
}

/* --- Entries that are only for some. --- */

/* Counts those of the capabilities at @array that the program has. */
static gboolean
count_caps (const Profile *profile, const JsonCursor *array, gsize *held, GError **error)
{
  *held = 0;
  for (gsize i = 0; i < json_length (array); i++)
    {
      const char *name;
      JsonCursor at;
      if (!json_get_string_element (array, i, &at, &name, error))
        return FALSE;
      int cap = g_str_has_prefix (name, "CAP_") ? capability_from_name (name) : -1;
      if (cap < 0)
        return json_fail_unknown (&at, _ ("capability"), name, error);
      *held += profile->how->caps >> cap & 1;
      *profile->asked |= G_GUINT64_CONSTANT (1) << cap;
    }
  return TRUE;
}

static gboolean
has_native (const Profile *profile, const JsonCursor *array, gboolean *found, GError **error)
{
  *found = FALSE;
  for (gsize i = 0; i < json_length (array); i++)
    {
      const char *name;
      JsonCursor at;
      if (!json_get_string_element (array, i, &at, &name, error))
        return FALSE;
      const SeccompAbi *abi = seccomp_abi_find_engine (name);
      if (!abi)
        return json_fail_unknown (&at, _ ("architecture"), name, error);
      *found |= abi == profile->native;
    }
  return TRUE;
}

/* "5.14", at the start of @text, as one number; what follows a dash or second dot does not count. */
static gboolean
parse_kernel (const char *text, gboolean whole, guint64 *version)
{
  g_auto (GStrv) parts = g_strsplit_set (text, whole ? "." : ".-+", whole ? -1 : 3);
  guint64 major, minor;

  if (g_strv_length (parts) < 2 || (whole && parts[2]))
    return FALSE;
  if (!parse_number (parts[0], 10, G_MAXUINT16, &major) || !parse_number (parts[1], 10, G_MAXUINT16, &minor))
    return FALSE;
  *version = major << 16 | minor;
  return TRUE;
}

static gboolean
kernel_is_at_least (const JsonCursor *object, const char *text, gboolean *yes, GError **error)
{
  JsonCursor at = json_member (object, "minKernel");
  guint64 wanted, have;
  struct utsname names;

  if (!parse_kernel (text, TRUE, &wanted))
    return json_fail (&at, error, _ ("expected a kernel version such as \"4.8\", found \"%s\""), text);
  *yes = uname (&names) == 0 && parse_kernel (names.release, FALSE, &have) && have >= wanted;
  return TRUE;
}

/* Whether the entry is for a program with these capabilities on this machine: all of `includes` and none
 * of `excludes` must hold. */
static gboolean
applies (const Profile *profile, const Entry *entry, gboolean *yes, GError **error)
{
  *yes = TRUE;
  for (int i = 0; i < 2; i++)
    {
      gboolean including = i == 0, found;
      const JsonCursor *at = including ? &entry->includes : &entry->excludes;
      When when = { 0 };
      gsize held;
      if (!at->value)
        continue;
      if (!BIND (profile, at, when_fields, &when, error) || !count_caps (profile, &when.caps, &held, error)
          || !has_native (profile, &when.arches, &found, error))
        return FALSE;
      *yes &= including ? held == json_length (&when.caps) : held == 0;
      if (json_length (&when.arches) > 0)
        *yes &= found == including;
      if (!when.min_kernel || !*when.min_kernel)
        continue;
      if (!kernel_is_at_least (at, when.min_kernel, &found, error))
        return FALSE;
      *yes &= found == including;
    }
  return TRUE;
}

/* --- Entries. --- */

static gboolean
read_condition (const Profile *profile, const JsonCursor *at, SeccompCondition *condition, GError **error)
{
  JsonCursor op = json_member (at, "op");
  Argument argument = { 0 };
  guint64 compare = SCMP_CMP_EQ;

  if (!BIND (profile, at, argument_fields, &argument, error)
      || !JSON_GET_WORD (&op, operators, _ ("comparison"), &compare, error))
    return FALSE;
  gboolean masked = compare == SCMP_CMP_MASKED_EQ;
  *condition = (SeccompCondition){
    .argument = (guint8) argument.index,
    .compare = (enum scmp_compare) compare,
    .value = masked ? argument.value_two : argument.value,
    .mask = argument.value,
  };
  return TRUE;
}

/* @repeated: some argument is there more than once, which makes all of them alternatives. */
static gboolean
read_conditions (const Profile *profile, const JsonCursor *array, GArray *conditions, gboolean *repeated,
                 GError **error)
{
  guint seen = 0;

  *repeated = FALSE;
  for (gsize i = 0; i < json_length (array); i++)
    {
      JsonCursor at = json_element (array, i);
      SeccompCondition condition;
      if (!read_condition (profile, &at, &condition, error))
        return FALSE;
      *repeated |= seen >> condition.argument & 1;
      seen |= 1u << condition.argument;
      g_array_append_val (conditions, condition);
    }
  return TRUE;
}

/* What an entry has for each of its calls. */
typedef struct
{
  gboolean wanted; /* it is for this program, on this machine */
  guint32 action;
  GArray *conditions; /* of SeccompCondition */
  gboolean alternatives;
} Rule;

static void
add_call (const Profile *profile, const char *name, const Rule *rule)
{
  const SeccompCondition *all = (const SeccompCondition *) (const void *) rule->conditions->data;

  if (!rule->alternatives)
    seccomp_rules_add (profile->rules, name, rule->action, all, rule->conditions->len);
  else
    for (guint i = 0; i < rule->conditions->len; i++)
      seccomp_rules_add (profile->rules, name, rule->action, &all[i], 1);
}

/* Checks the names also of entries that are for others. */
static gboolean
add_calls (const Profile *profile, const JsonCursor *at, const Entry *entry, const Rule *rule, GError **error)
{
  JsonCursor name_at = json_member (at, "name"), names_at = json_member (at, "names");

  if (entry->name && json_length (&entry->names) > 0)
    return json_fail (&name_at, error, _ ("can't be beside \"%s\""), "names");
  if (!entry->name && json_length (&entry->names) == 0)
    return json_fail (&names_at, error, _ ("must name at least one system call"));
  if (entry->name && rule->wanted)
    add_call (profile, entry->name, rule);
  for (gsize i = 0; i < json_length (&entry->names); i++)
    {
      const char *name;
      JsonCursor element;
      if (!json_get_string_element (&entry->names, i, &element, &name, error))
        return FALSE;
      if (rule->wanted)
        add_call (profile, name, rule);
    }
  return TRUE;
}

static gboolean
read_entry (const Profile *profile, const JsonCursor *at, GError **error)
{
  g_autoptr (GArray) conditions = g_array_new (FALSE, FALSE, sizeof (SeccompCondition));
  Entry entry = { .errno_ret = UNSET };
  Rule rule = { .conditions = conditions };

  if (!BIND (profile, at, entry_fields, &entry, error))
    return FALSE;
  const WrittenAction action = { at,      "action",        entry.action, "errnoRet", entry.errno_ret,
                                 "errno", entry.error_name };
  return read_action (profile, action, &rule.action, error)
         && read_conditions (profile, &entry.args, conditions, &rule.alternatives, error)
         && applies (profile, &entry, &rule.wanted, error) && add_calls (profile, at, &entry, &rule, error);
}

/* --- The whole. --- */

static gboolean
read_entries (const Profile *profile, const JsonCursor *array, GError **error)
{
  for (gsize i = 0; i < json_length (array); i++)
    {
      JsonCursor at = json_element (array, i);
      if (!read_entry (profile, &at, error))
        return FALSE;
    }
  return TRUE;
}

/* --- What there is. --- */

static void
add_word (GPtrArray *found, const char *word)
{
  g_ptr_array_add (found, (gpointer) word);
}

const char **
seccomp_words (SeccompWords words)
{
  GPtrArray *found = g_ptr_array_new ();
  const SeccompAbi *abi;

  switch (words)
    {
    case SECCOMP_ACTIONS:
      for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
        add_word (found, actions[i].name);
      break;
    case SECCOMP_OPERATORS:
      for (gsize i = 0; i < G_N_ELEMENTS (operators); i++)
        add_word (found, operators[i].name);
      break;
    case SECCOMP_ARCHITECTURES:
      for (gsize i = 0; (abi = seccomp_abi_at (i)) != NULL; i++)
        add_word (found, abi->name);
      break;
    case SECCOMP_FLAGS:
    case SECCOMP_SUPPORTED_FLAGS:
      for (gsize i = 0; i < G_N_ELEMENTS (filter_flags); i++)
        if (words == SECCOMP_FLAGS || filter_flags[i].value != 0)
          add_word (found, filter_flags[i].name);
      break;
    }
  add_word (found, NULL);
  return (const char **) g_ptr_array_free (found, FALSE);
}

/* --- The whole profile. --- */

/* Whether the program may say that somebody else is to be asked. */
static gboolean
asks (const GArray *program)
{
  for (guint i = 0; i < program->len; i++)
    {
      const struct sock_filter *line = &g_array_index (program, struct sock_filter, i);
      if (line->code == (BPF_RET | BPF_K) && (line->k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF)
        return TRUE;
    }
  return FALSE;
}

gboolean
seccomp_compile_profile_object (const JsonCursor *object, const SeccompReading *how, GArray **program,
                                guint *flags, guint64 *asked, GError **error)
{
  guint64 named = 0;
  Profile profile = { .how = how, .native = seccomp_abi_native (), .asked = asked ? asked : &named };
  Top top = { .default_errno_ret = UNSET };
  guint32 default_action = SECCOMP_RET_KILL_PROCESS;
  guint64 found_flags = 0;

  if (!BIND (&profile, object, top_fields, &top, error))
    return FALSE;
  const WrittenAction otherwise = {
    object,         "defaultAction",  top.default_action, "defaultErrnoRet", top.default_errno_ret,
    "defaultErrno", top.default_errno
  };
  if (!read_action (&profile, otherwise, &default_action, error)
      || !JSON_GET_FLAGS (&top.flags, filter_flags, _ ("seccomp flag"), &found_flags, error))
    return FALSE;
  if (top.listener_metadata && *top.listener_metadata && (!top.listener_path || !*top.listener_path))
    {
      JsonCursor at = json_member (object, "listenerMetadata");
      return json_fail (&at, error, _ ("means nothing without \"listenerPath\""));
    }

  g_autoptr (SeccompRules) rules = seccomp_rules_new (default_action);
  profile.rules = rules;
  if (!read_architectures (&profile, &top, error) || !read_entries (&profile, &top.syscalls, error)
      || !seccomp_rules_compile (rules, program, error))
    return FALSE;
  if (flags && asks (*program))
    *flags = ((guint) found_flags & ~NOT_LISTENING) | SECCOMP_FILTER_FLAG_NEW_LISTENER;
  else if (flags)
    *flags = (guint) found_flags & ~ONLY_LISTENING;
  return TRUE;
}

gboolean
seccomp_compile_profile_json (const char *data, gsize length, guint64 caps, GArray **program, guint *flags,
                              GError **error)
{
  g_autoptr (json_object) document = NULL;

  if (!json_load (data, length, &document, error))
    return FALSE;
  JsonCursor top = json_top (document);
  const SeccompReading how = { .caps = caps, .refuse_unknown = TRUE };
  return seccomp_compile_profile_object (&top, &how, program, flags, NULL, error);
}
