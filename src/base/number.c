/* Numbers: see number.h. */
#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

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
