/* rawcall ABI CALL [ARGUMENT…]: makes one system call as no library would and prints the name of its error, or "done".
 *
 * ABI is native, i386 or x32.  CALL is a name, or a number where the ABI has no name for it.  An ARGUMENT is a number,
 * or @X: a pointer to the byte X.  What is not given is -1. */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define N_ARGUMENTS 5

typedef long Call (long number, const long *a);

static long
call_native (long number, const long *a)
{
  long result = syscall (number, a[0], a[1], a[2], a[3], a[4], -1L);
  return result < 0 ? -errno : result;
}

#ifdef __x86_64__
/* The old gate is open to 64-bit programs too: the kernel and its filters take this for a call of i386. */
static long
call_i386 (long number, const long *a)
{
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
                   : "memory", "r8", "r9", "r10", "r11");
  return (int) result;
}
#endif

static const struct
{
  const char *name;
  Call *call;
  uint32_t arch;
  long bit;
} abis[] = {
  { "native", call_native, SCMP_ARCH_NATIVE, 0 },
#ifdef __x86_64__
  { "i386", call_i386, SCMP_ARCH_X86, 0 },
  { "x32", call_native, SCMP_ARCH_X32, 0x40000000 },
#endif
};

/* Where 32-bit calls can point to. */
static char *
low_page (void)
{
  int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef MAP_32BIT
  flags |= MAP_32BIT;
#endif
  return mmap (NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
}

static long
parse_argument (const char *text)
{
  if (text[0] != '@')
    return (long) strtoull (text, NULL, 0);
  char *byte = low_page ();
  *byte = text[1];
  return (long) byte;
}

static void
no_such_gate (int signal)
{
  (void) signal;
  static const char text[] = "no such ABI\n";
  _exit (write (STDOUT_FILENO, text, sizeof text - 1) < 0);
}

int
main (int argc, char **argv)
{
  long arguments[N_ARGUMENTS] = { -1, -1, -1, -1, -1 };
  for (int i = 3; i < argc && i < 3 + N_ARGUMENTS; i++)
    arguments[i - 3] = parse_argument (argv[i]);

  signal (SIGSEGV, no_such_gate);
  for (size_t i = 0; argc > 2 && i < sizeof abis / sizeof *abis; i++)
    {
      if (strcmp (abis[i].name, argv[1]) != 0)
        continue;
      char *end;
      long number = strtol (argv[2], &end, 0);
      number = *end == '\0' ? number | abis[i].bit : seccomp_syscall_resolve_name_arch (abis[i].arch, argv[2]);
      long result = abis[i].call (number, arguments);
      puts (result < 0 && result > -4096 ? strerrorname_np ((int) -result) : "done");
      return 0;
    }
  puts ("no such ABI");
  return 0;
}
