#!/usr/bin/env bats
# linux.netDevices: devices that move into the container; config-linux.md, "Network Devices".  The host is here a network namespace
# of the test's own, with a pair of devices `near` and `far`.
load oci

PATH=$PATH:/usr/sbin

setup ()
{
  setup_oci
  skip_unless_command ip
  unshare --user --map-root-user --net ip link add near type veth peer name far 2>/dev/null \
    || skip "this machine gives its users no pairs of network devices"
}

teardown ()
{
  teardown_oci
}

devices () # OBJECT
{
  config '.linux.netDevices = $devices | .linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0' \
    --argjson devices "$1"
}

# Runs SCRIPT as root of a network with the pair; `run_it` in it runs the container.
with_network () # SCRIPT
{
  unshare --user --map-root-user --net sh -euc "
    run_it () { \"$OCI\" --root \"$store\" run $id; }
    ip link add near type veth peer name far
    $1" 3>&-
}

@test "netDevices: moved, set up, with its attributes and its permanent global addresses" {
  bundle sh -c 'ip addr show dev far'
  devices '{ "far": {} }'
  works with_network '
    ip link set far address 02:00:00:00:00:17 mtu 1345
    ip addr add 192.0.2.7/24 brd + dev far
    ip addr add 2001:db8::7/64 dev far
    ip addr add 192.0.2.9/24 dev far valid_lft 1000 preferred_lft 1000
    ip link set near up
    run_it
    ip -br link'
  has "mtu 1345"
  has "link/ether 02:00:00:00:00:17"
  has "inet 192.0.2.7/24 brd 192.0.2.255 scope global far"
  has "inet6 2001:db8::7/64 scope global"
  has ",UP,"
  lacks 192.0.2.9
  [[ ! ${lines[*]: -2} =~ far@near ]]
}

@test "netDevices: under another name" {
  bundle sh -c 'ls /sys/class/net'
  devices '{ "far": { "name": "eth7" } }'
  works with_network run_it
  equals $'eth7\nlo'
}

@test "netDevices: a template, of which the kernel makes a name" {
  bundle sh -c 'ls /sys/class/net'
  devices '{ "far": { "name": "net%d" }, "near": { "name": "net%d" } }'
  works with_network run_it
  equals $'lo\nnet0\nnet1'
}

@test "netDevices: a name that is taken is an error, and nothing has moved" {
  bundle true
  devices '{ "far": { "name": "lo" } }'
  run with_network 'run_it || ip -br link'
  has "/linux/netDevices/far: can't name a network device lo in the container: File exists"
  has far@near
  refused oci state "$id"
}

@test "netDevices: one that there is not is an error" {
  bundle true
  devices '{ "nothing": {} }'
  run with_network run_it
  [ "$status" = 1 ]
  has "/linux/netDevices/nothing: can't find the network device nothing: No such device"
}

@test "netDevices: one that can't move is an error" {
  bundle true
  devices '{ "lo": { "name": "lo7" } }'
  run with_network run_it
  [ "$status" = 1 ]
  has "/linux/netDevices/lo: can't move the network device lo: Invalid argument"
}

@test "netDevices: a create that fails later gives them back, as they were" {
  bundle true
  devices '{ "far": { "name": "eth7" }, "near": {} }'
  config '.hooks.createRuntime = [{ path: "/bin/false" }]'
  works with_network '
    ip addr add 192.0.2.7/24 brd + dev far
    ip addr add 2001:db8::7/64 dev far nodad
    ip link set far up mtu 1345
    look () { ip -o link show far | sed "s/@if[0-9]*/@near/; s/<[^>]*,UP[^>]*>/up/; s/ state [A-Z]*//"; ip -o -4 addr show far; ip -o -6 addr show dev far scope global; ip -o link show near | grep -c ,UP; } 2>&1
    look | sed "s/^[0-9]*: //" >before
    ! run_it
    look | sed "s/^[0-9]*: //" >after
    diff before after'
  has "/bin/false ended with status 1"
  lacks "can.t bring"
}

@test "netDevices: hooks find them inside" {
  bundle true
  devices '{ "far": {} }'
  config '.hooks.createRuntime = [{ path: "/bin/sh", args: ["sh", "-c",
            "pid=$(sed -n \"s/.*\\\"pid\\\": *\\([0-9]*\\).*/\\1/p\"); cat /proc/$pid/net/dev >hook.out"] }]'
  works with_network run_it
  grep -q 'far:' hook.out
}

@test "netDevices: the host's network is no place to move to" {
  bundle true
  devices '{ "far": {} }'
  config '.linux.namespaces |= map(select(.type != "network")) | .mounts |= map(select(.destination != "/sys"))'
  run with_network run_it
  [ "$status" = 1 ]
  has /linux/netDevices
}
