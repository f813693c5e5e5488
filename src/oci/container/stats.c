/* Statistics as runc writes them, with its names, in nanoseconds where it has those.  Programs that read them know v1's
 * meaning: swap is memory and swap together, and no limit is the largest number. */
#include "oci/container/stats.h"

#define NSEC (G_GUINT64_CONSTANT (1000))

static void
add_number (json_object *object, const char *name, guint64 value)
{
  json_add (object, name, json_object_new_uint64 (value));
}

static void
add_averages (json_object *pressure, const char *name, const double average[3], guint64 total)
{
  static const char *const names[] = { "avg10", "avg60", "avg300" };
  json_object *object = json_object_new_object ();
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    json_add (object, names[i], json_object_new_double (average[i]));
  add_number (object, "total", total);
  json_add (pressure, name, object);
}

static void
add_pressure (json_object *parent, const CgroupPressure *pressure)
{
  if (!pressure->there)
    return;
  json_object *object = json_object_new_object ();
  add_averages (object, "some", pressure->some.average, pressure->some.total);
  add_averages (object, "full", pressure->full.average, pressure->full.total);
  json_add (parent, "psi", object);
}

static json_object *
cpu_document (const CgroupStats *stats)
{
  json_object *cpu = json_object_new_object (), *usage = json_object_new_object (),
              *throttling = json_object_new_object ();
  add_number (usage, "total", stats->cpu * NSEC);
  add_number (usage, "kernel", stats->cpu_system * NSEC);
  add_number (usage, "user", stats->cpu_user * NSEC);
  add_number (throttling, "periods", stats->periods);
  add_number (throttling, "throttledPeriods", stats->throttled_periods);
  add_number (throttling, "throttledTime", stats->throttled * NSEC);
  json_add (cpu, "usage", usage);
  json_add (cpu, "throttling", throttling);
  add_pressure (cpu, &stats->cpu_pressure);
  return cpu;
}

static json_object *
memory_entry (guint64 limit, guint64 used, guint64 peak, guint64 failures)
{
  json_object *entry = json_object_new_object ();
  add_number (entry, "limit", limit);
  add_number (entry, "usage", used);
  add_number (entry, "max", peak);
  add_number (entry, "failcnt", failures);
  return entry;
}

/* memory.stat as it is. */
static json_object *
memory_details (const CgroupStats *stats)
{
  json_object *object = json_object_new_object ();
  g_auto (GStrv) lines = g_strsplit (stats->memory_details ? stats->memory_details : "", "\n", -1);
  for (char **line = lines; *line; line++)
    {
      char *space = strchr (*line, ' ');
      if (space == NULL)
        continue;
      *space = '\0';
      add_number (object, *line, g_ascii_strtoull (space + 1, NULL, 10));
    }
  return object;
}

static guint64
add_limits (guint64 a, guint64 b)
{
  return a > G_MAXUINT64 - b ? G_MAXUINT64 : a + b;
}

static json_object *
memory_document (const CgroupStats *stats)
{
  json_object *memory = json_object_new_object ();
  add_number (memory, "cache", stats->cache);
  json_add (memory, "usage",
            memory_entry (stats->memory_limit, stats->memory, stats->memory_peak, stats->memory_failures));
  json_add (
      memory, "swap",
      memory_entry (add_limits (stats->memory_limit, stats->swap_limit), stats->memory + stats->swap, 0, 0));
  json_add (memory, "kernel", memory_entry (0, 0, 0, 0));
  json_add (memory, "kernelTCP", memory_entry (0, 0, 0, 0));
  json_add (memory, "raw", memory_details (stats));
  add_pressure (memory, &stats->memory_pressure);
  return memory;
}

/* For runc, 0 is no limit. */
static json_object *
pids_document (const CgroupStats *stats)
{
  json_object *pids = json_object_new_object ();
  add_number (pids, "current", stats->pids);
  if (stats->pids_limit != G_MAXUINT64)
    add_number (pids, "limit", stats->pids_limit);
  return pids;
}

static void
add_operation (json_object *array, const CgroupDisk *disk, const char *operation, guint64 value)
{
  json_object *entry = json_object_new_object ();
  add_number (entry, "major", disk->major);
  add_number (entry, "minor", disk->minor);
  json_add (entry, "op", json_text (operation));
  add_number (entry, "value", value);
  json_object_array_add (array, entry);
}

static json_object *
disks_document (const CgroupStats *stats)
{
  json_object *object = json_object_new_object (), *bytes = json_object_new_array (),
              *times = json_object_new_array ();
  for (guint i = 0; i < stats->disks->len; i++)
    {
      const CgroupDisk *disk = &g_array_index (stats->disks, CgroupDisk, i);
      add_operation (bytes, disk, "Read", disk->read_bytes);
      add_operation (bytes, disk, "Write", disk->written_bytes);
      add_operation (times, disk, "Read", disk->reads);
      add_operation (times, disk, "Write", disk->writes);
    }
  json_add (object, "ioServiceBytesRecursive", bytes);
  json_add (object, "ioServicedRecursive", times);
  add_pressure (object, &stats->io_pressure);
  return object;
}

static json_object *
huge_pages_document (const CgroupStats *stats)
{
  json_object *object = json_object_new_object ();
  for (guint i = 0; i < stats->huge_pages->len; i++)
    {
      const CgroupHugePages *pages = &g_array_index (stats->huge_pages, CgroupHugePages, i);
      json_object *entry = json_object_new_object ();
      add_number (entry, "usage", pages->used);
      add_number (entry, "failcnt", pages->failures);
      json_add (object, pages->size, entry);
    }
  return object;
}

json_object *
stats_document (const CgroupStats *stats)
{
  json_object *data = json_object_new_object ();
  json_add (data, "cpu", cpu_document (stats));
  json_add (data, "memory", memory_document (stats));
  json_add (data, "pids", pids_document (stats));
  json_add (data, "blkio", disks_document (stats));
  json_add (data, "hugetlb", huge_pages_document (stats));
  return data;
}
