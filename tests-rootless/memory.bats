#!/usr/bin/env bats
# What a sandbox weighs: its monitor, and the init that stays inside.  The kernel knows how much each had at most.
load helpers

setup ()
{
  skip_unless_user_namespaces
  ! grep -q __asan_init "$SNUG" || skip "in this build the sanitizer's own memory is many times as much"
}

# Sets $peak to the most that any process of PROGRAM ever had, in KiB, and $init to its init, in a sandbox with N binds more than it
# needs, which stays until `let_go`.
weigh () # PROGRAM N [OPTION…]
{
  local binds
  # shellcheck disable=SC2046 # that many numbers
  mapfile -t binds < <(printf -- '--ro-bind\n/usr\n/tmp/%s\n' $(seq "$2"))
  [ "$2" != 0 ] || binds=()
  coproc "$1" --unshare-user --unshare-pid "${usr[@]}" --proc /proc --dev /dev --tmpfs /tmp "${binds[@]}" "${@:3}" cat 2>/dev/null 3>&-
  monitor=$COPROC_PID end=${COPROC[1]}
  echo ready >&"$end"
  read -r -t 60 <&"${COPROC[0]}" || fail "$1 with $2 binds does not start"
  init=$(pgrep -P "$monitor")
  peak=$(awk '/^VmHWM/ && $2 > most { most = $2 } END { print most }' "/proc/$monitor/status" "/proc/$init/status")
}

let_go ()
{
  exec {end}>&-
  wait "$monitor"
}

# Sets ${median[PROGRAM]} to the middle one of $peak, for each of the PROGRAMs, which take turns: where the libraries lie in memory,
# and so what comes along with a page of them, is left to chance.
weigh_often () # N "OPTION…" PROGRAM…
{
  local program
  declare -gA median
  declare -A peaks=()
  for _ in {1..7}; do
    for program in "${@:3}"; do
      # shellcheck disable=SC2086 # words
      weigh "$program" "$1" $2
      let_go
      peaks[$program]+="$peak "
    done
  done
  for program in "${@:3}"; do
    # shellcheck disable=SC2086 # numbers
    median[$program]=$(printf '%s\n' ${peaks[$program]} | sort -n | sed -n 4p)
  done
}

# Whoever asks for the pid gets a document that takes memory to write.
@test "no process of it takes more memory than one of bubblewrap's" {
  skip_unless_command bwrap
  bwrap=$(command -v bwrap)
  for binds in 0 500; do
    for option in "" "--info-fd 2"; do
      weigh_often "$binds" "$option" "$SNUG" "$bwrap"
      ((median[$SNUG] <= median[$bwrap])) ||
        fail "$binds binds${option:+, $option}: ${median[$SNUG]} KiB, and bubblewrap ${median[$bwrap]} KiB"
    done
  done
}

@test "a bind takes less than 200 bytes, its place on the command line included" {
  weigh_often 1 "" "$SNUG"
  few=${median[$SNUG]}
  weigh_often 3000 "" "$SNUG"
  many=${median[$SNUG]}
  (((many - few) * 1024 < 3000 * 200)) || fail "$few KiB with one bind, $many KiB with 3000"
}

# See src/near.c, which has those that are there.
@test "it asks for no function that the C library chooses at each start by code far from all else" {
  skip_unless_command nm
  run nm "$SNUG"
  [ "$status" = 0 ]
  [[ $output == *" memcpy"* ]]
  ! grep -E ' [Ui] (time|gettimeofday|__mem[a-z]*_chk)(@.*)?$' <<<"$output" || fail "one is asked for"
}

@test "the init that stays inside has at most 500 KiB of its own" {
  weigh "$SNUG" 1 --info-fd 2 # whoever asks for the pid may look at init
  private=$(awk '/^Private_/ { sum += $2 } END { print sum }' "/proc/$init/smaps_rollup")
  let_go
  ((private <= 500)) || fail "$private KiB"
}
