/* The Spec: what the user wants.
 *
 * Data only.  It knows neither argv nor JSON; both front ends fill it and plan/ compiles it.  Every element
 * that can fail keeps its origin, so that an error names what the user wrote.  Strings belong to the
 * front end and live as long as the Spec; arrays belong to the Spec.
 */
#pragma once

#include <glib.h>

struct JsonCursor;
struct Bundle;

/* Where something was written: `--bind /a /b` (argument 7), or /mounts/3. */
typedef struct
{
  char *const *words; /* the option and its arguments, or one JSON path; NULL when nobody wrote it */
  guint16 n_words;
  guint32 position; /* 1 is the first argument; 0 when there is no count */
} Origin;

/* A scalar with its origin.  Unset: NULL, FALSE, -1, -1. */
typedef struct
{
  const char *value;
  Origin origin;
} Text;

typedef struct
{
  gboolean given;
  Origin origin;
} Flag;

typedef struct
{
  int value;
  Origin origin;
} Descriptor;

typedef struct
{
  gint64 value;
  Origin origin;
} Number;

typedef enum
{
  NS_USER,
  NS_MOUNT,
  NS_PID,
  NS_NET,
  NS_IPC,
  NS_UTS,
  NS_CGROUP,
  NS_TIME,
  N_NAMESPACES,
} NamespaceType;

/* What a type of namespace is called, and what clone(2) and setns(2) know it by. */
typedef struct
{
  const char *name;        /* "net", as options and --explain have it */
  const char *config_name; /* "network", as config.json has it */
  const char *file;        /* below /proc/PID/ns */
  guint64 flag;
} NamespaceNames;

extern const NamespaceNames namespace_names[N_NAMESPACES];

/* A pid namespace can be both joined and then unshared below. */
typedef struct
{
  gboolean unshare;
  gboolean optional; /* go on without, if the kernel has none to give */
  int join_fd;       /* -1: none */
  Origin origin;
} Namespace;

typedef enum
{
  MAP_SINGLE, /* the caller's id alone */
  MAP_RANGES, /* uid_map and gid_map, as written */
  MAP_AUTO,   /* the caller as 0, all subordinate ids from 1 on */
  MAP_IDS,    /* the caller's id as it is, subordinate ids around it */
} MapMode;

typedef struct
{
  guint32 inside, outside, count;
  Origin origin;
} IdRange;

/* Sets all of *@range but its origin.  FALSE if the range is empty or goes beyond MAX_ID. */
gboolean id_range_set (IdRange *range, guint64 inside, guint64 outside, guint64 count);

/* Whether @map (of IdRange) has the id @inside, and if so what it is outside: *@outside, which may be NULL. */
gboolean id_map_find (const GArray *map, guint64 inside, guint64 *outside);

/* Whether @map (of IdRange) has what is the id @outside. */
gboolean id_map_has_outside (const GArray *map, guint64 outside);

typedef enum
{
  FS_BIND,
  FS_OVERLAY,
  FS_PROC,
  FS_DEV,
  FS_TMPFS,
  FS_MQUEUE,
  FS_DIR,
  FS_FILE,
  FS_BIND_DATA,
  FS_SYMLINK,
  FS_CHMOD,
  FS_REMOUNT_RO,
  FS_MOUNT,   /* a filesystem of any type */
  FS_CGROUP,  /* the container's view of the cgroup tree */
  FS_CHANGE,  /* other attributes for what is mounted already */
  FS_DEVICE,  /* a device node, or a fifo */
  FS_MASK,    /* make unreadable what is there */
  FS_UNMOUNT, /* take away what is mounted at dest */
  FS_PROTECT, /* make read-only what is there, and all below */
} FsKind;

typedef enum
{
  FS_READONLY = 1 << 0,
  FS_DEVICES = 1 << 1,         /* device files work through a bind */
  FS_TRY = 1 << 2,             /* a missing source is no error; a symlink leaves what is there */
  FS_RECURSIVE = 1 << 3,       /* a bind with all that is mounted below; else the source's mount alone */
  FS_SOURCE_NOFOLLOW = 1 << 4, /* a source that is a symlink is bound itself */
  FS_DEST_NOFOLLOW = 1 << 5,   /* a destination that is a symlink is mounted on itself */
  FS_COPY_SYMLINK = 1 << 6,    /* a source that is a symlink is copied */
  FS_COPY_UP = 1 << 7,         /* a tmpfs begins with what lies below it */
} FsFlags;

/* What mount_setattr(2) is told of a mount. */
typedef struct
{
  guint64 set, clear;         /* MOUNT_ATTR_…, for the mount itself */
  guint64 rec_set, rec_clear; /* for it and all mounts below */
  guint32 propagation[4];     /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE, each perhaps with MS_REC */
  guint n_propagation;
} MountAttributes;

typedef enum
{
  IDMAP_NONE,
  IDMAP_OWN,       /* by the maps of the mount */
  IDMAP_CONTAINER, /* by the container's */
} IdmapKind;

typedef enum
{
  FS_OVERLAY_RW,
  FS_OVERLAY_TMP,
  FS_OVERLAY_RO,
} OverlayKind;

/* What few operations on the filesystem say: most are binds of a path, and there may be thousands of them. */
typedef struct
{
  int fd;       /* data, or what is bound; -1: none */
  int mode;     /* -1: the kind's default */
  guint64 size; /* bytes; 0: the kernel's default */
  OverlayKind overlay;
  const char *workdir; /* overlay */
  GPtrArray *layers;   /* overlay: host paths, the lowest first; owned */

  /* Of OCI bundles alone. */
  const char *type;        /* FS_MOUNT: the filesystem's */
  const char *const *data; /* FS_MOUNT, FS_CGROUP, FS_CHANGE (of the filesystem then): "key=value" or "key" for
                            * fsconfig(2), NULL-ended; may be NULL */
  const MountAttributes *attributes; /* FS_BIND: instead of flags; FS_MOUNT, FS_CGROUP, FS_CHANGE */
  IdmapKind idmap;
  gboolean idmap_recursive;
  GArray *uid_map, *gid_map; /* IDMAP_OWN: of IdRange; owned */
  guint64 device;            /* FS_DEVICE: makedev(3) */
  guint32 uid, gid;          /* FS_DEVICE; its type is in mode, as in stat(2) */
} FsDetails;

/* One operation on the filesystem; they are done in their order. */
typedef struct
{
  FsKind kind;
  FsFlags flags;
  const char *source; /* bind: a host path; symlink: the target; overlay: the writable layer */
  const char *dest;
  const FsDetails *details; /* never NULL; written to by fs_op_details */
  Origin origin;
} FsOp;

typedef struct
{
  int resource; /* RLIMIT_… */
  guint64 soft, hard;
  Origin origin;
} Rlimit;

typedef enum
{
  SECCOMP_BPF_FD,  /* a compiled program behind fd */
  SECCOMP_PROFILE, /* the name of a built-in profile, or a file */
  SECCOMP_OBJECT,  /* part of a document that has been read */
} SeccompKind;

typedef struct
{
  SeccompKind kind;
  int fd; /* SECCOMP_OBJECT: a file that keeps the program, compiled, for the next time; -1: none */
  const char *profile;
  const struct JsonCursor *object; /* SECCOMP_OBJECT; lives as long as the Spec */
  gboolean several;                /* one of many, not the last that counts */
  Origin origin;
} SeccompFilter;

typedef enum
{
#define ALLOWANCE(id, name, file) ALLOW_##id,
#include "spec/allowances.def"
#undef ALLOWANCE
  N_ALLOWANCES,
} AllowanceId;

#define NO_LIMIT G_MAXUINT64

/* What the sandbox as a whole may use. */
typedef struct
{
  gboolean given;
  guint64
      value; /* bytes, processes, a weight from 1 to 10000 or, of ALLOW_CPUS, CPU_SHARE to a processor; or NO_LIMIT */
  const char *text; /* as it was written; of ALLOW_CPUSET, a list as in cpuset(7) */
  Origin origin;
} Allowance;

#define CPU_SHARE 100000

/* Where the dialects differ without an option saying so: `bwrap` leaves these to its caller. */
typedef struct
{
  gboolean keep_all_fds;    /* the caller's descriptors reach the program */
  gboolean keep_root_caps;  /* root keeps its capabilities unless told otherwise */
  gboolean tethered;        /* the sandbox dies with the monitor */
  gboolean forward_signals; /* signals to the monitor go to the program */
  gboolean refuse_links;    /* nothing is mounted or made where a symlink leads */
  gboolean private_binds;   /* what the host mounts later stays outside */
  gboolean hints;           /* errors say what would help */
  gboolean tidy;            /* places that are made on the host to mount on are removed in the end */
  gboolean guard_terminal;  /* TIOCSTI and TIOCLINUX are refused */
} Defaults;

typedef struct
{
  Namespace ns[N_NAMESPACES]; /* ns[NS_MOUNT] is new; or a bundle joins one, and then nothing is in fs */
  Descriptor userns2_fd;
  Flag disable_userns, assert_userns_disabled;
  Descriptor userns_block_fd;

  MapMode map_mode;
  Origin map_origin;
  GArray *uid_map, *gid_map; /* of IdRange */
  Number uid, gid;           /* inside; unset: as outside */

  GArray *fs; /* of FsOp */
  Text file_label;

  Text hostname;
  Text chdir;
  char **argv; /* the program; not owned */
  Text argv0;
  char **env;      /* owned; as it is at the end, without PWD */
  Number umask;    /* unset: the caller's */
  Number nice;     /* an increment, whose unset value is 0 */
  GArray *rlimits; /* of Rlimit */
  Flag new_session, pty, as_pid_1;
  GArray *keep_fds; /* of Descriptor */
  GArray *used_fds; /* of Descriptor: read by the front end, and not for the program */

  guint64 caps;          /* a bit a capability; those that there are not are left out … */
  guint64 required_caps; /* … but not these */
  gboolean caps_given;
  Text exec_label;
  GArray *seccomp; /* of SeccompFilter */

  Allowance allowed[N_ALLOWANCES]; /* of a cgroup that is made for the sandbox, if anything is given */
  GArray *unit_properties;         /* of Text, "NAME=VALUE": of the unit that systemd makes for it */
  Text cgroup_manager;             /* who makes it; unset: whoever can */

  Descriptor sync_fd, block_fd, info_fd, json_status_fd;
  GArray *lock_files; /* of Text */
  Flag die_with_parent;

  Flag fail_open;
  Defaults defaults;

  struct Bundle *bundle; /* what only OCI bundles ask for, see bundle.h; owned; NULL for a sandbox */
} Spec;

/* Makes an empty Spec: nothing unshared, every descriptor -1, no environment.  @room: so many FsOps are expected. */
Spec *spec_new (guint room);
void spec_free (Spec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Spec, spec_free)

/* Adds to Spec.fs, at its end or before the operation number @place, one that says no more than this yet.  Valid until the next
 * is added. */
FsOp *spec_insert_fs (Spec *spec, guint place, FsKind kind, const char *dest, const Origin *origin);
FsOp *spec_add_fs (Spec *spec, FsKind kind, const char *dest, const Origin *origin);

/* The details of @op, to be filled in; they live as long as the Spec has it. */
FsDetails *fs_op_details (FsOp *op);

/* Refuses wishes that contradict each other, before anything is done.  The texts that bubblewrap's
 * clients know are its own. */
gboolean spec_check (const Spec *spec, GError **error);

/* Whether anything is said about what the sandbox as a whole may use: it gets a cgroup of its own then. */
gboolean spec_limits (const Spec *spec);

/* "--bind /a /b (argument 7)", "/mounts/3"; NULL for an origin that nobody wrote.  Owned by the caller. */
char *origin_to_string (const Origin *origin);

/* Puts the origin in front of @error: "--bind /a /b (argument 7): …".  Returns FALSE, so that callers can return it. */
gboolean prefix_origin (GError **error, const Origin *origin);
