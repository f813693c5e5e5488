/* Functions of the C library that stand here instead, because merely to name them costs every process memory, or more.  They are
 * not seen outside the program.
 */
#include <pwd.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define HERE __attribute__ ((visibility ("hidden")))

/* --- What has several forms ----------------------------------------------------------------------------------------
 *
 * Of some functions the C library has several forms, and at each start its own code says which of them a program gets
 * (an "indirect function").  Where that code lies next to nothing else that a start needs, it brings 64 KiB with it, see
 * layout.ld.  These are named by the libraries that are linked into us, and hardly ever called.  They do what they do in
 * the C library.
 */

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

/* --- What loads modules ---------------------------------------------------------------------------------------------
 *
 * GLib names these for who asks it for a user's home or name.  We don't: see user_name in base/user.h.  They find nobody.
 */

HERE struct passwd *
getpwuid (uid_t uid)
{
  (void) uid;
  return NULL;
}

HERE int
getpwuid_r (uid_t uid, struct passwd *entry, char *room, size_t size, struct passwd **found)
{
  (void) uid, (void) entry, (void) room, (void) size;
  *found = NULL;
  return 0;
}

HERE int
getpwnam_r (const char *name, struct passwd *entry, char *room, size_t size, struct passwd **found)
{
  (void) name, (void) entry, (void) room, (void) size;
  *found = NULL;
  return 0;
}
