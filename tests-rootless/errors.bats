# Errors name what was written, what stood in the way, in the kernel's own word, and what would help.
load helpers

@test "A missing source is named, with the option and its place" {
  refused "$SNUG" --ro-bind / / --ro-bind /nowhere/at/all /tmp true
  equals "snug: --ro-bind /nowhere/at/all /tmp (argument 4): can't find source path /nowhere/at/all: No such file or directory"
}

@test "A destination below a read-only bind names that bind" {
  refused "$SNUG" --ro-bind / / --bind /tmp /usr/new/place true
  has "--bind /tmp /usr/new/place (argument 4): can't mkdir parents for /usr/new/place: Read-only file system"
  has "below the read-only --ro-bind / / (argument 1)"
}

@test "A program that is not there is told from one that may not be executed" {
  refused in_usr no-such-program
  has "execvp no-such-program: No such file or directory"
  has "no directory of the sandbox's PATH"
  refused in_usr /usr
  has "execvp /usr: Permission denied"
}

@test "A program that may not be executed in one directory of PATH is not told to be missing" {
  mkdir "$BATS_TEST_TMPDIR/bin"
  touch "$BATS_TEST_TMPDIR/bin/no-such-program"
  refused in_usr --ro-bind "$BATS_TEST_TMPDIR/bin" /mine --setenv PATH /mine:/usr/bin no-such-program
  has "execvp no-such-program: Permission denied"
}

@test "A sandbox with nothing of the host in it says so when the program is not there" {
  refused "$SNUG" ls
  has "nothing of the host is in the sandbox"
  refused "$SNUG" --unshare-all --dev /dev --tmpfs /tmp ls
  has "nothing of the host is in the sandbox"
}

@test "User namespaces switched off by user.max_user_namespaces are told apart" {
  skip_unless_user_namespaces
  refused unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$0" --unshare-user --ro-bind / / true' "$SNUG"
  has "creating new namespace failed: No space left on device"
  has "user.max_user_namespaces is 0"
}

@test "A /proc that is refused because an outer one is masked names what masks it" {
  skip_unless_user_namespaces
  [ "$(grep -c ' - proc ' /proc/self/mountinfo)" = 1 ] || skip "here is another proc, which would do"
  refused unshare --user --map-root-user --mount sh -c \
    'mount --bind /dev/null /proc/version && exec "$0" --unshare-user --unshare-pid --ro-bind / / --proc /proc true' "$SNUG"
  has "can't mount proc on /proc: Mount too revealing: Operation not permitted"
  has "covers /proc/version"
}

@test "An outer filter that forbids namespaces is told apart" {
  refused in_usr --ro-bind "$(dirname "$SNUG")" /snug --seccomp-profile default \
    /snug/"$(basename "$SNUG")" --ro-bind / / true
  has "creating new namespace failed: "
  has "a seccomp filter is on this process"
}

@test "A descriptor that holds no filter is refused before anything is done" {
  refused "$SNUG" --ro-bind / / --seccomp 20 true 20</dev/null
  has "--seccomp 20 (argument 4): can't read seccomp data: the seccomp program is empty"
}

@test "A resource limit above the hard one is the kernel's refusal, worded" {
  refused bash -c 'ulimit -Sn 50 && ulimit -Hn 100; exec "$0" --ro-bind / / --rlimit nofile=50:5000 true' "$SNUG"
  has "--rlimit nofile=50:5000 (argument 4): can't set the resource limit: Operation not permitted"
}

@test "--pty without a devpts says what to add" {
  refused "$SNUG" --ro-bind /usr /usr "${usr[@]}" --pty true
  has "add --dev /dev"
}

@test "Nothing is left of a set-up that failed half-way" {
  refused "$SNUG" "${usr[@]}" --dev /dev --tmpfs /tmp --bind /nowhere /x sleep 4242
  run pgrep -f "sleep 4242"
  [ "$status" = 1 ] || fail "a process is left"
}

@test "snug has one thread when it makes namespaces" {
  skip_unless_user_namespaces
  local folder=$BATS_TEST_TMPDIR
  mkfifo "$folder/info" "$folder/block"
  "$SNUG" --unshare-user --info-fd 20 --userns-block-fd 21 --ro-bind / / true 20>"$folder/info" 21<>"$folder/block" 3>&- &
  local monitor=$!
  cat "$folder/info" >/dev/null
  local tasks
  tasks=$(ls "/proc/$monitor/task")
  kill -KILL "$monitor"
  [ "$tasks" = "$monitor" ] || fail "its threads are: $tasks"
}
