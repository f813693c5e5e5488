/* Whether anybody is left inside a sandbox.
 *
 * Asked before what covered the sandbox's places is taken away: who is still inside could then write there.  The kernel
 * has no list of who is in a namespace, so all processes are looked at.  Whoever made namespaces of their own inside
 * still descends from the sandbox's.
 */
#pragma once

#include "plan/plan.h"

#include <sys/types.h>

/* Which processes are a sandbox's: those in a namespace and below it. */
typedef enum
{
  INSIDE_PID,
  INSIDE_USER,
  INSIDE_MOUNT, /* root without others; exactly those in it */
  N_INSIDE,
} InsideKind;

typedef struct
{
  InsideKind kind;
  ino_t inode;
  ino_t seen_from; /* the pid namespace whose processes were meant */
  guint64 since;   /* when the first process started, in clock ticks since boot, as /proc/PID/stat has it */
} Inside;

/* Fills @inside for the sandbox of @plan, whose first process is @init.  FALSE and errno if /proc does not tell. */
gboolean inside_of (const Plan *plan, pid_t init, Inside *inside);

/* Whether anybody is in there still, as far as can be told; in doubt, TRUE. */
gboolean inside_is_anybody (const Inside *inside);
