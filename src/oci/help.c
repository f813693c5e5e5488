/* --help of snug-oci and of its verbs, printed from the tables. */
#include "base/i18n.h"
#include "base/style.h"
#include "oci/options.h"

static void
print_options (FILE *out, OciPlaces place, const Style *style)
{
  for (const OciOption *option = oci_options; option->name; option++)
    if (option->places & place)
      {
        char letter[] = { '-', option->letter, '\0' };
        g_autofree char *name = option->letter ? g_strconcat (letter, ", ", option->name, NULL)
                                               : g_strconcat ("    ", option->name, NULL);
        style_row (out, style, name, option->argument, _ (option->help));
      }
}

static void
print_verb_help (FILE *out, const OciVerb *verb, const Style *style)
{
  const char *gap = verb->arguments[0] ? " " : "";
  fprintf (out, _ ("usage: %s %s [OPTION...]%s%s"), "snug-oci", verb->name, gap, verb->arguments);
  fprintf (out, "\n\n%s\n\n%s%s%s\n", _ (verb->help), style->bold, _ ("Options"), style->off);
  print_options (out, (OciPlaces) (1 << (verb - oci_verbs)), style);
}

void
oci_print_help (FILE *out, const OciVerb *verb)
{
  Style style = style_for (out);
  if (verb != NULL)
    {
      print_verb_help (out, verb, &style);
      return;
    }

  fprintf (out, _ ("usage: %s [OPTION...] VERB [VERB'S OPTION...] [ARGUMENT...]"), "snug-oci");
  fprintf (out, "\n\n%s%s%s\n", style.bold, _ ("Verbs"), style.off);
  for (verb = oci_verbs; verb->name; verb++)
    style_row (out, &style, verb->name, verb->arguments, _ (verb->help));
  fprintf (out, "\n%s%s%s\n", style.bold, _ ("Options before the verb"), style.off);
  print_options (out, IN_global, &style);
}
