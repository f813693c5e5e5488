/* Building JSON values, and looking into what was built.  json.h reads those of others. */
#pragma once

#include "base/json.h"

/* A string; bytes that are not UTF-8 are replaced.  NULL for NULL. */
json_object *json_text (const char *text);

/* A string made as printf(3) does. */
json_object *json_textf (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* An array of strings; @texts ends in NULL and may be NULL. */
json_object *json_texts (const char *const *texts);

/* The text of @value for a program, in one line without its end.  It belongs to @value, until that is changed. */
const char *json_plain (json_object *value);

/* The text of @value for a file or a screen, a line a member, with a newline at the end.  Owned by the caller. */
char *json_pretty (json_object *value);

/* Adds @value, which then belongs to @object, as its member @name; nothing if @value is NULL. */
void json_add (json_object *object, const char *name, json_object *value);

/* Adds the member @name, true, if it is. */
void json_add_if (json_object *object, const char *name, gboolean is);

/* The object that json_bind reads back with the same @fields: a member for each row, with its value in the struct at @source.
 * Strings and cursors that are NULL are left out, and so are numbers that are 0: what is not there keeps its default. */
json_object *json_unbind (const JsonField *fields, gsize n_fields, gconstpointer source);

/* The member @name of @object, which keeps it, and its text; NULL if there is none. */
json_object *json_part (json_object *object, const char *name);
const char *json_part_text (json_object *object, const char *name);
