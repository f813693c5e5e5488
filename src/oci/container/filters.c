/* Compiled filters of earlier containers: see filters.h.
 *
 * They lie in a folder of the user's own that goes with the session, each with all that it was made of behind it.  Whoever could
 * write to it could loosen the filters of containers to come: it is used only if it is the user's alone.
 *
 * Must not: take rules for known that are not the same to the last byte.
 */
#include "oci/container/filters.h"

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "base/self.h"
#include "base/user.h"
#include "plan/plan.h"
#include "state/state.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define FOLDER "snug-filters"
#define MOST 64              /* programs, before all are forgotten */
#define LARGEST (256 * 1024) /* bytes of rules: many times what engines write */

/* --- The folder ------------------------------------------------------------------------------------------------ */

static char *
folder_path (void)
{
  const char *runtime = is_real_root () ? "/run" : g_getenv ("XDG_RUNTIME_DIR");
  return runtime != NULL && g_path_is_absolute (runtime) ? g_build_filename (runtime, FOLDER, NULL) : NULL;
}

/* Two that are not the same may have the same: the later one stays then. */
static char *
name_of (const char *of)
{
  return g_strdup_printf ("%08x", g_str_hash (of));
}

static void
forget_if_many (int folder)
{
  g_auto (GStrv) names = folder_names (folder);
  if (names == NULL || g_strv_length (names) < MOST)
    return;
  for (char **name = names; *name != NULL; name++)
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
    if (memmem (rules, size, own_words[i], strlen (own_words[i])) != NULL)
      return FALSE;
  return TRUE;
}

/* Each byte is a character and ends no string, so that blanks can stand in its place. */
static gboolean
are_ascii (const char *rules, gsize size)
{
  for (gsize i = 0; i < size; i++)
    if (rules[i] == '\0' || (guchar) rules[i] > 0x7f)
      return FALSE;
  return TRUE;
}

static gboolean
may_be_known (const char *rules, gsize size)
{
  return size >= strlen ("{}") && size <= LARGEST && rules[0] == '{' && rules[size - 1] == '}'
         && are_ascii (rules, size) && are_for_all (rules, size);
}

/* Who compiles them, for which kernel, and the rules.  NULL: who it is can't be said. */
static char *
make_of (const char *rules, gsize size)
{
  struct utsname kernel = { 0 };
  const struct scmp_version *library = seccomp_version ();
  g_autofree char *build = self_build_id ();
  if (build == NULL)
    return NULL;
  uname (&kernel);
  return g_strdup_printf ("%s %u.%u.%u %s %s\n%.*s", build, library->major, library->minor, library->micro,
                          kernel.release, kernel.machine, (int) size, rules);
}

/* Takes the program that @file begins with, if what stands behind it says that it was made of that. */
static gboolean
read_known (KnownFilter *known, int file)
{
  g_autofree char *text = NULL;
  gsize length, made_of = strlen (known->of);
  if (!read_to_end (file, JSON_MAX_LENGTH, &text, &length, NULL))
    return FALSE;
  gsize size = filter_kept_size (text, length);
  if (size == 0 || length - size != made_of || memcmp (text + size, known->of, made_of) != 0)
    return FALSE;
  known->program = g_steal_pointer (&text);
  known->size = size;
  return TRUE;
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

  *known = (KnownFilter){ 0 };
  if (path == NULL || !json_locate (text, length, way, &start, &size) || !may_be_known (text + start, size))
    return;
  known->of = make_of (text + start, size);
  if (known->of == NULL)
    return;
  g_autofree char *name = name_of (known->of);
  Fd folder = open_private_folder (path);
  Fd file = folder >= 0 ? openat (folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) : -1;
  if (file >= 0 && read_known (known, file))
    take_out (text + start, size);
}

gboolean
filters_give (const KnownFilter *known, int file)
{
  return known->program == NULL
         || (write_all (file, known->program, known->size, NULL) && lseek (file, 0, SEEK_SET) == 0);
}

void
filters_keep (const KnownFilter *known, int file)
{
  g_autofree char *program = NULL;
  gsize length, size;
  if (known->of == NULL || known->program != NULL || lseek (file, 0, SEEK_SET) < 0
      || !read_to_end (file, JSON_MAX_LENGTH, &program, &length, NULL)
      || (size = filter_kept_size (program, length)) == 0)
    return;
  g_autofree char *path = folder_path (), *name = name_of (known->of);
  g_autofree char *fresh = g_strdup_printf ("%s" TEMPORARY "%d", name, getpid ());
  if (mkdir (path, S_IRWXU) < 0 && errno != EEXIST)
    return;
  Fd folder = open_private_folder (path);
  if (folder < 0)
    return;
  forget_if_many (folder);
  Fd made = openat (folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (made < 0)
    return;
  if (!write_all (made, program, size, NULL) || !write_all (made, known->of, strlen (known->of), NULL)
      || renameat (folder, fresh, folder, name) < 0)
    unlinkat (folder, fresh, 0);
}

void
filters_clear (KnownFilter *known)
{
  g_clear_pointer (&known->program, g_free);
  g_clear_pointer (&known->of, g_free);
}
