/* Texts as shells and manuals want them: see gen-docs.h. */
#include "gen-docs.h"

const Edit zsh_text[] = { { "[][:\\\\]", "\\\\\\0" }, { "'", "'\\\\''" }, { NULL, NULL } };
const Edit fish_text[] = { { "[\\\\']", "\\\\\\0" }, { NULL, NULL } };

/* Options, names of other manuals and what stands in backticks are bold; a sentence begins on a line of its own. */
const Edit roff_text[] = {
  { "\\\\", "\\\\e" },
  { "--[a-z0-9][a-z0-9=-]*", "\\\\fB\\0\\\\fR" },
  { "\\b([a-z_-]+)(\\([1-8]\\))", "\\\\fB\\1\\\\fR\\2" },
  { "`([^`]+)`", "\\\\fB\\1\\\\fR" },
  { "-(?=[a-z0-9=-]*\\\\fR)", "\\\\-" },
  { "(?<=\\.) (?=[A-Z\\\\])", "\n" },
  { "(?m)^['.]", "\\\\&\\0" },
  { NULL, NULL },
};

const Edit roff_name[] = { { "-", "\\\\-" }, { NULL, NULL } };
const Edit roff_arguments[] = {
  { "[a-z]+|(?<=^|\\|)[0-9]", "\\\\fB\\0\\\\fR" },
  { "(?<!\\\\f)[A-Z]+[0-9]*", "\\\\fI\\0\\\\fR" },
  { NULL, NULL },
};

/* The words of arguments as a pattern. */
static const Edit alternatives[] = { { "^[^A-Z]+|[^A-Z]+$", "" }, { "[^A-Z]+", "|" }, { NULL, NULL } };

char *
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

char *
roff_paragraph (const char *text, const char *arguments)
{
  g_autofree char *roff = edited (text, roff_text);
  g_autofree char *words = edited (arguments, alternatives);
  g_autofree char *pattern = g_strdup_printf ("\\b(%s)\\b", words);
  const Edit italics[] = { { pattern, "\\\\fI\\0\\\\fR" }, { NULL, NULL } };
  return edited (roff, *words ? italics : italics + 1);
}
