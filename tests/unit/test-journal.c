/* The journal and what is removed by it: records as a killed snug leaves them, and as somebody would write them who wants
 * to have something else removed.  The files are real, in a folder of the test's own. */
#include "base/fd.h"
#include "engine/journal.h"
#include "engine/made.h"

#include <fcntl.h>
#include <sys/wait.h>

typedef struct
{
  char *root, *work, *journal;
} Fixture;

static char *
in_folder (const char *folder, const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *made = g_dir_make_tmp ("snug-journal-XXXXXX", NULL);
  fixture->root = realpath (made, NULL);
  fixture->work = in_folder (fixture->root, "work");
  fixture->journal = in_folder (fixture->root, "snug-made");
  g_assert_no_errno (mkdir (fixture->work, 0755));
  g_assert_no_errno (mkdir (fixture->journal, 0700));
  g_setenv ("XDG_RUNTIME_DIR", fixture->root, TRUE);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  for (const char *name = dir ? g_dir_read_name (dir) : NULL; name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *entry = in_folder (path, name);
      remove_tree (entry);
    }
  remove (path);
}

static void
tear_down (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  remove_tree (fixture->root);
  free (fixture->root);
  g_free (fixture->work);
  g_free (fixture->journal);
}

/* --- What there is --------------------------------------------------------------------------------------- */

static struct stat
look (const char *folder, const char *name)
{
  g_autofree char *path = in_folder (folder, name);
  struct stat st = { 0 };
  g_assert_no_errno (lstat (path, &st));
  return st;
}

static gboolean
exists (const char *folder, const char *name)
{
  g_autofree char *path = in_folder (folder, name);
  struct stat st;
  return lstat (path, &st) == 0;
}

static void
make_file (const char *folder, const char *name, mode_t mode, const char *text)
{
  g_autofree char *path = in_folder (folder, name);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_no_errno (chmod (path, mode));
}

static void
write_record (const Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = in_folder (fixture->journal, name);
  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

#define N G_GUINT64_FORMAT

/* A record that says what is true of @name in @folder. */
static char *
record_of (const char *folder, const char *name)
{
  struct stat dir = look (folder, "."), st = look (folder, name);
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
  return g_strdup_printf ("in %" N " %" N " %s\nwant %c %s\nmade %" N " %" N " %o\nready\n",
                          (guint64) dir.st_dev, (guint64) dir.st_ino, folder, S_ISDIR (st.st_mode) ? 'd' : 'f',
                          escaped, (guint64) st.st_dev, (guint64) st.st_ino, st.st_mode);
}

static void
sweep_record (const Fixture *fixture, const char *text)
{
  write_record (fixture, "1-1", text);
  journal_sweep (TRUE);
}

/* --- Records as they are --------------------------------------------------------------------------------- */

static void
test_place (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const names[] = { ".env", "a b", "100%", "new\nline", "\xff" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      make_file (fixture->work, names[i], 0444, "");
      g_autofree char *text = record_of (fixture->work, names[i]);
      sweep_record (fixture, text);
      g_assert_false (exists (fixture->work, names[i]));
      g_assert_false (exists (fixture->root, "snug-made")); /* it goes with its last record */
      g_assert_no_errno (mkdir (fixture->journal, 0700));
    }
}

static void
test_unfinished (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  struct stat dir = look (fixture->work, ".");
  g_autofree char *text = g_strdup_printf ("in %" N " %" N " %s\nwant f .env\nmade 12", (guint64) dir.st_dev,
                                           (guint64) dir.st_ino, fixture->work);
  make_file (fixture->work, ".env", 0644, ""); /* not of our making */
  sweep_record (fixture, text);
  g_assert_true (exists (fixture->work, ".env"));

  g_assert_no_errno (mkdir (fixture->journal, 0700));
  write_record (fixture, "1-1", text);
  make_file (fixture->work, ".env", 0444, "");
  journal_sweep (TRUE);
  g_assert_false (exists (fixture->work, ".env"));
}

/* The first lines of its own are what the journal writes; the monitor is alive, as we are. */
static void
test_living (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  const Inside nowhere = { INSIDE_PID, 1, 1, 0 };
  Journal *journal = journal_begin (&nowhere);
  struct stat dir = look (fixture->work, "."), st;
  Place place = {
    .dir_path = fixture->work, .dir_dev = dir.st_dev, .dir_inode = dir.st_ino, .name = (char *) ".env"
  };
  g_assert_nonnull (journal);
  journal_want (journal, &place);
  make_file (fixture->work, ".env", 0444, "");
  Fd dir_fd = open (fixture->work, O_PATH | O_CLOEXEC);
  g_assert_true (place_look (&place, dir_fd, &st));
  journal_made (journal, &place);
  journal_sweep (TRUE);
  g_assert_true (exists (fixture->work, ".env"));

  journal_end (journal, TRUE);
  journal_sweep (TRUE);
  g_assert_true (exists (fixture->work, ".env")); /* other pid namespaces are somebody else's to judge */
}

/* A record of a sandbox that is over, but of whose namespaces this process is still in one. */
static void
test_inside (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const kinds[] = { "pid", "user", "mnt" };
  struct stat from;
  g_assert_no_errno (stat ("/proc/self/ns/pid", &from));
  make_file (fixture->work, ".env", 0444, "");
  g_autofree char *text = record_of (fixture->work, ".env");

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/ns/%s", kinds[i]);
      struct stat ns;
      g_assert_no_errno (stat (path, &ns));
      g_autofree char *record = g_strdup_printf ("inside %s %" N " %" N " 1\n%s", kinds[i], (guint64) ns.st_ino,
                                                 (guint64) from.st_ino, text);
      sweep_record (fixture, record);
      g_assert_true (exists (fixture->work, ".env"));
    }
  g_autofree char *gone = g_strdup_printf ("inside mnt 1 %" N " 999999999999\n%s", (guint64) from.st_ino, text);
  sweep_record (fixture, gone);
  g_assert_false (exists (fixture->work, ".env"));
}

static void
test_used (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  const Inside nowhere = { INSIDE_PID, 1, 1, 0 };
  make_file (fixture->work, ".env", 0444, "");
  struct stat st = look (fixture->work, ".env");
  g_autofree char *text = record_of (fixture->work, ".env");
  Journal *other = journal_begin (&nowhere);
  journal_uses (other, st.st_dev, st.st_ino);
  sweep_record (fixture, text);
  g_assert_true (exists (fixture->work, ".env"));
  journal_end (other, FALSE);
  journal_sweep (TRUE);
  g_assert_false (exists (fixture->work, ".env"));
}

/* --- Records as an attacker writes them -------------------------------------------------------------------- */

static void
test_precious (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *inner = in_folder (fixture->work, "full"), *alias = in_folder (fixture->work, "link"),
                  *name = in_folder (fixture->work, "name");
  static const char *const names[] = { "text", "full", "link", "twice" };
  make_file (fixture->work, "text", 0444, "precious");
  make_file (fixture->work, "twice", 0444, "");
  g_autofree char *twice = in_folder (fixture->work, "twice");
  g_assert_no_errno (link (twice, name));
  g_assert_no_errno (mkdir (inner, 0755));
  make_file (inner, "text", 0444, "");
  g_assert_no_errno (symlink ("text", alias));

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *text = record_of (fixture->work, names[i]);
      g_mkdir_with_parents (fixture->journal, 0700);
      sweep_record (fixture, text);
      g_assert_true (exists (fixture->work, names[i]));
    }
  g_assert_true (exists (inner, "text"));
}

static void
test_paths (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  make_file (fixture->work, "empty", 0444, "");
  g_autofree char *alias = in_folder (fixture->root, "alias");
  g_assert_no_errno (symlink (fixture->work, alias));
  struct stat dir = look (fixture->work, "."), root = look (fixture->root, "."),
              st = look (fixture->work, "empty");
  guint64 d = dir.st_dev, i = dir.st_ino, r = root.st_ino, e = st.st_ino;

  char *records[] = {
    g_strdup_printf ("in %" N " %" N " %s\nwant f empty\nmade %" N " %" N " %o\n", d, i, alias, d, e,
                     st.st_mode),
    g_strdup_printf ("in %" N " %" N " %s\nwant f work%%2Fempty\nmade %" N " %" N " %o\n", d, r, fixture->root,
                     d, e, st.st_mode),
    g_strdup_printf ("in %" N " %" N " %s\nwant f work/empty\nmade %" N " %" N " %o\n", d, r, fixture->root, d,
                     e, st.st_mode),
    g_strdup_printf ("in %" N " %" N " %s\nwant f empty\nmade %" N " %" N " %o\n", d, r, fixture->work, d, e,
                     st.st_mode),
    g_strdup_printf ("in %" N " %" N " %s\nwant f empty\nmade %" N " %" N " %o\n", d, i, fixture->work, d,
                     e + 1, st.st_mode),
    g_strdup_printf ("in %" N " %" N " %s\nwant f empty\nmade %" N " %" N " 100644\n", d, i, fixture->work, d,
                     e),
    g_strdup_printf ("in %" N " %" N " %s\nwant d empty\nmade %" N " %" N " %o\n", d, i, fixture->work, d, e,
                     st.st_mode),
    g_strdup_printf ("in %" N " %" N " %s\nwant d ..\nmade %" N " %" N " %o\n", d, i, fixture->work, d, r,
                     root.st_mode),
    g_strdup_printf ("in %" N " %" N " work\nwant f empty\nmade %" N " %" N " %o\n", d, i, d, e, st.st_mode),
    g_strdup_printf ("want f empty\nmade %" N " %" N " %o\n", d, e, st.st_mode),
  };
  for (gsize n = 0; n < G_N_ELEMENTS (records); n++)
    {
      g_mkdir_with_parents (fixture->journal, 0700);
      sweep_record (fixture, records[n]);
      g_assert_true (exists (fixture->work, "empty"));
      g_free (records[n]);
    }
}

/* Any bytes whatever are read without harm, and are gone then. */
static void
test_garbage (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const texts[] = {
    "",
    "\n",
    "in\n",
    "in 1 2\n",
    "want\n",
    "want f \n",
    "want f %00\nmade 1 2 3\n",
    "made 1 2 3\n",
    "made - - -\n",
    "uses\n",
    "uses 1 x\n",
    "inside\n",
    "inside x 1 2 3\n",
    "inside pid 99999999999999999999 2 3\n",
    "ready ready\n",
    "in 1 2 %zz\nwant f x\n",
    "in 1 2 /\nin 3 4 /\nwant f x\nwant f x\nmade 1 2 3\nmade 1 2 3\n",
    "\x01\x02\xff\n \n\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_mkdir_with_parents (fixture->journal, 0700);
      sweep_record (fixture, texts[i]);
      g_assert_false (exists (fixture->root, "snug-made"));
    }
}

/* --- Messages as an attacker sends them ---------------------------------------------------------------------- */

static SyncMessage
message_of (SyncType type, const char *name, ino_t inode)
{
  SyncMessage message = { .type = (uint16_t) type, .inode = inode };
  g_strlcpy (message.text, name, sizeof message.text);
  return message;
}

/* What a program that has taken init over says when it runs. */
static void
test_late_messages (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GArray) steps = g_array_new (FALSE, TRUE, sizeof (Step));
  Plan plan = { .steps = steps, .tidy = TRUE, .clone_flags = CLONE_NEWPID };
  Made *made = made_new (&plan);
  make_file (fixture->work, "empty", 0444, "");
  struct stat st = look (fixture->work, "empty");
  SyncMessage want = message_of (SYNC_PLACE, "empty", 0), note = message_of (SYNC_MADE, "empty", st.st_ino);

  made_ready (made);
  made_want (made, getpid (), &want, open (fixture->work, O_PATH | O_CLOEXEC));
  made_note (made, &note, -1);
  made_note (made, &note, open (fixture->work, O_PATH | O_CLOEXEC));
  made_uses (made, getpid (), open (fixture->work, O_RDONLY | O_CLOEXEC));
  g_assert_false (made_anything (made));
  made_end (made);
  made_free (made);
  g_assert_true (exists (fixture->work, "empty"));
}

/* Before that nobody but us speaks; what makes no sense does no harm all the same. */
static void
test_odd_messages (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GArray) steps = g_array_new (FALSE, TRUE, sizeof (Step));
  Plan plan = { .steps = steps, .tidy = TRUE, .clone_flags = CLONE_NEWPID };
  Made *made = made_new (&plan);
  make_file (fixture->work, "text", 0444, "precious");
  make_file (fixture->work, "empty", 0444, "");
  SyncMessage outside = message_of (SYNC_PLACE, "work/empty", 0), unending = message_of (SYNC_PLACE, "", 0),
              text = message_of (SYNC_PLACE, "text", 0),
              made_text = message_of (SYNC_MADE, "text", look (fixture->work, "text").st_ino);
  memset (unending.text, 'x', sizeof unending.text);

  made_want (made, getpid (), &text, -1); /* no directory yet */
  made_want (made, getpid (), &outside, open (fixture->root, O_PATH | O_CLOEXEC));
  made_want (made, getpid (), &unending, open (fixture->work, O_PATH | O_CLOEXEC));
  made_want (made, getpid (), &text, open (fixture->work, O_PATH | O_CLOEXEC));
  made_note (made, &made_text, -1);
  made_uses (made, getpid (), -1);
  made_ready (made);
  made_end (made);
  made_free (made);
  g_assert_true (exists (fixture->work, "text"));
  g_assert_true (exists (fixture->work, "empty"));
}

static const struct
{
  const char *name;
  void (*test) (Fixture *, gconstpointer);
} tests[] = {
  { "/journal/place", test_place },
  { "/journal/unfinished", test_unfinished },
  { "/journal/living", test_living },
  { "/journal/inside", test_inside },
  { "/journal/used", test_used },
  { "/journal/precious", test_precious },
  { "/journal/paths", test_paths },
  { "/journal/garbage", test_garbage },
  { "/made/late-messages", test_late_messages },
  { "/made/odd-messages", test_odd_messages },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
