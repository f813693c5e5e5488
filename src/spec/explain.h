/* The Spec as JSON, for --explain. */
#pragma once

#include "spec/bundle.h"

#include <json-c/json.h>

/* What is wanted, in sections: namespaces, ids, filesystem, process, limits, security, outside.  Members that say
 * nothing are left out.  The caller owns the value. */
json_object *spec_to_json (const Spec *spec);

/* Capabilities as an array of names, or, when there are more with than without, of "ALL" and "-cap_…" for
 * each that is missing.  The caller owns it. */
json_object *caps_to_json (guint64 caps);

/* What --rlimit calls @resource (RLIMIT_…), or NULL. */
const char *rlimit_name (int resource);

/* What only bundles ask for, added to the sections of spec_to_json. */
void explain_bundle_namespaces (json_object *section, const Bundle *bundle);
void explain_bundle_process (json_object *section, const Bundle *bundle);
void explain_bundle_security (json_object *section, const Bundle *bundle);
void explain_bundle_outside (json_object *section, const Bundle *bundle);

/* A section of its own, an array: what is run at which moment of the container's life; NULL if nothing
 * is. */
json_object *hooks_to_json (const Bundle *bundle);

/* Parts of them that steps have too.  What is the default is left out.  The caller owns the values. */
json_object *user_to_json (const User *user);
json_object *capability_sets_to_json (const CapabilitySets *sets);
json_object *scheduler_to_json (const Scheduler *scheduler);
json_object *memory_policy_to_json (const MemoryPolicy *policy);

/* @priority, as ioprio_set(2) takes it; @personality, as personality(2) does. */
json_object *io_priority_to_json (guint64 priority);
json_object *personality_to_json (guint64 personality);

/* An array of options as mount(8) has them: "nosuid", "rro", "rslave"; NULL when nothing is changed. */
json_object *attributes_to_json (const MountAttributes *wanted);

/* "c 1:3", "b 8:0", "p" for a fifo, by the type in @mode. */
json_object *device_to_json (guint32 mode, guint64 device);

/* The numbers of the bits in @n_words words as a list of ranges: "0-3,7". */
json_object *bits_to_json (const guint64 *bits, gsize n_words);
