/* What the sandbox's options become: see gen-docs.h. */
#include "gen-docs.h"

#include "cli/options.h"

/* The first word of each argument, which says what to offer: SRC DEST, or RLIMIT for RLIMIT=SOFT[:HARD]. */
static const Edit kinds[] = { { "[][]|(?<=[A-Z])[^A-Z ][^ ]*", "" }, { NULL, NULL } };

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

static void
print_man (const Option *option, const char *indent G_GNUC_UNUSED)
{
  g_autofree char *name = edited (option->name, roff_name);
  g_autofree char *arguments = edited (option->arguments, roff_arguments);
  g_autofree char *text = roff_paragraph (option->manual, option->arguments);
  const char *gap = *arguments && !takes_value (option) ? " " : "";

  if (option == options || option->group != option[-1].group)
    printf (".SS %s\n", option_groups[option->group]);
  printf (".TP\n\\fB%s\\fR%s%s\n%s\n", name, gap, arguments, text);
  if (option->dialect == SNUG)
    puts ("Only under the name \\fBsnug\\fR.");
}

/* --- Parts --------------------------------------------------------------------------------------------------- */

#define PART(part, print)                                        \
  void part (const char *indent)                                 \
  {                                                              \
    for (const Option *option = options; option->name; option++) \
      print (option, indent);                                    \
  }

PART (bash_options, print_bash)
PART (zsh_options, print_zsh)
PART (fish_options, print_fish)
PART (fish_arguments, print_fish_arguments)
PART (man_options, print_man)
