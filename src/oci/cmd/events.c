/* snug-oci events: see verbs.def.
 *
 * Statistics come every interval, what happens when the kernel tells it: cgroup.events and memory.events wake up who polls
 * them.  On a terminal there is a line of a table in the place of each object.
 */
#include "oci/cmd/cmd.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/text.h"
#include "oci/container/cgroup.h"
#include "oci/container/stats.h"

#include <fcntl.h>
#include <poll.h>

#define INTERVAL 5000 /* milliseconds, as runc has it */

/* A container being watched. */
typedef struct
{
  const char *id;
  const Cgroup *cgroup;
  gboolean table;
  guint64 oom_kills; /* that have been told */
} Watch;

static void
print_event (const Watch *watch, const char *type, json_object *data)
{
  g_autoptr (json_object) event = json_object_new_object ();
  json_add (event, "type", json_text (type));
  json_add (event, "id", json_text (watch->id));
  json_add (event, "data", data);
  printf ("%s\n", json_plain (event));
}

/* --- A table for people --------------------------------------------------------------------------------------- */

#define N_COLUMNS 6

static void
print_cells (const char *const cells[N_COLUMNS])
{
  static const int widths[N_COLUMNS] = { -12, 10, 20, 14, 12, 12 };
  for (gsize i = 0; i < N_COLUMNS; i++)
    {
      g_autofree char *cell = text_pad (cells[i], widths[i]);
      printf ("%s%s", cell, i + 1 < N_COLUMNS ? " " : "\n");
    }
}

static char *
share (guint64 used, guint64 limit)
{
  g_autofree char *first = g_format_size_full (used, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *second = g_format_size_full (limit, G_FORMAT_SIZE_IEC_UNITS);
  return limit == G_MAXUINT64 || limit == 0 ? g_steal_pointer (&first)
                                            : g_strdup_printf ("%s / %s", first, second);
}

static void
print_row (const CgroupStats *stats)
{
  guint64 read_bytes = 0, written = 0;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%H:%M:%S");
  g_autofree char *cpu = g_strdup_printf ("%.2f s", (double) stats->cpu / G_USEC_PER_SEC);
  g_autofree char *memory = share (stats->memory, stats->memory_limit);
  g_autofree char *pids =
      stats->pids_limit == G_MAXUINT64
          ? g_strdup_printf ("%" G_GUINT64_FORMAT, stats->pids)
          : g_strdup_printf ("%" G_GUINT64_FORMAT " / %" G_GUINT64_FORMAT, stats->pids, stats->pids_limit);
  for (guint i = 0; i < stats->disks->len; i++)
    {
      read_bytes += g_array_index (stats->disks, CgroupDisk, i).read_bytes;
      written += g_array_index (stats->disks, CgroupDisk, i).written_bytes;
    }
  g_autofree char *in = share (read_bytes, 0), *out = share (written, 0);
  print_cells ((const char *const[]){ time, cpu, memory, pids, in, out });
}

static void
print_stats (const Watch *watch)
{
  g_autoptr (CgroupStats) stats = cgroup_stats (watch->cgroup);
  if (watch->table)
    print_row (stats);
  else
    print_event (watch, "stats", stats_document (stats));
  fflush (stdout);
}

/* --- Watching --------------------------------------------------------------------------------------------------- */

static void
tell (const Watch *watch, const char *what)
{
  if (watch->table)
    printf ("%s\n", what);
  else
    print_event (watch, what, NULL);
  fflush (stdout);
}

static void
tell_kills (Watch *watch)
{
  g_autoptr (CgroupStats) stats = cgroup_stats (watch->cgroup);
  for (; watch->oom_kills < stats->oom_kills; watch->oom_kills++)
    tell (watch, "oom");
}

/* An event that is waited for at a file which can be read from its beginning again; that starts the next wait. */
static void
read_again (int fd)
{
  char text[512];
  if (fd >= 0 && pread (fd, text, sizeof text, 0) < 0)
    return; /* its end is told by the process's */
}

/* Until the container ends, or nobody listens. */
static void
watch_until_end (Watch *watch, int process, guint64 interval)
{
  Fd memory = openat (watch->cgroup->dir, "memory.events", O_RDONLY | O_CLOEXEC);
  struct pollfd fds[] = { { process, POLLIN, 0 }, { memory, POLLPRI, 0 }, { STDOUT_FILENO, 0, 0 } };
  gint64 next = g_get_monotonic_time ();

  while (!(fds[0].revents & POLLIN) && !(fds[2].revents & POLLERR))
    {
      gint64 left = next - g_get_monotonic_time ();
      if (left <= 0)
        {
          print_stats (watch);
          next += (gint64) interval * 1000;
          continue;
        }
      read_again (memory);
      tell_kills (watch);
      poll (fds, G_N_ELEMENTS (fds), (int) MIN (left / 1000 + 1, G_MAXINT));
    }
  tell_kills (watch);
  if (fds[0].revents & POLLIN)
    tell (watch, "exit");
}

static gboolean
watch_container (const OciOptions *options, const Container *container, const Cgroup *cgroup, GError **error)
{
  g_autoptr (CgroupStats) before = cgroup_stats (cgroup);
  Watch watch = { container->id, cgroup, !options->stats && isatty (STDOUT_FILENO), before->oom_kills };
  if (options->stats)
    {
      print_stats (&watch);
      return TRUE;
    }
  Fd process = container_pidfd (container, error);
  if (process < 0)
    return FALSE;
  if (watch.table)
    print_cells ((const char *const[]){ _ ("TIME"), _ ("CPU"), _ ("MEMORY"), _ ("PROCESSES"), _ ("READ"),
                                        _ ("WRITTEN") });
  watch_until_end (&watch, process, options->interval ? options->interval : INTERVAL);
  return TRUE;
}

int
cmd_events (const OciOptions *options, GError **error)
{
  g_autoptr (Store) store = store_open (options->root, error);
  g_autoptr (Container) container =
      store ? container_look (store, options->arguments[0], LOCK_NONE, error) : NULL;
  if (container == NULL)
    return -1;
  if (container->status == STATUS_STOPPED)
    return fail (error, SNUG_ERROR_FAILED, _ ("container not running: %s"), container->id), -1;
  g_autoptr (Cgroup) cgroup = container_cgroup (container, error);
  return cgroup != NULL && watch_container (options, container, cgroup, error) ? 0 : -1;
}
