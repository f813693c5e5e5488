# canary: what the tests of what gets out have at hand, beside helpers: a directory of the host that nobody inside is given, and
# processes in the background that go with the test.
#
#   setup_canary             makes $canary, and $work, which a test may give away
#   background COMMAND…      runs COMMAND in the background, without bats' own descriptor; $! is its pid
#   spares_canary COMMAND…   runs COMMAND, whatever comes of it, and checks that the canary is as it was
#   teardown_canary          kills what is in the background

setup_canary ()
{
  pids=()
  canary=$BATS_TEST_TMPDIR/canary
  work=$BATS_TEST_TMPDIR/work
  mkdir "$canary" "$work"
  echo canary >"$canary/file"
}

teardown_canary ()
{
  kill -9 "${pids[@]}" 2>/dev/null || true
}

background () # COMMAND…
{
  "$@" 3>&- &
  pids+=($!)
}

canary_state () { find "$canary" -printf '%p %y %M %s %l\n' | sort; }

spares_canary () # COMMAND…
{
  local before
  before=$(canary_state)
  run timeout 20 "$@" 3>&-
  [ "$status" != 124 ] || fail "it hangs: $*"
  [ "$(canary_state)" = "$before" ] || fail "the canary is different: $*"
}
