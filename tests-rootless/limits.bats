#!/usr/bin/env bats
# What the sandbox as a whole may use: the cgroup that is made for it, and what is said where there can be none.  That limits
# hold is shown in vm/limits.bats, where there are controllers.  What needs a cgroup that is delegated to the caller is skipped
# where there is none; tests/limits.bats runs it.
load helpers
load cgroups

# No systemd is asked, so that what happens is the same everywhere.
fs=(--cgroup-manager cgroupfs)

# max limits nothing, and so needs no controller.
limited=("${fs[@]}" --pids max)

setup ()
{
  skip_unless_user_namespaces
  find_cgroups
}

sandboxes_cgroups ()
{
  find "$place" -maxdepth 1 -name 'snug.*'
}

has_no_cgroup_left ()
{
  [ -z "$(sandboxes_cgroups)" ]
}

# Starts a sandbox whose program sleeps until it is killed, and waits until it does: $monitor and $program are their pids.
start_sleeper () # OPTION…
{
  rm -f "$BATS_TEST_TMPDIR/sleeper"
  "$SNUG" "${usr[@]}" --proc /proc --dev /dev "$@" sh -c 'echo $$; exec sleep 1000' >"$BATS_TEST_TMPDIR/sleeper" 3>&- &
  monitor=$!
  eventually test -s "$BATS_TEST_TMPDIR/sleeper"
  program=$(<"$BATS_TEST_TMPDIR/sleeper")
}

is_gone () # PID
{
  ! kill -0 "$1" 2>/dev/null
}

# --- Where there can be none --------------------------------------------------------------------------------------

@test "without a delegated cgroup, a limit is an error that names it and what would help" {
  skip_if_delegated
  for manager in "" "--cgroup-manager systemd"; do
    # shellcheck disable=SC2086
    XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR DBUS_SESSION_BUS_ADDRESS="" refused in_usr --memory 1G $manager true
    has "--memory 1G (argument "
    has "there is no cgroup to limit: "
  done
  refused in_usr "${fs[@]}" --memory 1G true
  has "cgroup $own is not delegated to uid $(id -u)"
  has dbus-user-session
  has "loginctl enable-linger"
}

@test "without a cgroup2 tree, a limit is an error that says so" {
  # shellcheck disable=SC2016
  refused unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"' sh \
    "$SNUG" --pids 5 --ro-bind / / true
  has "--pids 5 (argument 1): there is no cgroup to limit: no cgroup2 tree is mounted on this host"
}

@test "where the own cgroup is out of sight, a limit is an error that says so" {
  skip_unless_delegated
  mkdir "$place/elsewhere"
  # shellcheck disable=SC2016
  refused unshare --user --map-root-user --cgroup sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$place/elsewhere" \
    "$SNUG" "${fs[@]}" --pids 5 --ro-bind / / true
  has "there is no cgroup to limit: the cgroup that snug was called in is out of sight"
  rmdir "$place/elsewhere"
}

@test "a limit whose controller is not here is an error that says why, and nothing is left" {
  skip_if_controller memory
  refused in_usr "${fs[@]}" --memory 1G true
  has "--memory 1G (argument "
  has "controller memory"
  has_no_cgroup_left
}

@test "a property of a unit needs systemd, and has to be one" {
  refused in_usr "${fs[@]}" --cgroup-property RuntimeMaxSec=60 true
  has "--cgroup-property RuntimeMaxSec=60 (argument "
  has "there is no unit to have it, as --cgroup-manager cgroupfs makes none"
  refused in_usr --cgroup-property Delegate=false true
  has "snug itself sets this property"
  refused in_usr --cgroup-property RuntimeMaxSec=soon true
  has "--cgroup-property RuntimeMaxSec=soon (argument "
}

@test "what limits nothing needs no cgroup" {
  skip_if_delegated
  works in_usr "${limited[@]}" --memory max --memory-high max --swap max true
  equals ""
}

@test "without an option that limits, nothing of cgroups is looked at" {
  skip_unless_command strace
  run strace -f -e trace=%file,connect -e signal=none -o "$BATS_TEST_TMPDIR/calls" "$SNUG" "${usr[@]}" true 3>&-
  [ "$status" = 0 ] || skip "strace may not trace here"
  works sed -n '/cgroup/p; /connect/p' "$BATS_TEST_TMPDIR/calls"
  equals ""
}

# --- Being shown --------------------------------------------------------------------------------------------------

@test "--explain says who would make the cgroup, where and with what, or why nobody can, and makes none" {
  works "$SNUG" --explain=json "${fs[@]}" --memory 1G --cpus 0.5 true
  works jq -r '.plan.cgroup | .settings[] | "\(.file) \(.value)"' <<<"$output"
  equals $'memory.max 1073741824\ncpu.max 50000 100000\nmemory.swap.max 0'
  works "$SNUG" --explain "${fs[@]}" --memory 1G true
  if [ -n "$place" ]; then
    has "below                    ${place#"$tree"}"
    has_no_cgroup_left
  else
    has "problem                  cgroup $own is not delegated"
    lacks '\x'
  fi
}

# --- The cgroup -----------------------------------------------------------------------------------------------------

@test "a limit makes a cgroup, in which the program begins and which goes with the sandbox" {
  skip_unless_delegated
  for unshare in "" --unshare-pid; do
    # shellcheck disable=SC2086
    works in_usr "${limited[@]}" $unshare sed -n s/^0:://p /proc/self/cgroup
    [[ $tree$output == "$place"/snug.* ]] || fail "it began elsewhere"
    has_no_cgroup_left
  done
}

@test "the exit status is the program's" {
  skip_unless_delegated
  run in_usr "${limited[@]}" --unshare-pid sh -c 'exit 42'
  [ "$status" = 42 ]
  run in_usr "${limited[@]}" sh -c 'kill -9 $$'
  [ "$status" = 137 ]
  equals ""
}

@test "with --unshare-cgroup the program sees its own cgroup as the root" {
  skip_unless_delegated
  for unshare in --unshare-cgroup --unshare-all; do
    works in_usr "${limited[@]}" $unshare sed -n s/^0:://p /proc/self/cgroup
    equals /
  done
}

@test "what joins namespaces begins in the cgroup too" {
  skip_unless_delegated
  start_sleeper --unshare-user
  works in_usr "${limited[@]}" --userns 9 sed -n s/^0:://p /proc/self/cgroup 9<"/proc/$program/ns/user"
  [[ $tree$output == "$place"/snug.* ]] || fail "it began elsewhere"
  kill "$monitor"
}

@test "a sandbox that can't be made leaves no cgroup" {
  skip_unless_delegated
  refused in_usr "${limited[@]}" --unshare-pid /nowhere
  has_no_cgroup_left
  refused in_usr "${limited[@]}" --bind-data 9 /usr/no true 9</dev/null
  has_no_cgroup_left
}

@test "a signal that ends snug leaves no cgroup" {
  skip_unless_delegated
  for unshare in --unshare-pid --unshare-ipc; do
    start_sleeper "${limited[@]}" $unshare
    [ -n "$(sandboxes_cgroups)" ]
    kill "$monitor"
    wait "$monitor" || true
    has_no_cgroup_left
  done
}

@test "20 at once have cgroups of their own, and none stays" {
  skip_unless_delegated
  for i in {1..20}; do
    in_usr "${limited[@]}" --unshare-pid sed -n s/^0:://p /proc/self/cgroup >"$BATS_TEST_TMPDIR/out.$i" 2>&1 3>&- &
  done
  await_jobs
  works sort -u "$BATS_TEST_TMPDIR"/out.*
  [ "${#lines[@]}" = 20 ] || fail "not all had one"
  has_no_cgroup_left
}

# --- What stays -----------------------------------------------------------------------------------------------------

@test "a process left in the background keeps the cgroup, which goes with the next sandbox after it" {
  skip_unless_delegated
  works in_usr "${limited[@]}" sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!'
  local left=$output
  [ "$tree$(cgroup_of "$left")" = "$(sandboxes_cgroups)" ]
  works in_usr "${limited[@]}" true
  [ "$tree$(cgroup_of "$left")" = "$(sandboxes_cgroups)" ]
  kill "$left"
  eventually is_gone "$left"
  works in_usr "${limited[@]}" true
  has_no_cgroup_left
}

@test "what a killed snug leaves goes with the next sandbox" {
  skip_unless_delegated
  for unshare in --unshare-pid --unshare-ipc; do
    start_sleeper "${limited[@]}" $unshare
    local left
    left=$(sandboxes_cgroups)
    kill -9 "$monitor"
    eventually grep -q 'populated 0' "$left/cgroup.events"
    works in_usr "${limited[@]}" true
    has_no_cgroup_left
  done
}

@test "an empty cgroup whose maker lives, or which is no sandbox's, is left alone" {
  skip_unless_delegated
  mkdir "$place/snug.1.cafe" "$place/snug-container"
  exec 9<"$place/snug.1.cafe"
  flock --shared 9
  works in_usr "${limited[@]}" true
  [ -d "$place/snug.1.cafe" ]
  exec 9<&-
  works in_usr "${limited[@]}" true
  has_no_cgroup_left
  rmdir "$place/snug-container"
}
