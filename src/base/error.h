/* Errors: one domain for all of snug, and a way to prefix what stood in the way.
 *
 * Functions return gboolean and set a GError; only main.c prints and exits.  Messages begin in lower
 * case and end in the kernel's own word, because clients match them.
 */
#pragma once

#include <glib.h>

#define SNUG_ERROR (snug_error_quark ())
GQuark snug_error_quark (void);

/* Codes: what callers have to tell apart. */
typedef enum
{
  SNUG_ERROR_FAILED,  /* the set-up failed, or the kernel refused */
  SNUG_ERROR_USAGE,   /* what the user wrote can't be understood */
  SNUG_ERROR_MISSING, /* what was named is not there (any more) */
  SNUG_ERROR_BUSY,    /* somebody else has it, and we were not to wait */
} SnugError;

/* Sets @error to the message of @format followed by ": " and strerror (@err).  @err: an errno value.
 * Returns FALSE, so that callers can return it. */
gboolean fail_errno (GError **error, int err, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Sets @error to the message of @format; @code is a SnugError.  Returns FALSE. */
gboolean fail (GError **error, SnugError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Hands @failure on as @error, which may be NULL.  Returns FALSE. */
gboolean fail_with (GError **error, GError *failure);

/* The analyzer does not look into another file: here is what it has to know. */
#ifdef __clang_analyzer__
#define fail(...) (fail (__VA_ARGS__), FALSE)
#define fail_errno(...) (fail_errno (__VA_ARGS__), FALSE)
#define fail_with(...) (fail_with (__VA_ARGS__), FALSE)
#endif
