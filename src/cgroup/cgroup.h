/* Cgroups, version 2: where a container's processes are counted, limited, frozen and killed; cgroups(7) and the kernel's
 * Documentation/admin-guide/cgroup-v2.rst.
 *
 * A backend says who makes a cgroup, gives it its limits and removes it: fs.c does it by itself below what the caller may
 * write to, systemd.c has a systemd make a scope: bus.c speaks with it, unit.c knows its words for limits.  What the
 * kernel's files do is the same for all of them: tree.c finds the tree and opens what is in it, control.c freezes, kills
 * and lists, stats.c reads what is used, devices.c is about devices, delegate.c about what is handed on and over, limits.c
 * turns what is asked for into files and their values.
 *
 * Must not: know JSON, a container or a record.  Nothing is removed or written to by a path that somebody else could
 * have put something else at: all goes by descriptors below the tree's mount, and a cgroup is known again by its number.
 */
#pragma once

#include "cgroup/limits.h"

#include <sys/types.h>

typedef struct CgroupBackend CgroupBackend;

/* A cgroup that is there, or, with a unit alone, one that will be when it has its first process. */
typedef struct
{
  const CgroupBackend *backend;
  char *path; /* below the tree's mount, beginning with "/" */
  guint64 id; /* its inode: no other has the same before the machine is started anew */
  guint made; /* so many of the last directories of @path are ours to remove */
  int dir;    /* itself, readable; -1: it is not there yet */
  int place; /* the directory that processes are put into: itself, or the one inside it; cloned into, see clone3(2) */
  char *unit; /* of systemd; NULL: none */
} Cgroup;

/* Who makes cgroups; 0: the best there is, systemd, or ourselves where it can't be reached. */
typedef enum
{
  CGROUP_BY_FS = 1,
  CGROUP_BY_SYSTEMD,
  CGROUP_BY_NOBODY,
} CgroupManager;

/* What is asked for. */
typedef struct CgroupWish
{
  CgroupManager manager;
  const char *path;           /* linux.cgroupsPath; NULL: not given */
  const char *name;           /* of the cgroup if there is no path */
  GVariant *properties;       /* of systemd's unit besides, "a(sv)"; NULL: none */
  const CgroupLimits *limits; /* may be NULL */
  gboolean needed;            /* rights that are missing are an error, even if no limit needs them */
  gboolean passing;           /* for as long as we run: if we are killed, the next such one removes it */
  gboolean inner;             /* processes go into a cgroup inside, whose parent has the limits */
  gboolean give;              /* the place is handed over to … */
  uid_t uid;                  /* … these */
  gid_t gid;
  /* What is told before the first directory is made, if that is not NULL: that the last @made of those of @path are new.  Whoever
   * is killed before it is known what they are leaves them to cgroup_unmake.  FALSE with @error: none is made. */
  gboolean (*foretell) (gpointer listener, const char *path, guint made, GError **error);
  gpointer listener;
} CgroupWish;

/* The cgroup inside a container's own, for one that manages cgroups itself. */
#define CGROUP_INNER "container"

/* A cgroup for a new process is made in two steps, around the clone of the process.
 *
 * cgroup_prepare makes it, to be cloned into; or where the manager makes none without a process, only says its name.  Where
 * there can be none and nothing needs it, *@cgroup is NULL, and a message for debugging says why.
 *
 * cgroup_fill makes it around the process @pid, if it is not there yet; puts @pid in, if it is not there (@placed); and has the
 * limits hold.  Without it *@cgroup is NULL as above.
 *
 * FALSE with @error, which names what asked for the cgroup and what is missing.  What there is of *@cgroup then is still to be
 * removed, when the process has ended. */
gboolean cgroup_prepare (const CgroupWish *wish, Cgroup **cgroup, GError **error);
gboolean cgroup_fill (const CgroupWish *wish, pid_t pid, gboolean placed, Cgroup **cgroup, GError **error);

/* Who would make a cgroup, and where, without making anything, and without having asked who may. */
typedef struct
{
  const char *manager;
  char *slice; /* of systemd; NULL: not by systemd */
  char *unit;  /* of systemd, in that slice */
  char *below; /* the cgroup that it would be in; NULL: not by ourselves */
} CgroupOutlook;

/* FALSE with @error: nobody can, and why. */
gboolean cgroup_foresee (const CgroupWish *wish, CgroupOutlook *outlook, GError **error);
void cgroup_outlook_clear (CgroupOutlook *outlook);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CgroupOutlook, cgroup_outlook_clear)

/* The cgroup of that path and id.  NULL with SNUG_ERROR_MISSING if it is no more, or another has its name; with
 * SNUG_ERROR_FAILED if it can't be opened, or does not belong to @owner (-1: that does not matter).  @unit: of systemd, if
 * that has made it; else NULL. */
Cgroup *cgroup_open (const char *path, guint64 id, uid_t owner, const char *unit, GError **error);
void cgroup_free (Cgroup *cgroup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cgroup, cgroup_free)

/* Puts the process @pid into @place. */
gboolean cgroup_place (const Cgroup *cgroup, int place, pid_t pid, GError **error);

/* A descriptor (the caller's) of where another process joins the cgroup: at @below from what the
 * container sees as the root, or (NULL) where @pid is. */
int cgroup_open_place (const Cgroup *cgroup, const char *below, pid_t pid, GError **error);

/* Sets other limits.  A value that can't be set is an error with its origin; those before it have taken effect then. */
gboolean cgroup_apply (Cgroup *cgroup, const CgroupLimits *limits, GError **error);

/* Removes it with the cgroups inside it, and those above that were made with it and are empty now.  Processes that are left are
 * killed.  One that is not there any more is none to remove. */
gboolean cgroup_remove (Cgroup *cgroup, GError **error);

/* Removes the last @made directories of @path that are there and that nobody is in. */
void cgroup_unmake (const char *path, guint made);

/* The same as cgroup_remove, but where processes are left it stays with them. */
gboolean cgroup_leave (Cgroup *cgroup, GError **error);

/* --- What the kernel's files do: control.c ------------------------------------------------------------------- */

/* Freezes all processes inside, and returns when they are frozen; if that fails, they go on.  Or lets them go on. */
gboolean cgroup_freeze (const Cgroup *cgroup, GError **error);
gboolean cgroup_thaw (const Cgroup *cgroup, GError **error);
gboolean cgroup_is_frozen (const Cgroup *cgroup);

/* Kills all processes inside, frozen or not, without waiting for them. */
gboolean cgroup_kill (const Cgroup *cgroup, GError **error);

/* Waits until no process is left inside. */
gboolean cgroup_wait_empty (const Cgroup *cgroup, GError **error);

/* Whether there is no process inside. */
gboolean cgroup_is_empty (const Cgroup *cgroup);

/* The processes inside, as pid_t, sorted; the caller's. */
GArray *cgroup_processes (const Cgroup *cgroup, GError **error);

/* Whether the process @pid is inside now. */
gboolean cgroup_has_process (const Cgroup *cgroup, pid_t pid);

/* --- Backends ------------------------------------------------------------------------------------------------- */

struct CgroupBackend
{
  const char *name;
  /* As cgroup_prepare and cgroup_fill.  SNUG_ERROR_MISSING: the caller has no right to. */
  Cgroup *(*make) (const CgroupWish *wish, GError **error);
  gboolean (*fill) (Cgroup *cgroup, const CgroupWish *wish, pid_t pid, GError **error);
  gboolean (*place) (const Cgroup *cgroup, int place, pid_t pid, GError **error);
  gboolean (*apply) (Cgroup *cgroup, const CgroupLimits *limits, GError **error);
  gboolean (*remove) (Cgroup *cgroup, GError **error);
};

extern const CgroupBackend cgroup_fs;
extern const CgroupBackend cgroup_systemd;
