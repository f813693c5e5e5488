/* See dbus.h. */
#include "cgroup/dbus.h"

/* A header is such a value itself: byte order, type, flags, version, size of the body, serial, fields. */
#define HEADER "(yyyyuua(yv))"
#define PROTOCOL 1
#define BYTE_ORDER_MARK (G_BYTE_ORDER == G_LITTLE_ENDIAN ? 'l' : 'B')

/* Nobody is woken who does not run. */
#define NO_AUTO_START 2

typedef enum
{
  FIELD_OBJECT = 1,
  FIELD_INTERFACE,
  FIELD_MEMBER,
  FIELD_FAILURE,
  FIELD_REPLY_TO,
  FIELD_SERVICE,
  FIELD_SENDER,
  FIELD_SIGNATURE,
} Field;

/* How deep values may be inside each other; the specification has twice as much. */
#define DEEPEST 32

/* The length of a signature. */
#define LONGEST_SIGNATURE 255

/* Where a value of the type that begins with @type may begin, in bytes; 0: D-Bus has no such type, or we don't. */
static gsize
alignment_of (char type)
{
  static const char *const types[] = { [1] = "ygv", [2] = "nq", [4] = "biusoa", [8] = "xtd({" };
  for (gsize n = 1; n < G_N_ELEMENTS (types); n++)
    if (types[n] != NULL && strchr (types[n], type) != NULL)
      return n;
  return 0;
}

/* Of what GVariant takes for one, D-Bus has no entries of dictionaries outside of arrays, and nothing as long. */
static gboolean
is_signature (const char *text)
{
  gboolean is = g_variant_is_signature (text) && strlen (text) <= LONGEST_SIGNATURE;
  for (const char *entry = strchr (text, '{'); entry; entry = strchr (entry + 1, '{'))
    is = is && entry > text && entry[-1] == 'a';
  return is;
}

/* --- Writing ------------------------------------------------------------------------------------------------------ */

static gboolean put (GByteArray *out, GVariant *value);

static void
pad (GByteArray *out, gsize alignment)
{
  static const guint8 nothing[8];
  g_byte_array_append (out, nothing, (guint) (-out->len & (alignment - 1)));
}

static void
put_number (GByteArray *out, guint32 number)
{
  g_byte_array_append (out, (const guint8 *) &number, sizeof number);
}

static void
put_text (GByteArray *out, const char *text, gboolean is_signature)
{
  const gsize length = strlen (text);
  const guint8 short_length = (guint8) length;
  if (is_signature)
    g_byte_array_append (out, &short_length, 1);
  else
    put_number (out, (guint32) length);
  g_byte_array_append (out, (const guint8 *) text, (guint) length + 1);
}

static gboolean
put_children (GByteArray *out, GVariant *value)
{
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);
      if (!put (out, child))
        return FALSE;
    }
  return TRUE;
}

/* The size of an array does not count what its first element is moved by. */
static gboolean
put_array (GByteArray *out, GVariant *value)
{
  const guint at = out->len;
  const gsize alignment = alignment_of (g_variant_get_type_string (value)[1]);
  if (alignment == 0)
    return FALSE;
  put_number (out, 0);
  pad (out, alignment);
  const guint begin = out->len;
  const gboolean done = put_children (out, value);
  const guint32 size = out->len - begin;
  memcpy (out->data + at, &size, sizeof size);
  return done;
}

static gboolean
put_variant (GByteArray *out, GVariant *value)
{
  g_autoptr (GVariant) inside = g_variant_get_variant (value);
  const char *type = g_variant_get_type_string (inside);
  if (!is_signature (type))
    return FALSE;
  put_text (out, type, TRUE);
  return put (out, inside);
}

static gboolean
put (GByteArray *out, GVariant *value)
{
  const char type = *g_variant_get_type_string (value);
  guint64 number = 0; /* room for the widest */
  if (alignment_of (type) == 0)
    return FALSE;
  pad (out, alignment_of (type));
  switch (type)
    {
    case 'a':
      return put_array (out, value);
    case 'v':
      return put_variant (out, value);
    case '(':
    case '{':
      return g_variant_n_children (value) > 0 && put_children (out, value);
    case 's':
    case 'o':
    case 'g':
      put_text (out, g_variant_get_string (value, NULL), type == 'g');
      return TRUE;
    case 'b':
      put_number (out, g_variant_get_boolean (value));
      return TRUE;
    default:
      g_variant_store (value, &number);
      g_byte_array_append (out, (const guint8 *) &number, (guint) g_variant_get_size (value));
      return TRUE;
    }
}

gboolean
dbus_has (GVariant *value)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GVariant) outside = g_variant_ref_sink (g_variant_new_variant (value));
  return put (out, outside);
}

static void
add_field (GVariantBuilder *fields, Field field, GVariant *value)
{
  g_variant_builder_add (fields, "(yv)", (guchar) field, value);
}

/* The types of a tuple's values, without the parentheses; the caller's. */
static char *
signature_of (GVariant *tuple)
{
  const char *type = g_variant_get_type_string (tuple);
  return g_strndup (type + 1, strlen (type) - 2);
}

GByteArray *
dbus_call (guint32 serial, const char *service, const char *object, const char *interface, const char *method,
           GVariant *arguments)
{
  g_auto (GVariantBuilder) fields = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(yv)"));
  g_autofree char *signature = signature_of (arguments);
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_autoptr (GByteArray) message = g_byte_array_new ();

  if (!is_signature (signature) || !put_children (body, arguments))
    return NULL;
  add_field (&fields, FIELD_OBJECT, g_variant_new_object_path (object));
  add_field (&fields, FIELD_INTERFACE, g_variant_new_string (interface));
  add_field (&fields, FIELD_MEMBER, g_variant_new_string (method));
  if (service != NULL)
    add_field (&fields, FIELD_SERVICE, g_variant_new_string (service));
  if (*signature != '\0')
    add_field (&fields, FIELD_SIGNATURE, g_variant_new_signature (signature));

  g_autoptr (GVariant) header = g_variant_ref_sink (
      g_variant_new (HEADER, BYTE_ORDER_MARK, DBUS_CALL, NO_AUTO_START, PROTOCOL, body->len, serial, &fields));
  if (!put (message, header))
    return NULL;
  pad (message, 8);
  g_byte_array_append (message, body->data, body->len);
  return g_steal_pointer (&message);
}

/* --- Reading ------------------------------------------------------------------------------------------------------ */

typedef struct
{
  const guint8 *data;
  gsize size, at;
  guint depth;
} Reader;

/* Returns a floating value; NULL if there is none. */
static GVariant *get (Reader *reader, const GVariantType *type);

/* The next @n bytes, which begin at a multiple of @alignment; NULL if there are not so many. */
static const guint8 *
take (Reader *reader, gsize n, gsize alignment)
{
  const gsize at = (reader->at + alignment - 1) & ~(alignment - 1);
  if (at > reader->size || n > reader->size - at)
    return NULL;
  reader->at = at + n;
  return reader->data + at;
}

static gboolean
take_number (Reader *reader, guint32 *number)
{
  const guint8 *data = take (reader, sizeof *number, sizeof *number);
  if (data != NULL)
    memcpy (number, data, sizeof *number);
  return data != NULL;
}

/* A text of valid UTF-8 that ends where it says. */
static const char *
take_text (Reader *reader, gboolean is_signature)
{
  guint32 length;
  const guint8 *short_length = is_signature ? take (reader, 1, 1) : NULL;
  if (short_length != NULL)
    length = *short_length;
  else if (is_signature || !take_number (reader, &length))
    return NULL;
  const char *text = (const char *) take (reader, (gsize) length + 1, 1);
  return text && text[length] == '\0' && g_utf8_validate (text, length, NULL) ? text : NULL;
}

static GVariant *
get_text (Reader *reader, char type)
{
  const char *text = take_text (reader, type == 'g');
  if (text == NULL)
    return NULL;
  if (type == 'o')
    return g_variant_is_object_path (text) ? g_variant_new_object_path (text) : NULL;
  if (type == 'g')
    return is_signature (text) ? g_variant_new_signature (text) : NULL;
  return g_variant_new_string (text);
}

static GVariant *
get_boolean (Reader *reader)
{
  guint32 truth;
  return take_number (reader, &truth) && truth <= 1 ? g_variant_new_boolean (truth == 1) : NULL;
}

/* A number of the same bytes here as there. */
static GVariant *
get_number (Reader *reader, const GVariantType *type, char letter)
{
  const gsize size = alignment_of (letter);
  const guint8 *data = take (reader, size, size);
  guint64 *number = data ? g_new0 (guint64, 1) : NULL;
  return data ? g_variant_new_from_data (type, memcpy (number, data, size), size, TRUE, g_free, number) : NULL;
}

static GVariant *
get_variant (Reader *reader)
{
  const char *type = take_text (reader, TRUE);
  GVariant *inside = type != NULL && is_signature (type) && g_variant_type_string_is_valid (type)
                         ? get (reader, G_VARIANT_TYPE (type))
                         : NULL;
  return inside ? g_variant_new_variant (inside) : NULL;
}

static GVariant *
get_array (Reader *reader, const GVariantType *type)
{
  g_auto (GVariantBuilder) array = G_VARIANT_BUILDER_INIT (type);
  const GVariantType *element = g_variant_type_element (type);
  const gsize alignment = alignment_of (*g_variant_type_peek_string (element));
  guint32 size;

  if (alignment == 0 || !take_number (reader, &size) || take (reader, 0, alignment) == NULL)
    return NULL;
  const gsize end = reader->at + size;
  while (reader->at < end)
    {
      GVariant *value = get (reader, element);
      if (value == NULL)
        return NULL;
      g_variant_builder_add_value (&array, value);
    }
  return reader->at == end ? g_variant_builder_end (&array) : NULL;
}

static GVariant *
get_tuple (Reader *reader, const GVariantType *type)
{
  g_auto (GVariantBuilder) tuple = G_VARIANT_BUILDER_INIT (type);
  const GVariantType *next = g_variant_type_first (type);
  if (next == NULL || take (reader, 0, 8) == NULL)
    return NULL;
  for (; next != NULL; next = g_variant_type_next (next))
    {
      GVariant *value = get (reader, next);
      if (value == NULL)
        return NULL;
      g_variant_builder_add_value (&tuple, value);
    }
  return g_variant_builder_end (&tuple);
}

static GVariant *
get_container (Reader *reader, const GVariantType *type, char letter)
{
  GVariant *value = NULL;
  if (reader->depth++ < DEEPEST)
    value = letter == 'a'   ? get_array (reader, type)
            : letter == 'v' ? get_variant (reader)
                            : get_tuple (reader, type);
  reader->depth--;
  return value;
}

static GVariant *
get (Reader *reader, const GVariantType *type)
{
  const char letter = *g_variant_type_peek_string (type);
  if (alignment_of (letter) == 0)
    return NULL;
  if (strchr ("av({", letter) != NULL)
    return get_container (reader, type, letter);
  if (strchr ("sog", letter) != NULL)
    return get_text (reader, letter);
  return letter == 'b' ? get_boolean (reader) : get_number (reader, type, letter);
}

gsize
dbus_length (const guint8 *data)
{
  guint32 body, fields;
  memcpy (&body, data + 4, sizeof body);
  memcpy (&fields, data + 12, sizeof fields);
  if (data[0] != BYTE_ORDER_MARK || data[3] != PROTOCOL || body > DBUS_LARGEST || fields > DBUS_LARGEST)
    return 0;
  const gsize length = DBUS_START + ((gsize) fields + 7) / 8 * 8 + body;
  return length <= DBUS_LARGEST ? length : 0;
}

/* The types of fields, and where their values go. */
static const struct
{
  const char *type;
  gsize slot;
} fields[] = {
  [FIELD_OBJECT] = { "o", offsetof (DBusMessage, object) },
  [FIELD_INTERFACE] = { "s", offsetof (DBusMessage, interface) },
  [FIELD_MEMBER] = { "s", offsetof (DBusMessage, member) },
  [FIELD_FAILURE] = { "s", offsetof (DBusMessage, failure) },
  [FIELD_REPLY_TO] = { "u", offsetof (DBusMessage, reply_to) },
  [FIELD_SENDER] = { "s", offsetof (DBusMessage, sender) },
  [FIELD_SIGNATURE] = { "g", offsetof (DBusMessage, signature) },
};

/* Texts stay in the header, which stays.  FALSE if the field is of another type. */
static gboolean
read_field (DBusMessage *message, guchar field, GVariant *value)
{
  if (field >= G_N_ELEMENTS (fields) || fields[field].type == NULL)
    return TRUE;
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (fields[field].type)))
    return FALSE;
  if (field == FIELD_REPLY_TO)
    message->reply_to = g_variant_get_uint32 (value);
  else
    G_STRUCT_MEMBER (const char *, message, fields[field].slot) = g_variant_get_string (value, NULL);
  return TRUE;
}

static gboolean
read_fields (DBusMessage *message)
{
  g_autoptr (GVariantIter) all = NULL;
  gboolean done = TRUE;
  guchar field;
  GVariant *value;
  g_variant_get (message->header, HEADER, NULL, NULL, NULL, NULL, NULL, NULL, &all);
  while (g_variant_iter_loop (all, "(yv)", &field, &value))
    done = read_field (message, field, value) && done;
  return done;
}

gboolean
dbus_parse (const guint8 *data, gsize length, DBusMessage *message)
{
  Reader reader = { data, length, 0, 0 };
  *message = (DBusMessage){ 0 };
  if (length < DBUS_START || dbus_length (data) != length)
    return FALSE;
  GVariant *header = get (&reader, G_VARIANT_TYPE (HEADER));
  if (header == NULL)
    return FALSE;
  message->header = g_variant_ref_sink (header);
  message->type = data[1];
  message->body = take (&reader, 0, 8);
  message->size = length - reader.at;
  if (read_fields (message))
    return TRUE;
  dbus_clear (message);
  return FALSE;
}

void
dbus_clear (DBusMessage *message)
{
  g_clear_pointer (&message->header, g_variant_unref);
}

GVariant *
dbus_body (const DBusMessage *message)
{
  const char *signature = message->signature ? message->signature : "";
  Reader reader = { message->body, message->size, 0, 0 };
  g_autofree char *type = g_strconcat ("(", signature, ")", NULL);
  GVariant *values = *signature == '\0'         ? g_variant_new ("()")
                     : is_signature (signature) ? get (&reader, G_VARIANT_TYPE (type))
                                                : NULL;
  g_autoptr (GVariant) owned = values ? g_variant_ref_sink (values) : NULL;
  return reader.at == reader.size ? g_steal_pointer (&owned) : NULL;
}
