/* Numbers as users write them: digits only, no sign, blank or overflow, or it is an error. */
#pragma once

#include <glib.h>

/* The largest id of a user or a group: the next one, (uid_t) -1, means "none" to the kernel. */
#define MAX_ID (G_MAXUINT32 - 1)

/* Parses all of @text as a number of @base (8, 10; 0 also takes 0x and a leading 0) not above @max.
 * Returns FALSE when it is anything else; @value is then untouched. */
gboolean parse_number (const char *text, unsigned base, guint64 max, guint64 *value);

/* Sets the bits in @bits that a list such as "0-3,7" names, each below @n_bits; "" names none.  See cpuset(7), "List format".
 * Returns FALSE when it is anything else. */
gboolean parse_list (const char *text, guint64 *bits, gsize n_bits);
#define BITS_PER_WORD 64

/* More CPUs no kernel is built for. */
#define MAX_CPUS 8192

/* Appends @number to @text, in decimal and with @end behind it.  Every sandbox needs some, and printf would touch more of
 * the C library than all else that it starts with. */
void append_number (GString *text, guint64 number, char end);
