#!/usr/bin/env bats
# sd_notify(3), sd_listen_fds(3) and --pidfd-socket: what whoever started a container learns of it, and hands to it.
# shellcheck disable=SC1010 # the word done is an argument
load oci

setup ()
{
  setup_oci
  skip_unless_command cc
  skip_unless_command socat
}

teardown ()
{
  teardown_oci
  [ -z "${receiver:-}" ] || kill "$receiver"
}

# A bundle whose program says each of TEXT to its NOTIFY_SOCKET, prints "said", and then runs COMMAND.
saying () # TEXT… -- COMMAND…
{
  bundle /say "$@"
  cat >say.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main (int argc, char **argv)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int sock = socket (AF_UNIX, SOCK_DGRAM, 0);
  const char *path = getenv ("NOTIFY_SOCKET");
  if (path == NULL)
    return 77;
  strncpy (address.sun_path, path, sizeof address.sun_path - 1);
  while (++argv, argc-- > 1 && strcmp (*argv, "--") != 0)
    if (sendto (sock, *argv, strlen (*argv), 0, (struct sockaddr *) &address, sizeof address) < 0)
      {
        perror (path);
        return 78;
      }
  puts ("said");
  fflush (stdout);
  execv (argv[1], argv + 1);
  return 79;
}
C
  cc -static -o rootfs/say say.c
}

# The host's socket; what comes there goes to $heard.
listen () # [ADDRESS]
{
  export NOTIFY_SOCKET=$BATS_TEST_TMPDIR/host
  heard=$BATS_TEST_TMPDIR/heard
  timeout 60 socat -u UNIX-RECV:"$NOTIFY_SOCKET" OPEN:"$heard",creat,append 3>&- >/dev/null &
  receiver=$!
  eventually test -S "$NOTIFY_SOCKET"
}

@test "NOTIFY_SOCKET: start waits until the program is ready, and says so with its pid on the host" {
  listen
  saying STATUS=starting $'A=b\nREADY=1' -- /bin/sleep 1000
  create_bundle
  [ ! -e "$heard" ] || [ ! -s "$heard" ]
  works timeout 20 "$OCI" --root "$store" start "$id"
  grep -qx said "$BATS_TEST_TMPDIR/container.out"
  eventually grep -qs MAINPID "$heard"
  [ "$(cat "$heard")" = "$(printf 'READY=1\nMAINPID=%s' "$(state_of .pid)")" ]
}

@test "NOTIFY_SOCKET: run passes it on while it copies the program's output" {
  listen
  saying READY=1 -- /bin/echo done
  works timeout 20 "$OCI" --root "$store" run "$id"
  equals $'said\ndone'
  eventually grep -qs MAINPID "$heard"
}

@test "NOTIFY_SOCKET: run --detach waits until the program is ready" {
  listen
  saying READY=1 -- /bin/sleep 1000
  timeout 20 "$OCI" --root "$store" run --detach "$id" </dev/null >/dev/null 2>&1 3>&-
  eventually grep -qs MAINPID "$heard"
}

@test "NOTIFY_SOCKET: a program that ends without a word does not keep start waiting" {
  listen
  saying STATUS=useless -- /bin/true
  create_bundle
  works timeout 20 "$OCI" --root "$store" start "$id"
  works timeout 20 "$OCI" --root "$store" run --detach "$id-2"
  works timeout 20 "$OCI" --root "$store" run "$id-3"
  [ ! -s "$heard" ]
}

@test "NOTIFY_SOCKET: nothing but these two lines gets out" {
  listen
  saying $'READY=1\nMAINPID=1\nBUSERROR=x' -- /bin/true
  works timeout 20 "$OCI" --root "$store" run "$id"
  eventually grep -qs MAINPID "$heard"
  [ "$(grep -c . "$heard")" = 2 ]
  run ! grep -qx 'MAINPID=1' "$heard"
  run ! grep -q BUS "$heard"
}

@test "NOTIFY_SOCKET: another user of the container, a tmpfs on /run, a read-only root" {
  skip_unless_subordinate_ids
  listen
  saying READY=1 -- /bin/echo done
  local first
  first=$(sed -n "s/^$(id -un):\([0-9]*\):.*/\1/p" /etc/subuid)
  config '.linux.uidMappings += [{ containerID: 1, hostID: $first, size: 65535 }]
    | .linux.gidMappings += [{ containerID: 1, hostID: $first, size: 65535 }] | .root.readonly = true
    | .process.user = { uid: 1000, gid: 1000 }
    | .mounts += [{ destination: "/run", type: "tmpfs", source: "tmpfs" }]' --argjson first "$first"
  mkdir rootfs/run
  works timeout 20 "$OCI" --root "$store" run "$id"
  eventually grep -qs MAINPID "$heard"
}

@test "NOTIFY_SOCKET: the container can change nothing where its socket is" {
  listen
  bundle sh -c 'rm /run/notify/notify.sock; touch /run/notify/file; ls /run/notify'
  run_bundle
  has "rm: can't remove '/run/notify/notify.sock': Read-only file system"
  [ "${lines[-1]}" = notify.sock ]
}

@test "NOTIFY_SOCKET: a signal ends run --detach, which waits" {
  listen
  saying STATUS=slow -- /bin/sleep 1000
  run timeout 2 "$OCI" --root "$store" run --detach "$id" 3>&-
  [ "$status" = 124 ]
  refused oci state "$id"
}

@test "without NOTIFY_SOCKET the container has none" {
  bundle sh -c 'ls /run; echo ${NOTIFY_SOCKET:-none}'
  run_bundle
  [ "${lines[-1]}" = none ]
  lacks notify
}

@test "LISTEN_FDS: the descriptors are passed on, LISTEN_PID is 1, those of --preserve-fds come after them" {
  bundle sh -c 'echo $LISTEN_FDS $LISTEN_PID; cat <&3; cat <&4; ls /proc/self/fd | tr "\n" " "'
  echo one >"$BATS_TEST_TMPDIR/one"
  echo two >"$BATS_TEST_TMPDIR/two"
  run bash -c 'exec 3<"$1" 4<"$2" 5</dev/null; LISTEN_FDS=1 exec "$3" --root "$4" run --preserve-fds 1 "$5"' \
    - "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two" "$OCI" "$store" "$id" 3>&-
  equals $'1 1\none\ntwo\n0 1 2 3 4 5 '
}

@test "LISTEN_FDS: one that is not open is an error, and nothing of ours takes its place" {
  bundle true
  run env LISTEN_FDS=2 "$OCI" --root "$store" run "$id" 3>&-
  [ "$status" = 1 ]
  has "Bad file descriptor"
}

@test "run.oci.pidfd_receiver gets a pidfd of the container" {
  "$HELPERS/take" "$BATS_TEST_TMPDIR/socket" >"$BATS_TEST_TMPDIR/received" 3>&- &
  receiver=$!
  eventually test -S "$BATS_TEST_TMPDIR/socket"
  bundle
  config '.annotations["run.oci.pidfd_receiver"] = $path' --arg path "$BATS_TEST_TMPDIR/socket"
  create_bundle
  wait "$receiver"
  receiver=
  [ "$(cat "$BATS_TEST_TMPDIR/received")" = "pidfd pidfd $(state_of .pid)" ]
}

@test "run.oci.pidfd_receiver: nobody there is an error, and nothing is left" {
  bundle
  config '.annotations["run.oci.pidfd_receiver"] = "/nowhere/socket"'
  refused oci create "$id"
  has "can't connect to /nowhere/socket: No such file or directory"
  refused oci state "$id"
}
