/* What the files of plan/ share while a Plan is being compiled. */
#pragma once

#include "plan/plan.h"

/* Appends a step of @kind whose errors will name @origin, which is kept (may be NULL).  Valid until the next is added. */
Step *plan_add (Plan *plan, StepKind kind, const Origin *origin);

/* Inserts a step behind those that run before anything is cloned or entered. */
Step *plan_add_early (Plan *plan, StepKind kind, const Origin *origin);

/* Hands @memory to the Plan, which frees it with g_free.  Returns it. */
gpointer plan_own (Plan *plan, gpointer memory);

/* Notes that @fd is ours to close before the program starts. */
void plan_own_fd (Plan *plan, int fd);

/* The limits of the sandbox as a whole, from Spec.allowed. */
gboolean compile_allowances (Plan *plan, const Spec *spec, GError **error);

/* A new cgroup namespace of a process that begins in another cgroup than the monitor's: to be compiled after the cgroup. */
void compile_cgroup_namespace (Plan *plan, const Spec *spec);

/* Everything for an OCI bundle: how plan_compile goes on when the Spec has one. */
gboolean compile_bundle (Plan *plan, const Spec *spec, GError **error);

/* Compiles Spec.fs into steps that build a root from nothing, ROOT first; and into those for a root that is there. */
gboolean compile_fs (Plan *plan, const Spec *spec, GError **error);
gboolean compile_fs_changes (Plan *plan, const Spec *spec, GError **error);

/* Whether the bind @op is of a tree that has to be opened before the clone; and opens it for @step, with its ids mapped as @op
 * says.  Without flags of @step it can't be, and the child is to try.  mount_setattr(2), "ID-mapped mounts". */
gboolean needs_tree (const Spec *spec, const FsOp *op);
gboolean compile_tree (Plan *plan, const Spec *spec, const FsOp *op, Step *step, GError **error);

/* Opens a user namespace with the maps that @op wants; @fd is the Plan's. */
gboolean compile_mount_ids (Plan *plan, const Spec *spec, const FsOp *op, int *fd, GError **error);

/* Which user namespaces there will be, and with which maps; see idmap.c. */
typedef struct
{
  gboolean unshare;   /* a new one is made with the clone */
  gboolean nested;    /* and one more inside it, for the program */
  MapText outer;      /* the map of the first; NULL texts: not ours to write */
  MapText inner;      /* the map of the nested one */
  gboolean by_helper; /* the outer map needs newuidmap and newgidmap */
  gboolean no_groups; /* it lets nobody call setgroups: newgidmap grants that with a range of subordinate ids */
  gint64 uid, gid;    /* the ids to become after the outer map is written; -1: stay */
} IdPlan;

/* Computes the maps for @spec and checks beforehand that they can be written.  @root_needed: something
 * (devpts) can only be mounted where id 0 is mapped. */
gboolean compile_ids (Plan *plan, const Spec *spec, gboolean root_needed, IdPlan *ids, GError **error);

/* A map of IdRange in the kernel's form; the Plan's.  With @identity each range is mapped to itself, for a nested namespace. */
const char *map_text (Plan *plan, const GArray *map, gboolean identity);

/* The namespaces to make and to join, and the steps that write maps and become the ids of the set-up. */
void compile_namespaces (Plan *plan, const Spec *spec, const IdPlan *ids);
void compile_maps (Plan *plan, const Spec *spec, const IdPlan *ids);
void compile_identity (Plan *plan, const Spec *spec, const IdPlan *ids);

/* What the new namespaces hold: loopback, the host name. */
void compile_system (Plan *plan, const Spec *spec);

/* Which descriptors live on.  @until_exec: one more, for us, until the program is executed; -1: none. */
void compile_fds (Plan *plan, const Spec *spec);

/* A STEP_RLIMIT or STEP_EARLY_RLIMIT for each of Spec.rlimits. */
void compile_rlimits (Plan *plan, const Spec *spec, StepKind kind);

/* The umask; the caller's where none is asked for. */
void compile_umask (Plan *plan, const Spec *spec);

/* argv, environment, directories to start in and paths to execute. */
gboolean compile_program (Plan *plan, const Spec *spec, GError **error);

/* The SECCOMP steps: the terminal guard, then the user's filters in their order. */
gboolean compile_seccomp (Plan *plan, const Spec *spec, GError **error);
