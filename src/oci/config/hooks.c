/* The hooks, and the state document that they read; config.md, "POSIX-platform Hooks" and "Annotations", and
 * runtime.md, "State".
 */
#include "oci/config/read.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/json-build.h"

#include <fcntl.h>

/* --- Hooks ---------------------------------------------------------------------------------------------- */

typedef struct
{
  JsonCursor moments[N_HOOKS];
} Moments;

static const JsonField moment_fields[] = {
#define MOMENT(name, moment) { name, JSON_ARRAY, offsetof (Moments, moments[moment]), FALSE, 0 },
#include "spec/words.def"
};

/* The rows are in the order of the moments. */
const char *
config_hook_name (HookMoment moment)
{
  return moment_fields[moment].name;
}

typedef struct
{
  const char *path;
  gint64 timeout;
  JsonCursor args, env;
} HookEntry;

static const JsonField hook_fields[] = {
  { "path", JSON_STRING, offsetof (HookEntry, path), TRUE, 0 },
  { "timeout", JSON_INT, offsetof (HookEntry, timeout), FALSE, 0 },
  { "args", JSON_ARRAY, offsetof (HookEntry, args), FALSE, 0 },
  { "env", JSON_ARRAY, offsetof (HookEntry, env), FALSE, 0 },
};

/* What execv(3) wants even if the document says nothing. */
static char **
argv_of_path (const char *path)
{
  char **argv = g_new0 (char *, 2);
  argv[0] = (char *) path;
  return argv;
}

static gboolean
read_hook (ConfigReader *reader, const JsonCursor *at, Hook *hook, GError **error)
{
  JsonCursor path = json_member (at, "path"), timeout = json_member (at, "timeout");
  HookEntry entry = { 0 };
  char **argv, **env;

  if (!json_bind (at, hook_fields, G_N_ELEMENTS (hook_fields), FALSE, &entry, error)
      || !check_absolute (&path, entry.path, error))
    return FALSE;
  if (timeout.value != NULL && (entry.timeout <= 0 || entry.timeout > G_MAXINT))
    return json_fail (&timeout, error, _ ("expected a number of seconds above 0"));
  if (!read_strings (&entry.args, &argv, error))
    return FALSE;
  keep (reader, argv);
  if (!read_strings (&entry.env, &env, error))
    return FALSE;
  keep (reader, env);
  *hook = (Hook){
    .path = entry.path,
    .argv = argv[0] != NULL ? argv : keep (reader, argv_of_path (entry.path)),
    .env = env,
    .timeout = (int) entry.timeout,
    .origin = origin_of (reader, at),
  };
  return TRUE;
}

gboolean
config_read_hooks (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  Moments moments = { 0 };

  if (!json_bind (at, moment_fields, G_N_ELEMENTS (moment_fields), FALSE, &moments, error))
    return FALSE;
  for (HookMoment moment = 0; moment < N_HOOKS; moment++)
    for (gsize i = 0; i < json_length (&moments.moments[moment]); i++)
      {
        JsonCursor entry = json_element (&moments.moments[moment], i);
        Hook hook;
        if (!read_hook (reader, &entry, &hook, error))
          return FALSE;
        g_array_append_val (reader->bundle->hooks[moment], hook);
      }
  return TRUE;
}

/* --- Where they write ------------------------------------------------------------------------------------ */

/* Opens what the annotation @name says, if it is there.  A named pipe without a reader is an error, and nothing to wait for. */
static gboolean
open_output (Config *config, const char *name, const char *bundle, int *fd, GError **error)
{
  const char *path = config_annotation (config, name);
  if (path == NULL)
    return TRUE;
  g_autofree char *whole = g_canonicalize_filename (path, bundle);
  *fd = open (whole, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0600);
  if (*fd < 0 || fcntl (*fd, F_SETFL, O_APPEND) < 0)
    return fail_errno (error, errno, "/annotations/%s: %s", name, whole);
  g_array_append_val (config->fds, *fd);
  return TRUE;
}

gboolean
config_open_hook_output (Config *config, Bundle *bundle, GError **error)
{
  return open_output (config, ANNOTATION_HOOKS_STDOUT, bundle->hook_dir, &bundle->hook_out, error)
         && open_output (config, ANNOTATION_HOOKS_STDERR, bundle->hook_dir, &bundle->hook_err, error);
}

/* --- The state ------------------------------------------------------------------------------------------- */

static gboolean
check_annotations (const JsonCursor *at, GError **error)
{
  if (at->value == NULL)
    return TRUE;
  json_object_object_foreach (at->value, name, value)
  {
    JsonCursor member = { .parent = at, .name = name, .value = value };
    if (name[0] == '\0')
      return json_fail (at, error, _ ("the name of an annotation is empty"));
    if (!json_require (&member, error) || !json_check_kind (&member, JSON_STRING, error))
      return FALSE;
  }
  return TRUE;
}

/* The text of @object without its braces.  Takes the object over. */
static char *
members_text (json_object *object)
{
  const char *text = json_plain (object);
  char *members = g_strndup (text + 1, strlen (text) - 2);
  json_object_put (object);
  return members;
}

/* What stands before and after `"status":"created","pid":1`. */
gboolean
config_read_annotations (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  json_object *head = json_object_new_object (), *tail = json_object_new_object ();

  json_add (head, "ociVersion", json_text (reader->config->version));
  json_add (head, "id", json_text (reader->context->id));
  json_add (tail, "bundle", json_text (reader->context->bundle));
  if (at->value != NULL)
    json_add (tail, "annotations", json_object_get (at->value));
  g_autofree char *before = members_text (head), *after = members_text (tail);
  reader->bundle->state_head = keep (reader, g_strconcat ("{", before, ",", NULL));
  reader->bundle->state_tail = keep (reader, g_strconcat (",", after, "}", NULL));
  reader->bundle->hook_dir = reader->context->bundle;
  return check_annotations (at, error);
}
