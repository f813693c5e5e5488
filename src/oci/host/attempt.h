/* Finding out what the kernel lets the caller do, by doing it in a child process that ends at once.
 *
 * What is made there, namespaces and mounts that nobody else sees, ends with the child: nothing is changed or left.
 *
 * Must not: print, word reasons.
 */
#pragma once

#include <glib.h>

typedef enum
{
  ATTEMPT_USER, /* a user namespace that gives its maker rights inside */
  ATTEMPT_MOUNT,
  ATTEMPT_PID,
  ATTEMPT_NET,
  ATTEMPT_IPC,
  ATTEMPT_UTS,
  ATTEMPT_CGROUP,
  ATTEMPT_TIME,
  ATTEMPT_PROC,            /* a new proc for a new pid namespace */
  ATTEMPT_SYSFS,           /* a new sysfs for a new network namespace */
  ATTEMPT_OVERLAY,         /* an overlay that can be written to */
  ATTEMPT_IDMAP,           /* a filesystem mounted there, seen with other ids */
  ATTEMPT_IDMAP_HOST,      /* the host's root filesystem, seen with other ids */
  ATTEMPT_PIDFD,           /* pidfd_open(2) */
  ATTEMPT_CLONE_TO_CGROUP, /* clone3(2) knows CLONE_INTO_CGROUP */
  N_ATTEMPTS,
} Attempt;

/* Tries each, directly or, where that is not allowed, as root of a new user namespace.  results[i] is 0 where @i
 * works, else the errno of what did not. */
void attempt_all (int results[N_ATTEMPTS]);
