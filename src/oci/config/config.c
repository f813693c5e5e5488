/* The configuration as a whole: loading it, and the three ways to read it.  What is read, and in which
 * order, is the table sections.def; how, the files beside this one.
 */
#include "oci/config/read.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/json-build.h"

#include <fcntl.h>

/* --- The table -------------------------------------------------------------------------------------- */

typedef enum
{
  REQUIRED = 1 << 0,
  ALWAYS = 1 << 1,
  EXEC = 1 << 2,
  INHERIT = 1 << 3,
  HOOKS = 1 << 4,
  MOUNTS = 1 << 5,
  TREE = 1 << 6,
  LATER = EXEC | HOOKS, /* any of them: verbs after create read it */
} SectionFlags;

typedef struct
{
  ConfigObject object;
  const char *name;
  JsonKind kind;
  SectionFlags flags;
  ConfigSectionReader *read;
} Section;

static const Section sections[] = {
#define SECTION(object, name, kind, flags, function) { CONFIG_##object, name, JSON_##kind, flags, function },
#include "oci/config/sections.def"
#undef SECTION
};

/* Nothing, or nothing to speak of. */
static gboolean
says_nothing (json_object *value)
{
  return value == NULL
         || (json_object_is_type (value, json_type_array) && json_object_array_length (value) == 0)
         || (json_object_is_type (value, json_type_string) && json_object_get_string (value)[0] == '\0');
}

static JsonCursor
find_section (const ConfigReader *reader, const Section *section)
{
  const JsonCursor *container = &reader->config->objects[section->object];
  const JsonCursor *own = &reader->config->process_top;

  if (reader->exec && section->object == CONFIG_PROCESS && own->value != NULL)
    {
      JsonCursor at = json_member (own, section->name);
      if (!(section->flags & INHERIT) || !says_nothing (at.value))
        return at;
    }
  return json_member (container, section->name);
}

/* Those who are in a mount namespace that is joined would see what is done there, and it would stay. */
static gboolean
check_tree (const JsonCursor *at, GError **error)
{
  gboolean is_false =
      json_object_is_type (at->value, json_type_boolean) && !json_object_get_boolean (at->value);
  return is_false || says_nothing (at->value)
         || json_fail (
             at, error,
             _ ("would change the mount namespace that is joined for others too: leave it out, or have a new "
                "namespace of type \"mount\""));
}

static gboolean
read_section (ConfigReader *reader, const Section *section, GError **error)
{
  JsonCursor at = find_section (reader, section);

  if (section->object == CONFIG_PROCESS && !reader->exec && at.parent->value == NULL
      && !(section->flags & ALWAYS))
    return TRUE; /* a container can be made without a process: see config_require_process */
  if (section->flags & REQUIRED && at.value == NULL)
    return json_require (at.parent, error) && json_require (&at, error);
  if (at.value == NULL && !(section->flags & ALWAYS))
    return TRUE;
  if (!json_check_kind (&at, section->kind, error))
    return FALSE;
  if (section->flags & TREE && reader->spec->ns[NS_MOUNT].join_fd >= 0)
    return check_tree (&at, error);
  return section->read (reader, &at, error);
}

/* Reads the sections that have all flags of @wanted. */
static Spec *
read_sections (Config *config, const ConfigContext *context, SectionFlags wanted, GError **error)
{
  static char *no_program[] = { NULL };
  g_autoptr (Spec) spec = spec_new (0);
  ConfigReader reader = { config, context, spec, bundle_new (), wanted == EXEC };

  spec->bundle = reader.bundle;
  spec->argv = no_program;
  spec->defaults.hints = TRUE;
  spec->bundle->id = context->id;
  for (gsize i = 0; i < G_N_ELEMENTS (sections); i++)
    if ((sections[i].flags & wanted) == wanted && !read_section (&reader, &sections[i], error))
      return NULL;
  return g_steal_pointer (&spec);
}

Spec *
config_to_spec (Config *config, const ConfigContext *context, GError **error)
{
  return read_sections (config, context, 0, error);
}

Spec *
config_exec_spec (Config *config, const ConfigContext *context, GError **error)
{
  return read_sections (config, context, EXEC, error);
}

Spec *
config_mounts_spec (Config *config, const ConfigContext *context, GError **error)
{
  return read_sections (config, context, MOUNTS, error);
}

Spec *
config_hooks_spec (Config *config, const ConfigContext *context, GError **error)
{
  return read_sections (config, context, HOOKS, error);
}

/* --- Loading ----------------------------------------------------------------------------------------- */

/* The digits at *@text, which must be a number as SemVer has them: no leading zero. */
static gboolean
skip_number (const char **text)
{
  gsize n = strspn (*text, "0123456789");
  gboolean good = n > 0 && (n == 1 || **text != '0');
  *text += n;
  return good;
}

/* Dot-separated identifiers behind @sign, if it comes next.  @strict: those of digits are numbers. */
static gboolean
skip_identifiers (const char **text, char sign, gboolean strict)
{
  if (**text != sign)
    return TRUE;
  do
    {
      const char *start = ++*text;
      gsize n = strspn (start, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");
      gsize digits = strspn (start, "0123456789");
      if (n == 0 || (strict && n == digits && n > 1 && *start == '0'))
        return FALSE;
      *text += n;
    }
  while (**text == '.');
  return TRUE;
}

/* SemVer 2.0.0, of which all of 1.x is one specification to us. */
static gboolean
check_version (const JsonCursor *at, const char *version, GError **error)
{
  const char *rest = version;

  for (int i = 0; i < 3; i++)
    if ((i > 0 && *rest++ != '.') || !skip_number (&rest))
      return json_fail (at, error, _ ("\"%s\" is not a version such as \"1.3.0\""), version);
  if (!skip_identifiers (&rest, '-', TRUE) || !skip_identifiers (&rest, '+', FALSE) || *rest != '\0')
    return json_fail (at, error, _ ("\"%s\" is not a version such as \"1.3.0\""), version);
  return g_str_has_prefix (version, "1.")
         || json_fail (at, error, _ ("version \"%s\" is not supported: it has to be 1.x"), version);
}

static gboolean
read_version (Config *config, GError **error)
{
  JsonCursor at = json_member (&config->objects[CONFIG_TOP], "ociVersion");
  return json_require (&at, error) && json_get_string (&at, &config->version, error)
         && check_version (&at, config->version, error);
}

gboolean
config_is_since (const Config *config, guint64 minor)
{
  return g_ascii_strtoull (config->version + strlen ("1."), NULL, 10) >= minor;
}

static gboolean
is_object (const JsonCursor *at, GError **error)
{
  return json_require (at, error) && json_check_kind (at, JSON_OBJECT, error);
}

/* Points the cursors into the document. */
static gboolean
find_objects (Config *config, GError **error)
{
  static const char *const names[N_CONFIG_OBJECTS] = {
    [CONFIG_ROOT] = "root",
    [CONFIG_PROCESS] = "process",
    [CONFIG_LINUX] = "linux",
  };
  JsonCursor *top = &config->objects[CONFIG_TOP];

  *top = json_top (config->document);
  if (!is_object (top, error))
    return FALSE;
  for (ConfigObject object = CONFIG_TOP + 1; object < N_CONFIG_OBJECTS; object++)
    {
      config->objects[object] = json_member (top, names[object]);
      if (!json_check_kind (&config->objects[object], JSON_OBJECT, error))
        return FALSE;
    }
  config->seccomp = json_member (&config->objects[CONFIG_LINUX], "seccomp");
  config->resources = json_member (&config->objects[CONFIG_LINUX], "resources");
  return TRUE;
}

gboolean
config_read_text (int dir, const char *name, char **text, gsize *length, GError **error)
{
  Fd fd = openat (dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    return fail_errno (error, errno, _ ("can't open %s"), name);
  if (read_to_end (fd, JSON_MAX_LENGTH, text, length, error))
    return TRUE;
  g_prefix_error (error, "%s: ", name);
  return FALSE;
}

Config *
config_load_text (const char *text, gsize length, GError **error)
{
  g_autoptr (Config) config = g_new0 (Config, 1);

  config->fds = g_array_new (FALSE, FALSE, sizeof (int));
  if (!json_load (text, length, &config->document, error) || !find_objects (config, error)
      || !read_version (config, error))
    return NULL;
  return g_steal_pointer (&config);
}

Config *
config_load (int dir, const char *name, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!config_read_text (dir, name, &text, &length, error))
    return NULL;
  Config *config = config_load_text (text, length, error);
  if (config == NULL)
    g_prefix_error (error, "%s: ", name);
  return config;
}

void
config_free (Config *config)
{
  for (guint i = 0; i < config->fds->len; i++)
    close (g_array_index (config->fds, int, i));
  g_array_unref (config->fds);
  json_object_put (config->process);
  json_object_put (config->document);
  g_free (config);
}

/* --- What is kept -------------------------------------------------------------------------------------- */

/* Whether some rule is only for certain capabilities, of which exec may have others. */
static gboolean
rules_depend (const JsonCursor *seccomp)
{
  JsonCursor rules = json_member (seccomp, "syscalls");
  for (gsize i = 0; i < json_length (&rules); i++)
    {
      JsonCursor rule = json_element (&rules, i), includes = json_member (&rule, "includes"),
                 excludes = json_member (&rule, "excludes");
      if (includes.value != NULL || excludes.value != NULL)
        return TRUE;
    }
  return FALSE;
}

/* Without the rules, in whose place the compiled program is kept.  Nobody compiles what is left: defaultAction is required. */
static json_object *
seccomp_kept (const JsonCursor *seccomp)
{
  if (seccomp->value == NULL || rules_depend (seccomp))
    return json_object_get (seccomp->value);

  json_object *kept = json_object_new_object ();
  json_object_object_foreach (seccomp->value, name, value)
  {
    json_add (kept, name, json_object_get (value));
  }
  json_object_object_del (kept, "defaultAction");
  json_object_object_del (kept, "syscalls");
  return kept;
}

char *
config_kept (const Config *config)
{
  g_autoptr (json_object) document = json_object_new_object ();
  json_object *objects[N_CONFIG_OBJECTS] = { document };

  json_add (document, "ociVersion", json_text (config->version));
  for (gsize i = 0; i < G_N_ELEMENTS (sections); i++)
    {
      const JsonCursor *from = &config->objects[sections[i].object];
      json_object **into = &objects[sections[i].object];
      JsonCursor at = json_member (from, sections[i].name);
      if (from->value == NULL || (sections[i].flags & LATER) == 0)
        continue;
      if (*into == NULL)
        json_add (document, from->name, *into = json_object_new_object ());
      json_add (*into, at.name,
                sections[i].read == config_read_seccomp ? seccomp_kept (&at) : json_object_get (at.value));
    }
  return g_strdup (json_plain (document));
}

/* --- The process of exec ------------------------------------------------------------------------------ */

void
config_take_process (Config *config, json_object *process)
{
  json_object_put (config->process);
  config->process = process;
  config->process_top = json_top (process);
}

gboolean
config_load_process (Config *config, int dir, const char *name, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (json_object) process = NULL;
  gsize length;

  if (!config_read_text (dir, name, &text, &length, error))
    return FALSE;
  if (json_load (text, length, &process, error))
    {
      JsonCursor top = json_top (process);
      if (is_object (&top, error))
        {
          config_take_process (config, g_steal_pointer (&process));
          return TRUE;
        }
    }
  g_prefix_error (error, "%s: ", name);
  return FALSE;
}

gboolean
config_require_process (const Config *config, GError **error)
{
  return json_require (&config->objects[CONFIG_PROCESS], error);
}

json_object *
config_process (const Config *config)
{
  json_object *copy = NULL;
  if (config->objects[CONFIG_PROCESS].value != NULL)
    json_object_deep_copy (config->objects[CONFIG_PROCESS].value, &copy, NULL);
  return copy;
}

const char *
config_annotation (const Config *config, const char *name)
{
  JsonCursor all = json_member (&config->objects[CONFIG_TOP], "annotations");
  JsonCursor at = json_member (&all, name);
  return json_object_is_type (at.value, json_type_string) ? json_object_get_string (at.value) : NULL;
}
