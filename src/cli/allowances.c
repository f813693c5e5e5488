/* The options that limit the sandbox as a whole: how their values are read, and what they may be. */
#include "base/error.h"
#include "base/i18n.h"
#include "base/number.h"
#include "cli/options.h"

/* Beyond any machine, and with room for the kernel to count in pages. */
#define MOST_BYTES (G_GUINT64_CONSTANT (1) << 62)
#define MOST_CPUS 100000
#define MOST_PIDS 4194304 /* pid_max can't be higher */
#define MOST_WEIGHT 10000

static gboolean
read_count (const char *text, guint64 most, guint64 *value)
{
  return parse_number (text, 10, most, value);
}

static gboolean
read_cpus (const char *text, guint64 most, guint64 *value)
{
  return parse_decimal (text, 5, most, value);
}

static const struct
{
  gboolean (*read) (const char *text, guint64 most, guint64 *value);
  guint64 least, most;
  gboolean may_be_max;
  const char *form;
} allowances[N_ALLOWANCES] = {
  [ALLOW_MEMORY] = { parse_size, 1, MOST_BYTES, TRUE,
                     N_ ("%s takes a size above 0, as in 512M or 2G, or max") },
  [ALLOW_MEMORY_HIGH] = { parse_size, 1, MOST_BYTES, TRUE,
                          N_ ("%s takes a size above 0, as in 512M or 2G, or max") },
  [ALLOW_SWAP] = { parse_size, 0, MOST_BYTES, TRUE, N_ ("%s takes a size, as in 512M or 0, or max") },
  [ALLOW_CPUS] = { read_cpus, CPU_SHARE / 100, (guint64) MOST_CPUS *CPU_SHARE, FALSE,
                   N_ ("%s takes a number of processors from 0.01 to 100000, as in 1.5") },
  [ALLOW_CPU_WEIGHT] = { read_count, 1, MOST_WEIGHT, FALSE, N_ ("%s takes a number from 1 to 10000") },
  [ALLOW_PIDS] = { read_count, 1, MOST_PIDS, TRUE, N_ ("%s takes a number from 1 to 4194304, or max") },
  [ALLOW_IO_WEIGHT] = { read_count, 1, MOST_WEIGHT, FALSE, N_ ("%s takes a number from 1 to 10000") },
};

static void
allow (Parser *parser, const Option *option, AllowanceId id, guint64 value, char *const *words,
       const Origin *origin)
{
  Allowance *allowed = &parser->spec->allowed[id];
  if (allowed->given)
    parser_warn_repeated (option->name);
  *allowed = (Allowance){ TRUE, value, words[1], *origin };
}

gboolean
set_allowance (SETTER_ARGUMENTS)
{
  AllowanceId id = (AllowanceId) option->value;
  guint64 value = NO_LIMIT;
  gboolean none = allowances[id].may_be_max && g_str_equal (words[1], "max");

  if (!none && (!allowances[id].read (words[1], allowances[id].most, &value) || value < allowances[id].least))
    return fail (error, SNUG_ERROR_USAGE, _ (allowances[id].form), option->name);
  allow (parser, option, id, value, words, origin);
  return TRUE;
}

gboolean
set_cpuset (SETTER_ARGUMENTS)
{
  guint64 bits[MAX_CPUS / BITS_PER_WORD] = { 0 };
  if (words[1][0] == '\0' || !parse_list (words[1], bits, G_N_ELEMENTS (bits)))
    return fail (error, SNUG_ERROR_USAGE, _ ("%s takes a list of processors, as in 0-3,6"), option->name);
  allow (parser, option, ALLOW_CPUSET, 0, words, origin);
  return TRUE;
}

gboolean
set_unit_property (SETTER_ARGUMENTS)
{
  const Text property = { words[1], *origin };
  const char *equals = strchr (words[1], '=');
  if (equals == NULL || equals == words[1])
    return fail (error, SNUG_ERROR_USAGE, _ ("\"%s\" is not of the form NAME=VALUE"), words[1]);
  g_array_append_val (parser->spec->unit_properties, property);
  return TRUE;
}
