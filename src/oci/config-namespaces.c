/* Which namespaces the container has, and what they are set up with: id maps, clocks, names. */
#include "oci/config-read.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/sys.h"

#include <linux/nsfs.h>
#include <sys/ioctl.h>

static const struct
{
  const char *name;
  int clone_flag;
} namespaces[N_NAMESPACES] = {
  [NS_USER] = { "user", CLONE_NEWUSER }, [NS_MOUNT] = { "mount", CLONE_NEWNS },
  [NS_PID] = { "pid", CLONE_NEWPID },    [NS_NET] = { "network", CLONE_NEWNET },
  [NS_IPC] = { "ipc", CLONE_NEWIPC },    [NS_UTS] = { "uts", CLONE_NEWUTS },
  [NS_TIME] = { "time", CLONE_NEWTIME }, [NS_CGROUP] = { "cgroup", CLONE_NEWCGROUP },
};

const char *
config_namespace_name (NamespaceType type)
{
  return namespaces[type].name;
}

/* --- Which -------------------------------------------------------------------------------------------- */

typedef struct
{
  const char *type, *path;
} Entry;

static const JsonField entry_fields[] = {
  { "type", JSON_STRING, offsetof (Entry, type), TRUE, 0 },
  { "path", JSON_STRING, offsetof (Entry, path), FALSE, 0 },
};

/* Opens the namespace at @path.  What it is, the kernel says: a path proves nothing. */
static gboolean
open_namespace (ConfigReader *reader, const JsonCursor *entry, const char *path, NamespaceType type,
                int *result, GError **error)
{
  JsonCursor at = json_member (entry, "path");
  if (!check_absolute (&at, path, error))
    return FALSE;

  Fd fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0)
    return json_fail (&at, error, _ ("can't open the namespace \"%s\": %s"), path, g_strerror (errno));
  int found = ioctl (fd, NS_GET_NSTYPE);
  if (found < 0)
    return json_fail (&at, error, _ ("\"%s\" is not a namespace"), path);
  if (found != namespaces[type].clone_flag)
    return json_fail (&at, error, _ ("\"%s\" is not a namespace of type \"%s\""), path, namespaces[type].name);
  *result = keep_fd (reader, fd_steal (&fd));
  return TRUE;
}

static gboolean
find_type (const JsonCursor *entry, const char *name, NamespaceType *type, GError **error)
{
  JsonCursor at = json_member (entry, "type");
  for (*type = 0; *type < N_NAMESPACES; (*type)++)
    if (g_str_equal (namespaces[*type].name, name))
      return TRUE;
  return json_fail (&at, error, _ ("unknown namespace type \"%s\""), name);
}

static gboolean
read_entry (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  Entry entry = { 0 };
  NamespaceType type;
  if (!json_bind (at, entry_fields, G_N_ELEMENTS (entry_fields), FALSE, &entry, error)
      || !find_type (at, entry.type, &type, error))
    return FALSE;

  Namespace *ns = &reader->spec->ns[type];
  if (ns->unshare || ns->join_fd >= 0)
    return json_fail (at, error, _ ("there is a namespace of type \"%s\" already"), entry.type);
  ns->origin = origin_of (reader, at);
  if (entry.path != NULL && entry.path[0] != '\0')
    return open_namespace (reader, at, entry.path, type, &ns->join_fd, error);
  ns->unshare = TRUE;
  return TRUE;
}

gboolean
config_read_namespaces (ConfigReader *reader, const JsonCursor *array, GError **error)
{
  for (gsize i = 0; i < json_length (array); i++)
    {
      JsonCursor at = json_element (array, i);
      if (!read_entry (reader, &at, error))
        return FALSE;
    }
  const Namespace *mount = &reader->spec->ns[NS_MOUNT];
  return mount->unshare || mount->join_fd >= 0
         || json_fail (array, error, _ ("there must be one of type \"mount\", for the root filesystem"));
}

gboolean
need_namespace (const ConfigReader *reader, const JsonCursor *at, NamespaceType type, GError **error)
{
  const Namespace *ns = &reader->spec->ns[type];
  return ns->unshare || ns->join_fd >= 0
         || json_fail (at, error, _ ("needs a namespace of type \"%s\" in /linux/namespaces"),
                       namespaces[type].name);
}

/* --- Id maps ------------------------------------------------------------------------------------------ */

/* A joined namespace has its maps: the kernel, and who made it, know better than this document. */
static gboolean
read_map (ConfigReader *reader, const JsonCursor *array, GArray *ranges, GError **error)
{
  if (json_length (array) == 0)
    return TRUE;
  if (!need_namespace (reader, array, NS_USER, error) || !read_mappings (reader, array, ranges, error))
    return FALSE;
  reader->spec->map_mode = MAP_RANGES;
  reader->spec->map_origin = origin_of (reader, array);
  return TRUE;
}

gboolean
config_read_uid_mappings (ConfigReader *reader, const JsonCursor *array, GError **error)
{
  return read_map (reader, array, reader->spec->uid_map, error);
}

/* After the other: then it is known what there is of both. */
gboolean
config_read_gid_mappings (ConfigReader *reader, const JsonCursor *array, GError **error)
{
  Spec *spec = reader->spec;

  if (!read_map (reader, array, spec->gid_map, error))
    return FALSE;
  if ((spec->uid_map->len == 0) != (spec->gid_map->len == 0))
    return json_fail (array->parent, error, _ ("\"uidMappings\" and \"gidMappings\" belong together"));
  if (spec->uid_map->len == 0 && spec->ns[NS_USER].unshare)
    spec->map_mode = MAP_AUTO;
  return TRUE;
}

/* --- Names ------------------------------------------------------------------------------------------- */

gboolean
config_read_hostname (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  return need_namespace (reader, at, NS_UTS, error) && read_text (reader, at, &reader->spec->hostname, error);
}

gboolean
config_read_domainname (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  return need_namespace (reader, at, NS_UTS, error)
         && read_text (reader, at, &reader->bundle->domainname, error);
}
