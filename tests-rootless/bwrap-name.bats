#!/usr/bin/env bats
# Called by the name bwrap: what programs that were written for bubblewrap rely on.
load helpers

setup ()
{
  by_own_name=$SNUG
  SNUG=$BWRAP
}

@test "messages begin with the name it was called by" {
  refused in_usr --ro-bind /no/such/source /mnt true
  [[ $output == "bwrap: "* ]]
}

@test "messages are bubblewrap's: a capital letter first, no option in front" {
  refused in_usr --ro-bind /no/such/source /mnt true
  equals "bwrap: Can't find source path /no/such/source: No such file or directory"
  refused in_usr --chdir /no/such/folder true
  equals "bwrap: Can't chdir to /no/such/folder: No such file or directory"
  refused in_usr --uid x true
  equals "bwrap: Invalid uid: x"
  refused in_usr --seccomp x true
  equals "bwrap: Invalid fd: x"
  refused in_usr --hostname box true
  equals "bwrap: Specifying --hostname requires --unshare-uts"
}

@test "only the name of the system call that executes stays in lower case" {
  refused in_usr no-such-program
  [ "${lines[0]}" = "bwrap: execvp no-such-program: No such file or directory" ]
}

@test "messages are never translated" {
  LC_ALL=de_DE.UTF-8 LANGUAGE=de refused in_usr --chdir
  equals "bwrap: --chdir takes an argument"
}

@test "--version is bubblewrap's" {
  works "$SNUG" --version
  [[ $output =~ ^bubblewrap\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "options beyond bubblewrap's are unknown" {
  for option in --args-file --explain --explain=json --map-auto --map-ids --uid-map --gid-map --pty --keep-fd --umask \
    --nice --rlimit --seccomp-profile; do
    refused in_usr $option 0:0:1 true
    equals "bwrap: Unknown option $option"
  done
  works "$SNUG" --help
  has "--unshare-pid"
  lacks "--rlimit"
}

# Says which of these three descriptors the program has.
which='for fd in 21 22 23; do [ ! -e /proc/self/fd/$fd ] || echo $fd; done'

@test "the caller's descriptors reach the program, but for those that options name" {
  works in_usr --file 21 /a --sync-fd 22 sh -c "$which; cat /proc/self/fd/23" 21</dev/null 22</dev/null 23<<<through
  equals $'23\nthrough'
}

@test "under the name snug, none of them do" {
  works "$by_own_name" "${usr[@]}" --proc /proc --file 21 /a --sync-fd 22 sh -c "$which" \
    21</dev/null 22</dev/null 23</dev/null
  equals ""
}

@test "a repeated option warns and the last one counts" {
  works in_usr --chdir / --chdir /usr pwd
  equals $'bwrap: Only the last --chdir option will take effect\n/usr'
}

@test "--level-prefix puts the level in front of each line" {
  refused in_usr --level-prefix --chdir /none true
  equals "<3>bwrap: Can't chdir to /none: No such file or directory"
  refused in_usr --level-prefix --uid x true
  equals "<3>bwrap: Invalid uid: x"
  works in_usr --level-prefix --chdir / --chdir /usr true
  equals "<4>bwrap: Only the last --chdir option will take effect"
  refused in_usr --level-prefix no-such-program
  [ "${lines[0]}" = "<3>bwrap: execvp no-such-program: No such file or directory" ]
}

@test "processes that the program leaves behind live on" {
  mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
  works in_usr --bind "$BATS_TEST_TMPDIR" /mnt \
    sh -c '(read -r line </mnt/in; echo "heard $line" >/mnt/out) >/dev/null 2>&1 4>&- &'
  timeout 10 sh -c 'echo hello >"$0/in"' "$BATS_TEST_TMPDIR"
  works timeout 10 cat "$BATS_TEST_TMPDIR/out"
  equals "heard hello"
}

@test "a destination that is a symlink is refused, as bubblewrap does since 0.12; one below a symlink is not" {
  for mount in "--ro-bind /usr/bin" "--bind-fd 8" --tmpfs --proc --dev; do
    # shellcheck disable=SC2086 # several words
    refused in_usr --dir /there --symlink there /link $mount /link true 8</usr/bin
    equals "bwrap: Can't mount on symlink destination /link"
  done
  refused in_usr --symlink there /link --ro-bind /usr/bin/env /link true
  equals "bwrap: Can't mount on symlink destination /link"
  refused in_usr --dir /there --symlink there /link --dir /link true
  equals "bwrap: Can't mkdir /link: Not a directory"
  refused in_usr --symlink there /link --file 8 /link true 8</etc/passwd
  equals "bwrap: Can't create file /link: Too many levels of symbolic links"
  works in_usr --dir /there --symlink there /link --ro-bind /usr/bin/env /link/env ls /there
  equals env
}
