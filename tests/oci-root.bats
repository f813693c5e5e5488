#!/usr/bin/env bats
# What is different for root's containers: id-mapped mounts, device nodes, mounts that are shared with the host.  All mounts
# are made in mount namespaces of the tests' own.
load ../tests-rootless/oci

setup ()
{
  [ "$(id -u)" = 0 ] || skip "needs root"
  setup_oci
}

teardown ()
{
  teardown_oci
}

# A user namespace whose root is user 100000 outside.
as_mapped_root ()
{
  config '.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }] | .linux.gidMappings = .linux.uidMappings'
  chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/.." "$bundle"
  chown -R 100000:100000 rootfs
}

maps='[{ "containerID": 0, "hostID": 1000, "size": 10 }]'

# Makes a source with files of several owners.
make_source ()
{
  mkdir source
  touch source/{root,seven,other}
  chown 7:7 source/seven
  chown 500:500 source/other
}

# Runs the container within what SCRIPT sets up in a mount namespace of its own; it says `container` where it is to run.
run_within () # SCRIPT
{
  works timeout 15 unshare --mount --propagation private bash -euc "container () { '$OCI' --cgroup-manager disabled --root '$store' run \"\$@\" '$id'; }; $1"
}

# --- Id-mapped mounts -----------------------------------------------------------------------------------------------

@test "mounts, uidMappings and gidMappings: a bind shows ids as they say, and nobody's where they say nothing" {
  bundle stat -c "%n %u:%g" /x/root /x/seven /x/other
  make_source
  share_users
  add_mount /x bind source bind
  config '.mounts[-1] += { uidMappings: $maps, gidMappings: [{ containerID: 0, hostID: 2000, size: 10 }] }' --argjson maps "$maps"
  run_bundle
  equals "/x/root 1000:2000
/x/seven 1007:2007
/x/other 65534:65534"
  [ "$(stat -c %u:%g source/seven)" = 7:7 ]
}

@test "mounts, idmap=: maps in the option, as crun and Podman have them; behind an @ they speak of the container's ids" {
  bundle stat -c "%n %u:%g" /host/root /host/seven /inside/root /inside/seven
  make_source
  as_mapped_root
  add_mount /host bind source bind "idmap=uids=0-100005-1#7-100009-1;gids=0-100000-10"
  add_mount /inside bind source bind "ridmap=uids=@0-5-1#@7-9-1;gids=@0-0-10"
  run_bundle
  equals "/host/root 5:0
/host/seven 9:7
/inside/root 5:0
/inside/seven 9:7"
  local wrong
  for wrong in uids=0-1-1 "uids=0-1;gids=0-1-1" "uids=0-1-0;gids=0-1-1" "uids=0-1-1;gids=-1-1-1" "uids=0-1-1;gids=@0-70000-1" "uids=;gids=0-1-1" "uids=0-1-1;gids=4294967295-0-1" "ids=0-1-1"; do
    config '.mounts[-1].options = ["bind", $option]' --arg option "idmap=$wrong"
    refuse_bundle
    has "/mounts/5/options/1: \"$wrong\" "
  done
}

@test "mounts, uidMappings: what is written through them is stored as its inverse" {
  bundle sh -c 'touch /x/new; stat -c %u:%g /x/new'
  make_source
  chmod 777 source
  share_users
  config '.process.user = { uid: 1003, gid: 1004 }'
  add_mount /x bind source bind
  config '.mounts[-1] += { uidMappings: $maps, gidMappings: $maps }' --argjson maps "$maps"
  run_bundle
  equals 1003:1004
  [ "$(stat -c %u:%g source/new)" = 3:4 ]
}

@test "mounts, idmap: in a user namespace, files of the host's root are the container's root's" {
  bundle sh -c 'stat -c "%u:%g" /plain/root /x/root /x/seven; touch /x/new'
  make_source
  as_mapped_root
  add_mount /plain bind source bind
  add_mount /x bind source bind idmap
  run_bundle
  equals "65534:65534
0:0
7:7"
  [ "$(stat -c %u:%g source/new)" = 0:0 ]
}

@test "mounts, idmap: in a user namespace that is joined, its maps are taken" {
  bundle stat -c "%u:%g" /x/root
  make_source
  as_mapped_root
  unshare --user sleep 60 3>&- &
  holder=$!
  until [ "$(readlink "/proc/$holder/ns/user")" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.05; done
  echo 0 100000 65536 >"/proc/$holder/uid_map"
  echo 0 100000 65536 >"/proc/$holder/gid_map"
  config 'del (.linux.uidMappings, .linux.gidMappings) | (.linux.namespaces[] | select (.type == "user")).path = $path' --arg path "/proc/$holder/ns/user"
  add_mount /x bind source bind idmap
  run_bundle
  kill "$holder"
  equals 0:0
}

@test "mounts, idmap and ridmap: the one is for one mount, the other for those below too" {
  bundle stat -c "%n %u" /one /one/sub /all /all/sub
  mkdir -p source/sub
  as_mapped_root
  add_mount /one bind source rbind idmap
  add_mount /all bind source rbind ridmap
  run_within 'mount -t tmpfs tmpfs source/sub; container'
  equals "/one 0
/one/sub 65534
/all 0
/all/sub 0"
}

@test "mounts, uidMappings: a new filesystem's ids are mapped too" {
  bundle stat -c "%u:%g" /x
  share_users
  add_mount /x tmpfs tmpfs mode=777
  config '.mounts[-1] += { uidMappings: $maps, gidMappings: $maps }' --argjson maps "$maps"
  run_bundle
  equals 1000:1000
}

@test "mounts, uidMappings: a filesystem that can't map ids is an error that names it" {
  bundle true
  share_users
  add_mount /x bind /proc bind
  config '.mounts[-1] += { uidMappings: $maps, gidMappings: $maps }' --argjson maps "$maps"
  refuse_bundle
  has "/mounts/4: "
  has "/proc"
  has "Invalid argument"
}

@test "mounts, uidMappings: ranges that overlap are refused" {
  bundle true
  make_source
  share_users
  add_mount /x bind source bind
  config '.mounts[-1] += { uidMappings: ($maps + $maps), gidMappings: $maps }' --argjson maps "$maps"
  refuse_bundle
  has "/mounts/4"
}

@test "mounts: what is read-only to the host stays so for a user namespace's root with all rights over its own mounts" {
  bundle sh -c 'mount -o remount,bind,rw /x; touch /x/new'
  make_source
  as_mapped_root
  config '.process.capabilities = ({ bounding: ["CAP_SYS_ADMIN"] } | .effective = .bounding | .permitted = .bounding)'
  add_mount /x bind source bind
  run timeout 15 unshare --mount --propagation private bash -euc "mount --bind source source; mount -o remount,bind,ro source; '$OCI' --cgroup-manager disabled --root '$store' run '$id'" 3>&-
  has "/x/new: Read-only file system"
  [ ! -e source/new ]
}

@test "mounts, idmap: what is read-only, without devices or programs to the host stays so for a user namespace's root, who is its owner inside" {
  bundle sh -c 'for flag in rw exec suid dev; do mount -o remount,bind,ro,noexec,nosuid,nodev,$flag /x 2>/dev/null && echo "$flag"; done; touch /x/new'
  make_source
  as_mapped_root
  config '.process.capabilities = ({ bounding: ["CAP_SYS_ADMIN"] } | .effective = .bounding | .permitted = .bounding)'
  add_mount /x bind source bind idmap
  run timeout 15 unshare --mount --propagation private bash -euc "mount --bind source source; mount -o remount,bind,ro,noexec,nosuid,nodev source; '$OCI' --cgroup-manager disabled --root '$store' run '$id'" 3>&-
  equals "touch: /x/new: Read-only file system"
  [ ! -e source/new ]
}

# --- What only root can reach ---------------------------------------------------------------------------------------

@test "root, mounts: in a user namespace, what only the host's root can reach is the container's all the same" {
  bundle sh -c 'cat /dir/file /dir/below/file /file /here/bin/link; readlink /link; touch /made; echo written >/dir/new'
  mkdir -m 700 secret
  mkdir -p secret/{source/below,here/bin}
  echo one >secret/source/file
  echo two >secret/source/below/file
  echo three >secret/file
  echo four >secret/here/bin/link
  ln -s nowhere secret/link
  as_mapped_root
  chown -R 100000:100000 secret/source
  mv rootfs secret/rootfs
  config '.root.path = "secret/rootfs"'
  add_mount /dir bind secret/source rbind
  add_mount /file bind secret/file bind ro
  add_mount /here bind secret/here bind
  add_mount /link bind secret/link bind src-nofollow
  run_bundle
  equals "one
two
three
four
nowhere"
  [ "$(stat -c %u:%g secret/rootfs/made)" = 100000:100000 ]
  [ "$(cat secret/source/new)" = written ]
}

@test "root, mounts: in a user namespace, nothing of what was opened for it is left to find: not behind the root, not by joining its own mount namespace" {
  bundle sh -c 'cat /proc/self/mountinfo; echo; umount -l / 2>/dev/null; nsenter -m/proc/self/ns/mnt ls / 2>&1; ls / /..'
  mkdir -m 755 source
  touch source/canary
  as_mapped_root
  config '.process.capabilities = ({ bounding: ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT"] } | .effective = .bounding | .permitted = .bounding)'
  add_mount /mnt bind source bind
  run timeout 15 "$OCI" --cgroup-manager disabled --root "$store" run "$id" 3>&-
  [ "$(grep -c /source <<<"$output")" = 1 ] || fail "the source is mounted more than once"
  lacks canary
  lacks old
}

# --- Propagation ----------------------------------------------------------------------------------------------------

@test "mounts, rshared: what the container mounts there is mounted on the host, and the other way round" {
  bundle sh -c 'mount -t tmpfs inside /x/inside && touch /x/inside/file; until [ -e /x/done ]; do sleep 0.05; done; ls /x/outside'
  mkdir -p source/inside source/outside
  share_users
  config '.process.capabilities = ({ bounding: ["CAP_SYS_ADMIN"] } | .effective = .bounding | .permitted = .bounding)'
  add_mount /x bind source rbind rshared
  run_within 'mount --bind source source; mount --make-shared source
    container & until [ -e source/inside/file ]; do sleep 0.05; done
    mount -t tmpfs outside source/outside; touch source/outside/seen; touch source/done; wait; umount source/inside'
  equals seen
}

@test "mounts, rslave: what the host mounts arrives, and nothing gets out; private: nothing does" {
  bundle sh -c 'mount -t tmpfs inside /x/inside; touch /x/ready; until [ -e /x/done ]; do sleep 0.05; done; echo $(ls /x/outside) $(ls /p/outside)'
  mkdir -p source/inside source/outside
  share_users
  config '.process.capabilities = ({ bounding: ["CAP_SYS_ADMIN"] } | .effective = .bounding | .permitted = .bounding)'
  add_mount /x bind source rbind rslave
  add_mount /p bind source rbind rprivate
  run_within 'mount --bind source source; mount --make-shared source
    container & until [ -e source/ready ]; do sleep 0.05; done
    ! mountpoint -q source/inside
    mount -t tmpfs outside source/outside; touch source/outside/seen; touch source/done; wait'
  equals seen
}

@test "the host's mounts are as they were after a container has come and gone" {
  bundle sh -c 'mount -t tmpfs tmpfs /tmp'
  share_users
  config '.process.capabilities = ({ bounding: ["CAP_SYS_ADMIN"] } | .effective = .bounding | .permitted = .bounding) | .linux.rootfsPropagation = "rshared"'
  run_within 'mount --make-rshared /; before=$(cut -d " " -f 4- /proc/self/mountinfo | sort)
    container; [ "$(cut -d " " -f 4- /proc/self/mountinfo | sort)" = "$before" ]'
}

# --- Devices --------------------------------------------------------------------------------------------------------

@test "linux.devices: root gets nodes of its own, with mode and owner, in /dev and outside" {
  bundle sh -c 'stat -c "%n %F %t:%T %a %u:%g" /dev/mine /var/disk /dev/null; echo x >/dev/mine'
  share_users
  config '.linux.devices = [{ path: "/dev/mine", type: "c", major: 1, minor: 3, fileMode: 416, uid: 5, gid: 6 },
                            { path: "/var/disk", type: "b", major: 7, minor: 250, fileMode: 384 }]
    | .process.capabilities = ({ bounding: ["CAP_DAC_OVERRIDE"] } | .effective = .bounding | .permitted = .bounding)'
  run_bundle
  equals "/dev/mine character special file 1:3 640 5:6
/var/disk block special file 7:fa 600 0:0
/dev/null character special file 1:3 666 0:0"
}

@test "linux.devices: a node of another device in its place is an error, one of the same is taken" {
  bundle sh -c 'echo x >/node'
  share_users
  mknod rootfs/node c 1 5
  config '.linux.devices = [{ path: "/node", type: "c", major: 1, minor: 3 }]'
  refuse_bundle
  has "/linux/devices/0: can't make device /node: File exists"
  rm rootfs/node
  mknod rootfs/node c 1 3
  run_bundle
}

@test "linux.devices: in a user namespace, root's container has the host's own bound" {
  bundle sh -c 'stat -c "%t:%T" /dev/null; echo x >/dev/null'
  as_mapped_root
  run_bundle
  equals 1:3
}

# --- Others ---------------------------------------------------------------------------------------------------------

@test "CVE-2023-25809: without a cgroup namespace, root's container can't write to the host's cgroups either" {
  bundle sh -c 'grep " /sys/fs/cgroup" /proc/self/mountinfo | grep -vc " ro,"; for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do mkdir $d/made-by-a-test && rmdir $d/made-by-a-test && echo made; done 2>/dev/null'
  share_users
  config '.linux.namespaces |= map (select (.type != "cgroup")) | .process.capabilities = ({ bounding: ["CAP_DAC_OVERRIDE"] } | .effective = .bounding | .permitted = .bounding)'
  add_mount /sys/fs/cgroup cgroup cgroup rw nosuid
  run timeout 60 "$OCI" --cgroup-manager disabled --root "$store" run "$id" 3>&-
  equals 0
}

@test "CVE-2019-5736: root's container can't change the file that snug-oci is, whoever owns it" {
  for owner in 0 1000 100000; do
    rm -rf "${BATS_TEST_TMPDIR:?}/bin"
    mkdir -m 755 "$BATS_TEST_TMPDIR/bin"
    cp "$SNUG" "$BATS_TEST_TMPDIR/bin/snug-oci"
    chown $owner:$owner "$BATS_TEST_TMPDIR/bin/snug-oci"
    before=$(sha256sum "$BATS_TEST_TMPDIR/bin/snug-oci")
    rm -rf "$bundle"
    bundle sh -c 'exec 9</proc/self/exe; sleep 0.5; for exe in /proc/1/exe /proc/self/fd/9; do echo changed >>$exe; done'
    share_users
    config '.process.capabilities = ({ bounding: ["CAP_DAC_OVERRIDE", "CAP_FOWNER"] } | .effective = .bounding | .permitted = .bounding)
      | .process.args = ["/bin/keep"]'
    # What runs is the runtime itself: the interpreter of the program is whoever executes it.
    printf '#!/proc/self/exe\n' >rootfs/bin/keep
    chmod 755 rootfs/bin/keep
    timeout 20 "$BATS_TEST_TMPDIR/bin/snug-oci" --root "$store" run "$id" >/dev/null 2>&1 3>&- || true

    config '.process.args = ["sleep", "30"]'
    timeout 20 "$BATS_TEST_TMPDIR/bin/snug-oci" --root "$store" create "$id" >/dev/null 2>&1 3>&- </dev/null
    pid=$("$OCI" --cgroup-manager disabled --root "$store" state "$id" | jq .pid)
    # As the container's root: the file may be busy, and is not once the program runs.
    exec 9<"/proc/$pid/exe"
    "$OCI" --cgroup-manager disabled --root "$store" delete --force "$id"
    (echo changed >>/proc/self/fd/9) 2>/dev/null || true
    exec 9<&-
    [ "$(sha256sum "$BATS_TEST_TMPDIR/bin/snug-oci")" = "$before" ] || fail "changed, with owner $owner"
  done
}
