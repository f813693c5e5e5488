/* The documents that snug-oci makes: the features document is true in every item, the configs of `spec` can be loaded, and
 * looking at the host leaves nothing.
 */
#include "base/error.h"
#include "base/sys.h"
#include "oci-config.h"
#include "oci/config/default.h"
#include "oci/features.h"
#include "oci/host/attempt.h"
#include "oci/host/host.h"
#include "oci/oci.h"
#include "plan/seccomp-rules.h"
#include "plan/seccomp.h"

#include <sys/wait.h>
#include <unistd.h>

/* --- Loading what is claimed ------------------------------------------------------------------------------ */

/* Reads the minimal configuration changed by @fragment, in single quotes. */
static Loaded
load (const char *fragment)
{
  g_autoptr (GError) error = NULL;
  Loaded loaded = { test_load (fragment, &error), NULL };
  if (loaded.config)
    loaded.spec = config_to_spec (loaded.config, test_context (), &error);
  if (error)
    g_test_message ("%s", error->message);
  return loaded;
}

/* Whether a configuration with the fragment that @format makes can be read. */
static gboolean loads (const char *format, ...) G_GNUC_PRINTF (1, 2);

static gboolean
loads (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *fragment = g_strdup_vprintf (format, args);
  va_end (args);
  g_auto (Loaded) loaded = load (fragment);
  return loaded.spec != NULL;
}

/* The value at @path of @object, which must be there. */
static json_object *
at (json_object *object, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  for (char **name = names; *name; name++)
    g_assert_true (json_object_object_get_ex (object, *name, &object));
  return object;
}

static const char *
word (json_object *array, gsize i)
{
  return json_object_get_string (json_object_array_get_idx (array, i));
}

static gboolean
has_word (json_object *array, const char *wanted)
{
  for (gsize i = 0; i < json_object_array_length (array); i++)
    if (g_str_equal (word (array, i), wanted))
      return TRUE;
  return FALSE;
}

/* Runs @check for each word of the features document at @path, and once for a word that nobody knows, where it has to
 * be FALSE: else it would prove nothing. */
static void
each_is_known (const char *path, gboolean (*check) (const char *word))
{
  g_autoptr (json_object) features = features_describe ();
  json_object *words = at (features, path);

  g_assert_cmpuint (json_object_array_length (words), >, 0);
  for (gsize i = 0; i < json_object_array_length (words); i++)
    if (!check (word (words, i)))
      g_error ("%s of %s is not known", word (words, i), path);
  g_assert_false (check ("NOTHING_OF_THE_KIND"));
}

/* --- Features ------------------------------------------------------------------------------------------------ */

static gboolean
is_version (const char *version)
{
  return loads ("{'ociVersion': '%s'}", version);
}

static void
test_versions (void)
{
  g_autoptr (json_object) features = features_describe ();
  g_assert_true (is_version (json_object_get_string (at (features, "ociVersionMin"))));
  g_assert_true (is_version (json_object_get_string (at (features, "ociVersionMax"))));
  g_assert_cmpstr (json_object_get_string (at (features, "ociVersionMax")), ==, OCI_SPEC_VERSION);
}

/* A hook arrives in the Spec. */
static gboolean
is_hook (const char *name)
{
  g_autofree char *fragment = g_strdup_printf ("{'hooks': {'%s': [{'path': '/hook'}]}}", name);
  g_auto (Loaded) loaded = load (fragment);
  guint n = 0;

  g_assert_nonnull (loaded.spec);
  for (HookMoment moment = 0; moment < N_HOOKS; moment++)
    n += loaded.spec->bundle->hooks[moment]->len;
  return n == 1;
}

static void
test_hooks (void)
{
  each_is_known ("hooks", is_hook);
}

/* A bind mount takes no option that nobody knows; tmpcopyup is for a tmpfs, and idmap for a user namespace. */
static gboolean
is_mount_option (const char *name)
{
  return loads ("{'mounts': [{'destination': '/mnt', 'source': '/usr', 'type': 'tmpfs', 'options': [%s'%s']}],"
                " 'linux': {'uidMappings': [{'containerID': 0, 'hostID': 1000, 'size': 1}],"
                " 'gidMappings': [{'containerID': 0, 'hostID': 1000, 'size': 1}],"
                " 'namespaces': [{'type': 'mount'}, {'type': 'user'}]}}",
                g_str_equal (name, "tmpcopyup") ? "" : "'bind', ", name);
}

/* Those that the specification demands, or recommends, of Linux runtimes. */
static const char *const demanded[] = {
  "async",
  "atime",
  "bind",
  "defaults",
  "dev",
  "diratime",
  "dirsync",
  "exec",
  "iversion",
  "lazytime",
  "loud",
  "noatime",
  "nodev",
  "nodiratime",
  "noexec",
  "noiversion",
  "nolazytime",
  "norelatime",
  "nostrictatime",
  "nosuid",
  "private",
  "ratime",
  "rbind",
  "rdev",
  "rdiratime",
  "relatime",
  "remount",
  "rexec",
  "rnoatime",
  "rnodev",
  "rnoexec",
  "rnosuid",
  "ro",
  "rprivate",
  "rrelatime",
  "rro",
  "rrw",
  "rshared",
  "rslave",
  "rstrictatime",
  "rsuid",
  "rsymfollow",
  "rw",
  "runbindable",
  "shared",
  "silent",
  "slave",
  "strictatime",
  "suid",
  "symfollow",
  "sync",
  "unbindable",
  "idmap",
  "ridmap",
  "tmpcopyup",
  "nosymfollow",
  "rnodiratime",
  "rnostrictatime",
  "rnorelatime",
  "rnosymfollow",
};

static void
test_mount_options (void)
{
  g_autoptr (json_object) features = features_describe ();
  each_is_known ("mountOptions", is_mount_option);
  for (gsize i = 0; i < G_N_ELEMENTS (demanded); i++)
    if (!has_word (at (features, "mountOptions"), demanded[i]))
      g_error ("the mount option %s is missing", demanded[i]);
}

/* There has to be a mount namespace, and one of each type is enough. */
static gboolean
is_namespace (const char *name)
{
  const char *mount = g_str_equal (name, "mount") ? "" : "{'type': 'mount'}, ";
  return loads ("{'linux': {'namespaces': [%s{'type': '%s'}]}}", mount, name);
}

static void
test_namespaces (void)
{
  each_is_known ("linux/namespaces", is_namespace);
}

/* Unknown ones are left out of the set, with a warning. */
static gboolean
is_capability (const char *name)
{
  g_autofree char *fragment = g_strdup_printf ("{'process': {'capabilities': {'bounding': ['%s']}}}", name);
  g_auto (Loaded) loaded = load (fragment);
  g_assert_nonnull (loaded.spec);
  return loaded.spec->bundle->cap_sets.bounding != 0 && test_warnings->len == 0;
}

static void
test_capabilities (void)
{
  each_is_known ("linux/capabilities", is_capability);
}

/* Whether a profile that allows all but for @more can be compiled. */
static gboolean compiles (const char *more, ...) G_GNUC_PRINTF (1, 2);

static gboolean
compiles (const char *more, ...)
{
  g_autoptr (GArray) program = NULL;
  va_list args;
  va_start (args, more);
  g_autofree char *rest = g_strdup_vprintf (more, args);
  va_end (args);
  g_autofree char *quoted = g_strdup_printf ("{'defaultAction': 'SCMP_ACT_ALLOW', %s}", rest);
  g_autofree char *profile = test_requoted (quoted);
  g_autoptr (json_object) value = NULL;
  if (!json_load (profile, strlen (profile), &value, NULL))
    return FALSE;
  JsonCursor top = json_top (value);
  return seccomp_compile_profile_object (&top, &(SeccompReading){ .can_ask = TRUE }, &program, NULL, NULL,
                                         NULL);
}

static gboolean
is_action (const char *name)
{
  return compiles ("'syscalls': [{'names': ['mkdir'], 'action': '%s'}]", name);
}

static gboolean
is_operator (const char *name)
{
  return compiles ("'syscalls': [{'names': ['mkdir'], 'action': 'SCMP_ACT_ERRNO',"
                   " 'args': [{'index': 0, 'value': 1, 'op': '%s'}]}]",
                   name);
}

/* Beside the machine's own, as a program for others alone is none. */
static gboolean
is_architecture (const char *name)
{
  return compiles ("'architectures': ['%s', '%s']", seccomp_abi_native ()->name, name);
}

static gboolean
is_flag (const char *name)
{
  return compiles ("'flags': ['%s']", name);
}

static void
test_seccomp (void)
{
  g_autoptr (json_object) features = features_describe ();
  json_object *known = at (features, "linux/seccomp/knownFlags");
  json_object *supported = at (features, "linux/seccomp/supportedFlags");

  each_is_known ("linux/seccomp/actions", is_action);
  each_is_known ("linux/seccomp/operators", is_operator);
  each_is_known ("linux/seccomp/archs", is_architecture);
  each_is_known ("linux/seccomp/knownFlags", is_flag);
  for (gsize i = 0; i < json_object_array_length (supported); i++)
    g_assert_true (has_word (known, word (supported, i)));
  g_assert_cmpint (has_word (at (features, "linux/seccomp/actions"), "SCMP_ACT_NOTIFY"), ==,
                   is_action ("SCMP_ACT_NOTIFY"));
}

/* Some modes need nodes, some take none. */
static gboolean
is_memory_mode (const char *name)
{
  return loads ("{'linux': {'memoryPolicy': {'mode': '%s'}}}", name)
         || loads ("{'linux': {'memoryPolicy': {'mode': '%s', 'nodes': '0'}}}", name);
}

static gboolean
is_memory_flag (const char *name)
{
  return loads ("{'linux': {'memoryPolicy': {'mode': 'MPOL_BIND', 'nodes': '0', 'flags': ['%s']}}}", name);
}

static void
test_memory_policy (void)
{
  each_is_known ("linux/memoryPolicy/modes", is_memory_mode);
  each_is_known ("linux/memoryPolicy/flags", is_memory_flag);
}

/* The document has no members that the specification does not define: features.md, features-linux.md. */
static void
only_members (json_object *object, const char *const *allowed)
{
  json_object_object_foreach (object, name, value)
  {
    g_assert_nonnull (value);
    if (!g_strv_contains (allowed, name))
      g_error ("the specification knows no %s", name);
  }
}

static void
test_members (void)
{
  static const char *const top[] = { "ociVersionMin",
                                     "ociVersionMax",
                                     "hooks",
                                     "mountOptions",
                                     "linux",
                                     "annotations",
                                     "potentiallyUnsafeConfigAnnotations",
                                     NULL };
  static const char *const section[] = { "namespaces",      "capabilities", "cgroup",   "seccomp",
                                         "apparmor",        "selinux",      "intelRdt", "memoryPolicy",
                                         "mountExtensions", "netDevices",   NULL };
  static const char *const cgroup[] = { "v1", "v2", "systemd", "systemdUser", "rdma", NULL };
  g_autoptr (json_object) features = features_describe ();

  only_members (features, top);
  only_members (at (features, "linux"), section);
  only_members (at (features, "linux/cgroup"), cgroup);
  for (gsize i = 0; cgroup[i]; i++)
    g_assert_true (json_object_is_type (at (at (features, "linux/cgroup"), cgroup[i]), json_type_boolean));
  g_assert_cmpint (json_object_get_boolean (at (features, "linux/mountExtensions/idmap/enabled")), ==,
                   feature_is_there (FEATURE_idmap));
}

/* --- Default configs -------------------------------------------------------------------------------------------- */

static Loaded
load_default (gboolean rootless)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_object) document = default_config (rootless, 1000, 1001);
  g_autofree char *text = json_pretty (document);
  Loaded loaded = { config_load_text (text, strlen (text), &error), NULL };
  g_assert_no_error (error);
  loaded.spec = config_to_spec (loaded.config, test_context (), &error);
  g_assert_no_error (error);
  return loaded;
}

static const FsOp *
mount_on (const Spec *spec, const char *dest)
{
  for (guint i = 0; i < spec->fs->len; i++)
    if (g_str_equal (g_array_index (spec->fs, FsOp, i).dest, dest))
      return &g_array_index (spec->fs, FsOp, i);
  g_error ("nothing is mounted on %s", dest);
}

static gboolean
has_data (const FsOp *op, const char *option)
{
  return op->details->data && g_strv_contains (op->details->data, option);
}

static void
test_default (void)
{
  g_auto (Loaded) loaded = load_default (FALSE);
  const Spec *spec = loaded.spec;

  g_assert_cmpstr (loaded.config->version, ==, OCI_SPEC_VERSION);
  g_assert_cmpstr (spec->argv[0], ==, "sh");
  g_assert_true (spec->bundle->terminal.given);
  g_assert_false (spec->bundle->allow_new_privs);
  g_assert_false (spec->ns[NS_USER].unshare);
  g_assert_true (spec->ns[NS_NET].unshare);
  g_assert_cmpint (mount_on (spec, "/sys")->kind, ==, FS_MOUNT);
  g_assert_true (has_data (mount_on (spec, "/dev/pts"), "gid=5"));
  g_assert_cmpuint (spec->rlimits->len, ==, 1);
  /* AUDIT_WRITE, KILL, NET_BIND_SERVICE */
  g_assert_cmpuint (spec->bundle->cap_sets.bounding, ==, 1 << 29 | 1 << 5 | 1 << 10);
}

static void
test_default_rootless (void)
{
  g_auto (Loaded) loaded = load_default (TRUE);
  const Spec *spec = loaded.spec;
  g_assert_nonnull (spec);
  const IdRange *user = &g_array_index (spec->uid_map, IdRange, 0);
  const IdRange *group = &g_array_index (spec->gid_map, IdRange, 0);

  g_assert_true (spec->ns[NS_USER].unshare);
  g_assert_cmpuint (spec->uid_map->len, ==, 1);
  g_assert_cmpuint (user->inside, ==, 0);
  g_assert_cmpuint (user->outside, ==, 1000);
  g_assert_cmpuint (user->count, ==, 1);
  g_assert_cmpuint (group->outside, ==, 1001);
  g_assert_null (loaded.config->resources.value);

  /* What an ordinary user may mount. */
  g_assert_false (spec->ns[NS_NET].unshare);
  g_assert_cmpint (mount_on (spec, "/sys")->kind, ==, FS_BIND);
  g_assert_cmpuint (mount_on (spec, "/sys")->details->attributes->rec_set & MOUNT_ATTR_RDONLY, !=, 0);
  g_assert_false (has_data (mount_on (spec, "/dev/pts"), "gid=5"));
}

/* --- The host ------------------------------------------------------------------------------------------------------ */

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;
  while (g_dir_read_name (dir))
    n++;
  return n;
}

static char *
read_mounts (void)
{
  char *text = NULL;
  g_assert_true (g_file_get_contents ("/proc/self/mountinfo", &text, NULL, NULL));
  return text;
}

/* Looking leaves no descriptor, no mount, and nobody to wait for. */
static void
test_nothing_left (void)
{
  g_autofree char *before = read_mounts ();
  guint descriptors = count_descriptors ();
  host_free (host_look (NULL));
  g_autofree char *after = read_mounts ();

  g_assert_cmpstr (before, ==, after);
  g_assert_cmpuint (count_descriptors (), ==, descriptors);
  g_assert_cmpint (waitpid (-1, NULL, 0), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
}

/* Each ability that does not work says why, and what works needs no reason. */
static void
test_abilities (void)
{
  g_autoptr (Host) host = host_look (NULL);
  g_autoptr (json_object) document = host_describe (host);
  json_object *abilities = at (document, "abilities");

  for (gsize i = 0; i < json_object_array_length (abilities); i++)
    {
      json_object *ability = json_object_array_get_idx (abilities, i);
      gboolean works = json_object_get_boolean (at (ability, "works"));
      g_assert_true (json_object_object_get_ex (ability, "why", NULL) != works);
      g_assert_cmpstr (json_object_get_string (at (ability, "what")), !=, "");
    }
}

/* An attempt says what the same call in this process says. */
static void
test_attempts (void)
{
  int results[N_ATTEMPTS];
  attempt_all (results);

  int self = sys_pidfd_open (getpid ());
  g_assert_cmpint (results[ATTEMPT_PIDFD] == 0, ==, self >= 0);
  close (self);
  pid_t pid = sys_clone3 (CLONE_NEWUSER, SIGCHLD, NULL, -1);
  if (pid == 0)
    _exit (0);
  if (pid < 0)
    g_assert_cmpint (results[ATTEMPT_USER], ==, errno);
  else
    waitpid (pid, NULL, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_add ("/oci-docs/features/versions", test_versions);
  test_add ("/oci-docs/features/hooks", test_hooks);
  test_add ("/oci-docs/features/mount-options", test_mount_options);
  test_add ("/oci-docs/features/namespaces", test_namespaces);
  test_add ("/oci-docs/features/capabilities", test_capabilities);
  test_add ("/oci-docs/features/seccomp", test_seccomp);
  test_add ("/oci-docs/features/memory-policy", test_memory_policy);
  test_add ("/oci-docs/features/members", test_members);
  test_add ("/oci-docs/spec/default", test_default);
  test_add ("/oci-docs/spec/rootless", test_default_rootless);
  test_add ("/oci-docs/host/nothing-left", test_nothing_left);
  test_add ("/oci-docs/host/abilities", test_abilities);
  test_add ("/oci-docs/host/attempts", test_attempts);
  return test_run ();
}
