/* Fuzzing D-Bus messages: any bytes either are a message, whose values written again are the same values, or are refused.  What
 * the corpus begins with was written by GIO.
 *
 *   clang -fsanitize=fuzzer,address,undefined …; ./fuzz-dbus tests/fuzz/corpus/fuzz-dbus
 */
#include "cgroup/dbus.h"

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What GLib takes for a mistake of ours ends us. */
int
LLVMFuzzerInitialize (int *argc G_GNUC_UNUSED, char ***argv G_GNUC_UNUSED)
{
  g_log_set_always_fatal ((GLogLevelFlags) (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING));
  return 0;
}

/* Not a number must stay the same not-a-number, which g_variant_equal () does not say. */
static gboolean
is_same (GVariant *a, GVariant *b)
{
  return g_variant_get_size (a) == g_variant_get_size (b)
         && memcmp (g_variant_get_data (a), g_variant_get_data (b), g_variant_get_size (a)) == 0;
}

/* A copy that says how large its body is: hardly any other would be read beyond that. */
static guint8 *
with_its_size (const guint8 *data, gsize size)
{
  guint8 *copy = g_memdup2 (data, size);
  guint32 fields, body;
  if (size < DBUS_START)
    return copy;
  memcpy (&fields, copy + 12, sizeof fields);
  body = (guint32) (size - DBUS_START - ((gsize) fields + 7) / 8 * 8);
  memcpy (copy + 4, &body, sizeof body);
  return copy;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_auto (DBusMessage) message = { 0 }, again = { 0 };
  g_autofree guint8 *copy = with_its_size (data, size);
  if (!dbus_parse (copy, size, &message))
    return 0;
  g_autoptr (GVariant) body = dbus_body (&message);
  if (body == NULL)
    return 0;

  g_autoptr (GByteArray) written = dbus_call (1, NULL, "/", "a.b", "C", body);
  g_assert_nonnull (written);
  g_assert_true (dbus_parse (written->data, written->len, &again));
  g_autoptr (GVariant) body_again = dbus_body (&again);
  g_assert_nonnull (body_again);
  g_assert_true (is_same (body, body_again));
  return 0;
}
