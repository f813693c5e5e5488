/* take SOCKET: makes the unix socket SOCKET, waits for one message there, and prints its text and what descriptor came with
 * it: for a pidfd "pidfd PID", else the link in /proc.  Ends with 1 if none came. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
receive (int sock, char *text, size_t size)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control;
  struct iovec part = { text, size - 1 };
  struct msghdr packet = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
  };
  int fd = -1;
  ssize_t n = recvmsg (sock, &packet, 0);
  text[n > 0 ? n : 0] = '\0';
  struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR (&packet) : NULL;
  if (header != NULL && header->cmsg_type == SCM_RIGHTS)
    memcpy (&fd, CMSG_DATA (header), sizeof fd);
  return fd;
}

/* The line "Pid:" of its fdinfo; 0 if it is no pidfd. */
static int
pid_of (int fd)
{
  char path[64], line[256];
  int pid = 0;
  snprintf (path, sizeof path, "/proc/self/fdinfo/%d", fd);
  FILE *info = fopen (path, "r");
  while (info != NULL && fgets (line, sizeof line, info) != NULL)
    if (sscanf (line, "Pid: %d", &pid) == 1)
      break;
  if (info != NULL)
    fclose (info);
  return pid;
}

int
main (int argc, char **argv)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  char text[256], path[64], link[256] = "";
  int sock = socket (AF_UNIX, SOCK_STREAM, 0);
  if (argc != 2 || strlen (argv[1]) >= sizeof address.sun_path)
    return 2;
  memcpy (address.sun_path, argv[1], strlen (argv[1]));
  if (bind (sock, (struct sockaddr *) &address, sizeof address) < 0 || listen (sock, 1) < 0)
    return 2;
  alarm (20);
  int caller = accept (sock, NULL, NULL);
  int fd = receive (caller, text, sizeof text);
  if (fd < 0)
    return 1;
  snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  if (readlink (path, link, sizeof link - 1) < 0)
    return 2;
  int pid = pid_of (fd);
  if (pid != 0)
    printf ("%s pidfd %d\n", text, pid);
  else
    printf ("%s %s\n", text, link);
  return 0;
}
