#!/usr/bin/env bats
# Rootless Podman with snug-oci as its runtime.  What takes cgroups or a network of its own is in ../vm/clients.
# client: Podman, rootless
# packages: podman busybox-static catatonit socat
# version: podman --version
load podman

teardown ()
{
  forget_containers
}

# --- Running ---------------------------------------------------------------------------------------------------------------

# bats test_tags=quick
@test "run prints what the program prints, and exits as it does" {
  works once echo hello
  equals hello
  exits 42 once sh -c 'exit 42'
  works podman run --rm --interactive --network=none "$image" cat <<<"from outside"
  equals "from outside"
}

# bats test_tags=quick
@test "it is snug that runs, and it keeps its records where the user's are" {
  begin sleep 1000
  id=$output
  equals "$(podman inspect --format '{{.Id}}' "$name")"
  [ "$(podman inspect --format '{{.OCIRuntime}}' "$name")" = "$OCI" ]
  [ -d "$XDG_RUNTIME_DIR/snug/$id" ]
  works podman rm --force --time=0 "$name"
  [ ! -e "$XDG_RUNTIME_DIR/snug/$id" ]
}

# bats test_tags=quick
@test "what can't be run: 127 if it isn't there, 126 if it may not be run, 125 if Podman itself refuses" {
  exits 127 once no-such-program
  has 'exec: "no-such-program": executable file not found in $PATH'
  has "OCI runtime attempted to invoke a command that was not found"
  exits 127 once /no/such/program
  has 'exec: "/no/such/program": no such file or directory'
  exits 126 once /etc
  has 'exec: "/etc": permission denied'
  has "OCI permission denied"
  exits 125 once --no-such-option true
}

@test "a container is ended, waited for, started again and removed" {
  begin sh -c 'trap "echo bye; exit 3" TERM; echo hello; while :; do sleep 0.1; done'
  eventually logs_have hello
  works podman stop --time=20 "$name"
  works podman wait "$name"
  equals 3
  works podman logs "$name"
  equals $'hello\nbye'
  works podman start "$name"
  works podman restart --time=0 "$name"
  works podman inspect --format '{{.State.Status}} {{.State.Running}}' "$name"
  equals "running true"
  works podman kill --signal=KILL "$name"
  works podman wait "$name"
  equals 137
  works podman rm "$name"
  works podman ps --all --quiet
  equals ""
}

@test "kill: a signal by name or number reaches the program" {
  begin sh -c 'trap "echo usr1" USR1; trap "echo rtmin" 34; echo ready; while :; do sleep 0.1; done'
  eventually logs_have ready
  works podman kill --signal=USR1 "$name"
  eventually logs_have usr1
  works podman kill --signal=34 "$name"
  eventually logs_have rtmin
}

@test "stop: a program that ignores TERM is killed" {
  begin sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
  eventually logs_have ready
  works podman stop --time=1 "$name"
  works podman inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name"
  has "exited 137"
}

@test "ten containers at a time" {
  for i in {1..10}; do
    once sh -c "exit $i" >"$BATS_TEST_TMPDIR/$i.out" 2>&1 3>&- &
    pids[i]=$!
  done
  for i in {1..10}; do
    status=0
    wait "${pids[i]}" || status=$?
    [ "$status" = "$i" ] || fail "exit status $status: $(cat "$BATS_TEST_TMPDIR/$i.out")"
  done
}

# --- exec --------------------------------------------------------------------------------------------------------------------

# bats test_tags=quick
@test "exec runs in the container, with its own user, environment and directory, and exits as the program does" {
  begin sleep 1000
  works podman exec --user=5:6 --env=A=B --workdir=/tmp "$name" sh -c 'id -u; id -g; echo $A; pwd; xargs -0 </proc/1/cmdline'
  equals $'5\n6\nB\n/tmp\nsleep 1000'
  works podman exec --interactive "$name" cat <<<"from outside"
  equals "from outside"
  exits 126 podman exec "$name" /etc
  exits 127 podman exec "$name" no-such-program
  exits 127 podman exec --workdir=/no/such/folder "$name" true
  has "can't chdir to /no/such/folder: No such file or directory"
  for i in {1..10}; do # each ends as soon as it runs
    exits 7 podman exec "$name" sh -c 'exit 7'
  done
}

@test "exec --detach, --privileged and --preserve-fds" {
  begin sleep 1000
  works podman exec --detach "$name" sh -c 'echo done >/tmp/done'
  eventually podman exec "$name" test -s /tmp/done
  works podman exec --privileged "$name" grep -E '^(CapEff|Seccomp):' /proc/self/status
  has $'CapEff:\t000001ffffffffff'
  works with_descriptors podman exec --preserve-fds=2 "$name" sh -c 'cat <&4'
  equals "by descriptor"
}

# --- Terminals -----------------------------------------------------------------------------------------------------------------

@test "run on a terminal, which is resized with the window" {
  exits 5 at_terminal size:30x100 wait:ready size:33x111 'wait:33 111' $'send:hello\n' 'wait:got hello' -- \
    run --rm --interactive --tty --network=none "$image" \
    sh -c 'trap "stty size" WINCH; tty; echo ready; while ! read x; do :; done; echo got $x; exit 5'
  has /dev/pts/0
  has "[terminal as before]"
}

@test "exec on a terminal, which is resized with the window" {
  begin sleep 1000
  exits 5 at_terminal size:30x100 wait:ready size:33x111 'wait:33 111' $'send:hello\n' 'wait:got hello' -- \
    exec --interactive --tty "$name" \
    sh -c 'trap "stty size" WINCH; tty; echo ready; while ! read x; do :; done; echo got $x; exit 5'
  has /dev/pts/0
  has "[terminal as before]"
}

@test "attach: twice to the same terminal, and away in between by keys" {
  works podman create --interactive --tty --network=none --name="$name" "$image" \
    sh -c 'while read x; do echo got $x; [ $x != end ] || exit 9; done'
  works podman start "$name"
  works at_terminal $'send:one\n' 'wait:got one' $'send:\x1d' -- attach --detach-keys='ctrl-]' "$name"
  [ "$(podman inspect --format '{{.State.Status}}' "$name")" = running ]
  works at_terminal $'send:two\n' 'wait:got two' $'send:end\n' 'wait:got end' -- attach "$name"
}

@test "attach without a terminal gets what is written, to the end" {
  begin sh -c 'trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 0.1; done'
  eventually logs_have ready
  podman attach --no-stdin "$name" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
  attached=$!
  sleep 1 # there is nothing to be seen of it
  works podman kill --signal=TERM "$name"
  wait $attached
  grep -q bye "$BATS_TEST_TMPDIR/out"
}

# --- Users -----------------------------------------------------------------------------------------------------------------------

@test "--userns host, keep-id, auto, nomap, and --uidmap: the maps are those, within the ranges of the user" {
  works once --userns=host awk '{ print $1, $2, $3 }' /proc/self/uid_map
  [[ $output == "0 $(id -u) 1"$'\n1 '* ]]
  works once --userns=keep-id sh -c 'id -u; touch /tmp/mine; stat -c %u /tmp/mine'
  equals "$(id -u)"$'\n'"$(id -u)"
  works once --userns=auto awk '{ print $1, $3 }' /proc/self/uid_map
  equals "0 1024"
  works once --userns=nomap sh -c 'id -u; awk "{ print \$1, \$2 }" /proc/self/uid_map'
  equals $'0\n0 1' # of Podman's own namespace, where 0 is the user
  works once --uidmap=0:1:100 --gidmap=0:10:50 awk '{ print $1, $2, $3 }' /proc/self/uid_map /proc/self/gid_map
  equals $'0 1 100\n0 10 50'
}

@test "--user and --group-add" {
  works once --user=33:44 --group-add=55 sh -c 'id -u; id -G'
  equals $'33\n44 55'
}

# --- Volumes ---------------------------------------------------------------------------------------------------------------------

# Prints the options of the mount at a place inside, of itself and of its propagation.
mount_at ()
{
  once "$1" awk -v place="$2" '$5 == place { print $6, $7 }' /proc/self/mountinfo
}

# bats test_tags=quick
@test "a volume can be written to, and read-only it can't" {
  mkdir "$BATS_TEST_TMPDIR/volume"
  works once --volume="$BATS_TEST_TMPDIR/volume:/v" sh -c 'echo inside >/v/file'
  [ "$(<"$BATS_TEST_TMPDIR/volume/file")" = inside ]
  for how in --volume="$BATS_TEST_TMPDIR/volume:/v:ro" --mount=type=bind,src="$BATS_TEST_TMPDIR/volume",dst=/v,ro=true; do
    exits 1 once "$how" sh -c 'cat /v/file; echo again >/v/file'
    has "inside"
    has "Read-only file system"
  done
}

@test "a volume's flags: noexec, nosuid, nodev, z, Z, U, O" {
  mkdir "$BATS_TEST_TMPDIR/volume"
  volume=$BATS_TEST_TMPDIR/volume:/v
  works mount_at --volume="$volume:noexec,nosuid,nodev" /v
  [[ $output == rw,nosuid,nodev,noexec,* ]]
  for label in z Z ro,z; do # without SELinux these mean nothing
    works mount_at --volume="$volume:$label" /v
    [[ $output == r* ]]
  done
  works once --user=7:8 --volume="$volume:U" sh -c 'echo mine >/v/file; stat -c %u:%g /v'
  equals 7:8
  works once --volume="$volume:O" sh -c 'echo other >/v/file; cat /v/file'
  equals other
  works podman unshare cat "$BATS_TEST_TMPDIR/volume/file"
  equals mine
  podman unshare rm -rf "$BATS_TEST_TMPDIR/volume"
}

@test "idmap takes more than a user's rights: the kernel's word is passed on" {
  mkdir "$BATS_TEST_TMPDIR/volume"
  exits 126 once --uidmap=0:1:100 --volume="$BATS_TEST_TMPDIR/volume:/v:idmap" true
  has "mapping the ids of $BATS_TEST_TMPDIR/volume takes CAP_SYS_ADMIN in the user namespace that its filesystem was mounted in"
  has "Operation not permitted"
}

# In Podman's own mount namespace, which lives as long as the process that keeps it.
@test "a volume's propagation: private, slave and shared, for one mount and for all below" {
  outer=$BATS_TEST_TMPDIR/outer
  mkdir "$outer"
  works podman unshare sh -c 'mount -t tmpfs none "$0" && mount --make-shared "$0" && mkdir "$0/in" "$0/out"' "$outer"
  for how in private slave shared rprivate rslave rshared; do
    begin --privileged --volume="$outer:/v:$how" sleep 1000
    works podman exec "$name" awk '$5 == "/v" { print $7 }' /proc/self/mountinfo
    case $how in
      *private) equals - ;;
      *slave) [[ $output == master:* ]] ;;
      *shared) [[ $output == shared:* ]] ;;
    esac
    works podman exec "$name" mount -t tmpfs none /v/in
    works podman unshare mount -t tmpfs none "$outer/out"
    inside=$(podman exec "$name" awk '$5 == "/v/out"' /proc/self/mountinfo | wc -l)
    outside=$(podman unshare awk -v place="$outer/in" '$5 == place' /proc/self/mountinfo | wc -l)
    case $how in
      *private) [ "$inside$outside" = 00 ] ;;
      *slave) [ "$inside$outside" = 10 ] ;;
      *shared) [ "$inside$outside" = 11 ] ;;
    esac || fail "$how: $inside inside, $outside outside"
    forget_containers
    podman unshare sh -c 'umount "$0/out"; umount -q "$0/in" || :' "$outer"
  done
  works podman unshare umount "$outer"
}

@test "a named volume starts with what the image has there, and is the same the next time" {
  works once --volume=named:/bin sh -c 'ls /bin | wc -l; echo new >/bin/new'
  [ "$output" -gt 100 ]
  works once --volume=named:/v cat /v/new
  equals new
}

@test "--read-only, and what is a tmpfs then" {
  exits 1 once --read-only sh -c 'touch /tmp/x /run/x /var/tmp/x /dev/shm/x && touch /x'
  has "/x: Read-only file system"
  lacks "/tmp/x: "
  exits 1 once --read-only --read-only-tmpfs=false touch /tmp/x
  has "Read-only file system"
}

@test "--tmpfs: its size, its mode, its flags, and what was there before" {
  works once --tmpfs=/t:size=1m,mode=1770,noexec sh -c 'awk "\$5 == \"/t\" { print \$6 }" /proc/self/mountinfo; stat -c %a /t; df -k /t | tail -n 1 | awk "{ print \$2 }"'
  [ "${lines[0]}" = rw,nosuid,nodev,noexec,relatime ]
  [ "${lines[1]}" = 1770 ]
  [ "${lines[2]}" = 1024 ]
  works once --mount=type=tmpfs,dst=/bin,tmpcopyup sh -c 'ls /bin | wc -l; touch /bin/new'
  [ "$output" -gt 100 ]
}

@test "podman cp, diff, export and commit see the container's files" {
  begin sh -c 'echo made >/made; sleep 1000'
  eventually podman exec "$name" test -s /made
  works podman cp "$name:/made" "$BATS_TEST_TMPDIR/copy"
  [ "$(<"$BATS_TEST_TMPDIR/copy")" = made ]
  works podman diff "$name"
  has "A /made"
  works podman commit "$name" localhost/made
  works podman run --rm --network=none localhost/made cat /made
  equals made
}

# --- Security -----------------------------------------------------------------------------------------------------------------------

# bats test_tags=quick
@test "capabilities, no-new-privileges, seccomp: Podman's own, and all of them with --privileged" {
  works once grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
  [ "${lines[0]#*:}" = "${lines[1]#*:}" ]
  [ $((0x${lines[0]#*:?} >> 21 & 1)) = 0 ] # CAP_SYS_ADMIN
  has $'NoNewPrivs:\t0'
  has $'Seccomp:\t2'
  works once --cap-drop=all --cap-add=net_raw --security-opt=no-new-privileges grep -E '^(Cap|NoNewPrivs)' /proc/self/status
  has $'CapEff:\t0000000000002000'
  has $'CapBnd:\t0000000000002000'
  has $'NoNewPrivs:\t1'
  works once --privileged sh -c 'grep -E "^(CapEff|Seccomp):" /proc/self/status; mount -t tmpfs none /tmp && echo mounted'
  has $'CapEff:\t000001ffffffffff'
  has $'Seccomp:\t0'
  has mounted
}

@test "a seccomp profile of one's own, and none" {
  echo '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 }] }' \
    >"$BATS_TEST_TMPDIR/profile.json"
  exits 1 once --security-opt=seccomp="$BATS_TEST_TMPDIR/profile.json" mkdir /x
  has "No space left on device"
  works once --security-opt=seccomp=unconfined grep Seccomp: /proc/self/status
  equals $'Seccomp:\t0'
}

@test "paths are masked and read-only, and can be unmasked" {
  works once --security-opt=mask=/proc/version:/etc sh -c 'wc -c </proc/version; ls /sys/firmware | wc -l; ls /etc | wc -l'
  equals $'0\n0\n0'
  exits 1 once sh -c 'echo 1 >/proc/sys/vm/swappiness'
  has "Read-only file system"
  works once --security-opt=unmask=ALL sh -c 'ls /sys/firmware | wc -l; grep -c " /proc/" /proc/self/mountinfo || :'
  equals "$(find /sys/firmware -mindepth 1 -maxdepth 1 | wc -l)"$'\n0'
}

@test "--device: as the host has it, and by another name" {
  works once --device=/dev/null:/dev/mine:rw sh -c 'echo x >/dev/mine; stat -c "%F %t:%T" /dev/mine'
  equals "character special file 1:3"
  exits 125 once --device=/dev/no-such-device true
}

@test "--ulimit, and the user's own limits without it" {
  works once --ulimit=nofile=100:200 --ulimit=core=0 sh -c 'ulimit -n; ulimit -Hn; ulimit -c'
  equals $'100\n200\n0'
}

@test "--sysctl: those of the container's own namespaces, and no other" {
  works once --sysctl=net.ipv4.ip_unprivileged_port_start=80 --sysctl=kernel.msgmax=4096 \
    cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax
  equals $'80\n4096'
  exits 125 once --sysctl=vm.swappiness=1 true
}

# --- Namespaces --------------------------------------------------------------------------------------------------------------------

@test "--network none and host, and another container's" {
  works once ls /sys/class/net
  equals lo
  works podman run --rm --network=host "$image" readlink /proc/self/ns/net
  equals "$(readlink /proc/self/ns/net)"
  begin sleep 1000
  theirs=$(podman exec "$name" readlink /proc/self/ns/net)
  works podman run --rm --network=container:"$name" "$image" readlink /proc/self/ns/net
  equals "$theirs"
}

@test "--pid host, and another container's" {
  works once --pid=host sh -c 'readlink /proc/self/ns/pid; cat /proc/'$$'/comm'
  equals "$(readlink /proc/self/ns/pid)"$'\n'"$(cat /proc/$$/comm)"
  begin sleep 1234
  works once --pid=container:"$name" ps
  has "sleep 1234"
}

@test "--ipc private, none, and another container's" {
  works once --ipc=private readlink /proc/self/ns/ipc
  lacks "$(readlink /proc/self/ns/ipc)"
  works once --ipc=none sh -c 'readlink /proc/self/ns/ipc; grep -c " /dev/shm " /proc/self/mountinfo || :'
  [ "${lines[1]}" = 0 ]
  begin --ipc=shareable sleep 1000
  works once --ipc=container:"$name" readlink /proc/self/ns/ipc
  equals "$(podman exec "$name" readlink /proc/self/ns/ipc)"
}

@test "--uts host, and --hostname" {
  works once --uts=host hostname
  equals "$(hostname)"
  works once --hostname=demo hostname
  equals demo
}

@test "--init: the program is not the first process, and its orphans are reaped" {
  works once --init sh -c 'readlink /proc/1/exe; (sleep 0.1 &) ; sleep 0.5; ps -o stat | grep -c Z || :'
  equals $'/run/podman-init\n0'
}

@test "a pod: its containers share a network, a host name and message queues" {
  works podman pod create --network=none --name=pod
  works podman run --detach --pod=pod --name="$name" "$image" sleep 1000
  works podman run --rm --pod=pod "$image" sh -c 'hostname; readlink /proc/self/ns/net; readlink /proc/self/ns/ipc'
  equals $'pod\n'"$(podman exec "$name" sh -c 'readlink /proc/self/ns/net; readlink /proc/self/ns/ipc')"
  works podman pod inspect --format '{{.State}}' pod
  equals Running
  works podman pod rm --force --time=0 pod
}

# --- Cgroups ----------------------------------------------------------------------------------------------------------------------

@test "--cgroups disabled: Podman refuses it to all runtimes but those it knows by name" {
  exits 125 once --cgroups=disabled true
  has "not compatible with NoCgroups"
  ln -s "$SNUG" "$BATS_TEST_TMPDIR/crun"
  # shellcheck disable=SC2034 # podman uses it
  podman[-1]=$BATS_TEST_TMPDIR/crun
  works once --cgroups=disabled cat /proc/self/cgroup
  has "$(sed -n '/^0:/p' /proc/self/cgroup)"
}

@test "as the manual has it in containers.conf, snug-oci is the runtime without --runtime, and --cgroups disabled works" {
  load ../manual
  export HOME=$BATS_TEST_TMPDIR
  mkdir -p "$HOME/.config/containers"
  works diff <(example containers.conf) <(sed '/^#/d; s,@bindir@,/usr/bin,' "$BATS_TEST_DIRNAME/../../data/engines/containers.conf.in")
  example containers.conf | sed "s,/usr/bin/snug-oci,$OCI," >"$HOME/.config/containers/containers.conf"
  unset 'podman[-1]' 'podman[-1]'
  works podman info --format '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}}'
  equals "snug-oci $OCI"
  works once --cgroups=disabled cat /proc/self/cgroup
  has "$(sed -n '/^0:/p' /proc/self/cgroup)"
  exits 127 once no-such-program
  has 'Error: snug-oci: exec: "no-such-program": executable file not found' # it is the log that Podman reads
}

@test "--cgroups no-conmon, and enabled" {
  works once --cgroups=no-conmon echo hello
  works once --cgroups=enabled echo hello
}

@test "pause where there is no cgroup is refused" {
  [ "$(podman info --format '{{.Host.CgroupsVersion}}')" = v1 ] || skip "this machine's users may have cgroups"
  begin sleep 1000
  exits 125 podman pause "$name"
  has "not have a cgroup"
}

# --- Around it ---------------------------------------------------------------------------------------------------------------------

@test "a health check" {
  begin --health-cmd='test -e /healthy' --health-interval=disable --health-retries=1 sleep 1000
  exits 1 podman healthcheck run "$name"
  works podman inspect --format '{{.State.Health.Status}}' "$name"
  equals unhealthy
  works podman exec "$name" touch /healthy
  works podman healthcheck run "$name"
  works podman inspect --format '{{.State.Health.Status}}' "$name"
  equals healthy
}

@test "podman top shows the processes of the container" {
  begin sh -c 'sleep 4321 & wait'
  shows_the_sleep () { podman top "$name" pid args | grep -q 'sleep 4321'; }
  eventually shows_the_sleep
}

@test "podman build, by the runtime and by chroot" {
  mkdir "$BATS_TEST_TMPDIR/context"
  cd "$BATS_TEST_TMPDIR/context" || return
  printf '%s\n' "FROM $image" 'RUN echo built by $(id -u) >/built' 'CMD ["cat", "/built"]' >Containerfile
  for isolation in oci chroot; do
    network=none
    [ $isolation = oci ] || network=host # it has no other
    works podman build --isolation=$isolation --network=$network --no-cache --tag=localhost/built .
    works podman run --rm --network=none localhost/built
    equals "built by 0"
  done
  printf '%s\n' "FROM $image" 'RUN exit 9' >Containerfile
  exits 9 podman build --isolation=oci --network=none .
}

@test "play kube" {
  cat >"$BATS_TEST_TMPDIR/pod.yaml" <<END
apiVersion: v1
kind: Pod
metadata: { name: kube }
spec:
  containers:
  - name: one
    image: $image:latest
    command: [sh, -c, "trap exit TERM; echo started; while :; do sleep 0.1; done"]
    securityContext: { runAsUser: 7, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
    env: [{ name: A, value: B }]
END
  works podman play kube --network=none "$BATS_TEST_TMPDIR/pod.yaml"
  name=kube-one eventually logs_have started
  works podman exec kube-one sh -c 'id -u; echo $A; touch /x 2>&1 || :; grep CapBnd /proc/self/status'
  equals $'7\nB\ntouch: /x: Read-only file system\nCapBnd:\t0000000000000000'
  works podman play kube --down "$BATS_TEST_TMPDIR/pod.yaml"
}

@test "a program that tells systemd that it is ready" {
  socket=$BATS_TEST_TMPDIR/notify
  timeout 60 socat -u "UNIX-RECV:$socket" - >"$BATS_TEST_TMPDIR/told" 3>&- &
  socat=$!
  eventually test -S "$socket"
  export NOTIFY_SOCKET=$socket
  begin --sdnotify=container --volume=/usr:/usr:ro --volume=/usr/lib:/lib:ro --volume=/usr/lib64:/lib64:ro \
    sh -c 'echo READY=1 | /usr/bin/socat - "UNIX-SENDTO:$NOTIFY_SOCKET"; exec sleep 1000'
  eventually grep -q READY=1 "$BATS_TEST_TMPDIR/told"
  grep -q "MAINPID=$(podman inspect --format '{{.State.ConmonPid}}' "$name")" "$BATS_TEST_TMPDIR/told"
  kill $socat
}

@test "a hooks directory" {
  mkdir "$BATS_TEST_TMPDIR/hooks"
  printf '#!/bin/sh\ncat >%q/state\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/hook"
  chmod +x "$BATS_TEST_TMPDIR/hook"
  for moment in prestart createRuntime createContainer poststart poststop; do
    rm -f "$BATS_TEST_TMPDIR/state"
    printf '{ "version": "1.0.0", "hook": { "path": "%s" }, "when": { "always": true }, "stages": ["%s"] }\n' \
      "$BATS_TEST_TMPDIR/hook" $moment >"$BATS_TEST_TMPDIR/hooks/hook.json"
    works podman --hooks-dir="$BATS_TEST_TMPDIR/hooks" run --rm --network=none "$image" true
    jq --exit-status .id "$BATS_TEST_TMPDIR/state" >/dev/null || fail "$moment"
  done
  printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/hook"
  sed -i s/poststop/prestart/ "$BATS_TEST_TMPDIR/hooks/hook.json"
  exits 126 podman --hooks-dir="$BATS_TEST_TMPDIR/hooks" run --rm --network=none "$image" echo ran
  has /hooks/prestart
  lacks ran
}

@test "run --preserve-fds" {
  works with_descriptors once --preserve-fds=2 sh -c 'cat <&4'
  equals "by descriptor"
}

@test "checkpoint is refused" {
  begin sleep 1000
  exits 125 podman container checkpoint "$name"
  has "requires root"
}

@test "nothing stays of containers that are gone" {
  [ -z "$(ls "$XDG_RUNTIME_DIR/snug")" ] || fail "$(ls "$XDG_RUNTIME_DIR/snug")"
  works pgrep --full --count "conmon .*$BATS_FILE_TMPDIR" || equals 0
}
