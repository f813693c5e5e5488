/* Numbers as users write them. */
#include "base/number.h"

static void
accepts (const char *text, unsigned base, guint64 max, guint64 expected)
{
  guint64 value = 0;
  g_assert_true (parse_number (text, base, max, &value));
  g_assert_cmpuint (value, ==, expected);
}

static void
refuses (const char *text, unsigned base, guint64 max)
{
  guint64 value = 42;
  g_assert_false (parse_number (text, base, max, &value));
  g_assert_cmpuint (value, ==, 42);
}

static void
test_digits (void)
{
  accepts ("0", 10, G_MAXUINT64, 0);
  accepts ("0010", 10, G_MAXUINT64, 10);
  accepts ("0755", 8, 07777, 0755);
  accepts ("0x1f", 0, G_MAXUINT64, 31);
}

static void
test_limits (void)
{
  accepts ("18446744073709551615", 10, G_MAXUINT64, G_MAXUINT64);
  refuses ("18446744073709551616", 10, G_MAXUINT64);
  accepts ("7", 10, 7, 7);
  refuses ("8", 10, 7);
}

static void
test_anything_else (void)
{
  static const char *const texts[] = { "", " 1", "1 ", "+1", "-1", "1x", "x", "0x", "9" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    refuses (texts[i], 8, G_MAXUINT64);
}

static void
check_list (const char *text, gboolean good, guint64 first, guint64 second)
{
  guint64 bits[2] = { 0 };
  g_assert_cmpint (parse_list (text, bits, 128), ==, good);
  if (good)
    g_assert_cmpuint (bits[0], ==, first);
  if (good)
    g_assert_cmpuint (bits[1], ==, second);
}

static void
test_lists (void)
{
  static const char *const texts[] = {
    "3-1", "1,", ",1", "1,,2", "0-128", "128", "a", "1-", "-1", "1-2-3", " 1"
  };
  check_list ("", TRUE, 0, 0);
  check_list ("0-3,7", TRUE, 0x8f, 0);
  check_list ("63-64,127", TRUE, G_GUINT64_CONSTANT (1) << 63, (G_GUINT64_CONSTANT (1) << 63) + 1);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    check_list (texts[i], FALSE, 0, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/number/digits", test_digits);
  g_test_add_func ("/number/limits", test_limits);
  g_test_add_func ("/number/anything-else", test_anything_else);
  g_test_add_func ("/number/lists", test_lists);
  return g_test_run ();
}
