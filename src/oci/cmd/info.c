/* snug-oci info: prints what this host can do and what works on it, for people or, with --json, for programs.
 *
 * Labels are the names of the document, so that who reads one form finds it in the other.
 */
#include "base/i18n.h"
#include "base/json-build.h"
#include "base/style.h"
#include "oci/cmd/cmd.h"
#include "oci/host/host.h"

#define INDENT 2

/* How the facts of a section are printed. */
typedef struct
{
  Style style;
  int column; /* of the values */
} Printer;

static void
print_line (const Printer *printer, const char *label, const char *value, const char *note)
{
  printf ("%*s%-*s%s%s%s%s\n", INDENT, "", printer->column, label, value, note ? printer->style.dim : "",
          note ? note : "", note ? printer->style.off : "");
}

static const char *
yes_no (json_object *value)
{
  return json_object_get_boolean (value) ? _ ("yes") : _ ("no");
}

static char *
join (json_object *array)
{
  GString *text = g_string_new (NULL);
  for (gsize i = 0; i < json_object_array_length (array); i++)
    g_string_append_printf (text, "%s%s", i ? " " : "",
                            json_object_get_string (json_object_array_get_idx (array, i)));
  return g_string_free (text, FALSE);
}

/* "yes", with a path if there is one, or "no" and why, of which a first line is enough here. */
static void
print_trial (const Printer *printer, const char *label, json_object *trial)
{
  const char *why = json_part_text (trial, "why"), *path = json_part_text (trial, "path");
  g_autofree char *line = why ? g_strndup (why, strcspn (why, "\n")) : g_strdup (path);
  g_autofree char *note = line ? g_strconcat (why ? ": " : ", ", line, NULL) : NULL;
  print_line (printer, label, yes_no (json_part (trial, "works")), note);
}

static void
print_fact (const Printer *printer, const char *name, json_object *value)
{
  g_autofree char *label = g_strdup (name);
  if (strchr (name, '.') == NULL) /* a sysctl's name is its own */
    g_strdelimit (label, "_", ' ');

  switch (json_object_get_type (value))
    {
    case json_type_object:
      print_trial (printer, label, value);
      break;
    case json_type_boolean:
      print_line (printer, label, yes_no (value), NULL);
      break;
    case json_type_array:
      {
        g_autofree char *words = join (value);
        print_line (printer, label, words[0] ? words : _ ("none"), NULL);
        break;
      }
    default:
      print_line (printer, label, json_object_get_string (value), NULL);
    }
}

static void
print_facts (const Style *style, const char *heading, json_object *facts)
{
  Printer printer = { *style, 0 };
  if (json_object_object_length (facts) == 0)
    return;
  printf ("%s%s%s\n", style->bold, heading, style->off);
  json_object_object_foreach (facts, label, unused)
  {
    (void) unused;
    printer.column = MAX (printer.column, (int) strlen (label) + INDENT);
  }
  json_object_object_foreach (facts, name, value)
  {
    print_fact (&printer, name, value);
  }
  putchar ('\n');
}

static void
print_ability (const Style *style, json_object *ability)
{
  const char *why = json_part_text (ability, "why"), *help = json_part_text (ability, "help");

  printf ("%*s%s\n", INDENT, "", json_part_text (ability, "what"));
  if (why)
    printf ("%*s%s%s\n", 3 * INDENT, "", _ ("why: "), why);
  if (help)
    printf ("%*s%s%s%s%s\n", 3 * INDENT, "", style->dim, _ ("what would help: "), help, style->off);
}

/* Those that work, or those that do not. */
static void
print_abilities (const Style *style, const char *heading, json_object *abilities, gboolean works)
{
  gboolean any = FALSE;
  for (gsize i = 0; i < json_object_array_length (abilities); i++)
    {
      json_object *ability = json_object_array_get_idx (abilities, i);
      if (!json_object_get_boolean (json_part (ability, "works")) != !works)
        continue;
      if (!any)
        printf ("%s%s%s\n", style->bold, heading, style->off);
      print_ability (style, ability);
      any = TRUE;
    }
}

static void
print_text (json_object *document)
{
  Style style = style_for (stdout);
  json_object *abilities = json_part (document, "abilities");

  json_object_object_foreach (document, name, value)
  {
    if (value != abilities)
      print_facts (&style, name, value);
  }
  print_abilities (&style, _ ("works"), abilities, TRUE);
  print_abilities (&style, _ ("does not work"), abilities, FALSE);
}

static void
print_json (json_object *document)
{
  g_autofree char *text = json_pretty (document);
  fputs (text, stdout);
}

int
cmd_info (const OciOptions *options, GError **error)
{
  (void) error;
  if (options->json)
    translate_nothing (); /* the kernel's words are the C library's, which follows */

  g_autoptr (Host) host = host_look (options->root);
  g_autoptr (json_object) document = host_describe (host);
  if (options->json)
    print_json (document);
  else
    print_text (document);
  return 0;
}
