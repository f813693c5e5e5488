/* How text is set off at a terminal: see style.h. */
#include "base/style.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

#define HELP_COLUMN 33

Style
style_for (FILE *out)
{
  const char *no_color = g_getenv ("NO_COLOR");
  int fd = fileno (out); /* a stream in memory has none */
  gboolean plain =
      fd < 0 || !isatty (fd) || (no_color && *no_color) || g_strcmp0 (g_getenv ("TERM"), "dumb") == 0;
  return plain ? (Style){ "", "", "" } : (Style){ "\033[1m", "\033[2m", "\033[0m" };
}

void
style_row (FILE *out, const Style *style, const char *name, const char *arguments, const char *help)
{
  const char *gap = arguments[0] == '\0' || g_str_has_prefix (arguments, "[=") ? "" : " ";
  int width = (int) (strlen (name) + strlen (gap) + strlen (arguments)) + 4;

  fprintf (out, "    %s%s%s%s%s", style->bold, name, style->off, gap, arguments);
  if (width >= HELP_COLUMN)
    fprintf (out, "\n%*s", HELP_COLUMN, "");
  else
    fprintf (out, "%*s", HELP_COLUMN - width, "");
  fprintf (out, "%s\n", help);
}
