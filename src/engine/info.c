/* The documents on --info-fd and --json-status-fd, and the wait of --userns-block-fd.
 *
 * Their form is bubblewrap's, which programs parse.
 */
#include "engine/engine.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/io.h"

#include <sys/stat.h>

static const NamespaceType told[] = { NS_CGROUP, NS_IPC, NS_MOUNT, NS_NET, NS_PID, NS_UTS };

/* The pid and the ids of the namespaces that are new, with @gap before each further member. */
static char *
describe (const Sandbox *sandbox, const char *gap)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "\"child-pid\": %d", sandbox->init);

  for (gsize i = 0; i < G_N_ELEMENTS (told); i++)
    {
      const NamespaceNames *names = &namespace_names[told[i]];
      g_autofree char *path = g_strdup_printf ("%d/ns/%s", sandbox->init, names->file);
      struct stat st;
      if (sandbox->plan->clone_flags & names->flag && fstatat (sandbox->proc, path, &st, 0) == 0)
        g_string_append_printf (text, ",%s\"%s-namespace\": %ju", gap, names->file, (uintmax_t) st.st_ino);
    }
  return g_string_free (text, FALSE);
}

gboolean
monitor_info (Sandbox *sandbox, const Step *step, GError **error)
{
  g_autofree char *members = describe (sandbox, "\n    ");
  g_autofree char *text = g_strdup_printf ("{\n    %s\n}\n", members);
  gboolean ok = write_all (step->fd, text, strlen (text), error);
  if (step->fd != sandbox->plan->json_status_fd) /* whoever waits for its end waits before we end */
    close (step->fd);
  return ok;
}

gboolean
monitor_status (Sandbox *sandbox, const Step *step, GError **error)
{
  g_autofree char *members = describe (sandbox, " ");
  g_autofree char *text = g_strdup_printf ("{ %s }\n", members);
  return write_all (step->fd, text, strlen (text), error);
}

void
info_exit (const Sandbox *sandbox, int code)
{
  if (sandbox->plan->json_status_fd < 0)
    return;
  g_autofree char *text = g_strdup_printf ("{ \"exit-code\": %i }\n", code);
  write_all (sandbox->plan->json_status_fd, text, strlen (text), NULL);
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
