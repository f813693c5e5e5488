/* snug-oci exec: see verbs.def. */
#include "oci/cmd/cmd.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/json-build.h"
#include "oci/container/life.h"

#include <fcntl.h>

/* --- The process, from the container's own and the command line ------------------------------------------------ */

/* The object in @object's member @name; made if it is not there. */
static json_object *
part (json_object *object, const char *name)
{
  json_object *value = NULL;
  if (json_object_object_get_ex (object, name, &value) && json_object_is_type (value, json_type_object))
    return value;
  json_add (object, name, value = json_object_new_object ());
  return value;
}

/* --env goes after what is there: the last one of a name counts. */
static void
add_environment (json_object *process, const GPtrArray *env)
{
  json_object *array = NULL;
  if (env == NULL)
    return;
  if (!json_object_object_get_ex (process, "env", &array) || array == NULL)
    json_add (process, "env", array = json_object_new_array ());
  for (guint i = 0; i < env->len; i++)
    json_object_array_add (array, json_text (env->pdata[i]));
}

static void
add_user (json_object *process, const OciOptions *options)
{
  json_object *user = part (process, "user");
  if (options->user.given)
    {
      json_add (user, "uid", json_object_new_int64 (options->user.uid));
      json_add (user, "gid", json_object_new_int64 (options->user.gid_given ? options->user.gid : 0));
    }
  if (options->additional_gids == NULL)
    return;
  json_object *groups = json_object_new_array ();
  for (guint i = 0; i < options->additional_gids->len; i++)
    json_object_array_add (groups, json_object_new_int64 (g_array_index (options->additional_gids, gid_t, i)));
  json_add (user, "additionalGids", groups);
}

/* --cap adds to all sets: as runc and crun have it. */
static void
add_capabilities (json_object *process, const GPtrArray *caps)
{
  static const char *const sets[] = { "bounding", "effective", "permitted" };
  if (caps == NULL)
    return;
  json_object *object = part (process, "capabilities");
  for (gsize s = 0; s < G_N_ELEMENTS (sets); s++)
    {
      json_object *array = NULL;
      if (!json_object_object_get_ex (object, sets[s], &array) || array == NULL)
        json_add (object, sets[s], array = json_object_new_array ());
      for (guint i = 0; i < caps->len; i++)
        json_object_array_add (array, json_text (caps->pdata[i]));
    }
}

static json_object *
process_from_options (const Config *config, const OciOptions *options)
{
  json_object *process = config_process (config);
  if (process == NULL)
    process = json_object_new_object ();
  json_add (process, "args", json_texts ((const char *const *) options->arguments + 1));
  json_add (process, "terminal", json_object_new_boolean (options->tty));
  if (options->cwd != NULL)
    json_add (process, "cwd", json_text (options->cwd));
  if (options->no_new_privs)
    json_add (process, "noNewPrivileges", json_object_new_boolean (TRUE));
  if (options->apparmor != NULL)
    json_add (process, "apparmorProfile", json_text (options->apparmor));
  if (options->process_label != NULL)
    json_add (process, "selinuxLabel", json_text (options->process_label));
  add_environment (process, options->env);
  add_user (process, options);
  add_capabilities (process, options->caps);
  return process;
}

static gboolean
load_process (Config *config, const OciOptions *options, GError **error)
{
  gboolean has_command = options->n_arguments > 1;
  if (has_command == (options->process != NULL))
    return fail (error, SNUG_ERROR_USAGE,
                 has_command ? _ ("a command and --process exclude each other")
                             : _ ("what is to be run? Give a command, or --process FILE"));
  if (options->process != NULL)
    return config_load_process (config, AT_FDCWD, options->process, error);
  config_take_process (config, process_from_options (config, options));
  return TRUE;
}

/* --- The verb ----------------------------------------------------------------------------------------------------- */

/* Its filters are not loaded, so that whoever gets in could take it over without them. */
static gboolean
waits_for_start (const Container *container)
{
  return container->status == STATUS_CREATED
         || faccessat (container->dir, ENTRY_GATE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static gboolean
prepare (Life *life, const OciOptions *options, GError **error)
{
  const Container *container = life->container;
  const ConfigContext context = { container->id, container->bundle, -1 };

  if (container->foreign)
    return fail (error, SNUG_ERROR_FAILED, _ ("cannot exec in another user's container"));
  if (container->status == STATUS_PAUSED && !options->ignore_paused)
    return fail (error, SNUG_ERROR_FAILED,
                 _ ("cannot exec in a paused container (use --ignore-paused to override)"));
  if (waits_for_start (container))
    return fail (error, SNUG_ERROR_FAILED, _ ("cannot exec in a container that is not started"));
  if (container->status != STATUS_RUNNING && container->status != STATUS_PAUSED)
    return fail (error, SNUG_ERROR_FAILED, _ ("cannot exec in a container that is %s"),
                 status_name (container->status));

  life->config = config_load (container->dir, ENTRY_CONFIG, error);
  if (life->config == NULL || !load_process (life->config, options, error))
    return FALSE;
  life->spec = config_exec_spec (life->config, &context, error);
  return life->spec != NULL;
}

int
cmd_exec (const OciOptions *options, GError **error)
{
  g_autoptr (Life) life = life_new ();
  if (!life_open (life, options, LOCK_NONE, error) || !prepare (life, options, error))
    return -1;
  int code = life_enter (life, options, !options->detach, error);
  if (code != 0 || options->detach)
    return code;
  return life_wait (life, error);
}
