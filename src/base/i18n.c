/* Translated texts: see i18n.h. */
#include "base/i18n.h"

#include <errno.h>
#include <libintl.h>
#include <locale.h>

static enum { NOT_YET, READY, NEVER } state;

void
translate_nothing (void)
{
  state = NEVER;
}

const char *
translate (const char *text)
{
  if (state == NEVER)
    return text;
  if (state == NOT_YET)
    {
      int saved = errno; /* texts stand beside it in calls */
      setlocale (LC_ALL, "");
      bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
      bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
      bind_textdomain_codeset ("libc", "UTF-8"); /* of strerror: another charset would be a module to load */
      textdomain (GETTEXT_PACKAGE);
      state = READY;
      errno = saved;
    }
  return gettext (text);
}
