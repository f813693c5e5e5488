/* The record of a container, a JSON file: see state.h.
 *
 * One table says which member is which field, for reading and for writing.  A later version may add rows, and makes none
 * required; members that this version does not know are skipped.
 *
 * Must not: look at what is so now.
 */
#include "state/state.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/json-build.h"
#include "base/sys.h"

#include <sys/stat.h>

typedef struct
{
  const char *id, *status, *oci_version, *bundle, *rootfs, *cgroup, *scope, *boot_id;
  guint64 pid, start_time, cgroup_id, cgroup_made, namespaces, last_hooks;
  gint64 created;
  gboolean systemd_cgroup;
  JsonCursor annotations;
} Record;

#define AT(member) offsetof (Record, member)
static const JsonField fields[] = {
  { "id", JSON_STRING, AT (id), TRUE, 0 },
  { "status", JSON_STRING, AT (status), TRUE, 0 },
  { "ociVersion", JSON_STRING, AT (oci_version), FALSE, 0 },
  { "bundle", JSON_STRING, AT (bundle), FALSE, 0 },
  { "rootfs", JSON_STRING, AT (rootfs), FALSE, 0 },
  { "pid", JSON_UINT, AT (pid), FALSE, G_MAXINT32 },
  { "startTime", JSON_UINT, AT (start_time), FALSE, 0 },
  { "bootId", JSON_STRING, AT (boot_id), FALSE, 0 },
  { "created", JSON_INT, AT (created), FALSE, 0 },
  { "cgroup", JSON_STRING, AT (cgroup), FALSE, 0 },
  { "cgroupId", JSON_UINT, AT (cgroup_id), FALSE, 0 },
  { "cgroupMade", JSON_UINT, AT (cgroup_made), FALSE, PATH_MAX },
  { "namespaces", JSON_UINT, AT (namespaces), FALSE, 0 },
  { "systemdCgroup", JSON_BOOLEAN, AT (systemd_cgroup), FALSE, 0 },
  { "scope", JSON_STRING, AT (scope), FALSE, 0 },
  { "lastHooks", JSON_UINT, AT (last_hooks), FALSE, G_MAXINT32 },
  { "annotations", JSON_OBJECT, AT (annotations), FALSE, 0 },
};

/* --- Writing -------------------------------------------------------------------------------------------------- */

static char *
record_text (const Container *container)
{
  ContainerStatus status = container->status == STATUS_CREATING ? STATUS_CREATING : STATUS_CREATED;
  Record record = { .id = container->id,
                    .status = status_name (status),
                    .oci_version = container->oci_version,
                    .bundle = container->bundle,
                    .rootfs = container->rootfs,
                    .pid = (guint64) container->pid,
                    .start_time = container->start_time,
                    .boot_id = container->boot_id,
                    .created = container->created,
                    .cgroup = container->cgroup,
                    .cgroup_id = container->cgroup_id,
                    .cgroup_made = container->cgroup_made,
                    .namespaces = container->namespaces,
                    .systemd_cgroup = container->systemd_cgroup,
                    .scope = container->scope,
                    .last_hooks = container->last_hooks,
                    .annotations = json_top (container->annotations) };
  g_autoptr (json_object) object = json_unbind (fields, G_N_ELEMENTS (fields), &record);
  return g_strdup (json_object_to_json_string_ext (object, JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* What an earlier save that was cut short left is overwritten. */
static gboolean
write_beside (const Container *container, GError **error)
{
  g_autofree char *text = record_text (container);
  Fd fd = sys_openat2 (container->dir, TEMPORARY RECORD, O_WRONLY | O_CREAT | O_TRUNC, 0600, STAY_INSIDE);
  if (fd < 0)
    return fail_errno (error, errno, "open");
  if (!write_all (fd, text, strlen (text), error))
    return FALSE;
  if (close (fd_steal (&fd)) < 0) /* where the disk is another machine's, it may be full only now */
    return fail_errno (error, errno, "close");
  return TRUE;
}

gboolean
record_write (const Container *container, GError **error)
{
  gboolean written = write_beside (container, error);
  if (written && renameat (container->dir, TEMPORARY RECORD, container->dir, RECORD) == 0)
    return TRUE;
  if (written)
    fail_errno (error, errno, "rename");
  unlinkat (container->dir, TEMPORARY RECORD, 0);
  return FALSE;
}

/* --- Reading -------------------------------------------------------------------------------------------------- */

/* The text of the record.  In a foreign folder it may be anything: a pipe, a link to something of ours. */
static gboolean
read_text (const Container *container, char **text, gsize *length, GError **error)
{
  struct stat st;
  Fd fd = sys_openat2 (container->dir, RECORD, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, STAY_INSIDE);
  if (fd < 0 && errno == ENOENT)
    return fail (error, SNUG_ERROR_MISSING, _ ("it has no record yet"));
  if (fd < 0 || fstat (fd, &st) < 0)
    return fail_errno (error, errno, _ ("can't open its record"));
  if (!S_ISREG (st.st_mode) || st.st_uid != container->owner)
    return fail (error, SNUG_ERROR_FAILED, _ ("its record is not a file of its owner"));
  return read_to_end (fd, JSON_MAX_LENGTH, text, length, error);
}

static void
take_fields (Container *container, const Record *record)
{
  container->oci_version = g_strdup (record->oci_version);
  container->bundle = g_strdup (record->bundle);
  container->rootfs = g_strdup (record->rootfs);
  container->pid = (pid_t) record->pid;
  container->start_time = record->start_time;
  container->boot_id = g_strdup (record->boot_id);
  container->created = record->created;
  container->cgroup = g_strdup (record->cgroup);
  container->cgroup_id = record->cgroup_id;
  container->cgroup_made = record->cgroup_made;
  container->namespaces = record->namespaces;
  container->last_hooks = record->last_hooks;
  container->annotations = json_object_get (record->annotations.value);
  if (!container->foreign)
    {
      container->systemd_cgroup = record->systemd_cgroup;
      container->scope = g_strdup (record->scope);
    }
}

gboolean
record_read (Container *container, gboolean *creating, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  g_autoptr (json_object) document = NULL;
  if (!read_text (container, &text, &length, error) || !json_load (text, length, &document, error))
    return FALSE;

  Record record = { 0 };
  JsonCursor top = json_top (document);
  gboolean complete = json_bind (&top, fields, G_N_ELEMENTS (fields), FALSE, &record, error);
  if (complete && !g_str_equal (record.id, container->id))
    return fail (error, SNUG_ERROR_FAILED, _ ("its record is that of another container"));
  if (g_strcmp0 (record.id, container->id) == 0)
    take_fields (container, &record);
  *creating = record.status == NULL || g_str_equal (record.status, status_name (STATUS_CREATING));
  return complete;
}
