#!/usr/bin/env bats
# Binds: what of the host is in the sandbox, where, and what may be done to it.
load helpers

setup ()
{
  src=$BATS_TEST_TMPDIR/src
  mkdir "$src"
  echo text >"$src/file"
}

@test "--bind shows a directory of the host, and writes reach it" {
  works in_usr --bind "$src" /mnt sh -c 'cat /mnt/file; echo more >/mnt/new'
  equals text
  [ "$(cat "$src/new")" = more ]
}

@test "--ro-bind shows a directory of the host and refuses writes" {
  works in_usr --ro-bind "$src" /mnt cat /mnt/file
  equals text
  refused in_usr --ro-bind "$src" /mnt touch /mnt/new
  has "Read-only file system"
}

@test "a file can be bound, on a new name and on a file that is there" {
  works in_usr --bind "$src/file" /new/file cat /new/file
  equals text
  works in_usr --file 21 /there --bind "$src/file" /there cat /there 21</dev/null
  equals text
}

@test "a file can't be bound on a directory, nor a directory on a file" {
  refused in_usr --dir /here --bind "$src/file" /here true
  has "--bind $src/file /here"
  refused in_usr --bind "$src/file" /here --bind "$src" /here true
  has "--bind $src /here"
}

@test "a missing source is an error, unless the option ends in -try" {
  for option in --bind --ro-bind --dev-bind; do
    refused in_usr $option "$src/none" /mnt true
    has "$option $src/none /mnt"
    has "No such file or directory"
    works in_usr $option-try "$src/none" /mnt ls /
    lacks mnt
  done
}

@test "--bind-try binds what exists, for writing" {
  works in_usr --bind-try "$src" /mnt touch /mnt/new
  [ -e "$src/new" ]
}

@test "--ro-bind-try binds what exists, read-only" {
  works in_usr --ro-bind-try "$src" /mnt cat /mnt/file
  equals text
  refused in_usr --ro-bind-try "$src" /mnt touch /mnt/new
  has "Read-only file system"
}

@test "device files work through --dev-bind and --dev-bind-try alone" {
  for option in --dev-bind --dev-bind-try; do
    works in_usr $option /dev/zero /zero head -c 3 /zero
  done
  for option in --bind --ro-bind --bind-try --ro-bind-try; do
    refused in_usr $option /dev/zero /zero head -c 3 /zero
    has "Permission denied"
  done
}

@test "what is mounted below the source comes along, and is read-only too under --ro-bind" {
  mkdir "$src/below"
  run_with_mount=(unshare --user --map-root-user --mount
    sh -c 'mount -t tmpfs none "$0" && echo deep >"$0/file" && exec "$@"' "$src/below" "$SNUG" "${usr[@]}")
  works "${run_with_mount[@]}" --bind "$src" /mnt sh -c 'cat /mnt/below/file; touch /mnt/below/new'
  equals deep
  refused "${run_with_mount[@]}" --ro-bind "$src" /mnt touch /mnt/below/new
  has "Read-only file system"
}

# Runs a sandbox in which changing the flags of mounts fails the second time, which is that of the first bind.
where_flags_stay () # [OPTION…] COMMAND…
{
  strace -f -qqq -o "$BATS_TEST_TMPDIR/trace" -e trace=mount_setattr -e inject=mount_setattr:error=EPERM:when=2 \
    "$SNUG" --ro-bind "$src" /mnt "${usr[@]}" "$@"
}

@test "flags that can't be changed are an error, and with --not-a-security-boundary a warning" {
  skip_unless_command strace
  refused where_flags_stay echo started
  has "can't change the flags of what is bound from $src"
  lacks started
  works where_flags_stay --not-a-security-boundary echo started
  has "can't change the flags of what is bound from $src"
  has started
}

@test "no set-user-id bit works in what is bound" {
  works in_usr --dev-bind "$src" /mnt sh -c 'grep " /mnt " /proc/self/mountinfo'
  has nosuid
}

@test "a later bind covers an earlier one" {
  mkdir "$BATS_TEST_TMPDIR/other"
  works in_usr --bind "$src" /mnt --bind "$BATS_TEST_TMPDIR/other" /mnt ls /mnt
  equals ""
  works in_usr --bind "$BATS_TEST_TMPDIR/other" /mnt --bind "$src" /mnt ls /mnt
  equals file
}

@test "options take effect in their order: what is mounted above covers what was below" {
  works in_usr --tmpfs /a --bind "$src" /a/b cat /a/b/file
  equals text
  works in_usr --bind "$src" /a/b --tmpfs /a ls -A /a
  equals ""
}

@test "sources are the host's, whatever was mounted before" {
  works in_usr --tmpfs "$src" --bind "$src/file" /mnt/file cat /mnt/file
  equals text
}

@test "--ro-bind / / is the host as a whole, and can be changed from there" {
  works "$SNUG" --ro-bind / / cat "$src/file"
  equals text
  refused "$SNUG" --ro-bind / / touch "$src/new"
  has "Read-only file system"
  works "$SNUG" --ro-bind / / --tmpfs "$src" ls -A "$src"
  equals ""
  works "$SNUG" --bind / / touch "$src/new"
  [ -e "$src/new" ]
}

@test "a bind on / covers what was there" {
  works in_usr --bind "$src" /mnt --ro-bind / / cat "$src/file"
  equals text
  works "$SNUG" --bind "$src" /mnt --tmpfs / "${usr[@]}" ls /
  lacks mnt
}

@test "a source behind a symlink is what the symlink leads to" {
  ln -s file "$src/link"
  works in_usr --bind "$src/link" /mnt/file sh -c '[ ! -L /mnt/file ] && cat /mnt/file'
  equals text
}

@test "missing parents are made, for everyone to pass" {
  works in_usr --bind "$src" /a/b/c stat -c %a /a /a/b
  equals $'755\n755'
}

@test "a destination below a relative symlink is where the symlink leads in the sandbox" {
  works in_usr --dir /real --symlink real /link --bind "$src" /link/mnt cat /real/mnt/file
  equals text
  works in_usr --symlink ../../../real /link --dir /real --bind "$src" /link/mnt cat /real/mnt/file
  equals text
}

@test "a destination below an absolute symlink is where the symlink leads in the sandbox" {
  works in_usr --dir /real --symlink /real /link --bind "$src" /link/mnt cat /real/mnt/file
  equals text
}

@test "where such a symlink leads to nothing yet, that is made" {
  works in_usr --symlink /not/there /link --bind "$src" /link/mnt cat /not/there/mnt/file
  equals text
}

@test "a symlink in a bound directory leads nothing out of the sandbox" {
  victim=$BATS_TEST_TMPDIR/victim
  mkdir "$victim"
  ln -s "$victim" "$src/absolute"
  ln -s ../../../../../../../../../.."$victim" "$src/relative"
  for link in absolute relative; do
    works in_usr --ro-bind "$src" /mnt --dir "/mnt/$link/made" --bind "$src" "/mnt/$link/bound" \
      cat "$victim/bound/file"
    equals text
  done
  [ -z "$(ls -A "$victim")" ]
}

@test "a destination with .. stays in the sandbox" {
  works in_usr --bind "$src" /../../a/../mnt cat /mnt/file
  equals text
}

@test "nothing can be made below a read-only bind; the message names both" {
  refused in_usr --ro-bind "$src" /mnt --bind "$src" /mnt/new true
  has "--bind $src /mnt/new"
  has "--ro-bind $src /mnt"
  [ ! -e "$src/new" ]
}

@test "--remount-ro makes that mount read-only, and none below it" {
  works in_usr --tmpfs /a --tmpfs /a/b --remount-ro /a touch /a/b/new
  refused in_usr --tmpfs /a --tmpfs /a/b --remount-ro /a touch /a/new
  has "Read-only file system"
}

@test "--remount-ro / closes the root after all is made" {
  works "$SNUG" "${usr[@]}" --dir /tmp touch /tmp/new
  refused "$SNUG" "${usr[@]}" --dir /tmp --remount-ro / touch /tmp/new
  has "Read-only file system"
}

@test "--remount-ro of what is no mount, or not there, is an error" {
  refused in_usr --dir /a --remount-ro /a true
  has "--remount-ro /a"
  refused in_usr --remount-ro /none true
  has "--remount-ro /none"
}

@test "--bind-fd binds what a descriptor refers to, wherever it has moved" {
  exec 21<"$src"
  mv "$src" "$src.moved"
  works in_usr --bind-fd 21 /mnt sh -c 'cat /mnt/file; touch /mnt/new'
  equals text
  [ -e "$src.moved/new" ]
}

@test "--bind-fd takes files too" {
  works in_usr --bind-fd 21 /mnt/file cat /mnt/file 21<"$src/file"
  equals text
}

@test "--ro-bind-fd binds it read-only" {
  works in_usr --ro-bind-fd 21 /mnt cat /mnt/file 21<"$src"
  equals text
  refused in_usr --ro-bind-fd 21 /mnt touch /mnt/new 21<"$src"
  has "Read-only file system"
}

@test "--bind-fd is refused when something else is at the descriptor's path by now" {
  refused unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none "$0" && exec "$@"' "$src" \
    "$SNUG" "${usr[@]}" --bind-fd 21 /mnt cat /mnt/file 21<"$src"
  has "--bind-fd 21 /mnt"
  has "race condition"
}

@test "--bind-fd is refused when what the descriptor refers to has been removed" {
  mkdir "$src/gone"
  exec 21<"$src/gone"
  rmdir "$src/gone"
  refused in_usr --bind-fd 21 /mnt true
  has "--bind-fd 21 /mnt"
}

@test "--bind-fd is refused for what has no path" {
  refused in_usr --bind-fd 21 /mnt true 21< <(:)
  has "--bind-fd 21 /mnt"
}

@test "a socket works through a bind" {
  skip_unless_command python3
  cd "$src"
  python3 -c '
import os, socket
with socket.socket(socket.AF_UNIX) as server:
    server.bind("early")
    server.listen()
    os.rename("early", "sock")
    server.settimeout(20)
    server.accept()[0].sendall(b"hello")' 3>&- &
  server=$!
  eventually test -S sock
  works in_usr --ro-bind sock /run/sock python3 -c '
import socket
client = socket.socket(socket.AF_UNIX)
client.connect("/run/sock")
print(client.recv(9).decode())'
  equals hello
  wait "$server"
}

@test "A source is what it is to the caller, also behind a symlink that goes up to the root and down again" {
  ln -s ../../../../../../../../../../../../usr/bin/env "$BATS_TEST_TMPDIR/link"
  works in_usr --ro-bind "$BATS_TEST_TMPDIR/link" /tool /tool echo here
  equals "here"
}

@test "What the host mounts later below a bind stays outside" {
  skip_unless_user_namespaces
  mkdir "$BATS_TEST_TMPDIR/shared" "$BATS_TEST_TMPDIR/shared/later"
  works unshare --user --map-root-user --mount bash -c '
    mount --bind "$1" "$1" && mount --make-shared "$1"
    mkfifo "$1/go"
    "$0" --unshare-user "${@:2}" --proc /proc --bind "$1" /shared sh -c "read -r _ </shared/go; cat /proc/self/mountinfo" &
    sleep 0.3
    mount -t tmpfs none "$1/later"
    echo >"$1/go"
    wait' "$SNUG" "$BATS_TEST_TMPDIR/shared" "${usr[@]}"
  has "/shared"
  lacks "/shared/later"
}
