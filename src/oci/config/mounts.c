/* The root filesystem and `mounts`, with the options of mount-options.def. */
#include "oci/config/read.h"

#include "base/i18n.h"
#include "base/sys.h"

#include <sys/mount.h>

/* --- Options ------------------------------------------------------------------------------------------ */

/* What the options of one mount add up to. */
typedef struct
{
  gboolean bind, remount;
  FsFlags flags;
  MountAttributes attributes;
  gboolean idmap, idmap_recursive;
  const char *idmap_text; /* the maps, if they stand in the option */
  JsonCursor idmap_at;
  GPtrArray *data;    /* for the filesystem; owned strings */
  JsonCursor unknown; /* the first that only the filesystem can know */
} Options;

typedef struct MountOption
{
  const char *name;
  void (*apply) (Options *options, const struct MountOption *option);
  guint64 value;
  gboolean recursive;
} MountOption;

/* Moves @bits to @to, from where an earlier option may have put them. */
static void
move_bits (guint64 bits, guint64 *from, guint64 *to)
{
  *from &= ~bits;
  *to |= bits;
}

static void
set_attribute (Options *options, const MountOption *option)
{
  MountAttributes *a = &options->attributes;
  if (option->recursive)
    move_bits (option->value, &a->rec_clear, &a->rec_set);
  else
    move_bits (option->value, &a->clear, &a->set);
}

static void
clear_attribute (Options *options, const MountOption *option)
{
  MountAttributes *a = &options->attributes;
  if (option->recursive)
    move_bits (option->value, &a->rec_set, &a->rec_clear);
  else
    move_bits (option->value, &a->set, &a->clear);
}

/* mount_setattr(2) wants the whole field cleared when a part of it is set. */
static void
choose_atime (Options *options, const MountOption *option)
{
  MountAttributes *a = &options->attributes;
  guint64 *set = option->recursive ? &a->rec_set : &a->set,
          *clear = option->recursive ? &a->rec_clear : &a->clear;
  *clear |= MOUNT_ATTR__ATIME;
  *set = (*set & ~(guint64) MOUNT_ATTR__ATIME) | option->value;
}

/* Leaves another choice alone. */
static void
undo_atime (Options *options, const MountOption *option)
{
  static const MountOption ours = { .value = MOUNT_ATTR_RELATIME },
                           below = { .value = MOUNT_ATTR_RELATIME, .recursive = TRUE };
  const MountAttributes *a = &options->attributes;
  guint64 set = option->recursive ? a->rec_set : a->set, clear = option->recursive ? a->rec_clear : a->clear;
  if (!(clear & MOUNT_ATTR__ATIME) || (set & MOUNT_ATTR__ATIME) == option->value)
    choose_atime (options, option->recursive ? &below : &ours);
}

/* All are done, in their order; of too many the first make no difference any more. */
static void
add_propagation (Options *options, const MountOption *option)
{
  MountAttributes *a = &options->attributes;
  if (a->n_propagation == G_N_ELEMENTS (a->propagation))
    memmove (a->propagation, a->propagation + 1, --a->n_propagation * sizeof a->propagation[0]);
  a->propagation[a->n_propagation++] = (guint32) option->value;
}

static void
make_bind (Options *options, const MountOption *option)
{
  options->bind = TRUE;
  options->flags |= (FsFlags) option->value;
}

static void
make_remount (Options *options, const MountOption *option G_GNUC_UNUSED)
{
  options->remount = TRUE;
}

static void
make_idmap (Options *options, const MountOption *option)
{
  options->idmap = TRUE;
  options->idmap_recursive = option->recursive;
}

static void
set_flag (Options *options, const MountOption *option)
{
  options->flags |= (FsFlags) option->value;
}

static void
pass_on (Options *options, const MountOption *option)
{
  g_ptr_array_add (options->data, g_strdup (option->name));
}

static void
ignore (Options *options G_GNUC_UNUSED, const MountOption *option G_GNUC_UNUSED)
{
}

static const MountOption mount_options[] = {
#define OPTION(name, function, value, recursive) { name, function, value, recursive },
#include "oci/config/mount-options.def"
#undef OPTION
};

/* --- Options of filesystems --------------------------------------------------------------------------- */

/* The end of the first of the comma-separated options at @text.  Commas in quotes or behind a backslash are
 * part of it, as in mount(8) and in overlayfs. */
static const char *
option_end (const char *text)
{
  gboolean quoted = FALSE;
  for (; *text != '\0' && (quoted || *text != ','); text++)
    if (*text == '"')
      quoted = !quoted;
    else if (*text == '\\' && text[1] != '\0')
      text++;
  return text;
}

/* key="value" -> key=value: quotes are for the commas, which fsconfig(2) does not care about. */
static char *
unquoted (const char *text, gsize length)
{
  char *copy = g_strndup (text, length);
  char *value = strchr (copy, '=');
  gsize n = value != NULL ? strlen (++value) : 0;
  if (n >= 2 && value[0] == '"' && value[n - 1] == '"')
    {
      memmove (value, value + 1, n - 2);
      value[n - 2] = '\0';
    }
  return copy;
}

static void
add_data (Options *options, const char *text)
{
  for (const char *end; *text != '\0'; text = *end == ',' ? end + 1 : end)
    {
      end = option_end (text);
      if (end > text)
        g_ptr_array_add (options->data, unquoted (text, (gsize) (end - text)));
    }
}

static void
read_option (Options *options, const JsonCursor *at, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mount_options); i++)
    if (g_str_equal (mount_options[i].name, name))
      {
        mount_options[i].apply (options, &mount_options[i]);
        return;
      }
  if (g_str_has_prefix (name, "x-")) /* a comment, says mount(8) */
    return;
  if (g_str_has_prefix (name, "idmap=") || g_str_has_prefix (name, "ridmap="))
    {
      options->idmap_recursive = name[0] == 'r';
      options->idmap_text = strchr (name, '=') + 1;
      options->idmap_at = *at;
      return;
    }
  if (options->unknown.value == NULL)
    options->unknown = *at;
  add_data (options, name);
}

static gboolean
read_options (const JsonCursor *array, Options *options, GError **error)
{
  for (gsize i = 0; i < json_length (array); i++)
    {
      JsonCursor at;
      const char *name;
      if (!json_get_string_element (array, i, &at, &name, error))
        return FALSE;
      read_option (options, &at, name);
    }
  return TRUE;
}

/* --- Mounts ------------------------------------------------------------------------------------------- */

typedef struct
{
  const char *destination, *source, *type;
  JsonCursor options, uid_mappings, gid_mappings;
} Mount;

static const JsonField mount_fields[] = {
  { "destination", JSON_STRING, offsetof (Mount, destination), TRUE, 0 },
  { "source", JSON_STRING, offsetof (Mount, source), FALSE, 0 },
  { "type", JSON_STRING, offsetof (Mount, type), FALSE, 0 },
  { "options", JSON_ARRAY, offsetof (Mount, options), FALSE, 0 },
  { "uidMappings", JSON_ARRAY, offsetof (Mount, uid_mappings), FALSE, 0 },
  { "gidMappings", JSON_ARRAY, offsetof (Mount, gid_mappings), FALSE, 0 },
};

static FsKind
kind_of (const Mount *mount, const Options *options)
{
  if (options->remount) /* with "bind" too, as in mount(8) */
    return FS_CHANGE;
  if (options->bind)
    return FS_BIND;
  if (mount->type != NULL && (g_str_equal (mount->type, "cgroup") || g_str_equal (mount->type, "cgroup2")))
    return FS_CGROUP;
  return FS_MOUNT;
}

static gboolean
is_empty (const char *text)
{
  return text == NULL || text[0] == '\0';
}

/* Refuses what would be left out silently. */
static gboolean
check_mount (const JsonCursor *at, const Mount *mount, const Options *options, FsKind kind, GError **error)
{
  JsonCursor source = json_member (at, "source"), type = json_member (at, "type");
  JsonCursor destination = json_member (at, "destination");
  const JsonCursor *list = &mount->options, *unknown = &options->unknown;
  gboolean bind = kind == FS_BIND, other = kind == FS_MOUNT;
  FsFlags flags = options->flags;

  const struct
  {
    gboolean wrong;
    const JsonCursor *at;
    const char *text;
  } rules[] = {
    { is_empty (mount->destination), &destination, N_ ("is empty") },
    { bind && is_empty (mount->source), &source, N_ ("is missing: a bind mount needs one") },
    { options->bind && unknown->value != NULL, unknown,
      N_ ("is an option of a filesystem, which a bind mount does not take") },
    { kind == FS_CGROUP && unknown->value != NULL, unknown,
      N_ ("is an option of a filesystem, which is not a new one here") },
    { !bind && !other && (options->idmap || options->idmap_text != NULL), list,
      N_ ("idmap and ridmap are for bind mounts and new filesystems") },
    { other && is_empty (mount->type), &type, N_ ("is missing: all but bind mounts need one") },
    { other && g_strcmp0 (mount->type, "bind") == 0, &type,
      N_ ("a bind mount has \"bind\" or \"rbind\" among its options") },
    { !bind && flags & (FS_SOURCE_NOFOLLOW | FS_COPY_SYMLINK), list,
      N_ ("src-nofollow and copy-symlink are for bind mounts") },
    { flags & FS_COPY_SYMLINK && flags & (FS_SOURCE_NOFOLLOW | FS_DEST_NOFOLLOW), list,
      N_ ("copy-symlink excludes src-nofollow and dest-nofollow") },
    { flags & FS_COPY_UP && (!other || g_strcmp0 (mount->type, "tmpfs") != 0), list,
      N_ ("tmpcopyup is for mounts of type \"tmpfs\"") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rules[i].wrong)
      return json_fail (rules[i].at, error, "%s", _ (rules[i].text));
  return TRUE;
}

/* What takes no context= of SELinux: its files have labels of their own. */
static const char *const unlabelled[] = { "proc", "sysfs", "mqueue", "cgroup", "cgroup2", NULL };

static void
add_label (ConfigReader *reader, const FsOp *op, Options *options)
{
  const char *label = reader->bundle->mount_label.value;

  if (label == NULL || op->kind != FS_MOUNT || g_strv_contains (unlabelled, op->details->type))
    return;
  for (guint i = 0; i < options->data->len; i++)
    if (g_str_has_prefix (options->data->pdata[i], "context="))
      return;
  g_ptr_array_add (options->data, g_strconcat ("context=", label, NULL));
}

/* A filesystem on a device is opened for writing unless it is told by itself. */
static void
add_readonly (const FsOp *op, Options *options)
{
  if (op->kind == FS_MOUNT && op->source != NULL && op->source[0] == '/'
      && options->attributes.set & MOUNT_ATTR_RDONLY)
    g_ptr_array_add (options->data, g_strdup ("ro"));
}

/* Hands the strings of @options to the Spec. */
static const char *const *
keep_data (ConfigReader *reader, Options *options)
{
  if (options->data->len == 0)
    return NULL;
  char **data = keep (reader, g_new0 (char *, options->data->len + 1));
  for (guint i = 0; i < options->data->len; i++)
    data[i] = keep (reader, g_steal_pointer (&options->data->pdata[i]));
  return (const char *const *) data;
}

static gboolean
read_idmap (ConfigReader *reader, const JsonCursor *at, const Mount *mount, const Options *options,
            FsDetails *details, GError **error)
{
  gboolean uids = json_length (&mount->uid_mappings) > 0, gids = json_length (&mount->gid_mappings) > 0;

  if (uids != gids)
    return json_fail (at, error, _ ("\"uidMappings\" and \"gidMappings\" belong together"));
  details->idmap_recursive = options->idmap_recursive;
  if (options->idmap_text != NULL && uids)
    return json_fail (&options->idmap_at, error, _ ("\"uidMappings\" says so already"));
  if (options->idmap_text != NULL)
    return read_idmap_option (reader, &options->idmap_at, options->idmap_text, details, error);
  if (uids)
    {
      details->idmap = IDMAP_OWN;
      details->uid_map = g_array_new (FALSE, TRUE, sizeof (IdRange));
      details->gid_map = g_array_new (FALSE, TRUE, sizeof (IdRange));
      return read_mappings (reader, &mount->uid_mappings, details->uid_map, error)
             && read_mappings (reader, &mount->gid_mappings, details->gid_map, error);
    }
  details->idmap = options->idmap ? IDMAP_CONTAINER : IDMAP_NONE;
  return !options->idmap || need_namespace (reader, &mount->options, NS_USER, error);
}

/* @path, absolute; a relative one begins in the bundle. */
static const char *
path_in_bundle (ConfigReader *reader, const char *path)
{
  return path[0] == '/' ? path : keep (reader, g_build_filename (reader->context->bundle, path, NULL));
}

/* An overlay on "/" is the root filesystem, instead of what root.path names. */
static void
replace_root (Spec *spec)
{
  FsOp *first = &g_array_index (spec->fs, FsOp, 0), *last = &g_array_index (spec->fs, FsOp, spec->fs->len - 1);
  FsOp root = *first;
  *first = *last;
  *last = root;
  g_array_set_size (spec->fs, spec->fs->len - 1);
}

static gboolean
add_mount (ConfigReader *reader, const JsonCursor *at, const Mount *mount, Options *options, GError **error)
{
  FsKind kind = kind_of (mount, options);
  if (!check_mount (at, mount, options, kind, error))
    return FALSE;

  const char *dest = mount->destination;
  if (dest[0] != '/')
    dest = keep (reader, g_strconcat ("/", dest, NULL));
  FsOp *op = add_op (reader, kind, dest, at);
  FsDetails *details = fs_op_details (op);
  op->flags = options->flags;
  details->type = mount->type;
  op->source = kind == FS_BIND ? path_in_bundle (reader, mount->source) : mount->source;
  details->attributes = keep (reader, g_memdup2 (&options->attributes, sizeof options->attributes));
  add_label (reader, op, options);
  add_readonly (op, options);
  details->data = options->bind ? NULL : keep_data (reader, options);
  if (!read_idmap (reader, at, mount, options, details, error))
    return FALSE;
  if (kind == FS_MOUNT && g_str_equal (mount->type, "overlay") && g_str_equal (dest, "/"))
    replace_root (reader->spec);
  return TRUE;
}

static gboolean
read_mount (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  Mount mount = { 0 };
  g_autoptr (GPtrArray) data = g_ptr_array_new_with_free_func (g_free);
  Options options = { .data = data };

  return json_bind (at, mount_fields, G_N_ELEMENTS (mount_fields), FALSE, &mount, error)
         && read_options (&mount.options, &options, error) && add_mount (reader, at, &mount, &options, error);
}

gboolean
config_read_mounts (ConfigReader *reader, const JsonCursor *array, GError **error)
{
  for (gsize i = 0; i < json_length (array); i++)
    {
      JsonCursor at = json_element (array, i);
      if (!read_mount (reader, &at, error))
        return FALSE;
    }
  return TRUE;
}

/* --- The root ----------------------------------------------------------------------------------------- */

/* Opened once, and from here on the directory is what it was.  A link as the root, or on the way to it inside
 * the bundle, would be somebody else's choice of a directory of the host. */
static gboolean
open_root (int bundle, const char *path, const JsonCursor *at, int *fd, GError **error)
{
  char target[1];

  *fd = sys_openat2 (bundle, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0,
                     path[0] == '/' ? 0 : RESOLVE_NO_SYMLINKS);
  int why = errno;
  if (*fd >= 0)
    return TRUE;
  if (why == ENOTDIR && readlinkat (bundle, path, target, sizeof target) > 0)
    return json_fail (at, error, _ ("\"%s\" is a symbolic link: name the directory itself"), path);
  return json_fail (at, error, _ ("can't open the root filesystem \"%s\": %s"), path, strerror (why));
}

gboolean
config_read_root (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  static const MountAttributes unchanged = { 0 };
  const char *path = NULL;
  int fd = -1;

  if (!json_get_string (at, &path, error))
    return FALSE;
  if (reader->spec->ns[NS_MOUNT].join_fd >= 0)
    return g_str_equal (path, "/")
           || json_fail (
               at, error,
               _ ("is \"%s\", but the root of a mount namespace that is joined stays what it is: \"/\""), path);
  if (!open_root (reader->context->bundle_dir, path, at, &fd, error))
    return FALSE;

  FsOp *op = add_op (reader, FS_BIND, "/", at);
  op->flags = FS_RECURSIVE;
  op->source = path_in_bundle (reader, path);
  fs_op_details (op)->fd = keep_fd (reader, fd);
  fs_op_details (op)->attributes = &unchanged;
  return TRUE;
}

gboolean
config_read_readonly (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  static const MountAttributes attributes = { .set = MOUNT_ATTR_RDONLY };
  gboolean readonly = FALSE;

  if (!json_get_boolean (at, &readonly, error))
    return FALSE;
  if (readonly)
    fs_op_details (add_op (reader, FS_CHANGE, "/", at))->attributes = &attributes;
  return TRUE;
}

static const JsonWord propagations[] = {
  { "", 0 },
#define PROPAGATION(name, number) { name, number }, { "r" name, number | MS_REC },
#include "spec/words.def"
};

gboolean
config_read_propagation (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  guint64 flags = 0;
  if (!JSON_GET_WORD (at, propagations, _ ("propagation"), &flags, error))
    return FALSE;
  reader->bundle->root_propagation = (guint32) flags;
  return TRUE;
}

/* Mounts of `mounts` are given it as they are read. */
gboolean
config_read_mount_label (ConfigReader *reader, const JsonCursor *at, GError **error)
{
  return read_text (reader, at, &reader->bundle->mount_label, error)
         && (reader->bundle->mount_label.value == NULL || need_selinux (at, error));
}
