/* What is bound by trees that are opened before the clone, as the child could not: it has no right to map the ids of a
 * filesystem that is not its own, and what it opens has left its group of peers already.
 */
#include "plan/build.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/sys.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

/* --- A user namespace to map ids by ------------------------------------------------------------------------- */

/* Keeps a user namespace in being until the other end of @pipe is closed. */
static _Noreturn void
idle (int pipe, int other_end)
{
  char nothing;
  close (other_end);
  while (read (pipe, &nothing, 1) < 0 && errno == EINTR)
    ;
  _exit (0);
}

static gboolean
write_map (pid_t pid, const char *file, const char *map, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int) pid, file);
  Fd fd = open (path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write (fd, map, strlen (map)) < 0)
    return fail_errno (error, errno, _ ("can't map the ids of this mount"));
  return TRUE;
}

/* Gives the user namespace of @pid its maps and opens it. */
static gboolean
open_mapped (pid_t pid, const MapText *maps, int *fd, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/ns/user", (int) pid);
  if (!write_map (pid, "uid_map", maps->uid, error) || !write_map (pid, "gid_map", maps->gid, error))
    return FALSE;
  *fd = open (path, O_RDONLY | O_CLOEXEC);
  return *fd >= 0 || fail_errno (error, errno, _ ("can't open %s"), path);
}

/* The namespace needs a process to be made, and none to be used. */
static gboolean
make_userns (const MapText *maps, int *fd, GError **error)
{
  int ends[2];
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return fail_errno (error, errno, "pipe2");
  Fd out = ends[0], in = ends[1];
  pid_t pid = sys_clone3 (CLONE_NEWUSER, SIGCHLD, NULL, -1);
  if (pid == 0)
    idle (out, in);
  if (pid < 0)
    return fail_errno (error, errno, _ ("can't make a user namespace for the ids of this mount"));
  gboolean done = open_mapped (pid, maps, fd, error);
  fd_clear (&in);
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    ;
  return done;
}

gboolean
compile_mount_ids (Plan *plan, const Spec *spec, const FsOp *op, int *fd, GError **error)
{
  MapText maps = plan->maps;

  if (op->idmap == IDMAP_CONTAINER && spec->ns[NS_USER].join_fd >= 0)
    {
      *fd = spec->ns[NS_USER].join_fd;
      return TRUE;
    }
  if (op->idmap == IDMAP_OWN)
    maps = (MapText){ map_text (plan, op->uid_map, FALSE), map_text (plan, op->gid_map, FALSE) };
  if (!make_userns (&maps, fd, error))
    return FALSE;
  plan_own_fd (plan, *fd);
  return TRUE;
}

/* --- Trees ---------------------------------------------------------------------------------------------------- */

/* What is mounted below a shared bind, by either side, is to reach the other: where both are the same users'. */
static gboolean
is_shared (const Spec *spec, const FsOp *op)
{
  gboolean same_users = !spec->ns[NS_USER].unshare && spec->ns[NS_USER].join_fd < 0;
  for (guint i = 0; op->attributes != NULL && i < op->attributes->n_propagation; i++)
    if (same_users && op->attributes->propagation[i] & MS_SHARED)
      return TRUE;
  return FALSE;
}

gboolean
needs_tree (const Spec *spec, const FsOp *op)
{
  return op->idmap != IDMAP_NONE || is_shared (spec, op);
}

static gboolean
fail_rule (const char *source, GError **error)
{
  return fail_errno (
      error, errno,
      _ ("mapping the ids of %s takes CAP_SYS_ADMIN in the user namespace that its filesystem was "
         "mounted in"),
      source);
}

static gboolean
map_tree (Plan *plan, const Spec *spec, const FsOp *op, int tree, GError **error)
{
  int userns = -1;
  if (!compile_mount_ids (plan, spec, op, &userns, error))
    return FALSE;
  if (sys_mount_idmap (tree, op->idmap_recursive ? AT_RECURSIVE : 0, userns) == 0)
    return TRUE;
  if (errno == EPERM)
    return fail_rule (op->source, error);
  return fail_errno (error, errno, _ ("the filesystem of %s can't map ids in this way"), op->source);
}

gboolean
compile_tree (Plan *plan, const Spec *spec, const FsOp *op, int *fd, GError **error)
{
  gboolean mapped = op->idmap != IDMAP_NONE;
  Fd tree = sys_open_tree (AT_FDCWD, op->source,
                           OPEN_TREE_CLONE | (op->flags & FS_RECURSIVE ? AT_RECURSIVE : 0)
                               | (op->flags & FS_SOURCE_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0));
  if (tree < 0 && mapped && errno == EPERM)
    return fail_rule (op->source, error);
  if (tree < 0)
    return fail_errno (error, errno, _ ("can't find source path %s"), op->source);
  if (!is_shared (spec, op) && sys_mount_setattr (tree, AT_RECURSIVE, 0, 0, MS_SLAVE) < 0)
    return fail_errno (error, errno, _ ("can't detach %s from the host"), op->source);
  if (mapped && !map_tree (plan, spec, op, tree, error))
    return FALSE;
  *fd = fd_steal (&tree);
  plan_own_fd (plan, *fd);
  return TRUE;
}
