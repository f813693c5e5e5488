/* Unix sockets: messages and descriptors over them. */
#pragma once

#include "child/sync.h"

#include <glib.h>

/* Connects to the listening stream socket at @path, of any length: unix(7).  The caller's descriptor, or -1 with @error. */
int connect_socket (const char *path, GError **error);

/* Sends the @n descriptors @fds over @socket with @text, as SCM_RIGHTS.  FALSE with @error. */
gboolean send_descriptors (int socket, const char *text, gsize length, const int *fds, gsize n, GError **error);

/* Sends @master, our side of the program's terminal, with the terminal's name. */
gboolean send_console (int socket, int master, GError **error);

/* Receives one message and the descriptor that came with it, if any; @flags as recvmsg(2).  Returns 1; 0 if the other side is
 * closed; -1 if there is none. */
int receive_message (int sync, SyncMessage *message, int *fd, int flags);
