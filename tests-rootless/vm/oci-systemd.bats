#!/usr/bin/env bats
# Containers in scopes of the user's systemd (--systemd-cgroup).  Runs in the guest, in a login session as over ssh: a session is a
# scope of root's, out of which the user may move nothing.
load ../oci

manager=(--systemd-cgroup)

setup ()
{
  setup_oci
  tree=/sys/fs/cgroup
  unit=snug-$id.scope
}

teardown ()
{
  teardown_oci
}

scopes ()
{
  systemctl --user list-units --all --plain --no-legend --type=scope | grep -v '^init.scope' || true
}

has_no_scopes ()
{
  [ -z "$(scopes)" ]
}

# Of those who make the container.
has_no_process ()
{
  ! pgrep -f -- "--root $store create"
}

has_child () # PID
{
  pgrep -P "$1"
}

# The container's own cgroup, that of the scope.
scope_folder ()
{
  echo "$tree$(systemctl --user show --value -p ControlGroup "$unit")"
}

# What the kernel has, and what systemd has, of all that can be limited here.
kernel_says ()
{
  (cd "$(scope_folder)" && head -n 1 memory.max memory.low memory.swap.max cpu.weight cpu.max cpuset.cpus pids.max io.weight)
}

systemd_says ()
{
  systemctl --user show -p MemoryMax,MemoryLow,MemorySwapMax,CPUWeight,CPUQuotaPerSecUSec,AllowedCPUs,TasksMax,IOWeight "$unit" | sort
}

pid_of_container ()
{
  oci state "$id" | jq .pid
}

cgroup_of () # PID
{
  sed -n 's/^0:://p' "/proc/$1/cgroup"
}

# --- The scope ------------------------------------------------------------------------------------------------------

@test "a container is in a scope of the user's manager while it lives, and nothing of it stays" {
  bundle
  start_bundle
  [ "$(cgroup_of "$(pid_of_container)")" = "/user.slice/user-1000.slice/user@1000.service/user.slice/$unit" ]
  works systemctl --user show -p Delegate,CollectMode,DefaultDependencies,Slice,Description "$unit"
  has "Delegate=yes"
  has "CollectMode=inactive-or-failed"
  has "DefaultDependencies=no"
  has "Slice=user.slice"
  has "Description=snug-$id"
  folder=$(scope_folder)
  [ "$(wc -l <"$folder/cgroup.procs")" = 1 ] # what held the scope has gone
  oci delete --force "$id"
  [ ! -e "$folder" ]
  has_no_scopes

  start_bundle
  kill -KILL "$(pid_of_container)" # what ends by itself goes by itself
  eventually has_no_scopes
  oci delete "$id"
  [ -z "$(systemctl --user --failed --no-legend)" ]
}

@test "cgroupsPath names slice, prefix and scope; what is no such name is refused" {
  bundle
  config '.linux.cgroupsPath = "one-two.slice:pre:na+me"'
  start_bundle
  [ "$(cgroup_of "$(pid_of_container)")" = '/user.slice/user-1000.slice/user@1000.service/one.slice/one-two.slice/pre-na\x2bme.scope' ]
  oci delete --force "$id"
  has_no_scopes
  config '.linux.cgroupsPath = "/a/b"'
  refused oci run "$id"
  has 'with systemd it has the form SLICE:PREFIX:NAME'
}

@test "annotations set the unit's properties, with their types; what systemd does not take is an error, and nothing is left" {
  bundle
  config '.annotations = {"org.systemd.property.TimeoutStopSec": "7", "org.systemd.property.Description": "'"'by hand'"'"}'
  start_bundle
  works systemctl --user show -p TimeoutStopUSec,Description "$unit"
  has "TimeoutStopUSec=7s"
  has "Description=by hand"
  oci delete --force "$id"
  config '.annotations = {"org.systemd.property.Colour": "true"}'
  refused oci create "$id"
  has "systemd refuses StartTransientUnit: Cannot set property Colour"
  has_no_process
  config '.annotations = {"org.systemd.property.PIDs": "[uint32 1]"}'
  refused oci run "$id"
  has "/annotations/org.systemd.property.PIDs: PIDs: snug itself sets this property"
  has_no_scopes
  refused oci state "$id"
}

@test "a scope of that name that failed is in nobody's way; one that lives is an error" {
  bundle
  systemd-run --user --quiet --scope --unit="$unit" -p RuntimeMaxSec=1 sleep 100 3>&- || true
  eventually systemctl --user is-failed --quiet "$unit"
  start_bundle
  refused "$OCI" "${manager[@]}" --root "$store" create --bundle "$bundle" "$id"
  mkdir "$BATS_TEST_TMPDIR/other"
  refused "$OCI" "${manager[@]}" --root "$BATS_TEST_TMPDIR/other" create --bundle "$bundle" "$id"
  has "systemd refuses StartTransientUnit: Unit $unit was already loaded"
  [ "$(wc -l <"$(scope_folder)/cgroup.procs")" = 1 ]
}

@test "a scope of that name that nobody is in is in nobody's way" {
  bundle
  # It ends when nobody will reap it any more.
  sh -c '(until grep -q sleep /proc/$$/comm; do :; done) & echo $! >"$0/zombie"; exec sleep 100' "$BATS_TEST_TMPDIR" 3>&- &
  parent=$!
  eventually test -s "$BATS_TEST_TMPDIR/zombie"
  eventually grep -qs '^State:.Z' "/proc/$(cat "$BATS_TEST_TMPDIR/zombie")/status"
  busctl --user --quiet call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \
    StartTransientUnit 'ssa(sv)a(sa(sv))' "$unit" fail 1 PIDs au 1 "$(cat "$BATS_TEST_TMPDIR/zombie")" 0
  eventually systemctl --user is-active --quiet "$unit"
  start_bundle
  kill "$parent"
}

@test "whenever create is killed, neither a scope nor a process stays" {
  bundle
  for delay in 0.1 0.2 0.3 0.4; do
    # timeout(1) kills the whole process group.
    timeout -s KILL "$delay" "$OCI" "${manager[@]}" --root "$store" create "$id" </dev/null >/dev/null 2>&1 3>&- || true
    oci delete --force "$id"
    eventually has_no_scopes || fail "after $delay seconds"
    eventually has_no_process || fail "after $delay seconds"
  done
}

@test "create killed while systemd is busy leaves neither a scope nor a process" {
  bundle
  systemd=$(pgrep -u "$(id -u)" -x systemd)
  kill -STOP "$systemd"
  "$OCI" "${manager[@]}" --root "$store" create "$id" </dev/null >/dev/null 2>&1 3>&- &
  monitor=$!
  eventually has_child "$monitor"
  kill -KILL "$monitor"
  wait "$monitor" || true
  kill -CONT "$systemd"
  eventually has_no_process
  has_no_scopes
  oci delete --force "$id"
}

@test "many containers at once start, and leave nothing" {
  bundle true
  for i in $(seq 12); do
    oci run "$id-$i" >"$BATS_TEST_TMPDIR/out.$i" 2>&1 3>&- &
  done
  await_jobs
  cat "$BATS_TEST_TMPDIR"/out.*
  [ -z "$(cat "$BATS_TEST_TMPDIR"/out.*)" ]
  has_no_scopes
  [ -z "$(systemctl --user --failed --no-legend)" ]
}

# --- Limits ---------------------------------------------------------------------------------------------------------

@test "limits are in the kernel and in the unit, and a daemon-reload changes nothing, not after an update either" {
  bundle
  config '.linux.resources = {
    memory: { limit: 67108864, reservation: 16777216, swap: 100663296 },
    cpu: { shares: 512, quota: 33000, period: 110000, cpus: "1" },
    pids: { limit: 20 }, blockIO: { weight: 500 } }'
  start_bundle
  before=$(kernel_says)
  works systemd_says
  equals "AllowedCPUs=1
CPUQuotaPerSecUSec=300ms
CPUWeight=59
IOWeight=4950
MemoryLow=16777216
MemoryMax=67108864
MemorySwapMax=33554432
TasksMax=20"
  systemctl --user daemon-reload
  works kernel_says
  equals "$before"
  has "33000 110000"

  oci update --memory 33554432 --memory-swap -1 --cpu-share 1024 --cpu-quota 22000 --cpuset-cpus 0 --pids-limit -1 "$id"
  before=$(kernel_says)
  works systemd_says
  equals "AllowedCPUs=0
CPUQuotaPerSecUSec=200ms
CPUWeight=100
IOWeight=4950
MemoryLow=16777216
MemoryMax=33554432
MemorySwapMax=infinity
TasksMax=infinity"
  systemctl --user daemon-reload
  works kernel_says
  equals "$before"
  has "22000 110000"
}

@test "from the program's first step on its limits hold, and its own cgroup is the root that it sees" {
  bundle sh -c 'cat /proc/self/cgroup && cd /sys/fs/cgroup && cat pids.max memory.max cgroup.procs'
  add_mount /sys/fs/cgroup cgroup cgroup ro nosuid noexec nodev
  config '.linux.resources = { memory: { limit: 67108864 }, pids: { limit: 20 } }'
  works oci run "$id"
  equals "0::/
20
67108864
1"
}

@test "--explain shows the unit with its properties, and makes none" {
  bundle
  config '.linux.cgroupsPath = "a-b.slice:pre:name" | .linux.resources.memory.limit = 67108864
    | .annotations = {"org.systemd.property.TimeoutStopSec": "7"}'
  works oci create --explain=json "$id"
  [ "$(jq -r '.plan.cgroup | .manager, .slice, .unit' <<<"$output" | paste -sd " ")" = "systemd a-b.slice pre-name.scope" ]
  has '"MemoryMax=67108864"'
  has '"TimeoutStopUSec=7000000"'
  works oci create --explain "$id"
  has "MemoryMax=67108864"
  has_no_scopes
}

@test "a program past its memory limit is killed, and its scope does not stay as failed" {
  bundle sh -c 'x=$(head -c 100000000 /dev/zero | tr "\0" x); echo survived'
  config '.linux.resources.memory = { limit: 20000000, swap: 20000000 }'
  run oci run "$id" 3>&-
  [ "$status" = 137 ]
  lacks survived
  has_no_scopes
  [ -z "$(systemctl --user --failed --no-legend)" ]
}

@test "a limit whose controller systemd does not hand on is an error that names it, and nothing is left" {
  bundle
  config '.linux.resources.hugepageLimits = [{ pageSize: "2MB", limit: 2097152 }]'
  refused oci run "$id"
  has "/linux/resources/hugepageLimits/0: the controller hugetlb is not delegated to cgroup"
  has_no_scopes
  refused oci state "$id"
  config 'del (.linux.resources)'
  start_bundle
  refused oci update --resources - "$id" <<<'{"hugepageLimits": [{"pageSize": "2MB", "limit": 2097152}]}'
  has "the controller hugetlb is not delegated"
}

# --- Inside ---------------------------------------------------------------------------------------------------------

@test "exec joins the container's cgroup out of a session's" {
  bundle
  start_bundle
  [[ $(cgroup_of self) = */session-*.scope ]]
  works in_container cat /proc/self/cgroup
  equals "0::/"
  oci exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$id" sleep 1000 >/dev/null 2>&1 3>&-
  [ "$(cgroup_of "$(cat "$BATS_TEST_TMPDIR/pid")")" = "$(cgroup_of "$(pid_of_container)")" ]
}

@test "a container with a writable cgroup tree hands controllers on inside" {
  bundle sh -c 'cd /sys/fs/cgroup && mkdir a b && echo $$ >a/cgroup.procs && echo "+memory +pids" >cgroup.subtree_control && echo 5 >b/pids.max &&
    cat b/pids.max; exec sleep 1000'
  add_mount /sys/fs/cgroup cgroup cgroup rw nosuid noexec nodev
  config '.linux.resources.pids.limit = 30'
  start_bundle
  eventually grep -qs '^5$' "$BATS_TEST_TMPDIR/container.out"
  [ "$(cat "$(scope_folder)/pids.max")" = 30 ]
  [ "$(cat "$(scope_folder)/container/pids.max")" = max ]
  works in_container cat /proc/self/cgroup
  equals "0::/a"
  folder=$(scope_folder)
  oci delete --force "$id"
  [ ! -e "$folder" ]
}

@test "pause, resume, kill --all, ps and events work on a scope" {
  bundle
  config '.linux.resources.pids.limit = 10'
  start_bundle
  oci pause "$id"
  has_status paused
  oci resume "$id"
  has_status running
  [ "$(oci events --stats "$id" | jq .data.pids.limit)" = 10 ]
  [ "$(oci ps --format json "$id" | jq length)" = 1 ]
  oci pause "$id"
  oci kill --all "$id" KILL
  eventually has_status stopped
  eventually has_no_scopes
}

# --- Where the manager is -----------------------------------------------------------------------------------------

# In a user namespace, with nothing of the user's manager in sight.
without_manager () # COMMAND…
{
  unshare --map-root-user --mount sh -c 'mount -t tmpfs tmpfs /run/user && exec "$@"' - "$@"
}

@test "the manager is found without a word of it in the environment, and beside buses that are not its own" {
  bundle true
  works env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS "$OCI" --debug --systemd-cgroup --root "$store" run "$id"
  lacks "without a cgroup"
  works env XDG_RUNTIME_DIR=/nowhere DBUS_SESSION_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket \
    "$OCI" --debug --systemd-cgroup --root "$store" run "$id" # root's
  lacks "without a cgroup"
  works env -u XDG_RUNTIME_DIR dbus-run-session -- "$OCI" --debug --systemd-cgroup --root "$store" run "$id"
  lacks "without a cgroup"
}

@test "in a user namespace, as Podman has one, the manager is the user's" {
  bundle
  config '.linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0'
  unshare --map-root-user "$OCI" --systemd-cgroup --root "$store" create "$id" </dev/null >/dev/null 2>&1 3>&-
  [ "$(systemctl --user is-active "$unit")" = active ]
  unshare --map-root-user "$OCI" --root "$store" update --pids-limit 40 "$id"
  [ "$(cat "$(scope_folder)/pids.max")" = 40 ]
  unshare --map-root-user "$OCI" --root "$store" delete --force "$id"
  has_no_scopes
}

@test "without a manager a container runs with one warning, and a limit is an error that says what would help" {
  bundle true
  config '.linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0'
  works without_manager "$OCI" --systemd-cgroup --root "$store" run "$id"
  has "running without a cgroup: no systemd of uid 0 answers on"
  [ "${#lines[@]}" = 1 ]
  config '.linux.resources.memory.limit = 100000000'
  refused without_manager "$OCI" --systemd-cgroup --root "$store" run "$id"
  has "/linux/resources/memory/limit: there is no cgroup to limit: no systemd of uid 0 answers on"
  has "dbus-user-session"
  has "loginctl enable-linger"
  refused oci state "$id"
}

@test "info says who makes cgroups, and why not others" {
  works "$OCI" info --json
  [ "$(jq -r .cgroups.best <<<"$output")" = systemd ]
  [ "$(jq -r .cgroups.by_systemd.path <<<"$output")" = /run/user/1000/systemd/private ]
  [[ $(jq -r .cgroups.by_cgroupfs.why <<<"$output") = *"is not delegated to uid 1000"* ]]
  works systemd-run --user --quiet --wait --pipe -p Delegate=yes "$OCI" info --json
  [ "$(jq -r .cgroups.by_cgroupfs.works <<<"$output")" = true ]
  works without_manager "$OCI" info --json
  [ "$(jq -r .cgroups.best <<<"$output")" = none ]
  has "no systemd of uid 0 answers on"
}
