/* What /proc tells of a process.  A pid may be given to another one meanwhile: only a pidfd that was open all the time makes sure
 * that it was not.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* The time @pid started at, in clock ticks since boot (proc(5), field 22 of stat); 0 and errno, ESRCH if there is none. */
guint64 process_start_time (pid_t pid);

/* The inode of its namespace @file, as in /proc/PID/ns, by which two can be compared; @pid 0: our own.  0 and errno if it can't be
 * looked at. */
ino_t process_namespace (pid_t pid, const char *file);

/* The text of /proc/PID/FILE, cut at @size.  FALSE and errno, ESRCH if there is none. */
gboolean process_read (pid_t pid, const char *file, char *text, gsize size);

/* Whether the process behind @pidfd has ended: also one that only waits to be waited for, but not one whose first thread alone
 * has. */
gboolean process_has_ended (int pidfd);
