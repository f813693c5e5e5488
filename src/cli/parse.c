/* Walking the arguments: finds each option's row, cuts its arguments out and hands them to its setter. */
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/nearest.h"
#include "cli/options.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What bubblewrap leaves to root unless told otherwise: all that it has. */
static guint64
root_caps (void)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct data[2];
  if (getuid () != 0 || syscall (SYS_capget, &header, data) < 0)
    return 0;
  return data[0].effective | (guint64) data[1].effective << 32;
}

/* So much that it is memory of its own: it takes none until it is written to, and none for a copy as it grows. */
#define ROOM_FOR_FS 4096

Parser *
parser_new (gboolean strict)
{
  Parser *parser = g_new0 (Parser, 1);
  parser->spec = spec_new (ROOM_FOR_FS);
  parser->spec->env = g_get_environ ();
  parser->strict = strict;
  parser->perms = -1;
  parser->texts = g_ptr_array_new_with_free_func (g_free);
  parser->spec->defaults = (Defaults){
    .keep_all_fds = !strict,
    .keep_root_caps = !strict,
    .refuse_links = !strict,
    .tethered = strict,
    .forward_signals = strict,
    .guard_terminal = strict,
    .private_binds = strict,
    .tidy = strict,
    .hints = strict,
  };
  parser->spec->caps = strict ? 0 : root_caps ();
  return parser;
}

void
parser_free (Parser *parser)
{
  spec_free (parser->spec);
  g_clear_pointer (&parser->layers, g_ptr_array_unref);
  g_ptr_array_unref (parser->texts);
  g_free (parser);
}

void
parser_warn_repeated (const char *option)
{
  log_warning (_ ("Only the last %s option will take effect"), option);
}

/* --- Finding the row ----------------------------------------------------------------------------- */

static guint
count_arguments (const Option *option)
{
  guint n = 0;
  if (option->arguments[0] == '\0' || option->arguments[0] == '[')
    return 0;
  for (const char *p = option->arguments; p; p = strchr (p + 1, ' '))
    n++;
  return n;
}

static gboolean
names_option (const char *word, const Option *option)
{
  gsize length = strlen (option->name);
  if (strncmp (word, option->name, length) != 0)
    return FALSE;
  return word[length] == '\0' || (word[length] == '=' && option->arguments[0] == '[');
}

static const Option *
find_option (Parser *parser, const char *word)
{
  if (parser->previous != NULL && names_option (word, parser->previous))
    return parser->previous;
  for (const Option *option = options; option->name; option++)
    if (names_option (word, option) && (parser->strict || option->dialect == BOTH))
      return parser->previous = option;
  return NULL;
}

/* Names what may have been meant; where a value is joined to it by "=", with the words that it takes instead. */
static gboolean
fail_unknown (const Parser *parser, const char *word, GError **error)
{
  g_autofree char *name = g_strndup (word, strcspn (word, "="));
  gboolean joined = strlen (name) < strlen (word);
  Nearest nearest = nearest_to (name);
  const Option *meant = NULL;
  for (const Option *option = options; parser->strict && option->name; option++)
    {
      nearest_try (&nearest, option->name);
      meant = nearest.name == option->name ? option : meant;
    }

  if (meant == NULL)
    return fail (error, SNUG_ERROR_USAGE, _ ("Unknown option %s"), word);
  g_autofree char *usage =
      joined && count_arguments (meant) > 0 ? g_strjoin (" ", meant->name, meant->arguments, NULL) : NULL;
  return fail (error, SNUG_ERROR_USAGE, _ ("Unknown option %s: did you mean %s?"), word,
               usage ? usage : meant->name);
}

/* --- One option ------------------------------------------------------------------------------------ */

static gboolean
fail_missing (const Option *option, guint n, GError **error)
{
  static const char *const counts[] = { N_ ("%s takes an argument"), N_ ("%s takes two arguments"),
                                        N_ ("%s takes three arguments") };
  return fail (error, SNUG_ERROR_USAGE, _ (counts[n - 1]), option->name);
}

/* A modifier has to be used up by the very option that follows it. */
static gboolean
check_modifiers (const Parser *parser, const Option *option, GError **error)
{
  gboolean modifier = g_str_equal (option->name, "--perms") || g_str_equal (option->name, "--size");

  if (!modifier && parser->perms >= 0)
    return fail (error, SNUG_ERROR_USAGE, _ ("--perms must be followed by an option that creates a file"));
  if (!modifier && parser->size != 0)
    return fail (error, SNUG_ERROR_USAGE, _ ("--size must be followed by --tmpfs"));
  if (parser->layers != NULL && !g_str_equal (option->name, "--overlay-src"))
    return fail (error, SNUG_ERROR_USAGE,
                 _ ("--overlay-src must be followed by another --overlay-src or one of --overlay, "
                    "--tmp-overlay, or --ro-overlay"));
  return TRUE;
}

/* Names the option in front of what its setter said, in our dialect. */
static gboolean
apply (Parser *parser, const Option *option, char **words, const Origin *origin, GError **error)
{
  return option->set (parser, option, words, origin, error) || prefix_origin (error, origin);
}

gboolean
parser_is_done (const Parser *parser)
{
  return parser->action == ACTION_HELP || parser->action == ACTION_VERSION;
}

int
parser_options (Parser *parser, char **argv, GError **error)
{
  int i = 0;
  while (argv[i] != NULL && argv[i][0] == '-')
    {
      if (g_str_equal (argv[i], "--"))
        {
          i++;
          break;
        }

      const Option *option = find_option (parser, argv[i]);
      if (option == NULL)
        return fail_unknown (parser, argv[i], error), -1;

      guint n = count_arguments (option);
      for (guint k = 1; k <= n; k++)
        if (argv[i + (int) k] == NULL)
          return fail_missing (option, n, error), -1;

      Origin origin = { 0 };
      if (parser->strict)
        origin = (Origin){ argv + i, (guint16) (n + 1), (guint32) i + 1 };
      if (!apply (parser, option, argv + i, &origin, error) || !check_modifiers (parser, option, error))
        return -1;
      if (parser_is_done (parser))
        break;
      i += (int) n + 1;
    }
  return i;
}

/* --- The whole line ------------------------------------------------------------------------------- */

static const Option end_of_options = { .name = "--", .arguments = "" };

gboolean
parser_run (Parser *parser, char **argv, GError **error)
{
  int i = parser_options (parser, argv, error);
  if (i < 0)
    return FALSE;
  if (parser_is_done (parser))
    return TRUE;
  if (!check_modifiers (parser, &end_of_options, error) || !spec_check (parser->spec, error))
    return FALSE;

  parser->spec->argv = argv + i;
  return TRUE;
}
