/* snug-oci delete: see verbs.def. */
#include "oci/cmd/cmd.h"

#include "base/error.h"
#include "oci/container/life.h"
#include "oci/container/select.h"

/* Whether this is the end of a delete that was cut short. */
static gboolean
finish_earlier (const OciOptions *options)
{
  g_autoptr (Store) store = store_open (options->root, NULL);
  return store != NULL && life_finish_removals (store, options->arguments[0]);
}

/* With --force it is enough that there is none, as engines expect. */
static gboolean
delete_one (const OciOptions *options, GError **error)
{
  gboolean ended = finish_earlier (options);
  g_autoptr (Life) life = life_new ();
  g_autoptr (GError) failure = NULL;

  gboolean opened = options->force ? life_open_by_force (life, options, &failure)
                                   : life_open (life, options, LOCK_WAIT, &failure);
  if (opened && life_delete (life, options->force, &failure))
    return TRUE;
  if ((ended || options->force) && g_error_matches (failure, SNUG_ERROR, SNUG_ERROR_MISSING))
    return TRUE;
  return fail_with (error, g_steal_pointer (&failure));
}

int
cmd_delete (const OciOptions *options, GError **error)
{
  return select_containers (options, delete_one, error) ? 0 : -1;
}
