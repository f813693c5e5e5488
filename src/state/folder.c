/* Folders: who may write to one, what is in it, and emptying it.  See state.h.
 *
 * What is emptied may have been filled by somebody who wants it to go wrong, and who is perhaps still at it: everything is
 * reached from one descriptor by single names, links are removed and not followed, other filesystems not entered, and a tree of
 * any depth takes no more descriptors or stack than a flat one.
 */
#include "state/state.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/sys.h"

#include <dirent.h>
#include <sys/stat.h>

/* Times that a folder is looked through.  Each takes a level off a tree; somebody who adds faster than that is left alone. */
#define MOST_PASSES 65536

gboolean
folder_check (int dir, const char *path, uid_t *owner, GError **error)
{
  struct stat st;
  if (fstat (dir, &st) < 0)
    return fail_errno (error, errno, _ ("can't look at %s"), path);
  if (st.st_mode & (S_IWGRP | S_IWOTH))
    return fail (error, SNUG_ERROR_FAILED,
                 _ ("others may write to %s, so what is in it can't be trusted: chmod go-w would change that"),
                 path);
  *owner = st.st_uid;
  return TRUE;
}

char **
folder_names (int dir)
{
  Fd copy = openat (dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *stream = copy >= 0 ? fdopendir (copy) : NULL;
  if (stream == NULL)
    return NULL;
  fd_steal (&copy);

  GPtrArray *names = g_ptr_array_new ();
  struct dirent *entry;
  while (errno = 0, (entry = readdir (stream)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  int err = errno;
  closedir (stream);
  g_ptr_array_add (names, NULL);
  char **list = (char **) g_ptr_array_free (names, FALSE);
  if (err == 0)
    return list;
  g_strfreev (list);
  errno = err;
  return NULL;
}

/* --- Emptying ------------------------------------------------------------------------------------------------- */

typedef struct
{
  int top;
  unsigned n_lifted;
} Emptying;

/* Removes what is no directory, or an empty one.  FALSE and errno: ENOTEMPTY is worth going in. */
static gboolean
remove_entry (int dir, const char *name)
{
  if (unlinkat (dir, name, 0) == 0 || errno == ENOENT)
    return TRUE;
  if (errno != EISDIR)
    return FALSE;
  if (unlinkat (dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
    return TRUE;
  if (errno == EEXIST)
    errno = ENOTEMPTY;
  return FALSE;
}

/* Opens a directory to empty it; its owner may have forbidden that to himself. */
static int
open_to_empty (int dir, const char *name)
{
  char path[64];
  Fd found = sys_openat2 (dir, name, O_PATH | O_DIRECTORY, 0, STAY_INSIDE);
  if (found < 0)
    return -1;
  g_snprintf (path, sizeof path, "/proc/self/fd/%d", found);
  chmod (path, S_IRWXU); /* if it can't be, opening or removing will say so */
  return openat (found, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Moves the directory @name, which is not empty, out of @dir up to the top, where the next pass finds it. */
static gboolean
lift (Emptying *emptying, int dir, const char *name)
{
  char unused[32];
  Fd writable = open_to_empty (dir, name); /* moving a directory takes the right to write to it */
  if (writable < 0)
    return FALSE;
  for (;;)
    {
      g_snprintf (unused, sizeof unused, TEMPORARY "%u", emptying->n_lifted++);
      if (renameat2 (dir, name, emptying->top, unused, RENAME_NOREPLACE) == 0)
        return TRUE;
      if (errno != EEXIST)
        return FALSE;
    }
}

/* Empties and removes a directory at the top. */
static gboolean
remove_directory (Emptying *emptying, const char *name)
{
  Fd dir = open_to_empty (emptying->top, name);
  g_auto (GStrv) names = dir >= 0 ? folder_names (dir) : NULL;
  if (names == NULL)
    return FALSE;
  for (char **inside = names; *inside; inside++)
    if (!remove_entry (dir, *inside) && (errno != ENOTEMPTY || !lift (emptying, dir, *inside)))
      return FALSE;
  return remove_entry (emptying->top, name);
}

/* Removes all that is at the top now, but for @last (may be NULL); *@again: and moved there what was in it. */
static gboolean
empty_pass (Emptying *emptying, const char *last, gboolean *again)
{
  g_auto (GStrv) names = folder_names (emptying->top);
  if (names == NULL)
    return FALSE;
  *again = FALSE;
  for (char **name = names; *name; name++)
    if (g_strcmp0 (*name, last) != 0 && !remove_entry (emptying->top, *name))
      {
        if (errno != ENOTEMPTY || !remove_directory (emptying, *name))
          return FALSE;
        *again = TRUE;
      }
  return TRUE;
}

gboolean
folder_empty (int top, const char *last)
{
  Emptying emptying = { .top = top };
  gboolean again = TRUE;
  for (int pass = 0; again && pass < MOST_PASSES; pass++)
    if (!empty_pass (&emptying, last, &again))
      return FALSE;
  if (again)
    errno = ENOTEMPTY;
  return !again;
}
