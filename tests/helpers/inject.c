/* inject [-b BEFORE] [-e ERROR,…] [-s STRIDE] [-v] -- COMMAND…: makes each system call of COMMAND fail once.
 *
 * Theory of operation: COMMAND is run under ptrace, first undisturbed, which gives the list of its calls and the
 * output that is expected, then once for each call with that one failing: it is not made, and returns the error.
 * Calls are told apart by process, in the order in which processes appear, and by their number there; strace's
 * when= counts in all processes at once, and would often fail two.  A close is made all the same: Linux lets go of
 * the descriptor whatever it answers.  Counting begins at COMMAND's first getppid, which
 * is in the first line of snug's main, and ends in each process where it executes another program; a copy of its own is none.
 *
 * COMMAND has to end with 0 and the same output as undisturbed, or with something else and a message on standard
 * error; in ten seconds; and leave no process.  Whatever it leaves becomes our child, so that we notice.  Prints each
 * fault that ends otherwise, and the sums; with -v each fault.  With a STRIDE only every so many-th is tried; the
 * errors take turns.  BEFORE is a command for the shell that is run before each run: it clears away what the last left. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_PROCESSES 32
#define MAX_CALLS 20000
#define PATIENCE 10 /* seconds for a run */
#define GRACE 3     /* seconds for what is left to end */

typedef struct
{
  int process, index;
  long number;
} Fault;

typedef struct
{
  pid_t pid; /* 0: not ours any more */
  int n_calls, started, failing;
  int in_libc; /* it has blocked all signals for a moment */
} Process;

typedef enum
{
  NORMAL,
  REFUSED,
  HUNG,
  MISREPORTED,
  LEFT_BEHIND,
  MISSED, /* this time there was no such call */
  N_VERDICTS,
} Verdict;

static const char *const verdict_names[] = { "ran normally", "refused",     "hung",
                                             "misreported",  "left behind", "did not happen" };

typedef struct
{
  int status; /* of the shell's kind */
  int hung, left, fired;
  char *output, *message;
} Run;

/* What cannot fail, or does not come back. */
static const char *const infallible[] = {
  "brk",     "exit",   "exit_group", "getegid",      "geteuid",         "getgid",          "getpid",
  "getppid", "gettid", "getuid",     "rt_sigreturn", "set_robust_list", "set_tid_address", "umask",
};

static const char *before; /* NULL: nothing */
static Process processes[MAX_PROCESSES];
static int n_processes, armed;
static Fault calls[MAX_CALLS]; /* of the undisturbed run */
static int n_calls, recording;
static int tick; /* once a second */

static void
on_alarm (int signal)
{
  (void) signal;
  tick = 1;
}

static void
die (const char *what)
{
  perror (what);
  exit (77);
}

static const char *
call_name (long number)
{
  char *name = seccomp_syscall_resolve_num_arch (SCMP_ARCH_NATIVE, (int) number);
  return name ? name : "?";
}

static int
can_fail (long number)
{
  for (size_t i = 0; i < sizeof infallible / sizeof *infallible; i++)
    if (strcmp (call_name (number), infallible[i]) == 0)
      return 0;
  return 1;
}

/* --- Registers ---------------------------------------------------------------------------------------- */

#if defined __x86_64__
static void
skip_call (pid_t pid)
{
  struct user_regs_struct regs;
  ptrace (PTRACE_GETREGS, pid, NULL, &regs);
  regs.orig_rax = (unsigned long long) -1;
  ptrace (PTRACE_SETREGS, pid, NULL, &regs);
}

static void
set_result (pid_t pid, long result)
{
  struct user_regs_struct regs;
  ptrace (PTRACE_GETREGS, pid, NULL, &regs);
  regs.rax = (unsigned long long) result;
  ptrace (PTRACE_SETREGS, pid, NULL, &regs);
}
#elif defined __aarch64__
#include <elf.h>
#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

static void
skip_call (pid_t pid)
{
  int none = -1;
  struct iovec part = { &none, sizeof none };
  ptrace (PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &part);
}

static void
set_result (pid_t pid, long result)
{
  struct user_regs_struct regs;
  struct iovec part = { &regs, sizeof regs };
  ptrace (PTRACE_GETREGSET, pid, NT_PRSTATUS, &part);
  regs.regs[0] = (unsigned long long) result;
  ptrace (PTRACE_SETREGSET, pid, NT_PRSTATUS, &part);
}
#else
#define NO_REGISTERS
static void
skip_call (pid_t pid)
{
  (void) pid;
}

static void
set_result (pid_t pid, long result)
{
  (void) pid;
  (void) result;
}
#endif

/* --- One run -------------------------------------------------------------------------------------------- */

static Process *
find_process (pid_t pid)
{
  for (int i = 0; i < n_processes; i++)
    if (processes[i].pid == pid)
      return &processes[i];
  if (n_processes == MAX_PROCESSES)
    return NULL;
  processes[n_processes] = (Process){ .pid = pid };
  return &processes[n_processes++];
}

/* Whether another program begins.  By execveat snug executes a copy of itself, and is only then itself. */
static int
begins_another (long number)
{
  return number == SYS_execve;
}

/* Whether the C library changes the mask for its own sake, and does not look whether that worked: nobody else gets at the two
 * signals that it keeps to itself. */
static int
is_libc_mask (Process *process, const unsigned long long *args)
{
  const unsigned long long kept = 3ull << 31;
  unsigned long long mask = 0;
  struct iovec here = { &mask, sizeof mask }, there = { (void *) (uintptr_t) args[1], sizeof mask };
  int restores = process->in_libc && args[0] == SIG_SETMASK;

  process->in_libc = args[0] == SIG_BLOCK
                     && process_vm_readv (process->pid, &here, 1, &there, 1, 0) == sizeof mask
                     && (mask & kept) == kept;
  return process->in_libc || restores;
}

/* Returns 1 if the process is to be let go of. */
static int
enter_call (Process *process, long number, const unsigned long long *args, const Fault *fault)
{
  int which = (int) (process - processes);
  if (which == 0 && number == SYS_getppid)
    armed = 1;
  if (!armed)
    return 0;

  int index = process->n_calls++;
  int ours = number != SYS_rt_sigprocmask || !is_libc_mask (process, args);
  if (recording && ours && can_fail (number) && n_calls < MAX_CALLS)
    calls[n_calls++] = (Fault){ which, index, number };
  if (fault != NULL && fault->process == which && fault->index == index && fault->number == number)
    {
      if (number != SYS_close)
        skip_call (process->pid);
      process->failing = 1;
      return 0;
    }
  return begins_another (number);
}

static void
at_call (Process *process, const Fault *fault, int error, Run *run)
{
  struct __ptrace_syscall_info info = { 0 };
  if (ptrace (PTRACE_GET_SYSCALL_INFO, process->pid, sizeof info, &info) <= 0)
    return;
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY
      && enter_call (process, (long) info.entry.nr, (const unsigned long long *) info.entry.args, fault))
    {
      ptrace (PTRACE_DETACH, process->pid, NULL, 0);
      process->pid = 0;
    }
  if (info.op == PTRACE_SYSCALL_INFO_EXIT && process->failing)
    {
      process->failing = 0;
      run->fired = 1;
      set_result (process->pid, -error);
    }
}

/* A process has stopped for us: looks why, and lets it go on. */
static void
stopped (pid_t pid, int status, const Fault *fault, int error, Run *run)
{
  Process *process = find_process (pid);
  int signal = WSTOPSIG (status);
  if (process == NULL)
    {
      ptrace (PTRACE_DETACH, pid, NULL, 0);
      return;
    }

  if (signal == (SIGTRAP | 0x80))
    {
      at_call (process, fault, error, run);
      signal = 0;
    }
  else if (status >> 16 != 0 || (signal == SIGSTOP && !process->started))
    signal = 0;
  process->started = 1;
  if (process->pid != 0)
    ptrace (PTRACE_SYSCALL, pid, NULL, signal);
}

static void
start (char **argv, int out, int err)
{
  int null = open ("/dev/null", O_RDONLY);
  dup2 (null, 0);
  dup2 (out, 1);
  dup2 (err, 2);
  for (int fd = 3; fd < 64; fd++) /* each run reads them from the beginning */
    lseek (fd, 0, SEEK_SET);
  if (ptrace (PTRACE_TRACEME, 0, NULL, NULL) < 0)
    _exit (77);
  raise (SIGSTOP);
  execv (argv[0], argv);
  _exit (77);
}

static char *
contents (int fd)
{
  off_t size = lseek (fd, 0, SEEK_END);
  char *text = calloc (1, (size_t) size + 1);
  if (pread (fd, text, (size_t) size, 0) != size)
    die ("pread");
  close (fd);
  return text;
}

/* Kills every child that we have, whether born or inherited. */
static void
kill_children (void)
{
  char path[64], list[4096] = "";
  snprintf (path, sizeof path, "/proc/self/task/%d/children", getpid ());
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read (fd, list, sizeof list - 1);
  close (fd);
  list[n > 0 ? n : 0] = '\0';
  for (char *next = list; *next != '\0';)
    {
      char *end;
      long pid = strtol (next, &end, 10);
      if (end == next)
        break;
      if (pid > 0)
        kill ((pid_t) pid, SIGKILL);
      next = end;
    }
}

static void
look_after (pid_t root, const Fault *fault, int error, Run *run)
{
  time_t deadline = time (NULL) + PATIENCE;
  int ended = 0;

  for (;;)
    {
      int status;
      pid_t pid = waitpid (-1, &status, __WALL);
      if (pid < 0 && errno == ECHILD)
        return;
      if (pid > 0 && WIFSTOPPED (status))
        stopped (pid, status, fault, error, run);
      else if (pid == root)
        {
          run->status = WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
          ended = 1;
          deadline = time (NULL) + GRACE;
        }
      if (time (NULL) > deadline)
        {
          run->hung |= !ended;
          run->left |= ended;
          kill_children ();
        }
    }
}

static Run
run_once (char **argv, const Fault *fault, int error)
{
  Run run = { 0 };
  int out = memfd_create ("out", MFD_CLOEXEC), err = memfd_create ("err", MFD_CLOEXEC), status;

  if (before != NULL && system (before) < 0)
    die ("system");
  n_processes = armed = 0;
  memset (processes, 0, sizeof processes);
  pid_t root = fork ();
  if (root == 0)
    start (argv, out, err);
  while (waitpid (root, &status, 0) < 0 && errno == EINTR)
    ;
  if (!WIFSTOPPED (status))
    {
      fputs ("inject: ptrace is not allowed here\n", stderr);
      exit (77);
    }
  long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE
                 | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  find_process (root)->started = 1;
  if (ptrace (PTRACE_SETOPTIONS, root, NULL, options) < 0)
    die ("PTRACE_SETOPTIONS");
  ptrace (PTRACE_SYSCALL, root, NULL, 0);
  look_after (root, fault, error, &run);

  run.output = contents (out);
  run.message = contents (err);
  return run;
}

/* --- Judging --------------------------------------------------------------------------------------------- */

static Verdict
judge (const Run *run, const Run *undisturbed)
{
  if (run->hung)
    return HUNG;
  if (run->left)
    return LEFT_BEHIND;
  if (!run->fired)
    return MISSED;
  if (run->status == 0)
    return strcmp (run->output, undisturbed->output) == 0 ? NORMAL : MISREPORTED;
  return run->message[0] != '\0' ? REFUSED : MISREPORTED;
}

/* The first line in which the output is not what it was. */
static void
print_difference (const char *expected, const char *found)
{
  while (*expected != '\0' && *found != '\0')
    {
      size_t a = strcspn (expected, "\n"), b = strcspn (found, "\n");
      if (a != b || memcmp (expected, found, a) != 0)
        break;
      expected += a + (expected[a] != '\0');
      found += b + (found[b] != '\0');
    }
  printf ("    expected: %.*s\n    found:    %.*s\n", (int) strcspn (expected, "\n"), expected,
          (int) strcspn (found, "\n"), found);
}

static void
print_fault (const Fault *fault, int error, const Run *run, const Run *undisturbed, Verdict verdict)
{
  printf ("%s %d/%d %s: %s, exit %d: %.*s\n", call_name (fault->number), fault->process, fault->index,
          strerrorname_np (error), verdict_names[verdict], run->status, (int) strcspn (run->message, "\n"),
          run->message);
  if (verdict == MISREPORTED && run->status == 0)
    print_difference (undisturbed->output, run->output);
  fflush (stdout);
}

static int
parse_errors (char *list, int *errors)
{
  int n = 0;
  for (char *name = strsep (&list, ","); name != NULL && n < 8; name = strsep (&list, ","))
    for (int error = 1; error < 134; error++)
      if (strerrorname_np (error) != NULL && strcmp (strerrorname_np (error), name) == 0)
        errors[n++] = error;
  return n;
}

int
main (int argc, char **argv)
{
  int option, stride = 1, verbose = 0, errors[8] = { EPERM }, n_errors = 1, sums[N_VERDICTS] = { 0 },
              n_faults = 0;

  while ((option = getopt (argc, argv, "+b:e:s:v")) != -1)
    switch (option)
      {
      case 'b':
        before = optarg;
        break;
      case 'e':
        n_errors = parse_errors (optarg, errors);
        break;
      case 's':
        stride = (int) strtol (optarg, NULL, 10);
        break;
      case 'v':
        verbose = 1;
        break;
      default:
        return 2;
      }
  argv += optind;
  if (*argv == NULL || n_errors == 0 || stride < 1)
    return 2;
#ifdef NO_REGISTERS
  fputs ("inject: it does not know the registers of this machine\n", stderr);
  return 77;
#endif

  struct sigaction action = { .sa_handler = on_alarm }; /* waits have to end, to look at the clock */
  struct itimerval every = { { 0, 500000 }, { 0, 500000 } };
  sigaction (SIGALRM, &action, NULL);
  setitimer (ITIMER_REAL, &every, NULL);
  prctl (PR_SET_CHILD_SUBREAPER, 1);

  recording = 1;
  Run undisturbed = run_once (argv, NULL, 0);
  recording = 0;
  if (undisturbed.status != 0 || undisturbed.hung || undisturbed.left || n_calls == 0)
    {
      printf ("undisturbed: exit %d after %d calls: %s", undisturbed.status, n_calls, undisturbed.message);
      return 2;
    }

  for (int i = 0; i < n_calls; i += stride, n_faults++)
    {
      int error = errors[n_faults % n_errors];
      Run run = run_once (argv, &calls[i], error);
      Verdict verdict = judge (&run, &undisturbed);
      sums[verdict]++;
      if (verbose || (verdict != NORMAL && verdict != REFUSED && verdict != MISSED))
        print_fault (&calls[i], error, &run, &undisturbed, verdict);
      free (run.output);
      free (run.message);
    }

  printf ("%d faults in %d calls", n_faults, n_calls);
  for (int i = 0; i < N_VERDICTS; i++)
    printf ("%s %d %s", i ? "," : ":", sums[i], verdict_names[i]);
  puts ("");
  return sums[HUNG] + sums[MISREPORTED] + sums[LEFT_BEHIND] != 0;
}
