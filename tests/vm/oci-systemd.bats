#!/usr/bin/env bats
# Root's containers in scopes of the system's systemd, in the guest.
load ../../tests-rootless/oci

manager=(--systemd-cgroup)

setup ()
{
  setup_oci
  unit=snug-$id.scope
}

teardown ()
{
  teardown_oci
}

# As engines run as root ask for it: no user namespace, and rules for devices.
root_bundle () # [COMMAND…]
{
  bundle "$@"
  config 'del (.linux.uidMappings, .linux.gidMappings, (.linux.namespaces[] | select (.type == "user")))'
}

has_no_scopes ()
{
  [ -z "$(systemctl list-units --all --plain --no-legend 'snug-*')" ]
}

cgroup_of () # PID
{
  sed -n 's/^0:://p' "/proc/$1/cgroup"
}

users_cgroups ()
{
  (cd /sys/fs/cgroup/user.slice && find . -type d | sort)
}

@test "root's container is in a scope of the system's manager, and user.slice is not touched" {
  before=$(users_cgroups)
  root_bundle
  config '.linux.resources.pids.limit = 25'
  start_bundle
  [ "$(cgroup_of "$(oci state "$id" | jq .pid)")" = "/system.slice/$unit" ]
  [ "$(cat "/sys/fs/cgroup/system.slice/$unit/pids.max")" = 25 ]
  [ "$(users_cgroups)" = "$before" ]
  works in_container cat /proc/self/cgroup
  equals "0::/"
  oci update --pids-limit 26 "$id"
  works systemctl show -p TasksMax,Delegate,Slice "$unit"
  has "TasksMax=26"
  has "Delegate=yes"
  has "Slice=system.slice"
  systemctl daemon-reload
  [ "$(cat "/sys/fs/cgroup/system.slice/$unit/pids.max")" = 26 ]
  oci pause "$id"
  oci delete --force "$id"
  [ ! -e "/sys/fs/cgroup/system.slice/$unit" ]
  has_no_scopes
  [ -z "$(systemctl --failed --no-legend 'snug-*')" ]
}

@test "device rules refuse, also after an update and a daemon-reload" {
  root_bundle
  config '.linux.resources.devices = [{ allow: false, access: "rwm" }, { allow: true, type: "c", major: 1, minor: 3, access: "rwm" }]'
  config '.linux.devices = [{ path: "/dev/messages", type: "c", major: 1, minor: 11, fileMode: 438 }]'
  start_bundle
  works in_container sh -c 'echo >/dev/null'
  run in_container head -c 1 /dev/messages
  [ "$status" != 0 ]
  has "Operation not permitted"
  oci update --pids-limit 50 "$id"
  systemctl daemon-reload
  run in_container head -c 1 /dev/messages
  has "Operation not permitted"
}

@test "the program dies, and its scope goes without a word; what a create that was killed left does too" {
  root_bundle
  start_bundle
  kill -KILL "$(oci state "$id" | jq .pid)"
  eventually has_no_scopes
  oci delete "$id"
  for delay in 0.1 0.2 0.3; do
    timeout -s KILL "$delay" "$OCI" "${manager[@]}" --root "$store" create "$id" </dev/null >/dev/null 2>&1 3>&- || true
    oci delete --force "$id"
    eventually has_no_scopes || fail "after $delay seconds"
  done
}

@test "where systemd is out of sight a limit is an error that says so" {
  root_bundle true
  config '.linux.resources.pids.limit = 25'
  hide='mount -t tmpfs tmpfs /run/systemd && mount -t tmpfs tmpfs /run/dbus && exec "$@"'
  refused unshare --mount sh -c "$hide" - "$OCI" --systemd-cgroup --root "$store" run "$id"
  has "there is no cgroup to limit: this host was not booted with systemd"
  refused oci state "$id"
}

@test "info names the manager" {
  works "$OCI" info --json
  [ "$(jq -r .cgroups.best <<<"$output")" = systemd ]
  [ "$(jq -r .cgroups.by_systemd.path <<<"$output")" = /run/systemd/private ]
}

@test "a container with users of its own and a writable cgroup tree owns exactly what is delegated, and sees its limits" {
  bundle sh -c 'mkdir /sys/fs/cgroup/container && exec sleep 1000'
  add_mount /sys/fs/cgroup cgroup cgroup rw nosuid noexec nodev
  config '(.linux.uidMappings[0], .linux.gidMappings[0]) |= { containerID: 0, hostID: 100000, size: 1000 } | .linux.resources.pids.limit = 30'
  chown -R 100000:100000 rootfs
  chmod a+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$bundle"
  start_bundle
  folder=/sys/fs/cgroup/system.slice/$unit
  eventually test -d "$folder/container"
  [ "$(stat -c %u "$folder")" = 100000 ]
  delegated=$(cd "$folder" && sed '/\//d' /sys/kernel/cgroup/delegate | xargs ls 2>/dev/null | sort || true)
  [ "$(find "$folder" -maxdepth 1 -type f -user 100000 -printf '%f\n' | sort)" = "$delegated" ]
  works in_container cat /sys/fs/cgroup/pids.max
  equals 30
  run in_container sh -c 'echo max >/sys/fs/cgroup/pids.max'
  has "Permission denied"
  [ "$(cat "$folder/pids.max")" = 30 ]
  # Where a process joins is below that root, whatever the container calls its own.
  works oci exec --cgroup container "$id" cat /proc/self/cgroup
  equals 0::/container
}
