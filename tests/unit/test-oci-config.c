/* config.json -> Spec: what each property becomes.  What is refused is in test-oci-config-errors.c. */
#include "oci-config.h"

#include <linux/mempolicy.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define assert_path(o, expected)                      \
  G_STMT_START                                        \
  {                                                   \
    g_autofree char *path_ = origin_to_string (&(o)); \
    g_assert_cmpstr (path_, ==, expected);            \
  }                                                   \
  G_STMT_END

static const FsOp *
op_at (const Spec *spec, guint i)
{
  g_assert_cmpuint (i, <, spec->fs->len);
  return &g_array_index (spec->fs, FsOp, i);
}

/* The last operation on @dest. */
static const FsOp *
op_on (const Spec *spec, const char *dest)
{
  for (guint i = spec->fs->len; i > 0; i--)
    if (g_str_equal (op_at (spec, i - 1)->dest, dest))
      return op_at (spec, i - 1);
  g_test_message ("nothing is done on %s", dest);
  g_test_fail ();
  return NULL;
}

static gboolean
has_op_on (const Spec *spec, const char *dest)
{
  for (guint i = 0; i < spec->fs->len; i++)
    if (g_str_equal (op_at (spec, i)->dest, dest))
      return TRUE;
  return FALSE;
}

/* --- The document ----------------------------------------------------------------------------------- */

static void
test_versions (void)
{
  static const char *const good[] = {
    "1.0.0", "1.0.2-dev", "1.1.0-rc.1", "1.2.1", "1.3.0+dev", "1.99.0-0a+5.b"
  };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *fragment = g_strdup_printf ("{'ociVersion': '%s'}", good[i]);
      g_auto (Loaded) loaded = read_config (fragment);
      g_assert_cmpstr (loaded.config->version, ==, good[i]);
    }
}

static void
test_file (void)
{
  static const char text[] = "{\"ociVersion\": \"1.0.0\", \"unknown\": [1, {}]}";
  g_autofree char *path = g_build_filename (test_context ()->bundle, "config.json", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_autoptr (Config) config = config_load (test_context ()->bundle_dir, "config.json", &error);
  g_assert_no_error (error);
  g_assert_nonnull (config);
  g_assert_null (config_load (test_context ()->bundle_dir, "other.json", &error));
  g_assert_cmpstr (error->message, ==, "can't open other.json: No such file or directory");
}

/* What is kept for later is what exec and hooks read. */
static void
test_kept (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'annotations': {'a': 'b'}, 'hostname': 'h', 'hooks': {'poststop': [{'path': '/p'}]},"
      " 'process': {'args': ['x'], 'cwd': '/d', 'env': ['A=1'], 'other': 1,"
      "             'rlimits': [{'type': 'RLIMIT_NOFILE', 'soft': 18446744073709551615, 'hard': "
      "18446744073709551615}]},"
      " 'mounts': [{'destination': '/m', 'type': 'tmpfs', 'source': 'tmpfs'}],"
      " 'linux': {'namespaces': [{'type': 'mount'}, {'type': 'uts'}], 'intelRdt': {'closID': 'c'},"
      "           'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW', 'flags': ['SECCOMP_FILTER_FLAG_LOG'],"
      "                       'syscalls': [{'names': ['mkdir'], 'action': 'SCMP_ACT_ERRNO'}]}}}");
  g_autofree char *text = config_kept (loaded.config);
  static const char expected[] =
      "{'ociVersion':'1.3.0','annotations':{'a':'b'},'hooks':{'poststop':[{'path':'/p'}]},"
      "'process':{'args':['x'],'env':['A=1'],'cwd':'/d','user':{'uid':0,'gid':0},'rlimits':"
      "[{'type':'RLIMIT_NOFILE','soft':18446744073709551615,'hard':18446744073709551615}]},"
      "'linux':{'seccomp':{'flags':['SECCOMP_FILTER_FLAG_LOG']},'intelRdt':{'closID':'c'}}}";
  g_autofree char *quoted = test_requoted (expected);
  g_assert_cmpstr (text, ==, quoted);

  g_autoptr (GError) error = NULL;
  g_autoptr (Config) config = config_load_text (text, strlen (text), &error);
  g_autoptr (Spec) spec = config_exec_spec (config, test_context (), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (spec->argv[0], ==, "x");
  g_assert_cmpuint (spec->seccomp->len, ==, 1);
}

/* Who enters may have other capabilities. */
static void
test_kept_rules (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'linux': {'namespaces': [{'type': 'mount'}], 'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls':"
      " [{'names': ['mount'], 'action': 'SCMP_ACT_ERRNO', 'excludes': {'caps': ['CAP_SYS_ADMIN']}}]}}}");
  g_autofree char *text = config_kept (loaded.config);
  g_assert_nonnull (strstr (text, "\"defaultAction\""));
  g_assert_nonnull (strstr (text, "\"excludes\""));
}

/* What nobody knows is skipped, and null is as good as nothing. */
static void
test_unknown (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'vm': {'hypervisor': 3}, 'windows': 1, 'solaris': [], 'x': null, 'hostname': null, 'mounts': null,"
      " 'process': {'commandLine': 5, 'rlimits': null, 'user': {'username': 7}},"
      " 'linux': {'devices': null, 'new': true, 'namespaces': [{'type': 'mount', 'path': null}]}}");
  g_assert_null (loaded.spec->hostname.value);
  g_assert_cmpuint (loaded.spec->rlimits->len, ==, 0);
}

static void
test_annotations (void)
{
  g_auto (Loaded) loaded = read_config ("{'annotations': {'run.oci.keep_original_groups': '1', 'a/b': ''}}");
  g_assert_cmpstr (config_annotation (loaded.config, "a/b"), ==, "");
  g_assert_null (config_annotation (loaded.config, "a"));
  g_assert_true (loaded.spec->bundle->user.keep_groups);
}

/* --- The root and mounts ---------------------------------------------------------------------------- */

static void
test_root (void)
{
  g_auto (Loaded) loaded =
      read_config ("{'root': {'readonly': true}, 'linux': {'rootfsPropagation': 'rslave'}}");
  const Spec *spec = loaded.spec;
  const FsOp *root = op_at (spec, 0), *last = op_at (spec, spec->fs->len - 1);
  g_autofree char *path = g_build_filename (test_context ()->bundle, "rootfs", NULL);
  struct stat wanted, opened;

  g_assert_cmpint (root->kind, ==, FS_BIND);
  g_assert_cmpstr (root->dest, ==, "/");
  g_assert_cmpint (root->flags, ==, FS_RECURSIVE);
  g_assert_cmpstr (root->source, ==, path);
  g_assert_cmpint (stat (path, &wanted), ==, 0);
  g_assert_cmpint (fstat (root->details->fd, &opened), ==, 0);
  g_assert_cmpuint (wanted.st_ino, ==, opened.st_ino);
  g_assert_cmpuint (root->details->attributes->set | root->details->attributes->rec_set, ==, 0);
  assert_path (root->origin, "/root/path");

  g_assert_cmpint (last->kind, ==, FS_CHANGE);
  g_assert_cmpstr (last->dest, ==, "/");
  g_assert_cmpuint (last->details->attributes->set, ==, MOUNT_ATTR_RDONLY);
  g_assert_cmpuint (spec->bundle->root_propagation, ==, MS_SLAVE | MS_REC);
}

static void
test_root_absolute (void)
{
  g_autofree char *fragment = g_strdup_printf ("{'root': {'path': '%s'}}", "/usr");
  g_auto (Loaded) loaded = read_config (fragment);
  g_assert_cmpstr (op_at (loaded.spec, 0)->source, ==, "/usr");
  g_assert_cmpint (op_at (loaded.spec, loaded.spec->fs->len - 1)->kind, !=, FS_CHANGE);
}

/* Kinds, in the order written, behind the root. */
static void
test_mounts (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'mounts': ["
      " {'destination': 'data', 'source': 'files/data', 'options': ['rbind', 'ro', 'rprivate']},"
      " {'destination': '/proc', 'type': 'proc', 'source': 'proc'},"
      " {'destination': '/sys/fs/cgroup', 'type': 'cgroup', 'source': 'cgroup', 'options': ['nosuid', 'ro']},"
      " {'destination': '/cg2', 'type': 'cgroup2'},"
      " {'destination': '/run', 'type': 'tmpfs', 'source': 'tmpfs',"
      "  'options': ['nodev', 'mode=755,size=65536k', 'tmpcopyup', 'sync']},"
      " {'destination': '/data', 'options': ['remount', 'rw']},"
      " {'destination': '/x', 'type': 'none', 'source': '/y', 'options': ['bind', 'src-nofollow', "
      "'dest-nofollow']}]}");
  const Spec *spec = loaded.spec;
  static const FsKind kinds[] = {
    FS_BIND, FS_BIND, FS_MOUNT, FS_CGROUP, FS_CGROUP, FS_MOUNT, FS_CHANGE, FS_BIND
  };
  g_autofree char *source = g_build_filename (test_context ()->bundle, "files/data", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_assert_cmpint (op_at (spec, i)->kind, ==, kinds[i]);
  g_assert_cmpstr (op_at (spec, 1)->dest, ==, "/data");
  g_assert_cmpstr (op_at (spec, 1)->source, ==, source);
  g_assert_cmpint (op_at (spec, 1)->flags, ==, FS_RECURSIVE);
  g_assert_cmpuint (op_at (spec, 1)->details->attributes->propagation[0], ==, MS_PRIVATE | MS_REC);
  assert_path (op_at (spec, 1)->origin, "/mounts/0");
  g_assert_cmpstr (op_at (spec, 2)->details->type, ==, "proc");
  g_assert_null (op_at (spec, 2)->details->data);
  g_assert_cmpuint (op_at (spec, 3)->details->attributes->set, ==, MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY);
  g_assert_cmpint (op_at (spec, 5)->flags, ==, FS_COPY_UP);
  g_assert_cmpstr (op_at (spec, 5)->details->data[0], ==, "mode=755");
  g_assert_cmpstr (op_at (spec, 5)->details->data[1], ==, "size=65536k");
  g_assert_cmpstr (op_at (spec, 5)->details->data[2], ==, "sync");
  g_assert_null (op_at (spec, 5)->details->data[3]);
  g_assert_cmpuint (op_at (spec, 6)->details->attributes->clear, ==, MOUNT_ATTR_RDONLY);
  g_assert_cmpint (op_at (spec, 7)->flags, ==, FS_SOURCE_NOFOLLOW | FS_DEST_NOFOLLOW);
}

#define ATIME MOUNT_ATTR__ATIME
#define R MOUNT_ATTR_RDONLY

/* The options of the specification and what they come to; a later one has the last word. */
static const struct
{
  const char *options;
  guint64 set, clear, rec_set, rec_clear;
} attribute_rows[] = {
  { "'defaults','async','sync','dirsync','lazytime','nolazytime','silent','loud'", 0, 0, 0, 0 },
  { "'iversion','noiversion','mand','nomand','x-systemd.automount'", 0, 0, 0, 0 },
  { "'ro'", R, 0, 0, 0 },
  { "'rw'", 0, R, 0, 0 },
  { "'ro','rw'", 0, R, 0, 0 },
  { "'rw','ro'", R, 0, 0, 0 },
  { "'rro'", 0, 0, R, 0 },
  { "'rro','rw'", 0, R, R, 0 },
  { "'rro','rrw'", 0, 0, 0, R },
  { "'nosuid','nodev','noexec'", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0, 0, 0 },
  { "'suid','dev','exec'", 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0, 0 },
  { "'rnosuid','rnodev','rnoexec'", 0, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0 },
  { "'rsuid','rdev','rexec'", 0, 0, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC },
  { "'nosymfollow','nodiratime'", MOUNT_ATTR_NOSYMFOLLOW | MOUNT_ATTR_NODIRATIME, 0, 0, 0 },
  { "'symfollow','diratime'", 0, MOUNT_ATTR_NOSYMFOLLOW | MOUNT_ATTR_NODIRATIME, 0, 0 },
  { "'rnosymfollow','rnodiratime'", 0, 0, MOUNT_ATTR_NOSYMFOLLOW | MOUNT_ATTR_NODIRATIME, 0 },
  { "'rsymfollow','rdiratime'", 0, 0, 0, MOUNT_ATTR_NOSYMFOLLOW | MOUNT_ATTR_NODIRATIME },
  { "'noatime'", MOUNT_ATTR_NOATIME, ATIME, 0, 0 },
  { "'strictatime'", MOUNT_ATTR_STRICTATIME, ATIME, 0, 0 },
  { "'noatime','strictatime'", MOUNT_ATTR_STRICTATIME, ATIME, 0, 0 },
  { "'strictatime','relatime'", 0, ATIME, 0, 0 },
  { "'noatime','atime'", 0, ATIME, 0, 0 },
  { "'strictatime','nostrictatime'", 0, ATIME, 0, 0 },
  { "'noatime','nostrictatime'", MOUNT_ATTR_NOATIME, ATIME, 0, 0 },
  { "'relatime','norelatime'", 0, ATIME, 0, 0 },
  { "'atime'", 0, ATIME, 0, 0 },
  { "'rnoatime'", 0, 0, MOUNT_ATTR_NOATIME, ATIME },
  { "'rstrictatime'", 0, 0, MOUNT_ATTR_STRICTATIME, ATIME },
  { "'rnoatime','ratime'", 0, 0, 0, ATIME },
  { "'rrelatime'", 0, 0, 0, ATIME },
  { "'rnorelatime'", 0, 0, 0, ATIME },
  { "'rstrictatime','rnostrictatime'", 0, 0, 0, ATIME },
};

static void
test_attributes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (attribute_rows); i++)
    {
      g_autofree char *fragment =
          g_strdup_printf ("{'mounts': [{'destination': '/x', 'source': '/x', 'options': ['rbind', %s]}]}",
                           attribute_rows[i].options);
      g_auto (Loaded) loaded = read_config (fragment);
      const MountAttributes *attributes = op_at (loaded.spec, 1)->details->attributes;

      g_test_message ("%s", attribute_rows[i].options);
      g_assert_cmphex (attributes->set, ==, attribute_rows[i].set);
      g_assert_cmphex (attributes->clear, ==, attribute_rows[i].clear);
      g_assert_cmphex (attributes->rec_set, ==, attribute_rows[i].rec_set);
      g_assert_cmphex (attributes->rec_clear, ==, attribute_rows[i].rec_clear);
    }
}

/* All are done, in order; of more than there is room for, the last. */
static void
test_propagation (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'mounts': [{'destination': '/x', 'source': '/x', 'options':"
      " ['bind', 'shared', 'rshared', 'slave', 'rslave', 'private', 'unbindable', 'runbindable']}]}");
  const MountAttributes *attributes = op_at (loaded.spec, 1)->details->attributes;
  g_assert_cmpuint (attributes->n_propagation, ==, 4);
  g_assert_cmpuint (attributes->propagation[0], ==, MS_SLAVE | MS_REC);
  g_assert_cmpuint (attributes->propagation[1], ==, MS_PRIVATE);
  g_assert_cmpuint (attributes->propagation[2], ==, MS_UNBINDABLE);
  g_assert_cmpuint (attributes->propagation[3], ==, MS_UNBINDABLE | MS_REC);
}

/* A comma inside of quotes, or behind a backslash, is part of the value. */
static void
test_data (void)
{
  g_auto (Loaded) loaded =
      read_config ("{'mounts': [{'destination': '/x', 'type': 'overlay', 'source': 'overlay', 'options':"
                   " ['lowerdir=/a\\\\,b:/c,userxattr', 'context=\\\"u:r:t:s0:c1,c2\\\"', ',', '', 'key=']},"
                   " {'destination': '/y', 'type': 'erofs', 'source': '/dev/loop0', 'options': ['ro']}]}");
  const char *const *data = op_at (loaded.spec, 1)->details->data;
  g_assert_cmpstr (data[0], ==, "lowerdir=/a\\,b:/c");
  g_assert_cmpstr (data[1], ==, "userxattr");
  g_assert_cmpstr (data[2], ==, "context=u:r:t:s0:c1,c2");
  g_assert_cmpstr (data[3], ==, "key=");
  g_assert_null (data[4]);
  g_assert_cmpstr (op_at (loaded.spec, 2)->details->data[0], ==, "ro");
}

static void
test_mount_label (void)
{
  test_selinux = TRUE;
  g_auto (Loaded) loaded = read_config (
      "{'linux': {'mountLabel': 'u:r:t:s0:c1,c2'}, 'process': {'selinuxLabel': 'u:r:p:s0'}, 'mounts': ["
      " {'destination': '/proc', 'type': 'proc'}, {'destination': '/run', 'type': 'tmpfs', 'options': "
      "['size=1']},"
      " {'destination': '/tmp', 'type': 'tmpfs', 'options': ['context=mine']},"
      " {'destination': '/b', 'source': '/b', 'options': ['bind']}]}");
  test_selinux = FALSE;
  g_assert_cmpstr (loaded.spec->bundle->mount_label.value, ==, "u:r:t:s0:c1,c2");
  g_assert_cmpstr (loaded.spec->exec_label.value, ==, "u:r:p:s0");
  g_assert_null (op_on (loaded.spec, "/proc")->details->data);
  g_assert_null (op_on (loaded.spec, "/b")->details->data);
  g_assert_cmpstr (op_on (loaded.spec, "/run")->details->data[1], ==, "context=u:r:t:s0:c1,c2");
  g_assert_cmpstr (op_on (loaded.spec, "/tmp")->details->data[0], ==, "context=mine");
  g_assert_null (op_on (loaded.spec, "/tmp")->details->data[1]);
}

static void
test_idmaps (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'mounts': ["
      " {'destination': '/a', 'source': '/a', 'options': ['bind', 'idmap']},"
      " {'destination': '/b', 'source': '/b', 'options': ['rbind', 'ridmap'],"
      "  'uidMappings': [{'containerID': 0, 'hostID': 5, 'size': 2}],"
      "  'gidMappings': [{'containerID': 0, 'hostID': 7, 'size': 3}]},"
      " {'destination': '/c', 'source': '/c', 'options': ['bind'], 'uidMappings': [], 'gidMappings': []}],"
      " 'linux': {'namespaces': [{'type': 'mount'}, {'type': 'user'}]}}");
  const FsOp *a = op_at (loaded.spec, 1), *b = op_at (loaded.spec, 2), *c = op_at (loaded.spec, 3);

  g_assert_cmpint (a->details->idmap, ==, IDMAP_CONTAINER);
  g_assert_false (a->details->idmap_recursive);
  g_assert_cmpint (b->details->idmap, ==, IDMAP_OWN);
  g_assert_true (b->details->idmap_recursive);
  g_assert_cmpuint (g_array_index (b->details->uid_map, IdRange, 0).outside, ==, 5);
  g_assert_cmpuint (g_array_index (b->details->gid_map, IdRange, 0).count, ==, 3);
  assert_path (g_array_index (b->details->gid_map, IdRange, 0).origin, "/mounts/1/gidMappings/0");
  g_assert_cmpint (c->details->idmap, ==, IDMAP_NONE);
}

/* An overlay on "/" is what the container has for a root. */
static void
test_overlay_root (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'mounts': [{'destination': '/proc', 'type': 'proc'},"
      " {'destination': '/', 'type': 'overlay', 'source': 'overlay', 'options': ['lowerdir=/l', 'ro']}]}");
  g_assert_cmpint (op_at (loaded.spec, 0)->kind, ==, FS_MOUNT);
  g_assert_cmpstr (op_at (loaded.spec, 0)->details->data[0], ==, "lowerdir=/l");
  g_assert_cmpstr (op_at (loaded.spec, 1)->dest, ==, "/proc");
  g_assert_cmpstr (op_at (loaded.spec, 2)->dest, ==, "/dev/null");
}

/* --- Devices and paths ------------------------------------------------------------------------------ */

static void
test_default_devices (void)
{
  static const char *const devices[] = { "/dev/null",   "/dev/zero",    "/dev/full",
                                         "/dev/random", "/dev/urandom", "/dev/tty" };
  g_auto (Loaded) loaded = read_config ("{}");

  for (gsize i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      const FsOp *op = op_at (loaded.spec, 1 + (guint) i);
      struct stat host;
      g_assert_cmpint (op->kind, ==, FS_DEVICE);
      g_assert_cmpstr (op->dest, ==, devices[i]);
      g_assert_cmpint (op->details->mode, ==, S_IFCHR | 0666);
      if (stat (devices[i], &host) == 0)
        g_assert_cmpuint (op->details->device, ==, host.st_rdev);
    }
  g_assert_cmpstr (op_on (loaded.spec, "/dev/fd")->source, ==, "/proc/self/fd");
  g_assert_cmpstr (op_on (loaded.spec, "/dev/stderr")->source, ==, "/proc/self/fd/2");
  g_assert_cmpstr (op_on (loaded.spec, "/dev/ptmx")->source, ==, "pts/ptmx");
  g_assert_cmpint (op_on (loaded.spec, "/dev/ptmx")->flags, ==, FS_TRY);
  g_assert_false (has_op_on (loaded.spec, "/dev/core"));
}

static void
test_devices (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'linux': {'devices': ["
      " {'path': '/dev/fuse', 'type': 'u', 'major': 10, 'minor': 229, 'fileMode': 432, 'uid': 1, 'gid': 2},"
      " {'path': '/dev/tty', 'type': 'c', 'major': 5, 'minor': 0, 'fileMode': 4294967295},"
      " {'path': '/run/disk', 'type': 'b', 'major': 8, 'minor': 1}, {'path': '/run/fifo', 'type': 'p'}]}}");
  const FsOp *fuse = op_on (loaded.spec, "/dev/fuse"), *tty = op_on (loaded.spec, "/dev/tty");
  guint n = 0;

  g_assert_cmpint (fuse->details->mode, ==, S_IFCHR | 0660);
  g_assert_cmpuint (fuse->details->device, ==, makedev (10, 229));
  g_assert_cmpuint (fuse->details->uid, ==, 1);
  g_assert_cmpuint (fuse->details->gid, ==, 2);
  assert_path (fuse->origin, "/linux/devices/0");
  g_assert_cmpint (tty->details->mode, ==, S_IFCHR | 07777);
  for (guint i = 0; i < loaded.spec->fs->len; i++)
    n += g_str_equal (op_at (loaded.spec, i)->dest, "/dev/tty");
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpint (op_on (loaded.spec, "/run/disk")->details->mode, ==, S_IFBLK | 0666);
  g_assert_cmpint (op_on (loaded.spec, "/run/fifo")->details->mode, ==, S_IFIFO | 0666);
}

/* What is in a /dev from outside is for who bound it to say. */
static void
test_bound_dev (void)
{
  g_auto (Loaded) loaded =
      read_config ("{'mounts': [{'destination': '/dev', 'source': '/dev', 'options': ['rbind']}],"
                   " 'linux': {'devices': [{'path': '/dev/x', 'type': 'c', 'major': 1, 'minor': 3}]}}");
  g_assert_true (has_op_on (loaded.spec, "/dev/x"));
  g_assert_false (has_op_on (loaded.spec, "/dev/null"));
  g_assert_false (has_op_on (loaded.spec, "/dev/fd"));
}

/* Masked and read-only paths come after everything that is mounted, the root's own attribute at the very end. */
static void
test_paths (void)
{
  g_auto (Loaded) loaded =
      read_config ("{'linux': {'maskedPaths': ['/proc/kcore'], 'readonlyPaths': ['/proc/sys']},"
                   " 'root': {'readonly': true}, 'mounts': [{'destination': '/proc', 'type': 'proc'}]}");
  guint n = loaded.spec->fs->len;
  g_assert_cmpint (op_at (loaded.spec, n - 3)->kind, ==, FS_MASK);
  g_assert_cmpstr (op_at (loaded.spec, n - 3)->dest, ==, "/proc/kcore");
  assert_path (op_at (loaded.spec, n - 3)->origin, "/linux/maskedPaths/0");
  g_assert_cmpint (op_at (loaded.spec, n - 2)->kind, ==, FS_PROTECT);
  g_assert_cmpint (op_at (loaded.spec, n - 1)->kind, ==, FS_CHANGE);
}

/* --- Namespaces ------------------------------------------------------------------------------------- */

static void
test_namespaces (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'linux': {'namespaces': [{'type': 'pid'}, {'type': 'network', 'path': '/proc/self/ns/net'},"
      " {'type': 'mount'}, {'type': 'ipc', 'path': ''}, {'type': 'uts'}, {'type': 'cgroup'}, {'type': 'time'}],"
      " 'timeOffsets': {'monotonic': {'secs': -5, 'nanosecs': 999999999}, 'boottime': {}}},"
      " 'hostname': 'box', 'domainname': 'example.test'}");
  const Spec *spec = loaded.spec;

  static const NamespaceType new[] = { NS_PID, NS_MOUNT, NS_IPC, NS_UTS, NS_CGROUP, NS_TIME };
  for (gsize i = 0; i < G_N_ELEMENTS (new); i++)
    g_assert_true (spec->ns[new[i]].unshare);
  g_assert_false (spec->ns[NS_USER].unshare);
  g_assert_false (spec->ns[NS_NET].unshare);
  g_assert_cmpint (spec->ns[NS_NET].join_fd, >=, 0);
  assert_path (spec->ns[NS_NET].origin, "/linux/namespaces/1");
  g_assert_cmpstr (spec->hostname.value, ==, "box");
  g_assert_cmpstr (spec->bundle->domainname.value, ==, "example.test");

  const TimeOffset *offset = &g_array_index (spec->bundle->time_offsets, TimeOffset, 0);
  g_assert_cmpstr (offset->clock, ==, "monotonic");
  g_assert_cmpint (offset->seconds, ==, -5);
  g_assert_cmpuint (offset->nanoseconds, ==, 999999999);
  g_assert_cmpuint (spec->bundle->time_offsets->len, ==, 2);
}

/* What is not listed is the caller's, but never its mounts. */
static void
test_no_namespaces (void)
{
  g_auto (Loaded) loaded = read_config ("{'linux': null}");
  for (NamespaceType type = 0; type < N_NAMESPACES; type++)
    g_assert_true (loaded.spec->ns[type].unshare == (type == NS_MOUNT));
  g_assert_cmpuint (test_warnings->len, ==, 1);
  g_assert_cmpstr (test_warnings->pdata[0], ==,
                   "/linux/namespaces: there is none of type \"mount\": a new one is made");
}

static void
test_mappings (void)
{
  g_auto (Loaded) loaded = read_config ("{'linux': {'namespaces': [{'type': 'mount'}, {'type': 'user'}],"
                                        " 'uidMappings': [{'containerID': 0, 'hostID': 1000, 'size': 1}, "
                                        "{'containerID': 1, 'hostID': 0, 'size': 4294967294}],"
                                        " 'gidMappings': [{'containerID': 0, 'hostID': 100, 'size': 1}]}}");
  const Spec *spec = loaded.spec;
  const IdRange *range = &g_array_index (spec->uid_map, IdRange, 1);

  g_assert_true (spec->ns[NS_USER].unshare);
  g_assert_cmpint (spec->map_mode, ==, MAP_RANGES);
  g_assert_cmpuint (range->inside, ==, 1);
  g_assert_cmpuint (range->count, ==, 4294967294);
  assert_path (range->origin, "/linux/uidMappings/1");
  g_assert_cmpuint (g_array_index (spec->gid_map, IdRange, 0).outside, ==, 100);
}

/* Without mappings there are all the ids that the caller has. */
static void
test_no_mappings (void)
{
  g_auto (Loaded) loaded =
      read_config ("{'linux': {'namespaces': [{'type': 'mount'}, {'type': 'user'}], 'uidMappings': []}}");
  g_assert_cmpint (loaded.spec->map_mode, ==, MAP_AUTO);
}

/* A namespace that is joined has its maps already. */
static void
test_joined_mappings (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'linux': {'namespaces': [{'type': 'mount'}, {'type': 'user', 'path': '/proc/self/ns/user'}],"
      " 'uidMappings': [{'containerID': 0, 'hostID': 1000, 'size': 1}],"
      " 'gidMappings': [{'containerID': 0, 'hostID': 100, 'size': 1}]}}");
  g_assert_cmpint (loaded.spec->ns[NS_USER].join_fd, >=, 0);
  g_assert_cmpint (loaded.spec->map_mode, ==, MAP_SINGLE);
  g_assert_cmpuint (loaded.spec->uid_map->len + loaded.spec->gid_map->len, ==, 0);
}

/* --- The process ------------------------------------------------------------------------------------ */

static void
test_process (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'process': {'args': ['sh', '-c', 'true'], 'env': ['A=b', 'C'], 'cwd': '/home', 'terminal': true,"
      " 'consoleSize': {'height': 25, 'width': 80},"
      " 'user': {'uid': 1, 'gid': 4294967294, 'umask': 18, 'additionalGids': [5, 6]},"
      " 'oomScoreAdj': -1000, 'noNewPrivileges': true, 'apparmorProfile': 'strict'}}");
  const Spec *spec = loaded.spec;
  const Bundle *bundle = spec->bundle;

  g_assert_cmpuint (g_strv_length (spec->argv), ==, 3);
  g_assert_cmpstr (spec->argv[2], ==, "true");
  g_assert_cmpstr (spec->env[1], ==, "C");
  g_assert_cmpstr (spec->chdir.value, ==, "/home");
  assert_path (spec->chdir.origin, "/process/cwd");
  g_assert_true (bundle->terminal.given);
  g_assert_cmpuint (bundle->console_rows, ==, 25);
  g_assert_cmpuint (bundle->console_columns, ==, 80);
  g_assert_cmpuint (bundle->user.uid, ==, 1);
  g_assert_cmpuint (bundle->user.gid, ==, 4294967294);
  g_assert_cmpuint (bundle->user.groups->len, ==, 2);
  g_assert_cmpuint (g_array_index (bundle->user.groups, guint32, 1), ==, 6);
  g_assert_false (bundle->user.keep_groups);
  g_assert_cmpint (spec->umask.value, ==, 022);
  g_assert_cmpint (bundle->oom_score_adj.value, ==, -1000);
  g_assert_false (bundle->allow_new_privs);
  g_assert_cmpstr (bundle->apparmor.value, ==, "strict");
}

/* What is not said is not done. */
static void
test_process_unset (void)
{
  g_auto (Loaded) loaded = read_config ("{'process': {'user': null, 'consoleSize': {'height': 'x'}}}");
  const Spec *spec = loaded.spec;
  const Bundle *bundle = spec->bundle;

  g_assert_cmpuint (g_strv_length (spec->env), ==, 0);
  g_assert_cmpuint (bundle->user.uid + bundle->user.gid, ==, 0);
  g_assert_true (bundle->user.given);
  g_assert_cmpint (spec->umask.value, ==, -1);
  g_assert_cmpint (bundle->oom_score_adj.value, ==, G_MININT64);
  g_assert_cmpint (bundle->io_priority.value, ==, -1);
  g_assert_cmpint (bundle->personality.value, ==, -1);
  g_assert_false (bundle->scheduler.given);
  g_assert_false (bundle->memory_policy.given);
  g_assert_false (bundle->rdt.given);
  g_assert_true (bundle->allow_new_privs);
  g_assert_false (bundle->terminal.given);
  g_assert_true (bundle->cap_sets.given);
  g_assert_cmpuint (bundle->cap_sets.bounding, ==, 0);
}

#define CAP(name) (G_GUINT64_CONSTANT (1) << CAP_##name)

static void
test_capabilities (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'process': {'capabilities': {'bounding': ['CAP_KILL', 'CAP_NET_RAW'], 'permitted': ['CAP_KILL'],"
      " 'effective': ['CAP_KILL'], 'inheritable': ['CAP_KILL'], 'ambient': ['CAP_KILL']}}}");
  const CapabilitySets *sets = &loaded.spec->bundle->cap_sets;

  g_assert_cmphex (sets->bounding, ==, CAP (KILL) | CAP (NET_RAW));
  g_assert_cmphex (sets->permitted, ==, CAP (KILL));
  g_assert_cmphex (sets->effective, ==, CAP (KILL));
  g_assert_cmphex (sets->inheritable, ==, CAP (KILL));
  g_assert_cmphex (sets->ambient, ==, CAP (KILL));
  g_assert_cmpuint (test_warnings->len, ==, 0);
}

/* Capabilities that can't be granted are left out with a warning. */
static void
test_capabilities_left_out (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'process': {'capabilities': {'bounding': ['CAP_NEVER\\u001b', 'KILL', '5'], 'permitted': ['CAP_KILL'],"
      " 'effective': ['CAP_CHOWN', 'CAP_KILL'], 'ambient': ['CAP_KILL']}}}");
  const CapabilitySets *sets = &loaded.spec->bundle->cap_sets;

  g_assert_cmphex (sets->bounding, ==, 0);
  g_assert_cmphex (sets->effective, ==, CAP (KILL));
  g_assert_cmphex (sets->ambient, ==, 0);
  g_assert_cmpuint (test_warnings->len, ==, 5);
  g_assert_cmpstr (test_warnings->pdata[0], ==,
                   "/process/capabilities/bounding/0: unknown capability \"CAP_NEVER\\x1b\": left out");
  g_assert_cmpstr (test_warnings->pdata[3], ==,
                   "/process/capabilities/effective: what is not also permitted can't be effective: left out");
}

static void
test_rlimits (void)
{
  g_auto (Loaded) loaded =
      read_config ("{'process': {'rlimits': [{'type': 'RLIMIT_NOFILE', 'soft': 10, 'hard': 20},"
                   " {'type': 'RLIMIT_CORE', 'soft': 0, 'hard': 18446744073709551615}]}}");
  const Rlimit *limits = &g_array_index (loaded.spec->rlimits, Rlimit, 0);

  g_assert_cmpint (limits[0].resource, ==, RLIMIT_NOFILE);
  g_assert_cmpuint (limits[0].soft, ==, 10);
  g_assert_cmpuint (limits[0].hard, ==, 20);
  g_assert_cmpint (limits[1].resource, ==, RLIMIT_CORE);
  g_assert_cmpuint (limits[1].hard, ==, RLIM_INFINITY);
  assert_path (limits[1].origin, "/process/rlimits/1");
}

static void
test_schedule (void)
{
  g_auto (Loaded) loaded =
      read_config ("{'process': {'scheduler': {'policy': 'SCHED_DEADLINE', 'nice': -20, 'runtime': 1, "
                   "'deadline': 2, 'period': 3,"
                   " 'flags': ['SCHED_FLAG_RESET_ON_FORK', 'SCHED_FLAG_DL_OVERRUN']},"
                   " 'ioPriority': {'class': 'IOPRIO_CLASS_IDLE', 'priority': 4},"
                   " 'execCPUAffinity': {'initial': '7', 'final': '0-3,7'}},"
                   " 'linux': {'personality': {'domain': 'LINUX32', 'flags': []}, 'memoryPolicy':"
                   " {'mode': 'MPOL_INTERLEAVE', 'nodes': '0-1,64', 'flags': ['MPOL_F_STATIC_NODES']}}}");
  const Bundle *bundle = loaded.spec->bundle;

  g_assert_cmpuint (bundle->scheduler.policy, ==, SCHED_DEADLINE);
  g_assert_cmpint (bundle->scheduler.nice, ==, -20);
  g_assert_cmpuint (bundle->scheduler.flags, ==, SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_DL_OVERRUN);
  g_assert_cmpuint (bundle->scheduler.period, ==, 3);
  g_assert_cmpint (bundle->io_priority.value, ==, 3 << 13 | 4);
  g_assert_null (bundle->initial_affinity.value); /* exec's alone */
  g_assert_cmpint (bundle->personality.value, ==, PER_LINUX32);
  g_assert_cmpint (bundle->memory_policy.policy, ==, MPOL_INTERLEAVE | MPOL_F_STATIC_NODES);
  g_assert_cmphex (bundle->memory_policy.nodes[0], ==, 3);
  g_assert_cmphex (bundle->memory_policy.nodes[1], ==, 1);
  g_assert_true (bundle->memory_policy.has_nodes);
}

static void
test_empty_nodes (void)
{
  g_auto (Loaded) loaded = read_config ("{'linux': {'memoryPolicy': {'mode': 'MPOL_PREFERRED', 'nodes': ''}}}");
  g_assert_true (loaded.spec->bundle->memory_policy.given);
  g_assert_false (loaded.spec->bundle->memory_policy.has_nodes);
}

/* --- Linux ------------------------------------------------------------------------------------------ */

static void
test_sysctl (void)
{
  static const char *const paths[] = { "net/ipv4/ip_forward",
                                       "net/ipv4/conf/eth0.1/forwarding",
                                       "net/ipv4/conf/eth0.2/forwarding",
                                       "kernel/shmmax",
                                       "fs/mqueue/msg_max",
                                       "kernel/domainname",
                                       "user/max_user_namespaces" };
  g_auto (Loaded) loaded =
      read_config ("{'linux': {'namespaces': [{'type': 'mount'}, {'type': 'network'}, {'type': 'ipc'}, "
                   "{'type': 'uts'}, {'type': 'user'}],"
                   " 'sysctl': {'net.ipv4.ip_forward': '1', 'net.ipv4.conf.eth0/1.forwarding': '1',"
                   " 'net/ipv4/conf/eth0.2/forwarding': '1', 'kernel.shmmax': '7', 'fs.mqueue.msg_max': '1',"
                   " 'kernel.domainname': 'x', 'user.max_user_namespaces': '0'}}}");
  const GArray *sysctls = loaded.spec->bundle->sysctls;

  g_assert_cmpuint (sysctls->len, ==, G_N_ELEMENTS (paths));
  for (guint i = 0; i < sysctls->len; i++)
    g_assert_cmpstr (g_array_index (sysctls, Sysctl, i).path, ==, paths[i]);
  g_assert_cmpstr (g_array_index (sysctls, Sysctl, 3).value, ==, "7");
  assert_path (g_array_index (sysctls, Sysctl, 1).origin, "/linux/sysctl/net.ipv4.conf.eth0~11.forwarding");
}

static void
test_seccomp (void)
{
  g_auto (Loaded) loaded = read_config ("{'linux': {'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW', "
                                        "'listenerPath': '/run/agent', 'listenerMetadata': 'm'}}}");
  const Spec *spec = loaded.spec;
  const SeccompFilter *filter = &g_array_index (spec->seccomp, SeccompFilter, 0);
  g_autofree char *path = NULL;

  g_assert_cmpuint (spec->seccomp->len, ==, 1);
  g_assert_cmpint (filter->kind, ==, SECCOMP_OBJECT);
  path = json_path (filter->object);
  g_assert_cmpstr (path, ==, "/linux/seccomp");
  g_assert_cmpstr (spec->bundle->seccomp_listener.value, ==, "/run/agent");
  g_assert_cmpstr (spec->bundle->listener_metadata, ==, "m");
}

static void
test_linux (void)
{
  g_auto (Loaded) loaded = read_config (
      "{'linux': {'namespaces': [{'type': 'mount'}, {'type': 'network'}], 'cgroupsPath': '/a/b',"
      " 'netDevices': {'eth0': {'name': 'box%d'}, 'eth1': {}},"
      " 'intelRdt': {'closID': '/', 'l3CacheSchema': 'L3:0=f', 'memBwSchema': 'MB:0=20', 'schemata': "
      "['L2:0=1'],"
      "  'enableMonitoring': true, 'enableCMT': 7},"
      " 'resources': {'memory': {'limit': -1}, 'unified': {'io.max': 'x'}, 'rdma': {'mlx': {'hcaHandles': 3}},"
      "  'devices': [{'allow': false, 'access': 'rwm'}], 'pids': {'limit': 0}}}}");
  const Bundle *bundle = loaded.spec->bundle;
  const NetDevice *devices = &g_array_index (bundle->net_devices, NetDevice, 0);

  g_assert_cmpstr (bundle->cgroups_path.value, ==, "/a/b");
  g_assert_cmpstr (devices[0].name, ==, "eth0");
  g_assert_cmpstr (devices[0].new_name, ==, "box%d");
  g_assert_null (devices[1].new_name);
  g_assert_cmpstr (bundle->rdt.id, ==, "/");
  g_assert_cmpstr (bundle->rdt.l3_schema, ==, "L3:0=f");
  g_assert_cmpstr (bundle->rdt.bandwidth_schema, ==, "MB:0=20");
  g_assert_cmpstr (bundle->rdt.schemata[0], ==, "L2:0=1");
  g_assert_true (bundle->rdt.has_schemata && bundle->rdt.monitoring);
  g_assert_nonnull (loaded.config->resources.value);
}

/* --- Hooks ------------------------------------------------------------------------------------------ */

static const char hooks[] =
    "{'annotations': {'a': 'b'}, 'hooks': {'prestart': [{'path': '/a'}], 'createRuntime': [{'path': '/b'}],"
    " 'createContainer': [{'path': '/c'}], 'startContainer': [{'path': '/d'}],"
    " 'poststart': [{'path': '/e', 'args': ['e', '-x'], 'env': ['K=v'], 'timeout': 5}, {'path': '/f', 'args': "
    "[]}],"
    " 'poststop': [{'path': '/g'}]}}";

static void
check_hooks (const Bundle *bundle)
{
  static const char *const paths[N_HOOKS] = { "/a", "/b", "/c", "/d", "/e", "/g" };
  for (HookMoment moment = 0; moment < N_HOOKS; moment++)
    g_assert_cmpstr (g_array_index (bundle->hooks[moment], Hook, 0).path, ==, paths[moment]);

  const Hook *poststart = &g_array_index (bundle->hooks[HOOK_POSTSTART], Hook, 0);
  g_assert_cmpstr (poststart[0].argv[1], ==, "-x");
  g_assert_cmpstr (poststart[0].env[0], ==, "K=v");
  g_assert_cmpint (poststart[0].timeout, ==, 5);
  assert_path (poststart[0].origin, "/hooks/poststart/0");
  g_assert_cmpstr (poststart[1].argv[0], ==, "/f");
  g_assert_null (poststart[1].argv[1]);
  g_assert_nonnull (poststart[1].env);
  g_assert_cmpint (poststart[1].timeout, ==, 0);
}

/* The state document, with what the engine puts into its middle. */
static void
check_state (const Bundle *bundle)
{
  g_autofree char *text =
      g_strconcat (bundle->state_head, "\"status\":\"created\",\"pid\":123", bundle->state_tail, NULL);
  g_autofree char *expected = g_strdup_printf (
      "{\"ociVersion\":\"1.3.0\",\"id\":\"box\",\"status\":\"created\",\"pid\":123,\"bundle\":\"%s\","
      "\"annotations\":{\"a\":\"b\"}}",
      test_context ()->bundle);
  g_autoptr (json_object) state = NULL;
  g_assert_true (json_load (text, strlen (text), &state, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static void
test_hooks (void)
{
  g_auto (Loaded) loaded = read_config (hooks);
  check_hooks (loaded.spec->bundle);
  check_state (loaded.spec->bundle);
}

/* After create the root may be gone: hooks are read without it. */
static void
test_hooks_alone (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Config) config = test_load (hooks, &error);
  g_assert_no_error (error);
  ConfigContext context = { "box", test_context ()->bundle, -1 };
  g_autoptr (Spec) spec = config_hooks_spec (config, &context, &error);
  g_assert_no_error (error);
  check_hooks (spec->bundle);
  check_state (spec->bundle);
  g_assert_cmpuint (spec->fs->len, ==, 0);
}

/* --- exec ------------------------------------------------------------------------------------------- */

static const char container[] =
    "{'process': {'user': {'uid': 7, 'gid': 8, 'additionalGids': [9]}, 'env': ['A=b'], 'apparmorProfile': "
    "'strict',"
    " 'noNewPrivileges': true, 'oomScoreAdj': 5, 'capabilities': {'bounding': ['CAP_KILL']},"
    " 'rlimits': [{'type': 'RLIMIT_CORE', 'soft': 0, 'hard': 0}], 'execCPUAffinity': {'initial': '1'}},"
    " 'linux': {'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW'}}}";

static Loaded
read_exec (const char *process)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (test_context ()->bundle, "process.json", NULL);
  g_autofree char *text = test_requoted (process);
  Loaded loaded = { test_load (container, &error), NULL };

  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_true (config_load_process (loaded.config, test_context ()->bundle_dir, "process.json", &error));
  loaded.spec = config_exec_spec (loaded.config, test_context (), &error);
  g_assert_no_error (error);
  return loaded;
}

/* What the document of exec leaves out is as in the container. */
static void
test_exec (void)
{
  g_auto (Loaded) loaded = read_exec ("{'args': ['ls'], 'cwd': '/tmp', 'apparmorProfile': '', 'rlimits': []}");
  const Spec *spec = loaded.spec;
  const Bundle *bundle = spec->bundle;

  g_assert_cmpstr (spec->argv[0], ==, "ls");
  g_assert_cmpuint (spec->fs->len, ==, 0);
  g_assert_cmpuint (g_strv_length (spec->env), ==, 0);
  g_assert_cmpuint (bundle->user.uid, ==, 7);
  g_assert_cmpuint (g_array_index (bundle->user.groups, guint32, 0), ==, 9);
  g_assert_cmpstr (bundle->apparmor.value, ==, "strict");
  g_assert_false (bundle->allow_new_privs);
  g_assert_cmpint (bundle->oom_score_adj.value, ==, 5);
  g_assert_cmphex (bundle->cap_sets.bounding, ==, CAP (KILL));
  g_assert_cmpuint (spec->rlimits->len, ==, 1);
  g_assert_cmpuint (spec->seccomp->len, ==, 1);
  g_assert_cmpstr (bundle->initial_affinity.value, ==, "1");
}

/* What it says counts, and the groups are those of the container's user alone. */
static void
test_exec_own (void)
{
  g_auto (Loaded) loaded =
      read_exec ("{'args': ['ls'], 'cwd': '/', 'user': {'uid': 0, 'gid': 0}, 'noNewPrivileges': false,"
                 " 'capabilities': {}, 'rlimits': [{'type': 'RLIMIT_CPU', 'soft': 1, 'hard': 1}]}");
  const Bundle *bundle = loaded.spec->bundle;

  g_assert_cmpuint (bundle->user.uid, ==, 0);
  g_assert_cmpuint (bundle->user.groups->len, ==, 0);
  g_assert_true (bundle->allow_new_privs);
  g_assert_cmphex (bundle->cap_sets.bounding, ==, 0);
  g_assert_cmpint (g_array_index (loaded.spec->rlimits, Rlimit, 0).resource, ==, RLIMIT_CPU);
}

/* From the command line: a copy of the container's process, changed. */
static void
test_exec_copy (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Config) config = test_load (container, &error);
  g_assert_no_error (error);
  json_object *process = config_process (config), *args = json_object_new_array ();
  json_object_array_add (args, json_object_new_string ("id"));
  json_object_object_add (process, "args", args);
  config_take_process (config, process);
  g_autoptr (Spec) spec = config_exec_spec (config, test_context (), &error);

  g_assert_no_error (error);
  g_assert_cmpstr (spec->argv[0], ==, "id");
  g_assert_cmpstr (spec->env[0], ==, "A=b");
  g_autofree char *own = origin_to_string (&spec->bundle->oom_score_adj.origin);
  g_assert_cmpstr (own, ==, "/oomScoreAdj");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name) test_add ("/oci-config/" #name, test_##name)
  TEST (versions);
  TEST (file);
  TEST (kept);
  TEST (kept_rules);
  TEST (unknown);
  TEST (annotations);
  TEST (root);
  TEST (root_absolute);
  TEST (mounts);
  TEST (attributes);
  TEST (propagation);
  TEST (data);
  TEST (mount_label);
  TEST (idmaps);
  TEST (overlay_root);
  TEST (default_devices);
  TEST (devices);
  TEST (bound_dev);
  TEST (paths);
  TEST (namespaces);
  TEST (no_namespaces);
  TEST (mappings);
  TEST (no_mappings);
  TEST (joined_mappings);
  TEST (process);
  TEST (process_unset);
  TEST (capabilities);
  TEST (capabilities_left_out);
  TEST (rlimits);
  TEST (schedule);
  TEST (empty_nodes);
  TEST (sysctl);
  TEST (seccomp);
  TEST (linux);
  TEST (hooks);
  TEST (hooks_alone);
  TEST (exec);
  TEST (exec_own);
  TEST (exec_copy);
  return test_run ();
}
