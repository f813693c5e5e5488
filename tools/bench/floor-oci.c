/* The floor for containers: what tools/bench/run-oci measures, made with bare system calls and nothing else.
 *
 *   floor-oci run ROOTFS STEP... -- COMMAND [ARG...]
 *   floor-oci create FOLDER ROOTFS STEP... -- COMMAND [ARG...]
 *   floor-oci start FOLDER
 *   floor-oci delete FOLDER
 *   floor-oci exec FOLDER [seccomp FILE] -- COMMAND [ARG...]
 *
 * FOLDER is where the container's state is; it must not be there before create.  Each STEP is a word and what belongs to it, in
 * the order of the config.json that the others read:
 *
 *   mount TYPE DEST ATTRIBUTES OPTIONS   a new filesystem; MOUNT_ATTR_… as a number, key=value,…
 *   bind SOURCE DEST ATTRIBUTES          of the host
 *   devices                              the default devices and links in /dev
 *   mask DEST, protect DEST              cover; make read-only
 *   seccomp FILE                         load the program in FILE
 *
 * As floor.c it leaves out all that does not change the result, and not what protects.  The program is the first process
 * inside.  A created container listens at its gate, a socket in FOLDER, until start connects to it.
 */
#include "floor.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#define HIDDEN (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* ---- the steps ---- */

static int root;

/* Paths are of the new root, where dest + 1 is what they are below it. */
static void
make_directory (const char *dest)
{
  if (mkdirat (root, dest + 1, 0755) < 0 && errno != EEXIST)
    TRY (-1);
}

static void
add_mount (char **words)
{
  const char *options[16] = { NULL };
  size_t n = 0;
  for (char *rest = words[3], *option = strsep (&rest, ","); option && *option; option = strsep (&rest, ","))
    {
      options[n++] = strsep (&option, "=");
      options[n++] = option;
    }
  int mount = new_mount (words[0], (unsigned) strtoul (words[2], NULL, 0), options);
  make_directory (words[1]);
  attach (mount, root, words[1] + 1);
  close (mount);
}

static void
add_bind (char **words)
{
  bind_on (AT_FDCWD, words[0], root, words[1] + 1, strtoul (words[2], NULL, 0));
}

static void
add_devices (char **words)
{
  static const char *const nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };
  static const char *const links[][2] = {
    { "/proc/self/fd", "fd" },       { "/proc/self/fd/0", "stdin" }, { "/proc/self/fd/1", "stdout" },
    { "/proc/self/fd/2", "stderr" }, { "pts/ptmx", "ptmx" },
  };
  int host = TRY (open ("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC));
  int dev = TRY (openat (root, "dev", O_PATH | O_DIRECTORY | O_CLOEXEC));
  (void) words;
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
    {
      TRY (mknodat (dev, nodes[i], S_IFREG | 0444, 0));
      bind_on (host, nodes[i], dev, nodes[i], MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    }
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    TRY (symlinkat (links[i][0], dev, links[i][1]));
  close (dev);
  close (host);
}

/* A directory is covered by an empty filesystem, a file by an empty device. */
static void
mask (char **words)
{
  struct stat st;
  if (fstatat (root, words[0] + 1, &st, 0) < 0)
    return;
  if (!S_ISDIR (st.st_mode))
    {
      bind_on (AT_FDCWD, "/dev/null", root, words[0] + 1, HIDDEN);
      return;
    }
  int mount = new_mount ("tmpfs", HIDDEN, OPTIONS ("size", "4k"));
  attach (mount, root, words[0] + 1);
  close (mount);
}

static void
protect (char **words)
{
  if (faccessat (root, words[0] + 1, F_OK, 0) == 0)
    bind_on (root, words[0] + 1, root, words[0] + 1, MOUNT_ATTR_RDONLY);
}

static struct sock_fprog filter;

static void
read_filter (char **words)
{
  static struct sock_filter program[BPF_MAXINSNS];
  int fd = TRY (open (words[0], O_RDONLY | O_CLOEXEC));
  ssize_t length = TRY (read (fd, program, sizeof program));
  filter = (struct sock_fprog){ (unsigned short) ((size_t) length / sizeof *program), program };
  close (fd);
}

static const struct
{
  const char *word;
  int n_words;
  void (*function) (char **words);
} steps[] = {
  { "mount", 4, add_mount }, { "bind", 3, add_bind },   { "devices", 0, add_devices },
  { "mask", 1, mask },       { "protect", 1, protect }, { "seccomp", 1, read_filter },
};

/* Runs the steps at *@words, as far as the word that ends them. */
static void
run_steps (char ***words)
{
  while (strcmp (**words, "--") != 0)
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
      if (strcmp (**words, steps[i].word) == 0)
        {
          steps[i].function (*words + 1);
          *words += 1 + steps[i].n_words;
          break;
        }
  ++*words;
}

/* ---- the container ---- */

static void
build (const char *rootfs, char ***words)
{
  mode_t before = umask (0);
  int tree = TRY (open_tree (AT_FDCWD, rootfs, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  root = tree;
  loopback_up ();
  attach (tree, AT_FDCWD, "/");
  run_steps (words);
  umask (before);

  TRY (fchdir (root));
  TRY (syscall (SYS_pivot_root, ".", "."));
  TRY (umount2 (".", MNT_DETACH));
  TRY (chdir ("/"));
  syscall (SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "_ses.floor");
  TRY (setsid ());
}

static _Noreturn void
execute (char **command)
{
  drop_privileges ();
  if (filter.len > 0)
    TRY (syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter));
  execvp (command[0], command);
  perror (command[0]);
  _exit (127);
}

static pid_t
new_process (unsigned long long namespaces)
{
  struct clone_args args = { .flags = namespaces, .exit_signal = SIGCHLD };
  return (pid_t) TRY (syscall (SYS_clone3, &args, sizeof args));
}

static int
wait_for (pid_t pid)
{
  int status;
  TRY (waitpid (pid, &status, 0));
  return exit_status (status);
}

static int
run (char **words)
{
  uid_t uid = getuid ();
  gid_t gid = getgid ();
  pid_t pid = new_process (NEW_NAMESPACES);
  if (pid > 0)
    return wait_for (pid);

  const char *rootfs = *words++;
  become_root (uid, gid);
  build (rootfs, &words);
  execute (words);
}

/* ---- its life in steps ---- */

static int
open_state (const char *folder)
{
  return TRY (open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static struct sockaddr_un
gate_in (int dir)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/gate", dir);
  return address;
}

static void
write_pid (int dir, pid_t pid)
{
  char text[16];
  int fd = TRY (openat (dir, "pid", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  TRY (write (fd, text, (size_t) snprintf (text, sizeof text, "%d", pid)));
  close (fd);
}

static int
open_process (int dir)
{
  char text[16] = "";
  int fd = TRY (openat (dir, "pid", O_RDONLY | O_CLOEXEC));
  TRY (read (fd, text, sizeof text - 1));
  close (fd);
  return TRY (syscall (SYS_pidfd_open, (pid_t) strtol (text, NULL, 10), 0));
}

/* Waits for whoever opens the gate, and tells it by the connection's end that the program runs. */
static void
pass_gate (int gate)
{
  char go;
  int caller = TRY (accept4 (gate, NULL, NULL, SOCK_CLOEXEC));
  TRY (recv (caller, &go, 1, 0));
}

static int
create (char **words)
{
  char done;
  uid_t uid = getuid ();
  gid_t gid = getgid ();
  const char *folder = *words++, *rootfs = *words++;
  int ready[2];

  TRY (mkdir (folder, 0700));
  int dir = open_state (folder);
  struct sockaddr_un address = gate_in (dir);
  int gate = TRY (socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  TRY (bind (gate, (struct sockaddr *) &address, sizeof address));
  TRY (listen (gate, 1));
  TRY (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ready));

  pid_t pid = new_process (NEW_NAMESPACES);
  if (pid == 0)
    {
      become_root (uid, gid);
      build (rootfs, &words);
      TRY (send (ready[1], "", 1, 0));
      pass_gate (gate);
      execute (words);
    }
  close (ready[1]);
  write_pid (dir, pid);
  return recv (ready[0], &done, 1, 0) == 1 ? 0 : 1;
}

static int
start (char **words)
{
  char nothing;
  int dir = open_state (words[0]);
  struct sockaddr_un address = gate_in (dir);
  int gate = TRY (socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  TRY (connect (gate, (struct sockaddr *) &address, sizeof address));
  TRY (unlinkat (dir, "gate", 0));
  TRY (send (gate, "", 1, MSG_NOSIGNAL));
  return recv (gate, &nothing, 1, 0) == 0 ? 0 : 1;
}

static int delete (char **words)
{
  int dir = open_state (words[0]);
  struct pollfd end = { .fd = open_process (dir), .events = POLLIN };
  TRY (syscall (SYS_pidfd_send_signal, end.fd, SIGKILL, NULL, 0));
  TRY (poll (&end, 1, -1));
  TRY (unlinkat (dir, "pid", 0));
  TRY (rmdir (words[0]));
  return 0;
}

static int
enter (char **words)
{
  int pidfd = open_process (open_state (*words++));
  run_steps (&words);
  TRY (setns (pidfd, NEW_NAMESPACES));
  pid_t pid = new_process (0);
  if (pid > 0)
    return wait_for (pid);
  TRY (setsid ());
  execute (words);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    int (*function) (char **words);
  } verbs[] = {
    { "run", run }, { "create", create }, { "start", start }, { "delete", delete }, { "exec", enter }
  };

  for (size_t i = 0; argc > 2 && i < sizeof verbs / sizeof *verbs; i++)
    if (strcmp (argv[1], verbs[i].name) == 0)
      return verbs[i].function (argv + 2);
  return 2;
}
