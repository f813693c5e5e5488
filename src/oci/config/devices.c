/* What stands in the root filesystem after the mounts: devices, links, masked and read-only paths. */
#include "oci/config/read.h"

#include "base/i18n.h"
#include "base/number.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

/* --- Devices ------------------------------------------------------------------------------------------ */

/* config-linux.md, "Default Devices". */
static const struct
{
  const char *path;
  unsigned major, minor;
} default_devices[] = {
  { "/dev/null", 1, 3 },   { "/dev/zero", 1, 5 },    { "/dev/full", 1, 7 },
  { "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

/* Left alone where something is there already. */
static const struct
{
  const char *target, *path;
} default_links[] = {
  { "/proc/self/fd", "/dev/fd" },       { "/proc/self/fd/0", "/dev/stdin" },
  { "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
  { "pts/ptmx", "/dev/ptmx" },
};

static const JsonWord device_types[] = {
  { "c", S_IFCHR },
  { "u", S_IFCHR },
  { "b", S_IFBLK },
  { "p", S_IFIFO },
};

typedef struct
{
  const char *path, *type;
  guint64 major, minor, mode, uid, gid;
} Device;

#define UNSET G_MAXUINT64
#define DEVICE_MODE 0666
#define PERMISSIONS 07777

static const JsonField device_fields[] = {
  { "path", JSON_STRING, offsetof (Device, path), TRUE, 0 },
  { "type", JSON_STRING, offsetof (Device, type), TRUE, 0 },
  { "major", JSON_UINT, offsetof (Device, major), FALSE, G_MAXUINT32 },
  { "minor", JSON_UINT, offsetof (Device, minor), FALSE, G_MAXUINT32 },
  { "fileMode", JSON_UINT, offsetof (Device, mode), FALSE, G_MAXUINT32 },
  { "uid", JSON_UINT, offsetof (Device, uid), FALSE, MAX_ID },
  { "gid", JSON_UINT, offsetof (Device, gid), FALSE, MAX_ID },
};

static gboolean
read_device (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  Device device = { .major = UNSET, .minor = UNSET, .mode = DEVICE_MODE };
  JsonCursor path = json_member (at, "path"), type = json_member (at, "type");
  JsonCursor major_at = json_member (at, "major"), minor_at = json_member (at, "minor");
  guint64 format = 0;

  if (!json_bind (at, device_fields, G_N_ELEMENTS (device_fields), FALSE, &device, error)
      || !check_absolute (&path, device.path, error)
      || !JSON_GET_WORD (&type, device_types, _ ("device type"), &format, error))
    return FALSE;
  if (format != S_IFIFO && (!json_require (&major_at, error) || !json_require (&minor_at, error)))
    return FALSE;

  FsOp *op = add_op (reader, FS_DEVICE, device.path, at);
  FsDetails *details = fs_op_details (op);
  details->mode = (int) (format | (device.mode & PERMISSIONS));
  details->device = format == S_IFIFO ? 0 : makedev ((unsigned) device.major, (unsigned) device.minor);
  details->uid = (guint32) device.uid;
  details->gid = (guint32) device.gid;
  return TRUE;
}

/* Whether the document has a device of its own at @path. */
static gboolean
is_listed (const JsonCursor *devices, const char *path)
{
  for (gsize i = 0; i < json_length (devices); i++)
    {
      JsonCursor device = json_element (devices, i), at = json_member (&device, "path");
      if (json_object_is_type (at.value, json_type_string)
          && g_str_equal (json_object_get_string (at.value), path))
        return TRUE;
    }
  return FALSE;
}

static void
add_default_devices (ConfigReader *reader, const JsonCursor *devices)
{
  for (gsize i = 0; i < G_N_ELEMENTS (default_devices); i++)
    {
      if (is_listed (devices, default_devices[i].path))
        continue;
      FsDetails *details = fs_op_details (add_op (reader, FS_DEVICE, default_devices[i].path, devices));
      details->mode = S_IFCHR | DEVICE_MODE;
      details->device = makedev (default_devices[i].major, default_devices[i].minor);
    }
}

static void
add_default_links (ConfigReader *reader, const JsonCursor *devices)
{
  for (gsize i = 0; i < G_N_ELEMENTS (default_links); i++)
    {
      FsOp *op = add_op (reader, FS_SYMLINK, default_links[i].path, devices);
      op->source = default_links[i].target;
      op->flags = FS_TRY;
    }
}

/* A /dev that is bound from outside has what it has: nothing is made in it unasked. */
static gboolean
dev_is_bound (const Spec *spec)
{
  for (guint i = 0; i < spec->fs->len; i++)
    {
      const FsOp *op = &g_array_index (spec->fs, FsOp, i);
      if (op->kind == FS_BIND && (g_str_equal (op->dest, "/dev") || g_str_equal (op->dest, "/dev/")))
        return TRUE;
    }
  return FALSE;
}

gboolean
config_read_devices (ConfigReader *reader, const JsonCursor *devices, GError **error)
{
  gboolean bound = dev_is_bound (reader->spec);

  if (!bound)
    add_default_devices (reader, devices);
  for (gsize i = 0; i < json_length (devices); i++)
    {
      JsonCursor at = json_element (devices, i);
      if (!read_device (reader, &at, error))
        return FALSE;
    }
  if (!bound)
    add_default_links (reader, devices);
  return TRUE;
}

/* --- Paths -------------------------------------------------------------------------------------------- */

static gboolean
read_paths (ConfigReader *reader, const JsonCursor *array, FsKind kind, GError **error)
{
  for (gsize i = 0; i < json_length (array); i++)
    {
      JsonCursor at;
      const char *path;
      if (!json_get_string_element (array, i, &at, &path, error) || !check_absolute (&at, path, error))
        return FALSE;
      add_op (reader, kind, path, &at);
    }
  return TRUE;
}

gboolean
config_read_masked_paths (ConfigReader *reader, const JsonCursor *array, GError **error)
{
  return read_paths (reader, array, FS_MASK, error);
}

gboolean
config_read_readonly_paths (ConfigReader *reader, const JsonCursor *array, GError **error)
{
  return read_paths (reader, array, FS_PROTECT, error);
}
