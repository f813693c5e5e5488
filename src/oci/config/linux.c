/* The rest of `linux`: sysctl, seccomp, devices of the network, cgroups, resctrl. */
#include "oci/config/read.h"

#include "base/i18n.h"

#include <linux/if.h>

/* --- Sysctl ---------------------------------------------------------------------------------------------- */

/* What belongs to a namespace, and so can be the container's; namespaces(7).  A name that ends in a slash or a
 * star stands for all that begin so.  Anything else is the host's. */
static const struct
{
  const char *path;
  NamespaceType type;
} sysctls[] = {
  { "kernel/shm*", NS_IPC },       { "kernel/msg*", NS_IPC }, { "kernel/sem", NS_IPC },
  { "fs/mqueue/*", NS_IPC },       { "net/*", NS_NET },       { "kernel/hostname", NS_UTS },
  { "kernel/domainname", NS_UTS }, { "user/*", NS_USER },
};

/* Names are written with dots or slashes.  The one that comes first separates, and the other stands for a dot
 * in a name: "net.ipv4.conf.eth0/1.forwarding" and "net/ipv4/conf/eth0.1/forwarding" are the same; sysctl.d(5). */
static char *
path_of_sysctl (const char *name)
{
  char *path = g_strdup (name);
  if (path[strcspn (path, "./")] == '.')
    for (char *c = path; *c != '\0'; c++)
      *c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
  return path;
}

/* Nothing in it may lead elsewhere. */
static gboolean
path_is_plain (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  for (char **part = parts; *part != NULL; part++)
    if (g_str_equal (*part, "") || g_str_equal (*part, ".") || g_str_equal (*part, ".."))
      return FALSE;
  return parts[0] != NULL;
}

static gboolean
sysctl_matches (const char *pattern, const char *path)
{
  gsize n = strlen (pattern) - 1;
  return pattern[n] == '*' ? strncmp (pattern, path, n) == 0 : g_str_equal (pattern, path);
}

static gboolean
check_sysctl (const ConfigReader *reader, const JsonCursor *at, const char *path, GError **error)
{
  if (!path_is_plain (path))
    return json_fail (at, error, _ ("is not the name of a sysctl"));
  for (gsize i = 0; i < G_N_ELEMENTS (sysctls); i++)
    if (sysctl_matches (sysctls[i].path, path))
      return need_own_namespace (reader, at, sysctls[i].type, error);
  return json_fail (at, error, _ ("is not namespaced: it would change the host"));
}

gboolean
config_read_sysctl (ConfigReader *reader, const JsonCursor *object, GError **error)
{
  json_object_object_foreach (object->value, name, value)
  {
    JsonCursor at = { .parent = object, .name = name, .value = value };
    Sysctl sysctl = { .path = keep (reader, path_of_sysctl (name)), .origin = origin_of (reader, &at) };
    if (!check_sysctl (reader, &at, sysctl.path, error) || !json_require (&at, error)
        || !json_get_string (&at, &sysctl.value, error))
      return FALSE;
    g_array_append_val (reader->bundle->sysctls, sysctl);
  }
  return TRUE;
}

/* --- Seccomp --------------------------------------------------------------------------------------------- */

typedef struct
{
  const char *path, *metadata;
} Listener;

static const JsonField listener_fields[] = {
  { "listenerPath", JSON_STRING, offsetof (Listener, path), FALSE, 0 },
  { "listenerMetadata", JSON_STRING, offsetof (Listener, metadata), FALSE, 0 },
};

/* crun's older ways to name the listener come after the document's. */
static gboolean
read_listener (ConfigReader *reader, const JsonCursor *at, const char *path, GError **error)
{
  if (path == NULL)
    path = config_annotation (reader->config, "run.oci.seccomp.receiver");
  if (path == NULL)
    path = g_getenv ("RUN_OCI_SECCOMP_RECEIVER");
  if (path == NULL)
    return TRUE;
  reader->bundle->seccomp_listener = (Text){ path, origin_of (reader, at) };
  return check_absolute (at, path, error);
}

/* The rules are compiled by plan/, from the document. */
gboolean
config_read_seccomp (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  JsonCursor path = json_member (at, "listenerPath"), metadata = json_member (at, "listenerMetadata");
  Listener listener = { 0 };

  if (!json_bind (at, listener_fields, G_N_ELEMENTS (listener_fields), FALSE, &listener, error))
    return FALSE;
  if (listener.path != NULL && listener.path[0] == '\0')
    listener.path = NULL;
  if (listener.path == NULL && listener.metadata != NULL && listener.metadata[0] != '\0')
    return json_fail (&metadata, error, _ ("means nothing without \"listenerPath\""));
  if (!read_listener (reader, &path, listener.path, error))
    return FALSE;
  reader->bundle->listener_metadata = listener.metadata;

  SeccompFilter filter = {
    .kind = SECCOMP_OBJECT, .fd = -1, .object = &reader->config->seccomp, .origin = origin_of (reader, at)
  };
  g_array_append_val (reader->spec->seccomp, filter);
  return TRUE;
}

/* --- Devices of the network ------------------------------------------------------------------------------ */

/* As the kernel's dev_valid_name has it. */
static gboolean
check_device_name (const JsonCursor *at, const char *name, GError **error)
{
  gsize n = strlen (name);
  if (n > 0 && n < IFNAMSIZ && !g_str_equal (name, ".") && !g_str_equal (name, "..")
      && strcspn (name, "/: \t\n\v\f\r") == n)
    return TRUE;
  return json_fail (at, error, _ ("\"%s\" is not a name of a network device"), name);
}

static const JsonField net_device_fields[] = {
  { "name", JSON_STRING, offsetof (NetDevice, new_name), FALSE, 0 },
};

gboolean
config_read_net_devices (ConfigReader *reader, const JsonCursor *object, GError **error)
{
  json_object_object_foreach (object->value, name, value)
  {
    JsonCursor at = { .parent = object, .name = name, .value = value }, new_at = json_member (&at, "name");
    NetDevice device = { .name = name, .origin = origin_of (reader, &at) };
    if (!need_own_namespace (reader, object, NS_NET, error) || !check_device_name (&at, name, error)
        || !json_bind (&at, net_device_fields, G_N_ELEMENTS (net_device_fields), FALSE, &device, error))
      return FALSE;
    if (device.new_name != NULL && device.new_name[0] == '\0')
      device.new_name = NULL;
    if (device.new_name != NULL && !check_device_name (&new_at, device.new_name, error))
      return FALSE;
    g_array_append_val (reader->bundle->net_devices, device);
  }
  return TRUE;
}

/* --- Cgroups --------------------------------------------------------------------------------------------- */

gboolean
config_read_cgroups_path (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  return read_text (reader, at, &reader->bundle->cgroups_path, error);
}

/* --- resctrl --------------------------------------------------------------------------------------------- */

typedef struct
{
  const char *id, *l3_schema, *bandwidth_schema;
  JsonCursor schemata;
  gboolean monitoring;
} Rdt;

static const JsonField rdt_fields[] = {
  { "closID", JSON_STRING, offsetof (Rdt, id), FALSE, 0 },
  { "l3CacheSchema", JSON_STRING, offsetof (Rdt, l3_schema), FALSE, 0 },
  { "memBwSchema", JSON_STRING, offsetof (Rdt, bandwidth_schema), FALSE, 0 },
  { "schemata", JSON_ARRAY, offsetof (Rdt, schemata), FALSE, 0 },
  { "enableMonitoring", JSON_BOOLEAN, offsetof (Rdt, monitoring), FALSE, 0 },
};

/* A directory of resctrl: its root, or one right below. */
static gboolean
is_class_name (const char *id)
{
  return g_str_equal (id, "/")
         || (id[0] != '\0' && strpbrk (id, "/\n") == NULL && !g_str_equal (id, ".") && !g_str_equal (id, ".."));
}

static gboolean
check_rdt (const JsonCursor *at, const Rdt *rdt, GError **error)
{
  JsonCursor id = json_member (at, "closID"), bandwidth = json_member (at, "memBwSchema");

  if (rdt->id != NULL && !is_class_name (rdt->id))
    return json_fail (&id, error, _ ("\"%s\" is not a name of a class of service"), rdt->id);
  if (rdt->bandwidth_schema != NULL
      && (!g_str_has_prefix (rdt->bandwidth_schema, "MB:") || strchr (rdt->bandwidth_schema, '\n') != NULL))
    return json_fail (&bandwidth, error, _ ("must begin with \"MB:\" and be one line"));
  for (gsize i = 0; i < json_length (&rdt->schemata); i++)
    {
      JsonCursor line_at;
      const char *line;
      if (!json_get_string_element (&rdt->schemata, i, &line_at, &line, error))
        return FALSE;
      if (strchr (line, '\n') != NULL)
        return json_fail (&line_at, error, _ ("must be one line"));
    }
  return TRUE;
}

gboolean
config_read_intel_rdt (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  Rdt rdt = { 0 };
  char **schemata;

  if (!json_bind (at, rdt_fields, G_N_ELEMENTS (rdt_fields), FALSE, &rdt, error) || !check_rdt (at, &rdt, error)
      || !read_strings (&rdt.schemata, &schemata, error))
    return FALSE;
  reader->bundle->rdt = (ResourceDirector){
    .given = TRUE,
    .id = rdt.id,
    .l3_schema = rdt.l3_schema,
    .bandwidth_schema = rdt.bandwidth_schema,
    .schemata = keep (reader, schemata),
    .has_schemata = rdt.schemata.value != NULL,
    .monitoring = rdt.monitoring,
    .origin = origin_of (reader, at),
  };
  return TRUE;
}
