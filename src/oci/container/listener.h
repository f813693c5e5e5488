/* The agent of a seccomp filter that asks: config-linux.md, "Seccomp" and "The Container Process State". */
#pragma once

#include "engine/engine.h"

/* Sends @fd, and with it the container process state, to the listener that the container's configuration names.  @life: the
 * Life whose process asks.  An EngineListener. */
gboolean listener_send (int fd, gpointer life, GError **error);
