/* The default config.json, from its tables: see default.h. */
#include "oci/config/default.h"

#include "oci/oci.h"

typedef enum
{
  ANYBODY,
  ROOT,
  ROOTLESS,
} Whose;

#define MAX_OPTIONS 8

static const struct
{
  Whose whose;
  const char *destination, *type, *source, *options[MAX_OPTIONS];
} mounts[] = {
#define MOUNT(whose, destination, type, source, ...) { whose, destination, type, source, { __VA_ARGS__ } },
#include "oci/config/default.def"
};

static const struct
{
  Whose whose;
  const char *type;
} namespaces[] = {
#define NAMESPACE(whose, type) { whose, type },
#include "oci/config/default.def"
};

static const char *const capabilities[] = {
#define CAPABILITY(name) name,
#include "oci/config/default.def"
  NULL,
};

static const char *const masked[] = {
#define MASKED(path) path,
#include "oci/config/default.def"
  NULL,
};

static const char *const readonly[] = {
#define READONLY(path) path,
#include "oci/config/default.def"
  NULL,
};

static const char *const args[] = { "sh", NULL };
static const char *const env[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                   "TERM=xterm", NULL };

static gboolean
is_wanted (Whose whose, gboolean rootless)
{
  return whose == ANYBODY || whose == (rootless ? ROOTLESS : ROOT);
}

static json_object *
array_of_one (json_object *element)
{
  json_object *array = json_object_new_array ();
  json_object_array_add (array, element);
  return array;
}

/* Root has what the bounding set holds by being root, so there is nothing to inherit and nothing ambient. */
static json_object *
describe_capabilities (void)
{
  json_object *sets = json_object_new_object ();
  json_add (sets, "bounding", json_texts (capabilities));
  json_add (sets, "effective", json_texts (capabilities));
  json_add (sets, "permitted", json_texts (capabilities));
  return sets;
}

static json_object *
describe_rlimits (void)
{
  json_object *limit = json_object_new_object ();
  json_add (limit, "type", json_text ("RLIMIT_NOFILE"));
  json_add (limit, "soft", json_object_new_int (1024));
  json_add (limit, "hard", json_object_new_int (1024));
  return array_of_one (limit);
}

static json_object *
describe_process (void)
{
  json_object *process = json_object_new_object (), *user = json_object_new_object ();
  json_add (user, "uid", json_object_new_int (0));
  json_add (user, "gid", json_object_new_int (0));

  json_add (process, "terminal", json_object_new_boolean (TRUE));
  json_add (process, "user", user);
  json_add (process, "args", json_texts (args));
  json_add (process, "env", json_texts (env));
  json_add (process, "cwd", json_text ("/"));
  json_add (process, "capabilities", describe_capabilities ());
  json_add (process, "rlimits", describe_rlimits ());
  json_add (process, "noNewPrivileges", json_object_new_boolean (TRUE));
  return process;
}

static json_object *
describe_root (void)
{
  json_object *root = json_object_new_object ();
  json_add (root, "path", json_text ("rootfs"));
  json_add (root, "readonly", json_object_new_boolean (TRUE));
  return root;
}

static json_object *
describe_mounts (gboolean rootless)
{
  json_object *array = json_object_new_array ();
  for (gsize i = 0; i < G_N_ELEMENTS (mounts); i++)
    {
      if (!is_wanted (mounts[i].whose, rootless))
        continue;
      json_object *mount = json_object_new_object ();
      json_add (mount, "destination", json_text (mounts[i].destination));
      json_add (mount, "type", json_text (mounts[i].type));
      json_add (mount, "source", json_text (mounts[i].source));
      json_add (mount, "options", mounts[i].options[0] ? json_texts (mounts[i].options) : NULL);
      json_object_array_add (array, mount);
    }
  return array;
}

static json_object *
describe_namespaces (gboolean rootless)
{
  json_object *array = json_object_new_array ();
  for (gsize i = 0; i < G_N_ELEMENTS (namespaces); i++)
    {
      if (!is_wanted (namespaces[i].whose, rootless))
        continue;
      json_object *namespace = json_object_new_object ();
      json_add (namespace, "type", json_text (namespaces[i].type));
      json_object_array_add (array, namespace);
    }
  return array;
}

/* The id 0 inside is @id outside. */
static json_object *
describe_map (guint32 id)
{
  json_object *range = json_object_new_object ();
  json_add (range, "containerID", json_object_new_int (0));
  json_add (range, "hostID", json_object_new_int64 (id));
  json_add (range, "size", json_object_new_int (1));
  return array_of_one (range);
}

/* No device may be opened but those that every container has. */
static json_object *
describe_resources (void)
{
  json_object *rule = json_object_new_object (), *resources = json_object_new_object ();
  json_add (rule, "allow", json_object_new_boolean (FALSE));
  json_add (rule, "access", json_text ("rwm"));
  json_add (resources, "devices", array_of_one (rule));
  return resources;
}

static json_object *
describe_linux (gboolean rootless, guint32 uid, guint32 gid)
{
  json_object *section = json_object_new_object ();
  json_add (section, "namespaces", describe_namespaces (rootless));
  json_add (section, "uidMappings", rootless ? describe_map (uid) : NULL);
  json_add (section, "gidMappings", rootless ? describe_map (gid) : NULL);
  json_add (section, "resources", rootless ? NULL : describe_resources ());
  json_add (section, "maskedPaths", json_texts (masked));
  json_add (section, "readonlyPaths", json_texts (readonly));
  return section;
}

json_object *
default_config (gboolean rootless, guint32 uid, guint32 gid)
{
  json_object *config = json_object_new_object ();
  json_add (config, "ociVersion", json_text (OCI_SPEC_VERSION));
  json_add (config, "process", describe_process ());
  json_add (config, "root", describe_root ());
  json_add (config, "hostname", json_text ("snug"));
  json_add (config, "mounts", describe_mounts (rootless));
  json_add (config, "linux", describe_linux (rootless, uid, gid));
  return config;
}
