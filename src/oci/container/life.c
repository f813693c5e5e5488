/* See life.h. */
#include "oci/container/life.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/log.h"
#include "base/sys.h"
#include "engine/socket.h"
#include "oci/container/listener.h"
#include "oci/container/notify.h"
#include "oci/container/processes.h"
#include "oci/container/resctrl.h"
#include "oci/container/resources.h"

#include <poll.h>
#include <sys/socket.h>

/* How long delete --force waits for a killed process, in milliseconds: the kernel frees its memory first. */
#define PATIENCE 10000

Life *
life_new (void)
{
  Life *life = g_new0 (Life, 1);
  life->bundle_dir = life->console = life->notify = -1;
  return life;
}

/* What was started may still share the pages of this: to free it would be to copy them, and the verb ends now anyway. */
static void
free_what_was_made_of (Life *life)
{
  if (life->sandbox != NULL)
    return;
  g_clear_pointer (&life->plan, plan_free);
  g_clear_pointer (&life->spec, spec_free);
  g_clear_pointer (&life->config, config_free);
  g_clear_pointer (&life->limits, cgroup_limits_free);
}

void
life_free (Life *life)
{
  free_what_was_made_of (life);
  g_clear_pointer (&life->sandbox, engine_free);
  g_clear_pointer (&life->unit, g_variant_unref);
  g_clear_pointer (&life->cgroup, cgroup_free);
  g_free (life->cgroup_name);
  g_clear_pointer (&life->container, container_free);
  g_clear_pointer (&life->store, store_free);
  filters_clear (&life->filter);
  fd_clear (&life->bundle_dir);
  fd_clear (&life->console);
  fd_clear (&life->notify);
  g_free (life->bundle);
  g_free (life);
}

gboolean
life_open (Life *life, const OciOptions *options, ContainerLock lock, GError **error)
{
  if (life->store == NULL)
    life->store = store_open (options->root, error);
  if (life->store == NULL)
    return FALSE;
  life->container = container_look (life->store, options->arguments[0], lock, error);
  return life->container != NULL;
}

/* --- What others are told ------------------------------------------------------------------------------------ */

static gboolean
send_pidfd (const Life *life, const char *path, GError **error)
{
  static const char name[] = "pidfd";
  Fd sock = connect_socket (path, error);
  return sock >= 0 && send_descriptors (sock, name, sizeof name, &life->sandbox->init_fd, 1, error);
}

/* Whole or not at all: who watches the file reads it as soon as it is there. */
static gboolean
write_pid_file (const char *path, pid_t pid, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%d", (int) pid);
  g_autofree char *temporary = g_strdup_printf ("%s.%d~", path, (int) getpid ());
  Fd file = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (file < 0)
    return fail_errno (error, errno, "--pid-file %s", path);
  if (write_all (file, text, strlen (text), error) && rename (temporary, path) == 0)
    return TRUE;
  int failure = errno;
  unlink (temporary);
  return error != NULL && *error != NULL ? FALSE : fail_errno (error, failure, "--pid-file %s", path);
}

/* Writes the pid to --pid-file and sends a pidfd to --pidfd-socket, where they are asked for. */
static gboolean
publish (const Life *life, const OciOptions *options, GError **error)
{
  gboolean entered = life->plan->enter_fd >= 0;
  const char *receiver = entered ? NULL : config_annotation (life->config, "run.oci.pidfd_receiver");

  if ((options->pidfd_socket != NULL && !send_pidfd (life, options->pidfd_socket, error))
      || (receiver != NULL && !send_pidfd (life, receiver, error)))
    return FALSE;
  return options->pid_file == NULL || write_pid_file (options->pid_file, life->sandbox->init, error);
}

/* --- Preparing ------------------------------------------------------------------------------------------------ */

static gboolean
open_bundle (Life *life, const OciOptions *options, GError **error)
{
  const char *path = options->bundle ? options->bundle : ".";
  char real[PATH_MAX];
  life->bundle_dir = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (life->bundle_dir < 0 || realpath (path, real) == NULL)
    return fail_errno (error, errno, _ ("can't open the bundle %s"), path);
  life->bundle = g_strdup (real);
  return TRUE;
}

/* What the verb's options add to what the document says. */
static gboolean
add_options (Life *life, const OciOptions *options, gboolean attached, GError **error)
{
  Bundle *bundle = life->spec->bundle;

  bundle->keyring = !options->no_new_keyring;
  bundle->no_pivot = options->no_pivot;
  life->spec->die_with_parent.given = options->die_with_parent;
  for (guint i = 0; i < options->preserve_fds; i++)
    {
      Descriptor kept = { (int) (3 + i), { 0 } };
      g_array_append_val (life->spec->keep_fds, kept);
    }
  if (options->die_with_parent && !attached)
    return fail (error, SNUG_ERROR_USAGE,
                 _ ("--die-with-parent: nobody waits for a container that is detached"));
  if (options->console_socket != NULL && !bundle->terminal.given)
    return fail (error, SNUG_ERROR_USAGE, _ ("--console-socket: the process has no terminal"));
  return attached || !bundle->terminal.given || options->console_socket != NULL
         || fail (error, SNUG_ERROR_USAGE,
                  _ ("the process wants a terminal: without --console-socket there is nobody to "
                     "take it"));
}

static gboolean
connect_console (Life *life, const OciOptions *options, GError **error)
{
  return options->console_socket == NULL
         || (life->console = connect_socket (options->console_socket, error)) >= 0;
}

/* What later verbs read, whatever becomes of the bundle. */
static gboolean
keep_config (const Life *life, GError **error)
{
  Fd file = openat (life->container->dir, ENTRY_CONFIG, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0)
    return fail_errno (error, errno, _ ("can't keep a copy of %s"), "config.json");
  g_autofree char *text = config_kept (life->config);
  return write_all (file, text, strlen (text), error);
}

static void
fill_record (Life *life)
{
  Container *container = life->container;
  JsonCursor top = json_top (life->config->document);
  JsonCursor annotations = json_member (&top, "annotations");

  container->oci_version = g_strdup (life->config->version);
  container->bundle = g_strdup (life->bundle);
  container->rootfs =
      g_strdup (life->spec->fs->len > 0 ? g_array_index (life->spec->fs, FsOp, 0).source : NULL);
  container->annotations = json_object_get (annotations.value);
}

/* The rules of a known filter are taken out of the text; whoever asks for an explanation sees them all. */
static gboolean
load_config (Life *life, const OciOptions *options, GError **error)
{
  const char *name = options->config ? options->config : "config.json";
  g_autofree char *text = NULL;
  gsize length;
  if (!config_read_text (name[0] == '/' ? AT_FDCWD : life->bundle_dir, name, &text, &length, error))
    return FALSE;
  if (!options->explain)
    filters_find (&life->filter, text, length);
  life->config = config_load_text (text, length, error);
  if (life->config == NULL)
    g_prefix_error (error, "%s: ", name);
  return life->config != NULL;
}

/* What is wanted.  Nothing is made yet. */
static gboolean
read_bundle (Life *life, const OciOptions *options, gboolean attached, GError **error)
{
  if (!container_check_id (options->arguments[0], error) || !open_bundle (life, options, error))
    return FALSE;
  const ConfigContext context = { options->arguments[0], life->bundle, life->bundle_dir };
  if (!load_config (life, options, error) || (life->starts && !config_require_process (life->config, error)))
    return FALSE;
  life->spec = config_to_spec (life->config, &context, error);
  return life->spec != NULL && add_options (life, options, attached, error);
}

/* What is asked of its cgroup.  Before 1.3 engines sent 0 where any number of processes was allowed. */
static gboolean
read_limits (Life *life, GError **error)
{
  life->limits = cgroup_limits_new ();
  if (!resources_read (&life->config->resources, life->limits, error))
    return FALSE;
  LimitNumber *pids = &life->limits->numbers[LIMIT_PIDS];
  pids->given = pids->given && (pids->value != 0 || config_is_since (life->config, 3));
  if (!cgroup_limits_compile (life->limits, error))
    return FALSE;
  return limits_systemd_properties (life->config, &life->unit, error);
}

static CgroupWish
cgroup_wish (Life *life, const OciOptions *options)
{
  if (life->cgroup_name == NULL)
    life->cgroup_name = g_strconcat ("snug-", options->arguments[0], NULL);
  return container_cgroup_wish (life->spec, options, life->cgroup_name, life->limits, life->unit);
}

gboolean
life_explain (Life *life, const OciOptions *options, gboolean attached, GError **error)
{
  Fd gate =
      socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); /* nameless: the real one is in the container's folder */
  if (!read_bundle (life, options, attached, error) || !read_limits (life, error))
    return FALSE;
  life->spec->bundle->gate_fd = gate;
  life->plan = plan_compile (life->spec, error);
  if (life->plan == NULL)
    return FALSE;
  const CgroupWish wish = cgroup_wish (life, options);
  plan_explain (life->spec, life->plan, &wish, options->explain == EXPLAIN_JSON, stdout);
  return TRUE;
}

static gboolean
prepare (Life *life, const OciOptions *options, gboolean attached, GError **error)
{
  if (!read_bundle (life, options, attached, error) || !connect_console (life, options, error)
      || !config_open_hook_output (life->config, life->spec->bundle, error))
    return FALSE;
  life->store = store_open (options->root, error);
  if (life->store == NULL || !read_limits (life, error))
    return FALSE;
  life_finish_removals (life->store, options->arguments[0]); /* the hooks of one of this id come before it */
  life->container = container_new (life->store, options->arguments[0], error);
  return life->container != NULL;
}

/* --- Beginning ------------------------------------------------------------------------------------------------- */

/* Where the compiled filter lies: whoever enters the container gets the very one. */
static gboolean
open_filter (Life *life, GError **error)
{
  if (life->spec->seccomp->len == 0)
    return TRUE;
  SeccompFilter *filter = &g_array_index (life->spec->seccomp, SeccompFilter, 0);
  filter->fd = openat (life->container->dir, ENTRY_FILTER, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  return (filter->fd >= 0 && filters_give (&life->filter, filter->fd))
         || fail_errno (error, errno, _ ("can't keep a copy of %s"), "linux.seccomp");
}

/* Clones, into the cgroup that there is, if it can be. */
static gboolean
begin (Life *life, const OciOptions *options, GError **error)
{
  if (!open_filter (life, error))
    return FALSE;
  life->plan = plan_compile (life->spec, error);
  if (life->plan == NULL)
    return FALSE;
  if (life->spec->seccomp->len > 0)
    filters_keep (&life->filter, g_array_index (life->spec->seccomp, SeccompFilter, 0).fd);
  life->sandbox = engine_begin (life->plan, life->cgroup, options->parent, error);
  return life->sandbox != NULL;
}

/* The same in a cgroup that is made for it. */
static gboolean
begin_in_new_cgroup (Life *life, const OciOptions *options, GError **error)
{
  limits_forget_devices (life->limits);
  CgroupWish wish = cgroup_wish (life, options);
  container_expect_cgroup (life->container, &wish);
  if (!cgroup_prepare (&wish, &life->cgroup, error) || !begin (life, options, error)
      || !cgroup_fill (&wish, life->sandbox->init, life->sandbox->placed, &life->cgroup, error))
    return FALSE;
  container_note_cgroup (life->container, life->cgroup);
  return TRUE;
}

/* --- Making --------------------------------------------------------------------------------------------------- */

static gboolean
build (Life *life, const OciOptions *options, GError **error)
{
  Bundle *bundle = life->spec->bundle;

  fill_record (life);
  if (!keep_config (life, error) || !notify_prepare (life, options, error))
    return FALSE;
  if (!life->starts && (bundle->gate_fd = gate_listen (life->container->dir, error)) < 0)
    return FALSE;
  if (!begin_in_new_cgroup (life, options, error))
    return FALSE;
  life->container->namespaces = life->plan->clone_flags;
  life->sandbox->console_socket = life->console;
  /* At its gate it does not end with us any more: by then it has to be known. */
  if (!container_set_process (life->container, life->sandbox->init, error)
      || !container_save (life->container, error) || !resctrl_apply (life, error)
      || !engine_set_going (life->sandbox, error) || !engine_build (life->sandbox, error))
    return FALSE;
  life->container->status = STATUS_CREATED;
  return container_save (life->container, error) && publish (life, options, error);
}

/* Takes back what build did.  Hooks that may have begun something get their chance to end it. */
static int
unmake (Life *life)
{
  int code = life->sandbox != NULL ? engine_undo (life->sandbox) : -1;
  g_autoptr (GError) error = NULL;

  fd_clear (&life->spec->bundle->gate_fd);
  if (life->in_resctrl)
    resctrl_remove (life);
  if ((life->cgroup && !cgroup_remove (life->cgroup, &error))
      || !life_remove (life, life->sandbox != NULL, &error))
    log_warning ("%s", error->message);
  return code;
}

int
life_create (Life *life, const OciOptions *options, gboolean attached, GError **error)
{
  life->attached = attached;
  if (!prepare (life, options, attached, error))
    return -1;
  if (!build (life, options, error))
    return unmake (life);
  fd_clear (&life->spec->bundle->gate_fd);
  return 0;
}

/* --- Starting and ending -------------------------------------------------------------------------------------- */

gboolean
life_load_kept (Life *life, GError **error)
{
  if (life->config != NULL)
    return TRUE;
  const ConfigContext context = { life->container->id, life->container->bundle, -1 };
  life->config = config_load (life->container->dir, ENTRY_CONFIG, error);
  if (life->config == NULL)
    return FALSE;
  life->spec = config_hooks_spec (life->config, &context, error);
  return life->spec != NULL && config_open_hook_output (life->config, life->spec->bundle, error);
}

/* Kills what runs of the container.  *@pidfd: its first process, or -1 if it has ended. */
static gboolean
kill_all (const Container *container, int *pidfd, GError **error)
{
  g_autoptr (GError) missing = NULL;
  *pidfd = container_pidfd (container, &missing);
  if (*pidfd < 0)
    {
      if (g_error_matches (missing, SNUG_ERROR, SNUG_ERROR_MISSING))
        return TRUE;
      return fail_with (error, g_steal_pointer (&missing));
    }
  /* Its own pid namespace ends with the first one; else that takes nobody along. */
  if (!container->foreign && (container->cgroup != NULL || !(container->namespaces & CLONE_NEWPID)))
    container_signal_all (container, SIGKILL, NULL);
  return sys_pidfd_send_signal (*pidfd, SIGKILL) == 0 || errno == ESRCH
         || fail_errno (error, errno, _ ("can't kill the container"));
}

/* And waits until it is gone. */
static gboolean
kill_and_wait (const Container *container, GError **error)
{
  Fd pidfd = -1;
  if (!kill_all (container, &pidfd, error))
    return FALSE;
  if (pidfd < 0)
    return TRUE;
  struct pollfd end = { .fd = pidfd, .events = POLLIN };
  int n = poll (&end, 1, PATIENCE);
  return n > 0 || fail_errno (error, n < 0 ? errno : ETIMEDOUT, _ ("can't kill the container"));
}

/* Removes what there is of an ended container. */
static gboolean
destroy (Life *life, GError **error)
{
  g_autoptr (GError) unreadable = NULL;
  gboolean loaded = !life->container->foreign && life_load_kept (life, &unreadable);
  if (!container_remove_cgroup (life->container, error))
    return FALSE;
  if (loaded)
    resctrl_remove (life);
  return life_remove (life, loaded, error);
}

/* A hook that fails ends the container. */
static gboolean
end_of_hook (Life *life)
{
  g_autoptr (GError) error = NULL;
  if (!life_end (life, &error))
    log_warning ("%s", error->message);
  return FALSE;
}

static gboolean
run_poststart (const Life *life, GError **error)
{
  const GArray *hooks = life->spec->bundle->hooks[HOOK_POSTSTART];
  for (guint i = 0; i < hooks->len; i++)
    if (!engine_hook (life->spec->bundle, &g_array_index (hooks, Hook, i), status_name (STATUS_RUNNING),
                      life->container->pid, error))
      return FALSE;
  return TRUE;
}

gboolean
life_start (Life *life, GError **error)
{
  Container *container = life->container;
  if (container->status != STATUS_CREATED)
    return fail (error, SNUG_ERROR_FAILED, _ ("cannot start a container that is %s"),
                 status_name (container->status));
  if (container->foreign)
    return fail (error, SNUG_ERROR_FAILED, _ ("cannot start another user's container"));
  if (!life_load_kept (life, error) || !config_require_process (life->config, error))
    return FALSE;

  if (!notify_listen (life, error))
    return FALSE;
  gboolean has_hook = life->spec->bundle->hooks[HOOK_START_CONTAINER]->len > 0;
  gboolean runs = life->starts ? gate_pass (life->sandbox, listener_send, life, error)
                               : gate_open (container->dir, listener_send, life, error);
  if (!runs)
    return has_hook ? end_of_hook (life) : FALSE;
  container->status = STATUS_RUNNING;
  container_unlock (container); /* whatever the hooks wait for, it can be deleted */
  if (!run_poststart (life, error))
    return end_of_hook (life);
  return notify_wait (life);
}

/* Kills what runs of a container that somebody else has locked. */
static void
interrupt (const OciOptions *options)
{
  g_autoptr (Life) life = life_new ();
  Fd pidfd = -1;
  if (life_open (life, options, LOCK_NONE, NULL) && !life->container->foreign)
    kill_all (life->container, &pidfd, NULL);
}

/* Whoever makes or starts it has it locked, and may be waiting for a hook: but not any more when its process ends. */
gboolean
life_open_by_force (Life *life, const OciOptions *options, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (life_open (life, options, LOCK_TRY, &failure))
    return TRUE;
  if (!g_error_matches (failure, SNUG_ERROR, SNUG_ERROR_BUSY))
    return fail_with (error, g_steal_pointer (&failure));
  interrupt (options);
  return life_open (life, options, LOCK_WAIT, error);
}

gboolean
life_delete (Life *life, gboolean force, GError **error)
{
  const Container *container = life->container;
  if (life->gone)
    return TRUE;
  if (container->problem != NULL && !force)
    return fail (error, SNUG_ERROR_FAILED, _ ("container %s can't be read: %s (delete --force removes it)"),
                 container->id, container->problem);
  if (container->status != STATUS_STOPPED && !force)
    return fail (error, SNUG_ERROR_FAILED, _ ("cannot delete container %s that is not stopped: %s"),
                 container->id, status_name (container->status));
  if (container->status != STATUS_STOPPED && !kill_and_wait (container, error))
    return FALSE;
  return destroy (life, error);
}

/* --- Entering --------------------------------------------------------------------------------------------------- */

/* Another process joins the first one where it is, or --cgroup where it says. */
static gboolean
enter_cgroup (Life *life, const OciOptions *options, GError **error)
{
  const char *below = options->cgroups ? options->cgroups->pdata[options->cgroups->len - 1] : NULL;
  if (below != NULL && *below == ':')
    return fail (error, SNUG_ERROR_USAGE, _ ("--cgroup %s: cgroup v2 has no controllers to name"), below);
  if (!container_find_cgroup (life->container, &life->cgroup, error))
    return FALSE;
  if (life->cgroup == NULL)
    return below == NULL
           || fail (error, SNUG_ERROR_FAILED, _ ("--cgroup %s: the container has no cgroup"), below);
  life->cgroup->place = cgroup_open_place (life->cgroup, below, life->container->pid, error);
  return life->cgroup->place >= 0;
}

static gboolean
enter (Life *life, const OciOptions *options, gboolean attached, GError **error)
{
  Bundle *bundle = life->spec->bundle;
  if (!add_options (life, options, attached, error) || !connect_console (life, options, error))
    return FALSE;
  bundle->enter_pid = life->container->pid;
  bundle->enter_new = life->container->namespaces;
  bundle->enter_fd = container_pidfd (life->container, error);
  if (bundle->enter_fd < 0 || !(bundle->visit || enter_cgroup (life, options, error))
      || !begin (life, options, error))
    return FALSE;
  if (!life->sandbox->placed && !cgroup_place (life->cgroup, life->cgroup->place, life->sandbox->init, error))
    return FALSE;
  life->sandbox->console_socket = life->console;
  life->sandbox->listener = listener_send;
  life->sandbox->listener_data = life;
  return engine_set_going (life->sandbox, error) && engine_build (life->sandbox, error)
         && publish (life, options, error);
}

int
life_enter (Life *life, const OciOptions *options, gboolean attached, GError **error)
{
  if (enter (life, options, attached, error))
    return 0;
  return life->sandbox != NULL ? engine_undo (life->sandbox) : -1;
}

int
life_wait (Life *life, GError **error)
{
  if (life->container != NULL)
    container_unlock (life->container);
  return engine_wait (life->sandbox, error);
}

gboolean
life_end (Life *life, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (!container_lock (life->container, &failure))
    return failure == NULL || fail_with (error, g_steal_pointer (&failure));
  return life_delete (life, TRUE, error);
}
