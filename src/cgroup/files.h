/* What backends share: doing by the kernel's files what no manager has to be asked for. */
#pragma once

#include "cgroup/cgroup.h"

/* --- cgroup.c ---------------------------------------------------------------------------------------------------- */

/* Writes @pid into the place's cgroup.procs. */
gboolean cgroup_write_pid (const Cgroup *cgroup, int place, pid_t pid, GError **error);

/* The path of the process @pid below the tree's mount; the caller's; NULL: not known. */
char *cgroup_path_of (pid_t pid);

/* Writes the settings and the rules for devices, and reads them back. */
gboolean cgroup_write_limits (Cgroup *cgroup, const CgroupLimits *limits, GError **error);

/* Kills what is left inside, and returns when nobody is. */
gboolean cgroup_empty (Cgroup *cgroup, GError **error);

/* --- delegate.c -------------------------------------------------------------------------------------------------- */

/* Hands on, from the cgroup @dir to those inside it, the usual controllers as far as they are there, and those that @limits need. */
gboolean cgroup_enable_all (int dir, const char *path, const CgroupLimits *limits, GError **error);

/* Takes back what the cgroup handed on to ones inside it that were there before: who hands on may have no process. */
gboolean cgroup_keep_all (const Cgroup *cgroup, GError **error);

/* Says why @controller, which @origin needs, is not there for the cgroup @path. */
gboolean cgroup_fail_controller (const char *origin, const char *controller, const char *path, GError **error);

/* Makes the cgroup inside. */
gboolean cgroup_make_inner (Cgroup *cgroup, GError **error);

/* Opens the place that is wished for, and hands it over: the directory and exactly the files that the kernel names for that. */
gboolean cgroup_make_place (const CgroupWish *wish, Cgroup *cgroup, GError **error);

/* --- devices.c --------------------------------------------------------------------------------------------------- */

/* Attaches the rules for devices, in the place of those there are. */
gboolean cgroup_write_devices (const Cgroup *cgroup, const CgroupLimits *limits, GError **error);

/* --- fs.c -------------------------------------------------------------------------------------------------------- */

/* Removes an empty cgroup and what is inside it, if it is still there, and those of the ones above that were made with it and
 * are empty now. */
gboolean cgroup_remove_directory (Cgroup *cgroup, GError **error);
