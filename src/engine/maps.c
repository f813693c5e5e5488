/* Writing id ranges from outside: through newuidmap and newgidmap, or by ourselves as root. */
#include "engine/engine.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/sys.h"
#include "plan/helpers.h"

#include <sys/wait.h>

/* The helper gets an environment of its own: nothing of the caller's changes what it does. */
static _Noreturn void
execute_helper (const char *path, char **argv, int err, const sigset_t *signals)
{
  char *env[] = { (char *) "PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *) "LC_ALL=C", NULL };
  dup2 (err, STDERR_FILENO);
  sigprocmask (SIG_SETMASK, signals, NULL);
  execve (path, argv, env);
  _exit (127);
}

/* Runs @path; what it prints on standard error, a line or two, becomes ours. */
static gboolean
run_helper (const Sandbox *sandbox, const char *path, char **argv, GError **error)
{
  int ends[2], status = 0;
  char said[1024] = "";
  if (pipe2 (ends, O_CLOEXEC | O_NONBLOCK) < 0)
    return fail_errno (error, errno, "pipe2");
  Fd out = ends[0];
  Fd in = ends[1];

  pid_t pid = fork ();
  if (pid == 0)
    execute_helper (path, argv, in, &sandbox->signals);
  if (pid < 0)
    return fail_errno (error, errno, "fork");
  while (waitpid (pid, &status, 0) < 0)
    if (errno != EINTR)
      return fail_errno (error, errno, _ ("can't wait for %s"), path);

  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return TRUE;
  gboolean silent = read (out, said, sizeof said - 1) <= 0;
  return fail (error, SNUG_ERROR_FAILED, _ ("%s refused: %s"), path,
               silent ? _ ("it did not say why") : g_strchomp (said));
}

static gboolean
map_by_helper (const Sandbox *sandbox, const char *name, const char *map, GError **error)
{
  g_autofree char *path = helper_find (name);
  g_autofree char *pid = g_strdup_printf ("%d", sandbox->init);
  g_autofree char *line = g_strdelimit (g_strdup (map), "\n", ' ');
  g_auto (GStrv) numbers = g_strsplit (g_strchomp (line), " ", -1);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();

  if (path == NULL)
    return fail (error, SNUG_ERROR_FAILED, _ ("%s is not in PATH"), name);
  g_ptr_array_add (argv, (char *) name);
  g_ptr_array_add (argv, pid);
  for (char **number = numbers; *number; number++)
    g_ptr_array_add (argv, *number);
  g_ptr_array_add (argv, NULL);
  return run_helper (sandbox, path, (char **) argv->pdata, error);
}

/* Root needs no helper. */
static gboolean
map_directly (const Sandbox *sandbox, const char *file, const char *map, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%d/%s", sandbox->init, file);
  Fd fd = openat (sandbox->proc, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write (fd, map, strlen (map)) < 0)
    return fail_errno (error, errno, _ ("can't write /proc/%s"), path);
  return TRUE;
}

gboolean
monitor_map_ranges (Sandbox *sandbox, const Step *step, GError **error)
{
  const MapText *maps = step->data;
  if (geteuid () == 0)
    return map_directly (sandbox, "uid_map", maps->uid, error)
           && map_directly (sandbox, "gid_map", maps->gid, error);
  return map_by_helper (sandbox, "newuidmap", maps->uid, error)
         && map_by_helper (sandbox, "newgidmap", maps->gid, error);
}
