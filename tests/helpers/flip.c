/* flip A B: exchanges two names as fast as it can until it is killed, or its parent ends.  What looks at a path and
 * then uses it meets the one the first time and the other the second. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

int
main (int argc, char **argv)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (argc != 3)
    return 2;
  for (;;)
    if (renameat2 (AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0)
      {
        perror ("renameat2");
        return 1;
      }
}
