#!/usr/bin/env bats
# A container's cgroup: where it is, what is put into it, how it is frozen, killed, limited and removed.  What needs a cgroup
# that is delegated to the caller is skipped where there is none; tests/oci-cgroup.bats runs all of it.
# What needs controllers is in vm/oci-cgroupfs.bats.
load oci
load cgroups

setup ()
{
  setup_oci
  find_cgroups
}

teardown ()
{
  teardown_oci
}

runs () # PID
{
  grep -qs '^State:.[^Z]' "/proc/$1/status"
}

has_processes () # N
{
  [ "$(oci ps --format json "$id" | jq length)" = "$1" ]
}

has_lines () # N FILE
{
  [ "$(wc -l <"$2")" -ge "$1" ]
}

processor_time () # PID
{
  awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# --- Without a cgroup ---------------------------------------------------------------------------------------------

@test "without a delegated cgroup, and without limits, a container runs, and only the log says that it has none" {
  skip_if_delegated
  bundle true
  run_bundle
  equals ""
  works oci --debug run "$id"
  has "running without a cgroup"
}

@test "without a delegated cgroup, a limit is an error that names it and what would help, and nothing is left" {
  skip_if_delegated
  bundle true
  config '.linux.resources.pids.limit = 10'
  refused oci run "$id"
  has "/linux/resources/pids/limit: there is no cgroup to limit"
  refused oci state "$id"
  has "does not exist"
}

@test "what engines always send limits nothing, and is no error without a cgroup" {
  bundle true
  config '.linux.resources = {
    devices: [{ allow: false, access: "rwm" }, { allow: true, type: "c", major: 1, minor: 3, access: "rwm" }],
    memory: { disableOOMKiller: false, limit: 0, swap: 0, reservation: 0, kernel: 0, kernelTCP: 0 },
    cpu: { shares: 0, quota: 0, period: 0, cpus: "", mems: "" },
    pids: { limit: -1 }, blockIO: { weight: 0, weightDevice: [] }, hugepageLimits: [], network: { priorities: [] }
  }'
  run_bundle
  works oci --cgroup-manager disabled run "$id"
}

@test "pids.limit 0 is any number of processes in a document from before 1.3, and a limit from then on" {
  bundle true
  config '.linux.resources.pids.limit = 0'
  refused oci --cgroup-manager disabled run "$id"
  has "/linux/resources/pids/limit: there is no cgroup to limit"
  for version in 1.0.2-dev 1.2.1; do
    config ".ociVersion = \"$version\""
    works oci --cgroup-manager disabled run "$id"
  done
}

@test "--cgroup-manager disabled makes no cgroup, and refuses limits" {
  bundle
  oci --cgroup-manager disabled create "$id" </dev/null >/dev/null 2>&1 3>&-
  [ "$(cgroup_of "$(state_of .pid)")" = "$own" ]
  refused oci pause "$id"
  has "has no cgroup"
  oci delete --force "$id"
  config '.linux.resources.memory.limit = 100000000'
  refused oci --cgroup-manager disabled run "$id"
  has "/linux/resources/memory/limit: there is no cgroup to limit: cgroups are switched off by --cgroup-manager disabled"
}

# Somebody who takes connections and says nothing, and is no systemd.
listen_at () # PATH
{
  python3 -c 'import socket, sys
listener = socket.socket (socket.AF_UNIX)
listener.bind (sys.argv[1])
listener.listen ()
while True: listener.accept ()[0].close ()' "$1" 3>&- &
  eventually test -S "$1"
}

@test "--systemd-cgroup without a systemd runs without a cgroup and warns once; a limit is an error that says what would help" {
  [ ! -e "/run/user/$(id -u)/bus" ] || skip "there is a systemd"
  bundle true
  listen_at "$BATS_TEST_TMPDIR/bus"
  bus=unix:path=$BATS_TEST_TMPDIR/bus
  why="no systemd of uid $(id -u) answers on $BATS_TEST_TMPDIR/bus" help=$'\n'"snug-oci: needed is a user manager of systemd and its bus: install dbus-user-session, and log in, or have one without a login by loginctl enable-linger"
  works env DBUS_SESSION_BUS_ADDRESS="$bus" "$OCI" --systemd-cgroup --root "$store" run "$id"
  has "running without a cgroup: $why"
  [ "${#lines[@]}" = 1 ]
  config '.linux.resources.memory.limit = 100000000'
  refused env DBUS_SESSION_BUS_ADDRESS="$bus" "$OCI" --systemd-cgroup --root "$store" run "$id"
  kill %%
  has "/linux/resources/memory/limit: there is no cgroup to limit: $why"
  [[ $output = *"$help" ]] || fail "it should end with: $help"
  refused oci state "$id"
}

@test "no systemd is looked for by who does not ask for one" {
  skip_unless_command strace
  bundle true
  works strace -f -e trace=connect "$OCI" --root "$store" run "$id"
  lacks connect
  works strace -f -e trace=connect "$OCI" --systemd-cgroup --root "$store" run "$id"
  has connect
}

@test "what cgroup v2 has nothing for is an error that names it" {
  bundle true
  cp config.json plain.json
  for filter in .memory.swappiness=0 .memory.disableOOMKiller=true .cpu.realtimeRuntime=1000 .network.classID=1; do
    jq ".linux.resources$filter" plain.json >config.json
    refused oci run "$id"
    has "cgroup v2 has no such limit"
    has "/linux/resources/"
  done
}

@test "limits that contradict each other are refused before anything is made" {
  bundle true
  cp config.json plain.json
  for filter in .memory.swap=1000 '.memory={limit:2000000,swap:1000000}' .blockIO.weight=5 \
    '.hugepageLimits=[{pageSize:"2mb",limit:1}]' '.rdma={mlx:{}}' '.unified={"../x":"1"}' '.unified={"cgroup.procs":"1"}' \
    '.devices=[{allow:true,type:"x"}]' '.devices=[{allow:true,access:"q"}]'; do
    jq ".linux.resources$filter" plain.json >config.json
    refused oci run "$id"
    has "/linux/resources/"
    [ ! -e "$store/$id" ]
  done
}

# What --explain has of the limits, a line for each: FILE=VALUE, and flags behind it.
explained ()
{
  works oci create --explain=json "$id"
  jq -r '.plan.cgroup.settings[] | "\(.file)=\(.value)" + ((.flags // []) | map (" " + .) | add // "")' <<<"$output"
}

@test "blockIO: a device's weight is written for the scheduler that has weights of its own, or else for all; without any it is an error" {
  bundle
  config '.linux.resources.blockIO.weightDevice = [{ major: 8, minor: 16, weight: 100 }]'
  run explained
  equals "io.bfq.weight=8:16 100 if-there
io.weight=8:16 910 otherwise"
  config 'del (.linux.resources.blockIO.weightDevice[].weight)'
  refuse_bundle
  has "/linux/resources/blockIO/weightDevice/0: a weight from 10 to 1000 is missing"
}

@test "hugepageLimits: what is reserved is limited first, where that can be, and then what is used; sizes are written like 64KB, 2MB, 1GB" {
  bundle
  config '.linux.resources.hugepageLimits = [["64KB", "2MB", "1GB"][] | { pageSize: ., limit: 2147483648 }]'
  run explained
  equals "hugetlb.64KB.rsvd.max=2147483648 if-there
hugetlb.64KB.max=2147483648
hugetlb.2MB.rsvd.max=2147483648 if-there
hugetlb.2MB.max=2147483648
hugetlb.1GB.rsvd.max=2147483648 if-there
hugetlb.1GB.max=2147483648"
  config '.linux.resources.hugepageLimits[1].pageSize = "2048kB"'
  refuse_bundle
  has "/linux/resources/hugepageLimits/1/pageSize: "
}

@test "rdma: handles, objects or both of each device are limited; neither is an error" {
  bundle
  config '.linux.resources.rdma = { mlx5_1: { hcaHandles: 3, hcaObjects: 10000 }, mlx4_0: { hcaObjects: 1000 } }'
  run explained
  equals "rdma.max=mlx5_1 hca_handle=3 hca_object=10000
rdma.max=mlx4_0 hca_object=1000"
  config '.linux.resources.rdma.mlx4_0 = {}'
  refuse_bundle
  has "/linux/resources/rdma/mlx4_0: hcaHandles or hcaObjects is missing"
}

# --- Its place -----------------------------------------------------------------------------------------------------

@test "the program is in a cgroup of its own, which is gone when the container is" {
  skip_unless_delegated
  bundle
  start_bundle
  [ "$tree$(cgroup_of "$(state_of .pid)")" = "$place/snug-$id" ]
  oci kill "$id" KILL
  eventually has_status stopped
  works oci delete "$id"
  [ ! -e "$place/snug-$id" ]
}

@test "a container that fails to be made leaves no cgroup" {
  skip_unless_delegated
  bundle
  config '.hooks.createRuntime = [{ path: "/bin/false" }]'
  refused oci create "$id"
  [ ! -e "$place/snug-$id" ]
}

@test "what a run that was killed left of the container's cgroup is in nobody's way, and goes with the next" {
  skip_unless_delegated
  mkdir "$place/snug-$id"
  bundle true
  run_bundle
  [ ! -e "$place/snug-$id" ]
}

@test "cgroupsPath: absolute and relative ones lie below what is delegated, and what was made for them goes with them" {
  skip_unless_delegated
  for path in /deep/down/$id deep/down/$id; do
    bundle
    config '.linux.cgroupsPath = $path' --arg path "$path"
    start_bundle
    [ "$tree$(cgroup_of "$(state_of .pid)")" = "$place/deep/down/$id" ]
    works oci delete --force "$id"
    [ ! -e "$place/deep" ]
  done
}

@test "cgroupsPath: create killed at any moment leaves nothing of it that delete does not remove" {
  skip_unless_delegated
  cgroups () { find "$place" -type d | sort; }
  local after path before cut=0
  before=$(cgroups)
  for path in /deep/er/one one; do
    bundle
    config '.linux.cgroupsPath = $path' --arg path "$path"
    add_mount /sys/fs/cgroup cgroup cgroup rw # for which there is one more inside
    for after in 0.00{05..80..5}; do
      timeout --foreground -s KILL "$after" "$OCI" --root "$store" create "$id" </dev/null >/dev/null 2>&1 3>&- && break
      [ "$(cgroups)" = "$before" ] || [ "$(jq .cgroupId "$store/$id/record.json")" != null ] || cut=$((cut + 1))
      works oci delete --force "$id"
      [ "$(cgroups)" = "$before" ] || fail "after $after s: $(diff <(echo "$before") <(cgroups))"
    done
    oci delete --force "$id"
  done
  echo "# between the cgroup and its record: $cut times" >&3
}

@test "cgroupsPath: what was there before stays" {
  skip_unless_delegated
  mkdir "$place/there$id"
  bundle true
  config '.linux.cgroupsPath = $path' --arg path "/there$id/c"
  run_bundle
  [ -d "$place/there$id" ] && [ ! -e "$place/there$id/c" ]
  config '.linux.cgroupsPath = $path' --arg path "/there$id"
  run_bundle
  rmdir "$place/there$id"
}

@test "cgroupsPath: one that leads elsewhere is refused" {
  skip_unless_delegated
  bundle true
  for path in ../x /a/../../x / .. "a
b"; do
    config '.linux.cgroupsPath = $path' --arg path "$path"
    refused oci run "$id"
    has "/linux/cgroupsPath: "
  done
}

@test "cgroupsPath: a cgroup that somebody lives in, or that is frozen, is refused" {
  skip_unless_delegated
  bundle
  config '.linux.cgroupsPath = $path' --arg path "/same$id"
  start_bundle
  refused oci run "$id-2"
  has "is not empty"
  works oci delete --force "$id"
  mkdir "$place/same$id"
  echo 1 >"$place/same$id/cgroup.freeze"
  refused timeout 10 "$OCI" --root "$store" run "$id"
  has "is frozen"
  rmdir "$place/same$id"
}

@test "200 cgroups come and go, and none stays" {
  skip_unless_delegated
  bundle true
  for i in $(seq 10); do
    seq 20 | xargs -P 4 -I{} timeout 60 "$OCI" --root "$store" run "$id-$i-{}" 3>&-
  done
  works find "$place" -maxdepth 1 -name "snug-$id-*"
  equals ""
}

# --- Inside -------------------------------------------------------------------------------------------------------

@test "a mount of type cgroup shows the container's own cgroup as the root" {
  skip_unless_delegated
  bundle
  config '.mounts += [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"] }]'
  start_bundle
  works in_container grep 0:: /proc/1/cgroup
  equals 0::/
  works in_container cat /sys/fs/cgroup/cgroup.procs
  [[ " ${lines[*]} " == *" 1 "* ]]
  run in_container mkdir /sys/fs/cgroup/x
  [ "$status" != 0 ]
}

@test "a container with a writable cgroup tree manages what is inside, and reaches nothing of its own limits" {
  skip_unless_delegated
  bundle
  config '.mounts += [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup" }]'
  start_bundle
  works in_container sh -c 'mkdir /sys/fs/cgroup/x && echo 1 >/sys/fs/cgroup/x/cgroup.procs && cat /sys/fs/cgroup/x/cgroup.procs'
  [ "$(cgroup_of "$(state_of .pid)")" = "${place#"$tree"}/snug-$id/container/x" ]
  run in_container sh -c 'echo 0 >/sys/fs/cgroup/../cgroup.freeze'
  [ "$status" != 0 ]
  works oci delete --force "$id"
  [ ! -e "$place/snug-$id" ]
}

@test "exec joins the cgroup, and follows the first process further in" {
  skip_unless_delegated
  bundle
  config '.mounts += [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup" }]'
  start_bundle
  works in_container grep 0:: /proc/self/cgroup
  equals 0::/
  in_container sh -c 'mkdir /sys/fs/cgroup/in && echo 1 >/sys/fs/cgroup/in/cgroup.procs'
  works in_container grep 0:: /proc/self/cgroup
  equals 0::/in
}

@test "exec --cgroup joins the one that it names, which has to be there, and inside" {
  skip_unless_delegated
  bundle
  start_bundle
  mkdir "$place/snug-$id/sub"
  works oci exec --cgroup sub "$id" grep 0:: /proc/self/cgroup
  equals 0::/sub
  refused oci exec --cgroup none "$id" true
  has "No such file or directory"
  refused oci exec --cgroup ../session "$id" true
  oci delete --force "$id"
  config '.mounts += [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup" }]'
  start_bundle
  works in_container mkdir /sys/fs/cgroup/sub
  works oci exec --cgroup sub "$id" grep 0:: /proc/self/cgroup
  equals 0::/sub
}

# --- Freezing and killing -----------------------------------------------------------------------------------------

@test "pause stops all processes and resume lets them go on; state and list say so" {
  skip_unless_delegated
  bundle sh -c 'while :; do :; done'
  start_bundle
  works oci pause "$id"
  has_status paused
  works oci list
  has " paused "
  pid=$(state_of .pid)
  before=$(processor_time "$pid")
  sleep 0.3
  [ "$(processor_time "$pid")" = "$before" ]
  works oci resume "$id"
  has_status running
  sleep 0.3
  [ "$(processor_time "$pid")" -gt "$before" ]
}

@test "a paused container is not paused, started or entered again, and a running one is not resumed" {
  skip_unless_delegated
  bundle
  start_bundle
  refused oci resume "$id"
  has "cannot resume a container that is running"
  oci pause "$id"
  refused oci pause "$id"
  has "cannot pause a container that is paused"
  refused oci exec "$id" true
  has "cannot exec in a paused container"
}

@test "exec --ignore-paused begins when the container is resumed, and can be given up before" {
  skip_unless_delegated
  bundle
  start_bundle
  oci pause "$id"
  run timeout --signal TERM 1 "$OCI" --root "$store" exec --ignore-paused "$id" true 3>&-
  [ "$status" = 124 ]
  has_processes 1
  timeout 10 "$OCI" --root "$store" exec --ignore-paused "$id" echo late >late 3>&- &
  sleep 0.5
  [ ! -s late ]
  oci resume "$id"
  wait $!
  [ "$(<late)" = late ]
  eventually has_processes 1
}

@test "a paused container is killed by kill KILL, kill --all KILL and delete --force" {
  skip_unless_delegated
  bundle
  for way in "kill $id KILL" "kill --all $id KILL"; do
    start_bundle
    oci pause "$id"
    # shellcheck disable=SC2086
    works oci $way
    eventually has_status stopped
    works oci delete "$id"
  done
  start_bundle
  oci pause "$id"
  works timeout 10 "$OCI" --root "$store" delete --force "$id"
}

@test "without a pid namespace, what the program leaves running is killed with the container" {
  skip_unless_delegated
  bundle sh -c 'sleep 1003 & exit 0'
  config '.linux.namespaces |= map (select (.type != "pid")) | .mounts |= map (select (.type != "proc"))'
  start_bundle
  eventually has_status stopped
  works cat "$place/snug-$id/cgroup.procs"
  left=${lines[0]}
  runs "$left"
  works oci delete "$id"
  run ! runs "$left"
}

@test "ps lists the processes in the cgroup" {
  skip_unless_delegated
  bundle sh -c 'sleep 1004 & sleep 1005; true'
  start_bundle
  eventually has_processes 3
  works oci ps "$id"
  has "sleep 1004"
}

# --- Limits -------------------------------------------------------------------------------------------------------

@test "a limit whose controller is not here is an error that says why, and nothing is left" {
  skip_if_controller memory
  bundle true
  config '.linux.resources.memory.limit = 100000000'
  refused oci run "$id"
  has "/linux/resources/memory/limit: the controller memory is "
  [ ! -e "$place/snug-$id" ]
}

# --- update -------------------------------------------------------------------------------------------------------

@test "update refuses what can't be: what is used already with checkBeforeUpdate, nonsense, two ways at once" {
  skip_unless_delegated
  bundle
  start_bundle
  refused oci update --resources config.json --pids-limit 1 "$id"
  has "exclude each other"
  refused sh -c 'echo "{ \"pids\": { \"limit\": \"x\" } }" | "$0" --root "$1" update --resources - "$2"' "$OCI" "$store" "$id"
  has "/pids/limit: "
  refused oci update --cpu-rt-runtime 1000 "$id"
  has "--cpu-rt-runtime: cgroup v2 has no such limit"
}

@test "update of a limit without its controller is an error" {
  skip_if_controller memory
  bundle
  start_bundle
  refused oci update --memory 100m "$id"
  has "--memory: the controller memory is "
}

# --- events -------------------------------------------------------------------------------------------------------

@test "events --stats prints what runc prints" {
  skip_unless_delegated
  bundle sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; sleep 1000'
  start_bundle
  sleep 0.5
  oci events --stats "$id" >events
  [ "$(wc -l <events)" = 1 ]
  works jq -er '.type, .id, (.data.cpu.usage.total > 1000000), (.data | keys | join (" "))' events
  equals "stats"$'\n'"$id"$'\n'true$'\n'"blkio cpu hugetlb memory pids"
}

@test "events prints every interval, and ends with the container" {
  skip_unless_delegated
  bundle
  start_bundle
  timeout 20 "$OCI" --root "$store" events --interval 100ms "$id" >events 3>&- &
  eventually has_lines 3 events
  oci delete --force "$id"
  await_jobs
  works tail -n 1 events
  has '"type":"exit"'
}
