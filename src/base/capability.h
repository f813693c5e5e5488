/* Capabilities by name; capabilities(7). */
#pragma once

/* Returns the name of the capability @number as libcap has it, "cap_chown", or the number, if it has none; g_free() it. */
char *capability_name (int number);

/* Returns the number of the capability @name, as "CAP_CHOWN" or "cap_chown", or -1 where that is not exactly the name of
 * one: libcap's own function also takes what only begins like one, and numbers with anything behind. */
int capability_from_name (const char *name);

/* Returns the name of a capability that is like @word, for its author to choose, or NULL; g_free() it. */
char *capability_like (const char *word);
