/* What a container uses, as `events` tells it. */
#pragma once

#include "base/json-build.h"
#include "cgroup/stats.h"

/* The object "data" of runc's statistics; the caller's. */
json_object *stats_document (const CgroupStats *stats);
