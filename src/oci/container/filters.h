/* Filters that have been compiled before: engines give the same rules to every container. */
#pragma once

#include <glib.h>

/* The program of some rules. */
typedef struct
{
  char *of;      /* what it is made of; NULL: it is not to be kept */
  char *program; /* as filter_kept_size knows it; NULL: there is none yet */
  gsize size;    /* of that */
} KnownFilter;

/* Looks for the program of the rules in the config.json @text.  If there is one, the rules are taken out of the text: nothing else
 * can be compiled from it then.  @known: free it with filters_clear. */
void filters_find (KnownFilter *known, char *text, gsize length);

/* Fills @file, new and empty, with the program that was found, if one was.  FALSE and errno. */
gboolean filters_give (const KnownFilter *known, int file);

/* Keeps the program that has been compiled into @file for others with the same rules.  That it can't be kept is no failure. */
void filters_keep (const KnownFilter *known, int file);

void filters_clear (KnownFilter *known);
