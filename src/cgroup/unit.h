/* What systemd is asked for: a unit's name, its slice and its properties; systemd.scope(5), systemd.resource-control(5),
 * org.freedesktop.systemd1(5).
 *
 * Must not: speak with systemd, or look at a cgroup.
 */
#pragma once

#include "cgroup/limits.h"

/* The scope that @path, "slice:prefix:name" as linux.cgroupsPath has it with systemd, stands for; without a path the scope is
 * called @name.  An empty slice is the system's (@system), or the user's.  The caller's strings.  FALSE with
 * SNUG_ERROR_USAGE. */
gboolean unit_name (const char *path, const char *name, gboolean system, char **slice, char **unit,
                    GError **error);

/* The path of a slice below the tree of whose systemd it is: "/a.slice/a-b.slice" of "a-b.slice"; the caller's. */
char *unit_slice_path (const char *slice);

/* What limits are as properties: "a(sv)", floating.  What systemd has no property for is left out.  @idle: systemd knows what
 * an idle weight is, which is new in 252. */
GVariant *unit_limits (const CgroupLimits *limits, gboolean idle);

/* Whether systemd has to know an idle weight. */
gboolean unit_limits_idle (const CgroupLimits *limits);

/* Adds the property @name, whose value is @text in GVariant's text format, to @properties.  Of a name that ends in "Sec" and
 * is a number of seconds systemd has the microseconds.  FALSE with SNUG_ERROR_USAGE and @origin. */
gboolean unit_add_property (GVariantBuilder *properties, const char *name, const char *text, const char *origin,
                            GError **error);

/* All properties of a scope: with its limits, and @more, "a(sv)" or NULL.  @pid: its first process.  Floating. */
GVariant *unit_scope (const char *description, const char *slice, const CgroupLimits *limits, gboolean idle,
                      GVariant *more, pid_t pid);
