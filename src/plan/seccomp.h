/* seccomp filters, made by the parent: the terminal guard, the built-in profile, the user's profiles, and
 * the check of programs that the user brings.
 *
 * A profile is either the OCI runtime specification's linux.seccomp object (config-linux.md, "Seccomp") or
 * the container engines' own format, which adds `archMap`, `name`, and conditions by capability, machine
 * and kernel (`includes`, `excludes`).  What of them is not asked for is said here:
 *
 * - A name in a list of names that nobody knows is skipped, as the engines do: it is a call of a newer
 *   kernel, or of another machine.  Everything else that is not known is an error with its JSON path.
 * - Calls that the profile does not name get its defaultAction.  The built-in profile tells calls that it
 *   denies (EPERM) from calls that it does not know (ENOSYS, so that programs take the older call).
 * - An entry with conditions on arguments goes before one without, in the order written; without
 *   conditions the most restrictive action counts.  (libseccomp forgets the conditions then.)
 * - Several conditions on one argument are alternatives, as runc and crun have it.
 * - Calls of an ABI that the profile's architectures leave out kill the process.
 * - SCMP_ACT_NOTIFY is an error where nobody listens, as is the case for sandboxes.
 *
 * Must not: load a filter (the child does), run anything, look at the sandbox's side.
 */
#pragma once

#include "base/json.h"

#include <linux/filter.h>

/* The program that every sandbox gets: ioctl(2) with TIOCSTI or TIOCLINUX in the low 32 bits of its
 * request, which is all that the kernel looks at, fails with EPERM on every ABI of the machine; an ABI that
 * the build knows nothing of kills the process; all else is allowed.  See ioctl_tty(2).
 * Returns a constant of *@n instructions. */
const struct sock_filter *seccomp_terminal_guard (gsize *n);

/* Compiles @profile: "default" is the built-in one, anything else a file.
 * @caps: the capabilities that the program will have, bit 1 << CAP_…; profiles ask for them.
 * @program: a GArray of struct sock_filter, owned by the caller.
 * @flags: SECCOMP_FILTER_FLAG_… for seccomp(2); may be NULL when they don't matter.
 * Errors name the file and the place in it. */
gboolean seccomp_compile_profile (const char *profile, guint64 caps, GArray **program, guint *flags,
                                  GError **error);

/* The same for the JSON text of @length bytes at @data. */
gboolean seccomp_compile_profile_json (const char *data, gsize length, guint64 caps, GArray **program,
                                       guint *flags, GError **error);

/* How a profile is read, and for whom. */
typedef struct
{
  guint64 caps;            /* as above */
  gboolean refuse_unknown; /* members that no version of the formats has are errors, and not skipped */
  gboolean can_ask;        /* somebody listens, so that SCMP_ACT_NOTIFY is possible */
} SeccompReading;

/* The same for an object in a larger document, such as /linux/seccomp.  Where the profile uses SCMP_ACT_NOTIFY @flags has
 * SECCOMP_FILTER_FLAG_NEW_LISTENER.  @asked: the capabilities that the program depends on; may be NULL. */
gboolean seccomp_compile_profile_object (const JsonCursor *object, const SeccompReading *how, GArray **program,
                                         guint *flags, guint64 *asked, GError **error);

/* The words of a profile, by where they stand in it. */
typedef enum
{
  SECCOMP_ACTIONS,
  SECCOMP_OPERATORS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_FLAGS,           /* all that are taken … */
  SECCOMP_SUPPORTED_FLAGS, /* … and those of them that have an effect */
} SeccompWords;

/* All words of the kind @words that a profile may use, ended by NULL.  Free the array with g_free. */
const char **seccomp_words (SeccompWords words);

/* Checks that a program of @n instructions is of a length that the kernel takes, 1 to BPF_MAXINSNS.  What
 * is in it the kernel checks. */
gboolean seccomp_check_program (const struct sock_filter *program, gsize n, GError **error);
