#!/usr/bin/env bats
# The root filesystem: `root`, rootfsPropagation, maskedPaths and readonlyPaths; config.md "Root", config-linux.md.
load oci

setup ()
{
  setup_oci
}

teardown ()
{
  teardown_oci
}

@test "root.path: relative to the bundle, or absolute" {
  bundle ls /
  config 'del (.mounts)'
  touch rootfs/marker
  run_bundle
  has marker
  mv rootfs "$BATS_TEST_TMPDIR/elsewhere"
  config '.root.path = $path' --arg path "$BATS_TEST_TMPDIR/elsewhere"
  cd /
  run_bundle --bundle "$bundle"
  has marker
}

@test "root.path: it has to be given, and to be a directory that is there" {
  bundle true
  config 'del (.root.path)'
  refuse_bundle
  has "/root/path: is missing"
  config '.root.path = "nowhere"'
  refuse_bundle
  has '/root/path: can'\''t open the root filesystem "nowhere": No such file or directory'
  config '.root.path = "config.json"'
  refuse_bundle
  has '/root/path: can'\''t open the root filesystem "config.json": Not a directory'
  config 'del (.root)'
  refuse_bundle
  has "/root"
}

@test "root: the container's root is the root: there is nothing above it, and nothing of the host" {
  bundle sh -c 'ls -id / /.. | sed "s/ .*//" | uniq | wc -l; ls /.oldroot /old 2>/dev/null; awk "{ print \$5 }" /proc/self/mountinfo | sort | uniq -c | sort -rn | head -1 | sed "s/^ *//; s/ .*//"'
  run_bundle
  equals 1$'\n'1
}

@test "--no-pivot: what is replaced is a copy of the root, and the container is as ever" {
  bundle cut -d " " -f 4- /proc/self/mountinfo
  run_bundle
  without=$output
  run_bundle --no-pivot
  equals "$without"
  works oci create --explain=json --no-pivot "$id"
  jq -e '.plan.stages[].steps[] | select (.step == "root").on_copy_of_root' <<<"$output" || fail "no copy"
}

@test "root.readonly: nothing can be written to the root, but to what is mounted on it" {
  bundle sh -c 'touch /file; touch /dev/file && rm /bin/busybox; echo y >/dev/null'
  config '.root.readonly = true'
  run oci run "$id" 3>&-
  has "/file: Read-only file system"
  has "'/bin/busybox': Read-only file system"
  lacks "/dev"
  [ -e rootfs/bin/busybox ]
  config '.root.readonly = false | .process.args = ["touch", "/file"]'
  run_bundle
  [ -e rootfs/file ]
}

@test "root.readonly: what has to be made in the root to mount on is made before" {
  bundle ls -d /new/place
  config '.root.readonly = true'
  add_mount /new/place tmpfs tmpfs
  run_bundle
  equals /new/place
}

propagation='awk "\$5 == \"/\" { text = \"\"; for (i = 7; \$i != \"-\"; i++) text = text \" \" \$i; print \"root\" text }" /proc/self/mountinfo'

@test "rootfsPropagation: shared, slave, private and unbindable are what the root gets" {
  bundle sh -c "$propagation"
  for kind in shared rshared; do
    config '.linux.rootfsPropagation = $kind' --arg kind $kind
    run_bundle
    [[ $output == "root shared:"* ]] || fail "$kind"
  done
  for kind in private rprivate; do
    config '.linux.rootfsPropagation = $kind' --arg kind $kind
    run_bundle
    equals root
  done
  for kind in unbindable runbindable; do
    config '.linux.rootfsPropagation = $kind' --arg kind $kind
    run_bundle
    equals "root unbindable"
  done
  for kind in slave rslave ""; do
    config '.linux.rootfsPropagation = $kind' --arg kind "$kind"
    run_bundle
    lacks shared
    lacks unbindable
  done
  config '.linux.rootfsPropagation = "sideways"'
  refuse_bundle
  has "/linux/rootfsPropagation"
}

@test "rootfsPropagation: rshared reaches what is mounted on the root, shared does not" {
  bundle grep -c ' /dev [^-]*shared:' /proc/self/mountinfo
  config '.linux.rootfsPropagation = "rshared"'
  run_bundle
  equals 1
  config '.linux.rootfsPropagation = "shared"'
  run oci run "$id" 3>&-
  equals 0
}

@test "maskedPaths: a file reads as empty and a directory is empty, and neither can be written" {
  bundle sh -c 'cat /secret; ls -A /secrets; cat /proc/version; ls -A /proc/sys; echo x >/secret; touch /secrets/x; mkdir /proc/sys/x; [ -e /secret ] && [ -d /secrets ]'
  echo secret >rootfs/secret
  mkdir rootfs/secrets
  echo secret >rootfs/secrets/secret
  config '.linux.maskedPaths = ["/secret", "/secrets", "/proc/version", "/proc/sys"]'
  run_bundle
  equals "sh: can't create /secret: Read-only file system
touch: /secrets/x: Read-only file system
mkdir: can't create directory '/proc/sys/x': Read-only file system"
  [ "$(cat rootfs/secret rootfs/secrets/secret)" = secret$'\n'secret ]
}

@test "maskedPaths: what is not there stays away, and is not made" {
  bundle ls -A /there
  mkdir rootfs/there
  config '.linux.maskedPaths = ["/there/nothing", "/nowhere/at/all", "/bin/busybox/below/a/file"]'
  run_bundle
  equals ""
  [ ! -e rootfs/nowhere ]
}

@test "maskedPaths: behind a link, what the link leads to is covered" {
  bundle sh -c 'cat /link /target'
  echo secret >rootfs/target
  ln -s /target rootfs/link
  config '.linux.maskedPaths = ["/link"]'
  run_bundle
  equals ""
}

@test "maskedPaths: the container's root can't take the mask away" {
  bundle sh -c 'umount /secret; mount -o remount,rw /secret; cat /secret'
  echo secret >rootfs/secret
  config '.linux.maskedPaths = ["/secret"]'
  run oci run "$id" 3>&-
  lacks secret$'\n'secret
  [ "$(grep -cx secret <<<"$output")" = 0 ] || fail "it can be read"
}

@test "maskedPaths, readonlyPaths: each has to be absolute" {
  bundle true
  for list in maskedPaths readonlyPaths; do
    config 'del (.linux.maskedPaths, .linux.readonlyPaths) | .linux[$list] = ["/tmp", "relative"]' --arg list $list
    refuse_bundle
    has "/linux/$list/1"
  done
}

@test "readonlyPaths: files and directories, with what is mounted below, can be read and not written" {
  bundle sh -c 'cat /data/file; touch /data/new; touch /data/sub/new; echo x >/file; touch /plain && cat /proc/sys/kernel/ostype; echo 1 >/proc/sys/kernel/hostname'
  mkdir -p rootfs/data/sub
  echo text >rootfs/data/file
  touch rootfs/file
  add_mount /data/sub tmpfs tmpfs
  config '.linux.readonlyPaths = ["/data", "/file", "/proc/sys", "/nowhere"]'
  run oci run "$id" 3>&-
  equals "text
touch: /data/new: Read-only file system
touch: /data/sub/new: Read-only file system
sh: can't create /file: Read-only file system
Linux
sh: can't create /proc/sys/kernel/hostname: Read-only file system"
  [ ! -e rootfs/nowhere ]
}

@test "readonlyPaths, maskedPaths: the root itself can be one, and one can lie in the other" {
  bundle sh -c 'touch /x; cat /data/secret; touch /data/y'
  mkdir rootfs/data
  echo secret >rootfs/data/secret
  config '.linux.readonlyPaths = ["/", "/data"] | .linux.maskedPaths = ["/data/secret"]'
  run oci run "$id" 3>&-
  equals "touch: /x: Read-only file system
touch: /data/y: Read-only file system"
}

@test "mounts below the root of a bundle come along" {
  bundle cat /below/file
  mkdir rootfs/below
  works unshare --user --map-root-user --mount sh -c '
    mount -t tmpfs tmpfs rootfs/below && echo text >rootfs/below/file
    sed "s/\"hostID\": [0-9]*/\"hostID\": 0/" config.json >config.nested
    exec timeout 30 "$0" --root "$1" run --config config.nested "$2"' "$OCI" "$store" "$id"
  equals text
}
