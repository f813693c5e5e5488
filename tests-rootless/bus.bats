#!/usr/bin/env bats
# What is said to a systemd, and what becomes of it when that does not answer as it should: tests/helpers/systemd.py plays one,
# which never makes a scope.  The real one is in vm/oci-systemd.bats.
load oci

setup ()
{
  setup_oci
  grep -q cgroup2 /proc/mounts || skip "no cgroup2 tree is mounted here"
  bundle true
  config '.linux.resources.pids.limit = 10'
  folder=$BATS_TEST_TMPDIR/run
}

teardown ()
{
  [ -z "${played-}" ] || kill "$played" 2>/dev/null || true
  teardown_oci
}

# Where only a user's own systemd can be asked, and where it is beside a bus.
own=systemd/private bus=bus

# Runs the container, and has a systemd played meanwhile, at one of these places.
run_with () # PLACE GREETING ANSWER
{
  local socket=$folder/$1
  rm -rf "$folder"
  mkdir -p "$(dirname "$socket")"
  python3 "$BATS_TEST_DIRNAME/../tests/helpers/systemd.py" "$socket" "$folder" "$2" "$3" 3>&- &
  played=$!
  eventually test -S "$socket"
  DBUS_SESSION_BUS_ADDRESS=unix:path=$folder/bus refused timeout 20 "$OCI" --systemd-cgroup --root "$store" run "$id"
  kill "$played"
  wait "$played" || true
  has_left_nothing
}

has_left_nothing ()
{
  nothing_left
  [ ! -e "$folder/pid" ] || eventually test ! -e "/proc/$(tail -n 1 "$folder/pid")" || fail "the container's process is still there"
}

# There is no such scope, which is found out in the end.
notices_that_there_is_no_scope ()
{
  has "systemd made "
  has ".scope, but its process is in cgroup "
}

calls ()
{
  paste -sd ' ' "$folder/calls"
}

# --- What is asked ------------------------------------------------------------------------------------------------

@test "a systemd itself is asked for a scope at once, and for its end if the process is not in it" {
  run_with "$own" well well
  notices_that_there_is_no_scope
  [ "$(calls)" = "StartTransientUnit StopUnit" ]
}

@test "through a bus, who asks listens to the ends of jobs first" {
  run_with "$bus" well well
  notices_that_there_is_no_scope
  [ "$(calls)" = "Hello Get AddMatch Subscribe StartTransientUnit StopUnit" ]
}

# --- What may be --------------------------------------------------------------------------------------------------

@test "an answer may come in single bytes, or after the end that it announces" {
  for answer in "byte by byte" "telling the end first"; do
    run_with "$own" well "$answer"
    notices_that_there_is_no_scope
  done
}

@test "what is no answer to the call, and the end of nothing that was begun, is passed over" {
  for what in "answering others" "with a signal for an answer" "with others' ends" "with many signals"; do
    run_with "$own" well "$what before"
    notices_that_there_is_no_scope
  done
}

@test "on a bus, where everybody may say that a job has ended, only systemd is believed" {
  run_with "$bus" well "with a stranger's end before"
  notices_that_there_is_no_scope
}

# --- What is wrong ------------------------------------------------------------------------------------------------

# Where another systemd would be asked next, there is no error.
speaks_no_d_bus () # GREETING
{
  run_with "$own" "$1" well
  has "/linux/resources/pids/limit: there is no cgroup to limit: no systemd of uid $(id -u) answers on $folder/bus"
}

@test "who does not greet as a systemd does is none" {
  [ ! -e "/run/user/$(id -u)/bus" ] || skip "there is a systemd"
  for greeting in closing "closing within a line" refusing "talking nonsense" "never ending a line"; do
    speaks_no_d_bus "$greeting"
  done
}

@test "a refusal is told in systemd's words, or by its name" {
  run_with "$own" well refusing
  has "systemd refuses StartTransientUnit: there are too many"
  for how in "without a text" "with a number"; do
    run_with "$own" well "refusing $how"
    has "systemd refuses StartTransientUnit: org.example.No"
  done
  run_with "$own" well "refusing without a word"
  has "systemd refuses StartTransientUnit: ?"
}

@test "a job that fails is told with what it came to" {
  run_with "$own" well failing
  has 'systemd could not do StartTransientUnit: its job ended with "failed"'
}

@test "who hangs up is named" {
  for when in "" " within a message" " before the end"; do
    run_with "$own" well "closing$when"
    has "can't speak with systemd through $folder/$own: Connection reset by peer"
  done
}

@test "an answer that is none of a path is a bad message" {
  for what in nothing "a text" "no path"; do
    run_with "$own" well "returning $what"
    has "can't speak with systemd through $folder/$own: Bad message"
  done
}

@test "what is no message, or lies about its size, is a bad message" {
  for how in "talking nonsense" "in another byte order" "with a body of 4 GiB" "with a header of 4 GiB" \
    "with a header that is too short" "with a text that is too long" "with more than it says" "with variants in variants"; do
    run_with "$own" well "$how"
    has "can't speak with systemd through $folder/$own: Bad message"
  done
}

@test "nobody is listened to without an end" {
  run_with "$own" well "with signals without an end"
  has "can't speak with systemd through $folder/$own: Message too long"
}
