/* Owning file descriptors: `Fd` closes itself when it goes out of scope (GLib before 2.76 has no
 * g_autofd).  Steal with fd_steal.  Usable on both sides of the clone: no GLib here.
 */
#pragma once

#include <errno.h>
#include <unistd.h>

static inline void
fd_clear (int *fd)
{
  if (*fd >= 0)
    {
      int saved = errno;
      close (*fd);
      errno = saved;
      *fd = -1;
    }
}

static inline int
fd_steal (int *fd)
{
  int stolen = *fd;
  *fd = -1;
  return stolen;
}

#define Fd __attribute__ ((cleanup (fd_clear))) int
