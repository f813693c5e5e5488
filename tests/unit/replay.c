/* Gives a fuzzer of tests/fuzz each file of its corpus, as a test of its own: what it begins with, and what it has found.
 * Which one it is, its own name says: fuzz-NAME.t.
 *
 * Must not: look for more; `./dev fuzz` does.
 */
#include <glib.h>
#include <string.h>

int LLVMFuzzerInitialize (int *argc, char ***argv) __attribute__ ((weak));
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
replay (gconstpointer path)
{
  g_autofree char *data = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  g_assert_cmpint (LLVMFuzzerTestOneInput ((const guint8 *) data, size), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (LLVMFuzzerInitialize != NULL)
    LLVMFuzzerInitialize (&argc, &argv);

  g_autofree char *fuzzer = g_path_get_basename (argv[0]);
  *strrchr (fuzzer, '.') = '\0';
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "fuzz", "corpus", fuzzer, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *test = g_build_path ("/", "/", fuzzer, name, NULL);
      g_test_add_data_func_full (test, g_build_filename (folder, name, NULL), replay, g_free);
    }
  return g_test_run ();
}
