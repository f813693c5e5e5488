/* Network devices that move into the container: config-linux.md, "Network Devices"; rtnetlink(7).
 *
 * A device keeps its attributes when it changes its namespace, but not its addresses: those that were given for good are read
 * before and given again.  If the container can't be made, its devices come back the same way.  Later nothing brings one back:
 * with its namespace it goes where the kernel puts it.
 */
#include "engine/engine.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/log.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>

/* --- Messages ---------------------------------------------------------------------------------------------------- */

/* A request: a header, the fixed part of its kind, attributes. */
typedef struct
{
  _Alignas(struct nlmsghdr) char bytes[1024];
} Request;

static struct nlmsghdr *
header_of (Request *request)
{
  return (struct nlmsghdr *) (void *) request->bytes;
}

static void
begin_request (Request *request, int type, int flags, const void *fixed, gsize length)
{
  memset (request, 0, sizeof *request);
  *header_of (request) = (struct nlmsghdr){ .nlmsg_len = (guint32) NLMSG_LENGTH (length),
                                            .nlmsg_type = (guint16) type,
                                            .nlmsg_flags = (guint16) (NLM_F_REQUEST | flags) };
  memcpy (NLMSG_DATA (header_of (request)), fixed, length);
}

static void
add_attribute (Request *request, int type, const void *data, gsize length)
{
  struct nlmsghdr *header = header_of (request);
  gsize end = NLMSG_ALIGN (header->nlmsg_len);
  struct rtattr *attribute = (struct rtattr *) (void *) (request->bytes + end);
  g_assert (end + RTA_LENGTH (length) <= sizeof request->bytes);
  attribute->rta_type = (guint16) type;
  attribute->rta_len = (guint16) RTA_LENGTH (length);
  memcpy (RTA_DATA (attribute), data, length);
  header->nlmsg_len = (guint32) (end + RTA_LENGTH (length));
}

/* Is called with each message of an answer. */
typedef void AnswerReader (const struct nlmsghdr *message, gpointer data);

/* Sends @request and reads the answer to its end.  Returns 0, or -1 with errno. */
static int
ask (int sock, Request *request, AnswerReader *reader, gpointer data)
{
  static _Alignas(struct nlmsghdr) char answer[65536];
  struct nlmsghdr *header = header_of (request);

  if ((header->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
    header->nlmsg_flags |= NLM_F_ACK;
  if (send (sock, request->bytes, header->nlmsg_len, 0) < 0)
    return -1;
  for (;;)
    {
      ssize_t n = recv (sock, answer, sizeof answer, 0);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      guint left = (guint) n;
      for (struct nlmsghdr *message = (struct nlmsghdr *) (void *) answer; NLMSG_OK (message, left);
           message = NLMSG_NEXT (message, left))
        {
          if (message->nlmsg_type == NLMSG_DONE)
            return 0;
          if (message->nlmsg_type == NLMSG_ERROR)
            {
              errno = -((const struct nlmsgerr *) NLMSG_DATA (message))->error;
              return errno == 0 ? 0 : -1;
            }
          if (reader != NULL)
            reader (message, data);
        }
    }
}

/* --- Devices ------------------------------------------------------------------------------------------------------ */

static void
note_index (const struct nlmsghdr *message, gpointer data)
{
  GArray *found = data;
  if (message->nlmsg_type == RTM_NEWLINK)
    g_array_append_val (found, ((const struct ifinfomsg *) NLMSG_DATA (message))->ifi_index);
}

/* The indices of all devices, or of the one with @name.  NULL with errno. */
static GArray *
find_devices (int sock, const char *name)
{
  const struct ifinfomsg all = { .ifi_family = AF_UNSPEC };
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (int));
  Request request;

  begin_request (&request, RTM_GETLINK, name == NULL ? NLM_F_DUMP : 0, &all, sizeof all);
  if (name != NULL)
    add_attribute (&request, IFLA_IFNAME, name, strlen (name) + 1);
  return ask (sock, &request, note_index, found) < 0 ? NULL : g_steal_pointer (&found);
}

/* The one that is in @after and was not in @before; 0: none. */
static int
find_newcomer (const GArray *before, const GArray *after)
{
  for (guint i = 0; i < after->len; i++)
    {
      int index = g_array_index (after, int, i);
      guint j = 0;
      while (j < before->len && g_array_index (before, int, j) != index)
        j++;
      if (j == before->len)
        return index;
    }
  return 0;
}

static int
move_device (int sock, int index, int netns, const char *new_name)
{
  const struct ifinfomsg link = { .ifi_family = AF_UNSPEC, .ifi_index = index };
  Request request;
  begin_request (&request, RTM_NEWLINK, 0, &link, sizeof link);
  add_attribute (&request, IFLA_NET_NS_FD, &netns, sizeof netns);
  add_attribute (&request, IFLA_IFNAME, new_name, strlen (new_name) + 1);
  return ask (sock, &request, NULL, NULL);
}

static int
set_up (int sock, int index)
{
  const struct ifinfomsg link = {
    .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP
  };
  Request request;
  begin_request (&request, RTM_NEWLINK, 0, &link, sizeof link);
  return ask (sock, &request, NULL, NULL);
}

/* --- Addresses ---------------------------------------------------------------------------------------------------- */

typedef struct
{
  int index;
  GPtrArray *found; /* of struct nlmsghdr */
} Addresses;

/* What of an address makes it: the rest comes with the device, or has its name in it. */
static const int address_parts[] = { IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_FLAGS };

static const struct rtattr *
find_part (const struct nlmsghdr *message, int type)
{
  guint left = (guint) IFA_PAYLOAD (message);
  for (const struct rtattr *part = IFA_RTA (NLMSG_DATA (message)); RTA_OK (part, left);
       part = RTA_NEXT (part, left))
    if (part->rta_type == type)
      return part;
  return NULL;
}

static void
note_address (const struct nlmsghdr *message, gpointer data)
{
  const Addresses *addresses = data;
  const struct ifaddrmsg *address = NLMSG_DATA (message);
  if (message->nlmsg_type != RTM_NEWADDR || (int) address->ifa_index != addresses->index)
    return;
  const struct rtattr *flags = find_part (message, IFA_FLAGS);
  guint32 all = flags ? *(const guint32 *) RTA_DATA (flags) : address->ifa_flags;
  if (address->ifa_scope == RT_SCOPE_UNIVERSE && all & IFA_F_PERMANENT)
    g_ptr_array_add (addresses->found, g_memdup2 (message, message->nlmsg_len));
}

/* The addresses of the device @index that are global and for good.  NULL with errno. */
static GPtrArray *
read_addresses (int sock, int index)
{
  const struct ifaddrmsg all = { .ifa_family = AF_UNSPEC };
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  Addresses addresses = { index, found };
  Request request;
  begin_request (&request, RTM_GETADDR, NLM_F_DUMP, &all, sizeof all);
  return ask (sock, &request, note_address, &addresses) < 0 ? NULL : g_steal_pointer (&found);
}

static int
add_address (int sock, int index, const struct nlmsghdr *old)
{
  struct ifaddrmsg address = *(const struct ifaddrmsg *) NLMSG_DATA (old);
  Request request;
  address.ifa_index = (guint32) index;
  begin_request (&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &address, sizeof address);
  for (gsize i = 0; i < G_N_ELEMENTS (address_parts); i++)
    {
      const struct rtattr *part = find_part (old, address_parts[i]);
      if (part != NULL)
        add_attribute (&request, address_parts[i], RTA_DATA (part), RTA_PAYLOAD (part));
    }
  return ask (sock, &request, NULL, NULL);
}

static int
add_addresses (int sock, int index, const GPtrArray *addresses)
{
  for (guint i = 0; i < addresses->len; i++)
    if (add_address (sock, index, addresses->pdata[i]) < 0)
      return -1;
  return 0;
}

/* --- The step ----------------------------------------------------------------------------------------------------- */

static int
talk_to_kernel (void)
{
  return socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/* A socket of another namespace of the network, for which we have to be there for a moment. */
static int
talk_to_kernel_in (int netns)
{
  Fd here = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (here < 0 || setns (netns, CLONE_NEWNET) < 0)
    return -1;
  int sock = talk_to_kernel (), failure = errno;
  if (setns (here, CLONE_NEWNET) < 0)
    g_error ("setns: %s", strerror (errno)); /* nothing of ours may go on there */
  errno = failure;
  return sock;
}

/* The kernel would move the device first, and then refuse to rename it. */
static gboolean
check_name (int there, const char *name, GError **error)
{
  g_autoptr (GArray) same = strchr (name, '%') ? NULL : find_devices (there, name);
  return same == NULL || same->len == 0
         || fail_errno (error, EEXIST, _ ("can't name a network device %s in the container"), name);
}

/* A network namespace, and a socket that talks to the kernel there. */
typedef struct
{
  int netns, sock;
} Network;

/* Has the device @index, of which @from talks, carried to @to, and gives it its addresses there.  *@there: its index there,
 * once it is.  Returns 0, or -1 with errno. */
static int
carry (int from, int index, const Network *to, const char *new_name, int *there)
{
  g_autoptr (GPtrArray) addresses = read_addresses (from, index);
  g_autoptr (GArray) before = find_devices (to->sock, NULL);
  *there = 0;
  if (addresses == NULL || before == NULL || move_device (from, index, to->netns, new_name) < 0)
    return -1;
  g_autoptr (GArray) after = find_devices (to->sock, NULL);
  *there = after ? find_newcomer (before, after) : 0;
  return *there == 0 ? -1 : add_addresses (to->sock, *there, addresses);
}

struct MovedDevice
{
  char *name;
  int sock; /* of where it is now */
  int index;
  gboolean up; /* it was so here */
};

static void
moved_free (gpointer data)
{
  MovedDevice *moved = data;
  fd_clear (&moved->sock);
  g_free (moved->name);
  g_free (moved);
}

static void
note_flags (const struct nlmsghdr *message, gpointer data)
{
  if (message->nlmsg_type == RTM_NEWLINK)
    *(unsigned *) data = ((const struct ifinfomsg *) NLMSG_DATA (message))->ifi_flags;
}

static gboolean
is_up (int sock, int index)
{
  const struct ifinfomsg link = { .ifi_family = AF_UNSPEC, .ifi_index = index };
  unsigned flags = 0;
  Request request;
  begin_request (&request, RTM_GETLINK, 0, &link, sizeof link);
  return ask (sock, &request, note_flags, &flags) == 0 && flags & IFF_UP;
}

/* It has another namespace's descriptor as long as it may have to come back. */
static void
remember (Sandbox *sandbox, const char *name, int sock, int index, gboolean up)
{
  MovedDevice moved = { g_strdup (name), sock, index, up };
  if (sandbox->moved == NULL)
    sandbox->moved = g_ptr_array_new_with_free_func (moved_free);
  g_ptr_array_add (sandbox->moved, g_memdup2 (&moved, sizeof moved));
}

gboolean
monitor_net_device (Sandbox *sandbox, const Step *step, GError **error)
{
  const char *name = step->path, *new_name = step->dest != NULL ? step->dest : name;
  g_autofree char *path = g_strdup_printf ("%d/ns/net", (int) sandbox->init);
  Fd netns = openat (sandbox->proc, path, O_RDONLY | O_CLOEXEC);
  Fd here = talk_to_kernel ();
  Fd there = netns >= 0 ? talk_to_kernel_in (netns) : -1;
  int moved;
  if (here < 0 || there < 0)
    return fail_errno (error, errno, _ ("can't reach the container's network"));
  if (!check_name (there, new_name, error))
    return FALSE;

  g_autoptr (GArray) device = find_devices (here, name);
  if (device == NULL || device->len == 0)
    return fail_errno (error, device ? ENODEV : errno, _ ("can't find the network device %s"), name);
  int index = g_array_index (device, int, 0);
  gboolean up = is_up (here, index);
  int result = carry (here, index, &(Network){ netns, there }, new_name, &moved);
  if (result == 0)
    result = set_up (there, moved);
  int failure = errno;
  if (moved != 0)
    remember (sandbox, name, fd_steal (&there), moved, up);
  if (result < 0 && moved != 0)
    return fail_errno (error, failure, _ ("can't set up the network device %s in the container"), name);
  return result == 0 || fail_errno (error, failure, _ ("can't move the network device %s"), name);
}

/* The last one comes first: it may have been put on others. */
void
net_devices_return (Sandbox *sandbox)
{
  Fd netns = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  Fd here = talk_to_kernel ();
  int index;
  while (sandbox->moved != NULL && sandbox->moved->len > 0)
    {
      MovedDevice *last = g_ptr_array_index (sandbox->moved, sandbox->moved->len - 1);
      if (here < 0 || netns < 0
          || carry (last->sock, last->index, &(Network){ netns, here }, last->name, &index) < 0
          || (last->up && set_up (here, index) < 0))
        log_warning (_ ("can't bring the network device %s back: %s"), last->name, strerror (errno));
      g_ptr_array_set_size (sandbox->moved, (int) sandbox->moved->len - 1);
    }
}
