/* The command line: what each option does to the Spec, and how wrong ones are refused. */
#include "world.h"

#include <fcntl.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* --- Every option ------------------------------------------------------------------------------------------ */

#define OP(i) (&g_array_index (s->fs, FsOp, i))
#define DETAILS(i) (OP (i)->details)
#define IS_OP(i, k, where) (s->fs->len == (i) + 1 && OP (i)->kind == (k) && g_str_equal (OP (i)->dest, where))
#define IS(a, b) (g_strcmp0 (a, b) == 0)
#define BIND(from, is) (IS_OP (0, FS_BIND, "/d") && IS (OP (0)->source, from) && OP (0)->flags == (is))
#define NEW(type) (s->ns[type].unshare && !s->ns[type].optional)
#define TRIED(type) (s->ns[type].unshare && s->ns[type].optional)
#define FILTER(i) g_array_index (s->seccomp, SeccompFilter, i)
#define CAP_BIT(cap) (G_GUINT64_CONSTANT (1) << (cap))
#define RANGE(map) (g_array_index (s->map, IdRange, 0))
#define IS_RANGE(map) \
  (s->map->len == 1 && RANGE (map).inside == 5 && RANGE (map).outside == 100005 && RANGE (map).count == 2)
#define LIMIT g_array_index (s->rlimits, Rlimit, 0)
#define ALLOWED(id, is) \
  (s->allowed[ALLOW_##id].given && s->allowed[ALLOW_##id].value == (is) && spec_limits (s))
#define PROPERTY(i) g_array_index (s->unit_properties, Text, i)
#define RANGES "--uid-map", "5:100005:2", "--gid-map", "5:100005:2"

/* ROW (name, what holds for the Spec s and the Parser p, words…): an option of that name, and words that use it. */
#define ROWS                                                                                                   \
  ROW (help, p->action == ACTION_HELP, "--help", "--nonsense")                                                 \
  ROW (version, p->action == ACTION_VERSION, "--version")                                                      \
  ROW (args, IS_OP (0, FS_TMPFS, "/from-fd") && s->ns[NS_PID].unshare, "--args", "30", "--unshare-pid")        \
  ROW (args_file, IS_OP (0, FS_TMPFS, "/from-fd"), "--args-file", "/proc/self/fd/30")                          \
  ROW (argv0, IS (s->argv0.value, "x"), "--argv0", "x")                                                        \
  ROW (level_prefix, world.level_prefix, "--level-prefix")                                                     \
  ROW (explain, p->action == ACTION_EXPLAIN_JSON, "--explain=json")                                            \
  ROW (not_a_security_boundary, s->fail_open.given, "--not-a-security-boundary")                               \
  ROW (unshare_all,                                                                                            \
       TRIED (NS_USER) && TRIED (NS_CGROUP) && NEW (NS_IPC) && NEW (NS_PID) && NEW (NS_NET) && NEW (NS_UTS),   \
       "--unshare-all")                                                                                        \
  ROW (share_net, !s->ns[NS_NET].unshare && NEW (NS_PID), "--unshare-all", "--share-net")                      \
  ROW (unshare_user, NEW (NS_USER), "--unshare-user-try", "--unshare-user", "--unshare-user-try")              \
  ROW (unshare_user_try, TRIED (NS_USER), "--unshare-user-try")                                                \
  ROW (unshare_ipc, NEW (NS_IPC), "--unshare-ipc")                                                             \
  ROW (unshare_pid, NEW (NS_PID), "--unshare-pid")                                                             \
  ROW (unshare_net, NEW (NS_NET), "--unshare-net")                                                             \
  ROW (unshare_uts, NEW (NS_UTS), "--unshare-uts")                                                             \
  ROW (unshare_cgroup, NEW (NS_CGROUP), "--unshare-cgroup")                                                    \
  ROW (unshare_cgroup_try, TRIED (NS_CGROUP), "--unshare-cgroup-try")                                          \
  ROW (userns, s->ns[NS_USER].join_fd == 24 && !s->ns[NS_USER].unshare, "--userns", "24")                      \
  ROW (userns2, s->userns2_fd.value == 24, "--userns2", "24")                                                  \
  ROW (disable_userns, s->disable_userns.given, "--unshare-user", "--disable-userns")                          \
  ROW (assert_userns_disabled, s->assert_userns_disabled.given, "--assert-userns-disabled")                    \
  ROW (pidns, s->ns[NS_PID].join_fd == 24 && !s->ns[NS_PID].unshare, "--pidns", "24")                          \
  ROW (uid, s->uid.value == 4294967294 && s->gid.value == -1, "--uid", "4294967294")                           \
  ROW (gid, s->gid.value == 0 && s->uid.value == -1, "--gid", "0")                                             \
  ROW (map_auto, s->map_mode == MAP_AUTO && s->caps & CAP_BIT (CAP_CHOWN), "--map-auto")                       \
  ROW (map_ids, s->map_mode == MAP_IDS && s->caps == 0, "--map-ids")                                           \
  ROW (uid_map, s->map_mode == MAP_RANGES && IS_RANGE (uid_map), RANGES)                                       \
  ROW (gid_map, s->map_mode == MAP_RANGES && IS_RANGE (gid_map), RANGES)                                       \
  ROW (hostname, IS (s->hostname.value, "box"), "--unshare-uts", "--hostname", "box")                          \
  ROW (chdir, IS (s->chdir.value, "/d"), "--chdir", "/d")                                                      \
  ROW (clearenv, s->env[0] == NULL, "--clearenv")                                                              \
  ROW (setenv, IS (g_environ_getenv (s->env, "A"), "b=c"), "--setenv", "A", "b=c")                             \
  ROW (unsetenv, g_environ_getenv (s->env, "SECRET") == NULL && g_strv_length (s->env) == 3, "--unsetenv",     \
       "SECRET")                                                                                               \
  ROW (new_session, s->new_session.given, "--new-session")                                                     \
  ROW (pty, s->pty.given, "--pty")                                                                             \
  ROW (die_with_parent, s->die_with_parent.given, "--die-with-parent")                                         \
  ROW (as_pid_1, s->as_pid_1.given, "--unshare-pid", "--as-pid-1")                                             \
  ROW (keep_fd, s->keep_fds->len == 2 && g_array_index (s->keep_fds, Descriptor, 1).value == 25, "--keep-fd",  \
       "24", "--keep-fd", "25")                                                                                \
  ROW (umask, s->umask.value == 027, "--umask", "027")                                                         \
  ROW (nice, s->nice.value == -5, "--nice", "-5")                                                              \
  ROW (rlimit, LIMIT.resource == RLIMIT_NOFILE && LIMIT.soft == 8 && LIMIT.hard == RLIM_INFINITY, "--rlimit",  \
       "nofile=8:unlimited")                                                                                   \
  ROW (lock_file, s->lock_files->len == 1 && IS (g_array_index (s->lock_files, Text, 0).value, "/l"),          \
       "--lock-file", "/l")                                                                                    \
  ROW (sync_fd, s->sync_fd.value == 24, "--sync-fd", "24")                                                     \
  ROW (block_fd, s->block_fd.value == 24, "--block-fd", "24")                                                  \
  ROW (userns_block_fd, s->userns_block_fd.value == 24, "--unshare-user", "--info-fd", "25",                   \
       "--userns-block-fd", "24")                                                                              \
  ROW (info_fd, s->info_fd.value == 24, "--info-fd", "24")                                                     \
  ROW (json_status_fd, s->json_status_fd.value == 24, "--json-status-fd", "24")                                \
  ROW (bind, BIND ("/s", 0), "--bind", "/s", "/d")                                                             \
  ROW (bind_try, BIND ("/s", FS_TRY), "--bind-try", "/s", "/d")                                                \
  ROW (dev_bind, BIND ("/s", FS_DEVICES), "--dev-bind", "/s", "/d")                                            \
  ROW (dev_bind_try, BIND ("/s", FS_DEVICES | FS_TRY), "--dev-bind-try", "/s", "/d")                           \
  ROW (ro_bind, BIND ("/s", FS_READONLY), "--ro-bind", "/s", "/d")                                             \
  ROW (ro_bind_try, BIND ("/s", FS_READONLY | FS_TRY), "--ro-bind-try", "/s", "/d")                            \
  ROW (bind_fd, BIND (NULL, 0) && DETAILS (0)->fd == 22, "--bind-fd", "22", "/d")                              \
  ROW (ro_bind_fd, BIND (NULL, FS_READONLY) && DETAILS (0)->fd == 22, "--ro-bind-fd", "22", "/d")              \
  ROW (remount_ro, IS_OP (0, FS_REMOUNT_RO, "/d"), "--remount-ro", "/d")                                       \
  ROW (overlay_src, DETAILS (0)->layers->len == 2 && IS (DETAILS (0)->layers->pdata[1], "/b"),                 \
       "--overlay-src", "/a", "--overlay-src", "/b", "--ro-overlay", "/d")                                     \
  ROW (overlay,                                                                                                \
       IS_OP (0, FS_OVERLAY, "/d") && DETAILS (0)->overlay == FS_OVERLAY_RW && IS (OP (0)->source, "/u")       \
           && IS (DETAILS (0)->workdir, "/w"),                                                                 \
       "--overlay-src", "/a", "--overlay", "/u", "/w", "/d")                                                   \
  ROW (tmp_overlay, IS_OP (0, FS_OVERLAY, "/d") && DETAILS (0)->overlay == FS_OVERLAY_TMP, "--overlay-src",    \
       "/a", "--tmp-overlay", "/d")                                                                            \
  ROW (ro_overlay, IS_OP (0, FS_OVERLAY, "/d") && DETAILS (0)->overlay == FS_OVERLAY_RO, "--overlay-src",      \
       "/a", "--overlay-src", "/b", "--ro-overlay", "/d")                                                      \
  ROW (proc, IS_OP (0, FS_PROC, "/d"), "--proc", "/d")                                                         \
  ROW (dev, IS_OP (0, FS_DEV, "/d"), "--dev", "/d")                                                            \
  ROW (tmpfs, IS_OP (0, FS_TMPFS, "/d") && DETAILS (0)->mode == 0755 && DETAILS (0)->size == 0, "--tmpfs",     \
       "/d")                                                                                                   \
  ROW (mqueue, IS_OP (0, FS_MQUEUE, "/d"), "--mqueue", "/d")                                                   \
  ROW (dir, IS_OP (0, FS_DIR, "/d") && DETAILS (0)->mode == 0755, "--dir", "/d")                               \
  ROW (file, IS_OP (0, FS_FILE, "/d") && DETAILS (0)->fd == 20 && DETAILS (0)->mode == 0666, "--file", "20",   \
       "/d")                                                                                                   \
  ROW (bind_data, IS_OP (0, FS_BIND_DATA, "/d") && DETAILS (0)->fd == 20 && OP (0)->flags == 0, "--bind-data", \
       "20", "/d")                                                                                             \
  ROW (ro_bind_data,                                                                                           \
       IS_OP (0, FS_BIND_DATA, "/d") && DETAILS (0)->mode == 0600 && OP (0)->flags == FS_READONLY,             \
       "--ro-bind-data", "20", "/d")                                                                           \
  ROW (symlink, IS_OP (0, FS_SYMLINK, "/d") && IS (OP (0)->source, "t"), "--symlink", "t", "/d")               \
  ROW (chmod, IS_OP (0, FS_CHMOD, "/d") && DETAILS (0)->mode == 04711, "--chmod", "4711", "/d")                \
  ROW (perms, DETAILS (0)->mode == 01777 && DETAILS (1)->mode == 0755, "--perms", "1777", "--dir", "/d",       \
       "--dir", "/e")                                                                                          \
  ROW (size, DETAILS (0)->size == 4096 && DETAILS (1)->size == 0, "--size", "4096", "--tmpfs", "/d",           \
       "--tmpfs", "/e")                                                                                        \
  ROW (file_label, IS (s->file_label.value, "l"), "--file-label", "l")                                         \
  ROW (memory, ALLOWED (MEMORY, 512 << 20), "--memory", "512M")                                                \
  ROW (memory_high, ALLOWED (MEMORY_HIGH, NO_LIMIT), "--memory-high", "max")                                   \
  ROW (swap, ALLOWED (SWAP, 0), "--swap", "0")                                                                 \
  ROW (cpus, ALLOWED (CPUS, 150000), "--cpus", "1.5")                                                          \
  ROW (cpu_weight, ALLOWED (CPU_WEIGHT, 10000), "--cpu-weight", "10000")                                       \
  ROW (cpuset, ALLOWED (CPUSET, 0) && IS (s->allowed[ALLOW_CPUSET].text, "0-3,6"), "--cpuset", "0-3,6")        \
  ROW (pids, ALLOWED (PIDS, 4194304), "--pids", "4194304")                                                     \
  ROW (io_weight, ALLOWED (IO_WEIGHT, 1), "--io-weight", "1")                                                  \
  ROW (cgroup_property, s->unit_properties->len == 2 && IS (PROPERTY (1).value, "B=c=d") && spec_limits (s),   \
       "--cgroup-property", "A=", "--cgroup-property", "B=c=d")                                                \
  ROW (cgroup_manager, IS (s->cgroup_manager.value, "systemd"), "--pids", "5", "--cgroup-manager", "systemd")  \
  ROW (exec_label, IS (s->exec_label.value, "l"), "--exec-label", "l")                                         \
  ROW (seccomp, s->seccomp->len == 1 && FILTER (0).fd == 23 && !FILTER (0).several, "--seccomp", "23")         \
  ROW (add_seccomp_fd, s->seccomp->len == 2 && FILTER (1).fd == 24 && FILTER (1).several, "--add-seccomp-fd",  \
       "23", "--add-seccomp-fd", "24")                                                                         \
  ROW (seccomp_profile, FILTER (0).kind == SECCOMP_PROFILE && IS (FILTER (0).profile, "default"),              \
       "--seccomp-profile", "default")                                                                         \
  ROW (cap_add, s->caps == CAP_BIT (CAP_NET_RAW) && s->required_caps == s->caps && s->caps_given, "--cap-add", \
       "cap_net_raw")                                                                                          \
  ROW (cap_drop, s->caps == ~CAP_BIT (CAP_KILL) && s->caps_given, "--cap-add", "ALL", "--cap-drop", "CAP_KILL")

#define ROW(name, holds, ...)                                   \
  static gboolean holds_##name (const Parser *p, const Spec *s) \
  {                                                             \
    return (gboolean) (p->spec == s && (holds));                \
  }
ROWS
#undef ROW

    static const struct
{
  const char *name;
  gboolean (*holds) (const Parser *p, const Spec *s);
  const char *words[9];
} rows[] = {
#define ROW(name, holds, ...) { #name, holds_##name, { __VA_ARGS__ } },
  ROWS
#undef ROW
};

/* A file of arguments behind the descriptor 30. */
static void
open_arguments (const void *data, gsize length)
{
  int fd = memfd_create ("arguments", MFD_CLOEXEC);
  g_assert_cmpint (write (fd, data, length), ==, (gssize) length);
  g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
  g_assert_cmpint (dup2 (fd, 30), ==, 30);
  close (fd);
}

static void
test_rows (void)
{
  static const char arguments[] = "--tmpfs\0/from-fd";
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      world_reset ();
      world.selinux = TRUE;
      open_arguments (arguments, sizeof arguments);
      g_autoptr (Parser) parser = world_parse (TRUE, rows[i].words, &error);
      g_test_message ("%s", rows[i].name);
      g_assert_no_error (error);
      g_assert_true (rows[i].holds (parser, parser->spec));
      g_assert_cmpuint (world.warnings->len, ==, 0);
    }
}

/* A row of options.def without one here is an untested option. */
static void
test_every_option (void)
{
  for (const Option *option = options; option->name; option++)
    {
      g_autofree char *name = g_strdelimit (g_strdup (option->name + 2), "-", '_');
      gboolean found = FALSE;
      for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
        found = found || g_str_equal (rows[i].name, name);
      if (!found)
        g_error ("%s has no row in test-cli.c", option->name);
    }
}

/* Nothing of snug's own is known to bwrap, and all else is. */
static void
test_dialects (void)
{
  for (const Option *option = options; option->name; option++)
    {
      g_autoptr (GError) error = NULL;
      world_reset ();
      const char *words[] = { option->name, NULL };
      g_autoptr (Parser) parser = world_parse (FALSE, words, &error);
      g_assert_true ((parser == NULL) == (error != NULL));
      g_autofree char *unknown = g_strdup_printf ("Unknown option %s", option->name);
      g_assert_true ((option->dialect == SNUG) == (error != NULL && g_str_equal (error->message, unknown)));
    }
}

/* --- What is refused ------------------------------------------------------------------------------------------- */

/* The words that too few arguments get, option by option. */
static void
test_missing_arguments (void)
{
  static const char *const counts[] = { "", "an argument", "two arguments", "three arguments" };

  for (const Option *option = options; option->name; option++)
    {
      g_auto (GStrv) names = g_strsplit (option->arguments, " ", -1);
      guint n = option->arguments[0] == '[' ? 0 : g_strv_length (names);
      const char *words[4] = { option->name };
      g_autofree char *expected = g_strdup_printf ("%s takes %s", option->name, counts[n]);
      for (guint given = 0; given < n; given++)
        {
          g_autoptr (GError) error = NULL;
          world_reset ();
          words[given + 1] = NULL;
          g_assert_null (world_parse (TRUE, words, &error));
          g_assert_cmpstr (error->message, ==, expected);
          words[given + 1] = "1";
        }
    }
}

typedef struct
{
  const char *message;
  const char *words[9];
} Refusal;

static void
check_refusals (gboolean strict, const Refusal *refusals, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      world_reset ();
      g_assert_null (world_parse (strict, refusals[i].words, &error));
      g_assert_cmpstr (error->message, ==, refusals[i].message);
    }
}

static void
test_refused (void)
{
  static const Refusal refusals[] = {
    { "--uid x (argument 1): Invalid uid: x", { "--uid", "x" } },
    { "--uid -1 (argument 1): Invalid uid: -1", { "--uid", "-1" } },
    { "--gid 4294967295 (argument 1): Invalid gid: 4294967295", { "--gid", "4294967295" } },
    { "--sync-fd 99 (argument 1): descriptor 99 is not open: Bad file descriptor", { "--sync-fd", "99" } },
    { "--sync-fd 2147483648 (argument 1): Invalid fd: 2147483648", { "--sync-fd", "2147483648" } },
    { "--sync-fd  2 (argument 1): Invalid fd:  2", { "--sync-fd", " 2" } },
    { "--bind  /d (argument 1): an empty string is not a path", { "--bind", "", "/d" } },
    { "--bind /s  (argument 1): an empty string is not a path", { "--bind", "/s", "" } },
    { "--chdir  (argument 1): an empty string is not a path", { "--chdir", "" } },
    { "--setenv A=B c (argument 1): \"A=B\" can't be the name of a variable", { "--setenv", "A=B", "c" } },
    { "--unsetenv  (argument 1): \"\" can't be the name of a variable", { "--unsetenv", "" } },
    { "--perms 8 (argument 1): --perms takes an octal argument <= 07777", { "--perms", "8" } },
    { "--chmod 10000 /d (argument 1): --chmod takes an octal argument <= 07777", { "--chmod", "10000", "/d" } },
    { "--umask 1000 (argument 1): --umask takes an octal argument <= 0777", { "--umask", "1000" } },
    { "--size 0 (argument 1): --size takes a non-zero number of bytes", { "--size", "0" } },
    { "--size 18446744073709551616 (argument 1): --size takes a non-zero number of bytes",
      { "--size", "18446744073709551616" } },
    { "--nice 40 (argument 1): --nice takes a number from -39 to 39", { "--nice", "40" } },
    { "--nice --5 (argument 1): --nice takes a number from -39 to 39", { "--nice", "--5" } },
    { "--rlimit nofile (argument 1): \"nofile\" is not of the form NAME=SOFT[:HARD]",
      { "--rlimit", "nofile" } },
    { "--rlimit nofile:1 (argument 1): \"nofile:1\" is not of the form NAME=SOFT[:HARD]",
      { "--rlimit", "nofile:1" } },
    { "--rlimit x=1 (argument 1): unknown resource limit \"x\"", { "--rlimit", "x=1" } },
    { "--rlimit core=-1 (argument 1): a limit in \"core=-1\" is neither a number nor unlimited",
      { "--rlimit", "core=-1" } },
    { "--rlimit core=2:1 (argument 1): the soft limit in \"core=2:1\" is above the hard one",
      { "--rlimit", "core=2:1" } },
    { "--cap-add flying (argument 1): unknown cap: flying", { "--cap-add", "flying" } },
    { "--cap-add NET_ADMIN (argument 1): unknown cap: NET_ADMIN: did you mean CAP_NET_ADMIN?",
      { "--cap-add", "NET_ADMIN" } },
    { "--cap-drop cap_chown,cap_kill (argument 1): unknown cap: cap_chown,cap_kill",
      { "--cap-drop", "cap_chown,cap_kill" } },
    { "--cap-drop 21x (argument 1): unknown cap: 21x", { "--cap-drop", "21x" } },
    { "--rlimit nofiles=1 (argument 1): unknown resource limit \"nofiles\": did you mean nofile?",
      { "--rlimit", "nofiles=1" } },
    { "--explain=xml (argument 1): unknown format \"xml\": it is text or json", { "--explain=xml" } },
    { "--argv0 b (argument 3): --argv0 used multiple times", { "--argv0", "a", "--argv0", "b" } },
    { "--uid-map 0:1 (argument 1): \"0:1\" is not of the form IN:OUT:N", { "--uid-map", "0:1" } },
    { "--uid-map 0:a:1 (argument 1): \"a\" in \"0:a:1\" is not an id or a count", { "--uid-map", "0:a:1" } },
    { "--uid-map 0:1:0 (argument 1): the range \"0:1:0\" is empty or ends above 4294967294",
      { "--uid-map", "0:1:0" } },
    { "--uid-map 4294967294:1:2 (argument 1): the range \"4294967294:1:2\" is empty or ends above 4294967294",
      { "--uid-map", "4294967294:1:2" } },
    { "--map-ids (argument 2): --map-auto, --map-ids and --uid-map/--gid-map exclude each other",
      { "--map-auto", "--map-ids" } },
    { "--file-label l (argument 1): labeling not supported on this system: SELinux is not enabled",
      { "--file-label", "l" } },
    { "--add-seccomp-fd 24 (argument 3): --add-seccomp-fd cannot be combined with --seccomp",
      { "--seccomp", "23", "--add-seccomp-fd", "24" } },
  };
  check_refusals (TRUE, refusals, G_N_ELEMENTS (refusals));
}

/* Around the edges of what the kernel takes. */
static void
test_refused_limits (void)
{
#define SIZE(option, value)                                                                      \
  {                                                                                              \
    option " " value " (argument 1): " option " takes a size above 0, as in 512M or 2G, or max", \
    {                                                                                            \
      option, value                                                                              \
    }                                                                                            \
  }
#define SWAP(value)                                                                \
  {                                                                                \
    "--swap " value " (argument 1): --swap takes a size, as in 512M or 0, or max", \
    {                                                                              \
      "--swap", value                                                              \
    }                                                                              \
  }
#define CPUS(value)                                                                                      \
  {                                                                                                      \
    "--cpus " value " (argument 1): --cpus takes a number of processors from 0.01 to 100000, as in 1.5", \
    {                                                                                                    \
      "--cpus", value                                                                                    \
    }                                                                                                    \
  }
#define WEIGHT(option, value)                                                    \
  {                                                                              \
    option " " value " (argument 1): " option " takes a number from 1 to 10000", \
    {                                                                            \
      option, value                                                              \
    }                                                                            \
  }
#define PIDS(value)                                                                   \
  {                                                                                   \
    "--pids " value " (argument 1): --pids takes a number from 1 to 4194304, or max", \
    {                                                                                 \
      "--pids", value                                                                 \
    }                                                                                 \
  }
#define LIST(value)                                                                      \
  {                                                                                      \
    "--cpuset " value " (argument 1): --cpuset takes a list of processors, as in 0-3,6", \
    {                                                                                    \
      "--cpuset", value                                                                  \
    }                                                                                    \
  }
#define PROPERTY_OF(value)                                                                   \
  {                                                                                          \
    "--cgroup-property " value " (argument 1): \"" value "\" is not of the form NAME=VALUE", \
    {                                                                                        \
      "--cgroup-property", value                                                             \
    }                                                                                        \
  }
  static const Refusal refusals[] = {
    SIZE ("--memory", "0"),
    SIZE ("--memory", "-1"),
    SIZE ("--memory", "9223372036854775808"),
    SIZE ("--memory", "lots"),
    SIZE ("--memory", ""),
    SIZE ("--memory-high", "0K"),
    SIZE ("--memory-high", "8388608T"),
    SWAP ("-1"),
    SWAP ("9223372036854775808"),
    SWAP ("unlimited"),
    CPUS ("0"),
    CPUS ("0.009"),
    CPUS ("-1"),
    CPUS ("max"),
    CPUS ("100000.1"),
    CPUS ("9223372036854775808"),
    WEIGHT ("--cpu-weight", "0"),
    WEIGHT ("--cpu-weight", "10001"),
    WEIGHT ("--cpu-weight", "max"),
    WEIGHT ("--io-weight", "-1"),
    WEIGHT ("--io-weight", "0"),
    WEIGHT ("--io-weight", "10001"),
    PIDS ("0"),
    PIDS ("-1"),
    PIDS ("4194305"),
    PIDS ("9223372036854775808"),
    LIST (""),
    LIST ("3-1"),
    LIST ("0-1-2"),
    LIST ("0,"),
    LIST ("-1"),
    LIST ("all"),
    LIST ("0-"),
    LIST ("2147483648"),
    PROPERTY_OF ("MemoryMax"),
    PROPERTY_OF ("=5"),
  };
#undef SIZE
#undef SWAP
#undef CPUS
#undef WEIGHT
#undef PIDS
#undef LIST
#undef PROPERTY_OF
  check_refusals (TRUE, refusals, G_N_ELEMENTS (refusals));
}

static void
test_modifiers (void)
{
  static const Refusal refusals[] = {
    { "--perms must be followed by an option that creates a file", { "--perms", "700", "--bind", "/s", "/d" } },
    { "--perms must be followed by an option that creates a file", { "--perms", "700" } },
    { "--size must be followed by --tmpfs", { "--size", "1", "--dir", "/d" } },
    { "--perms 1 (argument 3): --perms given twice for the same action", { "--perms", "0", "--perms", "1" } },
    { "--size 2 (argument 3): --size given twice for the same action", { "--size", "1", "--size", "2" } },
    { "--overlay-src must be followed by another --overlay-src or one of --overlay, --tmp-overlay, or "
      "--ro-overlay",
      { "--overlay-src", "/a", "--dir", "/d" } },
    { "--overlay-src must be followed by another --overlay-src or one of --overlay, --tmp-overlay, or "
      "--ro-overlay",
      { "--overlay-src", "/a" } },
    { "--tmp-overlay /d (argument 1): --tmp-overlay requires at least one --overlay-src",
      { "--tmp-overlay", "/d" } },
    { "--ro-overlay /d (argument 3): --ro-overlay requires at least two --overlay-src",
      { "--overlay-src", "/a", "--ro-overlay", "/d" } },
  };
  check_refusals (TRUE, refusals, G_N_ELEMENTS (refusals));
}

static void
test_unknown (void)
{
  static const Refusal strict[] = {
    { "Unknown option --ro-bin: did you mean --ro-bind?", { "--ro-bin" } },
    { "Unknown option --unshare-pdi: did you mean --unshare-pid?", { "--unshare-pdi" } },
    { "Unknown option --frobnicate", { "--frobnicate" } },
    { "Unknown option -x", { "-x" } },
    { "Unknown option --unshare-pid=1: did you mean --unshare-pid?", { "--unshare-pid=1" } },
    { "Unknown option --uid=5: did you mean --uid UID?", { "--uid=5" } },
    { "Unknown option --bnd=/a: did you mean --bind SRC DEST?", { "--bnd=/a" } },
  };
  static const Refusal compatible[] = {
    { "Unknown option --ro-bin", { "--ro-bin" } },
    { "Unknown option --pty", { "--pty" } },
    { "Invalid uid: x", { "--uid", "x" } },
  };
  check_refusals (TRUE, strict, G_N_ELEMENTS (strict));
  check_refusals (FALSE, compatible, G_N_ELEMENTS (compatible));
}

/* --- The rest ------------------------------------------------------------------------------------------------------ */

static void
test_repeated (void)
{
  static const struct
  {
    const char *option, *a, *b;
  } repeated[] = {
    { "--uid", "1", "2" },       { "--gid", "1", "2" },        { "--chdir", "/a", "/b" },
    { "--sync-fd", "24", "25" }, { "--block-fd", "24", "25" }, { "--info-fd", "24", "25" },
    { "--userns", "24", "25" },  { "--userns2", "24", "25" },  { "--json-status-fd", "24", "25" },
    { "--pidns", "24", "25" },   { "--seccomp", "23", "24" },  { "--memory", "1G", "2G" },
    { "--cpuset", "0", "1" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (repeated); i++)
    {
      g_autoptr (GError) error = NULL;
      world_reset ();
      g_autoptr (Parser) parser =
          PARSE (&error, repeated[i].option, repeated[i].a, repeated[i].option, repeated[i].b);
      g_autofree char *expected =
          g_strdup_printf ("Only the last %s option will take effect", repeated[i].option);
      g_assert_no_error (error);
      g_assert_nonnull (parser);
      g_assert_cmpuint (world.warnings->len, ==, 1);
      g_assert_cmpstr (world.warnings->pdata[0], ==, expected);
    }
}

static void
check_arguments (gboolean strict, const void *data, gsize length, const char *message)
{
  g_autoptr (GError) error = NULL;
  world_reset ();
  open_arguments (data, length);
  const char *words[] = { "--args", "30", NULL };
  g_autoptr (Parser) parser = world_parse (strict, words, &error);
  g_assert_true ((parser == NULL) == (error != NULL));
  g_assert_cmpstr (error ? error->message : NULL, ==, message);
}

static void
test_arguments (void)
{
#define CHECK(strict, text, message) check_arguments (strict, text, sizeof text - 1, message)
  CHECK (TRUE, "", NULL);
  CHECK (TRUE, "--unshare-pid\0", NULL);
  CHECK (TRUE, "--unshare-pid",
         "--args 30 (argument 1): the last argument does not end in a NUL byte: is it cut off?");
  CHECK (FALSE, "--unshare-pid", NULL);
  CHECK (TRUE, "--bind\0/s\0", "--args 30 (argument 1): --bind takes two arguments");
  CHECK (TRUE, "--uid\0x\0", "--args 30 (argument 1): --uid x (argument 1): Invalid uid: x");
  CHECK (TRUE,
         "--args\0"
         "24\0",
         "--args 30 (argument 1): --args 24 (argument 1): --args not supported in arguments file");
  CHECK (FALSE,
         "--args\0"
         "24\0",
         "--args not supported in arguments file");
  CHECK (TRUE, "--unshare-pid\0true\0", "--args 30 (argument 1): \"true\" in the arguments is not an option");
  CHECK (FALSE, "--unshare-pid\0true\0", NULL);
  CHECK (TRUE, "\0", "--args 30 (argument 1): \"\" in the arguments is not an option");
#undef CHECK
}

static void
test_command (void)
{
  g_autoptr (GError) error = NULL;
  world_reset ();
  g_autoptr (Parser) plain = PARSE (&error, "--unshare-pid", "ls", "--help");
  g_assert_no_error (error);
  g_assert_cmpstr (plain->spec->argv[0], ==, "ls");
  g_assert_cmpstr (plain->spec->argv[1], ==, "--help");

  g_autoptr (Parser) dashes = PARSE (&error, "--", "--unshare-pid");
  g_assert_no_error (error);
  g_assert_cmpstr (dashes->spec->argv[0], ==, "--unshare-pid");

  g_autoptr (Parser) none = PARSE (&error, "--explain");
  g_assert_no_error (error);
  g_assert_null (none->spec->argv[0]);
}

/* Where the names differ without an option saying so. */
static void
test_defaults (void)
{
  static const char *const words[] = { "true", NULL };
  world_reset ();
  g_autoptr (Parser) strict = world_parse (TRUE, words, NULL), compatible = world_parse (FALSE, words, NULL);
  const Defaults *ours = &strict->spec->defaults, *theirs = &compatible->spec->defaults;
  g_assert_true (!ours->keep_all_fds && !ours->keep_root_caps && ours->tethered && ours->forward_signals);
  g_assert_true (theirs->keep_all_fds && theirs->keep_root_caps && !theirs->tethered
                 && !theirs->forward_signals);
}

static void
test_caps (void)
{
  g_autoptr (GError) error = NULL;
  world_reset ();
  g_autoptr (Parser) parser =
      PARSE (&error, "--cap-add", "cap_kill", "--cap-add", "cap_chown", "--cap-drop", "cap_kill");
  g_assert_cmpuint (parser->spec->caps, ==, CAP_BIT (CAP_CHOWN));
  g_assert_cmpuint (parser->spec->required_caps, ==, CAP_BIT (CAP_CHOWN));
  g_autoptr (Parser) none = PARSE (&error, "--cap-add", "cap_kill", "--cap-drop", "all");
  g_assert_cmpuint (none->spec->caps, ==, 0);
  g_assert_cmpuint (none->spec->required_caps, ==, 0);
}

/* --help lists what a dialect knows, and only that. */
static void
test_help (void)
{
  for (gboolean strict = FALSE; strict <= TRUE; strict++)
    {
      g_autofree char *text = NULL;
      gsize length;
      FILE *out = open_memstream (&text, &length);
      print_help (out, "x", strict);
      fclose (out);
      for (const Option *option = options; option->name; option++)
        {
          g_autofree char *word = g_strdup_printf ("    %s%s", option->name,
                                                   *option->arguments == '\0'    ? ""
                                                   : option->arguments[0] == '[' ? "["
                                                                                 : " ");
          g_assert_true ((strstr (text, word) != NULL) == (strict || option->dialect == BOTH));
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/options", test_rows);
  g_test_add_func ("/cli/every-option", test_every_option);
  g_test_add_func ("/cli/dialects", test_dialects);
  g_test_add_func ("/cli/missing-arguments", test_missing_arguments);
  g_test_add_func ("/cli/refused", test_refused);
  g_test_add_func ("/cli/refused-limits", test_refused_limits);
  g_test_add_func ("/cli/modifiers", test_modifiers);
  g_test_add_func ("/cli/unknown", test_unknown);
  g_test_add_func ("/cli/repeated", test_repeated);
  g_test_add_func ("/cli/arguments", test_arguments);
  g_test_add_func ("/cli/command", test_command);
  g_test_add_func ("/cli/defaults", test_defaults);
  g_test_add_func ("/cli/capabilities", test_caps);
  g_test_add_func ("/cli/help", test_help);
  return g_test_run ();
}
