/* Text for a terminal: what may be shown of it, and how wide it is. */
#include "base/text.h"

static const struct
{
  const char *text, *shown;
} printable[] = {
  { "plain \xc3\xa9 \xe6\xbc\xa2", "plain \xc3\xa9 \xe6\xbc\xa2" },
  { "\x1b[31m\a\n\x7f", "\\x1b[31m\\x07\\x0a\\x7f" },
  { "\xc2\x9b"
    "31m",
    "\\x9b31m" },                                 /* CSI in one character */
  { "\x9b\xff\xe6\xbc", "\\x9b\\xff\\xe6\\xbc" }, /* no UTF-8; the last is cut off */
  { "\xe2\x80\xae", "\\u202e" },                  /* turns the direction of what follows */
};

static void
test_printable (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (printable); i++)
    {
      g_autoptr (GString) out = g_string_new ("> ");
      text_append_printable (out, printable[i].text);
      g_assert_cmpstr (out->str + 2, ==, printable[i].shown);
    }
}

static void
test_width (void)
{
  g_assert_cmpint (text_width (""), ==, 0);
  g_assert_cmpint (text_width ("abc"), ==, 3);
  g_assert_cmpint (text_width ("\xc3\xa9\xc2\xa0"), ==, 2);         /* é and a blank that does not break */
  g_assert_cmpint (text_width ("\xe6\xbc\xa2\xe3\x81\x82"), ==, 4); /* 漢あ */
  g_assert_cmpint (text_width ("e\xcc\x81"), ==, 1);                /* an accent that combines */
}

static void
pads (const char *text, int columns, const char *expected)
{
  g_autofree char *padded = text_pad (text, columns);
  g_assert_cmpstr (padded, ==, expected);
}

static void
test_pad (void)
{
  pads ("ab", 4, "  ab");
  pads ("ab", -4, "ab  ");
  pads ("\xe6\xbc\xa2", -4, "\xe6\xbc\xa2  ");
  pads ("\xc3\xa9", 3, "  \xc3\xa9");
  pads ("abcde", 3, "abcde");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/printable", test_printable);
  g_test_add_func ("/text/width", test_width);
  g_test_add_func ("/text/pad", test_pad);
  return g_test_run ();
}
