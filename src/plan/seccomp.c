/* The filters that snug itself brings, and the way into all of them: see seccomp.h. */
#include "plan/seccomp.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/io.h"
#include "plan/seccomp-rules.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* --- The terminal guard. --- */

#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define REQUEST_LOW (offsetof (struct seccomp_data, args) + sizeof (guint64))
#else
#define REQUEST_LOW (offsetof (struct seccomp_data, args) + sizeof (guint64) + 4)
#endif

#define LOAD(offset) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, (guint32) (offset))
#define AND(mask) BPF_STMT (BPF_ALU | BPF_AND | BPF_K, (mask))
#define IF_EQUAL(value, yes, no) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define RETURN(action) BPF_STMT (BPF_RET | BPF_K, (action))

/* The end of each guard: A number that is ioctl's came here. */
#define CHECK_REQUEST                                                       \
  LOAD (REQUEST_LOW), IF_EQUAL (TIOCSTI, 1, 0), IF_EQUAL (TIOCLINUX, 0, 1), \
      RETURN (SECCOMP_RET_ERRNO | EPERM), RETURN (SECCOMP_RET_ALLOW)

#define ALLOW_FROM_REQUEST 4 /* from its first instruction to its last */

/* A machine with two ABIs of different architecture. */
#define GUARD_TWO(arch1, ioctl1, arch2, ioctl2)                                                \
  LOAD (offsetof (struct seccomp_data, arch)), IF_EQUAL (arch1, 2, 0), IF_EQUAL (arch2, 3, 0), \
      RETURN (SECCOMP_RET_KILL_PROCESS),                                                       \
                                                                                               \
      LOAD (offsetof (struct seccomp_data, nr)), IF_EQUAL (ioctl1, 2, 2 + ALLOW_FROM_REQUEST), \
                                                                                               \
      LOAD (offsetof (struct seccomp_data, nr)), IF_EQUAL (ioctl2, 0, ALLOW_FROM_REQUEST), CHECK_REQUEST

/* A machine with one. */
#define GUARD_ONE(arch1, ioctl1)                                                                          \
  LOAD (offsetof (struct seccomp_data, arch)), IF_EQUAL (arch1, 1, 0), RETURN (SECCOMP_RET_KILL_PROCESS), \
      LOAD (offsetof (struct seccomp_data, nr)), IF_EQUAL (ioctl1, 0, ALLOW_FROM_REQUEST), CHECK_REQUEST

static const struct sock_filter terminal_guard[] = {
#if defined __x86_64__ || defined __i386__
  /* x32 comes as x86_64 with bit 30 in the number, where ioctl is 514.  Numbers 16 and 514 are checked with
   * and without the bit, so that nothing depends on how a kernel treats the odd ones. */
  LOAD (offsetof (struct seccomp_data, arch)),
  IF_EQUAL (AUDIT_ARCH_X86_64, 2, 0),
  IF_EQUAL (AUDIT_ARCH_I386, 5, 0),
  RETURN (SECCOMP_RET_KILL_PROCESS),

  LOAD (offsetof (struct seccomp_data, nr)),
  AND (~0x40000000u),
  IF_EQUAL (16, 3, 0),
  IF_EQUAL (514, 2, 2 + ALLOW_FROM_REQUEST),

  LOAD (offsetof (struct seccomp_data, nr)),
  IF_EQUAL (54, 0, ALLOW_FROM_REQUEST),

  CHECK_REQUEST,
#elif defined __aarch64__ || defined __arm__
  GUARD_TWO (AUDIT_ARCH_AARCH64, 29, AUDIT_ARCH_ARM, 54),
#elif defined __s390__
  GUARD_TWO (AUDIT_ARCH_S390X, 54, AUDIT_ARCH_S390, 54),
#elif defined __powerpc__ && G_BYTE_ORDER == G_BIG_ENDIAN
  GUARD_TWO (AUDIT_ARCH_PPC64, 54, AUDIT_ARCH_PPC, 54),
#elif defined __powerpc64__
  GUARD_ONE (AUDIT_ARCH_PPC64LE, 54),
#elif defined __riscv && __riscv_xlen == 64
  GUARD_TWO (AUDIT_ARCH_RISCV64, 29, AUDIT_ARCH_RISCV32, 29),
#else
  /* Just the native number, on whatever ABI. */
  LOAD (offsetof (struct seccomp_data, nr)),
  IF_EQUAL (SYS_ioctl, 0, ALLOW_FROM_REQUEST),
  CHECK_REQUEST,
#endif
};

const struct sock_filter *
seccomp_terminal_guard (gsize *n)
{
  *n = G_N_ELEMENTS (terminal_guard);
  return terminal_guard;
}

/* --- The built-in profile. --- */

#define CAP(name) (1ULL << CAP_##name)

/* Where the flags of clone(2) are. */
#ifdef __s390__
#define CLONE_FLAGS_ARGUMENT 1
#else
#define CLONE_FLAGS_ARGUMENT 0
#endif

#define MAX_CONDITIONS 2

/* A row of seccomp-default.def.  No pointers: what need not be relocated costs a start nothing. */
typedef struct
{
  char name[28];
  guint32 granted; /* the action with the capabilities, and when the conditions hold */
  guint32 refused; /* the action else */
  guint64 caps;    /* any of these is enough; 0: needs none */
  gboolean conditional;
  SeccompCondition conditions[MAX_CONDITIONS]; /* all must hold, without the capabilities */
} DefaultRow;

#define NOT_PERMITTED (SECCOMP_RET_ERRNO | EPERM)
#define NOT_KNOWN (SECCOMP_RET_ERRNO | ENOSYS)

/* The kernel takes all the arguments in question as 32 bits, but for unshare's flags; more bits than that
 * must not slip by. */
#define IS(arg, number)                                                       \
  {                                                                           \
    .argument = (arg), .low = TRUE, .compare = SCMP_CMP_EQ, .value = (number) \
  }
#define IS_NOT(arg, number)                                                   \
  {                                                                           \
    .argument = (arg), .low = TRUE, .compare = SCMP_CMP_NE, .value = (number) \
  }
#define HAS_NONE_OF(arg, bits)                                                   \
  {                                                                              \
    .argument = (arg), .compare = SCMP_CMP_MASKED_EQ, .mask = (bits), .value = 0 \
  }
#define HAS_ONLY(arg, bits)                                                                 \
  {                                                                                         \
    .argument = (arg), .compare = SCMP_CMP_MASKED_EQ, .mask = ~(guint64) (bits), .value = 0 \
  }

#define ALLOW(call) { #call, SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW, 0, FALSE, { { 0 } } },
#define ALLOW_WITH(any_of, call) { #call, SECCOMP_RET_ALLOW, NOT_PERMITTED, (any_of), FALSE, { { 0 } } },
#define HIDE_WITHOUT(any_of, call) { #call, SECCOMP_RET_ALLOW, NOT_KNOWN, (any_of), FALSE, { { 0 } } },
#define ALLOW_IF(any_of, call, ...) \
  { #call, SECCOMP_RET_ALLOW, NOT_PERMITTED, (any_of), TRUE, { __VA_ARGS__ } },
#define DENY(call) { #call, NOT_PERMITTED, NOT_PERMITTED, 0, FALSE, { { 0 } } },

static const DefaultRow default_rows[] = {
#include "plan/seccomp-default.def"
};

static void
add_row (SeccompRules *rules, const DefaultRow *row, guint64 caps)
{
  gboolean entitled = (row->caps & caps) != 0 || (row->caps == 0 && !row->conditional);
  gsize n = 0;

  if (!entitled && row->conditional)
    {
      while (n < MAX_CONDITIONS && row->conditions[n].compare)
        n++;
      seccomp_rules_add_direct (rules, row->name, row->granted, row->conditions, n);
    }
  seccomp_rules_add_direct (rules, row->name, entitled ? row->granted : row->refused, NULL, 0);
}

static gboolean
compile_default (guint64 caps, GArray **program, GError **error)
{
  g_autoptr (SeccompRules) rules = seccomp_rules_new (NOT_KNOWN);

  seccomp_rules_add_family (rules);
  for (gsize i = 0; i < G_N_ELEMENTS (default_rows); i++)
    add_row (rules, &default_rows[i], caps);
  return seccomp_rules_compile (rules, program, error);
}

/* --- The way in. --- */

static gboolean
compile_file (const char *file, guint64 caps, GArray **program, guint *flags, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  Fd fd = open (file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    return fail_errno (error, errno, _ ("can't open the seccomp profile %s"), file);
  if (read_to_end (fd, JSON_MAX_LENGTH, &text, &length, error)
      && seccomp_compile_profile_json (text, length, caps, program, flags, error))
    return TRUE;
  g_prefix_error (error, _ ("seccomp profile %s: "), file);
  return FALSE;
}

gboolean
seccomp_compile_profile (const char *profile, guint64 caps, GArray **program, guint *flags, GError **error)
{
  if (strcmp (profile, "default") != 0)
    return compile_file (profile, caps, program, flags, error);
  if (flags)
    *flags = 0;
  return compile_default (caps, program, error);
}

gboolean
seccomp_check_program (const struct sock_filter *program, gsize n, GError **error)
{
  if (!program || n == 0)
    return fail (error, SNUG_ERROR_USAGE, _ ("the seccomp program is empty"));
  if (n > BPF_MAXINSNS)
    return fail (error, SNUG_ERROR_USAGE,
                 _ ("the seccomp program has %u instructions, but the kernel takes only %d"), (guint) n,
                 BPF_MAXINSNS);
  return TRUE;
}
