#!/usr/bin/env bats
# What has broken sandboxes before, and what an attacker inside would try next.  A test is named after the hole that
# it would find again here.  The canary is a directory of the host that no sandbox is given.
# shellcheck disable=SC2086 # options that are several words
load helpers
load canary

tools=(--ro-bind "$HELPERS" /helpers)
terminal=$HELPERS/terminal

setup ()
{
  skip_unless_user_namespaces
  setup_canary
}

teardown ()
{
  teardown_canary
}

# Runs COMMAND and expects that it works with only "good" as output, or is refused.
good_or_refused () # COMMAND…
{
  run "$@" 3>&-
  [[ $status = 0 && $output = good || $status = 1 && $output = snug:* ]] || fail "exit status $status from: $*"
}

# --- Helpers with privileges, and the monitor ----------------------------------------------------------------

@test "CVE-2016-8659, CVE-2026-41163: a copy with a setuid or setgid bit refuses before it reads its arguments" {
  skip_unless_subordinate_ids
  unshare --user --map-auto --map-root-user true 2>/dev/null || skip "this unshare(1) can't map subordinate ids"
  cat >"$work/try" <<'TRY'
mount -t tmpfs none /tmp && cat <&7 >/tmp/snug
for mode in 0755 4755 2755 6755; do
  chmod $mode /tmp/snug
  for arguments in "" --version --nonsense "--args 99"; do
    setpriv --reuid 5 --regid 5 --clear-groups /tmp/snug $arguments
    echo "$mode $arguments: exit $?"
  done
done 2>&1 | grep -E 'snug|exit'
TRY
  works unshare --user --map-auto --map-root-user --mount sh "$work/try" 7<"$SNUG"
  has "0755 --version: exit 0"
  for mode in 4755 2755 6755; do
    for arguments in "" --version --nonsense "--args 99"; do
      has "snug: refusing to run setuid, setgid or with file capabilities: it needs none
$mode $arguments: exit 1"
    done
  done
}

@test "CVE-2016-8659: a program in the host's pid namespace can't look into the monitor" {
  works in_usr "${tools[@]}" sh -c '
    exec 2>/dev/null
    for file in mem maps environ auxv io; do head -c 1 /proc/$PPID/$file | grep -q . && echo "read $file"; done
    for link in root cwd exe ns/mnt fd/0 fd/1 fd/2; do readlink /proc/$PPID/$link && echo "followed $link"; done
    for folder in fdinfo map_files root/ cwd/; do ls /proc/$PPID/$folder | grep . && echo "listed $folder"; done
    /helpers/rawcall native ptrace 0x4206 $PPID 0 0'
  equals EPERM
}

@test "init gives away nothing that the program was not given: environment, memory, descriptors, program file" {
  for how in "" --pty "--lock-file /usr/bin/env" --new-session; do
    run env SECRET=in-the-environment "$SNUG" "${usr[@]}" "${tools[@]}" --unshare-pid --proc /proc --dev /dev $how --clearenv \
      --setenv PATH /usr/bin:/bin -- sh -c '
        exec 2>/dev/null
        for file in environ maps auxv; do head -c 1 /proc/1/$file | grep -q . && echo "read $file"; done
        tr "\0" "\n" </proc/1/environ | grep SECRET
        for link in exe cwd root fd/0 fd/1 fd/2; do readlink /proc/1/$link && echo "followed $link"; done
        ls /proc/1/root/ | grep -q . && echo "listed the root"
        /helpers/rawcall native ptrace 0x4206 1 0 0' 3>&- 8</etc/passwd 9</
    [ "${output%$'\r'}" = EPERM ] || fail "with $how"
  done
}

@test "init has shut its doors before the program runs its first instruction" {
  cpu=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
  for how in --unshare-pid --unshare-all "--unshare-pid --json-status-fd 2" "--unshare-pid --lock-file /usr/bin/env"; do
    for on in "" "taskset -c $cpu"; do # on one processor, one of the two has to wait
      for _ in {1..15}; do
        run $on "$SNUG" "${usr[@]}" "${tools[@]}" --proc /proc --bind-fd 5 /mnt $how -- /helpers/grab "$canary/file" 5<"$canary" 3>&-
        lacks "through descriptor"
        [[ $how = *json* ]] || lacks "traced init"
      done
    done
  done
}

@test "a sandbox that joins the namespaces of another one can't be entered from there while it is set up" {
  mkfifo "$work/gate"
  exec 7<>"$work/gate"
  background "$SNUG" "${usr[@]}" --unshare-user --unshare-pid --proc /proc --bind "$work" /work --json-status-fd 8 -- sh -c '
    touch /work/ready
    while [ ! -e /work/go ]; do sleep 0.01; done
    for fd in /proc/[0-9]*/fd/*; do [ ! -e "$fd/../../../../../../../../../../$1/file" ] || echo "got it through $fd"; done >/work/found
    touch /work/done; sleep 10' - "$canary" 8>"$work/status"
  until [ -e "$work/ready" ]; do sleep 0.01; done
  inside=$(grep -o '"child-pid": [0-9]*' "$work/status" | grep -o '[0-9]*$')
  background "$SNUG" "${usr[@]}" --userns 5 --pidns 6 --block-fd 7 --bind-fd 9 /mnt true \
    5<"/proc/$inside/ns/user" 6<"/proc/$inside/ns/pid" 9<"$canary"
  until [ "$(pgrep -fc -- "--userns 5 --pidns 6")" -ge 2 ]; do sleep 0.01; done
  sleep 0.2
  touch "$work/go"
  until [ -e "$work/done" ]; do sleep 0.01; done
  output=$(cat "$work/found")
  [ -z "$output" ] || fail "the way to the host is open"
}

@test "--pty: the caller's own terminal is out of reach, through init too" {
  # Terminals of two devpts can have the same name: their devices tell them apart.
  run "$terminal" -- "$SNUG" "${usr[@]}" --unshare-pid --proc /proc --dev /dev --pty -- sh -c '
    own=$(stat -L -c %d /proc/self/fd/0)
    for file in /proc/[0-9]*/fd/[0-9]* /dev/console; do
      [ ! -c $file ] || [ "$(stat -L -c %d $file)" = "$own" ] || echo "$file is of the host"
    done
    tty' 3>&-
  has /dev/pts/0
  lacks "of the host"
}

@test "CVE-2019-5736: the program can't change the file that snug is, even if it belongs to the same user" {
  mkdir "$work/bin"
  cp "$SNUG" "$work/bin/snug"
  cat >"$work/attack" <<'ATTACK'
#!/bin/sh
# Opens all programs that run, and tries again when they are not running any more.
for exe in /proc/[0-9]*/exe; do
  chmod 0777 $exe
  touch -d 2001-01-01 $exe
  (exec 9<$exe && setsid sh -c 'for n in 1 2 3 4 5 6; do sleep 0.2; echo changed >>/proc/self/fd/9; done') &
done >/dev/null 2>&1
sleep 0.1
ATTACK
  printf '#!/proc/self/exe\n' >"$work/script"
  chmod 755 "$work/attack" "$work/script"
  before=$(sha256sum "$work/bin/snug") attributes=$(stat -c '%a %Y' "$work/bin/snug")

  for how in --unshare-all --unshare-user "--lock-file /usr/bin/env" "--map-auto --lock-file /usr/bin/env" --new-session; do
    [[ $how != *map-auto* ]] || grep -qs "^$(id -un):" /etc/subuid || continue
    run "$work/bin/snug" "${usr[@]}" --proc /proc --dev /dev $how --ro-bind "$work/attack" /attack -- /attack 3>&-
  done
  run "$work/bin/snug" "${usr[@]}" --proc /proc --bind "$work" /work -- /work/script 3>&-
  run "$work/bin/snug" "${usr[@]}" --proc /proc --bind "$work" /work -- /proc/self/exe --version 3>&-
  sleep 1.5
  [ "$(stat -c '%a %Y' "$work/bin/snug")" = "$attributes" ] || fail "mode or time changed: $(stat "$work/bin/snug")"
  [ "$(sha256sum "$work/bin/snug")" = "$before" ] || fail "the file has changed"
}

@test "flatpak CVE-2021-21261: the caller's LD_PRELOAD and the like do not reach newuidmap" {
  skip_unless_subordinate_ids
  skip_unless_command strace
  run env LD_LIBRARY_PATH=/nowhere GCONV_PATH=/nowhere MALLOC_CHECK_=3 TMPDIR=/nowhere NLSPATH=/nowhere \
    strace -f -v -s 9999 -e trace=execve -e signal=none "$SNUG" --map-auto "${usr[@]}" true 3>&-
  [ "$status" != 127 ] || skip "strace may not trace here"
  line=$(grep -o 'execve("[^"]*newuidmap".*' <<<"$output") || fail "newuidmap was not run"
  output=$line
  lacks nowhere
  lacks MALLOC
  lacks HOME
}

# --- The terminal --------------------------------------------------------------------------------------------

@test "CVE-2017-5226, CVE-2019-10063, CVE-2023-28100: no key is pressed by TIOCSTI or TIOCLINUX, on any ABI" {
  run "$terminal" -- "$HELPERS/rawcall" native ioctl 0 0x5412 @Q 3>&-
  [[ $output == *"unread: Q"* ]] || echo "# (this kernel refuses TIOCSTI to everybody)" >&3
  printf '\006\0\0\0\0\0\377\177' >"$work/allow.bpf" # return ALLOW

  for how in "" --new-session "--add-seccomp-fd 8" "--seccomp 8" "--seccomp-profile default" --pty "--dev-bind /dev /dev"; do
    for abi in native i386 x32; do
      for request in 0x5412 0x100005412 0xdeadbeef00005412 0x541c; do
        run "$terminal" -- "$SNUG" "${usr[@]}" --proc /proc --dev /dev $how "${tools[@]}" \
          /helpers/rawcall $abi ioctl 0 $request @Q 3>&- 8<"$work/allow.bpf"
        [[ $output == *EPERM* || $output == *"no such ABI"* ]] || fail "$how $abi $request"
        has "[unread: ]"
      done
    done
  done
}

@test "CVE-2017-5226: nor from a process that the program leaves behind" {
  run "$terminal" -- sh -c '"$@"; sleep 0.3' - "$SNUG" "${usr[@]}" --dev /dev "${tools[@]}" \
    sh -c '(trap "" HUP; sleep 0.1; /helpers/rawcall native ioctl 0 0x5412 @Q) & sleep 0.01' 3>&-
  has "[unread: ]"
}

@test "CVE-2025-52565: /dev/console is the terminal that standard output is, and no other" {
  run "$terminal" -- "$SNUG" "${usr[@]}" --dev /dev sh -c 'stat -L -c %t:%T /dev/console /proc/self/fd/1; stat -c %t:%T - <&1' 3>&-
  same=$(grep -E '^[0-9a-f]+:[0-9a-f]+' <<<"$output" | tr -d '\r' | sort -u | wc -l)
  [ "$same" = 1 ] || fail "different devices"
  works in_usr sh -c 'ls /dev'
  lacks console
}

@test "messages carry nothing from the sandbox's files to the terminal but text" {
  ln -s $'\033]0;title\007\033[31mred' "$work/link"
  refused in_usr --bind "$work" /work --symlink other /work/link true
  has "existing destination"
  lacks $'\033'
  lacks $'\007'
  ln -s $'\u009b31mred' "$work/csi" # the same in one character
  refused in_usr --bind "$work" /work --symlink other /work/csi true
  has 'existing destination is \x9b31mred'
}

@test "messages carry nothing of what the caller was given to name to the terminal but text" {
  for name in $'\033[31mred' $'\u009b31mred' $'\2331mred'; do
    for words in "--ro-bind $name /x" "--uid $name" "$name"; do
      refused in_usr $words true
      has 'red'
      ! LC_ALL=C grep -q $'\033\|\233' <<<"$output" || fail "it talks to the terminal"
    done
  done
}

# --- Capabilities and ids -------------------------------------------------------------------------------------

no_privileges="CapInh:	0000000000000000
CapPrm:	0000000000000000
CapEff:	0000000000000000
CapBnd:	0000000000000000
CapAmb:	0000000000000000
NoNewPrivs:	1"

@test "CVE-2020-5291: no capability and no_new_privs, however the namespaces are put together" {
  mkfifo "$work/ready"
  background unshare --user --map-root-user --pid --fork unshare --user --map-root-user sh -c 'echo >"$0"; exec sleep 100' "$work/ready"
  read -r _ <"$work/ready"
  inner=$(pgrep -P "$(pgrep -P $!)" || pgrep -P $!)
  outer=$(pgrep -P $!)
  [ "$(readlink "/proc/$inner/ns/user")" != "$(readlink "/proc/$outer/ns/user")" ] || outer=$!

  for how in "" --unshare-user --unshare-all "--uid 0 --gid 0" "--uid 7 --dev /dev" "--dev /dev" \
    "--unshare-user --disable-userns" "--unshare-all --unshare-user --disable-userns --dev /dev --uid 0" --as-pid-1\ --unshare-pid \
    "--userns 11" "--userns 11 --userns2 12" "--userns 11 --pidns 13" "--userns 11 --userns2 12 --pidns 13" \
    "--userns 11 --pidns 13 --unshare-pid" "--map-ids" "--map-ids --disable-userns --unshare-user" --pty\ --dev\ /dev; do
    [[ $how != *map-ids* ]] || grep -qs "^$(id -un):" /etc/subuid || continue
    works "$SNUG" "${usr[@]}" --proc /proc $how grep -E '^(Cap|NoNewPrivs)' /proc/self/status \
      11<"/proc/$outer/ns/user" 12<"/proc/$inner/ns/user" 13<"/proc/$outer/ns/pid_for_children"
    [ "${output//$'\r'/}" = "$no_privileges" ] || fail "with $how"
  done
}

@test "CVE-2022-29162: what the caller could inherit, the program can't" {
  works unshare --user --map-root-user setpriv --inh-caps +all --ambient-caps +all -- \
    "$SNUG" "${usr[@]}" --proc /proc grep -E '^(Cap|NoNewPrivs)' /proc/self/status
  equals "$no_privileges"
}

@test "nothing below any mount is setuid for the program" {
  works in_usr --unshare-ipc --tmpfs /tmp --bind "$work" /work --mqueue /mqueue sh -c '! grep -v nosuid /proc/self/mountinfo'
}

# --- The command line -----------------------------------------------------------------------------------------

@test "CVE-2024-32462: a program may be called --bind" {
  printf '#!/bin/sh\necho "it is $0 with $*"\n' >"$work/--bind"
  chmod +x "$work/--bind"
  works in_usr --ro-bind "$work" /work --setenv PATH /work:/usr/bin:/bin -- --bind / /h
  equals "it is /work/--bind with / /h"
  works in_usr --ro-bind "$work" /work --argv0 --unshare-all -- sh -c 'echo $0' --share-net
  equals "--share-net"
}

@test "CVE-2021-43784: what is too long is an error that says so, or works" {
  long=$(printf 'x%.0s' {1..70000})
  path=$(printf '/%.0sdirectory' {1..500})
  works in_usr --setenv LONG "$long" sh -c 'echo ${#LONG}'
  equals 70000
  for option in --chdir --hostname --dir --tmpfs --proc --dev --lock-file --remount-ro --seccomp-profile --uid --perms; do
    run in_usr --unshare-uts $option "$long" true 3>&-
    [ "$status" = 1 ] || fail "exit status $status from $option with 70000 bytes"
    run in_usr --unshare-uts $option "$path" true 3>&-
    [ "$status" = 1 ] || fail "exit status $status from $option with a path of ${#path} bytes"
  done
  for option in --bind --ro-bind --symlink --dev-bind; do
    run in_usr $option "$long" /x true 3>&-
    [ "$status" = 1 ] || fail "exit status $status from $option $long"
    run in_usr $option /usr "$path" true 3>&-
    [ "$status" = 1 ] || fail "exit status $status from $option /usr $path"
  done
}

@test "a caller in a directory deeper than a path can be gets a sandbox" {
  here=$PWD
  cd "$work"
  for _ in {1..30}; do
    name=$(printf 'd%.0s' {1..200})
    mkdir "$name"
    cd -P "./$name" 2>/dev/null || cd "$name"
  done
  run in_usr --setenv HOME /usr sh -c 'pwd; echo works' 3>&-
  cd "$here"
  has works
}

# --- Descriptors and directories --------------------------------------------------------------------------------

# Runs COMMAND with the canary open in twenty descriptors.
leaking () # COMMAND…
{
  "$@" 10<"$canary" 11<&10 12<&10 13<&10 14<&10 15<&10 16<&10 17<&10 18<&10 19<&10 20<&10 21<&10 22<&10 23<&10 24<&10 \
    25<&10 26<&10 27<&10 28<&10 29<&10
}

@test "CVE-2024-21626: of twenty descriptors that the caller leaks, the program gets none" {
  list='for fd in /proc/self/fd/*; do [ ! -e $fd ] || echo ${fd##*/}; done'
  works leaking sh -c "$list"
  has 29
  for how in "" --unshare-pid "--unshare-pid --as-pid-1" "--lock-file /usr/bin/env" "--unshare-all --dev /dev --pty"; do
    works leaking in_usr $how sh -c "$list"
    [ "${output//$'\r'/}" = 0$'\n'1$'\n'2 ] || fail "with $how"
  done
}

@test "CVE-2024-21626: no descriptor is a directory to start in, or leads to a program" {
  for fd in {3..64}; do
    for path in /proc/self/fd/$fd /proc/thread-self/fd/$fd/../..; do
      run leaking in_usr --unshare-pid --chdir $path sh -c 'ls -a; readlink /proc/self/cwd' 3>&-
      [ "$status" = 1 ] || fail "exit status $status with --chdir $path"
      lacks "canary"
    done
  done
  for fd in 3 4 5 {10..29}; do
    run leaking in_usr --symlink /proc/self/fd/$fd /start --chdir /start ls 3>&-
    [ "$status" = 1 ] || fail "exit status $status through a symlink to descriptor $fd"
    run leaking in_usr -- /proc/self/fd/$fd/../../../../../../../../../../usr/bin/env true 3>&-
    [ "$status" = 1 ] || fail "exit status $status with the program below descriptor $fd"
  done
}

@test "a caller's directory that is not in the sandbox is not the program's" {
  cd "$canary"
  works in_usr sh -c 'ls -a; readlink /proc/self/cwd; ls ..'
  lacks file
  lacks canary
  lacks unreachable
}

# --- Sources that change under our hands ------------------------------------------------------------------------

swap () # A B
{
  mv -T "$1" "$1.aside" && mv -T "$2" "$1" && mv -T "$1.aside" "$2"
}

@test "CVE-2024-42472, CVE-2026-34078, GHSA-8688-9x26-hhxj: --bind-fd binds what was opened, whatever its path says now" {
  mkdir "$work/other" "$work/parent" "$work/parent/source"
  echo good >"$work/parent/source/file"
  ln -s "$canary" "$work/link"
  mkdir "$work/decoy"
  ln -s "$canary" "$work/decoy/source"
  cp -r "$canary" "$work/twin"
  exec 5<"$work/parent/source" 6<"$work/parent/source/file"
  works "$SNUG" "${usr[@]}" --bind-fd 5 /source cat /source/file
  equals good

  for flipped in "$work/parent/source $work/link" "$work/parent $work/decoy" "$work/parent/source $work/twin"; do
    background "$HELPERS/flip" $flipped
    for _ in {1..40}; do
      good_or_refused "$SNUG" "${usr[@]}" --bind-fd 5 /source cat /source/file
      good_or_refused "$SNUG" "${usr[@]}" --ro-bind-fd 6 /file cat /file
    done
    kill -9 $!
    wait $! || true
    [ "$(cat "$work/parent/source/file")" = good ] || swap $flipped
  done
}

@test "CVE-2026-39861: a source that is a symlink is refused where a descriptor says what was meant" {
  mkdir "$work/source"
  exec 5<"$work/source"
  mv "$work/source" "$work/elsewhere"
  ln -s "$canary" "$work/source"
  run "$SNUG" "${usr[@]}" --bind-fd 5 /source ls -A /source 3>&-
  [[ $status = 0 && $output = "" || $status = 1 && $output = *--bind-fd* ]] || fail "exit status $status"
}

# --- Destinations that lead elsewhere ---------------------------------------------------------------------------

@test "CVE-2026-87766: what is made through a link of a writable bind is made inside, or not at all" {
  links=("/oldroot$canary" "$canary" "../../../../../../../../../..$canary" "/proc/self/root$canary" "/proc/1/root$canary"
    "/proc/self/fd/8" "/..$canary")
  for target in "${links[@]}"; do
    ln -sfn "$target" "$work/link"
    for operation in "--file 8 new" "--file 8 file" "--dir new" "--dir ." "--symlink target new" "--bind /usr ." "--bind /usr new" \
      "--ro-bind-data 8 new" "--tmpfs ." "--tmpfs new" "--dev ." "--proc new" "--perms 0777 --dir new" "--perms 0666 --file 8 file" \
      "--chmod 0777 ." "--chmod 0777 file" "--overlay-src /usr --tmp-overlay new" "--remount-ro ." "--lock-file file"; do
      spares_canary "$SNUG" "${usr[@]}" --proc /proc --bind "$work" /work ${operation% *} "/work/link/${operation##* }" true 8</etc/passwd
    done
  done
}

@test "CVE-2021-30465, CVE-2024-45310: a neighbour who moves things in a shared volume gains nothing" {
  mkdir -p "$work/a/b" "$BATS_TEST_TMPDIR/source"
  ln -s "$canary" "$work/l"
  before=$(cut -d ' ' -f 4- /proc/self/mountinfo)
  background "$SNUG" "${usr[@]}" "${tools[@]}" --bind "$work" /work -- /helpers/flip /work/a /work/l
  for _ in {1..10}; do
    for operation in --tmpfs "--bind $BATS_TEST_TMPDIR/source" --dir "--file 8" "--symlink target" --proc; do
      spares_canary "$SNUG" "${usr[@]}" --unshare-pid --bind "$work" /work $operation "/work/a/b/$RANDOM" true 8</etc/passwd
    done
    spares_canary "$SNUG" "${usr[@]}" --bind "$work" /work --tmpfs /work/a/b --chmod 0777 /work/a/b true
  done
  [ "$(cut -d ' ' -f 4- /proc/self/mountinfo)" = "$before" ] || fail "a mount appeared on the host"
}

@test "CVE-2026-41579, CVE-2019-18837, CVE-2019-16884, CVE-2025-24965: a root whose /dev, /proc or /etc are links elsewhere" {
  root=$BATS_TEST_TMPDIR/root
  mkdir "$root"
  ln -s "$canary" "$root/dev"
  ln -s "$canary" "$root/proc"
  ln -s "../../../../../../../..$canary" "$root/tmp"
  ln -s "/proc/self/root$canary" "$root/run"
  ln -s "$canary/file" "$root/file"
  ln -s "$root" "$work/root"
  for from in "$root" "$work/root"; do
    spares_canary "$SNUG" --unshare-pid --bind "$from" / --ro-bind /usr /usr --symlink usr/bin /bin --dev /dev --proc /proc \
      --tmpfs /tmp --dir /run/dir --file 8 /file --ro-bind-data 8 /run/data /bin/true 8</etc/passwd
  done
  spares_canary "$SNUG" --unshare-pid "${usr[@]}" --bind "$root" /image --dev /image/dev --proc /image/proc --tmpfs /image/tmp \
    --dir /image/run/dir --file 8 /image/file true 8</etc/passwd
}

@test "CVE-2019-16884, CVE-2019-19921: a /proc in the way that is no proc does not deceive the set-up" {
  mkdir -p "$work/self/attr" "$work/sys/user"
  echo nothing | tee "$work/self/uid_map" "$work/self/setgroups" "$work/self/gid_map" "$work/self/attr/exec" "$work/sys/user/max_user_namespaces" >/dev/null
  before=$(find "$work" -type f -exec cat {} +)
  works "$SNUG" "${usr[@]}" --unshare-user --bind "$work" /proc --disable-userns --uid 3 --dev /dev id -u
  equals 3
  [ "$(find "$work" -type f -exec cat {} +)" = "$before" ] || fail "written to the false /proc"
  refused "$SNUG" "${usr[@]}" --unshare-user --bind "$work" /proc --disable-userns unshare --user true
}

@test "what a program plants in a shared directory does not stop the next sandbox" {
  mkfifo "$work/fifo"
  ln -s loop "$work/loop"
  ln -s b "$work/a"
  ln -s a "$work/b"
  ln -s "$(printf 'x/%.0s' {1..2000})" "$work/long"
  for place in fifo loop loop/x a a/x long long/x; do
    for operation in "--file 8" "--ro-bind-data 8" --dir --tmpfs --lock-file "--symlink x" "--chmod 0700"; do
      run timeout 5 "$SNUG" "${usr[@]}" --bind "$work" /work $operation /work/$place true 3>&- 8</etc/passwd
      [ "$status" = 0 ] || [ "$status" = 1 ] || fail "exit status $status (124 is a hang): $operation /work/$place"
    done
  done
}

@test "CVE-2026-25725: a path that is denied before it exists can't be made" {
  works in_usr --bind "$work" /work --ro-bind /dev/null /work/denied sh -c '
    echo x >/work/denied; rm -f /work/denied; mv /work/denied /work/other; echo x >/work/new; mv -f /work/new /work/denied
    ln -f /work/new /work/denied; true'
  [ "$(ls "$work")" = new ] || fail "it was moved or written: $(ls -l "$work")"
}

# --- The way back out --------------------------------------------------------------------------------------------

@test "nothing of the host is mounted inside but what was asked for" {
  works in_usr --unshare-all --tmpfs /tmp cut -d ' ' -f 5 /proc/self/mountinfo
  for line in "${lines[@]}"; do
    case $line in
      / | /usr | /usr/* | /proc | /proc/* | /dev | /tmp | /lib* | /bin | /sbin) ;;
      /dev/null | /dev/zero | /dev/full | /dev/random | /dev/urandom | /dev/tty | /dev/console | /dev/pts) ;;
      *) fail "$line is mounted" ;;
    esac
  done
}

@test "above the root there is nothing" {
  for how in "" --unshare-all "--ro-bind / /" "--bind / / --tmpfs /tmp"; do
    works in_usr $how --proc /proc sh -c '
      set -- $(stat -c %d:%i / /.. /../.. /proc/self/root/ /proc/self/root/.. /usr/../..)
      for there; do [ "$there" = "$1" ] || echo "$there is not the root"; done'
    equals ""
  done
  works in_usr --bind "$work" /work sh -c 'cd /work; mkdir -p deep/er; cd deep/er; mv /work/deep/er /work/up; ls -a ../../../..'
  has usr
  lacks canary
}

@test "with user namespaces of its own the program gets no mount away and no flag off" {
  mkdir -p "$work/below"
  cat >"$work/attack" <<'ATTACK'
mount -o remount,bind,rw /usr && echo "remounted /usr"
umount -l /work/below && echo "took the cover off"
umount -l /usr && echo "unmounted /usr"
mkdir -p /tmp/again && mount --bind / /tmp/again && touch /tmp/again/usr/x && echo "bound around it"
mount --rbind / /tmp/again && umount -l /tmp/again/work/below && ls /tmp/again/work/below/secret && echo "looked below"
ATTACK
  mkdir "$work/below/secret"
  run in_usr --tmpfs /tmp --ro-bind "$work" /work --tmpfs /work/below unshare --user --map-root-user --mount sh /work/attack 3>&-
  lacks remounted
  lacks took
  lacks unmounted
  lacks bound
  lacks looked
}

@test "below a read-only bind stays read-only what the host mounts there later" {
  unshare --user --map-root-user --mount mount -t tmpfs none /mnt 2>/dev/null || skip "no tmpfs can be mounted here"
  cat >"$work/host" <<'HOST'
mount -t tmpfs none "$1/shared" && mount --make-shared "$1/shared" && mkdir "$1/shared/below"
shift
mkfifo "$1/in" "$1/out"
work=$1
shift
"$@" &
read -r _ <"$work/out"
mount -t tmpfs none "$work/shared/below" && echo >"$work/in"
wait
HOST
  mkdir "$work/shared"
  run timeout 20 unshare --user --map-root-user --mount bash "$work/host" "$work" "$work" "$SNUG" "${usr[@]}" --bind "$work" /work \
    --ro-bind "$work/shared" /data sh -c 'echo >/work/out; read -r _ </work/in; touch /data/below/file && echo written' 3>&-
  lacks "written
"
  [[ $output != *written ]] || fail "the program wrote to it"
}

@test "CVE-2021-41133: the default profile refuses the mount calls, and knows nothing of what is newer, on each ABI" {
  works in_usr "${tools[@]}" --seccomp-profile default sh -c '
    for abi in native i386; do
      for call in mount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr setns unshare \
        chroot ptrace_is_none clone3 499 600 4000; do
        echo $abi $call $(/helpers/rawcall $abi $call)
      done
    done'
  for abi in native i386; do
    [[ $output != *"$abi mount no such ABI"* ]] || continue
    for call in mount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr setns unshare chroot; do
      has "$abi $call EPERM"
    done
    for call in clone3 499 600 4000; do has "$abi $call ENOSYS"; done
  done
}

@test "firejail 0.9.60: the program and what it starts have as many filters, whatever it rewrites" {
  works in_usr --seccomp-profile default sh -c 'grep Seccomp /proc/self/status; sh -c "grep Seccomp /proc/self/status"'
  [ "${lines[0]}${lines[1]}" = "${lines[2]}${lines[3]}" ] || fail "they differ"
  has "Seccomp_filters:	2"
}

@test "CVE-2019-12439: nothing in /tmp and no XDG_RUNTIME_DIR is used or needed" {
  cat >"$work/try" <<'TRY'
cat <&7 >"$1/snug.copy"; chmod 755 "$1/snug.copy"
mount -t tmpfs none /mnt && mount --bind "$1" /mnt && shift
mount -t tmpfs none /tmp || exit 2
for name in snug .snug snug-$(id -u) bwrap .bubblewrap newroot oldroot .snug-data; do ln -s /mnt/canary /tmp/$name; done
chmod 555 /tmp
before=$(ls -la /tmp)
for folder in "" /nowhere /tmp/snug /etc/passwd relative "$(printf 'x%.0s' $(seq 5000))"; do
  XDG_RUNTIME_DIR=$folder TMPDIR=$folder /mnt/snug.copy "$@" echo "works" || echo "not with $folder"
done
env -u XDG_RUNTIME_DIR -u TMPDIR -u HOME /mnt/snug.copy "$@" echo "works"
after=$(ls -la /tmp)
[ "$before" = "$after" ] && [ "$(ls -A /mnt/canary)" = file ] && echo "nothing touched"
TRY
  works unshare --user --map-root-user --mount sh "$work/try" "$BATS_TEST_TMPDIR" "${usr[@]}" --proc /proc --dev /dev 7<"$SNUG"
  lacks "not with"
  [ "$(grep -c '^works' <<<"$output")" = 7 ] || fail "it did not work each time"
  has "nothing touched"
}

@test "CVE-2019-5736, through an interpreter line: a snug that its user could change runs from a sealed copy" {
  cp "$SNUG" "$work/snug"
  background "$work/snug" "${usr[@]}" --unshare-pid sleep 1000
  local monitor=$!
  eventually pgrep -P "$monitor"
  works readlink "/proc/$monitor/exe"
  has "memfd:snug"
  run sh -c 'echo changed >>"/proc/$0/exe"' "$monitor"
  [ "$status" != 0 ] || fail "the copy could be written to"
  printf '#!/proc/self/exe --version\n' >"$work/script"
  chmod +x "$work/script"
  works "$work/snug" "${usr[@]}" --proc /proc --bind "$work" /work /work/script
  cmp "$SNUG" "$work/snug"
}
