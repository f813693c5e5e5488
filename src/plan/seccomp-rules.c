/* Rules about system calls, turned into BPF: see seccomp-rules.h. */
#include "plan/seccomp-rules.h"

#include "base/error.h"
#include "base/i18n.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>

/* --- ABIs and names. --- */

#ifndef SCMP_ARCH_LOONGARCH64 /* newer than our oldest libseccomp; by name they are no error */
#define SCMP_ARCH_LOONGARCH64 0
#endif
#ifndef SCMP_ARCH_M68K
#define SCMP_ARCH_M68K 0
#endif
#ifndef SCMP_ARCH_SH
#define SCMP_ARCH_SH 0
#define SCMP_ARCH_SHEB 0
#endif

enum
{
  X86,
  ARM,
  MIPS,
  MIPSEL,
  PARISC,
  POWER,
  POWERLE,
  S390,
  RISCV,
  LOONGARCH,
  M68K,
  SH,
};

static const SeccompAbi abis[] = {
  { "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, X86, { "amd64", "x86_64" } },
  { "SCMP_ARCH_X86", SCMP_ARCH_X86, X86, { "x86", "386" } },
  { "SCMP_ARCH_X32", SCMP_ARCH_X32, X86, { "x32", NULL } },
  { "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, ARM, { "arm64", "aarch64" } },
  { "SCMP_ARCH_ARM", SCMP_ARCH_ARM, ARM, { "arm", NULL } },
  { "SCMP_ARCH_MIPS", SCMP_ARCH_MIPS, MIPS, { "mips", NULL } },
  { "SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64, MIPS, { "mips64", NULL } },
  { "SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32, MIPS, { "mips64n32", NULL } },
  { "SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL, MIPSEL, { "mipsel", "mipsle" } },
  { "SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64, MIPSEL, { "mipsel64", "mips64le" } },
  { "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32, MIPSEL, { "mipsel64n32", NULL } },
  { "SCMP_ARCH_PARISC", SCMP_ARCH_PARISC, PARISC, { "parisc", NULL } },
  { "SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64, PARISC, { "parisc64", NULL } },
  { "SCMP_ARCH_PPC", SCMP_ARCH_PPC, POWER, { "ppc", NULL } },
  { "SCMP_ARCH_PPC64", SCMP_ARCH_PPC64, POWER, { "ppc64", NULL } },
  { "SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE, POWERLE, { "ppc64le", NULL } },
  { "SCMP_ARCH_S390", SCMP_ARCH_S390, S390, { "s390", NULL } },
  { "SCMP_ARCH_S390X", SCMP_ARCH_S390X, S390, { "s390x", NULL } },
  { "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, RISCV, { "riscv64", NULL } },
  { "SCMP_ARCH_LOONGARCH64", SCMP_ARCH_LOONGARCH64, LOONGARCH, { "loongarch64", "loong64" } },
  { "SCMP_ARCH_M68K", SCMP_ARCH_M68K, M68K, { "m68k", NULL } },
  { "SCMP_ARCH_SH", SCMP_ARCH_SH, SH, { "sh", NULL } },
  { "SCMP_ARCH_SHEB", SCMP_ARCH_SHEB, SH, { "sheb", NULL } },
};

#define MAX_ABIS 3 /* the most that one family has */

/* Calls that an older libseccomp may not know.  Since Linux 5.1 a new call has one number on all ABIs that
 * matter here (x32 adds its bit); MIPS is left to libseccomp. */
static const struct
{
  char name[28];
  guint32 number;
  guint32 only; /* on this ABI; 0: all */
} newer_calls[] = {
  { "uretprobe", 335, SCMP_ARCH_X86_64 },
  { "uprobe", 336, SCMP_ARCH_X86_64 },
  { "memfd_secret", 447, 0 },
  { "process_mrelease", 448, 0 },
  { "futex_waitv", 449, 0 },
  { "set_mempolicy_home_node", 450, 0 },
  { "cachestat", 451, 0 },
  { "fchmodat2", 452, 0 },
  { "map_shadow_stack", 453, 0 },
  { "futex_wake", 454, 0 },
  { "futex_wait", 455, 0 },
  { "futex_requeue", 456, 0 },
  { "statmount", 457, 0 },
  { "listmount", 458, 0 },
  { "lsm_get_self_attr", 459, 0 },
  { "lsm_set_self_attr", 460, 0 },
  { "lsm_list_modules", 461, 0 },
  { "mseal", 462, 0 },
  { "setxattrat", 463, 0 },
  { "getxattrat", 464, 0 },
  { "listxattrat", 465, 0 },
  { "removexattrat", 466, 0 },
  { "open_tree_attr", 467, 0 },
  { "file_getattr", 468, 0 },
  { "file_setattr", 469, 0 },
};

/* x32 calls come as those of x86_64 with this bit in their number. */
#define X32_BIT 0x40000000u

/* Calls that exist only through another one have, in libseccomp, the number -(base + which). */
enum
{
  THROUGH_SOCKETCALL,
  THROUGH_IPC,
  N_MULTIPLEXERS,
};

static const struct
{
  const char *name;
  int base;
  guint64 mask; /* of the first argument, what says which; ipc has a version above it */
} multiplexers[N_MULTIPLEXERS] = {
  [THROUGH_SOCKETCALL] = { "socketcall", 100, 0xffffffff },
  [THROUGH_IPC] = { "ipc", 200, 0xffff },
};

#define MULTIPLEXED_MAX 25 /* which: 1 … 24 */

/* Where the calls that are also multiplexed have numbers of their own, above the ABI's base: those of MIPS, of all others, and
 * of System V IPC. */
static const struct
{
  int first, last;
} direct_ranges[] = { { 160, 190 }, { 320, 375 }, { 388, 410 } };

const SeccompAbi *
seccomp_abi_native (void)
{
  guint32 token = seccomp_arch_native ();
  for (gsize i = 0; i < G_N_ELEMENTS (abis); i++)
    if (abis[i].token == token)
      return &abis[i];
  return NULL;
}

const SeccompAbi *
seccomp_abi_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (abis); i++)
    if (strcmp (abis[i].name, name) == 0)
      return &abis[i];
  return NULL;
}

const SeccompAbi *
seccomp_abi_find_engine (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (abis); i++)
    if (g_strcmp0 (abis[i].engine[0], name) == 0 || g_strcmp0 (abis[i].engine[1], name) == 0)
      return &abis[i];
  return NULL;
}

const SeccompAbi *
seccomp_abi_at (gsize i)
{
  return i < G_N_ELEMENTS (abis) ? &abis[i] : NULL;
}

/* --- The set. --- */

/* What is known of one of the set's ABIs. */
typedef struct
{
  const SeccompAbi *abi;
  guint32 audit_arch;                                 /* what the kernel says … */
  guint8 arch;                                        /* … and the first ABI of which it says so */
  gboolean narrow;                                    /* arguments have 32 bits */
  int multiplexer[N_MULTIPLEXERS];                    /* numbers; negative: none */
  guint multiplexed[N_MULTIPLEXERS][MULTIPLEXED_MAX]; /* which -> 1 + its place in rules */
  GHashTable *direct; /* names in direct_ranges, to numbers; NULL before it is asked for */
} AbiState;

typedef struct
{
  guint32 number;
  guint32 action;
  guint first_condition;
  guint16 n_conditions;
  guint8 arch; /* the place in abis of the first ABI with its audit_arch */
  guint8 narrow;
} Rule;

struct SeccompRules
{
  guint32 default_action;
  AbiState abis[MAX_ABIS];
  guint n_abis;
  GArray *rules;      /* of Rule */
  GArray *conditions; /* of SeccompCondition */
};

SeccompRules *
seccomp_rules_new (guint32 default_action)
{
  SeccompRules *rules = g_new0 (SeccompRules, 1);
  rules->default_action = default_action;
  rules->rules = g_array_sized_new (FALSE, FALSE, sizeof (Rule), 1536);
  rules->conditions = g_array_new (FALSE, FALSE, sizeof (SeccompCondition));
  return rules;
}

void
seccomp_rules_free (SeccompRules *rules)
{
  for (guint i = 0; i < rules->n_abis; i++)
    g_clear_pointer (&rules->abis[i].direct, g_hash_table_unref);
  g_array_unref (rules->rules);
  g_array_unref (rules->conditions);
  g_free (rules);
}

void
seccomp_rules_add_abi (SeccompRules *rules, const SeccompAbi *abi)
{
  const SeccompAbi *native = seccomp_abi_native ();
  if (!native || abi->family != native->family || rules->n_abis == MAX_ABIS)
    return;
  for (guint i = 0; i < rules->n_abis; i++)
    if (rules->abis[i].abi == abi)
      return;

  AbiState *state = &rules->abis[rules->n_abis++];
  state->abi = abi;
  state->audit_arch = abi->token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : abi->token;
  while (rules->abis[state->arch].audit_arch != state->audit_arch)
    state->arch++;
  state->narrow = !(abi->token & __AUDIT_ARCH_64BIT);
  for (gsize i = 0; i < N_MULTIPLEXERS; i++)
    state->multiplexer[i] = seccomp_syscall_resolve_name_arch (abi->token, multiplexers[i].name);
}

void
seccomp_rules_add_family (SeccompRules *rules)
{
  for (gsize i = 0; i < G_N_ELEMENTS (abis); i++)
    seccomp_rules_add_abi (rules, &abis[i]);
}

/* A kernel's action as a number that is smaller the more it restricts. */
static gint32
restriction (guint32 action)
{
  return (gint32) (action & SECCOMP_RET_ACTION_FULL);
}

/* Returns the place of the new rule in rules->rules. */
static guint
add_rule (SeccompRules *rules, const AbiState *abi, guint32 number, guint32 action,
          const SeccompCondition *conditions, gsize n)
{
  Rule rule = {
    .number = number,
    .action = action,
    .first_condition = rules->conditions->len,
    .n_conditions = (guint16) n,
    .arch = abi->arch,
    .narrow = (guint8) abi->narrow,
  };
  g_array_append_vals (rules->conditions, conditions, (guint) n);
  g_array_append_val (rules->rules, rule);
  return rules->rules->len - 1;
}

/* A rule for a call that is argument @which of a multiplexer; there is one for each, the strictest. */
static void
add_multiplexed (SeccompRules *rules, AbiState *abi, gsize multiplexer, int which, guint32 action)
{
  guint *place = &abi->multiplexed[multiplexer][which];

  if (*place)
    {
      Rule *rule = &g_array_index (rules->rules, Rule, *place - 1);
      if (restriction (action) < restriction (rule->action))
        rule->action = action;
      return;
    }
  SeccompCondition condition = {
    .argument = 0,
    .low = TRUE,
    .compare = SCMP_CMP_MASKED_EQ,
    .mask = multiplexers[multiplexer].mask,
    .value = (guint64) which,
  };
  *place = 1 + add_rule (rules, abi, (guint32) abi->multiplexer[multiplexer], action, &condition, 1);
}

/* The number that the ABI has for @name beside the multiplexed one; negative: none. */
static int
direct_number (AbiState *abi, const char *name)
{
  if (!abi->direct)
    {
      abi->direct = g_hash_table_new_full (g_str_hash, g_str_equal, free, NULL);
      int base = abi->abi->family == MIPS || abi->abi->family == MIPSEL ? 4000 : 0;
      for (gsize range = 0; range < G_N_ELEMENTS (direct_ranges); range++)
        for (int i = base + direct_ranges[range].first; i <= base + direct_ranges[range].last; i++)
          {
            char *known = seccomp_syscall_resolve_num_arch (abi->abi->token, i);
            if (known)
              g_hash_table_insert (abi->direct, known, GINT_TO_POINTER (i));
          }
    }
  gpointer found;
  return g_hash_table_lookup_extended (abi->direct, name, NULL, &found) ? GPOINTER_TO_INT (found) : -1;
}

/* The number of a call that libseccomp does not know; negative: none. */
static int
newer_number (const AbiState *abi, const char *name)
{
  if (abi->abi->family == MIPS || abi->abi->family == MIPSEL)
    return -1;
  for (gsize i = 0; i < G_N_ELEMENTS (newer_calls); i++)
    if (strcmp (newer_calls[i].name, name) == 0
        && (!newer_calls[i].only || newer_calls[i].only == abi->abi->token))
      return (int) (newer_calls[i].number | (abi->abi->token == SCMP_ARCH_X32 ? X32_BIT : 0));
  return -1;
}

/* How an ABI calls something: by a number of its own, as an argument of a multiplexer, or both. */
typedef struct
{
  int number;        /* negative: none */
  gsize multiplexer; /* N_MULTIPLEXERS: none */
  int which;         /* of that one */
} Call;

static Call
find_call (AbiState *abi, const char *name)
{
  Call call = { .number = seccomp_syscall_resolve_name_arch (abi->abi->token, name) };

  if (call.number == __NR_SCMP_ERROR)
    call.number = newer_number (abi, name);
  for (; call.multiplexer < N_MULTIPLEXERS; call.multiplexer++)
    {
      call.which = -call.number - multiplexers[call.multiplexer].base;
      if (abi->multiplexer[call.multiplexer] < 0 || call.which < 1 || call.which >= MULTIPLEXED_MAX)
        continue;
      call.number = direct_number (abi, name);
      break;
    }
  return call;
}

void
seccomp_rules_add (SeccompRules *rules, const char *name, guint32 action, const SeccompCondition *conditions,
                   gsize n)
{
  for (guint i = 0; i < rules->n_abis; i++)
    {
      AbiState *abi = &rules->abis[i];
      const Call call = find_call (abi, name);
      if (call.multiplexer < N_MULTIPLEXERS)
        add_multiplexed (rules, abi, call.multiplexer, call.which, action);
      if (call.number >= 0)
        add_rule (rules, abi, (guint32) call.number, action, conditions, n);
    }
}

void
seccomp_rules_add_direct (SeccompRules *rules, const char *name, guint32 action,
                          const SeccompCondition *conditions, gsize n)
{
  for (guint i = 0; i < rules->n_abis; i++)
    {
      const Call call = find_call (&rules->abis[i], name);
      if (call.number >= 0)
        add_rule (rules, &rules->abis[i], (guint32) call.number, action, conditions, n);
    }
}

/* --- The program.  It is written from its end to its start, so that the places which jumps go to are
 * always known: a label is the number of instructions from there to the end, minus one. --- */

typedef guint Label;

/* Conditional jumps go at most 255 instructions ahead; some room for what near() itself adds. */
#define NEAR 240

typedef struct
{
  const SeccompRules *rules;
  GArray *code;    /* of struct sock_filter, the last one first */
  GArray *returns; /* of Return: where each action was last written */
} Writer;

typedef struct
{
  guint32 action;
  Label at;
} Return;

static Label
put (Writer *w, guint16 code, guint32 k, guint jump_true, guint jump_false)
{
  struct sock_filter instruction = {
    .code = code, .k = k, .jt = (guint8) jump_true, .jf = (guint8) jump_false
  };
  g_array_append_val (w->code, instruction);
  return w->code->len - 1;
}

/* A place near enough for a conditional jump written next that leads to @target. */
static Label
near (Writer *w, Label target)
{
  guint distance = w->code->len - target - 1;
  return distance < NEAR ? target : put (w, BPF_JMP | BPF_JA, distance, 0, 0);
}

/* Makes what is written next fall through to @target. */
static void
lead_to (Writer *w, Label target)
{
  if (target != w->code->len - 1)
    put (w, BPF_JMP | BPF_JA, w->code->len - target - 1, 0, 0);
}

/* Writes nothing when both ways are the same. */
static Label
put_jump (Writer *w, guint16 test, guint32 k, Label yes, Label no)
{
  if (yes == no)
    return yes;
  yes = near (w, yes);
  no = near (w, no);
  return put (w, BPF_JMP | test | BPF_K, k, w->code->len - yes - 1, w->code->len - no - 1);
}

static Label
put_load (Writer *w, gsize offset)
{
  return put (w, BPF_LD | BPF_W | BPF_ABS, (guint32) offset, 0, 0);
}

static Label
put_return (Writer *w, guint32 action)
{
  Return *known = NULL;

  for (guint i = 0; i < w->returns->len && !known; i++)
    if (g_array_index (w->returns, Return, i).action == action)
      known = &g_array_index (w->returns, Return, i);
  if (known && w->code->len - known->at < NEAR)
    return known->at;

  Return fresh = { action, put (w, BPF_RET | BPF_K, action, 0, 0) };
  if (known)
    *known = fresh;
  else
    g_array_append_val (w->returns, fresh);
  return fresh.at;
}

/* Where the two halves of an argument are. */
static gsize
half_offset (guint argument, gboolean high)
{
  return offsetof (struct seccomp_data, args) + argument * sizeof (guint64)
         + (high == (G_BYTE_ORDER == G_LITTLE_ENDIAN) ? 4 : 0);
}

static Label
put_equal (Writer *w, gsize offset, guint32 mask, guint32 value, Label yes, Label no)
{
  if (value & ~mask)
    return no;
  if (mask == 0 || yes == no)
    return yes;
  put_jump (w, BPF_JEQ, value, yes, no);
  if (mask != G_MAXUINT32)
    put (w, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
  return put_load (w, offset);
}

/* @test: BPF_JGT or BPF_JGE; @yes and @no differ. */
static Label
put_greater (Writer *w, const SeccompCondition *c, gboolean low, guint16 test, Label yes, Label no)
{
  put_jump (w, test, (guint32) c->value, yes, no);
  Label compare_low = put_load (w, half_offset (c->argument, FALSE));
  if (low)
    return compare_low;
  Label same = put_jump (w, BPF_JEQ, (guint32) (c->value >> 32), compare_low, no);
  put_jump (w, BPF_JGT, (guint32) (c->value >> 32), yes, same);
  return put_load (w, half_offset (c->argument, TRUE));
}

static Label
put_condition (Writer *w, const SeccompCondition *c, gboolean low, Label yes, Label no)
{
  static const struct
  {
    guint16 test;
    gboolean negate;
  } tests[] = {
    [SCMP_CMP_NE] = { BPF_JEQ, TRUE },         [SCMP_CMP_LT] = { BPF_JGE, TRUE },
    [SCMP_CMP_LE] = { BPF_JGT, TRUE },         [SCMP_CMP_EQ] = { BPF_JEQ, FALSE },
    [SCMP_CMP_GE] = { BPF_JGE, FALSE },        [SCMP_CMP_GT] = { BPF_JGT, FALSE },
    [SCMP_CMP_MASKED_EQ] = { BPF_JEQ, FALSE },
  };
  Label met = tests[c->compare].negate ? no : yes, unmet = tests[c->compare].negate ? yes : no;

  if (yes == no)
    return yes;
  if (tests[c->compare].test != BPF_JEQ)
    return put_greater (w, c, low, tests[c->compare].test, met, unmet);
  guint64 mask = c->compare == SCMP_CMP_MASKED_EQ ? c->mask : G_MAXUINT64;
  Label rest = put_equal (w, half_offset (c->argument, FALSE), (guint32) mask, (guint32) c->value, met, unmet);
  if (low)
    return rest;
  return put_equal (w, half_offset (c->argument, TRUE), (guint32) (mask >> 32), (guint32) (c->value >> 32),
                    rest, unmet);
}

/* A range of numbers, up to the next one's start, and what is decided for it. */
typedef struct
{
  guint32 start;
  gboolean plain; /* just @action; else the code at @at */
  guint32 action;
  Label at;
} Segment;

static void
add_plain (GArray *segments, guint32 start, guint32 action)
{
  const Segment *last = segments->len ? &g_array_index (segments, Segment, segments->len - 1) : NULL;
  if (last && last->plain && last->action == action)
    return;
  Segment segment = { .start = start, .plain = TRUE, .action = action };
  g_array_append_val (segments, segment);
}

/* The decision about one number, by the @n rules at @rules, which are in their order. */
static void
add_decision (Writer *w, GArray *segments, const Rule *rules, gsize n)
{
  guint32 otherwise = w->rules->default_action;
  gboolean unconditional = FALSE, conditional = FALSE;
  for (gsize i = 0; i < n; i++)
    if (rules[i].n_conditions)
      conditional = TRUE;
    else if (!unconditional || restriction (rules[i].action) < restriction (otherwise))
      {
        unconditional = TRUE;
        otherwise = rules[i].action;
      }
  if (!conditional)
    {
      add_plain (segments, rules[0].number, otherwise);
      return;
    }

  Label next = put_return (w, otherwise);
  for (gsize i = n; i-- > 0;)
    {
      if (!rules[i].n_conditions)
        continue;
      Label holds = put_return (w, rules[i].action);
      for (guint j = rules[i].n_conditions; j-- > 0;)
        {
          const SeccompCondition *c =
              &g_array_index (w->rules->conditions, SeccompCondition, rules[i].first_condition + j);
          holds = put_condition (w, c, c->low || rules[i].narrow, holds, next);
        }
      next = holds;
    }
  Segment segment = { .start = rules[0].number, .at = next };
  g_array_append_val (segments, segment);
}

/* The ABIs behind one audit architecture: x32 shares that of x86_64, above its bit. */
typedef struct
{
  guint64 start, end;
  guint32 action; /* of numbers without rules */
} Region;

#define MAX_REGIONS 3

static guint
find_regions (const SeccompRules *rules, guint32 audit_arch, Region regions[MAX_REGIONS])
{
  guint32 low = SECCOMP_RET_KILL_PROCESS, x32 = SECCOMP_RET_KILL_PROCESS;

  for (guint i = 0; i < rules->n_abis; i++)
    if (rules->abis[i].audit_arch == audit_arch)
      *(rules->abis[i].abi->token == SCMP_ARCH_X32 ? &x32 : &low) = rules->default_action;
  if (audit_arch != AUDIT_ARCH_X86_64)
    x32 = low;
  regions[0] = (Region){ 0, X32_BIT, low };
  regions[1] = (Region){ X32_BIT, G_MAXUINT32, x32 };
  regions[2] = (Region){ G_MAXUINT32, 1ULL << 32, rules->default_action }; /* -1: a tracer skips a call */
  return MAX_REGIONS;
}

/* Segments for the numbers from @from up to @to, which no rule names. */
static void
fill (GArray *segments, const Region *regions, guint n, guint64 from, guint64 to)
{
  for (guint i = 0; i < n; i++)
    if (MAX (from, regions[i].start) < MIN (to, regions[i].end))
      add_plain (segments, (guint32) MAX (from, regions[i].start), regions[i].action);
}

static Label
put_tree (Writer *w, const Segment *segments, gsize n)
{
  if (n == 1)
    return segments[0].plain ? put_return (w, segments[0].action) : segments[0].at;
  Label right = put_tree (w, segments + n / 2, n - n / 2);
  Label left = put_tree (w, segments, n / 2);
  return put_jump (w, BPF_JGE, segments[n / 2].start, right, left);
}

/* The code for all calls of an architecture, whose rules are the @n at @rules, sorted by number. */
static Label
put_architecture (Writer *w, guint32 audit_arch, const Rule *rules, gsize n)
{
  g_autoptr (GArray) segments = g_array_sized_new (FALSE, FALSE, sizeof (Segment), 256);
  Region regions[MAX_REGIONS];
  guint n_regions = find_regions (w->rules, audit_arch, regions);
  guint64 done = 0;

  for (gsize i = 0, same; i < n; i += same)
    {
      for (same = 1; i + same < n && rules[i + same].number == rules[i].number;)
        same++;
      fill (segments, regions, n_regions, done, rules[i].number);
      add_decision (w, segments, &rules[i], same);
      done = (guint64) rules[i].number + 1;
    }
  fill (segments, regions, n_regions, done, 1ULL << 32);

  lead_to (w, put_tree (w, &g_array_index (segments, Segment, 0), segments->len));
  return put_load (w, offsetof (struct seccomp_data, nr));
}

/* The rules of the ABIs behind the audit architecture @arch, in the sorted array. */
static const Rule *
rules_of (const GArray *rules, guint arch, gsize *n)
{
  const Rule *all = (const Rule *) (const void *) rules->data;
  gsize first = 0, end;

  while (first < rules->len && all[first].arch != arch)
    first++;
  for (end = first; end < rules->len && all[end].arch == arch;)
    end++;
  *n = end - first;
  return all + first;
}

static void
put_program (Writer *w)
{
  const SeccompRules *rules = w->rules;
  Label at[MAX_ABIS];

  for (guint i = 0; i < rules->n_abis; i++)
    if (rules->abis[i].arch == i)
      {
        gsize n;
        const Rule *own = rules_of (rules->rules, i, &n);
        at[i] = put_architecture (w, rules->abis[i].audit_arch, own, n);
      }
  Label next = put_return (w, SECCOMP_RET_KILL_PROCESS);
  for (guint i = rules->n_abis; i-- > 0;)
    if (rules->abis[i].arch == i)
      next = put_jump (w, BPF_JEQ, rules->abis[i].audit_arch, at[i], next);
  lead_to (w, next);
  put_load (w, offsetof (struct seccomp_data, arch));
}

/* --- The rules' order: by architecture and number, those of one number as they were added.  There are a thousand, and to
 * compare them with each other would take longer than all else here. --- */

#define DIGIT_BITS 9
#define DIGITS (1 << DIGIT_BITS)
#define KEY_BITS 34 /* 32 of the number, 2 of the architecture */

static guint
digit_of (const Rule *rule, guint shift)
{
  guint64 key = (guint64) rule->arch << 32 | rule->number;
  return (guint) (key >> shift) & (DIGITS - 1);
}

/* By one digit; those that have the same keep their order. */
static void
sort_by_digit (const Rule *from, Rule *to, gsize n, guint shift)
{
  guint places[DIGITS] = { 0 }, before = 0;
  for (gsize i = 0; i < n; i++)
    places[digit_of (&from[i], shift)]++;
  for (guint digit = 0; digit < DIGITS; digit++)
    {
      guint here = places[digit];
      places[digit] = before;
      before += here;
    }
  for (gsize i = 0; i < n; i++)
    to[places[digit_of (&from[i], shift)]++] = from[i];
}

static void
sort_rules (GArray *rules)
{
  Rule *all = (Rule *) (void *) rules->data;
  g_autofree Rule *spare = g_new (Rule, rules->len);
  for (guint shift = 0; shift < KEY_BITS; shift += 2 * DIGIT_BITS)
    {
      sort_by_digit (all, spare, rules->len, shift);
      sort_by_digit (spare, all, rules->len, shift + DIGIT_BITS);
    }
}

gboolean
seccomp_rules_compile (SeccompRules *rules, GArray **program, GError **error)
{
  if (rules->n_abis == 0)
    return fail (error, SNUG_ERROR_FAILED, _ ("the seccomp profile is for other machines only"));

  g_autoptr (GArray) code = g_array_sized_new (FALSE, FALSE, sizeof (struct sock_filter), 1024);
  g_autoptr (GArray) returns = g_array_new (FALSE, FALSE, sizeof (Return));
  Writer writer = { rules, code, returns };
  sort_rules (rules->rules);
  put_program (&writer);
  if (code->len > BPF_MAXINSNS)
    return fail (error, SNUG_ERROR_USAGE,
                 _ ("the seccomp program has %u instructions, but the kernel takes only %d"), code->len,
                 BPF_MAXINSNS);

  *program = g_array_sized_new (FALSE, FALSE, sizeof (struct sock_filter), code->len);
  for (guint i = code->len; i-- > 0;)
    g_array_append_val (*program, g_array_index (code, struct sock_filter, i));
  return TRUE;
}
