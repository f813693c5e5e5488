/* See unit.h. */
#include "cgroup/unit.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/number.h"
#include "cgroup/dbus.h"

#define SLICE ".slice"
#define SCOPE ".scope"

/* The length of a unit's name is that of a file's. */
#define MAX_NAME 255

/* cpu.max counts in periods of so many microseconds, if nothing is said. */
#define USUAL_PERIOD 100000

/* Systemd has the time per second in steps of so many microseconds. */
#define QUOTA_STEP 10000

/* What means no limit, and nothing said, to systemd. */
#define INFINITE G_MAXUINT64

/* --- Names ------------------------------------------------------------------------------------------------------- */

/* systemd.unit(5): other bytes are written "\xNN". */
static char *
escape (const char *name)
{
  GString *text = g_string_new (NULL);
  for (const char *c = name; *c; c++)
    if (g_ascii_isalnum (*c) || strchr (":_.-", *c))
      g_string_append_c (text, *c);
    else
      g_string_append_printf (text, "\\x%02x", (guchar) *c);
  return g_string_free (text, FALSE);
}

/* "a-b.slice": words with "-" between them. */
static gboolean
is_slice (const char *name)
{
  if (g_str_equal (name, "-" SLICE))
    return TRUE;
  if (!g_str_has_suffix (name, SLICE) || strlen (name) > MAX_NAME || strchr (name, '/') != NULL)
    return FALSE;
  g_autofree char *stem = g_strndup (name, strlen (name) - strlen (SLICE));
  g_auto (GStrv) words = g_strsplit (stem, "-", -1);
  gboolean ok = *stem != '\0';
  for (char **word = words; *word; word++)
    ok = ok && **word != '\0';
  return ok;
}

static gboolean
fail_path (const char *path, const char *why, GError **error)
{
  g_autofree char *shown = g_strescape (path, NULL);
  return fail (error, SNUG_ERROR_USAGE, _ ("/linux/cgroupsPath: \"%s\": %s"), shown, why);
}

gboolean
unit_name (const char *path, const char *name, gboolean system, char **slice, char **unit, GError **error)
{
  g_autofree char *whole = path && *path ? g_strdup (path) : g_strconcat ("::", name, NULL);
  g_auto (GStrv) parts = g_strsplit (whole, ":", -1);
  if (g_strv_length (parts) != 3)
    return fail_path (whole, _ ("with systemd it has the form SLICE:PREFIX:NAME"), error);
  const char *in = *parts[0] ? parts[0] : system ? "system" SLICE : "user" SLICE;
  if (!is_slice (in))
    return fail_path (whole, _ ("the slice has to be a name like user.slice or a-b.slice"), error);
  if (*parts[2] == '\0' || g_str_has_suffix (parts[2], SLICE))
    return fail_path (whole, _ ("the name has to be that of a scope"), error);

  g_autofree char *stem = g_strconcat (parts[1], *parts[1] ? "-" : "", parts[2], NULL);
  g_autofree char *escaped = escape (stem);
  g_autofree char *full = g_strconcat (escaped, SCOPE, NULL);
  if (strlen (full) > MAX_NAME)
    return fail_path (whole, _ ("the name is too long"), error);
  *slice = g_strdup (in);
  *unit = g_steal_pointer (&full);
  return TRUE;
}

char *
unit_slice_path (const char *slice)
{
  GString *path = g_string_new (NULL);
  if (g_str_equal (slice, "-" SLICE))
    return g_string_free (path, FALSE);
  for (const char *end = strpbrk (slice, "-."); end; end = *end == '-' ? strpbrk (end + 1, "-.") : NULL)
    g_string_append_printf (path, "/%.*s" SLICE, (int) (end - slice), slice);
  return g_string_free (path, FALSE);
}

/* --- Values ------------------------------------------------------------------------------------------------------ */

static void
add (GVariantBuilder *properties, const char *name, GVariant *value)
{
  g_variant_builder_add (properties, "(sv)", name, value);
}

static void
add_number (GVariantBuilder *properties, const char *name, guint64 value)
{
  add (properties, name, g_variant_new_uint64 (value));
}

/* "max" or a number. */
static gboolean
parse_limit (const char *text, guint64 *value)
{
  *value = INFINITE;
  return g_str_equal (text, "max") || parse_number (text, 10, G_MAXUINT64, value);
}

/* How the value of a cgroup's file becomes a property.  One that systemd would not take is left out: the file is written to
 * anyway, and if it was wrong, the kernel says so. */
typedef void Convert (GVariantBuilder *properties, const char *property, const char *text, gboolean idle);

static void
convert_size (GVariantBuilder *properties, const char *property, const char *text, gboolean idle G_GNUC_UNUSED)
{
  guint64 value;
  if (parse_limit (text, &value))
    add_number (properties, property, value);
}

/* Systemd takes no 0 for these. */
static void
convert_maximum (GVariantBuilder *properties, const char *property, const char *text, gboolean idle)
{
  if (!g_str_equal (text, "0"))
    convert_size (properties, property, text, idle);
}

/* Nor here, where 1 is the same: who is inside is one already. */
static void
convert_tasks (GVariantBuilder *properties, const char *property, const char *text, gboolean idle)
{
  convert_size (properties, property, g_str_equal (text, "0") ? "1" : text, idle);
}

static void
convert_weight (GVariantBuilder *properties, const char *property, const char *text,
                gboolean idle G_GNUC_UNUSED)
{
  guint64 value;
  if (parse_number (text, 10, 10000, &value) && value > 0)
    add_number (properties, property, value);
}

/* 0 is the idle weight; what is not idle has no weight but the one that is given besides. */
static void
convert_idle (GVariantBuilder *properties, const char *property, const char *text, gboolean idle)
{
  if (idle)
    add_number (properties, property, g_str_equal (text, "1") ? 0 : INFINITE);
}

/* "QUOTA PERIOD": the time in each period is told as the time in each second, and rounded up. */
static void
convert_quota (GVariantBuilder *properties, const char *property, const char *text, gboolean idle G_GNUC_UNUSED)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 2);
  guint64 quota, period = USUAL_PERIOD, second = INFINITE;
  if (words[0] == NULL || !parse_limit (words[0], &quota)
      || (words[1] && !parse_number (words[1], 10, G_MAXUINT32, &period)) || period == 0)
    return;
  if (quota != INFINITE && quota > INFINITE / G_USEC_PER_SEC)
    return;
  if (quota != INFINITE)
    second = (quota * G_USEC_PER_SEC / period + QUOTA_STEP - 1) / QUOTA_STEP * QUOTA_STEP;
  if (words[1])
    add_number (properties, "CPUQuotaPeriodUSec", period);
  add_number (properties, property, second);
}

/* "0-3,7" as a mask: bit 0 of the first byte is 0. */
static void
convert_list (GVariantBuilder *properties, const char *property, const char *text, gboolean idle G_GNUC_UNUSED)
{
  guint64 bits[MAX_CPUS / BITS_PER_WORD] = { 0 };
  guint8 mask[MAX_CPUS / 8];
  gsize length = 0;
  if (!parse_list (text, bits, G_N_ELEMENTS (bits)))
    return;
  for (gsize i = 0; i < sizeof mask; i++)
    if ((mask[i] = (guint8) (bits[i / 8] >> 8 * (i % 8))) != 0)
      length = i + 1;
  add (properties, property, g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, mask, length, 1));
}

/* Of a property that is there twice the last one counts: an idle weight together with another the kernel does not take. */
static const struct
{
  const char *file, *property;
  Convert *convert;
} rows[] = {
  { "memory.max", "MemoryMax", convert_maximum },
  { "memory.high", "MemoryHigh", convert_maximum },
  { "memory.low", "MemoryLow", convert_size },
  { "memory.min", "MemoryMin", convert_size },
  { "memory.swap.max", "MemorySwapMax", convert_size },
  { "cpu.idle", "CPUWeight", convert_idle },
  { "cpu.weight", "CPUWeight", convert_weight },
  { "cpu.max", "CPUQuotaPerSecUSec", convert_quota },
  { "cpuset.cpus", "AllowedCPUs", convert_list },
  { "cpuset.mems", "AllowedMemoryNodes", convert_list },
  { "pids.max", "TasksMax", convert_tasks },
  { "io.weight", "IOWeight", convert_weight },
};

/* The last value for @file; NULL: none. */
static const char *
value_of (const CgroupLimits *limits, const char *file)
{
  const char *value = NULL;
  for (guint i = 0; limits && i < limits->settings->len; i++)
    {
      const CgroupSetting *setting = &g_array_index (limits->settings, CgroupSetting, i);
      if (g_str_equal (setting->file, file))
        value = setting->value;
    }
  return value;
}

static void
add_limits (GVariantBuilder *properties, const CgroupLimits *limits, gboolean idle)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *value = value_of (limits, rows[i].file);
      if (value != NULL)
        rows[i].convert (properties, rows[i].property, value, idle);
    }
}

GVariant *
unit_limits (const CgroupLimits *limits, gboolean idle)
{
  g_auto (GVariantBuilder) properties = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sv)"));
  add_limits (&properties, limits, idle);
  return g_variant_builder_end (&properties);
}

gboolean
unit_limits_idle (const CgroupLimits *limits)
{
  return value_of (limits, "cpu.idle") != NULL;
}

/* --- What the user says of the unit ------------------------------------------------------------------------------ */

/* What we live by. */
static const char *const ours[] = { "Delegate", "PIDs", "Slice", NULL };

static gboolean
fail_property (const char *origin, const char *name, const char *why, GError **error)
{
  return fail (error, SNUG_ERROR_USAGE, "%s: %s: %s", origin, name, why);
}

/* Systemd's tools take seconds where its bus takes microseconds. */
static GVariant *
to_microseconds (GVariant *value)
{
  double seconds;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT32))
    seconds = g_variant_get_int32 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    seconds = g_variant_get_uint32 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    seconds = (double) g_variant_get_int64 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    seconds = (double) g_variant_get_uint64 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    seconds = g_variant_get_double (value);
  else
    return NULL;
  if (!(seconds >= 0 && seconds < (double) G_MAXINT64 / G_USEC_PER_SEC))
    return NULL;
  return g_variant_ref_sink (g_variant_new_uint64 ((guint64) (seconds * G_USEC_PER_SEC)));
}

gboolean
unit_add_property (GVariantBuilder *properties, const char *name, const char *text, const char *origin,
                   GError **error)
{
  g_autoptr (GError) failure = NULL;
  gsize length = strlen (name);
  gboolean letters = length > 0;
  for (const char *c = name; *c; c++)
    letters = letters && g_ascii_isalpha (*c);
  if (!letters)
    return fail_property (origin, name, _ ("this is no name of a property"), error);
  if (g_strv_contains (ours, name))
    return fail_property (origin, name, _ ("snug itself sets this property"), error);

  g_autoptr (GVariant) value = g_variant_parse (NULL, text, NULL, NULL, &failure);
  if (value == NULL)
    return fail_property (origin, text, failure->message, error);
  if (!dbus_has (value))
    return fail_property (origin, text, _ ("D-Bus has no values of this type"), error);
  if (!g_str_has_suffix (name, "Sec") || g_str_has_suffix (name, "USec"))
    {
      add (properties, name, value);
      return TRUE;
    }
  g_autoptr (GVariant) time = to_microseconds (value);
  if (time == NULL)
    return fail_property (origin, text, _ ("this is no number of seconds"), error);
  g_autofree char *real = g_strdup_printf ("%.*sUSec", (int) (length - strlen ("Sec")), name);
  add (properties, real, time);
  return TRUE;
}

/* --- The whole --------------------------------------------------------------------------------------------------- */

GVariant *
unit_scope (const char *description, const char *slice, const CgroupLimits *limits, gboolean idle,
            GVariant *more, pid_t pid)
{
  static const char *const yes[] = { "Delegate", "CPUAccounting", "MemoryAccounting", "IOAccounting",
                                     "TasksAccounting" };
  g_auto (GVariantBuilder) properties = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sv)"));
  const guint32 first = (guint32) pid;

  add (&properties, "Description", g_variant_new_string (description));
  add (&properties, "Slice", g_variant_new_string (slice));
  for (gsize i = 0; i < G_N_ELEMENTS (yes); i++)
    add (&properties, yes[i], g_variant_new_boolean (TRUE));
  add (&properties, "DefaultDependencies", g_variant_new_boolean (FALSE));
  add (&properties, "CollectMode", g_variant_new_string ("inactive-or-failed"));
  add_limits (&properties, limits, idle);
  for (gsize i = 0; more && i < g_variant_n_children (more); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (more, i);
      g_variant_builder_add_value (&properties, child);
    }
  if (pid > 0)
    add (&properties, "PIDs", g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, &first, 1, sizeof first));
  return g_variant_builder_end (&properties);
}
