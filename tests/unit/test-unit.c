/* What systemd is asked for: names, slices, and limits as properties, with the numbers of runc. */
#include "cgroup/unit.h"
#include "oci/container/resources.h"

/* @value as GVariant writes it, the lists of pairs shortened to "NAME=VALUE" joined with "; ". */
static char *
shown (GVariant *properties)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (properties);
  GString *text = g_string_new (NULL);
  GVariantIter iter;
  const char *name;
  GVariant *value;
  g_variant_iter_init (&iter, owned);
  while (g_variant_iter_loop (&iter, "(&sv)", &name, &value))
    {
      g_autofree char *printed = g_variant_print (value, TRUE);
      g_string_append_printf (text, "%s%s=%s", text->len ? "; " : "", name, printed);
    }
  return g_string_free (text, FALSE);
}

static void
check_limits (const char *json, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_object) document = NULL;
  g_autoptr (CgroupLimits) limits = cgroup_limits_new ();
  g_assert_true (json_load (json, strlen (json), &document, &error));
  JsonCursor top = json_top (document);
  g_assert_true (resources_read (&top, limits, &error) && cgroup_limits_compile (limits, &error));
  g_autofree char *found = shown (unit_limits (limits, TRUE));
  g_assert_cmpstr (found, ==, expected);
}

/* --- Names ------------------------------------------------------------------------------------------------------- */

/* "SLICE SCOPE", or the error. */
static void
check_name (const char *path, gboolean system, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *slice = NULL, *unit = NULL;
  g_autofree char *found = unit_name (path, "snug-c1", system, &slice, &unit, &error)
                               ? g_strdup_printf ("%s %s", slice, unit)
                               : g_strdup (error->message);
  g_assert_cmpstr (found, ==, expected);
}

static void
test_names (void)
{
  g_autofree char *long_name = g_strnfill (250, 'n'), *long_path = g_strconcat ("::", long_name, NULL);
  g_autofree char *too_long = g_strdup_printf ("/linux/cgroupsPath: \"%s\": the name is too long", long_path);

  check_name (NULL, FALSE, "user.slice snug-c1.scope");
  check_name ("", TRUE, "system.slice snug-c1.scope");
  check_name ("user.slice:libpod:c1", FALSE, "user.slice libpod-c1.scope");
  check_name ("system.slice:docker:c1", TRUE, "system.slice docker-c1.scope");
  check_name ("a-b.slice::c1", TRUE, "a-b.slice c1.scope");
  check_name ("-.slice:p:c1", TRUE, "-.slice p-c1.scope");
  check_name (":p:c+1/é", FALSE, "user.slice p-c\\x2b1\\x2f\\xc3\\xa9.scope");

  check_name ("/a/b", TRUE, "/linux/cgroupsPath: \"/a/b\": with systemd it has the form SLICE:PREFIX:NAME");
  check_name ("a:b:c:d", TRUE,
              "/linux/cgroupsPath: \"a:b:c:d\": with systemd it has the form SLICE:PREFIX:NAME");
  check_name ("user:p:c1", TRUE,
              "/linux/cgroupsPath: \"user:p:c1\": the slice has to be a name like user.slice or a-b.slice");
  check_name (
      "a--b.slice:p:c1", TRUE,
      "/linux/cgroupsPath: \"a--b.slice:p:c1\": the slice has to be a name like user.slice or a-b.slice");
  check_name (
      "../x.slice:p:c1", TRUE,
      "/linux/cgroupsPath: \"../x.slice:p:c1\": the slice has to be a name like user.slice or a-b.slice");
  check_name ("user.slice:p:", TRUE,
              "/linux/cgroupsPath: \"user.slice:p:\": the name has to be that of a scope");
  check_name ("user.slice:p:pod.slice", TRUE,
              "/linux/cgroupsPath: \"user.slice:p:pod.slice\": the name has to be that of a scope");
  check_name (long_path, TRUE, too_long);
}

static void
test_slices (void)
{
  static const char *const paths[][2] = { { "user.slice", "/user.slice" },
                                          { "-.slice", "" },
                                          { "a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice" },
                                          { "user-1000.slice", "/user.slice/user-1000.slice" } };
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *found = unit_slice_path (paths[i][0]);
      g_assert_cmpstr (found, ==, paths[i][1]);
    }
}

/* --- Limits ------------------------------------------------------------------------------------------------------ */

#define UNLIMITED "uint64 18446744073709551615"

static void
test_memory (void)
{
  check_limits ("{}", "");
  check_limits ("{\"memory\":{\"limit\":0,\"swap\":0,\"reservation\":0}}", "");
  check_limits ("{\"memory\":{\"limit\":1048576,\"reservation\":4096,\"swap\":3145728}}",
                "MemoryMax=uint64 1048576; MemoryLow=uint64 4096; MemorySwapMax=uint64 2097152");
  check_limits ("{\"memory\":{\"limit\":1048576,\"swap\":1048576}}",
                "MemoryMax=uint64 1048576; MemorySwapMax=uint64 0");
  check_limits ("{\"memory\":{\"limit\":-1}}", "MemoryMax=" UNLIMITED "; MemorySwapMax=" UNLIMITED);
  check_limits ("{\"memory\":{\"limit\":9223372036854775807}}", "MemoryMax=uint64 9223372036854775807");
  check_limits ("{\"unified\":{\"memory.max\":\"0\",\"memory.high\":\"0\",\"memory.low\":\"0\"}}",
                "MemoryLow=uint64 0");
  check_limits (
      "{\"unified\":{\"memory.max\":\"max\",\"memory.high\":\"9223372036854775808\",\"memory.min\":\"1\"}}",
      "MemoryMax=" UNLIMITED "; MemoryHigh=uint64 9223372036854775808; MemoryMin=uint64 1");
  check_limits ("{\"unified\":{\"memory.max\":\"a lot\"}}", "");
}

/* The time per second is rounded up to whole hundredths of a CPU. */
static void
test_cpu (void)
{
  check_limits ("{\"cpu\":{\"shares\":1024}}", "CPUWeight=uint64 100");
  check_limits ("{\"cpu\":{\"shares\":2}}", "CPUWeight=uint64 1");
  check_limits ("{\"cpu\":{\"shares\":262144}}", "CPUWeight=uint64 10000");
  check_limits ("{\"cpu\":{\"quota\":50000}}", "CPUQuotaPerSecUSec=uint64 500000");
  check_limits ("{\"cpu\":{\"quota\":100000,\"period\":50000}}",
                "CPUQuotaPeriodUSec=uint64 50000; CPUQuotaPerSecUSec=uint64 2000000");
  check_limits ("{\"cpu\":{\"quota\":8000,\"period\":10000}}",
                "CPUQuotaPeriodUSec=uint64 10000; CPUQuotaPerSecUSec=uint64 800000");
  check_limits ("{\"cpu\":{\"quota\":4000,\"period\":10000}}",
                "CPUQuotaPeriodUSec=uint64 10000; CPUQuotaPerSecUSec=uint64 400000");
  check_limits ("{\"cpu\":{\"quota\":20000,\"period\":110000}}",
                "CPUQuotaPeriodUSec=uint64 110000; CPUQuotaPerSecUSec=uint64 190000");
  check_limits ("{\"cpu\":{\"quota\":1,\"period\":1000000}}",
                "CPUQuotaPeriodUSec=uint64 1000000; CPUQuotaPerSecUSec=uint64 10000");
  check_limits ("{\"cpu\":{\"quota\":-1}}", "CPUQuotaPerSecUSec=" UNLIMITED);
  check_limits ("{\"cpu\":{\"period\":10000}}",
                "CPUQuotaPeriodUSec=uint64 10000; CPUQuotaPerSecUSec=" UNLIMITED);
  check_limits ("{\"cpu\":{\"quota\":9223372036854775807}}", "");
  check_limits ("{\"cpu\":{\"idle\":1}}", "CPUWeight=uint64 0");
  check_limits ("{\"cpu\":{\"idle\":0}}", "CPUWeight=" UNLIMITED);
  check_limits ("{\"cpu\":{\"idle\":0,\"shares\":1024}}", "CPUWeight=" UNLIMITED "; CPUWeight=uint64 100");
  check_limits ("{\"unified\":{\"cpu.weight\":\"0\"}}", "");
  check_limits ("{\"unified\":{\"cpu.max\":\"max 200000\"}}",
                "CPUQuotaPeriodUSec=uint64 200000; CPUQuotaPerSecUSec=" UNLIMITED);
}

/* Bit 0 of the first byte is CPU 0. */
static void
test_lists (void)
{
  check_limits ("{\"cpu\":{\"cpus\":\"0\",\"mems\":\"0-1\"}}",
                "AllowedCPUs=[byte 0x01]; AllowedMemoryNodes=[byte 0x03]");
  check_limits ("{\"cpu\":{\"cpus\":\"1,3,5,7,9\"}}", "AllowedCPUs=[byte 0xaa, 0x02]");
  check_limits ("{\"cpu\":{\"cpus\":\"0-3,8\"}}", "AllowedCPUs=[byte 0x0f, 0x01]");
  check_limits ("{\"cpu\":{\"cpus\":\"16\"}}", "AllowedCPUs=[byte 0x00, 0x00, 0x01]");
  check_limits ("{\"cpu\":{\"cpus\":\"8192\"}}", "");
  check_limits ("{\"cpu\":{\"cpus\":\"one\"}}", "");
  check_limits ("{\"cpu\":{\"cpus\":\"1-2-3\"}}", "");
}

static void
test_others (void)
{
  check_limits ("{\"pids\":{\"limit\":10}}", "TasksMax=uint64 10");
  check_limits ("{\"pids\":{\"limit\":0}}", "TasksMax=uint64 1");
  check_limits ("{\"pids\":{\"limit\":-1}}", "TasksMax=" UNLIMITED);
  check_limits ("{\"blockIO\":{\"weight\":1000}}", "IOWeight=uint64 10000");
  check_limits ("{\"unified\":{\"io.weight\":\"8:0 100\",\"hugetlb.2MB.max\":\"0\"}}", "");
}

static void
test_old_systemd (void)
{
  g_autoptr (CgroupLimits) limits = cgroup_limits_new ();
  cgroup_limit (limits, LIMIT_CPU_IDLE, 1, "a test");
  g_assert_true (cgroup_limits_compile (limits, NULL));
  g_assert_true (unit_limits_idle (limits));
  g_autofree char *found = shown (unit_limits (limits, FALSE));
  g_assert_cmpstr (found, ==, "");
}

/* --- Properties by name ------------------------------------------------------------------------------------------ */

static void
check_property (const char *name, const char *text, const char *expected)
{
  g_auto (GVariantBuilder) properties = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sv)"));
  g_autoptr (GError) error = NULL;
  g_autofree char *found = unit_add_property (&properties, name, text, "here", &error)
                               ? shown (g_variant_builder_end (&properties))
                               : g_strdup (error->message);
  g_assert_cmpstr (found, ==, expected);
}

static void
test_properties (void)
{
  check_property ("CollectMode", "'inactive'", "CollectMode='inactive'");
  check_property ("TimeoutStopUSec", "uint64 123456789", "TimeoutStopUSec=uint64 123456789");
  check_property ("TimeoutStopSec", "7", "TimeoutStopUSec=uint64 7000000");
  check_property ("TimeoutStopSec", "uint64 7", "TimeoutStopUSec=uint64 7000000");
  check_property ("TimeoutStopSec", "0.25", "TimeoutStopUSec=uint64 250000");
  check_property ("SendSIGHUP", "true", "SendSIGHUP=true");
  check_property ("Wants", "['a.service', 'b.service']", "Wants=['a.service', 'b.service']");
  check_property ("IODeviceWeight", "[('/dev/sda', uint64 5)]", "IODeviceWeight=[('/dev/sda', uint64 5)]");

  check_property ("TimeoutStopSec", "-1", "here: -1: this is no number of seconds");
  check_property ("TimeoutStopSec", "1e300", "here: 1e300: this is no number of seconds");
  check_property ("TimeoutStopSec", "'soon'", "here: 'soon': this is no number of seconds");
  check_property ("", "1", "here: : this is no name of a property");
  check_property ("A B", "1", "here: A B: this is no name of a property");
  check_property ("PIDs", "[uint32 1]", "here: PIDs: snug itself sets this property");
  check_property ("Delegate", "false", "here: Delegate: snug itself sets this property");
  check_property ("Nice", "just 1", "here: just 1: D-Bus has no values of this type");
  check_property ("Nice", "<@mi nothing>", "here: <@mi nothing>: D-Bus has no values of this type");
  check_property ("Nice", "()", "here: (): D-Bus has no values of this type");
  check_property ("Nice", "one", "here: one: 0-3:unknown keyword");
}

static void
test_scope (void)
{
  g_autoptr (CgroupLimits) limits = cgroup_limits_new ();
  g_auto (GVariantBuilder) more = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sv)"));
  cgroup_limit (limits, LIMIT_PIDS, 10, "a test");
  g_assert_true (cgroup_limits_compile (limits, NULL));
  g_assert_true (unit_add_property (&more, "CollectMode", "'inactive'", "here", NULL));
  g_autoptr (GVariant) properties = g_variant_ref_sink (g_variant_builder_end (&more));
  g_autofree char *found = shown (unit_scope ("a container", "user.slice", limits, TRUE, properties, 77));
  g_assert_cmpstr (
      found, ==,
      "Description='a container'; Slice='user.slice'; Delegate=true; CPUAccounting=true; "
      "MemoryAccounting=true; IOAccounting=true; TasksAccounting=true; DefaultDependencies=false; "
      "CollectMode='inactive-or-failed'; TasksMax=uint64 10; CollectMode='inactive'; PIDs=[uint32 77]");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/unit/names", test_names);
  g_test_add_func ("/unit/slices", test_slices);
  g_test_add_func ("/unit/memory", test_memory);
  g_test_add_func ("/unit/cpu", test_cpu);
  g_test_add_func ("/unit/lists", test_lists);
  g_test_add_func ("/unit/others", test_others);
  g_test_add_func ("/unit/old-systemd", test_old_systemd);
  g_test_add_func ("/unit/properties", test_properties);
  g_test_add_func ("/unit/scope", test_scope);
  return g_test_run ();
}
