/* How text is set off at a terminal: see style.h. */
#include "base/style.h"

#include <glib.h>
#include <unistd.h>

Style
style_for (FILE *out)
{
  const char *no_color = g_getenv ("NO_COLOR");
  int fd = fileno (out); /* a stream in memory has none */
  gboolean plain =
      fd < 0 || !isatty (fd) || (no_color && *no_color) || g_strcmp0 (g_getenv ("TERM"), "dumb") == 0;
  return plain ? (Style){ "", "", "" } : (Style){ "\033[1m", "\033[2m", "\033[0m" };
}
