/* What travels over the socket between the monitor and the processes inside.
 *
 * One SOCK_SEQPACKET pair; each message is one packet.  The monitor sends a byte for the sandbox to begin, and in answer to
 * what is marked "asks"; at the gate, `start` does, over a connection of its own.  The program inside could get at the
 * socket by tracing init, so the monitor believes nothing that it reads: it checks ranges, does not hear of new files once
 * the program runs, and the worst a false message can do is to end the sandbox.
 */
#pragma once

#include <stdint.h>
#include <sys/wait.h>

typedef enum
{
  SYNC_GO, /* monitor -> init: the maps are written, or what was asked is done */
  SYNC_PID, /* init -> monitor: nothing but its credentials, which carry the pid; or: it is ready for its scope */
  SYNC_FAILED,  /* a step failed */
  SYNC_WARNING, /* a step went on without something */
  SYNC_MADE, /* text: a name that is new, in the directory that comes with it or came last; value: a directory? */
  SYNC_PLACE,    /* asks: what SYNC_MADE says is about to be made, as a place to mount on */
  SYNC_USES,     /* asks: the place that comes with it, and our lock on it, is about to be mounted on */
  SYNC_CONSOLE,  /* the master of the terminal comes with it */
  SYNC_HOLD,     /* asks: whether those outside have done their part */
  SYNC_GATE,     /* the container is built and waits to be started */
  SYNC_LISTENER, /* asks: a descriptor of seccomp(2) comes with it */
  SYNC_READY,    /* the program is about to be executed */
  SYNC_STOPPED,  /* the program stopped */
  SYNC_EXITED,   /* the program ended; value: its wait status */
} SyncType;

/* What a step was at when it failed; the words are in engine/report.c. */
typedef enum
{
  AT_STEP,
  AT_SOURCE,
  AT_PARENTS,
  AT_DEST,
  AT_MOUNT, /* text: what the kernel says besides errno, if anything */
  AT_FLAGS,
  AT_DATA,
  AT_RACE,   /* what a descriptor refers to is not what lies at its path */
  AT_EXISTS, /* text: what is there instead */
  AT_EXIT,   /* a hook ended badly; value: its wait status */
  AT_TIME,   /* a hook took too long */
  AT_IDS,    /* the ids of a mount */
  AT_LINK,   /* the destination is a symlink */
  AT_NO_LINK,
  AT_NO_DIRECTORY,
  AT_NO_FILE,
  N_AT,
} SyncAt;

typedef struct
{
  uint16_t type;
  uint16_t at;
  uint32_t step;
  int32_t error; /* errno */
  int32_t value;
  uint64_t inode; /* SYNC_MADE */
  uint32_t kind;  /* of the step: for those who don't have the Plan */
  uint32_t spare;
  char text[256];
} SyncMessage;

/* A wait status as shells count it: the exit status, or 128 and the signal. */
static inline int
shell_status (int status)
{
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}
