/* Limits: from what is asked for to the files of a cgroup and what is written to them.
 *
 * The numbers that are asked for are those of the runtime specification (config-linux.md, "Control Groups"), most of which come
 * from cgroup v1; they are converted as runc does.
 */
#pragma once

#include <glib.h>

/* What there are numbers for.  Not given is not the same as 0. */
typedef enum
{
  LIMIT_MEMORY,      /* bytes; -1: no limit; 0: not asked for */
  LIMIT_RESERVATION, /* the same */
  LIMIT_SWAP,        /* the same, memory and swap together */
  LIMIT_CPU_SHARES,  /* 2 to 262144; 0: not asked for */
  LIMIT_CPU_QUOTA,   /* microseconds in a period; negative: no limit; 0: not asked for */
  LIMIT_CPU_PERIOD,  /* microseconds; 0: not asked for */
  LIMIT_CPU_BURST,   /* microseconds */
  LIMIT_CPU_IDLE,    /* 0 or 1 */
  LIMIT_PIDS,        /* processes; negative: no limit */
  LIMIT_IO_WEIGHT,   /* 10 to 1000; 0: not asked for */
  N_LIMITS,
} LimitId;

typedef struct
{
  gboolean given;
  gint64 value;
  char *origin; /* what the user wrote, for errors; owned */
} LimitNumber;

/* A file of a cgroup and what is written to it. */
typedef struct
{
  char *file, *value;
  char *origin;
  gboolean if_there; /* limits nothing: without the file there is nothing to do */
  gboolean instead;  /* written only where the one before it was not there */
} CgroupSetting;

/* A rule of the list of devices; -1: any. */
typedef struct
{
  gboolean allow;
  char type; /* 'c', 'b', or 'a' for both */
  gint64 major, minor;
  guint access; /* BPF_DEVCG_ACC_… */
} DeviceRule;

typedef struct CgroupLimits
{
  LimitNumber numbers[N_LIMITS];
  GArray *settings; /* of CgroupSetting */
  GArray *devices;  /* of DeviceRule, in the order in which they count; NULL: nothing is said of devices */
  char *devices_origin;
  gboolean check_memory; /* a limit below what is used is refused */
} CgroupLimits;

CgroupLimits *cgroup_limits_new (void);
void cgroup_limits_free (CgroupLimits *limits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CgroupLimits, cgroup_limits_free)

/* Says one number. */
void cgroup_limit (CgroupLimits *limits, LimitId id, gint64 value, const char *origin);

/* Says what is written to @file. */
CgroupSetting *cgroup_set (CgroupLimits *limits, const char *file, char *value, const char *origin);

/* Fills in what the numbers depend on from what holds in the cgroup whose directory is @dir: a limit of swap needs that of
 * memory, a period a quota, and a quota, for systemd, the period. */
void cgroup_limits_complete (CgroupLimits *limits, int dir);

/* Turns the numbers into settings, before those that are there.  FALSE with SNUG_ERROR_USAGE for numbers that say nothing. */
gboolean cgroup_limits_compile (CgroupLimits *limits, GError **error);

/* What is asked for that really limits: its origin, or NULL if nothing is.  @controller: only what this one does; NULL: any. */
const char *cgroup_limits_need (const CgroupLimits *limits, const char *controller);

/* Whether rules for devices deny any. */
gboolean cgroup_denies_devices (const CgroupLimits *limits);

/* The controller of a file: "memory" of "memory.max"; NULL: the kernel itself, "cgroup.freeze".  The caller's. */
char *cgroup_controller_of (const char *file);

/* Conversions from v1 to v2.  cgroup_weight: config-linux.md's cpu.shares to cpu.weight; cgroup_io_weight: blockIO.weight
 * to io.weight. */
guint64 cgroup_weight (guint64 shares);
guint64 cgroup_io_weight (guint64 weight);

/* The other way, so that the usual weight of 100 is the usual one here as well: io.weight, 1 to 10000, to io.bfq.weight, 1 to
 * 1000. */
guint64 cgroup_bfq_weight (guint64 weight);

/* Says the weights for disks: @bfq for the scheduler that has weights of its own, and otherwise @weight. */
void cgroup_set_io_weight (CgroupLimits *limits, guint64 bfq, guint64 weight, const char *origin);
