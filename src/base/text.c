/* Text for a terminal: see text.h. */
#include "base/text.h"

#include <string.h>

void
text_append_printable (GString *out, const char *text)
{
  while (*text)
    {
      gunichar c = g_utf8_get_char_validated (text, -1);
      gboolean valid = c < (gunichar) -2;
      if (valid && g_unichar_isprint (c))
        g_string_append_unichar (out, c);
      else if (valid && c > 0xff)
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_printf (out, "\\x%02x", valid ? c : (guchar) *text);
      text = valid ? g_utf8_next_char (text) : text + 1;
    }
}

int
text_width (const char *text)
{
  int width = 0;
  for (; *text; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);
      if (!g_unichar_iszerowidth (c))
        width += g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

char *
text_pad (const char *text, int columns)
{
  int gap = MAX (ABS (columns) - text_width (text), 0);
  return columns < 0 ? g_strdup_printf ("%s%*s", text, gap, "") : g_strdup_printf ("%*s%s", gap, "", text);
}
