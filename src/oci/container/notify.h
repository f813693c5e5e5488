/* What a container inherits of a service's environment: sd_notify(3), by which the program tells us that it is ready and we
 * tell whoever started us, and sd_listen_fds(3). */
#pragma once

#include "oci/container/life.h"

/* Before the Spec is compiled: names the descriptors of LISTEN_FDS to the program.  With NOTIFY_SOCKET in our environment makes
 * a folder for a socket of the container's own and has it bound inside, where the program's environment names it. */
gboolean notify_prepare (Life *life, const OciOptions *options, GError **error);

/* Before the program starts: makes that socket, if there is a folder for it. */
gboolean notify_listen (Life *life, GError **error);

/* Passes on that the program is ready, and its pid.  Returns when it has been said, or the container has ended; for a container
 * that is waited for anyway, at once.  FALSE: a signal has ended the wait. */
gboolean notify_wait (Life *life);
