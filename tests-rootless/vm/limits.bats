#!/usr/bin/env bats
# That limits of the sandbox as a whole hold, by a user's systemd and without one: in the guest of ./dev vm, where an ordinary
# user's systemd has all controllers.
load ../helpers
load ../manual

# Runs COMMAND as a service of the user's, to which its cgroup is delegated.
delegated () # COMMAND…
{
  printf '%q ' exec "$@" >"$BATS_TEST_TMPDIR/script"
  systemd-run --user --quiet --wait --pipe --collect -p Delegate=yes bash "$BATS_TEST_TMPDIR/script"
}

# A sandbox that sees the host's cgroups, by each of the managers.
by_systemd () # [OPTION…] COMMAND…
{
  in_usr --cgroup-manager systemd --ro-bind /sys /sys --unshare-pid "$@"
}

by_cgroupfs () # [OPTION…] COMMAND…
{
  delegated "$SNUG" "${usr[@]}" --proc /proc --dev /dev --cgroup-manager cgroupfs --ro-bind /sys /sys --unshare-pid "$@"
}

# Prints what files of its own cgroup say, from inside.
show=(bash -c 'cd "/sys/fs/cgroup$(sed s/0::// /proc/self/cgroup)" && for file; do echo "$file $(<$file)"; done' show)

units ()
{
  systemctl --user list-units --all --plain --no-legend 'snug*'
}

no_unit ()
{
  [ -z "$(units)" ]
}

cgroups ()
{
  find /sys/fs/cgroup/user.slice -name 'snug.*'
}

# A process that holds a new unit is found by its command line too, and may wait for systemd a little.
no_sleeper ()
{
  ! pgrep -f 'sleep 1000'
}

no_cgroup ()
{
  [ -z "$(cgroups)" ]
}

teardown ()
{
  eventually no_unit
}

# Starts a sandbox in the background that sleeps until it is killed; $monitor is its pid.
start_sleeper () # OPTION…
{
  "$SNUG" "${usr[@]}" --proc /proc --dev /dev "$@" sh -c 'echo >&2; exec sleep 1000' 2>"$BATS_TEST_TMPDIR/ready" 3>&- &
  monitor=$!
  eventually test -s "$BATS_TEST_TMPDIR/ready"
}

# --- They hold ------------------------------------------------------------------------------------------------------

@test "--memory: a program that wants more is killed, which is said with what it used, and the exit status is 137" {
  for by in by_systemd by_cgroupfs; do
    run $by --memory 50M tail /dev/zero
    [ "$status" = 137 ] || fail "status $status"
    has "snug: --memory 50M (argument "
    has "): out of memory: the kernel killed 1 of the sandbox's processes; peak use: 50M, limit: 50M"
    no_cgroup
  done
}

@test "--memory: if only a child is killed, that is said, and the exit status is the program's" {
  for by in by_systemd by_cgroupfs; do
    run $by --memory 50M sh -c '{ head -c 500M /dev/zero | tail; } >/dev/null 2>&1; exit 3'
    [ "$status" = 3 ] || fail "status $status"
    has "out of memory: the kernel killed 1 of the sandbox's processes"
  done
}

@test "--memory: what is too little to begin with is said" {
  for by in by_systemd by_cgroupfs; do
    refused $by --memory 4K true
    has "out of memory: the kernel killed"
    no_cgroup
  done
}

@test "--memory counts what is in files in memory, and what is enough is enough" {
  run by_systemd --memory 50M --tmpfs /tmp dd if=/dev/zero of=/tmp/file bs=1M count=200
  [ "$status" = 137 ] || fail "status $status"
  works by_systemd --memory 50M --tmpfs /tmp dd if=/dev/zero of=/tmp/file bs=1M count=10 status=none
  equals ""
}

@test "--pids: a fork bomb stops there" {
  for by in by_systemd by_cgroupfs; do
    # shellcheck disable=SC2016
    works $by --pids 30 sh -c '
      cd "/sys/fs/cgroup$(sed s/0::// /proc/self/cgroup)"
      (for i in $(seq 60); do sleep 5 & done) 2>/dev/null
      read -r peak <pids.peak && echo "peak $peak"'
    has "peak 30"
  done
}

@test "--cpus 0.5 gives half of a processor" {
  for by in by_systemd by_cgroupfs; do
    # shellcheck disable=SC2016
    works $by --cpus 0.5 bash -c '
      cd "/sys/fs/cgroup$(sed s/0::// /proc/self/cgroup)"
      used () { sed -n "s/^usage_usec //p" cpu.stat; }
      began=${EPOCHREALTIME/.} before=$(used)
      for i in 1 2; do timeout 2 sh -c "while :; do :; done" & done
      wait
      echo $((($(used) - before) * 100 / (${EPOCHREALTIME/.} - began)))'
    [ "$output" -ge 40 ] && [ "$output" -le 60 ] || fail "it got that many hundredths"
  done
}

@test "limits are written to the cgroup" {
  for by in by_systemd by_cgroupfs; do
    works $by --memory 100M --memory-high 80M --swap 20M --cpus 1.5 --cpu-weight 50 --cpuset 1 --pids 40 --io-weight 300 \
      "${show[@]}" memory.{max,high,swap.max} cpu.{max,weight} cpuset.cpus pids.max io.weight
    equals "memory.max 104857600
memory.high 83886080
memory.swap.max 20971520
cpu.max 150000 100000
cpu.weight 50
cpuset.cpus 1
pids.max 40
io.weight default 300"
    works $by --memory 100M "${show[@]}" memory.swap.max memory.high pids.peak
    has "memory.swap.max 0"
    has "memory.high max"
    works $by --memory 100M --swap max "${show[@]}" memory.swap.max
    equals "memory.swap.max max"
  done
}

@test "--cpuset: processors that this machine has none of are an error, and nothing is left" {
  for by in by_systemd by_cgroupfs; do
    refused $by --cpuset 63 true
    has "--cpuset 63 (argument "
    no_cgroup
  done
}

@test "with --unshare-cgroup the program sees its own cgroup as the root" {
  for by in by_systemd by_cgroupfs; do
    works $by --pids 50 --unshare-cgroup cat /proc/self/cgroup
    equals 0::/
  done
}

@test "the manual's example runs" {
  mkdir "$BATS_TEST_TMPDIR/here"
  # shellcheck disable=SC2016
  printf '#!/bin/sh\ncat "/sys/fs/cgroup$(sed s/0::// /proc/self/cgroup)/pids.max"\n' >"$BATS_TEST_TMPDIR/here/make"
  chmod +x "$BATS_TEST_TMPDIR/here/make"
  PATH=$BATS_TEST_TMPDIR/here:$PATH run_example whole
  equals 200
}

# --- The unit -------------------------------------------------------------------------------------------------------

@test "systemctl --user shows the scope with its limits while it runs, also after a daemon-reload, and nothing after" {
  start_sleeper --memory 100M --cpus 0.5 --pids 40 --cgroup-property TimeoutStopSec=7
  local unit shown
  unit=$(units | cut -d ' ' -f 1)
  [[ $unit == snug.*.scope ]]
  for reload in no yes; do
    [ $reload = no ] || systemctl --user daemon-reload
    shown=$(systemctl --user show "$unit" -p MemoryMax -p CPUQuotaPerSecUSec -p TasksMax -p TimeoutStopUSec -p MemorySwapMax | sort)
    [ "$shown" = "CPUQuotaPerSecUSec=500ms
MemoryMax=104857600
MemorySwapMax=0
TasksMax=40
TimeoutStopUSec=7s" ] || fail "it has $shown"
    run cat "$(cgroups)"/{memory,pids}.max
    equals $'104857600\n40'
  done
  kill "$monitor"
  wait "$monitor" || true
  no_unit
  no_cgroup
}

@test "--explain shows the unit that would be made, and makes none" {
  works "$SNUG" --explain=json --memory 1G true
  works jq -r '.plan.cgroup | .manager, .slice, (.unit_properties[] | select (startswith ("Memory")))' <<<"$output"
  equals $'systemd\nuser.slice\nMemoryAccounting=true\nMemoryMax=1073741824\nMemorySwapMax=0'
  no_unit
}

@test "what systemd does not take of a unit is an error in its words" {
  refused by_systemd --cgroup-property Frobnicate=1 true
  has "Frobnicate"
  no_unit
}

# --- The end --------------------------------------------------------------------------------------------------------

@test "a killed snug leaves no unit and no process" {
  for unshare in --unshare-pid --unshare-ipc; do
    start_sleeper --memory 100M $unshare
    [ -n "$(units)" ]
    kill -9 "$monitor"
    eventually no_unit
    no_cgroup
    eventually no_sleeper
  done
}

@test "a snug that is killed while it begins leaves no unit" {
  for _ in 1 2; do
    for ((i = 2; i <= 20; i++)); do
      timeout -s KILL "$(printf '0.%02d' "$i")" "$SNUG" "${usr[@]}" --memory 100M --unshare-pid sleep 1000 3>&- || true
    done
  done
  eventually no_unit
  eventually no_sleeper
  no_cgroup
  no_unit
}

@test "a process left in the background keeps the unit, and ends with it" {
  works in_usr --pids 50 sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!'
  local left=$output
  [ -n "$(units)" ]
  kill "$left"
  eventually no_unit
  no_cgroup
}

@test "many at once have units of their own, and none stays" {
  for i in {1..10}; do
    in_usr --pids 50 --unshare-pid sed -n s/^0:://p /proc/self/cgroup >"$BATS_TEST_TMPDIR/out.$i" 2>&1 3>&- &
  done
  await_jobs
  works sort -u "$BATS_TEST_TMPDIR"/out.*
  [ "$(grep -c '/snug\..*\.scope$' <<<"$output")" = 10 ] || fail "not all had one"
  no_unit
  no_cgroup
}
