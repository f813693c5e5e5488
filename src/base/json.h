/* JSON as snug takes it: strict, small, and with errors that name the place.
 *
 * Loading scans the text by itself (RFC 8259 to the letter), because json-c's parser keeps the last of two members with one
 * name, cuts names at \u0000 and gives offsets at best; json-c has the values and writes them.  Reading
 * goes through a cursor, a value together with the way to it, so that each error says where it is:
 * "/syscalls/3/action: expected a string, found a number".
 *
 * Must not: read files, know what a document means.
 */
#pragma once

#include <glib.h>
#include <json-c/json.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (json_object, json_object_put)

#define JSON_MAX_DEPTH 64                  /* arrays and objects within each other */
#define JSON_MAX_LENGTH (16 * 1024 * 1024) /* bytes of a document */

/* Reads the JSON document of @length bytes at @text (no final NUL needed) into @value, which the caller
 * owns (json_object_put; g_autoptr (json_object)); a document of just `null` gives NULL.
 *
 * Refused, each as "line L, column C: …" with SNUG_ERROR_USAGE: what RFC 8259 does not allow, text that is
 * not UTF-8, NUL as a byte or as \u0000, half a surrogate pair, two members of one name in an object
 * (compared after unescaping), anything behind the document, more than JSON_MAX_DEPTH levels or
 * JSON_MAX_LENGTH bytes, integers that neither gint64 nor guint64 holds.  Columns count characters. */
gboolean json_load (const char *text, gsize length, json_object **value, GError **error);

/* Where in @text, which need not be JSON, the value of a member of its object seems to stand, *@size bytes from *@start on.
 * @names: the way down to the member, ended by NULL.  A quick look, which knows no escapes: json_load may see it otherwise.
 * FALSE if it finds none. */
gboolean json_locate (const char *text, gsize length, const char *const *names, gsize *start, gsize *size);

/* A value and the way to it.  Plain data, nothing to free: it borrows the value from the document, the
 * name from the caller or the document, and points at its parent cursor, so all three must live as long. */
typedef struct JsonCursor
{
  const struct JsonCursor *parent; /* NULL at the top */
  const char *name;                /* of the member; NULL for an element of an array */
  gsize index;                     /* of the element */
  json_object *value;              /* NULL: not there, or `null`, which means the same to us */
} JsonCursor;

/* The cursor at the top of the document @value (may be NULL). */
JsonCursor json_top (json_object *value);

/* The member @name of @object; its value is NULL when there is none, or @object is no object. */
JsonCursor json_member (const JsonCursor *object, const char *name);

/* The element @index of @array; its value is NULL beyond the end, or when @array is no array. */
JsonCursor json_element (const JsonCursor *array, gsize index);

/* The number of elements of @array; 0 when it is no array. */
gsize json_length (const JsonCursor *array);

/* The way to @at as a JSON pointer (RFC 6901), "/" for the top.  Owned by the caller. */
char *json_path (const JsonCursor *at);

/* Sets @error (SNUG_ERROR_USAGE) to the path of @at, ": " and the message of @format, both with unprintable
 * characters escaped and long ones cut.  Returns FALSE. */
gboolean json_fail (const JsonCursor *at, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* The same for a word that is none of those that are known: "unknown WHAT "NAME"". */
gboolean json_fail_unknown (const JsonCursor *at, const char *what, const char *name, GError **error);

/* The same for a number at @at that is not from @min to @max. */
gboolean json_fail_range (const JsonCursor *at, gint64 min, guint64 max, GError **error);

/* What a value has to be. */
typedef enum
{
  JSON_STRING,  /* const char *, of the document */
  JSON_BOOLEAN, /* gboolean */
  JSON_UINT,    /* guint64; an integer from 0 to a maximum */
  JSON_INT,     /* gint64 */
  JSON_ARRAY,   /* JsonCursor */
  JSON_OBJECT,  /* JsonCursor */
  N_JSON_KINDS,
} JsonKind;

/* The readers.  A value that is not there (or `null`) leaves @value as it was and is no error; one of
 * another type, or a number outside of the range, is.  @max: the largest number taken. */
gboolean json_get_string (const JsonCursor *at, const char **value, GError **error);
gboolean json_get_boolean (const JsonCursor *at, gboolean *value, GError **error);
gboolean json_get_uint (const JsonCursor *at, guint64 max, guint64 *value, GError **error);
gboolean json_get_int (const JsonCursor *at, gint64 *value, GError **error);

/* The string that the element @index of @array must be; *@at is set to its cursor. */
gboolean json_get_string_element (const JsonCursor *array, gsize index, JsonCursor *at, const char **value,
                                  GError **error);

/* A word of a document and what it stands for. */
typedef struct
{
  const char *name;
  guint64 value;
} JsonWord;

/* Looks the string at @at up among @words; @what: "resource limit", for `unknown resource limit "…"`.  The other reads an array
 * of such strings, flags, which are or-ed. */
gboolean json_get_word (const JsonCursor *at, const JsonWord *words, gsize n_words, const char *what,
                        guint64 *value, GError **error);
gboolean json_get_flags (const JsonCursor *array, const JsonWord *words, gsize n_words, const char *what,
                         guint64 *flags, GError **error);
#define JSON_GET_WORD(at, words, what, value, error) \
  json_get_word (at, words, G_N_ELEMENTS (words), what, value, error)
#define JSON_GET_FLAGS(array, words, what, flags, error) \
  json_get_flags (array, words, G_N_ELEMENTS (words), what, flags, error)

/* Checks that the value of @at is not there, or of @kind (without regard to a number's range). */
gboolean json_check_kind (const JsonCursor *at, JsonKind kind, GError **error);

/* Checks that @at has a value: "/path: is missing". */
gboolean json_require (const JsonCursor *at, GError **error);

/* A row of a table that binds an object's members to a struct's fields. */
typedef struct
{
  const char *name;
  JsonKind kind;
  gsize offset;      /* of the field in the struct; its type goes by @kind, see JsonKind */
  gboolean required; /* its absence is an error */
  guint64 max;       /* for JSON_UINT; 0: no limit */
} JsonField;

/* Reads the members of @object, which must be an object and be there, into the struct at @target, as the
 * @n_fields rows of @fields say.  Fields whose member is not there keep their value, except that cursors
 * are always set (their value is then NULL).  Members without a row are errors with @refuse_unknown, and
 * skipped without.  Bound cursors and strings need @object and the document to live on. */
gboolean json_bind (const JsonCursor *object, const JsonField *fields, gsize n_fields, gboolean refuse_unknown,
                    gpointer target, GError **error);
