#!/usr/bin/env bats
# process.terminal: the terminal's other side goes through --console-socket, or whoever runs the container copies it.
load oci

terminal=$HELPERS/terminal

setup ()
{
  setup_oci
}

teardown ()
{
  teardown_oci
  [ -z "${console:-}" ] || kill "$console" 2>/dev/null || true
}

# A bundle whose program, COMMAND, has a terminal.
terminal_bundle () # COMMAND…
{
  bundle "$@"
  config '.process.terminal = true'
}

# Waits at $socket for a terminal; see tests/helpers/console.py.
start_console ()
{
  skip_unless_command python3
  socket=$BATS_TEST_TMPDIR/socket
  seen=$BATS_TEST_TMPDIR/seen
  rm -rf "$socket" "$seen"
  mkdir "$seen"
  mkfifo "$seen/keys"
  timeout 60 python3 "$BATS_TEST_DIRNAME/../tests/helpers/console.py" "$socket" "$seen" 3>&- >/dev/null &
  console=$!
  eventually test -S "$socket"
}

at_terminal () # STEP… -- COMMAND…
{
  "$terminal" "$@"
}

# --- Through a socket ---

@test "--console-socket gets the terminal, by name, and the program runs on it" {
  start_console
  terminal_bundle sh -c 'tty; test -t 0 && test -t 1 && test -t 2 && echo all; read line; echo "got $line"'
  create_bundle --console-socket "$socket"
  eventually grep -qx /dev/pts/0 "$seen/name"
  works oci start "$id"
  eventually grep -q all "$seen/screen"
  grep -q /dev/pts/0 "$seen/screen"
  echo hello >"$seen/keys"
  eventually grep -q "got hello" "$seen/screen"
}

@test "--console-socket: the program leads the session of the terminal" {
  start_console
  terminal_bundle sh -c 'echo tty >/dev/tty; cut -d" " -f5-7 /proc/self/stat; exec sleep 1000'
  start_bundle --console-socket "$socket"
  eventually grep -q tty "$seen/screen"
  eventually grep -q '^[1-9][0-9]* 1 34816' "$seen/screen"
}

@test "consoleSize" {
  start_console
  terminal_bundle sh -c 'stty size; exec sleep 1000'
  config '.process.consoleSize = { height: 33, width: 77 }'
  start_bundle --console-socket "$socket"
  eventually grep -q '33 77' "$seen/screen"
}

@test "consoleSize without a terminal is ignored" {
  bundle echo hello
  config '.process.consoleSize = { height: "many", width: 77 }'
  run_bundle
  equals hello
}

@test "/dev/console is the same device" {
  start_console
  terminal_bundle sh -c 'stat -c %t:%T /dev/console $(tty) >/tmp/devices; echo hello >/dev/console; exec sleep 1000'
  start_bundle --console-socket "$socket"
  eventually grep -q hello "$seen/screen"
  [ "$(uniq rootfs/tmp/devices | wc -l)" = 1 ]
}

@test "without a terminal there is no /dev/console" {
  bundle ls /dev/console
  refused oci run "$id"
  has "No such file"
}

@test "the terminal belongs to the program's user" {
  skip_unless_subordinate_ids
  start_console
  terminal_bundle sh -c 'stat -c %u $(tty); exec sleep 1000'
  local first
  first=$(sed -n "s/^$(id -un):\([0-9]*\):.*/\1/p" /etc/subuid)
  config '.linux.uidMappings += [{ containerID: 1, hostID: $first, size: 65535 }]
    | .linux.gidMappings += [{ containerID: 1, hostID: $first, size: 65535 }] | .process.user = { uid: 1000, gid: 1000 }' \
    --argjson first "$first"
  start_bundle --console-socket "$socket"
  eventually grep -q '^1000' "$seen/screen"
}

@test "CVE-2025-52565: links of the image at /dev/console and /dev/pts lead nowhere" {
  start_console
  terminal_bundle sh -c 'echo hello >/dev/console; exec sleep 1000'
  echo untouched >"$BATS_TEST_TMPDIR/canary"
  # without a tmpfs on /dev, what the image has there stays
  config '.mounts |= map(select(.destination | startswith("/dev") | not))
          | .mounts += [{ destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"] }]'
  mkdir -p rootfs/dev/pts
  ln -s "$BATS_TEST_TMPDIR/canary" rootfs/dev/console
  run oci create --console-socket "$socket" "$id" </dev/null 3>&-
  [ "$status" != 0 ] || oci start "$id" || true
  [ "$(cat "$BATS_TEST_TMPDIR/canary")" = untouched ]
  run ! grep -q canary /proc/self/mountinfo
}

@test "create with a terminal and no socket is an error" {
  terminal_bundle true
  refused oci create "$id"
  has "the process wants a terminal: without --console-socket there is nobody to take it"
  refused oci state "$id"
}

@test "--console-socket without a terminal is an error" {
  bundle true
  refused oci create --console-socket /nowhere/socket "$id"
  has "--console-socket: the process has no terminal"
}

@test "--console-socket: nobody there is an error, and nothing is left" {
  terminal_bundle true
  refused oci create --console-socket /nowhere/socket "$id"
  has "can't connect to /nowhere/socket: No such file or directory"
  refused oci state "$id"
}

@test "a terminal without a devpts is an error" {
  terminal_bundle true
  config '.mounts |= map(select(.destination != "/dev/pts"))'
  refused oci run "$id"
  has "can't open a terminal in the container's /dev/pts: No such file or directory"
}

@test "exec --tty --console-socket" {
  bundle
  start_bundle
  start_console
  works oci exec --tty --detach --console-socket "$socket" "$id" sh -c 'tty; stty size; exec sleep 5'
  eventually grep -q /dev/pts/0 "$seen/screen"
}

# --- Copied ---

@test "run on a terminal: it is raw meanwhile and as before afterwards, and the size is passed on" {
  terminal_bundle sh -c 'stty size; echo ready; read line; echo "got $line"; exit 5'
  run at_terminal size:31x71 wait:ready $'send:hello\n' -- "$OCI" --root "$store" run "$id" 3>&-
  has "31 71"
  has "got hello"
  has "[exit 5]"
  has "[terminal as before]"
}

@test "run on a terminal: a change of its size reaches the program" {
  terminal_bundle sh -c 'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.1; done'
  run at_terminal wait:ready size:44x99 "wait:44 99" -- "$OCI" --root "$store" run "$id" 3>&-
  has "44 99"
  has "[terminal as before]"
}

@test "run on a terminal: Ctrl-C reaches the program, not the runtime" {
  terminal_bundle sh -c 'trap "echo caught; exit 9" INT; echo ready; while :; do sleep 0.1; done'
  run at_terminal wait:ready $'send:\x03' wait:caught -- "$OCI" --root "$store" run "$id" 3>&-
  has caught
  has "[exit 9]"
}

@test "run on a terminal: it is as before when the container is killed" {
  terminal_bundle sh -c 'echo ready; exec sleep 1000'
  (eventually has_status running && sleep 0.5 && oci kill "$id" KILL) 3>&- &
  run at_terminal wait:ready -- "$OCI" --root "$store" run "$id" 3>&-
  await_jobs
  has "[exit 137]"
  has "[terminal as before]"
}

@test "run on a terminal: it is as before when the runtime is told to end" {
  terminal_bundle sh -c 'trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done'
  run at_terminal wait:ready signal:15 -- "$OCI" --root "$store" run "$id" 3>&-
  has "[exit 3]"
  has "[terminal as before]"
}

@test "exec --tty on a terminal" {
  bundle
  start_bundle
  run at_terminal size:31x71 wait:ready $'send:hello\n' -- \
    "$OCI" --root "$store" exec --tty "$id" sh -c 'stty size; tty; echo ready; read line; echo "got $line"; exit 6' 3>&-
  has "31 71"
  has /dev/pts/0
  has "got hello"
  has "[exit 6]"
  has "[terminal as before]"
}

@test "ten megabytes through the terminal arrive whole" {
  terminal_bundle sh -c 'stty raw -echo; exec cat /tmp/data'
  head -c 10000000 /dev/urandom >rootfs/tmp/data
  timeout 60 "$OCI" --root "$store" run "$id" </dev/null >"$BATS_TEST_TMPDIR/data" 3>&-
  cmp rootfs/tmp/data "$BATS_TEST_TMPDIR/data"
}

@test "what a program writes right before it ends is not lost" {
  local i
  terminal_bundle sh -c 'stty raw -echo; echo the end'
  for i in $(seq 30); do
    output=$(timeout 20 "$OCI" --root "$store" run "$id" </dev/null 3>&-)
    equals "the end"
  done
}

@test "a reader that does not read costs no time" {
  terminal_bundle sh -c 'stty raw -echo; yes | head -c 1000000; echo finished >/tmp/finished'
  mkfifo "$BATS_TEST_TMPDIR/pipe"
  exec 7<>"$BATS_TEST_TMPDIR/pipe"
  "$OCI" --root "$store" run "$id" </dev/null >&7 3>&- &
  local runtime=$!
  eventually has_status running
  sleep 2
  [ ! -e rootfs/tmp/finished ]
  [ "$(awk '{ print $14 + $15 }' "/proc/$runtime/stat")" -lt 50 ] # hundredths of a second
  timeout 20 head -c 1000000 <&7 >/dev/null
  timeout 20 tail --pid "$runtime" -f /dev/null
  [ -e rootfs/tmp/finished ]
}

@test "with standard input, output and error closed" {
  terminal_bundle sh -c 'tty >/tmp/tty; exit 7'
  run bash -c 'exec "$1" --root "$2" run "$3" <&- >&- 2>&-' - "$OCI" "$store" "$id" 3>&-
  [ "$status" = 7 ]
  [ "$(cat rootfs/tmp/tty)" = /dev/pts/0 ]
}

@test "exec true, many times: none hangs" {
  local i
  bundle
  start_bundle
  for i in $(seq 100); do
    timeout 20 "$OCI" --root "$store" exec --tty "$id" true </dev/null >/dev/null 3>&- || fail "exec $i"
  done
}
