/* snug-oci features: prints the features document. */
#include "oci/features.h"
#include "oci/cmd/cmd.h"

int
cmd_features (const OciOptions *options, GError **error)
{
  (void) options;
  (void) error;
  g_autoptr (json_object) features = features_describe ();
  g_autofree char *text = json_pretty (features);
  fputs (text, stdout);
  return 0;
}
