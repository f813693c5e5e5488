#!/usr/bin/env bats
# Watching a sandbox from outside: documents about it, descriptors that hold it back or tell its end, locks, and dying
# with its parent.
load helpers

setup ()
{
  cd "$BATS_TEST_TMPDIR"
  mkfifo in gate sync
}

teardown ()
{
  [ -z "${started-}" ] || kill -9 "$started" 2>/dev/null || :
}

# Starts COMMAND in the background.  Its standard input is what `tell` writes, its output goes to the file "said".
start () # COMMAND…
{
  "$@" <in >said 2>&1 3>&- 27>&- 28>&- 29>&- &
  started=$!
  exec 29>in
}

start_in_usr () # [OPTION…] COMMAND…
{
  start "$SNUG" "${usr[@]}" --proc /proc --dev /dev "$@"
}

tell () # LINE
{
  echo "$1" >&29
}

ends_well ()
{
  wait "$started" || fail "it ended with $?: $(cat said)"
}

# The pid that the document in "info" names, when it is complete.
child_pid ()
{
  eventually grep -q "^}" info
  sed -n 's/.*"child-pid": \([0-9]*\).*/\1/p' info
}

# --- Documents ---

@test "--info-fd gets an object with the pid of the first process inside and the namespaces that are new" {
  works in_usr --unshare-all --info-fd 21 sh -c \
    'for ns in cgroup ipc mnt net pid uts; do echo "\"$ns-namespace\": $(stat -Lc %i /proc/self/ns/$ns)"; done' 21>info
  while read -r line; do
    grep -qF -- "$line" info || fail "$line is not in: $(cat info)"
  done <<<"$output"
}

@test "the documents are JSON" {
  skip_unless_command python3
  works in_usr --unshare-all --info-fd 21 --json-status-fd 22 true 21>info 22>status
  works python3 -c 'import json; print(list(json.load(open("info")))); [json.loads(line) for line in open("status")]'
  has "['child-pid', 'cgroup-namespace', 'ipc-namespace', 'mnt-namespace', "
}

@test "--info-fd leaves out what is shared" {
  works in_usr --info-fd 21 true 21>info
  works cat info
  has '"child-pid": '
  has '"mnt-namespace": '
  for ns in cgroup ipc net pid uts; do lacks $ns-namespace; done
}

@test "child-pid is the pid that the first process inside has outside" {
  start_in_usr --unshare-pid --info-fd 21 sh -c 'read -r _' 21>info
  pid=$(child_pid)
  grep -qx "NSpid:.*[[:space:]]${pid}[[:space:]]1" "/proc/$pid/status"
  tell go
  ends_well
}

@test "--json-status-fd gets a line at the start and one at the end" {
  run -42 in_usr --unshare-pid --json-status-fd 21 sh -c 'stat -Lc %i /proc/self/ns/pid; exit 42' 21>status
  ns=$output
  works cat status
  has '{ "child-pid": '
  has "\"pid-namespace\": $ns"
  [ "${lines[1]}" = '{ "exit-code": 42 }' ]
  [ ${#lines[@]} = 2 ]
}

@test "a program killed by a signal has 128 + n as exit-code" {
  run -143 in_usr --json-status-fd 21 sh -c 'kill $$' 21>status
  grep -qxF '{ "exit-code": 143 }' status
}

@test "a program that could not be executed has no exit-code" {
  for options in "" --unshare-pid; do
    # shellcheck disable=SC2086 # several words
    refused in_usr $options --json-status-fd 21 no-such-program 21>status
    works cat status
    has child-pid
    lacks exit-code
  done
}

@test "a sandbox that could not be set up has no exit-code" {
  refused in_usr --ro-bind none /mnt --json-status-fd 21 true 21>status
  works cat status
  lacks exit-code
}

@test "the descriptors of --info-fd and --json-status-fd don't reach the program" {
  works in_usr --info-fd 21 --json-status-fd 22 sh -c 'ls /proc/self/fd' 21>info 22>status
  lacks 21
  lacks 22
}

# --- Descriptors that hold back or tell ---

@test "--block-fd holds the program back until there is something to read" {
  exec 28<>gate
  start_in_usr --bind . /mnt --info-fd 21 --block-fd 22 sh -c 'echo started >>/mnt/log; ls /proc/self/fd' \
    21>info 22<gate
  child_pid
  echo released >>log
  echo go >gate
  ends_well
  [ "$(cat log)" = $'released\nstarted' ]
  [[ $(cat said) != *22* ]]
}

# What reading the other side of --sync-fd says: 1 is the end, more than 128 that somebody still holds it.
read_sync () # SECONDS
{
  read -r -t "$1" <&28
}

@test "--sync-fd stays open until the sandbox has ended, though the program does not have it" {
  exec 27<>sync 28<sync
  start_in_usr --unshare-pid --sync-fd 21 sh -c 'ls /proc/self/fd; echo here; read -r _' 21>sync
  exec 27>&-
  eventually grep -q here said
  run read_sync 0.2
  [ "$status" -gt 128 ] || fail "the descriptor is closed"
  tell go
  ends_well
  run read_sync 10
  [ "$status" = 1 ] || fail "the descriptor is still open"
  [[ $(cat said) != *21* ]]
}

@test "--userns-block-fd lets others write the id maps" {
  skip_unless_subordinate_ids
  skip_unless_command newuidmap
  first_of () { sed -n "s/^$(id -un):\([0-9]*\):.*/\1/p" "$1" | head -n 1; }
  exec 28<>gate
  start_in_usr --unshare-user --userns-block-fd 22 --info-fd 21 sh -c 'cat /proc/self/uid_map; id -u; id -g' \
    21>info 22<gate
  pid=$(child_pid)
  newuidmap "$pid" 0 "$(id -u)" 1 1 "$(first_of /etc/subuid)" 7
  newgidmap "$pid" 0 "$(id -g)" 1 1 "$(first_of /etc/subgid)" 7
  echo go >gate
  ends_well
  works cat said
  has " 7"$'\n'0$'\n'0
}

@test "--userns-block-fd needs --unshare-user and --info-fd" {
  refused in_usr --userns-block-fd 21 --info-fd 22 true 21</dev/null 22>info
  has "--userns-block-fd requires --unshare-user"
  refused in_usr --unshare-user --userns-block-fd 21 true 21</dev/null
  has "--userns-block-fd requires --info-fd"
}

# --- Locks ---

lock_for_writing () # FILE
{
  python3 -c 'import fcntl, sys; fcntl.lockf(open(sys.argv[1], "r+"), fcntl.LOCK_EX | fcntl.LOCK_NB)' "$1" 2>/dev/null
}

@test "--lock-file holds a lock on each file while the sandbox runs, against those who want to write" {
  skip_unless_command python3
  touch one two three
  start_in_usr --ro-bind . /mnt --lock-file /mnt/one --lock-file /mnt/two sh -c 'echo here; read -r _'
  eventually grep -q here said
  lock_for_writing three
  run lock_for_writing one
  [ "$status" != 0 ] || fail "the first file is not locked"
  run lock_for_writing two
  [ "$status" != 0 ] || fail "the second file is not locked"
  tell go
  ends_well
  eventually lock_for_writing one
}

@test "--lock-file of what is not in the sandbox is an error" {
  refused in_usr --lock-file "$PWD/none" true
  has "--lock-file $PWD/none"
}

# --- Dying with the parent ---

# The program says what it is told, and holds the descriptor 21, whose other side is 28.
answering=(--keep-fd 21 sh -c 'echo here; while read -r line; do echo "$line"; done')

start_below () # PARENT… -- OPTION…
{
  local parent=()
  while [ "$1" != -- ]; do parent+=("$1") && shift; done
  exec 27<>sync 28<sync
  start "${parent[@]}" "$SNUG" "${usr[@]}" "${@:2}" "${answering[@]}" 21>sync
  exec 27>&-
  eventually grep -q here said
}

still_answers ()
{
  tell "$1" && eventually grep -q "$1" said
}

shell=(bash -c '"$@" <&0 21>&21 & exec 21>&-; wait' shell)

@test "with --die-with-parent the sandbox ends when its parent is killed" {
  for options in "" --unshare-pid; do
    # shellcheck disable=SC2086 # several words
    start_below "${shell[@]}" -- $options --die-with-parent
    still_answers yes
    kill -9 "$started"
    run read_sync 10
    [ "$status" = 1 ] || fail "the sandbox lives on"
  done
}

@test "without --die-with-parent the sandbox lives on when its parent is killed" {
  start_below "${shell[@]}" --
  kill -9 "$started"
  wait "$started" || :
  still_answers "yes, I do"
}

@test "with --die-with-parent the end of a thread of the parent, even of the one that started it, does no harm" {
  skip_unless_command python3
  start_below python3 -c '
import os, subprocess, sys, threading, time
def start():
    global sandbox
    sandbox = subprocess.Popen(sys.argv[1:], close_fds=False)
thread = threading.Thread(target=start)
thread.start()
thread.join()
while len(os.listdir("/proc/self/task")) > 1:
    time.sleep(0.01)
print("the thread is gone", flush=True)
sandbox.wait()' -- --die-with-parent
  eventually grep -q "the thread is gone" said
  still_answers "yes, I do"
  kill -9 "$started"
  run read_sync 10
  [ "$status" = 1 ] || fail "the sandbox lives on"
}
