/* Filters: what they decide, found out by an interpreter of BPF, against libseccomp's own programs, and in
 * the kernel.
 */
#include "base/error.h"
#include "plan/seccomp-rules.h"
#include "plan/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EPERM_ (SECCOMP_RET_ERRNO | EPERM)
#define ENOSYS_ (SECCOMP_RET_ERRNO | ENOSYS)
#define ALLOW_ SECCOMP_RET_ALLOW
#define KILL_ SECCOMP_RET_KILL_PROCESS
#define SYS_ADMIN_ (1ULL << CAP_SYS_ADMIN)
#define X32_ 0x40000000u

/* --- The interpreter: what the kernel would decide; every jump is checked. --- */

static guint32
run (const struct sock_filter *program, gsize n, const struct seccomp_data *data)
{
  guint32 a = 0;

  for (gsize pc = 0; pc < n; pc++)
    {
      const struct sock_filter *f = &program[pc];
      switch (f->code)
        {
        case BPF_LD | BPF_W | BPF_ABS:
          g_assert_cmpuint (f->k % 4, ==, 0);
          g_assert_cmpuint (f->k, <, sizeof *data);
          memcpy (&a, (const char *) data + f->k, sizeof a);
          break;
        case BPF_ALU | BPF_AND | BPF_K:
          a &= f->k;
          break;
        case BPF_JMP | BPF_JA:
          pc += f->k;
          break;
        case BPF_JMP | BPF_JEQ | BPF_K:
          pc += a == f->k ? f->jt : f->jf;
          break;
        case BPF_JMP | BPF_JGT | BPF_K:
          pc += a > f->k ? f->jt : f->jf;
          break;
        case BPF_JMP | BPF_JGE | BPF_K:
          pc += a >= f->k ? f->jt : f->jf;
          break;
        case BPF_JMP | BPF_JSET | BPF_K:
          pc += a & f->k ? f->jt : f->jf;
          break;
        case BPF_RET | BPF_K:
          return f->k;
        default:
          g_error ("instruction %#x at %zu", f->code, pc);
        }
    }
  g_error ("ran past the end");
}

/* What @program decides about call @nr of the architecture @arch with the arguments @a0 and @a1. */
static guint32
decide (const GArray *program, guint32 arch, guint32 nr, guint64 a0, guint64 a1)
{
  struct seccomp_data data = { .nr = (int) nr, .arch = arch, .args = { a0, a1 } };
  return run ((const struct sock_filter *) (const void *) program->data, program->len, &data);
}

static void
assert_decision (const GArray *program, guint32 arch, guint32 nr, guint64 a0, guint64 a1, guint32 expected)
{
  guint32 found = decide (program, arch, nr, a0, a1);
  if (found != expected)
    g_error ("architecture %#x, call %#x (%#" G_GINT64_MODIFIER "x, %#" G_GINT64_MODIFIER
             "x): found %#x, expected %#x",
             arch, nr, a0, a1, found, expected);
}

/* The ABIs of this machine, and what the kernel says for them. */
static const struct
{
  guint32 token, audit_arch;
  guint32 first; /* of its numbers */
} abis[] = {
#ifdef __x86_64__
  { SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, 0 },
  { SCMP_ARCH_X86, AUDIT_ARCH_I386, 0 },
  { SCMP_ARCH_X32, AUDIT_ARCH_X86_64, X32_ },
#elif defined __aarch64__
  { SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64, 0 },
  { SCMP_ARCH_ARM, AUDIT_ARCH_ARM, 0 },
#endif
};

/* Checks a decision on each of the ABIs that has a number for @name. */
static void
assert_named (const GArray *program, const char *name, guint64 a0, guint64 a1, guint32 expected)
{
  gboolean found = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (abis); i++)
    {
      int nr = seccomp_syscall_resolve_name_arch (abis[i].token, name);
      if (nr < 0)
        continue;
      assert_decision (program, abis[i].audit_arch, (guint32) nr, a0, a1, expected);
      found = TRUE;
    }
#ifdef __x86_64__ /* others have dropped some of the older calls */
  if (!found)
    g_error ("no ABI has %s", name);
#else
  (void) found;
#endif
}

/* --- The terminal guard. --- */

static void
test_terminal_guard (void)
{
  gsize n;
  const struct sock_filter *guard = seccomp_terminal_guard (&n);
  g_autoptr (GArray) program = g_array_new (FALSE, FALSE, sizeof (struct sock_filter));
  g_array_append_vals (program, guard, (guint) n);

  static const guint64 high[] = { 0, 1ULL << 32, 0xffffffff00000000, 0x8000000000000000 };
  for (gsize i = 0; i < G_N_ELEMENTS (high); i++)
    {
      assert_named (program, "ioctl", 0, TIOCSTI | high[i], EPERM_);
      assert_named (program, "ioctl", G_MAXUINT64, TIOCLINUX | high[i], EPERM_);
      assert_named (program, "ioctl", TIOCSTI, TCGETS | high[i], ALLOW_);
      assert_named (program, "ioctl", TIOCLINUX, TIOCGWINSZ | high[i], ALLOW_);
      assert_named (program, "write", TIOCSTI, TIOCSTI | high[i], ALLOW_);
    }
  assert_named (program, "ioctl", 0, 0, ALLOW_);
  assert_named (program, "ioctl", 0, TIOCSTI + 1, ALLOW_);
  assert_named (program, "ioctl", 0, TIOCSTI - 1, ALLOW_);
#ifdef __x86_64__
  /* the odd numbers */
  assert_decision (program, AUDIT_ARCH_X86_64, 16 | X32_, 0, TIOCSTI, EPERM_);
  assert_decision (program, AUDIT_ARCH_X86_64, 514, 0, TIOCLINUX, EPERM_);
  assert_decision (program, AUDIT_ARCH_X86_64, 54, 0, TIOCSTI, ALLOW_);
  assert_decision (program, AUDIT_ARCH_I386, 16, 0, TIOCSTI, ALLOW_);
  assert_decision (program, AUDIT_ARCH_AARCH64, 29, 0, TIOCSTI, KILL_);
  /* all numbers: only those of ioctl are affected */
  for (guint32 nr = 0; nr < 1024; nr++)
    {
      assert_decision (program, AUDIT_ARCH_X86_64, nr, 0, TIOCSTI, nr == 16 || nr == 514 ? EPERM_ : ALLOW_);
      assert_decision (program, AUDIT_ARCH_X86_64, nr | X32_, 0, TIOCSTI,
                       nr == 16 || nr == 514 ? EPERM_ : ALLOW_);
      assert_decision (program, AUDIT_ARCH_I386, nr, 0, TIOCSTI, nr == 54 ? EPERM_ : ALLOW_);
    }
#endif
}

/* --- The built-in profile. --- */

static GArray *
compile_default (guint64 caps)
{
  GArray *program = NULL;
  g_autoptr (GError) error = NULL;
  guint flags = 42;

  seccomp_compile_profile ("default", caps, &program, &flags, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (flags, ==, 0);
  g_assert_true (
      seccomp_check_program ((const struct sock_filter *) (const void *) program->data, program->len, &error));
  return program;
}

static void
test_default_ordinary (void)
{
  g_autoptr (GArray) program = compile_default (0);
  static const char *const allowed[] = {
    "read",          "write",
    "openat",        "open",
    "close",         "mmap",
    "mmap2",         "execve",
    "execveat",      "fork",
    "vfork",         "exit_group",
    "futex",         "futex_time64",
    "epoll_wait",    "ptrace",
    "rt_sigreturn",  "sigreturn",
    "getrandom",     "statx",
    "clock_gettime", "clock_gettime64",
    "sendmsg",       "socketcall",
    "ipc",           "semop",
    "shmat",         "io_submit",
    "seccomp",       "prctl",
    "arch_prctl",    "set_tid_address",
    "rseq",          "pidfd_open",
    "close_range",   "landlock_restrict_self",
    "chown",         "fchown32",
    "setuid32",      "setresuid",
    "renameat2",     "copy_file_range",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (allowed); i++)
    assert_named (program, allowed[i], 0, 0, ALLOW_);
}

static void
test_default_denied (void)
{
  g_autoptr (GArray) program = compile_default (0);
  static const char *const denied[] = {
    "setns",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "keyctl",
    "add_key",
    "request_key",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "reboot",
    "swapon",
    "swapoff",
    "settimeofday",
    "clock_settime",
    "clock_settime64",
    "stime",
    "chroot",
    "acct",
    "open_by_handle_at",
    "syslog",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "vhangup",
    "quotactl",
    "kcmp",
    "pidfd_getfd",
    "process_madvise",
    "mbind",
    "fanotify_init",
    "vm86",
    "uselib",
    "lookup_dcookie",
    "pivot_root",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (denied); i++)
    assert_named (program, denied[i], 0, 0, EPERM_);
}

static void
test_default_unknown (void)
{
  g_autoptr (GArray) program = compile_default (0);
  assert_named (program, "clone3", 0, 0, ENOSYS_);
  for (gsize i = 0; i < G_N_ELEMENTS (abis); i++)
    {
      assert_decision (program, abis[i].audit_arch, abis[i].first | 9999, 0, 0, ENOSYS_);
      assert_decision (program, abis[i].audit_arch, abis[i].first | 600, 0, 0, ENOSYS_);
      assert_decision (program, abis[i].audit_arch, abis[i].first | 0x3fffffff, 0, 0, ENOSYS_);
      assert_decision (program, abis[i].audit_arch, G_MAXUINT32, 0, 0, ENOSYS_);
      assert_decision (program, abis[i].audit_arch, 0x80000000u, 0, 0, ENOSYS_);
    }
#ifdef __x86_64__
  assert_decision (program, AUDIT_ARCH_X86_64, 400, 0, 0, ENOSYS_);
  assert_decision (program, AUDIT_ARCH_X86_64, 452, 0, 0, ALLOW_); /* fchmodat2, known by its number */
  assert_decision (program, AUDIT_ARCH_X86_64, X32_ | 462, 0, 0, ALLOW_);
  assert_decision (program, AUDIT_ARCH_I386, 467, 0, 0, EPERM_); /* open_tree_attr */
  assert_decision (program, AUDIT_ARCH_AARCH64, 0, 0, 0, KILL_);
#endif
}

static void
test_default_namespaces (void)
{
  g_autoptr (GArray) program = compile_default (0), admin = compile_default (SYS_ADMIN_);
  static const guint64 flags[] = { CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                   CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET };
  const guint64 thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM
                         | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      assert_named (program, "clone", flags[i], 0, EPERM_);
      assert_named (program, "clone", flags[i] | thread, 0, EPERM_);
      assert_named (program, "clone", flags[i] | SIGCHLD | 1ULL << 32, 0, EPERM_);
      assert_named (program, "unshare", flags[i], 0, EPERM_);
      assert_named (program, "unshare", flags[i] | CLONE_FS, 0, EPERM_);
      assert_named (admin, "clone", flags[i], 0, ALLOW_);
      assert_named (admin, "unshare", flags[i], 0, ALLOW_);
    }
  assert_named (program, "clone", thread, 0, ALLOW_);
  assert_named (program, "clone", SIGCHLD, CLONE_NEWUSER, ALLOW_);
  assert_named (program, "clone", CLONE_VM | CLONE_VFORK | SIGCHLD, 0, ALLOW_);
  assert_named (program, "unshare", 0x80 /* CLONE_NEWTIME */, 0, EPERM_);
  assert_named (program, "unshare", CLONE_FS | CLONE_FILES, 0, ALLOW_);
  assert_named (admin, "clone3", 0, 0, ALLOW_);
  assert_named (admin, "setns", 0, 0, ALLOW_);
}

static void
test_default_arguments (void)
{
  g_autoptr (GArray) program = compile_default (0);
  static const guint64 safe[] = { PER_LINUX, PER_LINUX32, UNAME26, UNAME26 | PER_LINUX32, 0xffffffff };
  static const guint64 unsafe[] = { ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, MMAP_PAGE_ZERO, PER_SVR4, 1,
                                    0xfffffffe };

  for (gsize i = 0; i < G_N_ELEMENTS (safe); i++)
    assert_named (program, "personality", safe[i], 0, ALLOW_);
  for (gsize i = 0; i < G_N_ELEMENTS (unsafe); i++)
    assert_named (program, "personality", unsafe[i], 0, EPERM_);
  static const guint64 high[] = { 0, 1ULL << 32, 0xffffffff00000000 };
  for (gsize i = 0; i < G_N_ELEMENTS (high); i++)
    {
      assert_named (program, "socket", AF_UNIX | high[i], 0, ALLOW_);
      assert_named (program, "socket", AF_NETLINK | high[i], 0, ALLOW_);
      assert_named (program, "socket", AF_VSOCK | high[i], 0, EPERM_);
      assert_named (program, "socket", AF_ALG | high[i], 0, EPERM_);
    }
#ifdef __x86_64__
  assert_decision (program, AUDIT_ARCH_I386, 359, AF_VSOCK, 0, EPERM_); /* the direct one */
  assert_decision (program, AUDIT_ARCH_I386, 359, AF_INET, 0, ALLOW_);
  assert_decision (program, AUDIT_ARCH_I386, 102, 1, 0, ALLOW_);
#endif
}

/* Every number of every ABI: what belongs to the mount family or is not known is out of reach, with
 * CAP_SYS_ADMIN only what is not known. */
static void
test_default_mounts (void)
{
  static const char *const family[] = {
    "mount",  "umount",  "umount2",  "pivot_root", "open_tree",     "open_tree_attr", "move_mount",
    "fsopen", "fsmount", "fsconfig", "fspick",     "mount_setattr", "statmount",      "listmount",
  };
  g_autoptr (GArray) program = compile_default (0), admin = compile_default (SYS_ADMIN_);
  guint seen = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (abis); i++)
    for (guint32 nr = 0; nr < 560 + 64; nr++)
      {
        char *name = seccomp_syscall_resolve_num_arch (abis[i].token, (int) (abis[i].first | nr));
        guint32 plain = decide (program, abis[i].audit_arch, abis[i].first | nr, 0, 0),
                with_cap = decide (admin, abis[i].audit_arch, abis[i].first | nr, 0, 0);
        for (gsize j = 0; j < G_N_ELEMENTS (family); j++)
          if (g_strcmp0 (family[j], name) == 0)
            {
              g_assert_true (plain == EPERM_ || plain == ENOSYS_);
              g_assert_cmpuint (with_cap, ==, ALLOW_);
              seen++;
            }
        if (!name && nr > 469)
          g_assert_cmpuint (plain, ==, ENOSYS_);
        free (name);
      }
  /* umount is on i386 only; statmount and listmount have the numbers 457 and 458 everywhere */
  g_assert_cmpuint (seen, >=, G_N_ELEMENTS (abis) * 10);
  for (gsize i = 0; i < G_N_ELEMENTS (abis); i++)
    for (guint32 nr = 457; nr <= 458; nr++)
      {
        assert_decision (program, abis[i].audit_arch, abis[i].first | nr, 0, 0, ENOSYS_);
        assert_decision (admin, abis[i].audit_arch, abis[i].first | nr, 0, 0, ALLOW_);
      }
}

/* Each call that libseccomp knows is decided about on purpose: whatever is not in the list gets the
 * ENOSYS of an unknown call, so what gets it must be in this list. */
static void
test_default_complete (void)
{
  static const char *const gone[] = {
    "afs_syscall", "bdflush", "break",        "clone3",    "create_module", "ftime", "get_kernel_syms",
    "getpmsg",     "gtty",    "idle",         "listmount", "lock",          "mpx",   "prof",
    "profil",      "putpmsg", "query_module", "security",  "statmount",     "stty",  "tuxcall",
    "ulimit",      "vserver", "multiplexer",
  };
  g_autoptr (GArray) program = compile_default (0);

  for (gsize i = 0; i < G_N_ELEMENTS (abis); i++)
    for (guint32 nr = 0; nr <= 456; nr++)
      {
        char *name = seccomp_syscall_resolve_num_arch (abis[i].token, (int) (abis[i].first | nr));
        gboolean excused = !name;
        for (gsize j = 0; j < G_N_ELEMENTS (gone); j++)
          excused |= g_strcmp0 (gone[j], name) == 0;
        if (!excused && decide (program, abis[i].audit_arch, abis[i].first | nr, 0, 0) == ENOSYS_)
          g_error ("the built-in profile has no row for %s", name);
        free (name);
      }
}

static void
test_default_capabilities (void)
{
  static const struct
  {
    int cap;
    const char *name;
  } rows[] = {
    { CAP_SYS_ADMIN, "mount" },
    { CAP_SYS_ADMIN, "bpf" },
    { CAP_BPF, "bpf" },
    { CAP_PERFMON, "perf_event_open" },
    { CAP_SYS_BOOT, "reboot" },
    { CAP_SYS_CHROOT, "chroot" },
    { CAP_SYS_MODULE, "init_module" },
    { CAP_SYS_PACCT, "acct" },
    { CAP_SYS_PTRACE, "kcmp" },
    { CAP_SYS_PTRACE, "userfaultfd" },
    { CAP_SYS_RAWIO, "iopl" },
    { CAP_SYS_TIME, "clock_settime" },
    { CAP_SYS_NICE, "mbind" },
    { CAP_SYSLOG, "syslog" },
    { CAP_DAC_READ_SEARCH, "open_by_handle_at" },
    { CAP_SYS_TTY_CONFIG, "vhangup" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GArray) with = compile_default (1ULL << rows[i].cap), without = compile_default (1);
      assert_named (with, rows[i].name, 0, 0, ALLOW_);
      assert_named (without, rows[i].name, 0, 0, EPERM_);
    }
  g_autoptr (GArray) all = compile_default (G_MAXUINT64);
  static const char *const never[] = { "io_uring_setup", "keyctl", "add_key", "request_key" };
  for (gsize i = 0; i < G_N_ELEMENTS (never); i++)
    assert_named (all, never[i], 0, 0, EPERM_);
}

/* --- Profiles in JSON. --- */

/* Single quotes stand for double ones in the tests' JSON. */
static char *
quoted (const char *text)
{
  return g_strdelimit (g_strdup (text), "'", '"');
}

static GArray *
compile_with (const char *text, guint64 caps, guint *flags)
{
  g_autofree char *json = quoted (text);
  g_autoptr (GError) error = NULL;
  GArray *program = NULL;

  seccomp_compile_profile_json (json, strlen (json), caps, &program, flags, &error);
  g_assert_no_error (error);
  return program;
}

static GArray *
compile (const char *text)
{
  return compile_with (text, 0, NULL);
}

#define PROFILE(rest) "{'defaultAction':'SCMP_ACT_ALLOW'," rest "}"
#define ENTRY(rest) PROFILE ("'syscalls':[" rest "]")

static void
test_profile_errors (void)
{
  static const struct
  {
    const char *text, *message;
  } rows[] = {
    { "{}", "/defaultAction: is missing" },
    { "[]", "/: expected an object, found an array" },
    { "{'defaultAction':1}", "/defaultAction: expected a string, found a number" },
    { "{'defaultAction':'ALLOW'}", "/defaultAction: unknown seccomp action \"ALLOW\"" },
    { "{'defaultAction':'SCMP_ACT_NOTIFY'}", "/defaultAction: SCMP_ACT_NOTIFY needs somebody who listens" },
    { PROFILE ("'defaultErrnoRet':1"), "/defaultErrnoRet: the action SCMP_ACT_ALLOW takes no errno" },
    { "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4096}",
      "/defaultErrnoRet: expected a number from 0 to 4095, found 4096" },
    { "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':65536}",
      "/defaultErrnoRet: expected a number from 0 to 65535, found 65536" },
    { "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrno':'EFOO'}",
      "/defaultErrno: unknown error name \"EFOO\"" },
    { "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrno':'ENOSYS','defaultErrnoRet':1}",
      "/defaultErrno: ENOSYS is not the number 1 beside it" },
    { "{'defaultAction':'SCMP_ACT_ALLOW','defaultAction':'SCMP_ACT_KILL'}",
      "line 1, column 35: the member \"defaultAction\" is there twice" },
    { PROFILE ("'syscall':[]"), "/syscall: is not known" },
    { PROFILE ("'flags':['TSYNC']"), "/flags/0: unknown seccomp flag \"TSYNC\"" },
    { PROFILE ("'flags':[null]"), "/flags/0: is missing" },
    { PROFILE ("'architectures':['SCMP_ARCH_X86_64','amd64']"),
      "/architectures/1: unknown architecture \"amd64\"" },
    { PROFILE ("'architectures':'SCMP_ARCH_X86_64'"), "/architectures: expected an array, found a string" },
    { PROFILE ("'archMap':[{'architecture':'SCMP_ARCH_VAX'}]"),
      "/archMap/0/architecture: unknown architecture \"SCMP_ARCH_VAX\"" },
    { PROFILE ("'archMap':[{'architecture':'SCMP_ARCH_S390X','subArchitectures':['s390']}]"),
      "/archMap/0/subArchitectures/0: unknown architecture \"s390\"" },
    { PROFILE ("'architectures':['SCMP_ARCH_X86'],'archMap':[{'architecture':'SCMP_ARCH_X86'}]"),
      "/archMap: can't be beside \"architectures\"" },
    { PROFILE ("'listenerMetadata':'x'"), "/listenerMetadata: means nothing without \"listenerPath\"" },
    { PROFILE ("'syscalls':{}"), "/syscalls: expected an array, found an object" },
    { ENTRY ("null"), "/syscalls/0: is missing" },
    { ENTRY ("{'names':['read']}"), "/syscalls/0/action: is missing" },
    { ENTRY ("{'action':'SCMP_ACT_LOG'}"), "/syscalls/0/names: must name at least one system call" },
    { ENTRY ("{'action':'SCMP_ACT_LOG','names':[]}"), "/syscalls/0/names: must name at least one system call" },
    { ENTRY ("{'action':'SCMP_ACT_LOG','names':['a',7]}"),
      "/syscalls/0/names/1: expected a string, found a number" },
    { ENTRY ("{'action':'SCMP_ACT_LOG','names':['a'],'name':'b'}"),
      "/syscalls/0/name: can't be beside \"names\"" },
    { ENTRY ("{'action':5,'names':['a']}"), "/syscalls/0/action: expected a string, found a number" },
    { ENTRY ("{'action':'SCMP_ACT_LOG','names':['a']},{'action':'SCMP_ACT_NOTIFY','names':['a']}"),
      "/syscalls/1/action: SCMP_ACT_NOTIFY needs somebody who listens" },
    { ENTRY ("{'action':'SCMP_ACT_KILL','names':['a'],'errnoRet':1}"),
      "/syscalls/0/errnoRet: the action SCMP_ACT_KILL takes no errno" },
    { ENTRY ("{'action':'SCMP_ACT_LOG','names':['a'],'includes':{'caps':['CAP_FLY']}}"),
      "/syscalls/0/includes/caps/0: unknown capability \"CAP_FLY\"" },
    { ENTRY ("{'action':'SCMP_ACT_LOG','names':['a'],'excludes':{'arches':['vax']}}"),
      "/syscalls/0/excludes/arches/0: unknown architecture \"vax\"" },
    { ENTRY ("{'action':'SCMP_ACT_LOG','names':['a'],'excludes':{'minKernel':'new'}}"),
      "/syscalls/0/excludes/minKernel: expected a kernel version such as \"4.8\", found \"new\"" },
    { ENTRY ("{'action':'SCMP_ACT_LOG','names':['a'],'includes':{'cap':[]}}"),
      "/syscalls/0/includes/cap: is not known" },
    { ENTRY ("{'action':'SCMP_ACT_LOG','names':['a'],'args':[{'index':6,'value':0,'op':'SCMP_CMP_EQ'}]}"),
      "/syscalls/0/args/0/index: expected a number from 0 to 5, found 6" },
    { ENTRY ("{'action':'SCMP_ACT_LOG','names':['a'],'args':[{'index':0,'value':-1,'op':'SCMP_CMP_EQ'}]}"),
      "/syscalls/0/args/0/value: expected a number from 0 to 18446744073709551615, found -1" },
    { ENTRY ("{'action':'SCMP_ACT_LOG','names':['a'],'args':[{'index':0,'value':0,'op':'=='}]}"),
      "/syscalls/0/args/0/op: unknown comparison \"==\"" },
    { ENTRY ("{'action':'SCMP_ACT_LOG','names':['a'],'args':[{'index':0,'op':'SCMP_CMP_EQ'}]}"),
      "/syscalls/0/args/0/value: is missing" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *json = quoted (rows[i].text);
      g_autoptr (GError) error = NULL;
      GArray *program = NULL;
      g_assert_false (seccomp_compile_profile_json (json, strlen (json), 0, &program, NULL, &error));
      g_assert_null (program);
      g_assert_error (error, SNUG_ERROR, SNUG_ERROR_USAGE);
      g_assert_cmpstr (error->message, ==, rows[i].message);
    }
}

static void
test_profile_actions (void)
{
  static const struct
  {
    const char *text;
    guint32 action;
  } rows[] = {
    { "'SCMP_ACT_ALLOW'", ALLOW_ },
    { "'SCMP_ACT_ERRNO'", EPERM_ },
    { "'SCMP_ACT_ERRNO','errnoRet':38", ENOSYS_ },
    { "'SCMP_ACT_ERRNO','errno':'ENOSYS'", ENOSYS_ },
    { "'SCMP_ACT_ERRNO','errnoRet':38,'errno':'ENOSYS','comment':''", ENOSYS_ },
    { "'SCMP_ACT_ERRNO','errnoRet':null,'args':null,'includes':null", EPERM_ },
    { "'SCMP_ACT_KILL'", SECCOMP_RET_KILL_THREAD },
    { "'SCMP_ACT_KILL_THREAD'", SECCOMP_RET_KILL_THREAD },
    { "'SCMP_ACT_KILL_PROCESS'", KILL_ },
    { "'SCMP_ACT_TRAP'", SECCOMP_RET_TRAP },
    { "'SCMP_ACT_LOG'", SECCOMP_RET_LOG },
    { "'SCMP_ACT_TRACE','errnoRet':60000", SECCOMP_RET_TRACE | 60000 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':7,'syscalls':["
                           "{'names':['getpid','no_such_call'],'action':%s}]}",
                           rows[i].text);
      g_autoptr (GArray) program = compile (text);
      assert_decision (program, seccomp_arch_native (), SYS_getpid, 0, 0, rows[i].action);
      assert_decision (program, seccomp_arch_native (), SYS_getppid, 0, 0, SECCOMP_RET_ERRNO | 7);
      assert_decision (program, seccomp_arch_native (), 9999, 0, 0, SECCOMP_RET_ERRNO | 7);
    }
}

static void
test_profile_flags (void)
{
  guint flags = 99;
  g_autoptr (GArray) without = compile_with (PROFILE ("'flags':[]"), 0, &flags);
  g_assert_cmpuint (flags, ==, 0);
  g_assert_cmpuint (without->len, >, 0);
  g_autoptr (GArray) with =
      compile_with (PROFILE ("'flags':['SECCOMP_FILTER_FLAG_TSYNC','SECCOMP_FILTER_FLAG_LOG',"
                             "'SECCOMP_FILTER_FLAG_SPEC_ALLOW','SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV']"),
                    0, &flags);
  g_assert_cmpuint (flags, ==,
                    SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW);
  g_assert_cmpuint (with->len, >, 0);
}

/* Whether an entry for getpid with @when is taken by a program with @caps. */
static gboolean
taken (const char *when, guint64 caps)
{
  g_autofree char *text = g_strdup_printf (ENTRY ("{'name':'getpid','action':'SCMP_ACT_ERRNO',%s}"), when);
  g_autoptr (GArray) program = compile_with (text, caps, NULL);
  return decide (program, seccomp_arch_native (), SYS_getpid, 0, 0) == EPERM_;
}

static void
test_profile_conditions (void)
{
  const guint64 admin = 1ULL << CAP_SYS_ADMIN, both = admin | 1ULL << CAP_SYS_BOOT;
  const char *two = "'includes':{'caps':['CAP_SYS_ADMIN','CAP_SYS_BOOT']}",
             *not_two = "'excludes':{'caps':['CAP_SYS_ADMIN','CAP_SYS_BOOT']}";
  g_autofree char *native =
                      g_strdup_printf ("'includes':{'arches':['x32','%s']}", seccomp_abi_native ()->engine[0]),
                  *not_native =
                      g_strdup_printf ("'excludes':{'arches':['%s']}", seccomp_abi_native ()->engine[0]);

  g_assert_true (taken (two, both));
  g_assert_false (taken (two, admin));
  g_assert_false (taken (two, 0));
  g_assert_false (taken (not_two, both));
  g_assert_false (taken (not_two, admin));
  g_assert_true (taken (not_two, 0));
  g_assert_true (taken (native, 0));
  g_assert_false (taken (not_native, 0));
  g_assert_false (taken ("'includes':{'arches':['s390x','ppc64le','riscv64']}", 0));
  g_assert_true (taken ("'includes':{'minKernel':'4.8'}", 0));
  g_assert_false (taken ("'includes':{'minKernel':'999.0'}", 0));
  g_assert_false (taken ("'excludes':{'minKernel':'4.8'}", 0));
  g_assert_true (taken ("'includes':{},'excludes':{'caps':[],'arches':null}", 0));
}

static void
test_profile_arguments (void)
{
  static const guint64 probes[] = {
    0, 1, 4, 5, 6, 0xffffffff, 0x100000000, 0x100000004, 0x100000005, 0x100000006, 0x200000005, G_MAXUINT64
  };
  static const struct
  {
    const char *op;
    const char *result; /* for each of the probes, against 0x100000005 */
  } rows[] = {
    { "NE", "yyyyyyyynyyy" }, { "LT", "yyyyyyyynnnn" }, { "LE", "yyyyyyyyynnn" },
    { "EQ", "nnnnnnnnynnn" }, { "GE", "nnnnnnnnyyyy" }, { "GT", "nnnnnnnnnyyy" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text =
          g_strdup_printf (ENTRY ("{'name':'getpid','action':'SCMP_ACT_ERRNO',"
                                  "'args':[{'index':1,'value':4294967301,'valueTwo':3,'op':'SCMP_CMP_%s'}]}"),
                           rows[i].op);
      g_autoptr (GArray) program = compile (text);
      for (gsize j = 0; j < G_N_ELEMENTS (probes); j++)
        assert_decision (program, seccomp_arch_native (), SYS_getpid, 0, probes[j],
                         rows[i].result[j] == 'y' ? EPERM_ : ALLOW_);
    }
}

static void
test_profile_alternatives (void)
{
#define A(index, op, value) "{'index':" #index ",'op':'SCMP_CMP_" #op "','value':" #value "}"
  g_autoptr (GArray)
      all = compile (
          ENTRY ("{'name':'getpid','action':'SCMP_ACT_ERRNO','args':[" A (0, EQ, 1) "," A (1, EQ, 2) "]}")),
      any = compile (
          ENTRY ("{'name':'getpid','action':'SCMP_ACT_ERRNO','args':[" A (0, EQ, 1) "," A (0, EQ, 2) "]}")),
      ordered = compile (ENTRY ("{'name':'getpid','action':'SCMP_ACT_LOG'},"
                                "{'name':'getpid','action':'SCMP_ACT_ERRNO','args':[" A (
                                    0, EQ, 1) "]},"
                                              "{'name':'getpid','action':'SCMP_ACT_KILL','args':[" A (
                                                  0, LE, 2) "]},"
                                                            "{'name':'getpid','action':'SCMP_ACT_TRAP'}"));
#undef A
  const guint32 arch = seccomp_arch_native ();

  assert_decision (all, arch, SYS_getpid, 1, 2, EPERM_);
  assert_decision (all, arch, SYS_getpid, 1, 1, ALLOW_);
  assert_decision (all, arch, SYS_getpid, 2, 2, ALLOW_);
  assert_decision (any, arch, SYS_getpid, 1, 0, EPERM_);
  assert_decision (any, arch, SYS_getpid, 2, 0, EPERM_);
  assert_decision (any, arch, SYS_getpid, 3, 0, ALLOW_);
  assert_decision (ordered, arch, SYS_getpid, 1, 0, EPERM_);
  assert_decision (ordered, arch, SYS_getpid, 2, 0, SECCOMP_RET_KILL_THREAD);
  assert_decision (ordered, arch, SYS_getpid, 3, 0, SECCOMP_RET_TRAP);
}

#ifdef __x86_64__
static void
test_profile_architectures (void)
{
#define DENY_PID ",'syscalls':[{'name':'getpid','action':'SCMP_ACT_ERRNO'}]}"
  g_autoptr (GArray)
      native = compile ("{'defaultAction':'SCMP_ACT_ALLOW'" DENY_PID),
      some = compile (PROFILE ("'architectures':['SCMP_ARCH_X86','SCMP_ARCH_S390X','SCMP_ARCH_SHEB']")),
      mapped = compile ("{'defaultAction':'SCMP_ACT_ALLOW','archMap':["
                        "{'architecture':'SCMP_ARCH_AARCH64','subArchitectures':['SCMP_ARCH_ARM']},"
                        "{'architecture':'SCMP_ARCH_X86_64','subArchitectures':"
                        "['SCMP_ARCH_X86','SCMP_ARCH_X32']}]" DENY_PID);
#undef DENY_PID
  assert_decision (native, AUDIT_ARCH_X86_64, 39, 0, 0, EPERM_);
  assert_decision (native, AUDIT_ARCH_X86_64, 40, 0, 0, ALLOW_);
  assert_decision (native, AUDIT_ARCH_X86_64, X32_ | 39, 0, 0, KILL_);
  assert_decision (native, AUDIT_ARCH_X86_64, G_MAXUINT32, 0, 0, ALLOW_);
  assert_decision (native, AUDIT_ARCH_I386, 20, 0, 0, KILL_);
  assert_decision (some, AUDIT_ARCH_I386, 20, 0, 0, ALLOW_);
  assert_decision (some, AUDIT_ARCH_X86_64, 39, 0, 0, KILL_);
  assert_decision (mapped, AUDIT_ARCH_X86_64, 39, 0, 0, EPERM_);
  assert_decision (mapped, AUDIT_ARCH_X86_64, X32_ | 39, 0, 0, EPERM_);
  assert_decision (mapped, AUDIT_ARCH_X86_64, X32_ | 40, 0, 0, ALLOW_);
  assert_decision (mapped, AUDIT_ARCH_I386, 20, 0, 0, EPERM_);
  assert_decision (mapped, AUDIT_ARCH_I386, 39, 0, 0, ALLOW_);
  assert_decision (mapped, AUDIT_ARCH_AARCH64, 172, 0, 0, KILL_);

  g_autofree char *json = quoted (PROFILE ("'architectures':['SCMP_ARCH_S390X']"));
  g_autoptr (GError) error = NULL;
  GArray *program = NULL;
  g_assert_false (seccomp_compile_profile_json (json, strlen (json), 0, &program, NULL, &error));
  g_assert_cmpstr (error->message, ==, "the seccomp profile is for other machines only");
}

/* i386 has socket and semop also inside of socketcall and ipc, where a rule must reach. */
static void
test_profile_multiplexed (void)
{
#define I386 "'architectures':['SCMP_ARCH_X86'],"
#define SOCKET_NOT_40 "'args':[{'index':0,'value':40,'op':'SCMP_CMP_EQ'}]"
  g_autoptr (GArray)
      plain = compile (PROFILE (I386 "'syscalls':[{'names':['socket','semget','recvmmsg','accept'],"
                                     "'action':'SCMP_ACT_ERRNO'}]")),
      conditional = compile (PROFILE (I386 "'syscalls':[{'name':'socketcall','action':'SCMP_ACT_LOG'},"
                                           "{'name':'socket','action':'SCMP_ACT_LOG'},"
                                           "{'name':'socket','action':'SCMP_ACT_ERRNO'," SOCKET_NOT_40 "}]"));
#undef SOCKET_NOT_40
#undef I386
  assert_decision (plain, AUDIT_ARCH_I386, 359, 1, 0, EPERM_);
  assert_decision (plain, AUDIT_ARCH_I386, 360, 1, 0, ALLOW_);
  assert_decision (plain, AUDIT_ARCH_I386, 102, 1, 0, EPERM_);
  assert_decision (plain, AUDIT_ARCH_I386, 102, 2, 0, ALLOW_);
  assert_decision (plain, AUDIT_ARCH_I386, 102, 5, 0, EPERM_);
  assert_decision (plain, AUDIT_ARCH_I386, 102, 19, 0, EPERM_);
  assert_decision (plain, AUDIT_ARCH_I386, 337, 0, 0, EPERM_);
  assert_decision (plain, AUDIT_ARCH_I386, 117, 2, 0, EPERM_);
  assert_decision (plain, AUDIT_ARCH_I386, 117, 0x10002, 0, EPERM_);
  assert_decision (plain, AUDIT_ARCH_I386, 117, 3, 0, ALLOW_);
  assert_decision (plain, AUDIT_ARCH_I386, 393, 0, 0, EPERM_);
  assert_decision (conditional, AUDIT_ARCH_I386, 359, 40, 0, EPERM_);
  assert_decision (conditional, AUDIT_ARCH_I386, 359, 1, 0, SECCOMP_RET_LOG);
  assert_decision (conditional, AUDIT_ARCH_I386, 102, 1, 0, EPERM_);
  assert_decision (conditional, AUDIT_ARCH_I386, 102, 3, 0, SECCOMP_RET_LOG);
}
#endif

/* --- Against libseccomp. --- */

/* libseccomp's program of @context. */
static GArray *
export_bpf (scmp_filter_ctx context)
{
  GArray *program = g_array_new (FALSE, FALSE, sizeof (struct sock_filter));
  int fd = memfd_create ("bpf", MFD_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (seccomp_export_bpf (context, fd), ==, 0);
  off_t size = lseek (fd, 0, SEEK_END);
  g_array_set_size (program, (guint) ((gsize) size / sizeof (struct sock_filter)));
  g_assert_cmpint (pread (fd, program->data, (gsize) size, 0), ==, size);
  close (fd);
  return program;
}

static const guint64 values[] = { 0,          1,          5,           40,          0x7fffffff,
                                  0x80000000, 0xffffffff, 0x100000000, 0x100000005, 0xfffffffe00000001,
                                  G_MAXUINT64 };

#define ANY_VALUE values[g_test_rand_int_range (0, G_N_ELEMENTS (values))]

/* One entry for call @number by both; libseccomp has no conditions on parts of an argument but masks. */
static void
add_to_both (SeccompRules *ours, scmp_filter_ctx theirs, const char *name)
{
  static const guint32 actions[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 1, SECCOMP_RET_ERRNO | 2,
                                     SECCOMP_RET_TRAP };
  guint32 action = actions[g_test_rand_int_range (0, G_N_ELEMENTS (actions))];
  gsize n = (gsize) g_test_rand_int_range (0, 3);
  SeccompCondition conditions[2];
  struct scmp_arg_cmp compare[2];

  for (gsize i = 0; i < n; i++)
    {
      enum scmp_compare op = (enum scmp_compare) g_test_rand_int_range (SCMP_CMP_NE, SCMP_CMP_MASKED_EQ + 1);
      guint64 mask = ANY_VALUE, value = ANY_VALUE;
      if (op == SCMP_CMP_MASKED_EQ)
        value &= mask;
      conditions[i] = (SeccompCondition){ .argument = (guint8) i, .compare = op, .value = value, .mask = mask };
      compare[i] = op == SCMP_CMP_MASKED_EQ ? (struct scmp_arg_cmp){ (unsigned) i, op, mask, value }
                                            : (struct scmp_arg_cmp){ (unsigned) i, op, value, 0 };
    }
  seccomp_rules_add (ours, name, action, conditions, n);
  g_assert_cmpint (
      seccomp_rule_add_array (theirs, action, seccomp_syscall_resolve_name (name), (unsigned) n, compare), ==,
      0);
}

static void
compare_programs (const GArray *ours, const GArray *theirs)
{
  for (gsize i = 0; i < G_N_ELEMENTS (abis); i++)
    for (guint32 nr = 0; nr < 600; nr++)
      for (gsize j = 0; j < G_N_ELEMENTS (values); j++)
        {
          /* a 32-bit kernel entry has no high halves */
          guint64 most = abis[i].audit_arch & __AUDIT_ARCH_64BIT ? G_MAXUINT64 : G_MAXUINT32;
          guint64 a0 = values[j] & most, a1 = ANY_VALUE & most;
          assert_decision (ours, abis[i].audit_arch, abis[i].first | nr, a0, a1,
                           decide (theirs, abis[i].audit_arch, abis[i].first | nr, a0, a1));
        }
}

static void
test_against_libseccomp (void)
{
  for (int round = 0; round < 20; round++)
    {
      g_autoptr (SeccompRules) rules = seccomp_rules_new (SECCOMP_RET_ERRNO | 99);
      scmp_filter_ctx context = seccomp_init (SCMP_ACT_ERRNO (99));
      seccomp_attr_set (context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
      seccomp_rules_add_abi (rules, seccomp_abi_native ());
      if (round % 2)
        {
          seccomp_rules_add_family (rules);
          for (gsize i = 1; i < G_N_ELEMENTS (abis); i++)
            g_assert_cmpint (seccomp_arch_add (context, abis[i].token), ==, 0);
        }
      for (int nr = 0; nr < 450; nr++)
        {
          char *name = seccomp_syscall_resolve_num_arch (SCMP_ARCH_NATIVE, nr);
          /* libseccomp keeps the conditions of multiplexed calls in places where they mean other things */
          if (name && seccomp_syscall_resolve_name_arch (SCMP_ARCH_X86, name) > -100 && g_test_rand_bit ())
            add_to_both (rules, context, name);
          free (name);
        }
      g_autoptr (GArray) ours = NULL, theirs = export_bpf (context);
      g_autoptr (GError) error = NULL;
      seccomp_rules_compile (rules, &ours, &error);
      g_assert_no_error (error);
      compare_programs (ours, theirs);
      seccomp_release (context);
    }
}

/* --- Programs. --- */

static void
test_check_program (void)
{
  static const struct sock_filter program[BPF_MAXINSNS + 1];
  g_autoptr (GError) empty = NULL, nothing = NULL, large = NULL;

  g_assert_true (seccomp_check_program (program, 1, NULL));
  g_assert_true (seccomp_check_program (program, BPF_MAXINSNS, NULL));
  g_assert_false (seccomp_check_program (program, 0, &empty));
  g_assert_false (seccomp_check_program (NULL, 0, &nothing));
  g_assert_false (seccomp_check_program (program, BPF_MAXINSNS + 1, &large));
  g_assert_cmpstr (empty->message, ==, "the seccomp program is empty");
  g_assert_cmpstr (large->message, ==,
                   "the seccomp program has 4097 instructions, but the kernel takes only 4096");
}

/* Programs with jumps over more than a byte holds, and too large ones. */
static void
test_large_profiles (void)
{
  GString *text = g_string_new ("{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[");
  for (int i = 0; i < 250; i++)
    g_string_append_printf (text,
                            "%s{'names':['getpid','read','ioctl'],'action':'SCMP_ACT_ERRNO','errnoRet':%d,"
                            "'args':[{'index':0,'value':%d,'op':'SCMP_CMP_EQ'}]}",
                            i ? "," : "", i, i);
  g_autofree char *fits = g_strdup_printf ("%s]}", text->str);
  g_autoptr (GArray) program = compile (fits);
  g_assert_cmpuint (program->len, >, 3000);
  for (guint i = 0; i < 250; i++)
    {
      assert_decision (program, seccomp_arch_native (), SYS_getpid, i, 0, SECCOMP_RET_ERRNO | i);
      assert_decision (program, seccomp_arch_native (), SYS_read, i, 0, SECCOMP_RET_ERRNO | i);
      assert_decision (program, seccomp_arch_native (), SYS_ioctl, i, 0, SECCOMP_RET_ERRNO | i);
      assert_decision (program, seccomp_arch_native (), SYS_write, i, 0, ALLOW_);
    }
  assert_decision (program, seccomp_arch_native (), SYS_ioctl, 250, 0, ALLOW_);

  g_string_append (text, ",{'names':['write','close','fcntl'],'action':'SCMP_ACT_KILL','args':["
                         "{'index':0,'value':0,'op':'SCMP_CMP_GE'}");
  for (int i = 0; i < 250; i++)
    g_string_append_printf (text, ",{'index':0,'value':%d,'op':'SCMP_CMP_EQ'}", i);
  g_string_append (text, "]}]}");
  g_autofree char *json = quoted (text->str);
  g_string_free (text, TRUE);
  g_autoptr (GError) error = NULL;
  GArray *none = NULL;
  g_assert_false (seccomp_compile_profile_json (json, strlen (json), 0, &none, NULL, &error));
  g_assert_true (g_str_has_suffix (error->message, "instructions, but the kernel takes only 4096"));
}

static void
test_files (void)
{
  g_autoptr (GError) missing = NULL, directory = NULL, content = NULL, error = NULL;
  g_autoptr (GArray) program = NULL;
  g_autofree char *name = NULL, *expected = NULL;

  g_assert_false (seccomp_compile_profile ("/nowhere/profile", 0, &program, NULL, &missing));
  g_assert_cmpstr (missing->message, ==,
                   "can't open the seccomp profile /nowhere/profile: No such file or directory");
  g_assert_false (seccomp_compile_profile ("/", 0, &program, NULL, &directory));
  g_assert_true (g_str_has_prefix (directory->message, "seccomp profile /: can't read"));

  int fd = g_file_open_tmp ("profile-XXXXXX", &name, &error);
  g_assert_no_error (error);
  g_assert_cmpint (write (fd, "{}", 2), ==, 2);
  g_assert_false (seccomp_compile_profile (name, 0, &program, NULL, &content));
  expected = g_strdup_printf ("seccomp profile %s: /defaultAction: is missing", name);
  g_assert_cmpstr (content->message, ==, expected);
  const char *json = "{\"defaultAction\":\"SCMP_ACT_TRAP\"}";
  g_assert_cmpint (pwrite (fd, json, strlen (json), 0), ==, (gssize) strlen (json));
  g_assert_true (seccomp_compile_profile (name, 0, &program, NULL, &error));
  g_assert_no_error (error);
  assert_decision (program, seccomp_arch_native (), SYS_getpid, 0, 0, SECCOMP_RET_TRAP);
  close (fd);
  unlink (name);
}

/* --- In the kernel. --- */

typedef long (*Probe) (void);

/* Runs @probe in a child under @programs; returns its errno, 0 for success. */
static int
under (const struct sock_fprog *programs, gsize n, Probe probe)
{
  pid_t pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        _exit (201);
      for (gsize i = 0; i < n; i++)
        if (syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &programs[i]) != 0)
          _exit (202);
      _exit (probe () < 0 ? errno : 0);
    }
  int status;
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static long
probe_getpid (void)
{
  return getpid ();
}

static long
probe_userns (void)
{
  return unshare (CLONE_NEWUSER);
}

static long
probe_9999 (void)
{
  return syscall (9999);
}

static long
probe_clone3 (void)
{
  return syscall (SYS_clone3, NULL, 0);
}

static long
probe_mount (void)
{
  return syscall (SYS_fsopen, "tmpfs", 0);
}

static long
probe_fork (void)
{
  pid_t pid = fork ();
  if (pid == 0)
    _exit (0);
  return pid < 0 ? -1 : waitpid (pid, NULL, 0);
}

static long
probe_tiocsti (void)
{
  return syscall (SYS_ioctl, -1, TIOCSTI | 1UL << 32, "x");
}

static long
probe_tcgets (void)
{
  return syscall (SYS_ioctl, -1, TCGETS, NULL);
}

#ifdef __x86_64__
/* The same through the door of i386. */
static long
call_i386 (long nr, long a0, long a1)
{
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(nr), "b"(a0), "c"(a1), "d"(0L)
                   : "memory", "r8", "r9", "r10", "r11");
  if (result < 0)
    {
      errno = (int) -result;
      return -1;
    }
  return result;
}

static long
probe_tiocsti_i386 (void)
{
  return call_i386 (54, -1, TIOCSTI);
}

static long
probe_userns_i386 (void)
{
  return call_i386 (310, CLONE_NEWUSER, 0);
}
#endif

static void
test_loaded (void)
{
  static const struct
  {
    const char *what;
    Probe probe;
    int result;
  } rows[] = {
    { "getpid", probe_getpid, 0 },
    { "a new user namespace", probe_userns, EPERM },
    { "call 9999", probe_9999, ENOSYS },
    { "clone3", probe_clone3, ENOSYS },
    { "fsopen", probe_mount, EPERM },
    { "fork", probe_fork, 0 },
    { "TIOCSTI", probe_tiocsti, EPERM },
    { "TCGETS", probe_tcgets, EBADF },
#ifdef __x86_64__
    { "TIOCSTI on i386", probe_tiocsti_i386, EPERM },
    { "a new user namespace on i386", probe_userns_i386, EPERM },
#endif
  };
  g_autoptr (GArray) profile = compile_default (0);
  gsize n;
  const struct sock_filter *guard = seccomp_terminal_guard (&n);
  const struct sock_fprog programs[] = {
    { (unsigned short) n, (struct sock_filter *) guard },
    { (unsigned short) profile->len, (struct sock_filter *) (void *) profile->data },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      int result = under (programs, G_N_ELEMENTS (programs), rows[i].probe);
      g_test_message ("%s: %s", rows[i].what, result ? strerror (result) : "done");
      g_assert_cmpint (result, ==, rows[i].result);
    }
}

static void
test_speed (void)
{
  if (!g_test_perf ())
    {
      g_test_skip ("only with -m perf");
      return;
    }
  for (int i = 0; i < 5; i++)
    {
      g_test_timer_start ();
      g_autoptr (GArray) program = compile_default (0);
      double seconds = g_test_timer_elapsed ();
      g_test_minimized_result (seconds, "the built-in profile: %.3f ms, %u instructions", seconds * 1000,
                               program->len);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/seccomp/terminal-guard", test_terminal_guard);
  g_test_add_func ("/seccomp/default/ordinary", test_default_ordinary);
  g_test_add_func ("/seccomp/default/denied", test_default_denied);
  g_test_add_func ("/seccomp/default/unknown", test_default_unknown);
  g_test_add_func ("/seccomp/default/namespaces", test_default_namespaces);
  g_test_add_func ("/seccomp/default/arguments", test_default_arguments);
  g_test_add_func ("/seccomp/default/mounts", test_default_mounts);
  g_test_add_func ("/seccomp/default/complete", test_default_complete);
  g_test_add_func ("/seccomp/default/capabilities", test_default_capabilities);
  g_test_add_func ("/seccomp/profile/errors", test_profile_errors);
  g_test_add_func ("/seccomp/profile/actions", test_profile_actions);
  g_test_add_func ("/seccomp/profile/flags", test_profile_flags);
  g_test_add_func ("/seccomp/profile/conditions", test_profile_conditions);
  g_test_add_func ("/seccomp/profile/arguments", test_profile_arguments);
  g_test_add_func ("/seccomp/profile/alternatives", test_profile_alternatives);
#ifdef __x86_64__
  g_test_add_func ("/seccomp/profile/architectures", test_profile_architectures);
  g_test_add_func ("/seccomp/profile/multiplexed", test_profile_multiplexed);
#endif
  g_test_add_func ("/seccomp/against-libseccomp", test_against_libseccomp);
  g_test_add_func ("/seccomp/check-program", test_check_program);
  g_test_add_func ("/seccomp/large-profiles", test_large_profiles);
  g_test_add_func ("/seccomp/files", test_files);
  g_test_add_func ("/seccomp/loaded", test_loaded);
  g_test_add_func ("/seccomp/speed", test_speed);
  return g_test_run ();
}
