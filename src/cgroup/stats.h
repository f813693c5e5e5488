/* What the processes of a cgroup use, and have used. */
#pragma once

#include "cgroup/cgroup.h"

/* Pressure: the share of time in percent, over 10, 60 and 300 seconds, and the time in microseconds, in which some, or all,
 * waited; Documentation/accounting/psi.rst. */
typedef struct
{
  gboolean there;
  struct
  {
    double average[3];
    guint64 total;
  } some, full;
} CgroupPressure;

typedef struct
{
  unsigned major, minor;
  guint64 read_bytes, written_bytes, reads, writes;
} CgroupDisk;

typedef struct
{
  char *size; /* "2MB" */
  guint64 used, failures;
} CgroupHugePages;

/* Times in microseconds, sizes in bytes; no limit is G_MAXUINT64.  Zero where there is no controller. */
typedef struct
{
  guint64 cpu, cpu_user, cpu_system, periods, throttled_periods, throttled;
  guint64 memory, memory_peak, memory_limit, memory_failures, oom_kills, cache;
  guint64 swap, swap_limit;
  char *memory_details; /* memory.stat; NULL: none */
  guint64 pids, pids_limit;
  GArray *disks;      /* of CgroupDisk */
  GArray *huge_pages; /* of CgroupHugePages */
  CgroupPressure cpu_pressure, memory_pressure, io_pressure;
} CgroupStats;

CgroupStats *cgroup_stats (const Cgroup *cgroup);
void cgroup_stats_free (CgroupStats *stats);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CgroupStats, cgroup_stats_free)
