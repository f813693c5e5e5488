/* newuidmap and newgidmap: where they are, and whether they can work.  See helpers.h. */
#include "plan/helpers.h"

#include "base/error.h"
#include "base/i18n.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

char *
helper_find (const char *name)
{
  return g_find_program_in_path (name);
}

gboolean
helper_check (const char *name, GError **error)
{
  g_autofree char *path = helper_find (name);
  struct stat st;
  struct statvfs fs;

  if (path == NULL)
    return fail (
        error, SNUG_ERROR_FAILED,
        _ ("%s is not in PATH\ninstall the package that has it: uidmap on Debian and Ubuntu, shadow-utils on "
           "Fedora, shadow on Arch"),
        name);
  if (stat (path, &st) != 0 || statvfs (path, &fs) != 0)
    return fail_errno (error, errno, _ ("can't look at %s"), path);

  gboolean setuid = (st.st_mode & S_ISUID) != 0 && st.st_uid == 0;
  gboolean capable = getxattr (path, "security.capability", NULL, 0) > 0;
  if (!setuid && !capable)
    return fail (
        error, SNUG_ERROR_FAILED,
        _ ("%s is neither setuid root nor has a file capability, so it can't write id maps\nan administrator "
           "can repair it with: chmod u+s %s"),
        path, path);
  if (fs.f_flag & ST_NOSUID)
    return fail (error, SNUG_ERROR_FAILED,
                 _ ("%s lies on a filesystem mounted nosuid, so it can't write id maps"), path);
  return TRUE;
}
