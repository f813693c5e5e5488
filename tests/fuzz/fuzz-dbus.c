/* Fuzzing D-Bus messages: any bytes either are a message, whose values written again are the same values, or are refused.  What
 * the corpus begins with was written by GIO.
 *
 *   clang -fsanitize=fuzzer,address,undefined …; ./fuzz-dbus tests/fuzz/corpus/fuzz-dbus
 */
#include "cgroup/dbus.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Not a number must stay the same not-a-number, which g_variant_equal () does not say. */
static gboolean
is_same (GVariant *a, GVariant *b)
{
  return g_variant_get_size (a) == g_variant_get_size (b)
         && memcmp (g_variant_get_data (a), g_variant_get_data (b), g_variant_get_size (a)) == 0;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_auto (DBusMessage) message = { 0 }, again = { 0 };
  if (!dbus_parse (data, size, &message))
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
