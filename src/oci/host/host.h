/* What this host is and lets the caller do.
 *
 * host.c reads it from /proc, /sys and /etc, attempt.c tries it, abilities.c concludes what of snug-oci works here.  The
 * document made of that is what `info` prints.
 *
 * Must not: change or leave anything, print.
 */
#pragma once

#include "base/json-build.h"
#include "cgroup/tree.h"
#include "oci/host/attempt.h"

typedef struct
{
  char *place;        /* where below its mount we or our systemd may make groups; NULL: nowhere */
  char **controllers; /* that can be switched on there; never NULL */
  char *manager;      /* the socket that the caller's systemd, or its bus, listens on; NULL: none … */
  char *no_manager;   /* … and why not */
} HostCgroups;

/* Those of one map; see subuid(5). */
typedef struct
{
  const char *file, *helper;
  GArray *ranges; /* of IdRange */
} HostIds;

typedef struct
{
  gboolean root; /* with rights in the user namespace that the host's filesystems and network belong to */
  char *store;   /* where the containers' records are, or why there is no such place */
  char *store_problem;
  int attempts[N_ATTEMPTS]; /* 0, or an errno */
  HostIds users, groups;
  HostCgroups cgroups;
  char **modules; /* the security modules in use; NULL: not known */
  gboolean apparmor, selinux;
  char **seccomp_actions; /* in the kernel's words; never NULL */
  gboolean resctrl_known, resctrl_mounted;
} Host;

/* Looks at the host.  What can't be read counts as not there.  @root: as store_open takes it. */
Host *host_look (const char *root);
void host_free (Host *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Host, host_free)

/* The whole as a document: objects of facts, and "abilities".  A fact with an object for its value is something tried:
 * {"works": true} or {"works": false, "why": …}, and for namespaces whether the kernel has the type, "exists".  Owned by the caller. */
json_object *host_describe (const Host *host);

/* The document's array of what of snug-oci works here: objects with name (for programs), what (for people), works, and
 * where it does not, why and perhaps help.  Owned by the caller. */
json_object *host_abilities (const Host *host);
