#!/usr/bin/env bats
# Docker with snug-oci as its runtime, as root.  What needs controllers of cgroups or a systemd is in ../vm/clients.
# client: Docker
# packages: docker.io busybox-static iproute2 iptables
# version: dockerd --version
load docker

setup_file ()
{
  file_needs host_and_docker || return 0
  start_docker --experimental
}

teardown_file ()
{
  stop_docker
}

teardown ()
{
  [ "$place" = "$BATS_FILE_TMPDIR/docker" ] || stop_docker
  use_docker "$BATS_FILE_TMPDIR/docker"
  remove_containers
}

# Another daemon for the test alone.
start_another () # [OPTION…]
{
  use_docker "$BATS_TEST_TMPDIR/docker"
  start_docker "$@"
}

# All that root has here, of those that this Docker knows.
all_capabilities ()
{
  printf '%016x' $((0x$(sed -n 's/^CapEff:\t//p' /proc/self/status) & 0x3fffffffff))
}

# --- Running ----------------------------------------------------------------------------------------------

@test "it is snug that runs the container" {
  start "$image" sleep 1000
  [ "$(inspect .HostConfig.Runtime)" = snug ]
  works on_host "$OCI" --root /run/docker/runtime-runc/moby state "$id"
  [ "$(jq -r .pid <<<"$output")" = "$(inspect .State.Pid)" ]
}

@test "run: by the name of the runtime, also when another one is the default, and from standard input" {
  run docker run --rm --interactive --runtime snug "$image" sed s/o/0/ <<<hello
  equals hell0
  run docker run --rm --runtime nothing "$image" true
  has nothing
  [ "$status" = 125 ]
}

@test "run ends as the program does, and with 126 or 127 when there is none" {
  run docker run --rm "$image" sh -c 'exit 42'
  [ "$status" = 42 ]
  run docker run --rm --init "$image" sh -c 'kill -KILL $$'
  [ "$status" = 137 ]
  run -127 docker run --rm "$image" nothing
  has 'exec: "nothing": executable file not found in $PATH'
  run -127 docker run --rm "$image" /bin/nothing
  has 'exec: "/bin/nothing": no such file or directory'
  run docker run --rm "$image" /etc
  [ "$status" = 126 ]
  has 'exec: "/etc": permission denied'
}

@test "run: what can't be done is 125, in words that name it, and nothing stays of the container" {
  run docker run --rm --volume /usr:/bin/sh "$image" true
  [ "$status" = 125 ]
  has "/bin/sh: what is there is not a directory"
  has "Are you trying to mount a directory onto a file" # this Docker adds, as it knows the words
  run docker run --rm --sysctl net.ipv4.nothing=1 "$image" true
  [ "$status" = 125 ]
  has net.ipv4.nothing
  [ -z "$(docker ps --all --quiet)" ]
  [ -z "$(on_host ls /run/docker/runtime-runc/moby)" ]
}

@test "run: user, group, working directory, environment, name" {
  works docker run --rm --user user:staff --group-add 77 --workdir /made/up --env A=b --hostname box --domainname example "$image" \
    sh -c 'id; pwd; echo $A $HOME; hostname; cat /proc/sys/kernel/domainname'
  equals "uid=1000(user) gid=50(staff) groups=50(staff),77
/made/up
b /home
box
example"
}

# The client listens for changes of the window only after it has passed the first size on.
@test "run: a terminal of its size, that follows the window's, and its end" {
  works "$HELPERS/terminal" size:33x99 wait:'# ' \
    send:$'until stty size | grep 33; do sleep 0.1; done; sleep 2; echo o""n\r' wait:'33 99' wait:$'\non' size:44x88 \
    send:$'until stty size | grep 44; do sleep 0.1; done; exit 7\r' wait:'44 88' -- sh -c 'docker run --rm -it "$1" sh; echo "left with $?"' - "$image"
  has "left with 7"
  has "[terminal as before]"
}

@test "attach: detached from and attached to again" {
  id=$(docker create -it "$image" sh)
  works "$HELPERS/terminal" size:24x80 wait:'# ' send:$'echo $((6 * 7))\r' wait:42 send:$'\x10\x11' wait:'detached' \
    -- sh -c 'docker start --attach --interactive "$1"; echo detached' - "$id"
  is running
  works "$HELPERS/terminal" size:24x80 send:$'\r' wait:'# ' send:$'exit 5\r' wait:'left with 5' \
    -- sh -c 'docker attach "$1"; echo "left with $?"' - "$id"
  [ "$(inspect .State.ExitCode)" = 5 ]
}

@test "logs: standard output and error, apart" {
  start "$image" sh -c 'echo out; echo err >&2'
  docker wait "$id"
  [ "$(docker logs "$id" 2>/dev/null)" = out ]
  [ "$(docker logs "$id" 2>&1 >/dev/null)" = err ]
}

@test "logs: ten megabytes arrive whole" {
  run docker run --rm "$image" sh -c 'yes 123456789 | head -c 10000000'
  [ ${#output} = 9999999 ] # `run` takes the last newline away
}

# --- Exec -------------------------------------------------------------------------------------------------

@test "exec: output, input, exit status, user, environment" {
  start "$image" sleep 1000
  run docker exec "$id" sh -c 'exit 43'
  [ "$status" = 43 ]
  run docker exec --interactive "$id" tr a-z A-Z <<<text
  equals TEXT
  works docker exec --user 1000:50 --env A=b --workdir /tmp "$id" sh -c 'id -u; id -g; pwd; echo $A'
  equals $'1000\n50\n/tmp\nb'
  works docker exec --detach "$id" touch /tmp/detached
  works eventually in_container test -e /tmp/detached
}

@test "exec: what is not there is refused as runc refuses it" {
  start "$image" sleep 1000
  run docker exec "$id" nothing
  [ "$status" = 126 ]
  has 'exec: "nothing": executable file not found in $PATH'
  run docker exec --workdir /nothing "$id" true
  [ "$status" = 126 ]
  has "No such file or directory"
}

@test "exec: a terminal" {
  start "$image" sleep 1000
  works "$HELPERS/terminal" size:33x99 wait:'# ' send:$'until stty size | grep 33; do sleep 0.1; done; tty; exit 3\r' wait:'33 99' wait:/dev/pts/ \
    -- sh -c 'docker exec -it "$1" sh; echo "left with $?"' - "$id"
  has "left with 3"
}

@test "exec: has what the container has been given, and --privileged has all" {
  start --cap-drop all --cap-add chown --security-opt no-new-privileges "$image" sleep 1000
  works in_container grep -E 'Cap(Eff|Bnd)|NoNewPrivs|Seccomp:' /proc/self/status
  equals "CapEff:	0000000000000001
CapBnd:	0000000000000001
NoNewPrivs:	1
Seccomp:	2"
  works docker exec --privileged "$id" sed -n 's/^CapEff:\t//p' /proc/self/status
  equals "$(all_capabilities)"
}

@test "exec: a hundred times" {
  start "$image" sleep 1000
  for i in {1..100}; do
    [ "$(docker exec "$id" echo "$i")" = "$i" ]
  done
  [ "$(docker top "$id" -o pid | wc -l)" = 2 ]
}

# --- Its life ---------------------------------------------------------------------------------------------

@test "stop: TERM, and KILL for who does not listen; start, restart, wait" {
  start "$image" sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done'
  docker stop "$id"
  [ "$(inspect .State.ExitCode)" = 9 ]
  start "$image" sh -c 'trap "" TERM; while :; do sleep 0.1; done'
  docker stop --time 1 "$id"
  [ "$(inspect .State.ExitCode)" = 137 ]
  docker start "$id"
  first=$(inspect .State.Pid)
  docker restart --time 0 "$id"
  is running
  [ "$(inspect .State.Pid)" != "$first" ]
  docker kill "$id"
  [ "$(docker wait "$id")" = 137 ]
}

@test "kill: any signal, by name and number; --stop-signal" {
  start --stop-signal USR1 "$image" sh -c 'trap "echo hup" HUP; trap "echo usr1; exit 4" USR1; echo ready; while :; do sleep 0.1; done'
  eventually sh -c 'docker logs "$1" | grep -q ready' - "$id"
  docker kill --signal HUP "$id"
  eventually sh -c 'docker logs "$1" | grep -q hup' - "$id"
  docker kill --signal 1 "$id"
  docker stop "$id"
  [ "$(inspect .State.ExitCode)" = 4 ]
  run docker logs "$id"
  has usr1
}

@test "pause stops all that is in it, and unpause lets it go on" {
  start "$image" sh -c 'while :; do echo >>/tmp/ticks; sleep 0.02; done'
  eventually in_container test -s /tmp/ticks
  docker pause "$id"
  is paused
  [ "$(on_host cat "/sys/fs/cgroup/docker/$id/cgroup.freeze")" = 1 ]
  ticks=/proc/$(inspect .State.Pid)/root/tmp/ticks
  before=$(wc -c <"$ticks")
  sleep 0.3
  [ "$(wc -c <"$ticks")" = "$before" ]
  docker unpause "$id"
  works eventually in_container sh -c 'test "$(wc -c </tmp/ticks)" -gt '"$before"
}

@test "a paused container can be removed" {
  start "$image" sleep 1000
  docker pause "$id"
  works docker rm --force "$id"
  [ ! -e "/proc/$(cat "$BATS_FILE_TMPDIR/docker.pid")/root/sys/fs/cgroup/docker/$id" ]
}

@test "--restart: starts it again when it fails, and no more than is said" {
  start --restart on-failure:2 "$image" sh -c 'echo once; exit 1'
  eventually is exited
  [ "$(inspect .RestartCount)" = 2 ]
  [ "$(docker logs "$id" | grep -c once)" = 3 ]
}

@test "health checks tell the healthy from the ill" {
  start --health-cmd 'test ! -e /tmp/ill' --health-interval 1s --health-retries 1 "$image" sleep 1000
  works eventually sh -c 'docker inspect --format "{{.State.Health.Status}}" "$1" | grep -qx healthy' - "$id"
  in_container touch /tmp/ill
  works eventually sh -c 'docker inspect --format "{{.State.Health.Status}}" "$1" | grep -qx unhealthy' - "$id"
}

@test "--init reaps what others leave behind" {
  start --init "$image" sh -c 'for i in 1 2 3; do (sleep 0.1 & ); done; exec sleep 1000'
  [ "$(process comm)" = docker-init ]
  sleep 0.5
  run docker top "$id" -o pid,comm
  has sleep
  lacks defunct
}

@test "top and stats know its processes" {
  start "$image" sh -c 'sleep 1001 & exec sleep 1002'
  run docker top "$id" -o pid,args
  has "sleep 1001"
  has "sleep 1002"
  works docker stats --no-stream --format '{{.Name}} {{.PIDs}} {{.CPUPerc}}' "$id"
}

@test "many at once, and nothing of them stays" {
  for i in {1..16}; do
    docker run --rm "$image" echo "$i" >"$BATS_TEST_TMPDIR/$i" 3>&- &
  done
  await_jobs
  [ "$(cat "$BATS_TEST_TMPDIR"/* | sort -n | xargs)" = "$(seq 16 | xargs)" ]
  [ -z "$(docker ps --all --quiet)" ]
  [ -z "$(on_host ls /run/docker/runtime-runc/moby)" ]
  [ -z "$(on_host find /sys/fs/cgroup/docker -mindepth 1 -type d)" ]
}

@test "--live-restore: containers outlive the daemon, and the next one finds them" {
  # shellcheck disable=SC2034 # start_docker uses it
  dockerd=(sh -c 'dockerd "$@"; exec dockerd "$@"' -)
  start_another --live-restore
  start "$image" sh -c 'while :; do echo tick; sleep 0.1; done'
  before=$(inspect .State.Pid)
  kill "$(<"$place/pid")"
  eventually docker version >/dev/null 2>&1
  is running
  [ "$(inspect .State.Pid)" = "$before" ]
  works in_container echo inside
  equals inside
  docker kill "$id"
  [ "$(docker wait "$id")" = 137 ]
}

# --- What it may ------------------------------------------------------------------------------------------

@test "capabilities: Docker's own set, less, more, all" {
  caps () { docker run --rm "$@" "$image" sed -n 's/^CapEff:\t//p' /proc/self/status; }
  [ "$(caps)" = 00000000a80425fb ]
  [ "$(caps --cap-drop all)" = 0000000000000000 ]
  [ "$(caps --cap-drop all --cap-add net_raw)" = 0000000000002000 ]
  [ "$(caps --privileged)" = "$(all_capabilities)" ]
  [ "$(caps --user 1000)" = 0000000000000000 ]
}

@test "--privileged: all devices, /sys and /proc/sys to write to, no filter" {
  works docker run --rm --privileged "$image" sh -c 'test -e /dev/loop-control || test -e /dev/kmsg && grep -c " /proc/.*ro," /proc/mounts
    : >/proc/sys/net/ipv4/ip_forward; grep Seccomp: /proc/self/status; mkdir /x && mount -t tmpfs x /x && grep -c " /x " /proc/mounts'
  equals $'0\nSeccomp:\t0\n1'
}

@test "without it /proc/sys and what tells of the host are out of reach" {
  run docker run --rm "$image" sh -c ': >/proc/sys/net/ipv4/ip_forward'
  has "Read-only file system"
  works docker run --rm "$image" sh -c 'head -c 1 /proc/keys | wc -c; ls /sys/firmware | wc -l'
  equals $'0\n0'
  run docker run --rm "$image" mount -t tmpfs x /tmp
  has "ermission denied"
}

@test "seccomp: Docker's profile, one's own, none" {
  run docker run --rm "$image" unshare --user true
  has "Operation not permitted"
  echo '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 }] }' \
    >"$BATS_TEST_TMPDIR/profile.json"
  run docker run --rm --security-opt seccomp="$BATS_TEST_TMPDIR/profile.json" "$image" mkdir /new
  has "No space left on device"
  works docker run --rm --security-opt seccomp=unconfined "$image" grep Seccomp: /proc/self/status
  equals $'Seccomp:\t0'
}

@test "ulimits" {
  works docker run --rm --ulimit nofile=100:200 --ulimit core=0 "$image" sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'
  equals $'100\n200\n0'
}

@test "sysctls of its namespaces" {
  works docker run --rm --sysctl net.ipv4.ip_unprivileged_port_start=80 --sysctl kernel.shm_rmid_forced=1 "$image" \
    cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shm_rmid_forced
  equals $'80\n1'
}

@test "--oom-score-adj" {
  works docker run --rm --oom-score-adj 500 "$image" cat /proc/self/oom_score_adj
  equals 500
}

@test "devices: those that are given, with the access that is said, and no others" {
  works docker run --rm --device /dev/fuse:/dev/other:r "$image" sh -c '(exec 3</dev/other) && echo read; (exec 3>/dev/other) 2>/dev/null || echo not written'
  equals $'read\nnot written'
  run docker run --rm --cap-add mknod "$image" sh -c 'mknod /tmp/fuse c 10 229; exec 3</tmp/fuse'
  has "Operation not permitted"
  works docker run --rm --device-cgroup-rule 'c 10:229 r' "$image" sh -c 'mknod /tmp/fuse c 10 229; exec 3</tmp/fuse'
}

# --- Files ------------------------------------------------------------------------------------------------

@test "volumes: a folder, a file, one by name, read-only" {
  mkdir "$BATS_TEST_TMPDIR/folder"
  echo content >"$BATS_TEST_TMPDIR/file"
  works docker run --rm --volume "$BATS_TEST_TMPDIR/folder:/a/b" --volume "$BATS_TEST_TMPDIR/file:/c/d:ro" --volume name:/e "$image" \
    sh -c 'echo new >/a/b/new; cat /c/d; echo more >>/c/d; echo kept >/e/kept'
  has content
  has "Read-only file system"
  [ "$(<"$BATS_TEST_TMPDIR/folder/new")" = new ]
  works docker run --rm --volume name:/f:ro "$image" cat /f/kept
  equals kept
  docker volume rm name
}

@test "volumes: propagation" {
  on_host sh -c 'mkdir -p /run/shared && mount -t tmpfs shared /run/shared && mount --make-shared /run/shared && mkdir /run/shared/late'
  for how in rslave rprivate; do
    start --volume "/run/shared:/shared:$how" "$image" sleep 1000
    on_host mount -t tmpfs late /run/shared/late
    run in_container grep -c ' /shared/late ' /proc/mounts
    [ "$how $output" = "rslave 1" ] || [ "$how $output" = "rprivate 0" ] || fail "$how"
    on_host umount /run/shared/late
  done
  works docker run --rm --privileged --volume /run/shared:/shared:rshared "$image" mount -t tmpfs inner /shared/late
  works on_host grep -c '^inner /run/shared/late ' /proc/mounts
  on_host umount --recursive /run/shared
}

@test "--read-only, but for what is mounted" {
  works docker run --rm --read-only --tmpfs /run:size=1m,mode=700 --volume /data "$image" \
    sh -c 'touch /new; touch /run/new /data/new /dev/shm/new && stat -c "%a %n" /run; df -k /run | tail -n 1'
  has "/new: Read-only file system"
  has "700 /run"
  has " 1024 "
}

@test "--mount: bind, tmpfs and their options; --shm-size" {
  works docker run --rm --mount "type=bind,source=$BATS_TEST_TMPDIR,target=/b,readonly" \
    --mount type=tmpfs,target=/t,tmpfs-size=2m,tmpfs-mode=1770 --shm-size 3m "$image" \
    sh -c 'grep " /b " /proc/mounts; stat -c %a /t; df -k /t /dev/shm | tail -n 2'
  has " ro,"
  has 1770
  has " 2048 "
  has " 3072 "
}

@test "cp and diff, into and out of a container that runs" {
  start "$image" sleep 1000
  echo text >"$BATS_TEST_TMPDIR/in"
  docker cp "$BATS_TEST_TMPDIR/in" "$id:/tmp/in"
  [ "$(in_container cat /tmp/in)" = text ]
  in_container sh -c 'echo back >/tmp/out'
  docker cp "$id:/tmp/out" "$BATS_TEST_TMPDIR/out"
  [ "$(<"$BATS_TEST_TMPDIR/out")" = back ]
  run docker diff "$id"
  has "A /tmp/out"
}

# --- Namespaces -------------------------------------------------------------------------------------------

@test "network: bridged, none, the host's, another container's" {
  start --name server "$image" httpd -f -p 80 -h /etc
  works timeout 20 docker run --rm "$image" sh -c "ip -o -4 addr show eth0 | wc -l; wget -qO- http://$(inspect .NetworkSettings.IPAddress)/shells"
  equals $'1\n/bin/sh'
  works docker run --rm --network none "$image" ls /sys/class/net
  equals lo
  works docker run --rm --network host "$image" ls /sys/class/net
  has docker0
  works docker run --rm --network container:server "$image" wget -qO- http://127.0.0.1/shells
  equals /bin/sh
}

@test "network: a published port, and names on a network of one's own" {
  docker network create inner >/dev/null
  start --network inner --name server --publish 127.0.0.1:8080:80 "$image" httpd -f -p 80 -h /etc
  works timeout 20 docker run --rm --network inner "$image" wget -qO- http://server/shells
  equals /bin/sh
  works timeout 20 nsenter --target "$(<"$place/pid")" --net -- busybox wget -qO- http://127.0.0.1:8080/shells
  equals /bin/sh
  docker rm --force "$id"
  docker network rm inner
}

@test "--pid, --ipc, --uts, --cgroupns: the host's and another's" {
  start --name other --ipc shareable "$image" sleep 1234
  works docker run --rm --pid container:other "$image" ps -o args
  has "sleep 1234"
  for kind in pid ipc; do
    works docker run --rm --$kind container:other "$image" readlink /proc/self/ns/$kind
    equals "$(readlink "/proc/$(inspect .State.Pid)/ns/$kind")"
  done
  for kind in pid ipc uts cgroup; do
    option=--$kind
    [ $kind != cgroup ] || option=--cgroupns
    works docker run --rm $option host "$image" readlink /proc/self/ns/$kind
    equals "$(on_host readlink /proc/self/ns/$kind)"
    works docker run --rm "$image" readlink /proc/self/ns/$kind
    lacks "$(on_host readlink /proc/self/ns/$kind)"
  done
}

# --- Images -----------------------------------------------------------------------------------------------

dockerfile ()
{
  mkdir "$BATS_TEST_TMPDIR/context"
  cat >"$BATS_TEST_TMPDIR/context/Dockerfile" <<END
FROM $image
COPY file /file
RUN tr a-z A-Z </file >/made && chown user /made && id -u >>/made
USER user
WORKDIR /home
RUN id -u >/tmp/user
CMD ["cat", "/made", "/tmp/user"]
END
  echo text >"$BATS_TEST_TMPDIR/context/file"
}

@test "build, by Docker's classic builder" {
  dockerfile
  DOCKER_BUILDKIT=0 works docker build --quiet --tag built "$BATS_TEST_TMPDIR/context"
  works docker run --rm built
  equals $'TEXT\n0\n1000'
  echo 'RUN exit 3' >>"$BATS_TEST_TMPDIR/context/Dockerfile"
  DOCKER_BUILDKIT=0 run docker build --quiet "$BATS_TEST_TMPDIR/context"
  has "returned a non-zero code: 3"
}

@test "build, by BuildKit, which knows no runtime but one named runc" {
  mkdir "$BATS_TEST_TMPDIR/bin"
  ln -s "$SNUG" "$BATS_TEST_TMPDIR/bin/runc"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH start_another
  dockerfile
  DOCKER_BUILDKIT=1 works docker build --tag built "$BATS_TEST_TMPDIR/context"
  works docker run --rm --runtime runc built
  equals $'TEXT\n0\n1000'
  rm "$BATS_TEST_TMPDIR/bin/runc"
  ln -s /bin/false "$BATS_TEST_TMPDIR/bin/runc" # so that it can't have been another one
  DOCKER_BUILDKIT=1 run docker build --no-cache "$BATS_TEST_TMPDIR/context"
  [ "$status" = 1 ]
}

@test "userns-remap: root inside is nobody in particular outside, and --userns host undoes it" {
  start_another --userns-remap daemon --data-root /run/data # who is nobody in particular can't look into the tests' folders
  works docker run --rm "$image" cat /proc/self/uid_map
  equals "         0     100000      65536"
  start --volume name:/data --tmpfs /run "$image" sh -c 'echo >/data/file; chown user /data/file; exec sleep 1000'
  [ "$(process status | sed -n 's/^Uid:\t\([0-9]*\).*/\1/p')" = 100000 ]
  works in_container sh -c 'id -u; stat -c %u /data/file /run; ls -ld /proc/1 >/dev/null; ip link show eth0 | grep -c UP'
  equals $'0\n1000\n0\n1'
  [ "$(on_host stat -c %u /run/data/100000.100000/volumes/name/_data/file)" = 101000 ]
  works docker exec --user user "$id" id -un
  equals user
  docker stop --time 0 "$id"
  works docker run --rm --userns host "$image" cat /proc/self/uid_map
  equals "         0          0 4294967295"
}

@test "checkpoint is refused in words that name it" {
  start "$image" sleep 1000
  run docker checkpoint create "$id" first
  [ "$status" != 0 ]
  has checkpoint
  is running
}
