/* gen-docs: makes the completions and the manuals of the tables of options.
 *
 * gen-docs.c puts parts into templates, gen-docs-snug.c makes those of the sandbox's options, gen-docs-oci.c those of
 * snug-oci's, gen-docs-text.c turns texts into what shells and manuals want.
 */
#pragma once

#include <glib.h>

/* A regular expression and what replaces it, as in g_regex_replace; a list ends in one without. */
typedef struct
{
  const char *pattern, *replacement;
} Edit;

/* Texts within single quotes of zsh's _arguments and of fish, and running text of a manual. */
extern const Edit zsh_text[], fish_text[], roff_text[];

/* In a manual: names of options; arguments, with words to be typed in bold. */
extern const Edit roff_name[], roff_arguments[];

/* @text after edits; the caller frees it. */
char *edited (const char *text, const Edit *edit);

/* A manual's paragraph @text in which the words of @arguments are in italics; the caller frees it. */
char *roff_paragraph (const char *text, const char *arguments);

/* Parts: each prints lines that begin with @indent. */
typedef void Part (const char *indent);
Part bash_options, zsh_options, fish_options, fish_arguments, man_options;
Part bash_oci_verbs, bash_oci_options, zsh_oci_verbs, zsh_oci_globals, zsh_oci_options, fish_oci_verbs,
    fish_oci_arguments, fish_oci_takers, fish_oci_options, man_oci_globals, man_oci_verbs;
