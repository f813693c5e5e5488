/* Which namespaces the container has, and what they are set up with: id maps, clocks, names. */
#include "oci/config/read.h"

#include "base/fd.h"
#include "base/i18n.h"
#include "base/sys.h"

#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* --- Which -------------------------------------------------------------------------------------------- */

typedef struct
{
  const char *type, *path;
} Entry;

static const JsonField entry_fields[] = {
  { "type", JSON_STRING, offsetof (Entry, type), TRUE, 0 },
  { "path", JSON_STRING, offsetof (Entry, path), FALSE, 0 },
};

/* Opens the namespace at @path.  What it is, the kernel says: a path proves nothing.  And only what is one is
 * opened: to open a device would already do something. */
static gboolean
open_namespace (ConfigReader *reader, const JsonCursor *entry, const char *path, NamespaceType type,
                int *result, GError **error)
{
  JsonCursor at = json_member (entry, "path");
  struct statfs fs;

  if (!check_absolute (&at, path, error))
    return FALSE;
  Fd place = open (path, O_TREE_PATH);
  if (place < 0 || fstatfs (place, &fs) != 0)
    return json_fail (&at, error, _ ("can't open the namespace \"%s\": %s"), path, strerror (errno));
  if (fs.f_type != NSFS_MAGIC)
    return json_fail (&at, error, _ ("\"%s\" is not a namespace"), path);

  g_autofree char *again = g_strdup_printf ("/proc/self/fd/%d", place);
  Fd fd = open (again, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return json_fail (&at, error, _ ("can't open the namespace \"%s\": %s"), path, strerror (errno));
  if (ioctl (fd, NS_GET_NSTYPE) != (int) namespace_names[type].flag)
    return json_fail (&at, error, _ ("\"%s\" is not a namespace of type \"%s\""), path,
                      namespace_names[type].config_name);
  *result = keep_fd (reader, fd_steal (&fd));
  return TRUE;
}

static gboolean
find_type (const JsonCursor *entry, const char *name, NamespaceType *type, GError **error)
{
  JsonCursor at = json_member (entry, "type");
  for (*type = 0; *type < N_NAMESPACES; (*type)++)
    if (g_str_equal (namespace_names[*type].config_name, name))
      return TRUE;
  return json_fail_unknown (&at, _ ("namespace type"), name, error);
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

/* The one namespace that is not inherited: mounts made in the host's would stay behind. */
static void
require_mount_namespace (ConfigReader *reader, const JsonCursor *at)
{
  Namespace *mount = &reader->spec->ns[NS_MOUNT];
  if (mount->unshare || mount->join_fd >= 0)
    return;
  mount->unshare = TRUE;
  mount->origin = origin_of (reader, at);
  warn_at (at, _ ("there is none of type \"mount\": a new one is made"));
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
  require_mount_namespace (reader, array);
  return TRUE;
}

gboolean
need_namespace (const ConfigReader *reader, const JsonCursor *at, NamespaceType type, GError **error)
{
  const Namespace *ns = &reader->spec->ns[type];
  return ns->unshare || ns->join_fd >= 0
         || json_fail (at, error, _ ("needs a namespace of type \"%s\" in /linux/namespaces"),
                       namespace_names[type].config_name);
}

/* Whether @fd is the namespace of @type that this process is in. */
static gboolean
is_ours (int fd, NamespaceType type)
{
  g_autofree char *path = g_strconcat ("/proc/self/ns/", namespace_names[type].file, NULL);
  struct stat theirs, ours;
  return fstat (fd, &theirs) != 0 || stat (path, &ours) != 0
         || (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino);
}

gboolean
need_own_namespace (const ConfigReader *reader, const JsonCursor *at, NamespaceType type, GError **error)
{
  const Namespace *ns = &reader->spec->ns[type];
  if (!need_namespace (reader, at, type, error))
    return FALSE;
  return ns->unshare || !is_ours (ns->join_fd, type)
         || json_fail (at, error, _ ("would change the host: the namespace of type \"%s\" is the host's"),
                       namespace_names[type].config_name);
}

/* --- Id maps ------------------------------------------------------------------------------------------ */

/* A joined namespace has its maps already, which this process can't always read: what stands here is then
 * checked for its form alone, and left to who made the namespace. */
static gboolean
read_map (ConfigReader *reader, const JsonCursor *array, GArray *ranges, GError **error)
{
  if (json_length (array) == 0)
    return TRUE;
  if (!need_namespace (reader, array, NS_USER, error) || !read_mappings (reader, array, ranges, error))
    return FALSE;
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
  if (spec->ns[NS_USER].unshare)
    spec->map_mode = spec->uid_map->len > 0 ? MAP_RANGES : MAP_AUTO;
  else
    {
      g_array_set_size (spec->uid_map, 0);
      g_array_set_size (spec->gid_map, 0);
    }
  return TRUE;
}

/* --- Clocks ---------------------------------------------------------------------------------------------- */

static const char *const clocks[] = { "monotonic", "boottime" };

#define NANOSECONDS_MAX 999999999

typedef struct
{
  gint64 seconds;
  guint64 nanoseconds;
} Offset;

static const JsonField offset_fields[] = {
  { "secs", JSON_INT, offsetof (Offset, seconds), FALSE, 0 },
  { "nanosecs", JSON_UINT, offsetof (Offset, nanoseconds), FALSE, NANOSECONDS_MAX },
};

static gboolean
read_offset (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  Offset offset = { 0 };
  gsize i = 0;

  while (i < G_N_ELEMENTS (clocks) && !g_str_equal (clocks[i], at->name))
    i++;
  if (i == G_N_ELEMENTS (clocks))
    return json_fail (at, error, _ ("is not a clock: it is monotonic or boottime"));
  if (!json_bind (at, offset_fields, G_N_ELEMENTS (offset_fields), FALSE, &offset, error))
    return FALSE;
  TimeOffset entry = { clocks[i], offset.seconds, (guint32) offset.nanoseconds, origin_of (reader, at) };
  g_array_append_val (reader->bundle->time_offsets, entry);
  return TRUE;
}

/* The kernel takes them before a process is in the namespace: not in one that is joined. */
gboolean
config_read_time_offsets (ConfigReader *reader, const JsonCursor *object, GError **error)
{
  json_object_object_foreach (object->value, name, value)
  {
    JsonCursor at = { .parent = object, .name = name, .value = value };
    if (!reader->spec->ns[NS_TIME].unshare)
      return json_fail (object, error, _ ("needs a new namespace of type \"time\" in /linux/namespaces"));
    if (!read_offset (reader, &at, error))
      return FALSE;
  }
  return TRUE;
}

/* --- Names ------------------------------------------------------------------------------------------- */

gboolean
config_read_hostname (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  return need_own_namespace (reader, at, NS_UTS, error)
         && read_text (reader, at, &reader->spec->hostname, error);
}

gboolean
config_read_domainname (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  return need_own_namespace (reader, at, NS_UTS, error)
         && read_text (reader, at, &reader->bundle->domainname, error);
}
