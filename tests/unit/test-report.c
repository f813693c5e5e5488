/* What is said when a step fails: the words, what was written, and what would help. */
#include "world.h"

#include "engine/report.h"

#include <errno.h>

/* A sandbox that has most kinds of steps. */
#define WORDS                                                                                                  \
  "--unshare-all", "--share-net", "--hostname", "box", "--ro-bind", "/usr", "/usr", "--bind", "/a", "/usr/a/", \
      "--proc", "/proc", "--dev", "/dev", "--dir", "/d", "--file", "20", "/f", "--bind-data", "20", "/b",      \
      "--symlink", "/target", "/l", "--chmod", "0700", "/d", "--overlay-src", "/low", "--tmp-overlay", "/o",   \
      "--mqueue", "/q", "--tmpfs", "/t", "--remount-ro", "/t", "--lock-file", "/lock", "--chdir", "/srv",      \
      "--pty", "--rlimit", "core=0", "--nice", "1", "--seccomp", "23", "--block-fd", "24", "true"

static Plan *
compile (Parser **parser, const char *const *words)
{
  g_autoptr (GError) error = NULL;
  *parser = world_parse (TRUE, words, &error);
  g_assert_no_error (error);
  Plan *plan = plan_compile ((*parser)->spec, &error);
  g_assert_no_error (error);
  return plan;
}

/* A message that the last step of @kind failed. */
static SyncMessage
failure_of (const Plan *plan, StepKind kind, SyncAt at, int err)
{
  SyncMessage message = { .type = SYNC_FAILED, .at = (uint16_t) at, .error = err, .step = G_MAXUINT32 };
  for (guint i = 0; i < plan->steps->len; i++)
    if (plan_step (plan, i)->kind == kind)
      message.step = i;
  g_assert_cmpuint (message.step, <, plan->steps->len);
  return message;
}

typedef struct
{
  StepKind kind;
  SyncAt at;
  int error;
  const char *expected;
} Failure;

static const Failure failures[] = {
  { STEP_HOSTNAME, AT_STEP, EPERM,
    "--hostname box (argument 3): can't set hostname to box: Operation not permitted" },
  { STEP_BIND, AT_SOURCE, ENOENT,
    "--bind /a /usr/a/ (argument 8): can't find source path /a: No such file or directory" },
  { STEP_BIND, AT_MOUNT, EINVAL,
    "--bind /a /usr/a/ (argument 8): can't bind mount /a on /usr/a/: Invalid argument" },
  { STEP_BIND, AT_DEST, EROFS,
    "--bind /a /usr/a/ (argument 8): can't create mount point at /usr/a/: Read-only file system\n"
    "/usr/a/ is below the read-only --ro-bind /usr /usr (argument 5): name a place that exists there, or mount "
    "something writable above it first, as with --tmpfs" },
  { STEP_BIND, AT_PARENTS, EACCES,
    "--bind /a /usr/a/ (argument 8): can't mkdir parents for /usr/a/: Permission denied" },
  { STEP_BIND, AT_RACE, 0,
    "--bind /a /usr/a/ (argument 8): race condition binding descriptor: /a is something else now" },
  { STEP_PROC, AT_MOUNT, EPERM,
    "--proc /proc (argument 11): can't mount proc on /proc: Operation not permitted" },
  { STEP_DEV, AT_DEST, ENOSPC, "--dev /dev (argument 13): can't mkdir /dev: No space left on device" },
  { STEP_FILE, AT_DATA, EIO, "--file 20 /f (argument 17): can't write data to file /f: Input/output error" },
  { STEP_BIND_DATA, AT_DATA, EIO,
    "--bind-data 20 /b (argument 20): can't write data to the file for /b: Input/output error" },
  { STEP_CHMOD, AT_DEST, ENOENT, "--chmod 0700 /d (argument 26): can't chmod /d: No such file or directory" },
  { STEP_OVERLAY, AT_MOUNT, ELOOP,
    "--tmp-overlay /o (argument 31): can't make overlay mount on /o: Too many levels of symbolic links\n"
    "Overlay directories may not overlap" },
  { STEP_MQUEUE, AT_MOUNT, EPERM,
    "--mqueue /q (argument 33): can't mount mqueue on /q: Operation not permitted" },
  { STEP_TMPFS, AT_MOUNT, EPERM, "--tmpfs /t (argument 35): can't mount tmpfs on /t: Operation not permitted" },
  { STEP_REMOUNT_RO, AT_FLAGS, EINVAL,
    "--remount-ro /t (argument 37): can't remount readonly on /t: Invalid argument\nnothing is mounted at /t "
    "itself" },
  { STEP_LOCK, AT_DEST, ENOENT,
    "--lock-file /lock (argument 39): unable to open lock file /lock: No such file or directory" },
  { STEP_CHDIR, AT_STEP, ENOENT, "--chdir /srv (argument 41): can't chdir to /srv: No such file or directory" },
  { STEP_CONSOLE, AT_SOURCE, ENOENT,
    "--pty (argument 43): can't open a terminal in the sandbox's /dev/pts: No such file or directory\n"
    "a terminal needs a devpts inside: add --dev /dev" },
  { STEP_RLIMIT, AT_STEP, EPERM,
    "--rlimit core=0 (argument 44): can't set the resource limit: Operation not permitted" },
  { STEP_SECCOMP, AT_STEP, EINVAL,
    "--seccomp 23 (argument 48): can't load the seccomp filter: Invalid argument" },
  { STEP_EXEC, AT_STEP, ENOENT,
    "execvp true: No such file or directory\n"
    "no directory of the sandbox's PATH (/usr/local/bin:/usr/bin) has it" },
  { STEP_ROOT, AT_MOUNT, ENOMEM, "can't mount the root of the sandbox: Cannot allocate memory" },
  { STEP_MAP_SELF, AT_STEP, EPERM, "can't write the id maps: Operation not permitted" },
  { STEP_TETHER, AT_STEP, EPERM, "be killed when the monitor ends: Operation not permitted" },
};

static void
test_failures (void)
{
  g_autoptr (Parser) parser = NULL;
  world_reset ();
  g_autoptr (Plan) plan = compile (&parser, (const char *const[]){ WORDS, NULL });
  for (gsize i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autoptr (GError) error = NULL;
      SyncMessage message = failure_of (plan, failures[i].kind, failures[i].at, failures[i].error);
      g_assert_false (report_failure (plan, &message, &error));
      g_assert_cmpstr (error->message, ==, failures[i].expected);
    }
}

static void
test_symlink (void)
{
  g_autoptr (Parser) parser = NULL;
  g_autoptr (GError) error = NULL;
  world_reset ();
  g_autoptr (Plan) plan = compile (&parser, (const char *const[]){ WORDS, NULL });
  SyncMessage message = failure_of (plan, STEP_SYMLINK, AT_EXISTS, EEXIST);
  g_strlcpy (message.text, "/other", sizeof message.text);
  report_failure (plan, &message, &error);
  g_assert_cmpstr (
      error->message, ==,
      "--symlink /target /l (argument 23): can't make symlink at /l: existing destination is /other");
}

/* Every step at every place with odd numbers has some words. */
static void
test_all (void)
{
  static const int errors[] = { 0, EPERM, ENOENT, EROFS, EINVAL, ELOOP, ENOSPC, -1, G_MAXINT, G_MININT };
  g_autoptr (Parser) parser = NULL;
  world_reset ();
  g_autoptr (Plan) plan = compile (&parser, (const char *const[]){ WORDS, NULL });

  for (uint32_t step = 0; step < plan->steps->len; step++)
    for (int at = 0; at < N_AT; at++)
      for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
        {
          g_autoptr (GError) error = NULL;
          SyncMessage message = { .type = SYNC_FAILED, .at = (uint16_t) at, .step = step, .error = errors[i] };
          memset (message.text, 'x', sizeof message.text); /* no NUL */
          report_failure (plan, &message, &error);
          report_warning (plan, &message);
          g_assert_cmpuint (strlen (error->message), >, 5);
          g_assert_true (g_str_has_suffix (error->message, world.warnings->pdata[world.warnings->len - 1])
                         || strchr (error->message, '\n') != NULL);
        }
}

/* The sandbox is not believed. */
static void
test_nonsense (void)
{
  static const struct
  {
    uint32_t step;
    uint16_t at;
  } rows[] = { { G_MAXUINT32, 0 }, { 1000, 0 }, { 0, N_AT }, { 0, G_MAXUINT16 } };
  g_autoptr (Parser) parser = NULL;
  world_reset ();
  g_autoptr (Plan) plan = compile (&parser, (const char *const[]){ WORDS, NULL });

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      SyncMessage message = { .type = SYNC_FAILED, .at = rows[i].at, .step = rows[i].step, .error = 1 };
      report_failure (plan, &message, &error);
      g_assert_cmpstr (error->message, ==, "the sandbox sent a message that makes no sense");
    }
}

/* --- What would help ---------------------------------------------------------------------------------------------- */

static void
check_readonly (const char *expected, StepKind kind, const char *const *words)
{
  g_autoptr (Parser) parser = NULL;
  g_autoptr (GError) error = NULL;
  world_reset ();
  g_autoptr (Plan) plan = compile (&parser, words);
  SyncMessage message = failure_of (plan, kind, AT_DEST, EROFS);
  report_failure (plan, &message, &error);
  const char *hint = strchr (error->message, '\n');
  g_autofree char *start = expected ? g_strdup_printf ("is below the read-only %s: ", expected) : NULL;
  if (expected == NULL)
    g_assert_null (hint);
  else
    g_assert_nonnull (strstr (hint, start));
}

static void
test_readonly (void)
{
#define HINTS(expected, kind, ...) \
  check_readonly (expected, kind, (const char *const[]){ __VA_ARGS__, "true", NULL })
  HINTS ("--ro-bind / / (argument 1)", STEP_DIR, "--ro-bind", "/", "/", "--dir", "/a");
  HINTS ("--ro-bind /x /a/ (argument 1)", STEP_DIR, "--ro-bind", "/x", "/a/", "--dir", "/a/b");
  HINTS ("--remount-ro /a (argument 3)", STEP_DIR, "--tmpfs", "/a", "--remount-ro", "/a", "--dir", "/a/b");
  HINTS ("--ro-bind /u /usr (argument 4)", STEP_BIND, "--ro-bind", "/", "/", "--ro-bind", "/u", "/usr",
         "--bind", "/a", "/usr/a");
  HINTS (NULL, STEP_DIR, "--ro-bind", "/x", "/a", "--dir", "/ab");
  HINTS (NULL, STEP_DIR, "--bind", "/x", "/a", "--dir", "/a/b");
  HINTS (NULL, STEP_DIR, "--dir", "/a/b", "--ro-bind", "/x", "/a");
#undef HINTS
}

static void
test_hints (void)
{
  g_autoptr (Parser) parser = NULL;
  g_autoptr (GError) proc = NULL, apparmor = NULL;
  world_reset ();
  g_autoptr (Plan) plan =
      compile (&parser, (const char *const[]){ "--unshare-pid", "--proc", "/proc", "--ro-bind", "/usr", "/usr",
                                               "--tmpfs", "/t", "./x", NULL });

  world_file ("/proc/self/mountinfo", "1 0 0:1 / / rw - a b rw\n2 1 0:2 / /proc rw - a b rw\n"
                                      "3 2 0:3 / /proc/kcore rw - a b rw\nodd\n");
  SyncMessage message = failure_of (plan, STEP_PROC, AT_MOUNT, EPERM);
  report_failure (plan, &message, &proc);
  g_assert_nonnull (strstr (proc->message, "\nthe container around this covers /proc/kcore, and"));

  world_file ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
  message = failure_of (plan, STEP_TMPFS, AT_MOUNT, EACCES);
  report_failure (plan, &message, &apparmor);
  g_assert_nonnull (strstr (apparmor->message, "\nAppArmor restricts user namespaces here"));
}

static void
check_exec (const char *expected, const char *const *words)
{
  g_autoptr (Parser) parser = NULL;
  g_autoptr (GError) error = NULL;
  world_reset ();
  g_autoptr (Plan) plan = compile (&parser, words);
  SyncMessage message = failure_of (plan, STEP_EXEC, AT_STEP, ENOENT);
  report_failure (plan, &message, &error);
  g_assert_cmpstr (error->message, ==, expected);
}

/* What is not there to be executed, or why not. */
static void
test_exec (void)
{
#define HINTS(expected, ...) check_exec ("execvp " expected, (const char *const[]){ __VA_ARGS__, NULL })
  HINTS ("./x: No such file or directory\nthe file, or the interpreter that it names, is not in the sandbox",
         "--ro-bind", "/", "/", "./x");
  HINTS ("x: No such file or directory\nno directory of the sandbox's PATH (/bin) has it", "--setenv", "PATH",
         "/bin", "--ro-bind", "/", "/", "x");
  HINTS ("./x: No such file or directory\nnothing of the host is in the sandbox: begin with --ro-bind / /, or "
         "with what the program needs",
         "--tmpfs", "/t", "./x");
#undef HINTS
}

/* Each thing that can switch user namespaces off is told apart. */
static void
test_clone (void)
{
  static const struct
  {
    int error;
    const char *file, *text, *hint;
  } rows[] = {
    { ENOSPC, "/proc/sys/user/max_user_namespaces", "0\n",
      "user namespaces are switched off: the sysctl user." },
    { ENOSPC, "/proc/sys/user/max_user_namespaces", "9\n", "too many namespaces, or nested too deep" },
    { EPERM, "/proc/sys/kernel/unprivileged_userns_clone", "0\n",
      "user namespaces are switched off for ordinary" },
    { EACCES, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", "AppArmor restricts" },
    { EPERM, "/proc/self/status", "Name:\tx\nSeccomp:\t2\n", "a seccomp filter is on this process" },
    { ENOSYS, "/proc/self/status", "Name:\tx\nSeccomp:\t2\n", "a seccomp filter is on this process" },
    { EPERM, "/proc/self/status", "Name:\tx\nSeccomp:\t0\n", "the kernel does not allow new namespaces here" },
    { EINVAL, "/nothing", "", "the kernel lacks one of the wanted namespaces" },
    { ENOMEM, "/nothing", "", NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Parser) parser = NULL;
      g_autoptr (GError) error = NULL;
      world_reset ();
      world_file (rows[i].file, rows[i].text);
      g_autoptr (Plan) plan = compile (&parser, (const char *const[]){ "true", NULL });
      g_assert_false (report_clone (plan, rows[i].error, &error));
      g_autofree char *start =
          g_strdup_printf ("creating new namespace failed: %s%s%s", strerror (rows[i].error),
                           rows[i].hint ? "\n" : "", rows[i].hint ? rows[i].hint : "");
      g_assert_true (g_str_has_prefix (error->message, start));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/failures", test_failures);
  g_test_add_func ("/report/symlink", test_symlink);
  g_test_add_func ("/report/all", test_all);
  g_test_add_func ("/report/nonsense", test_nonsense);
  g_test_add_func ("/report/readonly", test_readonly);
  g_test_add_func ("/report/hints", test_hints);
  g_test_add_func ("/report/exec", test_exec);
  g_test_add_func ("/report/clone", test_clone);
  return g_test_run ();
}
