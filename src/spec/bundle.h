/* What only OCI bundles ask for, beside the rest of the Spec: who the program is, hooks, devices of the network, the gate
 * that it waits at.  Data only, as spec.h says.  The sections meant are those of the runtime specification 1.3.
 */
#pragma once

#include "spec/spec.h"

/* Who the program is, when that is another than who sets up. */
typedef struct
{
  gboolean given;
  guint32 uid, gid;
  GArray *groups;       /* of guint32; owned */
  gboolean keep_groups; /* the caller's supplementary groups stay, instead of these */
  Origin origin;
} User;

/* capabilities(7); a bit a capability.  What can't be given is left out with a warning.  A document without them gives
 * empty sets, and not the caller's. */
typedef struct
{
  gboolean given;
  guint64 bounding, effective, permitted, inheritable, ambient;
  Origin origin;
} CapabilitySets;

/* A file below /proc/sys, by its path there, and what is written to it. */
typedef struct
{
  const char *path, *value;
  Origin origin;
} Sysctl;

typedef struct
{
  gboolean given;
  guint32 policy; /* SCHED_… */
  guint64 flags;  /* SCHED_FLAG_… */
  gint32 nice, priority;
  guint64 runtime, deadline, period; /* nanoseconds */
  Origin origin;
} Scheduler;

typedef struct
{
  gboolean given;
  int policy; /* MPOL_… with MPOL_F_… */
  guint64 nodes[16];
  gboolean has_nodes;
  Origin origin;
} MemoryPolicy;

/* An offset of CLOCK_MONOTONIC or CLOCK_BOOTTIME in a new time namespace: a line for timens_offsets. */
typedef struct
{
  const char *clock; /* "monotonic", "boottime" */
  gint64 seconds;
  guint32 nanoseconds;
  Origin origin;
} TimeOffset;

/* A device of the network that moves into the container's namespace. */
typedef struct
{
  const char *name, *new_name; /* new_name may be NULL, or a template with %d */
  Origin origin;
} NetDevice;

/* The moments of the lifecycle that hooks run at; config.md, "POSIX-platform Hooks". */
typedef enum
{
  HOOK_PRESTART,
  HOOK_CREATE_RUNTIME,
  HOOK_CREATE_CONTAINER,
  HOOK_START_CONTAINER,
  HOOK_POSTSTART,
  HOOK_POSTSTOP,
  N_HOOKS,
} HookMoment;

typedef struct
{
  const char *path;
  char **argv; /* owned by the front end; never empty */
  char **env;  /* the same; perhaps empty */
  int timeout; /* seconds; 0: none */
  Origin origin;
} Hook;

/* resctrl: what linux.intelRdt says.  NULL: not given. */
typedef struct
{
  gboolean given;
  const char *id, *l3_schema, *bandwidth_schema;
  char **schemata;
  gboolean has_schemata, monitoring;
  Origin origin;
} ResourceDirector;

typedef struct Bundle
{
  User user;
  CapabilitySets cap_sets;
  gboolean allow_new_privs; /* no_new_privs is not set */
  Text domainname, apparmor;
  Text mount_label; /* what is in `mounts` has it in its data already */
  Text cgroups_path;
  GArray *sysctls;      /* of Sysctl */
  Number oom_score_adj; /* unset: G_MININT64 */
  Scheduler scheduler;
  Number io_priority;                    /* ioprio_set(2); unset: -1 */
  Text initial_affinity, final_affinity; /* cpu lists as in cpuset(7); for exec */
  Number personality;
  MemoryPolicy memory_policy;
  GArray *time_offsets; /* of TimeOffset */
  GArray *net_devices;  /* of NetDevice */
  ResourceDirector rdt;
  guint32 root_propagation; /* MS_…, perhaps with MS_REC; 0: the default, slave */
  GArray *hooks[N_HOOKS];   /* of Hook */
  /* The state document for hooks: what stands before and after status and pid. */
  const char *state_head, *state_tail;
  const char *hook_dir;   /* where hooks outside start: the bundle */
  int hook_out, hook_err; /* where hooks write; -1: where we do */
  Flag terminal;          /* the program gets a terminal, whose other side goes to whoever asked */
  guint16 console_rows, console_columns; /* 0, 0: not given */
  Text seccomp_listener;                 /* the path of the agent's socket */
  const char *listener_metadata;
  int enter_fd;      /* a pidfd whose namespaces are entered, and nothing is built; -1: none */
  int enter_pid;     /* its pid */
  guint64 enter_new; /* CLONE_NEW…: which of its namespaces were made for it, and so are not ours */
  gboolean visit;    /* not to run a program there, but to change its mounts by Spec.fs */
  int gate_fd;       /* a listening socket to wait at for `start`; -1: whoever builds the container starts it */
  gboolean keyring;  /* a new session keyring */
  const char *id;    /* the container's, names the keyring */
  gboolean no_pivot; /* the root may be an initial ramfs, which pivot_root(2) can't replace */
  guint preserve_fds; /* so many descriptors from 3 on are the program's */

  GPtrArray *owned; /* memory of the front end, freed with g_free */
} Bundle;

/* Makes a Bundle that asks for nothing; the Spec that has it frees it. */
Bundle *bundle_new (void);
void bundle_free (Bundle *bundle);

/* Hands @memory to the Bundle, which frees it with g_free.  Returns it. */
gpointer bundle_own (Bundle *bundle, gpointer memory);
