/* Compiled filters of earlier containers: see filters.h.
 *
 * They lie in a folder of the user's own that goes with the session, each by the digest of all that it was made of.  Whoever
 * could write to it could loosen the filters of containers to come: it is used only if it is the user's alone.
 *
 * Must not: take rules for known that are not the same to the last byte.
 */
#include "oci/container/filters.h"

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "base/user.h"
#include "plan/plan.h"
#include "state/state.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define FOLDER "snug-filters"
#define MOST 64 /* programs, before all are forgotten */

/* --- The folder ------------------------------------------------------------------------------------------------ */

static char *
folder_path (void)
{
  const char *runtime = is_real_root () ? "/run" : g_getenv ("XDG_RUNTIME_DIR");
  return runtime != NULL && g_path_is_absolute (runtime) ? g_build_filename (runtime, FOLDER, NULL) : NULL;
}

static int
open_folder (const char *path)
{
  struct stat st;
  Fd folder = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return folder >= 0 && fstat (folder, &st) == 0 && st.st_uid == geteuid ()
                 && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0
             ? fd_steal (&folder)
             : -1;
}

static void
forget_if_many (int folder)
{
  g_auto (GStrv) names = folder_names (folder);
  for (char **name = names; names != NULL && g_strv_length (names) >= MOST && *name != NULL; name++)
    unlinkat (folder, *name, 0);
}

/* --- What it is known by ---------------------------------------------------------------------------------------- */

/* Rules with these words are somebody's own: they ask a listener, or go by what the process may do.  Nor is anybody's guess what
 * stands behind a backslash. */
static const char *const own_words[] = { "NOTIFY", "listener", "includes", "excludes", "\\" };

static gboolean
are_for_all (const char *rules, gsize size)
{
  for (gsize i = 0; i < G_N_ELEMENTS (own_words); i++)
    if (g_strstr_len (rules, (gssize) size, own_words[i]) != NULL)
      return FALSE;
  return TRUE;
}

/* The rules, and who compiles them for which kernel. */
static char *
name_of (const char *rules, gsize size)
{
  struct utsname kernel;
  const struct scmp_version *library = seccomp_version ();
  if (uname (&kernel) < 0)
    return NULL;
  g_autofree char *who =
      g_strdup_printf ("%s %s %u.%u.%u %s %s\n", FILTER_FORMAT, PACKAGE_VERSION, library->major, library->minor,
                       library->micro, kernel.release, kernel.machine);
  g_autoptr (GChecksum) digest = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (digest, (const guchar *) who, -1);
  g_checksum_update (digest, (const guchar *) rules, (gssize) size);
  return g_strdup (g_checksum_get_string (digest));
}

/* Lines and columns of what comes behind stay what they are. */
static void
take_out (char *rules, gsize size)
{
  for (gsize i = 0; i < size; i++)
    if (rules[i] != '\n')
      rules[i] = ' ';
  rules[0] = '{';
  rules[size - 1] = '}';
}

/* --- Finding and keeping ---------------------------------------------------------------------------------------- */

void
filters_find (KnownFilter *known, char *text, gsize length)
{
  static const char *const way[] = { "linux", "seccomp", NULL };
  gsize start, size;
  g_autofree char *path = folder_path ();

  *known = NO_KNOWN_FILTER;
  if (path == NULL || !json_locate (text, length, way, &start, &size) || size < 2 || text[start] != '{'
      || text[start + size - 1] != '}' || !are_for_all (text + start, size))
    return;
  known->name = name_of (text + start, size);
  Fd folder = known->name != NULL ? open_folder (path) : -1;
  Fd program = folder >= 0 ? openat (folder, known->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
  if (program < 0 || !filter_is_kept (program))
    return;
  known->program = fd_steal (&program);
  take_out (text + start, size);
}

static gboolean
copy (int from, int to)
{
  struct stat st;
  off_t offset = 0;
  return fstat (from, &st) == 0 && sendfile (to, from, &offset, (gsize) st.st_size) == st.st_size;
}

gboolean
filters_give (const KnownFilter *known, int file)
{
  return known->program < 0 || (copy (known->program, file) && lseek (file, 0, SEEK_SET) == 0);
}

void
filters_keep (const KnownFilter *known, int file)
{
  if (known->name == NULL || known->program >= 0 || !filter_is_kept (file))
    return;
  g_autofree char *path = folder_path ();
  g_autofree char *fresh = g_strdup_printf ("%s" TEMPORARY "%d", known->name, getpid ());
  if (mkdir (path, S_IRWXU) < 0 && errno != EEXIST)
    return;
  Fd folder = open_folder (path);
  if (folder < 0)
    return;
  forget_if_many (folder);
  Fd made = openat (folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (made >= 0 && !(copy (file, made) && renameat (folder, fresh, folder, known->name) == 0))
    unlinkat (folder, fresh, 0);
}

void
filters_clear (KnownFilter *known)
{
  fd_clear (&known->program);
  g_clear_pointer (&known->name, g_free);
}
