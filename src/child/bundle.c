/* The steps about the process that only OCI bundles ask for: sysctls, scheduling, its user and sets of capabilities, a terminal
 * for somebody else, hooks, and the gate at which a created container waits to be started.
 */
#include "child/child.h"

#include "base/fd.h"
#include "base/sys.h"

#include <grp.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

/* --- What the namespaces hold ------------------------------------------------------------------------------
 *
 * What is written to goes through the host's proc, which nothing in the image can stand in for; what is written there is our
 * namespaces' and our own.
 */

int
step_domainname (Child *child, const Step *step)
{
  (void) child;
  return setdomainname (step->path, strlen (step->path));
}

int
step_cgroup_namespace (Child *child, const Step *step)
{
  (void) child;
  (void) step;
  return unshare (CLONE_NEWCGROUP);
}

int
step_enter_cgroup_namespace (Child *child, const Step *step)
{
  (void) child;
  return setns (step->fd, CLONE_NEWCGROUP);
}

/* The program enters the new one when it is executed. */
int
step_time_offsets (Child *child, const Step *step)
{
  if (unshare (CLONE_NEWTIME) < 0)
    return -1;
  return step->path[0] == '\0' ? 0 : write_text_at (child->proc, "self/timens_offsets", step->path);
}

int
step_sysctl (Child *child, const Step *step)
{
  Fd sys = openat (child->proc, "sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
  Fd file = sys < 0 ? -1 : sys_openat2 (sys, step->path, O_WRONLY, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  return file < 0 ? -1 : write_text (file, step->data);
}

/* --- Limits and scheduling ---------------------------------------------------------------------------------- */

int
step_oom_score (Child *child, const Step *step)
{
  return write_text_at (child->proc, "self/oom_score_adj", step->path);
}

int
step_scheduler (Child *child, const Step *step)
{
  const Scheduler *want = step->data;
  struct
  {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes = { sizeof attributes,         want->policy,  want->flags,    want->nice,
                   (uint32_t) want->priority, want->runtime, want->deadline, want->period };
  (void) child;
  return (int) syscall (SYS_sched_setattr, 0, &attributes, 0);
}

int
step_io_priority (Child *child, const Step *step)
{
  const int process = 1; /* IOPRIO_WHO_PROCESS */
  (void) child;
  return (int) syscall (SYS_ioprio_set, process, 0, (int) step->value);
}

int
step_affinity (Child *child, const Step *step)
{
  (void) child;
  return (int) syscall (SYS_sched_setaffinity, 0, (size_t) step->size, step->data) < 0 ? -1 : 0;
}

int
step_memory_policy (Child *child, const Step *step)
{
  const MemoryPolicy *want = step->data;
  const uint64_t bits = sizeof want->nodes * 8;
  (void) child;
  return (int) syscall (SYS_set_mempolicy, want->policy, want->has_nodes ? want->nodes : NULL,
                        want->has_nodes ? bits : 0);
}

int
step_personality (Child *child, const Step *step)
{
  (void) child;
  return personality ((unsigned long) step->value) < 0 ? -1 : 0;
}

/* Kernels without keys, and containers that forbid them, have none to leak either. */
int
step_keyring (Child *child, const Step *step)
{
  (void) child;
  if (syscall (SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, step->path) >= 0)
    return 0;
  return errno == ENOSYS || errno == EPERM ? 0 : -1;
}

int
step_apparmor (Child *child, const Step *step)
{
  char text[512];
  if (strlen (step->path) > sizeof text - sizeof "exec ")
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  stpcpy (stpcpy (text, "exec "), step->path);
  if (write_text_at (child->proc, "self/attr/apparmor/exec", text) == 0)
    return 0;
  return errno == ENOENT ? write_text_at (child->proc, "self/attr/exec", text) : -1;
}

/* --- A terminal ---------------------------------------------------------------------------------------------- */

/* /dev/console is the terminal too: bound by descriptor, so that it is the one we made. */
static int
bind_console (Child *child, const Step *step, int terminal)
{
  Fd tree = sys_open_tree (terminal, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
  if (tree < 0)
    return failed_at (child, AT_MOUNT);
  return root_attach (child, step, tree, 0);
}

int
step_terminal_new (Child *child, const Step *step)
{
  struct winsize size = { .ws_row = (unsigned short) (step->value >> 16),
                          .ws_col = (unsigned short) step->value };
  Fd terminal = -1;
  Fd master = terminal_open (child, &terminal);
  if (master < 0 || (step->value != 0 && ioctl (terminal, TIOCSWINSZ, &size) < 0))
    return -1;
  if (fchown (terminal, step->mode, (gid_t) -1) < 0 && errno != EINVAL && errno != EPERM)
    return -1;
  if (step->dest != NULL && bind_console (child, step, terminal) < 0)
    return -1;
  if (ioctl (terminal, TIOCSCTTY, 0) < 0)
    return -1;
  for (int fd = 0; fd <= 2; fd++)
    if (dup2 (terminal, fd) < 0)
      return -1;
  return child_send (child, SYNC_CONSOLE, 0, master);
}

/* --- User and capabilities ------------------------------------------------------------------------------------ */

int
step_bound (Child *child, const Step *step)
{
  const CapabilitySets *want = step->data;
  (void) child;
  for (unsigned long cap = 0; cap < 64; cap++)
    if (!(want->bounding >> cap & 1) && prctl (PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
      return errno == EINVAL ? 0 : -1; /* past the kernel's last */
  return 0;
}

/* Where the maps came from one id alone, groups can't be set, and there are none to take away. */
static int
set_groups (const User *user)
{
  if (user->keep_groups)
    return 0;
  if (setgroups (user->groups->len, (const gid_t *) (const void *) user->groups->data) == 0)
    return 0;
  return errno == EPERM && user->groups->len == 0 ? 0 : -1;
}

/* The pipes that an engine gives are the program's own to open again, as /dev/stdout; what else there is may be others' too. */
static void
own_pipes (const User *user)
{
  struct stat st;
  for (int fd = 0; fd <= 2; fd++)
    if (fstat (fd, &st) == 0 && S_ISFIFO (st.st_mode) && st.st_uid != user->uid
        && fchown (fd, user->uid, (gid_t) -1) < 0)
      continue; /* one that can't be given is as good as ever */
}

int
step_user (Child *child, const Step *step)
{
  const User *user = step->data;
  own_pipes (user);
  if (set_groups (user) < 0)
    return failed_at (child, AT_DATA);
  if (prctl (PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setresgid (user->gid, user->gid, user->gid) < 0)
    return -1;
  return setresuid (user->uid, user->uid, user->uid);
}

/* What is wanted and can't be had is left out, and said. */
int
step_cap_sets (Child *child, const Step *step)
{
  const LastCapabilities *last = step->data;
  const CapabilitySets *want = last->sets;
  uint64_t have;

  if (get_permitted (&have) < 0)
    return -1;
  if ((want->permitted | want->inheritable | want->ambient) & ~have)
    {
      errno = EPERM;
      child->at = AT_SOURCE;
      child_warn (child);
      child->at = AT_STEP;
    }
  uint64_t permitted = (want->permitted | last->until_exec) & have;
  uint64_t inheritable = want->inheritable & have;
  if (set_capabilities ((want->effective & permitted) | (last->until_exec & have), permitted, inheritable) < 0)
    return -1;
  if (prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    return -1;
  for (unsigned long cap = 0; cap < 64; cap++)
    if (want->ambient & permitted & inheritable & 1ull << cap
        && prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
      return -1;
  return 0;
}

/* --- Hooks, and being started ---------------------------------------------------------------------------------- */

int
step_hold (Child *child, const Step *step)
{
  (void) step;
  /* Those outside look at our namespaces through /proc, which becoming another user shut to them.  Not where others live in
   * our user namespace: they must not get at what we hold. */
  if (!plan_joins_userns (child->plan) && prctl (PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
    return -1;
  return child_ask (child, SYNC_HOLD, 0, -1);
}

int
step_hook (Child *child, const Step *step)
{
  int status = 0;
  SyncAt at;
  if (hook_run (step->data, getpid (), &child->signals, -1, &at, &status) == 0)
    return 0;
  child->status = status;
  return failed_at (child, at);
}

int
step_untether (Child *child, const Step *step)
{
  (void) child;
  (void) step;
  return prctl (PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

/* From here on whoever connects is our monitor: it says go, and hears what becomes of it.  It is in the container's state
 * folder, where nobody else can get.  And from then on others may come in, hooks and programs of the image, who must not take us
 * over before the filters are loaded: executing the program opens us again. */
int
step_gate (Child *child, const Step *step)
{
  int caller;

  if (step->fd < 0)
    {
      child->started = 1;
      return prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -1 : child_ask (child, SYNC_GATE, 0, -1);
    }
  if (child_is_alone (child) || child_send (child, SYNC_GATE, 0, -1) < 0)
    _exit (1);
  while ((caller = accept4 (step->fd, NULL, NULL, SOCK_CLOEXEC)) < 0 && errno == EINTR)
    ;
  if (caller < 0 || dup3 (caller, child->sync, O_CLOEXEC) < 0)
    return -1;
  child->started = 1;
  close (caller);
  close (step->fd);
  return child_wait (child) < 0 ? -1 : prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* --- seccomp that asks ----------------------------------------------------------------------------------------- */

/* Any call of ours may be one that the agent is asked about, and it can't be asked before it has the descriptor.  So a
 * thread without the filter passes it on; we only watch a word of memory.  Executing the program ends the thread. */
typedef struct
{
  Child *child;
  volatile int listener; /* -1: not yet; -2: there is none */
  volatile int done;     /* 1: passed on; -1: not */
} Courier;

static int
courier_run (void *data)
{
  Courier *courier = data;
  while (courier->listener == -1)
    sched_yield ();
  if (courier->listener >= 0)
    courier->done = child_ask (courier->child, SYNC_LISTENER, 0, courier->listener) == 0 ? 1 : -1;
  return 0;
}

int
step_seccomp_listen (Child *child, const Step *step)
{
  static _Alignas(16) char stack[16384];
  Courier courier = { .child = child, .listener = -1 };
  pid_t thread = clone (courier_run, stack + sizeof stack,
                        CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD, &courier);
  if (thread < 0)
    return -1;

  int listener = load_listening_filter (step);
  courier.listener = listener >= 0 ? listener : -2;
  if (listener < 0)
    return -1;
  while (courier.done == 0)
    ;
  return courier.done > 0 ? 0 : -1;
}

/* --- Looking for the program ------------------------------------------------------------------------------------ */

/* So that what is not there is said when the container is created.  Executing it decides in the end. */
int
step_find (Child *child, const Step *step)
{
  int failure = ENOENT;
  (void) step;
  for (const char *const *path = child->plan->exec; *path; path++)
    {
      struct stat st;
      if (fstatat (AT_FDCWD, *path, &st, 0) == 0 && S_ISDIR (st.st_mode))
        failure = EISDIR;
      else if (faccessat (AT_FDCWD, *path, X_OK, AT_EACCESS) == 0)
        return 0;
      else if (errno != ENOENT && errno != ENOTDIR)
        failure = errno;
    }
  errno = failure == EISDIR ? EACCES : failure;
  return failed_at (child, AT_SOURCE);
}
