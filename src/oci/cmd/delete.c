/* snug-oci delete: see verbs.def. */
#include "oci/cmd/cmd.h"

#include "base/error.h"
#include "oci/life.h"

/* Deletes each container whose id @regex matches.  One that can't be deleted keeps the others from nothing. */
static int
delete_matching (const OciOptions *options, const GRegex *regex, GError **error)
{
  g_autoptr (Store) store = store_open (options->root, error);
  g_autoptr (GPtrArray) all = store ? store_list (store, error) : NULL;
  gboolean ok = all != NULL;

  for (guint i = 0; all != NULL && i < all->len; i++)
    {
      const char *id = ((Container *) all->pdata[i])->id;
      g_autoptr (Life) life = life_new ();
      char *arguments[] = { (char *) id, NULL };
      OciOptions one = *options;
      one.arguments = arguments;
      if (g_regex_match (regex, id, 0, NULL))
        ok = life_open (life, &one, ok ? error : NULL) && life_delete (life, options->force, ok ? error : NULL)
             && ok;
    }
  return ok ? 0 : -1;
}

int
cmd_delete (const OciOptions *options, GError **error)
{
  if (options->regex)
    {
      g_autoptr (GRegex) regex = g_regex_new (options->arguments[0], 0, 0, error);
      return regex == NULL ? -1 : delete_matching (options, regex, error);
    }

  g_autoptr (Life) life = life_new ();
  g_autoptr (GError) failure = NULL;
  if (life_open (life, options, &failure) && life_delete (life, options->force, &failure))
    return 0;
  /* With --force it is enough that there is none, as engines expect. */
  if (options->force && g_error_matches (failure, SNUG_ERROR, SNUG_ERROR_MISSING))
    return 0;
  g_propagate_error (error, g_steal_pointer (&failure));
  return -1;
}
