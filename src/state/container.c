/* One container at a time: making its folder, opening and locking it, and what its status is now.  See state.h.
 *
 * The lock is a flock(2) on the folder itself, so that it needs no file, and is held by a descriptor of its own.
 *
 * Must not: trust a name twice.  Between two looks at the store somebody may have removed a container and made another.
 */
#include "state/state.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/process.h"
#include "base/sys.h"

#include <limits.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/stat.h>

/* How long we wait for the lock of another user's container, which that user may never let go of. */
#define FOREIGN_PATIENCE (10 * G_USEC_PER_SEC)
#define FOREIGN_PAUSE (G_USEC_PER_SEC / 100)

/* --root may name any folder: nobody else makes folders with a sticky bit that only their owner may enter. */
#define FOLDER_MODE (S_IRWXU | S_ISVTX)

/* How often others may find a new folder before it is locked, and take it for a dead one. */
#define MAX_TRIES 1000

gboolean
container_check_id (const char *id, GError **error)
{
  static const char allowed[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_+-.";
  g_autofree char *shown = g_strescape (id, NULL);

  if (*id == '\0')
    return fail (error, SNUG_ERROR_USAGE, _ ("the container's id is empty"));
  if (id[strspn (id, allowed)] != '\0' || g_str_equal (id, ".") || g_str_equal (id, ".."))
    return fail (error, SNUG_ERROR_USAGE,
                 _ ("invalid container id \"%.100s\": it is made of letters, digits and _ + - ."), shown);
  if (strlen (id) > NAME_MAX)
    return fail (error, SNUG_ERROR_USAGE, _ ("the container's id \"%.100s…\" is longer than %d characters"),
                 shown, NAME_MAX);
  return TRUE;
}

/* --- The folder ----------------------------------------------------------------------------------------------- */

static gboolean
fail_missing (const char *id, GError **error)
{
  return fail (error, SNUG_ERROR_MISSING, _ ("container \"%s\" does not exist"), id);
}

static Container *
container_at (Store *store, const char *id, const char *entry)
{
  Container *container = g_new0 (Container, 1);
  container->store = store;
  container->id = g_strdup (id);
  container->entry = g_strdup (entry);
  container->owner = store->owner;
  container->foreign = store->foreign;
  container->dir = container->lock = container->process = container->grave = -1;
  container->status = STATUS_STOPPED;
  return container;
}

Container *
container_unreadable (Store *store, const char *id, const char *problem)
{
  Container *container = container_at (store, id, id);
  container->problem = g_strdup (problem);
  return container;
}

void
container_unlock (Container *container)
{
  if (container->lock >= 0)
    flock (container->lock, LOCK_UN); /* also if a copy of the descriptor stays open */
  fd_clear (&container->lock);
}

void
container_free (Container *container)
{
  fd_clear (&container->dir);
  fd_clear (&container->lock);
  fd_clear (&container->process);
  fd_clear (&container->grave);
  g_clear_pointer (&container->annotations, json_object_put);
  g_free (container->id);
  g_free (container->entry);
  g_free (container->oci_version);
  g_free (container->bundle);
  g_free (container->rootfs);
  g_free (container->cgroup);
  g_free (container->scope);
  g_free (container->problem);
  g_free (container->boot_id);
  g_free (container);
}

/* Opens the folder, which has to be of the store's owner. */
static gboolean
open_folder (Container *container, GError **error)
{
  const Store *store = container->store;
  uid_t owner;
  if (store->dir < 0)
    return fail_missing (container->id, error);
  container->dir = sys_openat2 (store->dir, container->entry, O_RDONLY | O_DIRECTORY, 0, STAY_INSIDE);
  if (container->dir < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
    return fail_missing (container->id, error);

  g_autofree char *path = g_build_filename (store->path, container->entry, NULL);
  if (container->dir < 0)
    return fail_errno (error, errno, _ ("can't open %s"), path);
  if (!folder_check (container->dir, path, &owner, error))
    return FALSE;
  return owner == store->owner
         || fail (error, SNUG_ERROR_FAILED, _ ("%s belongs to uid %u, so what is in it can't be trusted"), path,
                  owner);
}

/* The folder is still the one of that name. */
static gboolean
is_in_store (const Container *container)
{
  struct stat held, named;
  return fstat (container->dir, &held) == 0
         && fstatat (container->store->dir, container->entry, &named, AT_SYMLINK_NOFOLLOW) == 0
         && held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* --- The lock ------------------------------------------------------------------------------------------------- */

/* Opened anew: a lock goes with what open(2) made, and @dir may be passed on. */
static int
open_for_lock (const Container *container)
{
  return openat (container->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static gboolean
lock_folder (Container *container, ContainerLock lock, GError **error)
{
  gint64 deadline = container->foreign ? g_get_monotonic_time () + FOREIGN_PATIENCE : G_MAXINT64;
  int operation = container->foreign || lock == LOCK_TRY ? LOCK_EX | LOCK_NB : LOCK_EX;

  Fd fd = open_for_lock (container);
  while (fd < 0 || flock (fd, operation) < 0)
    {
      gboolean again = fd >= 0 && (errno == EINTR || errno == EWOULDBLOCK);
      if (again && errno == EWOULDBLOCK && lock == LOCK_TRY)
        return fail (error, SNUG_ERROR_BUSY, _ ("can't lock container \"%s\""), container->id);
      if (!again || g_get_monotonic_time () > deadline)
        return fail_errno (error, errno, _ ("can't lock container \"%s\""), container->id);
      if (errno == EWOULDBLOCK)
        g_usleep (FOREIGN_PAUSE);
    }
  container->lock = fd_steal (&fd);
  return TRUE;
}

/* Somebody else has it locked for changing it. */
static gboolean
is_busy (const Container *container)
{
  Fd fd = container->lock < 0 ? open_for_lock (container) : -1;
  return fd >= 0 && flock (fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

gboolean
container_lock (Container *container, GError **error)
{
  g_autoptr (GError) failure = NULL;
  gboolean locked = container->lock >= 0 || lock_folder (container, LOCK_WAIT, &failure);
  if (!is_in_store (container))
    return FALSE;
  return locked || fail_with (error, g_steal_pointer (&failure));
}

/* --- The status ----------------------------------------------------------------------------------------------- */

gboolean
container_set_process (Container *container, pid_t pid, GError **error)
{
  guint64 start_time = process_start_time (pid);
  if (start_time == 0)
    return fail_errno (error, errno, _ ("can't read /proc/%d/stat"), pid);
  container->pid = pid;
  container->start_time = start_time;
  return TRUE;
}

/* Another descriptor of what is known to be the first process, if it has not ended. */
static int
process_again (const Container *container)
{
  if (!process_has_ended (container->process))
    return fcntl (container->process, F_DUPFD_CLOEXEC, 0);
  errno = ESRCH;
  return -1;
}

int
container_pidfd (const Container *container, GError **error)
{
  int pidfd = container->process >= 0 ? process_again (container)
                                      : process_open (container->pid, container->start_time);
  int err = errno;
  if (pidfd >= 0 && container->foreign && !process_belongs_to (pidfd, container->pid, container->owner))
    {
      close (pidfd);
      pidfd = -1;
      err = EPERM;
    }
  if (pidfd >= 0)
    return pidfd;

  if (err == ESRCH)
    fail (error, SNUG_ERROR_MISSING, _ ("container \"%s\" has no process"), container->id);
  else if (err == EPERM)
    fail_errno (error, err,
                _ ("process %d, which is said to be that of container \"%s\", is not one of uid %u"),
                container->pid, container->id, container->owner);
  else
    fail_errno (error, err, _ ("can't look at process %d of container \"%s\""), container->pid, container->id);
  errno = err;
  return -1;
}

/* Alive, unless it is known not to be. */
static gboolean
is_alive (Container *container)
{
  container->process = container_pidfd (container, NULL);
  return container->process >= 0 || (errno != ESRCH && errno != EPERM);
}

static ContainerStatus
status_now (Container *container, gboolean creating)
{
  struct stat st;
  if (is_alive (container))
    {
      if (creating)
        return STATUS_CREATING;
      gboolean waits = fstatat (container->dir, ENTRY_GATE, &st, AT_SYMLINK_NOFOLLOW) == 0;
      return waits ? STATUS_CREATED : STATUS_RUNNING;
    }
  return creating && is_busy (container) ? STATUS_CREATING : STATUS_STOPPED;
}

/* --- Removing ------------------------------------------------------------------------------------------------- */

gboolean
container_clear (const Container *container)
{
  return folder_empty (container->dir, RECORD) && folder_empty (container->dir, NULL)
         && (unlinkat (container->store->dir, container->entry, AT_REMOVEDIR) == 0 || errno == ENOENT);
}

/* Sets whose rights the kernel checks when it comes to files; setfsuid(2) does not say whether it could. */
static gboolean
use_files_as (uid_t uid, gid_t gid)
{
  setfsgid (gid);
  setfsuid (uid);
  errno = EPERM;
  return (gid_t) setfsgid ((gid_t) -1) == gid && (uid_t) setfsuid ((uid_t) -1) == uid;
}

/* A foreign folder may hold directories that its owner could move there but not empty: root must not do it for him. */
static gboolean
remove_as_owner (const Container *container)
{
  struct stat st;
  gboolean removed =
      fstat (container->dir, &st) == 0 && use_files_as (st.st_uid, st.st_gid) && container_clear (container);
  int err = errno;
  use_files_as (geteuid (), getegid ());
  errno = err;
  return removed;
}

static gboolean
remove_folder (const Container *container)
{
  return container->foreign ? remove_as_owner (container) : container_clear (container);
}

/* --- Opening -------------------------------------------------------------------------------------------------- */

/* A folder of ours without a record is being made, or that was cut short, or its removal. */
static gboolean
is_half_made (const Container *container)
{
  static const char *const entries[] = { ENTRY_CONFIG, ENTRY_FILTER, ENTRY_GATE, ENTRY_NOTIFY, NULL };
  struct stat st;
  g_auto (GStrv) names = folder_names (container->dir);
  if (names == NULL || !is_in_store (container) || fstat (container->dir, &st) < 0
      || (st.st_mode & (FOLDER_MODE | S_IRWXG | S_IRWXO)) != FOLDER_MODE)
    return FALSE;
  for (char **name = names; *name; name++)
    if (!g_str_has_prefix (*name, TEMPORARY) && !g_strv_contains (entries, *name))
      return FALSE;
  return TRUE;
}

/* Removes what is half made, unless somebody is at it. */
static gboolean
sweep (const Container *container)
{
  Fd lock = container->lock < 0 ? open_for_lock (container) : -1;
  return (container->lock >= 0 || (lock >= 0 && flock (lock, LOCK_EX | LOCK_NB) == 0))
         && is_half_made (container) && remove_folder (container);
}

/* No process outlives the machine's start that it was part of. */
static void
forget_old_process (Container *container)
{
  g_autofree char *now = process_boot_id ();
  if (container->boot_id && now && !g_str_equal (container->boot_id, now))
    container->pid = 0;
}

/* Reads what there is to know. */
static gboolean
container_load (Container *container, GError **error)
{
  g_autoptr (GError) problem = NULL;
  gboolean creating = TRUE;
  if (!record_read (container, &creating, &problem))
    {
      if (problem->code == SNUG_ERROR_MISSING && (!is_half_made (container) || sweep (container)))
        return fail_missing (container->id, error);
      container->problem = g_strdup (problem->message);
    }
  forget_old_process (container);
  container->status = status_now (container, creating);
  return TRUE;
}

Container *
container_open (Store *store, const char *id, ContainerLock lock, GError **error)
{
  if (!container_check_id (id, error) || !store_find (store, error))
    return NULL;
  for (;;)
    {
      g_autoptr (Container) container = container_at (store, id, id);
      if (!open_folder (container, error) || (lock != LOCK_NONE && !lock_folder (container, lock, error)))
        return NULL;
      if (lock != LOCK_NONE && !is_in_store (container))
        continue; /* removed while we waited, and perhaps made again */
      return container_load (container, error) ? g_steal_pointer (&container) : NULL;
    }
}

Container *
container_open_at (Store *store, const char *id, const char *entry)
{
  g_autoptr (Container) container = container_at (store, id, entry);
  return open_folder (container, NULL) && container_load (container, NULL) ? g_steal_pointer (&container)
                                                                           : NULL;
}

/* --- Making, saving, removing --------------------------------------------------------------------------------- */

/* Gives the new folder its lock and its record.  Whoever sees it in between removes it, as it looks half made; SNUG_ERROR_MISSING
 * then. */
static gboolean
settle (Container *container, GError **error)
{
  if (!open_folder (container, error) || !lock_folder (container, LOCK_WAIT, error))
    return FALSE;
  if (!is_in_store (container))
    return fail (error, SNUG_ERROR_MISSING, _ ("container \"%s\" was removed while it was made"),
                 container->id);

  container->status = STATUS_CREATING;
  container->created = g_get_real_time ();
  container->boot_id = process_boot_id ();
  return container_save (container, error);
}

static gboolean
make_folder (Store *store, const char *id, GError **error)
{
  if (!store_make (store, error))
    return FALSE;
  if (store->foreign)
    return fail (error, SNUG_ERROR_FAILED, _ ("can't make a container in %s: it belongs to uid %u"),
                 store->path, store->owner);
  if (mkdirat (store->dir, id, FOLDER_MODE) == 0)
    return TRUE;
  if (errno == EEXIST)
    return fail (error, SNUG_ERROR_FAILED, _ ("container with id exists: %s"), id);
  return fail_errno (error, errno, _ ("can't make %s/%s"), store->path, id);
}

Container *
container_new (Store *store, const char *id, GError **error)
{
  if (!container_check_id (id, error))
    return NULL;
  for (int tries = 1;; tries++)
    {
      g_autoptr (GError) failure = NULL;
      if (!make_folder (store, id, error))
        return NULL;
      g_autoptr (Container) container = container_at (store, id, id);
      if (settle (container, &failure))
        return g_steal_pointer (&container);
      if (container->lock >= 0
          && is_in_store (container)) /* else the folder of that name may be somebody else's */
        unlinkat (store->dir, id, AT_REMOVEDIR);
      if (failure->code == SNUG_ERROR_MISSING && tries < MAX_TRIES)
        continue;
      fail_with (error, g_steal_pointer (&failure));
      return NULL;
    }
}

gboolean
container_save (Container *container, GError **error)
{
  g_assert (container->lock >= 0 || container->grave >= 0);
  if (container->foreign)
    return fail_errno (error, EPERM, _ ("can't save container \"%s\", which is one of uid %u"), container->id,
                       container->owner);
  if (record_write (container, error))
    return TRUE;
  g_prefix_error (error, _ ("can't save container \"%s\": "), container->id);
  return FALSE;
}

gboolean
container_remove (Container *container, GError **error)
{
  g_assert (container->lock >= 0 || container->grave >= 0);
  if (!remove_folder (container))
    return fail_errno (error, errno, _ ("can't remove %s/%s"), container->store->path, container->entry);
  if (container->grave >= 0)
    store_clear_graves (container->store);
  return TRUE;
}
