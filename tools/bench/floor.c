/* The floor: the sandbox that tools/bench/run measures, made with bare system calls and nothing else.
 *
 *   floor [-s SRCDIR -n N] COMMAND [ARG...]
 *
 * It makes what this line makes, without reading any of it:
 *
 *   --unshare-all --unshare-user --ro-bind /usr /usr --ro-bind /etc /etc --symlink usr/bin /bin (and
 *   lib, lib64, sbin) --proc /proc --dev /dev --tmpfs /tmp
 *   and, for each I below N, --ro-bind SRCDIR/I /b/I
 *
 * No sandbox that keeps the same promises can start much faster on the same kernel, so the others are
 * measured as multiples of it.  It leaves out all that does not change the result: options, error texts,
 * checks, name look-ups.  It does not leave out what protects: flags on each mount, capabilities,
 * no_new_privs, a pid 1 that reaps, the way back to the caller's own id.
 *
 * Three processes, as everywhere: the outer one waits, pid 1 builds the sandbox and reaps, the command
 * runs.  The outer one learns the command's status through a pipe, and so does not wait until the kernel
 * has taken the namespaces down.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

#define NEW_NAMESPACES \
  (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWCGROUP)

#define READ_ONLY (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* Any system call that fails ends the whole, under its own text. */
#define TRY(call) try ((int) (call), #call)

static int
try (int result, const char *what)
{
  if (result >= 0)
    return result;
  perror (what);
  _exit (1);
}

/* ---- ids ---- */

static void
put (const char *path, const char *text)
{
  int fd = TRY (open (path, O_WRONLY | O_CLOEXEC));
  TRY (write (fd, text, strlen (text)));
  close (fd);
}

static void
put_map (const char *path, unsigned inside, unsigned outside)
{
  char line[32];
  snprintf (line, sizeof line, "%u %u 1\n", inside, outside);
  put (path, line);
}

/* In the first user namespace the caller is 0, because a devpts wants an owner that has an id there. */
static void
become_root (uid_t uid, gid_t gid)
{
  put_map ("/proc/self/uid_map", 0, uid);
  put ("/proc/self/setgroups", "deny");
  put_map ("/proc/self/gid_map", 0, gid);
}

/* In the second one the caller is itself again, and owns none of the other namespaces. */
static void
become_caller (uid_t uid, gid_t gid)
{
  TRY (unshare (CLONE_NEWUSER));
  put_map ("/proc/self/uid_map", uid, 0);
  put_map ("/proc/self/gid_map", gid, 0);
}

/* ---- mounts, all by file descriptor ---- */

static void
attach (int mount, int dir, const char *name)
{
  TRY (move_mount (mount, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH));
}

#define OPTIONS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* A new filesystem, not yet attached; @options are key, value, ... NULL. */
static int
new_mount (const char *type, unsigned attributes, const char *const *options)
{
  int fs = TRY (fsopen (type, FSOPEN_CLOEXEC));
  for (; *options; options += 2)
    TRY (fsconfig (fs, FSCONFIG_SET_STRING, options[0], options[1], 0));
  TRY (fsconfig (fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
  int mount = TRY (fsmount (fs, FSMOUNT_CLOEXEC, attributes));
  close (fs);
  return mount;
}

static int
new_tmpfs (void)
{
  return new_mount ("tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, OPTIONS ("mode", "0755"));
}

/* Mounts the new filesystem @mount on the new directory @name. */
static void
add_mount (int mount, int dir, const char *name)
{
  TRY (mkdirat (dir, name, 0755));
  attach (mount, dir, name);
  close (mount);
}

/* Mounts the host's @source, a path below @from, on @name, which exists. */
static void
bind_on (int from, const char *source, int dir, const char *name, unsigned long attributes)
{
  struct mount_attr attr = { .attr_set = attributes };
  int tree = TRY (open_tree (from, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  TRY (mount_setattr (tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr));
  attach (tree, dir, name);
  close (tree);
}

static void
add_bind (int from, const char *source, int dir, const char *name)
{
  TRY (mkdirat (dir, name, 0755));
  bind_on (from, source, dir, name, READ_ONLY);
}

/* ---- the parts of the view ---- */

static void
add_system (int root)
{
  static const char *const links[] = { "bin", "lib", "lib64", "sbin" };

  add_bind (AT_FDCWD, "/usr", root, "usr");
  add_bind (AT_FDCWD, "/etc", root, "etc");
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    {
      char target[16];
      snprintf (target, sizeof target, "usr/%s", links[i]);
      TRY (symlinkat (target, root, links[i]));
    }
}

static void
add_dev (int root)
{
  static const char *const nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };
  static const char *const links[][2] = {
    { "/proc/self/fd/0", "stdin" }, { "/proc/self/fd/1", "stdout" }, { "/proc/self/fd/2", "stderr" },
    { "/proc/self/fd", "fd" },      { "/proc/kcore", "core" },       { "pts/ptmx", "ptmx" },
  };

  int host = TRY (open ("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC));
  int dev = new_tmpfs ();
  TRY (mkdirat (root, "dev", 0755));
  attach (dev, root, "dev");
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
    {
      TRY (mknodat (dev, nodes[i], S_IFREG | 0444, 0));
      bind_on (host, nodes[i], dev, nodes[i], MOUNT_ATTR_NOSUID);
    }
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    TRY (symlinkat (links[i][0], dev, links[i][1]));
  TRY (mkdirat (dev, "shm", 0755));
  add_mount (
      new_mount ("devpts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, OPTIONS ("ptmxmode", "0666", "mode", "620")),
      dev, "pts");
  close (dev);
  close (host);
}

static void
add_binds (int root, const char *source, int n)
{
  if (n == 0)
    return;

  int from = TRY (open (source, O_PATH | O_DIRECTORY | O_CLOEXEC));
  TRY (mkdirat (root, "b", 0755));
  int to = TRY (openat (root, "b", O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i < n; i++)
    {
      char name[16];
      snprintf (name, sizeof name, "%d", i);
      add_bind (from, name, to, name);
    }
  close (to);
  close (from);
}

/* The new root lies on the old one while it is built: an absolute path still begins below it. */
static void
build_view (const char *source, int n)
{
  mode_t mask = umask (0);
  int root = new_tmpfs ();
  attach (root, AT_FDCWD, "/");
  add_system (root);
  add_mount (new_mount ("proc", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, OPTIONS (NULL)), root,
             "proc");
  add_dev (root);
  add_mount (new_tmpfs (), root, "tmp");
  add_binds (root, source, n);
  umask (mask);

  TRY (fchdir (root));
  close (root);
  TRY (syscall (SYS_pivot_root, ".", "."));
  TRY (umount2 (".", MNT_DETACH));
  TRY (chdir ("/"));
}

/* ---- the rest of pid 1 ---- */

static void
loopback_up (void)
{
  struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
  int fd = TRY (socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  TRY (ioctl (fd, SIOCSIFFLAGS, &lo));
  close (fd);
}

static void
drop_privileges (void)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

  for (int cap = 0; prctl (PR_CAPBSET_DROP, cap) == 0; cap++)
    ;
  TRY (syscall (SYS_capset, &header, none));
  TRY (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static int
exit_status (int status)
{
  return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}

/* Runs the command, reports its status, and stays as long as anything is left to reap. */
static void
run_command (char **command, int report)
{
  pid_t pid = TRY (vfork ());
  if (pid == 0)
    {
      execvp (command[0], command);
      perror (command[0]);
      _exit (127);
    }

  int status;
  for (pid_t ended; (ended = wait (&status)) > 0;)
    if (ended == pid)
      {
        unsigned char code = (unsigned char) exit_status (status);
        TRY (write (report, &code, 1));
      }
  _exit (0);
}

int
main (int argc, char **argv)
{
  const char *source = ".";
  int n = 0;
  for (int option; (option = getopt (argc, argv, "+s:n:")) != -1;)
    switch (option)
      {
      case 's':
        source = optarg;
        break;
      case 'n':
        n = (int) strtol (optarg, NULL, 10);
        break;
      default:
        return 2;
      }
  if (!argv[optind])
    return 2;

  uid_t uid = getuid ();
  gid_t gid = getgid ();
  int report[2];
  TRY (pipe2 (report, O_CLOEXEC));

  struct clone_args args = { .flags = NEW_NAMESPACES, .exit_signal = SIGCHLD };
  if (TRY (syscall (SYS_clone3, &args, sizeof args)) == 0)
    {
      become_root (uid, gid);
      loopback_up ();
      build_view (source, n);
      become_caller (uid, gid);
      drop_privileges ();
      run_command (argv + optind, report[1]);
    }

  unsigned char code = 1; /* nothing in the pipe: pid 1 failed and said why */
  close (report[1]);
  TRY (read (report[0], &code, 1));
  return code;
}
