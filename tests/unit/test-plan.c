/* Spec -> Plan, seen through --explain where it can be.
 *
 * tests/golden/NAME.args, an argument a line, is explained as NAME.txt and NAME.json say, in the world of world.h; and so
 * are config.json of bundles: NAME.bundle, NAME.root-bundle (root's), NAME.exec (its process enters the container again) and
 * NAME.mounts (its mounts are added to a running container).
 * What is meant to change is brought up to date by `make golden`; look at the difference before you keep it.
 */
#include "world.h"

#include "base/json.h"
#include "oci/config/config.h"
#include "plan/plan.h"
#include "spec/explain.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static Plan *
compile (const Parser *parser)
{
  g_autoptr (GError) error = NULL;
  Plan *plan = plan_compile (parser->spec, &error);
  g_assert_no_error (error);
  return plan;
}

static const Step *
find_step (const Plan *plan, StepKind kind)
{
  for (guint i = 0; i < plan->steps->len; i++)
    if (plan_step (plan, i)->kind == kind)
      return plan_step (plan, i);
  g_error ("there is no step %s", step_infos[kind].name);
}

static char *
explain (const Spec *spec, const Plan *plan, gboolean json)
{
  char *text = NULL;
  gsize length;
  FILE *out = open_memstream (&text, &length);
  plan_explain (spec, plan, NULL, json, out);
  fclose (out);
  return text;
}

/* --- Golden files ------------------------------------------------------------------------------------------ */

/* Where the bundles' root directory is; called /bundle in what is compared. */
static char bundle_folder[] = "/tmp/snug-golden-XXXXXX";

static void
make_bundle (void)
{
  g_assert_nonnull (mkdtemp (bundle_folder));
  g_autofree char *rootfs = g_build_filename (bundle_folder, "rootfs", NULL);
  g_assert_cmpint (mkdir (rootfs, 0755), ==, 0);
}

static void
remove_bundle (void)
{
  g_autofree char *rootfs = g_build_filename (bundle_folder, "rootfs", NULL);
  g_assert_cmpint (rmdir (rootfs), ==, 0);
  g_assert_cmpint (rmdir (bundle_folder), ==, 0);
}

/* How long a filter becomes depends on the machine and on libseccomp. */
static char *
normalise (const char *text)
{
  g_autoptr (GRegex) text_length = g_regex_new (" of \\d+ instructions", 0, 0, NULL);
  g_autoptr (GRegex) json_length = g_regex_new ("\"instructions\": \\d+", 0, 0, NULL);
  g_autoptr (GRegex) folder = g_regex_new (bundle_folder, 0, 0, NULL);
  g_autofree char *once = g_regex_replace_literal (text_length, text, -1, 0, " of N instructions", 0, NULL);
  g_autofree char *twice = g_regex_replace_literal (json_length, once, -1, 0, "\"instructions\": 0", 0, NULL);
  return g_regex_replace_literal (folder, twice, -1, 0, "/bundle", 0, NULL);
}

static char *
read_golden (const char *name, const char *ending)
{
  g_autofree char *file = g_strconcat (name, ending, NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", file, NULL);
  char *text = NULL;
  FILE *in = fopen (path, "re");
  gsize size = 0;
  if (in == NULL || getdelim (&text, &size, '\0', in) < 0)
    g_error ("can't read %s", path);
  fclose (in);
  return text;
}

/* json-c's layout differs from version to version. */
static char *
layout (const char *json)
{
  g_autoptr (json_object) value = NULL;
  g_autoptr (GError) error = NULL;
  json_load (json, strlen (json), &value, &error);
  g_assert_no_error (error);
  return g_strdup (json_object_to_json_string_ext (value, JSON_C_TO_STRING_PRETTY));
}

/* Whether the golden files are to be written; asked before the world's environment replaces ours. */
static gboolean refreshing;

static void
check_golden (const char *name, const char *ending, const char *explained)
{
  g_autofree char *actual = normalise (explained);
  if (refreshing)
    {
      g_autofree char *file = g_strconcat (name, ending, NULL);
      g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", file, NULL);
      g_assert_true (g_file_set_contents (path, actual, -1, NULL));
      return;
    }

  g_autofree char *expected = read_golden (name, ending);
  gboolean json = g_str_equal (ending, ".json");
  g_autofree char *a = json ? layout (actual) : g_strdup (actual),
                  *b = json ? layout (expected) : g_strdup (expected);
  g_auto (GStrv) has = g_strsplit (a, "\n", -1), wants = g_strsplit (b, "\n", -1);
  guint i = 0;
  while (has[i] && wants[i] && g_str_equal (has[i], wants[i]))
    i++;
  if (g_strcmp0 (has[i], wants[i]) != 0)
    g_error ("%s%s differs (if that is meant, make golden brings it up to date):\n- %s\n+ %s", name, ending,
             wants[i], has[i]);
}

/* Steps come in the order of their stages, which is that of stages.def. */
static void
check_order (const Plan *plan)
{
  for (guint i = 1; i < plan->steps->len; i++)
    g_assert_cmpint (step_infos[plan_step (plan, i - 1)->kind].stage, <=,
                     step_infos[plan_step (plan, i)->kind].stage);
}

/* Whether a golden case has it. */
static gboolean seen[N_STEP_KINDS];

/* Only for trees that root alone can open: tests/oci-root.bats. */
static const gboolean is_for_root[N_STEP_KINDS] = { [STEP_SHELF] = TRUE, [STEP_SHELVE] = TRUE };

static void
check_plan (const char *name, const Spec *spec)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Plan) plan = plan_compile (spec, &error);
  g_assert_no_error (error);
  g_autofree char *text = explain (spec, plan, FALSE), *json = explain (spec, plan, TRUE);

  check_golden (name, ".txt", text);
  check_golden (name, ".json", json);
  check_order (plan);
  for (guint i = 0; i < plan->steps->len; i++)
    seen[plan_step (plan, i)->kind] = TRUE;
}

static void
check_arguments (const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = g_strsplit (text, "\n", -1);
  g_auto (GStrv) all = g_strdupv (words);
  guint n = g_strv_length (all);

  if (n > 0 && all[n - 1][0] == '\0') /* behind the last line */
    g_clear_pointer (&all[n - 1], g_free);
  g_autoptr (Parser) parser = world_parse (TRUE, (const char *const *) all, &error);
  g_assert_no_error (error);
  check_plan (name, parser->spec);
}

typedef Spec *ConfigReaderFunction (Config *config, const ConfigContext *context, GError **error);

/* Reads @text as the config.json of a bundle with the root directory "rootfs", and has @finish add what a verb would. */
static void
check_config (const char *name, const char *text, ConfigReaderFunction *read, void (*finish) (Spec *spec))
{
  g_autoptr (GError) error = NULL;
  const ConfigContext context = { "box", "/bundle", open (bundle_folder, O_PATH | O_DIRECTORY | O_CLOEXEC) };

  g_autoptr (Config) config = config_load_text (text, strlen (text), &error);
  g_assert_no_error (error);
  g_autoptr (Spec) spec = read (config, &context, &error);
  g_assert_no_error (error);
  finish (spec);
  check_plan (name, spec);
  g_assert_cmpuint (world.warnings->len, ==, 0);
  close (context.bundle_dir);
}

/* As create and run do. */
static void
finish_bundle (Spec *spec)
{
  spec->bundle->gate_fd = FD_NULL;
  spec->bundle->keyring = TRUE;
}

static void
check_bundle (const char *name, const char *text)
{
  check_config (name, text, config_to_spec, finish_bundle);
}

static void
check_root_bundle (const char *name, const char *text)
{
  world.uid = world.gid = 0;
  check_bundle (name, text);
}

static void
finish_exec (Spec *spec)
{
  spec->bundle->enter_fd = FD_NULL;
  spec->bundle->enter_pid = WORLD_CONTAINER;
  spec->bundle->keyring = TRUE;
}

static void
check_exec (const char *name, const char *text)
{
  check_config (name, text, config_exec_spec, finish_exec);
}

/* As `mounts` does: the last one is taken away. */
static void
finish_mounts (Spec *spec)
{
  finish_exec (spec);
  spec->bundle->visit = TRUE;
  g_array_index (spec->fs, FsOp, spec->fs->len - 1).kind = FS_UNMOUNT;
}

static void
check_mounts (const char *name, const char *text)
{
  check_config (name, text, config_mounts_spec, finish_mounts);
}

static const struct
{
  const char *ending;
  void (*check) (const char *name, const char *text);
} kinds_of_cases[] = {
  { ".args", check_arguments }, { ".bundle", check_bundle }, { ".root-bundle", check_root_bundle },
  { ".exec", check_exec },      { ".mounts", check_mounts },
};

static void
check_file (const char *file)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds_of_cases); i++)
    if (g_str_has_suffix (file, kinds_of_cases[i].ending))
      {
        g_autofree char *name = g_strndup (file, strlen (file) - strlen (kinds_of_cases[i].ending));
        g_autofree char *text = read_golden (name, kinds_of_cases[i].ending);
        world_reset ();
        world_fill_descriptors ();
        world.selinux = TRUE;
        g_test_message ("%s", file);
        kinds_of_cases[i].check (name, text);
      }
}

static void
test_golden (void)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "golden", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;

  g_assert_nonnull (dir);
  make_bundle ();
  while ((file = g_dir_read_name (dir)) != NULL)
    check_file (file);
  remove_bundle ();
  for (int kind = 0; kind < N_STEP_KINDS; kind++)
    if (!seen[kind] && !is_for_root[kind])
      g_error ("no golden case has the step %s", step_infos[kind].name);
}

/* Compiling these mounts takes root's rights. */
static void
test_idmaps (void)
{
  static const char text[] =
      "{\"ociVersion\": \"1.3.0\", \"mounts\": ["
      "{\"destination\": \"/a\", \"source\": \"/a\", \"options\": [\"rbind\", \"ridmap\"],"
      " \"uidMappings\": [{\"containerID\": 0, \"hostID\": 1000, \"size\": 10}],"
      " \"gidMappings\": [{\"containerID\": 0, \"hostID\": 2000, \"size\": 10}]},"
      "{\"destination\": \"/b\", \"source\": \"/b\", \"options\": [\"bind\"]}]}";
  const ConfigContext context = { "box", "/bundle", -1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (Config) config = config_load_text (text, strlen (text), &error);
  g_assert_no_error (error);
  g_autoptr (Spec) spec = config_mounts_spec (config, &context, &error);
  g_assert_no_error (error);

  g_autoptr (json_object) explained = spec_to_json (spec);
  const char *all = json_object_to_json_string_ext (explained, JSON_C_TO_STRING_PLAIN);
  g_assert_nonnull (strstr (all, "\"idmap\":{\"of\":\"mount\",\"recursive\":true,\"uid_map\":[\"0 1000 10\"],"
                                 "\"gid_map\":[\"0 2000 10\"]}"));
  g_assert_null (strstr (strstr (all, "\"idmap\"") + 1, "\"idmap\""));
}

static void
test_tables (void)
{
  for (int kind = 0; kind < N_STEP_KINDS; kind++)
    {
      g_assert_cmpuint (strlen (step_infos[kind].what), >, 3);
      g_assert_cmpint (step_infos[kind].stage, <, N_STAGES);
      g_assert_true (kind == 0 || step_infos[kind - 1].stage <= step_infos[kind].stage);
    }
  for (int stage = 0; stage < N_STAGES; stage++)
    {
      g_assert_cmpuint (strlen (stages[stage].what), >, 3);
      g_assert_true (stage == 0 || stage == STAGE_outside || stages[stage].where != BY_MONITOR);
    }
}

/* Arguments don't talk to the terminal, nor break the JSON. */
static void
test_odd_characters (void)
{
  g_autoptr (GError) error = NULL;
  world_reset ();
  g_autoptr (Parser) parser = PARSE (&error, "--tmpfs", "/\033[31m\n\xff\xc2\x9b", "true");
  g_autoptr (Plan) plan = compile (parser);
  g_autofree char *text = explain (parser->spec, plan, FALSE), *json = explain (parser->spec, plan, TRUE);
  g_assert_null (strchr (text, '\033'));
  g_assert_null (strstr (text, "\xc2\x9b"));
  g_assert_nonnull (strstr (text, "mount a tmpfs at /\\x1b[31m\\x0a\xef\xbf\xbd\\x9b, mode 0755"));
  g_assert_true (g_utf8_validate (json, -1, NULL));
  g_autoptr (json_object) value = NULL;
  g_assert_true (json_load (json, strlen (json), &value, NULL));
}

/* --- Id maps --------------------------------------------------------------------------------------------------- */

#define SUBUID "/etc/subuid"
#define SUBGID "/etc/subgid"
#define ME "me:100000:65536\n"

typedef struct
{
  const char *subuid;   /* NULL: as world_reset has it */
  const char *expected; /* the map of users, or the error */
  const char *words[9];
} MapCase;

static const MapCase maps[] = {
  { NULL, "0 1000 1\n1 100000 65536\n", { "--map-auto" } },
  { "1000:5:10\n", "0 1000 1\n1 5 10\n", { "--map-auto" } },
  { "me:10:3\nyou:50:9\nme:20:4\n", "0 1000 1\n1 10 3\n4 20 4\n", { "--map-auto" } },
  { "me:10:3", "0 1000 1\n1 10 3\n", { "--map-auto" } },
  { "#\n\nme\nme:1\nme:x:3\nme:1:x\nme:1:0\nme:-1:5\nme:4294967295:1\nme:4294967290:9\nme:7:3:4\nme:10:3\n",
    "0 1000 1\n1 10 3\n",
    { "--map-auto" } },
  { "me:4294967290:4\n", "0 1000 1\n1 4294967290 4\n", { "--map-auto" } },
  { NULL, "0 100000 1000\n1000 1000 1\n1001 101000 64536\n", { "--map-ids" } },
  { "me:10:3\n", "0 10 3\n1000 1000 1\n", { "--map-ids" } },
  { "me:10:600\nme:2000:600\n", "0 10 600\n600 2000 400\n1000 1000 1\n1001 2400 200\n", { "--map-ids" } },
  { NULL, "0 100000 65536\n", { "--uid-map", "0:100000:65536", "--gid-map", "0:200000:1" } },
  { NULL,
    "--uid-map 0:99999:2 (argument 1): ids 99999 to 100000 are not yours to map: /etc/subuid gives you 100000 "
    "to 165535",
    { "--uid-map", "0:99999:2", "--gid-map", "0:200000:1" } },
  { NULL,
    "--uid-map 0:165535:2 (argument 1): ids 165535 to 165536 are not yours to map: /etc/subuid gives you "
    "100000 to "
    "165535",
    { "--uid-map", "0:165535:2", "--gid-map", "0:200000:1" } },
  { NULL,
    "--uid-map 2:100010:2 (argument 3): the range overlaps an earlier one",
    { "--uid-map", "0:100000:3", "--uid-map", "2:100010:2", "--gid-map", "0:200000:1" } },
  { NULL,
    "--uid-map 5:100002:2 (argument 3): the range overlaps an earlier one",
    { "--uid-map", "0:100000:3", "--uid-map", "5:100002:2", "--gid-map", "0:200000:1" } },
  { NULL,
    "0 100000 3\n3 100003 2\n",
    { "--uid-map", "0:100000:3", "--uid-map", "3:100003:2", "--gid-map", "0:200000:1" } },
  { "you:1:2\n",
    "--map-auto (argument 1): /etc/subuid has no subordinate ids for me (uid 1000)\n"
    "an administrator can give some with: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 me",
    { "--map-auto" } },
  { NULL, "--uid 65537 (argument 2): id 65537 is not in the map", { "--map-auto", "--uid", "65537" } },
  { NULL, "0 1000 1\n1 100000 65536\n", { "--map-auto", "--uid", "65536" } },
  { NULL,
    "--gid-map 1:200000:5 (argument 3): --dev needs id 0 in both maps: the kernel mounts devpts for it alone",
    { "--uid-map", "1:100000:5", "--gid-map", "1:200000:5", "--dev", "/dev" } },
};

static void
test_maps (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (maps); i++)
    {
      g_autoptr (GError) error = NULL;
      world_reset ();
      if (maps[i].subuid != NULL)
        world_file (SUBUID, maps[i].subuid);
      g_autoptr (Parser) parser = world_parse (TRUE, maps[i].words, &error);
      g_assert_no_error (error);
      g_autoptr (Plan) plan = plan_compile (parser->spec, &error);
      g_test_message ("%s", maps[i].expected);
      if (plan != NULL)
        g_assert_cmpstr (((const MapText *) find_step (plan, STEP_MAP_RANGES)->data)->uid, ==,
                         maps[i].expected);
      else
        g_assert_cmpstr (error->message, ==, maps[i].expected);
    }
}

/* The own id alone needs nobody's help. */
static void
test_own_map (void)
{
  g_autoptr (GError) error = NULL;
  world_reset ();
  world.newuidmap = FALSE;
  g_autoptr (Parser) parser = PARSE (&error, "--uid-map", "7:1000:1", "--gid-map", "8:1001:1", "true");
  g_autoptr (Plan) plan = compile (parser);
  const MapText *text = find_step (plan, STEP_MAP_SELF)->data;
  g_assert_cmpstr (text->uid, ==, "7 1000 1\n");
  g_assert_cmpstr (text->gid, ==, "8 1001 1\n");
}

/* Without helpers or files, with a caller who has no name, and as root, who needs neither. */
static void
test_map_machines (void)
{
  g_autoptr (GError) error = NULL;
  world_reset ();
  world.newuidmap = FALSE;
  g_autoptr (Parser) parser = PARSE (&error, "--unshare-user", "--map-auto");
  g_assert_null (plan_compile (parser->spec, &error));
  g_assert_cmpstr (error->message, ==, "--map-auto (argument 2): newuidmap is not there");
  g_clear_error (&error);

  world_reset ();
  world_file (SUBGID, NULL);
  g_assert_null (plan_compile (parser->spec, &error));
  g_assert_true (
      g_str_has_prefix (error->message, "--map-auto (argument 2): /etc/subgid has no subordinate ids"));
  g_clear_error (&error);

  world_reset ();
  world.uid = 1234;
  g_assert_null (plan_compile (parser->spec, &error));
  g_assert_nonnull (strstr (error->message, "for USER (uid 1234)"));
  g_clear_error (&error);

  world_reset ();
  world.uid = world.gid = 0;
  world.newuidmap = FALSE;
  g_autoptr (Parser) root =
      PARSE (&error, "--unshare-user", "--uid-map", "0:5000:70000", "--gid-map", "0:5000:70000");
  g_autoptr (Plan) plan = compile (root);
  g_assert_cmpstr (((const MapText *) find_step (plan, STEP_MAP_RANGES)->data)->gid, ==, "0 5000 70000\n");
}

/* --- The program ------------------------------------------------------------------------------------------------ */

static void
check_paths (const char *path, const char *program, const char *expected)
{
  g_autoptr (GError) error = NULL;
  world_reset ();
  g_unsetenv ("PATH");
  if (path != NULL)
    g_setenv ("PATH", path, TRUE);
  g_autoptr (Parser) parser = PARSE (&error, "--", program);
  g_autoptr (Plan) plan = compile (parser);
  g_autofree char *tried = g_strjoinv (" ", (char **) plan->exec);
  g_assert_cmpstr (tried, ==, expected);
}

static void
test_paths (void)
{
  check_paths ("/a:/b", "ls", "/a/ls /b/ls");
  check_paths ("/a::/b:", "ls", "/a/ls ls /b/ls ls");
  check_paths (NULL, "ls", "/bin/ls /usr/bin/ls");
  check_paths ("/a", "./ls", "./ls");
  check_paths ("/a", "/x/ls", "/x/ls");
  check_paths ("/a", "", "");
}

static void
test_no_program (void)
{
  g_autoptr (GError) error = NULL;
  world_reset ();
  g_autoptr (Parser) parser = PARSE (&error, "--explain", "--argv0", "x");
  g_autoptr (Plan) plan = compile (parser);
  g_assert_null (plan->program);
  g_assert_null (plan->argv[0]);
  g_assert_null (plan->exec[0]);
}

static void
test_environment (void)
{
  g_autoptr (GError) error = NULL;
  world_reset ();
  g_setenv ("PWD", "/nowhere", TRUE);
  g_autoptr (Parser) parser = PARSE (&error, "--setenv", "A", "b", "true");
  g_autoptr (Plan) plan = compile (parser);
  g_assert_cmpuint (g_strv_length (plan->env), ==, 6);
  g_assert_cmpstr (plan->env[0], ==, "PWD=/");
  g_assert_null (g_environ_getenv (plan->env + 1, "PWD"));
  g_assert_cmpstr (g_environ_getenv (plan->env, "A"), ==, "b");
}

/* --- Data and filters ---------------------------------------------------------------------------------------------- */

/* A pipe that two options read is kept for both; the content stays what it was. */
static void
test_shared_stream (void)
{
  g_autoptr (GError) error = NULL;
  char text[16] = "";
  world_reset ();
  g_autoptr (Parser) parser =
      PARSE (&error, "--file", "21", "/a", "--bind-data", "21", "/b", "--file", "21", "/c", "true");
  g_autoptr (Plan) plan = compile (parser);
  g_assert_cmpuint (find_step (plan, STEP_FILE)->value, ==, 0);
  g_assert_cmpuint (find_step (plan, STEP_BIND_DATA)->value, ==, 0);
  g_assert_cmpint (pread (FD_STREAM, text, sizeof text, 0), ==, 7);
  g_assert_cmpstr (text, ==, "stream\n");
}

static void
test_lone_stream (void)
{
  g_autoptr (GError) error = NULL;
  world_reset ();
  g_autoptr (Parser) parser = PARSE (&error, "--file", "21", "/a", "true");
  g_autoptr (Plan) plan = compile (parser);
  g_assert_true (find_step (plan, STEP_FILE)->value == STEP_STREAM);
}

static void
test_console (void)
{
  g_autoptr (GError) error = NULL;
  world_reset ();
  world.terminal = "/dev/pts/7";
  g_autoptr (Parser) parser = PARSE (&error, "--dev", "/dev", "true");
  g_autoptr (Plan) plan = compile (parser);
  g_assert_cmpstr (find_step (plan, STEP_DEV)->path, ==, "/dev/pts/7");
}

static void
check_failure (const char *message, const char *const *words)
{
  g_autoptr (GError) error = NULL;
  world_reset ();
  g_autoptr (Parser) parser = world_parse (TRUE, words, &error);
  g_assert_no_error (error);
  g_autoptr (Plan) plan = plan_compile (parser->spec, &error);
  g_autoptr (GRegex) number = g_regex_new ("pipe:\\[\\d+\\]", 0, 0, NULL);
  g_autofree char *said = g_regex_replace_literal (number, error->message, -1, 0, "PIPE", 0, NULL);
  g_assert_null (plan);
  g_assert_cmpstr (said, ==, message);
}

static void
test_failures (void)
{
#define FAILS(message, ...) check_failure (message, (const char *const[]){ __VA_ARGS__, NULL })
  FAILS ("--seccomp 20 (argument 1): Invalid seccomp data, must be multiple of 8", "--seccomp", "20", "true");
  FAILS ("--seccomp 24 (argument 1): can't read seccomp data: the seccomp program is empty", "--seccomp", "24",
         "true");
  FAILS ("--seccomp-profile /nowhere (argument 1): can't open the seccomp profile /nowhere: No such file or "
         "directory",
         "--seccomp-profile", "/nowhere", "true");
  FAILS ("--seccomp 22 (argument 1): can't read seccomp data: can't read descriptor 22: Bad file descriptor",
         "--seccomp", "22", "true");
  FAILS ("--bind-fd 21 /a (argument 1): descriptor 21 is PIPE, which has no path", "--bind-fd", "21", "/a",
         "true");
#undef FAILS
}

/* There may be thousands of them, in the memory of two processes. */
static void
test_sizes (void)
{
  g_assert_cmpuint (sizeof (Step), <=, 24 + 3 * sizeof (void *));
}

int
main (int argc, char **argv)
{
  refreshing = g_getenv ("SNUG_GOLDEN") != NULL;
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/golden", test_golden);
  g_test_add_func ("/plan/idmaps", test_idmaps);
  g_test_add_func ("/plan/tables", test_tables);
  g_test_add_func ("/plan/odd-characters", test_odd_characters);
  g_test_add_func ("/plan/maps", test_maps);
  g_test_add_func ("/plan/own-map", test_own_map);
  g_test_add_func ("/plan/map-machines", test_map_machines);
  g_test_add_func ("/plan/paths", test_paths);
  g_test_add_func ("/plan/no-program", test_no_program);
  g_test_add_func ("/plan/environment", test_environment);
  g_test_add_func ("/plan/shared-stream", test_shared_stream);
  g_test_add_func ("/plan/lone-stream", test_lone_stream);
  g_test_add_func ("/plan/console", test_console);
  g_test_add_func ("/plan/failures", test_failures);
  g_test_add_func ("/plan/sizes", test_sizes);
  return g_test_run ();
}
