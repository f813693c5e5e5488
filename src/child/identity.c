/* The steps that decide who the processes inside are: id maps, ids, user namespaces, capabilities. */
#include "child/child.h"

#include "base/fd.h"
#include "base/sys.h"

#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* --- The tether -------------------------------------------------------------------------------------- */

/* The signal comes when the parent dies from now on; whether it has died before, the socket knows. */
int
step_tether (Child *child, const Step *step)
{
  (void) step;
  if (prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
    return -1;
  if (child_is_alone (child))
    _exit (1);
  return 0;
}

/* --- Maps ---------------------------------------------------------------------------------------------- */

/* Writes the maps of the process whose folder of proc @dir is. */
static int
write_maps (int dir, const MapText *maps, int deny_groups)
{
  if (write_text_at (dir, "uid_map", maps->uid) < 0)
    return -1;
  if (deny_groups && write_text_at (dir, "setgroups", "deny\n") < 0)
    return -1;
  return write_text_at (dir, "gid_map", maps->gid);
}

int
step_map_self (Child *child, const Step *step)
{
  Fd self = openat (child->proc, "self", O_PATH | O_DIRECTORY | O_CLOEXEC);
  return self < 0 ? -1 : write_maps (self, step->data, 1);
}

int
step_set_ids (Child *child, const Step *step)
{
  uid_t uid = (uid_t) (step->value >> 32);
  gid_t gid = (gid_t) step->value;

  if (step->flags & STEP_DROP_GROUPS && setgroups (0, NULL) < 0)
    return -1;
  if (prctl (PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setresgid (gid, gid, gid) < 0 || setresuid (uid, uid, uid) < 0)
    return errno == EINVAL && step->flags & STEP_OPTIONAL ? 0 : -1;

  /* Changing ids took the effective capabilities, and made our files in proc root's. */
  uint64_t permitted;
  if (get_permitted (&permitted) < 0 || set_capabilities (permitted, permitted, 0) < 0)
    return -1;
  return plan_joins_userns (child->plan) ? 0 : prctl (PR_SET_DUMPABLE, 1, 0, 0, 0);
}

/* --- User namespaces ------------------------------------------------------------------------------------ */

int
step_join_userns (Child *child, const Step *step)
{
  (void) child;
  return setns (step->fd, CLONE_NEWUSER);
}

int
step_limit_userns (Child *child, const Step *step)
{
  (void) step;
  return write_text_at (child->proc, "sys/user/max_user_namespaces", "1");
}

/* Whoever makes a namespace loses, in it, the right to map more than the own id.  So a process that stays in the
 * outer one writes the maps, when a byte comes through the pipe. */
static pid_t
fork_mapper (Child *child, const MapText *maps, int dir, const int *pipe_fds)
{
  char go;
  pid_t pid = sys_clone3 (0, SIGCHLD, NULL, -1);
  if (pid != 0)
    return pid;

  close (pipe_fds[1]);
  if (read (pipe_fds[0], &go, 1) != 1)
    _exit (1);
  if (write_maps (dir, maps, 0) < 0)
    child_fail (child);
  _exit (0);
}

static int
is_single (const MapText *maps)
{
  return strchr (maps->uid, '\n')[1] == '\0' && strchr (maps->gid, '\n')[1] == '\0';
}

int
step_nest_userns (Child *child, const Step *step)
{
  const MapText *maps = step->data;
  Fd self = openat (child->proc, "self", O_PATH | O_DIRECTORY | O_CLOEXEC);
  int go[2], status;

  if (self < 0)
    return -1;
  if (is_single (maps))
    return unshare (CLONE_NEWUSER) < 0 ? -1 : write_maps (self, maps, 0);

  if (pipe2 (go, O_CLOEXEC) < 0)
    return -1;
  Fd tail = go[0];
  Fd head = go[1];
  (void) tail;
  pid_t mapper = fork_mapper (child, maps, self, go);
  if (mapper < 0 || unshare (CLONE_NEWUSER) < 0 || write (head, "", 1) != 1)
    return -1;
  while (waitpid (mapper, &status, 0) < 0 && errno == EINTR)
    ;
  if (status != 0) /* it has said why */
    _exit (1);
  return 0;
}

int
step_assert_userns (Child *child, const Step *step)
{
  (void) child;
  (void) step;
  if (unshare (CLONE_NEWUSER) < 0)
    return 0;
  errno = 0;
  return -1;
}

/* --- Capabilities ------------------------------------------------------------------------------------------ */

int
get_permitted (uint64_t *permitted)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct data[2];
  if (syscall (SYS_capget, &header, data) < 0)
    return -1;
  *permitted = data[0].permitted | (uint64_t) data[1].permitted << 32;
  return 0;
}

int
set_capabilities (uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct data[2] = {
    { (uint32_t) effective, (uint32_t) permitted, (uint32_t) inheritable },
    { (uint32_t) (effective >> 32), (uint32_t) (permitted >> 32), (uint32_t) (inheritable >> 32) },
  };
  return (int) syscall (SYS_capset, &header, data);
}

int
step_caps (Child *child, const Step *step)
{
  const uint64_t *wanted = step->data;
  uint64_t permitted;

  if (get_permitted (&permitted) < 0)
    return -1;
  child->caps = wanted[0] & permitted;
  if (wanted[1] & ~permitted)
    {
      errno = EPERM;
      return failed_at (child, AT_SOURCE);
    }

  for (unsigned long cap = 0; cap < 64; cap++)
    if (!(child->caps >> cap & 1) && prctl (PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
      {
        if (errno == EINVAL) /* past the kernel's last */
          break;
        if (permitted & 1ull << CAP_SETPCAP)
          return -1;
      }
  if (prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    return -1;
  return set_capabilities (child->caps, child->caps, child->caps);
}

int
step_no_new_privs (Child *child, const Step *step)
{
  (void) child;
  (void) step;
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int
step_ambient (Child *child, const Step *step)
{
  (void) step;
  for (unsigned long cap = 0; cap < 64; cap++)
    if (child->caps >> cap & 1 && prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
      return -1;
  return 0;
}
