/* Building JSON values: see json-build.h. */
#include "base/json-build.h"

json_object *
json_text (const char *text)
{
  if (text == NULL)
    return NULL;
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  return json_object_new_string (valid);
}

json_object *
json_textf (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  return json_text (text);
}

json_object *
json_texts (const char *const *texts)
{
  json_object *array = json_object_new_array ();
  for (; texts && *texts; texts++)
    json_object_array_add (array, json_text (*texts));
  return array;
}

const char *
json_plain (json_object *value)
{
  return json_object_to_json_string_ext (value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

char *
json_pretty (json_object *value)
{
  const char *text = json_object_to_json_string_ext (value, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED
                                                                | JSON_C_TO_STRING_NOSLASHESCAPE);
  return g_strconcat (text, "\n", NULL);
}

void
json_add (json_object *object, const char *name, json_object *value)
{
  if (value != NULL)
    json_object_object_add (object, name, value);
}

void
json_add_if (json_object *object, const char *name, gboolean is)
{
  if (is)
    json_object_object_add (object, name, json_object_new_boolean (TRUE));
}

static json_object *
field_value (JsonKind kind, gconstpointer from)
{
  switch (kind)
    {
    case JSON_STRING:
      return json_text (*(const char *const *) from);
    case JSON_BOOLEAN:
      return json_object_new_boolean (*(const gboolean *) from);
    case JSON_UINT:
      return *(const guint64 *) from != 0 ? json_object_new_uint64 (*(const guint64 *) from) : NULL;
    case JSON_INT:
      return *(const gint64 *) from != 0 ? json_object_new_int64 (*(const gint64 *) from) : NULL;
    case JSON_ARRAY:
    case JSON_OBJECT:
      return json_object_get (((const JsonCursor *) from)->value);
    case N_JSON_KINDS:
      break;
    }
  g_return_val_if_reached (NULL);
}

json_object *
json_unbind (const JsonField *fields, gsize n_fields, gconstpointer source)
{
  json_object *object = json_object_new_object ();
  for (gsize i = 0; i < n_fields; i++)
    json_add (object, fields[i].name, field_value (fields[i].kind, (const char *) source + fields[i].offset));
  return object;
}

json_object *
json_part (json_object *object, const char *name)
{
  json_object *value = NULL;
  json_object_object_get_ex (object, name, &value);
  return value;
}

const char *
json_part_text (json_object *object, const char *name)
{
  return json_object_get_string (json_part (object, name));
}
