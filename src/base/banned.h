/* What must not be called anywhere in snug.  The build includes this file in front of every source. */
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

/* They start threads or install handlers, after which unshare(CLONE_NEWUSER) fails. */
#pragma GCC poison g_spawn_async g_spawn_sync g_spawn_command_line_sync g_spawn_async_with_pipes
#pragma GCC poison g_unix_signal_add g_child_watch_add g_thread_new

/* They convert from the locale's charset, which loads a module of the C library's; our texts are UTF-8. */
#pragma GCC poison g_strerror g_locale_to_utf8 g_print g_printerr

/* They write past the end, or can't say that something is wrong. */
#pragma GCC poison strcpy strcat sprintf vsprintf gets atoi strtok
