#!/usr/bin/env bats
# /dev and /proc: the minimal ones that the sandbox gets.
load helpers

# Runs a sandbox on a terminal.
on_terminal () # in_usr's arguments
{
  script -qec "$(printf '%q ' "$SNUG" "${usr[@]}" --dev /dev --proc /proc "$@")" /dev/null </dev/null
}

@test "--dev has the devices that programs expect, and no more" {
  works "$SNUG" "${usr[@]}" --dev /dev ls /dev
  equals $'core\nfd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero'
}

@test "the devices of --dev work" {
  works in_usr sh -c 'echo gone >/dev/null; head -c 2 /dev/zero | od -An -tx1; head -c 9 /dev/urandom | wc -c
                      head -c 9 /dev/random | wc -c; cp /dev/fd/0 /dev/full || :' <<<text
  has "00 00"
  has $'9\n9'
  has "No space left on device"
}

@test "/dev/stdin, /dev/stdout, /dev/stderr and /dev/fd are the program's own" {
  works in_usr sh -c 'cat /dev/stdin; echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/fd/0' <<<in
  equals $'in\nout\nerr'
}

@test "/dev/shm can be written to, /dev itself is the sandbox's own" {
  works in_usr sh -c 'touch /dev/shm/file /dev/new'
  [ ! -e /dev/new ]
}

@test "--dev works at another place" {
  works in_usr --dev /other head -c 1 /other/zero
}

@test "the program can make terminals in /dev/pts, which holds none of the host's" {
  skip_unless_command script
  works in_usr sh -c 'ls /dev/pts; script -qec tty /dev/null </dev/null'
  has $'ptmx\n/dev/pts/0'
}

@test "on a terminal, /dev/console is that terminal, so that it has a name" {
  skip_unless_command script
  works on_terminal sh -c 'tty <&1; echo hello >/dev/console'
  has /dev/console
  has hello
}

@test "without a terminal there is no /dev/console" {
  refused in_usr test -e /dev/console
}

@test "/dev/tty is the terminal of the session" {
  skip_unless_command script
  works on_terminal sh -c 'echo hello >/dev/tty'
  has hello
}

@test "with --unshare-pid, --proc shows the sandbox's processes alone" {
  works in_usr --unshare-pid sh -c 'echo /proc/[0-9]*'
  equals "/proc/1 /proc/2"
}

@test "without --unshare-pid, --proc shows the processes of the host" {
  works in_usr test -e "/proc/$$/status"
}

@test "--proc works at another place" {
  works in_usr --unshare-pid --proc /other/proc readlink /other/proc/self
}

@test "switches of the kernel in /proc can't be written to" {
  refused in_usr --unshare-pid --uid 0 sh -c 'echo 1 >/proc/sys/kernel/panic || exit 1'
  has "cannot create /proc/sys/kernel/panic"
}
