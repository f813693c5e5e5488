#!/usr/bin/env bats
# Root's Podman with snug-oci as its runtime: what an ordinary user's has not.  It runs in a cgroup tree and a mount namespace of
# its own (see ../helpers/own-tree), with no network: the machine's are not touched.
# client: Podman, rootful
# packages: podman busybox-static catatonit
# version: podman --version
load ../../tests-rootless/clients/podman
load ../own-tree

# shellcheck disable=SC2034 # podman uses it
podman=("${own_tree[@]}" podman --root "$BATS_FILE_TMPDIR/storage" --storage-driver vfs --events-backend file
  --cgroup-manager cgroupfs --runtime "$OCI")

# The tree may have no controllers, and root no right to raise limits: so there are none that are not asked for, and Podman makes
# no cgroups of its own.
tree_and_podman ()
{
  skip_unless_command podman
  skip_unless_own_tree
}

setup_file ()
{
  file_needs tree_and_podman || return 0
  export HOME=$BATS_FILE_TMPDIR CONTAINERS_CONF=$BATS_FILE_TMPDIR/containers.conf
  printf '%s\n' '[containers]' 'pids_limit = 0' 'cgroups = "no-conmon"' \
    'default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]' >"$CONTAINERS_CONF"
  start_own_tree
  make_image
}

teardown_file ()
{
  [ -z "$why_not" ] || return 0
  forget_containers
  end_own_tree
}

teardown ()
{
  forget_containers
}

@test "run, exec, logs, stop, and the exit statuses of what can't be run" {
  works once sh -c 'echo hello; awk "{ print \$1, \$2 }" /proc/self/uid_map'
  equals $'hello\n0 0'
  exits 42 once sh -c 'exit 42'
  exits 127 once no-such-program
  exits 126 once /etc
  begin sh -c 'trap "echo bye; exit 3" TERM; echo hello; while :; do sleep 0.1; done'
  [ "$(podman inspect --format '{{.OCIRuntime}}' "$name")" = "$OCI" ]
  [ -d "$(in_own_tree /run/snug)/$(podman inspect --format '{{.Id}}' "$name")" ]
  eventually logs_have hello
  exits 7 podman exec "$name" sh -c 'exit 7'
  works podman stop --time=20 "$name"
  works podman wait "$name"
  equals 3
  works podman logs "$name"
  equals $'hello\nbye'
}

@test "on a terminal, which is resized with the window" {
  exits 5 at_terminal size:30x100 wait:ready size:33x111 'wait:33 111' $'send:hello\n' 'wait:got hello' -- \
    run --rm --interactive --tty --network=none "$image" \
    sh -c 'trap "stty size" WINCH; tty; echo ready; while ! read x; do :; done; echo got $x; exit 5'
  has /dev/pts/0
}

@test "pause stops the program, and unpause lets it go on" {
  begin_counting
  works podman pause "$name"
  [ "$(podman inspect --format '{{.State.Status}}' "$name")" = paused ]
  stands_still
  works podman unpause "$name"
  eventually goes_on
}

@test "only devices that are given can be used, even by who could make any" {
  works once --cap-add=mknod --device=/dev/zero:/dev/mine:r sh -c 'head -c 1 /dev/mine | wc -c; mknod /tmp/mem c 1 1 && ! cat /tmp/mem'
  has "Operation not permitted"
  [ "${lines[0]}" = 1 ]
  works once --privileged sh -c 'grep CapEff: /proc/self/status; [ -c /dev/fuse ] && echo fuse'
  has fuse
}

@test "user namespaces, with ids of volumes mapped" {
  mkdir "$BATS_TEST_TMPDIR/volume"
  touch "$BATS_TEST_TMPDIR/volume/file"
  works once --uidmap=0:100000:1000 --gidmap=0:200000:1000 awk '{ print $1, $2, $3 }' /proc/self/uid_map /proc/self/gid_map
  equals $'0 100000 1000\n0 200000 1000'
  works once --uidmap=0:100000:1000 --volume="$BATS_TEST_TMPDIR/volume:/v" stat -c %u /v/file
  equals 65534
  works once --uidmap=0:100000:1000 --volume="$BATS_TEST_TMPDIR/volume:/v:idmap" sh -c 'stat -c %u /v/file; touch /v/new'
  equals 0
  [ "$(stat -c %u "$BATS_TEST_TMPDIR/volume/new")" = 0 ]
}

@test "read-only, tmpfs, sysctls, limits of processes" {
  exits 1 once --read-only --tmpfs=/t:size=1m sh -c 'touch /t/x /tmp/x && touch /x'
  has "/x: Read-only file system"
  works once --ulimit=nofile=100:200 --ulimit=nproc=1000:1000 --sysctl=kernel.msgmax=4096 sh -c 'ulimit -n; cat /proc/sys/kernel/msgmax'
  equals $'100\n4096'
}

@test "an init, another container's namespaces, and the host's" {
  begin --init sleep 1000
  works podman exec "$name" readlink /proc/1/exe
  equals /run/podman-init
  works once --pid=container:"$name" --ipc=container:"$name" sh -c 'readlink /proc/self/ns/pid'
  equals "$(podman exec "$name" readlink /proc/self/ns/pid)"
  works podman run --rm --network=host --uts=host --pid=host "$image" sh -c 'for i in net uts pid; do readlink /proc/self/ns/$i; done'
  equals "$(readlink /proc/self/ns/{net,uts,pid})"
}

@test "podman build" {
  mkdir "$BATS_TEST_TMPDIR/context"
  printf '%s\n' "FROM $image" 'RUN echo built by $(id -u) >/built' >"$BATS_TEST_TMPDIR/context/Containerfile"
  works podman build --network=none --tag=localhost/built "$BATS_TEST_TMPDIR/context"
  works podman run --rm --network=none localhost/built cat /built
  equals "built by 0"
}

@test "checkpoint is refused" {
  begin sleep 1000
  exits 125 podman container checkpoint "$name"
  has "checkpoint"
}

@test "nothing stays of containers that are gone" {
  [ -z "$(ls "$(in_own_tree /run/snug)")" ] || fail "$(ls "$(in_own_tree /run/snug)")"
  works find "$(in_own_tree /sys/fs/cgroup)" -type d -name 'libpod-*'
  equals ""
}
