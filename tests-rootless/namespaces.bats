#!/usr/bin/env bats
# Namespaces: what of the system is the program's own, and who the program is in it.
load helpers

namespace () # KIND
{
  readlink "/proc/self/ns/$1"
}

is_new () # KIND [OPTION…]
{
  works in_usr "${@:2}" readlink "/proc/self/ns/$1"
  [ "$output" != "$(namespace "$1")" ] || fail "the $1 namespace is the caller's"
}

is_shared () # KIND [OPTION…]
{
  works in_usr "${@:2}" readlink "/proc/self/ns/$1"
  equals "$(namespace "$1")"
}

# Starts a process in namespaces of its own that stays until the test ends; $holder is its pid.  A COMMAND takes the
# place of that process: it says "here" when it is ready.
hold () # UNSHARE-OPTION… [COMMAND…]
{
  coproc KEEPER { exec unshare "$@" sh -c 'echo here; exec cat' 2>&1 3>&-; }
  holder=$KEEPER_PID
  read -r output <&"${KEEPER[0]}"
  [ "$output" = here ] || fail "could not unshare $*"
}

@test "without options, all but the user and mount namespaces are the caller's" {
  for kind in ipc pid net uts cgroup; do is_shared $kind; done
  for kind in user mnt; do is_new $kind; done
}

@test "--unshare-ipc makes a new ipc namespace" {
  is_new ipc --unshare-ipc
}

@test "--unshare-pid makes a new pid namespace, from which nothing outside is seen or signalled" {
  is_new pid --unshare-pid
  works in_usr sh -c "kill -0 $$"
  refused in_usr --unshare-pid sh -c "ls /proc/$$ || kill -0 $$"
  has "No such process"
}

@test "--unshare-net makes a new net namespace that no route leaves, and whose loopback interface is up" {
  is_new net --unshare-net
  works in_usr --unshare-net sh -c 'wc -l </proc/net/route'
  equals 1
  works in_usr --unshare-net cat /proc/net/fib_trie
  has "127.0.0.1"
}

@test "--unshare-uts makes a new uts namespace" {
  is_new uts --unshare-uts
}

@test "--unshare-cgroup and --unshare-cgroup-try make a new cgroup namespace" {
  is_new cgroup --unshare-cgroup
  is_new cgroup --unshare-cgroup-try
}

@test "--unshare-user makes a user namespace, as --disable-userns needs" {
  is_new user --unshare-user
  works in_usr --unshare-user --disable-userns true
  refused in_usr --disable-userns true
  has "--disable-userns requires --unshare-user"
}

# Runs a sandbox from a user namespace in which the caller is root and COMMAND has been run.
in_usr_as_root_after () # COMMAND [OPTION…] COMMAND…
{
  unshare --user --map-root-user sh -c "$1; exec \"\$@\"" sh "$SNUG" "${usr[@]}" --proc /proc "${@:2}"
}

@test "--unshare-user and --unshare-user-try make a user namespace for root too, who can do without" {
  show_it='readlink /proc/self/ns/user'
  works in_usr_as_root_after "$show_it" sh -c "$show_it"
  [ "${lines[0]}" = "${lines[1]}" ]
  for option in --unshare-user --unshare-user-try; do
    works in_usr_as_root_after "$show_it" $option sh -c "$show_it"
    [ "${lines[0]}" != "${lines[1]}" ]
  done
}

@test "--unshare-user-try goes on without where there are none to be had" {
  allow_none='echo 0 >/proc/sys/user/max_user_namespaces'
  works in_usr_as_root_after "$allow_none" --unshare-user-try echo started
  equals started
  refused in_usr_as_root_after "$allow_none" --unshare-user echo started
  has "user namespaces are switched off: the sysctl user.max_user_namespaces is 0"
}

@test "--unshare-all makes all of them new" {
  for kind in ipc pid net uts cgroup user mnt; do is_new $kind --unshare-all; done
}

@test "--share-net keeps the network of the caller after --unshare-all and --unshare-net" {
  is_shared net --unshare-all --share-net
  is_shared net --unshare-net --share-net
  is_new ipc --unshare-all --share-net
}

@test "--share-net before --unshare-net is overridden" {
  is_new net --share-net --unshare-net
}

@test "--hostname names the sandbox and nothing else" {
  before=$(uname -n)
  works in_usr --unshare-uts --hostname little.box uname -n
  equals little.box
  [ "$(uname -n)" = "$before" ]
}

@test "--hostname needs --unshare-uts" {
  refused in_usr --hostname little.box true
  has "Specifying --hostname requires --unshare-uts"
}

@test "--uid and --gid say who the program is" {
  works in_usr --uid 7 --gid 8 id
  has "uid=7"
  has "gid=8"
  works in_usr --uid 0 id -u
  equals 0
  works in_usr --gid 0 id -g
  equals 0
}

@test "whatever --uid says, files outside belong to the caller" {
  works in_usr --uid 7 --gid 8 --bind "$BATS_TEST_TMPDIR" /out touch /out/made
  [ "$(stat -c %u:%g "$BATS_TEST_TMPDIR/made")" = "$(id -u):$(id -g)" ]
}

@test "--userns puts the program into a user namespace that exists" {
  hold --user --map-root-user
  works in_usr --userns 21 sh -c 'readlink /proc/self/ns/user; id -u' 21<"/proc/$holder/ns/user"
  equals "$(readlink "/proc/$holder/ns/user")"$'\n'0
}

@test "--userns and --unshare-user exclude each other" {
  refused in_usr --userns 21 --unshare-user true 21</proc/self/ns/user
  has "--userns not compatible --unshare-user"
}

@test "--userns2 puts the program into a namespace below that of the set-up" {
  hold --user --map-root-user --fork sh -c 'unshare --user --map-user=5 sh -c "echo here; exec cat"; :'
  inner=$(pgrep -P "$(pgrep -P "$holder")")
  works in_usr --userns 21 --userns2 22 sh -c 'readlink /proc/self/ns/user; id -u' \
    21<"/proc/$holder/ns/user" 22<"/proc/$inner/ns/user"
  equals "$(readlink "/proc/$inner/ns/user")"$'\n'5
}

@test "--pidns puts the program into a pid namespace that exists" {
  hold --user --map-root-user --pid --fork --mount-proc
  inside=$(readlink "/proc/$holder/ns/pid_for_children")
  works in_usr --userns 21 --pidns 22 sh -c 'readlink /proc/self/ns/pid; cat /proc/1/comm' \
    21<"/proc/$holder/ns/user" 22<"/proc/$holder/ns/pid_for_children"
  equals "$inside"$'\n'cat
}

@test "--pidns with --unshare-pid makes a new pid namespace below that one" {
  hold --user --map-root-user --pid --fork --mount-proc
  inside=$(readlink "/proc/$holder/ns/pid_for_children")
  works in_usr --userns 21 --pidns 22 --unshare-pid sh -c 'readlink /proc/self/ns/pid; cat /proc/1/comm' \
    21<"/proc/$holder/ns/user" 22<"/proc/$holder/ns/pid_for_children"
  lacks "$inside"
  lacks "$(namespace pid)"
  lacks cat
}

@test "--disable-userns lets the program make no further user namespaces" {
  works in_usr --unshare-user unshare --user true
  refused in_usr --unshare-user --disable-userns unshare --user true
  has "unshare failed"
  refused in_usr --unshare-user --disable-userns --cap-add ALL unshare --user true
  has "unshare failed"
}

@test "--disable-userns changes nothing about who the program is" {
  works in_usr --unshare-user --disable-userns --uid 7 --gid 8 sh -c 'id -u; id -g'
  equals $'7\n8'
}

@test "--assert-userns-disabled starts nothing where user namespaces can be made" {
  refused in_usr --assert-userns-disabled echo started
  has "creation of new user namespaces was not disabled"
  lacks started
}

@test "--assert-userns-disabled is content where they can't be made" {
  works in_usr --unshare-user --disable-userns --assert-userns-disabled echo started
  equals started
  hold --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; echo here; exec cat'
  works in_usr --userns 21 --assert-userns-disabled echo started 21<"/proc/$holder/ns/user"
  equals started
}
