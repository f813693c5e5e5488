/* Strict JSON and cursors into it: see json.h. */
#include "base/json.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/text.h"

/* --- The scan: the grammar of RFC 8259, and the values that are written. --- */

typedef struct
{
  const char *start, *at, *end;
  unsigned depth;
  GString *text; /* of the string that was scanned last */
  GError **error;
} Scan;

static gboolean scan_value (Scan *scan, json_object **value);

/* Fails at @where; lines and columns count from 1. */
G_GNUC_PRINTF (3, 4)
static gboolean
scan_fail (const Scan *scan, const char *where, const char *format, ...)
{
  gsize line = 1, column = 1;
  for (const char *p = scan->start; p < where; p++)
    if (*p == '\n')
      {
        line++;
        column = 1;
      }
    else if (((guchar) *p & 0xc0) != 0x80) /* not inside of a character */
      column++;

  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  return fail (scan->error, SNUG_ERROR_USAGE, _ ("line %zu, column %zu: %s"), line, column, text);
}

/* Fails because of what stands at the scan's place, where @wanted, yet to be translated, belongs. */
static gboolean
scan_unexpected (const Scan *scan, const char *wanted)
{
  if (scan->at == scan->end)
    return scan_fail (scan, scan->at, _ ("expected %s, found the end"), _ (wanted));
  gunichar c = g_utf8_get_char (scan->at);
  if (!g_unichar_isprint (c))
    return scan_fail (scan, scan->at, _ ("expected %s, found the character U+%04X"), _ (wanted), c);
  return scan_fail (scan, scan->at, _ ("expected %s, found '%.*s'"), _ (wanted),
                    (int) (g_utf8_next_char (scan->at) - scan->at), scan->at);
}

static void
skip_space (Scan *scan)
{
  while (scan->at < scan->end
         && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
    scan->at++;
}

/* Steps over @c when it comes next. */
static gboolean
scan_char (Scan *scan, char c)
{
  if (scan->at == scan->end || *scan->at != c)
    return FALSE;
  scan->at++;
  return TRUE;
}

/* Four hexadecimal digits. */
static gboolean
scan_hex (Scan *scan, gunichar *value)
{
  *value = 0;
  for (int i = 0; i < 4; i++)
    {
      if (scan->at == scan->end || !g_ascii_isxdigit (*scan->at))
        return scan_unexpected (scan, N_ ("four hexadecimal digits"));
      *value = *value * 16 + (gunichar) g_ascii_xdigit_value (*scan->at++);
    }
  return TRUE;
}

/* What follows "\u": one unit of UTF-16, or two that belong together. */
static gboolean
scan_unicode_escape (Scan *scan, GString *out)
{
  const char *where = scan->at - 2;
  gunichar high, low;

  if (!scan_hex (scan, &high))
    return FALSE;
  if (high == 0)
    return scan_fail (scan, where, _ ("a string can't hold NUL (\\u0000)"));
  if (high >= 0xd800 && high <= 0xdfff)
    {
      gboolean pair = high < 0xdc00 && scan_char (scan, '\\') && scan_char (scan, 'u');
      if (pair && !scan_hex (scan, &low))
        return FALSE;
      if (!pair || low < 0xdc00 || low > 0xdfff)
        return scan_fail (scan, where, _ ("half of a surrogate pair"));
      high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
  g_string_append_unichar (out, high);
  return TRUE;
}

static gboolean
scan_escape (Scan *scan, GString *out)
{
  static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";

  if (scan_char (scan, 'u'))
    return scan_unicode_escape (scan, out);
  const char *found = scan->at < scan->end ? strchr (escapes, *scan->at) : NULL;
  if (!found)
    return scan_unexpected (scan, N_ ("one of \"\\/bfnrtu behind a backslash"));
  g_string_append_c (out, meanings[found - escapes]);
  scan->at++;
  return TRUE;
}

/* A string, unescaped into @out.  The text is known to be UTF-8 without NUL. */
static gboolean
scan_string (Scan *scan)
{
  GString *out = scan->text;
  const char *where = scan->at;

  g_string_truncate (out, 0);
  if (!scan_char (scan, '"'))
    return scan_unexpected (scan, N_ ("a string"));
  for (;;)
    {
      const char *plain = scan->at;
      while (scan->at < scan->end && *scan->at != '"' && *scan->at != '\\' && (guchar) *scan->at >= 0x20)
        scan->at++;
      g_string_append_len (out, plain, scan->at - plain);
      if (scan->at < scan->end && (guchar) *scan->at < 0x20)
        return scan_fail (scan, scan->at, _ ("a control character in a string must be escaped"));
      if (!scan_char (scan, '\\'))
        break;
      if (!scan_escape (scan, out))
        return FALSE;
    }
  return scan_char (scan, '"') || scan_fail (scan, where, _ ("the string does not end"));
}

static gboolean
scan_digits (Scan *scan)
{
  if (scan->at == scan->end || !g_ascii_isdigit (*scan->at))
    return scan_unexpected (scan, N_ ("a digit"));
  while (scan->at < scan->end && g_ascii_isdigit (*scan->at))
    scan->at++;
  return TRUE;
}

/* The integer in scan->text. */
static gboolean
scan_integer (const Scan *scan, const char *where, json_object **value)
{
  const char *digits = scan->text->str;
  gint64 negative;
  guint64 number;

  if (digits[0] == '-' && g_ascii_string_to_signed (digits, 10, G_MININT64, 0, &negative, NULL))
    *value = json_object_new_int64 (negative);
  else if (digits[0] != '-' && g_ascii_string_to_unsigned (digits, 10, 0, G_MAXUINT64, &number, NULL))
    *value = number > G_MAXINT64 ? json_object_new_uint64 (number) : json_object_new_int64 ((gint64) number);
  else
    return scan_fail (scan, where, _ ("the number is out of range"));
  return TRUE;
}

static gboolean
scan_number (Scan *scan, json_object **value)
{
  const char *where = scan->at;
  gboolean integer = TRUE;

  scan_char (scan, '-');
  if (!scan_char (scan, '0') && !scan_digits (scan)) /* no digits behind a leading zero */
    return FALSE;
  if (scan_char (scan, '.'))
    {
      integer = FALSE;
      if (!scan_digits (scan))
        return FALSE;
    }
  if (scan_char (scan, 'e') || scan_char (scan, 'E'))
    {
      integer = FALSE;
      if (!scan_char (scan, '+'))
        scan_char (scan, '-');
      if (!scan_digits (scan))
        return FALSE;
    }
  g_string_truncate (scan->text, 0);
  g_string_append_len (scan->text, where, scan->at - where);
  if (integer)
    return scan_integer (scan, where, value);
  *value = json_object_new_double_s (g_ascii_strtod (scan->text->str, NULL), scan->text->str);
  return TRUE;
}

static gboolean
scan_word (Scan *scan, json_object **value)
{
  enum
  {
    TRUE_WORD,
    FALSE_WORD,
    NULL_WORD
  };
  static const char words[][6] = { [TRUE_WORD] = "true", [FALSE_WORD] = "false", [NULL_WORD] = "null" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      gsize length = strlen (words[i]);
      if ((gsize) (scan->end - scan->at) >= length && memcmp (scan->at, words[i], length) == 0)
        {
          scan->at += length;
          *value = i == NULL_WORD ? NULL : json_object_new_boolean (i == TRUE_WORD);
          return TRUE;
        }
    }
  return scan_unexpected (scan, N_ ("a value"));
}

/* One member: its name, which @object must not have yet, and its value. */
static gboolean
scan_member (Scan *scan, json_object *object)
{
  g_autoptr (json_object) value = NULL;
  skip_space (scan);
  const char *where = scan->at;
  if (scan->at == scan->end || *scan->at != '"')
    return scan_unexpected (scan, N_ ("a member name in double quotes"));
  if (!scan_string (scan))
    return FALSE;
  g_autofree char *name = g_strdup (scan->text->str);
  if (json_object_object_get_ex (object, name, NULL))
    {
      g_autofree char *shown = g_strescape (name, NULL);
      return scan_fail (scan, where, _ ("the member \"%.100s\" is there twice"), shown);
    }
  skip_space (scan);
  if (!scan_char (scan, ':'))
    return scan_unexpected (scan, N_ ("':' behind a member name"));
  if (!scan_value (scan, &value))
    return FALSE;
  json_object_object_add_ex (object, name, g_steal_pointer (&value), JSON_C_OBJECT_ADD_KEY_IS_NEW);
  return TRUE;
}

static gboolean
scan_object (Scan *scan, json_object **value)
{
  *value = json_object_new_object ();
  skip_space (scan);
  if (scan_char (scan, '}'))
    return TRUE;
  do
    if (!scan_member (scan, *value))
      return FALSE;
  while (scan_char (scan, ','));
  return scan_char (scan, '}') || scan_unexpected (scan, N_ ("',' or '}'"));
}

static gboolean
scan_element (Scan *scan, json_object *array)
{
  g_autoptr (json_object) value = NULL;
  if (!scan_value (scan, &value))
    return FALSE;
  json_object_array_add (array, g_steal_pointer (&value));
  return TRUE;
}

static gboolean
scan_array (Scan *scan, json_object **value)
{
  *value = json_object_new_array ();
  skip_space (scan);
  if (scan_char (scan, ']'))
    return TRUE;
  do
    if (!scan_element (scan, *value))
      return FALSE;
  while (scan_char (scan, ','));
  return scan_char (scan, ']') || scan_unexpected (scan, N_ ("',' or ']'"));
}

static gboolean
scan_nested (Scan *scan, gboolean (*scan_inside) (Scan *, json_object **), json_object **value)
{
  if (scan->depth == JSON_MAX_DEPTH)
    return scan_fail (scan, scan->at - 1, _ ("more than %d arrays and objects within each other"),
                      JSON_MAX_DEPTH);
  scan->depth++;
  gboolean ok = scan_inside (scan, value);
  scan->depth--;
  return ok;
}

static gboolean
scan_text (Scan *scan, json_object **value)
{
  if (!scan_string (scan))
    return FALSE;
  *value = json_object_new_string (scan->text->str);
  return TRUE;
}

/* A value with the blanks around it, which the caller frees also if it ends in an error; recursion goes no deeper than
 * JSON_MAX_DEPTH. */
static gboolean
scan_value (Scan *scan, json_object **value)
{
  gboolean ok;

  skip_space (scan);
  if (scan_char (scan, '{'))
    ok = scan_nested (scan, scan_object, value);
  else if (scan_char (scan, '['))
    ok = scan_nested (scan, scan_array, value);
  else if (scan->at < scan->end && *scan->at == '"')
    ok = scan_text (scan, value);
  else if (scan->at < scan->end && (*scan->at == '-' || g_ascii_isdigit (*scan->at)))
    ok = scan_number (scan, value);
  else
    ok = scan_word (scan, value);
  skip_space (scan);
  return ok;
}

static gboolean
scan_document (Scan *scan, json_object **value)
{
  const char *bad;

  if (!g_utf8_validate_len (scan->start, (gsize) (scan->end - scan->start), &bad))
    return scan_fail (scan, bad, *bad == '\0' ? _ ("a NUL byte") : _ ("not valid UTF-8"));
  return scan_value (scan, value)
         && (scan->at == scan->end || scan_unexpected (scan, N_ ("the end of the document")));
}

gboolean
json_load (const char *text, gsize length, json_object **value, GError **error)
{
  if (length > JSON_MAX_LENGTH)
    return fail (error, SNUG_ERROR_USAGE, _ ("larger than %d MiB"), JSON_MAX_LENGTH / (1024 * 1024));
  g_autoptr (GString) scanned = g_string_new (NULL);
  Scan scan = { .start = text, .at = text, .end = text + length, .text = scanned, .error = error };
  g_autoptr (json_object) parsed = NULL;
  if (!scan_document (&scan, &parsed))
    return FALSE;
  *value = g_steal_pointer (&parsed);
  return TRUE;
}

/* --- A quick look, which takes for granted that it is JSON. --- */

/* Behind the string that begins at @at, or @end. */
static const char *
behind_string (const char *at, const char *end)
{
  for (at++; at < end && *at != '"'; at++)
    if (*at == '\\')
      at++;
  return at < end ? at + 1 : end;
}

/* Behind the value that begins at @at, or @end. */
static const char *
behind_value (const char *at, const char *end)
{
  gsize depth = 0;
  while (at < end)
    {
      char c = *at;
      at = c == '"' ? behind_string (at, end) : at + 1;
      if (c == '{' || c == '[')
        depth++;
      else if ((c == '}' || c == ']') && depth > 0)
        depth--;
      if (depth == 0 && at < end && strchr (",]} \t\r\n", *at) != NULL)
        break;
    }
  return at;
}

/* The value of the member @name of the object that begins at @at; NULL if there is none. */
static const char *
find_member (const char *at, const char *end, const char *name)
{
  const gsize length = strlen (name);
  Scan scan = { .at = at, .end = end };

  skip_space (&scan);
  if (!scan_char (&scan, '{'))
    return NULL;
  for (;;)
    {
      skip_space (&scan);
      const char *key = scan.at;
      if (scan.at == end || *scan.at != '"')
        return NULL;
      scan.at = behind_string (key, end);
      gboolean found = (gsize) (scan.at - key) == length + 2 && memcmp (key + 1, name, length) == 0;
      skip_space (&scan);
      if (!scan_char (&scan, ':'))
        return NULL;
      skip_space (&scan);
      if (found)
        return scan.at;
      scan.at = behind_value (scan.at, end);
      skip_space (&scan);
      if (!scan_char (&scan, ','))
        return NULL;
    }
}

gboolean
json_locate (const char *text, gsize length, const char *const *names, gsize *start, gsize *size)
{
  const char *end = text + length, *at = text;
  for (; at != NULL && *names != NULL; names++)
    at = find_member (at, end, *names);
  if (at == NULL)
    return FALSE;
  *start = (gsize) (at - text);
  *size = (gsize) (behind_value (at, end) - at);
  return TRUE;
}

/* --- Cursors. --- */

#define MESSAGE_MAX 400 /* bytes of a path or of what is said about it */

JsonCursor
json_top (json_object *value)
{
  return (JsonCursor){ .value = value };
}

JsonCursor
json_member (const JsonCursor *object, const char *name)
{
  JsonCursor member = { .parent = object, .name = name };
  if (json_object_is_type (object->value, json_type_object))
    json_object_object_get_ex (object->value, name, &member.value);
  return member;
}

JsonCursor
json_element (const JsonCursor *array, gsize index)
{
  JsonCursor element = { .parent = array, .index = index };
  if (index < json_length (array))
    element.value = json_object_array_get_idx (array->value, index);
  return element;
}

gsize
json_length (const JsonCursor *array)
{
  return json_object_is_type (array->value, json_type_array) ? json_object_array_length (array->value) : 0;
}

/* '~' and '/' as RFC 6901 writes them. */
static void
append_escaped (GString *path, const char *name)
{
  for (const char *p = name; *p; p++)
    if (*p == '~')
      g_string_append (path, "~0");
    else if (*p == '/')
      g_string_append (path, "~1");
    else
      g_string_append_c (path, *p);
}

static void
append_path (GString *path, const JsonCursor *at)
{
  if (!at->parent)
    return;
  append_path (path, at->parent);
  g_string_append_c (path, '/');
  if (at->name)
    append_escaped (path, at->name);
  else
    g_string_append_printf (path, "%zu", at->index);
}

char *
json_path (const JsonCursor *at)
{
  GString *path = g_string_new (NULL);
  append_path (path, at);
  if (path->len == 0)
    g_string_append_c (path, '/');
  return g_string_free (path, FALSE);
}

/* What a document says must not fill the terminal. */
static char *
printable (const char *text)
{
  GString *out = g_string_new (NULL);
  text_append_printable (out, text);
  if (out->len > MESSAGE_MAX)
    {
      g_string_truncate (out,
                         (gsize) (g_utf8_find_prev_char (out->str, out->str + MESSAGE_MAX + 1) - out->str));
      g_string_append (out, "...");
    }
  return g_string_free (out, FALSE);
}

gboolean
json_fail (const JsonCursor *at, GError **error, const char *format, ...)
{
  g_autofree char *raw_path = json_path (at), *path = printable (raw_path);
  va_list args;
  va_start (args, format);
  g_autofree char *raw_text = g_strdup_vprintf (format, args), *text = printable (raw_text);
  va_end (args);
  return fail (error, SNUG_ERROR_USAGE, "%s: %s", path, text);
}

/* --- Typed reading. --- */

static const struct
{
  json_type type;
  const char *name;
} kinds[N_JSON_KINDS] = {
  [JSON_STRING] = { json_type_string, N_ ("a string") },
  [JSON_BOOLEAN] = { json_type_boolean, N_ ("true or false") },
  [JSON_UINT] = { json_type_int, N_ ("an integer") },
  [JSON_INT] = { json_type_int, N_ ("an integer") },
  [JSON_ARRAY] = { json_type_array, N_ ("an array") },
  [JSON_OBJECT] = { json_type_object, N_ ("an object") },
};

static const char *
type_found (json_object *value)
{
  static const char *const names[] = {
    [json_type_null] = "null",
    [json_type_boolean] = N_ ("true or false"),
    [json_type_double] = N_ ("a number with a fraction or an exponent"),
    [json_type_int] = N_ ("a number"),
    [json_type_object] = N_ ("an object"),
    [json_type_array] = N_ ("an array"),
    [json_type_string] = N_ ("a string"),
  };
  return _ (names[json_object_get_type (value)]);
}

gboolean
json_check_kind (const JsonCursor *at, JsonKind kind, GError **error)
{
  if (!at->value || json_object_is_type (at->value, kinds[kind].type))
    return TRUE;
  return json_fail (at, error, _ ("expected %s, found %s"), _ (kinds[kind].name), type_found (at->value));
}

gboolean
json_fail_unknown (const JsonCursor *at, const char *what, const char *name, GError **error)
{
  return json_fail (at, error, _ ("unknown %s \"%s\""), what, name);
}

gboolean
json_fail_range (const JsonCursor *at, gint64 min, guint64 max, GError **error)
{
  g_autofree char *least = g_strdup_printf ("%" G_GINT64_FORMAT, min);
  g_autofree char *most = g_strdup_printf ("%" G_GUINT64_FORMAT, max);
  return json_fail (at, error, _ ("expected a number from %s to %s, found %s"), least, most,
                    json_object_get_string (at->value));
}

gboolean
json_require (const JsonCursor *at, GError **error)
{
  return at->value || json_fail (at, error, _ ("is missing"));
}

gboolean
json_get_string (const JsonCursor *at, const char **value, GError **error)
{
  if (!json_check_kind (at, JSON_STRING, error))
    return FALSE;
  if (at->value)
    *value = json_object_get_string (at->value); /* json_load let no NUL in */
  return TRUE;
}

gboolean
json_get_string_element (const JsonCursor *array, gsize index, JsonCursor *at, const char **value,
                         GError **error)
{
  *at = json_element (array, index);
  return json_require (at, error) && json_get_string (at, value, error);
}

gboolean
json_get_word (const JsonCursor *at, const JsonWord *words, gsize n_words, const char *what, guint64 *value,
               GError **error)
{
  const char *name = NULL;
  if (!json_get_string (at, &name, error))
    return FALSE;
  if (name == NULL)
    return TRUE;
  for (gsize i = 0; i < n_words; i++)
    if (g_str_equal (words[i].name, name))
      {
        *value = words[i].value;
        return TRUE;
      }
  return json_fail_unknown (at, what, name, error);
}

gboolean
json_get_flags (const JsonCursor *array, const JsonWord *words, gsize n_words, const char *what, guint64 *flags,
                GError **error)
{
  for (gsize i = 0; i < json_length (array); i++)
    {
      JsonCursor at = json_element (array, i);
      guint64 flag = 0;
      if (!json_require (&at, error) || !json_get_word (&at, words, n_words, what, &flag, error))
        return FALSE;
      *flags |= flag;
    }
  return TRUE;
}

gboolean
json_get_boolean (const JsonCursor *at, gboolean *value, GError **error)
{
  if (!json_check_kind (at, JSON_BOOLEAN, error))
    return FALSE;
  if (at->value)
    *value = json_object_get_boolean (at->value);
  return TRUE;
}

gboolean
json_get_uint (const JsonCursor *at, guint64 max, guint64 *value, GError **error)
{
  if (!json_check_kind (at, JSON_UINT, error))
    return FALSE;
  if (!at->value)
    return TRUE;
  gint64 as_signed = json_object_get_int64 (at->value); /* clamped, as the unsigned one is */
  guint64 number = json_object_get_uint64 (at->value);
  if (as_signed < 0 || number > max)
    return json_fail_range (at, 0, max, error);
  *value = number;
  return TRUE;
}

gboolean
json_get_int (const JsonCursor *at, gint64 *value, GError **error)
{
  if (!json_check_kind (at, JSON_INT, error))
    return FALSE;
  if (!at->value)
    return TRUE;
  gint64 number = json_object_get_int64 (at->value);
  if (number == G_MAXINT64 && json_object_get_uint64 (at->value) != (guint64) G_MAXINT64)
    return json_fail (at, error, _ ("%s is too large"), json_object_get_string (at->value));
  *value = number;
  return TRUE;
}

/* --- Tables. --- */

static gboolean
bind_field (const JsonCursor *object, const JsonField *field, gpointer target, GError **error)
{
  JsonCursor at = json_member (object, field->name);
  gpointer to = (char *) target + field->offset;

  if (field->required && !json_require (&at, error))
    return FALSE;
  switch (field->kind)
    {
    case JSON_STRING:
      return json_get_string (&at, to, error);
    case JSON_BOOLEAN:
      return json_get_boolean (&at, to, error);
    case JSON_UINT:
      return json_get_uint (&at, field->max ? field->max : G_MAXUINT64, to, error);
    case JSON_INT:
      return json_get_int (&at, to, error);
    case JSON_ARRAY:
    case JSON_OBJECT:
      *(JsonCursor *) to = at;
      return json_check_kind (&at, field->kind, error);
    case N_JSON_KINDS:
      break;
    }
  g_return_val_if_reached (FALSE);
}

static gboolean
check_known (const JsonCursor *object, const JsonField *fields, gsize n_fields, GError **error)
{
  json_object_object_foreach (object->value, name, value)
  {
    gsize i = 0;
    while (i < n_fields && strcmp (fields[i].name, name) != 0)
      i++;
    if (i < n_fields)
      continue;
    JsonCursor at = { .parent = object, .name = name, .value = value };
    return json_fail (&at, error, _ ("is not known"));
  }
  return TRUE;
}

gboolean
json_bind (const JsonCursor *object, const JsonField *fields, gsize n_fields, gboolean refuse_unknown,
           gpointer target, GError **error)
{
  if (!json_require (object, error) || !json_check_kind (object, JSON_OBJECT, error))
    return FALSE;
  for (gsize i = 0; i < n_fields; i++)
    if (!bind_field (object, &fields[i], target, error))
      return FALSE;
  return !refuse_unknown || check_known (object, fields, n_fields, error);
}
