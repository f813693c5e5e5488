/* What the set-up made on the host: places to mount on, below what is bound writably.
 *
 * The child says of each thing that it makes where it is; when the set-up fails, it is removed again.  A directory is
 * removed only while it is empty, and anything only while it is still what it was.
 */
#include "engine/engine.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  int dir;
  gboolean owns_dir; /* the first of those in it */
  gboolean is_directory;
  ino_t inode;
  char name[NAME_MAX + 1];
} Made;

GArray *
made_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (Made));
}

void
made_note (Sandbox *sandbox, const SyncMessage *message, int dir)
{
  GArray *list = sandbox->made;
  Made made = { .dir = dir, .owns_dir = dir >= 0, .is_directory = message->value != 0 };

  if (dir < 0 && list->len > 0)
    made.dir = g_array_index (list, Made, list->len - 1).dir;
  g_strlcpy (made.name, message->text, MIN (sizeof made.name, sizeof message->text));
  made.inode = strchr (made.name, '/') == NULL && made.dir >= 0 ? message->inode : 0;
  g_array_append_val (list, made);
}

void
made_undo (Sandbox *sandbox)
{
  for (guint i = sandbox->made->len; i-- > 0;)
    {
      const Made *made = &g_array_index (sandbox->made, Made, i);
      struct stat st;
      if (made->inode != 0 && fstatat (made->dir, made->name, &st, AT_SYMLINK_NOFOLLOW) == 0
          && st.st_ino == made->inode)
        unlinkat (made->dir, made->name, made->is_directory ? AT_REMOVEDIR : 0);
    }
}

void
made_free (Sandbox *sandbox)
{
  for (guint i = 0; i < sandbox->made->len; i++)
    {
      const Made *made = &g_array_index (sandbox->made, Made, i);
      if (made->owns_dir)
        close (made->dir);
    }
  g_array_set_size (sandbox->made, 0);
}
