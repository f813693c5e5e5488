/* What the files that read config.json share. */
#pragma once

#include "oci/config/config.h"

/* A configuration being read into a Spec. */
typedef struct
{
  Config *config;
  const ConfigContext *context;
  Spec *spec;
  Bundle *bundle; /* spec->bundle */
  gboolean exec;  /* the process is that of exec */
} ConfigReader;

/* Reads one member.  @at has a value of the row's kind, or none if the row says ALWAYS. */
typedef gboolean ConfigSectionReader (ConfigReader *reader, const JsonCursor *at, GError **error);

#define SECTION(object, name, kind, flags, function) ConfigSectionReader function;
#include "oci/config/sections.def"
#undef SECTION

/* --- Values ---------------------------------------------------------------------------------------- */

/* The way to @at, as the origin of what it asks for. */
Origin origin_of (ConfigReader *reader, const JsonCursor *at);

/* Memory that lives as long as the Spec.  Returns it. */
#define keep(reader, memory) bundle_own ((reader)->bundle, (memory))

/* The array's strings, ended by NULL: pointers into the document, in an array that the caller frees with
 * g_free. */
gboolean read_strings (const JsonCursor *array, char ***strings, GError **error);

/* Refuses @value, the number at @at, outside of @min to @max. */
gboolean check_range (const JsonCursor *at, gint64 value, int min, int max, GError **error);

/* Refuses a path that is not absolute. */
gboolean check_absolute (const JsonCursor *at, const char *path, GError **error);

/* The text at @at with its origin; an empty one is as good as none. */
gboolean read_text (ConfigReader *reader, const JsonCursor *at, Text *text, GError **error);

/* The mappings at @array, appended to @ranges (of IdRange). */
gboolean read_mappings (ConfigReader *reader, const JsonCursor *array, GArray *ranges, GError **error);

/* The maps that the option at @at has in @text, behind "idmap=", as those of @op. */
gboolean read_idmap_option (ConfigReader *reader, const JsonCursor *at, const char *text, FsDetails *details,
                            GError **error);

/* Refuses what needs a namespace of @type, new or joined, when the container has none. */
gboolean need_namespace (const ConfigReader *reader, const JsonCursor *at, NamespaceType type, GError **error);

/* The same for what is written into it: then it must not be the namespace that we are in either. */
gboolean need_own_namespace (const ConfigReader *reader, const JsonCursor *at, NamespaceType type,
                             GError **error);

/* Refuses a label of SELinux where there is none: it could only be left out. */
gboolean need_selinux (const JsonCursor *at, GError **error);

/* Prints a warning that begins with the JSON path. */
void warn_at (const JsonCursor *at, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Remembers @fd, to be closed with the Config.  Returns it. */
int keep_fd (ConfigReader *reader, int fd);

/* Appends an operation of @kind on @dest.  Valid until the next is added. */
FsOp *add_op (ConfigReader *reader, FsKind kind, const char *dest, const JsonCursor *at);
