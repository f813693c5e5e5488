/* The containers' records: in a real folder, with real processes. */
#include "state/state.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/json-build.h"
#include "base/process.h"
#include "base/sys.h"

#include <ftw.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

/* --- A place for each test ------------------------------------------------------------------------------------ */

typedef struct
{
  char *folder; /* ours */
  char *root;   /* the store's, in it */
  Store *store;
} Place;

static Store *
open_store (const char *root)
{
  g_autoptr (GError) error = NULL;
  Store *store = store_open (root, &error);
  g_assert_no_error (error);
  return store;
}

static void
set_up (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  place->folder = g_dir_make_tmp ("snug-state-XXXXXX", NULL);
  place->root = g_build_filename (place->folder, "root", NULL);
  place->store = open_store (place->root);
}

static int
remove_any (const char *path, G_GNUC_UNUSED const struct stat *st, G_GNUC_UNUSED int type,
            G_GNUC_UNUSED struct FTW *at)
{
  return remove (path);
}

static void
tear_down (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  store_free (place->store);
  nftw (place->folder, remove_any, 16, FTW_DEPTH | FTW_PHYS);
  g_assert_false (g_file_test (place->folder, G_FILE_TEST_EXISTS));
  g_free (place->folder);
  g_free (place->root);
}

/* The path of @name in the folder of the container @id. */
static char *
path_of (const Place *place, const char *id, const char *name)
{
  return g_build_filename (place->root, id, name, NULL);
}

static void
write_text (const char *path, const char *text)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static Container *
new_container (Store *store, const char *id)
{
  g_autoptr (GError) error = NULL;
  Container *container = container_new (store, id, &error);
  g_assert_no_error (error);
  return container;
}

static Container *
open_container (Store *store, const char *id, ContainerLock lock)
{
  g_autoptr (GError) error = NULL;
  Container *container = container_open (store, id, lock, &error);
  g_assert_no_error (error);
  return container;
}

static void
save (Container *container)
{
  g_autoptr (GError) error = NULL;
  container_save (container, &error);
  g_assert_no_error (error);
}

static void
remove_container (Container *container)
{
  g_autoptr (GError) error = NULL;
  container_remove (container, &error);
  g_assert_no_error (error);
}

static const char *
status_of (Store *store, const char *id)
{
  g_autoptr (Container) container = open_container (store, id, LOCK_NONE);
  return status_name (container->status);
}

static void
assert_missing (Store *store, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (container_open (store, id, LOCK_NONE, &error));
  g_assert_error (error, SNUG_ERROR, SNUG_ERROR_MISSING);
  g_autofree char *message = g_strdup_printf ("container \"%s\" does not exist", id);
  g_assert_cmpstr (error->message, ==, message);
}

/* --- Other processes ------------------------------------------------------------------------------------------ */

/* A process that does nothing until it is killed, or we end. */
static pid_t
start_process (void)
{
  pid_t pid = fork ();
  if (pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      for (;;)
        pause ();
    }
  g_assert_cmpint (pid, >, 0);
  return pid;
}

static int
wait_for (pid_t pid)
{
  int status;
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

static void
end_process (pid_t pid)
{
  kill (pid, SIGKILL);
  wait_for (pid);
}

/* Waits until @pid has ended, but leaves it a zombie. */
static void
wait_for_zombie (pid_t pid)
{
  siginfo_t info;
  g_assert_cmpint (waitid (P_PID, (id_t) pid, &info, WEXITED | WNOWAIT), ==, 0);
}

/* Runs @function in a process of its own, in which an assertion that fails is one here. */
typedef void Function (const Place *place);

static pid_t
start (Function *function, const Place *place)
{
  pid_t pid = fork ();
  if (pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      function (place);
      _exit (0);
    }
  g_assert_cmpint (pid, >, 0);
  return pid;
}

static void
run_apart (Function *function, const Place *place)
{
  g_assert_cmpint (wait_for (start (function, place)), ==, 0);
}

/* As many at once as it takes to get into each other's way. */
#define CROWD 12

static void
run_crowd (Function *function, const Place *place)
{
  pid_t pids[CROWD];
  for (int i = 0; i < CROWD; i++)
    pids[i] = start (function, place);
  for (int i = 0; i < CROWD; i++)
    g_assert_cmpint (wait_for (pids[i]), ==, 0);
}

/* Become another user: only root can. */
static void
become (uid_t uid)
{
  g_assert_cmpint (setgroups (0, NULL), ==, 0);
  g_assert_cmpint (setresgid (uid, uid, uid), ==, 0);
  g_assert_cmpint (setresuid (uid, uid, uid), ==, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL); /* which it has just forgotten */
}

#define SOMEBODY 54321
#define SOMEBODY_ELSE 54322

static gboolean
need_root (void)
{
  if (geteuid () == 0)
    return TRUE;
  g_test_skip ("only root can be several users");
  return FALSE;
}

static void
write_proc (pid_t pid, const char *file, const char *text)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", pid, file);
  Fd fd = open (path, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
}

/* Become root of a user namespace with a mount namespace.  Where that is forbidden, there is nothing to test. */
static void
become_root_inside (void)
{
  g_autofree char *uids = g_strdup_printf ("0 %u 1", geteuid ()),
                  *gids = g_strdup_printf ("0 %u 1", getegid ());
  if (unshare (CLONE_NEWUSER | CLONE_NEWNS) < 0)
    _exit (0);
  write_proc (getpid (), "uid_map", uids);
  write_proc (getpid (), "setgroups", "deny");
  write_proc (getpid (), "gid_map", gids);
}

/* --- Ids ------------------------------------------------------------------------------------------------------ */

static void
test_ids (void)
{
  g_autofree char *longest = g_strnfill (255, 'a'), *longer = g_strnfill (256, 'a'),
                  *endless = g_strnfill (5000, 'a');
  const char *good[] = { "a", "Zz09_+-.", ".a", "...", "-x", "node.user.1.0.0", longest };
  const char *bad[] = { "",    ".",  "..",       "/",        "../x", "a/b",  "a b",  "a@b",
                        "a\n", "\n", "\xc3\xa9", "a\x1b[2J", "~1",   longer, endless };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (container_check_id (good[i], NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (container_check_id (bad[i], &error));
      g_assert_error (error, SNUG_ERROR, SNUG_ERROR_USAGE);
      for (const char *p = error->message; *p; p++)
        g_assert_false (g_ascii_iscntrl (*p));
      g_assert_cmpuint (strlen (error->message), <, 200);
    }

  g_autoptr (GError) error = NULL;
  container_check_id ("../x\n", &error);
  g_assert_cmpstr (error->message, ==,
                   "invalid container id \"../x\\n\": it is made of letters, digits and _ + - .");
}

static void
test_bad_ids_make_nothing (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const bad[] = { "../x", ".", "..", "", "a/b" };
  g_autofree char *beside = g_build_filename (place->folder, "x", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_null (container_new (place->store, bad[i], NULL));
      g_assert_null (container_open (place->store, bad[i], LOCK_WAIT, NULL));
    }
  g_assert_false (g_file_test (place->root, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (beside, G_FILE_TEST_EXISTS));
}

/* --- The store ------------------------------------------------------------------------------------------------ */

static void
test_looking_makes_nothing (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GPtrArray) list = store_list (place->store, NULL);
  g_assert_cmpuint (list->len, ==, 0);
  assert_missing (place->store, "c");
  g_assert_false (g_file_test (place->root, G_FILE_TEST_EXISTS));
}

static unsigned
mode_of (const char *path)
{
  struct stat st;
  g_assert_cmpint (lstat (path, &st), ==, 0);
  return st.st_mode & 07777;
}

static void
test_made_with_parents (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *parent = g_build_filename (place->folder, "a", NULL);
  g_autofree char *root = g_build_filename (parent, "b", NULL), *written = g_strconcat (root, "//", NULL);
  g_autoptr (Store) store = open_store (written);
  container_free (new_container (store, "c"));
  g_assert_cmpstr (store_path (store), ==, root);
  g_assert_cmpuint (mode_of (parent) & 0777, ==, 0700);
  g_assert_cmpuint (mode_of (root) & 0777, ==, 0700);
}

static void
assert_refused (const char *root, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (store_open (root, &error));
  g_assert_nonnull (strstr (error->message, message));
  g_assert_nonnull (strstr (error->message, root));
}

static void
test_refused (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *link = g_build_filename (place->folder, "link", NULL),
                  *behind = g_build_filename (place->folder, "link", "root", NULL),
                  *slashed = g_build_filename (place->folder, "link/", NULL),
                  *file = g_build_filename (place->folder, "file", NULL);
  write_text (file, "");
  assert_refused (file, "Not a directory");
  assert_refused ("", "the path is empty");

  /* A link is refused, one above it is not. */
  g_assert_cmpint (symlink (".", link), ==, 0);
  g_assert_null (store_open (link, NULL));
  g_assert_null (store_open (slashed, NULL));
  store_free (open_store (behind));

  g_assert_cmpint (mkdir (place->root, 0700), ==, 0);
  g_assert_cmpint (chmod (place->root, 0720), ==, 0);
  assert_refused (place->root, "others may write");
  g_assert_cmpint (chmod (place->root, 01702), ==, 0);
  assert_refused (place->root, "others may write");
  g_assert_cmpint (chmod (place->root, 0755), ==, 0);
  store_free (open_store (place->root));
}

static void
as_somebody_refused (const Place *place)
{
  become (SOMEBODY);
  assert_refused (place->root, "belongs to uid 54322");
}

/* What another user has put there. */
static void
test_refused_of_others (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  if (!need_root ())
    return;
  g_assert_cmpint (chmod (place->folder, 0755), ==, 0);
  g_assert_cmpint (mkdir (place->root, 0755), ==, 0);
  g_assert_cmpint (chown (place->root, SOMEBODY_ELSE, SOMEBODY_ELSE), ==, 0);
  run_apart (as_somebody_refused, place);
}

/* A folder in our store that is not the store's owner's, or that others may write to, or a link. */
static void
test_refused_containers (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  container_free (new_container (place->store, "real"));
  g_autofree char *link = g_build_filename (place->root, "link", NULL),
                  *file = g_build_filename (place->root, "file", NULL),
                  *folder = g_build_filename (place->root, "real", NULL);
  g_assert_cmpint (symlink ("real", link), ==, 0);
  write_text (file, "");
  assert_missing (place->store, "link");
  assert_missing (place->store, "file");

  g_assert_cmpint (chmod (folder, 0770), ==, 0);
  g_assert_null (container_open (place->store, "real", LOCK_NONE, &error));
  g_assert_nonnull (strstr (error->message, "others may write"));
  g_clear_error (&error);
  g_assert_cmpint (chmod (folder, 0700), ==, 0);

  if (geteuid () != 0)
    return;
  g_assert_cmpint (chown (folder, SOMEBODY, SOMEBODY), ==, 0);
  g_assert_null (container_open (place->store, "real", LOCK_NONE, &error));
  g_assert_nonnull (strstr (error->message, "belongs to uid 54321"));
  g_autoptr (GPtrArray) list = store_list (place->store, NULL);
  g_assert_cmpuint (list->len, ==, 1);
  const Container *listed = list->pdata[0];
  g_assert_cmpstr (listed->problem, ==, error->message);
}

/* --- The default root ----------------------------------------------------------------------------------------- */

static void
in_user_namespace_default (const Place *place)
{
  become_root_inside ();
  g_setenv ("XDG_RUNTIME_DIR", place->folder, TRUE);
  g_autofree char *expected = g_build_filename (place->folder, "snug", NULL);
  g_autoptr (Store) store = open_store (NULL);
  g_assert_cmpstr (store_path (store), ==, expected);
}

static void
as_somebody_default (const Place *place)
{
  g_autoptr (GError) error = NULL;
  g_setenv ("XDG_RUNTIME_DIR", place->folder, TRUE);
  if (geteuid () == 0)
    {
      g_autoptr (Store) roots = open_store (NULL);
      g_assert_cmpstr (store_path (roots), ==, "/run/snug");
      become (SOMEBODY);
    }
  g_autofree char *expected = g_build_filename (place->folder, "snug", NULL);
  g_autoptr (Store) store = open_store (NULL);
  g_assert_cmpstr (store_path (store), ==, expected);

  g_autofree char *usual = g_strdup_printf ("/run/user/%u", geteuid ());
  if (g_file_test (usual, G_FILE_TEST_EXISTS))
    return;
  g_setenv ("XDG_RUNTIME_DIR", "relative", TRUE);
  g_assert_null (store_open (NULL, &error));
  g_assert_nonnull (strstr (error->message, "--root"));
  g_clear_error (&error);
  g_unsetenv ("XDG_RUNTIME_DIR");
  g_assert_null (store_open (NULL, &error));
  g_assert_nonnull (strstr (error->message, "XDG_RUNTIME_DIR is not set"));
}

static void
test_default_root (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_assert_cmpint (chmod (place->folder, 0755), ==, 0);
  run_apart (as_somebody_default, place);
  run_apart (in_user_namespace_default, place);
}

/* --- Records -------------------------------------------------------------------------------------------------- */

static void
test_new (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Container) container = new_container (place->store, "c");
  g_autofree char *folder = g_build_filename (place->root, "c", NULL), *record = path_of (place, "c", RECORD);
  g_assert_cmpuint (mode_of (folder), ==, 01700);
  g_assert_cmpuint (mode_of (record), ==, 0600);
  g_assert_cmpint (container->status, ==, STATUS_CREATING);
  g_assert_cmpuint (container->owner, ==, geteuid ());
  g_assert_false (container->foreign);
  g_assert_cmpint (ABS (g_get_real_time () - container->created), <, 60 * G_USEC_PER_SEC);
  g_assert_cmpint (fcntl (container->dir, F_GETFD), ==, FD_CLOEXEC);
  g_assert_cmpint (fcntl (container->lock, F_GETFD), ==, FD_CLOEXEC);

  g_assert_null (container_new (place->store, "c", &error));
  g_assert_cmpstr (error->message, ==, "container with id exists: c");
}

static void
fill (Container *container)
{
  container->oci_version = g_strdup ("1.3.0");
  container->bundle = g_strdup ("/b\xc3\xa9 \"x\"\n");
  container->rootfs = g_strdup ("/b/rootfs");
  container->created = 1795316400123456;
  container->cgroup = g_strdup ("/user.slice/c");
  container->cgroup_id = G_GUINT64_CONSTANT (4294967297);
  container->cgroup_made = 2;
  container->systemd_cgroup = TRUE;
  container->scope = g_strdup ("snug-c.scope");
  container->annotations = json_object_new_object ();
  json_add (container->annotations, "org.a/b", json_text ("v"));
}

static void
test_round_trip (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (Container) made = new_container (place->store, "c");
  fill (made);
  g_assert_true (container_set_process (made, getpid (), NULL));
  made->status = STATUS_CREATED;
  save (made);

  g_autoptr (Container) read = open_container (place->store, "c", LOCK_NONE);
  g_assert_null (read->problem);
  g_assert_cmpstr (read->id, ==, "c");
  g_assert_cmpstr (read->oci_version, ==, made->oci_version);
  g_assert_cmpstr (read->bundle, ==, made->bundle);
  g_assert_cmpstr (read->rootfs, ==, made->rootfs);
  g_assert_cmpint (read->pid, ==, getpid ());
  g_assert_cmpuint (read->start_time, ==, made->start_time);
  g_assert_cmpint (read->created, ==, made->created);
  g_assert_cmpstr (read->cgroup, ==, made->cgroup);
  g_assert_cmpuint (read->cgroup_id, ==, made->cgroup_id);
  g_assert_cmpuint (read->cgroup_made, ==, made->cgroup_made);
  g_assert_true (read->systemd_cgroup);
  g_assert_cmpstr (read->scope, ==, made->scope);
  g_assert_cmpstr (json_object_to_json_string_ext (read->annotations, JSON_C_TO_STRING_NOSLASHESCAPE), ==,
                   "{\"org.a/b\":\"v\"}");
  g_assert_cmpint (read->status, ==, STATUS_RUNNING);
}

/* One of a later version, with more in it. */
static void
test_unknown_members (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  container_free (new_container (place->store, "c"));
  g_autofree char *record = path_of (place, "c", RECORD);
  write_text (record, "{\"later\":{\"x\":[1]},\"id\":\"c\",\"status\":\"created\",\"bundle\":\"/b\"}");
  g_autoptr (Container) read = open_container (place->store, "c", LOCK_NONE);
  g_assert_null (read->problem);
  g_assert_cmpstr (read->bundle, ==, "/b");
  g_assert_cmpint (read->status, ==, STATUS_STOPPED);
}

static void
test_broken (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  static const struct
  {
    const char *text, *problem, *bundle;
  } rows[] = {
    { "", "line 1, column 1: expected a value, found the end", NULL },
    { "{\"id\":\"c\",\"sta", "line 1, column 11: the string does not end", NULL },
    { "[]", "/: expected an object, found an array", NULL },
    { "null", "/: is missing", NULL },
    { "{\"id\":\"c\"}", "/status: is missing", NULL },
    { "{\"id\":\"d\",\"status\":\"created\",\"bundle\":\"/b\"}", "its record is that of another container",
      NULL },
    { "{\"id\":\"c\",\"status\":\"created\",\"bundle\":\"/b\",\"pid\":-1}",
      "/pid: expected a number from 0 to 2147483647, found -1", "/b" },
    { "{\"id\":\"c\",\"status\":\"created\",\"bundle\":\"/b\",\"annotations\":1}",
      "/annotations: expected an object, found a number", "/b" },
  };
  container_free (new_container (place->store, "a"));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      container_free (new_container (place->store, "c"));
      g_autofree char *record = path_of (place, "c", RECORD);
      write_text (record, rows[i].text);

      g_autoptr (GPtrArray) list = store_list (place->store, NULL);
      g_assert_cmpuint (list->len, ==, 2);
      const Container *whole = list->pdata[0], *broken = list->pdata[1];
      g_assert_null (whole->problem);
      g_assert_cmpstr (broken->id, ==, "c");
      g_assert_cmpstr (broken->problem, ==, rows[i].problem);
      g_assert_cmpstr (broken->bundle, ==, rows[i].bundle);
      g_assert_cmpint (broken->status, ==, STATUS_STOPPED);

      g_autoptr (Container) again = open_container (place->store, "c", LOCK_WAIT);
      remove_container (again);
    }
}

/* Whoever can write to the folder can make the record anything. */
static void
test_record_is_no_file (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *record = path_of (place, "c", RECORD),
                  *secret = g_build_filename (place->folder, "secret", NULL);
  write_text (secret, "{\"id\":\"c\",\"status\":\"created\",\"bundle\":\"/secret\"}");
  for (int kind = 0; kind < 3 + (geteuid () == 0); kind++)
    {
      container_free (new_container (place->store, "c"));
      unlink (record);
      if (kind == 3) /* another user's */
        write_text (record, "{\"id\":\"c\",\"status\":\"created\",\"bundle\":\"/secret\"}");
      g_assert_cmpint (kind == 0   ? symlink (secret, record)
                       : kind == 1 ? mkfifo (record, 0600)
                       : kind == 2 ? mkdir (record, 0700)
                                   : chown (record, SOMEBODY, SOMEBODY),
                       ==, 0);
      g_autoptr (Container) container = open_container (place->store, "c", LOCK_WAIT);
      g_assert_nonnull (container->problem);
      g_assert_null (container->bundle);
      remove_container (container);
      assert_missing (place->store, "c");
    }
  g_assert_true (g_file_test (secret, G_FILE_TEST_EXISTS));
}

/* Whoever does not want to wait is told at once. */
static void
test_lock_try (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Container *container = new_container (place->store, "c");
  g_assert_null (container_open (place->store, "c", LOCK_TRY, &error));
  g_assert_error (error, SNUG_ERROR, SNUG_ERROR_BUSY);
  container_free (container);

  Container *locked = open_container (place->store, "c", LOCK_TRY);
  g_clear_error (&error);
  g_assert_null (container_open (place->store, "c", LOCK_TRY, &error));
  g_assert_error (error, SNUG_ERROR, SNUG_ERROR_BUSY);
  remove_container (locked);
  container_free (locked);
}

/* --- Half made ------------------------------------------------------------------------------------------------ */

static void
make_half (const Place *place, const char *id)
{
  g_autofree char *folder = g_build_filename (place->root, id, NULL);
  container_free (new_container (place->store, id));
  g_autofree char *record = g_build_filename (folder, RECORD, NULL);
  g_assert_cmpint (unlink (record), ==, 0);
}

static void
test_half_made (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  make_half (place, "empty");
  make_half (place, "full");
  g_autofree char *config = path_of (place, "full", ENTRY_CONFIG),
                  *cut = path_of (place, "full", TEMPORARY RECORD),
                  *notify = path_of (place, "full", ENTRY_NOTIFY);
  write_text (config, "{}");
  write_text (cut, "{");
  g_assert_cmpint (mkdir (notify, 0700), ==, 0);

  g_autoptr (Container) locked = new_container (place->store, "busy");
  g_autofree char *record = path_of (place, "busy", RECORD);
  g_assert_cmpint (unlink (record), ==, 0);

  g_autoptr (GPtrArray) list = store_list (place->store, NULL);
  g_assert_cmpuint (list->len, ==, 1);
  const Container *listed = list->pdata[0];
  g_assert_cmpstr (listed->id, ==, "busy");
  g_assert_cmpint (listed->status, ==, STATUS_CREATING);
  g_assert_cmpstr (listed->problem, ==, "it has no record yet");
  g_assert_false (g_file_test (config, G_FILE_TEST_EXISTS));

  container_free (g_steal_pointer (&locked));
  assert_missing (place->store, "busy");
  g_autoptr (GDir) left = g_dir_open (place->root, 0, NULL);
  g_assert_null (g_dir_read_name (left));
}

/* --root /home/me does not make containers of what is there. */
static void
test_not_ours (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  make_half (place, "Documents");
  g_autofree char *letter = path_of (place, "Documents", "letter");
  write_text (letter, "Dear");
  assert_missing (place->store, "Documents");
  g_autofree char *empty = g_build_filename (place->root, "Downloads", NULL);
  g_assert_cmpint (mkdir (empty, 0700), ==, 0);
  assert_missing (place->store, "Downloads");
  g_autoptr (GPtrArray) list = store_list (place->store, NULL);
  g_assert_cmpuint (list->len, ==, 0);
  g_assert_true (g_file_test (letter, G_FILE_TEST_EXISTS) && g_file_test (empty, G_FILE_TEST_IS_DIR));
}

/* --- The status ----------------------------------------------------------------------------------------------- */

/* A container of the process @pid, with a gate. */
static void
make_waiting (const Place *place, const char *id, pid_t pid, ContainerStatus saved)
{
  g_autoptr (Container) container = new_container (place->store, id);
  g_autofree char *gate = path_of (place, id, ENTRY_GATE);
  Fd fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_strlcpy (address.sun_path, gate, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);

  g_assert_true (container_set_process (container, pid, NULL));
  container->status = saved;
  save (container);
}

static void
test_life (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  pid_t pid = start_process ();
  make_waiting (place, "c", pid, STATUS_CREATING);
  g_assert_cmpstr (status_of (place->store, "c"), ==, "creating");

  g_autoptr (Container) container = open_container (place->store, "c", LOCK_WAIT);
  container->status = STATUS_CREATED;
  save (container);
  g_assert_cmpstr (status_of (place->store, "c"), ==, "created");

  g_assert_cmpint (unlinkat (container->dir, ENTRY_GATE, 0), ==, 0);
  g_assert_cmpstr (status_of (place->store, "c"), ==, "running");

  Fd pidfd = container_pidfd (container, NULL);
  g_assert_cmpint (fcntl (pidfd, F_GETFD), ==, FD_CLOEXEC);
  g_assert_cmpint (sys_pidfd_send_signal (pidfd, SIGKILL), ==, 0);
  wait_for_zombie (pid);
  g_assert_cmpstr (status_of (place->store, "c"), ==, "stopped");
  wait_for (pid);
  g_assert_cmpstr (status_of (place->store, "c"), ==, "stopped");

  g_autoptr (GError) error = NULL;
  g_assert_cmpint (container_pidfd (container, &error), ==, -1);
  g_assert_cmpint (errno, ==, ESRCH);
  g_assert_error (error, SNUG_ERROR, SNUG_ERROR_MISSING);
}

/* The pid is there, and is another process. */
static void
test_reused_pid (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  pid_t pid = start_process ();
  make_waiting (place, "c", pid, STATUS_CREATED);
  g_autoptr (Container) container = open_container (place->store, "c", LOCK_WAIT);
  guint64 start_time = container->start_time;
  for (int off = -1; off <= 1; off++)
    {
      container->start_time = start_time + (guint64) off;
      save (container);
      g_assert_cmpstr (status_of (place->store, "c"), ==, off == 0 ? "created" : "stopped");
      g_autoptr (Container) read = open_container (place->store, "c", LOCK_NONE);
      Fd pidfd = container_pidfd (read, NULL);
      g_assert_cmpint (errno, ==, off == 0 ? errno : ESRCH);
      g_assert_true ((pidfd >= 0) == (off == 0));
    }
  end_process (pid);
}

/* After a reboot the same pid and start time are still another process. */
static void
test_other_boot (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  pid_t pid = start_process ();
  make_waiting (place, "c", pid, STATUS_CREATED);
  g_autoptr (Container) container = open_container (place->store, "c", LOCK_WAIT);
  g_assert_nonnull (container->boot_id);
  g_free (container->boot_id);
  container->boot_id = g_strdup ("another");
  save (container);
  g_autoptr (Container) later = open_container (place->store, "c", LOCK_NONE);
  g_assert_cmpint (later->status, ==, STATUS_STOPPED);
  g_assert_cmpint (container_pidfd (later, NULL), ==, -1);
  end_process (pid);
}

/* Its name may look like the rest of the line. */
static void
with_odd_name (const Place *place)
{
  prctl (PR_SET_NAME, ") R 1 2 (\n) 3");
  make_waiting (place, "c", getpid (), STATUS_CREATED);
  g_assert_cmpstr (status_of (place->store, "c"), ==, "created");
  g_assert_true (process_belongs_to (sys_pidfd_open (getpid ()), getpid (), getuid ()));
  g_assert_false (process_belongs_to (sys_pidfd_open (getpid ()), getpid (), SOMEBODY_ELSE));
}

static void
test_odd_name (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  run_apart (with_odd_name, place);
}

static void *
wait_forever (G_GNUC_UNUSED void *data)
{
  for (;;)
    pause ();
  return NULL;
}

static void
end_first_thread (G_GNUC_UNUSED const Place *place)
{
  pthread_t thread;
  g_assert_cmpint (pthread_create (&thread, NULL, wait_forever, NULL), ==, 0);
  syscall (SYS_exit, 0);
}

static char
state_letter (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid), *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return strrchr (text, ')')[2];
}

/* A program whose first thread has ended looks like a zombie in /proc, but runs. */
static void
test_first_thread_ended (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  pid_t pid = start (end_first_thread, place);
  while (state_letter (pid) != 'Z')
    g_usleep (1000);
  make_waiting (place, "c", pid, STATUS_CREATED);
  g_assert_cmpstr (status_of (place->store, "c"), ==, "created");
  end_process (pid);
  g_assert_cmpstr (status_of (place->store, "c"), ==, "stopped");
}

/* A process that keeps others from looking at it. */
static void
hide (G_GNUC_UNUSED const Place *place)
{
  kill (getpid (), SIGSTOP);
  prctl (PR_SET_DUMPABLE, 0);
  kill (getpid (), SIGSTOP);
  for (;;)
    pause ();
}

static void
with_hidden_process (const Place *place)
{
  int status;
  g_assert_cmpint (unshare (CLONE_NEWNS), ==, 0);
  g_assert_cmpint (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), ==, 0);
  if (mount ("proc", "/proc", "proc", 0, "hidepid=2") < 0)
    _exit (0);
  g_assert_cmpint (chown (place->folder, SOMEBODY, SOMEBODY), ==, 0);
  become (SOMEBODY);
  prctl (PR_SET_DUMPABLE, 1);

  pid_t pid = start (hide, place);
  waitpid (pid, &status, WUNTRACED);
  make_waiting (place, "c", pid, STATUS_CREATED);
  kill (pid, SIGCONT);
  waitpid (pid, &status, WUNTRACED);
  g_assert_cmpuint (process_start_time (pid), ==, 0);

  /* It lives, as far as we know; but it may be another one. */
  g_autoptr (Container) container = open_container (place->store, "c", LOCK_NONE);
  g_assert_cmpint (container->status, ==, STATUS_CREATED);
  g_assert_cmpint (container_pidfd (container, NULL), ==, -1);
  g_assert_cmpint (errno, ==, EACCES);
  end_process (pid);
  g_assert_cmpstr (status_of (place->store, "c"), ==, "stopped");
}

/* proc(5), hidepid: an administrator may have hidden from users what is not theirs to look at. */
static void
test_hidden (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  if (need_root ())
    run_apart (with_hidden_process, place);
}

/* As another program knows it. */
static const char *
who_we_are (void)
{
  static char name[256];
  FILE *id = popen ("id -un", "r");
  g_assert_nonnull (id);
  g_assert_nonnull (fgets (name, sizeof name, id));
  g_assert_cmpint (pclose (id), ==, 0);
  return g_strchomp (name);
}

static void
test_document (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  static const struct
  {
    gint64 created;
    const char *text;
  } times[] = {
    { 1795316400123456, "2026-11-22T03:00:00.123456Z" },
    { 1795316400120000, "2026-11-22T03:00:00.12Z" },
    { 1795316400000000, "2026-11-22T03:00:00Z" },
    { 1795316400000001, "2026-11-22T03:00:00.000001Z" },
    { 1795316400100000, "2026-11-22T03:00:00.1Z" },
    { 0, NULL },
    { G_MAXINT64, NULL },
  };
  g_autoptr (Container) container = new_container (place->store, "c");
  fill (container);
  container->pid = 5;
  container->status = STATUS_CREATED;

  g_autoptr (json_object) brief = container_state (container, FALSE);
  g_assert_cmpstr (json_object_to_json_string_ext (brief, JSON_C_TO_STRING_NOSLASHESCAPE), ==,
                   "{\"ociVersion\":\"1.3.0\",\"id\":\"c\",\"pid\":5,\"status\":\"created\","
                   "\"bundle\":\"/b\xc3\xa9 \\\"x\\\"\\n\",\"annotations\":{\"org.a/b\":\"v\"}}");

  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    {
      container->created = times[i].created;
      g_autoptr (json_object) full = container_state (container, TRUE);
      JsonCursor top = json_top (full), created = json_member (&top, "created"),
                 rootfs = json_member (&top, "rootfs"), owner = json_member (&top, "owner");
      const char *text = NULL, *path = NULL, *name = NULL;
      g_assert_true (json_get_string (&created, &text, NULL));
      g_assert_true (json_get_string (&rootfs, &path, NULL));
      g_assert_true (json_get_string (&owner, &name, NULL));
      g_assert_cmpstr (text, ==, times[i].text);
      g_assert_cmpstr (path, ==, "/b/rootfs");
      g_assert_cmpstr (name, ==, who_we_are ());
    }

  container->status = STATUS_STOPPED;
  g_autoptr (json_object) stopped = container_state (container, FALSE);
  JsonCursor top = json_top (stopped), pid = json_member (&top, "pid");
  guint64 number = 1;
  g_assert_true (json_get_uint (&pid, G_MAXUINT64, &number, NULL));
  g_assert_cmpuint (number, ==, 0);
}

/* --- Several at once ------------------------------------------------------------------------------------------ */

static void
create_and_die (const Place *place)
{
  Container *container = new_container (place->store, "c");
  g_assert_cmpint (container->status, ==, STATUS_CREATING);
  kill (getpid (), SIGSTOP);
  kill (getpid (), SIGKILL);
}

/* While somebody makes it, and after he was killed. */
static void
test_creating (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *record = path_of (place, "c", RECORD);
  int status;
  g_assert_true (store_make (place->store, NULL));
  pid_t pid = start (create_and_die, place);
  g_assert_cmpint (waitpid (pid, &status, WUNTRACED), ==, pid);
  g_assert_cmpstr (status_of (place->store, "c"), ==, "creating");

  g_assert_cmpint (unlink (record), ==, 0);
  g_assert_cmpstr (status_of (place->store, "c"), ==, "creating");

  kill (pid, SIGCONT);
  wait_for (pid);
  assert_missing (place->store, "c");
  container_free (new_container (place->store, "c"));
}

/* A process that waits for the gate outlives the one that made the container. */
static void
test_creator_gone (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  pid_t pid = start_process ();
  make_waiting (place, "c", pid, STATUS_CREATING);
  g_autoptr (Container) container = open_container (place->store, "c", LOCK_WAIT);
  g_assert_cmpint (container->status, ==, STATUS_CREATING);
  end_process (pid);
  g_assert_cmpstr (status_of (place->store, "c"), ==, "creating"); /* we have it locked */
  container_free (g_steal_pointer (&container));
  g_assert_cmpstr (status_of (place->store, "c"), ==, "stopped");
}

/* Leaves a mark if it was the one to make it, and keeps it. */
static void
create_if_first (const Place *place)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = open_store (place->root);
  Container *container = container_new (store, "c", &error);
  if (container)
    {
      g_autofree char *mark = g_strdup_printf ("%s/%d", place->folder, getpid ());
      write_text (mark, "");
    }
  else
    g_assert_cmpstr (error->message, ==, "container with id exists: c");
}

static void
test_one_wins (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  for (int round = 0; round < 20; round++)
    {
      run_crowd (create_if_first, place);
      g_autoptr (GDir) dir = g_dir_open (place->folder, 0, NULL);
      int marks = 0;
      for (const char *name; (name = g_dir_read_name (dir));)
        if (g_ascii_isdigit (*name))
          {
            g_autofree char *mark = g_build_filename (place->folder, name, NULL);
            g_assert_cmpint (unlink (mark), ==, 0);
            marks++;
          }
      g_assert_cmpint (marks, ==, 1);
      g_autoptr (Container) container = open_container (place->store, "c", LOCK_WAIT);
      remove_container (container);
    }
}

#define COUNTS 50

static void
count_up (const Place *place)
{
  for (int i = 0; i < COUNTS; i++)
    {
      g_autoptr (Container) container = open_container (place->store, "c", LOCK_WAIT);
      container->created++;
      save (container);
    }
}

/* Nobody's change gets lost. */
static void
test_counting (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  Container *made = new_container (place->store, "c");
  gint64 first = made->created;
  container_free (made);
  run_crowd (count_up, place);
  g_autoptr (Container) container = open_container (place->store, "c", LOCK_NONE);
  g_assert_cmpint (container->created - first, ==, CROWD * COUNTS);
}

static void
save_often (const Place *place)
{
  g_autoptr (Container) container = open_container (place->store, "c", LOCK_WAIT);
  for (int i = 0; i < 2000; i++)
    {
      g_free (container->bundle);
      container->bundle = g_strnfill ((gsize) (i % 2 ? 1 : 20000), 'b');
      save (container);
    }
}

/* Whoever reads without a lock sees the old or the new record, never half of one. */
static void
test_reading_while_saving (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  int status, reads = 0;
  container_free (new_container (place->store, "c"));
  pid_t pid = start (save_often, place);
  for (; waitpid (pid, &status, WNOHANG) == 0; reads++)
    {
      g_autoptr (Container) container = open_container (place->store, "c", LOCK_NONE);
      g_assert_null (container->problem);
      g_assert_true (container->bundle == NULL || strlen (container->bundle) == 1
                     || strlen (container->bundle) == 20000);
    }
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (reads, >, 10);
}

/* All verbs at once: nothing but what they are meant to find. */
static void
come_and_go (const Place *place)
{
  for (int i = 0; i < 60; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Container) container =
          i % 3 == 0 ? container_new (place->store, "c", &error)
                     : container_open (place->store, "c", i % 3 == 1 ? LOCK_WAIT : LOCK_NONE, &error);
      if (container && i % 3 == 1)
        remove_container (container);
      else if (container && i % 3 == 0)
        save (container);
      else if (container)
        g_assert_true (container->status == STATUS_CREATING || container->status == STATUS_STOPPED);
      else
        g_assert_true (i % 3 == 0 ? strstr (error->message, "container with id exists") != NULL
                                  : error->code == SNUG_ERROR_MISSING);
      g_autoptr (GPtrArray) list = store_list (place->store, NULL);
      g_assert_cmpuint (list->len, <=, 1);
    }
}

static void
test_coming_and_going (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_assert_true (store_make (place->store, NULL));
  run_crowd (come_and_go, place);
}

/* Another process, without the lock that it got from us. */
static Store *
open_afresh (const Place *place)
{
  g_assert_cmpint (sys_close_range (3, ~0U, 0), ==, 0);
  return open_store (place->root);
}

static void
open_gone (const Place *place)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = open_afresh (place);
  g_assert_null (container_open (store, "c", LOCK_WAIT, &error));
  g_assert_error (error, SNUG_ERROR, SNUG_ERROR_MISSING);
}

static void
open_anew (const Place *place)
{
  g_autoptr (Store) store = open_afresh (place);
  g_autoptr (Container) container = open_container (store, "c", LOCK_WAIT);
  g_assert_cmpstr (container->bundle, ==, "/new");
}

/* Waits until @pid waits for a lock. */
static void
wait_for_waiting (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/syscall", pid),
                  *wanted = g_strdup_printf ("%d ", SYS_flock);
  for (gboolean waits = FALSE; !waits; g_usleep (1000))
    {
      g_autofree char *text = NULL;
      if (!g_file_get_contents (path, &text, NULL, NULL))
        g_usleep (100000); /* hidden by the kernel's build: then it waits for sure after a while */
      waits = text == NULL || g_str_has_prefix (text, wanted);
    }
}

/* delete while another call waits for the container, which then finds none, or the next one of that name. */
static void
test_removed_while_waiting (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  Container *container = new_container (place->store, "c");
  pid_t gone = start (open_gone, place);
  wait_for_waiting (gone);
  remove_container (container);
  container_free (container);
  g_assert_cmpint (wait_for (gone), ==, 0);

  container = new_container (place->store, "c");
  pid_t anew = start (open_anew, place);
  wait_for_waiting (anew);
  remove_container (container);
  Container *next = new_container (place->store, "c");
  next->bundle = g_strdup ("/new");
  save (next);
  container_free (container);
  container_free (next);
  g_assert_cmpint (wait_for (anew), ==, 0);
}

/* --- When there is too little of something -------------------------------------------------------------------- */

/* Saves what does not fit: the old record stays, and nothing else. */
static void
assert_save_fails (const Place *place, Store *store, Container *container, int err)
{
  g_autoptr (GError) error = NULL;
  container->bundle = g_strnfill (100000, 'b');
  g_assert_false (container_save (container, &error));
  g_assert_true (g_str_has_prefix (error->message, "can't save container \"c\": "));
  g_assert_true (g_str_has_suffix (error->message, strerror (err)));

  g_autoptr (Container) old = open_container (store, "c", LOCK_NONE);
  g_assert_null (old->problem);
  g_assert_null (old->bundle);
  g_autofree char *temporary = path_of (place, "c", TEMPORARY RECORD);
  g_assert_false (g_file_test (temporary, G_FILE_TEST_EXISTS));
}

static void
with_small_files (const Place *place)
{
  g_autoptr (Container) container = new_container (place->store, "c");
  signal (SIGXFSZ, SIG_IGN);
  struct rlimit limit = { 4096, 4096 };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  assert_save_fails (place, place->store, container, EFBIG);

  limit = (struct rlimit){ 0, 0 };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_null (container_new (place->store, "d", NULL));
  assert_missing (place->store, "d");
}

static void
on_small_disk (const Place *place)
{
  become_root_inside ();
  g_assert_cmpint (mkdir (place->root, 0700), ==, 0);
  g_assert_cmpint (mount ("tmpfs", place->root, "tmpfs", 0, "size=8k,mode=700"), ==, 0);
  g_autoptr (Store) store = open_store (place->root);
  g_autoptr (Container) container = new_container (store, "c");
  assert_save_fails (place, store, container, ENOSPC);
  remove_container (container);
  assert_missing (store, "c");
}

static void
test_full_disk (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_assert_true (store_make (place->store, NULL));
  run_apart (with_small_files, place);
  g_autoptr (Container) container = open_container (place->store, "c", LOCK_WAIT);
  remove_container (container);
  g_assert_cmpint (rmdir (place->root), ==, 0);
  run_apart (on_small_disk, place);
}

static void
with_few_descriptors (const Place *place)
{
  struct rlimit limit = { 32, 32 };
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  g_autoptr (GPtrArray) list = store_list (place->store, NULL);
  g_assert_cmpuint (list->len, ==, 100);
  for (int i = 0; i < 100; i++)
    {
      const Container *container = list->pdata[i];
      g_autofree char *id = g_strdup_printf ("c%02d", i);
      g_assert_cmpstr (container->id, ==, id);
      g_assert_null (container->problem);
    }
}

static void
test_many (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  for (int i = 100; i-- > 0;)
    {
      g_autofree char *id = g_strdup_printf ("c%02d", i);
      container_free (new_container (place->store, id));
    }
  run_apart (with_few_descriptors, place);
}

/* --- Removing ------------------------------------------------------------------------------------------------- */

/* A chain of directories in @dir, deeper than any path and than our descriptors would reach. */
static void
make_deep (int dir)
{
  Fd at = dup (dir);
  for (int i = 0; i < 1000; i++)
    {
      g_assert_cmpint (mkdirat (at, "deep", 0700), ==, 0);
      Fd next = openat (at, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      close (openat (at, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
      fd_clear (&at);
      at = fd_steal (&next);
    }
}

/* Names that are used for what is in the middle of being removed, of directories that let nobody in. */
static void
make_shut (int dir)
{
  for (int i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf (TEMPORARY "%d", i), *inner = g_strconcat (name, "/a", NULL),
                      *innermost = g_strconcat (name, "/a/b", NULL);
      g_assert_cmpint (mkdirat (dir, name, 0700), ==, 0);
      g_assert_cmpint (mkdirat (dir, inner, 0700), ==, 0);
      g_assert_cmpint (mkdirat (dir, innermost, 0700), ==, 0);
      g_assert_cmpint (fchmodat (dir, inner, 0500, 0), ==, 0);
      g_assert_cmpint (fchmodat (dir, name, 0, 0), ==, 0);
    }
}

static void
with_hostile_folder (const Place *place)
{
  if (geteuid () == 0) /* whom no mode stops */
    {
      g_assert_cmpint (chown (place->folder, SOMEBODY, SOMEBODY), ==, 0);
      become (SOMEBODY);
    }
  g_autofree char *outside = g_build_filename (place->folder, "outside", NULL),
                  *precious = g_build_filename (outside, "precious", NULL);
  g_assert_cmpint (mkdir (outside, 0700), ==, 0);
  write_text (precious, "");

  g_autoptr (Container) container = new_container (place->store, "c");
  int dir = container->dir;
  g_assert_cmpint (symlinkat (outside, dir, "directory"), ==, 0);
  g_assert_cmpint (symlinkat (precious, dir, "file"), ==, 0);
  g_assert_cmpint (mkdirat (dir, ENTRY_NOTIFY, 0700), ==, 0);
  Fd notify = openat (dir, ENTRY_NOTIFY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (symlinkat (outside, notify, "directory"), ==, 0);
  g_assert_cmpint (symlinkat ("/", notify, "root"), ==, 0);
  g_assert_cmpint (mkfifoat (notify, "pipe", 0), ==, 0);
  make_deep (notify);
  make_shut (dir);

  struct rlimit limit = { 32, 32 };
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  remove_container (container);
  assert_missing (place->store, "c");
  g_assert_true (g_file_test (precious, G_FILE_TEST_EXISTS));
}

static void
test_remove_hostile (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  run_apart (with_hostile_folder, place);
}

/* The directory that its owner replaces by a link at the worst moment: after it was found to be one, and not empty. */
static const char *replaced, *link_target;
int __real_unlinkat (int dir, const char *name, int flags);
int __wrap_unlinkat (int dir, const char *name, int flags);

int
__wrap_unlinkat (int dir, const char *name, int flags)
{
  int result = __real_unlinkat (dir, name, flags), err = errno;
  if (result < 0 && err == ENOTEMPTY && g_strcmp0 (name, replaced) == 0)
    {
      replaced = NULL;
      g_assert_cmpint (renameat (dir, name, dir, "moved"), ==, 0);
      g_assert_cmpint (symlinkat (link_target, dir, name), ==, 0);
    }
  errno = err;
  return result;
}

static void
test_remove_raced (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const directories[] = { "a", "b" };
  g_autofree char *outside = g_build_filename (place->folder, "outside", NULL),
                  *precious = g_build_filename (outside, "precious", NULL);
  g_assert_cmpint (mkdir (outside, 0700), ==, 0);
  write_text (precious, "");
  link_target = outside;
  for (gsize i = 0; i < G_N_ELEMENTS (directories); i++)
    {
      g_autoptr (Container) container = new_container (place->store, "c");
      g_assert_cmpint (mkdirat (container->dir, "a", 0700), ==, 0);
      g_assert_cmpint (mkdirat (container->dir, "a/b", 0700), ==, 0);
      g_assert_cmpint (mkdirat (container->dir, "a/b/c", 0700), ==, 0);
      replaced = directories[i];
      gboolean removed = container_remove (container, NULL);
      g_assert_null (replaced);
      g_assert_true (g_file_test (precious, G_FILE_TEST_EXISTS));
      if (!removed)
        remove_container (container);
    }
}

/* Something that is mounted in the folder is not ours to empty; and the record stays as long as anything does, in
 * whichever order the names come. */
static void
with_mount (const Place *place)
{
  become_root_inside ();
  g_assert_cmpint (mkdir (place->root, 0700), ==, 0);
  g_assert_cmpint (mount ("tmpfs", place->root, "tmpfs", 0, "mode=700"), ==, 0); /* names come by their age */
  g_autoptr (Container) container = new_container (place->store, "c");
  g_autofree char *record = path_of (place, "c", RECORD), *mounted = path_of (place, "c", ENTRY_NOTIFY),
                  *file = path_of (place, "c", ENTRY_NOTIFY "/file");
  g_assert_cmpint (mkdir (mounted, 0700), ==, 0);
  g_assert_cmpint (mount ("tmpfs", mounted, "tmpfs", 0, NULL), ==, 0);
  write_text (file, "");
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (container_remove (container, &error));
      g_assert_true (g_str_has_suffix (error->message, strerror (EBUSY)));
      g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
      g_assert_true (g_file_test (record, G_FILE_TEST_EXISTS));
      save (container); /* now the record is the younger one */
    }
  g_assert_cmpint (umount (mounted), ==, 0); /* and then it can be removed */
  remove_container (container);
}

static void
test_remove_mounted (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  run_apart (with_mount, place);
}

/* --- Root and the containers of others ------------------------------------------------------------------------ */

static void
as_somebody_create (const Place *place)
{
  become (SOMEBODY);
  g_autoptr (Store) store = open_store (place->root);
  g_autoptr (Container) container = new_container (store, "c");
  fill (container);
  container->status = STATUS_CREATED;
  save (container);
}

static void
be_somebody (G_GNUC_UNUSED const Place *place)
{
  become (SOMEBODY);
  for (;;)
    pause ();
}

static void
be_somebody_else (G_GNUC_UNUSED const Place *place)
{
  become (SOMEBODY_ELSE);
  for (;;)
    pause ();
}

/* In a user namespace, as the owner may have it with subordinate ids; it waits for its map, then becomes what that says. */
static void
be_subordinate (G_GNUC_UNUSED const Place *place)
{
  become (SOMEBODY);
  if (unshare (CLONE_NEWUSER) < 0)
    _exit (77);
  prctl (PR_SET_DUMPABLE, 1);
  kill (getpid (), SIGSTOP);
  if (setresuid (0, 0, 0) < 0)
    _exit (78);
  kill (getpid (), SIGSTOP);
  for (;;)
    pause ();
}

static void
wait_for_stop (pid_t pid)
{
  int status;
  g_assert_cmpint (waitpid (pid, &status, WUNTRACED), ==, pid);
  g_assert_true (WIFSTOPPED (status));
}

/* Waits until the process has become who it is to be. */
static void
wait_for_uid (pid_t pid, uid_t uid)
{
  struct stat st;
  g_autofree char *path = g_strdup_printf ("/proc/%d/task", pid);
  Fd pidfd = sys_pidfd_open (pid);
  while (!process_belongs_to (pidfd, pid, uid) && stat (path, &st) == 0)
    g_usleep (1000);
}

/* Writes a record that names @pid, as its owner could. */
static void
claim_process (const Place *place, pid_t pid)
{
  g_autofree char *record = path_of (place, "c", RECORD),
                  *text = g_strdup_printf (
                      "{\"id\":\"c\",\"status\":\"created\",\"pid\":%d,\"startTime\":%" G_GUINT64_FORMAT
                      ",\"scope\":\"sshd.service\",\"systemdCgroup\":true}",
                      pid, process_start_time (pid));
  write_text (record, text);
  g_assert_cmpint (chown (record, SOMEBODY, SOMEBODY), ==, 0);
}

static void
assert_claim (const Place *place, pid_t pid, gboolean true_claim)
{
  g_autoptr (GError) error = NULL;
  claim_process (place, pid);
  g_autoptr (Container) container = open_container (place->store, "c", LOCK_NONE);
  g_assert_null (container->problem);
  g_assert_true (container->foreign);
  g_assert_cmpuint (container->owner, ==, SOMEBODY);
  g_assert_null (container->scope);
  g_assert_false (container->systemd_cgroup);
  g_assert_cmpstr (status_name (container->status), ==, true_claim ? "running" : "stopped");
  Fd pidfd = container_pidfd (container, &error);
  g_assert_cmpint (true_claim ? 0 : errno, ==, true_claim ? 0 : EPERM);
  g_assert_true ((pidfd >= 0) == true_claim);
}

static void
open_somebodys_store (Place *place)
{
  g_assert_cmpint (chmod (place->folder, 0755), ==, 0);
  g_assert_cmpint (mkdir (place->root, 0700), ==, 0);
  g_assert_cmpint (chown (place->root, SOMEBODY, SOMEBODY), ==, 0);
  run_apart (as_somebody_create, place);
  store_free (place->store);
  place->store = open_store (place->root);
}

static void
test_foreign_process (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  if (!need_root ())
    return;
  open_somebodys_store (place);

  pid_t his = start (be_somebody, place), not_his = start (be_somebody_else, place), ours = start_process ();
  wait_for_uid (his, SOMEBODY);
  wait_for_uid (not_his, SOMEBODY_ELSE);
  assert_claim (place, his, TRUE);
  assert_claim (place, not_his, FALSE);
  assert_claim (place, ours, FALSE);
  assert_claim (place, 1, FALSE);
  end_process (his);
  end_process (not_his);
  end_process (ours);
}

/* A process with another uid in a user namespace that its owner made. */
static void
test_foreign_user_namespace (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  int status;
  if (!need_root ())
    return;
  open_somebodys_store (place);

  pid_t pid = start (be_subordinate, place);
  g_assert_cmpint (waitpid (pid, &status, WUNTRACED), ==, pid);
  if (WIFEXITED (status))
    {
      g_test_skip ("no user namespaces for ordinary users");
      return;
    }
  write_proc (pid, "uid_map", "0 55555 1");
  kill (pid, SIGCONT);
  wait_for_stop (pid);
  g_assert_false (process_belongs_to (sys_pidfd_open (pid), pid, SOMEBODY_ELSE));
  g_assert_true (process_belongs_to (sys_pidfd_open (pid), pid, 55555));
  assert_claim (place, pid, TRUE);
  end_process (pid);
}

/* Root reads and removes, and changes nothing. */
static void
test_foreign_changes (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  if (!need_root ())
    return;
  open_somebodys_store (place);
  g_autoptr (GError) error = NULL;
  g_assert_null (container_new (place->store, "d", &error));
  g_assert_nonnull (strstr (error->message, "belongs to uid 54321"));
  g_clear_error (&error);
  g_autoptr (Container) container = open_container (place->store, "c", LOCK_WAIT);
  g_assert_false (container_save (container, &error));
  g_assert_true (g_str_has_suffix (error->message, strerror (EPERM)));
  g_clear_error (&error);

  /* A directory that he could move there, with something of others in it that he could not remove. */
  g_autofree char *drop = path_of (place, "c", "drop"), *theirs = path_of (place, "c", "drop/theirs"),
                  *record = path_of (place, "c", RECORD);
  g_assert_cmpint (mkdir (drop, 0700), ==, 0);
  write_text (theirs, "");
  g_assert_cmpint (chown (theirs, SOMEBODY_ELSE, SOMEBODY_ELSE), ==, 0);
  g_assert_cmpint (chmod (drop, 01777), ==, 0);
  g_assert_false (container_remove (container, &error));
  g_assert_true (g_file_test (theirs, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (record, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (mode_of (drop), ==, 01777);

  g_assert_cmpint (chown (theirs, SOMEBODY, SOMEBODY), ==, 0);
  remove_container (container);
  assert_missing (place->store, "c");

  /* And is root again. */
  g_autofree char *file = g_build_filename (place->folder, "file", NULL);
  g_assert_cmpint (chmod (place->folder, 0), ==, 0);
  write_text (file, "");
}

static guint
count_exhumed (const Place *place)
{
  g_autoptr (GPtrArray) found = store_exhume (place->store);
  return found->len;
}

static void
test_buried (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *config = path_of (place, "c", ENTRY_CONFIG),
                  *graves = g_build_filename (place->root, "~", NULL);

  g_assert_cmpuint (count_exhumed (place), ==, 0);
  g_autoptr (Container) bare = new_container (place->store, "bare");
  g_assert_false (container_bury (bare)); /* without a configuration nothing can be taken up */
  remove_container (bare);

  Container *container = new_container (place->store, "c");
  write_text (config, "{}");
  g_assert_true (container_bury (container));
  assert_missing (place->store, "c");
  container_unlock (container);
  g_autoptr (Container) next = new_container (place->store, "c"); /* the id is free */
  write_text (config, "{}");
  g_assert_false (container_bury (next)); /* and taken below */
  remove_container (next);
  g_assert_cmpuint (count_exhumed (place), ==, 0); /* somebody is at it */

  container->last_hooks = 2;
  save (container);
  container_free (container);
  g_autoptr (GPtrArray) found = store_exhume (place->store);
  g_assert_cmpuint (found->len, ==, 1);
  container = found->pdata[0];
  g_assert_cmpstr (container->id, ==, "c");
  g_assert_cmpuint (container->last_hooks, ==, 2);
  remove_container (container);
  g_assert_false (g_file_test (graves, G_FILE_TEST_EXISTS));
}

/* What was cut short when nothing was left to do but to remove it. */
static void
test_buried_empty (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *config = path_of (place, "c", ENTRY_CONFIG),
                  *graves = g_build_filename (place->root, "~", NULL),
                  *left = g_build_filename (graves, "c", ENTRY_CONFIG, NULL);
  Container *container = new_container (place->store, "c");
  write_text (config, "{}");
  g_assert_true (container_bury (container));
  container_free (container);
  g_assert_cmpint (unlink (left), ==, 0);
  g_assert_cmpuint (count_exhumed (place), ==, 0);
  g_assert_false (g_file_test (graves, G_FILE_TEST_EXISTS));
}

static void
lock_forever (const Place *place)
{
  become (SOMEBODY);
  g_autoptr (Store) store = open_store (place->root);
  Container *container = open_container (store, "c", LOCK_WAIT);
  g_assert_nonnull (container);
  kill (getpid (), SIGSTOP);
  for (;;)
    pause ();
}

/* Its owner can't make root wait for ever. */
static void
test_foreign_lock (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  if (!need_root ())
    return;
  if (!g_test_slow ())
    {
      g_test_skip ("takes ten seconds: -m slow");
      return;
    }
  open_somebodys_store (place);
  pid_t pid = start (lock_forever, place);
  wait_for_stop (pid);
  g_autoptr (GError) error = NULL;
  g_assert_null (container_open (place->store, "c", LOCK_WAIT, &error));
  g_assert_cmpstr (error->message, ==, "can't lock container \"c\": Resource temporarily unavailable");
  end_process (pid);
}

#define TEST(name, function) g_test_add ("/state/" name, Place, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (120); /* what waits for ever, fails */
  umask (022);

  g_test_add_func ("/state/ids", test_ids);
  TEST ("ids/make-nothing", test_bad_ids_make_nothing);
  TEST ("store/looking-makes-nothing", test_looking_makes_nothing);
  TEST ("store/made-with-parents", test_made_with_parents);
  TEST ("store/refused", test_refused);
  TEST ("store/refused-of-others", test_refused_of_others);
  TEST ("store/refused-containers", test_refused_containers);
  TEST ("store/default", test_default_root);
  TEST ("record/new", test_new);
  TEST ("lock/try", test_lock_try);
  TEST ("record/round-trip", test_round_trip);
  TEST ("record/unknown-members", test_unknown_members);
  TEST ("record/broken", test_broken);
  TEST ("record/no-file", test_record_is_no_file);
  TEST ("half-made", test_half_made);
  TEST ("not-ours", test_not_ours);
  TEST ("status/life", test_life);
  TEST ("status/reused-pid", test_reused_pid);
  TEST ("status/other-boot", test_other_boot);
  TEST ("status/odd-name", test_odd_name);
  TEST ("status/first-thread-ended", test_first_thread_ended);
  TEST ("status/hidden", test_hidden);
  TEST ("document", test_document);
  TEST ("at-once/creating", test_creating);
  TEST ("at-once/creator-gone", test_creator_gone);
  TEST ("at-once/one-wins", test_one_wins);
  TEST ("at-once/counting", test_counting);
  TEST ("at-once/reading-while-saving", test_reading_while_saving);
  TEST ("at-once/coming-and-going", test_coming_and_going);
  TEST ("at-once/removed-while-waiting", test_removed_while_waiting);
  TEST ("full-disk", test_full_disk);
  TEST ("many", test_many);
  TEST ("remove/hostile", test_remove_hostile);
  TEST ("remove/raced", test_remove_raced);
  TEST ("remove/mounted", test_remove_mounted);
  TEST ("buried", test_buried);
  TEST ("buried/empty", test_buried_empty);
  TEST ("foreign/process", test_foreign_process);
  TEST ("foreign/user-namespace", test_foreign_user_namespace);
  TEST ("foreign/changes", test_foreign_changes);
  TEST ("foreign/lock", test_foreign_lock);
  return g_test_run ();
}
