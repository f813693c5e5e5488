/* The verbs of snug-oci: cmd_NAME for each row of verbs.def, one a file.
 *
 * Each is given options that are parsed and checked, with as many arguments as the verb takes, and returns the exit
 * status, or -1 with @error.  They print results to standard output, warnings through log_warning, and never errors.
 */
#pragma once

#include "oci/options.h"

#define VERB(name, ...) OciFunction cmd_##name;
#include "oci/verbs.def"
#undef VERB
