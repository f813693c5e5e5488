#!/usr/bin/env bats
# Docker of an ordinary user with snug-oci as its runtime, as Debian's rootless script starts it: by RootlessKit, with the user's
# systemd for cgroups.  Runs in the guest, in a login session.
# client: Docker, rootless
# packages: apparmor docker.io busybox-static iproute2 iptables procps rootlesskit slirp4netns uidmap
# version: dockerd --version
load ../../../tests/clients/docker

setup_file ()
{
  file_needs skip_unless_command dockerd || return 0
  start_rootless
}

teardown_file ()
{
  [ -n "$why_not" ] || systemctl --user stop docker-test
}

setup ()
{
  skip_with_file
  export DOCKER_HOST=unix://$XDG_RUNTIME_DIR/docker.sock
}

teardown ()
{
  remove_containers
}

start_rootless ()
{
  mkdir -p "$HOME/.config/docker"
  settings '{ "exec-opts": ["native.cgroupdriver=systemd"] }' >"$HOME/.config/docker/daemon.json"
  systemd-run --user --quiet --unit docker-test --property Delegate=yes --property KillMode=mixed \
    --setenv PATH=/usr/bin:/bin:/usr/sbin:/sbin /usr/share/docker.io/contrib/dockerd-rootless.sh
  export DOCKER_HOST=unix://$XDG_RUNTIME_DIR/docker.sock
  eventually eventually docker version >/dev/null 2>&1 || fail "$(journalctl --user --unit docker-test --no-pager)"
  make_image
}

@test "it is snug that runs the container, whose root is the user" {
  start "$image" sleep 1000
  [ "$(inspect .HostConfig.Runtime)" = snug ]
  works docker info --format '{{.CgroupDriver}} {{.SecurityOptions}}'
  has "systemd "
  has name=rootless
  works nsenter --user --mount --preserve-credentials --target "$(pgrep --exact dockerd)" \
    "$OCI" --root "$XDG_RUNTIME_DIR/docker/runtime-runc/moby" state "$id"
  has '"status": "running"'
  [ "$(pgrep --full --uid "$(id -u)" 'sleep 1000' | wc -l)" = 1 ]
}

@test "run, exec, stop: output and exit status" {
  works docker run --rm "$image" sh -c 'id -u; cat /proc/self/uid_map | wc -l'
  equals $'0\n2'
  run docker run --rm "$image" sh -c 'exit 42'
  [ "$status" = 42 ]
  run -127 docker run --rm "$image" nothing
  start "$image" sleep 1000
  works docker exec --user user "$id" id -un
  equals user
  docker stop --time 0 "$id"
  [ "$(inspect .State.ExitCode)" = 137 ]
}

@test "limits, in a scope of the user's systemd, and update" {
  start --memory 64m --pids-limit 32 --cpus 0.5 "$image" sleep 1000
  works in_container sh -c 'cd /sys/fs/cgroup && cat memory.max pids.max cpu.max'
  equals $'67108864\n32\n50000 100000'
  [ "$(systemctl --user show --property MemoryMax --value "docker-$id.scope")" = 67108864 ]
  docker update --memory 80m --memory-swap 80m "$id"
  works in_container cat /sys/fs/cgroup/memory.max
  equals 83886080
}

@test "pause" {
  start "$image" sleep 1000
  docker pause "$id"
  is paused
  docker unpause "$id"
  is running
}

@test "--network, volumes, --read-only, build" {
  works docker run --rm "$image" sh -c 'ip -o -4 addr show eth0 | wc -l'
  equals 1
  works docker run --rm --read-only --volume "$BATS_TEST_TMPDIR:/data" --tmpfs /run "$image" sh -c 'touch /run/x /data/new; touch /x || :'
  has "Read-only file system"
  [ "$(stat -c %U "$BATS_TEST_TMPDIR/new")" = "$(id -un)" ]
  mkdir "$BATS_TEST_TMPDIR/context"
  printf 'FROM %s\nRUN id -u >/made && chown user /made\nCMD cat /made\n' "$image" >"$BATS_TEST_TMPDIR/context/Dockerfile"
  DOCKER_BUILDKIT=0 works docker build --quiet --tag built "$BATS_TEST_TMPDIR/context"
  works docker run --rm built
  equals 0
}
