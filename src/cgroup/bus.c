/* Connecting to a systemd, and calling it: see bus.h. */
#include "cgroup/bus.h"

#include "base/address.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/user.h"

#include <sys/socket.h>

#define HELP_USER_BUS                                                                                        \
  N_ ("needed is a user manager of systemd and its bus: install dbus-user-session, and log in, or have one " \
      "without a login by loginctl enable-linger")

#define NO_LIBRARY N_ ("this snug was built without systemd's library")

/* --- Where to look ------------------------------------------------------------------------------------------------ */

typedef struct
{
  char *path;      /* of a socket; '@' in front: abstract */
  gboolean direct; /* a systemd's own, without a bus between */
} Address;

static void
address_clear (Address *address)
{
  g_free (address->path);
}

/* The socket of a D-Bus address; of several the first.  NULL if it is none. */
static char *
path_of_address (const char *text)
{
  static const struct
  {
    const char *prefix, *put;
  } kinds[] = { { "unix:path=", "" }, { "unix:abstract=", "@" } };
  for (gsize i = 0; text && i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (text, kinds[i].prefix))
      {
        const char *value = text + strlen (kinds[i].prefix);
        g_autofree char *plain = g_uri_unescape_segment (value, value + strcspn (value, ",;"), NULL);
        return plain ? g_strconcat (kinds[i].put, plain, NULL) : NULL;
      }
  return NULL;
}

static void
add_address (GArray *addresses, const char *path, gboolean direct)
{
  for (guint i = 0; i < addresses->len; i++)
    if (g_str_equal (g_array_index (addresses, Address, i).path, path))
      return;
  const Address address = { g_strdup (path), direct };
  g_array_append_val (addresses, address);
}

/* Beside a user's bus lies the systemd's own socket. */
static void
add_bus (GArray *addresses, const char *path)
{
  if (path == NULL)
    return;
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *direct = g_build_filename (folder, "systemd", "private", NULL);
  if (*path == '/')
    add_address (addresses, direct, TRUE);
  add_address (addresses, path, FALSE);
}

static GArray *
addresses_of (gboolean system)
{
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
  g_autofree char *named = path_of_address (g_getenv ("DBUS_SESSION_BUS_ADDRESS"));
  g_autofree char *own =
      runtime && g_path_is_absolute (runtime) ? g_build_filename (runtime, "bus", NULL) : NULL;
  g_autofree char *usual = g_strdup_printf ("/run/user/%u/bus", outer_uid ());
  GArray *addresses = g_array_new (FALSE, FALSE, sizeof (Address));

  g_array_set_clear_func (addresses, (GDestroyNotify) address_clear);
  if (system)
    {
      add_address (addresses, "/run/systemd/private", TRUE);
      add_address (addresses, "/run/dbus/system_bus_socket", FALSE);
      return addresses;
    }
  add_bus (addresses, named);
  add_bus (addresses, own);
  add_bus (addresses, usual);
  return addresses;
}

/* --- Whom to trust ------------------------------------------------------------------------------------------------- */

/* Connects if it is @owner who listens there, as the kernel noted it, and sees processes as we do: they are named by their
 * numbers.  An errno. */
static int
connect_to (const char *path, uid_t owner, int *connection)
{
  struct sockaddr_un address;
  struct ucred peer;
  socklen_t length = sizeof peer, used;
  if (!address_of (path, &address, &used))
    return errno;

  Fd fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect (fd, (const struct sockaddr *) &address, used) < 0
      || getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
    return errno;
  if (peer.uid != owner || peer.pid == 0)
    return EPERM;
  *connection = fd_steal (&fd);
  return 0;
}

static char *
why_nobody (gboolean system, const GArray *addresses)
{
  g_autoptr (GString) tried = g_string_new (NULL);
  if (system && access ("/run/systemd/system", F_OK) != 0) /* sd_booted(3) */
    return g_strdup (_ ("this host was not booted with systemd"));
  for (guint i = 0; i < addresses->len; i++)
    if (!g_array_index (addresses, Address, i).direct)
      g_string_append_printf (tried, "%s%s", tried->len ? ", " : "",
                              g_array_index (addresses, Address, i).path);
  if (system)
    return g_strdup_printf (_ ("no systemd of root's answers on %s"), tried->str);
  return g_strdup_printf (_ ("no systemd of uid %u answers on %s\n%s"), geteuid (), tried->str,
                          _ (HELP_USER_BUS));
}

/* Goes on from *@next to the next socket that somebody listens on whom we trust, and connects to it; -1: there is none. */
static int
connect_next (gboolean system, const GArray *addresses, guint *next)
{
  int connection = -1;
  while (*next < addresses->len)
    if (connect_to (g_array_index (addresses, Address, (*next)++).path, system ? 0 : geteuid (), &connection)
        == 0)
      return connection;
  return -1;
}

gboolean
bus_may_be (gboolean system)
{
  g_autoptr (GArray) addresses = addresses_of (system);
  gboolean found = FALSE;
  for (guint i = 0; HAVE_SYSTEMD && !found && i < addresses->len; i++)
    {
      const char *path = g_array_index (addresses, Address, i).path;
      found = *path == '@' || access (path, F_OK) == 0;
    }
  return found;
}

char *
bus_find (gboolean system, char **why)
{
  g_autoptr (GArray) addresses = addresses_of (system);
  guint next = 0;
  Fd connection = HAVE_SYSTEMD ? connect_next (system, addresses, &next) : -1;
  *why = !HAVE_SYSTEMD ? g_strdup (_ (NO_LIBRARY)) : connection < 0 ? why_nobody (system, addresses) : NULL;
  return connection < 0 ? NULL : g_strdup (g_array_index (addresses, Address, next - 1).path);
}

#if HAVE_SYSTEMD

#include <dlfcn.h>
#include <systemd/sd-bus.h>

#define LIBRARY "libsystemd.so.0"
#define SERVICE "org.freedesktop.systemd1"
#define OBJECT "/org/freedesktop/systemd1"
#define MANAGER SERVICE ".Manager"

/* How long a job may take, in microseconds. */
#define PATIENCE (30 * G_USEC_PER_SEC)

/* --- The library -------------------------------------------------------------------------------------------------- */

#define FUNCTIONS(F)                 \
  F (sd_bus_new)                     \
  F (sd_bus_set_fd)                  \
  F (sd_bus_set_bus_client)          \
  F (sd_bus_start)                   \
  F (sd_bus_flush_close_unref)       \
  F (sd_bus_match_signal)            \
  F (sd_bus_call)                    \
  F (sd_bus_call_method)             \
  F (sd_bus_get_property_string)     \
  F (sd_bus_process)                 \
  F (sd_bus_wait)                    \
  F (sd_bus_error_free)              \
  F (sd_bus_message_new_method_call) \
  F (sd_bus_message_append_basic)    \
  F (sd_bus_message_open_container)  \
  F (sd_bus_message_close_container) \
  F (sd_bus_message_read)            \
  F (sd_bus_message_unref)

static struct
{
#define FIELD(name) __typeof__ (name) *name;
  FUNCTIONS (FIELD)
} lib;

static gboolean
load_library (GError **error)
{
  static gboolean loaded;
  static const struct
  {
    const char *name;
    void *slot;
  } wanted[] = {
#define ROW(name) { #name, &lib.name },
    FUNCTIONS (ROW)
  };
  if (loaded)
    return TRUE;
  void *library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL)
    return fail (error, SNUG_ERROR_MISSING, _ ("can't load %s: %s"), LIBRARY, dlerror ());
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      void *function = dlsym (library, wanted[i].name);
      if (function == NULL)
        return fail (error, SNUG_ERROR_MISSING, _ ("can't load %s: %s"), LIBRARY, dlerror ());
      memcpy (wanted[i].slot, &function, sizeof function);
    }
  return loaded = TRUE;
}

/* --- The connection ------------------------------------------------------------------------------------------------ */

struct Bus
{
  sd_bus *bus;
  char *path;
  gboolean direct;
  gboolean listening;
  char *failure;
  char *job, *result; /* the one that is waited for, and how it ended */
};

static gboolean
fail_bus (const Bus *bus, int result, GError **error)
{
  return fail_errno (error, -result, _ ("can't speak with systemd through %s"), bus->path);
}

/* Begins to speak over @connection, which is taken. */
static Bus *
bus_new (const Address *address, int connection)
{
  Fd owned = connection;
  g_autoptr (Bus) bus = g_new0 (Bus, 1);
  bus->path = g_strdup (address->path);
  bus->direct = address->direct;
  if (lib.sd_bus_new (&bus->bus) < 0 || lib.sd_bus_set_fd (bus->bus, owned, owned) < 0)
    return NULL;
  fd_steal (&owned);
  return lib.sd_bus_set_bus_client (bus->bus, !bus->direct) >= 0 && lib.sd_bus_start (bus->bus) >= 0
             ? g_steal_pointer (&bus)
             : NULL;
}

/* There are buses without a systemd, like those of dbus-run-session(1). */
static gboolean
answers (Bus *bus)
{
  g_autofree char *version = bus->direct ? NULL : bus_property (bus, NULL, "Manager", "Version", NULL);
  return bus->direct || version != NULL;
}

Bus *
bus_open (gboolean system, GError **error)
{
  g_autoptr (GArray) addresses = addresses_of (system);
  g_autofree char *why = NULL;
  int connection;
  for (guint next = 0; (connection = connect_next (system, addresses, &next)) >= 0;)
    {
      g_autoptr (Bus) bus =
          load_library (error) ? bus_new (&g_array_index (addresses, Address, next - 1), connection) : NULL;
      if (bus != NULL && answers (bus))
        return g_steal_pointer (&bus);
      if (error != NULL && *error != NULL)
        return NULL;
    }
  why = why_nobody (system, addresses);
  fail (error, SNUG_ERROR_MISSING, "%s", why);
  return NULL;
}

void
bus_free (Bus *bus)
{
  if (bus->bus != NULL)
    lib.sd_bus_flush_close_unref (bus->bus);
  g_free (bus->path);
  g_free (bus->failure);
  g_free (bus->job);
  g_free (bus->result);
  g_free (bus);
}

const char *
bus_failure (const Bus *bus)
{
  return bus->failure;
}

/* --- Messages ------------------------------------------------------------------------------------------------------ */

static int append (sd_bus_message *message, GVariant *value);

/* What is inside the container @value: "a" and "v" hold one type, the others those between their parentheses. */
static char *
contents_of (GVariant *value)
{
  const char *type = g_variant_get_type_string (value);
  if (*type == 'v')
    {
      g_autoptr (GVariant) inside = g_variant_get_variant (value);
      return g_strdup (g_variant_get_type_string (inside));
    }
  return *type == 'a' ? g_strdup (type + 1) : g_strndup (type + 1, strlen (type) - 2);
}

static int
append_children (sd_bus_message *message, GVariant *value)
{
  int result = 0;
  for (gsize i = 0; result >= 0 && i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);
      result = append (message, child);
    }
  return result;
}

static int
append_container (sd_bus_message *message, char kind, GVariant *value)
{
  g_autofree char *contents = contents_of (value);
  int result = lib.sd_bus_message_open_container (message, kind, contents);
  if (result >= 0)
    result = append_children (message, value);
  return result < 0 ? result : lib.sd_bus_message_close_container (message);
}

static int
append (sd_bus_message *message, GVariant *value)
{
  GVariantClass class = g_variant_classify (value);
  guint64 number = 0; /* room for the widest of those that are copied as they are */
  int truth;
  switch (class)
    {
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_VARIANT:
      return append_container (message, (char) class, value);
    case G_VARIANT_CLASS_TUPLE:
      return append_container (message, SD_BUS_TYPE_STRUCT, value);
    case G_VARIANT_CLASS_DICT_ENTRY:
      return append_container (message, SD_BUS_TYPE_DICT_ENTRY, value);
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      return lib.sd_bus_message_append_basic (message, (char) class, g_variant_get_string (value, NULL));
    case G_VARIANT_CLASS_BOOLEAN:
      truth = g_variant_get_boolean (value);
      return lib.sd_bus_message_append_basic (message, SD_BUS_TYPE_BOOLEAN, &truth);
    case G_VARIANT_CLASS_MAYBE:
    case G_VARIANT_CLASS_HANDLE:
      return -EINVAL;
    default:
      g_variant_store (value, &number);
      return lib.sd_bus_message_append_basic (message, (char) class, &number);
    }
}

/* --- Calls --------------------------------------------------------------------------------------------------------- */

/* Systemd's text says what the matter is. */
static gboolean
fail_call (Bus *bus, const char *method, int result, const sd_bus_error *answer, GError **error)
{
  bus->failure = g_strdup (answer->name);
  if (answer->message != NULL)
    return fail (error, SNUG_ERROR_FAILED, _ ("systemd refuses %s: %s"), method, answer->message);
  return fail_bus (bus, result, error);
}

/* @reply is the caller's; NULL: not wanted. */
static gboolean
call (Bus *bus, const char *method, GVariant *arguments, sd_bus_message **reply, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (arguments);
  sd_bus_message *message = NULL;
  sd_bus_error answer = SD_BUS_ERROR_NULL;

  g_clear_pointer (&bus->failure, g_free);
  int result = lib.sd_bus_message_new_method_call (bus->bus, &message, SERVICE, OBJECT, MANAGER, method);
  if (result >= 0 && (result = append_children (message, owned)) >= 0)
    result = lib.sd_bus_call (bus->bus, message, PATIENCE, &answer, reply);
  if (message != NULL)
    lib.sd_bus_message_unref (message);
  if (result < 0)
    fail_call (bus, method, result, &answer, error);
  lib.sd_bus_error_free (&answer);
  return result >= 0;
}

gboolean
bus_call (Bus *bus, const char *method, GVariant *arguments, GError **error)
{
  return call (bus, method, arguments, NULL, error);
}

char *
bus_call_object (Bus *bus, const char *method, GVariant *arguments, GError **error)
{
  sd_bus_message *reply = NULL;
  const char *object = NULL;
  if (!call (bus, method, arguments, &reply, error))
    return NULL;
  int result = lib.sd_bus_message_read (reply, "o", &object);
  char *found = result >= 0 ? g_strdup (object) : NULL;
  lib.sd_bus_message_unref (reply);
  if (result < 0)
    fail_bus (bus, result, error);
  return found;
}

char *
bus_property (Bus *bus, const char *object, const char *kind, const char *name, GError **error)
{
  sd_bus_error answer = SD_BUS_ERROR_NULL;
  char *text = NULL;
  g_autofree char *interface = g_strconcat (SERVICE ".", kind, NULL);
  g_clear_pointer (&bus->failure, g_free);
  int result = lib.sd_bus_get_property_string (bus->bus, SERVICE, object ? object : OBJECT, interface, name,
                                               &answer, &text);
  if (result < 0)
    fail_call (bus, name, result, &answer, error);
  lib.sd_bus_error_free (&answer);
  return text;
}

/* --- Jobs ---------------------------------------------------------------------------------------------------------- */

/* JobRemoved (id, job, unit, result) */
static int
note_end (sd_bus_message *message, void *data, sd_bus_error *error G_GNUC_UNUSED)
{
  Bus *bus = data;
  const char *job, *unit, *result;
  guint32 id;
  if (lib.sd_bus_message_read (message, "uoss", &id, &job, &unit, &result) >= 0
      && g_strcmp0 (job, bus->job) == 0 && bus->result == NULL)
    bus->result = g_strdup (result);
  return 0;
}

/* A bus passes on only what was asked for, and systemd tells only who said so; its own socket needs neither. */
static gboolean
listen_to_jobs (Bus *bus, GError **error)
{
  int result = bus->listening ? 0
                              : lib.sd_bus_match_signal (bus->bus, NULL, bus->direct ? NULL : SERVICE, OBJECT,
                                                         MANAGER, "JobRemoved", note_end, bus);
  if (result < 0)
    return fail_bus (bus, result, error);
  if (!bus->listening && !bus->direct && !bus_call (bus, "Subscribe", g_variant_new ("()"), error))
    return FALSE;
  return bus->listening = TRUE;
}

static gboolean
wait_for_job (Bus *bus, const char *method, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE;
  while (bus->result == NULL)
    {
      int result = lib.sd_bus_process (bus->bus, NULL);
      gint64 left = deadline - g_get_monotonic_time ();
      if (result == 0 && left <= 0)
        result = -ETIMEDOUT;
      if (result == 0)
        result = lib.sd_bus_wait (bus->bus, (guint64) left);
      if (result < 0 && result != -EINTR)
        return fail_bus (bus, result, error);
    }
  return g_str_equal (bus->result, "done")
         || fail (error, SNUG_ERROR_FAILED, _ ("systemd could not do %s: its job ended with \"%s\""), method,
                  bus->result);
}

gboolean
bus_call_job (Bus *bus, const char *method, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (arguments);

  g_clear_pointer (&bus->job, g_free);
  g_clear_pointer (&bus->result, g_free);
  if (!listen_to_jobs (bus, error))
    return FALSE;
  bus->job = bus_call_object (bus, method, owned, error);
  return bus->job != NULL && wait_for_job (bus, method, error);
}

#else

/* Without the library nobody gets a Bus. */
Bus *
bus_open (gboolean system, GError **error)
{
  (void) system;
  fail (error, SNUG_ERROR_MISSING, "%s", _ (NO_LIBRARY));
  return NULL;
}

void
bus_free (Bus *bus G_GNUC_UNUSED)
{
}

gboolean
bus_call (Bus *bus G_GNUC_UNUSED, const char *method G_GNUC_UNUSED, GVariant *arguments G_GNUC_UNUSED,
          GError **error G_GNUC_UNUSED)
{
  g_return_val_if_reached (FALSE);
}

gboolean
bus_call_job (Bus *bus, const char *method, GVariant *arguments, GError **error)
{
  return bus_call (bus, method, arguments, error);
}

char *
bus_call_object (Bus *bus G_GNUC_UNUSED, const char *method G_GNUC_UNUSED, GVariant *arguments G_GNUC_UNUSED,
                 GError **error G_GNUC_UNUSED)
{
  g_return_val_if_reached (NULL);
}

char *
bus_property (Bus *bus G_GNUC_UNUSED, const char *object G_GNUC_UNUSED, const char *kind G_GNUC_UNUSED,
              const char *name G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  g_return_val_if_reached (NULL);
}

const char *
bus_failure (const Bus *bus G_GNUC_UNUSED)
{
  return NULL;
}

#endif
