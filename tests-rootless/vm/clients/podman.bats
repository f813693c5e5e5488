#!/usr/bin/env bats
# Rootless Podman with snug-oci where there is a systemd: in a login session of an ordinary user, in the guest of ./dev vm.  A
# process takes ten times as long to start there, so a container is looked at from many sides.
# client: Podman, rootless
# packages: podman busybox-static catatonit slirp4netns
# version: podman --version
load ../../clients/podman

# shellcheck disable=SC2034 # podman uses it
podman=(podman --runtime "$OCI")

# The folders are the user's own: units name none.
setup_file ()
{
  file_needs skip_unless_command podman || return 0
  export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
  make_image
}

teardown_file ()
{
  forget_containers
}

teardown ()
{
  forget_containers
}

# Prints files of the container's cgroup, as systemd has it.
in_cgroup () # FILE…
{
  (cd "/sys/fs/cgroup$(podman inspect --format '{{.State.CgroupPath}}' "$name")" && cat "$@")
}

@test "limits, by the scope that systemd makes: as asked, changed by update, and gone with the container" {
  begin --memory=64m --memory-reservation=32m --cpus=0.5 --cpu-shares=512 --pids-limit=50 --cpuset-cpus=0 sleep 1000
  [ "$(podman inspect --format '{{.HostConfig.CgroupManager}}' "$name")" = systemd ]
  works in_cgroup memory.max memory.low cpu.max pids.max cpuset.cpus
  equals $'67108864\n33554432\n50000 100000\n50\n0'
  scope=libpod-$(podman inspect --format '{{.Id}}' "$name").scope
  works systemctl --user show --property=ActiveState,MemoryMax,TasksMax "$scope"
  equals $'MemoryMax=67108864\nTasksMax=50\nActiveState=active'
  works podman update --memory=48m --cpus=1.5 "$name"
  works in_cgroup memory.max cpu.max pids.max
  equals $'50331648\n150000 100000\n50'
  works podman rm --force --time=0 "$name"
  works systemctl --user show --property=ActiveState "$scope"
  equals ActiveState=inactive
}

@test "pause stops every process, unpause lets them go on, and exec enters the cgroup" {
  begin_counting
  works podman pause "$name"
  [ "$(podman inspect --format '{{.State.Status}}' "$name")" = paused ]
  works in_cgroup cgroup.freeze
  equals 1
  stands_still
  exits 255 podman exec "$name" true
  works podman unpause "$name"
  eventually goes_on
  podman exec "$name" sleep 100 &
  two_processes () { [ "$(in_cgroup cgroup.procs | wc -l)" -ge 2 ]; }
  eventually two_processes
}

@test "a container that wants more memory than it may have is killed" {
  exits 137 once --memory=16m --memory-swap=16m tail /dev/zero
}

@test "--network slirp4netns, with a published port" {
  works podman run --detach --name="$name" --network=slirp4netns --publish=8099:80 "$image" \
    sh -c 'mkdir /www; echo from inside >/www/index.html; exec httpd -f -p 80 -h /www'
  works podman exec "$name" ip -4 -o address show dev tap0
  has 10.0.2.100
  fetched () { [ "$(busybox wget -q -O - http://127.0.0.1:8099/)" = "from inside" ]; }
  eventually fetched
}

@test "--network pasta" {
  [[ $(podman --version) != *" 4.3"* ]] || skip "Podman 4.3 has no pasta yet"
  works podman run --rm --network=pasta "$image" ls /sys/class/net
}

@test "--ipc host" {
  works once --ipc=host readlink /proc/self/ns/ipc
  equals "$(readlink /proc/self/ns/ipc)"
}

# What systemd needs to be the first process, from the guest, and one unit of ours.
systemd_root () # FOLDER
{
  local file units=$1/etc/systemd/system
  mkdir -p "$1"/{bin,etc,lib/systemd,lib64,run,tmp,var,usr/lib,root} "$units"
  cp /bin/busybox "$1/bin/"
  ln -s busybox "$1/bin/sh"
  cp -r /lib/systemd/system "$1/lib/systemd/"
  cp /lib/systemd/{systemd,systemd-shutdown} "$1/lib/systemd/"
  cp /bin/systemctl "$1/bin/"
  ldd /lib/systemd/{systemd,systemd-shutdown} /bin/systemctl | grep -o '/[^ ]*' | grep -v : | sort -u | while read -r file; do
    cp -L --parents "$file" "$1"
  done
  printf '%s\n' '[Unit]' DefaultDependencies=no '[Service]' 'ExecStart=/bin/busybox sleep 1000' >"$units/mine.service"
  printf '%s\n' '[Unit]' 'Wants=mine.service' 'DefaultDependencies=no' 'AllowIsolate=yes' >"$units/default.target"
  touch "$1/etc/machine-id"
}

@test "systemd as the first process, with services of its own in cgroups of their own" {
  systemd_root "$BATS_TEST_TMPDIR/root"
  works podman run --detach --name="$name" --network=none --systemd=always --rootfs "$BATS_TEST_TMPDIR/root" /lib/systemd/systemd
  is_active () { [ "$(podman exec "$name" systemctl is-active mine.service)" = active ]; }
  eventually is_active
  works podman exec "$name" /bin/busybox cat /proc/1/comm /sys/fs/cgroup/system.slice/mine.service/pids.current
  equals $'systemd\n1'
  works podman stop --time=30 "$name"
  [ "$(podman inspect --format '{{.State.ExitCode}}' "$name")" != 137 ] # it ended by itself
}

@test "a unit as podman generate systemd makes it starts, is ready when Podman says so, and stops" {
  works podman create --network=none --name="$name" --health-cmd='test -e /bin' --health-interval=1s "$image" sleep 1000
  works podman generate systemd --new --name "$name"
  lacks "--cgroups=disabled"
  mkdir -p ~/.config/systemd/user
  echo "$output" >~/.config/systemd/user/box.service
  works podman rm "$name"
  works systemctl --user daemon-reload
  works systemctl --user start box.service
  [ "$(podman inspect --format '{{.OCIRuntime}}' "$name")" = "$OCI" ]
  works systemctl --user show --property=ActiveState,Type,MainPID box.service
  equals "$(printf '%s\n' Type=notify "MainPID=$(podman inspect --format '{{.State.ConmonPid}}' "$name")" ActiveState=active)"
  healthy () { [ "$(podman inspect --format '{{.State.Health.Status}}' "$name")" = healthy ]; } # by a timer of systemd's
  eventually healthy
  works systemctl --user stop box.service
  works podman ps --all --quiet
  equals ""
}

@test "quadlet units" {
  [ -e /usr/libexec/podman/quadlet ] || skip "Podman 4.3 has no quadlet yet"
  mkdir -p ~/.config/containers/systemd
  printf '%s\n' '[Container]' "Image=$image" 'Exec=sleep 1000' 'Network=none' "GlobalArgs=--runtime $OCI" \
    >~/.config/containers/systemd/quad.container
  works systemctl --user daemon-reload
  works systemctl --user start quad.service
  works systemctl --user stop quad.service
}
