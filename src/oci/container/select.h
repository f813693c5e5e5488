/* Which containers a verb is about: the one that its first argument names, or with --regex all whose ids match it. */
#pragma once

#include "oci/options.h"

/* Does something with the container that options->arguments[0] names.  FALSE with @error. */
typedef gboolean SelectedFunction (const OciOptions *options, GError **error);

/* Calls @function for each of them.  One that fails keeps the others from nothing; @error is of the first that did. */
gboolean select_containers (const OciOptions *options, SelectedFunction *function, GError **error);
