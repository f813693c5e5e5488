/* See user.h. */
#include "base/user.h"

#include <unistd.h>

/* user_namespaces(7): only the first user namespace maps every id to itself, or one that makes no difference. */
gboolean
is_real_root (void)
{
  g_autofree char *map = NULL;
  unsigned inside, outside, count;
  return geteuid () == 0 && g_file_get_contents ("/proc/self/uid_map", &map, NULL, NULL)
         && sscanf (map, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 && outside == 0
         && count == G_MAXUINT32;
}

uid_t
outer_uid (void)
{
  g_autofree char *map = NULL;
  uid_t uid = geteuid ();
  if (!g_file_get_contents ("/proc/self/uid_map", &map, NULL, NULL))
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
