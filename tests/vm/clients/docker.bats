#!/usr/bin/env bats
# Docker with snug-oci as its runtime, where there are all controllers of cgroups and a systemd.  Runs in the guest, as root, with
# Docker's own service and a daemon.json.
# client: Docker
# packages: apparmor docker.io busybox-static iproute2 iptables
# version: dockerd --version
load ../../clients/docker

setup_file ()
{
  file_needs skip_unless_command dockerd || return 0
  modprobe --all bridge veth br_netfilter
  use_service
  make_image
}

teardown_file ()
{
  [ -n "$why_not" ] || systemctl stop docker docker.socket containerd
}

setup ()
{
  skip_with_file
  export DOCKER_HOST=unix:///run/docker.sock
}

teardown ()
{
  remove_containers
}

# Has the service use snug, and the settings that are given in addition.
use_service () # [SETTINGS]
{
  export DOCKER_HOST=unix:///run/docker.sock
  mkdir -p /etc/docker
  settings "$@" >/etc/docker/daemon.json
  systemctl restart docker || fail "$(journalctl --unit docker --no-pager)"
}

# Prints files of the cgroup of $id.
cgroup () # FILE…
{
  (cd "/sys/fs/cgroup$(process cgroup | cut -d : -f 3)" && cat "$@")
}

property () # NAME
{
  systemctl show --property "$1" --value "docker-$id.scope"
}

limits=(--memory 64m --memory-swap 96m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 --cpuset-cpus 1 --pids-limit 32)

has_limits ()
{
  [ "$(cgroup memory.max memory.swap.max memory.low cpu.max cpuset.cpus pids.max | xargs)" = "67108864 33554432 33554432 50000 100000 1 32" ]
  [ "$(cgroup cpu.weight)" = 59 ]
}

update_limits ()
{
  docker update --memory 80m --memory-swap 80m --cpus 0.25 --cpuset-cpus 0-1 --pids-limit 16 "$id"
  [ "$(cgroup memory.max memory.swap.max cpu.max cpuset.cpus pids.max | xargs)" = "83886080 0 25000 100000 0-1 16" ]
}

freezes ()
{
  docker pause "$id"
  is paused
  [ "$(cgroup cgroup.freeze)" = 1 ]
  docker unpause "$id"
  is running
  [ "$(cgroup cgroup.freeze)" = 0 ]
}

@test "systemd's cgroups: a scope that has the limits, also after update" {
  [ "$(docker info --format '{{.CgroupDriver}} {{.CgroupVersion}} {{.DefaultRuntime}}')" = "systemd 2 snug" ]
  start "${limits[@]}" "$image" sleep 1000
  [ "$(property ControlGroup)" = "$(process cgroup | cut -d : -f 3)" ]
  has_limits
  [ "$(property MemoryMax) $(property TasksMax)" = "67108864 32" ]
  works docker stats --no-stream --format '{{.MemUsage}}' "$id"
  has "/ 64MiB"
  update_limits
  systemctl daemon-reload
  [ "$(property MemoryMax) $(property TasksMax) $(cgroup memory.max)" = "83886080 16 83886080" ]
}

@test "systemd's cgroups: pause, and a scope that goes at the end and comes again at the start, with its limits" {
  start "${limits[@]}" "$image" sleep 1000
  freezes
  docker stop --time 0 "$id"
  [ "$(property ActiveState)" = inactive ]
  docker start "$id"
  [ "$(cgroup memory.max)" = 67108864 ]
}

# What Docker itself notices of it hangs on who is faster, with any runtime.
was_out_of_memory ()
{
  [ "$(docker wait "$id")" = 137 ]
  dmesg | grep -q "oom-kill:.*oom_memcg=/.*$id"
}

@test "limits hold: of memory, of processes, and for exec as well" {
  start --memory 32m --memory-swap 32m --pids-limit 8 "$image" sh -c 'while [ ! -e /go ]; do sleep 0.2; done; exec dd if=/dev/zero of=/dev/null bs=100M count=1'
  run in_container sh -c 'sleep 9 & sleep 9 & sleep 9 & sleep 9 & sleep 9 & sleep 9 & sleep 9 & sleep 9'
  has "can't fork"
  in_container touch /go
  was_out_of_memory
}

@test "devices: what is denied stays denied when systemd looks after its units" {
  start --cap-add mknod "$image" sleep 1000
  systemctl daemon-reload
  run in_container sh -c 'mknod /tmp/disk b 259 0 && head -c 1 /tmp/disk'
  has "Operation not permitted"
  in_container sh -c ': >/dev/null'
}

@test "AppArmor: Docker's profile is in force, also for exec" {
  start "$image" sleep 1000
  [ "$(process attr/current)" = "docker-default (enforce)" ]
  works in_container cat /proc/self/attr/current
  equals "docker-default (enforce)"
  works docker run --rm --security-opt apparmor=unconfined "$image" cat /proc/self/attr/current
  equals unconfined
}

@test "--cgroup-parent: a slice" {
  start --cgroup-parent my-own.slice "$image" sleep 1000
  [ "$(process cgroup)" = "0::/my.slice/my-own.slice/docker-$id.scope" ]
  [ "$(property Slice)" = my-own.slice ]
}

@test "a health check and an exec, with systemd" {
  start --health-cmd true --health-interval 1s "$image" sleep 1000
  works eventually sh -c 'docker inspect --format "{{.State.Health.Status}}" "$1" | grep -qx healthy' - "$id"
  works in_container cat /proc/self/cgroup
  equals 0::/
}

@test "cgroupfs: the same limits without systemd, update, pause, a parent" {
  use_service '{ "exec-opts": ["native.cgroupdriver=cgroupfs"] }'
  [ "$(docker info --format '{{.CgroupDriver}}')" = cgroupfs ]
  start "${limits[@]}" "$image" sleep 1000
  [ "$(process cgroup)" = "0::/docker/$id" ]
  has_limits
  update_limits
  freezes
  docker rm --force "$id"
  start --cgroup-parent /my/own --memory 64m "$image" sleep 1000
  [ "$(process cgroup)" = "0::/my/own/$id" ]
  [ "$(cgroup memory.max)" = 67108864 ]
  docker rm --force "$id"
  [ -z "$(find /sys/fs/cgroup/my/own /sys/fs/cgroup/docker -mindepth 1 -type d)" ]
}

@test "userns-remap: limits hold there" {
  use_service '{ "userns-remap": "user" }'
  make_image
  start --memory 32m --memory-swap 32m "$image" sh -c 'while [ ! -e /go ]; do sleep 0.2; done; exec dd if=/dev/zero of=/dev/null bs=100M count=1'
  works in_container sh -c 'cat /proc/self/uid_map; cat /sys/fs/cgroup/memory.max'
  has "         0     100000      65536"
  has 33554432
  in_container touch /go
  was_out_of_memory
}
