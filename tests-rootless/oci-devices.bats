#!/usr/bin/env bats
# Devices in the container: those it always has, those of linux.devices, and the links in /dev; config-linux.md, "Devices".
# An ordinary user gets the host's own bound; what root gets is in tests/oci-root.bats.
load oci

setup ()
{
  setup_oci
}

teardown ()
{
  teardown_oci
}

@test "default devices: null zero full random urandom tty are there, and are what they are on the host" {
  bundle sh -c 'cd /dev && stat -c "%n %t:%T %F" null zero full random urandom tty; head -c 3 zero | od -An -tx1; echo x >null; echo x 2>&1 >full'
  run oci run "$id" 3>&-
  has "null 1:3 character special file
zero 1:5 character special file
full 1:7 character special file
random 1:8 character special file
urandom 1:9 character special file
tty 5:0 character special file
 00 00 00"
  has "No space left on device"
}

@test "default devices: every user of the container may use them" {
  bundle sh -c 'for name in null zero full random urandom tty; do [ "$(stat -c %a /dev/$name)" = 666 ] || stat /dev/$name; done'
  run_bundle
  equals ""
}

@test "default links: fd stdin stdout stderr lead to /proc/self/fd, ptmx to pts/ptmx" {
  bundle sh -c 'cd /dev; for name in fd stdin stdout stderr ptmx; do echo $name $(readlink $name); done; echo works >/dev/stdout'
  run_bundle
  equals "fd /proc/self/fd
stdin /proc/self/fd/0
stdout /proc/self/fd/1
stderr /proc/self/fd/2
ptmx pts/ptmx
works"
}

@test "default links: what the image has in their place stays" {
  bundle sh -c 'readlink /dev/fd; cat /dev/stdin'
  config 'del (.mounts[] | select (.destination == "/dev"))'
  mkdir -p rootfs/dev
  ln -s /somewhere rootfs/dev/fd
  echo mine >rootfs/dev/stdin
  run_bundle
  equals /somewhere$'\n'mine
}

@test "default devices: an image without a /dev of its own gets one, and keeps it for the next time" {
  bundle sh -c 'echo x >/dev/null && head -c 2 /dev/zero | od -An -tx1'
  config '.mounts |= map (select (.destination | startswith ("/dev") | not))'
  run_bundle
  equals " 00 00"
  [ -f rootfs/dev/null ] && [ ! -s rootfs/dev/null ]
  run_bundle
  equals " 00 00"
}

@test "default devices: a /dev that is bound from outside is left as it is" {
  bundle ls /dev
  mkdir outside
  touch outside/mine
  config '.mounts |= map (select (.destination | startswith ("/dev") | not))'
  add_mount /dev bind outside rbind
  run_bundle
  equals mine
  [ "$(ls outside)" = mine ]
}

@test "linux.devices: rootless, the host's own device of that path is bound" {
  bundle sh -c 'stat -c "%t:%T" /dev/null; echo x >/dev/null; stat -c "%t:%T" /dev/ptmx'
  config '.linux.devices = [{ path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 438, uid: 0, gid: 0 },
                            { path: "/dev/ptmx", type: "c", major: 5, minor: 2 }]'
  run_bundle
  equals 1:3$'\n'5:2
}

@test "linux.devices: rootless, a device that the host has not got, or has got as another, is an error" {
  bundle true
  config '.linux.devices = [{ path: "/dev/no-such", type: "c", major: 1, minor: 3 }]'
  refuse_bundle
  has "/linux/devices/0: can't find the host's device for /dev/no-such: No such file or directory"
  config '.linux.devices = [{ path: "/dev/zero", type: "c", major: 1, minor: 3 }]'
  refuse_bundle
  has "/linux/devices/0: can't find the host's device for /dev/zero: No such device"
  config '.linux.devices = [{ path: "/dev/null", type: "b", major: 1, minor: 3 }]'
  refuse_bundle
  has "/linux/devices/0"
  has "No such device"
}

@test "linux.devices: a fifo is made, with its mode, in /dev and outside" {
  bundle sh -c 'stat -c "%F %a" /dev/pipe /var/lib/pipe; (echo through >/var/lib/pipe &); cat /var/lib/pipe'
  config '.linux.devices = [{ path: "/dev/pipe", type: "p", fileMode: 416 }, { path: "/var/lib/pipe", type: "p" }]'
  run_bundle
  equals "fifo 640
fifo 666
through"
}

@test "linux.devices: outside of /dev, a device lies where it is asked for" {
  skip_unless_command od
  bundle true
  config '.linux.devices = [{ path: "/var/lib/null", type: "c", major: 1, minor: 3 }]'
  refuse_bundle
  has "/linux/devices/0: can't find the host's device for /var/lib/null"
}

@test "linux.devices: a different file in its place is an error, whatever it is" {
  bundle true
  config 'del (.mounts[] | select (.destination == "/dev"))'
  for make in "mkdir rootfs/dev/null" "ln -s /bin/busybox rootfs/dev/null" "mkfifo rootfs/dev/null" "cp config.json rootfs/dev/null"; do
    rm -rf rootfs/dev
    mkdir rootfs/dev
    $make
    refuse_bundle
    has "can't make device /dev/null: File exists"
  done
  rm -rf rootfs/dev
  config '.linux.devices = [{ path: "/bin/busybox", type: "c", major: 1, minor: 3 }]'
  refuse_bundle
  has "/linux/devices/0: can't make device /bin/busybox: File exists"
  [ -x rootfs/bin/busybox ]
}

@test "linux.devices: a fifo where there is a fifo already is the one" {
  bundle stat -c %F /pipe
  mkfifo rootfs/pipe
  config '.linux.devices = [{ path: "/pipe", type: "p" }]'
  run_bundle
  equals fifo
}

@test "linux.devices: path, type and numbers have to be there, and to make sense" {
  bundle true
  for wrong in '{ type: "c", major: 1, minor: 3 }|path' '{ path: "/x", major: 1, minor: 3 }|type' '{ path: "/x", type: "c", minor: 3 }|major' \
    '{ path: "/x", type: "c", major: 1 }|minor' '{ path: "x", type: "p" }|path' '{ path: "/x", type: "z" }|type'; do
    config ".linux.devices = [${wrong%|*}]"
    refuse_bundle
    has "/linux/devices/0/${wrong#*|}"
  done
}

@test "devices: when the set-up fails after they are made, none is left in the image" {
  bundle true
  config 'del (.mounts[] | select (.destination == "/dev")) | .linux.devices = [{ path: "/new/pipe", type: "p" }]'
  add_mount /other/place tmpfs tmpfs
  config '.linux.maskedPaths = ["/bin"] | .process.args = ["/bin/nothing-there"]'
  before=$(find rootfs | sort)
  refuse_bundle
  [ "$(find rootfs | sort)" = "$before" ] || fail "left behind: $(find rootfs | sort | comm -13 <(echo "$before") -)"
}
