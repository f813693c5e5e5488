/* snug-oci run: see verbs.def. */
#include "oci/cmd/cmd.h"
#include "oci/container/life.h"

#include "base/log.h"

int
cmd_run (const OciOptions *options, GError **error)
{
  g_autoptr (Life) life = life_new ();
  if (options->explain)
    return life_explain (life, options, !options->detach, error) ? 0 : -1;
  life->starts = TRUE;
  int code = life_create (life, options, !options->detach, error);
  if (code != 0)
    return code;
  if (!life_start (life, error))
    {
      life_end (life, NULL);
      return life->sandbox->signal ? 128 + life->sandbox->signal : -1;
    }
  if (options->detach)
    return 0;

  code = life_wait (life, error);
  g_autoptr (GError) failure = NULL;
  if (!options->keep && !life_end (life, &failure))
    log_warning ("%s", failure->message);
  return code;
}
