/* config.json -> Spec: what each property becomes, and what is refused, with its place. */
#include "oci/config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- A bundle, and fragments of a configuration ------------------------------------------------------------ */

static const ConfigContext *
bundle (void)
{
  static ConfigContext context = { "box", NULL, -1 };
  if (context.bundle == NULL)
    {
      g_autofree char *root = NULL;
      context.bundle = g_dir_make_tmp ("snug-bundle-XXXXXX", NULL);
      g_assert_nonnull (context.bundle);
      root = g_build_filename (context.bundle, "rootfs", NULL);
      g_assert_cmpint (g_mkdir (root, 0755), ==, 0);
      context.bundle_dir = open (context.bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
  return &context;
}

static const char minimal[] = "{'ociVersion': '1.3.0', 'root': {'path': 'rootfs'},"
                              " 'process': {'cwd': '/', 'args': ['sh'], 'user': {'uid': 0, 'gid': 0}},"
                              " 'linux': {'namespaces': [{'type': 'mount'}]}}";

/* What a test reads.  Single quotes stand for double ones. */
typedef struct
{
  Config *config;
  Spec *spec;
} Loaded;

static char *
requoted (const char *text)
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

/* The minimal configuration with @fragment merged in. */
static Config *
load (const char *fragment, GError **error)
{
  g_autofree char *base = requoted (minimal), *text = requoted (fragment);
  g_autoptr (json_object) document = NULL, changes = NULL;

  g_assert_true (json_load (base, strlen (base), &document, NULL));
  g_assert_true (json_load (text, strlen (text), &changes, error));
  merge (document, changes);
  const char *merged = json_object_to_json_string_ext (document, 0);
  return config_load_text (merged, strlen (merged), error);
}

static Loaded
read_config (const char *fragment)
{
  g_autoptr (GError) error = NULL;
  Loaded loaded = { load (fragment, &error), NULL };
  g_assert_no_error (error);
  loaded.spec = config_to_spec (loaded.config, bundle (), &error);
  g_assert_no_error (error);
  return loaded;
}

static void
loaded_clear (Loaded *loaded)
{
  g_clear_pointer (&loaded->spec, spec_free);
  g_clear_pointer (&loaded->config, config_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Loaded, loaded_clear)

static const FsOp *
op_at (const Spec *spec, guint i)
{
  g_assert_cmpuint (i, <, spec->fs->len);
  return &g_array_index (spec->fs, FsOp, i);
}

static void
test_minimal (void)
{
  g_auto (Loaded) loaded = read_config ("{}");
  const Spec *spec = loaded.spec;

  g_assert_cmpstr (spec->argv[0], ==, "sh");
  g_assert_cmpstr (spec->chdir.value, ==, "/");
  g_assert_true (spec->ns[NS_MOUNT].unshare);
  g_assert_cmpint (op_at (spec, 0)->kind, ==, FS_BIND);
  g_assert_cmpstr (op_at (spec, 0)->dest, ==, "/");
  g_assert_cmpint (op_at (spec, 0)->fd, >=, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/oci-config/minimal", test_minimal);
  return g_test_run ();
}
