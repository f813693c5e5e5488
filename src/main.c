/* snug: puts a program into a sandbox, as an ordinary user.
 *
 * Chooses the dialect by the name it was called by, has the command line made into a Spec, the Spec into a Plan, and runs
 * the Plan.  The only file that prints errors and exits.
 */
#include "base/i18n.h"
#include "base/log.h"
#include "base/self.h"
#include "cli/options.h"
#include "engine/engine.h"
#include "oci/oci.h"

#include <sys/auxv.h>
#include <unistd.h>

/* The version of bubblewrap whose command line we speak, for programs that ask `bwrap --version`. */
#define BUBBLEWRAP_VERSION "0.13.1"

/* A setuid copy must not even parse its arguments: nothing here was written to run with somebody else's rights. */
static void
refuse_setuid (void)
{
  static const char text[] = "snug: refusing to run setuid, setgid or with file capabilities: it needs none\n";
  if (getauxval (AT_SECURE) == 0)
    return;
  if (write (STDERR_FILENO, text, sizeof text - 1) < 0)
    _exit (2);
  _exit (1);
}

static void
reset_sigchld (void)
{
  struct sigaction action = { .sa_handler = SIG_DFL };
  sigaction (SIGCHLD, &action, NULL);
}

static const char *
base_name (const char *path)
{
  const char *slash = strrchr (path, '/');
  return slash ? slash + 1 : path;
}

static int
print_error (GError *error, gboolean strict)
{
  if (!strict && g_ascii_islower (error->message[0]) && !g_str_has_prefix (error->message, "execvp"))
    error->message[0] = g_ascii_toupper (error->message[0]);
  log_error (error->message);
  return 1;
}

static int
print_usage_error (const char *name, gboolean strict)
{
  print_help (stderr, name, strict);
  return 1;
}

/* Parser and Plan go with the process: what was started may still share their pages, and to free them would be to copy those. */
static int
run (Parser *parser, const char *name, pid_t parent)
{
  g_autoptr (GError) error = NULL;
  const Spec *spec = parser->spec;

  if (spec->argv[0] == NULL && parser->action == ACTION_RUN)
    return print_usage_error (name, parser->strict);
  Plan *plan = plan_compile (spec, &error);
  if (plan == NULL)
    return print_error (error, parser->strict);
  if (parser->action == ACTION_EXPLAIN || parser->action == ACTION_EXPLAIN_JSON)
    {
      plan_explain (spec, plan, NULL, parser->action == ACTION_EXPLAIN_JSON, stdout);
      return 0;
    }

  int code = engine_run (plan, parent, &error);
  return code >= 0 ? code : print_error (error, parser->strict);
}

int
main (int argc, char **argv)
{
  pid_t parent = getppid ();
  refuse_setuid ();
  reset_sigchld ();

  const char *name = argc > 0 ? argv[0] : "snug";
  gboolean strict = !g_str_equal (base_name (name), "bwrap");
  log_set_name (base_name (name));
  if (!strict)
    translate_nothing ();

  if (!self_seal (argv))
    log_warning (_ ("can't run from a sealed copy, so the program may change %s: %s"), "/proc/self/exe",
                 strerror (errno));

  if (oci_is_name (base_name (name)))
    return oci_main (argv, parent);

  g_autoptr (GError) error = NULL;
  Parser *parser = parser_new (strict);
  if (argc < 2)
    return print_usage_error (name, strict);
  if (!parser_run (parser, argv + 1, &error))
    return print_error (error, strict);

  switch (parser->action)
    {
    case ACTION_HELP:
      print_help (stdout, name, strict);
      return 0;
    case ACTION_VERSION:
      if (strict)
        printf ("snug %s\n", PACKAGE_VERSION);
      else
        printf ("bubblewrap %s\n", BUBBLEWRAP_VERSION);
      return 0;
    default:
      return run (parser, name, parent);
    }
}
