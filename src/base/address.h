/* Addresses of unix sockets; unix(7). */
#pragma once

#include <glib.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The address of the socket @name in the directory @dir, while that is open: sockets can't be had relative to a directory, and
 * paths may be too long for them. */
struct sockaddr_un address_in (int dir, const char *name);

/* The address that @text names: a path or, with "@" in front, a name without a file.  Sets *@length to how much of it counts.
 * FALSE with errno if it is too long. */
gboolean address_of (const char *text, struct sockaddr_un *address, socklen_t *length);
