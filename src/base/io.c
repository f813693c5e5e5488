/* Reading a descriptor to its end: see io.h. */
#include "base/io.h"

#include "base/error.h"
#include "base/fd.h"

gboolean
read_to_end (int fd, gsize limit, char **text, gsize *length, GError **error)
{
  Fd owned = fd;
  g_autoptr (GString) data = g_string_new (NULL);

  for (;;)
    {
      char chunk[16384];
      ssize_t n = read (owned, chunk, sizeof chunk);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_errno (error, errno, "can't read descriptor %d", fd);
      if (n == 0)
        break;
      g_string_append_len (data, chunk, n);
      if (data->len > limit)
        return fail_errno (error, EFBIG, "can't read descriptor %d", fd);
    }

  *length = data->len;
  *text = g_string_free (g_steal_pointer (&data), FALSE);
  return TRUE;
}
