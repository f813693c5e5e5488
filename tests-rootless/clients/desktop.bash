# desktop: what the tests of bubblewrap's clients have at hand, beside helpers.
#
#   $recorder                notes what it is called with and becomes snug, by the name of bwrap: proof that a client called it
#   $noted                   the file it writes that to
#   calls                    prints the calls since the test began, one a line
#   called_with OPTION…      one call had all of these, each a word or several
#   in_place_of_bwrap CMD…   runs CMD where /usr/bin/bwrap is the recorder, for clients that cannot be told of another
#   own_session              gives the client a home and a runtime folder of this file of tests, and the address of start_bus' bus
#   start_bus, end_bus       start a session bus for this file of tests, and end it
#   passes CMD…              CMD is a test program that prints TAP, it came to its end, and no test of it failed
load "$(dirname "${BASH_SOURCE[0]}")/../helpers"

recorder=$BATS_FILE_TMPDIR/bwrap
noted=$BATS_FILE_TMPDIR/calls

write_recorder ()
{
  cat >"$recorder" <<END
#!/bin/bash
words=\${*@Q}
for ((i = 1; i < \$#; i++)); do
  [ "\${!i}" = --args ] || continue
  from=\${@:i+1:1}
  [ ! -f "/proc/self/fd/\$from" ] || words+=" \$(tr '\0' ' ' <"/proc/self/fd/\$from")"
done
printf '%s\n' "\$words" >>'$noted'
exec -a "\$0" '$SNUG' "\$@"
END
  chmod +x "$recorder"
}

setup_file ()
{
  write_recorder
}

setup ()
{
  : >"$noted"
}

calls ()
{
  tr -d "'" <"$noted"
}

called_with () # OPTION…
{
  local found option
  found=$(calls)
  for option; do
    found=$(grep -F -e "$option" <<<"$found") || output=$(calls) fail "no call of bwrap with all of: $*"
  done
}

in_place_of_bwrap () # CMD…
{
  "$SNUG" --dev-bind / / --ro-bind "$recorder" /usr/bin/bwrap -- "$@"
}

own_session ()
{
  export HOME=$BATS_FILE_TMPDIR/home XDG_RUNTIME_DIR=$BATS_FILE_TMPDIR/run
  export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
  mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
  chmod 700 "$XDG_RUNTIME_DIR"
}

# It starts no services: portals would come with them.
start_bus ()
{
  cat >"$BATS_FILE_TMPDIR/bus.conf" <<END
<busconfig>
  <type>session</type>
  <listen>$DBUS_SESSION_BUS_ADDRESS</listen>
  <policy context="default">
    <allow send_destination="*"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
END
  dbus-daemon --config-file="$BATS_FILE_TMPDIR/bus.conf" --fork --print-pid 3>&- >"$BATS_FILE_TMPDIR/bus.pid"
}

end_bus ()
{
  kill "$(cat "$BATS_FILE_TMPDIR/bus.pid")"
}

passes () # CMD…
{
  local results=$BATS_TEST_TMPDIR/results log=$BATS_TEST_TMPDIR/log
  status=0
  timeout 500 "$@" >"$results" 2>"$log" 3>&- || status=$?
  # shellcheck disable=SC2034 # fail prints it
  output=$(grep '^not ok' "$results"; tail -n 20 "$log")
  [ "$status" = 0 ] || fail "exit status $status from: $*"
  [ "$(sed -n 's/^1\.\.//p' "$results")" = "$(grep -c '^ok' "$results")" ] || fail "it came not to its end: $*"
  grep -i '^ok.*# skip' "$results" | sed 's/^/# /' >&3 || :
}
