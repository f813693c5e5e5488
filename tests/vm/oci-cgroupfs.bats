#!/usr/bin/env bats
# Limits and devices of root's containers, in cgroups that snug-oci makes by itself beside systemd's.  Runs in the guest.
load ../../tests-rootless/vm/cgroup

setup ()
{
  setup_oci
  place=/sys/fs/cgroup
}

teardown ()
{
  teardown_oci
}

@test "devices: what the rules deny is refused to root itself, by run, exec and after update, and systemd does not take them away" {
  disk=$(cat /sys/block/nvme0n1/dev)
  bundle
  config '.linux.namespaces |= map (select (.type != "user")) | del (.linux.uidMappings, .linux.gidMappings)
    | .process.capabilities = (["CAP_MKNOD"] | { bounding: ., effective: ., permitted: . })
    | .linux.resources.devices = [{ allow: false, access: "rwm" }, { allow: true, type: "b", access: "m" }]'
  start_bundle
  works in_container mknod /tmp/disk b "${disk%:*}" "${disk#*:}"
  run in_container head -c 1 /tmp/disk
  has "Operation not permitted"
  works in_container sh -c 'echo x >/dev/null'

  rules='{ "devices": [{ "allow": false, "access": "rwm" }, { "allow": true, "type": "b", "major": '${disk%:*}', "access": "r" }] }'
  echo "$rules" >rules.json
  works oci update --resources rules.json "$id"
  systemctl daemon-reload
  systemd-run --quiet --wait --property=DevicePolicy=closed true
  works in_container sh -c 'head -c 1 /tmp/disk | wc -c'
  equals 1
  run in_container sh -c ': >>/tmp/disk'
  has "Operation not permitted"
}

@test "cgroupsPath: as root an absolute one begins at the mount of the tree" {
  bundle
  config '.linux.cgroupsPath = "/own/deep"'
  start_bundle
  [ "$(</proc/"$(state_of .pid)"/cgroup)" = 0::/own/deep ]
  works oci delete --force "$id"
  [ ! -e /sys/fs/cgroup/own ]
}

@test "hugepageLimits: what is reserved and what is used are both limited" {
  bundle
  config '.linux.resources.hugepageLimits = [{ pageSize: "2MB", limit: 4194304 }]'
  start_bundle
  has_cgroup_file hugetlb.2MB.rsvd.max 4194304
  has_cgroup_file hugetlb.2MB.max 4194304
}

@test "limits hold, and nothing of systemd's is touched" {
  before=$(cd /sys/fs/cgroup && cat cgroup.subtree_control {user,system}.slice/cgroup.{controllers,subtree_control} user.slice/{memory,pids}.max)
  bundle sh -c 'while [ ! -e /go ]; do sleep 0.1; done; dd if=/dev/zero of=/dev/null bs=200M count=1; echo $? >/status; sleep 1000'
  config '.linux.resources = { memory: { limit: 67108864, swap: 67108864 }, pids: { limit: 8 }, cpu: { cpus: "1" } }'
  start_bundle
  works in_container grep Cpus_allowed_list /proc/self/status
  has $'\t1'
  run in_container sh -c 'sleep 9 & sleep 9 & sleep 9 & sleep 9 & sleep 9 & sleep 9 & sleep 9 & sleep 9'
  has "can't fork"
  : >rootfs/go
  eventually test -s rootfs/status
  [ "$(<rootfs/status)" = 137 ]
  [ "$(find /sys/fs/cgroup -name 'snug-*')" = "$place/snug-$id" ]
  works oci delete --force "$id"
  [ -z "$(find /sys/fs/cgroup -name 'snug-*')" ]
  [ "$(cd /sys/fs/cgroup && cat cgroup.subtree_control {user,system}.slice/cgroup.{controllers,subtree_control} user.slice/{memory,pids}.max)" = "$before" ]
}
