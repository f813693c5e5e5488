/* Who we are on this host. */
#pragma once

#include <glib.h>

#include <sys/types.h>

/* Whether we are root of the host, and not of somebody's user namespace. */
gboolean is_real_root (void);

/* Whether @fd is a file of @type (S_IF…) that is our own, and nobody else's to read or write. */
gboolean is_private (int fd, mode_t type);

/* Opens the folder @path, if it is private and no link; -1 if not. */
int open_private_folder (const char *path);

/* Our effective uid as the user namespace around ours knows it; in the first one it is geteuid (). */
uid_t outer_uid (void);

/* The name of @uid; the caller's; NULL: it has none.  What /etc/passwd does not know, getent(1) is asked for: the modules that
 * nsswitch.conf(5) names start threads as they like, and a static program can't have them. */
char *user_name (uid_t uid);
