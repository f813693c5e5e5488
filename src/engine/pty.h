/* The caller's terminal, while the program has its own: both are copied to each other.
 *
 * Must not: wait.  Whoever polls calls.
 */
#pragma once

#include <glib.h>

typedef struct Pty Pty;
struct pollfd;

/* Puts the caller's terminal into raw mode.  @master: our side of the program's, owned from now on. */
Pty *pty_new (int master);

/* Puts the caller's terminal back as it was. */
void pty_free (Pty *pty);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pty, pty_free)

/* Fills the PTY_POLL entries of @fds for poll(2), after which pty_copy copies what there is: returns the errno of a failed
 * output, or 0. */
#define PTY_POLL 3
void pty_poll (Pty *pty, struct pollfd *fds);
int pty_copy (Pty *pty, const struct pollfd *fds);

/* Whether all that the program wrote is copied; whether the caller's side takes no more for now. */
gboolean pty_is_dry (Pty *pty);
gboolean pty_is_stuck (Pty *pty);

/* Gives the program's terminal the size of the caller's. */
void pty_resize (Pty *pty);

/* Stops ourselves as the program has stopped; returns when continued. */
void pty_stop (Pty *pty);
