/* See select.h. */
#include "oci/container/select.h"

#include "base/error.h"
#include "state/state.h"

#include <regex.h>

static gboolean
call_for_matching (const OciOptions *options, const regex_t *regex, SelectedFunction *function, GError **error)
{
  g_autoptr (Store) store = store_open (options->root, error);
  g_autoptr (GPtrArray) all = store ? store_list (store, error) : NULL;
  gboolean ok = all != NULL;

  for (guint i = 0; all != NULL && i < all->len; i++)
    {
      const Container *container = all->pdata[i];
      char *arguments[] = { container->id, options->n_arguments > 1 ? options->arguments[1] : NULL, NULL };
      OciOptions one = *options;
      one.arguments = arguments;
      if (regexec (regex, container->id, 0, NULL, 0) == 0)
        ok = function (&one, ok ? error : NULL) && ok;
    }
  return ok;
}

gboolean
select_containers (const OciOptions *options, SelectedFunction *function, GError **error)
{
  regex_t regex;
  char why[256];

  if (!options->regex)
    return function (options, error);
  int failure = regcomp (&regex, options->arguments[0], REG_EXTENDED | REG_NOSUB);
  if (failure != 0)
    {
      regerror (failure, &regex, why, sizeof why);
      return fail (error, SNUG_ERROR_USAGE, "--regex %s: %s", options->arguments[0], why);
    }
  gboolean ok = call_for_matching (options, &regex, function, error);
  regfree (&regex);
  return ok;
}
