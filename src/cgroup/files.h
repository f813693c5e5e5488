/* What backends share: doing by the kernel's files what no manager has to be asked for. */
#pragma once

#include "cgroup/cgroup.h"

/* Writes @pid into the place's cgroup.procs. */
gboolean cgroup_write_pid (const Cgroup *cgroup, int place, pid_t pid, GError **error);

/* Attaches the rules for devices, in the place of those there are. */
gboolean cgroup_write_devices (const Cgroup *cgroup, const CgroupLimits *limits, GError **error);

/* Writes the settings and the rules for devices, and reads them back. */
gboolean cgroup_write_limits (Cgroup *cgroup, const CgroupLimits *limits, GError **error);
