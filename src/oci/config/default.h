/* The config.json that a new bundle begins with.
 *
 * Must not: write files, look at the host.
 */
#pragma once

#include "base/json-build.h"

/* Makes a document for a shell in the folder `rootfs`, as config.md of the runtime specification has it.
 * @rootless: with a user namespace in which the caller, @uid and @gid, is root, and nobody else is there: a map that
 * needs neither subordinate ids nor a helper.  Owned by the caller. */
json_object *default_config (gboolean rootless, guint32 uid, guint32 gid);
