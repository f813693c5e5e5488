#!/usr/bin/env bats
# Root's Buildah with snug-oci as the runtime of its isolation by oci; in a cgroup tree and a mount namespace of its own.
# client: Buildah, rootful
# packages: buildah busybox-static
# version: buildah --version
load ../../tests-rootless/clients/buildah
load ../own-tree

buildah=("${own_tree[@]}" "${buildah[@]}")

tree_and_buildah ()
{
  skip_unless_command buildah
  skip_unless_own_tree
}

setup_file ()
{
  file_needs tree_and_buildah || return 0
  export HOME=$BATS_FILE_TMPDIR
  start_own_tree
  make_container
}

teardown_file ()
{
  [ -z "$why_not" ] || return 0
  remove_container
  end_own_tree
}

@test "run as a user, with a volume, by both isolations, and exit as the program does" {
  mkdir "$BATS_TEST_TMPDIR/volume"
  for isolation in oci chroot; do
    exits 5 inside $isolation --user=5:6 --env=A=B --volume="$BATS_TEST_TMPDIR/volume:/v:ro" \
      sh -c 'id -u; echo $A; touch /v/file; exit 5'
    has $'5\nB\ntouch: /v/file: Read-only file system'
    [ $isolation = chroot ] || runtime_ran
  done
  [ ! -e "$notes" ]
}

@test "build from a file, by both isolations" {
  builds_by_both_isolations
}

@test "nothing stays of containers that are gone" {
  [ -z "$(ls "$(in_own_tree /run/snug)")" ] || fail "$(ls "$(in_own_tree /run/snug)")"
  works find "$(in_own_tree /sys/fs/cgroup)" -type d -name 'buildah-*'
  equals ""
}
