/* The containers' records: which containers there are, and what is known of each.
 *
 * A Store is a folder that holds a folder for each container; in that lies its record, and what others put beside it.
 * store.c finds the store and decides whether it can be trusted, container.c makes, opens and removes containers, one caller
 * at a time, record.c writes and reads the record, process.c knows a process again, folder.c reads and empties folders,
 * document.c words the runtime-spec's state.
 *
 * What a record says is what was so when it was written.  What is so now, container_open finds out: a container runs if
 * its process does, and that process is only ever reached through a pidfd, checked against its start time.
 *
 * Must not: know what a cgroup is, or what a container is made of.
 */
#pragma once

#include "base/json.h"

#include <sys/types.h>

/* What lies in a container's folder beside its record, made by others. */
#define ENTRY_CONFIG "config.json" /* what later verbs read of the bundle's */
#define ENTRY_FILTER "filter"      /* its seccomp program, compiled */
#define ENTRY_GATE "gate"          /* a socket: there as long as the container waits for its start */
#define ENTRY_NOTIFY "notify"      /* a directory */

/* The runtime-spec's statuses (runtime.md, "State"), and paused, which runc and crun have. */
typedef enum
{
  STATUS_CREATING, /* being made, or its making was cut short and its process is left */
  STATUS_CREATED,  /* waits for its start */
  STATUS_RUNNING,
  STATUS_PAUSED, /* never found here: whoever knows the cgroup sets it in place of STATUS_RUNNING */
  STATUS_STOPPED,
} ContainerStatus;

/* Returns "creating", "created", "running", "paused" or "stopped". */
const char *status_name (ContainerStatus status);

/* --- The store ---------------------------------------------------------------------------------------------- */

/* The folder that holds a folder for each container.  Plain descriptors, no thread may use it beside another. */
typedef struct Store Store;

/* Finds the store; nothing is made before the first container_new.
 *
 * @root: what --root says, or NULL for the default: /run/snug for the real root, else $XDG_RUNTIME_DIR/snug, and without
 * that variable /run/user/UID/snug.  The real root is uid 0 in a user namespace that maps every id to itself; uid 0 in
 * somebody's user namespace is somebody.
 *
 * Refused: a folder that is none (or a symbolic link; those above it may be), that group or others may write to, or
 * that belongs to anybody but us or root.  Only the real root may use another user's: see Container.foreign. */
Store *store_open (const char *root, GError **error);
void store_free (Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Store, store_free)

/* The store's absolute path, for messages.  Owned by the store. */
const char *store_path (const Store *store);

/* All containers, as Container, sorted by id.  They are not locked and hold no descriptors, of which there may be fewer.  What
 * can't be read is listed with its problem; NULL is for a store that can't be read. */
GPtrArray *store_list (Store *store, GError **error);

/* Those containers that were buried by somebody who did not come to the end, as Container: locked for what is left to do, with
 * container_remove as the last of it.  Removes what nothing is left to do for. */
GPtrArray *store_exhume (Store *store);

/* --- A container -------------------------------------------------------------------------------------------- */

/* Whoever changes a field calls container_save.  Strings are the Container's (g_free) and may be NULL, but for the id.
 *
 * A foreign container is one of another user, opened by root.  What its record says, and what lies beside it, is then
 * whatever that user wants root to read: run no hook of it, signal nothing but through container_pidfd, use the cgroup only if
 * its directory belongs to the owner.  systemd_cgroup and scope are not told, as they name a unit of the owner's
 * manager and not of root's, and container_save refuses. */
typedef struct
{
  char *id;
  int dir; /* the container's own folder; readable, close-on-exec */

  /* The record. */
  char *oci_version;
  char *bundle;            /* absolute */
  char *rootfs;            /* absolute */
  ContainerStatus status;  /* as it was when opened; what is saved is only whether it is still creating */
  pid_t pid;               /* of the first process, even if it has ended; 0: none.  See container_set_process */
  guint64 start_time;      /* of that process, in clock ticks after boot: proc(5), field 22 of /proc/PID/stat */
  gint64 created;          /* microseconds since the epoch; 0: not known */
  char *cgroup;            /* NULL: none */
  guint64 cgroup_id;       /* its inode; 0: it is being made, or that was cut short */
  guint64 cgroup_made;     /* how many of the last directories of @cgroup were made for it */
  guint64 namespaces;      /* those that were made for it: CLONE_NEW… */
  gboolean systemd_cgroup; /* systemd made the cgroup, for the unit @scope */
  char *scope;             /* NULL: none */
  json_object *annotations; /* an object, or NULL */
  guint64 last_hooks;       /* how many of the hooks that come after its end have run */

  /* Found out by opening. */
  uid_t owner;      /* of the folder */
  gboolean foreign; /* see above */
  int process;      /* a pidfd of the first process; -1: it had ended.  See container_pidfd */
  char *problem;    /* why the record can't be read, or not all of it, for people; NULL: it can */

  /* For this folder's files only. */
  Store *store;  /* borrowed: it has to live longer */
  char *entry;   /* the folder, below the store's */
  int lock;      /* -1: not locked */
  int grave;     /* the lock of what is buried; -1: it is not, or not ours to end */
  char *boot_id; /* the boot during which the container was made; NULL: not known */
} Container;

/* How a container is opened. */
typedef enum
{
  LOCK_NONE, /* beside others, to look at it */
  LOCK_WAIT, /* when nobody else has it locked */
  LOCK_TRY,  /* only if nobody else has it locked now */
} ContainerLock;

/* Checks that @id is one that runc takes as well: letters, digits and _ + - . only, not "." or "..", and short enough for
 * the name of a folder.  Else FALSE with SNUG_ERROR_USAGE. */
gboolean container_check_id (const char *id, GError **error);

/* Makes the container @id: its folder, and a record that says `creating`.  When several try at once, one wins; the others
 * fail as they do for a container that exists.  Locked, as container_open does it; undone by container_remove.
 * Fails in a foreign store. */
Container *container_new (Store *store, const char *id, GError **error);

/* Opens the container @id and finds out its status.  SNUG_ERROR_MISSING if there is none; what was cut short before it had a
 * record, or after it had lost it, is none, and is removed.
 *
 * A lock keeps others out until container_free; it is needed for changing anything.  The wait for that of a foreign container
 * is short, since its owner could make it endless.  LOCK_TRY fails with SNUG_ERROR_BUSY.  The lock also ends when the process
 * does; a process that was cloned meanwhile holds it as well, until it closes its descriptors. */
Container *container_open (Store *store, const char *id, ContainerLock lock, GError **error);

/* Lets others have it. */
void container_unlock (Container *container);

/* Locks it again, if it is still there: FALSE without @error if somebody has removed it meanwhile. */
gboolean container_lock (Container *container, GError **error);

/* Also unlocks. */
void container_free (Container *container);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Container, container_free)

/* Makes the living process @pid the first one: sets pid and start_time. */
gboolean container_set_process (Container *container, pid_t pid, GError **error);

/* Writes the record of a locked @container, whole or not at all: on a failure (a full disk) the old one stays. */
gboolean container_save (Container *container, GError **error);

/* Removes the folder of a locked @container with all that is in it, following nothing that leads out of it.  The record
 * goes last, so that what is left after a failure can be removed again.  Does not look at the status. */
gboolean container_remove (Container *container, GError **error);

/* Takes a locked container that is at its end from the others: there is none of that id any more, and who waits for its lock is told
 * so.  It stays ours to end, by container_remove; if that does not come, by whoever calls store_exhume.  FALSE if that can't be,
 * as on a full disk. */
gboolean container_bury (Container *container);

/* Opens a pidfd (pidfd_open(2), close-on-exec; the caller's) of the first process, surely of that and of no later process
 * with its pid.  -1 and SNUG_ERROR_MISSING, with errno ESRCH, if there is none or it has ended, even if nobody has
 * waited for it yet; with errno EPERM for a process of a foreign container that its owner could not signal himself. */
int container_pidfd (const Container *container, GError **error);

/* The runtime-spec's state document (runtime.md, "State"); the caller's.  @full: also what runc adds: rootfs, created,
 * owner.  What is not known is left out.  The pid of a stopped container is 0. */
json_object *container_state (const Container *container, gboolean full);

/* --- Shared between the files of this folder ---------------------------------------------------------------- */

struct Store
{
  char *path;
  int dir; /* -1: not there yet */
  uid_t owner;
  gboolean foreign; /* @owner is another user, and we are root */
};

/* How everything below a store is opened: nothing there leads elsewhere.  openat2(2). */
#define STAY_INSIDE (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV)

/* Opens the store's folder if it is there and can be trusted; dir stays -1 if it is not there. */
gboolean store_find (Store *store, GError **error);

/* Makes the store's folder, and those above it, if it is not there. */
gboolean store_make (Store *store, GError **error);

/* Checks that only its owner may write to the directory @dir, and tells who that is.  @path: for the error. */
gboolean folder_check (int dir, const char *path, uid_t *owner, GError **error);

/* The names in the directory @dir; NULL and errno.  g_strfreev. */
char **folder_names (int dir);

/* Removes all that is in the directory @top, but for the entry @last; NULL: for none.  FALSE and errno. */
gboolean folder_empty (int top, const char *last);

/* Opens the container @id, whose folder is @entry below the store's, and does not lock it.  NULL if there is none. */
Container *container_open_at (Store *store, const char *id, const char *entry);

/* Removes the container's folder.  FALSE and errno. */
gboolean container_clear (const Container *container);

/* Removes the folder of what is buried, if that is nothing. */
void store_clear_graves (const Store *store);

/* The container @id of which nothing can be told but @problem. */
Container *container_unreadable (Store *store, const char *id, const char *problem);

/* The name of the record.  Those that begin with TEMPORARY are of what is not finished. */
#define RECORD "record.json"
#define TEMPORARY "~"

/* Writes the record; @container is locked. */
gboolean record_write (const Container *container, GError **error);

/* Reads the record into the fields of @container, as far as it goes; *@creating: it says that the container is being
 * made.  FALSE if it can't be read: SNUG_ERROR_MISSING if there is none. */
gboolean record_read (Container *container, gboolean *creating, GError **error);

/* A pidfd of the process @pid that began at @start_time; -1 and errno: ESRCH if it has ended, EACCES if it is one that we may
 * signal, but /proc hides it from us, so that nobody knows. */
int process_open (pid_t pid, guint64 start_time);

/* Whether the user @owner may signal the process @pid behind @pidfd, as kill(2) has it: it runs as that user, or in a user
 * namespace of his. */
gboolean process_belongs_to (int pidfd, pid_t pid, uid_t owner);

/* What names the time since the start of the machine; NULL if it can't be told.  Owned by the caller. */
char *process_boot_id (void);
