/* See notify.h. */
#include "oci/container/notify.h"

#include "base/address.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/sys.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Where the container sees the folder, and the socket in it. */
#define FOLDER_INSIDE "/run/notify"
#define SOCKET_NAME "notify.sock"

/* The socket of whoever started us; NULL: none. */
static const char *
host_socket (void)
{
  const char *path = g_getenv ("NOTIFY_SOCKET");
  return path != NULL && path[0] != '\0' ? path : NULL;
}

/* --- Before the container is made ------------------------------------------------------------------------------- */

static void
set_environment (Spec *spec, const char *name, const char *value)
{
  spec->env = g_environ_setenv (spec->env, name, value, TRUE);
}

/* The place in the list behind the mounts, and before what covers and protects parts of the whole. */
static guint
place_for_mount (const GArray *fs)
{
  guint i = fs->len;
  while (i > 1)
    {
      const FsOp *op = &g_array_index (fs, FsOp, i - 1);
      gboolean of_root = op->kind == FS_CHANGE && g_str_equal (op->dest, "/");
      if (op->kind != FS_MASK && op->kind != FS_PROTECT && !of_root)
        break;
      i--;
    }
  return i;
}

/* Only we write there: what the program can do is to write to the socket. */
static void
mount_folder (Spec *spec, int folder)
{
  static const MountAttributes attributes = { .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV
                                                     | MOUNT_ATTR_NOEXEC };
  FsOp *op = spec_insert_fs (spec, place_for_mount (spec->fs), FS_BIND, FOLDER_INSIDE, &(Origin){ 0 });
  op->source = ENTRY_NOTIFY;
  fs_op_details (op)->fd = folder;
  fs_op_details (op)->attributes = &attributes;
}

gboolean
notify_prepare (Life *life, const OciOptions *options, GError **error)
{
  if (options->listen_fds > 0)
    {
      g_autofree char *count = g_strdup_printf ("%u", options->listen_fds);
      set_environment (life->spec, "LISTEN_FDS", count);
      set_environment (life->spec, "LISTEN_PID", "1");
    }
  if (host_socket () == NULL)
    return TRUE;
  if (life->spec->ns[NS_MOUNT].join_fd >= 0)
    {
      log_warning (_ ("NOTIFY_SOCKET is left out: it would have to be mounted in a namespace that is joined"));
      return TRUE;
    }

  int dir = life->container->dir;
  Fd folder = -1;
  if (mkdirat (dir, ENTRY_NOTIFY, 0755) < 0
      || (folder = openat (dir, ENTRY_NOTIFY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0
      || fchmod (folder, 0755) < 0)
    return fail_errno (error, errno, _ ("can't make the folder for NOTIFY_SOCKET"));
  mount_folder (life->spec, folder);
  set_environment (life->spec, "NOTIFY_SOCKET", FOLDER_INSIDE "/" SOCKET_NAME);
  int kept = fd_steal (&folder);
  g_array_append_val (life->config->fds, kept);
  return TRUE;
}

/* --- While it starts ---------------------------------------------------------------------------------------------- */

gboolean
notify_listen (Life *life, GError **error)
{
  Fd folder = openat (life->container->dir, ENTRY_NOTIFY, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (host_socket () == NULL || (folder < 0 && errno == ENOENT))
    return TRUE;
  struct sockaddr_un address = address_in (folder, SOCKET_NAME);
  life->notify = socket (AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (folder < 0 || life->notify < 0 || bind (life->notify, (struct sockaddr *) &address, sizeof address) < 0
      || fchmodat (folder, SOCKET_NAME, 0777, 0) < 0)
    return fail_errno (error, errno, _ ("can't listen at the container's NOTIFY_SOCKET"));
  return TRUE;
}

static gboolean
send_ready (pid_t pid)
{
  struct sockaddr_un address;
  socklen_t length;
  g_autofree char *text = g_strdup_printf ("READY=1\nMAINPID=%d", (int) pid);
  Fd sock = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  return address_of (host_socket (), &address, &length) && sock >= 0
         && sendto (sock, text, strlen (text), MSG_NOSIGNAL, (struct sockaddr *) &address, length) >= 0;
}

/* What the program says of itself stays here but for one thing: the container is not trusted to speak for its host. */
static gboolean
says_ready (int fd)
{
  char text[4096];
  ssize_t n;
  while ((n = recv (fd, text, sizeof text - 1, 0)) >= 0)
    {
      text[n] = '\0';
      g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
      if (g_strv_contains ((const char *const *) lines, "READY=1"))
        return TRUE;
    }
  return FALSE;
}

/* An EngineWatch. */
static gboolean
pass_on (int fd, gpointer data)
{
  const Life *life = data;
  if (!says_ready (fd))
    return TRUE;
  if (!send_ready (life->container->pid))
    log_warning (_ ("can't pass on to NOTIFY_SOCKET that the container is ready: %s"), strerror (errno));
  return FALSE;
}

/* Waits until there is something to read.  FALSE: the container has ended, or a signal ends us. */
static gboolean
wait_for_message (const Life *life)
{
  if (life->sandbox != NULL)
    return monitor_wait (life->sandbox, life->notify, NULL);
  Fd pidfd = container_pidfd (life->container, NULL);
  struct pollfd fds[] = { { life->notify, POLLIN, 0 }, { pidfd, POLLIN, 0 } };
  while (poll (fds, G_N_ELEMENTS (fds), pidfd < 0 ? 0 : -1) < 0 && errno == EINTR)
    ;
  return fds[0].revents != 0;
}

gboolean
notify_wait (Life *life)
{
  if (life->notify < 0)
    return TRUE;
  if (life->attached)
    {
      life->sandbox->watched = life->notify;
      life->sandbox->watch = pass_on;
      life->sandbox->watch_data = life;
      return TRUE;
    }
  container_unlock (life->container);
  while (wait_for_message (life) && pass_on (life->notify, life))
    ;
  return life->sandbox == NULL || life->sandbox->signal == 0;
}
