#!/usr/bin/env bats
# How a sandbox ends: by itself, by signals, with its terminal, with its parent, by force, in the middle of its set-up.
# Whatever the way, nothing of it is left.
# shellcheck disable=SC2086,SC2030,SC2031 # options that are several words; tests are subshells, and so what they set is their own
load helpers

terminal=$HELPERS/terminal

setup ()
{
  skip_unless_user_namespaces
  work=$BATS_TEST_TMPDIR/work
  mkdir "$work"
  monitor=
  mark=mark-$$-$RANDOM-$BATS_TEST_NUMBER # in the arguments of all processes that a test starts
}

teardown ()
{
  kill -9 $monitor $(pgrep -f "$mark") 2>/dev/null || true
}

# Starts a sandbox in the background, with $work in it as /work; sets $monitor.  A shell starts background jobs deaf to
# some signals, so they are given their ears back.
launch () # [OPTION…] COMMAND…
{
  rm -f "$work/output" # the background job makes it anew: until then nobody must read what the last one wrote
  env --default-signal "$SNUG" "${usr[@]}" --proc /proc --dev /dev --bind "$work" /work "$@" <&0 3>&- >"$work/output" 2>&1 &
  monitor=$!
}

wait_until () # COMMAND…
{
  for _ in {1..500}; do
    ! "$@" || return 0
    sleep 0.01
  done
  output=$(cat "$work/output" 2>/dev/null || true)
  fail "it never came true: $*"
}

ended () { ! kill -0 "$monitor" 2>/dev/null; }

nothing_left () { ! pgrep -f "$mark" >/dev/null; }

ends_with () # STATUS
{
  wait_until ended
  status=0
  wait "$monitor" || status=$?
  output=$(cat "$work/output")
  [ "$status" = "$1" ] || fail "exit status $status instead of $1"
}

# A moment of the first ten milliseconds.
a_moment () { sleep "0.00$((RANDOM % 10))$((RANDOM % 10))"; }

# --- Signals --------------------------------------------------------------------------------------------------

@test "signals to snug reach the program" {
  for how in "" --unshare-pid "--unshare-all --pty" --new-session; do
    for signal in TERM INT HUP QUIT USR1 USR2 ALRM; do
      rm -f "$work/ready"
      launch $how sh -c 'trap "echo got '$signal'; exit 42" '$signal'; echo >/work/ready; while :; do sleep 0.01; done'
      wait_until test -e "$work/ready"
      kill "-$signal" "$monitor"
      ends_with 42
      has "got $signal"
    done
  done
}

@test "the program is signalled once, not once more by the way" {
  launch --unshare-pid sh -c 'trap "echo got it" USR1; echo >/work/ready; while [ ! -e /work/done ]; do sleep 0.01; done'
  wait_until test -e "$work/ready"
  kill -USR1 "$monitor"
  wait_until grep -q got "$work/output"
  sleep 0.1
  touch "$work/done"
  ends_with 0
  equals "got it"
}

@test "what the program sends to init comes to nothing: it is not for the program to hear" {
  works in_usr --unshare-pid sh -c 'trap "echo heard it" TERM USR1 HUP; kill -TERM 1; kill -USR1 1; kill -HUP 1; sleep 0.2; echo went on'
  equals "went on"
}

@test "the exit status is 128 and the number of the signal that ended the program" {
  for how in "" --unshare-pid "--unshare-pid --as-pid-1" "--lock-file /usr/bin/env" "--dev /dev --pty"; do
    for signal in KILL TERM SEGV; do
      [[ $how != *as-pid-1* || $signal = KILL ]] || continue # pid 1 can't send itself these
      run in_usr $how sh -c "ulimit -c 0; $([[ $how = *as-pid-1* ]] && echo 'exit 137' || echo "kill -$signal \$\$")" 3>&-
      [ "$status" = $((128 + $(kill -l $signal))) ] || fail "exit status $status after $signal with $how"
    done
  done
}

@test "signals that come during the set-up end it" {
  mkfifo "$work/fifo"
  exec 7<>"$work/fifo"
  for signal in TERM INT HUP; do
    launch --unshare-user --userns-block-fd 7 --info-fd 1 true
    wait_until grep -q child-pid "$work/output"
    kill "-$signal" "$monitor"
    ends_with $((128 + $(kill -l $signal)))
    launch --block-fd 7 --info-fd 1 true
    wait_until grep -q child-pid "$work/output"
    kill "-$signal" "$monitor"
    ends_with $((128 + $(kill -l $signal)))
  done
}

@test "SIGTERM at any moment ends all of it" {
  for n in {1..60}; do
    how=(--unshare-pid)
    [ $((n % 2)) = 0 ] || how=(--unshare-all)
    env --default-signal "$SNUG" "${usr[@]}" --dev /dev "${how[@]}" --argv0 "$mark" sleep 1000 3>&- &
    a_moment
    monitor=$!
    kill -TERM "$monitor"
    wait_until ended
    status=0
    wait "$monitor" || status=$?
    [ "$status" = 143 ] || fail "exit status $status"
  done
  wait_until nothing_left
}

# --- Force -----------------------------------------------------------------------------------------------------

@test "SIGKILL on snug at any moment leaves no process" {
  for how in --unshare-pid "--unshare-all --uid 3" --new-session "--unshare-pid --pty" --map-auto; do
    [[ $how != *map-auto* ]] || grep -qs "^$(id -un):" /etc/subuid || continue
    for _ in {1..40}; do
      "$SNUG" "${usr[@]}" --dev /dev $how --argv0 "$mark" sleep 1000 3>&- </dev/null >/dev/null 2>&1 &
      a_moment
      kill -9 $!
      wait $! 2>/dev/null || true
    done
  done
  wait_until nothing_left
}

@test "SIGKILL on snug ends what the program has left in the background too" {
  launch --unshare-pid --argv0 "$mark" -- sh -c 'setsid sh -c "trap \"\" HUP TERM INT; sleep 1000; : $0" "$0" & echo >/work/ready; sleep 1000' "$mark"
  wait_until test -e "$work/ready"
  kill -9 "$monitor"
  wait_until nothing_left
}

@test "SIGKILL on init ends everything, and is told" {
  for how in "" --pty "--lock-file /work/lock"; do
    touch "$work/lock"
    rm -f "$work/ready"
    launch --unshare-pid $how --argv0 "$mark" -- sh -c 'echo >/work/ready; sleep 1000' "$mark"
    wait_until test -e "$work/ready"
    kill -9 "$(pgrep -P "$monitor")"
    ends_with 137
    wait_until nothing_left
    rm "$work/ready"
  done
}

@test "the end of the program is the end of the sandbox" {
  for how in --unshare-pid "--unshare-all --pty"; do
    works timeout 20 "$SNUG" "${usr[@]}" --proc /proc --dev /dev $how sh -c "(trap '' HUP TERM; sleep 1000; : $mark) & exit 0"
    wait_until nothing_left
    run timeout 20 "$SNUG" "${usr[@]}" --proc /proc --dev /dev $how sh -c "(trap '' HUP; yes $mark) & sleep 0.05; exit 7" 3>&-
    [ "$status" = 7 ] || fail "exit status $status"
    wait_until nothing_left
  done
}

# --- The parent ---------------------------------------------------------------------------------------------------

@test "--die-with-parent: when the parent is killed, so is the sandbox" {
  for how in "" --unshare-pid "--unshare-pid --pty" --new-session; do
    for name in "$SNUG" "$BWRAP"; do
      [[ $how != *pty* || $name = "$SNUG" ]] || continue
      rm -f "$work/ready"
      sh -c '"$@" & echo started; wait' "$mark" "$name" "${usr[@]}" --proc /proc --dev /dev --bind "$work" /work --die-with-parent $how \
        --argv0 "$mark" -- sh -c 'echo >/work/ready; exec sleep 1000' "$mark" 3>&- </dev/null >/dev/null 2>&1 &
      wait_until test -e "$work/ready"
      kill -9 $!
      wait_until nothing_left
    done
  done
}

@test "--die-with-parent: a parent that dies at any moment of the set-up" {
  for i in {1..60}; do
    mkfifo "$work/arguments$i" # snug has begun once it opens this; one of its own, as the one before may still be reading
    sh -c '"$@" & wait' "$mark" "$SNUG" --args-file "$work/arguments$i" --unshare-pid --die-with-parent --argv0 "$mark" -- \
      sleep 1000 3>&- </dev/null >/dev/null 2>&1 &
    printf '%s\0' "${usr[@]}" >"$work/arguments$i"
    a_moment
    kill -9 $!
    wait $! 2>/dev/null || true
  done
  wait_until nothing_left
}

@test "--die-with-parent: a thread of the parent is not the parent" {
  for name in "$SNUG" "$BWRAP"; do
    works "$HELPERS/thread" "$name" "${usr[@]}" --unshare-pid --die-with-parent sh -c 'sleep 0.2; echo alive'
    equals alive
  done
}

# --- Failures -----------------------------------------------------------------------------------------------------

@test "a set-up that fails leaves no process, no mount and nothing on the host" {
  before=$(cut -d ' ' -f 4- /proc/self/mountinfo)
  failures=("--bind /nowhere /x" "--ro-bind /usr /usr/bin/env" "--remount-ro /nowhere" "--chmod 0700 /nowhere" "--lock-file /nowhere"
    "--file 99 /x" "--symlink a /usr" "--userns 99" "--seccomp 99" "--chdir /nowhere" "--tmpfs /usr/nowhere" "--dev /dev/null/x"
    "--rlimit nofile=999999999" "--cap-add CAP_SYS_ADMIN --userns 9" "--overlay-src /nowhere --tmp-overlay /x" "--assert-userns-disabled")
  for how in "" --unshare-pid "--unshare-all --die-with-parent" --unshare-pid\ --pty; do
    for failure in "${failures[@]}"; do
      refused in_usr --bind "$work" /work $how $failure --argv0 "$mark" true
      [ -n "$output" ] || fail "no message from $failure"
      [ -z "$(ls "$work")" ] || fail "left on the host by $failure: $(ls "$work")"
    done
    run in_usr $how --argv0 "$mark" /nowhere/program 3>&-
    [ "$status" = 1 ] || fail "exit status $status"
  done
  wait_until nothing_left
  [ "$(cut -d ' ' -f 4- /proc/self/mountinfo)" = "$before" ] || fail "a mount is left"
}

@test "places that were made on the host to mount on are gone when the set-up fails" {
  refused in_usr --bind "$work" /work --tmpfs /work/new/place --ro-bind /usr/bin/env /work/file --dir /work/folder --bind /nowhere /x true
  [ -z "$(ls "$work")" ] || fail "left: $(ls "$work")"
}

@test "files that were made where a link leads to are gone when the set-up fails" {
  ln -s target "$work/link"
  ln -s link "$work/further"
  ln -s new/target "$work/deeper"
  for name in link further deeper; do
    refused in_usr --bind "$work" /work --file 8 "/work/$name" --bind /nowhere /x true 8</etc/hostname
    [ "$(ls "$work")" = "deeper
further
link" ] || fail "left: $(ls "$work")"
    works in_usr --bind "$work" /work --file 8 "/work/$name" cat "/work/$name" 8<<<"through $name"
    equals "through $name"
    rm -r "$work/target" "$work/new" 2>/dev/null || true
  done
}

# --- The terminal --------------------------------------------------------------------------------------------------

@test "Ctrl-C is one SIGINT for the program" {
  for how in "" --unshare-pid "--unshare-all --pty"; do
    run "$terminal" wait:ready send:$'\003' wait:again send:$'\003' -- "$SNUG" "${usr[@]}" --proc /proc --dev /dev $how sh -c '
      n=0; trap "n=\$((n + 1)); echo INT \$n; [ \$n = 1 ] && echo again" INT
      echo ready; while [ $n -lt 2 ]; do sleep 0.01; done; sleep 0.2; echo $n in all; exit 5' 3>&-
    has "2 in all"
    has "[exit 5]"
    has "[terminal as before]"
  done
}

@test "Ctrl-C ends a program that does not mind it" {
  echo ready >"$work/ready"
  for how in "" --unshare-pid "--unshare-all --pty"; do
    run "$terminal" wait:ready send:$'\003' -- "$SNUG" "${usr[@]}" --proc /proc --dev /dev $how --argv0 "$mark" --ro-bind "$work/ready" /ready cat /ready - 3>&-
    has "[exit 130]"
    has "[terminal as before]"
  done
  wait_until nothing_left
}

@test "Ctrl-Z stops the program and snug, and fg continues them" {
  echo ready >"$work/ready"
  for how in "" --unshare-pid "--unshare-all --pty"; do
    run "$terminal" wait:ready send:$'\032' stopped continue send:$'line\r' wait:line wait:line send:$'\004' -- "$SNUG" \
      "${usr[@]}" --proc /proc --dev /dev $how --ro-bind "$work/ready" /ready cat /ready - 3>&-
    has "[exit 0]"
    has "[terminal as before]"
  done
}

@test "the window is closed: nothing is left, not even a program that was stopped" {
  echo ready >"$work/ready"
  for how in "" --unshare-pid "--unshare-all --pty"; do
    for before in "" stopped; do
      run "$terminal" wait:ready ${before:+send:$'\032'} $before leave -- "$SNUG" "${usr[@]}" --dev /dev $how --ro-bind "$work/ready" /ready \
        --argv0 "$mark" cat /ready - 3>&-
      wait_until nothing_left
    done
  done
}

@test "--pty: the program's terminal has the window's size, and follows it" {
  run "$terminal" size:33x44 wait:ready size:55x66 wait:changed -- "$SNUG" "${usr[@]}" --unshare-pid --proc /proc --dev /dev --pty \
    sh -c 'trap "stty size; echo changed; exit" WINCH; stty size; echo ready; while :; do sleep 0.01; done' 3>&-
  has "33 44"
  has "55 66"
  has "[terminal as before]"
}

@test "--pty: the terminal is as before after SIGTERM, and after a program that is killed" {
  for signal in 15 1 2; do
    run "$terminal" wait:ready signal:$signal -- "$SNUG" "${usr[@]}" --unshare-pid --proc /proc --dev /dev --pty sh -c 'echo ready; exec sleep 1000' 3>&-
    has "[exit $((128 + signal))]"
    has "[terminal as before]"
  done
  run "$terminal" -- "$SNUG" "${usr[@]}" --unshare-pid --proc /proc --dev /dev --pty sh -c 'stty raw -echo; kill -9 $$' 3>&-
  has "[exit 137]"
  has "[terminal as before]"
}

@test "--pty: ten megabytes come out as they are" {
  head -c 10000000 /dev/urandom >"$work/data"
  "$SNUG" "${usr[@]}" --unshare-pid --dev /dev --pty --ro-bind "$work" /work sh -c 'stty raw; cat /work/data' 3>&- </dev/null >"$work/copy"
  cmp "$work/data" "$work/copy"
}

@test "--pty: input that nobody types is not in the output" {
  works in_usr --dev /dev --pty cat <<<"a line"
  equals $'a line\r'
}

@test "--pty: a megabyte goes in as it is" {
  head -c 1000000 /dev/urandom >"$work/data"
  mkfifo "$work/in"
  exec 7<>"$work/in"
  launch --unshare-pid --pty sh -c 'stty raw -echo; echo >/work/ready; head -c 1000000 >/work/copy' <&7
  wait_until test -e "$work/ready"
  cat "$work/data" >&7
  ends_with 0
  cmp "$work/data" "$work/copy"
}

@test "--pty: a program that closes its terminal and opens it again is still heard" {
  works timeout 20 "$SNUG" "${usr[@]}" --unshare-pid --dev /dev --pty sh -c '
    exec </dev/null >/dev/null 2>&1
    sleep 0.2
    echo again >/dev/tty'
  has again
}

@test "--pty: output that can't be written is an error" {
  [ -c /dev/full ] || skip "there is no /dev/full"
  # shellcheck disable=SC2016
  refused sh -c '"$@" >/dev/full' - "$SNUG" "${usr[@]}" --unshare-pid --dev /dev --pty echo lost
  has "No space left on device"
}

@test "--pty: a reader who is slow loses nothing" {
  head -c 500000 /dev/urandom >"$work/data"
  "$SNUG" "${usr[@]}" --unshare-pid --dev /dev --pty --ro-bind "$work" /work sh -c 'stty raw; cat /work/data' 3>&- </dev/null \
    | { sleep 0.5; cat >"$work/copy"; }
  cmp "$work/data" "$work/copy"
}

@test "--pty: a reader who does not read does not keep snug from ending by a signal" {
  mkfifo "$work/out"
  exec 7<>"$work/out"
  env --default-signal "$SNUG" "${usr[@]}" --unshare-pid --dev /dev --bind "$work" /work --pty --argv0 "$mark" \
    sh -c 'yes | head -c 1000000; echo >/work/written; sleep 1000' 3>&- </dev/null >&7 &
  monitor=$!
  sleep 0.2
  kill -TERM "$monitor"
  wait_until ended
  wait_until nothing_left
}

@test "--pty: the output of a program that has ended does not keep snug from ending by a signal" {
  mkfifo "$work/out"
  exec 7<>"$work/out"
  head -c 65536 /dev/zero >&7 # full to the brim
  env --default-signal "$SNUG" "${usr[@]}" --unshare-pid --dev /dev --pty echo "$mark" 3>&- </dev/null >&7 &
  monitor=$!
  sleep 0.3
  kill -TERM "$monitor"
  wait_until ended
  wait_until nothing_left
}

# --- Many ---------------------------------------------------------------------------------------------------------------

@test "a thousand sandboxes, one after the other, leave nothing" {
  before=$(cut -d ' ' -f 4- /proc/self/mountinfo)
  run_many () { for _ in {1..250}; do "$SNUG" "${usr[@]}" --unshare-all --argv0 "$mark" true || echo failed; done; }
  pids=()
  for _ in 1 2 3 4; do
    run_many 3>&- >>"$work/output" 2>&1 &
    pids+=($!)
  done
  wait "${pids[@]}"
  [ ! -s "$work/output" ] || fail "$(head "$work/output")"
  wait_until nothing_left
  [ "$(cut -d ' ' -f 4- /proc/self/mountinfo)" = "$before" ] || fail "a mount is left"
}

@test "fifty sandboxes at once" {
  pids=()
  for n in {1..50}; do
    "$SNUG" "${usr[@]}" --proc /proc --dev /dev --unshare-all --bind "$work" /work --argv0 "$mark" \
      sh -c 'echo >/work/$1; sleep 1000' "$mark" "$n" 3>&- &
    pids+=($!)
  done
  all_there () { [ "$(find "$work" -name '[0-9]*' | wc -l)" = 50 ]; }
  wait_until all_there
  kill -TERM "${pids[@]}"
  wait_until nothing_left
}
