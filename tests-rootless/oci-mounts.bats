#!/usr/bin/env bats
# `mounts`: their order, destinations, sources and options; config.md "Mounts", config-linux.md for what rootless users can do.
# What a container sees of them is in its /proc/self/mountinfo; where an option changes what can be done, a test tries.
# shellcheck disable=SC2206 # words that are several on purpose
load oci

setup ()
{
  setup_oci
}

teardown ()
{
  teardown_oci
}

# Runs the bundle, whose program prints its mountinfo.
look_at_mounts ()
{
  config '.process.args = ["cat", "/proc/self/mountinfo"]'
  run_bundle
}

# Runs the bundle with another program.
in_new_container () # COMMAND…
{
  config '.process.args = $ARGS.positional' --args -- "$@"
  timeout 60 "$OCI" --root "$store" run "$id"
}

# The options, per mount and of its filesystem, of the last mount at DESTINATION.
mount_options () # DESTINATION
{
  awk -v at="$1" '$5 == at { options = $6 "," $NF } END { print options }' <<<"$output"
}

has_option () # DESTINATION OPTION
{
  [[ ,$(mount_options "$1"), == *,$2,* ]] || fail "no option $2 at $1: $(mount_options "$1")"
}

lacks_option () # DESTINATION OPTION
{
  [[ -n $(mount_options "$1") && ,$(mount_options "$1"), != *,$2,* ]] || fail "option $2 at $1: $(mount_options "$1")"
}

# How mounts come and go at DESTINATION: "shared:1 master:2", or nothing if it is private.
propagation () # DESTINATION
{
  awk -v at="$1" '$5 == at { text = ""; for (i = 7; $i != "-"; i++) text = text " " $i } END { print substr (text, 2) }' <<<"$output"
}

# --- Order, destination, source -----------------------------------------------------------------------------------

@test "mounts, order: a later one covers an earlier one, and lies within it" {
  bundle sh -c 'cat /a/file; ls /b'
  echo first >first
  echo second >second
  add_mount /a tmpfs tmpfs
  add_mount /a/file none "$PWD/first" bind
  add_mount /a/file none "$PWD/second" bind
  add_mount /b/c none "$PWD/first" bind
  add_mount /b tmpfs tmpfs
  run_bundle
  equals second
}

@test "mounts, destination: a relative one begins at /" {
  bundle
  add_mount some/where tmpfs tmpfs size=64k
  look_at_mounts
  has_option /some/where size=64k
}

@test "mounts, destination: one that leaves the root ends at it" {
  bundle
  add_mount ../../../up/../here tmpfs tmpfs
  look_at_mounts
  [ -n "$(mount_options /here)" ] || fail "nothing is mounted at /here"
}

@test "mounts, destination: what is missing is made in the root filesystem, a directory or a file" {
  bundle sh -c 'ls -d /new/directory; cat /new/file'
  mkdir source
  echo text >text
  add_mount /new/directory none source bind
  add_mount /new/file none text bind
  run_bundle
  equals "/new/directory"$'\n'text
  [ -d rootfs/new/directory ] && [ -f rootfs/new/file ] && [ ! -s rootfs/new/file ]
}

@test "mounts, destination: behind a symlink to nowhere, it is made where that leads, inside" {
  bundle sh -c 'cat /etc/resolv.conf /run/systemd/stub.conf; readlink /etc/resolv.conf; ls -d /far/place'
  mkdir rootfs/etc
  ln -s ../../../run/systemd/stub.conf rootfs/etc/resolv.conf
  ln -s /elsewhere/place rootfs/link
  ln -s elsewhere rootfs/far
  echo new >new
  add_mount /etc/resolv.conf bind new bind
  add_mount /link tmpfs tmpfs
  run_bundle
  equals "new
new
../../../run/systemd/stub.conf
/far/place"
  [ ! -e /run/systemd/stub.conf ]
  ln -s loop2 rootfs/loop1
  ln -s loop1 rootfs/loop2
  config '.mounts[-1].destination = "/loop1"'
  refuse_bundle
  has "Too many levels of symbolic links"
}

@test "mounts, destination: the empty one is refused" {
  bundle
  add_mount "" tmpfs tmpfs
  refuse_bundle
  has "/mounts/4/destination: is empty"
}

@test "mounts, source: of a bind, a relative one begins in the bundle" {
  bundle cat /x/file
  mkdir -p data/deep
  echo here >data/deep/file
  add_mount /x bind data/deep bind
  cd /
  works oci run --bundle "$bundle" "$id"
  equals here
}

@test "mounts, source: a bind without one, a mount without a type, and a source that is not there are refused" {
  bundle
  config '.mounts += [{ destination: "/x", options: ["bind"] }]'
  refuse_bundle
  has "/mounts/4/source: is missing"

  config '.mounts[4] = { destination: "/x", source: "/" }'
  refuse_bundle
  has "/mounts/4/type: is missing"

  config '.mounts[4] = { destination: "/x", source: "/does/not/exist", options: ["bind"] }'
  refuse_bundle
  has "/mounts/4: "
  has "/does/not/exist"
  has "No such file or directory"
}

@test "mounts, source: type \"bind\" alone is not what makes a bind, the option is" {
  bundle cat /x/file
  mkdir data
  echo here >data/file
  add_mount /x tmpfs "$PWD/data" bind
  run_bundle
  equals here
  config '.mounts[4].type = "bind" | .mounts[4].options = []'
  refuse_bundle
  has "bind"
}

@test "mounts, source: files are bound too, whatever lies at the destination" {
  bundle sh -c 'cat /etc/resolv.conf; cat /link; readlink /link'
  mkdir rootfs/etc
  echo old >rootfs/etc/resolv.conf
  ln -s etc/resolv.conf rootfs/link
  echo new >new
  add_mount /etc/resolv.conf bind new bind ro
  run_bundle
  equals new$'\n'new$'\n'etc/resolv.conf
  [ "$(cat rootfs/etc/resolv.conf)" = old ]
}

# --- Options of each mount ----------------------------------------------------------------------------------------

@test "mounts, options: ro nosuid nodev noexec nosymfollow and their opposites, on binds and new filesystems" {
  bundle
  mkdir source
  for option in ro nosuid nodev noexec nosymfollow nodiratime; do
    add_mount "/new/$option" tmpfs tmpfs "$option"
    # How files of the host note that they were read is the host's to choose.
    [ $option = nodiratime ] || add_mount "/bind/$option" bind source bind "$option"
  done
  for pair in ro,rw nosuid,suid nodev,dev noexec,exec nosymfollow,symfollow nodiratime,diratime; do
    add_mount "/undone/${pair%,*}" tmpfs tmpfs "${pair%,*}" "${pair#*,}"
    add_mount "/redone/${pair%,*}" tmpfs tmpfs "${pair#*,}" "${pair%,*}"
  done
  look_at_mounts
  for option in ro nosuid nodev noexec nosymfollow nodiratime; do
    [ $option = nodiratime ] || has_option "/bind/$option" "$option"
    has_option "/new/$option" "$option"
    has_option "/redone/$option" "$option"
    lacks_option "/undone/$option" "$option"
  done
  for other in nosuid nodev noexec nosymfollow; do
    lacks_option /bind/ro "$other"
    lacks_option /new/ro "$other"
  done
}

@test "mounts, options: one of noatime, relatime and strictatime holds, the last that is named" {
  bundle
  add_mount /none tmpfs tmpfs
  add_mount /noatime tmpfs tmpfs noatime
  add_mount /relatime tmpfs tmpfs noatime relatime
  add_mount /strictatime tmpfs tmpfs noatime strictatime
  add_mount /atime tmpfs tmpfs noatime atime
  add_mount /norelatime tmpfs tmpfs relatime norelatime
  add_mount /nostrictatime tmpfs tmpfs strictatime nostrictatime
  add_mount /unrelated tmpfs tmpfs noatime nostrictatime
  look_at_mounts
  for at in /none /relatime /atime /nostrictatime; do
    has_option $at relatime
  done
  has_option /noatime noatime
  has_option /unrelated noatime
  lacks_option /strictatime relatime
  lacks_option /strictatime noatime
}

@test "mounts, options: ro, noexec, nodev and nosymfollow are more than words" {
  bundle sh -c '
    exec 2>&1
    touch /ro/file || true
    /noexec/busybox true || true
    cat /nosymfollow/link || true
    echo x >/nodev/null || true
    cat /plain/link; echo >/plain/null; touch /plain/file; /plain/busybox echo runs'
  for name in ro noexec nosymfollow nodev plain; do
    mkdir $name
    cp /bin/busybox $name/
    ln -s target $name/link
    echo "read through a link" >$name/target
    option=()
    [ $name = plain ] || option=($name)
    add_mount /$name bind $name bind "${option[@]}"
    touch $name/null
    [ $name = plain ] || [ $name = nodev ] || continue
    add_mount /$name/null bind /dev/null bind "${option[@]}"
  done
  run_bundle
  has "/ro/file: Read-only file system"
  has "/noexec/busybox: Permission denied"
  has "'/nosymfollow/link': Too many levels of symbolic links"
  has "/nodev/null: Permission denied"
  has "read through a link"$'\n'"runs"
}

@test "mounts, options: the filesystem's own are handed on: size, mode, sync, dirsync" {
  bundle
  add_mount /a tmpfs tmpfs size=64k mode=700 nr_inodes=17
  add_mount /b tmpfs tmpfs sync dirsync
  add_mount /c tmpfs tmpfs "size=128k,mode=711" async
  look_at_mounts
  has_option /a size=64k
  has_option /a mode=700
  has_option /a nr_inodes=17
  has_option /b sync
  has_option /b dirsync
  has_option /c size=128k
  has_option /c mode=711
  lacks_option /c sync
}

@test "mounts, options: those without a meaning to today's kernels are taken" {
  bundle
  add_mount /a tmpfs tmpfs defaults silent loud iversion noiversion mand nomand lazytime nolazytime auto noauto nouser _netdev x-comment
  mkdir source
  add_mount /b bind source bind defaults async silent loud mand
  look_at_mounts
  [ -n "$(mount_options /a)" ] && [ -n "$(mount_options /b)" ]
}

@test "mounts, options: lazytime is the filesystem's, and nolazytime takes it away" {
  bundle
  add_mount /a tmpfs tmpfs lazytime
  add_mount /b tmpfs tmpfs lazytime nolazytime
  look_at_mounts
  has_option /a lazytime
  lacks_option /b lazytime
}

@test "mounts, options: what nobody knows is an error that names it, and where it is" {
  bundle
  add_mount /a tmpfs tmpfs nonsense
  refuse_bundle
  has "/mounts/4: "
  has nonsense
  mkdir source
  config '.mounts[4] = { destination: "/a", source: "source", options: ["bind", "nonsense"] }'
  refuse_bundle
  has "/mounts/4/options/1: is an option of a filesystem"
  config '.mounts[4].options = ["bind", "remount", "nonsense"]'
  refuse_bundle
  has "/mounts/4/options/2: is an option of a filesystem"
  config '.mounts[4] = { destination: "/cgroup", type: "cgroup", options: ["nonsense"] }'
  refuse_bundle
  has "/mounts/4/options/0: is an option of a filesystem"
}

@test "mounts, options: remount changes what is mounted, alone or with bind" {
  bundle sh -c 'touch /a/file; touch /b/file; grep " /[ab] " /proc/self/mountinfo'
  mkdir source
  add_mount /a bind source bind
  add_mount /a none "" remount ro nosuid
  add_mount /b tmpfs tmpfs size=64k
  add_mount /b none "" bind remount ro
  run_bundle
  has "/a/file: Read-only file system"
  has "/b/file: Read-only file system"
  has_option /a nosuid
  has_option /b size=64k
}

@test "mounts, options: remount hands the filesystem's own on, and what is not named stays as it is" {
  bundle
  add_mount /a tmpfs tmpfs size=64k mode=700 nosuid
  add_mount /a none "" remount size=128k sync
  add_mount /b tmpfs tmpfs sync
  add_mount /b none "" remount async noexec
  look_at_mounts
  has_option /a size=128k
  has_option /a mode=700
  has_option /a nosuid
  has_option /a sync
  lacks_option /b sync
  has_option /b noexec
}

@test "mounts, options: remount, what the filesystem refuses is an error in the kernel's words" {
  bundle
  add_mount /a tmpfs tmpfs
  add_mount /a none "" remount nonsense
  refuse_bundle
  has "/mounts/5: can't change the filesystem at /a: Unknown parameter 'nonsense': Invalid argument"
  config '.mounts[4] = { destination: "/bin", type: "tmpfs", options: ["tmpcopyup"] } | .mounts[5] = { destination: "/bin", options: ["remount", "size=4k"] }'
  refuse_bundle
  has "/mounts/5: can't change the filesystem at /bin: Too small a size for current use: Invalid argument"
  config '.mounts[4:6] = [{ destination: "/bin", options: ["remount", "size=4k"] }]'
  refuse_bundle
  has "/mounts/4: can't change the filesystem at /bin: Invalid argument"
  has "nothing is mounted at /bin itself"
}

@test "mounts, options: remount changes no filesystem of the host's for whoever may not" {
  bundle
  mkdir source
  add_mount /a bind source bind
  add_mount /a none "" remount sync
  refuse_bundle
  has "/mounts/5: can't change the filesystem at /a: Operation not permitted"
}

# --- Recursive options --------------------------------------------------------------------------------------------

@test "mounts, options: bind is one mount, rbind all below" {
  bundle
  add_mount /all bind /dev rbind
  look_at_mounts
  [ -n "$(mount_options /all)" ] && [ -n "$(mount_options /all/pts)" ]
  # The kernel does not let those who got a mount from others look below it.
  config '.mounts[4].options = ["bind"]'
  refuse_bundle
  has "Invalid argument"
}

@test "mounts, options: rro and the other r* reach mounts below, where ro and the others do not" {
  bundle
  for option in ro nosuid nodev noexec nosymfollow; do
    add_mount "/one/$option" bind /dev rbind "$option"
    add_mount "/all/$option" bind /dev rbind "r$option"
  done
  look_at_mounts
  for option in ro nosuid nodev noexec nosymfollow; do
    has_option "/one/$option" "$option"
    lacks_option "/one/$option/pts" "$option"
    has_option "/all/$option" "$option"
    has_option "/all/$option/pts" "$option"
  done
}

@test "mounts, options: rrw, rsuid, ratime and the other opposites reach mounts below too" {
  bundle
  i=0
  for pair in ro,rw nosuid,suid nodev,dev noexec,exec nosymfollow,symfollow noatime,relatime noatime,atime nodiratime,diratime relatime,noatime; do
    i=$((i + 1))
    add_mount "/$i" tmpfs tmpfs "${pair%,*}"
    add_mount "/$i/sub" tmpfs tmpfs "${pair%,*}"
    [ "${pair%,*}" != ro ] || config '.mounts[-2:] = [.mounts[-2] | .options = []] + [.mounts[-1], (.mounts[-2] | .options = ["remount", "ro"])]'
    add_mount "/$i" none "" remount "r${pair#*,}"
  done
  look_at_mounts
  i=0
  for option in ro nosuid nodev noexec nosymfollow noatime noatime nodiratime relatime; do
    i=$((i + 1))
    lacks_option "/$i" $option
    lacks_option "/$i/sub" $option
  done
}

@test "mounts, options: an option for one and another for all below hold together" {
  bundle
  add_mount /a bind /dev rbind rro rw
  add_mount /b bind /dev rbind ro rnosuid
  look_at_mounts
  lacks_option /a ro
  has_option /a/pts ro
  has_option /b ro
  has_option /b nosuid
  lacks_option /b/pts ro
  has_option /b/pts nosuid
}

# --- Propagation --------------------------------------------------------------------------------------------------

@test "mounts, options: shared slave private unbindable, and for all below with an r" {
  bundle
  for kind in shared private unbindable slave; do
    add_mount "/one/$kind" bind /dev rbind $kind
    add_mount "/all/$kind" bind /dev rbind r$kind
  done
  add_mount /new tmpfs tmpfs shared
  look_at_mounts
  [[ $(propagation /one/shared) == *shared:* && $(propagation /one/shared/pts) != *shared:* ]]
  [[ $(propagation /all/shared) == *shared:* && $(propagation /all/shared/pts) == *shared:* ]]
  [[ $(propagation /new) == shared:* ]]
  [[ $(propagation /one/unbindable) == unbindable && $(propagation /one/unbindable/pts) != unbindable ]]
  [[ $(propagation /all/unbindable) == unbindable && $(propagation /all/unbindable/pts) == unbindable ]]
  [ -z "$(propagation /one/private)" ] && [ -z "$(propagation /all/private)" ] && [ -z "$(propagation /all/private/pts)" ]
  [[ $(propagation /all/slave) != *shared* ]]
}

@test "mounts, options: two kinds of propagation are both done, in their order" {
  bundle
  add_mount /a tmpfs tmpfs shared slave shared
  add_mount /b tmpfs tmpfs shared private
  look_at_mounts
  [[ $(propagation /a) == shared:* ]]
  [ -z "$(propagation /b)" ]
}

# --- What follows links, and what does not ------------------------------------------------------------------------

@test "mounts, options: src-nofollow binds a symlink itself, dest-nofollow covers one" {
  bundle sh -c 'readlink /to/link; cat /to/file; echo; readlink /over || cat /over'
  echo data >data
  ln -s data link
  mkdir rootfs/to
  ln -s nowhere rootfs/to/link
  ln -s to/other rootfs/over
  add_mount /to/link bind link bind src-nofollow dest-nofollow
  add_mount /to/file bind link bind
  add_mount /over bind data bind dest-nofollow
  run_bundle
  equals "data"$'\n'"data"$'\n'$'\n'"data"
  [ "$(readlink rootfs/over)" = to/other ] && [ ! -e rootfs/to/other ]
}

@test "mounts, options: copy-symlink makes the source's link anew, or binds what is none" {
  bundle sh -c 'readlink /copy; cat /copy; cat /bound'
  echo data >rootfs/data
  echo bound >bound
  ln -s /data link
  add_mount /copy bind link bind copy-symlink
  add_mount /bound bind bound bind copy-symlink
  run_bundle
  equals /data$'\n'data$'\n'bound
  [ "$(readlink rootfs/copy)" = /data ]
}

@test "mounts, options: src-nofollow and copy-symlink exclude each other, and are for binds" {
  bundle
  ln -s data link
  add_mount /x bind link bind copy-symlink src-nofollow
  refuse_bundle
  has "/mounts/4/options: copy-symlink excludes src-nofollow"
  config '.mounts[4] = { destination: "/x", type: "tmpfs", options: ["src-nofollow"] }'
  refuse_bundle
  has "/mounts/4/options: "
}

# --- tmpcopyup ----------------------------------------------------------------------------------------------------

@test "mounts, options: tmpcopyup begins with what lies below, with modes and links, and leaves that alone" {
  bundle sh -c '
    cd /data; stat -c "%a %n" . file deep deep/script; readlink link; cat deep/file; wc -c <large
    echo changed >file; cat file; ls -A / | grep -c data'
  mkdir -p rootfs/data/deep
  echo text >rootfs/data/file
  echo below >rootfs/data/deep/file
  head -c 3000000 /dev/zero >rootfs/data/large
  ln -s /nowhere rootfs/data/link
  mkfifo rootfs/data/fifo
  touch rootfs/data/deep/script
  chmod 4711 rootfs/data/deep/script
  chmod 640 rootfs/data/file
  chmod 2750 rootfs/data/deep
  chmod 1751 rootfs/data
  add_mount /data tmpfs tmpfs tmpcopyup
  run_bundle
  equals "1751 .
640 file
2750 deep
4711 deep/script
/nowhere
below
3000000
changed
1"
  [ "$(cat rootfs/data/file)" = text ]
}

@test "mounts, options: tmpcopyup together with ro; where nothing lies it is an empty tmpfs; elsewhere it is refused" {
  bundle sh -c 'cat /data/file; touch /data/new; ls -A /none'
  mkdir rootfs/data
  echo text >rootfs/data/file
  add_mount /data tmpfs tmpfs tmpcopyup ro
  add_mount /none tmpfs tmpfs tmpcopyup
  run oci run "$id" 3>&-
  has text
  has "/data/new: Read-only file system"
  config '.mounts[5] = { destination: "/x", type: "proc", options: ["tmpcopyup"] }'
  refuse_bundle
  has "/mounts/5/options: tmpcopyup"
}

@test "mounts, options: tmpcopyup takes nothing from behind a link, and a full tmpfs is an error" {
  bundle ls -A /data/
  mkdir -p "$BATS_TEST_TMPDIR/outside" rootfs/data
  echo secret >"$BATS_TEST_TMPDIR/outside/secret"
  ln -s "$BATS_TEST_TMPDIR/outside" rootfs/data/link
  add_mount /data tmpfs tmpfs tmpcopyup
  run_bundle
  equals link
  rm -r rootfs/data
  ln -s "$BATS_TEST_TMPDIR/outside" rootfs/data
  run_bundle
  lacks secret

  rm rootfs/data
  mkdir rootfs/data
  head -c 300000 /dev/zero >rootfs/data/large
  config '.mounts[4].options += ["size=64k"]'
  refuse_bundle
  has "/mounts/4: "
  has "No space left on device"
}

# --- Id-mapped mounts (what root can do with them is in tests/oci-root.bats) ------------------------------------------

@test "mounts, idmap: rootless, it is refused in the words of the rule" {
  bundle
  mkdir source
  for option in idmap ridmap; do
    config '.mounts[4] = { destination: "/x", source: "source", options: ["rbind", $option] }' --arg option $option
    refuse_bundle
    has "/mounts/4: "
    has "CAP_SYS_ADMIN"
    has "Operation not permitted"
  done
}

@test "mounts, idmap: rootless, a filesystem that was mounted in the caller's own user namespace can be mapped" {
  skip_unless_subordinate_ids
  unshare --user --map-auto --map-root-user true 2>/dev/null || skip "this unshare(1) can't map subordinate ids"
  bundle stat -c %u:%g /x/file /y
  mkdir source
  share_users
  add_mount /x bind source bind
  add_mount /y tmpfs tmpfs
  config '.mounts[-2:][] += { uidMappings: [{ containerID: 0, hostID: 5, size: 10 }], gidMappings: [{ containerID: 0, hostID: 6, size: 10 }] }'
  works timeout 20 unshare --user --map-auto --map-root-user --mount sh -euc '
    mount -t tmpfs tmpfs source; touch source/file; exec "$0" --root "$1" run "$2"' "$OCI" "$store" "$id"
  equals 5:6$'\n'5:6
}

@test "mounts, idmap: maps come in pairs, and without maps there has to be a user namespace" {
  bundle
  mkdir source
  config '.mounts += [{ destination: "/x", source: "source", options: ["bind"], uidMappings: [{ containerID: 0, hostID: 0, size: 1 }] }]'
  refuse_bundle
  has '/mounts/4: "uidMappings" and "gidMappings" belong together'
  config 'del(.mounts[4].uidMappings) | .mounts[4].gidMappings = [{ containerID: 0, hostID: 0, size: 1 }]'
  refuse_bundle
  has '/mounts/4: "uidMappings" and "gidMappings" belong together'
  config 'del(.mounts[4].gidMappings) | .mounts[4].options += ["idmap"]'
  share_users
  refuse_bundle
  has '/mounts/4/options: needs a namespace of type "user"'
}

# --- Filesystems --------------------------------------------------------------------------------------------------

@test "mounts: /dev/pts, /dev/shm and /dev/mqueue are as they are written" {
  bundle
  config '.mounts[2].options += ["mode=0620", "noexec", "nosuid"]'
  add_mount /dev/shm tmpfs shm nosuid noexec nodev mode=1777 size=65536k
  add_mount /dev/mqueue mqueue mqueue nosuid noexec nodev
  look_at_mounts
  has_option /dev/pts mode=620
  has_option /dev/pts ptmxmode=666
  has_option /dev/shm size=65536k
  has_option /dev/shm noexec
  has_option /dev/mqueue nodev
  [[ $output == *" /dev/mqueue "*" - mqueue mqueue "* && $output == *" /dev/shm "*" - tmpfs shm "* ]]
}

@test "mounts: /sys is sysfs with the container's network, /proc with its processes" {
  bundle sh -c 'ls /sys/class/net; echo /proc/[0-9]*'
  run_bundle
  equals lo$'\n'/proc/1
}

@test "mounts: proc and sysfs take their options" {
  bundle
  config '.mounts[0].options = ["nosuid", "noexec", "nodev", "hidepid=2"]'
  look_at_mounts
  has_option /proc noexec
  has_option /proc hidepid=invisible
  has_option /sys ro
}

@test "mounts: with the caller's network, or pids, the new sysfs or proc that can't be had is the host's own, with the flags asked for" {
  bundle
  config 'del (.linux.namespaces[] | select (.type == "network" or .type == "pid"))'
  config '(.mounts[] | select (.type == "sysfs")).options = ["nosuid", "noexec", "nodev", "ro"]'
  add_mount /proc2 proc proc nosuid noexec nodev
  add_mount /sys2 sysfs sysfs nosuid
  look_at_mounts
  local option
  for option in nosuid noexec nodev; do
    has_option /sys "$option"
    has_option /proc2 "$option"
  done
  has_option /sys ro
  has_option /proc2 rw
  has_option /sys2 rw
  lacks_option /sys2 noexec
  ! grep -E ' /sys2?/[^ ]+ rw' <<<"$output" || fail "what lies below the host's can be written to"

  works in_new_container ls /sys/class/net /sys2/class/net
  equals "/sys/class/net:
$(ls -1 /sys/class/net)

/sys2/class/net:
$(ls -1 /sys/class/net)"
  works in_new_container test -d "/proc2/$$"
}

@test "mounts: a proc with options is not the host's own instead" {
  bundle
  config 'del (.linux.namespaces[] | select (.type == "pid")) | .mounts[0].options = ["hidepid=2"]'
  refuse_bundle
  has "/mounts/0: can't mount proc on /proc"
  has "Operation not permitted"
}

@test "mounts: cgroup, in a cgroup namespace, is the container's own tree" {
  bundle sh -c 'cat /proc/self/cgroup | grep ^0:; grep " /sys/fs/cgroup " /proc/self/mountinfo'
  add_mount /sys/fs/cgroup cgroup cgroup nosuid noexec nodev relatime ro
  run_bundle
  has "0::/"$'\n'
  has " / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime"
  has "- cgroup2 cgroup"
}

@test "mounts: cgroup2 is the same, and can be writable" {
  bundle
  add_mount /sys/fs/cgroup cgroup2 cgroup rw
  look_at_mounts
  has_option /sys/fs/cgroup rw
}

@test "mounts: an overlay with userxattr, as Podman makes volumes with :O" {
  bundle sh -c 'cat /volume/file; echo changed >/volume/file; cat /volume/file; touch /volume/new'
  mkdir lower upper work
  echo text >lower/file
  add_mount /volume overlay overlay "lowerdir=$PWD/lower,upperdir=$PWD/upper,workdir=$PWD/work" userxattr
  run_bundle
  equals text$'\n'changed
  [ "$(cat lower/file)" = text ] && [ "$(cat upper/file)" = changed ] && [ -e upper/new ]
}

@test "mounts: an overlay's layers may have long names, and there may be many" {
  bundle sh -c 'cat /volume/*'
  long=$PWD/$(printf 'n%.0s' {1..200})/$(printf 'm%.0s' {1..200})
  mkdir -p "$long"/{1,2,3,upper,work}
  for n in 1 2 3; do
    echo "layer $n" >"$long/$n/$n"
    echo "of $n" >"$long/$n/top"
  done
  add_mount /volume overlay overlay "lowerdir=$long/3:$long/2:$long/1" "upperdir=$long/upper" "workdir=$long/work" userxattr
  run_bundle
  equals "layer 1
layer 2
layer 3
of 3"

  layers=
  for n in {1..30}; do
    mkdir "layer$n"
    echo "$n" >"layer$n/$n"
    layers=$PWD/layer$n${layers:+:$layers}
  done
  config '.mounts[4].options = [$layers, "userxattr"] | .process.args = ["sh", "-c", "ls /volume | wc -l"]' --arg layers "lowerdir=$layers"
  run_bundle
  equals 30
}

@test "mounts: an overlay's layer may have a colon, a comma or a backslash in its name" {
  bundle sh -c 'cat /volume/file; touch /volume/new'
  mkdir 'a:b' 'up,per' 'wo\rk'
  echo text >'a:b/file'
  config '.mounts += [{ destination: "/volume", type: "overlay", source: "overlay",
    options: ["userxattr", "lowerdir=" + $dir + "/a\\:b", "upperdir=" + $dir + "/up\\,per", "workdir=" + $dir + "/wo\\\\rk"] }]' --arg dir "$PWD"
  run_bundle
  equals text
  [ -e 'up,per/new' ]
}

@test "mounts: an overlay on / is the root filesystem, and what is written stays in its upper layer" {
  bundle sh -c 'cat /marker; echo changed >/marker; touch /new; ls -d /proc/self; echo x >/dev/null'
  echo text >rootfs/marker
  mkdir upper work
  config '.mounts = [{ destination: "/", type: "overlay", source: "overlay",
    options: ["userxattr", "lowerdir=" + $dir + "/rootfs", "upperdir=" + $dir + "/upper", "workdir=" + $dir + "/work"] }] + .mounts' --arg dir "$PWD"
  run_bundle
  equals text$'\n'/proc/self
  [ "$(cat rootfs/marker)" = text ] && [ "$(cat upper/marker)" = changed ] && [ -e upper/new ]
  [ ! -e rootfs/new ] && [ ! -e rootfs/proc ]
}

@test "mounts: what the kernel says of a filesystem is part of the error, and nothing but what it says" {
  bundle
  add_mount /x tmpfs tmpfs size=nonsense
  refuse_bundle
  has "/mounts/4: can't mount tmpfs on /x: Bad value for 'size': Invalid argument"
  config '.mounts[4].options = ["source=other"]'
  refuse_bundle
  has "/mounts/4: can't mount tmpfs on /x: Multiple sources: Invalid argument"
  config '.mounts[4] = { destination: "/x", type: "nosuchfs", source: "x" }'
  refuse_bundle
  has "/mounts/4: can't mount nosuchfs on /x: No such device"
}

@test "mounts: what the kernel says of a proc that would show what an outer one covers is part of the error" {
  [ "$(grep -c ' - proc ' /proc/self/mountinfo)" = 1 ] || skip "here is another proc, which would do"
  bundle
  config '(.linux.uidMappings, .linux.gidMappings) = [{ containerID: 0, hostID: 0, size: 1 }]'
  refused unshare --user --map-root-user --mount sh -c 'mount --bind /dev/null /proc/version && exec "$@"' - \
    "$OCI" --root "$store" run "$id"
  has "/mounts/0: can't mount proc on /proc: Mount too revealing: Operation not permitted"
}

@test "linux.mountLabel: without SELinux a label can't be had, which is said" {
  [ ! -d /sys/fs/selinux ] || [ -z "$(ls -A /sys/fs/selinux)" ] || skip "there is SELinux"
  bundle
  config '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
  refuse_bundle
  has "/linux/mountLabel: "
  has "SELinux is not enabled"
}

@test "linux.mountLabel: the empty one is none" {
  bundle true
  config '.linux.mountLabel = ""'
  run_bundle
}

@test "a network namespace has its loopback interface up" {
  bundle sh -c 'ip -o addr show lo | grep -o "inet 127.0.0.1"; ip -o link show lo'
  run_bundle
  has "inet 127.0.0.1"
  has "LOOPBACK,UP"
}

@test "a config as Podman makes it: slave /sys, tmpcopyup, shared volumes, masks, an overlay volume" {
  bundle sh -c 'cat /volume/file /etc/hosts; touch /run/x; ls /run/.seed; echo >/dev/null; ls /proc/acpi 2>/dev/null; cat /sys/kernel/uevent_seqnum >/dev/null && echo sys'
  mkdir -p lower upper work data rootfs/run rootfs/etc
  echo seed >rootfs/run/.seed
  echo text >lower/file
  echo hosts >hosts
  config '.mounts = [
      { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
      { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
      { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] },
      { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
      { destination: "/etc/hosts", type: "bind", source: ($dir + "/hosts"), options: ["bind", "rprivate"] },
      { destination: "/dev/shm", type: "bind", source: ($dir + "/data"), options: ["bind", "rprivate", "nosuid", "noexec", "nodev"] },
      { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rprivate", "nosuid", "noexec", "nodev", "relatime", "ro"] },
      { destination: "/run", type: "tmpfs", source: "tmpfs", options: ["rw", "rprivate", "nosuid", "nodev", "tmpcopyup"] },
      { destination: "/data", type: "bind", source: ($dir + "/data"), options: ["rw", "rbind", "rslave", "nosuid", "nodev"] },
      { destination: "/shared", type: "bind", source: ($dir + "/data"), options: ["rw", "rbind", "rshared"] },
      { destination: "/volume", type: "overlay", source: "overlay",
        options: ["lowerdir=" + $dir + "/lower,upperdir=" + $dir + "/upper,workdir=" + $dir + "/work,userxattr", "private"] }]
    | .annotations = { "run.oci.keep_original_groups": "1" } | .linux.rootfsPropagation = "slave"
    | .linux.maskedPaths = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware", "/sys/dev/block"]
    | .linux.readonlyPaths = ["/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]' --arg dir "$PWD"
  run_bundle
  equals "text
hosts
/run/.seed
sys"
}
