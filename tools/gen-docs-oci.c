/* What snug-oci's verbs and options become: see gen-docs.h.
 *
 * Where an option may stand is called a place: the name of a verb, or "global" before it.  The kinds of a verb's arguments
 * are its words in verbs.def, with the state of the containers that fit behind ID: "ID=created".
 */
#include "gen-docs.h"

#include "oci/options.h"

#define N_PLACES (N_VERBS + 1)

static const char *
place_name (guint place)
{
  return place == N_VERBS ? "global" : oci_verbs[place].name;
}

/* Whether @option is listed at @place: what may stand everywhere is so only once. */
static gboolean
is_listed (const OciOption *option, guint place)
{
  return option->places & 1 << place && (option->places != IN_everything || place == N_VERBS);
}

/* The kinds of a verb's arguments; the caller frees it. */
static char *
argument_kinds (const OciVerb *verb)
{
  g_autofree char *id = g_strdup_printf (*verb->state ? "ID=%s" : "ID", verb->state);
  const Edit edits[] = { { "[][]", "" }, { "\\bID\\b", id }, { NULL, NULL } };
  return edited (verb->arguments, edits);
}

/* Whether @option's argument is "[=KIND]": no word of its own, and may be left out. */
static gboolean
takes_value (const OciOption *option)
{
  return option->argument[0] == '[';
}

/* The kind of it; the caller frees it. */
static char *
value_kind (const OciOption *option)
{
  g_auto (GStrv) words = oci_option_words (option);
  return g_strjoinv ("|", words);
}

/* Of a kind, what people are told. */
static const Edit argument_name[] = { { "=.*|\\.\\.\\.$", "" }, { NULL, NULL } };

/* --- bash ------------------------------------------------------------------------------------------------------------- */

void
bash_oci_verbs (const char *indent)
{
  for (const OciVerb *verb = oci_verbs; verb->name; verb++)
    {
      g_autofree char *kinds = argument_kinds (verb);
      printf ("%s[%s]='%s'\n", indent, verb->name, kinds);
    }
}

/* By place and option, as in [create -b]. */
void
bash_oci_options (const char *indent)
{
  for (guint place = 0; place < N_PLACES; place++)
    for (const OciOption *option = oci_options; option->name; option++)
      if (option->places & 1 << place)
        {
          const char *name = place_name (place);
          g_autofree char *kind = value_kind (option);
          if (takes_value (option))
            printf ("%s['%s %s']=''\n", indent, name, option->name);
          printf ("%s['%s %s%s']='%s'\n", indent, name, option->name, takes_value (option) ? "=" : "", kind);
          if (option->letter)
            printf ("%s['%s -%c']='%s'\n", indent, name, option->letter, option->argument);
        }
}

/* --- zsh -------------------------------------------------------------------------------------------------------------- */

/* For _describe. */
void
zsh_oci_verbs (const char *indent)
{
  for (const OciVerb *verb = oci_verbs; verb->name; verb++)
    {
      g_autofree char *help = edited (verb->help, zsh_text);
      printf ("%s'%s:%s'\n", indent, verb->name, help);
    }
}

/* A specification for _arguments of an option by one of its names; @glue says that the argument may be in the same word. */
static void
print_zsh (const OciOption *option, const char *name, const char *glue, const char *indent)
{
  g_autofree char *help = edited (option->help, zsh_text);
  g_autofree char *kind = value_kind (option);
  g_autofree char *argument = edited (kind, zsh_text);

  if (takes_value (option))
    printf ("%s'%s=-[%s]::%s:_snug_oci_value \"%s\"'\n", indent, name, help, argument, argument);
  else if (oci_option_is_flag (option))
    printf ("%s'%s[%s]'\n", indent, name, help);
  else
    printf ("%s'*%s%s[%s]:%s:_snug_oci_value \"%s\"'\n", indent, name, glue, help, argument, argument);
}

static void
print_zsh_place (guint place, const char *indent)
{
  for (const OciOption *option = oci_options; option->name; option++)
    if (option->places & 1 << place)
      {
        print_zsh (option, option->name, "=", indent);
        if (option->letter)
          print_zsh (option, (char[]){ '-', option->letter, '\0' }, "+", indent);
      }
}

void
zsh_oci_globals (const char *indent)
{
  print_zsh_place (N_VERBS, indent);
}

/* What follows a verb, an arm of a case each.  Where any number of arguments may follow, they are not ours. */
void
zsh_oci_options (const char *indent)
{
  g_autofree char *deeper = g_strconcat (indent, "    ", NULL);
  for (const OciVerb *verb = oci_verbs; verb->name; verb++)
    {
      g_autofree char *all = argument_kinds (verb);
      g_auto (GStrv) kinds = g_strsplit (all, " ", -1);
      gboolean ends = g_str_has_suffix (all, "...");

      printf ("%s(%s)\n%s  specs=(\n", indent, verb->name, indent);
      print_zsh_place ((guint) (verb - oci_verbs), deeper);
      for (char **kind = kinds; *kind; kind++)
        {
          g_autofree char *name = edited (*kind, argument_name);
          if (g_str_has_suffix (*kind, "..."))
            printf ("%s'(-)*::%s: '\n", deeper, name);
          else
            printf ("%s'%s:%s:_snug_oci_value \"%s\"'\n", deeper, ends ? "(-)" : "", name, *kind);
        }
      printf ("%s  )\n%s  ;;\n", indent, indent);
    }
}

/* --- fish --------------------------------------------------------------------------------------------------------------- */

void
fish_oci_verbs (const char *indent)
{
  for (const OciVerb *verb = oci_verbs; verb->name; verb++)
    {
      g_autofree char *help = edited (verb->help, fish_text);
      printf ("%scomplete -c snug-oci -n '__snug_oci_in global' -a %s -d '%s'\n", indent, verb->name, help);
    }
}

void
fish_oci_arguments (const char *indent)
{
  for (const OciVerb *verb = oci_verbs; verb->name; verb++)
    {
      g_autofree char *kinds = argument_kinds (verb);
      if (*kinds != '\0')
        printf ("%scase %s\n%s    string split ' ' '%s'\n", indent, verb->name, indent, kinds);
    }
}

/* By place, the options that take an argument. */
void
fish_oci_takers (const char *indent)
{
  for (guint place = 0; place < N_PLACES; place++)
    {
      printf ("%scase %s\n%s    contains -- $argv[2]", indent, place_name (place), indent);
      for (const OciOption *option = oci_options; option->name; option++)
        if (option->places & 1 << place && !oci_option_is_flag (option))
          {
            printf (" %s", option->name);
            if (option->letter)
              printf (" -%c", option->letter);
          }
      putchar ('\n');
    }
}

void
fish_oci_options (const char *indent)
{
  for (const OciOption *option = oci_options; option->name; option++)
    {
      g_autofree char *help = edited (option->help, fish_text);
      printf ("%scomplete -c snug-oci -n '__snug_oci_in", indent);
      for (guint place = 0; place < N_PLACES; place++)
        if (option->places & 1 << place)
          printf (" %s", place_name (place));
      putchar ('\'');
      if (option->letter)
        printf (" -s %c", option->letter);
      printf (" -l %s -d '%s'", option->name + 2, help);
      g_autofree char *kind = value_kind (option);
      if (takes_value (option))
        printf (" -f -a '(__snug_oci_values \"%s\")'", kind);
      else if (!oci_option_is_flag (option))
        printf (" -x -a '(__snug_oci_values \"%s\")'", kind);
      putchar ('\n');
    }
}

/* --- The manual ------------------------------------------------------------------------------------------------------------ */

static void
print_man (const OciOption *option)
{
  g_autofree char *name = edited (option->name, roff_name);
  g_autofree char *arguments = edited (option->argument, roff_arguments);
  g_autofree char *text = roff_paragraph (option->manual, option->argument);

  printf (".TP\n");
  if (option->letter)
    printf ("\\fB\\-%c\\fR, ", option->letter);
  printf ("\\fB%s\\fR%s%s\n%s\n", name, oci_option_is_flag (option) ? "" : " ", arguments, text);
}

static void
print_man_place (guint place)
{
  for (const OciOption *option = oci_options; option->name; option++)
    if (is_listed (option, place))
      print_man (option);
}

void
man_oci_globals (const char *indent G_GNUC_UNUSED)
{
  print_man_place (N_VERBS);
}

void
man_oci_verbs (const char *indent G_GNUC_UNUSED)
{
  for (const OciVerb *verb = oci_verbs; verb->name; verb++)
    {
      g_autofree char *arguments = edited (verb->arguments, roff_arguments);
      g_autofree char *text = roff_paragraph (verb->manual, verb->arguments);
      printf (".SS \\fB%s\\fR%s%s\n%s\n", verb->name, *arguments ? " " : "", arguments, text);
      print_man_place ((guint) (verb - oci_verbs));
    }
}
