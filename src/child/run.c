/* The loop over the steps, and how a failure gets out.
 *
 * Theory of operation: the monitor clones us into all new namespaces at once.  We wait for its word that the id
 * maps are written, if there are any to write, then run our stages in the order of plan/stages.def, and end as the program.
 */
#include "child/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* The monitor's steps have none here. */
static int (*const functions[N_STEP_KINDS]) (Child *, const Step *) = {
#define MONITOR_STEP(kind, stage, function, what)
#define STEP(kind, stage, function, what) [STEP_##kind] = function,
#include "plan/steps.def"
#undef STEP
};

/* Sends @message and @fd along with it. */
static int
send_with_fd (const Child *child, const SyncMessage *message, int fd)
{
  union
  {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control = { { 0 } };
  struct iovec part = { (void *) message, sizeof *message };
  struct msghdr packet = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
  };
  struct cmsghdr *header = CMSG_FIRSTHDR (&packet);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (sizeof (int));
  memcpy (CMSG_DATA (header), &fd, sizeof fd);
  return sendmsg (child->sync, &packet, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* write(2) where it will do: the user's filters, which may be on us already, are made for programs. */
int
child_send (Child *child, SyncType type, int value, int fd)
{
  SyncMessage message = { .type = (uint16_t) type,
                          .at = (uint16_t) child->at,
                          .step = child->current,
                          .error = errno,
                          .value = value,
                          .kind = child->current < child->n_steps ? child->steps[child->current].kind : 0,
                          .inode = child->inode };
  int result;

  memcpy (message.text, child->text, sizeof message.text);
  do
    result = fd >= 0 ? send_with_fd (child, &message, fd) : (int) write (child->sync, &message, sizeof message);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -1 : 0;
}

void
child_fail (Child *child)
{
  /* Who started a container knows its steps no more. */
  const char *path = child->current < child->n_steps ? child->steps[child->current].path : NULL;
  if (child->started && child->text[0] == '\0' && path != NULL)
    strncpy (child->text, path, sizeof child->text - 1);
  child_send (child, SYNC_FAILED, child->status, -1);
  _exit (1);
}

void
child_warn (Child *child)
{
  child_send (child, SYNC_WARNING, 0, -1);
}

void
child_made (Child *child, int dir, const char *name, int directory)
{
  struct stat st = { 0 };
  if (!child->on_host)
    return;
  if (fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    st.st_ino = 0; /* the monitor looks for itself */
  else if (!is_on_host (child, &st))
    return;
  strncpy (child->text, name, sizeof child->text - 1);
  child->inode = st.st_ino;
  child_send (child, SYNC_MADE, directory, dir == child->made_in ? -1 : dir);
  child->made_in = dir;
  child->text[0] = '\0';
}

/* Whoever reads from these waits for the monitor to close them.  The numbers stay taken, so that nothing of ours comes to
 * be known by them. */
static int
let_go (int fd, int nothing)
{
  return fd < 0 || dup3 (nothing, fd, O_CLOEXEC) >= 0 ? 0 : -1;
}

int
child_wait (const Child *child)
{
  char go;
  ssize_t n;
  while ((n = recv (child->sync, &go, sizeof go, 0)) < 0 && errno == EINTR)
    ;
  if (n == 0 && child->unit != NULL)
    scope_leave (child->proc, child->unit);
  if (n == 0)
    _exit (1);
  return n < 0 ? -1 : 0;
}

int
child_is_alone (const Child *child)
{
  struct pollfd monitor = { .fd = child->sync, .events = POLLRDHUP };
  return poll (&monitor, 1, 0) > 0 && monitor.revents & (POLLHUP | POLLRDHUP);
}

int
child_ask (Child *child, SyncType type, int value, int fd)
{
  return child_send (child, type, value, fd) < 0 ? -1 : child_wait (child);
}

static int
let_readers_go (const Plan *plan)
{
  if (plan->info_fd < 0 && plan->json_status_fd < 0)
    return 0;
  int nothing = eventfd (0, EFD_CLOEXEC);
  if (nothing < 0 || let_go (plan->info_fd, nothing) < 0 || let_go (plan->json_status_fd, nothing) < 0)
    return -1;
  return close (nothing);
}

static void
begin (Child *child, int held)
{
  if (child->unit != NULL)
    setsid (); /* signals to our group, as from timeout(1), must not end us before we are in the scope */
  if (let_readers_go (child->plan) < 0)
    child_fail (child);
  if (plan_needs_helper (child->plan) && !plan_lends_memory (child->plan)
      && child_send (child, SYNC_PID, 0, -1) < 0)
    _exit (1);
  if (held && child_wait (child) < 0)
    child_fail (child);
  child->unit = NULL;
}

static void
run_step (Child *child)
{
  const Step *step = &child->steps[child->current];
  child->at = AT_STEP;
  child->behind_link = 0;
  child->text[0] = '\0';
  if (functions[step->kind] != NULL && functions[step->kind](child, step) < 0)
    child_fail (child);
}

void
child_run_steps (Child *child, uint32_t from)
{
  for (child->current = from; child->current < child->n_steps; child->current++)
    run_step (child);
  _exit (1); /* not reached: the last step executes the program */
}

static Child
child_new (const Plan *plan, int sync, int proc, const sigset_t *signals)
{
  return (Child){ .plan = plan,
                  .steps = (const Step *) (const void *) plan->steps->data,
                  .n_steps = plan->steps->len,
                  .current = plan->steps->len, /* none yet */
                  .sync = sync,
                  .proc = proc,
                  .root = plan_has_root (plan) ? AT_FDCWD : -1,
                  .parent = -1,
                  .home = -1,
                  .away = -1,
                  .made_in = -1,
                  .shelf = -1,
                  .base = -1,
                  .terminal = -1,
                  .signals = *signals };
}

void
child_run_early (const Plan *plan, int sync, int proc, const sigset_t *signals)
{
  Child child = child_new (plan, sync, proc, signals);
  for (child.current = 0; child.current < plan->n_early; child.current++)
    run_step (&child);
}

void
child_run (const Plan *plan, int held, const char *unit, int sync, int proc, const sigset_t *signals)
{
  Child child = child_new (plan, sync, proc, signals);
  child.unit = unit;
  begin (&child, held);
  if (child.root == AT_FDCWD && chdir ("/") < 0) /* joining leads there, unless that is where we come from */
    child_fail (&child);
  child_run_steps (&child, plan->n_early);
}
