#!/usr/bin/env bats
# What a sandbox weighs: its monitor, and the init that stays inside.  The kernel knows how much each had at most.
load helpers

setup ()
{
  skip_unless_user_namespaces
  ! grep -q __asan_init "$SNUG" || skip "in this build the sanitizer's own memory is many times as much"
}

# Sets $peak to the most that any process of PROGRAM ever had, in KiB, and $private to what init has for itself, in a sandbox with N
# binds more than it needs.
weigh () # PROGRAM N
{
  local binds monitor init end
  # shellcheck disable=SC2046 # that many numbers
  mapfile -t binds < <(printf -- '--ro-bind\n/usr\n/tmp/%s\n' $(seq "$2"))
  # Whoever asks for the pid may look at init.
  coproc "$1" --unshare-user --unshare-pid "${usr[@]}" --proc /proc --dev /dev --tmpfs /tmp "${binds[@]}" --info-fd 2 cat 2>/dev/null 3>&-
  monitor=$COPROC_PID end=${COPROC[1]}
  echo ready >&"$end"
  read -r -t 60 <&"${COPROC[0]}" || fail "$1 with $2 binds does not start"
  init=$(pgrep -P "$monitor")
  peak=$(awk '/^VmHWM/ && $2 > most { most = $2 } END { print most }' "/proc/$monitor/status" "/proc/$init/status")
  private=$(awk '/^Private_/ { sum += $2 } END { print sum }' "/proc/$init/smaps_rollup")
  exec {end}>&-
  wait "$monitor"
}

# Sets $median to the middle one of $peak: where the libraries lie in memory, and so what comes along with a page of them, is left
# to chance.
weigh_often () # PROGRAM N
{
  local peaks=()
  for _ in {1..9}; do
    weigh "$1" "$2"
    peaks+=("$peak")
  done
  median=$(printf '%s\n' "${peaks[@]}" | sort -n | sed -n 5p)
}

@test "no process of it takes more memory than one of bubblewrap's" {
  skip_unless_command bwrap
  weigh_often "$(command -v bwrap)" 100
  theirs=$median
  weigh_often "$SNUG" 100
  ((median <= theirs)) || fail "$median KiB, and bubblewrap $theirs KiB"
}

@test "a bind takes less than 240 bytes, its place on the command line included" {
  weigh_often "$SNUG" 1
  few=$median
  weigh_often "$SNUG" 3000
  (((median - few) * 1024 < 3000 * 240)) || fail "$few KiB with one bind, $median KiB with 3000"
}

@test "the init that stays inside has at most 500 KiB of its own" {
  weigh "$SNUG" 1
  ((private <= 500)) || fail "$private KiB"
}
