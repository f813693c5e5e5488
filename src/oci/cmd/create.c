/* snug-oci create: see verbs.def. */
#include "oci/cmd/cmd.h"
#include "oci/life.h"

int
cmd_create (const OciOptions *options, GError **error)
{
  g_autoptr (Life) life = life_new ();
  return life_create (life, options, FALSE, error);
}
