/* From numbers to files of a cgroup: see limits.h. */
#include "cgroup/limits.h"

#include "base/error.h"
#include "base/i18n.h"
#include "cgroup/tree.h"

/* --- Conversions ------------------------------------------------------------------------------------------------ */

#define BITS 44  /* of a logarithm's fraction */
#define TERMS 20 /* of a series that converges for less than ln 2 */
#define LN_2 0.69314718055994530942
#define LOG2_10 3.32192809488736234787
#define TINY 1e-9 /* what these are not exact by */

/* Linking the library of mathematics would cost every start of a sandbox more than this does. */
static double
log_2 (guint64 number)
{
  int whole = 63 - __builtin_clzll (number);
  double rest = (double) number / (double) (G_GUINT64_CONSTANT (1) << whole), log = whole, bit = 0.5;
  for (int i = 0; i < BITS; i++, bit /= 2)
    if ((rest *= rest) >= 2)
      {
        rest /= 2;
        log += bit;
      }
  return log;
}

static double
power_of_2 (double exponent)
{
  int whole = (int) exponent;
  double x = (exponent - whole) * LN_2, term = 1, sum = 1;
  for (int i = 1; i < TERMS; i++)
    sum += term *= x / i;
  return sum * (double) (G_GUINT64_CONSTANT (1) << whole);
}

/* The smallest, the usual and the largest shares are the smallest, the usual and the largest weight: a parabola through
 * (2, 1), (1024, 100), (262144, 10000), all in logarithms, and rounded up. */
guint64
cgroup_weight (guint64 shares)
{
  if (shares <= 2)
    return 1;
  if (shares >= 262144)
    return 10000;
  double log = log_2 (shares);
  return (guint64) (power_of_2 (((log * log + 125 * log) / 612 - 7.0 / 34) * LOG2_10) - TINY) + 1;
}

guint64
cgroup_io_weight (guint64 weight)
{
  return 1 + (weight - 10) * 9999 / 990;
}

guint64
cgroup_bfq_weight (guint64 weight)
{
  return weight <= 100 ? weight : 100 + (weight - 100) * 900 / 9900;
}

static char *
number_or_max (gint64 value)
{
  return value < 0 ? g_strdup ("max") : g_strdup_printf ("%" G_GINT64_FORMAT, value);
}

/* --- What is asked for ---------------------------------------------------------------------------------------- */

static void
clear_setting (CgroupSetting *setting)
{
  g_free (setting->file);
  g_free (setting->value);
  g_free (setting->origin);
}

CgroupLimits *
cgroup_limits_new (void)
{
  CgroupLimits *limits = g_new0 (CgroupLimits, 1);
  limits->settings = g_array_new (FALSE, TRUE, sizeof (CgroupSetting));
  g_array_set_clear_func (limits->settings, (GDestroyNotify) clear_setting);
  return limits;
}

void
cgroup_limits_free (CgroupLimits *limits)
{
  for (LimitId id = 0; id < N_LIMITS; id++)
    g_free (limits->numbers[id].origin);
  g_clear_pointer (&limits->settings, g_array_unref);
  g_clear_pointer (&limits->devices, g_array_unref);
  g_free (limits->devices_origin);
  g_free (limits);
}

void
cgroup_limit (CgroupLimits *limits, LimitId id, gint64 value, const char *origin)
{
  LimitNumber *number = &limits->numbers[id];
  g_free (number->origin);
  *number = (LimitNumber){ TRUE, value, g_strdup (origin) };
}

CgroupSetting *
cgroup_set (CgroupLimits *limits, const char *file, char *value, const char *origin)
{
  const CgroupSetting setting = { .file = g_strdup (file), .value = value, .origin = g_strdup (origin) };
  g_array_append_val (limits->settings, setting);
  return &g_array_index (limits->settings, CgroupSetting, limits->settings->len - 1);
}

/* The scheduler that has weights of its own comes first. */
void
cgroup_set_io_weight (CgroupLimits *limits, guint64 bfq, guint64 weight, const char *origin)
{
  cgroup_set (limits, "io.bfq.weight", g_strdup_printf ("%" G_GUINT64_FORMAT, bfq), origin)->if_there = TRUE;
  cgroup_set (limits, "io.weight", g_strdup_printf ("%" G_GUINT64_FORMAT, weight), origin)->instead = TRUE;
}

char *
cgroup_controller_of (const char *file)
{
  g_autofree char *name = g_strndup (file, strcspn (file, "."));
  return g_str_equal (name, "cgroup") ? NULL : g_steal_pointer (&name);
}

const char *
cgroup_limits_need (const CgroupLimits *limits, const char *controller)
{
  for (guint i = 0; limits && i < limits->settings->len; i++)
    {
      const CgroupSetting *setting = &g_array_index (limits->settings, CgroupSetting, i);
      g_autofree char *name = cgroup_controller_of (setting->file);
      if (!setting->if_there && (controller == NULL || g_strcmp0 (name, controller) == 0))
        return setting->origin;
    }
  return NULL;
}

/* --- Numbers --------------------------------------------------------------------------------------------------- */

typedef gboolean Compile (CgroupLimits *limits, const LimitNumber *number, const char *file, GError **error);

static gboolean
fail_number (const LimitNumber *number, const char *why, GError **error)
{
  return fail (error, SNUG_ERROR_USAGE, "%s: %" G_GINT64_FORMAT ": %s", number->origin, number->value, why);
}

/* 0: not asked for; below: no limit. */
static gboolean
compile_size (CgroupLimits *limits, const LimitNumber *number, const char *file, GError **error G_GNUC_UNUSED)
{
  if (number->value != 0)
    cgroup_set (limits, file, number_or_max (number->value), number->origin)->if_there = number->value < 0;
  return TRUE;
}

static gboolean
compile_count (CgroupLimits *limits, const LimitNumber *number, const char *file, GError **error G_GNUC_UNUSED)
{
  cgroup_set (limits, file, number_or_max (number->value), number->origin)->if_there = number->value < 0;
  return TRUE;
}

/* 0 is what there is without it. */
static gboolean
compile_extra (CgroupLimits *limits, const LimitNumber *number, const char *file, GError **error)
{
  if (number->value < 0)
    return fail_number (number, _ ("it can't be less than 0"), error);
  cgroup_set (limits, file, number_or_max (number->value), number->origin)->if_there = number->value == 0;
  return TRUE;
}

/* What v1 limits together v2 limits one by one.  Without a limit of memory there is none of swap, as it was with v1. */
static gboolean
compile_swap (CgroupLimits *limits, const LimitNumber *number, const char *file, GError **error)
{
  const LimitNumber *memory = &limits->numbers[LIMIT_MEMORY];
  gint64 swap = number->given ? number->value : 0;

  if (swap == 0 && memory->given && memory->value < 0)
    cgroup_set (limits, file, g_strdup ("max"), memory->origin)->if_there = TRUE;
  if (swap == 0)
    return TRUE;
  if (swap < 0)
    return compile_size (limits, number, file, error);
  if (!memory->given || memory->value <= 0)
    return fail_number (number, _ ("swap can't be limited without a limit of memory"), error);
  if (swap < memory->value)
    return fail_number (number, _ ("memory and swap together can't be less than the limit of memory"), error);
  cgroup_set (limits, file, number_or_max (swap - memory->value), number->origin)->if_there =
      swap == memory->value;
  return TRUE;
}

static gboolean
compile_shares (CgroupLimits *limits, const LimitNumber *number, const char *file, GError **error)
{
  if (number->value < 0)
    return fail_number (number, _ ("it can't be less than 0"), error);
  if (number->value > 0)
    cgroup_set (limits, file, g_strdup_printf ("%" G_GUINT64_FORMAT, cgroup_weight ((guint64) number->value)),
                number->origin);
  return TRUE;
}

/* cpu.max holds both: a quota alone leaves the period as it is. */
static gboolean
compile_quota (CgroupLimits *limits, const LimitNumber *number, const char *file, GError **error)
{
  const LimitNumber *period = &limits->numbers[LIMIT_CPU_PERIOD];
  gint64 quota = number->given ? number->value : 0, length = period->given ? period->value : 0;
  const char *origin = quota != 0 ? number->origin : period->origin;

  if (length < 0)
    return fail_number (period, _ ("it can't be less than 0"), error);
  if (quota == 0 && length == 0)
    return TRUE;
  g_autofree char *first = number_or_max (quota > 0 ? quota : -1);
  char *value = length > 0 ? g_strdup_printf ("%s %" G_GINT64_FORMAT, first, length) : g_steal_pointer (&first);
  cgroup_set (limits, file, value, origin)->if_there = quota <= 0;
  return TRUE;
}

static gboolean
compile_io_weight (CgroupLimits *limits, const LimitNumber *number, const char *file G_GNUC_UNUSED,
                   GError **error)
{
  guint64 weight = (guint64) number->value;
  if (weight == 0)
    return TRUE;
  if (weight < 10 || weight > 1000)
    return fail_number (number, _ ("a weight is from 10 to 1000"), error);
  cgroup_set_io_weight (limits, weight, cgroup_io_weight (weight), number->origin);
  return TRUE;
}

/* In the order in which they are written.  Those with always look at other numbers too. */
static const struct
{
  LimitId id;
  const char *file;
  Compile *compile;
  gboolean always;
} rows[] = {
  { LIMIT_MEMORY, "memory.max", compile_size, FALSE },
  { LIMIT_SWAP, "memory.swap.max", compile_swap, TRUE },
  { LIMIT_RESERVATION, "memory.low", compile_size, FALSE },
  { LIMIT_CPU_IDLE, "cpu.idle", compile_extra, FALSE },
  { LIMIT_CPU_SHARES, "cpu.weight", compile_shares, FALSE },
  { LIMIT_CPU_BURST, "cpu.max.burst", compile_extra, FALSE },
  { LIMIT_CPU_QUOTA, "cpu.max", compile_quota, TRUE },
  { LIMIT_PIDS, "pids.max", compile_count, FALSE },
  { LIMIT_IO_WEIGHT, "io.weight", compile_io_weight, FALSE },
};

void
cgroup_limits_complete (CgroupLimits *limits, int dir)
{
  const LimitNumber *swap = &limits->numbers[LIMIT_SWAP], *period = &limits->numbers[LIMIT_CPU_PERIOD];
  const LimitNumber *memory = &limits->numbers[LIMIT_MEMORY], *quota = &limits->numbers[LIMIT_CPU_QUOTA];
  g_autofree char *memory_text = cgroup_read (dir, "memory.max"), *cpu_text = cgroup_read (dir, "cpu.max");

  if (swap->given && swap->value > 0 && (!memory->given || memory->value == 0) && memory_text
      && *memory_text != 'm')
    cgroup_limit (limits, LIMIT_MEMORY, g_ascii_strtoll (memory_text, NULL, 10), swap->origin);
  if (period->given && period->value > 0 && (!quota->given || quota->value == 0) && cpu_text
      && *cpu_text != 'm')
    cgroup_limit (limits, LIMIT_CPU_QUOTA, g_ascii_strtoll (cpu_text, NULL, 10), period->origin);
  const char *length = cpu_text ? strchr (cpu_text, ' ') : NULL;
  if (quota->given && quota->value > 0 && (!period->given || period->value == 0) && length)
    cgroup_limit (limits, LIMIT_CPU_PERIOD, g_ascii_strtoll (length, NULL, 10), quota->origin);
}

gboolean
cgroup_limits_compile (CgroupLimits *limits, GError **error)
{
  g_autoptr (GArray) others = g_steal_pointer (&limits->settings);
  gboolean ok = TRUE;
  limits->settings = g_array_new (FALSE, TRUE, sizeof (CgroupSetting));
  g_array_set_clear_func (limits->settings, (GDestroyNotify) clear_setting);
  for (gsize i = 0; ok && i < G_N_ELEMENTS (rows); i++)
    {
      const LimitNumber *number = &limits->numbers[rows[i].id];
      if (number->given || rows[i].always)
        ok = rows[i].compile (limits, number, rows[i].file, error);
    }
  g_array_append_vals (limits->settings, others->data, others->len);
  g_array_set_clear_func (others, NULL);
  return ok;
}
