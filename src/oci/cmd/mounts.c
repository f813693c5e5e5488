/* snug-oci mounts: see verbs.def. */
#include "oci/cmd/cmd.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/json-build.h"
#include "oci/container/life.h"

#define MAX_BYTES (1 << 20)

static json_object *
read_list (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  g_autoptr (json_object) list = NULL;

  if (!read_input (path, MAX_BYTES, &text, &length, error))
    return NULL;
  if (!json_load (text, length, &list, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  if (!json_object_is_type (list, json_type_array))
    return fail (error, SNUG_ERROR_USAGE, _ ("%s is not a list of mounts"), path), NULL;
  return g_steal_pointer (&list);
}

/* One mount as a configuration of its own. */
static Config *
config_of (json_object *mount, GError **error)
{
  g_autoptr (json_object) document = json_object_new_object ();
  json_object *mounts = json_object_new_array ();
  json_object_array_add (mounts, json_object_get (mount));
  json_add (document, "ociVersion", json_text ("1.0.0"));
  json_add (document, "mounts", mounts);
  const char *text = json_plain (document);
  return config_load_text (text, strlen (text), error);
}

/* What is mounted by others is not ours to change, and could not be changed back. */
static gboolean
refuse_remount (const Spec *spec, GError **error)
{
  for (guint i = 0; i < spec->fs->len; i++)
    {
      const FsOp *op = &g_array_index (spec->fs, FsOp, i);
      if (op->kind != FS_CHANGE)
        continue;
      fail (error, SNUG_ERROR_FAILED,
            _ ("a running container's mounts can be added and removed, and not remounted"));
      return prefix_origin (error, &op->origin);
    }
  return TRUE;
}

/* Turns what would be mounted into what is to be unmounted. */
static void
make_unmount (Spec *spec)
{
  for (guint i = 0; i < spec->fs->len; i++)
    g_array_index (spec->fs, FsOp, i).kind = FS_UNMOUNT;
}

static gboolean
change (const OciOptions *options, json_object *mount, gboolean add, GError **error)
{
  OciOptions named = *options;
  g_autoptr (Life) life = life_new ();

  named.arguments = options->arguments + 1;
  named.pid_file = named.console_socket = named.pidfd_socket = NULL;
  if (!life_open (life, &named, LOCK_NONE, error))
    return FALSE;
  const ConfigContext context = { life->container->id, life->container->bundle, -1 };
  if (life->container->status != STATUS_RUNNING && life->container->status != STATUS_PAUSED)
    return fail (error, SNUG_ERROR_FAILED, _ ("container not running: %s"), life->container->id);
  life->config = config_of (mount, error);
  life->spec = life->config ? config_mounts_spec (life->config, &context, error) : NULL;
  if (life->spec == NULL || !refuse_remount (life->spec, error))
    return FALSE;
  if (!add)
    make_unmount (life->spec);
  life->spec->bundle->visit = TRUE;
  return life_enter (life, &named, TRUE, error) == 0;
}

/* What is added before one that fails is taken away again. */
static gboolean
change_all (const OciOptions *options, json_object *list, gboolean add, GError **error)
{
  gsize n = json_object_array_length (list);
  for (gsize i = 0; i < n; i++)
    {
      if (change (options, json_object_array_get_idx (list, i), add, error))
        continue;
      while (add && i-- > 0)
        change (options, json_object_array_get_idx (list, i), FALSE, NULL);
      return FALSE;
    }
  return TRUE;
}

int
cmd_mounts (const OciOptions *options, GError **error)
{
  gboolean add = g_str_equal (options->arguments[0], "add");
  if (!add && !g_str_equal (options->arguments[0], "remove"))
    return fail (error, SNUG_ERROR_USAGE, _ ("mounts %s: expected add or remove"), options->arguments[0]), -1;
  g_autoptr (json_object) list = read_list (options->arguments[2], error);
  return list != NULL && change_all (options, list, add, error) ? 0 : -1;
}
