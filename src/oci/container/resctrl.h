/* linux.intelRdt: a class of service and a monitoring group for the container; config-linux.md, "IntelRdt", and
 * Documentation/filesystems/resctrl.rst of Linux.
 *
 * The tree is the mounted resctrl; $SNUG_RESCTRL names another folder, for tests.
 */
#pragma once

#include "oci/container/life.h"

/* Puts the first process of life->sandbox where life->spec says; nothing where it says nothing.  FALSE with @error, and then nothing
 * is left of what was made. */
gboolean resctrl_apply (Life *life, GError **error);

/* Changes the schemata of the class of life->container, as --l3-cache-schema and --mem-bw-schema of `update` say; NULL: not.  FALSE
 * with @error. */
gboolean resctrl_update (Life *life, const char *l3, const char *bandwidth, GError **error);

/* Removes what resctrl_apply made for the container of life->spec.  What can't be removed is a warning. */
void resctrl_remove (const Life *life);
