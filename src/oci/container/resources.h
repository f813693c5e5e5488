/* What is asked of a container's cgroup: linux.resources, and the options of `update`. */
#pragma once

#include "base/json.h"
#include "cgroup/limits.h"
#include "oci/options.h"

/* Reads the object @resources, whose types are checked already (perhaps there is none), into @limits, which are to be
 * compiled then.  Origins are JSON paths.  FALSE with SNUG_ERROR_USAGE for what says nothing, or what cgroup v2 has nothing for. */
gboolean resources_read (const JsonCursor *resources, CgroupLimits *limits, GError **error);

/* The same from --resources or the other options of `update`. */
gboolean resources_of_options (const OciOptions *options, CgroupLimits *limits, GError **error);
