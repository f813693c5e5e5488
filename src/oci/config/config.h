/* config.json of an OCI bundle -> Spec; the runtime specification 1.3, config.md and config-linux.md.
 *
 * Loading reads the document and checks what it is; reading turns it, or the part of it that a verb needs, into
 * a Spec.  Errors begin with the JSON path of what is wrong, "/process/rlimits/2/type: …", and those of loading
 * with the name of the file before it.  Properties that nobody knows are skipped, null is the same as absent.
 *
 * Must not: look into the root filesystem, change anything.  It opens what the document names by path and
 * what has to be what it was from here on: the root directory and the namespaces.
 */
#pragma once

#include "base/json.h"
#include "spec/bundle.h"

/* The objects whose members are read by rows of sections.def. */
typedef enum
{
  CONFIG_TOP,
  CONFIG_ROOT,
  CONFIG_PROCESS,
  CONFIG_LINUX,
  N_CONFIG_OBJECTS,
} ConfigObject;

/* A configuration that has been read.  It keeps what its Specs point to, so it must outlive them. */
typedef struct
{
  json_object *document;
  const char *version; /* ociVersion */
  JsonCursor objects[N_CONFIG_OBJECTS];
  JsonCursor seccomp, resources; /* /linux/seccomp, /linux/resources */

  json_object *process; /* what exec runs, see config_load_process; NULL: /process */
  JsonCursor process_top;

  GArray *fds; /* of int: what Specs have open; closed with the Config */
} Config;

/* Who asks. */
typedef struct
{
  const char *id;     /* the container's */
  const char *bundle; /* its absolute path */
  int bundle_dir;     /* the same, opened: what root.path is relative to */
} ConfigContext;

/* Reads the file @name, relative to @dir (perhaps AT_FDCWD): "config.json" of a bundle, what --config names, or the
 * copy of an earlier one.  Checked are JSON (see json_load) and ociVersion, any 1.x.  NULL with SNUG_ERROR_USAGE
 * for what is written wrong, SNUG_ERROR_FAILED for a file that can't be read.  Free it with config_free, after
 * its Specs. */
Config *config_load (int dir, const char *name, GError **error);
void config_free (Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Config, config_free)

/* The same in two: what the file says, the caller's, and the Config of such a text. */
gboolean config_read_text (int dir, const char *name, char **text, gsize *length, GError **error);
Config *config_load_text (const char *text, gsize length, GError **error);

/* All of the container, for create and run.  Spec.fs begins with the root; what the options of a verb add
 * (console, gate_fd, keyring, preserve_fds …) is theirs to fill in.  Free the Spec before @config. */
Spec *config_to_spec (Config *config, const ConfigContext *context, GError **error);

/* Whether the document is one of 1.@minor or later. */
gboolean config_is_since (const Config *config, guint64 minor);

/* A container can be made without /process, but not started: FALSE with SNUG_ERROR_USAGE where there is none. */
gboolean config_require_process (const Config *config, GError **error);

/* The program that exec runs in the container of @config: the process part alone.  What its own document leaves
 * out comes from the container: seccomp, apparmorProfile, selinuxLabel, capabilities, rlimits, oomScoreAdj,
 * noNewPrivileges, and additionalGids. */
Spec *config_exec_spec (Config *config, const ConfigContext *context, GError **error);

/* What config_exec_spec and config_hooks_spec read of @config, and no more, as a document for config_load: create keeps it, and
 * what becomes of the file has no effect on the container.  The rules of seccomp are not in it, unless they depend on who is to
 * run under them.  The caller's. */
char *config_kept (const Config *config);

/* Names the process of config_exec_spec: the file @name relative to @dir, with the schema of /process … */
gboolean config_load_process (Config *config, int dir, const char *name, GError **error);
/* … or @process, made from config_process and the command line; @config takes it over. */
void config_take_process (Config *config, json_object *process);
/* A copy of /process to change, owned by the caller; NULL when there is none. */
json_object *config_process (const Config *config);

/* The hooks and the state document for them, and no more: for the verbs that run hooks after create, when the
 * root may be gone. */
Spec *config_hooks_spec (Config *config, const ConfigContext *context, GError **error);

/* Opens the files that annotations name for what hooks print, to append to, relative to the bundle; without them hooks print
 * where the runtime does.  @config closes them.  FALSE with @error. */
gboolean config_open_hook_output (Config *config, Bundle *bundle, GError **error);

/* The names that config.json has for these. */
const char *config_hook_name (HookMoment moment);
const char *config_memory_mode (gsize i); /* of linux.memoryPolicy; NULL beyond the last */
const char *config_memory_flag (gsize i);

/* The annotations that change what is done; those of others are only kept. */
#define ANNOTATION_KEEP_GROUPS "run.oci.keep_original_groups"
#define ANNOTATION_HOOKS_STDOUT "run.oci.hooks.stdout"
#define ANNOTATION_HOOKS_STDERR "run.oci.hooks.stderr"
#define ANNOTATION_SYSTEMD "org.systemd.property." /* and a property's name */

/* The mounts and no more: for a container that runs. */
Spec *config_mounts_spec (Config *config, const ConfigContext *context, GError **error);

/* The annotation @name, or NULL. */
const char *config_annotation (const Config *config, const char *name);
