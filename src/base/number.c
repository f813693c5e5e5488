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
