/* See listener.h. */
#include "oci/container/listener.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/json-build.h"
#include "engine/socket.h"
#include "oci/container/life.h"

/* The name by which the specification knows the descriptor. */
#define FD_NAME "seccompFd"

static json_object *
process_state (const Life *life, const char *metadata)
{
  json_object *state = json_object_new_object (), *fds = json_object_new_array ();
  json_object_array_add (fds, json_text (FD_NAME));
  json_add (state, "ociVersion", json_text (life->container->oci_version));
  json_add (state, "fds", fds);
  json_add (state, "pid", json_object_new_int64 (life->sandbox ? life->sandbox->init : life->container->pid));
  json_add (state, "metadata", json_text (metadata));
  json_add (state, "state", container_state (life->container, FALSE));
  return state;
}

gboolean
listener_send (int fd, gpointer data, GError **error)
{
  const Life *life = data;
  const Bundle *bundle = life->spec->bundle;

  if (bundle->seccomp_listener.value == NULL)
    return fail (error, SNUG_ERROR_FAILED, _ ("the seccomp filter asks, and no listenerPath says whom"));
  Fd sock = connect_socket (bundle->seccomp_listener.value, error);
  if (sock < 0)
    return prefix_origin (error, &bundle->seccomp_listener.origin);
  g_autoptr (json_object) state = process_state (life, bundle->listener_metadata);
  const char *text = json_plain (state);
  return send_descriptors (sock, text, strlen (text), &fd, 1, error);
}
