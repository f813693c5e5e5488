#!/usr/bin/env bats
# linux.netDevices for root, whose devices need no user namespace to be moved from; see tests-rootless/oci-net-devices.bats.
load ../tests-rootless/oci

PATH=$PATH:/usr/sbin

setup ()
{
  [ "$(id -u)" = 0 ] || skip "needs root"
  setup_oci
  skip_unless_command ip
}

teardown ()
{
  teardown_oci
}

@test "netDevices: root's device moves into a container with and without a user namespace" {
  local users
  for users in true share_users; do
    bundle sh -c 'ip addr show dev eth7'
    config '.linux.netDevices = { far: { name: "eth7" } }'
    $users
    works unshare --net sh -euc "
      ip link add near type veth peer name far
      ip addr add 192.0.2.7/24 dev far
      exec \"$OCI\" --cgroup-manager disabled --root \"$store\" run $id"
    has "inet 192.0.2.7/24"
  done
}
