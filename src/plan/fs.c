/* Spec.fs -> steps.  One compile function a kind of operation; none of them touches the filesystem. */
#include "plan/build.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/sys.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>

typedef gboolean FsCompiler (Plan *plan, const Spec *spec, const FsOp *op, GError **error);

static Step *
add_fs_step (Plan *plan, StepKind kind, const Spec *spec, const FsOp *op)
{
  Step *step = plan_add (plan, kind, &op->origin);
  step->dest = op->dest;
  step->mode = (uint32_t) op->mode;
  step->flags =
      (uint16_t) ((op->flags & FS_READONLY ? STEP_READONLY : 0) | (op->flags & FS_DEVICES ? STEP_DEVICES : 0)
                  | (op->flags & FS_TRY ? STEP_OPTIONAL : 0) | (spec->fail_open.given ? STEP_FAIL_OPEN : 0));
  if (spec->defaults.private_binds && (kind == STEP_BIND || kind == STEP_PROC_HOST))
    step->flags |= STEP_PRIVATE;
  return step;
}

/* --- Binds ---------------------------------------------------------------------------------------- */

/* A descriptor can't be bound across mount namespaces: its path is, and the child compares. */
static gboolean
path_of_fd (Plan *plan, int fd, const char **path, GError **error)
{
  char link[PATH_MAX];
  g_autofree char *proc = g_strdup_printf ("/proc/self/fd/%d", fd);
  ssize_t n = readlink (proc, link, sizeof link - 1);
  if (n < 0)
    return fail_errno (error, errno, _ ("can't find the path of descriptor %d"), fd);

  link[n] = '\0';
  if (link[0] != '/')
    return fail (error, SNUG_ERROR_FAILED, _ ("descriptor %d is %s, which has no path"), fd, link);
  *path = plan_own (plan, g_strdup (link));
  return TRUE;
}

static gboolean
compile_bind (Plan *plan, const Spec *spec, const FsOp *op, GError **error)
{
  const char *path = op->source;
  if (op->fd >= 0 && !path_of_fd (plan, op->fd, &path, error))
    return FALSE;

  Step *step = add_fs_step (plan, STEP_BIND, spec, op);
  step->path = path;
  if (op->fd >= 0)
    {
      step->fd = op->fd;
      step->flags |= STEP_VERIFY;
      plan_own_fd (plan, op->fd);
    }
  return TRUE;
}

static gboolean
compile_overlay (Plan *plan, const Spec *spec, const FsOp *op, GError **error G_GNUC_UNUSED)
{
  Step *step = add_fs_step (plan, STEP_OVERLAY, spec, op);
  step->value = op->overlay;
  step->path = op->source;
  step->aux = op->workdir;
  step->data = op->layers->pdata;
  step->size = op->layers->len;
  return TRUE;
}

/* --- Data ------------------------------------------------------------------------------------------ */

/* Empties a pipe into a file, so that several options can read the same data. */
static gboolean
stream_to_memfd (int fd, int *memfd, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  if (!read_to_end (fd, G_MAXSSIZE, &text, &length, error))
    return FALSE;

  Fd file = memfd_create ("snug-data", MFD_CLOEXEC);
  if (file < 0)
    return fail_errno (error, errno, _ ("can't keep the data of descriptor %d"), fd);
  if (!write_all (file, text, length, error) || lseek (file, 0, SEEK_SET) != 0)
    return FALSE;
  *memfd = fd_steal (&file);
  return TRUE;
}

/* Finds an earlier step that reads the same pipe. */
static Step *
find_stream (Plan *plan, int fd)
{
  for (guint i = 0; i < plan->steps->len; i++)
    {
      Step *step = &g_array_index (plan->steps, Step, i);
      if ((step->kind == STEP_FILE || step->kind == STEP_BIND_DATA) && step->fd == fd)
        return step;
    }
  return NULL;
}

static gboolean
compile_data (Plan *plan, const Spec *spec, const FsOp *op, GError **error)
{
  struct stat st;
  int fd = op->fd;
  uint64_t offset = STEP_STREAM;

  if (fstat (fd, &st) != 0)
    return fail_errno (error, errno, _ ("can't use descriptor %d"), fd);
  if (S_ISREG (st.st_mode))
    offset = (uint64_t) lseek (fd, 0, SEEK_CUR);
  else
    {
      Step *earlier = find_stream (plan, fd);
      if (earlier != NULL)
        {
          int memfd = -1;
          if (!stream_to_memfd (fd, &memfd, error))
            return FALSE;
          earlier->value = offset = 0;
          /* The number stays what later options know the data by. */
          if (dup3 (memfd, fd, O_CLOEXEC) < 0)
            return fail_errno (error, errno, _ ("can't use descriptor %d"), fd);
          close (memfd);
        }
    }

  Step *step = add_fs_step (plan, op->kind == FS_FILE ? STEP_FILE : STEP_BIND_DATA, spec, op);
  step->fd = fd;
  step->value = offset;
  plan_own_fd (plan, fd);
  return TRUE;
}

/* --- The rest --------------------------------------------------------------------------------------- */

static gboolean
compile_proc (Plan *plan, const Spec *spec, const FsOp *op, GError **error G_GNUC_UNUSED)
{
  gboolean own = spec->ns[NS_PID].unshare || spec->ns[NS_PID].join_fd >= 0;
  add_fs_step (plan, own ? STEP_PROC : STEP_PROC_HOST, spec, op);
  return TRUE;
}

static gboolean
compile_dev (Plan *plan, const Spec *spec, const FsOp *op, GError **error G_GNUC_UNUSED)
{
  /* With --pty the caller's is none of the program's business. */
  const char *terminal = !spec->pty.given && isatty (STDOUT_FILENO) ? ttyname (STDOUT_FILENO) : NULL;
  Step *step = add_fs_step (plan, STEP_DEV, spec, op);
  if (terminal != NULL)
    step->path = plan_own (plan, g_strdup (terminal));
  step->aux = spec->file_label.value;
  return TRUE;
}

static gboolean
compile_tmpfs (Plan *plan, const Spec *spec, const FsOp *op, GError **error G_GNUC_UNUSED)
{
  Step *step = add_fs_step (plan, STEP_TMPFS, spec, op);
  step->value = op->size;
  step->aux = spec->file_label.value;
  return TRUE;
}

static gboolean
compile_symlink (Plan *plan, const Spec *spec, const FsOp *op, GError **error G_GNUC_UNUSED)
{
  add_fs_step (plan, STEP_SYMLINK, spec, op)->path = op->source;
  return TRUE;
}

#define COMPILE_PLAIN(name, kind)                                                                   \
  static gboolean name (Plan *plan, const Spec *spec, const FsOp *op, GError **error G_GNUC_UNUSED) \
  {                                                                                                 \
    add_fs_step (plan, kind, spec, op);                                                             \
    return TRUE;                                                                                    \
  }

COMPILE_PLAIN (compile_mqueue, STEP_MQUEUE)
COMPILE_PLAIN (compile_dir, STEP_DIR)
COMPILE_PLAIN (compile_chmod, STEP_CHMOD)
COMPILE_PLAIN (compile_remount_ro, STEP_REMOUNT_RO)

static FsCompiler *const compilers[] = {
  [FS_BIND] = compile_bind,       [FS_OVERLAY] = compile_overlay, [FS_PROC] = compile_proc,
  [FS_DEV] = compile_dev,         [FS_TMPFS] = compile_tmpfs,     [FS_MQUEUE] = compile_mqueue,
  [FS_DIR] = compile_dir,         [FS_FILE] = compile_data,       [FS_BIND_DATA] = compile_data,
  [FS_SYMLINK] = compile_symlink, [FS_CHMOD] = compile_chmod,     [FS_REMOUNT_RO] = compile_remount_ro,
};

gboolean
compile_fs (Plan *plan, const Spec *spec, GError **error)
{
  plan_add (plan, STEP_ROOT, NULL)->aux = spec->file_label.value;
  for (guint i = 0; i < spec->fs->len; i++)
    {
      const FsOp *op = &g_array_index (spec->fs, FsOp, i);
      if (!compilers[op->kind](plan, spec, op, error))
        return prefix_origin (error, &op->origin);
    }
  return TRUE;
}
