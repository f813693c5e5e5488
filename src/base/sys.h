/* System calls that the C library of our oldest distribution does not wrap, and the constants that its
 * headers lack.  Thin: each function is the call of the same name, returns what the kernel returns (-1
 * and errno on failure), and may be used after the clone.
 */
#pragma once

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

#ifndef MQUEUE_MAGIC
#define MQUEUE_MAGIC 0x19800202
#endif

/* Flags that every one of our open calls carries. */
#define O_TREE_PATH (O_PATH | O_CLOEXEC)

static inline int
sys_openat2 (int dir, const char *path, int flags, mode_t mode, uint64_t resolve)
{
  struct open_how how = { .flags = (uint64_t) (flags | O_CLOEXEC), .mode = mode, .resolve = resolve };
  return (int) syscall (SYS_openat2, dir, path, &how, sizeof how);
}

static inline int
sys_open_tree (int dir, const char *path, unsigned flags)
{
  return (int) syscall (SYS_open_tree, dir, path, flags | OPEN_TREE_CLOEXEC);
}

/* Moves the mount behind @tree onto @name below the directory @target, not following a link there; with "", onto what
 * @target itself is. */
static inline int
sys_move_mount (int tree, int target, const char *name)
{
  return (int) syscall (SYS_move_mount, tree, "", target, name,
                        MOVE_MOUNT_F_EMPTY_PATH | (*name ? 0 : MOVE_MOUNT_T_EMPTY_PATH));
}

static inline int
sys_mount_setattr (int fd, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation)
{
  struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .propagation = propagation };
  return (int) syscall (SYS_mount_setattr, fd, "", flags | AT_EMPTY_PATH, &attr, sizeof attr);
}

/* Maps the ids of the files below the mount @fd by the maps of the user namespace @userns. */
static inline int
sys_mount_idmap (int fd, unsigned flags, int userns)
{
  struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t) userns };
  return (int) syscall (SYS_mount_setattr, fd, "", flags | AT_EMPTY_PATH, &attr, sizeof attr);
}

static inline int
sys_fsopen (const char *type)
{
  return (int) syscall (SYS_fsopen, type, FSOPEN_CLOEXEC);
}

/* The filesystem of the mount behind @fd, for FSCONFIG_CMD_RECONFIGURE. */
static inline int
sys_fspick (int fd)
{
  return (int) syscall (SYS_fspick, fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
}

static inline int
sys_fsconfig (int fs, unsigned command, const char *key, const void *value, int aux)
{
  return (int) syscall (SYS_fsconfig, fs, command, key, value, aux);
}

static inline int
sys_fsmount (int fs, unsigned attributes)
{
  return (int) syscall (SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes);
}

static inline pid_t
sys_clone3 (uint64_t flags, int exit_signal, int *pidfd, int cgroup)
{
  struct clone_args args = { .flags = flags | (pidfd ? CLONE_PIDFD : 0),
                             .pidfd = (uint64_t) (uintptr_t) pidfd,
                             .exit_signal = (uint64_t) exit_signal,
                             .cgroup = cgroup >= 0 ? (uint64_t) cgroup : 0 };
  return (pid_t) syscall (SYS_clone3, &args, sizeof args);
}

static inline int
sys_pivot_root (const char *root, const char *put_old)
{
  return (int) syscall (SYS_pivot_root, root, put_old);
}

static inline int
sys_close_range (unsigned first, unsigned last, unsigned flags)
{
  return (int) syscall (SYS_close_range, first, last, flags);
}

static inline int
sys_pidfd_open (pid_t pid)
{
  return (int) syscall (SYS_pidfd_open, pid, 0);
}

static inline int
sys_pidfd_send_signal (int pidfd, int signal)
{
  return (int) syscall (SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}
