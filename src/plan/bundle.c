/* An OCI bundle's Plan: a container that is built, waits to be started, and becomes the program by itself; or a process
 * that enters one that is there.  Reads from top to bottom as the stages do.
 */
#include "plan/build.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/number.h"
#include "base/sys.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- Entering ----------------------------------------------------------------------------------------------- */

/* Joining a namespace that one is in already is an error to the kernel, or takes rights over it that we don't have.  What can't
 * be looked at must not be taken for our own: the program would run outside. */
static gboolean
find_elsewhere (int there, int here, const char *file, gboolean *elsewhere, GError **error)
{
  struct stat a, b;

  *elsewhere = FALSE;
  int looked = fstatat (here, file, &b, 0);
  if (looked != 0 && errno == ENOENT) /* the kernel has none of this kind */
    return TRUE;
  if (looked != 0 || fstatat (there, file, &a, 0) != 0)
    return fail_errno (error, errno, _ ("can't look at the namespaces of the container"));
  *elsewhere = a.st_dev != b.st_dev || a.st_ino != b.st_ino;
  return TRUE;
}

static gboolean
compile_enter (Plan *plan, const Bundle *bundle, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/ns", (int) bundle->enter_pid);
  Fd there = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  Fd here = open ("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (there < 0 || here < 0)
    return fail_errno (error, errno, _ ("can't look at the namespaces of the container"));

  plan->enter_fd = bundle->enter_fd;
  plan_own_fd (plan, bundle->enter_fd);
  for (NamespaceType type = 0; type < N_NAMESPACES; type++)
    {
      /* Even so we may be called from within its user namespace. */
      gboolean elsewhere = type != NS_USER && bundle->enter_new & namespace_names[type].flag;
      if (!elsewhere && !find_elsewhere (there, here, namespace_names[type].file, &elsewhere, error))
        return FALSE;
      plan->enter_flags |= elsewhere ? namespace_names[type].flag : 0;
    }
  return TRUE;
}

/* Sources are what they are here: the container's user namespace gives the right to bind them, in a mount namespace of our
 * own, and only the last move is made in the container's. */
static gboolean
compile_visit (Plan *plan, const Spec *spec, GError **error)
{
  if (!compile_enter (plan, spec->bundle, error))
    return FALSE;
  plan->enter_flags &= CLONE_NEWUSER;
  plan->clone_flags = CLONE_NEWNS;
  plan->visits = TRUE;
  plan_add (plan, STEP_TETHER, NULL);
  plan_add (plan, STEP_VISIT, NULL)->fd = spec->bundle->enter_fd;
  if (!compile_fs_changes (plan, spec, error))
    return FALSE;
  plan_add (plan, STEP_RETURN, NULL);
  return TRUE;
}

/* A mask for sched_setaffinity(2).  The list was checked when it was read. */
static void
compile_affinity (Plan *plan, const Text *cpus, StepKind kind)
{
  if (cpus->value == NULL || cpus->value[0] == '\0')
    return;
  guint64 *mask = plan_own (plan, g_malloc0 (MAX_CPUS / 8));
  gboolean is_list = parse_list (cpus->value, mask, MAX_CPUS / BITS_PER_WORD);
  g_assert (is_list);
  Step *step = plan_add (plan, kind, &cpus->origin);
  step->data = mask;
  step->size = MAX_CPUS / 8;
}

static void
compile_oom_score (Plan *plan, const Bundle *bundle, StepKind kind)
{
  if (bundle->oom_score_adj.value != G_MININT64)
    plan_add (plan, kind, &bundle->oom_score_adj.origin)->path =
        plan_own (plan, g_strdup_printf ("%d", (int) bundle->oom_score_adj.value));
}

/* From within, no cgroup above it can be left for another: a process has to be in its cgroup before. */
static void
compile_enter_cgroup_namespace (Plan *plan)
{
  if (!(plan->enter_flags & CLONE_NEWCGROUP))
    return;
  plan->enter_flags &= ~(uint64_t) CLONE_NEWCGROUP;
  plan_add (plan, STEP_ENTER_CGROUP_NAMESPACE, NULL)->fd = plan->enter_fd;
}

/* Inside nobody may look at us while we hold what is the host's, and so we can't write to our own files in proc either. */
static gboolean
compile_entering (Plan *plan, const Bundle *bundle, GError **error)
{
  if (!compile_enter (plan, bundle, error))
    return FALSE;
  compile_oom_score (plan, bundle, STEP_EARLY_OOM_SCORE);
  compile_affinity (plan, &bundle->initial_affinity, STEP_EARLY_AFFINITY);
  plan->n_early = plan->steps->len;
  plan_add (plan, STEP_TETHER, NULL);
  compile_enter_cgroup_namespace (plan);
  return TRUE;
}

/* --- Building ------------------------------------------------------------------------------------------------- */

static void
compile_time (Plan *plan, const Spec *spec)
{
  const Bundle *bundle = spec->bundle;
  GString *lines = g_string_new (NULL);

  for (guint i = 0; i < bundle->time_offsets->len; i++)
    {
      const TimeOffset *offset = &g_array_index (bundle->time_offsets, TimeOffset, i);
      g_string_append_printf (lines, "%s %" G_GINT64_FORMAT " %u\n", offset->clock, offset->seconds,
                              offset->nanoseconds);
    }
  plan_add (plan, STEP_TIME_OFFSETS, &spec->ns[NS_TIME].origin)->path =
      plan_own (plan, g_string_free (lines, FALSE));
}

static void
compile_contents (Plan *plan, const Spec *spec)
{
  const Bundle *bundle = spec->bundle;

  compile_cgroup_namespace (plan, spec);
  compile_system (plan, spec);
  if (bundle->domainname.value != NULL)
    plan_add (plan, STEP_DOMAINNAME, &bundle->domainname.origin)->path = bundle->domainname.value;
  if (spec->ns[NS_TIME].unshare)
    compile_time (plan, spec);
  for (guint i = 0; i < bundle->sysctls->len; i++)
    {
      const Sysctl *sysctl = &g_array_index (bundle->sysctls, Sysctl, i);
      Step *step = plan_add (plan, STEP_SYSCTL, &sysctl->origin);
      step->path = sysctl->path;
      step->data = sysctl->value;
    }
}

static void
compile_hooks (Plan *plan, const Bundle *bundle, HookMoment moment, StepKind kind, const char *status)
{
  gboolean in_root = moment == HOOK_START_CONTAINER;
  for (guint i = 0; i < bundle->hooks[moment]->len; i++)
    {
      const Hook *hook = &g_array_index (bundle->hooks[moment], Hook, i);
      RunHook *run = plan_own (plan, g_new (RunHook, 1));
      *run = (RunHook){ .hook = hook,
                        .head = bundle->state_head,
                        .tail = bundle->state_tail,
                        .status = status,
                        .dir = in_root ? NULL : bundle->hook_dir,
                        .out = bundle->hook_out,
                        .err = bundle->hook_err };
      Step *step = plan_add (plan, kind, &hook->origin);
      step->data = run;
      step->path = hook->path;
    }
}

/* Hooks enter the container's mount namespace and change what is at the path that config.json has for the root. */
static void
compile_show_root (Plan *plan, const Spec *spec)
{
  const FsOp *root = &g_array_index (spec->fs, FsOp, 0);
  for (HookMoment moment = HOOK_PRESTART; moment <= HOOK_CREATE_CONTAINER; moment++)
    if (spec->bundle->hooks[moment]->len > 0)
      {
        plan_add (plan, STEP_SHOW_ROOT, &root->origin)->path = root->source;
        return;
      }
}

static void
compile_net_devices (Plan *plan, const Bundle *bundle)
{
  for (guint i = 0; i < bundle->net_devices->len; i++)
    {
      const NetDevice *device = &g_array_index (bundle->net_devices, NetDevice, i);
      Step *step = plan_add (plan, STEP_NET_DEVICE, &device->origin);
      step->path = device->name;
      step->dest = device->new_name;
    }
}

/* All wait for the container's namespaces, and it waits for them.  What can fail before a device moves has been done: a virtual one
 * would end with the container.  prestart comes first of the hooks. */
static void
compile_outside (Plan *plan, const Bundle *bundle)
{
  if (bundle->hooks[HOOK_PRESTART]->len + bundle->hooks[HOOK_CREATE_RUNTIME]->len + bundle->net_devices->len
      > 0)
    plan_add (plan, STEP_HOLD, NULL);
  compile_net_devices (plan, bundle);
  compile_hooks (plan, bundle, HOOK_PRESTART, STEP_HOOK_OUTSIDE, "creating");
  compile_hooks (plan, bundle, HOOK_CREATE_RUNTIME, STEP_HOOK_OUTSIDE, "creating");
  compile_hooks (plan, bundle, HOOK_CREATE_CONTAINER, STEP_HOOK_INSIDE, "creating");
}

static void
compile_root_propagation (Plan *plan, const Bundle *bundle)
{
  if (bundle->root_propagation == 0)
    return;
  MountAttributes *attributes = plan_own (plan, g_new0 (MountAttributes, 1));
  attributes->propagation[0] = bundle->root_propagation;
  attributes->n_propagation = 1;
  Step *step = plan_add (plan, STEP_ROOT_PROPAGATION, NULL);
  step->dest = "/";
  step->data = attributes;
}

static gboolean
compile_root (Plan *plan, const Spec *spec, GError **error)
{
  if (!compile_fs (plan, spec, error))
    return FALSE;
  compile_show_root (plan, spec);
  compile_outside (plan, spec->bundle);
  plan_add (plan, STEP_PIVOT, NULL);
  compile_root_propagation (plan, spec->bundle);
  return TRUE;
}

static gboolean
compile_container (Plan *plan, const Spec *spec, GError **error)
{
  IdPlan ids = { .uid = -1, .gid = -1 };

  if (!compile_ids (plan, spec, FALSE, &ids, error))
    return FALSE;
  compile_namespaces (plan, spec, &ids);
  compile_maps (plan, spec, &ids);
  plan_add (plan, STEP_TETHER, NULL);
  compile_identity (plan, spec, &ids);
  compile_contents (plan, spec);
  if (spec->ns[NS_MOUNT].join_fd < 0)
    return compile_root (plan, spec, error);
  compile_outside (plan, spec->bundle);
  return TRUE;
}

/* --- The process ------------------------------------------------------------------------------------------------ */

static void
compile_terminal (Plan *plan, const Spec *spec)
{
  const Bundle *bundle = spec->bundle;
  if (!bundle->terminal.given)
    return;
  Step *step = plan_add (plan, STEP_TERMINAL_NEW, &bundle->terminal.origin);
  step->value = (uint64_t) bundle->console_rows << 16 | bundle->console_columns;
  step->mode = bundle->user.uid;
  step->dest = bundle->enter_fd >= 0 || spec->ns[NS_MOUNT].join_fd >= 0 ? NULL : "/dev/console";
}

static void
compile_resources (Plan *plan, const Spec *spec)
{
  const Bundle *bundle = spec->bundle;

  compile_rlimits (plan, spec, STEP_EARLY_RLIMIT);
  if (bundle->enter_fd < 0)
    compile_oom_score (plan, bundle, STEP_OOM_SCORE);
  if (bundle->scheduler.given)
    plan_add (plan, STEP_SCHEDULER, &bundle->scheduler.origin)->data = &bundle->scheduler;
  if (bundle->io_priority.value >= 0)
    plan_add (plan, STEP_IO_PRIORITY, &bundle->io_priority.origin)->value =
        (uint64_t) bundle->io_priority.value;
  compile_affinity (plan, &bundle->final_affinity, STEP_AFFINITY);
  if (bundle->memory_policy.given)
    plan_add (plan, STEP_MEMORY_POLICY, &bundle->memory_policy.origin)->data = &bundle->memory_policy;
  if (bundle->personality.value >= 0)
    plan_add (plan, STEP_PERSONALITY, &bundle->personality.origin)->value =
        (uint64_t) bundle->personality.value;
  if (bundle->keyring)
    plan_add (plan, STEP_KEYRING, NULL)->path = plan_own (plan, g_strdup_printf ("_ses.%s", bundle->id));
  plan_add (plan, STEP_LEAD_SESSION, NULL);
  compile_terminal (plan, spec);
}

/* Without no_new_privs a filter takes CAP_SYS_ADMIN to load.  It is not in the other sets, so that executing the
 * program takes it away. */
static uint64_t
caps_until_exec (const Spec *spec)
{
  gboolean late_filter = spec->seccomp->len > 0 && spec->bundle->allow_new_privs;
  return late_filter ? (uint64_t) 1 << CAP_SYS_ADMIN : 0;
}

static void
compile_user (Plan *plan, const Spec *spec)
{
  const Bundle *bundle = spec->bundle;

  plan_add (plan, STEP_BOUND, &bundle->cap_sets.origin)->data = &bundle->cap_sets;
  Step *step = plan_add (plan, STEP_USER, &bundle->user.origin);
  step->data = &bundle->user;
  step = plan_add (plan, STEP_CAP_SETS, &bundle->cap_sets.origin);
  const LastCapabilities last = { &bundle->cap_sets, caps_until_exec (spec) };
  step->data = plan_own (plan, g_memdup2 (&last, sizeof last));
  if (!bundle->allow_new_privs)
    plan_add (plan, STEP_NO_NEW_PRIVS, NULL);
  if (bundle->apparmor.value != NULL && bundle->apparmor.value[0] != '\0')
    plan_add (plan, STEP_APPARMOR, &bundle->apparmor.origin)->path = bundle->apparmor.value;
  if (spec->exec_label.value != NULL && spec->exec_label.value[0] != '\0')
    plan_add (plan, STEP_EXEC_LABEL, &spec->exec_label.origin)->path = spec->exec_label.value;
}

static gboolean
compile_end (Plan *plan, const Spec *spec, GError **error)
{
  const Bundle *bundle = spec->bundle;

  const int until_exec[] = { bundle->gate_fd, bundle->hook_out, bundle->hook_err };
  plan->n_held = G_N_ELEMENTS (until_exec);
  plan->held = plan_own (plan, g_memdup2 (until_exec, sizeof until_exec));
  compile_fds (plan, spec);
  compile_umask (plan, spec);
  if (!compile_program (plan, spec, error))
    return FALSE;
  if (plan->program != NULL)
    plan_add (plan, STEP_FIND, NULL)->path = plan->program;
  if (!plan->die_with_parent)
    plan_add (plan, STEP_UNTETHER, NULL);
  if (bundle->enter_fd < 0)
    {
      plan_add (plan, STEP_GATE, NULL)->fd = bundle->gate_fd;
      compile_hooks (plan, bundle, HOOK_START_CONTAINER, STEP_HOOK_START, "created");
    }
  plan_add (plan, STEP_READY, NULL);
  if (plan->die_with_parent)
    plan_add (plan, STEP_TETHER_PROGRAM, NULL);
  if (!compile_seccomp (plan, spec, error))
    return FALSE;
  plan_add (plan, STEP_EXEC, NULL)->path = plan->program;
  return TRUE;
}

gboolean
compile_bundle (Plan *plan, const Spec *spec, GError **error)
{
  plan->container = plan->tethered = TRUE;
  plan->die_with_parent = spec->die_with_parent.given;
  plan->forward_signals = TRUE;
  plan->pty = spec->bundle->terminal.given;
  if (spec->bundle->visit)
    return compile_visit (plan, spec, error);
  if (!(spec->bundle->enter_fd >= 0 ? compile_entering (plan, spec->bundle, error)
                                    : compile_container (plan, spec, error)))
    return FALSE;
  compile_resources (plan, spec);
  compile_user (plan, spec);
  return compile_end (plan, spec, error);
}
