/* Which devices the processes of a cgroup may open and make: a program in the kernel that decides, bpf(2) with
 * BPF_PROG_TYPE_CGROUP_DEVICE.
 *
 * Rules count in their order, as with cgroup v1: each allows or denies some kinds of access, and a later one has the last
 * word.  The program reads them from the last to the first, and takes off the kinds that are decided.
 *
 * Loading takes CAP_BPF on the host; no limit has to be raised for it since Linux 5.11.
 */
#include "cgroup/files.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"

#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>

#define ALL_ACCESS (BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD)

/* What every container has to have: config-linux.md, "Default Devices", terminals, and making nodes that can't be opened. */
static const DeviceRule defaults[] = {
  { TRUE, 'a', -1, -1, BPF_DEVCG_ACC_MKNOD },
  { TRUE, 'c', 1, 3, ALL_ACCESS },
  { TRUE, 'c', 1, 5, ALL_ACCESS },
  { TRUE, 'c', 1, 7, ALL_ACCESS },
  { TRUE, 'c', 1, 8, ALL_ACCESS },
  { TRUE, 'c', 1, 9, ALL_ACCESS },
  { TRUE, 'c', 5, 0, ALL_ACCESS },
  { TRUE, 'c', 5, 1, ALL_ACCESS },
  { TRUE, 'c', 5, 2, ALL_ACCESS },
  { TRUE, 'c', 136, -1, ALL_ACCESS },
};

/* More programs than the kernel lets be attached to one cgroup. */
#define MAX_PROGRAMS 64

/* --- The program -------------------------------------------------------------------------------------------- */

enum
{
  RESULT = BPF_REG_0,
  CONTEXT = BPF_REG_1,
  TYPE = BPF_REG_2,
  ACCESS = BPF_REG_3, /* the kinds that are not decided yet */
  MAJOR = BPF_REG_4,
  MINOR = BPF_REG_5,
  SCRATCH = BPF_REG_6,
};

static void
emit (GArray *program, guint8 code, guint8 to, guint8 from, gint16 offset, gint32 value)
{
  const struct bpf_insn instruction = {
    .code = code, .dst_reg = to & 0xf, .src_reg = from & 0xf, .off = offset, .imm = value
  };
  g_array_append_val (program, instruction);
}

static void
emit_load (GArray *program, guint8 to, gsize offset)
{
  emit (program, BPF_LDX | BPF_MEM | BPF_W, to, CONTEXT, (gint16) offset, 0);
}

static void
emit_beginning (GArray *program)
{
  emit_load (program, TYPE, offsetof (struct bpf_cgroup_dev_ctx, access_type));
  emit_load (program, MAJOR, offsetof (struct bpf_cgroup_dev_ctx, major));
  emit_load (program, MINOR, offsetof (struct bpf_cgroup_dev_ctx, minor));
  emit (program, BPF_ALU64 | BPF_MOV | BPF_X, ACCESS, TYPE, 0, 0);
  emit (program, BPF_ALU64 | BPF_RSH | BPF_K, ACCESS, 0, 0, 16);
  emit (program, BPF_ALU64 | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
}

static void
emit_answer (GArray *program, gboolean allow)
{
  emit (program, BPF_ALU64 | BPF_MOV | BPF_K, RESULT, 0, 0, allow);
  emit (program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Decides, if the rule does, and goes on else. */
static void
emit_decision (GArray *program, const DeviceRule *rule)
{
  if (rule->access == ALL_ACCESS)
    {
      emit_answer (program, rule->allow);
      return;
    }
  if (rule->allow)
    {
      emit (program, BPF_ALU64 | BPF_AND | BPF_K, ACCESS, 0, 0, (gint32) ~rule->access);
      emit (program, BPF_JMP | BPF_JNE | BPF_K, ACCESS, 0, 2, 0);
    }
  else
    {
      emit (program, BPF_ALU64 | BPF_MOV | BPF_X, SCRATCH, ACCESS, 0, 0);
      emit (program, BPF_ALU64 | BPF_AND | BPF_K, SCRATCH, 0, 0, (gint32) rule->access);
      emit (program, BPF_JMP | BPF_JEQ | BPF_K, SCRATCH, 0, 2, 0);
    }
  emit_answer (program, rule->allow);
}

static gboolean
is_about_all (const DeviceRule *rule)
{
  return rule->type == 'a' && rule->major < 0 && rule->minor < 0 && rule->access == ALL_ACCESS;
}

static void
emit_rule (GArray *program, const DeviceRule *rule)
{
  const struct
  {
    gboolean any;
    guint8 what;
    gint64 value;
  } tests[] = {
    { rule->type == 'a', TYPE, rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR },
    { rule->major < 0, MAJOR, rule->major },
    { rule->minor < 0, MINOR, rule->minor },
  };
  g_autoptr (GArray) decision = g_array_new (FALSE, FALSE, sizeof (struct bpf_insn));
  guint left = 0;

  emit_decision (decision, rule);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    left += !tests[i].any;
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    if (!tests[i].any)
      emit (program, BPF_JMP32 | BPF_JNE | BPF_K, tests[i].what, 0, (gint16) (--left + decision->len),
            (gint32) tests[i].value);
  g_array_append_vals (program, decision->data, decision->len);
}

/* Nothing comes behind a rule about all: the kernel refuses what can't be reached. */
static GArray *
make_program (const GArray *rules)
{
  GArray *program = g_array_new (FALSE, FALSE, sizeof (struct bpf_insn));
  emit_beginning (program);
  for (gsize i = G_N_ELEMENTS (defaults); i-- > 0;)
    emit_rule (program, &defaults[i]);
  for (guint i = rules->len; i-- > 0;)
    {
      const DeviceRule *rule = &g_array_index (rules, DeviceRule, i);
      emit_rule (program, rule);
      if (is_about_all (rule))
        return program;
    }
  emit_answer (program, TRUE);
  return program;
}

gboolean
cgroup_denies_devices (const CgroupLimits *limits)
{
  gboolean denies = FALSE;
  for (guint i = 0; limits && limits->devices && i < limits->devices->len; i++)
    {
      const DeviceRule *rule = &g_array_index (limits->devices, DeviceRule, i);
      denies = !rule->allow || (denies && !is_about_all (rule));
    }
  return denies;
}

/* --- Loading and attaching ---------------------------------------------------------------------------------- */

static int
sys_bpf (unsigned command, union bpf_attr *attributes)
{
  return (int) syscall (SYS_bpf, command, attributes, sizeof *attributes);
}

static int
load_program (const GArray *rules)
{
  static const char license[] = "LGPL-2.1-or-later";
  g_autoptr (GArray) program = make_program (rules);
  union bpf_attr attributes = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                                .insn_cnt = program->len,
                                .insns = (uintptr_t) program->data,
                                .license = (uintptr_t) license };
  return sys_bpf (BPF_PROG_LOAD, &attributes);
}

static int
attach (int cgroup, int program, unsigned command)
{
  union bpf_attr attributes = { .target_fd = (unsigned) cgroup,
                                .attach_bpf_fd = (unsigned) program,
                                .attach_type = BPF_CGROUP_DEVICE,
                                .attach_flags = command == BPF_PROG_ATTACH ? BPF_F_ALLOW_MULTI : 0 };
  return sys_bpf (command, &attributes);
}

/* The ids of what is attached to the cgroup itself; -1 and errno. */
static int
find_attached (int cgroup, guint32 ids[MAX_PROGRAMS])
{
  union bpf_attr attributes = { .query = { .target_fd = (unsigned) cgroup,
                                           .attach_type = BPF_CGROUP_DEVICE,
                                           .prog_ids = (uintptr_t) ids,
                                           .prog_cnt = MAX_PROGRAMS } };
  return sys_bpf (BPF_PROG_QUERY, &attributes) < 0 ? -1 : (int) attributes.query.prog_cnt;
}

static int
detach_all (int cgroup, const guint32 *ids, int n)
{
  for (int i = 0; i < n; i++)
    {
      union bpf_attr attributes = { .prog_id = ids[i] };
      Fd program = sys_bpf (BPF_PROG_GET_FD_BY_ID, &attributes);
      if (program < 0 || attach (cgroup, program, BPF_PROG_DETACH) < 0)
        return -1;
    }
  return 0;
}

/* The new rules hold before the old ones go. */
gboolean
cgroup_write_devices (const Cgroup *cgroup, const CgroupLimits *limits, GError **error)
{
  guint32 ids[MAX_PROGRAMS];
  gboolean denies = cgroup_denies_devices (limits);
  if (limits->devices == NULL)
    return TRUE;
  int n = find_attached (cgroup->dir, ids);
  Fd program = n < 0 || !denies ? -1 : load_program (limits->devices);
  if (n < 0 || (denies && (program < 0 || attach (cgroup->dir, program, BPF_PROG_ATTACH) < 0))
      || detach_all (cgroup->dir, ids, n) < 0)
    return fail_errno (error, errno, _ ("%s: can't set the rules for devices of cgroup %s"),
                       limits->devices_origin, cgroup->path);
  return TRUE;
}
