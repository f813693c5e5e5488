/* The journal: what sandboxes have made on the host, for those who come after they were killed.
 *
 * A folder of the user's, $XDG_RUNTIME_DIR/snug-made, has a record for each sandbox that made a place to mount on, or
 * mounted on one that another sandbox made.  It is written before the place is made, and locked while the monitor lives.
 * Where there is no such folder there is no journal.  Nothing here fails: a sandbox does not depend on it.
 *
 * Records are lines of text; paths and names are escaped as in URIs.
 *
 *   inside KIND INODE FROM SINCE  the members of Inside
 *   in DEV INODE PATH             the directory that the following places are in
 *   want KIND NAME                a place that is about to be made: f, a file, or d, a directory
 *   made DEV INODE MODE           it was made
 *   uses DEV INODE                a place that somebody else may have made is mounted on
 *   ready                         the set-up is done
 */
#pragma once

#include "engine/inside.h"
#include "engine/place.h"

/* A record being written. */
typedef struct Journal Journal;

/* Begins a record.  Returns NULL if there is nowhere to write it. */
Journal *journal_begin (const Inside *inside);
void journal_want (Journal *journal, const Place *place);
void journal_made (Journal *journal, const Place *place);
void journal_uses (Journal *journal, dev_t dev, ino_t inode);
void journal_ready (Journal *journal);

/* Ends the record: it is removed, or with @keep stays for whoever comes later.  Frees @journal. */
void journal_end (Journal *journal, gboolean keep);

/* Removes @place from @dir, if no other sandbox uses it or made something in it, as far as place_remove and the records tell.
 * @journal: the own one, or NULL.  Returns whether it has to stay for now. */
gboolean journal_remove (const Journal *journal, const Place *place, int dir);

/* Removes what records of sandboxes that are over name, and those records.  @wait: for somebody who is just doing that, which
 * who has a record in there himself has to.  Costs one failing call where there is no journal. */
void journal_sweep (gboolean wait);
