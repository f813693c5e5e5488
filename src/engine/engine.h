/* The engine: runs a Plan from outside.
 *
 * limits.c has a cgroup made, launch.c clones; maps.c, info.c, hooks.c and net-device.c run the monitor's steps; monitor.c stays
 * until the program has ended, gate.c lets a container's begin.  What was made on the host is removed by made.c and remembered for the next run by
 * journal.c; place.c is about one such place, inside.c tells whether somebody is left who could use it.  pty.c copies a
 * terminal, socket.c passes descriptors, report.c words what failed.  What happens inside is child/'s.
 */
#pragma once

#include "cgroup/cgroup.h"
#include "engine/made.h"
#include "engine/pty.h"

#include <signal.h>
#include <sys/types.h>

/* Takes the descriptor of a seccomp filter that asks, which stays the caller's.  FALSE with @error ends the container. */
typedef gboolean EngineListener (int fd, gpointer data, GError **error);

/* Called when there is something to read from @fd, which is not closed.  FALSE: no more. */
typedef gboolean EngineWatch (int fd, gpointer data);

typedef struct MovedDevice MovedDevice;

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
  GPtrArray *moved;         /* of MovedDevice: what goes back if the set-up fails; or NULL */
  guint next;               /* the step of the Plan that we look at next */
  Pty *pty;                 /* the caller's terminal, while the program has its own; or NULL */
  Cgroup *cgroup;           /* made for it; NULL: none */
  char *cgroup_name;        /* what it is called */
  pid_t holder;             /* keeps that cgroup from ending before it has been looked at; 0: nobody has to */
  int place;                /* the cgroup that it begins in; -1: ours, or … */
  const char *unit;         /* … one that systemd makes around it, before it does anything; else NULL */
  gboolean placed;          /* it is where it begins */
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

/* The same in steps, for containers.  engine_begin clones the first process, which waits: its pid is known now.  It is cloned
 * into @cgroup (NULL: ours); if that could not be, or is not there yet (placed), the caller puts it there.
 * engine_set_going has it begin with the set-up, beside what the caller does; engine_build waits until it is at the gate or,
 * where there is none, until the program runs.  Then the caller lets it go with
 * engine_free, or waits for its end with engine_wait (the status as for engine_run).  engine_undo kills it and removes what
 * it made; returns the status to exit with, or -1 if an error says more. */
Sandbox *engine_begin (const Plan *plan, const Cgroup *cgroup, pid_t parent, GError **error);
gboolean engine_set_going (Sandbox *sandbox, GError **error);
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
int gate_listen (int dir, GError **error);
gboolean gate_open (int dir, EngineListener *listener, gpointer data, GError **error);

/* The same for whoever has built the container in this process: without a gate_fd it waits for us alone. */
gboolean gate_pass (Sandbox *sandbox, EngineListener *listener, gpointer data, GError **error);

/* Runs @hook, one of @bundle, outside and waits for it; config.md, "POSIX-platform Hooks".  @pid, @status: what the state
 * document says. */
gboolean engine_hook (const Bundle *bundle, const Hook *hook, const char *status, pid_t pid, GError **error);

/* --- Shared between the files of this folder ---------------------------------------------------------------- */

/* The cgroup of a sandbox that has Plan.limits; nothing is done for another.  limits_make makes it, to be cloned into;
 * limits_apply, called before the sandbox is let go, has it inside and the limits hold.  FALSE with @error, and with limits_end
 * still to be called. */
gboolean limits_make (Sandbox *sandbox, GError **error);
gboolean limits_apply (Sandbox *sandbox, GError **error);

/* Says it if the kernel killed for want of memory; to be called as soon as the program has ended. */
void limits_report (const Sandbox *sandbox);

/* Removes the cgroup.  Who is left inside is killed if the sandbox is @undone, and otherwise stays, and the cgroup too: whoever
 * next makes one removes it then. */
void limits_end (Sandbox *sandbox, gboolean undone);

/* Clones the first process into @sandbox, running any joins before.  FALSE with the reason. */
gboolean launch (Sandbox *sandbox, GError **error);

/* Whether the first process waits for our word before it does anything.  Who only enters what is there, in the right cgroup, does
 * not: we have nothing to do before. */
gboolean launch_holds (const Sandbox *sandbox);

/* Kills the sandbox and reaps its first process. */
void launch_undo (Sandbox *sandbox);

/* Brings back the network devices that have been moved in.  What can't come is a warning. */
void net_devices_return (Sandbox *sandbox);

/* Steps of the monitor. */
#define STEP(kind, stage, function, what)
#define MONITOR_STEP(kind, stage, function, what) \
  gboolean function (Sandbox *sandbox, const Step *step, GError **error);
#include "plan/steps.def"
#undef STEP

/* Writes the exit code to --json-status-fd. */
void info_exit (const Sandbox *sandbox, int code);
