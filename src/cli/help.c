/* --help, printed from the table of options. */
#include "base/i18n.h"
#include "base/style.h"
#include "cli/options.h"

#define HELP_COLUMN 33

static void
print_option (FILE *out, const Option *option, const Style *style)
{
  const char *gap = option->arguments[0] == '\0' || option->arguments[0] == '[' ? "" : " ";
  int width = (int) (strlen (option->name) + strlen (gap) + strlen (option->arguments)) + 4;

  fprintf (out, "    %s%s%s%s%s", style->bold, option->name, style->off, gap, option->arguments);
  if (width >= HELP_COLUMN)
    fprintf (out, "\n%*s", HELP_COLUMN, "");
  else
    fprintf (out, "%*s", HELP_COLUMN - width, "");
  fprintf (out, "%s\n", _ (option->help));
}

void
print_help (FILE *out, const char *name, gboolean strict)
{
  Style style = style_for (out);
  fprintf (out, _ ("usage: %s [OPTIONS...] [--] COMMAND [ARGS...]"), name);
  fputc ('\n', out);

  for (OptionGroup group = 0; group < N_GROUPS; group++)
    {
      fprintf (out, "\n%s%s%s\n", style.bold, _ (option_groups[group]), style.off);
      for (const Option *option = options; option->name; option++)
        if (option->group == group && (strict || option->dialect == BOTH))
          print_option (out, option, &style);
    }
}
