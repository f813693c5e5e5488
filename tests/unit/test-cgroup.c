/* From linux.resources to what is written into a cgroup: the numbers of the runtime specification and of runc. */
#include "cgroup/tree.h"
#include "oci/container/resources.h"

/* What is written, "FILE VALUE" joined with "; ": with "?" if it limits nothing, with "|" if only in the place of the one
 * before; or the error. */
static char *
compile (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_object) document = NULL;
  g_autoptr (CgroupLimits) limits = cgroup_limits_new ();
  g_autoptr (GString) result = g_string_new (NULL);

  g_assert_true (json_load (text, strlen (text), &document, &error));
  JsonCursor top = json_top (document);
  if (!resources_read (&top, limits, &error) || !cgroup_limits_compile (limits, &error))
    return g_strdup (error->message);
  for (guint i = 0; i < limits->settings->len; i++)
    {
      const CgroupSetting *setting = &g_array_index (limits->settings, CgroupSetting, i);
      g_string_append_printf (result, "%s%s%s %s%s", i ? "; " : "", setting->instead ? "|" : "", setting->file,
                              setting->value, setting->if_there ? "?" : "");
    }
  return g_string_free (g_steal_pointer (&result), FALSE);
}

static void
check (const char *text, const char *expected)
{
  g_autofree char *found = compile (text);
  g_assert_cmpstr (found, ==, expected);
}

/* --- Conversions ---------------------------------------------------------------------------------------------- */

static void
test_shares (void)
{
  static const guint64 weights[][2] = { { 2, 1 },          { 3, 2 },          { 1024, 100 },
                                        { 1025, 101 },     { 2048, 174 },     { 512, 59 },
                                        { 262143, 10000 }, { 262144, 10000 }, { 300000, 10000 } };
  for (gsize i = 0; i < G_N_ELEMENTS (weights); i++)
    g_assert_cmpuint (cgroup_weight (weights[i][0]), ==, weights[i][1]);
  check ("{\"cpu\":{\"shares\":0}}", "");
  check ("{\"cpu\":{\"shares\":1}}", "cpu.weight 1");
  check ("{\"cpu\":{\"shares\":9223372036854775808}}", "cpu.weight 10000");
}

static void
test_io_weight (void)
{
  g_assert_cmpuint (cgroup_io_weight (10), ==, 1);
  g_assert_cmpuint (cgroup_io_weight (500), ==, 4950);
  g_assert_cmpuint (cgroup_io_weight (1000), ==, 10000);
  g_assert_cmpuint (cgroup_bfq_weight (1), ==, 1);
  g_assert_cmpuint (cgroup_bfq_weight (100), ==, 100);
  g_assert_cmpuint (cgroup_bfq_weight (300), ==, 118);
  g_assert_cmpuint (cgroup_bfq_weight (10000), ==, 1000);
  check ("{\"blockIO\":{\"weight\":500}}", "io.bfq.weight 500?; |io.weight 4950");
  check ("{\"blockIO\":{\"weight\":9}}", "/blockIO/weight: 9: a weight is from 10 to 1000");
  check ("{\"blockIO\":{\"weight\":1001}}", "/blockIO/weight: 1001: a weight is from 10 to 1000");
  check ("{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":16,\"weight\":10}]}}",
         "io.bfq.weight 8:16 10?; |io.weight 8:16 1");
  check ("{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":16}]}}",
         "/blockIO/weightDevice/0: a weight from 10 to 1000 is missing");
}

static void
test_memory (void)
{
  check ("{\"memory\":{\"limit\":0,\"reservation\":0,\"swap\":0}}", "");
  check ("{\"memory\":{\"limit\":4096,\"reservation\":2048}}", "memory.max 4096; memory.low 2048");
  check ("{\"memory\":{\"limit\":9223372036854775807}}", "memory.max 9223372036854775807");
  check ("{\"memory\":{\"limit\":-1}}", "memory.max max?; memory.swap.max max?");
  check ("{\"memory\":{\"kernel\":1000,\"useHierarchy\":true}}", "");
}

/* Swap is counted with memory by v1, and alone by v2. */
static void
test_swap (void)
{
  check ("{\"memory\":{\"limit\":4096,\"swap\":10240}}", "memory.max 4096; memory.swap.max 6144");
  check ("{\"memory\":{\"limit\":4096,\"swap\":4096}}", "memory.max 4096; memory.swap.max 0?");
  check ("{\"memory\":{\"limit\":4096,\"swap\":-1}}", "memory.max 4096; memory.swap.max max?");
  check ("{\"memory\":{\"swap\":-1}}", "memory.swap.max max?");
  check ("{\"memory\":{\"swap\":4096}}", "/memory/swap: 4096: swap can't be limited without a limit of memory");
  check ("{\"memory\":{\"limit\":-1,\"swap\":4096}}",
         "/memory/swap: 4096: swap can't be limited without a limit of memory");
  check ("{\"memory\":{\"limit\":4097,\"swap\":4096}}",
         "/memory/swap: 4096: memory and swap together can't be less than the limit of memory");
}

static void
test_cpu (void)
{
  check ("{\"cpu\":{\"quota\":50000,\"period\":100000}}", "cpu.max 50000 100000");
  check ("{\"cpu\":{\"quota\":50000}}", "cpu.max 50000");
  check ("{\"cpu\":{\"period\":100000}}", "cpu.max max 100000?");
  check ("{\"cpu\":{\"quota\":-1,\"period\":100000}}", "cpu.max max 100000?");
  check ("{\"cpu\":{\"quota\":-1}}", "cpu.max max?");
  check ("{\"cpu\":{\"quota\":0,\"period\":0}}", "");
  check ("{\"cpu\":{\"burst\":0}}", "cpu.max.burst 0?");
  check ("{\"cpu\":{\"burst\":1000,\"quota\":5000}}", "cpu.max.burst 1000; cpu.max 5000");
  check ("{\"cpu\":{\"idle\":1}}", "cpu.idle 1");
  check ("{\"cpu\":{\"cpus\":\"0-1\",\"mems\":\"0\"}}", "cpuset.cpus 0-1; cpuset.mems 0");
  check ("{\"cpu\":{\"cpus\":\"\",\"mems\":\"\"}}", "");
}

static void
test_pids (void)
{
  check ("{\"pids\":{\"limit\":10}}", "pids.max 10");
  check ("{\"pids\":{\"limit\":0}}", "pids.max 0");
  check ("{\"pids\":{\"limit\":-1}}", "pids.max max?");
  check ("{\"pids\":{}}", "");
}

static void
test_rates (void)
{
  check ("{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1024}],"
         "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":18446744073709551615}]}}",
         "io.max 8:0 rbps=1024; io.max 8:0 wiops=18446744073709551615");
  check ("{\"blockIO\":{\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":0}]}}",
         "io.max 8:0 wbps=max?");
}

static void
test_huge_pages (void)
{
  check ("{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":209715200}]}",
         "hugetlb.2MB.rsvd.max 209715200?; hugetlb.2MB.max 209715200");
  for (const char *const *size =
           (const char *const[]){ "2mb", "MB", "02MB", "2MBs", "2.MB", "../2MB", "", NULL };
       *size; size++)
    {
      g_autofree char *text =
          g_strdup_printf ("{\"hugepageLimits\":[{\"pageSize\":\"%s\",\"limit\":1}]}", *size);
      g_autofree char *found = compile (text);
      g_assert_true (g_str_has_prefix (found, "/hugepageLimits/0/pageSize: "));
    }
}

static void
test_rdma (void)
{
  check ("{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000}}}",
         "rdma.max mlx5_1 hca_handle=3 hca_object=10000");
  check ("{\"rdma\":{\"mlx4_0\":{\"hcaObjects\":1000}}}", "rdma.max mlx4_0 hca_object=1000");
  check ("{\"rdma\":{\"mlx4_0\":{}}}", "/rdma/mlx4_0: hcaHandles or hcaObjects is missing");
}

static void
test_unified (void)
{
  check ("{\"unified\":{\"io.max\":\"259:0 rbps=2097152 wiops=120\\n253:0 "
         "rbps=2097152\",\"memory.high\":\"1073741824\"}}",
         "io.max 259:0 rbps=2097152 wiops=120\n253:0 rbps=2097152; memory.high 1073741824");
  check ("{\"unified\":{\"a/b.c\":\"1\"}}", "/unified/a~1b.c: this is no file of a limit");
  check ("{\"unified\":{\"memory\":\"1\"}}", "/unified/memory: this is no file of a limit");
  check ("{\"unified\":{\"cgroup.kill\":\"1\"}}", "/unified/cgroup.kill: this is no file of a limit");
}

/* --- What v2 has nothing for ------------------------------------------------------------------------------------ */

static void
test_gone (void)
{
  check ("{\"memory\":{\"swappiness\":0}}", "/memory/swappiness: cgroup v2 has no such limit");
  check ("{\"memory\":{\"disableOOMKiller\":true}}", "/memory/disableOOMKiller: cgroup v2 has no such limit");
  check ("{\"cpu\":{\"realtimePeriod\":1}}", "/cpu/realtimePeriod: cgroup v2 has no such limit");
  check ("{\"network\":{\"priorities\":[{\"name\":\"eth0\",\"priority\":1}]}}",
         "/network/priorities: cgroup v2 has no such limit");
  check ("{\"memory\":{\"disableOOMKiller\":false,\"kernelTCP\":0},\"cpu\":{\"realtimeRuntime\":0,"
         "\"realtimePeriod\":0},"
         "\"network\":{\"classID\":0,\"priorities\":[]},\"blockIO\":{\"leafWeight\":0,\"weightDevice\":[]}}",
         "");
}

static void
test_need (void)
{
  g_autoptr (CgroupLimits) limits = cgroup_limits_new ();
  cgroup_limit (limits, LIMIT_MEMORY, -1, "--memory");
  cgroup_limit (limits, LIMIT_PIDS, 5, "--pids");
  g_assert_true (cgroup_limits_compile (limits, NULL));
  g_assert_cmpstr (cgroup_limits_need (limits, NULL), ==, "--pids");
  g_assert_cmpstr (cgroup_limits_need (limits, "pids"), ==, "--pids");
  g_assert_null (cgroup_limits_need (limits, "memory"));
}

/* --- Devices ------------------------------------------------------------------------------------------------------ */

static gboolean
denies (const char *text)
{
  g_autoptr (json_object) document = NULL;
  g_autoptr (CgroupLimits) limits = cgroup_limits_new ();
  g_assert_true (json_load (text, strlen (text), &document, NULL));
  JsonCursor top = json_top (document);
  g_assert_true (resources_read (&top, limits, NULL));
  return cgroup_denies_devices (limits);
}

static void
test_devices (void)
{
  g_assert_false (denies ("{}"));
  g_assert_false (denies ("{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}"));
  g_assert_true (denies ("{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}"));
  g_assert_false (denies ("{\"devices\":[{\"allow\":false},{\"allow\":true}]}"));
  g_assert_true (denies ("{\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"c\"}]}"));
  check ("{\"devices\":[{\"allow\":true,\"type\":\"p\"}]}",
         "/devices/0/type: unknown device type \"p\": it is a, b or c");
  check ("{\"devices\":[{\"allow\":true,\"access\":\"rx\"}]}",
         "/devices/0/access: unknown access \"rx\": it is made of r, w and m");
  check ("{\"devices\":[{\"allow\":true,\"major\":4294967296}]}",
         "/devices/0: there is no device of this number");
}

/* --- Files of the kernel -------------------------------------------------------------------------------------------- */

static void
test_values (void)
{
  static const char text[] = "oom 1\noom_kill 2\nmax 3\n";
  g_assert_cmpuint (cgroup_value_of (text, "oom", 9), ==, 1);
  g_assert_cmpuint (cgroup_value_of (text, "oom_kill", 9), ==, 2);
  g_assert_cmpuint (cgroup_value_of (text, "max", 9), ==, 3);
  g_assert_cmpuint (cgroup_value_of (text, "kill", 9), ==, 9);
  g_assert_cmpuint (cgroup_value_of ("", "oom", 9), ==, 9);
  g_assert_true (cgroup_has_word ("cpu io memory", "io"));
  g_assert_false (cgroup_has_word ("cpuset io memory", "cpu"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cgroup/shares", test_shares);
  g_test_add_func ("/cgroup/io-weight", test_io_weight);
  g_test_add_func ("/cgroup/memory", test_memory);
  g_test_add_func ("/cgroup/swap", test_swap);
  g_test_add_func ("/cgroup/cpu", test_cpu);
  g_test_add_func ("/cgroup/pids", test_pids);
  g_test_add_func ("/cgroup/rates", test_rates);
  g_test_add_func ("/cgroup/huge-pages", test_huge_pages);
  g_test_add_func ("/cgroup/rdma", test_rdma);
  g_test_add_func ("/cgroup/unified", test_unified);
  g_test_add_func ("/cgroup/gone", test_gone);
  g_test_add_func ("/cgroup/need", test_need);
  g_test_add_func ("/cgroup/devices", test_devices);
  g_test_add_func ("/cgroup/values", test_values);
  return g_test_run ();
}
