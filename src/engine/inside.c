/* Looking for who is inside a sandbox: see inside.h. */
#include "engine/inside.h"

#include "base/fd.h"
#include "base/number.h"
#include "base/sys.h"

#include <linux/nsfs.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static const char *const kind_names[] = {
  [INSIDE_PID] = "pid", [INSIDE_USER] = "user", [INSIDE_MOUNT] = "mnt"
};

/* Ids from here on may be subordinate ones, of whom we can't tell whose they are. */
#define FIRST_SUBORDINATE 65536

static ino_t
namespace_inode (const char *pid, const char *name)
{
  struct stat st;
  g_autofree char *path = g_strdup_printf ("/proc/%s/ns/%s", pid, name);
  return stat (path, &st) == 0 ? st.st_ino : 0;
}

/* The rest of a process's line in stat begins behind its name, which may contain anything. */
#define FIELDS_BEFORE_START 20

/* 0 if it has none. */
static guint64
start_time (const char *pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/stat", pid);
  g_autofree char *text = NULL;
  guint64 start = 0;
  const char *rest = g_file_get_contents (path, &text, NULL, NULL) ? strrchr (text, ')') : NULL;
  if (rest == NULL)
    return 0;
  g_auto (GStrv) fields = g_strsplit (rest, " ", FIELDS_BEFORE_START + 2);
  return g_strv_length (fields) > FIELDS_BEFORE_START
                 && parse_number (fields[FIELDS_BEFORE_START], 10, G_MAXUINT64, &start)
             ? start
             : 0;
}

gboolean
inside_of (const Plan *plan, pid_t init, Inside *inside)
{
  g_autofree char *pid = g_strdup_printf ("%d", init);
  gboolean own_user = plan->clone_flags & CLONE_NEWUSER || plan->join[NS_USER].join_fd >= 0;
  inside->kind = plan->clone_flags & CLONE_NEWPID ? INSIDE_PID : own_user ? INSIDE_USER : INSIDE_MOUNT;
  inside->inode = namespace_inode (pid, kind_names[inside->kind]);
  if (inside->inode == 0)
    return FALSE;
  inside->seen_from = namespace_inode ("self", "pid");
  if (inside->seen_from == 0)
    return FALSE;
  inside->since = start_time (pid);
  return TRUE;
}

/* One that can't be looked at, as it executes what it may not read: it can be in there if it is no older than the sandbox
 * and could have our id. */
static gboolean
may_be_inside (const Inside *inside, const char *pid)
{
  guint64 start = start_time (pid);
  g_autofree char *path = g_strdup_printf ("/proc/%s/status", pid);
  g_autofree char *text = NULL;
  const char *line = start >= inside->since && g_file_get_contents (path, &text, NULL, NULL)
                         ? strstr (text, "\nUid:\t")
                         : NULL;
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

/* The whole process, not its first thread alone. */
static gboolean
has_ended (const char *pid)
{
  guint64 number = 0;
  if (!parse_number (pid, 10, G_MAXINT, &number))
    return TRUE;
  Fd fd = sys_pidfd_open ((pid_t) number);
  struct pollfd poll_fd = { fd, POLLIN, 0 };
  return fd < 0 ? errno == ESRCH : poll (&poll_fd, 1, 0) == 1;
}

static gboolean
is_inside (const Inside *inside, const char *pid, ino_t own)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/ns/%s", pid, kind_names[inside->kind]);
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
  ino_t own = namespace_inode ("self", kind_names[inside->kind]);

  if (proc == NULL || own == 0 || namespace_inode ("self", "pid") != inside->seen_from)
    return TRUE;
  for (const char *pid = g_dir_read_name (proc); pid != NULL; pid = g_dir_read_name (proc))
    if (g_ascii_isdigit (pid[0]) && is_inside (inside, pid, own))
      return TRUE;
  return FALSE;
}
