/* The members of `process`: the program, who it is, and what it may. */
#include "oci/config/read.h"

#include "base/capability.h"
#include "base/i18n.h"
#include "base/number.h"

#include <sys/resource.h>

/* --- The program --------------------------------------------------------------------------------------- */

gboolean
config_read_args (ConfigReader *reader, const JsonCursor *array, GError **error)
{
  char **argv;

  if (json_length (array) == 0)
    return json_fail (array, error, _ ("must have at least one element, the program"));
  if (!read_strings (array, &argv, error))
    return FALSE;
  reader->spec->argv = keep (reader, argv);
  return TRUE;
}

gboolean
config_read_env (ConfigReader *reader, const JsonCursor *array, GError **error)
{
  g_autofree char **env = NULL;

  if (!read_strings (array, &env, error))
    return FALSE;
  reader->spec->env = g_strdupv (env);
  return TRUE;
}

gboolean
config_read_cwd (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  const char *path = NULL;
  return json_get_string (at, &path, error) && check_absolute (at, path, error)
         && read_text (reader, at, &reader->spec->chdir, error);
}

gboolean
config_read_terminal (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  reader->bundle->terminal.origin = origin_of (reader, at);
  return json_get_boolean (at, &reader->bundle->terminal.given, error);
}

typedef struct
{
  guint64 height, width;
} ConsoleSize;

static const JsonField console_size_fields[] = {
  { "height", JSON_UINT, offsetof (ConsoleSize, height), TRUE, G_MAXUINT16 },
  { "width", JSON_UINT, offsetof (ConsoleSize, width), TRUE, G_MAXUINT16 },
};

/* Without a terminal it must be ignored. */
gboolean
config_read_console_size (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  ConsoleSize size = { 0 };

  if (!reader->bundle->terminal.given)
    return TRUE;
  if (!json_bind (at, console_size_fields, G_N_ELEMENTS (console_size_fields), FALSE, &size, error))
    return FALSE;
  reader->bundle->console_rows = (guint16) size.height;
  reader->bundle->console_columns = (guint16) size.width;
  return TRUE;
}

/* --- The user ------------------------------------------------------------------------------------------- */

typedef struct
{
  guint64 uid, gid, umask;
  JsonCursor groups;
} UserEntry;

#define UNSET G_MAXUINT64

static const JsonField user_fields[] = {
  { "uid", JSON_UINT, offsetof (UserEntry, uid), TRUE, MAX_ID },
  { "gid", JSON_UINT, offsetof (UserEntry, gid), TRUE, MAX_ID },
  { "umask", JSON_UINT, offsetof (UserEntry, umask), FALSE, 0777 },
  { "additionalGids", JSON_ARRAY, offsetof (UserEntry, groups), FALSE, 0 },
};

static gboolean
read_groups (const JsonCursor *array, GArray *groups, GError **error)
{
  for (gsize i = 0; i < json_length (array); i++)
    {
      JsonCursor at = json_element (array, i);
      guint64 id = 0;
      if (!json_require (&at, error) || !json_get_uint (&at, MAX_ID, &id, error))
        return FALSE;
      guint32 group = (guint32) id;
      g_array_append_val (groups, group);
    }
  return TRUE;
}

/* exec as the container's own user is in its groups too, where it names none. */
static gboolean
inherit_groups (const ConfigReader *reader, const UserEntry *entry, GArray *groups, GError **error)
{
  JsonCursor at = json_member (&reader->config->objects[CONFIG_PROCESS], "user");
  UserEntry container = { 0 };

  if (at.value == NULL)
    return TRUE;
  if (!json_bind (&at, user_fields, G_N_ELEMENTS (user_fields), FALSE, &container, error))
    return FALSE;
  return container.uid != entry->uid || container.gid != entry->gid
         || read_groups (&container.groups, groups, error);
}

/* Without this object the program is root of the container. */
gboolean
config_read_user (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  const char *keep_groups = config_annotation (reader->config, ANNOTATION_KEEP_GROUPS);
  UserEntry entry = { .umask = UNSET };
  User *user = &reader->bundle->user;

  if (at->value != NULL && !json_bind (at, user_fields, G_N_ELEMENTS (user_fields), FALSE, &entry, error))
    return FALSE;
  user->given = TRUE;
  user->uid = (guint32) entry.uid;
  user->gid = (guint32) entry.gid;
  user->keep_groups = keep_groups != NULL && g_str_equal (keep_groups, "1");
  user->origin = origin_of (reader, at);
  if (entry.umask != UNSET)
    reader->spec->umask = (Number){ (gint64) entry.umask, user->origin };
  if (reader->exec && entry.groups.value == NULL)
    return inherit_groups (reader, &entry, user->groups, error);
  return read_groups (&entry.groups, user->groups, error);
}

/* --- Capabilities --------------------------------------------------------------------------------------- */

typedef struct
{
  JsonCursor bounding, effective, permitted, inheritable, ambient;
} CapabilityLists;

static const JsonField capability_fields[] = {
  { "bounding", JSON_ARRAY, offsetof (CapabilityLists, bounding), FALSE, 0 },
  { "effective", JSON_ARRAY, offsetof (CapabilityLists, effective), FALSE, 0 },
  { "permitted", JSON_ARRAY, offsetof (CapabilityLists, permitted), FALSE, 0 },
  { "inheritable", JSON_ARRAY, offsetof (CapabilityLists, inheritable), FALSE, 0 },
  { "ambient", JSON_ARRAY, offsetof (CapabilityLists, ambient), FALSE, 0 },
};

static gboolean
read_capability_list (const JsonCursor *array, guint64 *set, GError **error)
{
  for (gsize i = 0; i < json_length (array); i++)
    {
      JsonCursor at;
      const char *name;
      if (!json_get_string_element (array, i, &at, &name, error))
        return FALSE;
      int cap = g_str_has_prefix (name, "CAP_") ? capability_from_name (name) : -1;
      if (cap >= 0)
        *set |= G_GUINT64_CONSTANT (1) << cap;
      else
        warn_at (&at, _ ("unknown capability \"%s\": left out"), name);
    }
  return TRUE;
}

/* Leaves @set with what @limit has too, as the kernel would refuse all of it else; capabilities(7). */
static void
limit_set (const JsonCursor *at, guint64 *set, guint64 limit, const char *reason)
{
  if (*set & ~limit && at->value != NULL)
    warn_at (at, "%s", reason);
  *set &= limit;
}

/* Without this object there are none. */
gboolean
config_read_capabilities (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  CapabilitySets *sets = &reader->bundle->cap_sets;
  CapabilityLists lists = { 0 };

  sets->given = TRUE;
  sets->origin = origin_of (reader, at);
  if (at->value == NULL)
    return TRUE;
  if (!json_bind (at, capability_fields, G_N_ELEMENTS (capability_fields), FALSE, &lists, error)
      || !read_capability_list (&lists.bounding, &sets->bounding, error)
      || !read_capability_list (&lists.effective, &sets->effective, error)
      || !read_capability_list (&lists.permitted, &sets->permitted, error)
      || !read_capability_list (&lists.inheritable, &sets->inheritable, error)
      || !read_capability_list (&lists.ambient, &sets->ambient, error))
    return FALSE;
  limit_set (&lists.effective, &sets->effective, sets->permitted,
             _ ("what is not also permitted can't be effective: left out"));
  limit_set (&lists.ambient, &sets->ambient, sets->permitted & sets->inheritable,
             _ ("what is not also permitted and inheritable can't be ambient: left out"));
  return TRUE;
}

gboolean
config_read_no_new_privileges (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  gboolean forbidden = FALSE;
  if (!json_get_boolean (at, &forbidden, error))
    return FALSE;
  reader->bundle->allow_new_privs = !forbidden;
  return TRUE;
}

/* --- Labels --------------------------------------------------------------------------------------------- */

gboolean
config_read_apparmor (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  return read_text (reader, at, &reader->bundle->apparmor, error);
}

gboolean
config_read_selinux_label (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  return read_text (reader, at, &reader->spec->exec_label, error)
         && (reader->spec->exec_label.value == NULL || need_selinux (at, error));
}

/* --- Limits ---------------------------------------------------------------------------------------------- */

static const JsonWord rlimits[] = {
#define LIMIT(name, resource) { #resource, resource },
#include "spec/rlimits.def"
#undef LIMIT
};

typedef struct
{
  const char *type;
  guint64 soft, hard;
} RlimitEntry;

static const JsonField rlimit_fields[] = {
  { "type", JSON_STRING, offsetof (RlimitEntry, type), TRUE, 0 },
  { "soft", JSON_UINT, offsetof (RlimitEntry, soft), TRUE, 0 },
  { "hard", JSON_UINT, offsetof (RlimitEntry, hard), TRUE, 0 },
};

static gboolean
read_rlimit (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  GArray *limits = reader->spec->rlimits;
  JsonCursor type = json_member (at, "type");
  RlimitEntry entry = { 0 };
  guint64 resource = 0;

  if (!json_bind (at, rlimit_fields, G_N_ELEMENTS (rlimit_fields), FALSE, &entry, error)
      || !JSON_GET_WORD (&type, rlimits, _ ("resource limit"), &resource, error))
    return FALSE;
  for (guint i = 0; i < limits->len; i++)
    if (g_array_index (limits, Rlimit, i).resource == (int) resource)
      return json_fail (&type, error, _ ("there is a limit \"%s\" already"), entry.type);
  if (entry.soft > entry.hard)
    return json_fail (at, error, _ ("the soft limit is above the hard one"));

  Rlimit limit = { (int) resource, entry.soft, entry.hard, origin_of (reader, at) };
  g_array_append_val (limits, limit);
  return TRUE;
}

gboolean
config_read_rlimits (ConfigReader *reader, const JsonCursor *array, GError **error)
{
  for (gsize i = 0; i < json_length (array); i++)
    {
      JsonCursor at = json_element (array, i);
      if (!read_rlimit (reader, &at, error))
        return FALSE;
    }
  return TRUE;
}

#define OOM_SCORE_ADJ_LIMIT 1000 /* either way; proc(5) */

gboolean
config_read_oom_score_adj (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  Number *number = &reader->bundle->oom_score_adj;
  number->origin = origin_of (reader, at);
  return json_get_int (at, &number->value, error)
         && check_range (at, number->value, -OOM_SCORE_ADJ_LIMIT, OOM_SCORE_ADJ_LIMIT, error);
}
