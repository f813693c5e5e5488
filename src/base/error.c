/* Errors: see error.h. */
#include "base/error.h"

#include <string.h>

G_DEFINE_QUARK (snug_error, snug_error)

gboolean (fail_errno) (GError **error, int err, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SNUG_ERROR, SNUG_ERROR_FAILED, "%s: %s", text, strerror (err));
  return FALSE;
}

gboolean (fail) (GError **error, SnugError code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, SNUG_ERROR, (int) code, text);
  return FALSE;
}

gboolean (fail_with) (GError **error, GError *failure)
{
  g_propagate_error (error, failure);
  return FALSE;
}
