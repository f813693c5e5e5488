/* Fuzzing the reader of config.json: any bytes either become Specs, for the container, for exec and for hooks,
 * or are an error with a message.  Nothing is made and nothing is run; the bundle is an empty folder, and what the
 * document names elsewhere is opened at most as a place.
 *
 *   clang -fsanitize=fuzzer,address,undefined …; ./fuzz-config tests/fuzz/corpus/fuzz-config
 */
#include "base/log.h"
#include "oci/config/config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

typedef Spec *ConfigReading (Config *config, const ConfigContext *context, GError **error);

static ConfigContext context = { "fuzz", NULL, -1 };

/* --- In place of log.c, which would print. --- */

void
log_warning (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_assert_true (g_utf8_validate (text, -1, NULL));
}

/* --- The bundle. --- */

static void
remove_bundle (void)
{
  unlinkat (context.bundle_dir, "rootfs", AT_REMOVEDIR);
  g_rmdir (context.bundle);
}

int
LLVMFuzzerInitialize (int *argc G_GNUC_UNUSED, char ***argv G_GNUC_UNUSED)
{
  context.bundle = g_dir_make_tmp ("snug-fuzz-XXXXXX", NULL);
  g_assert_nonnull (context.bundle);
  context.bundle_dir = open (context.bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (mkdirat (context.bundle_dir, "rootfs", 0700), ==, 0);
  atexit (remove_bundle);
  return 0;
}

/* --- The inputs. --- */

/* The number of the next descriptor, which tells whether one leaked. */
static int
next_fd (void)
{
  int fd = fcntl (context.bundle_dir, F_DUPFD_CLOEXEC, 0);
  close (fd);
  return fd;
}

static void
check (Config *config, ConfigReading *reading)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Spec) spec = reading (config, &context, &error);

  g_assert_true ((spec == NULL) == (error != NULL));
  if (error != NULL)
    g_assert_true (g_utf8_validate (error->message, -1, NULL) && g_str_has_prefix (error->message, "/"));
  for (guint i = 0; spec != NULL && i < spec->fs->len; i++)
    g_assert_true (g_array_index (spec->fs, FsOp, i).dest[0] == '/');
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  int before = next_fd ();
  g_autoptr (GError) error = NULL;
  Config *config = config_load_text ((const char *) data, size, &error);

  g_assert_true ((config == NULL) == (error != NULL));
  if (config != NULL)
    {
      check (config, config_to_spec);
      check (config, config_hooks_spec);
      check (config, config_exec_spec);
      config_take_process (config, config_process (config));
      check (config, config_exec_spec);
      config_free (config);
    }
  g_assert_cmpint (next_fd (), ==, before);
  return 0;
}
