/* D-Bus messages.  Those of tests/fuzz/corpus/fuzz-dbus were written by GIO, another implementation. */
#include "cgroup/dbus.h"

#define MANAGER "org.freedesktop.systemd1.Manager"
#define OBJECT "/org/freedesktop/systemd1"

/* What "call" and "reply" have in them: every type there is. */
#define EVERYTHING                                                                                         \
  "('a.scope', 'fail', [('Delegate', <true>), ('PIDs', <[uint32 7, 8]>), ('MemoryMax', <uint64 1000000>)," \
  " ('N', <(byte 1, int16 -2, uint16 3, -4, int64 -5, 1.5, 'é', objectpath '/a', signature 'as',"         \
  " [{'k', <@as []>}])>)], [])"
#define ITS_TYPE "(ssa(sv)a(sa(sv)))"

typedef struct
{
  guint8 *data;
  gsize size;
} Bytes;

static void
bytes_clear (Bytes *bytes)
{
  g_free (bytes->data);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bytes, bytes_clear)

static Bytes
message_of_gio (const char *name)
{
  Bytes bytes;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fuzz", "corpus", "fuzz-dbus", name, NULL);
  g_assert_true (g_file_get_contents (path, (char **) &bytes.data, &bytes.size, NULL));
  g_assert_cmpuint (dbus_length (bytes.data), ==, bytes.size);
  return bytes;
}

static GVariant *
value_of (const char *type, const char *text)
{
  GVariant *value = g_variant_parse (G_VARIANT_TYPE (type), text, NULL, NULL, NULL);
  g_assert_nonnull (value);
  return value;
}

/* --- Writing ------------------------------------------------------------------------------------------------------ */

static void
test_writes_as_gio (void)
{
  g_auto (Bytes) bytes = message_of_gio ("call");
  g_auto (DBusMessage) theirs = { 0 }, ours = { 0 };
  g_autoptr (GVariant) arguments = value_of (ITS_TYPE, EVERYTHING);
  g_autoptr (GByteArray) written =
      dbus_call (258, "org.freedesktop.systemd1", OBJECT, MANAGER, "StartTransientUnit", arguments);

  g_assert_cmpuint (written->len, ==, bytes.size);
  g_assert_cmpmem (written->data, 12, bytes.data, 12); /* up to the fields, which have no order */
  g_assert_true (dbus_parse (bytes.data, bytes.size, &theirs));
  g_assert_true (dbus_parse (written->data, written->len, &ours));
  g_assert_cmpmem (ours.body, ours.size, theirs.body, theirs.size);
  g_assert_cmpstr (ours.object, ==, theirs.object);
  g_assert_cmpstr (ours.interface, ==, theirs.interface);
  g_assert_cmpstr (ours.member, ==, theirs.member);
  g_assert_cmpstr (ours.signature, ==, theirs.signature);
}

static void
refuses_to_write (const char *type, const char *text)
{
  g_autoptr (GVariant) arguments = value_of (type, text);
  g_assert_null (dbus_call (1, NULL, "/", "a.b", "C", arguments));
}

static void
test_types_that_d_bus_has_not (void)
{
  refuses_to_write ("(v)", "(<@ms nothing>,)");
  refuses_to_write ("(v)", "(<@mi just 5>,)");
  refuses_to_write ("(v)", "(<handle 3>,)");
  refuses_to_write ("(v)", "(<()>,)");
  refuses_to_write ("(ams)", "([],)");
  refuses_to_write ("({ss})", "({'a', 'b'},)");
  refuses_to_write ("(v)", "(<{'a', 'b'}>,)");
}

/* A tuple of @n numbers. */
static GVariant *
long_value (gsize n)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_TUPLE);
  while (n-- > 0)
    g_variant_builder_add (&builder, "y", 1);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
test_types_that_are_too_long (void)
{
  g_autoptr (GVariant) longest = long_value (253), longer = long_value (254), arguments = long_value (256);
  g_assert_true (dbus_has (longest));
  g_assert_false (dbus_has (longer));
  g_assert_null (dbus_call (1, NULL, "/", "a.b", "C", arguments));
}

/* --- Reading ------------------------------------------------------------------------------------------------------ */

static void
test_reads_a_reply (void)
{
  g_auto (Bytes) bytes = message_of_gio ("reply");
  g_auto (DBusMessage) message = { 0 };
  g_autoptr (GVariant) expected = value_of (ITS_TYPE, EVERYTHING);
  g_assert_true (dbus_parse (bytes.data, bytes.size, &message));
  g_autoptr (GVariant) body = dbus_body (&message);
  g_assert_cmpint (message.type, ==, DBUS_REPLY);
  g_assert_cmpuint (message.reply_to, ==, 258);
  g_assert_cmpvariant (body, expected);
}

static void
test_reads_a_signal (void)
{
  g_auto (Bytes) bytes = message_of_gio ("signal");
  g_auto (DBusMessage) message = { 0 };
  g_autoptr (GVariant) expected =
      value_of ("(uoss)", "(77, '/org/freedesktop/systemd1/job/77', 'a.scope', 'done')");
  g_assert_true (dbus_parse (bytes.data, bytes.size, &message));
  g_autoptr (GVariant) body = dbus_body (&message);
  g_assert_cmpint (message.type, ==, DBUS_SIGNAL);
  g_assert_cmpuint (message.reply_to, ==, 0);
  g_assert_cmpstr (message.object, ==, OBJECT);
  g_assert_cmpstr (message.interface, ==, MANAGER);
  g_assert_cmpstr (message.member, ==, "JobRemoved");
  g_assert_cmpstr (message.sender, ==, ":1.4");
  g_assert_cmpvariant (body, expected);
}

static void
test_reads_an_error (void)
{
  g_auto (Bytes) bytes = message_of_gio ("error");
  g_auto (DBusMessage) message = { 0 };
  g_autoptr (GVariant) expected = value_of ("(s)", "('Unit a.scope already exists.',)");
  g_assert_true (dbus_parse (bytes.data, bytes.size, &message));
  g_autoptr (GVariant) body = dbus_body (&message);
  g_assert_cmpint (message.type, ==, DBUS_ERROR);
  g_assert_cmpstr (message.failure, ==, "org.freedesktop.systemd1.UnitExists");
  g_assert_cmpvariant (body, expected);
}

/* --- What is wrong ------------------------------------------------------------------------------------------------ */

static void
test_cut_short (void)
{
  g_auto (Bytes) bytes = message_of_gio ("reply");
  for (gsize size = 0; size < bytes.size; size++)
    {
      g_autofree guint8 *part = g_memdup2 (bytes.data, size); /* of just that size, for who checks addresses */
      g_auto (DBusMessage) message = { 0 };
      g_assert_false (dbus_parse (part, size, &message));
    }
}

static void
test_a_body_cut_short (void)
{
  g_auto (Bytes) bytes = message_of_gio ("reply");
  g_auto (DBusMessage) message = { 0 };
  g_assert_true (dbus_parse (bytes.data, bytes.size, &message));
  while (message.size > 0)
    {
      message.size--;
      g_assert_null (dbus_body (&message));
    }
}

static void
test_changed_anywhere (void)
{
  static const guint8 others[] = { 0, 1, 'v', '(', 'a', 0x7f, 0x80, 0xff };
  g_auto (Bytes) bytes = message_of_gio ("reply");
  for (gsize i = 0; i < bytes.size; i++)
    for (gsize n = 0; n < G_N_ELEMENTS (others); n++)
      {
        g_autofree guint8 *changed = g_memdup2 (bytes.data, bytes.size);
        g_auto (DBusMessage) message = { 0 };
        changed[i] = others[n];
        if (!dbus_parse (changed, bytes.size, &message))
          continue;
        g_autoptr (GVariant) body = dbus_body (&message);
        g_assert_true (body == NULL || g_variant_is_normal_form (body));
      }
}

typedef struct
{
  const char *name, *signature;
  const char *body;
  gsize size;
} Wrong;

#define WRONG(name, signature, bytes)          \
  {                                            \
    name, signature, bytes, sizeof (bytes) - 1 \
  }

/* In little-endian order. */
static const Wrong wrong[] = {
  WRONG ("no-boolean", "b", "\2\0\0\0"),
  WRONG ("no-end-of-text", "s", "\1\0\0\0ab"),
  WRONG ("end-within-text", "s", "\2\0\0\0\0a\0"),
  WRONG ("no-utf8", "s", "\1\0\0\0\xff\0"),
  WRONG ("longer-than-all", "s", "\xff\xff\xff\xff\0"),
  WRONG ("no-path", "o", "\1\0\0\0a\0"),
  WRONG ("no-signature", "g", "\1(\0"),
  WRONG ("variant-of-two", "v", "\2yy\0\1\1"),
  WRONG ("variant-of-none", "v", "\0\0"),
  WRONG ("variant-of-nothing", "v", "\2()\0"),
  WRONG ("variant-of-anything", "v", "\1*\0\1"),
  WRONG ("variant-of-maybe", "v", "\2my\0\1"),
  WRONG ("array-longer-than-all", "ay", "\xff\xff\xff\xff\1"),
  WRONG ("array-within-element", "au", "\2\0\0\0\1\0\0\0"),
  WRONG ("array-of-nothing", "a()", "\4\0\0\0\0\0\0\0\1\1\1\1"),
  WRONG ("deep", "v",
         "\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0"
         "\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1v\0\1y\0\1"),
  WRONG ("bad-signature", "(", ""),
  WRONG ("signature-of-anything", "a{?s}", "\0\0\0\0\0\0\0\0"),
  WRONG ("signature-of-two-tuples", "y)(y", "\1\0\0\0\0\0\0\0\1"),
  WRONG ("entry-outside-an-array", "{yy}", "\1\1"),
  WRONG ("variant-of-an-entry", "v", "\4{yy}\0\0\0\1\1"),
  WRONG ("more-than-its-signature", "y", "\1\1"),
  WRONG ("more-than-nothing", NULL, "\1"),
};

static void
test_wrong (gconstpointer data)
{
  const Wrong *row = data;
  const DBusMessage message = { .signature = row->signature,
                                .body = (const guint8 *) row->body,
                                .size = row->size };
  g_assert_null (dbus_body (&message));
}

/* What each path is, a text. */
static void
test_field_of_another_type (void)
{
  static const char field[] = "\1o"; /* the type of the value that follows */
  g_auto (Bytes) bytes = message_of_gio ("signal");
  g_auto (DBusMessage) message = { 0 };
  guint8 *type = memmem (bytes.data, bytes.size, field, sizeof field);
  g_assert_nonnull (type);
  type[1] = 's';
  g_assert_false (dbus_parse (bytes.data, bytes.size, &message));
}

static void
test_an_empty_signature (void)
{
  const DBusMessage message = { .signature = "" };
  g_autoptr (GVariant) body = dbus_body (&message);
  g_assert_cmpstr (g_variant_get_type_string (body), ==, "()");
}

static void
test_no_message (void)
{
  g_auto (Bytes) bytes = message_of_gio ("reply");
  const guint8 order = bytes.data[0];
  bytes.data[0] = order == 'l' ? 'B' : 'l';
  g_assert_cmpuint (dbus_length (bytes.data), ==, 0);
  bytes.data[0] = order;
  bytes.data[3] = 2; /* the version */
  g_assert_cmpuint (dbus_length (bytes.data), ==, 0);
  bytes.data[3] = 1;
  memset (bytes.data + 4, 0xff, 4); /* the size of the body */
  g_assert_cmpuint (dbus_length (bytes.data), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dbus/writes-as-gio", test_writes_as_gio);
  g_test_add_func ("/dbus/types-that-d-bus-has-not", test_types_that_d_bus_has_not);
  g_test_add_func ("/dbus/types-that-are-too-long", test_types_that_are_too_long);
  g_test_add_func ("/dbus/reads-a-reply", test_reads_a_reply);
  g_test_add_func ("/dbus/reads-a-signal", test_reads_a_signal);
  g_test_add_func ("/dbus/reads-an-error", test_reads_an_error);
  g_test_add_func ("/dbus/cut-short", test_cut_short);
  g_test_add_func ("/dbus/body-cut-short", test_a_body_cut_short);
  g_test_add_func ("/dbus/changed-anywhere", test_changed_anywhere);
  g_test_add_func ("/dbus/field-of-another-type", test_field_of_another_type);
  g_test_add_func ("/dbus/empty-signature", test_an_empty_signature);
  g_test_add_func ("/dbus/no-message", test_no_message);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *path = g_strconcat ("/dbus/wrong/", wrong[i].name, NULL);
      g_test_add_data_func (path, &wrong[i], test_wrong);
    }
  return g_test_run ();
}
