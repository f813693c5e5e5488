/* Our own program file, which a sandboxed program must not get to change. */
#pragma once

/* The build ID that the linker gave it, as hexadecimal digits, owned by the caller: no two builds that differ have the same.
 * NULL if it gave none.  See ld(1), --build-id. */
char *self_build_id (void);

/* If the caller could change the file that we were started from, starts us again from a sealed copy in memory: what then
 * leads to us, /proc/PID/exe or an interpreter line that says /proc/self/exe, leads to something that nobody can change.
 * Returns when there is nothing to do, or 0 with errno when it can't be done.  See memfd_create(2). */
int self_seal (char **argv);
