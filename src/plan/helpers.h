/* The programs that write id ranges for us: newuidmap and newgidmap from shadow. */
#pragma once

#include <glib.h>

/* Finds @name in the caller's PATH.  Returns its path, owned by the caller, or NULL. */
char *helper_find (const char *name);

/* Makes sure that the helper @name can do its work: it is there, it is setuid or has its file capability, and
 * its filesystem honours that.  Each obstacle is an error that says what to do. */
gboolean helper_check (const char *name, GError **error);
