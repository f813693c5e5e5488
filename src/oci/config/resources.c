/* `linux.resources`, of which only the types are checked, before anything is made: what the values mean is known
 * where they are written into the cgroup, from Config.resources.
 */
#include "oci/config/read.h"

typedef struct
{
  const char *path;
  JsonKind kind;
  gboolean required;
} Row;

static const Row rows[] = {
#define RESOURCE(path, kind, required) { path, JSON_##kind, required },
#include "oci/config/resources.def"
#undef RESOURCE
};

static gboolean check_row (const JsonCursor *at, const Row *row, const char *path, GError **error);

/* Each element or member of @at, of which the row says @path. */
static gboolean
check_all (const JsonCursor *at, const Row *row, const char *path, GError **error)
{
  for (gsize i = 0; i < json_length (at); i++)
    {
      JsonCursor element = json_element (at, i);
      if (!check_row (&element, row, path, error))
        return FALSE;
    }
  if (!json_object_is_type (at->value, json_type_object))
    return TRUE;
  json_object_object_foreach (at->value, name, value)
  {
    JsonCursor member = { .parent = at, .name = name, .value = value };
    if (!check_row (&member, row, path, error))
      return FALSE;
  }
  return TRUE;
}

/* Checks what stands at @path below @at; "" is @at itself. */
static gboolean
check_row (const JsonCursor *at, const Row *row, const char *path, GError **error)
{
  if (*path == '\0')
    return (!row->required || json_require (at, error)) && json_check_kind (at, row->kind, error);
  if (at->value == NULL)
    return TRUE;

  gsize n = strcspn (path, "/");
  const char *rest = path + n + (path[n] == '/');
  if (path[0] == '*')
    return check_all (at, row, rest, error);
  g_autofree char *name = g_strndup (path, n);
  JsonCursor member = json_member (at, name);
  return check_row (&member, row, rest, error);
}

gboolean
config_read_resources (ConfigReader *reader G_GNUC_UNUSED, const JsonCursor *at, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (!check_row (at, &rows[i], rows[i].path, error))
      return FALSE;
  return TRUE;
}
