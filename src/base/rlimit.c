/* The names of resource limits: see rlimit.h. */
#include "base/rlimit.h"

#include <glib.h>
#include <sys/resource.h>

static const char *const names[] = {
  [RLIMIT_AS] = "as",           [RLIMIT_CORE] = "core",         [RLIMIT_CPU] = "cpu",
  [RLIMIT_DATA] = "data",       [RLIMIT_FSIZE] = "fsize",       [RLIMIT_LOCKS] = "locks",
  [RLIMIT_MEMLOCK] = "memlock", [RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice",
  [RLIMIT_NOFILE] = "nofile",   [RLIMIT_NPROC] = "nproc",       [RLIMIT_RSS] = "rss",
  [RLIMIT_RTPRIO] = "rtprio",   [RLIMIT_RTTIME] = "rttime",     [RLIMIT_SIGPENDING] = "sigpending",
  [RLIMIT_STACK] = "stack",
};

int
rlimit_by_name (const char *name)
{
  for (int i = 0; i < (int) G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (names[i], name) == 0)
      return i;
  return -1;
}

const char *
rlimit_name (int resource)
{
  return resource >= 0 && resource < (int) G_N_ELEMENTS (names) ? names[resource] : NULL;
}
