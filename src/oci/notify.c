/* See notify.h. */
#include "oci/notify.h"

gboolean
notify_prepare (Life *life G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

gboolean
notify_wait (Life *life G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}
