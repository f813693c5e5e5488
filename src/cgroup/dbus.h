/* D-Bus messages as they are on the wire, from and to GVariants: the D-Bus specification, "Type System" and "Message Protocol".
 *
 * Only what is needed to call systemd: our own byte order, no descriptors.  What comes from the other side is not trusted.
 *
 * Must not: know of connections, or of systemd.
 */
#pragma once

#include <glib.h>

typedef enum
{
  DBUS_CALL = 1,
  DBUS_REPLY = 2,
  DBUS_ERROR = 3,
  DBUS_SIGNAL = 4,
} DBusType;

/* As many bytes of a message tell how long it is. */
#define DBUS_START 16

/* More than systemd ever has to say; in bytes. */
#define DBUS_LARGEST (1 << 20)

/* What a message says of itself; dbus_parse owns it until dbus_clear.  Texts are NULL if it does not say. */
typedef struct
{
  DBusType type;
  guint32 reply_to; /* the number of the call; 0: of none */
  const char *object, *interface, *member, *failure, *sender, *signature;
  const guint8 *body; /* in the data that was parsed */
  gsize size;
  GVariant *header;
} DBusMessage;

/* The call number @serial of @service (NULL: whoever is at the other end of the connection).  @arguments: a tuple, not floating.
 * The caller's; NULL if they have a type that D-Bus has not. */
GByteArray *dbus_call (guint32 serial, const char *service, const char *object, const char *interface,
                       const char *method, GVariant *arguments);

/* Whether D-Bus has all types that @value, which is not floating, is made of: a property of a unit can be that then. */
gboolean dbus_has (GVariant *value);

/* How long the message is that begins at @data, where DBUS_START bytes are; 0: this begins none, or a larger one than
 * DBUS_LARGEST. */
gsize dbus_length (const guint8 *data);

/* Reads the header of the message of @length bytes at @data, which have to stay as long as @message.  FALSE if there is something
 * wrong with it; nothing has to be cleared then. */
gboolean dbus_parse (const guint8 *data, gsize length, DBusMessage *message);
void dbus_clear (DBusMessage *message);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DBusMessage, dbus_clear)

/* The values of the body: a tuple; the caller's.  NULL if there is something wrong with it. */
GVariant *dbus_body (const DBusMessage *message);
