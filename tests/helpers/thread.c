/* thread COMMAND…: starts COMMAND from a thread that ends at once, and stays as its parent until it has ended.  To the
 * kernel the parent of a process is a thread: when that ends, the signal of PR_SET_PDEATHSIG comes. */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static void *
start (void *argv)
{
  if (fork () == 0)
    {
      execvp (((char **) argv)[0], argv);
      _exit (127);
    }
  return NULL;
}

int
main (int argc, char **argv)
{
  pthread_t thread;
  int status;
  if (argc < 2 || pthread_create (&thread, NULL, start, argv + 1) != 0 || pthread_join (thread, NULL) != 0)
    return 2;
  wait (&status);
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}
