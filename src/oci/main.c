/* snug-oci: the OCI runtime.
 *
 * Has the command line parsed, opens the log, runs the verb and prints what went wrong.
 */
#include "base/error.h"
#include "base/i18n.h"
#include "oci/oci.h"
#include "oci/options.h"

#include <errno.h>
#include <seccomp.h>
#include <unistd.h>

static const char *const names[] = { "snug-oci", "runc", "crun", NULL };

gboolean
oci_is_name (const char *name)
{
  return g_strv_contains (names, name);
}

static void
print_version (void)
{
  const struct scmp_version *seccomp = seccomp_version ();
  printf ("snug-oci version %s\n", PACKAGE_VERSION); /* the form that dockerd looks for */
  printf ("spec: %s\n", OCI_SPEC_VERSION);
  printf ("libseccomp: %u.%u.%u\n", seccomp->major, seccomp->minor, seccomp->micro);
}

/* Engines know errors by their words: what a program reads is not translated. */
static void
choose_language (void)
{
  if (!isatty (STDERR_FILENO))
    translate_nothing ();
}

static gboolean
start_log (const OciOptions *options, GError **error)
{
  if (options->log_level)
    log_set_level (options->log_level);
  if (options->log_format)
    log_set_format (options->log_format);
  if (options->log == NULL)
    return TRUE;
  translate_nothing ();
  return log_open (options->log, error);
}

/* A result that nobody got is no success. */
static gboolean
flush_output (GError **error)
{
  return (fflush (stdout) == 0 && !ferror (stdout))
         || fail_errno (error, errno, _ ("can't write to standard output"));
}

static int
run_verb (const OciOptions *options, GError **error)
{
  log_debug ("%s %s", options->verb->name, options->n_arguments ? options->arguments[0] : "");
  return options->verb->run (options, error);
}

static int
run (const OciOptions *options, GError **error)
{
  int code = 0;
  if (options->help)
    oci_print_help (stdout, options->verb);
  else if (options->version)
    print_version ();
  else
    code = run_verb (options, error);
  return code < 0 || flush_output (error) ? code : -1;
}

int
oci_main (char **argv, pid_t parent)
{
  g_autoptr (GError) error = NULL;
  OciOptions *options = oci_options_new (); /* goes with the process */
  options->parent = parent;

  choose_language ();
  if (argv[1] == NULL)
    {
      oci_print_help (stderr, NULL);
      return 1;
    }

  /* What is wrong with the line goes to the log too, if that was named before. */
  gboolean parsed = oci_parse (options, argv + 1, &error);
  int code = start_log (options, parsed ? &error : NULL) && parsed ? run (options, &error) : -1;
  if (code >= 0)
    return code;
  log_error (error->message);
  return 1;
}
