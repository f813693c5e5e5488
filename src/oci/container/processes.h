/* The processes of a container, found by the namespaces that they live in. */
#pragma once

#include "state/state.h"

/* The pids of what runs in @container, as we see them, in rising order: those that share its mount namespace, which is its own,
 * and all of its pid namespace if that is not ours.  A GArray of pid_t, owned by the caller; NULL with @error. */
GArray *container_processes (const Container *container, GError **error);

/* Sends @signal to each of them; SIGKILL to its whole cgroup where it has one, which reaches also what forks meanwhile or is
 * frozen.  FALSE with @error if one can't be signalled. */
gboolean container_signal_all (const Container *container, int signal, GError **error);
