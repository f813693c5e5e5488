/* Reading to the end, and writing all: see io.h. */
#include "base/io.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"

#include <fcntl.h>
#include <string.h>

gboolean
read_to_end (int fd, gsize limit, char **text, gsize *length, GError **error)
{
  g_autoptr (GString) data = g_string_new (NULL);

  for (;;)
    {
      char chunk[4096]; /* a few pages of the stack would cost more than reading once more */
      ssize_t n = read (fd, chunk, sizeof chunk);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_errno (error, errno, _ ("can't read descriptor %d"), fd);
      if (n == 0)
        break;
      g_string_append_len (data, chunk, n);
      if (data->len > limit)
        return fail_errno (error, EFBIG, _ ("can't read descriptor %d"), fd);
    }

  *length = data->len;
  *text = g_string_free (g_steal_pointer (&data), FALSE);
  return TRUE;
}

gboolean
read_input (const char *path, gsize limit, char **text, gsize *length, GError **error)
{
  Fd opened = -1;
  if (strcmp (path, "-") != 0 && (opened = open (path, O_RDONLY | O_CLOEXEC)) < 0)
    return fail_errno (error, errno, "%s", path);
  if (read_to_end (opened >= 0 ? opened : STDIN_FILENO, limit, text, length, error))
    return TRUE;
  g_prefix_error (error, "%s: ", path);
  return FALSE;
}

char *
read_text_file (const char *path)
{
  char *text;
  gsize length;
  return read_input (path, G_MAXSSIZE, &text, &length, NULL) ? text : NULL;
}

gboolean
write_all (int fd, const char *data, gsize length, GError **error)
{
  while (length > 0)
    {
      ssize_t n = write (fd, data, length);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_errno (error, errno, _ ("can't write to descriptor %d"), fd);
      data += n;
      length -= (gsize) n;
    }
  return TRUE;
}
