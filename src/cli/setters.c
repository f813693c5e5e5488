/* What each option does to the Spec: set_NAME for every setter named in options.def, but for those of allowances.c.
 *
 * The generic setters write into the field that the option's row names.  None of them opens a path.
 */
#include "base/capability.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/number.h"
#include "cli/options.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <unistd.h>

#define FIELD(name) ((gintptr) offsetof (Spec, name))
#define WITH(kind, flags) ((gintptr) (kind) | (gintptr) (flags) << 8)
#define KIND_OF(value) ((int) (0xff & (value)))
#define FLAGS_OF(value) ((FsFlags) ((value) >> 8))

static gpointer
field_of (Parser *parser, const Option *option)
{
  return (char *) parser->spec + option->value;
}

/* --- Reading arguments ------------------------------------------------------------------------- */

static gboolean
read_fd (const char *text, int *fd, GError **error)
{
  guint64 value;
  if (!parse_number (text, 10, G_MAXINT, &value))
    return fail (error, SNUG_ERROR_USAGE, "Invalid fd: %s", text);
  if (fcntl ((int) value, F_GETFD) < 0)
    return fail_errno (error, errno, _ ("descriptor %s is not open"), text);
  *fd = (int) value;
  return TRUE;
}

static gboolean
check_path (const char *path, GError **error)
{
  if (path[0] == '\0')
    return fail (error, SNUG_ERROR_USAGE, _ ("an empty string is not a path"));
  if (strlen (path) >= PATH_MAX)
    return fail_errno (error, ENAMETOOLONG, _ ("path of %zu bytes"), strlen (path));
  return TRUE;
}

static gboolean
read_mode (const Option *option, const char *text, int *mode, GError **error)
{
  guint64 value;
  if (!parse_number (text, 8, 07777, &value))
    return fail (error, SNUG_ERROR_USAGE, _ ("%s takes an octal argument <= 07777"), option->name);
  *mode = (int) value;
  return TRUE;
}

/* --- Generic setters ---------------------------------------------------------------------------- */

static gboolean
set_flag (SETTER_ARGUMENTS)
{
  *(Flag *) field_of (parser, option) = (Flag){ TRUE, *origin };
  return TRUE;
}

static gboolean
set_string (SETTER_ARGUMENTS)
{
  Text *text = field_of (parser, option);
  if (text->value != NULL)
    parser_warn_repeated (option->name);
  *text = (Text){ words[1], *origin };
  return TRUE;
}

static gboolean
set_path (SETTER_ARGUMENTS)
{
  return check_path (words[1], error) && set_string (parser, option, words, origin, error);
}

static gboolean
set_fd (SETTER_ARGUMENTS)
{
  Descriptor *descriptor = field_of (parser, option);
  if (descriptor->value >= 0)
    parser_warn_repeated (option->name);
  descriptor->origin = *origin;
  return read_fd (words[1], &descriptor->value, error);
}

static gboolean
set_id (SETTER_ARGUMENTS)
{
  Number *number = field_of (parser, option);
  guint64 value;
  if (number->value >= 0)
    parser_warn_repeated (option->name);
  if (!parse_number (words[1], 10, MAX_ID, &value))
    return fail (error, SNUG_ERROR_USAGE, "Invalid %s: %s", option->name + 2, words[1]);
  *number = (Number){ (gint64) value, *origin };
  return TRUE;
}

/* A label can't be applied later than here: refuse it at once where there is no SELinux. */
static gboolean
set_label (SETTER_ARGUMENTS)
{
  if (access ("/sys/fs/selinux/enforce", F_OK) != 0)
    return fail (error, SNUG_ERROR_USAGE, _ ("labeling not supported on this system: SELinux is not enabled"));
  return set_string (parser, option, words, origin, error);
}

/* --- General --------------------------------------------------------------------------------------- */

static gboolean
set_help (SETTER_ARGUMENTS)
{
  parser->action = ACTION_HELP;
  return TRUE;
}

static gboolean
set_version (SETTER_ARGUMENTS)
{
  parser->action = ACTION_VERSION;
  return TRUE;
}

/* At once: the parser's own messages are lines too. */
static gboolean
set_level_prefix (SETTER_ARGUMENTS)
{
  log_set_level_prefix (TRUE);
  return TRUE;
}

static gboolean
set_explain (SETTER_ARGUMENTS)
{
  const char *format = words[0] + strlen (option->name);
  if (*format == '\0' || g_str_equal (format, "=text"))
    parser->action = ACTION_EXPLAIN;
  else if (g_str_equal (format, "=json"))
    parser->action = ACTION_EXPLAIN_JSON;
  else
    return fail (error, SNUG_ERROR_USAGE, _ ("unknown format \"%s\": it is text or json"), format + 1);
  return TRUE;
}

static gboolean
set_argv0 (SETTER_ARGUMENTS)
{
  if (parser->spec->argv0.value != NULL)
    return fail (error, SNUG_ERROR_USAGE, _ ("--argv0 used multiple times"));
  parser->spec->argv0 = (Text){ words[1], *origin };
  return TRUE;
}

/* Takes NUL-separated arguments; @text is kept by the parser, which the Spec's strings point into. */
static gboolean
take_arguments (Parser *parser, char *text, gsize length, GError **error)
{
  g_ptr_array_add (parser->texts, text);
  if (parser->strict && length > 0 && text[length - 1] != '\0')
    return fail (error, SNUG_ERROR_USAGE, _ ("the last argument does not end in a NUL byte: is it cut off?"));

  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  for (char *word = text; word < text + length; word += strlen (word) + 1)
    g_ptr_array_add (words, word);
  g_ptr_array_add (words, NULL);
  char **argv = (char **) g_ptr_array_free (g_steal_pointer (&words), FALSE);
  g_ptr_array_add (parser->texts, argv);

  parser->in_file = TRUE;
  int end = parser_options (parser, argv, error);
  parser->in_file = FALSE;
  if (end < 0)
    return FALSE;
  if (parser->strict && !parser_is_done (parser) && argv[end] != NULL)
    return fail (error, SNUG_ERROR_USAGE, _ ("\"%s\" in the arguments is not an option"), argv[end]);
  return TRUE;
}

/* Everything that fits into memory is fine; this is against an endless stream. */
#define ARGUMENTS_LIMIT ((gsize) 1 << 30)

static gboolean
set_args_fd (SETTER_ARGUMENTS)
{
  Descriptor descriptor = { -1, *origin };
  char *text;
  gsize length;
  if (parser->in_file)
    return fail (error, SNUG_ERROR_USAGE, _ ("%s not supported in arguments file"), option->name);
  if (!read_fd (words[1], &descriptor.value, error)
      || !read_to_end (descriptor.value, ARGUMENTS_LIMIT, &text, &length, error))
    return FALSE;
  g_array_append_val (parser->spec->used_fds, descriptor);
  return take_arguments (parser, text, length, error);
}

static gboolean
set_args_file (SETTER_ARGUMENTS)
{
  char *text;
  gsize length;
  if (parser->in_file)
    return fail (error, SNUG_ERROR_USAGE, _ ("%s not supported in arguments file"), option->name);
  if (!check_path (words[1], error))
    return FALSE;

  Fd fd = open (words[1], O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail_errno (error, errno, _ ("can't open %s"), words[1]);
  return read_to_end (fd, ARGUMENTS_LIMIT, &text, &length, error)
         && take_arguments (parser, text, length, error);
}

/* What it takes to be root over one's own files, ids and processes.  No more: with CAP_SYS_ADMIN over the namespaces
 * that hold it, a program could take its sandbox apart. */
#define CAP(name) (G_GUINT64_CONSTANT (1) << CAP_##name)
#define ROOT_CAPS                                                                                            \
  (CAP (CHOWN) | CAP (DAC_OVERRIDE) | CAP (FOWNER) | CAP (FSETID) | CAP (KILL) | CAP (SETGID) | CAP (SETUID) \
   | CAP (SETPCAP) | CAP (SETFCAP) | CAP (SYS_CHROOT) | CAP (NET_BIND_SERVICE) | CAP (AUDIT_WRITE))

/* --- Namespaces -------------------------------------------------------------------------------------- */

static void
unshare_namespace (Spec *spec, NamespaceType type, gboolean optional, const Origin *origin)
{
  Namespace *ns = &spec->ns[type];
  ns->optional = optional && (ns->optional || !ns->unshare); /* a firm wish stays firm */
  ns->unshare = TRUE;
  ns->origin = *origin;
}

static gboolean
set_unshare (SETTER_ARGUMENTS)
{
  unshare_namespace (parser->spec, (NamespaceType) option->value, FALSE, origin);
  return TRUE;
}

static gboolean
set_unshare_try (SETTER_ARGUMENTS)
{
  unshare_namespace (parser->spec, (NamespaceType) option->value, TRUE, origin);
  return TRUE;
}

static gboolean
set_unshare_all (SETTER_ARGUMENTS)
{
  for (NamespaceType type = 0; type <= NS_CGROUP; type++)
    if (type != NS_MOUNT)
      unshare_namespace (parser->spec, type, type == NS_USER || type == NS_CGROUP, origin);
  return TRUE;
}

static gboolean
set_share_net (SETTER_ARGUMENTS)
{
  parser->spec->ns[NS_NET].unshare = FALSE;
  return TRUE;
}

static gboolean
set_join (SETTER_ARGUMENTS)
{
  Namespace *ns = &parser->spec->ns[option->value];
  if (ns->join_fd >= 0)
    parser_warn_repeated (option->name);
  ns->origin = *origin;
  return read_fd (words[1], &ns->join_fd, error);
}

static gboolean
choose_map (Spec *spec, MapMode mode, const Origin *origin, GError **error)
{
  if (spec->map_mode != MAP_SINGLE && spec->map_mode != mode)
    return fail (error, SNUG_ERROR_USAGE,
                 _ ("--map-auto, --map-ids and --uid-map/--gid-map exclude each other"));
  spec->map_mode = mode;
  spec->map_origin = *origin;
  return TRUE;
}

static gboolean
set_map_mode (SETTER_ARGUMENTS)
{
  MapMode mode = (MapMode) option->value;
  if (mode == MAP_AUTO)
    parser->spec->caps |= ROOT_CAPS;
  return choose_map (parser->spec, mode, origin, error);
}

static gboolean
set_map_range (SETTER_ARGUMENTS)
{
  g_auto (GStrv) parts = g_strsplit (words[1], ":", 4);
  guint64 value[3];

  if (g_strv_length (parts) != 3)
    return fail (error, SNUG_ERROR_USAGE, _ ("\"%s\" is not of the form IN:OUT:N"), words[1]);
  for (int i = 0; i < 3; i++)
    if (!parse_number (parts[i], 10, MAX_ID, &value[i]))
      return fail (error, SNUG_ERROR_USAGE, _ ("\"%s\" in \"%s\" is not an id or a count"), parts[i], words[1]);

  IdRange range = { .origin = *origin };
  if (!id_range_set (&range, value[0], value[1], value[2]))
    return fail (error, SNUG_ERROR_USAGE, _ ("the range \"%s\" is empty or ends above %u"), words[1], MAX_ID);
  g_array_append_val (*(GArray **) field_of (parser, option), range);
  return choose_map (parser->spec, MAP_RANGES, origin, error);
}

/* --- The process -------------------------------------------------------------------------------------- */

static gboolean
set_clearenv (SETTER_ARGUMENTS)
{
  g_strfreev (parser->spec->env);
  parser->spec->env = g_new0 (char *, 1);
  return TRUE;
}

static gboolean
check_variable (const char *name, GError **error)
{
  if (name[0] == '\0' || strchr (name, '=') != NULL)
    return fail (error, SNUG_ERROR_USAGE, _ ("\"%s\" can't be the name of a variable"), name);
  return TRUE;
}

static gboolean
set_setenv (SETTER_ARGUMENTS)
{
  if (!check_variable (words[1], error))
    return FALSE;
  parser->spec->env = g_environ_setenv (parser->spec->env, words[1], words[2], TRUE);
  return TRUE;
}

static gboolean
set_unsetenv (SETTER_ARGUMENTS)
{
  if (!check_variable (words[1], error))
    return FALSE;
  parser->spec->env = g_environ_unsetenv (parser->spec->env, words[1]);
  return TRUE;
}

static gboolean
set_keep_fd (SETTER_ARGUMENTS)
{
  Descriptor descriptor = { -1, *origin };
  if (!read_fd (words[1], &descriptor.value, error))
    return FALSE;
  g_array_append_val (parser->spec->keep_fds, descriptor);
  return TRUE;
}

static gboolean
set_umask (SETTER_ARGUMENTS)
{
  guint64 mask;
  if (!parse_number (words[1], 8, 0777, &mask))
    return fail (error, SNUG_ERROR_USAGE, _ ("%s takes an octal argument <= 0777"), option->name);
  parser->spec->umask = (Number){ (gint64) mask, *origin };
  return TRUE;
}

static gboolean
set_nice (SETTER_ARGUMENTS)
{
  const char *text = words[1];
  gboolean negative = text[0] == '-';
  guint64 value;
  if (!parse_number (text + negative, 10, 39, &value))
    return fail (error, SNUG_ERROR_USAGE, _ ("%s takes a number from -39 to 39"), option->name);
  parser->spec->nice = (Number){ negative ? -(gint64) value : (gint64) value, *origin };
  return TRUE;
}

static const struct
{
  const char *name;
  int resource;
} rlimit_names[] = {
#define LIMIT(name, resource) { name, resource },
#include "spec/rlimits.def"
#undef LIMIT
};

static gboolean
read_limit (const char *text, guint64 *limit)
{
  if (g_str_equal (text, "unlimited"))
    {
      *limit = RLIM_INFINITY;
      return TRUE;
    }
  return parse_number (text, 10, G_MAXUINT64 - 1, limit);
}

/* Returns the limit's number; -1 with @error. */
static int
find_rlimit (const char *name, GError **error)
{
  Nearest nearest = nearest_to (name);
  for (gsize i = 0; i < G_N_ELEMENTS (rlimit_names); i++)
    {
      if (g_str_equal (name, rlimit_names[i].name))
        return rlimit_names[i].resource;
      nearest_try (&nearest, rlimit_names[i].name);
    }
  if (nearest.name != NULL)
    fail (error, SNUG_ERROR_USAGE, _ ("unknown resource limit \"%s\": did you mean %s?"), name, nearest.name);
  else
    fail (error, SNUG_ERROR_USAGE, _ ("unknown resource limit \"%s\""), name);
  return -1;
}

static gboolean
set_rlimit (SETTER_ARGUMENTS)
{
  const char *equals = strchr (words[1], '=');
  g_autofree char *name = g_strndup (words[1], equals ? (gsize) (equals - words[1]) : 0);
  g_auto (GStrv) limits = g_strsplit (equals ? equals + 1 : "", ":", 3);
  guint n = g_strv_length (limits);
  Rlimit limit = { .origin = *origin };

  if (n < 1 || n > 2)
    return fail (error, SNUG_ERROR_USAGE, _ ("\"%s\" is not of the form NAME=SOFT[:HARD]"), words[1]);
  limit.resource = find_rlimit (name, error);
  if (limit.resource < 0)
    return FALSE;
  if (!read_limit (limits[0], &limit.soft) || !read_limit (limits[n - 1], &limit.hard))
    return fail (error, SNUG_ERROR_USAGE, _ ("a limit in \"%s\" is neither a number nor unlimited"), words[1]);
  if (limit.soft > limit.hard)
    return fail (error, SNUG_ERROR_USAGE, _ ("the soft limit in \"%s\" is above the hard one"), words[1]);

  g_array_append_val (parser->spec->rlimits, limit);
  return TRUE;
}

static gboolean
set_lock_file (SETTER_ARGUMENTS)
{
  Text text = { words[1], *origin };
  if (!check_path (words[1], error))
    return FALSE;
  g_array_append_val (parser->spec->lock_files, text);
  return TRUE;
}

/* --- The filesystem ------------------------------------------------------------------------------------- */

/* Adds an operation on @dest; the caller fills what is special about it. */
static FsOp *
add_op (Parser *parser, FsKind kind, const char *dest, const Origin *origin, GError **error)
{
  return check_path (dest, error) ? spec_add_fs (parser->spec, kind, dest, origin) : NULL;
}

static gboolean
set_bind (SETTER_ARGUMENTS)
{
  FsOp *op;
  if (!check_path (words[1], error) || !(op = add_op (parser, FS_BIND, words[2], origin, error)))
    return FALSE;
  op->source = words[1];
  op->flags = (FsFlags) option->value;
  return TRUE;
}

static gboolean
set_bind_fd (SETTER_ARGUMENTS)
{
  int fd;
  FsOp *op;
  if (!read_fd (words[1], &fd, error) || !(op = add_op (parser, FS_BIND, words[2], origin, error)))
    return FALSE;
  fs_op_details (op)->fd = fd;
  op->flags = (FsFlags) option->value;
  return TRUE;
}

/* Operations that name nothing but their destination. */
static gboolean
set_dest (SETTER_ARGUMENTS)
{
  FsKind kind = (FsKind) option->value;
  FsOp *op = add_op (parser, kind, words[1], origin, error);
  if (op == NULL)
    return FALSE;

  if (kind == FS_TMPFS || kind == FS_DIR)
    {
      fs_op_details (op)->mode = parser->perms >= 0 ? parser->perms : 0755;
      parser->perms = -1;
    }
  if (kind == FS_TMPFS)
    {
      fs_op_details (op)->size = parser->size;
      parser->size = 0;
    }
  return TRUE;
}

static gboolean
set_data (SETTER_ARGUMENTS)
{
  FsKind kind = (FsKind) KIND_OF (option->value);
  int fd;
  FsOp *op;
  if (!read_fd (words[1], &fd, error) || !(op = add_op (parser, kind, words[2], origin, error)))
    return FALSE;

  FsDetails *details = fs_op_details (op);
  details->fd = fd;
  op->flags = FLAGS_OF (option->value);
  details->mode = parser->perms >= 0 ? parser->perms : kind == FS_FILE ? 0666 : 0600;
  parser->perms = -1;
  return TRUE;
}

static gboolean
set_symlink (SETTER_ARGUMENTS)
{
  FsOp *op;
  if (!check_path (words[1], error) || !(op = add_op (parser, FS_SYMLINK, words[2], origin, error)))
    return FALSE;
  op->source = words[1];
  return TRUE;
}

static gboolean
set_chmod (SETTER_ARGUMENTS)
{
  int mode = 0;
  FsOp *op;
  if (!read_mode (option, words[1], &mode, error) || !(op = add_op (parser, FS_CHMOD, words[2], origin, error)))
    return FALSE;
  fs_op_details (op)->mode = mode;
  return TRUE;
}

static gboolean
set_perms (SETTER_ARGUMENTS)
{
  if (parser->perms >= 0)
    return fail (error, SNUG_ERROR_USAGE, _ ("--perms given twice for the same action"));
  return read_mode (option, words[1], &parser->perms, error);
}

static gboolean
set_size (SETTER_ARGUMENTS)
{
  if (parser->size != 0)
    return fail (error, SNUG_ERROR_USAGE, _ ("--size given twice for the same action"));
  if (!parse_number (words[1], 0, G_MAXUINT64, &parser->size) || parser->size == 0)
    return fail (error, SNUG_ERROR_USAGE, _ ("--size takes a non-zero number of bytes"));
  if (parser->size > G_MAXSIZE / 2)
    return fail (error, SNUG_ERROR_USAGE, _ ("--size (for tmpfs) is limited to %zu"), G_MAXSIZE / 2);
  return TRUE;
}

static gboolean
set_overlay_src (SETTER_ARGUMENTS)
{
  if (!check_path (words[1], error))
    return FALSE;
  if (parser->layers == NULL)
    parser->layers = g_ptr_array_new ();
  g_ptr_array_add (parser->layers, words[1]);
  return TRUE;
}

static gboolean
set_overlay (SETTER_ARGUMENTS)
{
  OverlayKind kind = (OverlayKind) option->value;
  guint given = parser->layers ? parser->layers->len : 0;
  int last = kind == FS_OVERLAY_RW ? 3 : 1;
  FsOp *op;

  if (kind == FS_OVERLAY_RO && given < 2)
    return fail (error, SNUG_ERROR_USAGE, _ ("--ro-overlay requires at least two --overlay-src"));
  if (given < 1)
    return fail (error, SNUG_ERROR_USAGE, _ ("%s requires at least one --overlay-src"), option->name);
  for (int i = 1; i <= last; i++)
    if (!check_path (words[i], error))
      return FALSE;

  if (!(op = add_op (parser, FS_OVERLAY, words[last], origin, error)))
    return FALSE;
  FsDetails *details = fs_op_details (op);
  details->overlay = kind;
  details->layers = g_steal_pointer (&parser->layers);
  if (kind == FS_OVERLAY_RW)
    {
      op->source = words[1];
      details->workdir = words[2];
    }
  return TRUE;
}

/* --- Lockdown -------------------------------------------------------------------------------------------- */

static gboolean
set_seccomp_fd (SETTER_ARGUMENTS)
{
  GArray *filters = parser->spec->seccomp;
  gboolean further = (gboolean) option->value;
  SeccompFilter filter = { .kind = SECCOMP_BPF_FD, .several = further, .origin = *origin };

  for (guint i = 0; i < filters->len; i++)
    {
      const SeccompFilter *earlier = &g_array_index (filters, SeccompFilter, i);
      if (earlier->kind != SECCOMP_BPF_FD)
        continue;
      if (earlier->several != further)
        return fail (error, SNUG_ERROR_USAGE, _ ("%s cannot be combined with %s"), option->name,
                     further ? "--seccomp" : "--add-seccomp-fd");
      if (!further)
        {
          parser_warn_repeated (option->name);
          g_array_remove_index (filters, i--);
        }
    }

  if (!read_fd (words[1], &filter.fd, error))
    return FALSE;
  g_array_append_val (filters, filter);
  return TRUE;
}

static gboolean
set_seccomp_profile (SETTER_ARGUMENTS)
{
  SeccompFilter filter = { .kind = SECCOMP_PROFILE, .fd = -1, .profile = words[1], .origin = *origin };
  if (!check_path (words[1], error))
    return FALSE;
  g_array_append_val (parser->spec->seccomp, filter);
  return TRUE;
}

static gboolean
fail_unknown_cap (const Parser *parser, const char *name, GError **error)
{
  g_autofree char *like = parser->strict ? capability_like (name) : NULL;
  if (like != NULL)
    return fail (error, SNUG_ERROR_USAGE, _ ("unknown cap: %s: did you mean %s?"), name, like);
  return fail (error, SNUG_ERROR_USAGE, _ ("unknown cap: %s"), name);
}

static gboolean
set_cap (SETTER_ARGUMENTS)
{
  Spec *spec = parser->spec;
  guint64 mask = G_MAXUINT64, required = 0;

  if (g_ascii_strcasecmp (words[1], "ALL") != 0)
    {
      int cap = capability_from_name (words[1]);
      if (cap < 0)
        return fail_unknown_cap (parser, words[1], error);
      mask = required = G_GUINT64_CONSTANT (1) << cap;
    }

  spec->caps = option->value ? spec->caps | mask : spec->caps & ~mask;
  spec->required_caps = option->value ? spec->required_caps | required : spec->required_caps & ~mask;
  spec->caps_given = TRUE;
  return TRUE;
}

/* --- The table --------------------------------------------------------------------------------------------- */

const Option options[] = {
#define OPTION(name, arguments, group, dialects, setter, value, help, manual) \
  { name, arguments, group, dialects, set_##setter, value, help, manual },
#include "cli/options.def"
#undef OPTION
  { .name = NULL },
};

const char *const option_groups[N_GROUPS] = {
  [GENERAL] = N_ ("General"),
  [NAMESPACES] = N_ ("Namespaces and ids"),
  [PROCESS] = N_ ("The program"),
  [OUTSIDE] = N_ ("Watching the sandbox from outside"),
  [FILESYSTEM] = N_ ("The filesystem, in the order given"),
  [LIMITS] = N_ ("What the sandbox as a whole may use"),
  [LOCKDOWN] = N_ ("Lockdown"),
};
