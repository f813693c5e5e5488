# docker: what the tests of Docker have at hand, beside helpers.  `docker` speaks with a daemon of the test file's own, whose
# default runtime is snug-oci by the name of snug.
#
#   $image                    an image that has busybox by all of its names, and the user "user"
#   start_docker [OPTION…]    starts the daemon, on a host of its own (see own-host)
#   stop_docker               ends it, with all of its containers
#   on_host COMMAND…          runs COMMAND where the daemon runs
#   inspect FORMAT            what Docker knows of the container $id: inspect .State.Status
#   is STATUS                 whether that is the status of $id, for `eventually`
#   in_container COMMAND…     runs COMMAND in $id
#   process FILE              prints a file of the first process of $id in /proc
load "$(dirname "${BASH_SOURCE[0]}")/../../tests-rootless/helpers"
load "$(dirname "${BASH_SOURCE[0]}")/image"

OCI=$BATS_RUN_TMPDIR/snug-oci
[ -e "$OCI" ] || ln -s "$SNUG" "$OCI"
# shellcheck disable=SC2034 # tests use it
image=busybox
export DOCKER_CONFIG=$BATS_FILE_TMPDIR/config DOCKER_HOST=unix://$BATS_FILE_TMPDIR/docker.sock PATH=/usr/bin:/usr/sbin:$PATH

start_docker () # [OPTION…]
{
  "$BATS_TEST_DIRNAME/own-host" dockerd --host "$DOCKER_HOST" --data-root "$BATS_FILE_TMPDIR/docker" --pidfile "$BATS_FILE_TMPDIR/docker.pid" \
    --exec-opt native.cgroupdriver=cgroupfs --add-runtime "snug=$OCI" --default-runtime snug "$@" </dev/null >"$BATS_FILE_TMPDIR/docker.log" 2>&1 3>&- &
  echo $! >"$BATS_FILE_TMPDIR/own-host.pid"
  eventually docker version >/dev/null 2>&1 || fail "$(tail "$BATS_FILE_TMPDIR/docker.log")"
  make_image
}

make_image ()
{
  make_root "$BATS_FILE_TMPDIR/root"
  tar -C "$BATS_FILE_TMPDIR/root" -c . | docker import - "$image" >/dev/null
}

stop_docker ()
{
  docker ps --all --quiet | xargs -r docker rm --force --volumes >/dev/null
  kill "$(<"$BATS_FILE_TMPDIR/docker.pid")"
  wait "$(<"$BATS_FILE_TMPDIR/own-host.pid")"
}

on_host ()
{
  nsenter --target "$(<"$BATS_FILE_TMPDIR/docker.pid")" --mount --net --cgroup -- "$@"
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
