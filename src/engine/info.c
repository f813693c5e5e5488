/* The documents on --info-fd and --json-status-fd, and the wait of --userns-block-fd.
 *
 * Their form is bubblewrap's, which programs parse.  They are written without printf(3), as append_number is.
 */
#include "engine/engine.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/number.h"

#include <sys/stat.h>

static const NamespaceType told[] = { NS_CGROUP, NS_IPC, NS_MOUNT, NS_NET, NS_PID, NS_UTS };

static void
add_member (GString *text, const char *name, const char *ending, guint64 value)
{
  g_string_append_c (text, '"');
  g_string_append (text, name);
  g_string_append (text, ending);
  g_string_append (text, "\": ");
  append_number (text, value, ',');
}

/* Looks at a namespace of init's.  Returns 0 if it can't be looked at. */
static ino_t
find_inode (const Sandbox *sandbox, const char *file)
{
  g_autoptr (GString) path = g_string_new (NULL);
  struct stat st;
  append_number (path, (guint64) sandbox->init, '/');
  g_string_append (path, "ns/");
  g_string_append (path, file);
  return fstatat (sandbox->proc, path->str, &st, 0) == 0 ? st.st_ino : 0;
}

/* Writes the pid and the ids of the namespaces that are new, between @start and @end, with @gap before each further member. */
static gboolean
describe (const Sandbox *sandbox, int fd, const char *start, const char *gap, const char *end, GError **error)
{
  g_autoptr (GString) text = g_string_new (start);
  add_member (text, "child-pid", "", (guint64) sandbox->init);
  for (gsize i = 0; i < G_N_ELEMENTS (told); i++)
    {
      const NamespaceNames *names = &namespace_names[told[i]];
      ino_t inode = sandbox->plan->clone_flags & names->flag ? find_inode (sandbox, names->file) : 0;
      if (inode == 0)
        continue;
      g_string_append (text, gap);
      add_member (text, names->file, "-namespace", inode);
    }
  g_string_truncate (text, text->len - 1); /* the last comma */
  g_string_append (text, end);
  return write_all (fd, text->str, text->len, error);
}

gboolean
monitor_info (Sandbox *sandbox, const Step *step, GError **error)
{
  gboolean ok = describe (sandbox, step->fd, "{\n    ", "\n    ", "\n}\n", error);
  if (step->fd != sandbox->plan->json_status_fd) /* whoever waits for its end waits before we end */
    close (step->fd);
  return ok;
}

gboolean
monitor_status (Sandbox *sandbox, const Step *step, GError **error)
{
  return describe (sandbox, step->fd, "{ ", " ", " }\n", error);
}

void
info_exit (const Sandbox *sandbox, int code)
{
  if (sandbox->plan->json_status_fd < 0)
    return;
  g_autoptr (GString) text = g_string_new ("{ \"exit-code\": ");
  append_number (text, (guint64) code, ' ');
  g_string_append (text, "}\n");
  write_all (sandbox->plan->json_status_fd, text->str, text->len, NULL);
}

gboolean
monitor_await_maps (Sandbox *sandbox, const Step *step, GError **error)
{
  char byte;
  if (!monitor_wait (sandbox, step->fd, error))
    return FALSE;
  if (read (step->fd, &byte, 1) < 0)
    return fail_errno (error, errno, _ ("can't read descriptor %d"), step->fd);
  return TRUE;
}
