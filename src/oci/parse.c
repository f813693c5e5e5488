/* Walking the arguments of snug-oci, and the setters that options.def names: how each kind of argument is read.
 *
 * Three places follow each other: options before the verb, the verb's options, and its arguments, among which its options
 * may stand too.
 */
#include "base/error.h"
#include "base/i18n.h"
#include "base/nearest.h"
#include "base/number.h"
#include "oci/cmd/cmd.h"
#include "oci/options.h"

#include <fcntl.h>
#include <unistd.h>

#define FIELD(name) offsetof (OciOptions, name)

/* Descriptors that are passed on: behind the standard ones, by the verbs that start a program. */
#define FIRST_FD 3
#define MAX_FDS 65536
#define FDS_FROM_CALLER (IN_create | IN_run | IN_exec)

#define SETTER_ARGUMENTS                                                                                    \
  G_GNUC_UNUSED OciOptions *options, G_GNUC_UNUSED const OciOption *option, G_GNUC_UNUSED const char *text, \
      G_GNUC_UNUSED GError **error

static gpointer
field_of (OciOptions *options, const OciOption *option)
{
  return (char *) options + option->field;
}

char **
oci_option_words (const OciOption *option)
{
  gboolean optional = option->argument[0] == '[';
  g_autofree char *words =
      optional ? g_strndup (option->argument + 2, strlen (option->argument) - 3) : g_strdup (option->argument);
  return g_strsplit (words, "|", -1);
}

static gboolean
fail_value (const OciOption *option, const char *text, GError **error)
{
  g_autofree char *quoted = g_strescape (text, NULL);
  g_auto (GStrv) words = oci_option_words (option);
  g_autofree char *wanted = g_strjoinv ("|", words);
  return fail (error, SNUG_ERROR_USAGE, _ ("%s takes %s, not \"%s\""), option->name, wanted, quoted);
}

/* --- Kinds of arguments ------------------------------------------------------------------------------------------ */

/* A flag may be written as runc's library lets one: --detach=false. */
static gboolean
read_flag (const OciOption *option, const char *text, gboolean *is, GError **error)
{
  if (text != NULL && !g_str_equal (text, "true") && !g_str_equal (text, "false"))
    {
      g_autofree char *quoted = g_strescape (text, NULL);
      return fail (error, SNUG_ERROR_USAGE, _ ("%s takes true or false, not \"%s\""), option->name, quoted);
    }
  *is = text == NULL || g_str_equal (text, "true");
  return TRUE;
}

static gboolean
set_flag (SETTER_ARGUMENTS)
{
  return read_flag (option, text, field_of (options, option), error);
}

static gboolean
set_text (SETTER_ARGUMENTS)
{
  *(const char **) field_of (options, option) = text;
  return TRUE;
}

static gboolean
set_path (SETTER_ARGUMENTS)
{
  if (text[0] == '\0')
    return fail (error, SNUG_ERROR_USAGE, _ ("%s: an empty string is not a path"), option->name);
  return set_text (options, option, text, error);
}

static gboolean
set_list (SETTER_ARGUMENTS)
{
  GPtrArray **list = field_of (options, option);
  if (*list == NULL)
    *list = g_ptr_array_new ();
  g_ptr_array_add (*list, (char *) text);
  return TRUE;
}

static gboolean
set_env (SETTER_ARGUMENTS)
{
  if (text[0] == '=' || strchr (text, '=') == NULL)
    return fail_value (option, text, error);
  return set_list (options, option, text, error);
}

/* The number of @text among the words of a|b|c, from 1 on. */
static gboolean
set_choice (SETTER_ARGUMENTS)
{
  g_auto (GStrv) words = oci_option_words (option);
  for (guint i = 0; words[i]; i++)
    if (text == NULL || g_str_equal (text, words[i]))
      {
        *(guint *) field_of (options, option) = i + 1;
        return TRUE;
      }
  return fail_value (option, text, error);
}

static gboolean
read_number (const char *text, gint64 *value)
{
  gboolean negative = text[0] == '-';
  guint64 digits;
  if (!parse_number (text + negative, 10, G_MAXINT64, &digits))
    return FALSE;
  *value = negative ? -(gint64) digits : (gint64) digits;
  return TRUE;
}

static gboolean
set_number (SETTER_ARGUMENTS)
{
  OciNumber *number = field_of (options, option);
  number->given = TRUE;
  return read_number (text, &number->value) || fail_value (option, text, error);
}

/* A size: -1, or a number with k, m, g or t behind it, on which b or ib may follow, all in either case. */
static gboolean
read_size (const char *text, gint64 *value)
{
  gsize n = strlen (text);
  guint64 bytes;

  n -= n > 0 && g_ascii_tolower (text[n - 1]) == 'b';
  n -= n > 1 && g_ascii_tolower (text[n - 1]) == 'i' && g_ascii_isalpha (text[n - 2]);
  g_autofree char *size = g_strndup (text, n);
  if (!parse_size (size, G_MAXINT64, &bytes))
    return g_str_equal (text, "-1") && read_number (text, value);
  *value = (gint64) bytes;
  return TRUE;
}

static gboolean
set_size (SETTER_ARGUMENTS)
{
  OciNumber *number = field_of (options, option);
  number->given = TRUE;
  return read_size (text, &number->value) || fail_value (option, text, error);
}

/* Takes "30s" off the beginning of @text and adds it to @milliseconds. */
static gboolean
take_time (const char **text, guint64 *milliseconds)
{
  static const struct
  {
    const char *name;
    guint64 milliseconds;
  } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 }, { "h", 60 * 60 * 1000 } };
  gsize n_digits = strspn (*text, "0123456789");
  g_autofree char *digits = g_strndup (*text, n_digits);
  guint64 number;

  if (!parse_number (digits, 10, G_MAXUINT32, &number))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_str_has_prefix (*text + n_digits, units[i].name))
      {
        *text += n_digits + strlen (units[i].name);
        *milliseconds += number * units[i].milliseconds;
        return TRUE;
      }
  return FALSE;
}

/* A time as runc takes it, 1m30s, or a number of seconds. */
static gboolean
set_duration (SETTER_ARGUMENTS)
{
  guint64 *milliseconds = field_of (options, option), seconds;
  const char *rest = text;

  *milliseconds = 0;
  if (parse_number (text, 10, G_MAXUINT32, &seconds))
    *milliseconds = seconds * 1000;
  else
    while (*rest != '\0')
      if (!take_time (&rest, milliseconds))
        return fail_value (option, text, error);
  return *milliseconds > 0 || fail_value (option, text, error);
}

/* --- Kinds that one option has ---------------------------------------------------------------------------------- */

static gboolean
set_debug (SETTER_ARGUMENTS)
{
  gboolean is = FALSE;
  if (!read_flag (option, text, &is, error))
    return FALSE;
  if (is)
    options->log_level = LOG_LEVEL_DEBUG;
  return TRUE;
}

static gboolean
set_systemd_cgroup (SETTER_ARGUMENTS)
{
  gboolean is = FALSE;
  if (!read_flag (option, text, &is, error))
    return FALSE;
  if (is)
    options->cgroup_manager = CGROUPS_SYSTEMD;
  return TRUE;
}

static gboolean
read_id (const char *text, guint32 *id)
{
  guint64 value;
  if (!parse_number (text, 10, MAX_ID, &value))
    return FALSE;
  *id = (guint32) value;
  return TRUE;
}

static gboolean
set_user (SETTER_ARGUMENTS)
{
  g_auto (GStrv) ids = g_strsplit (text, ":", 2);
  OciUser user = { .given = TRUE, .gid_given = ids[0] && ids[1] };
  if (ids[0] == NULL || !read_id (ids[0], &user.uid) || (user.gid_given && !read_id (ids[1], &user.gid)))
    return fail_value (option, text, error);
  options->user = user;
  return TRUE;
}

static gboolean
set_gids (SETTER_ARGUMENTS)
{
  g_auto (GStrv) ids = g_strsplit (text[0] ? text : "none", ",", -1);
  if (options->additional_gids == NULL)
    options->additional_gids = g_array_new (FALSE, FALSE, sizeof (gid_t));
  for (char **id = ids; *id; id++)
    {
      gid_t gid;
      if (!read_id (*id, &gid))
        return fail_value (option, text, error);
      g_array_append_val (options->additional_gids, gid);
    }
  return TRUE;
}

static gboolean
set_preserve_fds (SETTER_ARGUMENTS)
{
  guint64 n;
  if (!parse_number (text, 10, MAX_FDS, &n))
    return fail_value (option, text, error);
  options->preserve_fds = (guint) n;
  return TRUE;
}

/* --- Tables -------------------------------------------------------------------------------------------------------- */

const OciOption oci_options[] = {
#define OPTION(name, letter, argument, places, kind, field, help, manual) \
  { name, letter, argument, places, set_##kind, FIELD (field), help, manual },
#include "oci/options.def"
#undef OPTION
  { .name = NULL },
};

const OciVerb oci_verbs[N_VERBS + 1] = {
#define VERB(name, arguments, state, help, manual) { #name, arguments, state, cmd_##name, help, manual },
#include "oci/verbs.def"
#undef VERB
};

OciOptions *
oci_options_new (void)
{
  OciOptions *options = g_new0 (OciOptions, 1);
  options->words = g_ptr_array_new ();
  return options;
}

void
oci_options_free (OciOptions *options)
{
  g_ptr_array_unref (options->words);
  g_clear_pointer (&options->additional_gids, g_array_unref);
  g_clear_pointer (&options->env, g_ptr_array_unref);
  g_clear_pointer (&options->caps, g_ptr_array_unref);
  g_clear_pointer (&options->cgroups, g_ptr_array_unref);
  g_free (options);
}

gboolean
oci_option_is_flag (const OciOption *option)
{
  return option->argument[0] == '\0' || option->argument[0] == '[';
}

/* --- One option ----------------------------------------------------------------------------------------------------- */

static const OciOption *
find_option (OciPlaces place, const char *name, gsize length)
{
  for (const OciOption *option = oci_options; option->name; option++)
    if (option->places & place && strncmp (option->name, name, length) == 0 && option->name[length] == '\0')
      return option;
  return NULL;
}

static const OciOption *
find_letter (OciPlaces place, char letter)
{
  for (const OciOption *option = oci_options; option->name; option++)
    if (option->places & place && option->letter == letter)
      return option;
  return NULL;
}

static gboolean
fail_unknown (OciPlaces place, const char *name, GError **error)
{
  Nearest nearest = nearest_to (name);
  if (place != IN_global && find_option (IN_global, name, strlen (name)) != NULL)
    return fail (error, SNUG_ERROR_USAGE, _ ("option %s has to stand before the verb"), name);

  for (const OciOption *option = oci_options; option->name; option++)
    if (option->places & place)
      nearest_try (&nearest, option->name);
  if (nearest.name != NULL)
    return fail (error, SNUG_ERROR_USAGE, _ ("unknown option %s: did you mean %s?"), name, nearest.name);
  return fail (error, SNUG_ERROR_USAGE, _ ("unknown option %s"), name);
}

/* Sets an option whose argument is attached to it (NULL: it is not), or else the word that @words comes to. */
static gboolean
apply (OciOptions *options, const OciOption *option, const char *attached, char ***words, GError **error)
{
  if (attached == NULL && !oci_option_is_flag (option))
    {
      attached = *++*words;
      if (attached == NULL)
        return fail (error, SNUG_ERROR_USAGE, _ ("%s takes %s"), option->name, option->argument);
    }
  return option->set (options, option, attached, error);
}

/* --name, --name=VALUE, --name VALUE */
static gboolean
parse_long (OciOptions *options, OciPlaces place, char ***words, GError **error)
{
  const char *word = **words, *equals = strchrnul (word, '=');
  const OciOption *option = find_option (place, word, (gsize) (equals - word));
  if (option == NULL)
    {
      g_autofree char *name = g_strndup (word, (gsize) (equals - word));
      return fail_unknown (place, name, error);
    }
  return apply (options, option, *equals ? equals + 1 : NULL, words, error);
}

/* -abc, where a and b are flags, -cVALUE, -c=VALUE, -c VALUE */
static gboolean
parse_letters (OciOptions *options, OciPlaces place, char ***words, GError **error)
{
  for (const char *letter = **words + 1; *letter; letter++)
    {
      const OciOption *option = find_letter (place, *letter);
      if (option == NULL)
        return fail_unknown (place, (char[]){ '-', *letter, '\0' }, error);

      const char *attached = letter[1] == '=' ? letter + 2 : letter + 1;
      if (letter[1] == '\0' || (oci_option_is_flag (option) && letter[1] != '='))
        attached = NULL;
      if (!apply (options, option, attached, words, error))
        return FALSE;
      if (attached != NULL || !oci_option_is_flag (option))
        break;
    }
  return TRUE;
}

static gboolean
is_option (const char *word)
{
  return word[0] == '-' && word[1] != '\0'; /* "-" is the standard input */
}

/* Parses the option at *@words, and moves on behind it and its argument. */
static gboolean
parse_option (OciOptions *options, OciPlaces place, char ***words, GError **error)
{
  gboolean ok = ((**words)[1] == '-' ? parse_long : parse_letters) (options, place, words, error);
  if (ok)
    ++*words;
  return ok;
}

static gboolean
is_done (const OciOptions *options)
{
  return options->help || options->version;
}

/* --- The verb and its arguments -------------------------------------------------------------------------------------- */

/* How many arguments the words of verbs.def ask for, and allow. */
static void
count_arguments (const OciVerb *verb, guint *required, guint *allowed)
{
  g_auto (GStrv) words = g_strsplit (verb->arguments, " ", -1);
  *required = *allowed = 0;
  for (char **word = words; *word; word++)
    {
      *required += **word != '[';
      *allowed = g_str_has_suffix (*word, "...]") ? G_MAXUINT : *allowed + 1;
    }
}

static gboolean
fail_arguments (const OciVerb *verb, GError **error)
{
  if (verb->arguments[0] == '\0')
    return fail (error, SNUG_ERROR_USAGE, _ ("%s takes no arguments"), verb->name);
  return fail (error, SNUG_ERROR_USAGE, _ ("%s takes %s"), verb->name, verb->arguments);
}

/* The argument that has to be one of several words. */
static gboolean
check_arguments (const OciOptions *options, GError **error)
{
  g_auto (GStrv) kinds = g_strsplit (options->verb->arguments, " ", -1);
  for (guint i = 0; kinds[i] && i < options->n_arguments; i++)
    {
      g_auto (GStrv) words = g_strsplit (kinds[i], "|", -1);
      if (words[1] && !g_strv_contains ((const char *const *) words, options->arguments[i]))
        return fail_arguments (options->verb, error);
    }
  return TRUE;
}

/* Sorts what follows the verb into options and arguments. */
static gboolean
parse_words (OciOptions *options, char **words, GError **error)
{
  OciPlaces place = (OciPlaces) (1 << (options->verb - oci_verbs));
  GPtrArray *arguments = options->words;
  gboolean only_arguments = FALSE;
  guint required, allowed;

  count_arguments (options->verb, &required, &allowed);
  while (*words != NULL && !is_done (options))
    {
      if (allowed == G_MAXUINT && arguments->len >= required)
        only_arguments = TRUE;

      if (!only_arguments && g_str_equal (*words, "--"))
        {
          only_arguments = TRUE;
          words++;
        }
      else if (!only_arguments && is_option (*words))
        {
          if (!parse_option (options, place, &words, error))
            return FALSE;
        }
      else
        g_ptr_array_add (arguments, *words++);
    }

  options->n_arguments = arguments->len;
  g_ptr_array_add (arguments, NULL);
  options->arguments = (char **) arguments->pdata;
  if (is_done (options))
    return TRUE;
  if (options->n_arguments < required || options->n_arguments > allowed)
    return fail_arguments (options->verb, error);
  return check_arguments (options, error);
}

static gboolean
find_verb (OciOptions *options, const char *name, GError **error)
{
  Nearest nearest = nearest_to (name);
  for (const OciVerb *verb = oci_verbs; verb->name; verb++)
    {
      if (g_str_equal (verb->name, name))
        {
          options->verb = verb;
          return TRUE;
        }
      nearest_try (&nearest, verb->name);
    }

  if (nearest.name != NULL)
    return fail (error, SNUG_ERROR_USAGE, _ ("unknown verb %s: did you mean %s?"), name, nearest.name);
  return fail (error, SNUG_ERROR_USAGE, _ ("unknown verb %s"), name);
}

/* --- Descriptors ---------------------------------------------------------------------------------------------------------- */

/* How many descriptors the caller's caller says it passes: sd_listen_fds(3).  Engines leave LISTEN_PID out. */
static guint
listen_fds (void)
{
  const char *pid = g_getenv ("LISTEN_PID"), *n = g_getenv ("LISTEN_FDS");
  guint64 owner, count;
  gboolean ours = pid == NULL || (parse_number (pid, 10, G_MAXINT, &owner) && owner == (guint64) getpid ());
  return n && ours && parse_number (n, 10, MAX_FDS, &count) ? (guint) count : 0;
}

/* Counts the descriptors for the program and sees that they are open, before one of our own takes such a number. */
static gboolean
check_fds (OciOptions *options, GError **error)
{
  options->listen_fds = listen_fds ();
  options->preserve_fds += options->listen_fds;
  for (guint i = 0; i < options->preserve_fds; i++)
    if (fcntl (FIRST_FD + (int) i, F_GETFD) < 0)
      return fail_errno (error, errno, _ ("descriptor %d of --preserve-fds or LISTEN_FDS"), FIRST_FD + (int) i);
  return TRUE;
}

/* --- The whole line ------------------------------------------------------------------------------------------------------- */

gboolean
oci_parse (OciOptions *options, char **argv, GError **error)
{
  char **words = argv;
  while (*words != NULL && is_option (*words) && !is_done (options))
    if (!parse_option (options, IN_global, &words, error))
      return FALSE;
  if (is_done (options))
    return TRUE;
  if (*words == NULL)
    return fail (error, SNUG_ERROR_USAGE, _ ("a verb is missing: --help lists them"));

  if (!find_verb (options, *words++, error) || !parse_words (options, words, error))
    return FALSE;
  return is_done (options) || !(FDS_FROM_CALLER & 1 << (options->verb - oci_verbs))
         || check_fds (options, error);
}
