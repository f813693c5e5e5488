/* Who we are on this host. */
#pragma once

#include <glib.h>

#include <sys/types.h>

/* Whether we are root of the host, and not of somebody's user namespace. */
gboolean is_real_root (void);

/* Our effective uid as the user namespace around ours knows it; in the first one it is geteuid (). */
uid_t outer_uid (void);
