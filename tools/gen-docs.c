/* gen-docs TEMPLATE: makes the completions and the manuals of the tables of options.
 *
 * Prints TEMPLATE with each line that is @PART@, indented or not, replaced by what that part makes of the tables.
 * Whatever is no list of options is written by hand in the templates.
 */
#include "gen-docs.h"

#include <linux/capability.h>
#include <sys/capability.h>

#define MAX_LINE 100

/* What is generated must not depend on the kernel's headers: CAP_LAST_CAP does. */
#define LAST_CAP CAP_CHECKPOINT_RESTORE

/* --- Lists of names ------------------------------------------------------------------------------------------ */

/* Prints names on as few lines as they need; frees them. */
static void
print_names (GPtrArray *names, const char *indent)
{
  gsize column = MAX_LINE;
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      gboolean fits = column + 1 + strlen (name) <= MAX_LINE;
      printf ("%s%s%s", fits || i == 0 ? "" : "\n", fits ? " " : indent, name);
      column = strlen (name) + (fits ? column + 1 : strlen (indent));
    }
  putchar ('\n');
  g_ptr_array_unref (names);
}

static void
print_capabilities (const char *indent)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  for (cap_value_t cap = 0; cap <= LAST_CAP; cap++)
    {
      char *name = cap_to_name (cap);
      g_ptr_array_add (names, g_ascii_strup (name, -1));
      cap_free (name);
    }
  print_names (names, indent);
}

static void
print_rlimits (const char *indent)
{
  GPtrArray *names = g_ptr_array_new ();
#define LIMIT(name, resource) g_ptr_array_add (names, (char *) name);
#include "spec/rlimits.def"
#undef LIMIT
  print_names (names, indent);
}

static void
print_signals (const char *indent)
{
  GPtrArray *names = g_ptr_array_new ();
#define SIGNAL(name, number) g_ptr_array_add (names, (char *) name);
#include "oci/signals.def"
#undef SIGNAL
  print_names (names, indent);
}

/* --- Templates ------------------------------------------------------------------------------------------------- */

static const struct
{
  const char *name;
  Part *print;
} parts[] = {
  { "bash-options", bash_options },
  { "zsh-options", zsh_options },
  { "fish-options", fish_options },
  { "fish-arguments", fish_arguments },
  { "man-options", man_options },
  { "bash-oci-verbs", bash_oci_verbs },
  { "bash-oci-options", bash_oci_options },
  { "zsh-oci-verbs", zsh_oci_verbs },
  { "zsh-oci-globals", zsh_oci_globals },
  { "zsh-oci-options", zsh_oci_options },
  { "fish-oci-verbs", fish_oci_verbs },
  { "fish-oci-arguments", fish_oci_arguments },
  { "fish-oci-takers", fish_oci_takers },
  { "fish-oci-options", fish_oci_options },
  { "man-oci-globals", man_oci_globals },
  { "man-oci-verbs", man_oci_verbs },
  { "capabilities", print_capabilities },
  { "rlimits", print_rlimits },
  { "signals", print_signals },
};

static void
print_line (const char *line)
{
  g_autofree char *indent = g_strndup (line, strspn (line, " "));
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *mark = g_strdup_printf ("%s@%s@", indent, parts[i].name);
      if (g_str_equal (line, mark))
        {
          parts[i].print (indent);
          return;
        }
    }
  puts (line);
}

int
main (int argc, char **argv)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (argc != 2 || !g_file_get_contents (argv[1], &text, NULL, &error))
    {
      fprintf (stderr, "%s\n", error ? error->message : "usage: gen-docs TEMPLATE");
      return 1;
    }
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  for (char **line = lines; *line; line++)
    print_line (*line);
  return fflush (stdout) == 0 ? 0 : 1;
}
