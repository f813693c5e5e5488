/* Fuzzing the reader of seccomp profiles: any bytes either compile to a program that the kernel would take
 * by its length, or are an error with a message.  The first byte's bits choose the capabilities.
 *
 *   clang -fsanitize=fuzzer,address,undefined …; ./fuzz-profile tests/fuzz/corpus/fuzz-profile
 */
#include "base/json.h"
#include "plan/seccomp.h"

#include <linux/capability.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Every jump of @program ends inside it, which is the kernel's first question. */
static void
check_jumps (const GArray *program)
{
  for (guint i = 0; i < program->len; i++)
    {
      const struct sock_filter *f = &g_array_index (program, struct sock_filter, i);
      guint furthest = 0;
      if (f->code == (BPF_JMP | BPF_JA))
        furthest = f->k;
      else if (BPF_CLASS (f->code) == BPF_JMP)
        furthest = MAX (f->jt, f->jf);
      if (BPF_CLASS (f->code) != BPF_RET)
        g_assert_cmpuint (i + 1 + furthest, <, program->len);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const guint64 caps = size && data[0] & 1 ? G_MAXUINT64 : 1ULL << CAP_SYS_ADMIN;
  g_autoptr (GArray) program = NULL;
  g_autoptr (GError) error = NULL;
  guint flags = 0;

  if (!seccomp_compile_profile_json ((const char *) data, size, caps, &program, &flags, &error))
    {
      g_assert_null (program);
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  g_assert_no_error (error);
  g_assert_true (
      seccomp_check_program ((const struct sock_filter *) (const void *) program->data, program->len, &error));
  check_jumps (program);
  return 0;
}
