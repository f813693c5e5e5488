/* What the steps for security modules write, into files that stand in for those of /proc: no host that the tests run on has both
 * modules. */
#include "child/child.h"

#include <fcntl.h>
#include <glib/gstdio.h>

typedef struct
{
  char *proc; /* a folder with self/attr and self/attr/apparmor */
  Child child;
} World;

static char *
attribute (const World *world, const char *name)
{
  return g_build_filename (world->proc, "self/attr", name, NULL);
}

static void
offer (const World *world, const char *name)
{
  g_autofree char *path = attribute (world, name);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

static void
assert_written (const World *world, const char *name, const char *expected)
{
  g_autofree char *path = attribute (world, name), *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
  g_unlink (path);
}

static void
set_up (World *world, G_GNUC_UNUSED gconstpointer data)
{
  world->proc = g_dir_make_tmp ("snug-child-XXXXXX", NULL);
  g_autofree char *folder = attribute (world, "apparmor");
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  world->child.proc = open (world->proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void
tear_down (World *world, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const folders[] = { "self/attr/apparmor", "self/attr", "self", "" };
  close (world->child.proc);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *folder = g_build_filename (world->proc, folders[i], NULL);
      g_assert_cmpint (g_rmdir (folder), ==, 0);
    }
  g_free (world->proc);
}

static void
test_apparmor (World *world, G_GNUC_UNUSED gconstpointer data)
{
  const Step step = { .kind = STEP_APPARMOR, .path = "box//inner" };
  offer (world, "exec");
  offer (world, "apparmor/exec");
  g_assert_cmpint (step_apparmor (&world->child, &step), ==, 0);
  assert_written (world, "apparmor/exec", "exec box//inner");
  assert_written (world, "exec", "");
}

/* Before Linux 5.8 there is one place for all modules. */
static void
test_apparmor_alone (World *world, G_GNUC_UNUSED gconstpointer data)
{
  const Step step = { .kind = STEP_APPARMOR, .path = "box" };
  offer (world, "exec");
  g_assert_cmpint (step_apparmor (&world->child, &step), ==, 0);
  assert_written (world, "exec", "exec box");
}

static void
test_apparmor_refused (World *world, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *name = g_strnfill (600, 'x');
  const Step step = { .kind = STEP_APPARMOR, .path = "box" },
             too_long = { .kind = STEP_APPARMOR, .path = name };
  g_assert_cmpint (step_apparmor (&world->child, &step), ==, -1);
  g_assert_cmpint (errno, ==, ENOENT);
  offer (world, "apparmor/exec");
  g_assert_cmpint (step_apparmor (&world->child, &too_long), ==, -1);
  g_assert_cmpint (errno, ==, ENAMETOOLONG);
  assert_written (world, "apparmor/exec", "");
}

static void
test_selinux (World *world, G_GNUC_UNUSED gconstpointer data)
{
  const Step step = { .kind = STEP_EXEC_LABEL, .path = "system_u:system_r:container_t:s0:c1,c2" };
  g_assert_cmpint (step_exec_label (&world->child, &step), ==, -1);
  g_assert_cmpint (errno, ==, ENOENT);
  offer (world, "exec");
  offer (world, "apparmor/exec");
  g_assert_cmpint (step_exec_label (&world->child, &step), ==, 0);
  assert_written (world, "exec", "system_u:system_r:container_t:s0:c1,c2");
  assert_written (world, "apparmor/exec", "");
}

#define TEST(name, function) g_test_add ("/child/" name, World, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("apparmor", test_apparmor);
  TEST ("apparmor/alone", test_apparmor_alone);
  TEST ("apparmor/refused", test_apparmor_refused);
  TEST ("selinux", test_selinux);
  return g_test_run ();
}
