/* The program: its argv and environment, where it starts, and which paths to try to execute.
 *
 * The child can't search: here everything it might need is spelled out.
 */
#include "plan/build.h"

#include <unistd.h>

/* The program's own environment decides where it is looked for, as with execvp(3). */
static void
compile_exec_paths (Plan *plan, const Spec *spec)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();

  if (plan->program != NULL && (strchr (plan->program, '/') != NULL || plan->program[0] == '\0'))
    g_ptr_array_add (paths, (char *) plan->program);
  else if (plan->program != NULL) /* --explain needs none */
    {
      const char *path = g_environ_getenv (spec->env, "PATH");
      g_auto (GStrv) dirs = g_strsplit (path ? path : DEFAULT_PATH, ":", -1);
      for (char **dir = dirs; *dir; dir++)
        g_ptr_array_add (paths, plan_own (plan, g_strconcat (*dir, **dir ? "/" : "", plan->program, NULL)));
    }

  g_ptr_array_add (paths, NULL);
  plan->exec = plan_own (plan, g_ptr_array_free (g_steal_pointer (&paths), FALSE));
}

/* The places to start in, in order: what was asked for, or else the caller's directory, HOME and /. */
static void
compile_directories (Plan *plan, const Spec *spec)
{
  g_autofree char *caller = get_current_dir_name ();
  const char *home = g_environ_getenv (spec->env, "HOME");
  const char *wanted[] = { caller, home, "/" };
  g_autoptr (GPtrArray) list = g_ptr_array_new ();

  if (spec->chdir.value != NULL)
    g_ptr_array_add (list, plan_own (plan, g_strconcat ("PWD=", spec->chdir.value, NULL)));
  else
    for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
      if (wanted[i] != NULL && wanted[i][0] != '\0')
        g_ptr_array_add (list, plan_own (plan, g_strconcat ("PWD=", wanted[i], NULL)));
  g_ptr_array_add (list, NULL);

  plan_add (plan, STEP_CHDIR, &spec->chdir.origin)->data =
      plan_own (plan, g_ptr_array_free (g_steal_pointer (&list), FALSE));
}

/* The environment with a place in front that the child fills with PWD. */
static void
compile_environment (Plan *plan, const Spec *spec)
{
  guint n = g_strv_length (spec->env);
  char **env = plan_own (plan, g_new0 (char *, n + 2));
  guint end = 1;

  for (guint i = 0; i < n; i++)
    if (!g_str_has_prefix (spec->env[i], "PWD="))
      env[end++] = spec->env[i];
  env[0] = (char *) "PWD=/";
  plan->env = env;
}

/* What the bundle says, with a place at the end that the child fills with HOME if the bundle has none. */
static void
compile_bundle_environment (Plan *plan, const Spec *spec)
{
  guint n = g_strv_length (spec->env);
  plan->env = plan_own (plan, g_new0 (char *, n + 2));
  memcpy (plan->env, spec->env, n * sizeof (char *));
  if (g_environ_getenv (spec->env, "HOME") != NULL)
    return;
  Step *step = plan_add (plan, STEP_HOME, NULL);
  step->data = &plan->env[n];
  step->mode = spec->bundle->user.uid;
}

gboolean
compile_program (Plan *plan, const Spec *spec, GError **error G_GNUC_UNUSED)
{
  guint n = g_strv_length (spec->argv);

  plan->program = spec->argv[0];
  char **argv =
      plan_own (plan, g_new0 (char *, n + 2)); /* the first slot is for /bin/sh, if it takes a script */
  memcpy (argv + 1, spec->argv, n * sizeof (char *));
  plan->argv = argv + 1;
  if (n > 0 && spec->argv0.value != NULL)
    plan->argv[0] = (char *) spec->argv0.value;

  (spec->bundle != NULL ? compile_bundle_environment : compile_environment) (plan, spec);
  compile_directories (plan, spec);
  compile_exec_paths (plan, spec);
  return TRUE;
}
