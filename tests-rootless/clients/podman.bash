# podman: what the tests of Podman and its kin have at hand, beside helpers: an image, and folders and a store of the test
# file's own.
#
#   podman ARGUMENT…            Podman with snug-oci as its runtime; $podman has the command and the options before them
#   $image                      an image that has busybox by all of its names
#   once [OPTION…] COMMAND…     runs COMMAND in a container of that image that goes away with it and has no network
#   begin [OPTION…] COMMAND…    runs it in the background, as the container $name
#   at_terminal STEP… -- ARGUMENT…
#                               runs Podman on a terminal, with somebody in front of it: see tests/helpers/terminal.c
#   with_descriptors CMD…       runs CMD with two descriptors more, of which the second has a line to be read
#   exits STATUS CMD…           CMD exits with STATUS
#   begin_counting              begins $name, whose program counts: stands_still and goes_on say whether it does
#   logs_have TEXT              whether TEXT is in what $name has written, for `eventually`
#   forget_containers           removes all there are, for teardown
load "$(dirname "${BASH_SOURCE[0]}")/../helpers"

# shellcheck disable=SC2034 # tests use it
name=box image=localhost/busybox

podman=(podman --root "$BATS_FILE_TMPDIR/storage" --runroot "$BATS_FILE_TMPDIR/run" --storage-driver vfs --events-backend file
  --runtime "$OCI")

podman ()
{
  command "${podman[@]}" "$@"
}

# An option's argument is behind =, so that the first word without a dash is the command.
before_image ()
{
  options=()
  while [[ $1 == -* ]]; do
    options+=("$1") && shift
  done
  command=("$@")
}

once ()
{
  local options command
  before_image "$@"
  podman run --rm --network=none "${options[@]}" "$image" "${command[@]}"
}

begin ()
{
  local options command
  before_image "$@"
  works podman run --detach --network=none --name="$name" "${options[@]}" "$image" "${command[@]}"
}

at_terminal ()
{
  local steps=()
  while [ "$1" != -- ]; do
    steps+=("$1") && shift
  done
  "$HELPERS/terminal" "${steps[@]}" -- "${podman[@]}" "${@:2}"
}

with_descriptors ()
{
  "$@" 3</dev/null 4<<<"by descriptor"
}

exits () # STATUS CMD…
{
  run "-$1" "${@:2}" 3>&-
}

begin_counting ()
{
  counted=$BATS_TEST_TMPDIR/counted
  mkdir "$counted"
  begin --volume="$counted:/counted" sh -c 'while :; do echo $((i += 1)) >/counted/new; mv /counted/new /counted/number; sleep 0.01; done'
  eventually test -s "$counted/number"
}

stands_still ()
{
  local before
  before=$(<"$counted/number")
  sleep 0.5
  [ "$(<"$counted/number")" = "$before" ] || fail "it counts on from $before"
}

goes_on ()
{
  local before
  before=$(<"$counted/number")
  sleep 0.1
  [ "$(<"$counted/number")" != "$before" ]
}

logs_have () # TEXT
{
  podman logs "$name" 2>&1 | grep -q "$1"
}

forget_containers ()
{
  podman rm --all --force --time=0 >/dev/null 2>&1 || :
}

# Podman keeps files in its user's home and runtime directory, and its user namespace alive by a process that waits.  Told of no
# session bus it starts one, and leaves it.
own_folders ()
{
  export HOME=$BATS_FILE_TMPDIR/home XDG_RUNTIME_DIR=$BATS_FILE_TMPDIR/xdg
  export DBUS_SESSION_BUS_ADDRESS=${DBUS_SESSION_BUS_ADDRESS:-unix:path=$XDG_RUNTIME_DIR/bus}
  mkdir -m 700 "$HOME" "$XDG_RUNTIME_DIR"
}

make_image ()
{
  local root=$BATS_FILE_TMPDIR/image
  mkdir -p "$root/bin" "$root/etc" "$root/tmp"
  chmod 1777 "$root/tmp"
  cp /bin/busybox "$root/bin/"
  busybox --list | NEW=$root perl -ne 'chomp; symlink "busybox", "$ENV{NEW}/bin/$_"'
  tar -C "$root" --owner=0 --group=0 --numeric-owner -c . | podman import --change ENV=PATH=/bin - "$image" >/dev/null 2>&1 3>&-
}

setup_file ()
{
  file_needs skip_unless_command podman || return 0
  own_folders
  make_image
}

teardown_file ()
{
  [ -z "$why_not" ] || return 0
  forget_containers
  podman unshare rm -rf "$BATS_FILE_TMPDIR/storage"
  kill "$(<"$XDG_RUNTIME_DIR/libpod/tmp/pause.pid")"
}
