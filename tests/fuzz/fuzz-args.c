/* Fuzzing the command line: any words either become a Spec, a Plan and its explanation, or are an error with a message.
 * Nothing is run.
 *
 * The input is words that end in NUL, for bwrap if the first byte's last bit is set, else for snug.  What follows the
 * word "@" is what --args, --args-file and --seccomp-profile read.  So that no descriptor and no file of the fuzzer is
 * touched, those that options name are replaced by a few of our own.
 *
 *   clang -fsanitize=fuzzer,address,undefined …; ./fuzz-args tests/fuzz/corpus/fuzz-args
 */
#include "base/log.h"
#include "cli/options.h"
#include "plan/plan.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Our descriptors: the words, a regular file, a pipe, a directory. */
#define FIRST_FD 500
#define N_FDS 4
#define WORDS_PATH "/proc/self/fd/500"

/* --- In place of log.c, which would print. --- */

void
log_set_name (const char *name G_GNUC_UNUSED)
{
}

void
log_set_level_prefix (gboolean on G_GNUC_UNUSED)
{
}

void
log_error (const char *text G_GNUC_UNUSED)
{
}

static void
format_only (const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);
  g_assert_nonnull (text);
}

void
log_warning (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  format_only (format, args);
  va_end (args);
}

void
log_debug (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  format_only (format, args);
  va_end (args);
}

/* --- The world. --- */

static void
place (int fd, int i)
{
  g_assert_cmpint (dup2 (fd, FIRST_FD + i), ==, FIRST_FD + i);
  close (fd);
}

static int
memory (const void *data, gsize length)
{
  int fd = memfd_create ("fuzz", 0);
  g_assert_cmpint (write (fd, data, length), ==, (gssize) length);
  lseek (fd, 0, SEEK_SET);
  return fd;
}

static void
open_world (const GString *words)
{
  int ends[2];
  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_cmpint (write (ends[1], "12345678", 8), ==, 8);
  close (ends[1]);
  place (memory (words->str, words->len), 0);
  place (memory ("\6\0\0\0\0\0\xff\x7f", 8), 1);
  place (ends[0], 2);
  place (open ("/", O_PATH), 3);
}

/* --- Taming the words. --- */

static const Option *
find_option (const char *word)
{
  for (const Option *option = options; option->name; option++)
    if (g_str_equal (word, option->name))
      return option;
  return NULL;
}

/* Cuts @length bytes into words, and puts our own descriptors and files where options name some. */
static GPtrArray *
tame (const char *data, gsize length)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  const Option *option = NULL;

  for (const char *word = data, *end = data + length; word < end;
       word += strnlen (word, (gsize) (end - word)) + 1)
    {
      char *copy = g_strndup (word, (gsize) (end - word));
      const char *wants = option ? option->arguments : "";
      if (g_str_has_prefix (wants, "FD") && g_ascii_isdigit (*copy))
        {
          int fd = FIRST_FD + *copy % N_FDS;
          g_free (copy);
          copy = g_strdup_printf ("%d", fd);
        }
      else if (g_str_equal (wants, "FILE") || (g_str_equal (wants, "PROFILE") && strcmp (copy, "default") != 0))
        {
          g_free (copy);
          copy = g_strdup (WORDS_PATH);
        }
      g_ptr_array_add (words, copy);
      option = find_option (copy);
    }
  return words;
}

/* Moves what follows "@" to a text of words that end in NUL. */
static GString *
cut_behind (GPtrArray *words)
{
  GString *text = g_string_new (NULL);
  guint at = 0;
  while (at < words->len && !g_str_equal (words->pdata[at], "@"))
    at++;
  for (guint i = at + 1; i < words->len; i++)
    g_string_append_len (text, words->pdata[i], (gssize) strlen (words->pdata[i]) + 1);
  g_ptr_array_set_size (words, (int) at);
  return text;
}

static void
explain (const Spec *spec, const Plan *plan, gboolean json)
{
  g_autofree char *text = NULL;
  gsize length;
  FILE *out = open_memstream (&text, &length);
  plan_explain (spec, plan, NULL, json, out);
  fclose (out);
  g_assert_true (g_utf8_validate (text, (gssize) length, NULL));
}

static void
check_error (const GError *error)
{
  g_assert_nonnull (error);
  g_assert_cmpuint (strlen (error->message), >, 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  if (size < 1)
    return 0;
  g_autoptr (GPtrArray) words = tame ((const char *) data + 1, size - 1);
  g_autoptr (GString) behind = cut_behind (words);
  g_autoptr (GError) error = NULL;
  g_autoptr (Parser) parser = parser_new (!(data[0] & 1));

  open_world (behind);
  g_ptr_array_add (words, NULL);
  if (!parser_run (parser, (char **) words->pdata, &error))
    {
      check_error (error);
      return 0;
    }
  if (parser->spec->argv == NULL) /* --help, --version */
    return 0;

  g_autoptr (Plan) plan = plan_compile (parser->spec, &error);
  if (plan == NULL)
    check_error (error);
  else
    {
      explain (parser->spec, plan, FALSE);
      explain (parser->spec, plan, TRUE);
    }
  return 0;
}
