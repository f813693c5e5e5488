/* What runs after the clone: a loop over the Plan's steps.
 *
 * Everything in this folder runs in a process whose memory is a copy of the monitor's.  It must not call
 * GLib, allocate, print or look up names: `make check` compares its undefined symbols with a short list.  What it
 * needs is in the steps.  A step that fails sends where and why, and the monitor words it.
 */
#pragma once

#include "child/io.h"
#include "child/sync.h"
#include "plan/plan.h"

#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>

typedef struct
{
  const Step *steps;
  uint32_t n_steps;
  uint32_t current; /* the step being run */
  const Plan *plan;
  const char *unit; /* the scope that systemd puts us into before we begin; NULL: none, or we have begun */

  int sync;         /* our end of the socket */
  int proc;         /* the host's /proc, O_PATH */
  int root;         /* the new root, topmost mount; AT_FDCWD: there is none, and we are in "/" */
  Point root_point; /* what it is */
  int home, away;   /* our mount namespace, and a pidfd of the one that the root is in; -1: they are the same */
  int parent;       /* the directory of the last destination; -1: none */
  char parent_path[PATH_MAX];
  int behind_link; /* the destination is where a symlink led */
  int shelf, base; /* each a tmpfs of ours below both roots, the first perhaps not there: see root.c */
  int on_host; /* something of the host can be written to through the new root, so that what is made may stay */
  int made_in; /* the directory that the monitor knows of */
  dev_t own[16];       /* the filesystems that the sandbox made */
  unsigned n_own;      /* of them; more are taken for the host's */
  uint64_t inode;      /* of what was made last */
  uint32_t n_places;   /* that init holds a lock on: see places.c */
  unsigned n_overlays; /* that have an upper layer on the base */
  int terminal;        /* the program's side of --pty */

  uint64_t caps;    /* what the program keeps */
  sigset_t signals; /* the mask to start the program with */

  int started; /* through the gate: whoever hears us does not have the Plan */
  int status;  /* of a hook that ended badly */
  SyncAt at;   /* what the current step is at */
  char text[sizeof ((SyncMessage){ 0 }).text];
} Child;

/* Runs the child's side of @plan, which never returns.  @held: the monitor has to say when; @unit: the scope that systemd puts us
 * into until then, or NULL.  @sync: our end of the socket; @proc: an O_PATH descriptor of the host's /proc; @signals: the mask
 * for the program. */
_Noreturn void child_run (const Plan *plan, int held, const char *unit, int sync, int proc,
                          const sigset_t *signals);

/* Runs the steps of the stage `enter`, in the process that then joins namespaces, if any, and clones the first inside.  Ends the
 * process if one fails. */
void child_run_early (const Plan *plan, int sync, int proc, const sigset_t *signals);

/* Runs the steps from number @from on. */
_Noreturn void child_run_steps (Child *child, uint32_t from);

/* Sends the current step's failure with errno and ends the process. */
_Noreturn void child_fail (Child *child);

/* Sends that the current step goes on without something, with errno. */
void child_warn (Child *child);

/* Sends a message of @type; @fd: passed along, or -1.  Returns 0, or -1 with errno: whoever waits for the message then learns
 * of it by our end. */
int child_send (Child *child, SyncType type, int value, int fd);

/* Marks what the current step is at, for its error.  Returns -1, for `return failed_at (…)`. */
static inline int
failed_at (Child *child, SyncAt at)
{
  child->at = at;
  return -1;
}

/* For a process that is to be put into the scope @unit: does nothing there until the process @parent ends, or SIGTERM comes. */
_Noreturn void scope_hold (int proc, const char *unit, pid_t parent);

/* Every step of the child: returns 0, or -1 with errno and child->at. */
#define MONITOR_STEP(kind, stage, function, what)
#define STEP(kind, stage, function, what) int function (Child *child, const Step *step);
#include "plan/steps.def"
#undef STEP

/* --- Shared between the files of this folder ------------------------------------------------------ */

/* Opens @path inside the root as openat2(2) with RESOLVE_IN_ROOT: nothing in it leads outside. */
int root_open (const Child *child, const char *path, int flags, mode_t mode);

/* Opens the directory that the last component of the step's destination is in, making what is missing as the step's mode
 * asks; *@last is set to that component, or to NULL when there is none to make ("/", "..").  Returns an O_PATH descriptor that
 * stays the child's and valid until the next call, or -1 with AT_PARENTS. */
int root_open_parent (Child *child, const Step *step, const char **last);

/* Whether the step's destination, @last in @parent, is a symlink and must not be one. */
int is_unwanted_link (const Step *step, int parent, const char *last);

/* For when nothing is at the step's destination (ENOENT, AT_DEST): if a symlink is, has the step lead to where that one does,
 * as a path inside the root kept in @path (PATH_MAX bytes), and returns 1.  Images have such links, as /etc/resolv.conf into
 * /run: what they lead to is made there.  Else returns 0, and leaves errno and child->at alone.  *@links: 0 at first. */
int root_leads_on (Child *child, Step *step, char *path, int *links);

/* Tells the monitor that @name in @dir is new, so that it can be removed if the set-up fails.  What is on a filesystem of the
 * sandbox's own goes by itself. */
void child_made (Child *child, int dir, const char *name, int directory);

/* Sends a message as child_send does, and waits until the monitor has done what it says.  Returns 0, or -1 with errno. */
int child_ask (Child *child, SyncType type, int value, int fd);

/* Waits for the monitor's word to go on, and ends the process if the monitor is gone.  Returns 0, or -1 with errno. */
int child_wait (const Child *child);

/* Ends the process, but not before it is in the scope @unit. */
_Noreturn void scope_leave (int proc, const char *unit);

/* Whether the monitor is gone. */
int child_is_alone (const Child *child);

/* Notes that the filesystem of @fd is the sandbox's own. */
void child_owns (Child *child, int fd);

/* Whether @st is of a file that may stay on the host. */
int is_on_host (const Child *child, const struct stat *st);

/* Makes the directory @name, or else the empty file, in @dir: a place to mount on, or on the way to one, unless the current step
 * makes it for its own sake.  Returns 0, or -1 with errno: EEXIST if something is there already. */
int place_make (Child *child, int dir, const char *name, int directory, mode_t mode);

/* Closes what root_open_parent keeps for the next step: to be called when a mount may have covered it. */
void forget_parent (Child *child);

/* Makes the directory at the step's destination, and what is missing above it, or finds one there; -1 on failure. */
int root_make_directory (Child *child, const Step *step);

/* Mounts the detached @tree at the step's destination; -1 on failure. */
int root_attach (Child *child, const Step *step, int tree, int directory);

/* Mounts the detached @tree over @fd, which may be the root; @point: what it is.  -1 with AT_MOUNT. */
int root_cover (Child *child, int tree, int fd, const Point *point);

/* Makes a symlink to @target at the step's destination; -1 on failure. */
int root_make_link (Child *child, const Step *step, const char *target);

/* Copies the step's mount on the shelf, detached.  Returns it, or -1 with errno. */
int shelf_take (const Child *child, const Step *step);

/* Mounts a new filesystem of @type, detached.  @options: n key, value pairs; a NULL value is left out.  @attributes:
 * MOUNT_ATTR_….  Returns it, or -1 with AT_MOUNT. */
int mount_new (Child *child, const char *type, const char *const (*options)[2], size_t n, unsigned attributes);

/* Keeps what the kernel says of a failure besides errno, in the log of @fs, a descriptor of fsopen(2) or fspick(2): it goes out
 * with AT_MOUNT.  Leaves errno alone. */
void note_kernel_words (Child *child, int fs);

/* Mounts a new tmpfs of ours, detached.  @size: bytes, 0 for the kernel's default; @label: SELinux's, or NULL.  Returns it, or -1
 * with AT_MOUNT. */
int mount_tmpfs (Child *child, unsigned mode, uint64_t size, const char *label);

/* Copies into @tree what lies at the step's destination, if anything does.  -1 with errno. */
int root_copy_up (Child *child, const Step *step, int tree);

/* Gives the mount @tree what @want says; as mount_setattr(2). */
int change_mount (int tree, const MountAttributes *want);

/* Runs @run's program with the state document on its standard input and waits for it, as config.md says of hooks.  @pid: what
 * the document says; @signals: the mask to start it with; @stop: a descriptor that ends the wait when it can be read, or -1.
 * A hook that is not waited for any more is killed, with its process group.  Returns 0; or -1 with *at set to AT_SOURCE (it could
 * not be executed: errno), AT_TIME (it took too long), AT_EXIT (*status is a wait status) or AT_STEP (errno; EINTR: @stop). */
int hook_run (const RunHook *run, pid_t pid, const sigset_t *signals, int stop, SyncAt *at, int *status);

/* Closes every descriptor above 2 but those in @keep, which is sorted in place; -1s in it are skipped.  Returns 0, or -1
 * with errno. */
int close_all_but (int *keep, uint32_t n);

/* Sets *@permitted to the permitted capabilities; as capget(2). */
int get_permitted (uint64_t *permitted);

/* Sets permitted, effective and inheritable capabilities; as capset(2). */
int set_capabilities (uint64_t effective, uint64_t permitted, uint64_t inheritable);

/* Makes a terminal in the devpts of the root: *@terminal is the program's side.  Returns the other side, or -1 (AT_SOURCE: there
 * is no devpts). */
int terminal_open (Child *child, int *terminal);

/* Loads every filter of the Plan, for init. */
int load_filters (Child *child);

/* Loads the filter of a STEP_SECCOMP_LISTEN.  Returns the descriptor to listen with, or -1. */
int load_listening_filter (const Step *step);

/* Stays inside as the parent of @program, which @step (STEP_FORK) made: reaps, passes signals on, reports. */
_Noreturn void init_run (Child *child, pid_t program, const Step *step);
