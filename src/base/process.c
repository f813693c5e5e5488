/* Reading what /proc tells of a process: see process.h. */
#include "base/process.h"

#include "base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#define STAT_START_TIME 22

gboolean
process_read (pid_t pid, const char *file, char *text, gsize size)
{
  char path[64];
  g_snprintf (path, sizeof path, "/proc/%d/%s", pid, file);
  Fd fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t length = fd >= 0 ? read (fd, text, size - 1) : -1;
  if (length < 0)
    {
      if (errno == ENOENT)
        errno = ESRCH;
      return FALSE;
    }
  text[length] = '\0';
  return TRUE;
}

guint64
process_start_time (pid_t pid)
{
  char text[1024];
  if (!process_read (pid, "stat", text, sizeof text))
    return 0;

  const char *space = strrchr (text, ')'); /* ends the second field, which may contain anything */
  for (int field = 2; space && field < STAT_START_TIME; field++)
    space = strchr (space + 1, ' ');
  guint64 start_time = space ? g_ascii_strtoull (space + 1, NULL, 10) : 0;
  if (start_time == 0)
    errno = EPROTO;
  return start_time;
}

ino_t
process_namespace (pid_t pid, const char *file)
{
  char path[64];
  struct stat st;
  if (pid == 0)
    g_snprintf (path, sizeof path, "/proc/self/ns/%s", file);
  else
    g_snprintf (path, sizeof path, "/proc/%d/ns/%s", pid, file);
  return stat (path, &st) == 0 ? st.st_ino : 0;
}

gboolean
process_has_ended (int pidfd)
{
  struct pollfd at = { .fd = pidfd, .events = POLLIN };
  return poll (&at, 1, 0) != 0;
}
