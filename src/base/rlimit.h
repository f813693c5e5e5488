/* The names of resource limits: those of setrlimit(2) in lower case and without RLIMIT_. */
#pragma once

/* The resource (RLIMIT_…) that is called @name, or -1. */
int rlimit_by_name (const char *name);

/* The name of @resource, or NULL. */
const char *rlimit_name (int resource);
