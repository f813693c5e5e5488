/* Speaking with systemd, the system's or a user's: org.freedesktop.systemd1(5).
 *
 * Arguments are GVariants, whose types are those of D-Bus.  There is no libsystemd in it: loading that, and what it depends on,
 * took a third of the time in which a container and its scope are made, and a static program can't.
 *
 * Must not: know what a cgroup or a unit is.
 */
#pragma once

#include <glib.h>

/* A connection to a systemd. */
typedef struct Bus Bus;

/* Connects to the system's systemd (@system), or to the user's: by $DBUS_SESSION_BUS_ADDRESS, $XDG_RUNTIME_DIR/bus, or
 * /run/user/UID/bus, wherever first somebody listens who is the user; beside such a bus lies the systemd's own socket,
 * which needs no bus and is used if it can be.  NULL with SNUG_ERROR_MISSING and what would help if there is none. */
Bus *bus_open (gboolean system, GError **error);
void bus_free (Bus *bus);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bus, bus_free)

/* The path of the socket that bus_open would connect to; the caller's.  NULL, and why in *@why (the caller's). */
char *bus_find (gboolean system, char **why);

/* Whether there is anything that bus_open would look at closer. */
gboolean bus_may_be (gboolean system);

/* Calls @method of the manager; @arguments (a tuple; floating is taken).  FALSE with systemd's own word. */
gboolean bus_call (Bus *bus, const char *method, GVariant *arguments, GError **error);

/* The same for a method that begins a job, of whose end it waits: what the job came to, if not "done", is an error. */
gboolean bus_call_job (Bus *bus, const char *method, GVariant *arguments, GError **error);

/* The same for a method that returns the path of an object; the caller's. */
char *bus_call_object (Bus *bus, const char *method, GVariant *arguments, GError **error);

/* A text property of @object (NULL: the manager), which is a @kind ("Manager"); the caller's; NULL with @error. */
char *bus_property (Bus *bus, const char *object, const char *kind, const char *name, GError **error);

/* The name of the error that the last call failed with, "org.freedesktop.systemd1.UnitExists"; NULL: none.  The bus's. */
const char *bus_failure (const Bus *bus);
