/* Signals by the names that users and engines write. */
#pragma once

#include <glib.h>

/* Reads @text: a number from 0 to the last signal, or a name in either case, with or without SIG (KILL, sigkill), also
 * RTMIN, RTMIN+N, RTMAX and RTMAX-N; see signal(7).  FALSE with a SNUG_ERROR_USAGE that quotes it. */
gboolean signal_from_text (const char *text, int *signal, GError **error);
