/* What one sandbox has made on the host, to be removed again when it ends.  journal.h is for when we can't.
 *
 * Must not: believe what the child says of it more than by looking.
 */
#pragma once

#include "child/sync.h"
#include "plan/plan.h"

#include <sys/types.h>

typedef struct Made Made;

/* Begins with nothing.  What made_end has not removed is left to the next run by made_free. */
Made *made_new (const Plan *plan);
void made_free (Made *made);

/* Note SYNC_PLACE, SYNC_MADE and SYNC_USES, until made_ready.  @fd: what came with it, owned from now on, or -1; a directory that
 * does not come is the last one.  @init: the first process inside. */
void made_want (Made *made, pid_t init, const SyncMessage *message, int fd);
void made_note (Made *made, const SyncMessage *message, int fd);
void made_uses (Made *made, pid_t init, int fd);

/* The set-up is done: what was asked for stays from now on. */
void made_ready (Made *made);

/* Why nothing may be made on the host, as it could not be taken away again: an errno, or 0. */
int made_failure (const Made *made);

/* Whether made_end has anything to do for a sandbox that did its work. */
gboolean made_anything (const Made *made);

/* Removes what was made, the last first: all of it when the set-up was not done, then only places to mount on.  To be called when
 * the first process is gone; who else is inside still keeps them. */
void made_end (Made *made);
