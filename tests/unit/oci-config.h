/* A bundle for the tests of config.json, and a minimal configuration that they change. */
#pragma once

#include "oci/config/config.h"

#include <string.h>

/* A bundle in a temporary folder: "rootfs", "link" to it, and "file". */
const ConfigContext *test_context (void);

/* What log_warning got since the test began; of char *. */
extern GPtrArray *test_warnings;

/* Whether this machine has SELinux. */
extern gboolean test_selinux;

/* @text with double quotes for single ones. */
char *test_requoted (const char *text);

/* The minimal configuration with the members of @fragment, object into object. */
Config *test_load (const char *fragment, GError **error);

typedef struct
{
  Config *config;
  Spec *spec;
} Loaded;

/* The same as a Spec, which must succeed. */
Loaded read_config (const char *fragment);

void loaded_clear (Loaded *loaded);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Loaded, loaded_clear)

/* g_test_add_func and g_test_run, with a fresh start for each and nothing left behind. */
void test_add (const char *path, GTestFunc function);
int test_run (void);
