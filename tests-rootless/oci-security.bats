#!/usr/bin/env bats
# What has broken container runtimes before, and what an image, or a neighbour in its namespaces, would try next.  A test is named
# after the hole that it would find again here.  The canary is a directory of the host that no container is given.
load oci
load canary

setup ()
{
  setup_oci
  setup_canary
}

teardown ()
{
  teardown_canary
  teardown_oci
}

# Runs the bundle, whatever comes of it: neither is the canary changed nor read.
bundle_spares_canary ()
{
  spares_canary "$OCI" --root "$store" run "$id"
  lacks canary
}

# Runs COMMAND with the canary open in twenty descriptors.
leaking () # COMMAND…
{
  "$@" 10<"$canary" 11<&10 12<&10 13<&10 14<&10 15<&10 16<&10 17<&10 18<&10 19<&10 20<&10 21<&10 22<&10 23<&10 24<&10 \
    25<&10 26<&10 27<&10 28<&10 29<&10
}

# What programs of the host need to run.
add_libraries ()
{
  local dir
  for dir in /lib /lib64 /usr/lib; do
    [ ! -d $dir ] || add_mount $dir bind $dir rbind ro
  done
}

# --- The image's /proc --------------------------------------------------------------------------------------------

@test "CVE-2019-16884, CVE-2019-19921, CVE-2023-27561, CVE-2023-28642, CVE-2025-62596: an image whose /proc is a link gets its proc inside" {
  for target in "$canary" ../../../../../../../../../../../.."$canary" /proc/self/root"$canary" tmp /nowhere; do
    bundle ls /proc/self/status
    rm -rf rootfs/proc
    ln -s "$target" rootfs/proc
    config '.linux.maskedPaths = ["/proc/kcore", "/proc/keys"] | .linux.readonlyPaths = ["/proc/sys"] | .linux.sysctl = { "net.ipv4.ip_default_ttl": "65" }'
    bundle_spares_canary
    # Inside, proc leads through itself to nowhere; all others to a place that is made.
    if [[ $target = /proc/* ]]; then [ "$status" = 1 ]; else has "/proc/self/status"; fi
  done
}

@test "CVE-2019-16884, CVE-2025-52881, CVE-2025-62596: no mount over /proc or in it takes what is written to the kernel: sysctl, oom_score_adj" {
  bundle sh -c 'cat /real/sys/net/ipv4/ip_default_ttl /real/self/oom_score_adj; find /proc/sys /proc/self/attr -type f'
  add_mount /real proc proc
  add_mount /proc/sys tmpfs tmpfs
  add_mount /proc/1/attr tmpfs tmpfs
  config '.linux.sysctl = { "net.ipv4.ip_default_ttl": "65" } | .process.oomScoreAdj = 900'
  run_bundle
  equals 65$'\n'900

  # And all of it at once: an image of files that look like a proc.
  config '.mounts |= map (select (.destination | startswith ("/proc") | not)) | .process.args = ["cat", "/real/sys/net/ipv4/ip_default_ttl", "/real/self/oom_score_adj"]'
  mkdir -p rootfs/proc/sys/net/ipv4 rootfs/proc/self/attr
  for file in sys/net/ipv4/ip_default_ttl self/oom_score_adj self/attr/exec; do
    echo fake >rootfs/proc/$file
  done
  run_bundle
  equals 65$'\n'900
  [ "$(cat rootfs/proc/sys/net/ipv4/ip_default_ttl rootfs/proc/self/*_adj rootfs/proc/self/attr/exec)" = fake$'\n'fake$'\n'fake ]
}

# --- Destinations that lead elsewhere -----------------------------------------------------------------------------

@test "CVE-2026-41579, CVE-2026-47766, CVE-2019-18837, CVE-2025-54867: a root filesystem that is a link is refused" {
  bundle true
  mv rootfs real
  for target in "$canary" real ../work; do
    ln -sfn "$target" rootfs
    before=$(canary_state)
    refuse_bundle
    has "/root/path"
    [ "$(canary_state)" = "$before" ] || fail "the canary is different"
  done
  rm rootfs
  mkdir up
  ln -s "$canary" up/link
  mkdir "$canary/rootfs"
  config '.root.path = "up/link/rootfs"'
  refuse_bundle
  has "/root/path"
}

@test "CVE-2026-41579, CVE-2026-47766: links at /dev, /proc, /sys and at what is mounted or made there lead nowhere outside" {
  touch "$work/source"
  bundle true
  # Without a tmpfs on /dev it is all the image's.
  config 'del (.mounts[] | select (.destination == "/dev")) | .linux.devices = [{ path: "/dev/pipe", type: "p" }, { path: "/var/pipe", type: "p" }]
    | .linux.maskedPaths = ["/volume", "/etc/file"] | .linux.readonlyPaths = ["/sys", "/var"]'
  add_mount /dev/shm tmpfs tmpfs tmpcopyup
  add_mount /volume/a/b tmpfs tmpfs
  add_mount /etc/file bind "$work/source" bind
  run_bundle

  for target in "$canary" "../../../../../../../../../../../..$canary" "/proc/self/cwd/../canary" "/proc/1/root$canary"; do
    for place in dev proc sys dev/pts dev/shm dev/null dev/console dev/fd volume volume/a etc/file var; do
      rm -rf rootfs/{dev,proc,sys,volume,etc,var}
      mkdir -p "rootfs/$(dirname $place)"
      ln -s "$target" "rootfs/$place"
      bundle_spares_canary
    done
  done
}

@test "crun CVE-2025-24965: what is written below the root filesystem is not written through its links" {
  bundle true
  config 'del (.mounts[] | select (.destination == "/dev"))'
  mkdir -p rootfs/dev rootfs/etc rootfs/run
  for name in null zero full random urandom tty fd stdin stdout stderr ptmx console core kmsg; do
    ln -s "$canary/$name" "rootfs/dev/$name"
  done
  for name in dev/null etc/hosts etc/hostname etc/resolv.conf run/.containerenv .krun_config.json krun-sev.json; do
    ln -sfn "$canary/new" "rootfs/$name"
  done
  echo hosts >"$work/hosts"
  add_mount /etc/hosts bind "$work/hosts" bind
  add_mount /run/.containerenv bind "$work/hosts" bind
  bundle_spares_canary
  # Nor does one of those that may be links lead out, when the others are as they should be.
  for name in null zero full random urandom tty; do rm "rootfs/dev/$name"; done
  bundle_spares_canary
  [ "$status" = 0 ] || fail "it is refused"
  [ ! -e "$canary/new" ]
}

# The mounts of the host that have to do with this test: others come and go with what else runs here.
host_mounts ()
{
  cut -d ' ' -f 4- /proc/self/mountinfo | grep -F "$BATS_TEST_TMPDIR" || true
}

@test "CVE-2021-30465, CVE-2024-45310: a neighbour who moves things in a shared volume gains nothing" {
  bundle true
  mkdir -p "$work/a/b" "$BATS_TEST_TMPDIR/source"
  ln -s "$canary" "$work/l"
  touch "$work/a/b/file"
  add_mount /vol bind "$work" rbind
  add_mount /vol/a/b/c tmpfs tmpfs
  add_mount /vol/a/b/d bind "$BATS_TEST_TMPDIR/source" bind
  add_mount /vol/a/b/file bind /dev/null bind
  config '.linux.devices = [{ path: "/vol/a/b/pipe", type: "p" }] | .linux.maskedPaths = ["/vol/a"] | .linux.readonlyPaths = ["/vol/a/b"]'
  before=$(host_mounts)
  background "$HELPERS/flip" "$work/a" "$work/l"
  for _ in {1..150}; do
    bundle_spares_canary
  done
  kill "${pids[@]}"
  [ "$(host_mounts)" = "$before" ] || fail "a mount appeared on the host"
}

@test "CVE-2019-19921, CVE-2021-30465: nor one who moves the image's /dev, /proc and /sys about while it is set up" {
  bundle sh -c 'stat -c %t:%T /dev/null; readlink /proc/self/cwd'
  config 'del (.mounts[] | select (.destination == "/dev")) | .linux.maskedPaths = ["/proc/kcore"] | .linux.readonlyPaths = ["/proc/sys"]'
  for name in dev proc sys; do
    mkdir -p "rootfs/$name"
    ln -s "$canary" "rootfs/$name-link"
    background "$HELPERS/flip" "$PWD/rootfs/$name" "$PWD/rootfs/$name-link"
  done
  for _ in {1..150}; do
    bundle_spares_canary
  done
  kill "${pids[@]}"
}

# --- Masks --------------------------------------------------------------------------------------------------------

@test "CVE-2025-31133, CVE-2025-62161: what covers a masked path is not the image's /dev/null" {
  bundle sh -c 'cat /secret; echo "echo x" >/secret; cat /proc/version; ls -l /dev/null | cut -c 1'
  echo secret >rootfs/secret
  config '.linux.maskedPaths = ["/secret", "/proc/version"] | del (.mounts[] | select (.destination == "/dev"))'
  mkdir rootfs/dev
  for target in /proc/sys/kernel/hostname /secret "$canary/file" /bin/busybox; do
    ln -sfn "$target" rootfs/dev/null
    bundle_spares_canary
    lacks secret$'\n'
    [ "$status" = 1 ] || fail "a link is taken for /dev/null"
  done
  # With a /dev of its own the image has no say.
  config '.mounts |= [.[0], { destination: "/dev", type: "tmpfs", source: "tmpfs" }] + .[1:]'
  bundle_spares_canary
  has "can't create /secret: Read-only file system"
  [ "$(cat rootfs/secret)" = secret ]
}

@test "CVE-2025-31133, CVE-2025-62161: nor is it when that is moved about meanwhile" {
  bundle sh -c 'cat /secret /proc/version'
  echo secret >rootfs/secret
  config '.linux.maskedPaths = ["/secret", "/proc/version"] | del (.mounts[] | select (.destination == "/dev"))'
  mkdir rootfs/dev
  touch rootfs/dev/null
  ln -s /proc/version rootfs/dev/other
  background "$HELPERS/flip" "$PWD/rootfs/dev/null" "$PWD/rootfs/dev/other"
  for _ in {1..100}; do
    run timeout 20 "$OCI" --root "$store" run "$id" 3>&-
    [ "$status" = 1 ] || equals ""
    lacks Linux
  done
}

@test "CVE-2025-52565: /dev/console is the terminal that the program has, whatever the image has at /dev/pts" {
  bundle sh -c 'for f in /dev/console /proc/self/fd/0 /dev/pts/0; do stat -L -c "%t:%T %d" $f; done | sort -u | wc -l'
  mkdir -p rootfs/dev/pts
  ln -s /proc/sys/kernel/hostname rootfs/dev/pts/0
  ln -s "$canary/file" rootfs/dev/console
  config '.process.terminal = true'
  run timeout 20 "$HELPERS/terminal" -- "$OCI" --root "$store" run "$id" 3>&-
  # /dev/console and the terminal are the same; the device number is that of the devpts of the container.
  [[ ${output//$'\r'/} == 1* ]] || fail "different terminals"
  [ "$(cat "$canary/file")" = canary ]
}

# --- Descriptors and directories ------------------------------------------------------------------------------------

@test "CVE-2024-21626: of twenty descriptors that the caller leaks, the program gets none, by run or by exec" {
  list='for fd in /proc/self/fd/*; do [ ! -e $fd ] || echo ${fd##*/}; done'
  bundle sh -c "$list"
  works leaking sh -c "$list"
  has 29
  works leaking timeout 20 "$OCI" --root "$store" run "$id"
  equals 0$'\n'1$'\n'2
  config '.process.args = ["sleep", "1000"]'
  leaking start_bundle
  works leaking timeout 20 "$OCI" --root "$store" exec "$id" sh -c "$list"
  equals 0$'\n'1$'\n'2
}

@test "CVE-2024-21626: no descriptor is a directory to start in, by run or by exec" {
  bundle sleep 1000
  ln -s /proc/self/fd/8 rootfs/link
  start_bundle
  [ ! -e "$canary/marker" ]
  for fd in {3..64}; do
    for path in "/proc/self/fd/$fd" "/proc/self/fd/$fd/../.."; do
      run leaking timeout 20 "$OCI" --root "$store" exec --cwd "$path" "$id" ls 3>&-
      [ "$status" != 0 ] || fail "exec in $path"
      lacks canary
    done
  done
  works oci kill "$id" KILL
  eventually has_status stopped
  works oci delete "$id"
  config '.process.args = ["ls"]'
  for fd in {3..40}; do
    for path in "/proc/self/fd/$fd" "/proc/self/fd/$fd/../.." "/proc/thread-self/fd/$fd/"; do
      config '.process.cwd = $path' --arg path "$path"
      run leaking timeout 20 "$OCI" --root "$store" run "$id" 3>&-
      [ "$status" = 1 ] || fail "run in $path"
      lacks canary
    done
  done
  for fd in {3..30}; do
    ln -sfn "/proc/self/fd/$fd" rootfs/link
    config '.process.cwd = "/link"'
    run leaking timeout 20 "$OCI" --root "$store" run "$id" 3>&-
    [ "$status" = 1 ] || fail "run in a link to descriptor $fd"
  done
}

@test "CVE-2024-21626: no program is executed, or hooked in the container, through a descriptor" {
  bundle sleep 1000
  cp /bin/busybox "$canary/busybox"
  for fd in {3..32}; do
    config '.process.args = [$path, "echo", "escaped"]' --arg path "/proc/self/fd/$fd/../../../../../../../../../..$canary/busybox"
    run leaking timeout 20 "$OCI" --root "$store" run "$id" 3>&-
    [ "$status" = 1 ] || fail "a program through descriptor $fd"
    lacks escaped
  done
}

# --- Those who are inside already -----------------------------------------------------------------------------------

# Joins the user and pid namespaces of the container $1.
join_namespaces () # ID
{
  local pid
  pid=$(oci state "$1" | jq .pid)
  config 'del (.linux.uidMappings, .linux.gidMappings)
    | (.linux.namespaces[] | select (.type == "user" or .type == "pid")) |= . + { path: ("/proc/" + $pid + "/ns/" + .type) }' --arg pid "$pid"
}

# What a neighbour tries on process $1.
look_into='
  exec 2>/dev/null
  for file in mem maps environ auxv io; do head -c 1 /proc/$1/$file | grep -q . && echo "read $file"; done
  for link in root cwd exe ns/mnt fd/0 fd/1 fd/2; do readlink /proc/$1/$link && echo "followed $link"; done
  for folder in fdinfo map_files root/ cwd/; do ls /proc/$1/$folder | grep . && echo "listed $folder"; done
  /rawcall native ptrace 0x4206 $1 0 0'

@test "a container that waits to be started can't be looked into by one that shares its user and pid namespaces" {
  bundle sleep 1000
  cp "$HELPERS/rawcall" rootfs/rawcall 2>/dev/null
  add_libraries
  start_bundle
  works in_container /rawcall native ptrace 0x4206 1 0 0
  first=$id
  id=second
  join_namespaces "$first"
  SECRET=in-the-environment create_bundle
  pid=$(oci state second | jq .pid)
  inside=$(sed -n 's/^NSpid:.*\t//p' "/proc/$pid/status")
  id=$first
  works in_container sh -c "$look_into" - "$inside"
  equals EPERM
}

@test "nobody gets into a container that waits to be started: its program's process has no filters yet" {
  bundle sleep 1000
  create_bundle
  run timeout 20 "$OCI" --root "$store" exec "$id" echo entered 3>&-
  [ "$status" = 1 ] || fail "it was entered"
  has "cannot exec in a container that is not started"
  lacks entered
  works oci start "$id"
  works in_container echo entered
  equals entered
}

@test "a startContainer hook, which is the image's, can't look into the process that is going to be the program" {
  bundle sleep 1000
  cp "$HELPERS/rawcall" rootfs/rawcall 2>/dev/null
  add_libraries
  config '.hooks.startContainer = [{ path: "/bin/sh", args: ["sh", "-c", ($script + " >/found 2>&1; [ -s /found ]"), "sh", "1"], env: ["PATH=/bin"] }]' --arg script "{ $look_into; }"
  create_bundle
  works oci start "$id"
  works cat rootfs/found
  equals EPERM
  rm rootfs/found
  id=second
  oci run --detach "$id" </dev/null >/dev/null 2>&1 3>&-
  works cat rootfs/found
  equals EPERM
}

@test "a container whose namespaces can't be looked at is not entered: the program does not run on the host instead" {
  bundle sleep 1000
  start_bundle
  first=$id
  id=second
  join_namespaces "$first"
  config '.hooks.startContainer = [{ path: "/bin/sh", args: ["sh", "-c", "touch /tmp/hook; until [ -e /tmp/go ]; do sleep 0.05; done"], env: ["PATH=/bin"] }]'
  create_bundle
  # While its hooks run, it is closed to all but root.
  oci start second 3>&- &
  eventually test -e rootfs/tmp/hook
  run timeout 20 "$OCI" --root "$store" exec second sh -c "echo ran in \$(ls /)" 3>&-
  touch rootfs/tmp/go
  [ "$status" != 0 ] || fail "it was entered"
  has "can't look at the namespaces of the container: Permission denied"
  lacks ran
  await_jobs
  works in_container ls -d /tmp
  has /tmp
  id=$first
}

@test "what enters a container gives away nothing of the host to those inside: environment, descriptors, directories" {
  bundle sh -c '
    exec 2>/dev/null
    while [ ! -e /work/stop ]; do
      for p in /proc/[0-9]*; do
        [ $p != /proc/1 ] && [ $p != /proc/$$ ] || continue
        grep -aq in-the-environment $p/environ && echo environment
        for fd in $p/fd/* $p/cwd $p/root; do [ ! -e "$fd/../../../../../../../../../../../../$0/file" ] || echo $fd; done
      done
    done >>/work/found' "$canary"
  add_mount /work bind "$work" bind
  start_bundle
  for _ in {1..150}; do
    SECRET=in-the-environment leaking timeout 20 "$OCI" --root "$store" exec "$id" true 3>&-
  done
  touch "$work/stop"
  output=$(cat "$work/found")
  equals ""
}

# --- The runtime's own file -----------------------------------------------------------------------------------------

@test "CVE-2019-5736: a container can't change the file that snug-oci is, even if it belongs to the user who is root inside" {
  mkdir "$work/bin"
  cp "$SNUG" "$work/bin/snug-oci"
  own=$work/bin/snug-oci
  before=$(sha256sum "$own") attributes=$(stat -c '%a %Y' "$own")
  bundle sh -c '
    exec 2>/dev/null
    while [ ! -e /tmp/stop ]; do
      for exe in /proc/[0-9]*/exe; do
        chmod 0777 $exe; touch -d 2001-01-01 $exe
        (exec 9<$exe && sleep 0.2 && echo changed >>/proc/self/fd/9) &
      done
      wait
    done'
  add_libraries
  printf '#!/proc/self/exe\n' >rootfs/script
  chmod 755 rootfs/script
  "$own" --root "$store" create "$id" </dev/null >/dev/null 2>&1 3>&-
  "$own" --root "$store" start "$id" 3>&-
  for _ in {1..60}; do
    run timeout 20 "$own" --root "$store" exec "$id" /script 3>&-
    run timeout 20 "$own" --root "$store" exec "$id" /proc/self/exe true 3>&-
    timeout 20 "$own" --root "$store" exec "$id" true 3>&-
  done
  touch rootfs/tmp/stop
  config '.process.args = ["/script"]'
  run timeout 20 "$own" --root "$store" run second 3>&-

  # As its own program, there by the name of snug, it waits for what nobody writes, and can be looked at meanwhile.
  config '.process.args = ["/proc/self/exe", "--args", "0", "true"]'
  mkfifo "$work/silence"
  exec 8<>"$work/silence"
  timeout 20 "$own" --root "$store" create third <&8 >/dev/null 2>&1 3>&-
  timeout 20 "$own" --root "$store" start third 3>&-
  run timeout 20 "$own" --root "$store" exec third sh -c 'tr "\0" " " </proc/1/cmdline; chmod 0777 /proc/1/exe; touch -d 2001-01-01 /proc/1/exe' 3>&-
  exec 8<&-
  has "/proc/self/exe --args 0 true"
  [ "$(stat -c '%a %Y' "$own")" = "$attributes" ] || fail "mode or time changed: $(stat "$own")"
  [ "$(sha256sum "$own")" = "$before" ] || fail "the file has changed"
}

# --- cgroups --------------------------------------------------------------------------------------------------------

@test "CVE-2023-25809: without a cgroup namespace, nothing of the host's cgroup tree can be written to" {
  bundle cat /proc/self/mountinfo
  config '.linux.namespaces |= map (select (.type != "cgroup"))'
  add_mount /sys/fs/cgroup cgroup cgroup rw
  run_bundle
  has " /sys/fs/cgroup "
  [ -z "$(awk '$5 ~ "^/sys/fs/cgroup" && $6 !~ "^ro"' <<<"$output")" ] || fail "writable"
}

@test "CVE-2023-25809: nor where the host's /sys is bound recursively and read-only, inside another user namespace too" {
  bundle cat /proc/self/mountinfo
  config '.linux.namespaces |= map (select (.type != "cgroup")) | (.mounts[] | select (.destination == "/sys")) = { destination: "/sys", source: "/sys", options: ["rbind", "ro"] }'
  run_bundle
  has " /sys/fs/cgroup"
  [ -z "$(awk '$5 ~ "^/sys" && $6 !~ "^ro"' <<<"$output")" ] || fail "writable"

  share_users
  works unshare --user --map-root-user timeout 20 "$OCI" --root "$store" run "$id"
  has " /sys/fs/cgroup"
  [ -z "$(awk '$5 ~ "^/sys" && $6 !~ "^ro"' <<<"$output")" ] || fail "writable"
}

# --- What is too long, false, or not ours ---------------------------------------------------------------------------

@test "CVE-2021-43784: what is too long is an error that says so, or works" {
  long=$(printf 'x%.0s' {1..70000})
  bundle sh -c 'echo ${#LONG}'
  config '.process.env += ["LONG=" + $long]' --arg long "$long"
  run_bundle
  equals 70000
  local filter
  for filter in '.process.cwd = "/" + $long' '.process.args = [$long]' '.hostname = $long' '.root.path = $long' '.mounts[0].destination = "/" + $long' \
    '.mounts[0].source = $long | .mounts[0].options = ["bind"]' '.linux.sysctl = { ("net." + $long): "1" }' '.linux.namespaces[0].path = "/" + $long' \
    '.linux.uidMappings = [range(5000) | { containerID: ., hostID: (. + 100000), size: 1 }]' '.linux.maskedPaths = ["/" + $long]' \
    '.mounts[1].options = ["mode=" + $long]'; do
    cp config.json before.json
    config "$filter" --arg long "$long"
    run timeout 60 "$OCI" --root "$store" run "$id" 3>&-
    [ "$status" = 1 ] || fail "exit status $status with $filter"
    mv before.json config.json
  done
  refused oci state "$long"
  works oci list --quiet
  equals ""
}

@test "CVE-2022-31214, CVE-2021-26910: a store that others could have made is not believed" {
  bundle sleep 1000
  start_bundle
  real=$store
  ln -s "$real" "$BATS_TEST_TMPDIR/link"
  cp -a "$real" "$BATS_TEST_TMPDIR/open"
  chmod g+w "$BATS_TEST_TMPDIR/open"
  mkdir "$BATS_TEST_TMPDIR/linked"
  ln -s "$real/$id" "$BATS_TEST_TMPDIR/linked/$id"
  local place verb
  for place in link open linked; do
    for verb in state "exec $id" kill "delete --force"; do
      # shellcheck disable=SC2086 # two words
      run timeout 20 "$OCI" --root "$BATS_TEST_TMPDIR/$place" $verb "$id" 3>&-
      [ "$status" != 0 ] || [ "$place $verb" = "linked delete --force" ] || fail "$verb works with $place"
    done
  done
  has_status running
}

@test "CVE-2022-31214, CVE-2021-26910: who enters has as many filters as the program, whatever that has written" {
  bundle sh -c 'for f in /config.json /proc/1/comm /dev/shm/x /tmp/x; do echo "{}" >$f; done 2>/dev/null; sleep 1000'
  config '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" }] }'
  start_bundle
  eventually test -s rootfs/tmp/x
  works in_container grep -h '^Seccomp' /proc/1/status /proc/self/status
  equals "Seccomp:	2
Seccomp_filters:	1
Seccomp:	2
Seccomp_filters:	1"
  run in_container mkdir /made 3>&-
  has "Operation not permitted"
}

@test "CVE-2017-5226, CVE-2019-10063, CVE-2023-28100: no key is pressed on the caller's terminal by TIOCSTI, from run, start or exec" {
  bundle /rawcall native ioctl 0 0x5412 @Q
  cp "$HELPERS/rawcall" rootfs/rawcall
  add_libraries
  run "$HELPERS/terminal" -- "$HELPERS/rawcall" native ioctl 0 0x5412 @Q 3>&-
  [[ $output == *"unread: Q"* ]] || echo "# (this kernel refuses TIOCSTI to everybody)" >&3
  for how in "run $id" "create $id"; do
    # shellcheck disable=SC2086 # two words
    run timeout 30 "$HELPERS/terminal" -- sh -c 'case $3 in create) "$1" --root "$2" create "$4" && "$1" --root "$2" start "$4" && sleep 0.5 ;; *) "$1" --root "$2" run "$4" ;; esac' - \
      "$OCI" "$store" $how 3>&-
    has EPERM
    has "[unread: ]"
    oci delete --force "$id"
  done
  config '.process.args = ["sleep", "1000"]'
  start_bundle
  run timeout 30 "$HELPERS/terminal" -- "$OCI" --root "$store" exec "$id" /rawcall native ioctl 0 0x5412 @Q 3>&-
  has EPERM
  has "[unread: ]"
}
