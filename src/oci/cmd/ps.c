/* snug-oci ps: see verbs.def. */
#include "oci/cmd/cmd.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/json-build.h"
#include "base/number.h"
#include "engine/engine.h"
#include "oci/container/cgroup.h"
#include "oci/container/processes.h"

#include <fcntl.h>
#include <sys/wait.h>

/* What ps(1) prints; owned by the caller.  NULL with @error. */
static char *
run_ps (char **arguments, GError **error)
{
  char *usual[] = { (char *) "-ef", NULL };
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  int ends[2], status;
  char *text = NULL;
  gsize length;

  g_ptr_array_add (argv, (char *) "ps");
  for (char **word = arguments[0] ? arguments : usual; *word; word++)
    g_ptr_array_add (argv, *word);
  g_ptr_array_add (argv, NULL);
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return fail_errno (error, errno, "pipe"), NULL;

  Fd output = ends[0];
  pid_t pid = fork ();
  if (pid == 0)
    {
      if (dup2 (ends[1], STDOUT_FILENO) >= 0)
        execvp ("ps", (char **) argv->pdata);
      _exit (127);
    }
  close (ends[1]);
  gboolean ok = read_to_end (output, G_MAXSSIZE, &text, &length, error);
  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (ok && status != 0)
    ok = fail (error, SNUG_ERROR_FAILED, _ ("ps ended with status %d"), shell_status (status));
  if (!ok)
    g_clear_pointer (&text, g_free);
  return text;
}

/* The position of the column PID among the words of the heading; -1: there is none. */
static int
find_column (const char *heading)
{
  g_auto (GStrv) words = g_strsplit_set (heading, " \t", -1);
  int column = 0;
  for (char **word = words; *word; word++)
    if (g_str_equal (*word, "PID"))
      return column;
    else if (**word)
      column++;
  return -1;
}

static gboolean
is_of (const char *line, int column, const GArray *pids)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t", -1);
  guint64 pid = 0;
  int at = 0;
  for (char **word = words; *word; word++)
    if (**word && at++ == column)
      {
        if (!parse_number (*word, 10, G_MAXINT32, &pid))
          return FALSE;
        break;
      }
  for (guint i = 0; i < pids->len; i++)
    if ((guint64) g_array_index (pids, pid_t, i) == pid)
      return TRUE;
  return FALSE;
}

static int
print_table (const OciOptions *options, const GArray *pids, GError **error)
{
  g_autofree char *text = run_ps (options->arguments + 1, error);
  if (text == NULL)
    return -1;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  int column = lines[0] ? find_column (lines[0]) : -1;
  if (column < 0)
    return fail (error, SNUG_ERROR_USAGE,
                 _ ("what ps prints has no column PID, by which to find the container's")),
           -1;
  printf ("%s\n", lines[0]);
  for (char **line = lines + 1; *line; line++)
    if (is_of (*line, column, pids))
      printf ("%s\n", *line);
  return 0;
}

static int
print_json (const GArray *pids)
{
  g_autoptr (json_object) array = json_object_new_array ();
  for (guint i = 0; i < pids->len; i++)
    json_object_array_add (array, json_object_new_int64 (g_array_index (pids, pid_t, i)));
  printf ("%s\n", json_plain (array));
  return 0;
}

int
cmd_ps (const OciOptions *options, GError **error)
{
  g_autoptr (Store) store = store_open (options->root, error);
  g_autoptr (Container) container =
      store ? container_look (store, options->arguments[0], LOCK_NONE, error) : NULL;
  g_autoptr (GArray) pids = container ? container_processes (container, error) : NULL;
  if (pids == NULL)
    return -1;
  return options->format == FORMAT_JSON ? print_json (pids) : print_table (options, pids, error);
}
