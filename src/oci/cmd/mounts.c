/* snug-oci mounts: see verbs.def. */
#include "base/error.h"
#include "base/i18n.h"
#include "oci/cmd/cmd.h"

int
cmd_mounts (const OciOptions *options, GError **error)
{
  return fail (error, SNUG_ERROR_FAILED, _ ("%s is not there yet"), options->verb->name), -1;
}
