/* One place on the host that was made to mount on: what is known of it, and removing it.
 *
 * Must not: know of sandboxes, or of who else may use the place but by its lock.
 */
#pragma once

#include "plan/plan.h"

#include <sys/stat.h>

typedef struct
{
  char *dir_path; /* the host's path of its directory, absolute; NULL: not known */
  dev_t dir_dev;
  ino_t dir_inode;
  char *name;
  gboolean is_directory;
  dev_t dev;
  ino_t inode; /* 0: it is not known to have been made */
  mode_t mode; /* as it was made, with its type */
} Place;

typedef enum
{
  PLACE_DONE,  /* removed, or not what was made any more */
  PLACE_STAYS, /* another sandbox has mounted on it, or it could not be removed for now */
  PLACE_FULL,  /* a directory with something in it */
} PlaceEnd;

void place_free (Place *place);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Place, place_free)

/* Finds the host's path of @dir, a directory that was reached through a bind of @plan: sets dir_path if there is one, and
 * returns an O_PATH descriptor of it as the host sees it, which may be written to where the bind may not; else -1. */
int place_find_dir (Place *place, const Plan *plan, int dir);

/* Opens the directory by its path.  Returns an O_PATH descriptor, or -1 if it is not the same any more. */
int place_open_dir (const Place *place);

/* Learns what there is at the place in @dir, if it can be what was made: empty, ours, of the right kind.  FALSE otherwise. */
gboolean place_look (Place *place, int dir, struct stat *st);

/* Removes the place from @dir if it is what was made, still empty, and nobody holds a lock on it. */
PlaceEnd place_remove (const Place *place, int dir);
