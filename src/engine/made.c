/* What a sandbox made on the host: files and directories below what is bound writably.
 *
 * The child says of each thing that it makes where it is; when the set-up fails, all of it is removed again.  Places to
 * mount on that nobody asked for by name go with the sandbox, whatever its end; the journal has them for when we are
 * killed.  A directory is removed only while it is empty, and anything only while it is still what it was.
 */
#include "engine/made.h"

#include "base/fd.h"
#include "engine/journal.h"

#include <fcntl.h>

/* Directories that stay open while the sandbox runs; more are found by their paths again. */
#define MAX_DIRS 128

typedef struct
{
  int fd;     /* as the host sees it, where that is known; else as the child does; -1: closed */
  char *path; /* the host's, if it is known */
  dev_t dev;
  ino_t inode;
} Directory;

typedef struct
{
  Place place;
  guint dir;
  gboolean is_place; /* to mount on; else it is there for its own sake */
  gboolean told;     /* we heard that it was made; else it was about to be, where nothing was */
} Entry;

struct Made
{
  const Plan *plan;
  int failure;     /* errno of why what is made could not be taken away again */
  GArray *dirs;    /* of Directory */
  GArray *entries; /* of Entry */
  GArray *locks;   /* of int, on places */
  gboolean ready;
  gboolean begun; /* inside and journal are set, if they can be */
  gboolean knows_inside;
  Inside inside;
  Journal *journal;
};

static void
clear_directory (gpointer data)
{
  Directory *dir = data;
  fd_clear (&dir->fd);
  g_free (dir->path);
}

static void
clear_entry (gpointer data)
{
  Entry *entry = data;
  g_free (entry->place.name);
  g_free (entry->place.dir_path);
}

static GArray *
new_array (guint size, GDestroyNotify clear)
{
  GArray *array = g_array_new (FALSE, FALSE, size);
  g_array_set_clear_func (array, clear);
  return array;
}

Made *
made_new (const Plan *plan)
{
  Made *made = g_new0 (Made, 1);
  made->plan = plan;
  made->dirs = new_array (sizeof (Directory), clear_directory);
  made->entries = new_array (sizeof (Entry), clear_entry);
  made->locks = new_array (sizeof (int), (GDestroyNotify) fd_clear);
  return made;
}

void
made_free (Made *made)
{
  if (made->journal != NULL)
    journal_end (made->journal, TRUE);
  g_array_unref (made->dirs);
  g_array_unref (made->entries);
  g_array_unref (made->locks);
  g_free (made);
}

/* --- While it is set up ---------------------------------------------------------------------------------- */

static void
begin (Made *made, pid_t init)
{
  if (made->begun || !made->plan->tidy)
    return;
  made->begun = TRUE;
  made->knows_inside = inside_of (made->plan, init, &made->inside);
  made->failure =
      made->knows_inside || errno == EACCES ? 0 : errno; /* what may not be looked at is kept instead */
  if (made->knows_inside)
    made->journal = journal_begin (&made->inside);
}

static Directory *
last_dir (const Made *made)
{
  return made->dirs->len > 0 ? &g_array_index (made->dirs, Directory, made->dirs->len - 1) : NULL;
}

/* Adds @fd, which is owned from now on; with -1 it stays at the last one. */
static Directory *
take_dir (Made *made, int fd)
{
  Directory *last = last_dir (made);
  if (fd < 0)
    return last;
  if (last != NULL && last->path != NULL && made->dirs->len > MAX_DIRS)
    fd_clear (&last->fd);
  Directory dir = { .fd = fd };
  g_array_append_val (made->dirs, dir);
  return last_dir (made);
}

static void
find_on_host (const Made *made, Directory *dir)
{
  Place place = { 0 };
  int fd = dir->path == NULL ? place_find_dir (&place, made->plan, dir->fd) : -1;
  if (fd < 0)
    return;
  fd_clear (&dir->fd);
  *dir = (Directory){ fd, place.dir_path, place.dir_dev, place.dir_inode };
}

static Entry *
add_entry (Made *made, const Directory *dir, const SyncMessage *message)
{
  Entry entry = { .dir = made->dirs->len - 1,
                  .place = { .dir_path = g_strdup (dir->path),
                             .dir_dev = dir->dev,
                             .dir_inode = dir->inode,
                             .name = g_strndup (message->text, sizeof message->text),
                             .is_directory = message->value != 0 } };
  g_array_append_val (made->entries, entry);
  return &g_array_index (made->entries, Entry, made->entries->len - 1);
}

static gboolean
is_expected (const Made *made, int dir, const SyncMessage *message)
{
  return !made->ready && (dir >= 0 || made->dirs->len > 0) && memchr (message->text, '\0', sizeof message->text)
         && strchr (message->text, '/') == NULL;
}

void
made_want (Made *made, pid_t init, const SyncMessage *message, int fd)
{
  Fd owned = fd;
  if (!is_expected (made, fd, message) || !made->plan->tidy)
    return;
  Directory *dir = take_dir (made, fd_steal (&owned));
  find_on_host (made, dir);
  Entry *entry = add_entry (made, dir, message);
  entry->is_place = TRUE;
  begin (made, init);
  if (made->journal != NULL && dir->path != NULL)
    journal_want (made->journal, &entry->place);
}

/* The entry that waits for its inode, if @message is about it. */
static Entry *
find_wanted (const Made *made, const SyncMessage *message)
{
  Entry *last = made->entries->len > 0 ? &g_array_index (made->entries, Entry, made->entries->len - 1) : NULL;
  return last != NULL && last->is_place && last->place.inode == 0
                 && g_str_equal (last->place.name, message->text)
             ? last
             : NULL;
}

void
made_note (Made *made, const SyncMessage *message, int fd)
{
  Fd owned = fd;
  struct stat st;
  if (!is_expected (made, fd, message))
    return;
  Entry *entry = find_wanted (made, message);
  const Directory *dir = take_dir (made, fd_steal (&owned));
  if (entry == NULL)
    {
      add_entry (made, dir, message)->place.inode = message->inode;
      return;
    }
  errno = 0;
  gboolean there = place_look (&entry->place, dir->fd, &st);
  entry->told = there || errno == 0 || errno == ENOENT; /* else it is looked at again in the end */
  if (!there || (message->inode != 0 && st.st_ino != message->inode))
    entry->place.inode = 0; /* somebody was faster */
  else if (made->journal != NULL && dir->path != NULL)
    journal_made (made->journal, &entry->place);
}

void
made_uses (Made *made, pid_t init, int fd)
{
  Fd lock = fd;
  struct stat st;
  if (made->ready || lock < 0 || fstat (lock, &st) < 0)
    return;
  gboolean holds = made->locks->len < MAX_PLACES_HELD;
  if (holds)
    {
      int stolen = fd_steal (&lock);
      g_array_append_val (made->locks, stolen);
    }
  /* In a pid namespace, nobody outlives who holds the lock. */
  if (holds && made->plan->clone_flags & CLONE_NEWPID)
    return;
  begin (made, init);
  if (made->journal != NULL)
    journal_uses (made->journal, st.st_dev, st.st_ino);
}

void
made_ready (Made *made)
{
  if (made->ready) /* told again by whoever has taken init over */
    return;
  made->ready = TRUE;
  for (guint i = made->entries->len; i-- > 0;)
    {
      const Entry *entry = &g_array_index (made->entries, Entry, i);
      if (!entry->is_place || (entry->told && entry->place.inode == 0))
        g_array_remove_index (made->entries, i);
    }
  if (made->entries->len == 0)
    g_array_set_size (made->dirs, 0);
  if (made->journal != NULL)
    journal_ready (made->journal);
}

/* --- In the end ------------------------------------------------------------------------------------------ */

/* What is there for its own sake is gone with a set-up that failed, whatever is in it. */
static void
remove_asked_for (const Entry *entry, int dir)
{
  struct stat st;
  if (fstatat (dir, entry->place.name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == entry->place.inode)
    unlinkat (dir, entry->place.name, entry->place.is_directory ? AT_REMOVEDIR : 0);
}

/* Returns whether a place has to stay for now. */
static gboolean
remove_entry (const Made *made, const Entry *entry)
{
  const Directory *dir = &g_array_index (made->dirs, Directory, entry->dir);
  Fd again = dir->fd < 0 ? place_open_dir (&entry->place) : -1;
  int fd = dir->fd < 0 ? again : dir->fd;
  if (fd < 0)
    return FALSE;
  if (!entry->is_place)
    {
      remove_asked_for (entry, fd);
      return FALSE;
    }
  Place place = entry->place;
  struct stat st;
  if (!entry->told && !place_look (&place, fd, &st))
    return FALSE;
  return journal_remove (made->journal, &place, fd);
}

static gboolean
remove_all (const Made *made)
{
  gboolean stays = FALSE;
  for (guint i = made->entries->len; i-- > 0;)
    stays |= remove_entry (made, &g_array_index (made->entries, Entry, i));
  return stays;
}

/* Whoever is left inside must not get at what was covered.  Nobody is where the first process was the first of a pid namespace,
 * and nobody ever was when the program did not start. */
static gboolean
is_empty_inside (const Made *made)
{
  return !made->ready || made->plan->clone_flags & CLONE_NEWPID
         || (made->knows_inside && !inside_is_anybody (&made->inside));
}

int
made_failure (const Made *made)
{
  return made->failure;
}

gboolean
made_anything (const Made *made)
{
  return made->plan->tidy && (made->entries->len > 0 || made->locks->len > 0);
}

void
made_end (Made *made)
{
  g_array_set_size (made->locks, 0);
  gboolean stays = !is_empty_inside (made) || remove_all (made);
  g_array_set_size (made->entries, 0);
  if (made->journal != NULL)
    journal_end (made->journal, stays);
  made->journal = NULL;
  if (made->plan->tidy)
    journal_sweep (TRUE); /* others may have left us what we used */
}
