/* Capabilities by name: see capability.h. */
#include "base/capability.h"

#include "base/nearest.h"

#include <sys/capability.h>

char *
capability_name (int number)
{
  char *kept = cap_to_name (number);
  char *name = g_strdup (kept);
  cap_free (kept);
  return name;
}

int
capability_from_name (const char *name)
{
  cap_value_t number;
  if (cap_from_name (name, &number) < 0 || number < 0 || number > 63)
    return -1;
  g_autofree char *found = capability_name (number);
  return g_ascii_strcasecmp (found, name) == 0 ? number : -1;
}

char *
capability_like (const char *word)
{
  g_autofree char *lower = g_ascii_strdown (word, -1);
  g_autofree char *whole =
      g_str_has_prefix (lower, "cap_") ? g_strdup (lower) : g_strconcat ("cap_", lower, NULL);
  Nearest nearest = nearest_to (whole);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (int number = 0; number < cap_max_bits (); number++)
    {
      g_ptr_array_add (names, capability_name (number));
      nearest_try (&nearest, names->pdata[number]);
    }
  return nearest.name ? g_ascii_strup (nearest.name, -1) : NULL;
}
