/* Descriptors and messages over unix sockets: unix(7), "Ancillary messages". */
#include "engine/socket.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

/* unix(7): no message takes more. */
#define MAX_FDS 253

int
receive_message (int sync, SyncMessage *message, int *fd, int flags)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (int)) + CMSG_SPACE (sizeof (struct ucred))];
    struct cmsghdr align;
  } control;
  struct iovec part = { message, sizeof *message };
  struct msghdr packet = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
  };
  ssize_t n;

  *fd = -1;
  while ((n = recvmsg (sync, &packet, flags | MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
    ;
  if (n == 0)
    return 0;
  if (n != sizeof *message)
    return -1;
  for (struct cmsghdr *header = CMSG_FIRSTHDR (&packet); header; header = CMSG_NXTHDR (&packet, header))
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
      memcpy (fd, CMSG_DATA (header), sizeof *fd);
  return 1;
}

int
connect_socket (const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  Fd place = open (path, O_PATH | O_CLOEXEC); /* paths may be too long for an address */
  Fd sock = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", place);
  if (place < 0 || sock < 0 || connect (sock, (struct sockaddr *) &address, sizeof address) < 0)
    {
      fail_errno (error, errno, _ ("can't connect to %s"), path);
      return -1;
    }
  return fd_steal (&sock);
}

gboolean
send_descriptors (int socket, const char *text, gsize length, const int *fds, gsize n, GError **error)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (int) * MAX_FDS)];
    struct cmsghdr align;
  } control = { { 0 } };
  struct iovec part = { (void *) text, length };
  struct msghdr packet = { .msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = CMSG_SPACE (sizeof (int) * n) };
  struct cmsghdr *header = CMSG_FIRSTHDR (&packet);
  ssize_t sent;

  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (sizeof (int) * n);
  memcpy (CMSG_DATA (header), fds, sizeof (int) * n);
  while ((sent = sendmsg (socket, &packet, MSG_NOSIGNAL)) < 0 && errno == EINTR)
    ;
  if (sent < 0)
    return fail_errno (error, errno, _ ("can't send a descriptor"));
  return (gsize) sent == length || fail (error, SNUG_ERROR_FAILED, _ ("can't send all of a message"));
}

/* The name goes with it: its receivers know the terminal by that. */
gboolean
send_console (int socket, int master, GError **error)
{
  int number = 0;
  if (ioctl (master, TIOCGPTN, &number) < 0)
    return fail_errno (error, errno, "TIOCGPTN");
  g_autofree char *name = g_strdup_printf ("/dev/pts/%d", number);
  return send_descriptors (socket, name, strlen (name), &master, 1, error);
}
