/* See user.h. */
#include "base/user.h"

#include "base/io.h"

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
