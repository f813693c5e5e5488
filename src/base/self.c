/* Our own program file: see self.h. */
#include "base/self.h"

#include "base/fd.h"

#include <fcntl.h>
#include <link.h>
#include <linux/memfd.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

/* --- Which build we are ------------------------------------------------------------------------------------------ */

/* The build ID among the notes from @at up to @end, which are padded to a multiple of @align. */
static char *
find_build_id (const char *at, const char *end, gsize align)
{
  while (at + sizeof (ElfW (Nhdr)) < end)
    {
      const ElfW (Nhdr) *note = (const void *) at;
      const char *name = at + sizeof *note, *id = name + (note->n_namesz + align - 1) / align * align;
      if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == sizeof "GNU"
          && memcmp (name, "GNU", sizeof "GNU") == 0)
        {
          GString *digits = g_string_new (NULL);
          for (guint i = 0; i < note->n_descsz; i++)
            g_string_append_printf (digits, "%02x", (guchar) id[i]);
          return g_string_free (digits, FALSE);
        }
      at = id + (note->n_descsz + align - 1) / align * align;
    }
  return NULL;
}

/* Where the file's addresses begin in memory: its program headers stand right behind its header. */
static const char *
load_address (const ElfW (Phdr) * segments, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (segments[i].p_type == PT_LOAD && segments[i].p_offset == 0)
      return (const char *) segments - sizeof (ElfW (Ehdr)) - segments[i].p_vaddr;
  return NULL;
}

char *
self_build_id (void)
{
  const ElfW (Phdr) *segments = (const void *) getauxval (AT_PHDR);
  const gsize n = getauxval (AT_PHNUM);
  const char *start = load_address (segments, n);
  char *id = NULL;

  for (gsize i = 0; start != NULL && i < n && id == NULL; i++)
    if (segments[i].p_type == PT_NOTE)
      id = find_build_id (start + segments[i].p_vaddr, start + segments[i].p_vaddr + segments[i].p_memsz,
                          MAX (segments[i].p_align, 4));
  return id;
}

/* --- A sealed copy ------------------------------------------------------------------------------------------------ */

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
