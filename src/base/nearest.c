/* What somebody may have meant: see nearest.h. */
#include "base/nearest.h"

#include <string.h>

#define LONGEST 64 /* what is longer was not typed */

/* How many single-character edits lie between two words (Levenshtein). */
static guint
edit_distance (const char *a, const char *b)
{
  gsize n = strlen (b);
  g_autofree guint *row = g_new (guint, n + 1);
  for (gsize j = 0; j <= n; j++)
    row[j] = (guint) j;

  for (gsize i = 0; a[i]; i++)
    {
      guint diagonal = row[0];
      row[0] = (guint) i + 1;
      for (gsize j = 0; j < n; j++)
        {
          guint substituted = diagonal + (a[i] != b[j]);
          diagonal = row[j + 1];
          row[j + 1] = MIN (substituted, MIN (row[j], diagonal) + 1);
        }
    }
  return row[n];
}

Nearest
nearest_to (const char *word)
{
  gsize length = strlen (word);
  return (Nearest){ word, length < LONGEST ? (guint) length / 4 + 1 : 0, NULL };
}

void
nearest_try (Nearest *nearest, const char *name)
{
  guint distance = nearest->distance > 0 ? edit_distance (nearest->word, name) : G_MAXUINT;
  if (distance < nearest->distance)
    {
      nearest->distance = distance;
      nearest->name = name;
    }
}
