/* The gate: where a created container waits, and how `start` lets it go on.
 *
 * A unix socket in the container's folder, which is the caller's alone.  The container listens; whoever connects is its
 * monitor from then on: says go, hears of failures in words that it can look up, and knows by the socket's end that the
 * program runs, because executing it closes the other side.  The entry is removed first, so that a gate that is there means
 * a container that was not started.
 */
#include "engine/engine.h"

#include "base/address.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "engine/report.h"
#include "engine/socket.h"
#include "state/state.h"

#include <sys/socket.h>
#include <unistd.h>

int
gate_listen (int dir, GError **error)
{
  struct sockaddr_un address = address_in (dir, ENTRY_GATE);
  Fd gate = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (gate < 0 || bind (gate, (struct sockaddr *) &address, sizeof address) < 0 || listen (gate, 1) < 0)
    {
      fail_errno (error, errno, _ ("can't make the container's gate"));
      return -1;
    }
  return fd_steal (&gate);
}

static gboolean
say_go (int gate, GError **error)
{
  return send (gate, "", 1, MSG_NOSIGNAL) == 1 || fail_errno (error, errno, _ ("can't start the container"));
}

/* Listens to what becomes of it until it is closed. */
static gboolean
follow (int gate, Sandbox *sandbox, EngineListener *listener, gpointer data, GError **error)
{
  SyncMessage message;
  gboolean ready = FALSE;
  int fd;

  for (;;)
    {
      /* Who built the container in this process can't be ended by a signal but here. */
      if (sandbox != NULL && !monitor_wait (sandbox, gate, error))
        return FALSE;
      if (receive_message (gate, &message, &fd, 0) <= 0)
        break;
      Fd owned = fd;
      switch (message.type)
        {
        case SYNC_FAILED:
          return report_late_failure (&message, error);
        case SYNC_LISTENER:
          if (owned < 0 || listener == NULL)
            return fail (error, SNUG_ERROR_FAILED,
                         _ ("the seccomp filter asks, and no listenerPath says whom"));
          if (!listener (owned, data, error))
            return FALSE;
          if (!say_go (gate, error))
            return FALSE;
          break;
        case SYNC_READY:
          ready = TRUE;
          break;
        default:
          break;
        }
    }
  return ready || fail (error, SNUG_ERROR_FAILED, _ ("the container ended before its program ran"));
}

gboolean
gate_open (int dir, EngineListener *listener, gpointer data, GError **error)
{
  struct sockaddr_un address = address_in (dir, ENTRY_GATE);
  Fd gate = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (gate < 0 || connect (gate, (struct sockaddr *) &address, sizeof address) < 0)
    return fail_errno (error, errno, _ ("can't reach the container at its gate"));
  if (unlinkat (dir, ENTRY_GATE, 0) < 0)
    return fail_errno (error, errno, _ ("can't open the container's gate"));
  return say_go (gate, error) && follow (gate, NULL, listener, data, error);
}

gboolean
gate_pass (Sandbox *sandbox, EngineListener *listener, gpointer data, GError **error)
{
  return say_go (sandbox->sync, error) && follow (sandbox->sync, sandbox, listener, data, error);
}
