/* snug-oci spec: writes a config.json to begin with, never over one that is there. */
#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/sys.h"
#include "oci/cmd/cmd.h"
#include "oci/config/default.h"

/* A document that could only be written in part is taken away again. */
static gboolean
write_document (int dir, const char *name, json_object *document, GError **error)
{
  Fd file = openat (dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0 && errno == EEXIST)
    return fail (error, SNUG_ERROR_FAILED,
                 _ ("can't make %s: %s\nnothing is overwritten: move it away, or name another with --file"),
                 name, strerror (errno));
  if (file < 0)
    return fail_errno (error, errno, _ ("can't make %s"), name);

  g_autofree char *text = json_pretty (document);
  if (write_all (file, text, strlen (text), error))
    return TRUE;
  unlinkat (dir, name, 0);
  g_prefix_error (error, "%s: ", name);
  return FALSE;
}

int
cmd_spec (const OciOptions *options, GError **error)
{
  const char *bundle = options->bundle ? options->bundle : ".";
  const char *name = options->config ? options->config : "config.json";
  g_autoptr (json_object) config = default_config (options->spec_rootless, geteuid (), getegid ());

  Fd dir = open (bundle, O_TREE_PATH | O_DIRECTORY);
  if (dir < 0)
    return fail_errno (error, errno, _ ("can't open the bundle %s"), bundle), -1;
  return write_document (dir, name, config, error) ? 0 : -1;
}
