/* snug-oci: the same program under a second name, as an OCI runtime.
 *
 * main.c here has the command line parsed (parse.c, by the tables options.def and verbs.def) and runs the verb's function,
 * of which there is one a file under cmd/.  The verbs stand on config/, which reads config.json, container/, which takes a
 * container through its life, and host/, which finds out what works on this machine.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* The version of the OCI runtime specification that we implement. */
#define OCI_SPEC_VERSION "1.3.0"

/* Whether a program called by this name, without directories, is snug-oci. */
gboolean oci_is_name (const char *name);

/* Runs snug-oci with the whole of @argv.  @parent: our parent at the start of main.  Prints errors itself, to --log too;
 * returns the exit status. */
int oci_main (char **argv, pid_t parent);
