#!/usr/bin/env bats
# What a sandbox leaves on the host: what was asked for, and nothing else.  A place to mount on that did not exist is made
# on the host, where the destination is below a writable bind; it goes with the sandbox, whatever its end.
# shellcheck disable=SC2086,SC2030,SC2031 # options that are several words; tests are subshells, and what they set is their own
load helpers

setup ()
{
  skip_unless_user_namespaces
  work=$BATS_TEST_TMPDIR/work
  mkdir "$work"
  export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
  mkdir -m 700 "$XDG_RUNTIME_DIR"
  journal=$XDG_RUNTIME_DIR/snug-made
  mark=mark-$$-$RANDOM-$BATS_TEST_NUMBER # in the arguments of all processes that a test starts
  over=(--bind "$work" /work)
  mask=("${over[@]}" --ro-bind /dev/null /work/.env)
}

teardown ()
{
  kill -9 $(pgrep -f "$mark") 2>/dev/null || true
}

in_work () { in_usr "${mask[@]}" --argv0 "$mark" "$@"; }

# Starts a sandbox in the background that says so and ends when its standard input does; sets $monitor.
start () # NAME [OPTION…]
{
  mkfifo "$BATS_TEST_TMPDIR/in-$1"
  "$SNUG" "${usr[@]}" --proc /proc --dev /dev "${mask[@]}" --argv0 "$mark" "${@:2}" \
    -- sh -c 'echo here; while read -r command; do eval "$command"; done' "$mark" \
    <"$BATS_TEST_TMPDIR/in-$1" >"$BATS_TEST_TMPDIR/said-$1" 2>&1 3>&- 21>&- 22>&- &
  monitor=$!
}

tell () { echo "$2" >&"$1"; } # DESCRIPTOR COMMAND

is_here () { grep -q here "$BATS_TEST_TMPDIR/said-$1"; } # NAME

nothing_left () { ! pgrep -f "$mark" >/dev/null; }

holds () # NAME…
{
  local found
  found=$(cd "$work" && find . -mindepth 1 -printf '%P\n' | sort | tr '\n' ' ')
  [ "$found" = "${*:+$* }" ] || fail "found: $found"
}

has_no_journal () { [ ! -e "$journal" ] || fail "there still is: $(cat "$journal"/*)"; }

next_run () { "$SNUG" --ro-bind / / true; }

swept () { next_run && [ -z "$(ls -A "$work")" ] && [ ! -e "$journal" ]; }

ways=(--unshare-pid "" "--unshare-pid --as-pid-1" --unshare-all "--unshare-pid --pty" "--lock-file /usr/bin/env" --new-session)

# --- The end -----------------------------------------------------------------------------------------------------

@test "places to mount on, and the directories on the way to them, go with the sandbox" {
  for how in "${ways[@]}"; do
    works in_work $how --tmpfs /work/new/place --ro-bind-data 21 /work/data --proc /work/proc ls -A /work 21<<<text
    for name in .env new data proc; do has "$name"; done
    holds
    has_no_journal
  done
}

@test "they go too when the program fails" {
  for how in "${ways[@]}"; do
    run in_work $how sh -c 'exit 3' 3>&-
    [ "$status" = 3 ]
    holds
    run in_work $how sh -c 'kill -9 $$; exit 137' 3>&-
    [ "$status" = 137 ]
    holds
    has_no_journal
  done
}

@test "they go too when snug or init is ended by a signal" {
  for how in --unshare-pid ""; do
    for signal in TERM INT HUP; do
      env --default-signal "$SNUG" "${usr[@]}" "${mask[@]}" --tmpfs /work/new/place $how --argv0 "$mark" sleep 1000 3>&- &
      eventually test -e "$work/new/place"
      eventually pgrep -fx "$mark 1000" >/dev/null
      kill "-$signal" $!
      wait $! || true
      holds
      has_no_journal
    done
  done
  "$SNUG" "${usr[@]}" "${mask[@]}" --unshare-pid --argv0 "$mark" sleep 1000 3>&- &
  eventually pgrep -fx "$mark 1000" >/dev/null
  kill -9 "$(pgrep -P $!)"
  wait $! || true
  holds
  has_no_journal
}

@test "they go too when the set-up fails" {
  for how in "${ways[@]}"; do
    refused in_work $how --tmpfs /work/new/place --dir /work/dir --bind /nowhere /x true
    holds
    has_no_journal
  done
}

@test "they go too where the bind is read-only by now, is behind a link, or has another name" {
  works in_work --remount-ro /work true
  holds
  works in_usr "${over[@]}" --symlink work /link --ro-bind /dev/null /link/.env test -c /work/.env
  holds
  ln -s "$work" "$BATS_TEST_TMPDIR/source"
  works in_usr --bind "$BATS_TEST_TMPDIR/source" /deep/down --tmpfs /deep/down/a/b test -d /deep/down/a/b
  holds
  has_no_journal
}

@test "what was asked for by name stays, with the directories on the way" {
  works in_work --dir /work/a/dir --file 21 /work/b/file --symlink there /work/c/link true 21<<<text
  holds a a/dir b b/file c c/link
}

@test "what was there stays" {
  mkdir "$work/folder"
  install -m 444 /dev/null "$work/.env"
  works in_work --tmpfs /work/folder true
  holds .env folder
}

@test "bwrap leaves them, as bubblewrap does" {
  works "$BWRAP" "${usr[@]}" "${mask[@]}" true
  holds .env
  [ ! -e "$journal" ]
}

@test "an ordinary sandbox leaves nothing in the runtime directory, and looks there once" {
  skip_unless_command strace
  mkdir "$work/folder"
  works strace -f -o "$BATS_TEST_TMPDIR/calls" "$SNUG" "${usr[@]}" --proc /proc --dev /dev --tmpfs /tmp "${over[@]}" \
    --ro-bind /dev/null /tmp/a/file --unshare-pid true
  [ "$(grep -c "$XDG_RUNTIME_DIR" "$BATS_TEST_TMPDIR/calls")" = 1 ] || fail "$(grep "$XDG_RUNTIME_DIR" "$BATS_TEST_TMPDIR/calls")"
  run ! grep -q flock "$BATS_TEST_TMPDIR/calls"
  [ -z "$(ls -A "$XDG_RUNTIME_DIR")" ]
}

# --- What it has become meanwhile --------------------------------------------------------------------------------

@test "a place that is not what was made any more stays" {
  works in_work --unshare-pid sh -c 'echo here' # the place is made anew each time
  for change in "rm -f .env; echo secret >.env" "chmod 644 .env; echo secret >.env" "chmod 600 .env" \
    "install -m 444 /dev/null new; mv -f new .env" "rm -f .env; ln -s precious .env" "rm -f .env; mkdir .env" "rm -f .env; mkfifo .env" "ln .env other"; do
    for ending in normal killed; do
      rm -rf "$work" "$BATS_TEST_TMPDIR"/{in,said}-one
      mkdir "$work"
      : >"$work/precious"
      start one --unshare-pid
      exec 21>"$BATS_TEST_TMPDIR/in-one"
      eventually is_here one
      (cd "$work" && eval "$change")
      before=$(cd "$work" && ls -lAi --time-style=+)
      [ $ending = normal ] || kill -9 "$monitor"
      exec 21>&-
      wait "$monitor" || true
      eventually nothing_left
      next_run
      [ "$(cd "$work" && ls -lAi --time-style=+)" = "$before" ] || fail "after $change, $ending: $(ls -lAi "$work")"
    done
  done
}

@test "a directory that something was put into stays" {
  works in_usr "${over[@]}" --bind "$work" /again --tmpfs /work/new/place sh -c 'echo text >/again/new/file'
  holds new new/file
  has_no_journal
}

@test "a directory that was renamed meanwhile is cleaned all the same, or left alone when snug was killed" {
  mkdir "$work/dir"
  mask=("${over[@]}" --ro-bind /dev/null /work/dir/.env)
  start one --unshare-pid
  exec 21>"$BATS_TEST_TMPDIR/in-one"
  eventually is_here one
  mv "$work/dir" "$work/moved"
  exec 21>&-
  wait "$monitor"
  holds moved

  mv "$work/moved" "$work/dir"
  start two --unshare-pid
  exec 21>"$BATS_TEST_TMPDIR/in-two"
  eventually is_here two
  mv "$work/dir" "$work/moved"
  ln -s moved "$work/dir" # not followed
  kill -9 "$monitor"
  exec 21>&-
  eventually nothing_left
  next_run
  holds dir moved moved/.env
}

# --- Force -------------------------------------------------------------------------------------------------------

@test "what a sandbox left whose snug was killed at any moment, the next run removes" {
  for how in --unshare-pid "" "--unshare-pid --as-pid-1" "--unshare-all --pty"; do
    for _ in {1..25}; do
      "$SNUG" "${usr[@]}" "${mask[@]}" --tmpfs /work/new/place --tmpfs /work/other $how --dev /dev --argv0 "$mark" \
        sleep 1000 3>&- </dev/null >/dev/null 2>&1 &
      sleep "0.00$((RANDOM % 10))$((RANDOM % 10))"
      kill -9 $!
      wait $! 2>/dev/null || true
      eventually swept || fail "left: $(ls -AR "$work") $(cat "$journal"/*)"
    done
  done
  eventually nothing_left
}

@test "what is left when everything is killed, the next run removes" {
  for how in --unshare-pid ""; do
    for _ in {1..20}; do
      "$SNUG" "${usr[@]}" "${mask[@]}" --tmpfs /work/new/place $how --argv0 "$mark" sleep 1000 3>&- </dev/null >/dev/null 2>&1 &
      sleep "0.00$((RANDOM % 10))$((RANDOM % 10))"
      kill -9 $! $(pgrep -f "$mark") 2>/dev/null
      wait $! 2>/dev/null || true
      eventually swept || fail "left: $(ls -AR "$work") $(cat "$journal"/*)"
    done
  done
}

@test "a run by the name of bwrap does not sweep" {
  start one --unshare-pid
  exec 21>"$BATS_TEST_TMPDIR/in-one"
  eventually is_here one
  kill -9 "$monitor"
  exec 21>&-
  eventually nothing_left
  works "$BWRAP" --ro-bind / / true
  holds .env
  eventually swept
}

@test "without XDG_RUNTIME_DIR they go at the end, but nobody remembers them when snug is killed" {
  unset XDG_RUNTIME_DIR
  works in_work --unshare-pid true
  holds
  works in_work true
  holds
  start one --unshare-pid
  exec 21>"$BATS_TEST_TMPDIR/in-one"
  eventually is_here one
  kill -9 "$monitor"
  exec 21>&-
  eventually nothing_left
  next_run
  holds .env
}

# --- Others ------------------------------------------------------------------------------------------------------

still_masked () # NAME DESCRIPTOR
{
  tell "$2" 'test -c /work/.env && ! echo evil 2>/dev/null >/work/.env/ && echo masked'
  eventually grep -q masked "$BATS_TEST_TMPDIR/said-$1" || fail "the mask is gone: $(cat "$BATS_TEST_TMPDIR/said-$1")"
}

@test "a place that two sandboxes share goes with the last of them, and is masked until then" {
  for how in --unshare-pid "" "--unshare-pid --as-pid-1"; do
    for first in 21 22; do
      rm -f "$BATS_TEST_TMPDIR"/{in,said}-{one,two}
      start one $how
      one=$monitor
      exec 21>"$BATS_TEST_TMPDIR/in-one"
      eventually is_here one
      start two $how
      two=$monitor
      exec 22>"$BATS_TEST_TMPDIR/in-two"
      eventually is_here two
      if [ $first = 21 ]; then exec 21>&- && wait "$one"; else exec 22>&- && wait "$two"; fi
      holds .env
      next_run
      holds .env
      if [ $first = 21 ]; then still_masked two 22; else still_masked one 21; fi
      if [ $first = 21 ]; then exec 22>&- && wait "$two"; else exec 21>&- && wait "$one"; fi
      holds
      has_no_journal
    done
  done
}

@test "a sandbox whose snug was killed does not take a place from another" {
  start one --unshare-pid
  one=$monitor
  exec 21>"$BATS_TEST_TMPDIR/in-one"
  eventually is_here one
  start two --unshare-pid
  two=$monitor
  exec 22>"$BATS_TEST_TMPDIR/in-two"
  eventually is_here two
  kill -9 "$one"
  exec 21>&-
  wait "$one" || true
  next_run
  still_masked two 22
  exec 22>&-
  wait "$two"
  eventually swept
}

@test "many at once, on one place: each has its mask, and nothing is left" {
  pids=()
  for n in {1..8}; do
    (for _ in {1..15}; do
      "$SNUG" "${usr[@]}" --dev /dev "${mask[@]}" --tmpfs /work/new/place --unshare-pid --argv0 "$mark" \
        sh -c 'test -c /work/.env && test -d /work/new/place && ! test -s /work/.env' || echo "$n failed"
    done) >>"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    pids+=($!)
  done
  wait "${pids[@]}"
  [ ! -s "$BATS_TEST_TMPDIR/said" ] || fail "$(cat "$BATS_TEST_TMPDIR/said")"
  next_run
  holds
  has_no_journal
}

@test "a program left in the background keeps its masks, and they go when it has gone" {
  works in_work sh -c 'setsid sh -c "sleep 1; echo evil >/work/.env; : $0" >/dev/null 2>&1 </dev/null &' "$mark"
  holds .env
  next_run
  holds .env
  eventually nothing_left
  eventually swept || fail "left: $(ls -A "$work")"
}

@test "a program that kills its snug does not get at what is masked" {
  in_work sh -c 'setsid sh -c "kill -9 $PPID; for _ in 1 2 3 4 5 6 7 8 9 10; do echo evil >/work/.env; sleep 0.1; done; : $0" &
      exec sleep 1000' "$mark" >/dev/null 2>&1 </dev/null 3>&- || true
  for _ in 1 2 3 4 5; do
    next_run
    [ ! -s "$work/.env" ] || fail "it wrote: $(cat "$work/.env")"
    sleep 0.1
  done
  eventually nothing_left
  [ ! -s "$work/.env" ]
  eventually swept
}

# --- The journal -------------------------------------------------------------------------------------------------

@test "a folder that others may write to is no journal" {
  mkdir -m 777 "$journal"
  chmod 777 "$journal"
  : >"$work/precious"
  chmod 444 "$work/precious"
  cat >"$journal/1-00000000" <<END
in $(stat -c '%d %i' "$work") $work
want f precious
made $(stat -c '%d %i' "$work/precious") 100444
END
  works in_work true
  holds precious
  ls "$journal/1-00000000"
  chmod 700 "$journal" # the user's alone, it is one
  chmod 600 "$journal/1-00000000"
  next_run
  holds
}

@test "a journal that is a link is none" {
  mkdir -m 700 "$BATS_TEST_TMPDIR/elsewhere"
  ln -s "$BATS_TEST_TMPDIR/elsewhere" "$journal"
  works in_work --unshare-pid true
  holds
  [ -z "$(ls -A "$BATS_TEST_TMPDIR/elsewhere")" ]
}
