/* snug-oci restore: not supported yet. */
#include "base/error.h"
#include "base/i18n.h"
#include "oci/cmd/cmd.h"

int
cmd_restore (const OciOptions *options, GError **error)
{
  return fail (error, SNUG_ERROR_FAILED, _ ("%s is not supported yet"), options->verb->name), -1;
}
