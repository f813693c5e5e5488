/* --help, printed from the table of options. */
#include "base/i18n.h"
#include "base/style.h"
#include "cli/options.h"

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
          style_row (out, &style, option->name, option->arguments, _ (option->help));
    }
}
