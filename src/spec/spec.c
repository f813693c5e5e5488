/* The Spec's life, and how an origin reads. */
#include "spec/bundle.h"

#include "base/number.h"

#include <linux/sched.h>
#include <sched.h>

const NamespaceNames namespace_names[N_NAMESPACES] = {
  [NS_USER] = { "user", "user", "user", CLONE_NEWUSER },
  [NS_MOUNT] = { "mount", "mount", "mnt", CLONE_NEWNS },
  [NS_PID] = { "pid", "pid", "pid", CLONE_NEWPID },
  [NS_NET] = { "net", "network", "net", CLONE_NEWNET },
  [NS_IPC] = { "ipc", "ipc", "ipc", CLONE_NEWIPC },
  [NS_UTS] = { "uts", "uts", "uts", CLONE_NEWUTS },
  [NS_CGROUP] = { "cgroup", "cgroup", "cgroup", CLONE_NEWCGROUP },
  [NS_TIME] = { "time", "time", "time", CLONE_NEWTIME },
};

gboolean
id_range_set (IdRange *range, guint64 inside, guint64 outside, guint64 count)
{
  if (count == 0 || inside + count - 1 > MAX_ID || outside + count - 1 > MAX_ID)
    return FALSE;
  range->inside = (guint32) inside;
  range->outside = (guint32) outside;
  range->count = (guint32) count;
  return TRUE;
}

gboolean
id_map_find (const GArray *map, guint64 inside, guint64 *outside)
{
  for (guint i = 0; i < map->len; i++)
    {
      const IdRange *range = &g_array_index (map, IdRange, i);
      if (inside < range->inside || inside - range->inside >= range->count)
        continue;
      if (outside != NULL)
        *outside = range->outside + (inside - range->inside);
      return TRUE;
    }
  return FALSE;
}

gboolean
id_map_has_outside (const GArray *map, guint64 outside)
{
  for (guint i = 0; i < map->len; i++)
    {
      const IdRange *range = &g_array_index (map, IdRange, i);
      if (outside >= range->outside && outside < (guint64) range->outside + range->count)
        return TRUE;
    }
  return FALSE;
}

static const FsDetails no_details = { .fd = -1, .mode = -1 };

FsOp *
spec_insert_fs (Spec *spec, guint place, FsKind kind, const char *dest, const Origin *origin)
{
  const FsOp op = { .kind = kind, .dest = dest, .details = &no_details, .origin = *origin };
  g_array_insert_val (spec->fs, place, op);
  return &g_array_index (spec->fs, FsOp, place);
}

FsOp *
spec_add_fs (Spec *spec, FsKind kind, const char *dest, const Origin *origin)
{
  return spec_insert_fs (spec, spec->fs->len, kind, dest, origin);
}

FsDetails *
fs_op_details (FsOp *op)
{
  if (op->details == &no_details)
    op->details = g_memdup2 (&no_details, sizeof no_details);
  return (FsDetails *) op->details;
}

static void
fs_op_clear (gpointer data)
{
  FsOp *op = data;
  if (op->details == &no_details)
    return;
  g_autofree FsDetails *details = fs_op_details (op);
  g_clear_pointer (&details->layers, g_ptr_array_unref);
  g_clear_pointer (&details->uid_map, g_array_unref);
  g_clear_pointer (&details->gid_map, g_array_unref);
}

static GArray *
array_of (guint size)
{
  return g_array_new (FALSE, FALSE, size);
}

Spec *
spec_new (guint room)
{
  Spec *spec = g_new0 (Spec, 1);

  for (int i = 0; i < N_NAMESPACES; i++)
    spec->ns[i].join_fd = -1;

  Descriptor *descriptors[] = { &spec->userns2_fd, &spec->userns_block_fd, &spec->sync_fd,
                                &spec->block_fd,   &spec->info_fd,         &spec->json_status_fd };
  for (gsize i = 0; i < G_N_ELEMENTS (descriptors); i++)
    descriptors[i]->value = -1;

  spec->uid.value = spec->gid.value = spec->umask.value = -1;
  spec->uid_map = array_of (sizeof (IdRange));
  spec->gid_map = array_of (sizeof (IdRange));
  spec->fs = g_array_sized_new (FALSE, FALSE, sizeof (FsOp), room);
  g_array_set_clear_func (spec->fs, fs_op_clear);
  spec->rlimits = array_of (sizeof (Rlimit));
  spec->keep_fds = array_of (sizeof (Descriptor));
  spec->used_fds = array_of (sizeof (Descriptor));
  spec->seccomp = array_of (sizeof (SeccompFilter));
  spec->lock_files = array_of (sizeof (Text));
  spec->unit_properties = array_of (sizeof (Text));
  return spec;
}

void
spec_free (Spec *spec)
{
  GArray *arrays[] = { spec->uid_map,  spec->gid_map, spec->fs,         spec->rlimits,        spec->keep_fds,
                       spec->used_fds, spec->seccomp, spec->lock_files, spec->unit_properties };
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_array_unref (arrays[i]);

  g_clear_pointer (&spec->bundle, bundle_free);
  g_strfreev (spec->env);
  g_free (spec);
}

Bundle *
bundle_new (void)
{
  Bundle *bundle = g_new0 (Bundle, 1);

  bundle->user.groups = array_of (sizeof (guint32));
  bundle->sysctls = array_of (sizeof (Sysctl));
  bundle->oom_score_adj.value = G_MININT64;
  bundle->io_priority.value = bundle->personality.value = -1;
  bundle->time_offsets = array_of (sizeof (TimeOffset));
  bundle->net_devices = array_of (sizeof (NetDevice));
  for (HookMoment moment = 0; moment < N_HOOKS; moment++)
    bundle->hooks[moment] = array_of (sizeof (Hook));
  bundle->enter_fd = bundle->gate_fd = bundle->hook_out = bundle->hook_err = -1;
  bundle->owned = g_ptr_array_new_with_free_func (g_free);
  return bundle;
}

void
bundle_free (Bundle *bundle)
{
  GArray *arrays[] = { bundle->user.groups, bundle->sysctls, bundle->time_offsets, bundle->net_devices };
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_array_unref (arrays[i]);
  for (HookMoment moment = 0; moment < N_HOOKS; moment++)
    g_array_unref (bundle->hooks[moment]);
  g_ptr_array_unref (bundle->owned);
  g_free (bundle);
}

gpointer
bundle_own (Bundle *bundle, gpointer memory)
{
  g_ptr_array_add (bundle->owned, memory);
  return memory;
}

gboolean
spec_limits (const Spec *spec)
{
  for (AllowanceId id = 0; id < N_ALLOWANCES; id++)
    if (spec->allowed[id].given)
      return TRUE;
  return spec->unit_properties->len > 0;
}

char *
origin_to_string (const Origin *origin)
{
  if (origin->words == NULL)
    return NULL;

  GString *text = g_string_new (origin->words[0]);
  for (guint i = 1; i < origin->n_words; i++)
    g_string_append_printf (text, " %s", origin->words[i]);
  if (origin->position != 0)
    g_string_append_printf (text, " (argument %u)", origin->position);
  return g_string_free (text, FALSE);
}

gboolean
prefix_origin (GError **error, const Origin *origin)
{
  g_autofree char *where = origin_to_string (origin);
  if (where != NULL)
    g_prefix_error (error, "%s: ", where);
  return FALSE;
}
