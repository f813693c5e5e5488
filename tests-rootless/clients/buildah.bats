#!/usr/bin/env bats
# Buildah of an ordinary user, with snug-oci as the runtime of its isolation by oci.  Its isolation by chroot has no runtime.
# client: Buildah, rootless
# packages: buildah busybox-static
# version: buildah --version
load buildah

setup_file ()
{
  file_needs skip_unless_command buildah || return 0
  export HOME=$BATS_FILE_TMPDIR/home XDG_RUNTIME_DIR=$BATS_FILE_TMPDIR/xdg
  mkdir -m 700 "$HOME" "$XDG_RUNTIME_DIR"
  make_container
}

teardown_file ()
{
  [ -z "$why_not" ] || return 0
  remove_container
  buildah unshare rm -rf "$BATS_FILE_TMPDIR/storage"
}

setup ()
{
  skip_with_file
  rm -f "$notes"
}

@test "oci: run as a user, in a directory, with a volume and variables, and exit as the program does" {
  mkdir "$BATS_TEST_TMPDIR/volume"
  exits 5 inside oci --user=5:6 --workingdir=/tmp --env=A=B --volume="$BATS_TEST_TMPDIR/volume:/v:ro" \
    sh -c 'id -u; id -g; pwd; echo $A; cat /proc/1/comm; touch /v/file; exit 5'
  has $'5\n6\n/tmp\nB\nsh\ntouch: /v/file: Read-only file system'
  runtime_ran
}

@test "oci: the namespaces are those that are asked for" {
  works inside oci sh -c 'readlink /proc/self/ns/pid; readlink /proc/self/ns/net'
  has pid:
  lacks "$(readlink /proc/self/ns/pid)"
  has "$(readlink /proc/self/ns/net)"
  works inside oci --pid=host readlink /proc/self/ns/pid
  has "$(readlink /proc/self/ns/pid)"
}

@test "oci: what can't be run is an error in the words of snug" {
  exits 1 inside oci no-such-program
  has 'exec: "no-such-program": executable file not found in $PATH'
  exits 1 inside oci /etc
  has 'exec: "/etc": permission denied'
}

@test "oci: on a terminal" {
  works "$HELPERS/terminal" size:30x100 'wait:30 100' $'send:hello\n' 'wait:got hello' -- \
    "${buildah[@]}" run --isolation=oci --runtime="$runtime" --network=host --terminal "$container" \
    sh -c 'tty; until stty size 2>&1 | grep "30 100"; do sleep 0.1; done; read x; echo got $x'
  has /dev/pts/0
  runtime_ran
}

@test "chroot: the same without a runtime" {
  exits 5 inside chroot --user=5:6 --env=A=B sh -c 'id -u; echo $A; exit 5'
  has $'5\nB'
  [ ! -e "$notes" ]
}

@test "build from a file, by both isolations" {
  builds_by_both_isolations
  [ ! -e "$notes" ]
}

@test "nothing stays of containers that are gone" {
  [ -z "$(ls "$XDG_RUNTIME_DIR/snug")" ] || fail "$(ls "$XDG_RUNTIME_DIR/snug")"
}
