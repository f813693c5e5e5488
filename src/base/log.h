/* What snug says: on standard error, where every line begins with the name it was called by, because clients and their
 * tests look for it; and in a log that was asked for, in a form that container engines read.
 */
#pragma once

#include <glib.h>

/* How a log is written; 0: not said, which is text. */
typedef enum
{
  LOG_TEXT = 1, /* time="…" level=error msg="…" */
  LOG_JSON,     /* {"level":"error","msg":"…","time":"…"} */
} LogFormat;

/* The least grave messages that are wanted; 0: not said, which is warnings. */
typedef enum
{
  LOG_LEVEL_ERROR = 1,
  LOG_LEVEL_WARNING,
  LOG_LEVEL_DEBUG,
} LogLevel;

/* Sets the name that lines begin with.  @name is kept, not copied. */
void log_set_name (const char *name);

/* Puts <N>, the syslog severity, before each line on standard error. */
void log_set_level_prefix (gboolean on);

/* Leaves out what is less grave than @level. */
void log_set_level (LogLevel level);

/* Writes messages as lines of JSON to standard error while there is no log. */
void log_set_format (LogFormat format);

/* Opens a log, in the format that was set: a FILE (or file:FILE) to append to, syslog:NAME, or journald:NAME, which is
 * the same, as the journal listens there.  From now on messages go there, and errors to standard error as well.
 * FALSE with the kernel's word.  @destination is kept, not copied. */
gboolean log_open (const char *destination, GError **error);

/* Says something of one or several lines. */
void log_error (const char *text);
void log_warning (const char *format, ...) G_GNUC_PRINTF (1, 2);
void log_debug (const char *format, ...) G_GNUC_PRINTF (1, 2);
