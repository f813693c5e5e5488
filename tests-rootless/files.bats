#!/usr/bin/env bats
# Files, directories, links and small filesystems that are made for the sandbox.
load helpers

# --- Directories and modes ---

@test "--dir makes a directory and those above it" {
  works in_usr --dir /a/b stat -c '%F %a' /a /a/b
  equals $'directory 755\ndirectory 755'
}

@test "--dir leaves a directory that exists as it is" {
  works in_usr --perms 0711 --dir /a --dir /a stat -c %a /a
  equals 711
}

@test "--dir where a file is, is an error" {
  refused in_usr --file 21 /a --dir /a true 21</dev/null
  has "--dir /a"
}

@test "--perms sets the mode of what the next option makes, and of nothing after" {
  works in_usr --perms 1770 --dir /a --dir /b --perms 0640 --file 21 /c --perms 0604 --bind-data 21 /d \
    --perms 0400 --ro-bind-data 21 /e --perms 1777 --tmpfs /f stat -c %a /a /b /c /d /e /f 21</dev/null
  equals $'1770\n755\n640\n604\n400\n1777'
}

@test "directories on the way to something secret are closed as well" {
  works in_usr --perms 0700 --dir /a/b stat -c %a /a
  equals 700
  works in_usr --perms 0750 --dir /a/b stat -c %a /a
  equals 750
  works in_usr --perms 0600 --file 21 /a/b stat -c %a /a 21</dev/null
  equals 700
  works in_usr --bind-data 21 /a/b stat -c %a /a 21</dev/null
  equals 700
}

@test "--perms must be followed by something that is made, and given once" {
  refused in_usr --perms 0700 --chdir / true
  has "--perms must be followed by an option that creates a file"
  refused in_usr --perms 0700 true
  has "--perms must be followed by an option that creates a file"
  refused in_usr --perms 0700 --perms 0755 --dir /a true
  has "--perms given twice"
}

@test "--chmod changes the mode of what is there" {
  works in_usr --dir /a --chmod 1711 /a --file 21 /b --chmod 0 /b stat -c %a /a /b 21</dev/null
  equals $'1711\n0'
}

@test "--chmod through a symlink changes what it leads to" {
  works in_usr --dir /a --symlink /a /link --chmod 0711 /link stat -c %a /a
  equals 711
}

@test "--chmod of what is not there is an error" {
  refused in_usr --chmod 0700 /none true
  has "--chmod 0700 /none"
  has "No such file or directory"
}

# --- Files from data ---

@test "--file makes a file from a descriptor" {
  works in_usr --file 21 /etc/name sh -c 'cat /etc/name; stat -c %a /etc/name; echo more >>/etc/name' \
    21< <(echo hello)
  equals $'hello\n666'
}

@test "--file writes to files alone: to nothing that somebody put there to be written to" {
  mkdir "$BATS_TEST_TMPDIR/shared"
  mkfifo "$BATS_TEST_TMPDIR/shared/pipe"
  exec 7<>"$BATS_TEST_TMPDIR/shared/pipe"
  refused in_usr --bind "$BATS_TEST_TMPDIR/shared" /shared --file 8 /shared/pipe true 8<<<secret
  has "can't create file /shared/pipe: File exists"
  ! read -r -t 0 -u 7 || fail "something was written to the pipe"
}

@test "--bind-data mounts a file from a descriptor, which can be written to" {
  works in_usr --bind-data 21 /etc/name sh -c 'cat /etc/name; stat -c %a /etc/name; echo more >>/etc/name' \
    21< <(echo hello)
  equals $'hello\n600'
  works in_usr --bind-data 21 /name grep " /name " /proc/self/mountinfo 21</dev/null
}

@test "--ro-bind-data mounts it read-only" {
  works in_usr --ro-bind-data 21 /etc/name sh -c 'cat /etc/name; stat -c %a /etc/name' 21< <(echo hello)
  equals $'hello\n600'
  refused in_usr --uid 0 --perms 0666 --ro-bind-data 21 /name dd if=/dev/zero of=/name count=1 21</dev/null
  has "Read-only file system"
}

@test "--bind-data and --ro-bind-data cover a file that is there, which stays as it was" {
  echo host >"$BATS_TEST_TMPDIR/file"
  for option in --bind-data --ro-bind-data; do
    works in_usr --bind "$BATS_TEST_TMPDIR" /mnt $option 21 /mnt/file cat /mnt/file 21< <(echo data)
    equals data
  done
  [ "$(cat "$BATS_TEST_TMPDIR/file")" = host ]
}

@test "the hidden file behind --bind-data is not to be found" {
  works in_usr --bind-data 21 /name ls -A / 21</dev/null
  lacks data
}

@test "one descriptor of a file feeds several options" {
  echo hello >"$BATS_TEST_TMPDIR/file"
  works in_usr --file 21 /a --ro-bind-data 21 /b --bind-data 21 /c cat /a /b /c 21<"$BATS_TEST_TMPDIR/file"
  equals $'hello\nhello\nhello'
}

@test "one descriptor of a pipe feeds several options" {
  works in_usr --file 21 /a --ro-bind-data 21 /b --bind-data 21 /c cat /a /b /c 21< <(echo hello)
  equals $'hello\nhello\nhello'
}

@test "a descriptor of a file is read from where it stands" {
  printf 'first\nsecond\n' >"$BATS_TEST_TMPDIR/file"
  exec 21<"$BATS_TEST_TMPDIR/file"
  head -c 6 <&21 >/dev/null
  works in_usr --file 21 /a --file 21 /b cat /a /b
  equals $'second\nsecond'
}

@test "megabytes through a pipe arrive byte by byte the same" {
  head -c 5000001 /dev/urandom >"$BATS_TEST_TMPDIR/big"
  sum=$(md5sum <"$BATS_TEST_TMPDIR/big")
  for option in --file --bind-data --ro-bind-data; do
    works in_usr $option 21 /big sh -c 'md5sum </big' 21< <(cat "$BATS_TEST_TMPDIR/big")
    equals "$sum"
  done
  works in_usr --file 21 /big --file 21 /again sh -c 'md5sum </big; md5sum </again' 21< <(cat "$BATS_TEST_TMPDIR/big")
  equals "$sum"$'\n'"$sum"
}

@test "data from a directory is an error" {
  refused in_usr --file 21 /a true 21</usr
  has "--file 21 /a"
}

# --- Symlinks ---

@test "--symlink makes a link that says just what was written" {
  works in_usr --symlink ../some//where /a/link readlink /a/link
  equals "../some//where"
}

@test "--symlink is content with a link that says the same" {
  works in_usr --symlink target /link --symlink target /link readlink /link
  equals target
}

@test "--symlink where something else is, is an error that shows it" {
  refused in_usr --symlink one /link --symlink two /link true
  has "--symlink two /link"
  has "existing destination is one"
  refused in_usr --dir /link --symlink two /link true
  has "--symlink two /link"
  has "can't make symlink at /link: what is there is not a symlink"
}

# --- Small filesystems ---

@test "--tmpfs is empty, writable and of mode 0755" {
  works in_usr --dir /a/b --tmpfs /a sh -c 'ls -A /a; stat -f -c %T /a; stat -c %a /a; touch /a/new'
  equals $'tmpfs\n755'
}

@test "what is in a --tmpfs is gone afterwards" {
  works in_usr --bind "$BATS_TEST_TMPDIR" /mnt --tmpfs /mnt touch /mnt/new
  [ ! -e "$BATS_TEST_TMPDIR/new" ]
}

@test "--size limits the next --tmpfs and none after" {
  fill='head -c 300000 /dev/zero >$0/big'
  refused in_usr --size 131072 --tmpfs /a sh -c "$fill || exit 1" /a
  has "No space left on device"
  works in_usr --size 131072 --tmpfs /a --tmpfs /b sh -c "$fill" /b
}

@test "--size and --perms go together in either order" {
  for options in "--size 65536 --perms 0700" "--perms 0700 --size 65536"; do
    # shellcheck disable=SC2086 # several words
    works in_usr $options --tmpfs /a stat -c %a /a
    equals 700
  done
}

@test "--size must be followed by --tmpfs, and given once" {
  refused in_usr --size 65536 --dir /a true
  has "--size must be followed by --tmpfs"
  refused in_usr --size 65536 true
  has "--size must be followed by --tmpfs"
  refused in_usr --size 65536 --size 65536 --tmpfs /a true
  has "--size given twice"
}

@test "--mqueue mounts the message queues" {
  works in_usr --unshare-ipc --mqueue /queues sh -c ': >/queues/mine && cat /queues/mine'
  has QSIZE:0
  refused in_usr --mqueue /queues true
  has "add --unshare-ipc"
}
