/* Text for people at a terminal: how wide it is there, and what of it can do no more than be read. */
#pragma once

#include <glib.h>

/* Appends @text with what can't be printed as \xNN or \uNNNN, bytes that are not UTF-8 included: in the names of files there
 * may be what steers a terminal. */
void text_append_printable (GString *out, const char *text);

/* Returns how many columns @text, which is UTF-8, takes: two for the wide characters of East Asia, none for marks that
 * combine. */
int text_width (const char *text);

/* Returns @text with blanks to @columns columns, in front of it, or for a negative number behind it, as printf(3) counts
 * bytes; g_free() it. */
char *text_pad (const char *text, int columns);
