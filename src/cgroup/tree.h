/* The cgroup2 tree of this host, as the caller sees it: where it is mounted, and which part of it is the caller's. */
#pragma once

#include <glib.h>

typedef enum
{
  LAYOUT_NONE,
  LAYOUT_V1,
  LAYOUT_HYBRID, /* a cgroup2 tree besides, without the controllers that v1 has */
  LAYOUT_V2,
} CgroupLayout;

typedef struct
{
  CgroupLayout layout;
  const char *mount; /* NULL: nowhere */
  char *own;         /* the caller's cgroup, below the mount; NULL: not known */
  char *
      place; /* the highest one, from there up without a gap, that the caller may make cgroups in; NULL: none */
} CgroupTree;

/* The tree as it was when it was first asked for: it and our place in it stay what they are while we run. */
const CgroupTree *cgroup_tree (void);

/* Why nobody can make a cgroup by himself; NULL: one can.  The caller's. */
char *cgroup_why_not_fs (void);

/* The mount's root, or -1 and errno: ENODEV if there is no mount. */
int cgroup_open_root (void);

/* The directory @path below the mount, or -1 and errno. */
int cgroup_open_path (const char *path);

/* The directory @path (with "/" before it or not; "" is @dir) below @dir, following nothing that leads out; or -1 and errno. */
int cgroup_open_below (int dir, const char *path);

/* The file's text without the newline at its end, the caller's; NULL and errno. */
char *cgroup_read (int dir, const char *file);

/* Writes @value at once, as the kernel wants it.  FALSE and errno. */
gboolean cgroup_write (int dir, const char *file, const char *value);

/* The number behind @key on a line of its own in the text of a flat-keyed file; @otherwise if there is none. */
guint64 cgroup_value_of (const char *text, const char *key, guint64 otherwise);

/* Whether @word is among those of @text. */
gboolean cgroup_has_word (const char *text, const char *word);
