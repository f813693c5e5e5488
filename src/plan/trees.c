/* What is bound by trees that are opened before the clone, as the child could not: it has no right to map the ids of a
 * filesystem that is not its own, or to look where only root may, and what it opens has left its group of peers already.
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

  if (op->details->idmap == IDMAP_CONTAINER && spec->ns[NS_USER].join_fd >= 0)
    {
      *fd = spec->ns[NS_USER].join_fd;
      return TRUE;
    }
  if (op->details->idmap == IDMAP_OWN)
    maps =
        (MapText){ map_text (plan, op->details->uid_map, FALSE), map_text (plan, op->details->gid_map, FALSE) };
  if (!make_userns (&maps, fd, error))
    return FALSE;
  plan_own_fd (plan, *fd);
  return TRUE;
}

/* --- Trees ---------------------------------------------------------------------------------------------------- */

static gboolean
has_other_users (const Spec *spec)
{
  return spec->ns[NS_USER].unshare || spec->ns[NS_USER].join_fd >= 0;
}

/* What is mounted below a shared bind, by either side, is to reach the other: where both are the same users'. */
static gboolean
is_shared (const Spec *spec, const FsOp *op)
{
  for (guint i = 0; op->details->attributes != NULL && i < op->details->attributes->n_propagation; i++)
    if (!has_other_users (spec) && op->details->attributes->propagation[i] & MS_SHARED)
      return TRUE;
  return FALSE;
}

/* The kernel lets nobody in a user namespace take away from a mount what it had when it came there, like being read-only: but only
 * if it came with a copy of the mount namespace.  So a tree is not handed over, but put on a shelf that is copied. */
static gboolean
needs_shelf (const Spec *spec)
{
  return spec->bundle != NULL && has_other_users (spec);
}

/* Root's files may lie where the container's root, who is somebody else to the host, does not get. */
static gboolean
only_we_may_open (const Spec *spec, const FsOp *op)
{
  return needs_shelf (spec) && !(op->flags & FS_COPY_SYMLINK) && geteuid () == 0;
}

gboolean
needs_tree (const Spec *spec, const FsOp *op)
{
  return op->details->idmap != IDMAP_NONE || is_shared (spec, op) || only_we_may_open (spec, op);
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
  if (sys_mount_idmap (tree, op->details->idmap_recursive ? AT_RECURSIVE : 0, userns) == 0)
    return TRUE;
  if (errno == EPERM)
    return fail_rule (op->source, error);
  return fail_errno (error, errno, _ ("the filesystem of %s can't map ids in this way"), op->source);
}

static int
open_tree_of (const FsOp *op)
{
  unsigned flags = OPEN_TREE_CLONE | (op->flags & FS_RECURSIVE ? AT_RECURSIVE : 0);
  if (op->details->fd >= 0)
    return sys_open_tree (op->details->fd, "", flags | AT_EMPTY_PATH);
  return sys_open_tree (AT_FDCWD, op->source,
                        flags | (op->flags & FS_SOURCE_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0));
}

static void
shelve (Plan *plan, const Spec *spec, const FsOp *op, int tree, Step *bind)
{
  if (plan->n_shelved == 0)
    plan_add_early (plan, STEP_SHELF, NULL)->value = spec->bundle->no_pivot;
  Step *step = plan_add_early (plan, STEP_SHELVE, &op->origin);
  step->fd = tree;
  step->size = bind->size = plan->n_shelved++;
  bind->flags = STEP_SHELVED;
}

gboolean
compile_tree (Plan *plan, const Spec *spec, const FsOp *op, Step *step, GError **error)
{
  gboolean mapped = op->details->idmap != IDMAP_NONE;
  Fd tree = open_tree_of (op);
  if (tree < 0 && mapped && errno == EPERM)
    return fail_rule (op->source, error);
  if (tree < 0 && errno == EPERM
      && !is_shared (spec, op)) /* root of a user namespace without mounts of its own: as anybody */
    return TRUE;
  if (tree < 0)
    return fail_errno (error, errno, _ ("can't find source path %s"), op->source);
  if (!is_shared (spec, op) && sys_mount_setattr (tree, AT_RECURSIVE, 0, 0, MS_SLAVE) < 0)
    return fail_errno (error, errno, _ ("can't detach %s from the host"), op->source);
  if (mapped && !map_tree (plan, spec, op, tree, error))
    return FALSE;
  plan_own_fd (plan, tree);
  if (needs_shelf (spec))
    shelve (plan, spec, op, fd_steal (&tree), step);
  else
    {
      step->flags = STEP_TREE;
      step->fd = fd_steal (&tree);
    }
  return TRUE;
}
