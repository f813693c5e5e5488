/* The Plan: how the Spec is carried out.
 *
 * A flat array of steps in the order in which they run, each with what it needs: descriptors opened,
 * names looked up, programs compiled.  Compiling does all that can be done before the clone; the child then
 * only loops.  Nothing of the sandbox's side is read or trusted here.
 */
#pragma once

#include "spec/bundle.h"

#include <stdint.h>

typedef enum
{
  BY_MONITOR,
  BY_INIT,
  BY_PROGRAM,
} StageWhere;

typedef enum
{
#define STAGE(name, where, what) STAGE_##name,
#include "plan/stages.def"
#undef STAGE
  N_STAGES,
} StageId;

typedef struct
{
  const char *name;
  StageWhere where;
  const char *what;
} Stage;

extern const Stage stages[N_STAGES];

typedef enum
{
#define STEP(kind, stage, function, what) STEP_##kind,
#include "plan/steps.def"
#undef STEP
  N_STEP_KINDS,
} StepKind;

typedef struct
{
  const char *name;
  StageId stage;
  const char *what;
} StepInfo;

extern const StepInfo step_infos[N_STEP_KINDS];

typedef enum
{
  STEP_READONLY = 1 << 0,
  STEP_DEVICES = 1 << 1,
  STEP_OPTIONAL = 1 << 2,    /* a missing source is no error */
  STEP_FAIL_OPEN = 1 << 3,   /* flags that can't be changed are a warning */
  STEP_VERIFY = 1 << 4,      /* what is bound has to be what fd is */
  STEP_DROP_GROUPS = 1 << 5, /* leave the caller's supplementary groups */
  STEP_KEEP_ALL = 1 << 6,
  STEP_PRIVATE = 1 << 7,      /* no mount of the host arrives later */
  STEP_TREE = 1 << 8,         /* fd is the mount itself, detached */
  STEP_FLAT = 1 << 9,         /* without what is mounted below the source */
  STEP_NOFOLLOW = 1 << 10,    /* a source that is a symlink is meant itself */
  STEP_ON_LINK = 1 << 11,     /* a destination that is a symlink is meant itself */
  STEP_COPY_LINK = 1 << 12,   /* a source that is a symlink is copied */
  STEP_LEAVE = 1 << 13,       /* what is there already may stay */
  STEP_SHELVED = 1 << 14,     /* the mount is on the shelf, with the number in size */
  STEP_REFUSE_LINK = 1 << 15, /* a destination that is a symlink is an error */
} StepFlags;

/* Where execvp(3) looks when there is no PATH. */
#define DEFAULT_PATH "/bin:/usr/bin"

/* Locks on places use up descriptors; what has more of them relies on the journal alone. */
#define MAX_PLACES_HELD 128

/* A Step's value when data comes from a pipe, and has no offset. */
#define STEP_STREAM UINT64_MAX

/* One step.  What the fields mean depends on the kind: see steps.def.  Pointers are into the Plan, the Spec
 * or argv, all of which outlive the run.  There may be thousands, so that what few kinds need is in a struct behind data. */
typedef struct
{
  uint16_t kind;
  uint16_t flags;
  int fd;
  uint32_t mode;
  uint32_t size;
  const char *path, *dest;
  union
  {
    uint64_t value;
    const void *data;
  };
  const Origin *origin; /* never NULL */
} Step;

/* Id maps as the kernel takes them, a line a range: "INSIDE OUTSIDE COUNT\n". */
typedef struct
{
  const char *uid, *gid;
} MapText;

/* A filesystem to mount, or with options alone to change.  options: key, value pairs for fsconfig(2); a NULL value is a flag. */
typedef struct
{
  const char *type, *source;
  const char *const (*options)[2];
  uint32_t n_options;
  int copy_up;      /* begin with what lies below */
  int idmap;        /* a user namespace that maps its ids, or -1 */
  const char *same; /* where the host has one that shows the same, for when there can't be a new one; or NULL */
  uint32_t magic;   /* what statfs(2) says of that */
  const MountAttributes *attributes;
} NewMount;

/* An overlay.  layers: host paths, the lowest first; upper, workdir: of a writable one. */
typedef struct
{
  OverlayKind kind;
  uint32_t n_layers;
  const char *const *layers;
  const char *upper, *workdir;
} NewOverlay;

/* A device node: its number as makedev(3) has it, and who owns it. */
typedef struct
{
  uint64_t number;
  uint32_t uid, gid;
} NewDevice;

/* The sets of capabilities that the program gets, and those that we keep beside until it is executed. */
typedef struct
{
  const CapabilitySets *sets;
  uint64_t until_exec;
} LastCapabilities;

/* A hook to run, and what it reads: head, then the status and the pid, then tail, make the state document. */
typedef struct
{
  const Hook *hook;
  const char *head, *tail, *status;
  const char *dir; /* where it starts; NULL: where the caller is */
  int out, err;    /* descriptors for what it writes; -1: the caller's */
} RunHook;

typedef struct
{
  GArray *steps; /* of Step */

  uint64_t clone_flags;
  MapText maps;                 /* of the user namespace that is made; NULL texts: none, or not ours to write */
  Namespace join[N_NAMESPACES]; /* those with a join_fd are joined before the clone, in this order */
  int enter_fd;                 /* a pidfd, all of whose namespaces in enter_flags are joined; -1: none */
  uint64_t enter_flags;
  uint32_t n_early;            /* so many steps, the first ones, run before anything is entered or cloned */
  uint32_t n_shelved;          /* mounts on the shelf */
  struct CgroupLimits *limits; /* of a cgroup that is made for the sandbox; NULL: none is */
  int cgroup_manager;          /* CgroupManager: who makes it … */
  GVariant *unit_properties;   /* … and sets these of systemd's unit, "a(sv)"; NULL: none */
  gboolean has_init;           /* a process of ours stays inside: as pid 1, or to hold locks and descriptors */
  gboolean die_with_parent, tethered, forward_signals, pty;
  gboolean shares_terminal; /* the terminal's signals reach the program by themselves */
  gboolean hints;           /* errors say what would help */
  gboolean visits;          /* works on another's mounts, and becomes nothing */
  gboolean container;       /* becomes the program by itself, and is waited for by somebody else */
  gboolean guard_init;      /* init can't be traced: nobody asked for its pid, to look at it by */
  gboolean tidy;            /* places to mount on that are made on the host are removed in the end */
  int *
      held; /* what init keeps open: sync_fd or -1, the locks, those on places, two free ones; without an init, what stays
              * open until the program is executed */
  uint32_t n_held;
  uint32_t max_places; /* that init can hold a lock on */
  int info_fd, json_status_fd;

  const char *program;     /* as the user named it */
  char **argv;             /* argv[-1] is a free slot */
  char **env;              /* env[0] is for PWD */
  const char *const *exec; /* the paths to try, in order */

  GPtrArray *owned; /* memory that steps point into */
  GArray *own_fds;  /* descriptors that options named or we opened; they are closed before exec */
} Plan;

/* Compiles @spec into a Plan.  Opens what has to be opened and reads what has to be read, changes nothing.
 * @spec must outlive the Plan.  Returns NULL with an error that names the origin. */
Plan *plan_compile (const Spec *spec, GError **error);
void plan_free (Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Plan, plan_free)

/* What a file with a compiled filter begins with.  A new one is due whenever the same rules become another program. */
#define FILTER_FORMAT "snugBPF2"

/* How many of the @length bytes at @text, from a file as a SeccompFilter of the kind SECCOMP_OBJECT may have one, are a compiled
 * filter for every process, whatever capabilities it has; 0: none are. */
gsize filter_kept_size (const char *text, gsize length);

/* Prints @spec and its Plan for people or, with @json, for programs.  See snug(1), --explain.  @cgroup: the one that others make
 * for it; NULL: nobody does. */
struct CgroupWish;
void plan_explain (const Spec *spec, const Plan *plan, const struct CgroupWish *cgroup, gboolean json,
                   FILE *out);

/* Whether existing namespaces are joined before the clone. */
static inline gboolean
plan_joins (const Plan *plan)
{
  for (int i = 0; i < N_NAMESPACES; i++)
    if (plan->join[i].join_fd >= 0)
      return TRUE;
  return plan->enter_fd >= 0;
}

/* Whether the root is there already, where existing namespaces lead to. */
static inline gboolean
plan_has_root (const Plan *plan)
{
  return (plan->enter_fd >= 0 && !plan->visits) || plan->join[NS_MOUNT].join_fd >= 0;
}

/* Whether a process between the monitor and the first one inside has something to do. */
static inline gboolean
plan_needs_helper (const Plan *plan)
{
  return plan_joins (plan) || plan->n_early > 0;
}

/* Whether that process uses the memory of the monitor, which waits for it: who only enters what is there is so quick that a copy
 * would take longer than all else.  To join a time namespace it must share with nobody. */
static inline gboolean
plan_lends_memory (const Plan *plan)
{
  return plan->enter_fd >= 0 && !(plan->enter_flags & CLONE_NEWTIME);
}

/* Whether the program will live in a user namespace that others may live in. */
static inline gboolean
plan_joins_userns (const Plan *plan)
{
  return plan->join[NS_USER].join_fd >= 0 || plan->enter_fd >= 0;
}

static inline const Step *
plan_step (const Plan *plan, guint i)
{
  return &g_array_index (plan->steps, Step, i);
}
