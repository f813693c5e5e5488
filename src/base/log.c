/* What snug says: see log.h. */
#include "base/log.h"

#include <syslog.h>

static const char *called_by = "snug";
static gboolean with_level;

void
log_set_name (const char *name)
{
  called_by = name;
}

const char *
log_name (void)
{
  return called_by;
}

void
log_set_level_prefix (gboolean on)
{
  with_level = on;
}

static void
print_lines (int level, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      if (with_level)
        fprintf (stderr, "<%d>", level);
      fprintf (stderr, "%s: %s\n", called_by, *line);
    }
}

void
log_error (const char *text)
{
  print_lines (LOG_ERR, text);
}

void
log_warning (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  print_lines (LOG_WARNING, text);
}
