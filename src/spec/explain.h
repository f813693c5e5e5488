/* The Spec as JSON, for --explain. */
#pragma once

#include "spec/spec.h"

#include <json-c/json.h>

/* What is wanted, in sections: namespaces, ids, filesystem, process, security, outside.  Members that say
 * nothing are left out.  The caller owns the value. */
json_object *spec_to_json (const Spec *spec);

/* Capabilities as an array of names, or, when there are more with than without, of "ALL" and "-cap_…" for
 * each that is missing.  The caller owns it. */
json_object *caps_to_json (guint64 caps);

/* What --rlimit calls @resource (RLIMIT_…), or NULL. */
const char *rlimit_name (int resource);
