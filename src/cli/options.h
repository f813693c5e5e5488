/* The sandbox's command line: argv -> Spec.
 *
 * options.def is the one table of options; parse.c walks the arguments, setters.c and allowances.c say what each does
 * to the Spec, help.c prints the table.  Nothing here opens, mounts or runs anything, but for reading --args.
 */
#pragma once

#include "spec/spec.h"

typedef enum
{
  BOTH, /* known under either name */
  SNUG, /* not known to `bwrap` */
} Dialect;

typedef enum
{
  GENERAL,
  NAMESPACES,
  PROCESS,
  OUTSIDE,
  FILESYSTEM,
  LIMITS,
  LOCKDOWN,
  N_GROUPS,
} OptionGroup;

/* What the command line asks of main.c. */
typedef enum
{
  ACTION_RUN,
  ACTION_HELP,
  ACTION_VERSION,
  ACTION_EXPLAIN,
  ACTION_EXPLAIN_JSON,
} Action;

typedef struct Option Option;

typedef struct
{
  Spec *spec;
  Action action;
  gboolean strict; /* called as snug, not as bwrap */

  /* Modifiers that wait for the option they modify; -1, 0, NULL: none. */
  int perms;
  guint64 size;
  GPtrArray *layers;

  const Option *previous; /* looked at first: options come in runs */
  gboolean in_file;       /* reading --args: no further --args in it */
  GPtrArray *texts;       /* what --args read; lives as long as the parser */
} Parser;

/* Applies one option: words[0] is the option as written, its arguments follow.  @origin is what elements of the
 * Spec keep; it is empty for bwrap, whose messages name no arguments.  Returns FALSE with @error. */
typedef gboolean OptionSetter (Parser *parser, const Option *option, char *const *words, const Origin *origin,
                               GError **error);

#define SETTER_ARGUMENTS                                                                              \
  G_GNUC_UNUSED Parser *parser, G_GNUC_UNUSED const Option *option, G_GNUC_UNUSED char *const *words, \
      G_GNUC_UNUSED const Origin *origin, G_GNUC_UNUSED GError **error

/* Those of allowances.c; all others are in setters.c. */
OptionSetter set_allowance, set_cpuset, set_unit_property;

struct Option
{
  const char *name;
  const char *arguments;
  OptionGroup group;
  Dialect dialect;
  OptionSetter *set;
  gintptr value;
  const char *help;
  const char *manual;
};

/* All options, ended by one without a name; and the groups' headings. */
extern const Option options[];
extern const char *const option_groups[N_GROUPS];

/* Makes a parser for the dialect; @strict: snug's.  It owns its Spec and what it read. */
Parser *parser_new (gboolean strict);
void parser_free (Parser *parser);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Parser, parser_free)

/* Parses @argv (without the program's name) into parser->spec and parser->action.  @argv must outlive it.
 * On return the Spec is checked (spec_check).  Returns FALSE with a SNUG_ERROR_USAGE. */
gboolean parser_run (Parser *parser, char **argv, GError **error);

/* Parses @argv as the content of an --args file or of the command line itself, up to the first word that is no
 * option; returns that word's index, or -1 with @error. */
int parser_options (Parser *parser, char **argv, GError **error);

/* Whether what was parsed asks for something that needs nothing more: help, or the version. */
gboolean parser_is_done (const Parser *parser);

/* Says that an option given twice counts once. */
void parser_warn_repeated (const char *option);

/* Prints --help to @out; in colour on a terminal unless NO_COLOR is set.  @name: as called. */
void print_help (FILE *out, const char *name, gboolean strict);
