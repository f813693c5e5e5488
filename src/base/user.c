/* See user.h. */
#include "base/user.h"

#include "base/fd.h"
#include "base/io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* user_namespaces(7): only the first user namespace maps every id to itself, or one that makes no difference. */
gboolean
is_real_root (void)
{
  unsigned inside, outside, count;
  g_autofree char *map = geteuid () == 0 ? read_text_file ("/proc/self/uid_map") : NULL;
  return map != NULL && sscanf (map, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 && outside == 0
         && count == G_MAXUINT32;
}

gboolean
is_private (int fd, mode_t type)
{
  struct stat st;
  return fstat (fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid ()
         && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

int
open_private_folder (const char *path)
{
  Fd fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return fd >= 0 && is_private (fd, S_IFDIR) ? fd_steal (&fd) : -1;
}

uid_t
outer_uid (void)
{
  uid_t uid = geteuid ();
  g_autofree char *map = read_text_file ("/proc/self/uid_map");
  if (map == NULL)
    return uid;
  g_auto (GStrv) lines = g_strsplit (map, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      unsigned inside, outside, count;
      if (sscanf (*line, "%u %u %u", &inside, &outside, &count) == 3 && uid >= inside && uid - inside < count)
        return outside + (uid - inside);
    }
  return uid;
}
