/* sd_notify(3) for containers: the program tells us, and we tell whoever started us. */
#pragma once

#include "oci/life.h"

/* With NOTIFY_SOCKET in our environment: makes a socket of the container's own and has it bound inside, where the
 * program's environment names it. */
gboolean notify_prepare (Life *life, GError **error);

/* Passes on that the program is ready, and its pid.  Returns when it has been said, or the container has ended. */
gboolean notify_wait (Life *life, GError **error);
