/* rawcall ABI CALL ARGUMENT…: makes system calls as no library would, and prints what comes back, a line each.
 *
 *   rawcall ABI ioctl FD REQUEST BYTE    one ioctl whose third argument points to BYTE
 *   rawcall ABI probe NUMBER…            each call of these numbers, with arguments that are all wrong
 *
 * ABI is native, i386 or x32.  A line is the name of the error, or "done". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef long Call (long number, long a, long b, long c);

static long
call_native (long number, long a, long b, long c)
{
  long result = syscall (number, a, b, c, -1L, -1L, -1L);
  return result < 0 ? -errno : result;
}

#ifdef __x86_64__
#define X32_BIT 0x40000000L

static long
call_x32 (long number, long a, long b, long c)
{
  return call_native (number | X32_BIT, a, b, c);
}

/* The old gate is open to 64-bit programs too: the kernel and its filters take this for a call of i386. */
static long
call_i386 (long number, long a, long b, long c)
{
  long result;
  __asm__ volatile ("int $0x80"
                    : "=a"(result)
                    : "a"(number), "b"(a), "c"(b), "d"(c), "S"(-1L), "D"(-1L)
                    : "memory", "r8", "r9", "r10", "r11");
  return (int) result;
}
#endif

static const struct
{
  const char *name;
  Call *call;
  long ioctl;
} abis[] = {
  { "native", call_native, SYS_ioctl },
#ifdef __x86_64__
  { "i386", call_i386, 54 },
  { "x32", call_x32, 514 },
#endif
};

static void
print_result (long result)
{
  puts (result < 0 && result > -4096 ? strerrorname_np ((int) -result) : "done");
}

/* A page that 32-bit calls can point to. */
static char *
low_page (void)
{
  int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef MAP_32BIT
  flags |= MAP_32BIT;
#endif
  return mmap (NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
}

int
main (int argc, char **argv)
{
  for (size_t i = 0; argc > 3 && i < sizeof abis / sizeof *abis; i++)
    {
      if (strcmp (abis[i].name, argv[1]) != 0)
        continue;
      if (strcmp (argv[2], "ioctl") == 0 && argc == 6)
        {
          char *byte = low_page ();
          *byte = argv[5][0];
          print_result (abis[i].call (abis[i].ioctl, atol (argv[3]), (long) strtoul (argv[4], NULL, 0), (long) byte));
          return 0;
        }
      for (int n = 3; n < argc; n++)
        print_result (abis[i].call (atol (argv[n]), -1, -1, -1));
      return 0;
    }
  fprintf (stderr, "rawcall: this machine has no ABI %s\n", argc > 1 ? argv[1] : "");
  return 77;
}
