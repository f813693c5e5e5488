/* The processes of a container, found by the namespaces that they live in. */
#pragma once

#include "state/state.h"

/* The pids of what runs in @container, as we see them, in rising order: those that share its mount namespace, which is its own,
 * and all of its pid namespace if that is not ours.  A GArray of pid_t, owned by the caller; NULL with @error. */
GArray *container_processes (const Container *container, GError **error);

/* Whether the process @pid is one of them: a pid that was looked up may be somebody else's by now, but not while a pidfd of it is
 * open. */
gboolean container_has_process (const Container *container, pid_t pid);
