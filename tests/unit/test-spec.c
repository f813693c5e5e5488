/* The Spec: which wishes contradict each other, and how origins read. */
#include "world.h"

#include "base/error.h"

typedef struct
{
  uid_t uid;
  const char *message; /* NULL: allowed */
  const char *words[9];
} Wish;

/* Each rule of check.c, with wishes just on its other side. */
static const Wish wishes[] = {
  { 1000, "--userns-block-fd requires --unshare-user", { "--userns-block-fd", "24", "--info-fd", "25" } },
  { 1000,
    "--userns-block-fd requires --unshare-user",
    { "--unshare-user-try", "--userns-block-fd", "24", "--info-fd", "25" } },
  { 1000, "--userns-block-fd requires --info-fd", { "--unshare-user", "--userns-block-fd", "24" } },
  { 1000, NULL, { "--unshare-user", "--userns-block-fd", "24", "--info-fd", "25" } },
  { 1000, "--userns not compatible --unshare-user", { "--userns", "24", "--unshare-user" } },
  { 1000, "--userns not compatible --unshare-user-try", { "--userns", "24", "--unshare-all" } },
  { 1000, NULL, { "--userns", "24", "--unshare-pid" } },
  { 1000, "--disable-userns requires --unshare-user", { "--disable-userns" } },
  { 1000, "--disable-userns requires --unshare-user", { "--disable-userns", "--unshare-all" } },
  { 1000,
    "--disable-userns is not compatible with --userns-block-fd",
    { "--unshare-user", "--disable-userns", "--userns-block-fd", "24", "--info-fd", "25" } },
  { 0, "Specifying --uid requires --unshare-user or --userns", { "--uid", "5" } },
  { 0, NULL, { "--uid", "0" } },
  { 0, NULL, { "--uid", "5", "--unshare-user-try" } },
  { 0, NULL, { "--uid", "5", "--userns", "24" } },
  { 1000, NULL, { "--uid", "5" } },
  { 0, "Specifying --gid requires --unshare-user or --userns", { "--gid", "5" } },
  { 0, NULL, { "--gid", "1001" } },
  { 1000, "Specifying --hostname requires --unshare-uts", { "--hostname", "box" } },
  { 1000, NULL, { "--hostname", "box", "--unshare-all" } },
  { 1000, "Specifying --as-pid-1 requires --unshare-pid", { "--as-pid-1" } },
  { 1000,
    "Specifying --as-pid-1 and --lock-file is not permitted",
    { "--as-pid-1", "--unshare-pid", "--lock-file", "/l" } },
  { 1000,
    "--as-pid-1 and --pty exclude each other: the terminal needs an init",
    { "--as-pid-1", "--unshare-pid", "--pty" } },
  { 1000, "--pty already makes a new session: leave out --new-session", { "--pty", "--new-session" } },
  { 0, "--map-auto, --map-ids, --uid-map and --gid-map require --unshare-user", { "--map-auto" } },
  { 0, NULL, { "--map-auto", "--unshare-user" } },
  { 1000,
    "--map-auto, --map-ids, --uid-map and --gid-map require --unshare-user",
    { "--map-ids", "--userns", "24" } },
  { 1000,
    "--userns-block-fd leaves the maps to others: it excludes options that write them",
    { "--map-auto", "--unshare-user", "--userns-block-fd", "24", "--info-fd", "25" } },
  { 1000, "--uid-map and --gid-map belong together", { "--uid-map", "0:100000:1" } },
  { 1000, "--uid-map and --gid-map belong together", { "--gid-map", "0:100000:1" } },
  { 1000,
    "--cgroup-manager requires a limit, such as --memory: there is no cgroup to make",
    { "--cgroup-manager", "cgroupfs" } },
  { 1000, NULL, { "--cgroup-manager", "cgroupfs", "--memory", "1G" } },
};

static void
test_rules (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (wishes); i++)
    {
      g_autoptr (GError) error = NULL;
      world_reset ();
      world.uid = wishes[i].uid;
      g_autoptr (Parser) parser = world_parse (TRUE, wishes[i].words, &error);
      g_test_message ("%s %s as %u", wishes[i].words[0], wishes[i].words[1] ?: "", world.uid);
      g_assert_true ((parser == NULL) == (error != NULL));
      g_assert_cmpstr (error ? error->message : NULL, ==, wishes[i].message);
      g_assert_true (error == NULL || g_error_matches (error, SNUG_ERROR, SNUG_ERROR_USAGE));
    }
}

static void
test_new (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Spec) spec = spec_new (0);
  world_reset ();
  g_assert_true (spec_check (spec, &error));
  g_assert_no_error (error);
  for (int i = 0; i < N_NAMESPACES; i++)
    g_assert_cmpint (spec->ns[i].join_fd, ==, -1);
  g_assert_cmpint (spec->info_fd.value, ==, -1);
  g_assert_cmpint (spec->uid.value, ==, -1);
}

static void
check_origin (const Origin *origin, const char *expected)
{
  g_autofree char *text = origin_to_string (origin);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_origins (void)
{
  static char *words[] = { (char *) "--bind", (char *) "/a", (char *) "/b c", (char *) "/unrelated" };
  static char *path[] = { (char *) "/mounts/3" };
  check_origin (&(Origin){ words, 3, 7 }, "--bind /a /b c (argument 7)");
  check_origin (&(Origin){ path, 1, 0 }, "/mounts/3");
  check_origin (&(Origin){ NULL, 0, 0 }, NULL);
}

/* There may be thousands of them, all in memory at the same time. */
static void
test_sizes (void)
{
  g_assert_cmpuint (sizeof (FsOp), <=, 32 + sizeof (Origin));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spec/rules", test_rules);
  g_test_add_func ("/spec/new", test_new);
  g_test_add_func ("/spec/origins", test_origins);
  g_test_add_func ("/spec/sizes", test_sizes);
  return g_test_run ();
}
