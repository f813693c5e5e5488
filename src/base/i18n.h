/* Translated texts: _() where it is printed, N_() where it stands in a table. */
#pragma once

#define _(text) translate (text)
#define N_(text) text

/* Returns @text in the user's language, from the message catalog.  The locale is only loaded when the first text is
 * wanted: a sandbox that says nothing does not pay for it. */
const char *translate (const char *text) __attribute__ ((format_arg (1)));

/* Leaves texts as they are, for names whose messages programs read. */
void translate_nothing (void);
