/* gen-docs TEMPLATE: makes the completions and the manual of the table of options.
 *
 * Prints TEMPLATE with each line that is @PART@, indented or not, replaced by what that part makes of the table.
 * Whatever is no list of options is written by hand in the templates; how a text has to look in a part is a table
 * of edits here.
 */
#include "cli/options.h"

#include <linux/capability.h>
#include <sys/capability.h>

#define MAX_LINE 100

/* What is generated must not depend on the kernel's headers: CAP_LAST_CAP does. */
#define LAST_CAP CAP_CHECKPOINT_RESTORE

/* --- Texts ----------------------------------------------------------------------------------------- */

typedef struct
{
  const char *pattern, *replacement; /* as in g_regex_replace */
} Edit;

/* The first word of each argument, which says what to offer: SRC DEST, or RLIMIT for RLIMIT=SOFT[:HARD]. */
static const Edit kinds[] = { { "[][]|(?<=[A-Z])[^A-Z ][^ ]*", "" }, { NULL, NULL } };

static const Edit zsh_text[] = { { "[][:\\\\]", "\\\\\\0" }, { "'", "'\\\\''" }, { NULL, NULL } };
static const Edit fish_text[] = { { "[\\\\']", "\\\\\\0" }, { NULL, NULL } };

/* Options and names of other manuals are bold; a sentence begins on a line of its own. */
static const Edit roff_text[] = {
  { "\\\\", "\\\\e" },
  { "--[a-z0-9][a-z0-9=-]*", "\\\\fB\\0\\\\fR" },
  { "\\b([a-z_-]+)(\\([1-8]\\))", "\\\\fB\\1\\\\fR\\2" },
  { "-(?=[a-z0-9=-]*\\\\fR)", "\\\\-" },
  { "(?<=\\.) (?=[A-Z\\\\])", "\n" },
  { "(?m)^['.]", "\\\\&\\0" },
  { NULL, NULL },
};

static const Edit roff_name[] = { { "-", "\\\\-" }, { NULL, NULL } };
static const Edit roff_arguments[] = { { "[A-Z0-9]+", "\\\\fI\\0\\\\fR" }, { NULL, NULL } };

/* The words of arguments as a pattern. */
static const Edit alternatives[] = { { "^[^A-Z]+|[^A-Z]+$", "" }, { "[^A-Z]+", "|" }, { NULL, NULL } };

/* A text after edits; the caller frees it. */
static char *
edited (const char *text, const Edit *edit)
{
  char *result = g_strdup (text);
  for (; edit->pattern; edit++)
    {
      g_autoptr (GRegex) regex = g_regex_new (edit->pattern, 0, 0, NULL);
      char *next = g_regex_replace (regex, result, -1, 0, edit->replacement, 0, NULL);
      g_free (result);
      result = next;
    }
  return result;
}

/* "[=FORMAT]": no word of its own, and may be left out. */
static gboolean
takes_value (const Option *option)
{
  return option->arguments[0] == '[';
}

/* --- Options as the shells want them --------------------------------------------------------------------- */

/* The kinds of arguments by option; that of an optional value stands under "--option=". */
static void
print_bash (const Option *option, const char *indent)
{
  g_autofree char *kind = edited (option->arguments, kinds);
  if (takes_value (option))
    printf ("%s[%s]=''\n%s[%s=]='%s'\n", indent, option->name, indent, option->name, kind + 1);
  else
    printf ("%s[%s]='%s'\n", indent, option->name, kind);
}

/* A specification for _arguments, whose values _snug_value offers by kind. */
static void
print_zsh (const Option *option, const char *indent)
{
  g_autofree char *help = edited (option->help, zsh_text);
  g_auto (GStrv) words = g_strsplit (option->arguments, " ", -1);
  const char *repeatable = words[0] && !takes_value (option) ? "*" : "";

  printf ("%s'%s%s%s[%s]", indent, repeatable, option->name, takes_value (option) ? "=-" : "", help);
  for (char **word = words; *word; word++)
    {
      g_autofree char *text = edited (*word, zsh_text);
      g_autofree char *kind = edited (*word, kinds);
      if (takes_value (option))
        printf ("::%s:_snug_value %s", kind + 1, kind + 1);
      else
        printf (":%s:_snug_value %s", text, kind);
    }
  puts ("'");
}

/* Fish can't say that an option takes two arguments: it is told about options only, and __snug_place counts. */
static void
print_fish (const Option *option, const char *indent)
{
  g_autofree char *help = edited (option->help, fish_text);
  g_autofree char *kind = edited (option->arguments, kinds);

  printf ("%scomplete -c snug -n '__snug_at option' -l %s -d '%s'", indent, option->name + 2, help);
  if (takes_value (option))
    printf (" -f -a '(__snug_values %s)'", kind + 1);
  putchar ('\n');
}

static void
print_fish_arguments (const Option *option, const char *indent)
{
  g_autofree char *kind = edited (option->arguments, kinds);
  if (kind[0] != '\0' && !takes_value (option))
    printf ("%scase %s\n%s    string split ' ' '%s'\n", indent, option->name, indent, kind);
}

/* --- Options in the manual -------------------------------------------------------------------------------- */

/* The manual's paragraph of an option, with the words for its arguments in italics. */
static char *
roff_paragraph (const Option *option)
{
  g_autofree char *text = edited (option->manual, roff_text);
  g_autofree char *words = edited (option->arguments, alternatives);
  g_autofree char *pattern = g_strdup_printf ("\\b(%s)\\b", words);
  const Edit italics[] = { { pattern, "\\\\fI\\0\\\\fR" }, { NULL, NULL } };
  return edited (text, *words ? italics : italics + 1);
}

static void
print_man (const Option *option, const char *indent G_GNUC_UNUSED)
{
  g_autofree char *name = edited (option->name, roff_name);
  g_autofree char *arguments = edited (option->arguments, roff_arguments);
  g_autofree char *text = roff_paragraph (option);
  const char *gap = *arguments && !takes_value (option) ? " " : "";

  if (option == options || option->group != option[-1].group)
    printf (".SS %s\n", option_groups[option->group]);
  printf (".TP\n\\fB%s\\fR%s%s\n%s\n", name, gap, arguments, text);
  if (option->dialect == SNUG)
    puts ("Only under the name \\fBsnug\\fR.");
}

/* --- Lists of names ------------------------------------------------------------------------------------------ */

/* Prints names on as few lines as they need; frees them. */
static void
print_names (GPtrArray *names, const char *indent)
{
  gsize column = MAX_LINE;
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      gboolean fits = column + 1 + strlen (name) <= MAX_LINE;
      printf ("%s%s%s", fits || i == 0 ? "" : "\n", fits ? " " : indent, name);
      column = strlen (name) + (fits ? column + 1 : strlen (indent));
    }
  putchar ('\n');
  g_ptr_array_unref (names);
}

static void
print_capabilities (const char *indent)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  for (cap_value_t cap = 0; cap <= LAST_CAP; cap++)
    {
      char *name = cap_to_name (cap);
      g_ptr_array_add (names, g_ascii_strup (name, -1));
      cap_free (name);
    }
  print_names (names, indent);
}

static void
print_rlimits (const char *indent)
{
  GPtrArray *names = g_ptr_array_new ();
#define LIMIT(name, resource) g_ptr_array_add (names, (char *) name);
#include "spec/rlimits.def"
#undef LIMIT
  print_names (names, indent);
}

/* --- Templates ------------------------------------------------------------------------------------------------- */

static const struct
{
  const char *name;
  void (*print_each) (const Option *option, const char *indent); /* called for each option … */
  void (*print) (const char *indent);                            /* … or this once */
} parts[] = {
  { "bash-options", print_bash, NULL }, { "zsh-options", print_zsh, NULL },
  { "fish-options", print_fish, NULL }, { "fish-arguments", print_fish_arguments, NULL },
  { "man-options", print_man, NULL },   { "capabilities", NULL, print_capabilities },
  { "rlimits", NULL, print_rlimits },
};

static void
print_line (const char *line)
{
  g_autofree char *indent = g_strndup (line, strspn (line, " "));
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *mark = g_strdup_printf ("%s@%s@", indent, parts[i].name);
      if (!g_str_equal (line, mark))
        continue;
      if (parts[i].print != NULL)
        parts[i].print (indent);
      else
        for (const Option *option = options; option->name; option++)
          parts[i].print_each (option, indent);
      return;
    }
  puts (line);
}

int
main (int argc, char **argv)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (argc != 2 || !g_file_get_contents (argv[1], &text, NULL, &error))
    {
      fprintf (stderr, "%s\n", error ? error->message : "usage: gen-docs TEMPLATE");
      return 1;
    }
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  for (char **line = lines; *line; line++)
    print_line (*line);
  return fflush (stdout) == 0 ? 0 : 1;
}
