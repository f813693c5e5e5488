/* Where the containers' records are, and whether that place can be trusted: see state.h. */
#include "state/state.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/user.h"

#include <fcntl.h>
#include <sys/stat.h>

/* The sticky bit keeps those who tidy up $XDG_RUNTIME_DIR away from it (XDG base directory specification). */
#define STORE_MODE (S_IRWXU | S_ISVTX)

/* --- Where it is ---------------------------------------------------------------------------------------------- */

static char *
runtime_folder (GError **error)
{
  const char *named = g_getenv ("XDG_RUNTIME_DIR");
  if (named && g_path_is_absolute (named)) /* others have no meaning, says the specification */
    return g_strdup (named);

  struct stat st;
  g_autofree char *usual = g_strdup_printf ("/run/user/%u", geteuid ());
  if (stat (usual, &st) == 0 && S_ISDIR (st.st_mode) && st.st_uid == geteuid ())
    return g_steal_pointer (&usual);
  fail (error, SNUG_ERROR_FAILED,
        _ ("no place for the containers' state: XDG_RUNTIME_DIR is not set, and %s is not there or not yours\n"
           "set it to a folder of yours, or name one with --root"),
        usual);
  return NULL;
}

static char *
default_root (GError **error)
{
  if (is_real_root ())
    return g_strdup ("/run/snug");
  g_autofree char *runtime = runtime_folder (error);
  return runtime ? g_build_filename (runtime, "snug", NULL) : NULL;
}

/* Absolute, as the working directory may change; without slashes at its end, behind which a link would be followed. */
static char *
named_root (const char *root, GError **error)
{
  if (*root == '\0')
    {
      fail (error, SNUG_ERROR_USAGE, _ ("--root: the path is empty"));
      return NULL;
    }
  g_autofree char *here = g_get_current_dir ();
  char *path = g_path_is_absolute (root) ? g_strdup (root) : g_build_filename (here, root, NULL);
  for (gsize length = strlen (path); length > 1 && path[length - 1] == '/'; length--)
    path[length - 1] = '\0';
  return path;
}

/* --- Whose it is ---------------------------------------------------------------------------------------------- */

gboolean
store_find (Store *store, GError **error)
{
  if (store->dir >= 0)
    return TRUE;
  Fd dir = open (store->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (dir < 0)
    return errno == ENOENT
           || fail_errno (error, errno,
                          _ ("can't open %s for the containers' state (--root names another folder)"),
                          store->path);
  if (!folder_check (dir, store->path, &store->owner, error))
    return FALSE;

  store->foreign = store->owner != geteuid () && store->owner != 0;
  if (store->foreign && !is_real_root ())
    return fail (
        error, SNUG_ERROR_FAILED,
        _ ("%s belongs to uid %u, so what is in it can't be trusted: name a folder of yours with --root"),
        store->path, store->owner);
  store->dir = fd_steal (&dir);
  return TRUE;
}

gboolean
store_make (Store *store, GError **error)
{
  if (store->dir >= 0)
    return TRUE;
  if (g_mkdir_with_parents (store->path, STORE_MODE) < 0)
    return fail_errno (
        error, errno, _ ("can't make %s for the containers' state (--root names another folder)"), store->path);
  return store_find (store, error) && (store->dir >= 0 || fail_errno (error, ENOENT, "%s", store->path));
}

Store *
store_open (const char *root, GError **error)
{
  g_autoptr (Store) store = g_new0 (Store, 1);
  store->dir = -1;
  store->path = root ? named_root (root, error) : default_root (error);
  if (store->path == NULL || !store_find (store, error))
    return NULL;
  return g_steal_pointer (&store);
}

void
store_free (Store *store)
{
  fd_clear (&store->dir);
  g_free (store->path);
  g_free (store);
}

const char *
store_path (const Store *store)
{
  return store->path;
}

/* --- What is in it -------------------------------------------------------------------------------------------- */

/* The container @id as far as it can be read, NULL if it is none (any more). */
static Container *
store_entry (Store *store, const char *id)
{
  g_autoptr (GError) error = NULL;
  Container *container = container_check_id (id, NULL) ? container_open (store, id, LOCK_NONE, &error) : NULL;
  if (container)
    {
      fd_clear (&container->dir);
      fd_clear (&container->process);
    }
  else if (error && error->code != SNUG_ERROR_MISSING)
    container = container_unreadable (store, id, error->message);
  return container;
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  const Container *const *first = a, *const *second = b;
  return strcmp ((*first)->id, (*second)->id);
}

GPtrArray *
store_list (Store *store, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) container_free);
  if (!store_find (store, error))
    return NULL;
  if (store->dir < 0)
    return g_steal_pointer (&list);

  g_auto (GStrv) names = folder_names (store->dir);
  if (names == NULL)
    {
      fail_errno (error, errno, _ ("can't read %s"), store->path);
      return NULL;
    }
  for (char **name = names; *name; name++)
    {
      Container *container = store_entry (store, *name);
      if (container)
        g_ptr_array_add (list, container);
    }
  g_ptr_array_sort (list, compare_ids);
  return g_steal_pointer (&list);
}
