/* Numbers: see number.h. */
#include "base/number.h"

#include <string.h>

/* The base that is written in front of @text, which goes on behind it. */
static unsigned
read_base (const char **text)
{
  if ((*text)[0] != '0')
    return 10;
  if (g_ascii_tolower ((*text)[1]) != 'x' || !g_ascii_isxdigit ((*text)[2]))
    return 8;
  *text += 2;
  return 16;
}

/* Not by strtoull(3): its pages and its locale's are 128 KiB that most runs need for nothing else. */
gboolean
parse_number (const char *text, unsigned base, guint64 max, guint64 *value)
{
  guint64 parsed = 0;

  if (base == 0)
    base = read_base (&text);
  do
    {
      int digit = g_ascii_xdigit_value (*text);
      if (digit < 0 || (unsigned) digit >= base || (guint64) digit > max
          || parsed > (max - (guint64) digit) / base)
        return FALSE;
      parsed = parsed * base + (guint64) digit;
    }
  while (*++text != '\0');

  *value = parsed;
  return TRUE;
}

gboolean
parse_decimal (const char *text, unsigned places, guint64 max, guint64 *value)
{
  const char *point = strchr (text, '.');
  g_autofree char *whole = g_strndup (text, point ? (gsize) (point - text) : strlen (text));
  const char *rest = point ? point + 1 : "0";
  guint64 number, fraction, unit = 1, digit = 1;

  for (unsigned i = 0; i < places; i++)
    unit *= 10;
  for (gsize i = strlen (rest); i < places; i++)
    digit *= 10;
  if (strlen (rest) > places || !parse_number (whole, 10, max / unit, &number)
      || !parse_number (rest, 10, unit - 1, &fraction) || number * unit + fraction * digit > max)
    return FALSE;
  *value = number * unit + fraction * digit;
  return TRUE;
}

/* "3" or "0-3", of @length bytes, as its first and last number. */
static gboolean
parse_range (const char *text, gsize length, guint64 max, guint64 *first, guint64 *last)
{
  g_autofree char *range = g_strndup (text, length);
  char *dash = strchr (range, '-');

  if (dash != NULL)
    *dash++ = '\0';
  return parse_number (range, 10, max, first) && parse_number (dash != NULL ? dash : range, 10, max, last)
         && *first <= *last;
}

gboolean
parse_list (const char *text, guint64 *bits, gsize n_words)
{
  while (*text != '\0')
    {
      gsize length = strcspn (text, ",");
      guint64 first, last;
      if (!parse_range (text, length, n_words * BITS_PER_WORD - 1, &first, &last)
          || (text[length] == ',' && text[length + 1] == '\0'))
        return FALSE;
      for (guint64 i = first; i <= last; i++)
        bits[i / BITS_PER_WORD] |= G_GUINT64_CONSTANT (1) << i % BITS_PER_WORD;
      text += length + (text[length] == ',');
    }
  return TRUE;
}

static const char size_suffixes[] = "KMGT";

gboolean
parse_size (const char *text, guint64 max, guint64 *value)
{
  gsize length = strlen (text);
  const char *suffix = length > 0 ? strchr (size_suffixes, g_ascii_toupper (text[length - 1])) : NULL;
  unsigned shift = suffix != NULL && *suffix != '\0' ? 10 * (unsigned) (suffix - size_suffixes + 1) : 0;
  g_autofree char *digits = g_strndup (text, length - (shift > 0));
  guint64 number;

  if (!parse_number (digits, 10, max >> shift, &number))
    return FALSE;
  *value = number << shift;
  return TRUE;
}

char *
format_size (guint64 size)
{
  unsigned n = 0;
  for (guint64 rest = size; rest >= 1024 && n < strlen (size_suffixes); rest /= 1024)
    n++;
  if (n == 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, size);
  guint64 unit = G_GUINT64_CONSTANT (1) << (10 * n), tenths = size % unit * 10 / unit;
  g_autofree char *fraction = tenths > 0 ? g_strdup_printf (".%u", (unsigned) tenths) : g_strdup ("");
  return g_strdup_printf ("%" G_GUINT64_FORMAT "%s%c", size / unit, fraction, size_suffixes[n - 1]);
}

void
append_number (GString *text, guint64 number, char end)
{
  char digits[20];
  gsize i = sizeof digits;

  do
    digits[--i] = (char) ('0' + number % 10);
  while (number /= 10);
  g_string_append_len (text, digits + i, (gssize) (sizeof digits - i));
  g_string_append_c (text, end);
}
