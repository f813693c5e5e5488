/* See user.h. */
#include "base/user.h"

#include "base/fd.h"
#include "base/io.h"
#include "base/number.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* --- Names -------------------------------------------------------------------------------------------------------- */

/* More than there is about one user, in bytes. */
#define LONGEST_ENTRY 65536

/* The name that an entry of @text, passwd(5), has for @uid. */
static char *
find_name (const char *text, uid_t uid)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      guint64 number;
      g_auto (GStrv) part = g_strsplit (*line, ":", 4);
      if (g_strv_length (part) == 4 && *part[0] != '\0' && parse_number (part[2], 10, G_MAXUINT32, &number)
          && number == uid)
        return g_strdup (part[0]);
    }
  return NULL;
}

/* What a command prints; the caller's; NULL if it can't be had. */
static char *
output_of (char *const *argv)
{
  int ends[2];
  pid_t pid;
  posix_spawn_file_actions_t actions;
  char *text = NULL;
  gsize length;

  if (pipe2 (ends, O_CLOEXEC) < 0)
    return NULL;
  Fd out = ends[0];
  Fd in = ends[1];
  if (posix_spawn_file_actions_init (&actions) != 0)
    return NULL;
  gboolean started = posix_spawn_file_actions_adddup2 (&actions, in, STDOUT_FILENO) == 0
                     && posix_spawnp (&pid, argv[0], &actions, NULL, argv, environ) == 0;
  posix_spawn_file_actions_destroy (&actions);
  if (!started)
    return NULL;
  fd_clear (&in);
  if (!read_to_end (out, LONGEST_ENTRY, &text, &length, NULL))
    text = NULL;
  fd_clear (&out); /* so that one who still writes ends */
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    ;
  return text;
}

char *
user_name (uid_t uid)
{
  g_autofree char *known = read_text_file ("/etc/passwd");
  char *name = known ? find_name (known, uid) : NULL;
  if (name != NULL)
    return name;
  g_autofree char *number = g_strdup_printf ("%u", uid);
  char *argv[] = { (char *) "getent", (char *) "passwd", number, NULL };
  g_autofree char *found = output_of (argv);
  return found ? find_name (found, uid) : NULL;
}
