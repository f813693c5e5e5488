/* Numbers as users write them: digits only, no sign, blank or overflow, or it is an error. */
#pragma once

#include <glib.h>

/* The largest id of a user or a group: the next one, (uid_t) -1, means "none" to the kernel. */
#define MAX_ID (G_MAXUINT32 - 1)

/* Parses all of @text as a number of @base (8, 10; 0 also takes 0x and a leading 0) not above @max.
 * Returns FALSE when it is anything else; @value is then untouched. */
gboolean parse_number (const char *text, unsigned base, guint64 max, guint64 *value);

/* Appends @number to @text, in decimal and with @end behind it.  Every sandbox needs some, and printf would touch more of
 * the C library than all else that it starts with. */
void append_number (GString *text, guint64 number, char end);
