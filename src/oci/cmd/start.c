/* snug-oci start: see verbs.def. */
#include "oci/cmd/cmd.h"
#include "oci/container/life.h"

int
cmd_start (const OciOptions *options, GError **error)
{
  g_autoptr (Life) life = life_new ();
  return life_open (life, options, LOCK_WAIT, error) && life_start (life, error) ? 0 : -1;
}
