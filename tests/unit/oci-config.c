/* See oci-config.h. */
#include "oci-config.h"

#include "base/i18n.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <unistd.h>

GPtrArray *test_warnings;
gboolean test_selinux;

/* --- The machine, where the linker wraps it --------------------------------------------------------- */

void __wrap_log_warning (const char *format, ...) G_GNUC_PRINTF (1, 2);
int __wrap_access (const char *path, int mode);
int __real_access (const char *path, int mode);

void
__wrap_log_warning (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_ptr_array_add (test_warnings, g_strdup_vprintf (format, args));
  va_end (args);
}

int
__wrap_access (const char *path, int mode)
{
  if (g_str_equal (path, "/sys/fs/selinux/enforce"))
    return test_selinux ? 0 : -1;
  return __real_access (path, mode);
}

/* --- The bundle ------------------------------------------------------------------------------------- */

static ConfigContext context = { "box", NULL, -1 };

const ConfigContext *
test_context (void)
{
  if (context.bundle == NULL)
    {
      context.bundle = g_dir_make_tmp ("snug-bundle-XXXXXX", NULL);
      g_assert_nonnull (context.bundle);
      context.bundle_dir = open (context.bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
      g_assert_cmpint (mkdirat (context.bundle_dir, "rootfs", 0755), ==, 0);
      g_assert_cmpint (symlinkat ("rootfs", context.bundle_dir, "link"), ==, 0);
      close (openat (context.bundle_dir, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    }
  return &context;
}

static void
remove_bundle (void)
{
  static const char *const files[] = { "link", "file", "config.json", "process.json" };
  if (context.bundle == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    unlinkat (context.bundle_dir, files[i], 0);
  unlinkat (context.bundle_dir, "rootfs", AT_REMOVEDIR);
  close (context.bundle_dir);
  g_assert_cmpint (g_rmdir (context.bundle), ==, 0);
}

/* --- Configurations --------------------------------------------------------------------------------- */

static const char minimal[] = "{'ociVersion': '1.3.0', 'root': {'path': 'rootfs'},"
                              " 'process': {'cwd': '/', 'args': ['sh'], 'user': {'uid': 0, 'gid': 0}},"
                              " 'linux': {'namespaces': [{'type': 'mount'}]}}";

char *
test_requoted (const char *text)
{
  return g_strdelimit (g_strdup (text), "'", '"');
}

/* Puts the members of @from into @into, object into object. */
static void
merge (json_object *into, json_object *from)
{
  json_object_object_foreach (from, name, value)
  {
    json_object *there = NULL;
    if (json_object_object_get_ex (into, name, &there) && json_object_is_type (there, json_type_object)
        && json_object_is_type (value, json_type_object))
      merge (there, value);
    else
      json_object_object_add (into, name, json_object_get (value));
  }
}

Config *
test_load (const char *fragment, GError **error)
{
  g_autofree char *base = test_requoted (minimal), *text = test_requoted (fragment);
  g_autoptr (json_object) document = NULL, changes = NULL;
  g_autoptr (GError) failure = NULL;

  json_load (base, strlen (base), &document, &failure);
  g_assert_no_error (failure);
  json_load (text, strlen (text), &changes, &failure);
  g_assert_no_error (failure);
  merge (document, changes);
  const char *merged = json_object_to_json_string_ext (document, JSON_C_TO_STRING_PLAIN);
  return config_load_text (merged, strlen (merged), error);
}

Loaded
read_config (const char *fragment)
{
  g_autoptr (GError) error = NULL;
  Loaded loaded = { test_load (fragment, &error), NULL };
  g_assert_no_error (error);
  loaded.spec = config_to_spec (loaded.config, test_context (), &error);
  g_assert_no_error (error);
  return loaded;
}

void
loaded_clear (Loaded *loaded)
{
  g_clear_pointer (&loaded->spec, spec_free);
  g_clear_pointer (&loaded->config, config_free);
}

/* --- Tests ------------------------------------------------------------------------------------------ */

static void
run_fresh (gconstpointer function)
{
  translate_nothing ();
  test_warnings = g_ptr_array_new_with_free_func (g_free);
  ((GTestFunc) function) ();
  g_clear_pointer (&test_warnings, g_ptr_array_unref);
}

void
test_add (const char *path, GTestFunc function)
{
  g_test_add_data_func (path, (gconstpointer) function, run_fresh);
}

int
test_run (void)
{
  int status = g_test_run ();
  remove_bundle ();
  return status;
}
