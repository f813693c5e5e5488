/* Knowing a process again: see state.h.
 *
 * A pid is given to another process sooner or later.  A pid and a start time are not; and once there is a pidfd, the process
 * behind it stays the same.
 *
 * Must not: believe what it reads of /proc/PID before it knows that the process was alive afterwards.
 */
#include "state/state.h"

#include "base/fd.h"
#include "base/io.h"
#include "base/process.h"
#include "base/sys.h"

#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

int
process_open (pid_t pid, guint64 start_time)
{
  Fd pidfd = pid > 0 ? sys_pidfd_open (pid) : -1;
  if (pid <= 0 || (pidfd < 0 && (errno == EINVAL || errno == ENOENT))) /* a thread, not a process */
    errno = ESRCH;
  if (pidfd < 0)
    return -1;

  guint64 found = process_start_time (pid);
  if (found == start_time && !process_has_ended (pidfd))
    return fd_steal (&pidfd);
  if (found == 0 && sys_pidfd_send_signal (pidfd, 0) == 0)
    errno = EACCES; /* ours, but hidden: proc(5), hidepid */
  else
    errno = ESRCH;
  return -1;
}

/* --- Whose it is ---------------------------------------------------------------------------------------------- */

/* Its real or saved uid is that. */
static gboolean
runs_as (pid_t pid, uid_t owner)
{
  char text[4096];
  uid_t real, effective, saved;
  if (!process_read (pid, "status", text, sizeof text))
    return FALSE;
  const char *line = strstr (text, "\nUid:"); /* the name above it has its line feeds escaped */
  return line && sscanf (line, " Uid: %u %u %u", &real, &effective, &saved) == 3
         && (real == owner || saved == owner);
}

/* Whoever made a user namespace has every capability in it and in those below.  ioctl_ns(2). */
static gboolean
runs_below (pid_t pid, uid_t owner)
{
  char path[64];
  struct stat ours, parents;
  g_snprintf (path, sizeof path, "/proc/%d/ns/user", pid);
  Fd ns = open (path, O_RDONLY | O_CLOEXEC);
  if (ns < 0 || stat ("/proc/self/ns/user", &ours) < 0)
    return FALSE;

  for (;;)
    {
      uid_t maker;
      Fd parent = ioctl (ns, NS_GET_PARENT); /* fails at our own and outside of it */
      if (parent < 0 || fstat (parent, &parents) < 0)
        return FALSE;
      if (parents.st_dev == ours.st_dev && parents.st_ino == ours.st_ino)
        return ioctl (ns, NS_GET_OWNER_UID, &maker) == 0 && maker == owner;
      fd_clear (&ns);
      ns = fd_steal (&parent);
    }
}

gboolean
process_belongs_to (int pidfd, pid_t pid, uid_t owner)
{
  return (runs_as (pid, owner) || runs_below (pid, owner)) && !process_has_ended (pidfd);
}

char *
process_boot_id (void)
{
  char *id = read_text_file ("/proc/sys/kernel/random/boot_id");
  return id != NULL ? g_strstrip (id) : NULL;
}
