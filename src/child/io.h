/* Files and texts where there are no streams, no memory to get and no formats: small helpers that know of no step. */
#pragma once

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#define N_ELEMENTS(array) (sizeof (array) / sizeof *(array))

/* Writes "PREFIX<n>SUFFIX" to @text, which has room for it.  Returns @text. */
char *text_with_number (char *text, const char *prefix, unsigned n, const char *suffix);

/* Writes @text to @file in one piece, as files of proc want it.  Returns 0, or -1. */
int write_text (int file, const char *text);

/* The same to the file @path in the directory @dir, which is there. */
int write_text_at (int dir, const char *path, const char *text);

/* Copies a regular file from @offset on; the descriptor's own offset stays, so that others can read it too.  Returns 0, or -1
 * with errno. */
int copy_file (int from, off_t offset, int to);

/* The names in a directory, other than "." and "..": `Names names = { .dir = fd }`. */
typedef struct
{
  int dir;
  long at, end; /* in the buffer */
  _Alignas(8) char buffer[2048];
} Names;

/* Returns the next name, valid until the next call; or NULL with errno, 0 at the end. */
const char *next_name (Names *names);

int is_directory (int fd);

/* A file, in a mount. */
typedef struct
{
  uint64_t mount, inode;
  mode_t mode;
} Point;

/* Finds out which one @fd is, an O_PATH descriptor too; -1 with errno. */
int point_of (int fd, Point *point);

/* Whether both are the same place of the same mount. */
int same_point (const Point *a, const Point *b);
