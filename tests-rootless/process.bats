#!/usr/bin/env bats
# The program: where it starts, with which environment, how it is found and how it ends.
load helpers

# --- Where it starts ---

@test "--chdir says where the program starts, and PWD agrees" {
  works in_usr --dir /a/b --chdir /a/b sh -c 'readlink /proc/self/cwd; printenv PWD'
  equals $'/a/b\n/a/b'
}

@test "--chdir to what is not in the sandbox is an error" {
  refused in_usr --chdir "$BATS_TEST_TMPDIR" echo started
  has "--chdir $BATS_TEST_TMPDIR"
  has "No such file or directory"
  lacks started
}

@test "--chdir through an absolute symlink stays in the sandbox" {
  works in_usr --symlink /usr/bin /link --chdir /link readlink /proc/self/cwd
  equals /usr/bin
}

@test "without --chdir it starts in the caller's directory" {
  cd /usr/share
  works in_usr sh -c 'readlink /proc/self/cwd; printenv PWD'
  equals $'/usr/share\n/usr/share'
}

@test "where that is not in the sandbox, it starts in HOME" {
  cd "$BATS_TEST_TMPDIR"
  HOME=/usr/lib works in_usr sh -c 'readlink /proc/self/cwd; printenv PWD'
  equals $'/usr/lib\n/usr/lib'
  works in_usr --setenv HOME /usr/bin printenv PWD
  equals /usr/bin
}

@test "where HOME is not there either, it starts in /" {
  cd "$BATS_TEST_TMPDIR"
  HOME=$BATS_TEST_TMPDIR works in_usr sh -c 'readlink /proc/self/cwd; printenv PWD'
  equals $'/\n/'
}

# --- The environment ---

@test "the program has the caller's environment" {
  COLOUR=blue works in_usr printenv COLOUR
  equals blue
}

@test "--setenv sets a variable, the last one counts" {
  COLOUR=blue works in_usr --setenv COLOUR red --setenv COLOUR "dark green" printenv COLOUR
  equals "dark green"
  works in_usr --setenv COLOUR "" sh -c 'echo "${COLOUR-unset}"'
  equals ""
}

@test "--unsetenv removes a variable, and --setenv after it sets it again" {
  COLOUR=blue works in_usr --unsetenv COLOUR sh -c 'echo "${COLOUR-unset}"'
  equals unset
  COLOUR=blue works in_usr --unsetenv COLOUR --setenv COLOUR red printenv COLOUR
  equals red
  works in_usr --setenv COLOUR red --unsetenv COLOUR sh -c 'echo "${COLOUR-unset}"'
  equals unset
}

@test "--clearenv removes everything before it but PWD" {
  works in_usr --chdir / --setenv BEFORE 1 --clearenv --setenv AFTER 2 env
  equals $'PWD=/\nAFTER=2'
}

@test "names that can't be variables are refused" {
  for name in "" A=B; do
    refused in_usr --setenv "$name" value true
    has "\"$name\" can't be the name of a variable"
    refused in_usr --unsetenv "$name" true
    has "\"$name\" can't be the name of a variable"
  done
}

# --- How it is found ---

@test "the program is looked for in the sandbox's PATH" {
  printf '#!/bin/sh\necho "here $*"\n' >"$BATS_TEST_TMPDIR/tool"
  chmod 755 "$BATS_TEST_TMPDIR/tool"
  works in_usr --ro-bind "$BATS_TEST_TMPDIR" /tools --setenv PATH /none:/tools:/bin tool one two
  equals "here one two"
  PATH=$BATS_TEST_TMPDIR:$PATH refused in_usr tool
  has "execvp tool: No such file or directory"
}

@test "without PATH it is looked for in /bin and /usr/bin" {
  works in_usr --unsetenv PATH echo found
  equals found
}

@test "a text without an interpreter line is run by the shell" {
  echo 'echo "script $0 $*"' >"$BATS_TEST_TMPDIR/script"
  chmod 755 "$BATS_TEST_TMPDIR/script"
  works in_usr --ro-bind "$BATS_TEST_TMPDIR" /tools /tools/script one "two three"
  equals "script /tools/script one two three"
}

@test "--argv0 is what the program sees as its name" {
  works in_usr --argv0 other sh -c 'echo "$0"'
  equals other
  refused in_usr --argv0 one --argv0 two true
  has "--argv0 used multiple times"
}

@test "arguments reach the program as they are" {
  works in_usr -- printf '<%s>' "" "two words" --bind -- "ü"
  equals "<><two words><--bind><--><ü>"
}

@test "a program that is not there, or no program, can't be executed" {
  echo text >"$BATS_TEST_TMPDIR/text"
  refused in_usr no-such-program
  has "execvp no-such-program: No such file or directory"
  refused in_usr /no/such/program
  has "execvp /no/such/program: No such file or directory"
  refused in_usr --ro-bind "$BATS_TEST_TMPDIR" /tools /tools/text
  has "execvp /tools/text: Permission denied"
  refused in_usr /usr
  has "execvp /usr: Permission denied"
  refused in_usr ""
  has "No such file or directory"
}

# --- How it ends ---

@test "the exit status is the program's, from 0 to 255" {
  for options in "" --unshare-pid "--unshare-pid --as-pid-1"; do
    for code in 0 1 2 42 126 127 128 200 255; do
      # shellcheck disable=SC2086 # several words
      run -$code in_usr $options sh -c "exit $code"
    done
  done
}

@test "a caller that ignores the end of its children gets the exit status all the same" {
  for options in "" --unshare-pid "--lock-file /usr/bin/env"; do
    # shellcheck disable=SC2086 # several words
    run -7 env --ignore-signal=CHLD "$SNUG" "${usr[@]}" $options sh -c 'exit 7'
  done
}

@test "a program killed by signal n gives 128 + n" {
  for options in "" --unshare-pid; do
    for signal in 1 9 11 15; do
      # shellcheck disable=SC2086 # several words
      run -$((128 + signal)) in_usr $options sh -c "ulimit -c 0; kill -$signal \$\$"
    done
  done
}

@test "in a new pid namespace an init is pid 1 and the program pid 2" {
  works in_usr --unshare-pid sh -c 'echo $$'
  equals 2
}

@test "--as-pid-1 makes the program pid 1" {
  works in_usr --unshare-pid --as-pid-1 sh -c 'echo $$'
  equals 1
}

@test "--as-pid-1 needs a new pid namespace, and nobody to hold a lock" {
  refused in_usr --as-pid-1 true
  has "Specifying --as-pid-1 requires --unshare-pid"
  refused in_usr --unshare-pid --as-pid-1 --lock-file /usr/bin/env true
  has "Specifying --as-pid-1 and --lock-file is not permitted"
}

@test "orphans are reaped" {
  works in_usr --unshare-pid sh -c '(sh -c "exit 3" & echo $! >/dev/shm/pid)
    for i in $(seq 200); do [ -e "/proc/$(cat /dev/shm/pid)" ] || exit 0; sleep 0.05; done; exit 1'
}

@test "--new-session makes the program the leader of a session of its own" {
  session='cut -d " " -f 6 /proc/self/stat'
  works in_usr sh -c "$session"
  equals "$(sh -c "$session")"
  works in_usr --new-session sh -c "$session"
  [ "$output" != "$(sh -c "$session")" ] || fail "the session is the caller's"
}

@test "the program's privileges don't grow by executing" {
  works in_usr grep NoNewPrivs /proc/self/status
  equals $'NoNewPrivs:\t1'
}

# --- Limits, and what it is handed ---

@test "--umask sets the mask, which is the caller's otherwise" {
  works in_usr --umask 027 sh -c umask
  equals 0027
  umask 0055
  works in_usr sh -c umask
  equals 0055
}

@test "--nice adds to the niceness" {
  works in_usr --nice 3 nice
  equals $(($(nice) + 3))
  refused in_usr --nice -1 echo started
  has "--nice -1"
  lacks started
}

@test "--rlimit sets a soft and a hard limit, or both alike" {
  works in_usr --rlimit nofile=64:128 --rlimit core=0 sh -c 'ulimit -Sn; ulimit -Hn; ulimit -Hc'
  equals $'64\n128\n0'
  works in_usr --rlimit nofile=64 sh -c 'ulimit -Hn'
  equals 64
}

@test "limits that can't be set are refused" {
  for limit in nofile nofile= =1 flies=1 nofile=x nofile=2:1 nofile=1:2:3 nofile:1 nofile=-1; do
    refused in_usr --rlimit "$limit" echo started
    has "--rlimit $limit"
    lacks started
  done
}

@test "--keep-fd hands a descriptor to the program" {
  works in_usr --keep-fd 21 sh -c 'cat /proc/self/fd/21; [ ! -e /proc/self/fd/22 ]' 21<<<hello 22</dev/null
  equals hello
}

@test "what the program was handed and has closed is closed: nobody of snug's holds it open" {
  mkfifo "$BATS_TEST_TMPDIR/handed" "$BATS_TEST_TMPDIR/stay"
  exec 7<>"$BATS_TEST_TMPDIR/stay"
  for options in "" --unshare-pid; do
    # shellcheck disable=SC2086 # several words
    "$SNUG" "${usr[@]}" $options --keep-fd 9 sh -c 'exec 9>&-; read -r _' <"$BATS_TEST_TMPDIR/stay" 9>"$BATS_TEST_TMPDIR/handed" 3>&- &
    works timeout 10 cat "$BATS_TEST_TMPDIR/handed"
    echo >&7
    wait $!
  done
}
