/* The command line of snug-oci: argv -> OciOptions.
 *
 * options.def and verbs.def are the tables; parse.c walks the arguments, help.c prints the tables.  Nothing here opens a
 * file, looks at a container or prints an error.
 */
#pragma once

#include "base/log.h"

#include <sys/types.h>

typedef enum
{
#define VERB(name, ...) VERB_##name,
#include "oci/verbs.def"
#undef VERB
  N_VERBS,
} OciVerbId;

/* Where an option may stand, a bit each. */
typedef enum
{
#define VERB(name, ...) IN_##name = 1 << VERB_##name,
#include "oci/verbs.def"
#undef VERB
  IN_global = 1 << N_VERBS,
  IN_everything = (IN_global << 1) - 1,
} OciPlaces;

/* Enums of options begin with 1, in the order of the words in options.def; 0: not given. */
typedef enum
{
  CGROUPS_CGROUPFS = 1,
  CGROUPS_SYSTEMD,
  CGROUPS_DISABLED,
} OciCgroupManager;

typedef enum
{
  ROOTLESS_AUTO = 1,
  ROOTLESS_TRUE,
  ROOTLESS_FALSE,
} OciRootless;

typedef enum
{
  FORMAT_TABLE = 1,
  FORMAT_JSON,
} OciFormat;

typedef enum
{
  EXPLAIN_TEXT = 1,
  EXPLAIN_JSON,
} OciExplain;

/* A number that may be anything, so that being given is said beside it. */
typedef struct
{
  gboolean given;
  gint64 value;
} OciNumber;

/* --user: a uid, and a gid if there was one. */
typedef struct
{
  gboolean given, gid_given;
  uid_t uid;
  gid_t gid;
} OciUser;

typedef struct OciVerb OciVerb;

/* What the command line says: a field an option, all of them 0 or NULL where it says nothing.  Strings belong to argv. */
typedef struct
{
  const OciVerb *verb;
  GPtrArray *words;  /* of the arguments; private */
  char **arguments;  /* what follows the verb's options, the ID among it, as verbs.def says; ends in NULL … */
  guint n_arguments; /* … and there are as many as the verb needs and not more than it takes */
  pid_t parent;      /* our parent at the start of main */

  /* Before the verb */
  const char *root; /* --root, for store_open; NULL: the default */
  const char *log;
  LogFormat log_format;
  LogLevel log_level;
  OciCgroupManager cgroup_manager; /* --systemd-cgroup is one */
  OciRootless rootless;
  gboolean version, help;

  /* The bundle */
  const char *bundle;     /* NULL: "." */
  const char *config;     /* instead of config.json in the bundle; of spec: --file, what to write */
  gboolean spec_rootless; /* spec --rootless */
  OciExplain explain;

  /* Processes */
  const char *process; /* --process FILE; whether it and a COMMAND are given is exec's to check */
  gboolean detach;
  gboolean die_with_parent;
  gboolean keep;
  gboolean tty;
  OciUser user;
  GArray *additional_gids; /* of gid_t; NULL: none given */
  const char *cwd;
  GPtrArray *env;  /* of VAR=VALUE; NULL: none given */
  GPtrArray *caps; /* of names, not looked at yet; NULL: none given */
  gboolean no_new_privs;
  const char *apparmor;
  const char *process_label;
  GPtrArray *cgroups; /* of --cgroup PATHs, not looked at yet; NULL: none given */
  gboolean ignore_paused;
  const char *pid_file;
  const char *console_socket;
  const char *pidfd_socket;
  guint preserve_fds; /* how many open descriptors, from 3 on, are for the program … */
  guint listen_fds;   /* … and how many of them, the first ones, $LISTEN_FDS counts */
  gboolean no_pivot;
  gboolean no_new_keyring;
  gboolean no_subreaper;

  /* Signals and the end */
  gboolean all;
  gboolean regex;
  gboolean force;

  /* Output */
  OciFormat format;
  gboolean quiet;
  gboolean stats;
  guint64 interval; /* milliseconds; 0: not given */
  gboolean json;

  /* Resources: numbers as they are written, -1 among them; sizes in bytes */
  const char *resources; /* FILE, or "-" */
  OciNumber memory, memory_reservation, memory_swap, kernel_memory, kernel_memory_tcp;
  OciNumber cpu_quota, cpu_period, cpu_burst, cpu_shares, cpu_idle, cpu_rt_period, cpu_rt_runtime;
  const char *cpuset_cpus, *cpuset_mems;
  OciNumber blkio_weight;
  OciNumber pids_limit;
  const char *l3_cache_schema, *mem_bw_schema;
} OciOptions;

typedef struct OciOption OciOption;

/* Applies one option.  @text: its argument; of a flag what stood behind "=", or NULL.  Returns FALSE with @error. */
typedef gboolean OciSetter (OciOptions *options, const OciOption *option, const char *text, GError **error);

struct OciOption
{
  const char *name;
  char letter; /* its short form, or 0 */
  const char *argument;
  OciPlaces places;
  OciSetter *set;
  gsize field; /* offset in OciOptions */
  const char *help;
  const char *manual;
};

/* Runs a verb: the exit status, or -1 with @error. */
typedef int OciFunction (const OciOptions *options, GError **error);

struct OciVerb
{
  const char *name;
  const char *arguments;
  const char *state;
  OciFunction *run;
  const char *help;
  const char *manual;
};

/* All options and all verbs, each ended by one without a name; oci_verbs[VERB_x] is x's row. */
extern const OciOption oci_options[];
extern const OciVerb oci_verbs[N_VERBS + 1];

OciOptions *oci_options_new (void);
void oci_options_free (OciOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OciOptions, oci_options_free)

/* Parses @argv (without the program's name) into @options, which is new.  @argv must outlive it.  With options->help or
 * ->version nothing more is wanted, and without them ->verb is set.  Returns FALSE with a SNUG_ERROR_USAGE; what stood
 * before the mistake is in @options then. */
gboolean oci_parse (OciOptions *options, char **argv, GError **error);

/* Prints --help of all (@verb NULL) or of a verb to @out. */
void oci_print_help (FILE *out, const OciVerb *verb);

/* Whether @option's argument is written with "=" or not at all: that of a flag, or one in brackets. */
gboolean oci_option_is_flag (const OciOption *option);

/* What @option's argument is, "a|b", "[=a|b]" or "BYTES", as the words to choose from.  Free them with g_strfreev. */
char **oci_option_words (const OciOption *option);
