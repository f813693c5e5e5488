/* What this snug-oci can do, whatever the host can: the features document.
 *
 * Everything in it comes from the tables that the code itself goes by, and from features.def for the rest.
 *
 * Must not: look at the host.
 */
#pragma once

#include "base/json-build.h"

typedef enum
{
#define FEATURE(name, ...) FEATURE_##name,
#include "oci/features.def"
#undef FEATURE
  N_FEATURES,
} Feature;

/* Whether the code has it. */
gboolean feature_is_there (Feature feature);

/* The features document of the runtime specification 1.3, features.md and features-linux.md.  Owned by the caller. */
json_object *features_describe (void);
