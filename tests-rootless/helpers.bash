# helpers: what every behaviour test has at hand.  A test runs a command with `works` or `refused`, then says
# what the output is like.
#
#   $SNUG, $BWRAP, $OCI      the program under test, and the same one by the names of bwrap and of snug-oci
#   $HELPERS                 the folder of the programs that tests attack with and look through, which tests/helpers makes
#   in_usr [OPTION…] CMD…    runs CMD in a sandbox that has the host's /usr, a new /proc and /dev, and no more
#   works CMD…               CMD exits with 0
#   refused CMD…             CMD exits with 1, which is how snug refuses
#   equals TEXT              all of the output is TEXT
#   has TEXT, lacks TEXT     TEXT is, or is not, somewhere in the output
#   await_jobs               waits for what the test started in the background
#   skip_unless_…            skips the test where the machine lacks what it is about
#   file_needs CHECK…        for setup_file: where CHECK skips, it fails, and each test of the file is skipped for that reason
#   skip_with_file           does that; a setup of the file's own begins with it, and a teardown_file looks at $why_not
#   options_of_help PROGRAM [VERB]
#                            the long options that --help knows, one a line
bats_require_minimum_version 1.5.0

umask 022 # whatever the caller's is

SNUG=$(realpath "${SNUG_BIN:-$BATS_TEST_DIRNAME/../build/snug}")
# shellcheck disable=SC2034 # tests use it
HELPERS=$(dirname "$SNUG")/tests/helpers
BWRAP=$BATS_RUN_TMPDIR/bwrap OCI=$BATS_RUN_TMPDIR/snug-oci
for name in "$BWRAP" "$OCI"; do
  [ -e "$name" ] || ln -s "$SNUG" "$name"
done

usr=(--ro-bind /usr /usr)
for name in bin lib lib32 lib64 sbin; do
  [ ! -L "/$name" ] || usr+=(--symlink "$(readlink "/$name")" "/$name")
  [ -L "/$name" ] || [ ! -d "/$name" ] || usr+=(--ro-bind "/$name" "/$name")
done

in_usr ()
{
  "$SNUG" "${usr[@]}" --proc /proc --dev /dev "$@"
}

fail ()
{
  printf '%s\n' "$1" "the output was:" "$output"
  return 1
}

# Descriptor 3 is bats' own: bats waits until nobody has it any more, and so would wait for what is left running.
works ()
{
  run "$@" 3>&-
  [ "$status" = 0 ] || fail "exit status $status from: $*"
}

refused ()
{
  run "$@" 3>&-
  [ "$status" = 1 ] || fail "exit status $status instead of 1 from: $*"
}

equals ()
{
  [ "$output" = "$1" ] || fail "expected exactly: $1"
}

has ()
{
  [[ $output == *"$1"* ]] || fail "expected in the output: $1"
}

lacks ()
{
  [[ $output != *"$1"* ]] || fail "not expected in the output: $1"
}

skip_unless_user_namespaces ()
{
  unshare --user true 2>/dev/null || skip "this machine lets its users make no user namespaces"
}

skip_unless_subordinate_ids ()
{
  grep -qs "^$(id -un):" /etc/subuid || skip "this user has no subordinate ids in /etc/subuid"
}

skip_unless_command () # NAME
{
  type -P "$1" >/dev/null || skip "there is no $1" # a function of its name is not it
}

# bats 1.8 takes a skip in setup_file for a failure.
file_needs () # CHECK…
{
  # shellcheck disable=SC2317 # CHECK calls it
  why_not=$(skip () { echo "$1" && exit; } && "$@")
  export why_not
  [ -z "$why_not" ]
}

skip_with_file ()
{
  [ -z "${why_not-}" ] || skip "$why_not"
}

setup ()
{
  skip_with_file
}

options_of_help () # PROGRAM [VERB]
{
  "$@" --help | sed -nE 's/^ +(-[a-z], +)?(--[a-z0-9-]+).*/\2/p' | sort
}

# For what others do meanwhile: tries CMD until it works, for ten seconds.
eventually () # CMD…
{
  local i
  for ((i = 0; i < 200; i++)); do
    "$@" && return
    sleep 0.05
  done
  return 1
}

# Waits for what the test has in the background: a bare `wait` would wait for bats' own timer as well, which is there first.
await_jobs ()
{
  local all
  mapfile -t all <<<"$(jobs -p)"
  [ -z "${BATS_TEST_TIMEOUT-}" ] || all=("${all[@]:1}")
  [ ${#all[@]} = 0 ] || wait "${all[@]}" || true
}
