#!/usr/bin/env bats
# Cgroups in a tree of their own below one that is made for it: see helpers/own-tree.  The machine's are not touched.
load ../tests-rootless/oci
load own-tree

setup ()
{
  skip_unless_own_tree
}

@test "with a cgroup that is delegated by its owner, an ordinary user's containers have cgroups" {
  tests_in_own_tree snug-test oci-cgroup.bats
  [[ $output == *"ok "*" pause stops all processes and resume lets them go on"* ]]
  lacks "go on; state and list say so # skip"
}

# --- Devices -----------------------------------------------------------------------------------------------------

# A container of the host's root without a user namespace, that could make any device, and tells what it can do with /dev/fuse.
device_bundle () # RULES
{
  bundle sh -c 'mknod /tmp/fuse c 10 229; for way in r w; do
    case $way in r) exec 3</tmp/fuse ;; w) exec 3>/tmp/fuse ;; esac && echo $way; done; rm /tmp/fuse'
  # shellcheck disable=SC2016
  config '.process.args[2] |= gsub ("exec"; "command exec")
    | .process.capabilities = (["CAP_MKNOD"] | { bounding: ., effective: ., permitted: . })
    | .linux.resources.devices = $rules' --argjson rules "$1"
  share_users
}

run_in_tree ()
{
  run timeout 60 "$OWN_TREE" root "$OCI" --root "$store" run "$id" 3>&-
}

none='{ "allow": false, "access": "rwm" }'

@test "devices: without rules, or when all is allowed in the end, all is allowed" {
  setup_oci
  for rules in '[]' "[$none, { \"allow\": true }]"; do
    device_bundle "$rules"
    run_in_tree
    equals $'r\nw'
  done
}

@test "devices: what is denied can't be opened, and what every container needs can" {
  setup_oci
  device_bundle "[$none]"
  config '.process.args[2] |= "echo x >/dev/null && head -c 3 /dev/zero | wc -c;" + .'
  run_in_tree
  [ "${lines[0]}" = 3 ]
  has "Operation not permitted"
  [[ $output != *$'\n'[rw]* ]]
}

@test "devices: rules count in their order, each kind of access by itself" {
  setup_oci
  fuse='"type": "c", "major": 10, "minor": 229'
  while read -r expected rules; do
    device_bundle "[$rules]"
    config '.process.args[2] |= "exec 2>/dev/null;" + .'
    run_in_tree
    [ "${output//$'\n'/}" = "${expected#-}" ] || fail "instead of $expected, by $rules"
  done <<END
rw $none, { "allow": true, $fuse, "access": "rw" }
r $none, { "allow": true, $fuse, "access": "r" }
rw $none, { "allow": true, $fuse, "access": "r" }, { "allow": true, "type": "c", "access": "w" }
w $none, { "allow": true, "type": "c", "access": "rwm" }, { "allow": false, $fuse, "access": "r" }
- { "allow": true, $fuse, "access": "rw" }, $none
- $none, { "allow": true, "type": "b", "major": 10, "minor": 229, "access": "rw" }
- $none, { "allow": true, "type": "c", "major": 10, "minor": 228, "access": "rw" }
r { "allow": false, $fuse, "access": "w" }
END
}

@test "devices: update puts new rules in the place of the old ones" {
  setup_oci
  device_bundle "[$none]"
  config '.process.args = ["sleep", "1000"]'
  # shellcheck disable=SC2016
  run timeout 60 "$OWN_TREE" root bash -c '
    oci () { "$1" --root "$2" "${@:3}"; }
    try () { oci "$0" "$1" exec "$2" sh -c "mknod /tmp/f c 10 229; (exec 3</tmp/f) 2>/dev/null && echo open || echo closed; rm /tmp/f"; }
    oci "$0" "$1" run --detach "$2" </dev/null >/dev/null 2>&1 && try "$@"
    echo "{ \"devices\": [{ \"allow\": false }, { \"allow\": true, \"type\": \"c\", \"major\": 10 }] }" | oci "$0" "$1" update --resources - "$2" && try "$@"
    echo "{ \"devices\": [{ \"allow\": true }] }" | oci "$0" "$1" update --resources - "$2" && try "$@"
    echo "{ \"devices\": [{ \"allow\": false }] }" | oci "$0" "$1" update --resources - "$2" && try "$@"
    oci "$0" "$1" delete --force "$2"' "$OCI" "$store" "$id" 3>&-
  equals $'closed\nopen\nopen\nclosed'
}

# --- Ownership ---------------------------------------------------------------------------------------------------

# What of its own cgroup a container with users of its own and a writable cgroup tree owns.  BEFORE is done in the tree first.
owned_after () # BEFORE
{
  # shellcheck disable=SC2016
  run timeout 60 "$OWN_TREE" root bash -euc '
    eval "$4"
    "$0" --root "$1" run --detach "$2" </dev/null >/dev/null 2>"$3"
    cd "/sys/fs/cgroup/snug-$2"
    { find . -maxdepth 0 -user 100000; find * -user 100000; } | sort
    "$0" --root "$1" delete --force "$2"' "$OCI" "$store" "$id" "$BATS_TEST_TMPDIR/said" "$1" 3>&-
  [ "$status" = 0 ] || fail "$(cat "$BATS_TEST_TMPDIR/said")"
}

@test "cgroup ownership: the folder and the files of it that /sys/kernel/cgroup/delegate lists, or what old kernels delegate, which have no list" {
  setup_oci
  bundle
  # A sysfs of its own is refused to a user namespace where a part of the host's is covered.
  config 'del (.mounts[] | select (.type == "sysfs"))'
  add_mount /sys/fs/cgroup cgroup cgroup rw
  config '(.linux.uidMappings[0], .linux.gidMappings[0]) |= { containerID: 0, hostID: 100000, size: 1000 }'
  chown -R 100000:100000 rootfs
  chmod a+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$bundle"
  cover='mount -t tmpfs none /sys/kernel/cgroup'
  owned_after "$cover"
  equals $'.\ncgroup.procs\ncgroup.subtree_control\ncgroup.threads'
  owned_after "$cover; printf '%s\n' cgroup.procs cgroup.max.depth not.there ../cgroup.procs >/sys/kernel/cgroup/delegate"
  equals $'.\ncgroup.max.depth\ncgroup.procs'
}
