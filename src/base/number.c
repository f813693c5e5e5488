/* Numbers: see number.h. */
#include "base/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

gboolean
parse_number (const char *text, unsigned base, guint64 max, guint64 *value)
{
  if (!g_ascii_isdigit (text[0])) /* strtoull takes blanks and signs */
    return FALSE;

  char *end = NULL;
  errno = 0;
  guint64 parsed = strtoull (text, &end, (int) base);
  if (errno != 0 || *end != '\0' || parsed > max)
    return FALSE;

  *value = parsed;
  return TRUE;
}

void
append_number (GString *text, guint64 number, char end)
{
  char digits[20];
  gsize i = sizeof digits;

  do
    digits[--i] = (char) ('0' + number % 10);
  while (number /= 10);
  g_string_append_len (text, digits + i, (gssize) (sizeof digits - i));
  g_string_append_c (text, end);
}

/* "3" or "0-3", as its first and last number. */
static gboolean
parse_range (const char *text, gsize length, guint64 max, guint64 *first, guint64 *last)
{
  g_autofree char *range = g_strndup (text, length);
  char *dash = strchr (range, '-');

  if (dash != NULL)
    *dash++ = '\0';
  return parse_number (range, 10, max, first) && parse_number (dash != NULL ? dash : range, 10, max, last)
         && *first <= *last;
}

gboolean
parse_list (const char *text, guint64 *bits, gsize n_bits)
{
  while (*text != '\0')
    {
      gsize length = strcspn (text, ",");
      guint64 first, last;
      if (!parse_range (text, length, n_bits - 1, &first, &last)
          || (text[length] == ',' && text[length + 1] == '\0'))
        return FALSE;
      for (guint64 i = first; i <= last; i++)
        bits[i / BITS_PER_WORD] |= G_GUINT64_CONSTANT (1) << i % BITS_PER_WORD;
      text += length + (text[length] == ',');
    }
  return TRUE;
}
