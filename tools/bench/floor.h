/* What the floors (floor.c, floor-oci.c) have in common: ids, mounts, the loopback interface, each by bare system calls. */
#pragma once

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
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

/* Any system call that fails ends the whole, under its own text. */
#define TRY(call) try ((int) (call), #call)

static inline int
try (int result, const char *what)
{
  if (result >= 0)
    return result;
  perror (what);
  _exit (1);
}

/* ---- ids ---- */

static inline void
put (const char *path, const char *text)
{
  int fd = TRY (open (path, O_WRONLY | O_CLOEXEC));
  TRY (write (fd, text, strlen (text)));
  close (fd);
}

static inline void
put_map (const char *path, unsigned inside, unsigned outside)
{
  char line[32];
  snprintf (line, sizeof line, "%u %u 1\n", inside, outside);
  put (path, line);
}

/* In the first user namespace the caller is 0, because a devpts wants an owner that has an id there. */
static inline void
become_root (uid_t uid, gid_t gid)
{
  put_map ("/proc/self/uid_map", 0, uid);
  put ("/proc/self/setgroups", "deny");
  put_map ("/proc/self/gid_map", 0, gid);
}

/* ---- mounts, all by file descriptor ---- */

static inline void
attach (int mount, int dir, const char *name)
{
  TRY (move_mount (mount, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH));
}

#define OPTIONS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* A new filesystem, not yet attached; @options are key, value, ... NULL. */
static inline int
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

static inline int
new_tmpfs (void)
{
  return new_mount ("tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, OPTIONS ("mode", "0755"));
}

/* Mounts the host's @source, a path below @from, on @name, which exists. */
static inline void
bind_on (int from, const char *source, int dir, const char *name, unsigned long attributes)
{
  struct mount_attr attr = { .attr_set = attributes };
  int tree = TRY (open_tree (from, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  TRY (mount_setattr (tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr));
  attach (tree, dir, name);
  close (tree);
}

/* ---- the rest ---- */

static inline void
loopback_up (void)
{
  struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
  int fd = TRY (socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  TRY (ioctl (fd, SIOCSIFFLAGS, &lo));
  close (fd);
}

static inline void
drop_privileges (void)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

  for (int cap = 0; prctl (PR_CAPBSET_DROP, cap) == 0; cap++)
    ;
  TRY (syscall (SYS_capset, &header, none));
  TRY (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static inline int
exit_status (int status)
{
  return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}
