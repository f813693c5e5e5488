/* Numbers as users write them: digits only, no sign, blank or overflow, or it is an error. */
#pragma once

#include <glib.h>

/* The largest id of a user or a group: the next one, (uid_t) -1, means "none" to the kernel. */
#define MAX_ID (G_MAXUINT32 - 1)

/* Parses all of @text as a number of @base (8, 10; 0 also takes 0x and a leading 0) not above @max.
 * Returns FALSE when it is anything else; @value is then untouched. */
gboolean parse_number (const char *text, unsigned base, guint64 max, guint64 *value);

/* The same for a number with up to @places digits behind a point, counted in units of the last of them: "1.5" with 2 places
 * is 150.  @max counts in these units too. */
gboolean parse_decimal (const char *text, unsigned places, guint64 max, guint64 *value);

/* The same for a number of bytes, which may end in K, M, G or T: times 1024, once to four times. */
gboolean parse_size (const char *text, guint64 max, guint64 *value);

/* @size bytes as "512M", "1.5G", "80", rounded down; the caller's. */
char *format_size (guint64 size);

/* More CPUs no kernel is built for. */
#define MAX_CPUS 8192
#define BITS_PER_WORD 64

/* Sets the bits that a list such as "0-3,7" names, of @n_words words at @bits; "" names none.  See cpuset(7).  FALSE if it
 * is anything else or names a number too large; some bits may be set then. */
gboolean parse_list (const char *text, guint64 *bits, gsize n_words);

/* Appends @number to @text, in decimal and with @end behind it.  Every sandbox needs some, and printf would touch more of
 * the C library than all else that it starts with. */
void append_number (GString *text, guint64 number, char end);
