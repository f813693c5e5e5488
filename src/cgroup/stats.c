/* Reading what a cgroup counts: see stats.h. */
#include "cgroup/stats.h"

#include "base/number.h"
#include "cgroup/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

/* One number in a file; no limit is "max", no file is 0. */
static guint64
read_value (int dir, const char *file)
{
  g_autofree char *text = cgroup_read (dir, file);
  guint64 value = 0;
  if (text == NULL)
    return 0;
  return parse_number (text, 10, G_MAXUINT64, &value) ? value : G_MAXUINT64;
}

/* --- Files of keys and values ------------------------------------------------------------------------------ */

#define IN(field) offsetof (CgroupStats, field)

static const struct
{
  const char *file, *key;
  gsize field;
} keys[] = {
  { "cpu.stat", "usage_usec", IN (cpu) },
  { "cpu.stat", "user_usec", IN (cpu_user) },
  { "cpu.stat", "system_usec", IN (cpu_system) },
  { "cpu.stat", "nr_periods", IN (periods) },
  { "cpu.stat", "nr_throttled", IN (throttled_periods) },
  { "cpu.stat", "throttled_usec", IN (throttled) },
  { "memory.events", "max", IN (memory_failures) },
  { "memory.events", "oom_kill", IN (oom_kills) },
  { "memory.stat", "file", IN (cache) },
};

static const struct
{
  const char *file;
  gsize field;
} values[] = {
  { "memory.current", IN (memory) },      { "memory.peak", IN (memory_peak) },
  { "memory.max", IN (memory_limit) },    { "memory.swap.current", IN (swap) },
  { "memory.swap.max", IN (swap_limit) }, { "pids.current", IN (pids) },
  { "pids.max", IN (pids_limit) },
};

static guint64 *
field_of (CgroupStats *stats, gsize offset)
{
  return (guint64 *) (void *) ((char *) stats + offset);
}

static void
read_numbers (CgroupStats *stats, int dir)
{
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    *field_of (stats, values[i].field) = read_value (dir, values[i].file);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *text = cgroup_read (dir, keys[i].file);
      *field_of (stats, keys[i].field) = text ? cgroup_value_of (text, keys[i].key, 0) : 0;
    }
}

/* --- Pressure ------------------------------------------------------------------------------------------------ */

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" */
static void
read_pressure (CgroupPressure *pressure, int dir, const char *file)
{
  g_autofree char *text = cgroup_read (dir, file);
  g_auto (GStrv) lines = g_strsplit (text ? text : "", "\n", -1);
  for (char **line = lines; *line; line++)
    {
      gboolean full = g_str_has_prefix (*line, "full ");
      const char *at = *line;
      for (gsize i = 0; i < 3 && (at = strchr (at, '=')) != NULL; i++)
        (full ? &pressure->full : &pressure->some)->average[i] = g_ascii_strtod (++at, NULL);
      if (at == NULL || (at = strchr (at, '=')) == NULL)
        continue;
      (full ? &pressure->full : &pressure->some)->total = g_ascii_strtoull (at + 1, NULL, 10);
      pressure->there = TRUE;
    }
}

/* --- Disks, huge pages --------------------------------------------------------------------------------------- */

static guint64
pair_value (char **words, const char *key)
{
  gsize length = strlen (key);
  for (char **word = words; *word; word++)
    if (strncmp (*word, key, length) == 0 && (*word)[length] == '=')
      return g_ascii_strtoull (*word + length + 1, NULL, 10);
  return 0;
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6" */
static void
read_disks (CgroupStats *stats, int dir)
{
  g_autofree char *text = cgroup_read (dir, "io.stat");
  g_auto (GStrv) lines = g_strsplit (text ? text : "", "\n", -1);
  for (char **line = lines; *line; line++)
    {
      g_auto (GStrv) words = g_strsplit (*line, " ", -1);
      const char *minor = words[0] ? strchr (words[0], ':') : NULL;
      if (minor == NULL || words[1] == NULL)
        continue;
      const CgroupDisk disk = { (unsigned) g_ascii_strtoull (words[0], NULL, 10),
                                (unsigned) g_ascii_strtoull (minor + 1, NULL, 10),
                                pair_value (words, "rbytes"),
                                pair_value (words, "wbytes"),
                                pair_value (words, "rios"),
                                pair_value (words, "wios") };
      g_array_append_val (stats->disks, disk);
    }
}

static void
clear_huge_pages (CgroupHugePages *pages)
{
  g_free (pages->size);
}

/* A file for each size: "hugetlb.2MB.current" */
static void
read_huge_pages (CgroupStats *stats, int dir)
{
  static const char before[] = "hugetlb.", after[] = ".current";
  int listed = openat (dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = listed < 0 ? NULL : fdopendir (listed);
  for (struct dirent *entry = entries ? readdir (entries) : NULL; entry; entry = readdir (entries))
    {
      g_autofree char *size = NULL;
      if (!g_str_has_prefix (entry->d_name, before) || !g_str_has_suffix (entry->d_name, after))
        continue;
      size = g_strndup (entry->d_name + strlen (before),
                        strlen (entry->d_name) - strlen (before) - strlen (after));
      if (strchr (size, '.') != NULL) /* what is reserved */
        continue;
      g_autofree char *events = g_strdup_printf ("hugetlb.%s.events", size);
      g_autofree char *text = cgroup_read (dir, events);
      const CgroupHugePages pages = { .used = read_value (dir, entry->d_name),
                                      .failures = text ? cgroup_value_of (text, "max", 0) : 0,
                                      .size = g_steal_pointer (&size) };
      g_array_append_val (stats->huge_pages, pages);
    }
  if (entries)
    closedir (entries);
}

CgroupStats *
cgroup_stats (const Cgroup *cgroup)
{
  CgroupStats *stats = g_new0 (CgroupStats, 1);
  stats->disks = g_array_new (FALSE, FALSE, sizeof (CgroupDisk));
  stats->huge_pages = g_array_new (FALSE, FALSE, sizeof (CgroupHugePages));
  g_array_set_clear_func (stats->huge_pages, (GDestroyNotify) clear_huge_pages);
  read_numbers (stats, cgroup->dir);
  stats->memory_details = cgroup_read (cgroup->dir, "memory.stat");
  read_disks (stats, cgroup->dir);
  read_huge_pages (stats, cgroup->dir);
  read_pressure (&stats->cpu_pressure, cgroup->dir, "cpu.pressure");
  read_pressure (&stats->memory_pressure, cgroup->dir, "memory.pressure");
  read_pressure (&stats->io_pressure, cgroup->dir, "io.pressure");
  return stats;
}

void
cgroup_stats_free (CgroupStats *stats)
{
  g_array_unref (stats->disks);
  g_array_unref (stats->huge_pages);
  g_free (stats->memory_details);
  g_free (stats);
}
