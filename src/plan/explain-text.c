/* --explain for people: see explain.h.
 *
 * Knows the document's shape and no step in particular; what a field is called in a sentence is in a table.
 */
#include "plan/explain.h"

#include "base/i18n.h"
#include "base/json-build.h"
#include "base/style.h"
#include "base/text.h"

#define ORIGIN_COLUMN 64
#define KEY_WIDTH 24

static gboolean
is_empty (json_object *value)
{
  return (json_object_is_type (value, json_type_array) && json_object_array_length (value) == 0)
         || (json_object_is_type (value, json_type_object) && json_object_object_length (value) == 0);
}

/* --- Values ------------------------------------------------------------------------------------------------ */

static char *
spaced_name (const char *name)
{
  return g_strdelimit (g_strdup (name), "_", ' ');
}

static void add_value (GString *line, json_object *value);

/* The members of @object as "name value, name value". */
static void
add_members (GString *line, json_object *object)
{
  const char *separator = "";
  json_object_object_foreach (object, name, value)
  {
    if (is_empty (value))
      continue;
    g_autofree char *spaced = spaced_name (name);
    g_string_append_printf (line, "%s%s ", separator, spaced);
    add_value (line, value);
    separator = ", ";
  }
}

static void
add_value (GString *line, json_object *value)
{
  if (is_empty (value))
    {
      g_string_append (line, _ ("none"));
      return;
    }

  switch (json_object_get_type (value))
    {
    case json_type_array:
      for (gsize i = 0; i < json_object_array_length (value); i++)
        {
          g_string_append (line, i > 0 ? ", " : "");
          add_value (line, json_object_array_get_idx (value, i));
        }
      break;
    case json_type_object:
      add_members (line, value);
      break;
    case json_type_boolean:
      g_string_append (line, _ ("yes"));
      break;
    default:
      text_append_printable (line, json_object_get_string (value));
    }
}

/* --- Sentences ------------------------------------------------------------------------------------------------ */

/* How fields read after what a step, or an operation, does.  Those that are not here read ", name value". */
static const struct
{
  const char *name, *format; /* NULL: said elsewhere */
} phrases[] = {
  { "number", NULL },
  { "step", NULL },
  { "what", NULL },
  { "operation", NULL },
  { "moment", NULL },
  { "origin", NULL },
  { "source", N_ (" %s") },
  { "path", N_ (" %s") },
  { "file", N_ (" %s") },
  { "resource", N_ (" %s") },
  { "hostname", N_ (" to %s") },
  { "domainname", N_ (" to %s") },
  { "sysctl", N_ (" %s") },
  { "value", N_ (" to %s") },
  { "dest", N_ (" at %s") },
  { "target", N_ (" to %s") },
  { "upper", N_ (", writing to %s") },
  { "flags", N_ (", %s") },
  { "attributes", N_ (", %s") },
  { "capabilities", N_ (": %s") },
  { "directories", N_ (": %s") },
  { "scheduler", N_ (": %s") },
  { "io_priority", N_ (": %s") },
  { "cpus", N_ (": %s") },
  { "memory_policy", N_ (": %s") },
  { "user", N_ (": %s") },
  { "bounding", N_ (" but these: %s") },
  { "sets", N_ (": %s") },
  { "paths", N_ (": %s") },
  { "mask", N_ (" to %s") },
  { "personality", N_ (" to %s") },
  { "program", N_ (" %s") },
  { "uid_map", N_ (", users %s") },
  { "gid_map", N_ (", groups %s") },
  { "size", N_ (", at most %s bytes") },
  { "offset", N_ (" from byte %s") },
  { "instructions", N_ (" of %s instructions") },
};

/* Appends the phrase of the member @name. */
static void
add_phrase (GString *line, const char *name, json_object *value)
{
  g_autoptr (GString) text = g_string_new (NULL);
  add_value (text, value);

  for (gsize i = 0; i < G_N_ELEMENTS (phrases); i++)
    if (g_str_equal (phrases[i].name, name))
      {
        if (phrases[i].format != NULL)
          g_string_append_printf (line, _ (phrases[i].format), text->str);
        return;
      }
  g_autofree char *spaced = spaced_name (name);
  g_string_append_printf (line, ", %s %s", spaced, text->str);
}

/* Prints @first, the phrases of @object's other members and, in a column of its own, its origin. */
static void
print_sentence (const char *first, json_object *object, const Style *style, FILE *out)
{
  g_autoptr (GString) line = g_string_new (first), origin = g_string_new (NULL);

  json_object_object_foreach (object, name, value)
  {
    add_phrase (line, name, value);
  }
  fputs (line->str, out);

  if (json_part (object, "origin") != NULL)
    {
      int gap = ORIGIN_COLUMN - text_width (line->str);
      text_append_printable (origin, json_part_text (object, "origin"));
      fprintf (out, "%*s%s%s%s", MAX (gap, 2), "", style->dim, origin->str, style->off);
    }
  fputc ('\n', out);
}

/* --- The Spec ---------------------------------------------------------------------------------------------------- */

/* The first member says what the operation is. */
static const char *
first_member (json_object *object)
{
  json_object_object_foreach (object, name, value)
  {
    return name != NULL ? json_object_get_string (value) : NULL;
  }
  return NULL;
}

static void
print_operations (json_object *array, const Style *style, FILE *out)
{
  for (gsize i = 0; i < json_object_array_length (array); i++)
    {
      json_object *operation = json_object_array_get_idx (array, i);
      fputs ("  ", out);
      print_sentence (first_member (operation), operation, style, out);
    }
}

static void
print_member (const char *name, json_object *value, FILE *out)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree char *spaced = spaced_name (name);
  add_value (line, value);
  fprintf (out, "  %-*s %s\n", KEY_WIDTH, spaced, line->str);
}

static void
print_members (json_object *section, FILE *out)
{
  json_object_object_foreach (section, name, value)
  {
    print_member (name, value, out);
  }
}

static void
print_spec (json_object *spec, const Style *style, FILE *out)
{
  json_object_object_foreach (spec, name, section)
  {
    fprintf (out, "%s%s%s\n", style->bold, name, style->off);
    if (json_object_is_type (section, json_type_array))
      print_operations (section, style, out);
    else
      print_members (section, out);
  }
}

/* --- The Plan ---------------------------------------------------------------------------------------------------- */

static void
print_stage (json_object *stage, const Style *style, FILE *out)
{
  json_object *steps = json_part (stage, "steps");
  if (is_empty (steps))
    return;

  fprintf (out, "%s%s%s (%s): %s\n", style->bold, json_part_text (stage, "name"), style->off,
           json_part_text (stage, "where"), _ (json_part_text (stage, "what")));
  for (gsize i = 0; i < json_object_array_length (steps); i++)
    {
      json_object *step = json_object_array_get_idx (steps, i);
      fprintf (out, "%s%4s%s  ", style->dim, json_part_text (step, "number"), style->off);
      print_sentence (_ (json_part_text (step, "what")), step, style, out);
    }
}

static void
print_settings (json_object *settings, const Style *style, FILE *out)
{
  for (gsize i = 0; i < json_object_array_length (settings); i++)
    {
      fputs ("  ", out);
      print_sentence (_ ("set"), json_object_array_get_idx (settings, i), style, out);
    }
}

static void
print_cgroup (json_object *cgroup, const Style *style, FILE *out)
{
  fprintf (out, "%scgroup%s (monitor): %s\n", style->bold, style->off, _ ("limit the sandbox as a whole"));
  json_object_object_foreach (cgroup, name, value)
  {
    if (g_str_equal (name, "settings"))
      print_settings (value, style, out);
    else
      print_member (name, value, out);
  }
}

static void
print_plan (json_object *plan, const Style *style, FILE *out)
{
  json_object *array = json_part (plan, "stages");

  if (json_part (plan, "cgroup") != NULL)
    print_cgroup (json_part (plan, "cgroup"), style, out);
  fprintf (out, "%sclone%s (monitor): %s\n", style->bold, style->off, _ ("make the first process inside"));
  print_members (json_part (plan, "clone"), out);
  for (gsize i = 0; i < json_object_array_length (array); i++)
    print_stage (json_object_array_get_idx (array, i), style, out);
}

void
explain_print_text (json_object *explained, FILE *out)
{
  Style style = style_for (out);
  print_spec (json_part (explained, "spec"), &style, out);
  fputc ('\n', out);
  print_plan (json_part (explained, "plan"), &style, out);
}
