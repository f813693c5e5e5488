/* snug-oci create: see verbs.def. */
#include "oci/cmd/cmd.h"
#include "oci/container/life.h"

int
cmd_create (const OciOptions *options, GError **error)
{
  g_autoptr (Life) life = life_new ();
  if (options->explain)
    return life_explain (life, options, FALSE, error) ? 0 : -1;
  return life_create (life, options, FALSE, error);
}
