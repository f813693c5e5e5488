/* The runtime-spec's state document: see state.h.  Must not: find anything out. */
#include "base/json-build.h"
#include "base/user.h"
#include "state/state.h"

static const char *const status_names[] = {
  [STATUS_CREATING] = "creating", [STATUS_CREATED] = "created", [STATUS_RUNNING] = "running",
  [STATUS_PAUSED] = "paused",     [STATUS_STOPPED] = "stopped",
};

const char *
status_name (ContainerStatus status)
{
  return status_names[status];
}

/* RFC 3339 in UTC, with as many digits behind the second as it takes. */
static json_object *
created_text (gint64 created)
{
  g_autoptr (GDateTime) second = created > 0 ? g_date_time_new_from_unix_utc (created / G_USEC_PER_SEC) : NULL;
  if (second == NULL)
    return NULL;

  g_autofree char *text = g_date_time_format (second, "%Y-%m-%dT%H:%M:%S");
  char fraction[16];
  int length = g_snprintf (fraction, sizeof fraction, ".%06d", (int) (created % G_USEC_PER_SEC));
  while (length > 0 && strchr (".0", fraction[length - 1]))
    if (fraction[--length] == '.')
      break;
  return json_textf ("%s%.*sZ", text, length, fraction);
}

static json_object *
owner_name (uid_t owner)
{
  g_autofree char *name = user_name (owner);
  return name ? json_text (name) : json_textf ("%u", owner);
}

json_object *
container_state (const Container *container, gboolean full)
{
  pid_t pid = container->status == STATUS_STOPPED ? 0 : container->pid;
  json_object *state = json_object_new_object ();

  json_add (state, "ociVersion", json_text (container->oci_version));
  json_add (state, "id", json_text (container->id));
  json_add (state, "pid", json_object_new_int64 (pid));
  json_add (state, "status", json_text (status_name (container->status)));
  json_add (state, "bundle", json_text (container->bundle));
  json_add (state, "rootfs", full ? json_text (container->rootfs) : NULL);
  json_add (state, "created", full ? created_text (container->created) : NULL);
  json_add (state, "annotations", json_object_get (container->annotations));
  json_add (state, "owner", full ? owner_name (container->owner) : NULL);
  return state;
}
