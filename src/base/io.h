/* Reading and writing descriptors whole, for arguments, filters and documents.  The parent's side only. */
#pragma once

#include <glib.h>

/* Reads @fd up to its end, at most @limit bytes.  @text gets a NUL after the data and is
 * owned by the caller.  Returns FALSE with the kernel's word in @error. */
gboolean read_to_end (int fd, gsize limit, char **text, gsize *length, GError **error);

/* The same from the file at @path, or with "-" from standard input.  @error begins with @path. */
gboolean read_input (const char *path, gsize limit, char **text, gsize *length, GError **error);

/* Returns all of the file @path, owned by the caller, or NULL: for what the kernel says in /proc, where that it can't be
 * read is an answer too. */
char *read_text_file (const char *path);

/* Writes all @length bytes of @data.  Returns FALSE with the kernel's word in @error. */
gboolean write_all (int fd, const char *data, gsize length, GError **error);
