/* The journal: see journal.h.
 *
 * Whoever could write to the folder could have us remove empty files of the user's; so it is the user's alone, and
 * place.c looks at each place as if the record was written by somebody else.
 */
#include "engine/journal.h"

#include "base/fd.h"
#include "base/io.h"
#include "base/number.h"
#include "base/user.h"

#include <limits.h>
#include <sys/file.h>

#define FOLDER "snug-made"
#define MAX_RECORD (4 * 1024 * 1024) /* bytes */
#define MAX_TRIES 16

struct Journal
{
  int fd;
  char *name;
  dev_t dir_dev; /* the directory that places are in now */
  ino_t dir_inode;
};

/* --- The folder ------------------------------------------------------------------------------------------ */

static int
open_runtime_dir (void)
{
  const char *path = g_getenv ("XDG_RUNTIME_DIR");
  return path != NULL && path[0] == '/' ? open (path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

/* In one call where there is none, which is the usual case. */
static int
open_folder (void)
{
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
  if (runtime == NULL || runtime[0] != '/')
    return -1;
  g_autofree char *path = g_build_filename (runtime, FOLDER, NULL);
  return open_private_folder (path);
}

static int
make_folder (void)
{
  Fd runtime = open_runtime_dir ();
  if (runtime < 0 || (mkdirat (runtime, FOLDER, 0700) < 0 && errno != EEXIST))
    return -1;
  return open_folder ();
}

/* It goes with its last record. */
static void
remove_folder (void)
{
  Fd runtime = open_runtime_dir ();
  if (runtime >= 0)
    unlinkat (runtime, FOLDER, AT_REMOVEDIR);
}

/* --- Writing --------------------------------------------------------------------------------------------- */

static const char *const kind_names[N_INSIDE] = {
  [INSIDE_PID] = "pid", [INSIDE_USER] = "user", [INSIDE_MOUNT] = "mnt"
};

static void G_GNUC_PRINTF (2, 3) write_line (const Journal *journal, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  write_all (journal->fd, text, strlen (text), NULL);
}

/* A sweep may find the record before it is locked, and take it away: then there has to be another. */
static int
new_record (int folder, const char *name)
{
  struct stat st;
  Fd fd = openat (folder, name, O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 || flock (fd, LOCK_EX | LOCK_NB) < 0 || fstat (fd, &st) < 0 || st.st_nlink == 0)
    return -1;
  return fd_steal (&fd);
}

Journal *
journal_begin (const Inside *inside)
{
  for (int tries = 0; tries < MAX_TRIES; tries++)
    {
      Fd folder = make_folder ();
      g_autofree char *name = g_strdup_printf ("%d-%08x", getpid (), g_random_int ());
      int fd = folder < 0 ? -1 : new_record (folder, name);
      if (fd < 0)
        continue; /* the folder, too, may just have been taken away */
      Journal *journal = g_new0 (Journal, 1);
      journal->fd = fd;
      journal->name = g_steal_pointer (&name);
      write_line (journal, "inside %s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n",
                  kind_names[inside->kind], (guint64) inside->inode, (guint64) inside->seen_from,
                  inside->since);
      return journal;
    }
  return NULL;
}

void
journal_want (Journal *journal, const Place *place)
{
  g_autofree char *name = g_uri_escape_string (place->name, NULL, FALSE);
  if (place->dir_dev != journal->dir_dev || place->dir_inode != journal->dir_inode)
    {
      g_autofree char *path = g_uri_escape_string (place->dir_path, "/", FALSE);
      write_line (journal, "in %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %s\n", (guint64) place->dir_dev,
                  (guint64) place->dir_inode, path);
      journal->dir_dev = place->dir_dev;
      journal->dir_inode = place->dir_inode;
    }
  write_line (journal, "want %c %s\n", place->is_directory ? 'd' : 'f', name);
}

void
journal_made (Journal *journal, const Place *place)
{
  write_line (journal, "made %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %o\n", (guint64) place->dev,
              (guint64) place->inode, place->mode);
}

void
journal_uses (Journal *journal, dev_t dev, ino_t inode)
{
  write_line (journal, "uses %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", (guint64) dev, (guint64) inode);
}

void
journal_ready (Journal *journal)
{
  write_line (journal, "ready\n");
}

void
journal_end (Journal *journal, gboolean keep)
{
  Fd folder = keep ? -1 : open_folder ();
  if (folder >= 0)
    unlinkat (folder, journal->name, 0);
  if (folder >= 0)
    remove_folder ();
  close (journal->fd);
  g_free (journal->name);
  g_free (journal);
}

/* --- Reading --------------------------------------------------------------------------------------------- */

typedef struct
{
  char *name;
  int fd; /* locked, so its monitor is gone; or -1 */
  gboolean has_inside;
  Inside inside;
  GPtrArray *places; /* of Place */
  GArray *uses;      /* of struct stat, of which dev and inode count */
  Place *last;       /* wanted by the last line, so that it may have been made or not */
  struct stat written;
} Record;

static void
record_free (gpointer data)
{
  Record *record = data;
  fd_clear (&record->fd);
  g_ptr_array_unref (record->places);
  g_array_unref (record->uses);
  g_free (record->name);
  g_free (record);
}

/* What is being read: the directory of the last "in", and the words of a line. */
typedef struct
{
  Record *record;
  char *dir_path;
  guint64 dir_dev, dir_inode;
  char **words;
} Reader;

static gboolean
read_inside (Reader *reader)
{
  Inside *inside = &reader->record->inside;
  guint64 inode, from;
  for (inside->kind = 0; inside->kind < N_INSIDE; inside->kind++)
    if (g_str_equal (reader->words[1], kind_names[inside->kind]))
      break;
  if (inside->kind == N_INSIDE || !parse_number (reader->words[2], 10, G_MAXUINT64, &inode)
      || !parse_number (reader->words[3], 10, G_MAXUINT64, &from)
      || !parse_number (reader->words[4], 10, G_MAXUINT64, &inside->since))
    return FALSE;
  inside->inode = inode;
  inside->seen_from = from;
  return reader->record->has_inside = TRUE;
}

static gboolean
read_dir (Reader *reader)
{
  g_free (reader->dir_path);
  reader->dir_path = g_uri_unescape_string (reader->words[3], NULL);
  return reader->dir_path != NULL && reader->dir_path[0] == '/'
         && parse_number (reader->words[1], 10, G_MAXUINT64, &reader->dir_dev)
         && parse_number (reader->words[2], 10, G_MAXUINT64, &reader->dir_inode);
}

static gboolean
is_plain_name (const char *name)
{
  return name != NULL && name[0] != '\0' && strchr (name, '/') == NULL && !g_str_equal (name, ".")
         && !g_str_equal (name, "..");
}

static gboolean
read_want (Reader *reader)
{
  g_autofree char *name = g_uri_unescape_string (reader->words[2], NULL);
  if (reader->dir_path == NULL || !is_plain_name (name))
    return FALSE;
  Place *place = g_new0 (Place, 1);
  place->dir_path = g_strdup (reader->dir_path);
  place->dir_dev = reader->dir_dev;
  place->dir_inode = reader->dir_inode;
  place->name = g_steal_pointer (&name);
  place->is_directory = g_str_equal (reader->words[1], "d");
  g_ptr_array_add (reader->record->places, place);
  reader->record->last = place;
  return TRUE;
}

static gboolean
read_made (Reader *reader)
{
  GPtrArray *places = reader->record->places;
  Place *place = places->len > 0 ? g_ptr_array_index (places, places->len - 1) : NULL;
  guint64 dev, inode, mode;
  if (place == NULL || place->inode != 0 || !parse_number (reader->words[1], 10, G_MAXUINT64, &dev)
      || !parse_number (reader->words[2], 10, G_MAXUINT64, &inode)
      || !parse_number (reader->words[3], 8, G_MAXUINT32, &mode))
    return FALSE;
  place->dev = dev;
  place->inode = inode;
  place->mode = (mode_t) mode;
  return TRUE;
}

static gboolean
read_uses (Reader *reader)
{
  guint64 dev, inode;
  if (!parse_number (reader->words[1], 10, G_MAXUINT64, &dev)
      || !parse_number (reader->words[2], 10, G_MAXUINT64, &inode))
    return FALSE;
  struct stat used = { .st_dev = dev, .st_ino = inode };
  g_array_append_val (reader->record->uses, used);
  return TRUE;
}

static gboolean
read_ready (Reader *reader G_GNUC_UNUSED)
{
  return TRUE;
}

static const struct
{
  const char *word;
  guint n_words;
  gboolean (*read) (Reader *);
} line_kinds[] = {
  { "inside", 5, read_inside }, { "in", 4, read_dir },    { "want", 3, read_want },
  { "made", 4, read_made },     { "uses", 3, read_uses }, { "ready", 1, read_ready },
};

static gboolean
read_line (Reader *reader, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 6);
  reader->words = words;
  reader->record->last = NULL;
  for (gsize i = 0; words[0] != NULL && i < G_N_ELEMENTS (line_kinds); i++)
    if (g_str_equal (words[0], line_kinds[i].word))
      return g_strv_length (words) == line_kinds[i].n_words && line_kinds[i].read (reader);
  return FALSE;
}

/* Reads as far as it can be understood.  A last line without its end was being written when the monitor was killed. */
static void
read_record (Record *record, const char *text)
{
  Reader reader = { .record = record };
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; line[0] != NULL && line[1] != NULL; line++)
    if (!read_line (&reader, *line))
      break;
  g_free (reader.dir_path);
}

static Record *
open_record (int folder, const char *name)
{
  g_autofree char *text = NULL;
  gsize length;
  Fd fd = openat (folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 || !is_private (fd, S_IFREG))
    return NULL;

  gboolean orphaned = flock (fd, LOCK_EX | LOCK_NB) == 0;
  if (!read_to_end (fd, MAX_RECORD, &text, &length, NULL))
    return NULL;
  Record *record = g_new0 (Record, 1);
  record->name = g_strdup (name);
  record->fd = -1;
  record->places = g_ptr_array_new_with_free_func ((GDestroyNotify) place_free);
  record->uses = g_array_new (FALSE, FALSE, sizeof (struct stat));
  if (fstat (fd, &record->written) == 0)
    read_record (record, text);
  if (orphaned)
    record->fd = fd_steal (&fd);
  return record;
}

/* All records but those with the names in @except. */
static GPtrArray *
open_records (int folder, const GPtrArray *except)
{
  GPtrArray *records = g_ptr_array_new_with_free_func (record_free);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", folder);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  for (const char *name = dir ? g_dir_read_name (dir) : NULL; name != NULL; name = g_dir_read_name (dir))
    {
      gboolean left_out = g_ptr_array_find_with_equal_func ((GPtrArray *) except, name, g_str_equal, NULL);
      Record *record = left_out ? NULL : open_record (folder, name);
      if (record != NULL)
        g_ptr_array_add (records, record);
    }
  return records;
}

/* --- Who else uses it ------------------------------------------------------------------------------------ */

static gboolean
record_uses (const Record *record, const Place *place)
{
  for (guint i = 0; i < record->places->len; i++)
    {
      const Place *other = g_ptr_array_index (record->places, i);
      if ((other->dev == place->dev && other->inode == place->inode)
          || (other->dir_dev == place->dev && other->dir_inode == place->inode))
        return TRUE;
    }
  for (guint i = 0; i < record->uses->len; i++)
    {
      const struct stat *used = &g_array_index (record->uses, struct stat, i);
      if (used->st_dev == place->dev && used->st_ino == place->inode)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_used (const GPtrArray *records, const Place *place)
{
  for (guint i = 0; i < records->len; i++)
    if (record_uses (g_ptr_array_index (records, i), place))
      return TRUE;
  return FALSE;
}

/* Removes @place from @dir unless a sandbox uses it whose record is not in @except.  Returns whether it has to stay for now.
 * What a directory is full of may be a place that was made after the records were read: then they say so now, or it has
 * gone again and there is another try. */
static gboolean
remove_unused (int folder, const GPtrArray *except, const Place *place, int dir)
{
  PlaceEnd end = PLACE_FULL;
  for (int tries = 0; end == PLACE_FULL && tries < MAX_TRIES; tries++)
    {
      g_autoptr (GPtrArray) others = open_records (folder, except);
      if (is_used (others, place))
        return TRUE;
      end = place_remove (place, dir);
    }
  return end == PLACE_STAYS;
}

gboolean
journal_remove (const Journal *journal, const Place *place, int dir)
{
  Fd folder = journal != NULL ? open_folder () : -1;
  if (folder < 0)
    return place_remove (place, dir) == PLACE_STAYS;
  g_autoptr (GPtrArray) own = g_ptr_array_new ();
  g_ptr_array_add (own, journal->name);
  return remove_unused (folder, own, place, dir);
}

/* --- Sweeping -------------------------------------------------------------------------------------------- */

/* A place that the monitor was killed over: what is there now was made by it if it has the mode of such places and is no older
 * than the record. */
static void
look_at_last (Record *record)
{
  struct stat st;
  Fd dir = record->last != NULL ? place_open_dir (record->last) : -1;
  if (dir < 0 || !place_look (record->last, dir, &st))
    return;
  mode_t unusual = st.st_mode & ~(mode_t) (S_IFMT | (record->last->is_directory ? S_ISGID | 0755 : 0444));
  if (unusual != 0 || st.st_ctim.tv_sec < record->written.st_mtim.tv_sec)
    record->last->inode = 0;
}

static gboolean
record_is_over (const Record *record)
{
  return record->fd >= 0 && !(record->has_inside && inside_is_anybody (&record->inside));
}

/* A place that may be removed, and the name of the record that says so. */
typedef struct
{
  char *record;
  const Place *place;
} Due;

/* What is in a directory before the directory, whoever made which. */
static gint
compare_due (gconstpointer a, gconstpointer b)
{
  const Due *first = a, *second = b;
  gsize first_length = strlen (first->place->dir_path), second_length = strlen (second->place->dir_path);
  return (first_length < second_length) - (first_length > second_length);
}

/* Leaves in @over the names of those records that have nothing to remove any more: the others count as users again, of the
 * directories that what stays is in. */
static void
remove_due (int folder, GPtrArray *over, GArray *due)
{
  g_array_sort (due, compare_due);
  for (guint i = 0; i < due->len; i++)
    {
      const Due *one = &g_array_index (due, Due, i);
      Fd dir = place_open_dir (one->place);
      if (dir >= 0 && one->place->inode != 0 && remove_unused (folder, over, one->place, dir))
        g_ptr_array_remove (over, one->record);
    }
}

static void
add_due (GArray *due, Record *record)
{
  look_at_last (record);
  for (guint i = 0; i < record->places->len; i++)
    {
      Due one = { record->name, g_ptr_array_index (record->places, i) };
      g_array_append_val (due, one);
    }
}

void
journal_sweep (gboolean wait)
{
  Fd folder = open_folder ();
  if (folder < 0 || flock (folder, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0)
    return;
  g_autoptr (GPtrArray) none = g_ptr_array_new (), over = g_ptr_array_new ();
  g_autoptr (GPtrArray) records = open_records (folder, none);
  g_autoptr (GArray) due = g_array_new (FALSE, FALSE, sizeof (Due));

  for (guint i = 0; i < records->len; i++)
    {
      Record *record = g_ptr_array_index (records, i);
      if (!record_is_over (record))
        continue;
      g_ptr_array_add (over, record->name);
      add_due (due, record);
    }
  remove_due (folder, over, due);
  for (guint i = 0; i < over->len; i++)
    unlinkat (folder, g_ptr_array_index (over, i), 0);
  remove_folder ();
}
