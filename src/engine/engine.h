/* The engine: runs a Plan from outside.
 *
 * limits.c makes a cgroup, launch.c clones, maps.c and info.c run the monitor's steps, monitor.c stays until the program has ended, made.c
 * removes what was made on the host, journal.c remembers it for the next run, place.c is about one such place, inside.c
 * tells whether somebody is left, pty.c copies a terminal, report.c words what failed.  What happens inside is child/'s.
 */
#pragma once

#include "cgroup/cgroup.h"
#include "child/sync.h"
#include "plan/plan.h"

#include <signal.h>
#include <sys/types.h>

/* Takes the descriptor of a seccomp filter that asks, which stays the caller's.  FALSE with @error ends the container. */
typedef gboolean EngineListener (int fd, gpointer data, GError **error);

/* What a sandbox made on the host. */
typedef struct Made Made;

/* Called when there is something to read from @fd, which is not closed.  FALSE: no more. */
typedef gboolean EngineWatch (int fd, gpointer data);

/* The monitor's view of one sandbox. */
typedef struct
{
  const Plan *plan;
  pid_t init;               /* the first process inside, our child */
  int init_fd;              /* its pidfd */
  int sync;                 /* our end of the socket */
  int proc;                 /* /proc, O_PATH */
  int signal_fd;            /* of the signals we handle */
  int signal;               /* what ended us before the program started; 0: nothing did */
  Made *made;               /* what is new on the host */
  guint next;               /* the step of the Plan that we look at next */
  struct Pty *pty;          /* the caller's terminal, while the program has its own; or NULL */
  Cgroup *cgroup;           /* made for it; NULL: none */
  int cgroup_fd;            /* that it begins in; -1: ours */
  gboolean placed;          /* it did begin there */
  gboolean ready;           /* the set-up is done */
  gboolean at_gate;         /* the container is built, and waits to be started */
  int code;                 /* the exit status; -1: not yet */
  gboolean hurry;           /* a signal wants us to end: no waiting for whoever does not read */
  int console_socket;       /* who gets the program's terminal; -1: we copy it */
  EngineListener *listener; /* who gets the descriptor of a filter that asks */
  gpointer listener_data;
  int watched; /* what else to watch while the program runs; -1: nothing */
  EngineWatch *watch;
  gpointer watch_data;
  int parent_fd;    /* a pidfd of our parent, with die_with_parent; else -1 */
  sigset_t signals; /* the mask we were started with */
  sigset_t handled; /* what we take out of a signalfd */
} Sandbox;

/* Runs @plan to its end.  @parent: our parent at the start of main, for die_with_parent.  Returns the exit status in
 * the shell's encoding, or -1 with an error that names what was written; nothing is left behind then. */
int engine_run (const Plan *plan, pid_t parent, GError **error);

/* The same in steps, for containers.  engine_begin clones the first process, which waits: its pid is known now.  If
 * it could not be cloned into the cgroup (placed), the caller puts it there.
 * engine_build has it set up, to the gate or, where there is none, until the program runs.  Then the caller lets it go with
 * engine_free, or waits for its end with engine_wait (the status as for engine_run).  engine_undo kills it and removes what
 * it made; returns the status to exit with, or -1 if an error says more. */
Sandbox *engine_begin (const Plan *plan, pid_t parent, GError **error);
gboolean engine_build (Sandbox *sandbox, GError **error);
int engine_wait (Sandbox *sandbox, GError **error);
int engine_undo (Sandbox *sandbox);
void engine_free (Sandbox *sandbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sandbox, engine_free)

/* Waits until @fd can be read.  FALSE with @error if the sandbox or the parent ends first; without, if a signal ends us. */
gboolean monitor_wait (Sandbox *sandbox, int fd, GError **error);

/* A descriptor that can be read when a signal wants the set-up to end; which one, monitor_wait finds out.  The caller's; -1
 * with @error. */
int monitor_open_ending (GError **error);

/* The gate of a container, a socket in its folder @dir.  gate_listen makes it, for Bundle.gate_fd; owned by the caller.
 * gate_open has the program started and returns when it runs; @listener as in Sandbox.  FALSE with @error if it does not
 * come to run: the container is over then.  @sandbox: of the process that built it, or NULL; with one, FALSE without an error
 * says that a signal came. */
#define GATE_NAME "gate"
int gate_listen (int dir, GError **error);
gboolean gate_open (int dir, EngineListener *listener, gpointer data, GError **error);

/* The same for whoever has built the container in this process: without a gate_fd it waits for us alone. */
gboolean gate_pass (Sandbox *sandbox, EngineListener *listener, gpointer data, GError **error);

/* Runs the hooks of @moment outside, one after the other; config.md, "POSIX-platform Hooks".  @pid, @status: what the state
 * document says.  With @error NULL a hook that fails is a warning and the others still run. */
gboolean engine_hooks (const Bundle *bundle, HookMoment moment, const char *status, pid_t pid, GError **error);

/* --- Shared between the files of this folder ---------------------------------------------------------------- */

/* The cgroup of a sandbox that has Plan.limits; nothing is done for another.  limits_make makes it, to be cloned into;
 * limits_apply, called before the sandbox is let go, has the limits hold.  FALSE with @error, and with limits_end still to be
 * called. */
gboolean limits_make (Sandbox *sandbox, GError **error);
gboolean limits_apply (Sandbox *sandbox, GError **error);

/* Says it if the kernel killed for want of memory; to be called as soon as the program has ended. */
void limits_report (const Sandbox *sandbox);

/* Removes the cgroup.  Who is left inside is killed if the sandbox is @undone, and otherwise stays, and the cgroup too: whoever
 * next makes one removes it then. */
void limits_end (Sandbox *sandbox, gboolean undone);

/* Clones the first process into @sandbox, running any joins before.  FALSE with the reason. */
gboolean launch (Sandbox *sandbox, GError **error);

/* Kills the sandbox and reaps its first process. */
void launch_undo (Sandbox *sandbox);

/* Steps of the monitor. */
#define STEP(kind, stage, function, what)
#define MONITOR_STEP(kind, stage, function, what) \
  gboolean function (Sandbox *sandbox, const Step *step, GError **error);
#include "plan/steps.def"
#undef STEP

/* Writes the exit code to --json-status-fd. */
void info_exit (const Sandbox *sandbox, int code);

/* Waits for the program's end, passing signals and terminal bytes.  Returns its status or -1 with @error. */
int monitor_run (Sandbox *sandbox, GError **error);

/* Begins with nothing.  What made_end has not removed is left to the next run by made_free. */
Made *made_new (const Plan *plan);
void made_free (Made *made);

/* Note SYNC_PLACE, SYNC_MADE and SYNC_USES, until made_ready.  @fd: what came with it, owned from now on, or -1; a directory that
 * does not come is the last one.  @init: the first process inside. */
void made_want (Made *made, pid_t init, const SyncMessage *message, int fd);
void made_note (Made *made, const SyncMessage *message, int fd);
void made_uses (Made *made, pid_t init, int fd);

/* The set-up is done: what was asked for stays from now on. */
void made_ready (Made *made);

/* Why nothing may be made on the host, as it could not be taken away again: an errno, or 0. */
int made_failure (const Made *made);

/* Whether made_end has anything to do for a sandbox that did its work. */
gboolean made_anything (const Made *made);

/* Removes what was made, the last first: all of it when the set-up was not done, then only places to mount on.  To be called when
 * the first process is gone; who else is inside still keeps them. */
void made_end (Made *made);

/* Words a message of the child: sets @error for SYNC_FAILED, warns for SYNC_WARNING.  The message is not trusted. */
gboolean report_failure (const Plan *plan, const SyncMessage *message, GError **error);
void report_warning (const Plan *plan, const SyncMessage *message);

/* The same for a message that comes without a Plan, through the gate. */
gboolean report_late_failure (const SyncMessage *message, GError **error);

/* Words how a hook failed: see hook_run. */
gboolean report_hook (const char *path, SyncAt at, int err, int status, GError **error);

/* Connects to the listening stream socket at @path, of any length: unix(7).  The caller's descriptor, or -1 with @error. */
int connect_socket (const char *path, GError **error);

/* Sends @fd over @socket with @text, as SCM_RIGHTS.  FALSE with @error. */
gboolean send_descriptor (int socket, const char *text, gsize length, const int *fds, gsize n, GError **error);
gboolean send_console (int socket, int master, GError **error);

/* Receives one message and the descriptor that came with it, if any; @flags as recvmsg(2).  Returns 1; 0 if the other side is
 * closed; -1 if there is none. */
int receive_message (int sync, SyncMessage *message, int *fd, int flags);

/* Words why the clone failed with @err, telling apart what can switch user namespaces off. */
gboolean report_clone (const Plan *plan, int err, GError **error);

/* What can be said about why new namespaces could not be made, or gave no rights, with @err; NULL: nothing. */
const char *report_why_no_namespace (int err);

/* Something below /proc that is covered by another mount, so that the kernel allows no new one; NULL: nothing is.  Owned
 * by the caller. */
char *report_covered_proc (void);

/* The caller's terminal, in raw mode while the program has its own. */
typedef struct Pty Pty;
Pty *pty_new (int master);
void pty_free (Pty *pty); /* puts the caller's terminal back as it was */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pty, pty_free)
struct pollfd;
#define PTY_POLL 3
void pty_poll (Pty *pty, struct pollfd *fds); /* fills PTY_POLL entries */
int pty_copy (Pty *pty,
              const struct pollfd *fds); /* after poll(2); returns the errno of a failed output, or 0 */
gboolean pty_is_dry (Pty *pty);          /* all that the program wrote is copied */
gboolean pty_is_stuck (Pty *pty);        /* the caller's side takes no more for now */
void pty_resize (Pty *pty);
void pty_stop (Pty *pty); /* stops ourselves as the program has stopped; returns when continued */
