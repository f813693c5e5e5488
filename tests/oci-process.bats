#!/usr/bin/env bats
# `process` of config.json where it takes root: what only root may ask for, and groups that a user has no say in.
load ../tests-rootless/oci

setup ()
{
  [ "$(id -u)" = 0 ] || skip "needs root"
  setup_oci
}

teardown ()
{
  teardown_oci
}

# A bundle in root's own user namespace.
root_bundle () # COMMAND…
{
  bundle "$@"
  share_users
}

skip_unless_resources_are_ours ()
{
  (ulimit -n $(($(ulimit -Hn) + 1))) 2>/dev/null || skip "root lacks CAP_SYS_RESOURCE here"
}

@test "run.oci.keep_original_groups: create and exec leave the groups as they are" {
  root_bundle sh -c 'id -G; exec sleep 1000'
  config '.annotations["run.oci.keep_original_groups"] = "1" | .process.user.additionalGids = [77]'
  setpriv --groups 0,1234,2345 "$OCI" --cgroup-manager disabled --root "$store" run --detach "$id" </dev/null >out 2>&1 3>&-
  eventually grep -qx "0 1234 2345" out
  works setpriv --groups 0,3456 "$OCI" --cgroup-manager disabled --root "$store" exec "$id" id -G
  equals "0 3456"
}

@test "without run.oci.keep_original_groups none of the caller's groups reaches the program" {
  root_bundle id -G
  works setpriv --groups 0,1234,2345 "$OCI" --cgroup-manager disabled --root "$store" run "$id"
  equals 0
}

@test "process.scheduler: real time" {
  root_bundle sh -c 'cut -d" " -f40,41 /proc/self/stat'
  config '.process.scheduler = { policy: "SCHED_FIFO", priority: 10, flags: ["SCHED_FLAG_RESET_ON_FORK"] }
          | .process.args = ["cut", "-d ", "-f40,41", "/proc/self/stat"]'
  run_bundle
  equals "10 1"
}

@test "process.scheduler: what is not set is 0, whatever the caller has" {
  root_bundle cut -d " " -f 19,40,41 /proc/self/stat
  config '.process.scheduler = { policy: "SCHED_BATCH" }'
  works nice -n 5 "$OCI" --cgroup-manager disabled --root "$store" run "$id"
  equals "0 0 3"
}

@test "process.ioPriority: real time" {
  root_bundle ionice
  config '.process.ioPriority = { class: "IOPRIO_CLASS_RT", priority: 2 }'
  run_bundle
  equals "realtime: prio 2"
}

@test "process.oomScoreAdj: less than the caller's, and for exec" {
  skip_unless_resources_are_ours
  root_bundle
  config '.process.oomScoreAdj = -500'
  start_bundle
  works in_container cat /proc/self/oom_score_adj
  equals -500
}

@test "process.rlimits: above the caller's" {
  skip_unless_resources_are_ours
  root_bundle sh -c 'ulimit -n'
  ulimit -n 1000
  config '.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 2000, hard: 2000 }]'
  run_bundle
  equals 2000
}

@test "process.user: any id, without capabilities unless they are asked for" {
  root_bundle sh -c 'id; grep -E "Cap(Inh|Prm|Eff|Amb)" /proc/self/status'
  config '.process.user = { uid: 12345, gid: 23456, additionalGids: [5] }
          | .process.capabilities = { bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"] }'
  run_bundle
  equals $'uid=12345 gid=23456 groups=5
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
CapAmb:\t0000000000000000'
}

@test "seccomp without noNewPrivileges, for another user" {
  root_bundle sh -c 'mkdir /tmp/new; grep -E "Cap(Prm|Eff)|NoNew|^Seccomp:" /proc/self/status'
  config '.process.user = { uid: 12345, gid: 12345 } | .process.noNewPrivileges = false
          | .linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW",
              syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 75 }] }'
  run_bundle
  has "Value too large"
  has $'CapPrm:\t0000000000000000'
  has $'NoNewPrivs:\t0'
  has $'Seccomp:\t2'
}

@test "a pod of root: network, ipc, uts and pid namespaces are shared" {
  root_bundle
  start_bundle
  local first row
  first=$(state_of .pid)
  id=${id}b
  for row in network:net ipc:ipc uts:uts pid:pid; do
    config '.linux.namespaces |= map(if .type == $type then .path = $path else . end)' \
      --arg type "${row%:*}" --arg path "/proc/$first/ns/${row#*:}"
  done
  start_bundle
  for row in net ipc uts pid; do
    [ "$(in_container readlink /proc/self/ns/$row)" = "$(readlink "/proc/$first/ns/$row")" ] || fail "$row is not shared"
  done
}
