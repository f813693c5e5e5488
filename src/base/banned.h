/* What must not be called anywhere in snug: each of these starts threads or installs handlers, after
 * which unshare(CLONE_NEWUSER) fails.  The build includes this file in front of every source.
 */
#pragma once

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Some C libraries make macros of these. */
#undef sprintf
#undef vsprintf
#undef strcpy
#undef strcat

#pragma GCC poison g_spawn_async g_spawn_sync g_spawn_command_line_sync g_spawn_async_with_pipes
#pragma GCC poison g_unix_signal_add g_child_watch_add g_thread_new
#pragma GCC poison strcpy strcat sprintf vsprintf gets atoi strtok
