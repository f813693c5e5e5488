/* The caller's subordinate ids, and the programs that write id ranges for us: newuidmap and newgidmap from shadow. */
#pragma once

#include <glib.h>

/* The caller's ranges in @file, which is /etc/subuid or /etc/subgid: see subuid(5).  An array of IdRange with outside and
 * count, sorted and without overlaps, empty if there are none; owned by the caller. */
GArray *subordinate_ids (const char *file);

/* Sets @error to that @file has none for the caller, and what would help.  Returns FALSE. */
gboolean fail_no_subordinate_ids (const char *file, GError **error);

/* Finds @name in the caller's PATH.  Returns its path, owned by the caller, or NULL. */
char *helper_find (const char *name);

/* Makes sure that the helper @name can do its work: it is there, it is setuid or has its file capability, and
 * its filesystem honours that.  Each obstacle is an error that says what to do. */
gboolean helper_check (const char *name, GError **error);
