/* See processes.h. */
#include "oci/container/processes.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/number.h"
#include "base/process.h"
#include "base/sys.h"
#include "oci/container/cgroup.h"

#include <dirent.h>
#include <sched.h>

/* What the processes of a container have in common: namespaces that were made for it.  Others live in those that it has joined.
 * 0: nothing can be told by that. */
typedef struct
{
  pid_t first;
  ino_t mounts, pids;
} Common;

static ino_t
made_namespace (const Container *container, const char *file, guint64 flag)
{
  return container->namespaces & flag ? process_namespace (container->pid, file) : 0;
}

static Common
common_of (const Container *container)
{
  return (Common){ container->pid, made_namespace (container, "mnt", CLONE_NEWNS),
                   made_namespace (container, "pid", CLONE_NEWPID) };
}

static gboolean
shares (pid_t pid, const Common *common)
{
  return pid == common->first || (common->mounts != 0 && process_namespace (pid, "mnt") == common->mounts)
         || (common->pids != 0 && process_namespace (pid, "pid") == common->pids);
}

/* A pid that was looked up may be somebody else's by now, but not while a pidfd of it is open. */
static gboolean
has_process (const Container *container, pid_t pid)
{
  g_autoptr (Cgroup) cgroup = container_cgroup (container, NULL);
  if (cgroup != NULL)
    return cgroup_has_process (cgroup, pid);
  Common common = common_of (container);
  return shares (pid, &common);
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
      if (!parse_number (entry->d_name, 10, G_MAXINT32, &pid) || !shares ((pid_t) pid, &common))
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
  if (process < 0 || !has_process (container, pid) || sys_pidfd_send_signal (process, signal) == 0)
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
