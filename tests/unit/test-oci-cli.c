/* The command line of snug-oci: what each option says in each of its forms, and how wrong lines are refused. */
#include "base/nearest.h"
#include "oci/options.h"
#include "oci/signals.h"

#include <signal.h>
#include <unistd.h>

#define IS(a, b) (g_strcmp0 (a, b) == 0)
#define NUMBER(field, n) (o->field.given && o->field.value == (n))
#define LIST(list, a, b) (o->list->len == 2 && IS (o->list->pdata[0], a) && IS (o->list->pdata[1], b))
#define GID(i) g_array_index (o->additional_gids, gid_t, i)
#define MIB (G_GINT64_CONSTANT (1) << 20)

/* Parses @words, which end in NULL and must outlive the result; NULL with @error on failure. */
static OciOptions *
parse (const char *const *words, GError **error)
{
  g_autoptr (OciOptions) options = oci_options_new ();
  return oci_parse (options, (char **) words, error) ? g_steal_pointer (&options) : NULL;
}

static OciOptions *
parse_line (const char *line, GStrv *words, GError **error)
{
  *words = line[0] ? g_strsplit (line, " ", -1) : g_new0 (char *, 1);
  return parse ((const char *const *) *words, error);
}

/* --- Every option ------------------------------------------------------------------------------------------------ */

/* ROW (what holds for the options o, option, words…): words that use the option. */
#define ROWS                                                                                                   \
  ROW (IS (o->root, "/r"), "--root", "--root", "/r", "list")                                                   \
  ROW (IS (o->log, "/l"), "--log", "--log", "/l", "list")                                                      \
  ROW (o->log_format == LOG_JSON, "--log-format", "--log-format", "json", "list")                              \
  ROW (o->log_level == LOG_LEVEL_ERROR, "--log-level", "--log-level", "error", "list")                         \
  ROW (o->log_level == LOG_LEVEL_DEBUG, "--debug", "--debug", "list")                                          \
  ROW (o->cgroup_manager == CGROUPS_DISABLED, "--cgroup-manager", "--cgroup-manager", "disabled", "list")      \
  ROW (o->cgroup_manager == CGROUPS_SYSTEMD, "--systemd-cgroup", "--systemd-cgroup", "list")                   \
  ROW (o->rootless == ROOTLESS_TRUE && !o->spec_rootless, "--rootless", "--rootless", "true", "spec")          \
  ROW (o->version && o->verb == NULL, "--version", "--version")                                                \
  ROW (o->help && o->verb == NULL, "--help", "--help")                                                         \
  ROW (IS (o->bundle, "/b"), "--bundle", "create", "--bundle", "/b", "ID")                                     \
  ROW (IS (o->config, "/c"), "--config", "run", "--config", "/c", "ID")                                        \
  ROW (IS (o->config, "/c"), "--file", "spec", "--file", "/c")                                                 \
  ROW (o->spec_rootless && o->rootless == 0, "--rootless", "spec", "--rootless")                               \
  ROW (o->explain == EXPLAIN_TEXT, "--explain", "create", "--explain", "ID")                                   \
  ROW (IS (o->process, "/p"), "--process", "exec", "--process", "/p", "ID")                                    \
  ROW (o->detach, "--detach", "run", "--detach", "ID")                                                         \
  ROW (o->keep, "--keep", "run", "--keep", "ID")                                                               \
  ROW (o->tty, "--tty", "exec", "--tty", "ID", "sh")                                                           \
  ROW (o->user.given && o->user.gid_given && o->user.uid == 5 && o->user.gid == 6, "--user", "exec", "--user", \
       "5:6", "ID", "sh")                                                                                      \
  ROW (o->additional_gids->len == 2 && GID (0) == 7 && GID (1) == 8, "--additional-gids", "exec",              \
       "--additional-gids", "7,8", "ID", "sh")                                                                 \
  ROW (IS (o->cwd, "/w"), "--cwd", "exec", "--cwd", "/w", "ID", "sh")                                          \
  ROW (LIST (env, "B=", "A=b=c"), "--env", "exec", "-e", "B=", "--env", "A=b=c", "ID", "sh")                   \
  ROW (LIST (caps, "CAP_KILL", "chown"), "--cap", "exec", "-c", "CAP_KILL", "--cap", "chown", "ID", "sh")      \
  ROW (o->no_new_privs, "--no-new-privs", "exec", "--no-new-privs", "ID", "sh")                                \
  ROW (IS (o->apparmor, "a"), "--apparmor", "exec", "--apparmor", "a", "ID", "sh")                             \
  ROW (IS (o->process_label, "l"), "--process-label", "exec", "--process-label", "l", "ID", "sh")              \
  ROW (LIST (cgroups, "x", "y"), "--cgroup", "exec", "--cgroup=x", "--cgroup", "y", "ID", "sh")                \
  ROW (o->ignore_paused, "--ignore-paused", "exec", "--ignore-paused", "ID", "sh")                             \
  ROW (IS (o->pid_file, "/p"), "--pid-file", "create", "--pid-file", "/p", "ID")                               \
  ROW (IS (o->console_socket, "/s"), "--console-socket", "create", "--console-socket", "/s", "ID")             \
  ROW (IS (o->pidfd_socket, "/s"), "--pidfd-socket", "create", "--pidfd-socket", "/s", "ID")                   \
  ROW (o->preserve_fds == 2 && o->listen_fds == 0, "--preserve-fds", "run", "--preserve-fds", "2", "ID")       \
  ROW (o->die_with_parent, "--die-with-parent", "run", "--die-with-parent", "ID")                              \
  ROW (o->no_pivot, "--no-pivot", "create", "--no-pivot", "ID")                                                \
  ROW (o->no_new_keyring, "--no-new-keyring", "create", "--no-new-keyring", "ID")                              \
  ROW (o->no_subreaper, "--no-subreaper", "run", "--no-subreaper", "ID")                                       \
  ROW (o->all, "--all", "kill", "--all", "ID", "9")                                                            \
  ROW (o->regex, "--regex", "delete", "--regex", ".*")                                                         \
  ROW (o->force, "--force", "delete", "--force", "ID")                                                         \
  ROW (o->format == FORMAT_TABLE, "--format", "list", "--format", "table")                                     \
  ROW (o->format == FORMAT_JSON, "--format", "ps", "--format", "json", "ID")                                   \
  ROW (o->quiet, "--quiet", "list", "--quiet")                                                                 \
  ROW (o->stats, "--stats", "events", "--stats", "ID")                                                         \
  ROW (o->interval == 90500, "--interval", "events", "--interval", "1m30s500ms", "ID")                         \
  ROW (o->json, "--json", "info", "--json")                                                                    \
  ROW (IS (o->resources, "-"), "--resources", "update", "--resources", "-", "ID")                              \
  ROW (NUMBER (memory, 512 * MIB), "--memory", "update", "--memory", "512M", "ID")                             \
  ROW (NUMBER (memory_reservation, 4096), "--memory-reservation", "update", "--memory-reservation", "4096",    \
       "ID")                                                                                                   \
  ROW (NUMBER (memory_swap, -1), "--memory-swap", "update", "--memory-swap", "-1", "ID")                       \
  ROW (NUMBER (kernel_memory, 1024), "--kernel-memory", "update", "--kernel-memory", "1kib", "ID")             \
  ROW (NUMBER (kernel_memory_tcp, 0), "--kernel-memory-tcp", "update", "--kernel-memory-tcp", "0", "ID")       \
  ROW (NUMBER (cpu_quota, -1), "--cpu-quota", "update", "--cpu-quota", "-1", "ID")                             \
  ROW (NUMBER (cpu_period, 100000), "--cpu-period", "update", "--cpu-period", "100000", "ID")                  \
  ROW (NUMBER (cpu_burst, 1), "--cpu-burst", "update", "--cpu-burst", "1", "ID")                               \
  ROW (NUMBER (cpu_shares, 1024), "--cpu-share", "update", "--cpu-share", "1024", "ID")                        \
  ROW (NUMBER (cpu_idle, 1), "--cpu-idle", "update", "--cpu-idle", "1", "ID")                                  \
  ROW (NUMBER (cpu_rt_period, 3), "--cpu-rt-period", "update", "--cpu-rt-period", "3", "ID")                   \
  ROW (NUMBER (cpu_rt_runtime, 4), "--cpu-rt-runtime", "update", "--cpu-rt-runtime", "4", "ID")                \
  ROW (IS (o->cpuset_cpus, "0-1"), "--cpuset-cpus", "update", "--cpuset-cpus", "0-1", "ID")                    \
  ROW (IS (o->cpuset_mems, "0"), "--cpuset-mems", "update", "--cpuset-mems", "0", "ID")                        \
  ROW (NUMBER (blkio_weight, 10), "--blkio-weight", "update", "--blkio-weight", "10", "ID")                    \
  ROW (NUMBER (pids_limit, 9), "--pids-limit", "update", "--pids-limit", "9", "ID")                            \
  ROW (IS (o->l3_cache_schema, "L3:0=f"), "--l3-cache-schema", "update", "--l3-cache-schema", "L3:0=f", "ID")  \
  ROW (IS (o->mem_bw_schema, "MB:0=5"), "--mem-bw-schema", "update", "--mem-bw-schema", "MB:0=5", "ID")

#define MAX_WORDS 8

typedef struct
{
  const char *option;
  const char *words[MAX_WORDS];
} Row;

static const Row rows[] = {
#define ROW(holds, option, ...) { option, { __VA_ARGS__ } },
  ROWS
#undef ROW
};

static gboolean
row_holds (gsize row, const OciOptions *o)
{
  gsize i = 0;
#define ROW(holds, ...) \
  if (row == i++)       \
    return (gboolean) (holds);
  ROWS
#undef ROW
      return FALSE;
}

/* The place of the option in the row's words, and the table's row. */
static const OciOption *
find_option (const Row *row, guint *at)
{
  guint verb = N_VERBS;
  for (*at = 0; !g_str_equal (row->words[*at], row->option); ++*at)
    for (guint i = 0; i < N_VERBS && verb == N_VERBS; i++)
      if (g_str_equal (row->words[*at], oci_verbs[i].name))
        verb = i;

  for (const OciOption *option = oci_options; option->name; option++)
    if (option->places & 1 << verb && g_str_equal (option->name, row->option))
      return option;
  return NULL;
}

static void
check_words (gsize row, const char *const *words)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_strjoinv (" ", (char **) words);
  g_test_message ("%s", line);
  g_autoptr (OciOptions) options = parse (words, &error);
  g_assert_no_error (error);
  g_assert_true (row_holds (row, options));
}

/* The row's words with @word in the place of the option and, with @joined, of its argument. */
static void
check_form (gsize row, guint at, const char *word, gboolean joined)
{
  const char *words[MAX_WORDS] = { NULL };
  for (guint from = 0, to = 0; rows[row].words[from]; from++)
    if (from != at + 1 || !joined)
      words[to++] = from == at ? word : rows[row].words[from];
  check_words (row, words);
}

/* What @option may be told behind "=": of a flag, true; of an argument that may be left out, what it is then. */
static char *
default_argument (const OciOption *option)
{
  g_auto (GStrv) words = oci_option_words (option);
  return g_strdup (words[0] != NULL && words[0][0] != '\0' ? words[0] : "true");
}

/* --option ARGUMENT, --option=ARGUMENT, -o ARGUMENT, -oARGUMENT, -o=ARGUMENT; of a flag --option, --option=true, -o. */
static void
test_rows (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint at;
      const OciOption *option = find_option (&rows[i], &at);
      g_assert_nonnull (option);
      gboolean flag = oci_option_is_flag (option);
      g_autofree char *argument = flag ? default_argument (option) : g_strdup (rows[i].words[at + 1]);
      char letter[] = { '-', option->letter, '\0' };
      g_autofree char *equals = g_strconcat (option->name, "=", argument, NULL);
      g_autofree char *glued = g_strconcat (letter, argument, NULL);
      g_autofree char *letter_equals = g_strconcat (letter, "=", argument, NULL);

      check_words (i, rows[i].words);
      check_form (i, at, equals, !flag);
      if (option->letter)
        {
          check_form (i, at, letter, FALSE);
          check_form (i, at, letter_equals, !flag);
        }
      if (option->letter && !flag)
        check_form (i, at, glued, TRUE);
    }
}

/* A value that may be left out is never the next word. */
static void
test_optional_value (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) json = NULL, word = NULL, wrong = NULL;
  g_autoptr (OciOptions) a = parse_line ("run --explain=json ID", &json, &error);
  g_assert_no_error (error);
  g_assert_true (a->explain == EXPLAIN_JSON);
  g_autoptr (OciOptions) b = parse_line ("create --explain json", &word, &error);
  g_assert_no_error (error);
  g_assert_true (b->explain == EXPLAIN_TEXT);
  g_assert_cmpstr (b->arguments[0], ==, "json");
  g_autoptr (OciOptions) c = parse_line ("create --explain=xml ID", &wrong, &error);
  g_assert_null (c);
  g_assert_cmpstr (error->message, ==, "--explain takes text|json, not \"xml\"");
}

/* A row of options.def without one here is an untested option. */
static void
test_every_option (void)
{
  for (const OciOption *option = oci_options; option->name; option++)
    {
      guint at;
      gboolean found = FALSE;
      for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
        found = found || find_option (&rows[i], &at) == option;
      if (!found)
        g_error ("%s has no row in test-oci-cli.c", option->name);
    }
}

/* No place has two options of one name or letter. */
static void
test_no_name_twice (void)
{
  for (const OciOption *a = oci_options; a->name; a++)
    for (const OciOption *b = a + 1; b->name; b++)
      if (a->places & b->places)
        {
          g_assert_cmpstr (a->name, !=, b->name);
          g_assert_true (a->letter == 0 || a->letter != b->letter);
        }
}

/* --- The verb and its arguments --------------------------------------------------------------------------------------- */

/* Lines that real clients write, and what they come to: the verb with its arguments. */
static void
test_arguments (void)
{
  static const struct
  {
    const char *line, *expected;
  } lines[] = {
    { "--log-format=json --log F create --bundle B --pid-file P --console-socket S ID", "create ID" },
    { "--root R --log F --log-format json kill --all ID 9", "kill ID 9" },
    { "--rootless=true --root=DIR kill -a node.1000.5.0.0", "kill node.1000.5.0.0" },
    { "kill ID --all", "kill ID" },
    { "kill ID SIGTERM --all", "kill ID SIGTERM" },
    { "delete ID --force", "delete ID" },
    { "delete -rf ^a.*", "delete ^a.*" },
    { "update ID --resources -", "update ID" },
    { "ps --format json ID", "ps ID" },
    { "ps ID -ef --format x", "ps ID -ef --format x" },
    { "exec --tty ID ls --tty -l -- x", "exec ID ls --tty -l -- x" },
    { "exec -- ID -x", "exec ID -x" },
    { "state -- --odd", "state --odd" },
    { "mounts remove ID -", "mounts remove ID -" },
    { "checkpoint --image-path=/x --leave-running ID", "checkpoint --image-path=/x --leave-running ID" },
    { "restore -b /b ID --help", "restore -b /b ID --help" },
    { "list", "list" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) words = NULL;
      g_autoptr (OciOptions) options = parse_line (lines[i].line, &words, &error);
      g_assert_no_error (error);
      g_autofree char *arguments = g_strjoinv (" ", options->arguments);
      g_autofree char *all =
          g_strconcat (options->verb->name, options->n_arguments ? " " : "", arguments, NULL);
      g_assert_cmpstr (all, ==, lines[i].expected);
      g_assert_cmpuint (g_strv_length (options->arguments), ==, options->n_arguments);
    }
}

static void
test_clusters (void)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (OciOptions) o = parse_line ("exec -dtu5 -eA=1 ID sh", &words, NULL);
  g_assert_true (o->detach && o->tty && o->user.uid == 5 && !o->user.gid_given);
  g_assert_cmpstr (o->env->pdata[0], ==, "A=1");
}

static void
test_last_counts (void)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (OciOptions) o =
      parse_line ("--root a --root b --debug=false run -b x -d --detach=false -b y ID", &words, NULL);
  g_assert_cmpstr (o->root, ==, "b");
  g_assert_cmpstr (o->bundle, ==, "y");
  g_assert_false (o->detach);
  g_assert_cmpint (o->log_level, ==, 0);
}

static void
test_help_of_verb (void)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (OciOptions) o = parse_line ("kill -h --nonsense", &words, NULL);
  g_assert_true (o->help && o->verb == &oci_verbs[VERB_kill]);
}

/* --- What is refused ---------------------------------------------------------------------------------------------------- */

static void
test_refused (void)
{
  static const struct
  {
    const char *line, *message;
  } lines[] = {
    { "", "a verb is missing: --help lists them" },
    { "--debug", "a verb is missing: --help lists them" },
    { "craete ID", "unknown verb craete: did you mean create?" },
    { "frobnicate", "unknown verb frobnicate" },
    { "--rot /x list", "unknown option --rot: did you mean --root?" },
    { "--frobnicate list", "unknown option --frobnicate" },
    { "--bundle=b create ID", "unknown option --bundle" },
    { "-x list", "unknown option -x" },
    { "kill -ax ID", "unknown option -x" },
    { "kill --al ID", "unknown option --al: did you mean --all?" },
    { "create --bundel=x ID", "unknown option --bundel: did you mean --bundle?" },
    { "kill --root /x ID", "option --root has to stand before the verb" },
    { "create --bundle", "--bundle takes BUNDLE" },
    { "create -b", "--bundle takes BUNDLE" },
    { "create --bundle= ID", "--bundle: an empty string is not a path" },
    { "run --detach=yes ID", "--detach takes true or false, not \"yes\"" },
    { "--debug=1 list", "--debug takes true or false, not \"1\"" },
    { "--rootless maybe list", "--rootless takes auto|true|false, not \"maybe\"" },
    { "--log-format= list", "--log-format takes text|json, not \"\"" },
    { "list -f xml", "--format takes table|json, not \"xml\"" },
    { "list x", "list takes no arguments" },
    { "state", "state takes ID" },
    { "state a b", "state takes ID" },
    { "kill a b c", "kill takes ID [SIGNAL]" },
    { "exec", "exec takes ID [COMMAND...]" },
    { "mounts add ID", "mounts takes add|remove ID FILE" },
    { "mounts ad ID F", "mounts takes add|remove ID FILE" },
    { "exec -e A ID sh", "--env takes VAR=VALUE, not \"A\"" },
    { "exec -e =b ID sh", "--env takes VAR=VALUE, not \"=b\"" },
    { "exec -g 1, ID sh", "--additional-gids takes GID, not \"1,\"" },
    { "exec -g= ID sh", "--additional-gids takes GID, not \"\"" },
    { "exec -g 4294967295 ID sh", "--additional-gids takes GID, not \"4294967295\"" },
    { "events --interval 0s ID", "--interval takes TIME, not \"0s\"" },
    { "events --interval 5x ID", "--interval takes TIME, not \"5x\"" },
    { "events --interval 5s3 ID", "--interval takes TIME, not \"5s3\"" },
    { "events --interval= ID", "--interval takes TIME, not \"\"" },
    { "update --memory -2 ID", "--memory takes BYTES, not \"-2\"" },
    { "update --memory 1x ID", "--memory takes BYTES, not \"1x\"" },
    { "update --memory m ID", "--memory takes BYTES, not \"m\"" },
    { "update --memory 8388608t ID", "--memory takes BYTES, not \"8388608t\"" },
    { "update --pids-limit 1k ID", "--pids-limit takes N, not \"1k\"" },
    { "update --cpu-quota=--1 ID", "--cpu-quota takes USEC, not \"--1\"" },
    { "update --cpu-shares 1 ID", "unknown option --cpu-shares: did you mean --cpu-share?" },
    { "run --preserve-fds -1 ID", "--preserve-fds takes N, not \"-1\"" },
    { "run --preserve-fds 3 ID", "descriptor 5 of --preserve-fds or LISTEN_FDS: Bad file descriptor" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) words = NULL;
      g_test_message ("%s", lines[i].line);
      g_assert_null (parse_line (lines[i].line, &words, &error));
      g_assert_cmpstr (error->message, ==, lines[i].message);
    }
}

/* Before a mistake, what names the log is known. */
static void
test_log_before_a_mistake (void)
{
  const char *words[] = { "--log", "/l", "--log-format", "json", "creat", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (OciOptions) o = oci_options_new ();
  g_assert_false (oci_parse (o, (char **) words, &error));
  g_assert_cmpstr (o->log, ==, "/l");
  g_assert_true (o->log_format == LOG_JSON);
}

/* A user is exactly who was written: somebody else read "1" as 0. */
static void
test_user (void)
{
  static const struct
  {
    const char *text;
    gboolean ok, gid_given;
    guint32 uid, gid;
  } users[] = {
    { "1", TRUE, FALSE, 1, 0 },
    { "1:2", TRUE, TRUE, 1, 2 },
    { "0", TRUE, FALSE, 0, 0 },
    { "01", TRUE, FALSE, 1, 0 },
    { "4294967294:4294967294", TRUE, TRUE, 4294967294, 4294967294 },
    { .text = "" },
    { .text = ":" },
    { .text = "1:" },
    { .text = ":1" },
    { .text = "-1" },
    { .text = "+1" },
    { .text = " 1" },
    { .text = "1x" },
    { .text = "1:2:3" },
    { .text = "root" },
    { .text = "4294967295" },
    { .text = "4294967296" },
    { .text = "1:4294967295" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (users); i++)
    {
      g_autoptr (GError) error = NULL;
      const char *words[] = { "exec", "--user", users[i].text, "ID", "sh", NULL };
      g_autoptr (OciOptions) o = parse (words, &error);
      g_test_message ("\"%s\"", users[i].text);
      g_assert_true ((o != NULL) == users[i].ok);
      if (o == NULL)
        continue;
      g_assert_true (o->user.given && o->user.gid_given == users[i].gid_given);
      g_assert_cmpuint (o->user.uid, ==, users[i].uid);
      g_assert_cmpuint (o->user.gid, ==, users[i].gid);
    }
}

/* Two descriptors, 3 and 4, are open: see main. */
static void
test_listen_fds (void)
{
  g_autofree char *own = g_strdup_printf ("%d", getpid ());
  const struct
  {
    const char *pid, *n, *verb;
    guint listen_fds, preserve_fds;
  } cases[] = {
    { NULL, "1", "run", 1, 2 },  { own, "1", "exec", 1, 2 }, { "1", "1", "create", 0, 1 },
    { NULL, "-1", "run", 0, 1 }, { NULL, "x", "run", 0, 1 }, { NULL, NULL, "run", 0, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_unsetenv ("LISTEN_PID");
      g_unsetenv ("LISTEN_FDS");
      if (cases[i].pid)
        g_setenv ("LISTEN_PID", cases[i].pid, TRUE);
      if (cases[i].n)
        g_setenv ("LISTEN_FDS", cases[i].n, TRUE);
      const char *words[] = { cases[i].verb, "--preserve-fds", "1", "ID", NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (OciOptions) o = parse (words, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (o->listen_fds, ==, cases[i].listen_fds);
      g_assert_cmpuint (o->preserve_fds, ==, cases[i].preserve_fds);
    }
  g_unsetenv ("LISTEN_FDS");
}

/* --- Signals, and names that are near ------------------------------------------------------------------------------------ */

static void
test_signals (void)
{
  const struct
  {
    const char *text;
    int number;
  } signals[] = {
    { "9", SIGKILL },
    { "KILL", SIGKILL },
    { "SIGKILL", SIGKILL },
    { "sigkill", SIGKILL },
    { "term", SIGTERM },
    { "0", 0 },
    { "64", 64 },
    { "CLD", SIGCHLD },
    { "SIGPOLL", SIGIO },
    { "RTMIN", SIGRTMIN },
    { "rtmax", SIGRTMAX },
    { "SIGRTMIN+3", SIGRTMIN + 3 },
    { "RTMAX-2", SIGRTMAX - 2 },
  };
  static const char *const wrong[] = { "",        "65",         "-1",       "+9",    "9 ",
                                       "SIG",     "SIGSIGKILL", "KILLER",   "SIG9",  "RTMIN+",
                                       "RTMIN-1", "RTMAX+1",    "RTMIN+99", "RTMINx" };

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_autoptr (GError) error = NULL;
      int number = -1;
      g_assert_true (signal_from_text (signals[i].text, &number, &error));
      g_assert_cmpint (number, ==, signals[i].number);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      int number = -1;
      g_autofree char *expected = g_strdup_printf ("unknown signal \"%s\"", wrong[i]);
      g_assert_false (signal_from_text (wrong[i], &number, &error));
      g_assert_cmpstr (error->message, ==, expected);
      g_assert_cmpint (number, ==, -1);
    }
}

static void
test_nearest (void)
{
  static const struct
  {
    const char *word, *name;
  } words[] = {
    { "start", "start" }, { "strat", "start" }, { "stat", "state" }, { "tsate", "state" },
    { "xtarx", NULL },    { "", NULL },         { "s", NULL },       { "staart", "start" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      Nearest nearest = nearest_to (words[i].word);
      nearest_try (&nearest, "state");
      nearest_try (&nearest, "start");
      g_assert_cmpstr (nearest.name, ==, words[i].name);
    }

  g_autofree char *huge = g_strnfill (100000, 'a');
  Nearest nearest = nearest_to (huge);
  nearest_try (&nearest, huge);
  g_assert_null (nearest.name);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("LISTEN_FDS");
  g_assert_true (dup2 (STDIN_FILENO, 3) == 3 && dup2 (STDIN_FILENO, 4) == 4);
  close (5);

  g_test_add_func ("/oci-cli/rows", test_rows);
  g_test_add_func ("/oci-cli/every-option", test_every_option);
  g_test_add_func ("/oci-cli/no-name-twice", test_no_name_twice);
  g_test_add_func ("/oci-cli/arguments", test_arguments);
  g_test_add_func ("/oci-cli/clusters", test_clusters);
  g_test_add_func ("/oci-cli/last-counts", test_last_counts);
  g_test_add_func ("/oci-cli/help-of-verb", test_help_of_verb);
  g_test_add_func ("/oci-cli/optional-value", test_optional_value);
  g_test_add_func ("/oci-cli/refused", test_refused);
  g_test_add_func ("/oci-cli/log-before-a-mistake", test_log_before_a_mistake);
  g_test_add_func ("/oci-cli/user", test_user);
  g_test_add_func ("/oci-cli/listen-fds", test_listen_fds);
  g_test_add_func ("/oci-cli/signals", test_signals);
  g_test_add_func ("/oci-cli/nearest", test_nearest);
  return g_test_run ();
}
