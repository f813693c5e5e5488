/* Looking for who is inside a sandbox: see inside.h. */
#include "engine/inside.h"

#include "base/fd.h"
#include "base/number.h"
#include "base/process.h"
#include "base/sys.h"

#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static const char *const kind_names[] = {
  [INSIDE_PID] = "pid", [INSIDE_USER] = "user", [INSIDE_MOUNT] = "mnt"
};

/* Ids from here on may be subordinate ones, of whom we can't tell whose they are. */
#define FIRST_SUBORDINATE 65536

gboolean
inside_of (const Plan *plan, pid_t init, Inside *inside)
{
  gboolean own_user = plan->clone_flags & CLONE_NEWUSER || plan->join[NS_USER].join_fd >= 0;
  inside->kind = plan->clone_flags & CLONE_NEWPID ? INSIDE_PID : own_user ? INSIDE_USER : INSIDE_MOUNT;
  inside->inode = process_namespace (init, kind_names[inside->kind]);
  if (inside->inode == 0)
    return FALSE;
  inside->seen_from = process_namespace (0, "pid");
  if (inside->seen_from == 0)
    return FALSE;
  inside->since = process_start_time (init);
  return TRUE;
}

/* One that can't be looked at, as it executes what it may not read: it can be in there if it is no older than the sandbox
 * and could have our id. */
static gboolean
may_be_inside (const Inside *inside, pid_t pid)
{
  char text[4096];
  gboolean young = process_start_time (pid) >= inside->since;
  const char *line =
      young && process_read (pid, "status", text, sizeof text) ? strstr (text, "\nUid:\t") : NULL;
  if (line == NULL)
    return FALSE;
  guint64 uid = g_ascii_strtoull (line + strlen ("\nUid:\t"), NULL, 10);
  return uid == getuid () || uid >= FIRST_SUBORDINATE;
}

static gboolean
descends (int ns, ino_t wanted, ino_t own)
{
  Fd fd = ns;
  struct stat st;
  while (fd >= 0 && fstat (fd, &st) == 0)
    {
      if (st.st_ino == wanted)
        return TRUE;
      if (st.st_ino == own)
        return FALSE;
      int parent = ioctl (fd, NS_GET_PARENT);
      fd_clear (&fd);
      fd = parent;
    }
  return FALSE;
}

static gboolean
has_ended (pid_t pid)
{
  Fd fd = sys_pidfd_open (pid);
  return fd < 0 ? errno == ESRCH : process_has_ended (fd);
}

static gboolean
is_inside (const Inside *inside, pid_t pid, ino_t own)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/ns/%s", pid, kind_names[inside->kind]);
  int ns = open (path, O_RDONLY | O_CLOEXEC);
  if (ns >= 0)
    return descends (ns, inside->inode, own) && !has_ended (pid);
  /* The end of a pid namespace's first process is the end of all: nobody stays who wants to. */
  return errno == EACCES && inside->kind != INSIDE_PID && may_be_inside (inside, pid);
}

gboolean
inside_is_anybody (const Inside *inside)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  guint64 pid;
  ino_t own = process_namespace (0, kind_names[inside->kind]);

  if (proc == NULL || own == 0 || process_namespace (0, "pid") != inside->seen_from)
    return TRUE;
  for (const char *name = g_dir_read_name (proc); name != NULL; name = g_dir_read_name (proc))
    if (parse_number (name, 10, G_MAXINT, &pid) && is_inside (inside, (pid_t) pid, own))
      return TRUE;
  return FALSE;
}
