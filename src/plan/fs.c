/* Spec.fs -> steps.  One compile function a kind of operation; none of them touches the filesystem. */
#include "plan/build.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/sys.h"

#include <limits.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* What a sandbox's bind gets: nothing of it is a device or setuid unless asked for.  By STEP_READONLY, STEP_DEVICES and
 * STEP_PRIVATE. */
static const MountAttributes *
bind_attributes (guint flags)
{
#define BIND(set, n, private)                                                            \
  {                                                                                      \
    .rec_set = MOUNT_ATTR_NOSUID | (set), .propagation = { private }, .n_propagation = n \
  }
#define BINDS(n, private)                                                                           \
  {                                                                                                 \
    { BIND (MOUNT_ATTR_NODEV, n, private), BIND (0, n, private) },                                  \
    {                                                                                               \
      BIND (MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY, n, private), BIND (MOUNT_ATTR_RDONLY, n, private) \
    }                                                                                               \
  }
  static const MountAttributes table[2][2][2] = { BINDS (0, 0), BINDS (1, MS_PRIVATE | MS_REC) };
#undef BINDS
#undef BIND
  return &table[(flags & STEP_PRIVATE) != 0][(flags & STEP_READONLY) != 0][(flags & STEP_DEVICES) != 0];
}

typedef gboolean FsCompiler (Plan *plan, const Spec *spec, const FsOp *op, GError **error);

static Step *
add_fs_step (Plan *plan, StepKind kind, const Spec *spec, const FsOp *op)
{
  Step *step = plan_add (plan, kind, &op->origin);
  step->dest = op->dest;
  step->mode = (uint32_t) op->details->mode;
  step->flags =
      (uint16_t) ((op->flags & FS_READONLY ? STEP_READONLY : 0) | (op->flags & FS_DEVICES ? STEP_DEVICES : 0)
                  | (op->flags & FS_TRY ? STEP_OPTIONAL : 0) | (spec->fail_open.given ? STEP_FAIL_OPEN : 0));
  if (spec->defaults.private_binds && (kind == STEP_BIND || kind == STEP_PROC_HOST))
    step->flags |= STEP_PRIVATE;
  if (spec->defaults.refuse_links)
    step->flags |= STEP_REFUSE_LINK;
  if (kind == STEP_BIND || kind == STEP_PROC_HOST)
    step->data = bind_attributes (step->flags);
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

/* A bundle's bind is what its options say, and no more. */
static void
add_attributes (Step *step, const FsOp *op)
{
  static const struct
  {
    FsFlags flag;
    StepFlags step;
  } flags[] = { { FS_SOURCE_NOFOLLOW, STEP_NOFOLLOW },
                { FS_DEST_NOFOLLOW, STEP_ON_LINK },
                { FS_COPY_SYMLINK, STEP_COPY_LINK } };
  gboolean readonly =
      ((op->details->attributes->set | op->details->attributes->rec_set) & MOUNT_ATTR_RDONLY) != 0;

  step->data = op->details->attributes;
  step->flags |= (uint16_t) ((op->flags & FS_RECURSIVE ? 0 : STEP_FLAT) | (readonly ? STEP_READONLY : 0));
  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    if (op->flags & flags[i].flag)
      step->flags |= (uint16_t) flags[i].step;
}

static gboolean
compile_bind (Plan *plan, const Spec *spec, const FsOp *op, GError **error)
{
  const char *path = op->source;
  Step tree = { .fd = -1 };
  if ((op->details->fd >= 0 && !path_of_fd (plan, op->details->fd, &path, error))
      || (needs_tree (spec, op) && !compile_tree (plan, spec, op, &tree, error)))
    return FALSE;

  Step *step = add_fs_step (plan, STEP_BIND, spec, op);
  step->path = path;
  if (op->details->fd >= 0)
    plan_own_fd (plan, op->details->fd);
  if (op->details->fd >= 0 && tree.flags == 0)
    {
      step->fd = op->details->fd;
      step->flags |= STEP_VERIFY;
    }
  if (op->details->attributes != NULL)
    add_attributes (step, op);
  if (tree.flags != 0)
    {
      step->fd = tree.fd;
      step->size = tree.size;
      step->flags |= tree.flags;
    }
  return TRUE;
}

static gboolean
compile_overlay (Plan *plan, const Spec *spec, const FsOp *op, GError **error G_GNUC_UNUSED)
{
  const NewOverlay want = { .kind = op->details->overlay,
                            .n_layers = op->details->layers->len,
                            .layers = (const char *const *) op->details->layers->pdata,
                            .upper = op->source,
                            .workdir = op->details->workdir };
  add_fs_step (plan, STEP_OVERLAY, spec, op)->data = plan_own (plan, g_memdup2 (&want, sizeof want));
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
  int fd = op->details->fd;
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
  step->data = spec->file_label.value;
  return TRUE;
}

static gboolean
compile_tmpfs (Plan *plan, const Spec *spec, const FsOp *op, GError **error G_GNUC_UNUSED)
{
  Step *step = add_fs_step (plan, STEP_TMPFS, spec, op);
  step->value = op->details->size;
  step->path = spec->file_label.value;
  return TRUE;
}

static gboolean
compile_symlink (Plan *plan, const Spec *spec, const FsOp *op, GError **error G_GNUC_UNUSED)
{
  Step *step = add_fs_step (plan, STEP_SYMLINK, spec, op);
  step->path = op->source;
  step->flags |= op->flags & FS_TRY ? STEP_LEAVE : 0;
  return TRUE;
}

/* Filesystems that show a namespace.  Where that is the caller's, the host's own one shows the same. */
static const struct
{
  const char *type;
  NamespaceType shown;
  const char *path;
  uint32_t magic;
} views[] = {
  { "sysfs", NS_NET, "/sys", SYSFS_MAGIC },
  { "proc", NS_PID, "/proc", PROC_SUPER_MAGIC },
  { "mqueue", NS_IPC, "/dev/mqueue", MQUEUE_MAGIC },
};

/* To mount a new one takes rights over the namespace, which a user namespace of the container's own does not give. */
static void
find_same (const Spec *spec, const FsOp *op, NewMount *want)
{
  for (gsize i = 0; i < G_N_ELEMENTS (views); i++)
    if (g_str_equal (views[i].type, op->details->type) && !spec->ns[views[i].shown].unshare
        && spec->ns[views[i].shown].join_fd < 0 && want->n_options == 0 && op->details->idmap == IDMAP_NONE)
      {
        want->same = views[i].path;
        want->magic = views[i].magic;
      }
}

/* A NewMount with the options of @op as fsconfig(2) takes them: "key=value" in two, "key" alone is a flag. */
static NewMount *
compile_options (Plan *plan, const FsOp *op)
{
  const char *const *data = op->details->data;
  guint n = data != NULL ? g_strv_length ((char **) data) : 0;
  const char *(*options)[2] = plan_own (plan, g_malloc0 (sizeof *options * (n + 1)));
  NewMount *want = plan_own (plan, g_new0 (NewMount, 1));

  for (guint i = 0; i < n; i++)
    {
      const char *equals = strchr (data[i], '=');
      options[i][0] = equals ? plan_own (plan, g_strndup (data[i], (gsize) (equals - data[i]))) : data[i];
      options[i][1] = equals ? equals + 1 : NULL;
    }
  want->options = (const char *const(*)[2]) options;
  want->n_options = n;
  return want;
}

static gboolean
compile_mount (Plan *plan, const Spec *spec, const FsOp *op, GError **error)
{
  NewMount *want = compile_options (plan, op);
  want->type = op->details->type;
  want->source = op->source;
  want->copy_up = (op->flags & FS_COPY_UP) != 0;
  want->idmap = -1;
  want->attributes = op->details->attributes;
  find_same (spec, op, want);
  Step *step = add_fs_step (plan, STEP_MOUNT, spec, op);
  step->data = want;
  step->path = op->source;
  step->flags |= op->flags & FS_DEST_NOFOLLOW ? STEP_ON_LINK : 0;
  return op->details->idmap == IDMAP_NONE || compile_mount_ids (plan, spec, op, &want->idmap, error);
}

static gboolean
compile_cgroup (Plan *plan, const Spec *spec, const FsOp *op, GError **error G_GNUC_UNUSED)
{
  gboolean own = spec->ns[NS_CGROUP].unshare || spec->ns[NS_CGROUP].join_fd >= 0;
  Step *step = add_fs_step (plan, own ? STEP_CGROUP : STEP_CGROUP_HOST, spec, op);
  step->data = op->details->attributes;
  step->path = op->source;
  return TRUE;
}

static gboolean
compile_change (Plan *plan, const Spec *spec, const FsOp *op, GError **error G_GNUC_UNUSED)
{
  if (op->details->data != NULL)
    add_fs_step (plan, STEP_RECONFIGURE, spec, op)->data = compile_options (plan, op);
  add_fs_step (plan, STEP_CHANGE, spec, op)->data = op->details->attributes;
  return TRUE;
}

static gboolean
compile_device (Plan *plan, const Spec *spec, const FsOp *op, GError **error G_GNUC_UNUSED)
{
  const NewDevice want = { op->details->device, op->details->uid, op->details->gid };
  add_fs_step (plan, STEP_DEVICE, spec, op)->data = plan_own (plan, g_memdup2 (&want, sizeof want));
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
COMPILE_PLAIN (compile_mask, STEP_MASK)
COMPILE_PLAIN (compile_protect, STEP_PROTECT)
COMPILE_PLAIN (compile_unmount, STEP_UNMOUNT)

static FsCompiler *const compilers[] = {
  [FS_BIND] = compile_bind,       [FS_OVERLAY] = compile_overlay, [FS_PROC] = compile_proc,
  [FS_DEV] = compile_dev,         [FS_TMPFS] = compile_tmpfs,     [FS_MQUEUE] = compile_mqueue,
  [FS_DIR] = compile_dir,         [FS_FILE] = compile_data,       [FS_BIND_DATA] = compile_data,
  [FS_SYMLINK] = compile_symlink, [FS_CHMOD] = compile_chmod,     [FS_REMOUNT_RO] = compile_remount_ro,
  [FS_MOUNT] = compile_mount,     [FS_CGROUP] = compile_cgroup,   [FS_CHANGE] = compile_change,
  [FS_DEVICE] = compile_device,   [FS_MASK] = compile_mask,       [FS_PROTECT] = compile_protect,
  [FS_UNMOUNT] = compile_unmount,
};

gboolean
compile_fs_changes (Plan *plan, const Spec *spec, GError **error)
{
  for (guint i = 0; i < spec->fs->len; i++)
    {
      const FsOp *op = &g_array_index (spec->fs, FsOp, i);
      if (!compilers[op->kind](plan, spec, op, error))
        return prefix_origin (error, &op->origin);
    }
  return TRUE;
}

gboolean
compile_fs (Plan *plan, const Spec *spec, GError **error)
{
  Step *step = plan_add (plan, STEP_ROOT, NULL);
  step->path = spec->file_label.value;
  step->value = spec->bundle != NULL && spec->bundle->no_pivot;
  return compile_fs_changes (plan, spec, error);
}
