/* What went wrong, in words.
 *
 * The child sends a step and an errno; the words, and what would help, are looked up in the tables here.  A message is
 * data from inside: an index out of range or a false errno makes a strange text, and nothing else.
 */
#include "engine/report.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/log.h"
#include "base/text.h"

/* --- Texts -------------------------------------------------------------------------------------------- */

#define ANY_KIND (-1)

/* {path}, {dest} and {text} are the step's and the message's. */
static const struct
{
  int kind;
  SyncAt at;
  const char *text;
} texts[] = {
  { STEP_BIND, AT_SOURCE, N_ ("can't find source path {path}") },
  { STEP_BIND, AT_MOUNT, N_ ("can't bind mount {path} on {dest}") },
  { STEP_BIND, AT_FLAGS, N_ ("can't change the flags of what is bound from {path}") },
  { STEP_BIND, AT_RACE, N_ ("race condition binding descriptor: {path} is something else now") },
  { STEP_BIND, AT_DEST, N_ ("can't create mount point at {dest}") },
  { STEP_BIND_DATA, AT_MOUNT, N_ ("can't bind the data on {dest}") },
  { STEP_BIND_DATA, AT_DEST, N_ ("can't create mount point at {dest}") },
  { STEP_BIND_DATA, AT_DATA, N_ ("can't write data to the file for {dest}") },
  { STEP_FILE, AT_DEST, N_ ("can't create file {dest}") },
  { STEP_FILE, AT_DATA, N_ ("can't write data to file {dest}") },
  { STEP_OVERLAY, AT_SOURCE, N_ ("can't open the layer {text} for {dest}") },
  { STEP_OVERLAY, AT_DATA, N_ ("can't make room for what is written to {dest}") },
  { STEP_OVERLAY, AT_MOUNT, N_ ("can't make overlay mount on {dest}") },
  { STEP_PROC, AT_MOUNT, N_ ("can't mount proc on {dest}") },
  { STEP_PROC_HOST, AT_SOURCE, N_ ("can't bind the host's /proc on {dest}") },
  { STEP_DEV, AT_SOURCE, N_ ("can't find the host's devices for {dest}") },
  { STEP_DEV, AT_MOUNT, N_ ("can't mount devices on {dest}") },
  { STEP_TMPFS, AT_MOUNT, N_ ("can't mount tmpfs on {dest}") },
  { STEP_MQUEUE, AT_MOUNT, N_ ("can't mount mqueue on {dest}") },
  { STEP_SYMLINK, AT_EXISTS, N_ ("can't make symlink at {dest}: existing destination is {text}") },
  { STEP_SYMLINK, AT_DEST, N_ ("can't make symlink at {dest}") },
  { STEP_CHMOD, AT_STEP, N_ ("can't chmod {dest}") },
  { STEP_CHMOD, AT_DEST, N_ ("can't chmod {dest}") },
  { STEP_REMOUNT_RO, AT_DEST, N_ ("can't find {dest}") },
  { STEP_REMOUNT_RO, AT_FLAGS, N_ ("can't remount readonly on {dest}") },
  { STEP_ROOT, AT_FLAGS, N_ ("can't make the mounts of the sandbox its own") },
  { STEP_ROOT, AT_MOUNT, N_ ("can't mount the root of the sandbox") },
  { STEP_PIVOT, AT_MOUNT, N_ ("can't pivot to the root of the sandbox") },
  { STEP_MAP_SELF, AT_STEP, N_ ("can't write the id maps") },
  { STEP_SET_IDS, AT_STEP, N_ ("can't switch to the wanted user and group") },
  { STEP_LOOPBACK, AT_STEP, N_ ("can't bring the loopback interface up") },
  { STEP_HOSTNAME, AT_STEP, N_ ("can't set hostname to {path}") },
  { STEP_JOIN_USERNS, AT_STEP, N_ ("can't join the second user namespace") },
  { STEP_LIMIT_USERNS, AT_STEP, N_ ("can't limit user namespaces") },
  { STEP_NEST_USERNS, AT_STEP, N_ ("can't make a nested user namespace") },
  { STEP_ASSERT_USERNS, AT_STEP, N_ ("creation of new user namespaces was not disabled as requested") },
  { STEP_CAPS, AT_SOURCE, N_ ("a wanted capability is not there to give") },
  { STEP_CAPS, AT_STEP, N_ ("can't give up capabilities") },
  { STEP_AMBIENT, AT_STEP, N_ ("can't hand over capabilities") },
  { STEP_NO_NEW_PRIVS, AT_STEP, N_ ("can't set no_new_privs") },
  { STEP_LOCK, AT_DEST, N_ ("unable to open lock file {path}") },
  { STEP_LOCK, AT_STEP, N_ ("unable to lock file {path}") },
  { STEP_SESSION, AT_STEP, N_ ("can't start a new session") },
  { STEP_CONSOLE, AT_SOURCE, N_ ("can't open a terminal in the sandbox's /dev/pts") },
  { STEP_CONSOLE, AT_STEP, N_ ("can't make a terminal") },
  { STEP_TERMINAL, AT_STEP, N_ ("can't take the terminal") },
  { STEP_AWAIT, AT_DATA, N_ ("can't read the descriptor") },
  { STEP_FORK, AT_STEP, N_ ("can't fork") },
  { STEP_CHDIR, AT_STEP, N_ ("can't chdir to {cwd}") },
  { STEP_NICE, AT_STEP, N_ ("can't change the niceness") },
  { STEP_EARLY_RLIMIT, AT_STEP, N_ ("can't set the resource limit") },
  { STEP_RLIMIT, AT_STEP, N_ ("can't set the resource limit") },
  { STEP_EXEC_LABEL, AT_STEP, N_ ("can't label the program") },
  { STEP_SECCOMP, AT_STEP, N_ ("can't load the seccomp filter") },
  { STEP_FDS, AT_STEP, N_ ("can't pass the descriptors on") },
  { STEP_EXEC, AT_STEP, N_ ("execvp {program}") },
  { STEP_SHOW_ROOT, AT_STEP, N_ ("can't show the container's root to its hooks at {path}") },
  { STEP_MOUNT, AT_MOUNT, N_ ("can't mount {type} on {dest}") },
  { STEP_MOUNT, AT_FLAGS, N_ ("can't change the flags of {type} for {dest}") },
  { STEP_MOUNT, AT_IDS, N_ ("can't map the ids of {type} for {dest}") },
  { STEP_MOUNT, AT_DATA, N_ ("can't copy what is at {dest} into its tmpfs") },
  { STEP_CGROUP, AT_MOUNT, N_ ("can't mount the cgroup tree on {dest}") },
  { STEP_CGROUP_HOST, AT_SOURCE, N_ ("can't bind the host's cgroup tree on {dest}") },
  { STEP_RECONFIGURE, AT_DEST, N_ ("can't find {dest}") },
  { STEP_RECONFIGURE, AT_MOUNT, N_ ("can't change the filesystem at {dest}") },
  { STEP_CHANGE, AT_DEST, N_ ("can't find {dest}") },
  { STEP_CHANGE, AT_FLAGS, N_ ("can't change the mount at {dest}") },
  { STEP_DEVICE, AT_SOURCE, N_ ("can't find the host's device for {dest}") },
  { STEP_DEVICE, AT_MOUNT, N_ ("can't bind the host's device on {dest}") },
  { STEP_DEVICE, AT_DEST, N_ ("can't make device {dest}") },
  { STEP_MASK, AT_MOUNT, N_ ("can't cover {dest}") },
  { STEP_UNMOUNT, AT_DEST, N_ ("can't find {dest}") },
  { STEP_UNMOUNT, AT_MOUNT, N_ ("can't unmount {dest}") },
  { STEP_VISIT, AT_STEP, N_ ("can't enter the container") },
  { STEP_PROTECT, AT_FLAGS, N_ ("can't make {dest} read-only") },
  { STEP_PROTECT, AT_MOUNT, N_ ("can't make {dest} read-only") },
  { STEP_DOMAINNAME, AT_STEP, N_ ("can't set the domain name to {path}") },
  { STEP_TIME_OFFSETS, AT_STEP, N_ ("can't make a time namespace with these offsets") },
  { STEP_SYSCTL, AT_STEP, N_ ("can't write {value} to /proc/sys/{path}") },
  { STEP_OOM_SCORE, AT_STEP, N_ ("can't set oom_score_adj to {path}") },
  { STEP_EARLY_OOM_SCORE, AT_STEP, N_ ("can't set oom_score_adj to {path}") },
  { STEP_EARLY_AFFINITY, AT_STEP, N_ ("can't run on these CPUs") },
  { STEP_SCHEDULER, AT_STEP, N_ ("can't set the scheduler") },
  { STEP_IO_PRIORITY, AT_STEP, N_ ("can't set the priority of input and output") },
  { STEP_AFFINITY, AT_STEP, N_ ("can't run on these CPUs") },
  { STEP_MEMORY_POLICY, AT_STEP, N_ ("can't set the memory policy") },
  { STEP_PERSONALITY, AT_STEP, N_ ("can't set the personality") },
  { STEP_KEYRING, AT_STEP, N_ ("can't join a session keyring") },
  { STEP_TERMINAL_NEW, AT_SOURCE, N_ ("can't open a terminal in the container's /dev/pts") },
  { STEP_TERMINAL_NEW, AT_STEP, N_ ("can't make a terminal") },
  { STEP_USER, AT_DATA, N_ ("can't set the supplementary groups") },
  { STEP_USER, AT_STEP, N_ ("can't become the wanted user") },
  { STEP_CAP_SETS, AT_SOURCE, N_ ("capabilities that can't be given are left out") },
  { STEP_APPARMOR, AT_STEP, N_ ("can't set the AppArmor profile {path}") },
  { ANY_KIND, AT_LINK, N_ ("can't mount on symlink destination {dest}") },
  { ANY_KIND, AT_NO_LINK, N_ ("can't make symlink at {dest}: what is there is not a symlink") },
  { ANY_KIND, AT_NO_DIRECTORY, N_ ("can't mount on {dest}: what is there is not a directory") },
  { ANY_KIND, AT_NO_FILE, N_ ("can't mount on {dest}: what is there is a directory, not a file") },
  { ANY_KIND, AT_PARENTS, N_ ("can't mkdir parents for {dest}") },
  { ANY_KIND, AT_DEST, N_ ("can't mkdir {dest}") },
  { ANY_KIND, AT_SOURCE, N_ ("can't find {path}") },
};

static const char *
find_text (int kind, SyncAt at)
{
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if ((texts[i].kind == kind || texts[i].kind == ANY_KIND) && texts[i].at == at)
      return _ (texts[i].text);
  return _ (step_infos[kind].what);
}

/* Puts the step's words into @text. */
static char *
fill_in (const char *text, const Plan *plan, const Step *step, const char *reported)
{
  char *const *cwd = step->kind == STEP_CHDIR ? step->data : NULL;
  const NewMount *mount = step->kind == STEP_MOUNT ? step->data : NULL;
  const char *value = step->kind == STEP_SYSCTL ? step->data : NULL;
  const char *const words[][2] = {
    { "{path}", step->path },       { "{dest}", step->dest },
    { "{text}", reported },         { "{cwd}", cwd ? *cwd + strlen ("PWD=") : NULL },
    { "{program}", plan->program }, { "{type}", mount ? mount->type : NULL },
    { "{value}", value },
  };
  GString *filled = g_string_new (NULL);

  while (*text)
    {
      gsize i = 0;
      while (i < G_N_ELEMENTS (words) && !g_str_has_prefix (text, words[i][0]))
        i++;
      if (i == G_N_ELEMENTS (words))
        g_string_append_c (filled, *text++);
      else
        {
          text_append_printable (filled, words[i][1] ? words[i][1] : "");
          text += strlen (words[i][0]);
        }
    }
  return g_string_free (filled, FALSE);
}

/* What failed, and the kernel's own words if it had any. */
static char *
step_text (const Plan *plan, const Step *step, const SyncMessage *message)
{
  g_autofree char *reported = g_strndup (message->text, sizeof message->text);
  g_autofree char *text = fill_in (find_text (step->kind, message->at), plan, step, reported);
  if (message->at != AT_MOUNT || reported[0] == '\0')
    return g_steal_pointer (&text);
  g_autofree char *words = fill_in ("{text}", plan, step, reported);
  return g_strconcat (text, ": ", words, NULL);
}

/* --- What would help ------------------------------------------------------------------------------------- */

static gboolean
file_says (const char *path, const char *value)
{
  g_autofree char *text = read_text_file (path);
  return text != NULL && g_str_equal (g_strchomp (text), value);
}

/* Ubuntu's restriction lets the namespace be made and then gives no capability in it. */
static const char *
hint_apparmor (void)
{
  if (!file_says ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"))
    return NULL;
  return _ ("AppArmor restricts user namespaces here (kernel.apparmor_restrict_unprivileged_userns is 1): an "
            "AppArmor "
            "profile for this program that says \"userns,\" lifts that");
}

char *
report_covered_proc (void)
{
  g_autofree char *text = read_text_file ("/proc/self/mountinfo");
  if (text == NULL)
    return NULL;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      g_auto (GStrv) part = g_strsplit (*line, " ", 6);
      if (g_strv_length (part) == 6 && g_str_has_prefix (part[4], "/proc/"))
        return g_strdup (part[4]);
    }
  return NULL;
}

/* The kernel refuses a new proc where parts of the only visible one are covered. */
static char *
hint_proc (void)
{
  g_autofree char *covered = report_covered_proc ();
  return covered ? g_strdup_printf (
             _ ("the container around this covers %s, and the kernel allows a new /proc only where the "
                "outer one is not covered; start it with podman's --security-opt unmask=ALL or "
                "docker's --security-opt systempaths=unconfined, or leave out --unshare-pid"),
             covered)
                 : NULL;
}

/* Whether @path lies below @above, or is it. */
static gboolean
is_below (const char *path, const char *above)
{
  path += strspn (path, "/");
  above += strspn (above, "/");
  gsize length = strlen (above);
  while (length > 0 && above[length - 1] == '/')
    length--;
  return length == 0 || (strncmp (path, above, length) == 0 && (path[length] == '/' || path[length] == '\0'));
}

/* The mount that decides whether @failed's place can be written to, if it is a read-only one. */
static const Step *
find_readonly_above (const Plan *plan, const Step *failed)
{
  const Step *found = NULL;
  for (const Step *step = plan_step (plan, 0); failed->dest != NULL && step != failed; step++)
    {
      gboolean mounts = step->kind >= STEP_BIND && step->kind <= STEP_MQUEUE;
      if ((mounts || step->kind == STEP_REMOUNT_RO) && is_below (failed->dest, step->dest))
        found = step;
    }
  gboolean readonly = found && (found->flags & STEP_READONLY || found->kind == STEP_REMOUNT_RO);
  return readonly ? found : NULL;
}

static char *
hint_readonly (const Plan *plan, const Step *failed)
{
  const Step *above = find_readonly_above (plan, failed);
  g_autofree char *origin = above ? origin_to_string (above->origin) : NULL;
  if (origin == NULL)
    return NULL;
  return g_strdup_printf (
      _ ("%s is below the read-only %s: name a place that exists there, or mount something writable "
         "above it first, as with --tmpfs"),
      failed->dest, origin);
}

/* Whether anything of the host is in the sandbox. */
static gboolean
shows_host (const Plan *plan)
{
  for (guint i = 0; i < plan->steps->len; i++)
    if (plan_step (plan, i)->kind == STEP_BIND || plan_step (plan, i)->kind == STEP_OVERLAY)
      return TRUE;
  return FALSE;
}

static char *
hint_exec (const Plan *plan)
{
  if (!shows_host (plan))
    return g_strdup (
        _ ("nothing of the host is in the sandbox: begin with --ro-bind / /, or with what the program needs"));
  if (strchr (plan->program, '/') == NULL)
    return g_strdup_printf (_ ("no directory of the sandbox's PATH (%s) has it"),
                            g_environ_getenv (plan->env, "PATH") ?: DEFAULT_PATH);
  return g_strdup (_ ("the file, or the interpreter that it names, is not in the sandbox"));
}

/* Those that depend on nothing else. */
static const struct
{
  StepKind kind;
  SyncAt at;
  int err; /* 0: any */
  const char *text;
} hints[] = {
  { STEP_OVERLAY, AT_MOUNT, ELOOP, N_ ("Overlay directories may not overlap") },
  { STEP_CONSOLE, AT_SOURCE, 0, N_ ("a terminal needs a devpts inside: add --dev /dev") },
  { STEP_TERMINAL_NEW, AT_SOURCE, 0,
    N_ ("a terminal needs a devpts inside: add a mount of type devpts at /dev/pts") },
  { STEP_KEYRING, AT_STEP, EDQUOT,
    N_ ("sysctl kernel.keys.maxkeys says how many keys a user may have; --no-new-keyring takes none") },
};

static char *
find_hint (const Plan *plan, const Step *step, const SyncMessage *message)
{
  int err = message->error;
  StageId stage = step_infos[step->kind].stage;

  if (step->kind == STEP_PROC && err == EPERM)
    return hint_proc ();
  if ((step->kind == STEP_ROOT || step->kind == STEP_SHELF) && err == EINVAL && plan->container)
    return g_strdup (_ ("on an initial ramfs it takes --no-pivot"));
  if (step->kind == STEP_EXEC && err == ENOENT)
    return hint_exec (plan);
  if (step->kind == STEP_MQUEUE && err == EPERM && !(plan->clone_flags & CLONE_NEWIPC))
    return g_strdup (_ ("message queues are those of an ipc namespace: add --unshare-ipc"));
  gboolean no_words = step->kind == STEP_RECONFIGURE && message->text[0] == '\0';
  if ((step->kind == STEP_REMOUNT_RO || no_words) && err == EINVAL)
    return g_strdup_printf (_ ("nothing is mounted at %s itself"), step->dest);
  for (gsize i = 0; i < G_N_ELEMENTS (hints); i++)
    if (hints[i].kind == step->kind && hints[i].at == message->at && (hints[i].err == 0 || hints[i].err == err))
      return g_strdup (_ (hints[i].text));
  if (err == EROFS)
    return hint_readonly (plan, step);
  if ((err == EPERM || err == EACCES) && stage >= STAGE_identity && stage <= STAGE_pivot)
    return g_strdup (hint_apparmor ());
  return NULL;
}

/* --- Containers --------------------------------------------------------------------------------------------------- */

/* Engines look for these very words, in lower case. */
static gboolean
describe_program (const char *name, int err, GError **error)
{
  if (err == ENOENT && strchr (name, '/') == NULL)
    return fail (error, SNUG_ERROR_FAILED,
                 "exec: \"%s\": executable file not found in $PATH: no such file or directory", name);
  g_autofree char *why = g_strdup (strerror (err));
  why[0] = g_ascii_tolower (why[0]);
  return fail (error, SNUG_ERROR_FAILED, "exec: \"%s\": %s", name, why);
}

gboolean
report_hook (const char *path, SyncAt at, int err, int status, GError **error)
{
  if (at == AT_SOURCE)
    return fail_errno (error, err, _ ("can't run the hook %s"), path);
  if (at == AT_TIME)
    return fail (error, SNUG_ERROR_FAILED, _ ("the hook %s took too long and was killed"), path);
  if (at != AT_EXIT)
    return fail_errno (error, err, _ ("can't start the hook %s"), path);
  if (WIFEXITED (status))
    return fail (error, SNUG_ERROR_FAILED, _ ("the hook %s ended with status %d"), path, WEXITSTATUS (status));
  return fail (error, SNUG_ERROR_FAILED, _ ("the hook %s was ended by signal %d"), path, WTERMSIG (status));
}

/* What only containers do has words of its own.  TRUE if @error is set. */
static gboolean
describe_container_step (StepKind kind, const char *name, const SyncMessage *message, GError **error)
{
  if (kind == STEP_HOOK_INSIDE || kind == STEP_HOOK_START)
    return !report_hook (name, message->at, message->error, message->value, error);
  if (kind == STEP_FIND || kind == STEP_EXEC)
    return !describe_program (name, message->error, error);
  return FALSE;
}

gboolean
report_late_failure (const SyncMessage *message, GError **error)
{
  g_autofree char *raw = g_strndup (message->text, sizeof message->text);
  g_autoptr (GString) text = g_string_new (NULL);
  text_append_printable (text, raw);

  if (message->kind >= N_STEP_KINDS || message->at >= N_AT)
    return fail (error, SNUG_ERROR_FAILED, _ ("the container sent a message that makes no sense"));
  if (describe_container_step (message->kind, text->str, message, error))
    return FALSE;
  return fail_errno (error, message->error, "%s", find_text ((int) message->kind, message->at));
}

/* --- Reporting --------------------------------------------------------------------------------------------------- */

static void
describe (const Plan *plan, const SyncMessage *message, gboolean with_hint, GError **error)
{
  if (message->step == plan->steps->len)
    {
      fail_errno (error, message->error, _ ("the sandbox can't begin"));
      return;
    }
  if (message->step > plan->steps->len || message->at >= N_AT)
    {
      fail (error, SNUG_ERROR_FAILED, _ ("the sandbox sent a message that makes no sense"));
      return;
    }

  const Step *step = plan_step (plan, message->step);
  if (plan->container && describe_container_step (step->kind, step->path, message, error))
    {
      prefix_origin (error, step->origin);
      return;
    }
  g_autofree char *text = step_text (plan, step, message);
  g_autofree char *where = origin_to_string (step->origin);
  g_autofree char *hint = with_hint && plan->hints ? find_hint (plan, step, message) : NULL;
  gboolean bare = message->error == 0 || message->at == AT_EXISTS;

  fail (error, SNUG_ERROR_FAILED, "%s%s%s%s%s%s%s", where ? where : "", where ? ": " : "", text,
        bare ? "" : ": ", bare ? "" : strerror (message->error), hint ? "\n" : "", hint ? hint : "");
}

gboolean
report_failure (const Plan *plan, const SyncMessage *message, GError **error)
{
  describe (plan, message, TRUE, error);
  return FALSE;
}

void
report_warning (const Plan *plan, const SyncMessage *message)
{
  g_autoptr (GError) error = NULL;
  describe (plan, message, FALSE, &error);
  log_warning ("%s", error->message);
}

/* --- The clone ------------------------------------------------------------------------------------------------------ */

/* Whether /proc/self/status says that a filter of somebody else runs on us. */
static gboolean
under_seccomp (void)
{
  g_autofree char *text = read_text_file ("/proc/self/status");
  return text != NULL && strstr (text, "\nSeccomp:\t2") != NULL;
}

const char *
report_why_no_namespace (int err)
{
  if (err == ENOSPC && file_says ("/proc/sys/user/max_user_namespaces", "0"))
    return _ ("user namespaces are switched off: the sysctl user.max_user_namespaces is 0");
  if (err == ENOSPC)
    return _ ("too many namespaces, or nested too deep: see the sysctls user.max_*_namespaces");
  if (err == EPERM && file_says ("/proc/sys/kernel/unprivileged_userns_clone", "0"))
    return _ ("user namespaces are switched off for ordinary users: the sysctl "
              "kernel.unprivileged_userns_clone is 0");
  if ((err == EPERM || err == EACCES) && hint_apparmor () != NULL)
    return hint_apparmor ();
  if ((err == EPERM || err == ENOSYS) && under_seccomp ())
    return _ ("a seccomp filter is on this process; the container around it may forbid new namespaces");
  if (err == EPERM)
    return _ (
        "the kernel does not allow new namespaces here: it may be a chroot, or a security module forbids them");
  if (err == EINVAL)
    return _ ("the kernel lacks one of the wanted namespaces");
  if (err == EROFS)
    return _ ("/proc is read-only here, so that no id map can be written");
  return NULL;
}

gboolean
report_clone (const Plan *plan, int err, GError **error)
{
  if (err == ENOMEM && plan->join[NS_PID].join_fd >= 0)
    {
      fail_errno (error, err,
                  _ ("can't make a process in the given pid namespace: its first one may have ended"));
      return prefix_origin (error, &plan->join[NS_PID].origin);
    }
  const char *why = plan->hints ? report_why_no_namespace (err) : NULL;
  fail_errno (error, err, _ ("creating new namespace failed"));
  if (why != NULL && error != NULL)
    {
      g_autofree char *text = g_strdup_printf ("%s\n%s", (*error)->message, why);
      g_free ((*error)->message);
      (*error)->message = g_steal_pointer (&text);
    }
  return FALSE;
}
