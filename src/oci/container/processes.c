/* See processes.h. */
#include "oci/container/processes.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/number.h"
#include "base/sys.h"
#include "oci/container/cgroup.h"

#include <dirent.h>
#include <sys/stat.h>

/* The inode of a process's namespace of @kind; 0 if it has ended, or is none of ours. */
static ino_t
namespace_of (const char *pid, const char *kind)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/ns/%s", pid, kind);
  struct stat st;
  return stat (path, &st) == 0 ? st.st_ino : 0;
}

/* What the processes of a container have in common; 0: nothing can be told by that. */
typedef struct
{
  ino_t mounts, pids;
} Common;

static Common
common_of (const Container *container)
{
  g_autofree char *first = g_strdup_printf ("%d", (int) container->pid);
  Common common = { namespace_of (first, "mnt"), namespace_of (first, "pid") };
  if (common.mounts == namespace_of ("self", "mnt"))
    common.mounts = 0;
  if (common.pids == namespace_of ("self", "pid"))
    common.pids = 0;
  return common;
}

static gboolean
shares (const char *pid, const Common *common)
{
  return (common->mounts != 0 && namespace_of (pid, "mnt") == common->mounts)
         || (common->pids != 0 && namespace_of (pid, "pid") == common->pids);
}

gboolean
container_has_process (const Container *container, pid_t pid)
{
  g_autoptr (Cgroup) cgroup = container_cgroup (container, NULL);
  if (cgroup != NULL)
    return cgroup_has_process (cgroup, pid);
  Common common = common_of (container);
  g_autofree char *text = g_strdup_printf ("%d", (int) pid);
  return shares (text, &common);
}

static gint
compare_pids (gconstpointer a, gconstpointer b)
{
  return *(const pid_t *) a - *(const pid_t *) b;
}

/* Those that share a namespace with the first one: without a cgroup there is nothing better. */
static GArray *
processes_by_namespace (const Container *container, GError **error)
{
  Common common = common_of (container);
  DIR *proc = opendir ("/proc");

  if (proc == NULL)
    return fail_errno (error, errno, _ ("can't open /proc")), NULL;
  GArray *found = g_array_new (FALSE, FALSE, sizeof (pid_t));
  for (struct dirent *entry = readdir (proc); entry != NULL; entry = readdir (proc))
    {
      guint64 pid;
      if (!parse_number (entry->d_name, 10, G_MAXINT32, &pid) || !shares (entry->d_name, &common))
        continue;
      pid_t number = (pid_t) pid;
      g_array_append_val (found, number);
    }
  closedir (proc);
  g_array_sort (found, compare_pids);
  return found;
}

GArray *
container_processes (const Container *container, GError **error)
{
  g_autoptr (Cgroup) cgroup = NULL;
  if (!container_find_cgroup (container, &cgroup, error))
    return NULL;
  g_autoptr (GArray) found =
      cgroup ? cgroup_processes (cgroup, error) : processes_by_namespace (container, error);
  if (found == NULL || found->len > 0)
    return g_steal_pointer (&found);
  return fail (error, SNUG_ERROR_FAILED, _ ("container not running: %s"), container->id), NULL;
}

/* One that ends meanwhile needs no signal any more. */
static gboolean
signal_process (const Container *container, pid_t pid, int signal, GError **error)
{
  Fd process = sys_pidfd_open (pid);
  if (process < 0 || !container_has_process (container, pid) || sys_pidfd_send_signal (process, signal) == 0)
    return TRUE;
  return errno == ESRCH || fail_errno (error, errno, _ ("can't signal the container"));
}

gboolean
container_signal_all (const Container *container, int signal, GError **error)
{
  g_autoptr (Cgroup) cgroup = signal == SIGKILL ? container_cgroup (container, NULL) : NULL;
  if (cgroup != NULL)
    return cgroup_kill (cgroup, error);

  /* The first one is their mark: it comes last. */
  g_autoptr (GArray) pids = container_processes (container, error);
  for (guint i = pids ? pids->len : 0; i-- > 0;)
    if (!signal_process (container, g_array_index (pids, pid_t, i), signal, error))
      return FALSE;
  return pids != NULL;
}
