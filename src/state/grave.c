/* Containers that are deleted, but for their last hooks: see state.h.
 *
 * Such a one has no place among the others any more, so that its id is free; its folder lies, by the same name, in GRAVES below
 * the store.  Whoever is at it holds a lock on its ENTRY_CONFIG: those who wait for the lock of the folder need not wait for the
 * hooks.
 *
 * Must not: know what a hook is.
 */
#include "state/state.h"

#include "base/fd.h"
#include "base/sys.h"

#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

/* No id of a container. */
#define GRAVES "~"

/* How often somebody else may find GRAVES empty, and remove it. */
#define MAX_TRIES 8

/* FALSE and errno: EWOULDBLOCK if somebody is at it, ENOENT if it has come to its end. */
static gboolean
lock_grave (Container *container)
{
  struct stat st;
  Fd lock = sys_openat2 (container->dir, ENTRY_CONFIG, O_RDONLY | O_NONBLOCK, 0, STAY_INSIDE);
  if (lock < 0 || flock (lock, LOCK_EX | LOCK_NB) < 0 || fstat (lock, &st) < 0)
    return FALSE;
  if (st.st_nlink == 0)
    {
      errno = ENOENT;
      return FALSE;
    }
  container->grave = fd_steal (&lock);
  return TRUE;
}

static gboolean
move_to_grave (Container *container)
{
  int store = container->store->dir;
  g_autofree char *grave = g_build_filename (GRAVES, container->id, NULL);
  for (int tries = 0; tries < MAX_TRIES; tries++)
    {
      if (mkdirat (store, GRAVES, S_IRWXU) < 0 && errno != EEXIST)
        return FALSE;
      if (renameat2 (store, container->entry, store, grave, RENAME_NOREPLACE) == 0)
        {
          g_free (container->entry);
          container->entry = g_steal_pointer (&grave);
          return TRUE;
        }
      if (errno != ENOENT)
        return FALSE;
    }
  return FALSE;
}

gboolean
container_bury (Container *container)
{
  g_assert (container->lock >= 0);
  if (container->foreign || !lock_grave (container))
    return FALSE;
  if (move_to_grave (container))
    return TRUE;
  fd_clear (&container->grave);
  return FALSE;
}

/* Removes what has come to its end, and leaves what somebody is at. */
static Container *
exhume (Store *store, const char *id)
{
  g_autofree char *grave = g_build_filename (GRAVES, id, NULL);
  g_autoptr (Container) container = container_check_id (id, NULL) ? container_open_at (store, id, grave) : NULL;
  if (container == NULL || lock_grave (container))
    return g_steal_pointer (&container);
  if (errno == ENOENT)
    container_clear (container);
  return NULL;
}

GPtrArray *
store_exhume (Store *store)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) container_free);
  gboolean ours = store->dir >= 0 && !store->foreign;
  Fd graves = ours ? sys_openat2 (store->dir, GRAVES, O_RDONLY | O_DIRECTORY, 0, STAY_INSIDE) : -1;
  g_auto (GStrv) names = graves >= 0 ? folder_names (graves) : NULL;

  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      Container *container = exhume (store, *name);
      if (container != NULL)
        g_ptr_array_add (found, container);
    }
  if (graves >= 0)
    store_clear_graves (store);
  return found;
}

void
store_clear_graves (const Store *store)
{
  unlinkat (store->dir, GRAVES, AT_REMOVEDIR); /* if it is empty */
}
