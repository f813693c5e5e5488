#!/usr/bin/env bats
# What is different for root, who needs no user namespace.
load ../tests-rootless/helpers

setup ()
{
  [ "$(id -u)" = 0 ] || skip "needs root"
}

as_bwrap () # [OPTION…] COMMAND…
{
  SNUG=$BWRAP in_usr "$@"
}

caps=(sed -n 's/CapEff:.//p' /proc/self/status)
mine=$(sed -n 's/CapEff:.//p' /proc/self/status)
kill=$((1 << 5))

@test "root's sandbox stays in root's user namespace, under both names" {
  for run_in in in_usr as_bwrap; do
    works $run_in sh -c 'readlink /proc/self/ns/user; id -u'
    equals "$(readlink /proc/self/ns/user)"$'\n'0
  done
}

@test "--unshare-user and --unshare-user-try make a new one, in which root is root and nobody else" {
  for option in --unshare-user --unshare-user-try --unshare-all; do
    works in_usr $option readlink /proc/self/ns/user
    [ "$output" != "$(readlink /proc/self/ns/user)" ] || fail "$option did nothing"
    works in_usr $option sh -c 'echo $(cat /proc/self/uid_map /proc/self/gid_map)'
    equals "0 0 1 0 0 1"
  done
}

@test "under the name bwrap, root keeps its capabilities" {
  works as_bwrap "${caps[@]}"
  equals "$mine"
  works as_bwrap --unshare-user "${caps[@]}"
  [ $((0x$output & 0x$mine)) = $((0x$mine)) ] || fail "root does not have all of $mine"
}

@test "under the name bwrap, --cap-drop takes away what it names and no more" {
  works as_bwrap --cap-drop CAP_KILL "${caps[@]}"
  equals "$(printf %016x $((0x$mine & ~kill)))"
  works as_bwrap --cap-drop ALL "${caps[@]}"
  equals 0000000000000000
  works as_bwrap --cap-drop ALL --cap-add CAP_KILL "${caps[@]}"
  equals 0000000000000020
}

@test "under the name snug, root's program has the capabilities of --cap-add alone" {
  works in_usr "${caps[@]}"
  equals 0000000000000000
  works in_usr --unshare-user "${caps[@]}"
  equals 0000000000000000
  works in_usr --cap-add CAP_KILL "${caps[@]}"
  equals 0000000000000020
}

@test "--uid and --gid need a new user namespace" {
  for option in --uid --gid; do
    refused in_usr $option 7 true
    has "Specifying $option requires --unshare-user or --userns"
    works in_usr --unshare-user $option 7 id
    has "${option#--}=7"
  done
}

@test "--uid-map and --gid-map give root any ids" {
  mkdir "$BATS_TEST_TMPDIR/dir"
  maps=(--uid-map 0:0:1 --uid-map 1:200000:10 --gid-map 0:0:1 --gid-map 1:300000:10)
  works in_usr --unshare-user "${maps[@]}" --cap-add CAP_CHOWN --bind "$BATS_TEST_TMPDIR/dir" /mnt chown 5:6 /mnt
  [ "$(stat -c %u:%g "$BATS_TEST_TMPDIR/dir")" = 200004:300005 ]
  refused in_usr "${maps[@]}" true
  has "require --unshare-user"
}

# The sandbox around it shows /etc/subuid and /etc/subgid that say TEXT.
with_subordinate_ids () # TEXT COMMAND…
{
  SNUG_BIN=$SNUG "$BWRAP" --dev-bind / / --ro-bind-data 25 /etc/subuid --ro-bind-data 26 /etc/subgid "${@:2}" \
    25< <(echo "$1") 26< <(echo "$1")
}

@test "--map-auto gives root its subordinate ids, if it has any" {
  sandbox=("$SNUG" "${usr[@]}" --proc /proc --dev /dev --unshare-user --map-auto sh -c 'echo $(cat /proc/self/uid_map)')
  works with_subordinate_ids root:400000:500 "${sandbox[@]}"
  equals "0 0 1 1 400000 500"
  refused with_subordinate_ids nobody:400000:500 "${sandbox[@]}"
  has "--map-auto"
  has "/etc/subuid has no subordinate ids for root"
}

@test "--map-ids keeps root root as well" {
  works with_subordinate_ids root:400000:500 "$SNUG" "${usr[@]}" --proc /proc --unshare-user --map-ids \
    sh -c 'echo $(cat /proc/self/gid_map)'
  equals "0 0 1 1 400000 500"
}

@test "device files work through --dev-bind alone, for root too" {
  works in_usr --dev-bind /dev/zero /zero head -c 1 /zero
  refused in_usr --bind /dev/zero /zero head -c 1 /zero
  has "Permission denied"
}

@test "switches of the kernel in /proc are read-only, though root owns them" {
  for options in "" --unshare-pid "--unshare-pid --cap-add ALL"; do
    # shellcheck disable=SC2086 # several words
    refused in_usr $options sh -c 'true >>/proc/sys/kernel/core_pattern || exit 1'
    has "Read-only file system"
  done
}

@test "what the sandbox mounts is not mounted outside" {
  before=$(cat /proc/self/mountinfo)
  mkdir "$BATS_TEST_TMPDIR/dir"
  works in_usr --bind "$BATS_TEST_TMPDIR" /mnt --tmpfs /mnt/dir --cap-add ALL mount -t tmpfs none /mnt
  [ "$(cat /proc/self/mountinfo)" = "$before" ]
}

@test "root can join a pid namespace" {
  coproc KEEPER { exec unshare --pid --fork --kill-child sh -c 'echo here; exec cat' 2>&1 3>&-; }
  read -r _ <&"${KEEPER[0]}"
  works in_usr --pidns 21 readlink /proc/self/ns/pid 21<"/proc/$KEEPER_PID/ns/pid_for_children"
  equals "$(readlink "/proc/$KEEPER_PID/ns/pid_for_children")"
}
