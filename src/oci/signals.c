/* Signals by name: see signals.h. */
#include "oci/signals.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/number.h"

#include <signal.h>

static const struct
{
  const char *name;
  int number;
} names[] = {
#define SIGNAL(name, number) { name, number },
#include "oci/signals.def"
#undef SIGNAL
};

static gboolean
find_name (const char *name, int *number)
{
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (name, names[i].name) == 0)
      {
        *number = names[i].number;
        return TRUE;
      }
  return FALSE;
}

/* The real-time signals count from either end: RTMIN+3, RTMAX-2. */
static gboolean
find_real_time (const char *name, int *number)
{
  guint64 offset = 0;
  gboolean from_end = g_ascii_strncasecmp (name, "RTMAX", 5) == 0;
  if (!from_end && g_ascii_strncasecmp (name, "RTMIN", 5) != 0)
    return FALSE;

  name += 5;
  if (*name != '\0'
      && (*name != (from_end ? '-' : '+')
          || !parse_number (name + 1, 10, (guint64) (SIGRTMAX - SIGRTMIN), &offset)))
    return FALSE;
  *number = from_end ? SIGRTMAX - (int) offset : SIGRTMIN + (int) offset;
  return TRUE;
}

gboolean
signal_from_text (const char *text, int *signal, GError **error)
{
  guint64 number;
  if (parse_number (text, 10, (guint64) SIGRTMAX, &number))
    {
      *signal = (int) number;
      return TRUE;
    }

  const char *name = g_ascii_strncasecmp (text, "SIG", 3) == 0 ? text + 3 : text;
  if (find_name (name, signal) || find_real_time (name, signal))
    return TRUE;
  g_autofree char *quoted = g_strescape (text, NULL);
  return fail (error, SNUG_ERROR_USAGE, _ ("unknown signal \"%s\""), quoted);
}
