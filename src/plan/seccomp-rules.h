/* Rules about system calls, by name, turned into one BPF program.
 *
 * libseccomp tells the numbers of the names; the program is made here.  A decision tree over ranges of
 * numbers needs a fifth of the instructions that libseccomp writes for three ABIs and a fiftieth of the
 * time, and an "unknown call" can be told from a "known but denied" one.  The tests compare both.
 *
 * What a program decides, for each ABI it was given: the rules of the call's name that have conditions, in
 * the order of adding, the first whose conditions all hold; else the rule without conditions (of several
 * the most restrictive); else the default action.  Calls of ABIs that it was not given kill the process.
 *
 * Must not: know profiles or JSON, load anything into the kernel.
 */
#pragma once

#include <glib.h>
#include <linux/filter.h>
#include <seccomp.h>

/* One comparison of an argument, as SCMP_CMP_* names them. */
typedef struct
{
  guint8 argument; /* 0 … 5 */
  gboolean low;    /* only the low 32 bits count, as for what the kernel takes as an int */
  enum scmp_compare compare;
  guint64 value; /* compared with */
  guint64 mask;  /* for SCMP_CMP_MASKED_EQ: (argument & mask) == value */
} SeccompCondition;

/* An ABI's names: in the OCI specification, in libseccomp, in the engines' profiles. */
typedef struct
{
  const char *name;      /* SCMP_ARCH_… */
  guint32 token;         /* its value */
  guint8 family;         /* ABIs that one kernel serves have the same */
  const char *engine[2]; /* amd64; NULL: none */
} SeccompAbi;

/* The ABI of this build. */
const SeccompAbi *seccomp_abi_native (void);

/* The ABI that @name means: "SCMP_ARCH_X86_64" or, for the engines' lists of `arches`, "amd64".  NULL when
 * there is none.  Both live as long as the program. */
const SeccompAbi *seccomp_abi_find (const char *name);
const SeccompAbi *seccomp_abi_find_engine (const char *name);

/* The ABI number @i of all that have a name; NULL beyond the last. */
const SeccompAbi *seccomp_abi_at (gsize i);

typedef struct SeccompRules SeccompRules;

/* An empty set for no ABI yet.  @default_action: a SECCOMP_RET_ value.  Free with seccomp_rules_free. */
SeccompRules *seccomp_rules_new (guint32 default_action);
void seccomp_rules_free (SeccompRules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SeccompRules, seccomp_rules_free)

/* Adds @abi, before any rule.  One that this machine's kernel can't serve, or that is there, is skipped. */
void seccomp_rules_add_abi (SeccompRules *rules, const SeccompAbi *abi);

/* Adds all ABIs that this machine's kernel can serve. */
void seccomp_rules_add_family (SeccompRules *rules);

/* Adds to each ABI that has the call @name the rule that @action (a SECCOMP_RET_ value) is taken when all
 * @n conditions hold.  A name that the ABI does not have, or nobody knows, adds nothing.
 *
 * Where an ABI has socketcall(2) or ipc(2), a rule for socket(2), semop(2) … also holds for the call through
 * it, without its conditions, since the arguments are out of reach in memory; of several rules the most
 * restrictive. */
void seccomp_rules_add (SeccompRules *rules, const char *name, guint32 action,
                        const SeccompCondition *conditions, gsize n);

/* The same, without reaching into socketcall and ipc: for who has rules for those two by their names. */
void seccomp_rules_add_direct (SeccompRules *rules, const char *name, guint32 action,
                               const SeccompCondition *conditions, gsize n);

/* Makes the program, a GArray of struct sock_filter that the caller owns.  Fails when it is longer than the
 * kernel takes (BPF_MAXINSNS), or when there is no ABI. */
gboolean seccomp_rules_compile (SeccompRules *rules, GArray **program, GError **error);
