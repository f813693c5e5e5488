/* Spec -> Plan.  Reads from top to bottom as the stages do. */
#include "plan/build.h"

#include "base/sys.h"
#include "cgroup/limits.h"

#include <sys/stat.h>

const Stage stages[N_STAGES] = {
#define STAGE(name, where, what) { #name, where, what },
#include "plan/stages.def"
#undef STAGE
};

const StepInfo step_infos[N_STEP_KINDS] = {
#define STEP(kind, stage, function, what) { #kind, STAGE_##stage, what },
#include "plan/steps.def"
#undef STEP
};

/* --- The Plan's life ------------------------------------------------------------------------------ */

static Plan *
plan_new (const Spec *spec)
{
  Plan *plan = g_new0 (Plan, 1);
  plan->steps = g_array_sized_new (FALSE, TRUE, sizeof (Step), spec->fs->len + 32);
  plan->owned = g_ptr_array_new_with_free_func (g_free);
  plan->own_fds = g_array_new (FALSE, FALSE, sizeof (int));
  for (NamespaceType type = 0; type < N_NAMESPACES; type++)
    plan->join[type].join_fd = -1;
  plan->enter_fd = -1;
  plan->info_fd = plan->json_status_fd = -1;
  return plan;
}

void
plan_free (Plan *plan)
{
  g_array_unref (plan->steps);
  g_ptr_array_unref (plan->owned);
  g_array_unref (plan->own_fds);
  g_clear_pointer (&plan->limits, cgroup_limits_free);
  g_clear_pointer (&plan->unit_properties, g_variant_unref);
  g_free (plan);
}

static Step *
insert_step (Plan *plan, guint place, StepKind kind, const Origin *origin)
{
  static const Origin nobody = { 0 };
  const Step step = { .kind = (uint16_t) kind, .fd = -1, .origin = origin != NULL ? origin : &nobody };
  g_array_insert_val (plan->steps, place, step);
  return &g_array_index (plan->steps, Step, place);
}

Step *
plan_add (Plan *plan, StepKind kind, const Origin *origin)
{
  return insert_step (plan, plan->steps->len, kind, origin);
}

Step *
plan_add_early (Plan *plan, StepKind kind, const Origin *origin)
{
  while (plan->n_early < plan->steps->len
         && step_infos[plan_step (plan, plan->n_early)->kind].stage < STAGE_enter)
    plan->n_early++;
  return insert_step (plan, plan->n_early++, kind, origin);
}

gpointer
plan_own (Plan *plan, gpointer memory)
{
  g_ptr_array_add (plan->owned, memory);
  return memory;
}

void
plan_own_fd (Plan *plan, int fd)
{
  g_array_append_val (plan->own_fds, fd);
}

/* Adds a step that has just a descriptor, if one was given. */
static void
add_fd (Plan *plan, StepKind kind, const Descriptor *descriptor)
{
  if (descriptor->value < 0)
    return;
  plan_add (plan, kind, &descriptor->origin)->fd = descriptor->value;
  plan_own_fd (plan, descriptor->value);
}

/* --- Namespaces -------------------------------------------------------------------------------------- */

static gboolean
namespace_is_new (const Spec *spec, NamespaceType type)
{
  const Namespace *ns = &spec->ns[type];
  return ns->unshare && !(type == NS_CGROUP && ns->optional && access ("/proc/self/ns/cgroup", F_OK) != 0);
}

void
compile_namespaces (Plan *plan, const Spec *spec, const IdPlan *ids)
{
  plan->clone_flags = (spec->ns[NS_MOUNT].join_fd < 0 ? CLONE_NEWNS : 0) | (ids->unshare ? CLONE_NEWUSER : 0);
  for (NamespaceType type = NS_PID; type <= NS_CGROUP; type++)
    if (namespace_is_new (spec, type))
      plan->clone_flags |= namespace_names[type].flag;

  for (NamespaceType type = 0; type < N_NAMESPACES; type++)
    if (spec->ns[type].join_fd >= 0)
      {
        plan->join[type] = spec->ns[type];
        plan_own_fd (plan, spec->ns[type].join_fd);
      }
}

/* Made by the clone, it would begin at the cgroup that the monitor is in, and not at the one that is made for the sandbox. */
void
compile_cgroup_namespace (Plan *plan, const Spec *spec)
{
  if ((spec->bundle == NULL && plan->limits == NULL) || !(plan->clone_flags & CLONE_NEWCGROUP))
    return;
  plan->clone_flags &= ~(uint64_t) CLONE_NEWCGROUP;
  plan_add (plan, STEP_CGROUP_NAMESPACE, &spec->ns[NS_CGROUP].origin);
}

/* Whether a process of ours stays inside, beside the program. */
static gboolean
needs_init (const Spec *spec)
{
  return !spec->as_pid_1.given
         && (spec->ns[NS_PID].unshare || spec->lock_files->len > 0 || spec->sync_fd.value >= 0
             || spec->pty.given);
}

/* devpts is mounted by --dev only, and refuses where id 0 is not mapped. */
static gboolean
needs_devpts (const Spec *spec)
{
  for (guint i = 0; i < spec->fs->len; i++)
    if (g_array_index (spec->fs, FsOp, i).kind == FS_DEV)
      return TRUE;
  return FALSE;
}

/* --- Stages, one function each ------------------------------------------------------------------------ */

static MapText *
own_maps (Plan *plan, const MapText *maps)
{
  return plan_own (plan, g_memdup2 (maps, sizeof *maps));
}

void
compile_maps (Plan *plan, const Spec *spec, const IdPlan *ids)
{
  plan->maps = ids->outer;
  if (ids->by_helper)
    plan_add (plan, STEP_MAP_RANGES, &spec->map_origin)->data = own_maps (plan, &ids->outer);
  add_fd (plan, STEP_INFO, &spec->info_fd);
  add_fd (plan, STEP_STATUS, &spec->json_status_fd);
  add_fd (plan, STEP_AWAIT_MAPS, &spec->userns_block_fd);
  plan->info_fd = spec->info_fd.value;
  plan->json_status_fd = spec->json_status_fd.value;
}

void
compile_identity (Plan *plan, const Spec *spec, const IdPlan *ids)
{
  if (ids->outer.uid != NULL && !ids->by_helper)
    plan_add (plan, STEP_MAP_SELF, &spec->uid.origin)->data = own_maps (plan, &ids->outer);

  if (ids->uid >= 0 || ids->gid >= 0)
    {
      Step *step = plan_add (plan, STEP_SET_IDS, ids->uid >= 0 ? &spec->uid.origin : &spec->gid.origin);
      step->value = (uint64_t) (uint32_t) ids->uid << 32 | (uint32_t) ids->gid;
      gboolean keep = spec->bundle != NULL && spec->bundle->user.keep_groups;
      step->flags = ids->by_helper && !ids->no_groups && !keep ? STEP_DROP_GROUPS : 0;
      step->flags |= spec->bundle != NULL && spec->ns[NS_USER].join_fd >= 0 ? STEP_OPTIONAL : 0;
    }
}

void
compile_system (Plan *plan, const Spec *spec)
{
  if (spec->ns[NS_NET].unshare)
    plan_add (plan, STEP_LOOPBACK, &spec->ns[NS_NET].origin);
  if (spec->hostname.value != NULL)
    plan_add (plan, STEP_HOSTNAME, &spec->hostname.origin)->path = spec->hostname.value;
}

static void
compile_userns (Plan *plan, const Spec *spec, const IdPlan *ids)
{
  add_fd (plan, STEP_JOIN_USERNS, &spec->userns2_fd);
  if (spec->disable_userns.given)
    plan_add (plan, STEP_LIMIT_USERNS, &spec->disable_userns.origin);
  if (ids->nested)
    plan_add (plan, STEP_NEST_USERNS, NULL)->data = own_maps (plan, &ids->inner);
  if (spec->disable_userns.given || spec->assert_userns_disabled.given)
    plan_add (plan, STEP_ASSERT_USERNS,
              spec->disable_userns.given ? &spec->disable_userns.origin : &spec->assert_userns_disabled.origin);
}

/* bubblewrap leaves root's capabilities to root alone: executing as another id drops them. */
static gboolean
keeps_root_caps (const Spec *spec)
{
  return spec->defaults.keep_root_caps && getuid () == 0 && !spec->caps_given;
}

static void
compile_privileges (Plan *plan, const Spec *spec)
{
  if (!keeps_root_caps (spec))
    {
      const uint64_t caps[2] = { spec->caps, spec->required_caps };
      plan_add (plan, STEP_CAPS, NULL)->data = plan_own (plan, g_memdup2 (caps, sizeof caps));
    }
  plan_add (plan, STEP_NO_NEW_PRIVS, NULL);
  if (plan->tethered)
    plan_add (plan, STEP_TETHER_AGAIN, NULL);
}

static void
compile_process (Plan *plan, const Spec *spec)
{
  plan->max_places = MIN (spec->fs->len, MAX_PLACES_HELD);
  plan->n_held = spec->lock_files->len + plan->max_places + 3;
  plan->held = plan_own (plan, g_new (int, plan->n_held));
  memset (plan->held, -1, plan->n_held * sizeof *plan->held);
  plan->held[0] = spec->sync_fd.value;

  for (guint i = 0; i < spec->lock_files->len; i++)
    {
      const Text *lock = &g_array_index (spec->lock_files, Text, i);
      Step *step = plan_add (plan, STEP_LOCK, &lock->origin);
      step->path = lock->value;
      step->data = &plan->held[i + 1];
    }
  if (spec->exec_label.value != NULL)
    plan_add (plan, STEP_EXEC_LABEL, &spec->exec_label.origin)->path = spec->exec_label.value;
  if (spec->new_session.given)
    plan_add (plan, STEP_SESSION, &spec->new_session.origin);
  if (spec->pty.given)
    plan_add (plan, STEP_CONSOLE, &spec->pty.origin);
  add_fd (plan, STEP_AWAIT, &spec->block_fd);
}

/* Which descriptors live on.  All, for bwrap, but those that options named for us: these are closed.  What init holds
 * lives on in init; where there is none, the program holds sync_fd. */
void
compile_fds (Plan *plan, const Spec *spec)
{
  gboolean all = spec->defaults.keep_all_fds;
  GArray *list = g_array_new (FALSE, TRUE, sizeof (int));

  for (guint i = 0; !all && i < spec->keep_fds->len; i++)
    g_array_append_val (list, g_array_index (spec->keep_fds, Descriptor, i).value);
  if (all)
    g_array_append_vals (list, plan->own_fds->data, plan->own_fds->len);
  if (!all && !plan->has_init && spec->sync_fd.value >= 0)
    g_array_append_val (list, spec->sync_fd.value);

  Step *step = plan_add (plan, STEP_FDS, NULL);
  step->flags = all ? STEP_KEEP_ALL : 0;
  step->size = list->len;
  g_array_set_size (list, list->len + plan->n_held + 2);
  step->data = plan_own (plan, g_array_free (list, FALSE));
}

static void
compile_init (Plan *plan, const Spec *spec)
{
  compile_fds (plan, spec);
  if (plan->has_init)
    plan_add (plan, STEP_FORK, NULL);
  if (spec->pty.given)
    plan_add (plan, STEP_TERMINAL, &spec->pty.origin);
}

static mode_t
current_umask (void)
{
  mode_t mask = umask (0);
  umask (mask);
  return mask;
}

void
compile_umask (Plan *plan, const Spec *spec)
{
  plan_add (plan, STEP_UMASK, &spec->umask.origin)->mode =
      spec->umask.value >= 0 ? (uint32_t) spec->umask.value : current_umask ();
}

void
compile_rlimits (Plan *plan, const Spec *spec, StepKind kind)
{
  for (guint i = 0; i < spec->rlimits->len; i++)
    {
      const Rlimit *limit = &g_array_index (spec->rlimits, Rlimit, i);
      const uint64_t pair[2] = { limit->soft, limit->hard };
      Step *step = plan_add (plan, kind, &limit->origin);
      step->mode = (uint32_t) limit->resource;
      step->data = plan_own (plan, g_memdup2 (pair, sizeof pair));
    }
}

static void
compile_limits (Plan *plan, const Spec *spec)
{
  compile_umask (plan, spec);
  if (spec->nice.value != 0)
    plan_add (plan, STEP_NICE, &spec->nice.origin)->value = (uint64_t) spec->nice.value;
  compile_rlimits (plan, spec, STEP_RLIMIT);
}

static gboolean
compile_seal (Plan *plan, const Spec *spec, GError **error)
{
  if (plan->tethered && plan->has_init)
    plan_add (plan, STEP_TETHER_PROGRAM, NULL);
  if (spec->caps != 0 && !keeps_root_caps (spec))
    plan_add (plan, STEP_AMBIENT, NULL);
  return compile_seccomp (plan, spec, error);
}

/* --- All of it ------------------------------------------------------------------------------------------- */

static gboolean
compile_sandbox (Plan *plan, const Spec *spec, GError **error)
{
  IdPlan ids = { .uid = -1, .gid = -1 };

  if (!compile_ids (plan, spec, needs_devpts (spec), &ids, error))
    return FALSE;
  if (!compile_allowances (plan, spec, error))
    return FALSE;
  compile_namespaces (plan, spec, &ids);
  plan->has_init = needs_init (spec);
  plan->die_with_parent = spec->die_with_parent.given;
  plan->tethered = spec->defaults.tethered || spec->die_with_parent.given;
  plan->forward_signals = spec->defaults.forward_signals;
  plan->guard_init = plan->tethered && spec->info_fd.value < 0 && spec->json_status_fd.value < 0;
  plan->tidy = spec->defaults.tidy;
  plan->pty = spec->pty.given;
  plan->shares_terminal = !spec->pty.given && !spec->new_session.given;

  compile_maps (plan, spec, &ids);
  if (plan->tethered)
    plan_add (plan, STEP_TETHER, NULL);
  compile_identity (plan, spec, &ids);
  compile_cgroup_namespace (plan, spec);
  compile_system (plan, spec);
  if (!compile_fs (plan, spec, error))
    return FALSE;
  plan_add (plan, STEP_PIVOT, NULL);
  compile_userns (plan, spec, &ids);
  compile_privileges (plan, spec);
  compile_process (plan, spec);
  compile_init (plan, spec);
  compile_limits (plan, spec);
  if (!compile_program (plan, spec, error) || !compile_seal (plan, spec, error))
    return FALSE;
  plan_add (plan, STEP_EXEC, NULL);
  return TRUE;
}

Plan *
plan_compile (const Spec *spec, GError **error)
{
  g_autoptr (Plan) plan = plan_new (spec);

  for (guint i = 0; i < spec->used_fds->len; i++)
    plan_own_fd (plan, g_array_index (spec->used_fds, Descriptor, i).value);
  plan->hints = spec->defaults.hints;
  if (!(spec->bundle != NULL ? compile_bundle : compile_sandbox) (plan, spec, error))
    return NULL;
  return g_steal_pointer (&plan);
}
