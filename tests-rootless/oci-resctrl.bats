#!/usr/bin/env bats
# linux.intelRdt: classes of service and monitoring groups, against a tree of plain folders in the place of resctrl.
load oci

setup ()
{
  setup_oci
  bundle
  export SNUG_RESCTRL=$BATS_TEST_TMPDIR/resctrl
  mkdir -p "$SNUG_RESCTRL/mon_groups" "$SNUG_RESCTRL/gold/mon_groups"
  printf '    L3:0=07f;1=3\n    MB:0=20;1=70\n' >"$SNUG_RESCTRL/gold/schemata"
}

teardown ()
{
  teardown_oci
}

rdt () # MEMBERS
{
  config ".linux.intelRdt = {$1}"
}

@test "no intelRdt: nothing of resctrl is touched" {
  export SNUG_RESCTRL=/nowhere
  start_bundle
}

@test "no resctrl filesystem is an error, and leaves no container" {
  unset SNUG_RESCTRL
  grep -q ' - resctrl ' /proc/self/mountinfo && skip "there is one here"
  rdt '"closID": "gold"'
  refused oci create "$id"
  has "/linux/intelRdt: there is no resctrl filesystem mounted here"
  works oci list --quiet
  equals ""
}

@test "a closID alone has to exist, and gets the container's process" {
  rdt '"closID": "gold"'
  start_bundle
  [ "$(cat "$SNUG_RESCTRL/gold/tasks")" = "$(state_of .pid)" ]
  rdt '"closID": "silver"'
  refused oci create other
  has "can't find the class of service silver: No such file or directory"
}

@test "\"/\" is the default class" {
  rdt '"closID": "/"'
  start_bundle
  [ "$(cat "$SNUG_RESCTRL/tasks")" = "$(state_of .pid)" ]
}

@test "without a closID the container's id names a class that is made, and removed with the container" {
  rdt '"l3CacheSchema": "L3:0=f", "memBwSchema": "MB:0=20", "schemata": ["L2:0=1", "L2:1=2"]'
  start_bundle
  run cat "$SNUG_RESCTRL/$id/schemata"
  equals $'L3:0=f\nMB:0=20\nL2:0=1\nL2:1=2'
  works oci delete --force "$id"
  [ ! -e "$SNUG_RESCTRL/$id" ]
}

@test "none of the schemata is set: none is written" {
  rdt ''
  start_bundle
  [ -e "$SNUG_RESCTRL/$id/tasks" ]
  [ ! -e "$SNUG_RESCTRL/$id/schemata" ]
}

@test "a class that somebody else made under the container's id is an error, and stays" {
  mkdir "$SNUG_RESCTRL/$id"
  rdt ''
  refused oci create "$id"
  has "can't make the class of service $id: File exists"
  [ -d "$SNUG_RESCTRL/$id" ]
}

@test "a closID with a schema is made if it is not there, and stays when the container goes" {
  rdt '"closID": "new", "schemata": ["L3:0=f"]'
  start_bundle
  [ "$(cat "$SNUG_RESCTRL/new/schemata")" = "L3:0=f" ]
  works oci delete --force "$id"
  [ -e "$SNUG_RESCTRL/new/tasks" ]
}

@test "a closID with a schema that exists is compared" {
  rdt '"closID": "gold", "l3CacheSchema": "L3:1=3;0=7f", "memBwSchema": "MB:0=20"'
  start_bundle
  rdt '"closID": "gold", "l3CacheSchema": "L3:0=7e"'
  refused oci create other
  has "the class of service exists already, and its schemata differ from L3:0=7e"
}

@test "enableMonitoring makes a group of the container's id, which goes with it; its failure is an error" {
  rdt '"closID": "gold", "enableMonitoring": true'
  start_bundle
  [ "$(cat "$SNUG_RESCTRL/gold/mon_groups/$id/tasks")" = "$(state_of .pid)" ]
  works oci delete --force "$id"
  [ ! -e "$SNUG_RESCTRL/gold/mon_groups/$id" ]
  rmdir "$SNUG_RESCTRL/gold/mon_groups"
  refused oci create other
  has "can't make the monitoring group mon_groups/other: No such file or directory"
}

@test "update --l3-cache-schema and --mem-bw-schema write to the container's class, and need one" {
  rdt '"l3CacheSchema": "L3:0=f"'
  start_bundle
  works oci update --l3-cache-schema "L3:0=3" --mem-bw-schema "MB:0=50" "$id"
  works oci update --mem-bw-schema "MB:0=70" "$id"
  run cat "$SNUG_RESCTRL/$id/schemata"
  equals $'L3:0=f\nL3:0=3\nMB:0=50\nMB:0=70'
  refused oci update --mem-bw-schema "L3:0=f" "$id"
  refused oci update --l3-cache-schema $'L3:0=f\nL3:1=f' "$id"
  works oci delete --force "$id"
  config 'del (.linux.intelRdt)'
  start_bundle
  refused oci update --l3-cache-schema "L3:0=3" "$id"
  has "container $id was not made with /linux/intelRdt"
}

@test "a set-up that fails later leaves no class" {
  rdt '"enableMonitoring": false'
  config '.process.args = ["/nosuch"]'
  refused oci create "$id"
  [ ! -e "$SNUG_RESCTRL/$id" ]
}
