/* What the sandbox as a whole may use, as files of its cgroup and their values: Documentation/admin-guide/cgroup-v2.rst. */
#include "plan/build.h"

#include "base/error.h"
#include "base/i18n.h"
#include "cgroup/cgroup.h"
#include "cgroup/unit.h"

/* --- Values ------------------------------------------------------------------------------------------------- */

/* The kernel gives out time in periods of so many microseconds. */
#define PERIOD CPU_SHARE

static char *
value_of (const Allowance *allowed, AllowanceId id)
{
  if (id == ALLOW_CPUSET)
    return g_strdup (allowed->text);
  if (allowed->value == NO_LIMIT)
    return g_strdup ("max");
  if (id == ALLOW_CPUS)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " %d", allowed->value, PERIOD);
  return g_strdup_printf ("%" G_GUINT64_FORMAT, allowed->value);
}

static void
add (CgroupLimits *limits, const Allowance *allowed, AllowanceId id, const char *file)
{
  g_autofree char *origin = origin_to_string (&allowed->origin);
  if (id == ALLOW_IO_WEIGHT)
    cgroup_set_io_weight (limits, cgroup_bfq_weight (allowed->value), allowed->value, origin);
  else
    cgroup_set (limits, file, value_of (allowed, id), origin)->if_there = allowed->value == NO_LIMIT;
}

/* What no longer fits into the memory would go to swap: who limits the one and says nothing of the other means both. */
static void
add_no_swap (CgroupLimits *limits, const Allowance *memory, const char *file)
{
  g_autofree char *origin = origin_to_string (&memory->origin);
  cgroup_set (limits, file, g_strdup ("0"), origin)->if_there = TRUE;
}

static void
compile_values (CgroupLimits *limits, const Allowance *allowed)
{
  static const char *const files[N_ALLOWANCES] = {
#define ALLOWANCE(id, name, file) [ALLOW_##id] = file,
#include "spec/allowances.def"
#undef ALLOWANCE
  };
  const Allowance *memory = &allowed[ALLOW_MEMORY];

  for (AllowanceId id = 0; id < N_ALLOWANCES; id++)
    if (allowed[id].given)
      add (limits, &allowed[id], id, files[id]);
  if (memory->given && memory->value != NO_LIMIT && !allowed[ALLOW_SWAP].given)
    add_no_swap (limits, memory, files[ALLOW_SWAP]);
}

/* --- Who makes it ---------------------------------------------------------------------------------------------- */

static gboolean
compile_manager (Plan *plan, const Text *manager, GError **error)
{
  static const struct
  {
    const char *name;
    CgroupManager manager;
  } managers[] = { { "systemd", CGROUP_BY_SYSTEMD }, { "cgroupfs", CGROUP_BY_FS } };

  if (manager->value == NULL)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (managers); i++)
    if (g_str_equal (manager->value, managers[i].name))
      {
        plan->cgroup_manager = (int) managers[i].manager;
        return TRUE;
      }
  fail (error, SNUG_ERROR_USAGE, _ ("%s takes systemd or cgroupfs"), "--cgroup-manager");
  return prefix_origin (error, &manager->origin);
}

static gboolean
add_property (GVariantBuilder *properties, const Text *property, GError **error)
{
  const char *equals = strchr (property->value, '=');
  g_autofree char *name = g_strndup (property->value, (gsize) (equals - property->value));
  g_autofree char *origin = origin_to_string (&property->origin);
  return unit_add_property (properties, name, equals + 1, origin, error);
}

/* Only systemd's cgroups have units. */
static gboolean
compile_properties (Plan *plan, const GArray *list, GError **error)
{
  g_auto (GVariantBuilder) properties = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sv)"));
  if (list->len == 0)
    return TRUE;
  if (plan->cgroup_manager == CGROUP_BY_FS)
    {
      fail (error, SNUG_ERROR_USAGE,
            _ ("there is no unit to have it, as --cgroup-manager cgroupfs makes none"));
      return prefix_origin (error, &g_array_index (list, Text, 0).origin);
    }
  for (guint i = 0; i < list->len; i++)
    if (!add_property (&properties, &g_array_index (list, Text, i), error))
      return FALSE;
  plan->unit_properties = g_variant_ref_sink (g_variant_builder_end (&properties));
  plan->cgroup_manager = CGROUP_BY_SYSTEMD;
  return TRUE;
}

gboolean
compile_allowances (Plan *plan, const Spec *spec, GError **error)
{
  if (!spec_limits (spec))
    return TRUE;
  plan->limits = cgroup_limits_new ();
  compile_values (plan->limits, spec->allowed);
  return compile_manager (plan, &spec->cgroup_manager, error)
         && compile_properties (plan, spec->unit_properties, error);
}
