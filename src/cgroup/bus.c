/* Connecting to a systemd, and calling it: see bus.h. */
#include "cgroup/bus.h"

#include "base/address.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/user.h"
#include "cgroup/dbus.h"

#include <poll.h>
#include <sys/socket.h>

#define SERVICE "org.freedesktop.systemd1"
#define OBJECT "/org/freedesktop/systemd1"
#define MANAGER SERVICE ".Manager"

/* How long systemd may take for an answer or a job, and how much there may be to hear meanwhile; in microseconds, and bytes. */
#define PATIENCE (30 * G_USEC_PER_SEC)
#define ATTENTION (64 << 20)

/* How much is read at a time, in bytes. */
#define AT_A_TIME 4096

/* More than a line of the greeting has, in bytes. */
#define LONGEST_LINE 512

#define HELP_USER_BUS                                                                                        \
  N_ ("needed is a user manager of systemd and its bus: install dbus-user-session, and log in, or have one " \
      "without a login by loginctl enable-linger")

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
 * numbers.  Nor is waited longer for one who takes no connections.  An errno. */
static int
connect_to (const char *path, uid_t owner, int *connection)
{
  const struct timeval patience = { .tv_sec = PATIENCE / G_USEC_PER_SEC };
  struct sockaddr_un address;
  struct ucred peer;
  socklen_t length = sizeof peer, used;
  if (!address_of (path, &address, &used))
    return errno;

  Fd fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0
      || connect (fd, (const struct sockaddr *) &address, used) < 0
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
  for (guint i = 0; !found && i < addresses->len; i++)
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
  Fd connection = connect_next (system, addresses, &next);
  *why = connection < 0 ? why_nobody (system, addresses) : NULL;
  return connection < 0 ? NULL : g_strdup (g_array_index (addresses, Address, next - 1).path);
}

/* --- The connection ------------------------------------------------------------------------------------------------ */

struct Bus
{
  int fd;
  char *path;
  gboolean direct;    /* nobody between us and systemd */
  gboolean listening; /* to the ends of jobs */
  guint32 serial;     /* of the last call */
  gint64 deadline;    /* of what is waited for … */
  gsize heard;        /* … and how much has come since */
  GByteArray *input;  /* not looked at yet, … */
  guint used;         /* … but for so many bytes */
  char *systemd;      /* what the bus calls it; NULL: not known yet */
  char *failure;
  GHashTable *ended; /* jobs by their paths, and what they came to */
};

static gboolean
fail_bus (const Bus *bus, int err, GError **error)
{
  return fail_errno (error, err, _ ("can't speak with systemd through %s"), bus->path);
}

static void
be_patient (Bus *bus)
{
  bus->deadline = g_get_monotonic_time () + PATIENCE;
  bus->heard = 0;
}

/* Until the other side has written (POLLIN), or takes more (POLLOUT). */
static gboolean
wait_for (Bus *bus, short event, GError **error)
{
  struct pollfd connection = { .fd = bus->fd, .events = event };
  int ready;
  do
    {
      gint64 left = bus->deadline - g_get_monotonic_time ();
      if (left <= 0)
        return fail_bus (bus, ETIMEDOUT, error);
      ready = poll (&connection, 1, (int) (left / 1000) + 1);
    }
  while (ready == 0 || (ready < 0 && errno == EINTR));
  return ready > 0 || fail_bus (bus, errno, error);
}

static gboolean
send_bytes (Bus *bus, const void *data, gsize size, GError **error)
{
  for (gsize done = 0; done < size;)
    {
      if (!wait_for (bus, POLLOUT, error))
        return FALSE;
      ssize_t n = send (bus->fd, (const char *) data + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN && errno != EINTR)
        return fail_bus (bus, errno, error);
      done += n < 0 ? 0 : (gsize) n;
    }
  return TRUE;
}

static gboolean
receive_bytes (Bus *bus, GError **error)
{
  guint8 data[AT_A_TIME];
  if (!wait_for (bus, POLLIN, error))
    return FALSE;
  ssize_t n = recv (bus->fd, data, sizeof data, 0);
  if (n <= 0)
    return fail_bus (bus, n == 0 ? ECONNRESET : errno, error);
  if ((bus->heard += (gsize) n) > ATTENTION)
    return fail_bus (bus, EMSGSIZE, error);
  g_byte_array_append (bus->input, data, (guint) n);
  return TRUE;
}

/* --- Greeting: the D-Bus specification, "Authentication Protocol" --------------------------------------------------- */

/* Takes the next line, which has to begin so. */
static gboolean
expect_line (Bus *bus, const char *begin, GError **error)
{
  const char *end;
  while ((end = memmem (bus->input->data, bus->input->len, "\r\n", 2)) == NULL)
    if (bus->input->len > LONGEST_LINE)
      return fail_bus (bus, EPROTO, error);
    else if (!receive_bytes (bus, error))
      return FALSE;
  const gsize length = (gsize) (end - (const char *) bus->input->data);
  const gboolean expected = length >= strlen (begin) && memcmp (bus->input->data, begin, strlen (begin)) == 0;
  g_byte_array_remove_range (bus->input, 0, (guint) length + 2);
  return expected || fail_bus (bus, EPROTO, error);
}

/* Who we are, the kernel says: a number of ours would not be the other side's in another user namespace. */
static gboolean
greet (Bus *bus, GError **error)
{
  static const char greeting[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
  be_patient (bus);
  return send_bytes (bus, greeting, sizeof greeting - 1, error) && expect_line (bus, "DATA", error)
         && expect_line (bus, "OK ", error);
}

/* --- Messages ------------------------------------------------------------------------------------------------------ */

/* Who is called: systemd, or the bus itself. */
typedef struct
{
  const char *service, *object, *interface;
} Callee;

static const Callee the_manager = { SERVICE, OBJECT, MANAGER };
static const Callee the_bus = { "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus" };

/* @arguments is taken if it is floating.  The number of the call is bus->serial then. */
static gboolean
send_call (Bus *bus, const Callee *callee, const char *method, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (arguments);
  g_autoptr (GByteArray) message = dbus_call (++bus->serial, bus->direct ? NULL : callee->service,
                                              callee->object, callee->interface, method, owned);
  return message != NULL ? send_bytes (bus, message->data, message->len, error) : fail_bus (bus, EINVAL, error);
}

static gboolean
receive_up_to (Bus *bus, gsize size, GError **error)
{
  while (bus->input->len < size)
    if (!receive_bytes (bus, error))
      return FALSE;
  return TRUE;
}

/* @message is there until the next one is. */
static gboolean
receive (Bus *bus, DBusMessage *message, GError **error)
{
  g_byte_array_remove_range (bus->input, 0, bus->used);
  bus->used = 0;
  if (!receive_up_to (bus, DBUS_START, error))
    return FALSE;
  const gsize length = dbus_length (bus->input->data);
  if (length == 0)
    return fail_bus (bus, EBADMSG, error);
  if (!receive_up_to (bus, length, error))
    return FALSE;
  bus->used = (guint) length;
  return dbus_parse (bus->input->data, length, message) || fail_bus (bus, EBADMSG, error);
}

/* JobRemoved (id, job, unit, result).  On a bus others could say so too. */
static void
note_end (Bus *bus, const DBusMessage *message)
{
  const char *job, *result;
  if (message->type != DBUS_SIGNAL || g_strcmp0 (message->member, "JobRemoved") != 0
      || g_strcmp0 (message->interface, MANAGER) != 0
      || (!bus->direct && g_strcmp0 (message->sender, bus->systemd) != 0))
    return;
  g_autoptr (GVariant) body = dbus_body (message);
  if (body == NULL || !g_variant_is_of_type (body, G_VARIANT_TYPE ("(uoss)")))
    return;
  g_variant_get (body, "(u&o&s&s)", NULL, &job, NULL, &result);
  g_hash_table_insert (bus->ended, g_strdup (job), g_strdup (result));
}

/* --- Calls --------------------------------------------------------------------------------------------------------- */

/* Systemd's text says what the matter is. */
static gboolean
fail_call (Bus *bus, const char *method, const DBusMessage *answer, GError **error)
{
  g_autoptr (GVariant) body = dbus_body (answer);
  const char *why = answer->failure ? answer->failure : "?";
  if (body != NULL && g_str_has_prefix (g_variant_get_type_string (body), "(s"))
    g_variant_get_child (body, 0, "&s", &why);
  bus->failure = g_strdup (answer->failure);
  return fail (error, SNUG_ERROR_FAILED, _ ("systemd refuses %s: %s"), method, why);
}

/* Whether it answers the last call. */
static gboolean
is_answer (const Bus *bus, const DBusMessage *message)
{
  return (message->type == DBUS_REPLY || message->type == DBUS_ERROR) && message->reply_to == bus->serial;
}

/* The answer to the last call; ends of jobs may come before it. */
static gboolean
receive_answer (Bus *bus, DBusMessage *answer, GError **error)
{
  do
    {
      dbus_clear (answer);
      if (!receive (bus, answer, error))
        return FALSE;
      note_end (bus, answer);
    }
  while (!is_answer (bus, answer));
  return TRUE;
}

/* What is returned, a tuple; the caller's. */
static GVariant *
call (Bus *bus, const Callee *callee, const char *method, GVariant *arguments, GError **error)
{
  g_auto (DBusMessage) answer = { 0 };
  g_clear_pointer (&bus->failure, g_free);
  be_patient (bus);
  if (!send_call (bus, callee, method, arguments, error) || !receive_answer (bus, &answer, error))
    return NULL;
  if (answer.type == DBUS_ERROR)
    {
      fail_call (bus, method, &answer, error);
      return NULL;
    }
  if (callee != &the_bus && bus->systemd == NULL)
    bus->systemd = g_strdup (answer.sender);
  GVariant *body = dbus_body (&answer);
  if (body == NULL)
    fail_bus (bus, EBADMSG, error);
  return body;
}

/* The same, if @type is returned. */
static GVariant *
call_for (Bus *bus, const Callee *callee, const char *method, GVariant *arguments, const char *type,
          GError **error)
{
  g_autoptr (GVariant) body = call (bus, callee, method, arguments, error);
  if (body == NULL || g_variant_is_of_type (body, G_VARIANT_TYPE (type)))
    return g_steal_pointer (&body);
  fail_bus (bus, EBADMSG, error);
  return NULL;
}

gboolean
bus_call (Bus *bus, const char *method, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) body = call (bus, &the_manager, method, arguments, error);
  return body != NULL;
}

char *
bus_call_object (Bus *bus, const char *method, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) body = call_for (bus, &the_manager, method, arguments, "(o)", error);
  char *object = NULL;
  if (body != NULL)
    g_variant_get (body, "(o)", &object);
  return object;
}

char *
bus_property (Bus *bus, const char *object, const char *kind, const char *name, GError **error)
{
  const Callee properties = { SERVICE, object ? object : OBJECT, "org.freedesktop.DBus.Properties" };
  g_autofree char *interface = g_strconcat (SERVICE ".", kind, NULL);
  g_autoptr (GVariant) body =
      call_for (bus, &properties, "Get", g_variant_new ("(ss)", interface, name), "(v)", error);
  g_autoptr (GVariant) value = NULL;
  if (body == NULL)
    return NULL;
  g_variant_get (body, "(v)", &value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  fail_bus (bus, EBADMSG, error);
  return NULL;
}

const char *
bus_failure (const Bus *bus)
{
  return bus->failure;
}

/* --- Opening ------------------------------------------------------------------------------------------------------- */

/* Begins to speak over @connection, which is taken. */
static Bus *
bus_new (const Address *address, int connection, GError **error)
{
  g_autoptr (Bus) bus = g_new0 (Bus, 1);
  bus->fd = connection;
  bus->path = g_strdup (address->path);
  bus->direct = address->direct;
  bus->input = g_byte_array_sized_new (AT_A_TIME);
  bus->ended = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return greet (bus, error) ? g_steal_pointer (&bus) : NULL;
}

/* A bus wants to be greeted first, and there are such without a systemd, as those of dbus-run-session(1). */
static gboolean
answers (Bus *bus, GError **error)
{
  if (bus->direct)
    return TRUE;
  if (!send_call (bus, &the_bus, "Hello", g_variant_new ("()"), error))
    return FALSE;
  g_autofree char *version = bus_property (bus, NULL, "Manager", "Version", error);
  return version != NULL;
}

Bus *
bus_open (gboolean system, GError **error)
{
  g_autoptr (GArray) addresses = addresses_of (system);
  g_autofree char *why = NULL;
  int connection;
  for (guint next = 0; (connection = connect_next (system, addresses, &next)) >= 0;)
    {
      g_autoptr (GError) failure = NULL;
      g_autoptr (Bus) bus = bus_new (&g_array_index (addresses, Address, next - 1), connection, &failure);
      if (bus != NULL && answers (bus, &failure))
        return g_steal_pointer (&bus);
      log_debug ("%s", failure->message);
    }
  why = why_nobody (system, addresses);
  fail (error, SNUG_ERROR_MISSING, "%s", why);
  return NULL;
}

void
bus_free (Bus *bus)
{
  close (bus->fd);
  g_byte_array_unref (bus->input);
  g_hash_table_unref (bus->ended);
  g_free (bus->path);
  g_free (bus->systemd);
  g_free (bus->failure);
  g_free (bus);
}

/* --- Jobs ---------------------------------------------------------------------------------------------------------- */

/* A bus passes on only what was asked for, and systemd tells only who said so; its own socket needs neither. */
static gboolean
listen_to_jobs (Bus *bus, GError **error)
{
  static const char wanted[] =
      "type='signal',sender='" SERVICE "',path='" OBJECT "',interface='" MANAGER "',member='JobRemoved'";
  if (bus->direct || bus->listening)
    return TRUE;
  g_autoptr (GVariant) matched = call (bus, &the_bus, "AddMatch", g_variant_new ("(s)", wanted), error);
  return bus->listening = matched != NULL && bus_call (bus, "Subscribe", g_variant_new ("()"), error);
}

static gboolean
wait_for_job (Bus *bus, const char *method, const char *job, GError **error)
{
  const char *result;
  be_patient (bus);
  while ((result = g_hash_table_lookup (bus->ended, job)) == NULL)
    {
      g_auto (DBusMessage) message = { 0 };
      if (!receive (bus, &message, error))
        return FALSE;
      note_end (bus, &message);
    }
  return g_str_equal (result, "done")
         || fail (error, SNUG_ERROR_FAILED, _ ("systemd could not do %s: its job ended with \"%s\""), method,
                  result);
}

gboolean
bus_call_job (Bus *bus, const char *method, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (arguments);
  g_autofree char *job = listen_to_jobs (bus, error) ? bus_call_object (bus, method, owned, error) : NULL;
  return job != NULL && wait_for_job (bus, method, job, error);
}
