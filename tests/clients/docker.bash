# docker: what the tests of Docker have at hand, beside helpers.  `docker` speaks with a daemon of the tests' own, whose default
# runtime is snug-oci by the name of snug.
#
#   $image                    an image that has busybox by all of its names, and the user "user"
#   use_docker FOLDER         which daemon is meant from here on: what it has is in FOLDER
#   host_and_docker           skips where there can be no daemon
#   start_docker [OPTION…]    starts it, on a host of its own (see own-host); $dockerd is its command
#   settings [MORE]           prints the manual's daemon.json, with MORE of it
#   stop_docker               ends it, with all of its containers
#   on_host COMMAND…          runs COMMAND where the daemon runs
#   start [OPTION…] [COMMAND…]  starts the container $id in the background
#   inspect FORMAT            what Docker knows of $id: inspect .State.Status
#   is STATUS                 whether that is the status of $id, for `eventually`
#   in_container COMMAND…     runs COMMAND in $id
#   process FILE              prints a file of the first process of $id in /proc
load "$(dirname "${BASH_SOURCE[0]}")/../../tests-rootless/helpers"
load "$(dirname "${BASH_SOURCE[0]}")/../../tests-rootless/manual"
load "$(dirname "${BASH_SOURCE[0]}")/image"

# shellcheck disable=SC2034 # tests use it
image=busybox
dockerd=(dockerd)
PATH=/usr/bin:/usr/sbin:$PATH # Debian's before any other
export DOCKER_CONFIG=$BATS_FILE_TMPDIR/config

use_docker () # FOLDER
{
  place=$1
  export DOCKER_HOST=unix://$place/docker.sock
}

use_docker "$BATS_FILE_TMPDIR/docker"

host_and_docker ()
{
  skip_unless_command dockerd
  "$BATS_TEST_DIRNAME/own-host" true || skip "no cgroup can be made here"
}

start_docker () # [OPTION…]
{
  mkdir "$place"
  "$BATS_TEST_DIRNAME/own-host" "${dockerd[@]}" --host "$DOCKER_HOST" --data-root "$place/data" --pidfile "$place/pid" \
    --exec-opt native.cgroupdriver=cgroupfs --add-runtime "snug=$OCI" --default-runtime snug "$@" </dev/null >"$place/log" 2>&1 3>&- &
  echo $! >"$place/own-host"
  eventually answers_or_ended
  docker version >/dev/null 2>&1 || fail "$(tail "$place/log")"
  make_image
}

answers_or_ended ()
{
  docker version >/dev/null 2>&1 || ! kill -0 "$(<"$place/own-host")"
}

settings () # [MORE]
{
  example daemon.json | sed "s,/usr/bin/snug-oci,$OCI," | jq --argjson more "${1-{\}}" '. + $more'
}

make_image ()
{
  [ -d "$BATS_FILE_TMPDIR/root" ] || make_root "$BATS_FILE_TMPDIR/root"
  tar -C "$BATS_FILE_TMPDIR/root" -c . | docker import - "$image" >/dev/null
}

remove_containers ()
{
  docker ps --all --quiet | xargs -r docker rm --force --volumes >/dev/null
}

stop_docker ()
{
  [ -e "$place/pid" ] || return 0
  remove_containers
  kill "$(<"$place/pid")"
  tail --pid="$(<"$place/own-host")" -f /dev/null
}

on_host ()
{
  nsenter --target "$(<"$place/pid")" --mount --net --cgroup -- "$@"
}

start () # [OPTION…] [COMMAND…]
{
  id=$(docker run --detach "$@" 3>&-)
}

inspect () # FORMAT
{
  docker inspect --format "{{$1}}" "$id"
}

is () # STATUS
{
  [ "$(inspect .State.Status)" = "$1" ]
}

in_container () # COMMAND…
{
  docker exec "$id" "$@"
}

process () # FILE
{
  cat "/proc/$(inspect .State.Pid)/$1"
}
