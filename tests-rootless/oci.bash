# oci: what the tests of snug-oci have at hand, beside helpers.  A test makes a bundle, changes its config.json until it says
# what the test is about, and runs it.
#
#   oci VERB…                the runtime, with a store of the test's own
#   bundle [COMMAND…]        makes the bundle $bundle with busybox in its root filesystem, and goes there; its program is
#                            COMMAND, and everything that can be new is new
#   config FILTER            changes config.json by a filter of jq: config '.process.cwd = "/tmp"'
#   add_mount DESTINATION TYPE SOURCE [OPTION…]
#                            adds to `mounts`
#   share_pids               gives the container no pid namespace of its own, and the host's /proc
#   share_users              gives it no user namespace of its own
#   run_bundle [OPTION…]     runs it in the foreground, as a container named after the test
#   refuse_bundle [OPTION…]  runs it, and expects that it is refused
#   create_bundle [OPTION…]  creates the container $id, whose program's output goes to $BATS_TEST_TMPDIR/container.out: a
#                            container holds what its creator wrote to, so it must not be what a test reads
#   start_bundle [OPTION…]   creates and starts it; teardown_oci ends all there are
#   state_of FILTER          what a filter of jq makes of the state of $id: state_of .pid
#   has_status STATUS        whether that is the status of $id, for `eventually`
#   nothing_left             the store is empty, or not there
#   in_container COMMAND…    runs COMMAND in $id
load "$(dirname "${BASH_SOURCE[0]}")/helpers"

setup_oci ()
{
  skip_unless_user_namespaces
  store=$BATS_TEST_TMPDIR/store
  bundle=$BATS_TEST_TMPDIR/bundle
  id=c$BATS_TEST_NUMBER
}

teardown_oci ()
{
  [ ! -d "$store" ] || oci delete --force --regex . >/dev/null 2>&1 3>&-
}

# Root's containers would be in the machine's own cgroup tree, which is not the tests'.
manager=()
[ "$(id -u)" != 0 ] || manager=(--cgroup-manager disabled)

oci ()
{
  "$OCI" "${manager[@]}" --root "$store" "$@"
}

# Once for all tests: busybox has hundreds of names, and as many processes would take long.
make_rootfs ()
{
  local new=$BATS_TEST_TMPDIR/new-rootfs
  mkdir -p "$new/bin" "$new/tmp"
  cp /bin/busybox "$new/bin/"
  busybox --list | NEW=$new perl -ne 'chomp; symlink "busybox", "$ENV{NEW}/bin/$_"'
  mv -T "$new" "$BATS_RUN_TMPDIR/rootfs" 2>/dev/null || rm -rf "$new" # another test was faster
}

bundle () # [COMMAND…]
{
  local args='["sleep", "1000"]'
  [ $# = 0 ] || args=$(jq -cn '$ARGS.positional' --args -- "$@")
  [ -d "$BATS_RUN_TMPDIR/rootfs" ] || make_rootfs
  mkdir -p "$bundle/rootfs"
  cp -a "$BATS_RUN_TMPDIR/rootfs/." "$bundle/rootfs/"
  cd "$bundle" || return
  minimal_config | jq --argjson args "$args" '.process.args = $args' >config.json
}

minimal_config ()
{
  cat <<EOF
{
  "ociVersion": "1.3.0",
  "root": { "path": "rootfs" },
  "process": {
    "args": [], "cwd": "/", "env": ["PATH=/bin"],
    "user": { "uid": 0, "gid": 0 },
    "noNewPrivileges": true
  },
  "mounts": [
    { "destination": "/proc", "type": "proc", "source": "proc" },
    { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"] },
    { "destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["newinstance", "ptmxmode=0666"] },
    { "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"] }
  ],
  "linux": {
    "uidMappings": [{ "containerID": 0, "hostID": $(id -u), "size": 1 }],
    "gidMappings": [{ "containerID": 0, "hostID": $(id -g), "size": 1 }],
    "namespaces": [
      { "type": "user" }, { "type": "mount" }, { "type": "pid" }, { "type": "network" },
      { "type": "ipc" }, { "type": "uts" }, { "type": "cgroup" }
    ]
  }
}
EOF
}

config () # FILTER [JQ-OPTION…]
{
  jq "$1" "${@:2}" <config.json >config.new && mv config.new config.json
}

add_mount () # DESTINATION TYPE SOURCE [OPTION…]
{
  config '.mounts += [{ destination: $ARGS.positional[0], type: $ARGS.positional[1], source: $ARGS.positional[2], options: $ARGS.positional[3:] }]' \
    --args "$@"
}

share_pids ()
{
  config 'del (.linux.namespaces[] | select (.type == "pid"))
    | (.mounts[] | select (.type == "proc")) |= {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]}'
}

share_users ()
{
  config 'del (.linux.uidMappings, .linux.gidMappings, (.linux.namespaces[] | select (.type == "user")))'
}

run_bundle ()
{
  works timeout 60 "$OCI" "${manager[@]}" --root "$store" run "$@" "$id"
}

refuse_bundle ()
{
  refused timeout 60 "$OCI" "${manager[@]}" --root "$store" run "$@" "$id"
}

create_bundle ()
{
  oci create "$@" "$id" </dev/null >"$BATS_TEST_TMPDIR/container.out" 2>&1 3>&- || fail "$(cat "$BATS_TEST_TMPDIR/container.out")"
}

start_bundle ()
{
  create_bundle "$@" && oci start "$id" 3>&-
}

state_of () # FILTER
{
  oci state "$id" | jq -r "$1"
}

has_status ()
{
  [ "$(state_of .status)" = "$1" ]
}

nothing_left ()
{
  [ -z "$(ls -A "$store" 2>/dev/null)" ] || fail "left in the store: $(find "$store")"
}

in_container ()
{
  oci exec "$id" "$@"
}
