/* A made-up machine: see world.h. */
#include "world.h"

#include "base/sys.h"
#include "cgroup/cgroup.h"
#include "plan/helpers.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

World world;

/* --- What is replaced ------------------------------------------------------------------------------------ */

uid_t __wrap_getuid (void);
uid_t __wrap_geteuid (void);
gid_t __wrap_getgid (void);
char *__wrap_user_name (uid_t uid);
int __wrap_isatty (int fd);
char *__wrap_ttyname (int fd);
int __wrap_access (const char *path, int mode);
int __wrap_open (const char *path, int flags, mode_t mode);
int __real_open (const char *path, int flags, mode_t mode);
int __wrap_fstatat (int dir, const char *path, struct stat *st, int flags);
int __real_fstatat (int dir, const char *path, struct stat *st, int flags);
char *__wrap_get_current_dir_name (void);
char *__wrap_read_text_file (const char *path);
gboolean __wrap_cgroup_foresee (const CgroupWish *wish, CgroupOutlook *outlook, GError **error);
gboolean __wrap_helper_check (const char *name, GError **error);
void __wrap_log_set_level_prefix (gboolean on);
void __wrap_log_warning (const char *format, ...) G_GNUC_PRINTF (1, 2);

uid_t
__wrap_getuid (void)
{
  return world.uid;
}

uid_t
__wrap_geteuid (void)
{
  return world.uid;
}

gid_t
__wrap_getgid (void)
{
  return world.gid;
}

char *
__wrap_user_name (uid_t uid)
{
  return g_strdup (uid == 1000 ? "me" : NULL);
}

int
__wrap_isatty (int fd)
{
  return world.terminal != NULL && fd <= STDERR_FILENO;
}

char *
__wrap_ttyname (int fd)
{
  return fd <= STDERR_FILENO ? (char *) world.terminal : NULL;
}

int
__wrap_access (const char *path, int mode G_GNUC_UNUSED)
{
  return g_str_has_prefix (path, "/sys/fs/selinux/") && !world.selinux ? -1 : 0;
}

/* Where the container's namespaces are looked at. */
static int container_ns = -1;

int
__wrap_open (const char *path, int flags, mode_t mode)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%d/ns", WORLD_CONTAINER);
  if (!g_str_equal (path, folder))
    return __real_open (path, flags, mode);
  return container_ns = __real_open ("/proc/self/ns", flags, mode);
}

int
__wrap_fstatat (int dir, const char *path, struct stat *st, int flags)
{
  int result = __real_fstatat (dir, path, st, flags);
  st->st_ino += dir == container_ns && !g_str_equal (path, "time");
  return result;
}

char *
__wrap_get_current_dir_name (void)
{
  return g_strdup ("/home/me/src");
}

char *
__wrap_read_text_file (const char *path)
{
  return g_strdup (g_hash_table_lookup (world.files, path));
}

gboolean
__wrap_helper_check (const char *name, GError **error)
{
  if (!world.newuidmap)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "%s is not there", name);
  return world.newuidmap;
}

/* A user's systemd, beside a cgroup that is delegated. */
gboolean
__wrap_cgroup_foresee (const CgroupWish *wish, CgroupOutlook *outlook, GError **error)
{
  gboolean systemd = wish->manager != CGROUP_BY_FS;
  *outlook = (CgroupOutlook){ .manager = systemd ? "systemd" : "cgroupfs",
                              .slice = systemd ? g_strdup ("user.slice") : NULL,
                              .below = systemd ? NULL : g_strdup ("/user.slice/mine") };
  if (wish->manager == CGROUP_BY_NOBODY)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "nobody");
  return wish->manager != CGROUP_BY_NOBODY;
}

void
__wrap_log_warning (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_ptr_array_add (world.warnings, g_strdup_vprintf (format, args));
  va_end (args);
}

void
__wrap_log_set_level_prefix (gboolean on)
{
  world.level_prefix = on;
}

/* --- Making it -------------------------------------------------------------------------------------------- */

static void
place (int fd, int wanted)
{
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (dup2 (fd, wanted), ==, wanted);
  close (fd);
}

static void
place_memory (int wanted, const void *data, gsize length)
{
  int fd = memfd_create ("data", MFD_CLOEXEC);
  g_assert_cmpint (write (fd, data, length), ==, (gssize) length);
  g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
  place (fd, wanted);
}

static void
open_descriptors (void)
{
  static const struct sock_filter allow = BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  int ends[2];

  place_memory (FD_DATA, "data\n", 5);
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  g_assert_cmpint (write (ends[1], "stream\n", 7), ==, 7);
  close (ends[1]);
  place (ends[0], FD_STREAM);
  place (open ("/usr", O_PATH | O_CLOEXEC), FD_USR);
  place_memory (FD_FILTER, &allow, sizeof allow);
  for (int fd = FD_NULL; fd <= FD_LAST; fd++)
    place (open ("/dev/null", O_RDWR | O_CLOEXEC), fd);
}

void
world_fill_descriptors (void)
{
  int fd;
  sys_close_range (FD_LAST + 1, ~0U, 0);
  while ((fd = open ("/dev/null", O_PATH | O_CLOEXEC)) <= FD_LAST)
    g_assert_cmpint (fd, >=, 0);
  close (fd);
}

void
world_file (const char *path, const char *text)
{
  if (text != NULL)
    g_hash_table_insert (world.files, g_strdup (path), g_strdup (text));
  else
    g_hash_table_remove (world.files, path);
}

void
world_reset (void)
{
  g_clear_pointer (&world.files, g_hash_table_unref);
  g_clear_pointer (&world.warnings, g_ptr_array_unref);
  world = (World){ .uid = 1000, .gid = 1001, .newuidmap = TRUE };
  world.files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  world.warnings = g_ptr_array_new_with_free_func (g_free);
  world_file ("/etc/subuid", "other:300000:65536\nme:100000:65536\n");
  world_file ("/etc/subgid", "me:200000:65536\n");

  g_assert_cmpint (clearenv (), ==, 0);
  g_setenv ("HOME", "/home/me", TRUE);
  g_setenv ("PATH", "/usr/local/bin:/usr/bin", TRUE);
  g_setenv ("LANG", "C", TRUE);
  g_setenv ("SECRET", "hush", TRUE);
  umask (022);
  open_descriptors ();
}

Parser *
world_parse (gboolean strict, const char *const *words, GError **error)
{
  g_autoptr (Parser) parser = parser_new (strict);
  if (!parser_run (parser, (char **) words, error))
    return NULL;
  return g_steal_pointer (&parser);
}
