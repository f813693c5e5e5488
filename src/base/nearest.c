/* What somebody may have meant: see nearest.h. */
#include "base/nearest.h"

#include <string.h>

#define LONGEST 64 /* what is longer was not typed */

/* How many typing errors lie between two words: a character too many, too few or wrong, or two that changed places
 * (optimal string alignment). */
static guint
edit_distance (const char *a, const char *b)
{
  gsize n = strlen (b);
  g_autofree guint *space = g_new0 (guint, 3 * (n + 1));
  guint *before = space, *above = before + n + 1, *row = above + n + 1;
  for (gsize j = 0; j <= n; j++)
    row[j] = (guint) j;

  for (gsize i = 0; a[i]; i++)
    {
      guint *oldest = before;
      before = above, above = row, row = oldest;
      row[0] = (guint) i + 1;
      for (gsize j = 0; j < n; j++)
        {
          row[j + 1] = MIN (above[j] + (a[i] != b[j]), MIN (above[j + 1], row[j]) + 1);
          if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
            row[j + 1] = MIN (row[j + 1], before[j - 1] + 1);
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
