/* snug-oci list: see verbs.def. */
#include "oci/cmd/cmd.h"

#include "base/json-build.h"
#include "base/text.h"
#include "oci/container/cgroup.h"

static const char *const columns[] = { "id", "pid", "status", "bundle", "created", "owner" };

static const char *
field (json_object *state, const char *name)
{
  json_object *value = NULL;
  return json_object_object_get_ex (state, name, &value) ? json_object_get_string (value) : "";
}

static void
print_cell (const char *text, int width, gsize column)
{
  g_autofree char *cell = text_pad (text, -width);
  printf ("%s%s", cell, column + 1 < G_N_ELEMENTS (columns) ? "   " : "\n");
}

static void
print_table (json_object *states)
{
  int widths[G_N_ELEMENTS (columns)];
  for (gsize c = 0; c < G_N_ELEMENTS (columns); c++)
    {
      widths[c] = (int) strlen (columns[c]);
      for (gsize i = 0; i < json_object_array_length (states); i++)
        widths[c] = MAX (widths[c], text_width (field (json_object_array_get_idx (states, i), columns[c])));
    }

  for (gsize c = 0; c < G_N_ELEMENTS (columns); c++)
    {
      g_autofree char *heading = g_ascii_strup (columns[c], -1);
      print_cell (heading, widths[c], c);
    }
  for (gsize i = 0; i < json_object_array_length (states); i++)
    for (gsize c = 0; c < G_N_ELEMENTS (columns); c++)
      print_cell (field (json_object_array_get_idx (states, i), columns[c]), widths[c], c);
}

int
cmd_list (const OciOptions *options, GError **error)
{
  g_autoptr (Store) store = store_open (options->root, error);
  g_autoptr (GPtrArray) containers = store ? container_look_at_all (store, error) : NULL;
  g_autoptr (json_object) states = json_object_new_array ();

  if (containers == NULL)
    return -1;
  for (guint i = 0; i < containers->len; i++)
    {
      if (options->quiet)
        printf ("%s\n", ((Container *) containers->pdata[i])->id);
      json_object_array_add (states, container_state (containers->pdata[i], TRUE));
    }
  if (options->format == FORMAT_JSON && !options->quiet)
    printf ("%s\n", json_plain (states));
  else if (!options->quiet)
    print_table (states);
  return 0;
}
