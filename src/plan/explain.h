/* What the two halves of --explain share: explain.c makes a document, which is printed as it is for programs,
 * and by explain-text.c for people.
 */
#pragma once

#include <json-c/json.h>

/* Prints the document @explained, {"spec": …, "plan": …}, for people: in colour on a terminal, and never with control
 * characters that came from an argument. */
void explain_print_text (json_object *explained, FILE *out);
