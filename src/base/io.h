/* Reading a descriptor to its end, for arguments, filters and profiles.  The parent's side only. */
#pragma once

#include <glib.h>

/* Reads @fd up to its end, at most @limit bytes, and closes it.  @text gets a NUL after the data and is
 * owned by the caller.  Returns FALSE with the kernel's word in @error. */
gboolean read_to_end (int fd, gsize limit, char **text, gsize *length, GError **error);
