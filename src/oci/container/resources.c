/* linux.resources and the options of `update` -> limits; config-linux.md, "Control groups".
 *
 * A table binds what is one number.  What cgroup v2 has nothing for is refused if it is asked for; what engines always send,
 * zeros and empty lists, is not asking.
 */
#include "oci/container/resources.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/io.h"
#include "oci/config/read.h"

#include <linux/bpf.h>

/* The value at @path, of names with "/" between them, below @top. */
typedef struct
{
  JsonCursor cursors[3];
  const JsonCursor *at;
  char *path; /* as a JSON pointer; owned */
} Place;

static void
place_clear (Place *place)
{
  g_free (place->path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

static void
find_place (Place *place, const JsonCursor *top, const char *const names[2])
{
  place->cursors[0] = json_member (top, names[0]);
  place->at = &place->cursors[0];
  if (names[1] != NULL)
    {
      place->cursors[1] = json_member (&place->cursors[0], names[1]);
      place->at = &place->cursors[1];
    }
  place->path = place->at->value ? json_path (place->at) : NULL;
}

static gint64
number_at (const JsonCursor *object, const char *name, gint64 otherwise)
{
  JsonCursor at = json_member (object, name);
  return at.value ? json_object_get_int64 (at.value) : otherwise;
}

/* --- Numbers ---------------------------------------------------------------------------------------------------- */

static const struct
{
  const char *names[2];
  LimitId id;
} numbers[] = {
  { { "memory", "limit" }, LIMIT_MEMORY }, { { "memory", "reservation" }, LIMIT_RESERVATION },
  { { "memory", "swap" }, LIMIT_SWAP },    { { "cpu", "shares" }, LIMIT_CPU_SHARES },
  { { "cpu", "quota" }, LIMIT_CPU_QUOTA }, { { "cpu", "period" }, LIMIT_CPU_PERIOD },
  { { "cpu", "burst" }, LIMIT_CPU_BURST }, { { "cpu", "idle" }, LIMIT_CPU_IDLE },
  { { "pids", "limit" }, LIMIT_PIDS },     { { "blockIO", "weight" }, LIMIT_IO_WEIGHT },
};

/* Written as they are. */
static const struct
{
  const char *names[2], *file;
} texts[] = {
  { { "cpu", "cpus" }, "cpuset.cpus" },
  { { "cpu", "mems" }, "cpuset.mems" },
};

/* What v1 could do and v2 can't.  zero: 0 asks for something as well. */
static const struct
{
  const char *names[2];
  gboolean zero;
} gone[] = {
  { { "memory", "swappiness" }, TRUE },        { { "memory", "kernelTCP" }, FALSE },
  { { "memory", "disableOOMKiller" }, FALSE }, { { "cpu", "realtimeRuntime" }, FALSE },
  { { "cpu", "realtimePeriod" }, FALSE },      { { "blockIO", "leafWeight" }, FALSE },
  { { "network", "classID" }, FALSE },
};

static gboolean
fail_gone (const char *path, GError **error)
{
  return fail (error, SNUG_ERROR_USAGE, _ ("%s: cgroup v2 has no such limit"), path);
}

static gboolean
check_gone (const JsonCursor *resources, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (gone); i++)
    {
      g_auto (Place) place = { 0 };
      find_place (&place, resources, gone[i].names);
      if (place.at->value && (gone[i].zero || json_object_get_int64 (place.at->value) > 0))
        return fail_gone (place.path, error);
    }
  JsonCursor network = json_member (resources, "network"), priorities = json_member (&network, "priorities");
  g_autofree char *path = json_path (&priorities);
  return json_length (&priorities) == 0 || fail_gone (path, error);
}

static void
read_numbers (const JsonCursor *resources, CgroupLimits *limits)
{
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_auto (Place) place = { 0 };
      find_place (&place, resources, numbers[i].names);
      if (place.at->value)
        cgroup_limit (limits, numbers[i].id, json_object_get_int64 (place.at->value), place.path);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_auto (Place) place = { 0 };
      find_place (&place, resources, texts[i].names);
      if (place.at->value && *json_object_get_string (place.at->value))
        cgroup_set (limits, texts[i].file, g_strdup (json_object_get_string (place.at->value)), place.path);
    }
}

/* --- Disks ------------------------------------------------------------------------------------------------------- */

/* "8:0" */
static char *
device_at (const JsonCursor *at)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, number_at (at, "major", 0),
                          number_at (at, "minor", 0));
}

/* A rate of 0 takes the limit away, as with v1. */
static void
read_rates (const JsonCursor *block, const char *name, const char *key, CgroupLimits *limits)
{
  JsonCursor array = json_member (block, name);
  for (gsize i = 0; i < json_length (&array); i++)
    {
      JsonCursor at = json_element (&array, i), rate_at = json_member (&at, "rate");
      guint64 rate = json_object_get_uint64 (rate_at.value);
      g_autofree char *device = device_at (&at), *path = json_path (&at);
      char *value = rate > 0 ? g_strdup_printf ("%s %s=%" G_GUINT64_FORMAT, device, key, rate)
                             : g_strdup_printf ("%s %s=max", device, key);
      cgroup_set (limits, "io.max", value, path)->if_there = rate == 0;
    }
}

static gboolean
read_weights (const JsonCursor *block, CgroupLimits *limits, GError **error)
{
  JsonCursor array = json_member (block, "weightDevice");
  for (gsize i = 0; i < json_length (&array); i++)
    {
      JsonCursor at = json_element (&array, i);
      gint64 weight = number_at (&at, "weight", 0);
      g_autofree char *device = device_at (&at), *path = json_path (&at);
      if (number_at (&at, "leafWeight", 0) > 0)
        return fail_gone (path, error);
      if (weight < 10 || weight > 1000)
        return json_fail (&at, error, _ ("a weight from 10 to 1000 is missing"));
      cgroup_set (limits, "io.bfq.weight", g_strdup_printf ("%s %" G_GINT64_FORMAT, device, weight), path)
          ->if_there = TRUE;
      cgroup_set (limits, "io.weight",
                  g_strdup_printf ("%s %" G_GUINT64_FORMAT, device, cgroup_io_weight ((guint64) weight)), path)
          ->instead = TRUE;
    }
  return TRUE;
}

static gboolean
read_block_io (const JsonCursor *resources, CgroupLimits *limits, GError **error)
{
  JsonCursor block = json_member (resources, "blockIO");
  read_rates (&block, "throttleReadBpsDevice", "rbps", limits);
  read_rates (&block, "throttleWriteBpsDevice", "wbps", limits);
  read_rates (&block, "throttleReadIOPSDevice", "riops", limits);
  read_rates (&block, "throttleWriteIOPSDevice", "wiops", limits);
  return read_weights (&block, limits, error);
}

/* --- Huge pages, RDMA, and whatever there is -------------------------------------------------------------------- */

/* "64KB", "2MB", "1GB" */
static gboolean
is_page_size (const char *text)
{
  gsize digits = strspn (text, "0123456789");
  return digits > 0 && text[0] != '0' && strlen (text) == digits + 2 && strchr ("KMG", text[digits])
         && text[digits + 1] == 'B';
}

/* What is reserved is limited first: a reservation that can't be met ends a process later. */
static gboolean
read_huge_pages (const JsonCursor *resources, CgroupLimits *limits, GError **error)
{
  JsonCursor array = json_member (resources, "hugepageLimits");
  for (gsize i = 0; i < json_length (&array); i++)
    {
      JsonCursor at = json_element (&array, i), size_at = json_member (&at, "pageSize"),
                 limit_at = json_member (&at, "limit");
      const char *size = json_object_get_string (size_at.value);
      g_autofree char *value = g_strdup_printf ("%" G_GUINT64_FORMAT, json_object_get_uint64 (limit_at.value));
      g_autofree char *path = json_path (&at);
      if (!is_page_size (size))
        return json_fail (&size_at, error, _ ("\"%s\" is no size of pages like 64KB, 2MB or 1GB"), size);
      g_autofree char *reserved = g_strdup_printf ("hugetlb.%s.rsvd.max", size);
      g_autofree char *used = g_strdup_printf ("hugetlb.%s.max", size);
      cgroup_set (limits, reserved, g_strdup (value), path)->if_there = TRUE;
      cgroup_set (limits, used, g_steal_pointer (&value), path);
    }
  return TRUE;
}

static gboolean
read_rdma (const JsonCursor *resources, CgroupLimits *limits, GError **error)
{
  JsonCursor map = json_member (resources, "rdma");
  if (map.value == NULL)
    return TRUE;
  json_object_object_foreach (map.value, name, object)
  {
    JsonCursor at = { .parent = &map, .name = name, .value = object };
    gint64 handles = number_at (&at, "hcaHandles", -1), objects = number_at (&at, "hcaObjects", -1);
    g_autoptr (GString) value = g_string_new (name);
    g_autofree char *path = json_path (&at);
    if (handles < 0 && objects < 0)
      return json_fail (&at, error, _ ("hcaHandles or hcaObjects is missing"));
    if (handles >= 0)
      g_string_append_printf (value, " hca_handle=%" G_GINT64_FORMAT, handles);
    if (objects >= 0)
      g_string_append_printf (value, " hca_object=%" G_GINT64_FORMAT, objects);
    cgroup_set (limits, "rdma.max", g_string_free (g_steal_pointer (&value), FALSE), path);
  }
  return TRUE;
}

/* Any file, but none elsewhere, and none that moves or ends processes. */
static gboolean
read_unified (const JsonCursor *resources, CgroupLimits *limits, GError **error)
{
  static const char *const ours[] = {
    "cgroup.procs",           "cgroup.threads", "cgroup.kill", "cgroup.freeze",
    "cgroup.subtree_control", "cgroup.type",    NULL
  };
  JsonCursor map = json_member (resources, "unified");
  if (map.value == NULL)
    return TRUE;
  json_object_object_foreach (map.value, name, text)
  {
    JsonCursor at = { .parent = &map, .name = name, .value = text };
    g_autofree char *path = json_path (&at);
    if (strchr (name, '/') != NULL || strchr (name, '.') == NULL || name[0] == '.'
        || g_strv_contains (ours, name))
      return json_fail (&at, error, _ ("this is no file of a limit"));
    cgroup_set (limits, name, g_strdup (json_object_get_string (text)), path);
  }
  return TRUE;
}

/* --- Devices ------------------------------------------------------------------------------------------------------ */

static gboolean
read_rule (const JsonCursor *at, DeviceRule *rule, GError **error)
{
  static const struct
  {
    char letter;
    guint flag;
  } accesses[] = { { 'r', BPF_DEVCG_ACC_READ }, { 'w', BPF_DEVCG_ACC_WRITE }, { 'm', BPF_DEVCG_ACC_MKNOD } };
  JsonCursor allow = json_member (at, "allow"), type = json_member (at, "type"),
             access = json_member (at, "access");
  const char *word = type.value ? json_object_get_string (type.value) : "a";
  const char *letters = access.value ? json_object_get_string (access.value) : "rwm";

  *rule = (DeviceRule){ .allow = json_object_get_boolean (allow.value),
                        .type = *word ? *word : 'a',
                        .major = number_at (at, "major", -1),
                        .minor = number_at (at, "minor", -1) };
  if (strlen (word) > 1 || strchr ("abc", rule->type) == NULL)
    return json_fail (&type, error, _ ("unknown device type \"%s\": it is a, b or c"), word);
  if (rule->major < -1 || rule->major > G_MAXUINT32 || rule->minor < -1 || rule->minor > G_MAXUINT32)
    return json_fail (at, error, _ ("there is no device of this number"));
  for (const char *letter = letters; *letter; letter++)
    {
      guint flag = 0;
      for (gsize i = 0; i < G_N_ELEMENTS (accesses); i++)
        flag |= accesses[i].letter == *letter ? accesses[i].flag : 0;
      if (flag == 0)
        return json_fail (&access, error, _ ("unknown access \"%s\": it is made of r, w and m"), letters);
      rule->access |= flag;
    }
  if (rule->access == 0)
    rule->access = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD;
  return TRUE;
}

static gboolean
read_devices (const JsonCursor *resources, CgroupLimits *limits, GError **error)
{
  JsonCursor array = json_member (resources, "devices");
  if (json_length (&array) == 0)
    return TRUE;
  limits->devices = g_array_new (FALSE, FALSE, sizeof (DeviceRule));
  limits->devices_origin = json_path (&array);
  for (gsize i = 0; i < json_length (&array); i++)
    {
      JsonCursor at = json_element (&array, i);
      DeviceRule rule;
      if (!read_rule (&at, &rule, error))
        return FALSE;
      g_array_append_val (limits->devices, rule);
    }
  return TRUE;
}

/* --- All of it ---------------------------------------------------------------------------------------------------- */

gboolean
resources_read (const JsonCursor *resources, CgroupLimits *limits, GError **error)
{
  JsonCursor memory = json_member (resources, "memory"), check = json_member (&memory, "checkBeforeUpdate");
  limits->check_memory = check.value != NULL && json_object_get_boolean (check.value);
  if (!check_gone (resources, error))
    return FALSE;
  read_numbers (resources, limits);
  return read_block_io (resources, limits, error) && read_huge_pages (resources, limits, error)
         && read_rdma (resources, limits, error) && read_unified (resources, limits, error)
         && read_devices (resources, limits, error);
}

/* --- The options of `update` ------------------------------------------------------------------------------------- */

#define FIELD(name) offsetof (OciOptions, name)

static const struct
{
  const char *name;
  gsize field;
  LimitId id;
} options_of[] = {
  { "--memory", FIELD (memory), LIMIT_MEMORY },
  { "--memory-reservation", FIELD (memory_reservation), LIMIT_RESERVATION },
  { "--memory-swap", FIELD (memory_swap), LIMIT_SWAP },
  { "--cpu-quota", FIELD (cpu_quota), LIMIT_CPU_QUOTA },
  { "--cpu-period", FIELD (cpu_period), LIMIT_CPU_PERIOD },
  { "--cpu-burst", FIELD (cpu_burst), LIMIT_CPU_BURST },
  { "--cpu-share", FIELD (cpu_shares), LIMIT_CPU_SHARES },
  { "--cpu-idle", FIELD (cpu_idle), LIMIT_CPU_IDLE },
  { "--blkio-weight", FIELD (blkio_weight), LIMIT_IO_WEIGHT },
  { "--pids-limit", FIELD (pids_limit), LIMIT_PIDS },
};

static const struct
{
  const char *name;
  gsize field;
  const char *file;
} words_of[] = {
  { "--cpuset-cpus", FIELD (cpuset_cpus), "cpuset.cpus" },
  { "--cpuset-mems", FIELD (cpuset_mems), "cpuset.mems" },
};

static gboolean
check_real_time (const OciOptions *options, GError **error)
{
  if (options->cpu_rt_period.value > 0)
    return fail_gone ("--cpu-rt-period", error);
  return options->cpu_rt_runtime.value <= 0 || fail_gone ("--cpu-rt-runtime", error);
}

static gboolean
read_options (const OciOptions *options, CgroupLimits *limits, guint *n, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (options_of); i++)
    {
      const OciNumber *number =
          (const OciNumber *) (const void *) ((const char *) options + options_of[i].field);
      if (number->given)
        cgroup_limit (limits, options_of[i].id, number->value, options_of[i].name);
      *n += number->given;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (words_of); i++)
    {
      const char *word = *(const char *const *) (const void *) ((const char *) options + words_of[i].field);
      if (word != NULL)
        cgroup_set (limits, words_of[i].file, g_strdup (word), words_of[i].name);
      *n += word != NULL;
    }
  return check_real_time (options, error);
}

static gboolean
read_document (const char *path, CgroupLimits *limits, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  g_autoptr (json_object) document = NULL;

  if (!read_input (path, JSON_MAX_LENGTH, &text, &length, error))
    {
      g_prefix_error (error, "--resources ");
      return FALSE;
    }
  if (json_load (text, length, &document, error))
    {
      JsonCursor top = json_top (document);
      if (json_require (&top, error) && json_check_kind (&top, JSON_OBJECT, error)
          && config_read_resources (NULL, &top, error) && resources_read (&top, limits, error))
        return TRUE;
    }
  g_prefix_error (error, "--resources %s: ", path);
  return FALSE;
}

gboolean
resources_of_options (const OciOptions *options, CgroupLimits *limits, GError **error)
{
  guint n = 0;
  if (!read_options (options, limits, &n, error))
    return FALSE;
  if (options->resources != NULL && n > 0)
    return fail (error, SNUG_ERROR_USAGE,
                 _ ("--resources and the options of single limits exclude each other"));
  return options->resources == NULL || read_document (options->resources, limits, error);
}
