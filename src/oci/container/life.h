/* The life of a container, as the verbs need it: made, started, entered, ended; runtime.md, "Lifecycle".
 *
 * What is done here is done whole or not at all: a step that fails undoes what the ones before it did.
 */
#pragma once

#include "engine/engine.h"
#include "oci/config/config.h"
#include "oci/container/cgroup.h"
#include "oci/container/filters.h"
#include "oci/options.h"
#include "state/state.h"

/* A container being made, or entered: all that belongs to one run of the engine.  Freed with life_free, which leaves the
 * container as it is. */
typedef struct
{
  Store *store;
  Container *container; /* locked */
  gboolean gone;        /* it was removed */
  char *bundle;         /* absolute */
  int bundle_dir;
  Config *config;
  KnownFilter filter;
  Spec *spec;
  CgroupLimits *limits;
  GVariant *unit;    /* properties of systemd's unit besides; or NULL */
  char *cgroup_name; /* if its path is not given */
  Cgroup *cgroup;    /* NULL: none */
  Plan *plan;
  Sandbox *sandbox;
  gboolean starts;     /* we start what we create: nobody else has to reach its gate */
  gboolean in_resctrl; /* resctrl_apply has put it there */
  gboolean attached;   /* we stay until the program ends */
  int notify;          /* the socket for the program's sd_notify(3); -1: none */
  int console;         /* the connection to --console-socket; -1: none */
} Life;

Life *life_new (void);
void life_free (Life *life);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Life, life_free)

/* Opens the container that the first argument names, from --root, as container_open does. */
gboolean life_open (Life *life, const OciOptions *options, ContainerLock lock, GError **error);

/* As with LOCK_WAIT, for a delete that is forced: if somebody has the container locked, kills first what runs of it. */
gboolean life_open_by_force (Life *life, const OciOptions *options, GError **error);

/* Reads what is needed of the configuration that the container was created with, its hooks and where it is in resctrl, into
 * life->spec, if nothing is there yet. */
gboolean life_load_kept (Life *life, GError **error);

/* Makes the container, up to its gate.  @attached: somebody stays to copy its terminal, if it has one and there is no
 * --console-socket.  Returns 0; the status to exit with if a signal came; or -1 with @error.  Unless it is 0 there is
 * nothing of the container left. */
int life_create (Life *life, const OciOptions *options, gboolean attached, GError **error);

/* Prints what life_create would do, as --explain says, and makes nothing. */
gboolean life_explain (Life *life, const OciOptions *options, gboolean attached, GError **error);

/* Starts the program of the created container and runs the hooks that come then.  If one of these fails, the container is ended
 * and removed. */
gboolean life_start (Life *life, GError **error);

/* Removes a container that has ended, or with @force ends it first, and runs the hooks that come then. */
gboolean life_delete (Life *life, gboolean force, GError **error);

/* Removes the container, locked and without a cgroup, and then with @with_hooks runs the poststop hooks of life->spec, whose
 * failures are warnings. */
gboolean life_remove (Life *life, gboolean with_hooks, GError **error);

/* Does what is left of removals that were cut short, and warns of what fails.  Returns whether @id was one of them. */
gboolean life_finish_removals (Store *store, const char *id);

/* Runs the process of life->spec, which enters the container.  Returns as life_create does. */
int life_enter (Life *life, const OciOptions *options, gboolean attached, GError **error);

/* Waits for the end of what was started or entered, while others may do with the container what they like; its status as shells
 * count it, or -1 with @error. */
int life_wait (Life *life, GError **error);

/* Deletes the container that was waited for, if it is still there. */
gboolean life_end (Life *life, GError **error);
