/* What snug says on standard error.  Every line begins with the name it was called by, because clients
 * and their tests look for it.
 */
#pragma once

#include <glib.h>

/* Sets the name that lines begin with.  @name is kept, not copied. */
void log_set_name (const char *name);
const char *log_name (void);

/* Puts <N>, the syslog severity, before each line. */
void log_set_level_prefix (gboolean on);

/* Prints one line (or several, each prefixed) as an error or a warning. */
void log_error (const char *text);
void log_warning (const char *format, ...) G_GNUC_PRINTF (1, 2);
