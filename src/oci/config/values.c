/* Reading the values that config.json is made of: texts, paths, lists, mappings. */
#include "oci/config/read.h"

#include "base/i18n.h"
#include "base/log.h"
#include "base/number.h"

#include <unistd.h>

Origin
origin_of (ConfigReader *reader, const JsonCursor *at)
{
  char **words = keep (reader, g_new0 (char *, 2));
  words[0] = keep (reader, json_path (at));
  return (Origin){ .words = words, .n_words = 1 };
}

/* --- Texts ------------------------------------------------------------------------------------------ */

gboolean
read_strings (const JsonCursor *array, char ***strings, GError **error)
{
  gsize n = json_length (array);
  g_autofree char **list = g_new0 (char *, n + 1);

  for (gsize i = 0; i < n; i++)
    {
      JsonCursor at;
      const char *text;
      if (!json_get_string_element (array, i, &at, &text, error))
        return FALSE;
      list[i] = (char *) text;
    }
  *strings = g_steal_pointer (&list);
  return TRUE;
}

gboolean
read_text (ConfigReader *reader, const JsonCursor *at, Text *text, GError **error)
{
  const char *value = NULL;
  if (!json_get_string (at, &value, error))
    return FALSE;
  if (value != NULL && value[0] != '\0')
    *text = (Text){ value, origin_of (reader, at) };
  return TRUE;
}

gboolean
need_selinux (const JsonCursor *at, GError **error)
{
  return access ("/sys/fs/selinux/enforce", F_OK) == 0
         || json_fail (at, error, _ ("labeling not supported on this system: SELinux is not enabled"));
}

gboolean
check_absolute (const JsonCursor *at, const char *path, GError **error)
{
  return path[0] == '/' || json_fail (at, error, _ ("\"%s\" is not an absolute path"), path);
}

gboolean
check_range (const JsonCursor *at, gint64 value, int min, int max, GError **error)
{
  return (value >= min && value <= max) || json_fail_range (at, min, (guint64) max, error);
}

void
warn_at (const JsonCursor *at, const char *format, ...)
{
  g_autoptr (GError) text = NULL;
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  json_fail (at, &text, "%s", message); /* which escapes what could steer a terminal */
  log_warning ("%s", text->message);
}

/* --- Ids -------------------------------------------------------------------------------------------- */

typedef struct
{
  guint64 inside, outside, count;
} Mapping;

static const JsonField mapping_fields[] = {
  { "containerID", JSON_UINT, offsetof (Mapping, inside), TRUE, MAX_ID },
  { "hostID", JSON_UINT, offsetof (Mapping, outside), TRUE, MAX_ID },
  { "size", JSON_UINT, offsetof (Mapping, count), TRUE, G_MAXUINT32 },
};

gboolean
read_mappings (ConfigReader *reader, const JsonCursor *array, GArray *ranges, GError **error)
{
  for (gsize i = 0; i < json_length (array); i++)
    {
      JsonCursor at = json_element (array, i);
      Mapping mapping = { 0 };
      if (!json_bind (&at, mapping_fields, G_N_ELEMENTS (mapping_fields), FALSE, &mapping, error))
        return FALSE;
      IdRange range = { .origin = origin_of (reader, &at) };
      if (!id_range_set (&range, mapping.inside, mapping.outside, mapping.count))
        return json_fail (&at, error, _ ("the range is empty or ends above %u"), MAX_ID);
      g_array_append_val (ranges, range);
    }
  return TRUE;
}

/* --- What is read into ------------------------------------------------------------------------------- */

int
keep_fd (ConfigReader *reader, int fd)
{
  g_array_append_val (reader->config->fds, fd);
  return fd;
}

FsOp *
add_op (ConfigReader *reader, FsKind kind, const char *dest, const JsonCursor *at)
{
  const Origin origin = origin_of (reader, at);
  return spec_add_fs (reader->spec, kind, dest, &origin);
}
