/* Addresses of unix sockets: see address.h. */
#include "base/address.h"

#include <errno.h>
#include <string.h>

struct sockaddr_un
address_in (int dir, const char *name)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", dir, name);
  return address;
}

gboolean
address_of (const char *text, struct sockaddr_un *address, socklen_t *length)
{
  gsize n = strlen (text);
  if (n >= sizeof address->sun_path)
    {
      errno = ENAMETOOLONG;
      return FALSE;
    }
  *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
  memcpy (address->sun_path, text, n);
  if (text[0] == '@')
    address->sun_path[0] = '\0';
  *length = (socklen_t) (offsetof (struct sockaddr_un, sun_path) + n + (text[0] != '@'));
  return TRUE;
}
