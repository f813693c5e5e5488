/* A made-up machine for unit tests: who calls, from where, and what some files say.
 *
 * The functions that look at the real one are replaced with the linker's --wrap; tests/Makemodule.am lists them.
 * Every test begins with world_reset.
 */
#pragma once

#include "cli/options.h"

#include <sys/types.h>

/* Descriptors that world_reset opens. */
typedef enum
{
  FD_DATA = 20,   /* a file that says "data\n" */
  FD_STREAM = 21, /* a pipe that says "stream\n" and ends */
  FD_USR = 22,    /* the directory /usr */
  FD_FILTER = 23, /* a seccomp program of one instruction */
  FD_NULL = 24,   /* /dev/null, and up to FD_LAST */
  FD_LAST = 29,
} WorldFd;

/* A process that is in namespaces of its own, all but the time's, as far as stat(2) of them says. */
#define WORLD_CONTAINER 4242

typedef struct
{
  uid_t uid;
  gid_t gid;
  const char *terminal; /* what the descriptors 0, 1, 2 are; NULL: no terminal */
  gboolean selinux;
  gboolean newuidmap;    /* the helpers are there */
  GHashTable *files;     /* path -> text, for read_text_file; no other file exists */
  gboolean level_prefix; /* what log_set_level_prefix was told */
  GPtrArray *warnings;   /* the texts that went to log_warning */
} World;

extern World world;

/* Makes the world as it is in most tests: uid 1000 and gid 1001 (user "me", with 65536 subordinate ids from 100000
 * and 200000 on) in /home/me/src, HOME, PATH, LANG and SECRET set, no terminal, umask 022. */
void world_reset (void);

/* Lets the file @path say @text; NULL: lets it be away. */
void world_file (const char *path, const char *text);

/* Sees to it that what is opened next has the numbers behind FD_LAST, in their order. */
void world_fill_descriptors (void);

/* Parses @words, which end in NULL, as snug or, with @strict FALSE, as bwrap.  They must outlive the result.  NULL with
 * @error on failure. */
Parser *world_parse (gboolean strict, const char *const *words, GError **error);

/* world_parse of a literal list of words as snug. */
#define PARSE(error, ...) world_parse (TRUE, (const char *const[]){ __VA_ARGS__, NULL }, error)
