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
}

static void
test_bases (void)
{
  accepts ("0", 0, G_MAXUINT64, 0);
  accepts ("19", 0, G_MAXUINT64, 19);
  accepts ("0755", 0, G_MAXUINT64, 0755);
  accepts ("0x1f", 0, G_MAXUINT64, 31);
  accepts ("0XFFFFffffFFFFffff", 0, G_MAXUINT64, G_MAXUINT64);
  refuses ("0x10000000000000000", 0, G_MAXUINT64);
  refuses ("08", 0, G_MAXUINT64);
  refuses ("0xg", 0, G_MAXUINT64);
  refuses ("0x+1", 0, G_MAXUINT64);
  refuses ("1f", 10, G_MAXUINT64);
  refuses ("0x1f", 10, G_MAXUINT64);
}

static void
test_limits (void)
{
  accepts ("18446744073709551615", 10, G_MAXUINT64, G_MAXUINT64);
  refuses ("18446744073709551616", 10, G_MAXUINT64);
  refuses ("18446744073709551620", 10, G_MAXUINT64);
  refuses ("99999999999999999999", 10, G_MAXUINT64);
  accepts ("0", 10, 0, 0);
  refuses ("1", 10, 0);
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
test_decimals (void)
{
  static const struct
  {
    const char *text;
    guint64 value; /* 0: refused */
  } decimals[] = {
    { "1", 100000 },
    { "1.5", 150000 },
    { "0.01", 1000 },
    { "0.00001", 1 },
    { "2.50", 250000 },
    { "100", 10000000 },
    { "100.00001", 0 },
    { "0.000001", 0 },
    { "1.", 0 },
    { ".5", 0 },
    { "-1", 0 },
    { "1.-5", 0 },
    { "1.5.5", 0 },
    { "1,5", 0 },
    { "1e3", 0 },
    { "", 0 },
    { "max", 0 },
    { " 1", 0 },
    { "18446744073709551615", 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (decimals); i++)
    {
      guint64 value = 0;
      g_assert_true (parse_decimal (decimals[i].text, 5, 10000000, &value) == (decimals[i].value > 0));
      g_assert_cmpuint (value, ==, decimals[i].value);
    }
}

static void
test_sizes (void)
{
  static const struct
  {
    const char *text;
    guint64 value;
  } sizes[] = {
    { "0", 0 },
    { "80", 80 },
    { "1K", 1024 },
    { "512M", G_GUINT64_CONSTANT (512) << 20 },
    { "2g", G_GUINT64_CONSTANT (2) << 30 },
    { "3T", G_GUINT64_CONSTANT (3) << 40 },
    { "4194304T", G_GUINT64_CONSTANT (1) << 62 },
    { "4611686018427387904", G_GUINT64_CONSTANT (1) << 62 },
  };
  static const char *const refused[] = { "",
                                         "K",
                                         "-1",
                                         "1KB",
                                         "1.5G",
                                         "1 M",
                                         "1P",
                                         "max",
                                         "0x1",
                                         "M512",
                                         "4194305T",
                                         "4611686018427387905",
                                         "9223372036854775808",
                                         "18446744073709551616",
                                         "16777216T" };
  guint64 value = 42;
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    g_assert_false (parse_size (refused[i], G_GUINT64_CONSTANT (1) << 62, &value));
  g_assert_cmpuint (value, ==, 42);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_assert_true (parse_size (sizes[i].text, G_GUINT64_CONSTANT (1) << 62, &value));
      g_assert_cmpuint (value, ==, sizes[i].value);
    }
}

static void
test_sizes_as_text (void)
{
  static const struct
  {
    guint64 size;
    const char *text;
  } sizes[] = {
    { 0, "0" },
    { 1023, "1023" },
    { 1024, "1K" },
    { 1536, "1.5K" },
    { (1 << 20) - 1, "1023.9K" },
    { 512 << 20, "512M" },
    { G_GUINT64_CONSTANT (3) << 40, "3T" },
    { G_MAXUINT64, "16777215.9T" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *text = format_size (sizes[i].size);
      g_assert_cmpstr (text, ==, sizes[i].text);
    }
}

static void
test_lists (void)
{
  static const struct
  {
    const char *text;
    guint64 bits[2];
  } lists[] = {
    { "", { 0 } },         { "0", { 1 } },
    { "0-3,7", { 0x8f } }, { "63-64,127", { G_GUINT64_CONSTANT (1) << 63, 1 | G_GUINT64_CONSTANT (1) << 63 } },
    { "3,1", { 10 } },
  };
  static const char *const refused[] = { "128", "3-1", "0-1-2", "0,", ",0", "-1", "0-", "all", " 0", "0,,1" };
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      guint64 bits[2] = { 0 };
      g_assert_true (parse_list (lists[i].text, bits, 2));
      g_assert_cmpmem (bits, sizeof bits, lists[i].bits, sizeof bits);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      guint64 bits[2] = { 0 };
      g_assert_false (parse_list (refused[i], bits, 2));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/number/digits", test_digits);
  g_test_add_func ("/number/bases", test_bases);
  g_test_add_func ("/number/limits", test_limits);
  g_test_add_func ("/number/anything-else", test_anything_else);
  g_test_add_func ("/number/decimals", test_decimals);
  g_test_add_func ("/number/sizes", test_sizes);
  g_test_add_func ("/number/sizes-as-text", test_sizes_as_text);
  g_test_add_func ("/number/lists", test_lists);
  return g_test_run ();
}
