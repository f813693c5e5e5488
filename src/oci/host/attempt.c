/* Trying what the kernel allows, in child processes: see attempt.h. */
#include "oci/host/attempt.h"

#include "base/fd.h"
#include "base/sys.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* --- What is tried: 0, or -1 with errno ------------------------------------------------------------------- */

typedef int Trial (void);

static int
write_file (const char *path, const char *text)
{
  Fd file = open (path, O_WRONLY | O_CLOEXEC);
  size_t length = strlen (text);
  return file >= 0 && write (file, text, length) == (ssize_t) length ? 0 : -1;
}

/* Makes us root of the user namespace that we are in; @uid and @gid: who we are outside. */
static int
map_self (uid_t uid, gid_t gid)
{
  char uid_map[32], gid_map[32];
  snprintf (uid_map, sizeof uid_map, "0 %u 1\n", uid);
  snprintf (gid_map, sizeof gid_map, "0 %u 1\n", gid);
  return write_file ("/proc/self/setgroups", "deny") < 0 || write_file ("/proc/self/gid_map", gid_map) < 0
                 || write_file ("/proc/self/uid_map", uid_map) < 0
             ? -1
             : 0;
}

static int
no_trial (void)
{
  return 0;
}

/* A security module may let the namespace be made and give no rights in it: this call needs some. */
static int
try_rights (void)
{
  return unshare (CLONE_NEWUTS);
}

/* A new filesystem, mounted nowhere. */
static int
mount_detached (const char *type)
{
  Fd fs = sys_fsopen (type);
  return fs < 0 || sys_fsconfig (fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0
             ? -1
             : sys_fsmount (fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

static int
try_proc (void)
{
  Fd tree = mount_detached ("proc");
  return tree < 0 ? -1 : 0;
}

static int
try_sysfs (void)
{
  Fd tree = mount_detached ("sysfs");
  return tree < 0 ? -1 : 0;
}

/* Names the directory @name of @dir as a layer of @fs. */
static int
set_layer (int fs, const char *key, int dir, const char *name)
{
  char path[32];
  if (mkdirat (dir, name, 0700) < 0)
    return -1;
  Fd layer = openat (dir, name, O_TREE_PATH | O_DIRECTORY);
  snprintf (path, sizeof path, "/proc/self/fd/%d", layer);
  return layer < 0 ? -1 : sys_fsconfig (fs, FSCONFIG_SET_STRING, key, path, 0);
}

/* The layers have to be in our mount namespace, so their tmpfs is mounted over its root; nothing looks there. */
static int
try_overlay (void)
{
  Fd root = open ("/", O_TREE_PATH | O_DIRECTORY);
  Fd layers = mount_detached ("tmpfs");
  if (root < 0 || layers < 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0
      || sys_move_mount (layers, root, "") < 0)
    return -1;

  Fd fs = sys_fsopen ("overlay");
  if (fs < 0 || set_layer (fs, "lowerdir", layers, "lower") < 0
      || set_layer (fs, "upperdir", layers, "upper") < 0 || set_layer (fs, "workdir", layers, "work") < 0
      || sys_fsconfig (fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0
      || sys_fsconfig (fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
    return -1;
  Fd tree = sys_fsmount (fs, 0);
  return tree < 0 ? -1 : 0;
}

/* A user namespace with a map, whose maker ends at once: it shares our descriptors, and its status says which. */
static int
open_mapped_namespace (void)
{
  uid_t uid = geteuid ();
  gid_t gid = getegid ();
  int status;

  pid_t pid = sys_clone3 (CLONE_NEWUSER | CLONE_FILES, SIGCHLD, NULL, -1);
  if (pid < 0)
    return -1;
  if (pid == 0)
    {
      int fd = map_self (uid, gid) < 0 ? -1 : open ("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
      _exit (fd < 0 ? 0 : fd);
    }
  if (waitpid (pid, &status, 0) < 0)
    return -1;
  errno = EPERM;
  return WIFEXITED (status) && WEXITSTATUS (status) > 0 ? WEXITSTATUS (status) : -1;
}

static int
map_tree (int tree)
{
  Fd namespace = tree < 0 ? -1 : open_mapped_namespace ();
  struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t) namespace };
  return namespace < 0 ? -1 : (int) syscall (SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr);
}

static int
try_idmap (void)
{
  Fd tree = mount_detached ("tmpfs");
  return map_tree (tree);
}

static int
try_idmap_host (void)
{
  Fd tree = sys_open_tree (AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE);
  return map_tree (tree);
}

static int
try_pidfd (void)
{
  Fd self = sys_pidfd_open (getpid ());
  return self < 0 ? -1 : 0;
}

/* A kernel that knows the flag says that the root directory is no cgroup; a child there is none then. */
static int
try_clone_to_cgroup (void)
{
  Fd no_cgroup = open ("/", O_TREE_PATH);
  pid_t pid = sys_clone3 (CLONE_INTO_CGROUP, SIGCHLD, NULL, no_cgroup);
  if (pid == 0)
    _exit (0);
  if (pid > 0)
    waitpid (pid, NULL, 0);
  return pid < 0 && errno == EBADF ? 0 : -1;
}

/* --- In the parent -------------------------------------------------------------------------------------------- */

static const struct
{
  uint64_t namespaces; /* in which it is tried; 0: in our own, without a child */
  Trial *trial;
} trials[N_ATTEMPTS] = {
  [ATTEMPT_USER] = { CLONE_NEWUSER, try_rights },
  [ATTEMPT_MOUNT] = { CLONE_NEWNS, no_trial },
  [ATTEMPT_PID] = { CLONE_NEWPID, no_trial },
  [ATTEMPT_NET] = { CLONE_NEWNET, no_trial },
  [ATTEMPT_IPC] = { CLONE_NEWIPC, no_trial },
  [ATTEMPT_UTS] = { CLONE_NEWUTS, no_trial },
  [ATTEMPT_CGROUP] = { CLONE_NEWCGROUP, no_trial },
  [ATTEMPT_TIME] = { CLONE_NEWTIME, no_trial },
  [ATTEMPT_PROC] = { CLONE_NEWNS | CLONE_NEWPID, try_proc },
  [ATTEMPT_SYSFS] = { CLONE_NEWNS | CLONE_NEWNET, try_sysfs },
  [ATTEMPT_OVERLAY] = { CLONE_NEWNS, try_overlay },
  [ATTEMPT_IDMAP] = { CLONE_NEWNS, try_idmap },
  [ATTEMPT_IDMAP_HOST] = { CLONE_NEWNS, try_idmap_host },
  [ATTEMPT_PIDFD] = { 0, try_pidfd },
  [ATTEMPT_CLONE_TO_CGROUP] = { 0, try_clone_to_cgroup },
};

/* Runs @trial in a child with new @namespaces.  Returns 0 or the errno, which is the child's exit status. */
static int
run (uint64_t namespaces, Trial *trial)
{
  uid_t uid = geteuid ();
  gid_t gid = getegid ();
  int status;

  if (namespaces == 0)
    return trial () < 0 ? errno : 0;
  pid_t pid = sys_clone3 (namespaces, SIGCHLD, NULL, -1);
  if (pid < 0)
    return errno;
  if (pid == 0)
    _exit ((namespaces & CLONE_NEWUSER && map_self (uid, gid) < 0) || trial () < 0 ? errno : 0);

  while (waitpid (pid, &status, 0) < 0)
    if (errno != EINTR)
      return errno;
  return WIFEXITED (status) ? WEXITSTATUS (status) : EINTR;
}

void
attempt_all (int results[N_ATTEMPTS])
{
  for (Attempt i = 0; i < N_ATTEMPTS; i++)
    {
      results[i] = run (trials[i].namespaces, trials[i].trial);
      if (results[i] == EPERM && trials[i].namespaces != 0 && (trials[i].namespaces & CLONE_NEWUSER) == 0)
        results[i] = run (trials[i].namespaces | CLONE_NEWUSER, trials[i].trial);
    }
}
