/* The steps that put mounts into the new root.
 *
 * Mounts are made detached, get their flags, and are then moved onto a place opened inside the root: no path of
 * the new root is ever given to a call that could leave it.  The root itself is in root.c.
 */
#include "child/child.h"

#include "base/fd.h"
#include "base/sys.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* --- New filesystems -------------------------------------------------------------------------------- */

/* Skips who speaks: "tmpfs: " or "VFS: ", one word. */
static char *
skip_speaker (char *text)
{
  size_t length = strcspn (text, ": ");
  return strncmp (text + length, ": ", 2) == 0 ? text + length + 2 : text;
}

/* A line is "e tmpfs: Bad value for 'size'\n": its level, who speaks, and what about.  The last error counts, or, if there is none,
 * the last remark. */
void
note_kernel_words (Child *child, int fs)
{
  const int failure = errno;
  char line[512], level = '\0';
  ssize_t n;

  while ((n = read (fs, line, sizeof line - 1)) > 2)
    {
      while (line[n - 1] == '\n')
        n--;
      line[n] = '\0';
      if (level == 'e' && line[0] != 'e')
        continue;
      level = line[0];
      char *words = skip_speaker (line + 2);
      if (strlen (words) >= sizeof child->text)
        words[sizeof child->text - 1] = '\0';
      memcpy (child->text, words, strlen (words) + 1);
    }
  errno = failure;
}

static int
configure (int fs, const char *const (*options)[2], size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (options[i][1] != NULL && sys_fsconfig (fs, FSCONFIG_SET_STRING, options[i][0], options[i][1], 0) < 0)
      return -1;
  return sys_fsconfig (fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

int
mount_new (Child *child, const char *type, const char *const (*options)[2], size_t n, unsigned attributes)
{
  Fd fs = sys_fsopen (type);
  if (fs < 0)
    return failed_at (child, AT_MOUNT);
  int tree = configure (fs, options, n) < 0 ? -1 : sys_fsmount (fs, attributes);
  if (tree >= 0)
    return tree;
  note_kernel_words (child, fs);
  return failed_at (child, AT_MOUNT);
}

static char *
octal (char *text, unsigned mode)
{
  int i = 0;
  for (int shift = 9; shift >= 0; shift -= 3)
    text[i++] = (char) ('0' + ((mode >> shift) & 7));
  text[i] = '\0';
  return text;
}

static char *
decimal (char *end, uint64_t n)
{
  *--end = '\0';
  do
    *--end = (char) ('0' + n % 10);
  while (n /= 10);
  return end;
}

int
mount_tmpfs (Child *child, unsigned mode, uint64_t size, const char *label)
{
  char mode_text[8], size_text[24];
  const char *const options[][2] = {
    { "mode", octal (mode_text, mode) },
    { "size", size ? decimal (size_text + sizeof size_text, size) : NULL },
    { "context", label },
  };
  int tree = mount_new (child, "tmpfs", options, N_ELEMENTS (options), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  if (tree >= 0)
    child_owns (child, tree);
  return tree;
}

/* --- Binds ----------------------------------------------------------------------------------------------- */

/* Those for all mounts of @tree, with the first propagation where that is for all too: most binds need one call. */
static int
change_recursively (int tree, const MountAttributes *want)
{
  int with_first = want->n_propagation > 0 && want->propagation[0] & MS_REC;
  uint64_t propagation = with_first ? want->propagation[0] & ~(uint64_t) MS_REC : 0;

  if (want->rec_set == 0 && want->rec_clear == 0 && propagation == 0)
    return 0;
  return sys_mount_setattr (tree, AT_RECURSIVE, want->rec_set, want->rec_clear, propagation);
}

int
change_mount (int tree, const MountAttributes *want)
{
  if (change_recursively (tree, want) < 0)
    return -1;
  if ((want->set != 0 || want->clear != 0) && sys_mount_setattr (tree, 0, want->set, want->clear, 0) < 0)
    return -1;
  for (unsigned i = 0; i < want->n_propagation; i++)
    {
      unsigned recursive = want->propagation[i] & MS_REC ? AT_RECURSIVE : 0;
      if (!(recursive && i == 0)
          && sys_mount_setattr (tree, recursive, 0, 0, want->propagation[i] & ~(uint64_t) MS_REC) < 0)
        return -1;
    }
  return 0;
}

/* Where flags can't be set on all of @tree and that is allowed, on its top alone. */
static int
set_flags (Child *child, const Step *step, int tree)
{
  const MountAttributes *want = step->data;

  if (change_mount (tree, want) == 0)
    return 0;
  child->at = AT_FLAGS;
  if (!(step->flags & STEP_FAIL_OPEN))
    return -1;
  child_warn (child);
  return sys_mount_setattr (tree, 0, want->rec_set, want->rec_clear, 0);
}

/* A descriptor's path may lead elsewhere by now. */
static int
verify_same (Child *child, int fd, int tree)
{
  struct stat wanted, found;
  if (fstat (fd, &wanted) < 0 || fstat (tree, &found) < 0)
    return failed_at (child, AT_RACE);
  if (wanted.st_dev == found.st_dev && wanted.st_ino == found.st_ino)
    return 0;
  errno = ESTALE;
  return failed_at (child, AT_RACE);
}

/* CVE-2023-25809: below the host's sysfs lie its cgroups, which may be the caller's to write to.  A container whose /sys is
 * to be read-only, as "rbind,ro", gets all of it so. */
static int
protect_sysfs (const Child *child, const Step *step, int tree)
{
  struct statfs fs;
  if (!child->plan->container || !(step->flags & STEP_READONLY) || fstatfs (tree, &fs) < 0
      || fs.f_type != SYSFS_MAGIC)
    return 0;
  return sys_mount_setattr (tree, AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0, 0);
}

/* Opens what is to be bound, detached. */
static int
open_source (Child *child, const Step *step)
{
  unsigned flags = OPEN_TREE_CLONE | (step->flags & STEP_FLAT ? 0 : AT_RECURSIVE)
                   | (step->flags & (STEP_VERIFY | STEP_NOFOLLOW) ? AT_SYMLINK_NOFOLLOW : 0);
  Fd tree = step->flags & STEP_SHELVED ? shelf_take (child, step)
            : step->flags & STEP_TREE  ? fcntl (step->fd, F_DUPFD_CLOEXEC, 3)
                                       : sys_open_tree (AT_FDCWD, step->path, flags);
  if (tree < 0)
    return failed_at (child, AT_SOURCE);
  if (step->flags & STEP_VERIFY && verify_same (child, step->fd, tree) < 0)
    return -1;
  return fd_steal (&tree);
}

int
step_bind (Child *child, const Step *step)
{
  char target[PATH_MAX];
  ssize_t length = step->flags & STEP_COPY_LINK ? readlink (step->path, target, sizeof target - 1) : -1;
  if (length >= 0)
    {
      target[length] = '\0';
      return root_make_link (child, step, target);
    }

  Fd tree = open_source (child, step);
  if (tree < 0)
    return errno == ENOENT && step->flags & STEP_OPTIONAL ? 0 : -1;
  if (set_flags (child, step, tree) < 0)
    return -1;
  if (protect_sysfs (child, step, tree) < 0)
    return failed_at (child, AT_FLAGS);
  if (root_attach (child, step, tree, is_directory (tree)) < 0)
    return -1;
  child->on_host |= !(step->flags & STEP_READONLY);
  return 0;
}

int
step_remount_ro (Child *child, const Step *step)
{
  Fd place = root_open (child, step->dest, O_PATH, 0);
  if (place < 0)
    return failed_at (child, AT_DEST);
  if (sys_mount_setattr (place, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0)
    return failed_at (child, AT_FLAGS);
  return 0;
}

/* --- Overlays -------------------------------------------------------------------------------------------- */

/* So many layers are named in one option, as every kernel takes it; more are added one by one, since Linux 6.5. */
#define FEW_LAYERS 14

/* An overlay in the making.  Layers are named by descriptor: that needs no escaping and can't be exchanged.  They stay
 * open until it exists. */
typedef struct
{
  Child *child;
  int fs;
  int open[FEW_LAYERS + 2];
  unsigned n_open;
  char lower[FEW_LAYERS * 24];
} Overlay;

static int
set_option (Overlay *overlay, const char *key, const char *value)
{
  return sys_fsconfig (overlay->fs, FSCONFIG_SET_STRING, key, value, 0) < 0
             ? failed_at (overlay->child, AT_MOUNT)
             : 0;
}

static int
open_layer (Overlay *overlay, int dir, const char *path)
{
  Child *child = overlay->child;
  int fd = openat (dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0)
    return fd;
  strncpy (child->text, path, sizeof child->text - 1);
  return failed_at (child, AT_SOURCE);
}

/* Sets @key to a directory that stays open. */
static int
set_layer (Overlay *overlay, const char *key, int dir, const char *path)
{
  char name[32];
  int fd = open_layer (overlay, dir, path);
  if (fd < 0)
    return -1;
  overlay->open[overlay->n_open++] = fd;
  return set_option (overlay, key, text_with_number (name, "/proc/self/fd/", (unsigned) fd, ""));
}

/* The kernel wants the topmost layer first. */
static int
set_few_lower (Overlay *overlay, const char *const *layers, uint32_t n)
{
  char *end = overlay->lower;
  for (uint32_t i = n; i-- > 0;)
    {
      int fd = open_layer (overlay, AT_FDCWD, layers[i]);
      if (fd < 0)
        return -1;
      overlay->open[overlay->n_open++] = fd;
      text_with_number (end, "/proc/self/fd/", (unsigned) fd, i > 0 ? ":" : "");
      end += strlen (end);
    }
  return set_option (overlay, "lowerdir", overlay->lower);
}

static int
set_many_lower (Overlay *overlay, const char *const *layers, uint32_t n)
{
  char name[32];
  for (uint32_t i = n; i-- > 0;)
    {
      Fd fd = open_layer (overlay, AT_FDCWD, layers[i]);
      if (fd < 0
          || set_option (overlay, "lowerdir+", text_with_number (name, "/proc/self/fd/", (unsigned) fd, ""))
                 < 0)
        return -1;
    }
  return 0;
}

/* Where the writes go: to the user's directories, or to new ones that nobody sees. */
static int
set_upper (Overlay *overlay, const NewOverlay *want)
{
  Child *child = overlay->child;
  char upper[32], work[32];

  if (want->kind == FS_OVERLAY_RO)
    return 0;
  if (want->kind == FS_OVERLAY_RW)
    return set_layer (overlay, "upperdir", AT_FDCWD, want->upper) < 0
                   || set_layer (overlay, "workdir", AT_FDCWD, want->workdir) < 0
               ? -1
               : 0;

  unsigned n = child->n_overlays++;
  text_with_number (upper, "upper", n, "");
  text_with_number (work, "work", n, "");
  if (mkdirat (child->base, upper, 0755) < 0 || mkdirat (child->base, work, 0755) < 0)
    return failed_at (child, AT_DATA);
  if (set_layer (overlay, "upperdir", child->base, upper) < 0
      || set_layer (overlay, "workdir", child->base, work) < 0)
    return -1;
  return 0;
}

/* Attributes that an unprivileged user may store, and no features that would have to export the layers. */
static const char *const overlay_options[][2] = { { "index", "off" }, { "xino", "off" } };

static int
make_overlay (Overlay *overlay, const NewOverlay *want)
{
  int lower = want->n_layers <= FEW_LAYERS ? set_few_lower (overlay, want->layers, want->n_layers)
                                           : set_many_lower (overlay, want->layers, want->n_layers);
  if (lower < 0 || set_upper (overlay, want) < 0)
    return -1;

  for (size_t i = 0; i < N_ELEMENTS (overlay_options); i++)
    if (set_option (overlay, overlay_options[i][0], overlay_options[i][1]) < 0)
      return -1;
  if (sys_fsconfig (overlay->fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0
      || sys_fsconfig (overlay->fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
    return failed_at (overlay->child, AT_MOUNT);
  int tree = sys_fsmount (overlay->fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  return tree < 0 ? failed_at (overlay->child, AT_MOUNT) : tree;
}

int
step_overlay (Child *child, const Step *step)
{
  const NewOverlay *want = step->data;
  Fd fs = sys_fsopen ("overlay");
  Overlay overlay = { .child = child, .fs = fs };
  if (fs < 0)
    return failed_at (child, AT_MOUNT);

  Fd tree = make_overlay (&overlay, want);
  int failure = errno;
  if (tree < 0 && child->at == AT_MOUNT)
    note_kernel_words (child, fs);
  for (unsigned i = 0; i < overlay.n_open; i++)
    close (overlay.open[i]);
  errno = failure;
  if (tree < 0 || root_attach (child, step, tree, 1) < 0)
    return -1;
  if (want->kind == FS_OVERLAY_RW)
    child->on_host = 1;
  else
    child_owns (child, tree);
  return 0;
}

/* --- proc, dev, tmpfs, mqueue -------------------------------------------------------------------------- */

/* What of a proc that we may write to stays read-only all the same.  Nobody may write to the folder sys, but root to the
 * files in it: one of them answers for all. */
static const struct
{
  const char *name, *probe;
} covered[] = {
  { "sys", "sys/kernel/core_pattern" },
  { "sysrq-trigger", "sysrq-trigger" },
  { "irq", "irq" },
  { "bus", "bus" },
};

static int
cover_proc (Child *child, const Step *step)
{
  Fd proc = root_open (child, step->dest, O_PATH | O_DIRECTORY, 0);
  if (proc < 0)
    return failed_at (child, AT_DEST);

  for (size_t i = 0; i < N_ELEMENTS (covered); i++)
    {
      if (faccessat (proc, covered[i].probe, W_OK, 0) < 0)
        continue;
      Fd tree = sys_open_tree (proc, covered[i].name, OPEN_TREE_CLONE | AT_RECURSIVE);
      uint64_t set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
      if (tree < 0 || sys_mount_setattr (tree, AT_RECURSIVE, set, 0, 0) < 0
          || sys_move_mount (tree, proc, covered[i].name) < 0)
        return failed_at (child, AT_FLAGS);
    }
  return 0;
}

int
step_proc (Child *child, const Step *step)
{
  Fd tree = mount_new (child, "proc", NULL, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  if (tree < 0 || root_attach (child, step, tree, 1) < 0)
    return -1;
  return cover_proc (child, step);
}

int
step_proc_host (Child *child, const Step *step)
{
  Fd tree = sys_open_tree (AT_FDCWD, "/proc", OPEN_TREE_CLONE | AT_RECURSIVE);
  if (tree < 0)
    return failed_at (child, AT_SOURCE);
  if (set_flags (child, step, tree) < 0 || root_attach (child, step, tree, 1) < 0)
    return -1;
  return cover_proc (child, step);
}

/* Binds a device node of the host, looked at by descriptor, on a new file of /dev. */
static int
bind_device (Child *child, int dev, const char *source, const char *name)
{
  Fd tree = sys_open_tree (AT_FDCWD, source, OPEN_TREE_CLONE);
  struct stat st;
  if (tree < 0 || fstat (tree, &st) < 0)
    return failed_at (child, AT_SOURCE);
  if (!S_ISCHR (st.st_mode))
    {
      errno = ENODEV;
      return failed_at (child, AT_SOURCE);
    }

  if (mknodat (dev, name, S_IFREG | 0444, 0) < 0
      || sys_mount_setattr (tree, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, 0) < 0
      || sys_move_mount (tree, dev, name) < 0)
    return failed_at (child, AT_MOUNT);
  return 0;
}

static const char *const device_nodes[][2] = {
  { "/dev/null", "null" },     { "/dev/zero", "zero" },       { "/dev/full", "full" },
  { "/dev/random", "random" }, { "/dev/urandom", "urandom" }, { "/dev/tty", "tty" },
};

static const char *const device_links[][2] = {
  { "/proc/self/fd/0", "stdin" }, { "/proc/self/fd/1", "stdout" }, { "/proc/self/fd/2", "stderr" },
  { "/proc/self/fd", "fd" },      { "/proc/kcore", "core" },       { "pts/ptmx", "ptmx" },
};

static const char *const device_dirs[] = { "pts", "shm" };

static int
mount_devpts (Child *child, int dev)
{
  const char *const options[][2] = { { "ptmxmode", "0666" }, { "mode", "620" } };
  Fd tree = mount_new (child, "devpts", options, N_ELEMENTS (options), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  if (tree < 0)
    return -1;
  if (sys_move_mount (tree, dev, "pts") < 0)
    return failed_at (child, AT_MOUNT);
  return 0;
}

int
step_dev (Child *child, const Step *step)
{
  Fd tree = mount_tmpfs (child, 0755, 0, step->data);
  if (tree < 0 || root_attach (child, step, tree, 1) < 0)
    return -1;

  for (size_t i = 0; i < N_ELEMENTS (device_dirs); i++)
    if (mkdirat (tree, device_dirs[i], 0755) < 0)
      return failed_at (child, AT_DEST);
  for (size_t i = 0; i < N_ELEMENTS (device_links); i++)
    if (symlinkat (device_links[i][0], tree, device_links[i][1]) < 0)
      return failed_at (child, AT_DEST);
  for (size_t i = 0; i < N_ELEMENTS (device_nodes); i++)
    if (bind_device (child, tree, device_nodes[i][0], device_nodes[i][1]) < 0)
      return -1;
  /* The program can write to this terminal anyway; so ttyname(3) finds it. */
  if (step->path != NULL && bind_device (child, tree, step->path, "console") < 0)
    return -1;
  return mount_devpts (child, tree);
}

int
step_tmpfs (Child *child, const Step *step)
{
  Fd tree = mount_tmpfs (child, step->mode, step->value, step->path);
  return tree < 0 ? -1 : root_attach (child, step, tree, 1);
}

int
step_mqueue (Child *child, const Step *step)
{
  Fd tree = mount_new (child, "mqueue", NULL, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  return tree < 0 ? -1 : root_attach (child, step, tree, 1);
}
