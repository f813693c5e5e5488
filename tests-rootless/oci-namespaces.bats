#!/usr/bin/env bats
# linux.namespaces, id mappings, clocks and names: config-linux.md, "Namespaces".
# shellcheck disable=SC2155 # what the commands print is looked at
load oci

setup ()
{
  setup_oci
}

teardown ()
{
  teardown_oci
  # shellcheck disable=SC2086 # several, or none
  { kill -KILL ${holder-} ${holders-} && wait ${holder-} ${holders-}; } 2>/dev/null || true
}

# Takes the namespaces of TYPE out of the list, so that they are the caller's.
inherit () # TYPE…
{
  config '.linux.namespaces |= map(select(.type as $type | $types | split(" ") | index($type) | not))' --arg types "$*"
}

# Has the next container join those of TYPE of the process PID.
join () # PID TYPE…
{
  local pid=$1 type
  shift
  declare -A file=([user]=user [network]=net [ipc]=ipc [uts]=uts [pid]=pid [cgroup]=cgroup [mount]=mnt [time]=time)
  for type in "$@"; do
    config '.linux.namespaces |= map(if .type == $type then .path = $path else . end)' \
      --arg type "$type" --arg path "/proc/$pid/ns/${file[$type]}"
  done
}

namespace () # FILE PID
{
  readlink "/proc/$2/ns/$1"
}

@test "namespaces: those listed are new, exec is in them" {
  bundle
  start_bundle
  local file pid=$(state_of .pid)
  for file in user mnt pid net ipc uts cgroup; do
    [ "$(namespace $file "$pid")" != "$(namespace $file self)" ] || fail "$file is the caller's"
    [ "$(in_container readlink /proc/self/ns/$file)" = "$(namespace $file "$pid")" ] || fail "exec is not in $file"
  done
}

@test "namespaces: those not listed are the caller's" {
  bundle
  inherit network ipc uts cgroup
  config '.mounts |= map(select(.destination != "/sys"))'
  start_bundle
  local file pid=$(state_of .pid)
  for file in net ipc uts cgroup; do
    [ "$(namespace $file "$pid")" = "$(namespace $file self)" ] || fail "$file is not the caller's"
  done
}

@test "namespaces: without a new pid namespace" {
  bundle sh -c 'echo $$ >/tmp/pid; exec sleep 1000'
  inherit pid
  config '.mounts |= map(if .destination == "/proc" then { destination: "/proc", source: "/proc", options: ["rbind"] } else . end)'
  start_bundle
  eventually test -s rootfs/tmp/pid
  [ "$(cat rootfs/tmp/pid)" = "$(state_of .pid)" ]
  works in_container true
  works oci kill "$id" KILL
  eventually has_status stopped
}

@test "namespaces: a wrong type is an error, and nothing is left" {
  bundle
  config '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/ipc" else . end)'
  refused oci create "$id"
  has '"/proc/self/ns/ipc" is not a namespace of type "network"'
  refused oci state "$id"
}

@test "namespaces: what is no namespace is an error" {
  bundle
  config '.linux.namespaces |= map(if .type == "network" then .path = "/etc/passwd" else . end)'
  refused oci create "$id"
  has '/linux/namespaces/3/path'
}

@test "namespaces, a pod: containers share the user, network, ipc and uts namespaces of the first" {
  bundle
  config '.hostname = "pod"'
  start_bundle
  local first=$(state_of .pid) file
  id=${id}b
  config 'del(.hostname)'
  join "$first" user network ipc uts
  start_bundle
  for file in user net ipc uts; do
    [ "$(namespace $file "$(state_of .pid)")" = "$(namespace $file "$first")" ] || fail "$file is not shared"
  done
  [ "$(namespace pid "$(state_of .pid)")" != "$(namespace pid "$first")" ]
  works in_container hostname
  equals pod
}

@test "namespaces, a pod: with a range of ids the second has the users of the first" {
  skip_unless_subordinate_ids
  local first
  first=$(sed -n "s/^$(id -un):\([0-9]*\):.*/\1/p" /etc/subuid)
  bundle
  config '.linux.uidMappings += [{ containerID: 1, hostID: $first, size: 65535 }]
    | .linux.gidMappings += [{ containerID: 1, hostID: $first, size: 65535 }]' --argjson first "$first"
  start_bundle
  first=$(state_of .pid)
  id=${id}b
  join "$first" user
  config '.process.user = { uid: 1000, gid: 1000, additionalGids: [7] }'
  start_bundle
  works in_container id
  equals "uid=1000 gid=1000 groups=7"
}

# Has somebody be in a mount namespace in which $there/file is; his process is $holder.
hold_mounts ()
{
  there=$BATS_TEST_TMPDIR/there
  mkdir "$there"
  unshare --user --map-root-user --mount --propagation private sh -c \
    'mount -t devpts -o newinstance,ptmxmode=666 none /dev/pts; mount -t tmpfs none "$0" && echo inside >"$0/file" && exec sleep 1000' "$there" 3>&- &
  holder=$!
  eventually test -s "/proc/$holder/root$there/file"
}

# A container in it, which has nothing of its own there.
join_mounts () # PROGRAM…
{
  bundle "$@"
  config '.root = { path: "/" } | .mounts = []'
  join "$holder" user mount
}

mounts_of () # PID
{
  cat "/proc/$1/mountinfo"
}

@test "namespaces, mount: one with a path is the very one, its root is the container's, and it stays as it is" {
  skip_unless_user_namespaces
  hold_mounts
  local before file
  before=$(mounts_of "$holder")
  join_mounts sh -c 'readlink /proc/self/ns/mnt; pwd; cat "$0/file"; exec sleep 1000' "$there"
  config '.process.cwd = "/usr"'
  start_bundle
  eventually grep -q inside "$BATS_TEST_TMPDIR/container.out"
  [ "$(cat "$BATS_TEST_TMPDIR/container.out")" = "$(namespace mnt "$holder")"$'\n/usr\ninside' ] || fail "$(cat "$BATS_TEST_TMPDIR/container.out")"
  for file in pid ipc net; do
    [ "$(namespace $file "$(state_of .pid)")" != "$(namespace $file "$holder")" ] || fail "$file is shared as well"
  done
  cd "$BATS_TEST_TMPDIR"
  works in_container sh -c 'readlink /proc/self/ns/mnt; pwd'
  equals "$(namespace mnt "$holder")"$'\n/usr'
  [ "$(mounts_of "$holder")" = "$before" ] || fail "$(diff <(echo "$before") <(mounts_of "$holder"))"
  nsenter --target "$holder" --user --preserve-credentials --mount sleep 1000 3>&- &
  holders=$!
  in_there () { [ "$(namespace mnt "$holders")" = "$(namespace mnt "$holder")" ]; }
  eventually in_there
  works oci delete --force "$id"
  { [ -d "/proc/$holder" ] && in_there; } || fail "who was there is gone as well"
  [ "$(mounts_of "$holder")" = "$before" ] || fail "$(diff <(echo "$before") <(mounts_of "$holder"))"
  nothing_left
}

@test "namespaces, mount: what would change one with a path for those who are in it is refused" {
  skip_unless_user_namespaces
  hold_mounts
  join_mounts true
  config '.root.readonly = false | .linux.maskedPaths = []' # which asks for nothing
  run_bundle
  cp config.json good.json
  while read -r place change; do
    jq "$change" good.json >config.json
    refuse_bundle
    [[ $output == *"$place: would change the mount namespace that is joined for others too"* ]] || fail "$change: $output"
  done <<'END'
/mounts .mounts = [{ destination: "/tmp", type: "tmpfs" }]
/linux/devices .linux.devices = [{ path: "/dev/x", type: "p" }]
/linux/maskedPaths .linux.maskedPaths = ["/proc/kcore"]
/linux/readonlyPaths .linux.readonlyPaths = ["/proc/sys"]
/root/readonly .root.readonly = true
/linux/rootfsPropagation .linux.rootfsPropagation = "shared"
END
  jq '.root.path = "rootfs"' good.json >config.json
  refuse_bundle
  has '/root/path: is "rootfs", but the root of a mount namespace that is joined stays what it is: "/"'
}

@test "namespaces, mount: in one with a path, a terminal and a hook work as well" {
  skip_unless_user_namespaces
  hold_mounts
  before=$(mounts_of "$holder")
  join_mounts true
  config '.process.terminal = true | .process.args = ["sh", "-c", "test -t 0 && echo terminal >$0/seen", $there]
    | .hooks.createContainer = [{ path: "/bin/sh", args: ["sh", "-c", "readlink /proc/self/ns/mnt >$0/hook", $there] }]' --arg there "$there"
  works script -qec "'$OCI' --root '$store' run '$id'" /dev/null
  [ "$(cat "/proc/$holder/root$there/seen")" = terminal ]
  [ "$(cat "/proc/$holder/root$there/hook")" = "$(namespace mnt "$holder")" ]
  [ "$(mounts_of "$holder")" = "$before" ]
}

@test "namespaces, a pod: a shared pid namespace, in which the second is not process 1" {
  bundle
  start_bundle
  local first
  first=$(state_of .pid)
  id=${id}b
  join "$first" user pid
  config '.process.args = ["sh", "-c", "echo $$ >/tmp/pid; exec sleep 1000"]'
  start_bundle
  [ "$(namespace pid "$(state_of .pid)")" = "$(namespace pid "$first")" ]
  eventually test -s rootfs/tmp/pid
  [ "$(cat rootfs/tmp/pid)" -gt 1 ]
  works in_container cat /proc/1/comm
  equals sleep
  oci exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "${id%b}" sleep 1000 </dev/null >/dev/null 2>&1 3>&-
  works oci kill --all "$id" KILL
  eventually has_status stopped
  lives () { [ -n "$(namespace mnt "$1")" ]; } # which a zombie does not
  { lives "$first" && lives "$(cat "$BATS_TEST_TMPDIR/pid")"; } || fail "what is of the first is gone as well"
}

@test "namespaces, a pod: a shared cgroup namespace and time namespace" {
  [ -e /proc/self/ns/time ] || skip "this kernel has no time namespaces"
  bundle
  config '.linux.namespaces += [{ type: "time" }]'
  start_bundle
  local first file
  first=$(state_of .pid)
  id=${id}b
  join "$first" user cgroup time
  start_bundle
  for file in cgroup time; do
    [ "$(namespace $file "$(state_of .pid)")" = "$(namespace $file "$first")" ] || fail "$file is not shared"
  done
}

@test "namespaces: a pid namespace whose first process has ended is an error that says so" {
  bundle
  start_bundle
  exec 8<"/proc/$(state_of .pid)/ns/pid" 9<"/proc/$(state_of .pid)/ns/user"
  oci kill "$id" KILL
  eventually has_status stopped
  config 'del (.linux.uidMappings, .linux.gidMappings)
    | (.linux.namespaces[] | select (.type == "user")).path = "/proc/self/fd/9" | (.linux.namespaces[] | select (.type == "pid")).path = "/proc/self/fd/8"'
  id=other
  refuse_bundle
  has "/linux/namespaces/2: can't make a process in the given pid namespace: its first one may have ended: Cannot allocate memory"
  id=c$BATS_TEST_NUMBER
}

@test "namespaces: one of somebody else is an error that says so" {
  bundle
  config '.linux.namespaces |= map(if .type == "ipc" then .path = "/proc/1/ns/ipc" else . end)'
  refused oci create "$id"
  has /linux/namespaces/4
}

@test "namespaces: loopback is up in a new network" {
  bundle cat /sys/class/net/lo/flags
  run_bundle
  equals 0x9
}

# --- Maps ---

@test "uidMappings, gidMappings: the ranges that are written" {
  skip_unless_subordinate_ids
  local first
  first=$(sed -n "s/^$(id -un):\([0-9]*\):.*/\1/p" /etc/subuid)
  bundle sh -c 'cat /proc/self/uid_map /proc/self/gid_map | tr -s " "'
  config '.linux.uidMappings += [{ containerID: 5, hostID: $first, size: 10 }, { containerID: 100, hostID: ($first + 20), size: 30 }]
    | .linux.gidMappings += [{ containerID: 7, hostID: $first, size: 10 }]' --argjson first "$first"
  run_bundle
  equals " 0 $(id -u) 1
 5 $first 10
 100 $((first + 20)) 30
 0 $(id -g) 1
 7 $first 10"
}

@test "uidMappings: ids that are not the caller's are an error" {
  bundle true
  config '.linux.uidMappings[0].size = 2'
  refused oci run "$id"
  has /linux/uidMappings
}

@test "uidMappings: rootfs is not changed" {
  bundle true
  local before
  before=$(stat -c '%u %g %a' rootfs rootfs/bin/busybox)
  run_bundle
  [ "$before" = "$(stat -c '%u %g %a' rootfs rootfs/bin/busybox)" ]
}

# --- Names and clocks ---

@test "hostname and domainname" {
  bundle sh -c 'hostname; cat /proc/sys/kernel/domainname'
  config '.hostname = "box" | .domainname = "example.org"'
  run_bundle
  equals $'box\nexample.org'
}

@test "hostname: not without a uts namespace, and the host keeps its own" {
  local before
  before=$(uname -n)
  bundle true
  inherit uts
  config '.hostname = "box"'
  refused oci run "$id"
  has /hostname
  [ "$before" = "$(uname -n)" ]
}

@test "timeOffsets: the container's clock, for exec too" {
  [ -e /proc/self/ns/time ] || skip "this kernel has no time namespaces"
  bundle sh -c 'cut -d. -f1 /proc/uptime; exec sleep 1000'
  config '.linux.namespaces += [{ type: "time" }] | .linux.timeOffsets = { boottime: { secs: 1000000 }, monotonic: { secs: 5, nanosecs: 7 } }'
  start_bundle
  eventually test -s "$BATS_TEST_TMPDIR/container.out"
  [ "$(cat "$BATS_TEST_TMPDIR/container.out")" -ge 1000000 ]
  works in_container sh -c 'cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets'
  [ "${lines[0]}" -ge 1000000 ]
  [ "$(namespace time "$(state_of .pid)")" != "$(namespace time self)" ]
}
