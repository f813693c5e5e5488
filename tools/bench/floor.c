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
#include "floor.h"

#include <stdlib.h>

#define READ_ONLY (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* ---- ids ---- */

/* In the second one the caller is itself again, and owns none of the other namespaces. */
static void
become_caller (uid_t uid, gid_t gid)
{
  TRY (unshare (CLONE_NEWUSER));
  put_map ("/proc/self/uid_map", uid, 0);
  put_map ("/proc/self/gid_map", gid, 0);
}

/* Mounts the new filesystem @mount on the new directory @name. */
static void
add_mount (int mount, int dir, const char *name)
{
  TRY (mkdirat (dir, name, 0755));
  attach (mount, dir, name);
  close (mount);
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
