#!/usr/bin/env bats
# `process` of config.json, and what exec makes of it: config.md, "Process".
load oci

setup ()
{
  setup_oci
}

teardown ()
{
  teardown_oci
}

# Maps root to the caller and 65535 further ids to subordinate ones.
range ()
{
  skip_unless_subordinate_ids
  local first
  first=$(sed -n "s/^$(id -un):\([0-9]*\):.*/\1/p" /etc/subuid)
  config '.linux.uidMappings += [{ containerID: 1, hostID: $first, size: 65535 }]
    | .linux.gidMappings += [{ containerID: 1, hostID: $first, size: 65535 }]' --argjson first "$first"
}

user () # UID GID [MORE]
{
  config ".process.user = { uid: $1, gid: $2 ${3:-} }"
}

# The line NAME of a status file in the output.
line () # NAME
{
  sed -n "s/^$1:[[:space:]]*//p" <<<"$output"
}

# Puts the SETS of capabilities to NAMES.
capabilities () # "SET…" NAME…
{
  config '.process.capabilities = ($sets | split(" ") | map({ (.): ($names | split(" ")) }) | add)' \
    --arg sets "$1" --arg names "${*:2}"
}

CAP_KILL=0000000000000020

# --- User ---

@test "process.user: uid and gid are those of the container" {
  bundle id
  range
  user 1000 1001
  run_bundle
  equals "uid=1000 gid=1001"
}

@test "process.user: an id that is not mapped is an error, and nothing is left" {
  bundle true
  user 1000 0
  refused oci run "$id"
  has "Invalid argument"
  refused oci state "$id"
}

@test "process.user: without one the program is root" {
  bundle id -u
  config 'del(.process.user)'
  run_bundle
  equals 0
}

@test "process.user: the program can open its standard streams again, if they are pipes" {
  bundle sh -c 'echo hello >/dev/stdout; echo world >/dev/stderr'
  range
  user 1000 1000
  works bash -c '"$1" --root "$2" run "$3" 2>&1 | cat' - "$OCI" "$store" "$id"
  equals $'hello\nworld'
}

@test "process.user.umask: set" {
  bundle sh -c umask
  user 0 0 ', umask: 63'
  run_bundle
  equals 0077
}

@test "process.user.umask: without one it is the caller's" {
  bundle sh -c umask
  umask 027
  run_bundle
  equals 0027
}

@test "process.user.additionalGids" {
  bundle id -G
  range
  user 1000 1000 ', additionalGids: [5, 77]'
  run_bundle
  equals "1000 5 77"
}

@test "process.user.additionalGids: an error where groups can't be set" {
  bundle id -G
  user 0 0 ', additionalGids: [0]'
  refused oci run "$id"
  has "can't set the supplementary groups"
}

@test "process.user: exec has the container's user and groups" {
  bundle
  range
  user 1000 1001 ', additionalGids: [5, 77]'
  start_bundle
  works in_container id
  equals "uid=1000 gid=1001 groups=5,77"
}

@test "process.user: a map without id 0" {
  bundle id -u
  config '.linux.uidMappings[0].containerID = 7 | .linux.gidMappings[0].containerID = 7
          | .mounts |= map(select(.destination != "/dev/pts"))'
  user 7 7
  run_bundle
  equals 7
}

@test "exec -u: exactly this user, or an error; CVE-2026-30892" {
  local row
  bundle
  range
  start_bundle
  for row in "0 0:0" "1 1:0" "1:2 1:2" "65535 65535:0" "01 1:0"; do
    run oci exec -u "${row% *}" "$id" sh -c 'echo $(id -u):$(id -g)' 3>&-
    [ "$status" = 0 ] || [ "${row% *}" = 01 ] || fail "-u ${row% *}"
    [ "$status" != 0 ] || equals "${row#* }"
  done
  for row in "" : 1: :1 -1 +1 4294967295 4294967296 1x 1:x 1:4294967295 1:2:3 65536; do
    run oci exec -u "$row" "$id" id 3>&-
    [ "$status" != 0 ] || fail "-u \"$row\" is taken"
  done
}

# --- Limits ---

@test "process.rlimits: set, soft and hard, for the program and for exec" {
  bundle sh -c 'grep "Max open files" /proc/self/limits; exec sleep 1000'
  config '.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 100, hard: 200 }]'
  start_bundle
  eventually grep -E 'files +100 +200 ' "$BATS_TEST_TMPDIR/container.out"
  works in_container grep "Max open files" /proc/self/limits
  [[ $output =~ files\ +100\ +200\  ]]
}

@test "process.rlimits: infinity" {
  bundle grep "Max cpu time" /proc/self/limits
  ulimit -St 1000
  config '.process.rlimits = [{ type: "RLIMIT_CPU", soft: "MAX", hard: "MAX" }]'
  sed -i 's/"MAX"/18446744073709551615/' config.json # more than jq can count to
  run_bundle
  [[ $output =~ unlimited\ +unlimited ]]
}

@test "process.rlimits: above the caller's hard limit is an error" {
  bundle true
  ulimit -n 1000
  config '.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 2000, hard: 2000 }]'
  refused oci run "$id"
  has "/process/rlimits/0: can't set the resource limit: Operation not permitted"
}

@test "process.oomScoreAdj: written where it is set, for exec too" {
  bundle sh -c 'cat /proc/self/oom_score_adj; exec sleep 1000'
  config '.process.oomScoreAdj = 321'
  start_bundle
  eventually grep -x 321 "$BATS_TEST_TMPDIR/container.out"
  works in_container cat /proc/self/oom_score_adj
  equals 321
}

@test "process.oomScoreAdj: else untouched" {
  bundle cat /proc/self/oom_score_adj
  echo 123 >/proc/self/oom_score_adj
  run_bundle
  equals 123
}

@test "process.scheduler: policy and nice" {
  bundle sh -c 'cut -d" " -f19,41 /proc/self/stat'
  config '.process.scheduler = { policy: "SCHED_BATCH", nice: 19 }'
  run_bundle
  equals "19 3"
}

@test "process.scheduler: what the caller may not have is an error" {
  bundle true
  config '.process.scheduler = { policy: "SCHED_FIFO", priority: 10 }'
  refused oci run "$id"
  has "can't set the scheduler: Operation not permitted"
}

@test "process.ioPriority" {
  bundle ionice
  config '.process.ioPriority = { class: "IOPRIO_CLASS_BE", priority: 6 }'
  run_bundle
  equals "best-effort: prio 6"
}

@test "process.execCPUAffinity: not for the program, but for exec, in the end the final one" {
  [ "$(nproc)" -ge 2 ] || skip "this takes two processors"
  bundle sh -c 'grep Cpus_allowed_list /proc/self/status; exec sleep 1000'
  config '.process.execCPUAffinity = { initial: "0", final: "1" }'
  start_bundle
  eventually grep -E "Cpus_allowed_list:	$(sed -n 's/^Cpus_allowed_list:	//p' /proc/self/status)$" "$BATS_TEST_TMPDIR/container.out"
  works in_container grep Cpus_allowed_list /proc/self/status
  equals $'Cpus_allowed_list:\t1'
}

@test "process.execCPUAffinity: with the initial one alone it stays" {
  bundle
  config '.process.execCPUAffinity = { initial: "0" }'
  start_bundle
  works in_container grep Cpus_allowed_list /proc/self/status
  equals $'Cpus_allowed_list:\t0'
}

@test "linux.memoryPolicy" {
  bundle cat /proc/self/numa_maps
  [ -e /proc/self/numa_maps ] || skip "this kernel has no NUMA"
  config '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0" }'
  run_bundle
  has " bind:0 "
}

@test "linux.personality" {
  bundle uname -m
  [ "$(uname -m)" = x86_64 ] || skip "the name is that of x86"
  config '.linux.personality = { domain: "LINUX32" }'
  run_bundle
  equals i686
}

@test "linux.personality: LINUX is that of the kernel itself, whatever the caller has" {
  skip_unless_command setarch
  bundle uname -m
  config '.linux.personality = { domain: "LINUX" }'
  works setarch linux32 "$OCI" --root "$store" run "$id"
  equals "$(uname -m)"
}

@test "linux.sysctl: applied in the container's namespaces" {
  bundle sh -c 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax'
  config '.linux.sysctl = { "net.ipv4.ip_forward": "1", "kernel.msgmax": "4321" }'
  local before
  before=$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax)
  run_bundle
  equals $'1\n4321'
  [ "$before" = "$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax)" ]
}

@test "linux.sysctl: one of the host is an error" {
  bundle true
  config '.linux.sysctl = { "kernel.panic": "1" }'
  refused oci run "$id"
  has "/linux/sysctl/kernel.panic"
}

@test "linux.sysctl: a value that the kernel refuses is an error" {
  bundle true
  config '.linux.sysctl = { "net.ipv4.ip_forward": "many" }'
  refused oci run "$id"
  has "can't write many to /proc/sys/net/ipv4/ip_forward: Invalid argument"
}

@test "session keyring: a new one, unless --no-new-keyring" {
  id=keyring$$
  [ -e /proc/keys ] || skip "this kernel has no keys"
  bundle grep _ses /proc/keys
  run_bundle
  has "_ses.$id"
  run oci run --no-new-keyring "$id-2" 3>&-
  lacks "_ses.$id-2"
}

@test "session keyring: when the user has too many keys, it is said what counts them and what takes none" {
  skip_unless_command strace
  bundle true
  refused strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -e inject=keyctl:error=EDQUOT "$OCI" --root "$store" run "$id"
  has "can't join a session keyring: Disk quota exceeded"
  has "sysctl kernel.keys.maxkeys says how many keys a user may have; --no-new-keyring takes none"
}

# --- Capabilities ---

@test "process.capabilities: without any there are none" {
  bundle cat /proc/self/status
  run_bundle
  local set
  for set in Inh Prm Eff Bnd Amb; do
    [ "$(line Cap$set)" = 0000000000000000 ] || fail "Cap$set"
  done
}

@test "process.capabilities: those listed, and no set beside; CVE-2022-29162, CVE-2022-27650, CVE-2025-27612" {
  bundle cat /proc/self/status
  capabilities "bounding effective permitted" CAP_KILL
  run_bundle
  local set
  for set in Prm Eff Bnd; do
    [ "$(line Cap$set)" = $CAP_KILL ] || fail "Cap$set"
  done
  [ "$(line CapInh)" = 0000000000000000 ]
  [ "$(line CapAmb)" = 0000000000000000 ]
}

@test "process.capabilities: uid 1000 keeps none without ambient ones; CVE-2022-29162, CVE-2022-27650, CVE-2025-27612" {
  bundle cat /proc/self/status
  range
  user 1000 1000
  capabilities "bounding effective permitted" CAP_KILL
  run_bundle
  local set
  for set in Inh Prm Eff Amb; do
    [ "$(line Cap$set)" = 0000000000000000 ] || fail "Cap$set"
  done
  [ "$(line CapBnd)" = $CAP_KILL ]
}

@test "process.capabilities: ambient ones reach uid 1000" {
  bundle cat /proc/self/status
  range
  user 1000 1000
  capabilities "bounding effective permitted inheritable ambient" CAP_KILL
  run_bundle
  local set
  for set in Inh Prm Eff Bnd Amb; do
    [ "$(line Cap$set)" = $CAP_KILL ] || fail "Cap$set"
  done
}

@test "process.capabilities: an unknown one is a warning" {
  bundle echo hello
  capabilities "bounding effective permitted" CAP_KILL CAP_MAGIC
  run_bundle
  has 'unknown capability "CAP_MAGIC"'
  has hello
}

@test "process.capabilities: one that can't be given is a warning" {
  # What a process does not have, no user namespace of others gives it: here one whose bounding set is empty.
  bundle cat /proc/self/status
  share_users
  config '.mounts |= map(select(.destination != "/sys"))'
  capabilities "bounding effective permitted" CAP_SYS_ADMIN CAP_SYS_TIME
  run unshare -Ur setpriv --bounding-set -sys_time sh -c "exec \"$OCI\" --root \"$store\" run \"$id\"" 3>&-
  [ "$status" = 0 ] || fail run
  has "capabilities that can't be given are left out"
  [ "$(line CapPrm)" = 0000000000200000 ]
}

@test "process.capabilities: exec has the container's, CapInh and CapAmb empty; CVE-2022-29162, CVE-2022-27650, CVE-2025-27612" {
  bundle
  range
  capabilities "bounding effective permitted" CAP_KILL
  start_bundle
  works in_container cat /proc/self/status
  [ "$(line CapPrm)/$(line CapBnd)/$(line CapInh)/$(line CapAmb)" = $CAP_KILL/$CAP_KILL/0000000000000000/0000000000000000 ]
  works oci exec -u 1000 "$id" cat /proc/self/status
  [ "$(line CapPrm)/$(line CapBnd)/$(line CapInh)/$(line CapAmb)" = 0000000000000000/$CAP_KILL/0000000000000000/0000000000000000 ]
}

@test "exec --cap adds one, and not to CapInh or CapAmb; CVE-2022-29162, CVE-2022-27650, CVE-2025-27612" {
  bundle
  start_bundle
  works oci exec --cap CAP_KILL "$id" cat /proc/self/status
  [ "$(line CapPrm)/$(line CapBnd)/$(line CapInh)/$(line CapAmb)" = $CAP_KILL/$CAP_KILL/0000000000000000/0000000000000000 ]
}

# --- Privileges ---

@test "process.noNewPrivileges: set, and not; exec has what the container has" {
  bundle
  start_bundle
  works in_container cat /proc/self/status
  [ "$(line NoNewPrivs)" = 1 ]
  id=${id}b
  config '.process.noNewPrivileges = false'
  start_bundle
  works in_container cat /proc/self/status
  [ "$(line NoNewPrivs)" = 0 ]
  works oci exec --no-new-privs "$id" cat /proc/self/status
  [ "$(line NoNewPrivs)" = 1 ]
}

@test "process.apparmorProfile: an error without AppArmor" {
  [ ! -d /sys/kernel/security/apparmor ] || skip "this machine has AppArmor"
  bundle true
  config '.process.apparmorProfile = "some-profile"'
  refused oci run "$id"
  has "/process/apparmorProfile: can't set the AppArmor profile some-profile: "
  nothing_left
}

@test "process.selinuxLabel: an error without SELinux" {
  [ ! -d /sys/fs/selinux ] || skip "this machine has SELinux"
  bundle true
  config '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
  refused oci run "$id"
  has "/process/selinuxLabel: labeling not supported on this system: SELinux is not enabled"
  nothing_left
}

# --- The program ---

@test "process.args: the program is looked for in PATH of process.env" {
  bundle tool
  printf '#!/bin/sh\necho "$0 $1"\n' >rootfs/tmp/tool
  chmod +x rootfs/tmp/tool
  config '.process.env = ["PATH=/bin:/tmp"] | .process.args += ["word"]'
  run_bundle
  equals "/tmp/tool word"
}

@test "process.args: as execvp(3) takes it: with a slash it begins in process.cwd, and without a PATH the usual places are searched" {
  bundle ./tool word
  mkdir rootfs/dir
  printf '#!/bin/sh\necho "$0 $1"\n' >rootfs/dir/tool
  chmod +x rootfs/dir/tool
  config '.process.cwd = "/dir"'
  run_bundle
  equals "./tool word"
  config '.process.cwd = "/" | .process.args[0] = "dir/tool"'
  run_bundle
  equals "dir/tool word"
  config '.process.args = ["echo", "found"] | .process.env = []'
  run_bundle
  equals found
}

@test "process.args: one that is not there is said at create, in the words that engines look for" {
  bundle nothing
  refused oci create "$id"
  has 'exec: "nothing": executable file not found in $PATH: no such file or directory'
  refused oci state "$id"
}

@test "process.args: one that can't be executed" {
  bundle /tmp/file
  echo text >rootfs/tmp/file
  refused oci create "$id"
  has 'exec: "/tmp/file": permission denied'
}

@test "process.env: exactly this" {
  bundle env
  config '.process.env = ["PATH=/bin", "A=1", "EMPTY=", "HOME=/some"]'
  run_bundle
  equals $'PATH=/bin\nA=1\nEMPTY=\nHOME=/some'
}

@test "process.env: HOME is looked for in the container's /etc/passwd, for run and exec" {
  bundle sh -c 'echo $HOME; exec sleep 1000'
  mkdir rootfs/etc
  printf 'broken\nx:x:+0:0::/wrong:\nroot:x:0:0::/home/of/root:/bin/sh\nuser:x:1000:1000:User:/home/user' >rootfs/etc/passwd
  range
  start_bundle
  eventually grep -qx /home/of/root "$BATS_TEST_TMPDIR/container.out"
  works oci exec -u 1000 "$id" sh -c 'echo $HOME'
  equals /home/user
  works oci exec -u 7 "$id" sh -c 'echo $HOME'
  equals /
  works oci exec --env HOME=/own "$id" sh -c 'echo $HOME'
  equals /own
}

@test "process.env: an /etc/passwd that is no file is no obstacle" {
  bundle sh -c 'echo $HOME'
  mkdir rootfs/etc
  mkfifo rootfs/etc/passwd
  run_bundle
  equals /
  rm rootfs/etc/passwd
  ln -s /etc/passwd rootfs/etc/passwd
  run_bundle
  equals /
}

@test "process.cwd: one that is not there is an error" {
  bundle pwd
  config '.process.cwd = "/nowhere"'
  refused oci run "$id"
  has "can't chdir to /nowhere: No such file or directory"
}

@test "process.cwd: no way out through a descriptor; CVE-2024-21626" {
  local n
  bundle pwd
  exec 17</
  for n in 3 4 5 6 7 8 9 10 17; do
    config ".process.cwd = \"/proc/self/fd/$n\""
    refused oci run "$id"
    config ".process.cwd = \"/proc/self/fd/$n/../..\""
    refused oci run "$id"
  done
  exec 17<&-
}

@test "descriptors: the program has 0, 1 and 2 alone, whatever the caller has" {
  bundle sh -c 'ls /proc/self/fd | tr "\n" " "'
  exec 17</ 18</dev/null
  run_bundle
  exec 17<&- 18<&-
  equals "0 1 2 3 "
}

@test "--preserve-fds: so many from 3 on" {
  bundle sh -c 'cat <&4; ls /proc/self/fd | tr "\n" " "'
  echo hello >"$BATS_TEST_TMPDIR/file"
  run bash -c 'exec 3</dev/null 4<"$1" 5</dev/null; exec "$2" --root "$3" run --preserve-fds 2 "$4"' \
    - "$BATS_TEST_TMPDIR/file" "$OCI" "$store" "$id" 3>&-
  equals $'hello\n0 1 2 3 4 5 '
}

@test "closed standard descriptors of the caller are no obstacle" {
  bundle sh -c 'exit 7'
  run bash -c 'exec "$1" --root "$2" run "$3" <&- >&- 2>&-' - "$OCI" "$store" "$id" 3>&-
  [ "$status" = 7 ]
}
