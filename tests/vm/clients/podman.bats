#!/usr/bin/env bats
# Root's Podman with snug-oci as its runtime where there is a systemd, in the guest of ./dev vm: what takes cgroups.
# client: Podman, rootful
# packages: podman busybox-static catatonit
# version: podman --version
load ../../../tests-rootless/clients/podman

# shellcheck disable=SC2034 # podman uses it
podman=(podman --runtime "$OCI")

setup_file ()
{
  file_needs skip_unless_command podman || return 0
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

@test "limits, by the scope that systemd makes: as asked, and changed by update" {
  begin --memory=64m --cpus=0.5 --pids-limit=50 sleep 1000
  works systemctl show --property=ActiveState,MemoryMax,TasksMax "libpod-$(podman inspect --format '{{.Id}}' "$name").scope"
  equals $'MemoryMax=67108864\nTasksMax=50\nActiveState=active'
  works podman update --memory=48m --cpus=1.5 "$name"
  cd "/sys/fs/cgroup$(podman inspect --format '{{.State.CgroupPath}}' "$name")" || return
  works cat memory.max cpu.max pids.max
  equals $'50331648\n150000 100000\n50'
}

@test "a pod in a slice of its own, paused and unpaused as a whole" {
  works podman pod create --network=none --name=pod --memory=64m
  works podman run --detach --pod=pod --name="$name" --volume="$BATS_TEST_TMPDIR:/counted" "$image" \
    sh -c 'while :; do echo $((i += 1)) >/counted/new; mv /counted/new /counted/number; sleep 0.01; done'
  counted=$BATS_TEST_TMPDIR
  eventually test -s "$counted/number"
  works podman pod pause pod
  stands_still
  works podman pod unpause pod
  eventually goes_on
  works podman pod rm --force --time=0 pod
}
