/* The engine: runs a Plan from outside.
 *
 * launch.c clones, maps.c and info.c run the monitor's steps, monitor.c stays until the program has ended, made.c
 * removes what was made on the host, journal.c remembers it for the next run, place.c is about one such place, inside.c
 * tells whether somebody is left, pty.c copies a terminal, report.c words what failed.  What happens inside is child/'s.
 */
#pragma once

#include "child/sync.h"
#include "plan/plan.h"

#include <signal.h>
#include <sys/types.h>

/* What a sandbox made on the host. */
typedef struct Made Made;

/* The monitor's view of one sandbox. */
typedef struct
{
  const Plan *plan;
  pid_t init;       /* the first process inside, our child */
  int init_fd;      /* its pidfd */
  int sync;         /* our end of the socket */
  int proc;         /* /proc, O_PATH */
  int signal_fd;    /* of the signals we handle */
  int signal;       /* what ended us before the program started; 0: nothing did */
  Made *made;       /* what is new on the host */
  int parent_fd;    /* a pidfd of our parent, with die_with_parent; else -1 */
  sigset_t signals; /* the mask we were started with */
  sigset_t handled; /* what we take out of a signalfd */
} Sandbox;

/* Runs @plan to its end.  @parent: our parent at the start of main, for die_with_parent.  Returns the exit status in
 * the shell's encoding, or -1 with an error that names what was written; nothing is left behind then. */
int engine_run (const Plan *plan, pid_t parent, GError **error);

/* --- Shared between the files of this folder ---------------------------------------------------------------- */

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

/* Waits until @fd can be read.  FALSE with @error if the sandbox or the parent ends first, or a signal ends us. */
gboolean monitor_wait (Sandbox *sandbox, int fd, GError **error);

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

/* Whether made_end has anything to do for a sandbox that did its work. */
gboolean made_anything (const Made *made);

/* Removes what was made, the last first: all of it when the set-up was not done, then only places to mount on.  To be called when
 * the first process is gone; who else is inside still keeps them. */
void made_end (Made *made);

/* Words a message of the child: sets @error for SYNC_FAILED, warns for SYNC_WARNING.  The message is not trusted. */
gboolean report_failure (const Plan *plan, const SyncMessage *message, GError **error);
void report_warning (const Plan *plan, const SyncMessage *message);

/* Words why the clone failed with @err, telling apart what can switch user namespaces off. */
gboolean report_clone (const Plan *plan, int err, GError **error);

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
