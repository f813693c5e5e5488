#!/usr/bin/env bats
# What snug-oci writes about itself and the host: spec, features and info.
load oci

setup ()
{
  cd "$BATS_TEST_TMPDIR"
}

# Prints a Python expression about the JSON document in the output, which it calls d.
value () # EXPRESSION
{
  python3 -c 'import json, sys; d = json.loads(sys.argv[1]); print(eval(sys.argv[2]))' "$output" "$1"
}

is () # EXPRESSION TEXT
{
  local found
  found=$(value "$1")
  [ "$found" = "$2" ] || fail "$1 is $found instead of $2"
}

# What `info --json` says of an ability.
ability () # NAME MEMBER
{
  value "[a for a in d['abilities'] if a['name'] == '$1'][0].get('$2')"
}

# --- spec -------------------------------------------------------------------------------------------------

@test "spec writes a config.json here" {
  works "$OCI" spec
  equals ""
  works cat config.json
  is "d['ociVersion']" 1.3.0
  is "d['process']['args']" "['sh']"
  is "d['root']['path']" rootfs
}

@test "spec writes it into the bundle that is named" {
  mkdir bundle
  works "$OCI" spec --bundle bundle
  [ -f bundle/config.json ]
  [ ! -e config.json ]
}

@test "a bundle that is not there is named" {
  refused "$OCI" spec --bundle /nowhere/at/all
  has "/nowhere/at/all"
  has "No such file or directory"
}

@test "spec overwrites nothing" {
  echo mine >config.json
  refused "$OCI" spec
  has "File exists"
  [ "$(cat config.json)" = mine ]
}

@test "spec follows no link to elsewhere" {
  ln -s elsewhere config.json
  refused "$OCI" spec
  [ ! -e elsewhere ]
}

@test "a config.json that can't be written whole is not left half" {
  refused sh -c 'trap "" XFSZ; ulimit -f 0; exec "$0" spec' "$OCI"
  has "File too large"
  [ ! -e config.json ]
}

@test "spec --rootless maps the caller to root" {
  works "$OCI" spec --rootless
  works cat config.json
  is "d['linux']['uidMappings']" "[{'containerID': 0, 'hostID': $(id -u), 'size': 1}]"
  is "d['linux']['gidMappings']" "[{'containerID': 0, 'hostID': $(id -g), 'size': 1}]"
  is "'resources' in d['linux']" False
}

@test "the default of spec --rootless runs as it is" {
  setup_oci
  skip_unless_command script
  bundle
  rm config.json
  works "$OCI" spec --rootless
  run timeout 20 script -qec "$OCI --root $store run $id" /dev/null <<<'read -r map </proc/self/uid_map; echo "map: $map"; exit'
  [[ $output =~ map:\ +0\ +$(id -u)\ +1 ]] || fail "the shell did not run as the caller's root"
}

# --- features ---------------------------------------------------------------------------------------------

@test "features prints one JSON document" {
  works "$OCI" features
  is "d['ociVersionMin'], d['ociVersionMax']" "('1.0.0', '1.3.0')"
  is "'rbind' in d['mountOptions']" True
}

@test "features says yes to all that this runtime does, and lists nothing newer than its newest version" {
  works "$OCI" features
  is "d['linux']['mountExtensions']['idmap']['enabled'], d['linux']['netDevices']['enabled'], d['linux']['intelRdt']['enabled']" "(True, True, True)"
  is "d['linux']['cgroup']['v2'], d['linux']['cgroup']['v1'], d['linux']['seccomp']['enabled']" "(True, False, True)"
  is "[int(n) for n in d['ociVersionMin'].split('.')] <= [int(n) for n in d['ociVersionMax'].split('.')]" True
  is "len(d['hooks']), len(d['linux']['namespaces'])" "(6, 8)"
}

@test "features is about the program, not about the host" {
  skip_unless_user_namespaces
  works "$OCI" features
  outside=$output
  works in_usr --unshare-all --ro-bind "$SNUG" /snug-oci /snug-oci features
  equals "$outside"
}

# --- info -------------------------------------------------------------------------------------------------

@test "info names the kernel and the user" {
  works "$OCI" info --json
  is "d['system']['kernel']" "$(uname -r)"
  is "d['system']['user']" "$(id -un)"
  is "d['system']['uid']" "$(id -u)"
}

@test "info says of each type of namespace what trying to make one says" {
  local type name
  works "$OCI" info --json
  for type in user mount pid net ipc uts cgroup time; do
    name=${type/#net/network}
    if unshare --user "--$type" --fork true 2>/dev/null; then
      is "d['namespaces']['$name']['works']" True
    else
      is "d['namespaces']['$name']['works']" False
    fi
  done
}

@test "info says which switch keeps user namespaces away" {
  skip_unless_user_namespaces
  works unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" info --json' "$OCI"
  is "d['namespaces']['user']['exists'], d['namespaces']['user']['works']" "(True, False)"
  [ "$(ability rootless works)" = False ]
  [[ $(ability rootless why) == *"user.max_user_namespaces is 0" ]]
}

@test "info lists the caller's subordinate ids" {
  skip_unless_subordinate_ids
  works "$OCI" info --json
  is "d['ids']['/etc/subuid'][0]" "$(sed -n "s/^$(id -un)://p" /etc/subuid | head -n 1)"
  [ "$(ability id_ranges works)" = True ]
}

@test "without subordinate ids info says how to get some" {
  skip_unless_user_namespaces
  works in_usr --ro-bind "$SNUG" /snug-oci /snug-oci info --json
  is "d['ids']['/etc/subuid']" "[]"
  [ "$(ability id_ranges works)" = False ]
  [[ $(ability id_ranges help) == *"usermod --add-subuids"* ]]
}

@test "info: a user whom /etc/passwd does not know has the name that getent says, and the ranges of that name" {
  skip_unless_user_namespaces
  cd "$BATS_TEST_TMPDIR"
  touch passwd
  echo somebody:5000:77 >subuid
  printf '#!/bin/sh\n[ "$1" != passwd ] || echo "somebody:x:$2:$2::/:/bin/sh"\n' >getent
  chmod +x getent
  works env PATH="$PWD:$PATH" "$SNUG" --bind / / --proc /proc --ro-bind passwd /etc/passwd --ro-bind subuid /etc/subuid \
    "$OCI" info --json
  is "d['system']['user']" somebody
  is "d['ids']['/etc/subuid']" "['5000:77']"
}

@test "info misses a helper that is not in PATH" {
  skip_unless_subordinate_ids
  works env PATH=/nowhere "$OCI" info --json
  is "d['ids']['newuidmap']['works']" False
  [[ $(ability id_ranges why) == "newuidmap is not in PATH" ]]
}

@test "info says what covers /proc, so that there is no new one" {
  skip_unless_user_namespaces
  works in_usr --ro-bind "$SNUG" /snug-oci --unshare-pid /snug-oci info --json
  is "d['mounts']['proc']['works']" True
  works in_usr --ro-bind "$SNUG" /snug-oci --unshare-pid --ro-bind /dev/null /proc/uptime /snug-oci info --json
  is "d['mounts']['proc']['works']" False
  [[ $(ability proc why) == *"/proc/uptime" ]]
}

@test "info finds the caller's cgroup" {
  works "$OCI" info --json
  is "d['cgroups'].get('path')" "$(sed -n 's/^0:://p' /proc/self/cgroup)"
  case $(stat --file-system --format %T /sys/fs/cgroup) in
    cgroup2fs) is "d['cgroups']['layout']" v2 ;;
    tmpfs) [[ $(value "d['cgroups']['layout']") == @(hybrid|v1) ]] ;;
  esac
}

@test "info knows a bus from a file and from somebody else's" {
  works env DBUS_SESSION_BUS_ADDRESS="unix:path=$BATS_TEST_TMPDIR/bus" XDG_RUNTIME_DIR=/nowhere "$OCI" info --json
  before=$(value "d['cgroups']['by_systemd']")
  touch bus
  works env DBUS_SESSION_BUS_ADDRESS="unix:path=$BATS_TEST_TMPDIR/bus" XDG_RUNTIME_DIR=/nowhere "$OCI" info --json
  is "d['cgroups']['by_systemd']" "$before"
}

@test "info has the kernel's seccomp actions" {
  works "$OCI" info --json
  is "' '.join(d['security']['seccomp_actions'])" "$(cat /proc/sys/kernel/seccomp/actions_avail)"
}

@test "info gives a reason for all that does not work" {
  works "$OCI" info --json
  is "[a['name'] for a in d['abilities'] if a['works'] == ('why' in a)]" "[]"
}

@test "info for people says the same" {
  works "$OCI" info --json
  why=$(ability seccomp_notify why)
  works "$OCI" info
  has "kernel   $(uname -r)"
  has "does not work"
  [ "$why" = None ] || has "why: $why"
}

@test "info has bold headings at a terminal, if that is wanted" {
  skip_unless_command script
  works env TERM=xterm script -qec "$OCI info" /dev/null
  has $'\e[1mnamespaces'
  works env TERM=xterm NO_COLOR=1 script -qec "$OCI info" /dev/null
  lacks $'\e['
}

@test "info needs no /sys and no /etc" {
  skip_unless_user_namespaces
  works "$SNUG" "${usr[@]}" --proc /proc --ro-bind "$SNUG" /snug-oci /snug-oci info
  has "layout       none"
}

@test "info leaves no mount" {
  mounts=$(cat /proc/self/mountinfo)
  works "$OCI" info
  [ "$mounts" = "$(cat /proc/self/mountinfo)" ]
}

@test "what can't be printed is an error" {
  [ -e /dev/full ] || skip "there is no /dev/full"
  refused sh -c '"$0" info >/dev/full' "$OCI"
  has "No space left on device"
}

@test "info says where containers' state is kept, and makes no such place" {
  works "$OCI" --root "$BATS_TEST_TMPDIR/store" info --json
  is "d['system']['state']" "$BATS_TEST_TMPDIR/store"
  [ ! -e store ]
}

@test "info says why there is no place for state" {
  ln -s /nowhere store
  works "$OCI" --root "$BATS_TEST_TMPDIR/store" info --json
  [ "$(ability state works)" = False ]
  [[ $(ability state why) == *"$BATS_TEST_TMPDIR/store"* ]]
}

@test "info says when /proc is read-only, so that ids can't be mapped" {
  skip_unless_user_namespaces
  works "$SNUG" "${usr[@]}" --ro-bind /proc /proc --ro-bind "$SNUG" /snug-oci /snug-oci info --json
  [ "$(ability rootless works)" = False ]
  [[ $(ability rootless why) == *"/proc is read-only"* ]]
}
