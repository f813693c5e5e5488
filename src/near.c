/* Functions of the C library that stand here instead, because merely to name them costs every process memory.
 *
 * Of some functions the C library has several forms, and at each start its own code says which of them a program gets
 * (an "indirect function").  Where that code lies next to nothing else that a start needs, it brings 64 KiB with it, see
 * layout.ld.  These are named by the libraries that are linked into us, and hardly ever called.  They do what they do in
 * the C library, and are not seen outside the program.
 */
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define HERE __attribute__ ((visibility ("hidden")))

HERE time_t
time (time_t *seconds)
{
  struct timespec now = { 0 };
  clock_gettime (CLOCK_REALTIME, &now);
  if (seconds != NULL)
    *seconds = now.tv_sec;
  return now.tv_sec;
}

HERE int
gettimeofday (struct timeval *restrict time_of_day, void *restrict zone)
{
  struct timespec now = { 0 };
  clock_gettime (CLOCK_REALTIME, &now);
  *time_of_day = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
  if (zone != NULL)
    memset (zone, 0, sizeof (struct timezone));
  return 0;
}

/* What memcpy and memset are where the compiler knows how much room there is. */
_Noreturn void __chk_fail (void);
void *__memcpy_chk (void *restrict to, const void *restrict from, size_t size, size_t room);
void *__memset_chk (void *to, int byte, size_t size, size_t room);

HERE void *
__memcpy_chk (void *restrict to, const void *restrict from, size_t size, size_t room)
{
  if (size > room)
    __chk_fail ();
  return __builtin_memcpy (to, from, size);
}

HERE void *
__memset_chk (void *to, int byte, size_t size, size_t room)
{
  if (size > room)
    __chk_fail ();
  return __builtin_memset (to, byte, size);
}
