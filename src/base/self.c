/* Our own program file: see self.h. */
#include "base/self.h"

#include "base/fd.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* An anonymous file that may be executed; kernels before 6.3 know no others. */
static int
new_file (void)
{
  int fd = memfd_create ("snug", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  return fd >= 0 || errno != EINVAL ? fd : memfd_create ("snug", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static int
copy_sealed (int from, off_t size)
{
  Fd to = new_file ();
  off_t done = 0;
  while (to >= 0 && done < size)
    if (sendfile (to, from, &done, (size_t) (size - done)) <= 0)
      return -1;
  return to < 0 || fcntl (to, F_ADD_SEALS, SEALS) < 0 ? -1 : fd_steal (&to);
}

/* Whose ids the program will have, or what rights, is not known yet: only of root's file, run by others, it is certain that
 * they can't change it.  Root of a user namespace sees files of users outside, whom nobody in it can become, as nobody's. */
static int
may_be_changed (int own, const struct stat *st)
{
  const uid_t nobody = 65534;
  return st->st_uid == geteuid () || (st->st_uid != 0 && st->st_uid != nobody)
         || faccessat (own, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) == 0;
}

int
self_seal (char **argv)
{
  struct stat st;
  Fd own = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (own < 0 || fstat (own, &st) < 0)
    return 1; /* no /proc, or no right to read: then nobody gets at the file through it either */
  if (st.st_nlink == 0)
    prctl (PR_SET_NAME, "snug", 0, 0, 0); /* the kernel named us after a descriptor */
  if (st.st_nlink == 0 || !may_be_changed (own, &st))
    return 1;

  Fd sealed = copy_sealed (own, st.st_size);
  if (sealed >= 0)
    syscall (SYS_execveat, sealed, "", argv, environ, AT_EMPTY_PATH);
  return 0;
}
