/* The SECCOMP steps: the guard of the terminal, then the user's filters. */
#include "plan/build.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/io.h"
#include "plan/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

/* The kernel takes no larger program. */
#define PROGRAM_BYTES (BPF_MAXINSNS * sizeof (struct sock_filter))

static void
add_program (Plan *plan, const Origin *origin, const void *program, gsize n, guint flags)
{
  Step *step =
      plan_add (plan, flags & SECCOMP_FILTER_FLAG_NEW_LISTENER ? STEP_SECCOMP_LISTEN : STEP_SECCOMP, origin);
  step->data = program;
  step->size = (uint32_t) n;
  step->mode = flags;
}

static gboolean
fail_prefix (GError **error)
{
  g_prefix_error (error, "%s: ", _ ("can't read seccomp data"));
  return FALSE;
}

static gboolean
add_from_fd (Plan *plan, const SeccompFilter *filter, GError **error)
{
  char *text;
  gsize length;
  if (!read_to_end (filter->fd, PROGRAM_BYTES, &text, &length, error))
    return fail_prefix (error);

  plan_own (plan, text);
  plan_own_fd (plan, filter->fd);
  if (length % sizeof (struct sock_filter) != 0)
    return fail (error, SNUG_ERROR_FAILED, _ ("Invalid seccomp data, must be multiple of %zu"),
                 sizeof (struct sock_filter));
  add_program (plan, &filter->origin, text, length / sizeof (struct sock_filter), 0);
  return TRUE;
}

/* Once all are read: what can't be read at all is said first. */
static gboolean
check_programs (const Plan *plan, GError **error)
{
  for (guint i = 0; i < plan->steps->len; i++)
    {
      const Step *step = plan_step (plan, i);
      if ((step->kind == STEP_SECCOMP || step->kind == STEP_SECCOMP_LISTEN)
          && !seccomp_check_program (step->data, step->size, error))
        {
          fail_prefix (error);
          return prefix_origin (error, step->origin);
        }
    }
  return TRUE;
}

static void
add_compiled (Plan *plan, const SeccompFilter *filter, GArray *program, guint flags)
{
  gsize n = program->len;
  add_program (plan, &filter->origin, plan_own (plan, g_array_free (program, FALSE)), n, flags);
}

/* What stands before a kept program.  A profile may depend on capabilities; on what else it does, lasts as long as a
 * container. */
typedef struct
{
  char what[8];
  guint64 caps;  /* that it is for … */
  guint64 asked; /* … as far as it depends on them */
  guint32 flags;
  guint32 n; /* instructions */
} Kept;

static const char kept_what[8] = FILTER_FORMAT;

static gboolean
read_head (const char *text, gsize length, Kept *kept)
{
  if (length < sizeof *kept)
    return FALSE;
  memcpy (kept, text, sizeof *kept);
  return memcmp (kept->what, kept_what, sizeof kept_what) == 0;
}

/* The program kept in @fd, if that is one for @caps.  @empty: there is none at all yet. */
static GArray *
read_kept (int fd, guint64 caps, guint *flags, gboolean *empty)
{
  g_autofree char *text = NULL;
  gsize length;
  Kept kept;
  if (!read_to_end (fd, sizeof kept + PROGRAM_BYTES, &text, &length, NULL))
    return NULL;
  *empty = length == 0;
  if (!read_head (text, length, &kept) || ((kept.caps ^ caps) & kept.asked) != 0
      || kept.n != (length - sizeof kept) / sizeof (struct sock_filter))
    return NULL;

  GArray *program = g_array_sized_new (FALSE, FALSE, sizeof (struct sock_filter), kept.n);
  g_array_append_vals (program, text + sizeof kept, kept.n);
  *flags = kept.flags;
  return program;
}

gsize
filter_kept_size (const char *text, gsize length)
{
  Kept kept;
  if (!read_head (text, length, &kept) || kept.asked != 0 || kept.n > BPF_MAXINSNS)
    return 0;
  gsize size = sizeof kept + kept.n * sizeof (struct sock_filter);
  return size <= length ? size : 0;
}

static gboolean
write_kept (int fd, guint64 caps, guint64 asked, const GArray *program, guint flags, GError **error)
{
  Kept kept = { .caps = caps, .asked = asked, .flags = flags, .n = program->len };
  memcpy (kept.what, kept_what, sizeof kept_what);
  if (write_all (fd, (const char *) &kept, sizeof kept, error)
      && write_all (fd, program->data, program->len * sizeof (struct sock_filter), error))
    return TRUE;
  g_prefix_error (error, "linux.seccomp: ");
  return FALSE;
}

/* Where a document was read, errors name the place in it by themselves. */
static gboolean
add_from_object (Plan *plan, const Spec *spec, const SeccompFilter *filter, GError **error)
{
  const Bundle *bundle = spec->bundle;
  const SeccompReading how = { .caps = bundle->cap_sets.bounding,
                               .can_ask = bundle->seccomp_listener.value != NULL };
  gboolean empty = FALSE;
  guint64 asked = 0;
  guint flags = 0;
  g_autoptr (GArray) program = NULL;

  if (filter->fd >= 0)
    {
      plan_own_fd (plan, filter->fd);
      program = read_kept (filter->fd, how.caps, &flags, &empty);
    }
  if (program == NULL
      && !seccomp_compile_profile_object (filter->object, &how, &program, &flags, &asked, error))
    return FALSE;
  if (empty && !write_kept (filter->fd, how.caps, asked, program, flags, error))
    return FALSE;

  add_compiled (plan, filter, g_steal_pointer (&program), flags);
  return TRUE;
}

static gboolean
add_from_profile (Plan *plan, const Spec *spec, const SeccompFilter *filter, GError **error)
{
  g_autoptr (GArray) program = NULL;
  guint flags = 0;
  if (!seccomp_compile_profile (filter->profile, spec->caps, &program, &flags, error))
    return prefix_origin (error, &filter->origin);

  add_compiled (plan, filter, g_steal_pointer (&program), flags);
  return TRUE;
}

static gboolean
add_filter (Plan *plan, const Spec *spec, const SeccompFilter *filter, GError **error)
{
  switch (filter->kind)
    {
    case SECCOMP_BPF_FD:
      return add_from_fd (plan, filter, error) || prefix_origin (error, &filter->origin);
    case SECCOMP_PROFILE:
      return add_from_profile (plan, spec, filter, error);
    case SECCOMP_OBJECT:
      return add_from_object (plan, spec, filter, error);
    }
  return FALSE;
}

gboolean
compile_seccomp (Plan *plan, const Spec *spec, GError **error)
{
  plan_add (plan, STEP_UNBLOCK, NULL);
  if (spec->defaults.guard_terminal)
    {
      gsize n;
      const struct sock_filter *guard = seccomp_terminal_guard (&n);
      add_program (plan, NULL, guard, n, 0);
    }

  for (guint i = 0; i < spec->seccomp->len; i++)
    if (!add_filter (plan, spec, &g_array_index (spec->seccomp, SeccompFilter, i), error))
      return FALSE;
  return check_programs (plan, error);
}
