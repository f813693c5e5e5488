/* See resctrl.h. */
#include "oci/container/resctrl.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/log.h"

#include <fcntl.h>
#include <sys/stat.h>

#define MAX_BYTES (1 << 20)
#define DEFAULT_CLASS "/"

/* --- The tree ---------------------------------------------------------------------------------------------------- */

/* Where resctrl is mounted; NULL: nowhere.  Owned by the caller. */
static char *
find_tree (void)
{
  const char *named = g_getenv ("SNUG_RESCTRL");
  if (named != NULL)
    return g_strdup (named);
  g_autofree char *text = read_text_file ("/proc/self/mountinfo");
  if (text == NULL)
    return NULL;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      g_auto (GStrv) words = g_strsplit (*line, " ", 6);
      if (strstr (*line, " - resctrl ") != NULL && g_strv_length (words) == 6)
        return g_strcompress (words[4]);
    }
  return NULL;
}

static int
open_tree (GError **error)
{
  g_autofree char *path = find_tree ();
  int tree = path ? open (path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
  if (path == NULL)
    fail (error, SNUG_ERROR_FAILED, _ ("there is no resctrl filesystem mounted here"));
  else if (tree < 0)
    fail_errno (error, errno, "%s", path);
  return tree;
}

static const char *
class_name (const Life *life)
{
  const char *id = life->spec->bundle->rdt.id;
  if (id == NULL)
    return life->container->id;
  return g_str_equal (id, DEFAULT_CLASS) ? "." : id;
}

/* --- Schemata ------------------------------------------------------------------------------------------------------ */

/* What is wanted, a line each, in the order in which it has to be written; the strings are the Spec's. */
static GPtrArray *
wanted_lines (const ResourceDirector *rdt)
{
  GPtrArray *lines = g_ptr_array_new ();
  if (rdt->l3_schema != NULL)
    g_ptr_array_add (lines, (char *) rdt->l3_schema);
  if (rdt->bandwidth_schema != NULL)
    g_ptr_array_add (lines, (char *) rdt->bandwidth_schema);
  for (char **line = rdt->schemata; rdt->has_schemata && line != NULL && *line; line++)
    g_ptr_array_add (lines, *line);
  return lines;
}

/* The value of "ID=VALUE" for @id in "NAME:0=7f;1=3"; without leading zeros.  NULL if it says nothing of it. */
static const char *
find_value (char **domains, const char *id)
{
  for (; *domains; domains++)
    {
      const char *equals = strchr (g_strstrip (*domains), '=');
      if (equals == NULL || strlen (id) != (gsize) (equals - *domains)
          || strncmp (*domains, id, strlen (id)) != 0)
        continue;
      const char *value = equals + 1;
      while (value[0] == '0' && value[1] != '\0')
        value++;
      return value;
    }
  return NULL;
}

/* Whether @present, a line of a schemata file, says all that @wanted says. */
static gboolean
line_agrees (const char *present, const char *wanted)
{
  g_auto (GStrv) here = g_strsplit (present, ":", 2);
  g_auto (GStrv) there = g_strsplit (wanted, ":", 2);
  if (g_strv_length (here) != 2 || g_strv_length (there) != 2
      || strcmp (g_strstrip (here[0]), g_strstrip (there[0])) != 0)
    return FALSE;

  g_auto (GStrv) present_domains = g_strsplit (here[1], ";", -1);
  g_auto (GStrv) wanted_domains = g_strsplit (there[1], ";", -1);
  for (char **domain = wanted_domains; *domain; domain++)
    {
      g_autofree char *id = g_strndup (g_strstrip (*domain), strcspn (*domain, "="));
      char *one[] = { *domain, NULL };
      const char *value = find_value (present_domains, id), *want = find_value (one, id);
      if (value == NULL || want == NULL || g_ascii_strcasecmp (value, want) != 0)
        return FALSE;
    }
  return TRUE;
}

/* A class that somebody else has made has to be what is wanted. */
static gboolean
check_schemata (int class, const GPtrArray *wanted, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  Fd file = openat (class, "schemata", O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return fail_errno (error, errno, "schemata");
  if (!read_to_end (file, MAX_BYTES, &text, &length, error))
    return FALSE;

  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; i < wanted->len; i++)
    {
      char **line = lines;
      while (*line && !line_agrees (*line, wanted->pdata[i]))
        line++;
      if (*line == NULL)
        return fail (error, SNUG_ERROR_FAILED,
                     _ ("the class of service exists already, and its schemata differ from %s"),
                     (const char *) wanted->pdata[i]);
    }
  return TRUE;
}

/* --- Writing ------------------------------------------------------------------------------------------------------- */

static gboolean
write_line (int dir, const char *name, const char *line, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%s\n", line);
  Fd file = openat (dir, name, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0 || write (file, text, strlen (text)) != (ssize_t) strlen (text))
    return fail_errno (error, errno, _ ("can't write %s to %s"), line, name);
  return TRUE;
}

static gboolean
write_task (const Life *life, int dir, GError **error)
{
  g_autofree char *pid = g_strdup_printf ("%d", (int) life->sandbox->init);
  return write_line (dir, "tasks", pid, error);
}

static int
find_class (const Life *life, int tree, GError **error)
{
  const char *name = class_name (life);
  int class = openat (tree, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (class < 0)
    fail_errno (error, errno, _ ("can't find the class of service %s"), name);
  return class;
}

/* Opens the class, and makes it where that is ours to do: *@made. */
static int
open_class (const Life *life, int tree, const GPtrArray *wanted, gboolean *made, GError **error)
{
  const ResourceDirector *rdt = &life->spec->bundle->rdt;
  const char *name = class_name (life);
  gboolean may_make = rdt->id == NULL || (wanted->len > 0 && !g_str_equal (rdt->id, DEFAULT_CLASS));

  *made = may_make && mkdirat (tree, name, 0755) == 0;
  if (may_make && !*made && (errno != EEXIST || rdt->id == NULL))
    return fail_errno (error, errno, _ ("can't make the class of service %s"), name), -1;
  return find_class (life, tree, error);
}

static gboolean
set_schemata (int class, gboolean made, const GPtrArray *wanted, GError **error)
{
  if (!made)
    return wanted->len == 0 || check_schemata (class, wanted, error);
  for (guint i = 0; i < wanted->len; i++)
    if (!write_line (class, "schemata", wanted->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* The kernel's own files go with the directory; in a tree that is none the ones that we wrote have to go before. */
static void
remove_group (int dir, const char *name)
{
  static const char *const ours[] = { "tasks", "schemata" };
  Fd group = openat (dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  for (gsize i = 0; group >= 0 && i < G_N_ELEMENTS (ours); i++)
    unlinkat (group, ours[i], 0);
  if (group >= 0 && unlinkat (dir, name, AT_REMOVEDIR) < 0)
    log_warning (_ ("can't remove %s of resctrl: %s"), name, strerror (errno));
}

static gboolean
add_monitoring (const Life *life, int class, GError **error)
{
  g_autofree char *name = g_strdup_printf ("mon_groups/%s", life->container->id);
  if (mkdirat (class, name, 0755) < 0)
    return fail_errno (error, errno, _ ("can't make the monitoring group %s"), name);
  Fd group = openat (class, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (group >= 0 && write_task (life, group, error))
    return TRUE;
  remove_group (class, name);
  return group >= 0 ? FALSE : fail_errno (error, errno, "%s", name);
}

static gboolean
apply (const Life *life, GError **error)
{
  const ResourceDirector *rdt = &life->spec->bundle->rdt;
  g_autoptr (GPtrArray) wanted = wanted_lines (rdt);
  gboolean made = FALSE;
  Fd tree = open_tree (error);
  Fd class = tree >= 0 ? open_class (life, tree, wanted, &made, error) : -1;

  if (class >= 0 && set_schemata (class, made, wanted, error) && write_task (life, class, error)
      && (!rdt->monitoring || add_monitoring (life, class, error)))
    return TRUE;
  if (made)
    remove_group (tree, class_name (life));
  return FALSE;
}

gboolean
resctrl_apply (Life *life, GError **error)
{
  const ResourceDirector *rdt = &life->spec->bundle->rdt;
  life->in_resctrl = rdt->given && apply (life, error);
  return !rdt->given || life->in_resctrl || prefix_origin (error, &rdt->origin);
}

void
resctrl_remove (const Life *life)
{
  const ResourceDirector *rdt = &life->spec->bundle->rdt;
  Fd tree = rdt->given ? open_tree (NULL) : -1;
  Fd class = tree >= 0 ? find_class (life, tree, NULL) : -1;
  g_autofree char *group = g_strdup_printf ("mon_groups/%s", life->container->id);

  if (class >= 0 && rdt->monitoring)
    remove_group (class, group);
  if (class >= 0 && rdt->id == NULL)
    remove_group (tree, life->container->id);
}

gboolean
resctrl_update (Life *life, const char *l3, const char *bandwidth, GError **error)
{
  if ((l3 != NULL && strchr (l3, '\n') != NULL)
      || (bandwidth != NULL && (!g_str_has_prefix (bandwidth, "MB:") || strchr (bandwidth, '\n') != NULL)))
    return fail (error, SNUG_ERROR_USAGE,
                 _ ("--l3-cache-schema has to be one line, --mem-bw-schema one that begins with \"MB:\""));
  if (!life_load_kept (life, error))
    return FALSE;
  if (!life->spec->bundle->rdt.given)
    return fail (error, SNUG_ERROR_FAILED, _ ("container %s was not made with /linux/intelRdt"),
                 life->container->id);

  Fd tree = open_tree (error);
  Fd class = tree >= 0 ? find_class (life, tree, error) : -1;
  return class >= 0 && (l3 == NULL || write_line (class, "schemata", l3, error))
         && (bandwidth == NULL || write_line (class, "schemata", bandwidth, error));
}
