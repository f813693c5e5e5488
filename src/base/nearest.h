/* What somebody may have meant who wrote a word that there is not. */
#pragma once

#include <glib.h>

/* The candidate that needs the fewest edits to become the word, if they are few enough for a typing error. */
typedef struct
{
  const char *word;
  guint distance;
  const char *name; /* NULL: none is near */
} Nearest;

/* Begins a search for what is near to @word. */
Nearest nearest_to (const char *word);

/* Takes @name, which is not copied, into account. */
void nearest_try (Nearest *nearest, const char *name);
