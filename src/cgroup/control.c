/* What is done to all processes of a cgroup at once: frozen, killed, waited for, listed.  See cgroup.h. */
#include "cgroup/cgroup.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "cgroup/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>

/* How long we wait for the kernel, in microseconds: a process in an uninterruptible wait is frozen, and ends, only after it. */
#define PATIENCE (10 * G_USEC_PER_SEC)

/* Deeper than the kernel lets cgroups be by default is nothing that a container needs. */
#define MAX_DEPTH 64

/* Waits until the line @key of cgroup.events says @value; poll(2) tells of changes. */
static gboolean
wait_for_event (const Cgroup *cgroup, const char *key, guint64 value)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE, left;
  Fd events = openat (cgroup->dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
  if (events < 0)
    return FALSE;
  for (;;)
    {
      char text[256];
      ssize_t n = pread (events, text, sizeof text - 1, 0);
      if (n < 0)
        return FALSE;
      text[n] = '\0';
      if (cgroup_value_of (text, key, !value) == value)
        return TRUE;
      left = deadline - g_get_monotonic_time ();
      errno = ETIMEDOUT;
      if (left <= 0)
        return FALSE;
      struct pollfd change = { .fd = events, .events = POLLPRI };
      poll (&change, 1, (int) (left / 1000) + 1);
    }
}

static gboolean
fail_cgroup (const Cgroup *cgroup, const char *what, GError **error)
{
  int err = errno;
  if (err == ENODEV || err == ENOENT)
    return fail (error, SNUG_ERROR_MISSING, _ ("%s %s: the cgroup is gone"), what, cgroup->path);
  return fail_errno (error, err, "%s %s", what, cgroup->path);
}

gboolean
cgroup_freeze (const Cgroup *cgroup, GError **error)
{
  if (cgroup_write (cgroup->dir, "cgroup.freeze", "1") && wait_for_event (cgroup, "frozen", 1))
    return TRUE;
  int err = errno;
  cgroup_write (cgroup->dir, "cgroup.freeze", "0");
  errno = err;
  return fail_cgroup (cgroup, _ ("can't freeze cgroup"), error);
}

gboolean
cgroup_thaw (const Cgroup *cgroup, GError **error)
{
  return (cgroup_write (cgroup->dir, "cgroup.freeze", "0") && wait_for_event (cgroup, "frozen", 0))
         || fail_cgroup (cgroup, _ ("can't thaw cgroup"), error);
}

/* What was asked for counts: while the last process is on its way to be frozen, too. */
gboolean
cgroup_is_frozen (const Cgroup *cgroup)
{
  g_autofree char *text = cgroup_read (cgroup->dir, "cgroup.freeze");
  return g_strcmp0 (text, "1") == 0;
}

gboolean
cgroup_kill (const Cgroup *cgroup, GError **error)
{
  return cgroup_write (cgroup->dir, "cgroup.kill", "1")
         || fail_cgroup (cgroup, _ ("can't kill the processes of cgroup"), error);
}

gboolean
cgroup_is_empty (const Cgroup *cgroup)
{
  g_autofree char *events = cgroup_read (cgroup->dir, "cgroup.events");
  return events == NULL || cgroup_value_of (events, "populated", 0) == 0;
}

gboolean
cgroup_wait_empty (const Cgroup *cgroup, GError **error)
{
  return wait_for_event (cgroup, "populated", 0) || errno == ENODEV || errno == ENOENT
         || fail_cgroup (cgroup, _ ("can't wait for the end of the processes of cgroup"), error);
}

/* --- Listing ----------------------------------------------------------------------------------------------------- */

/* Those of @dir; -1 and errno. */
static int
add_processes (GArray *pids, int dir)
{
  g_autofree char *text = cgroup_read (dir, "cgroup.procs");
  if (text == NULL)
    return errno == EOPNOTSUPP ? 0 : -1; /* a threaded one: its processes are listed above */
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      pid_t pid = (pid_t) g_ascii_strtoll (*line, NULL, 10); /* 0: in a pid namespace that we don't see */
      if (pid > 0)
        g_array_append_val (pids, pid);
    }
  return 0;
}

static int
add_tree (GArray *pids, int dir, int depth)
{
  Fd listed = openat (dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = listed < 0 ? NULL : fdopendir (listed);
  if (entries == NULL)
    return -1;
  fd_steal (&listed);

  int result = add_processes (pids, dir);
  for (struct dirent *entry = readdir (entries); result == 0 && entry; entry = readdir (entries))
    {
      if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || depth == 0)
        continue;
      Fd child = cgroup_open_below (dir, entry->d_name);
      if (child >= 0 && add_tree (pids, child, depth - 1) < 0 && errno != ENODEV && errno != ENOENT)
        result = -1;
    }
  closedir (entries);
  return result;
}

static gint
compare_pids (gconstpointer a, gconstpointer b)
{
  return *(const pid_t *) a - *(const pid_t *) b;
}

GArray *
cgroup_processes (const Cgroup *cgroup, GError **error)
{
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (pid_t));
  if (add_tree (pids, cgroup->dir, MAX_DEPTH) < 0)
    {
      fail_cgroup (cgroup, _ ("can't list the processes of cgroup"), error);
      return NULL;
    }
  g_array_sort (pids, compare_pids);
  return g_steal_pointer (&pids);
}
