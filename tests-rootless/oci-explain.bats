#!/usr/bin/env bats
# create --explain and run --explain: the container as understood and the steps that would build it, and nothing done.
load oci

setup ()
{
  setup_oci
}

teardown ()
{
  teardown_oci
}

# What there is below a directory.
listing ()
{
  (cd "$1" && find . -exec stat -c '%n %s %Y' {} + | sort)
}

@test "create --explain prints the steps in their order, each with the place in config.json that asked for it" {
  bundle
  config '.hostname = "box" | .linux.maskedPaths = ["/proc/kcore"] | .process.rlimits = [{type: "RLIMIT_CORE", soft: 0, hard: 0}]'
  works oci create --explain "$id"
  has "bind $bundle/rootfs at /"
  has "set the host name to box  "
  has "cover at /proc/kcore  "
  order=$(grep -oE '^ +[0-9]+  (set the host name|mount an empty root|cover at|pivot|set a resource limit core|wait to be started|execute)' \
    <<<"$output" | sed -E 's/^ +[0-9]+  //')
  [ "$order" = $'set the host name\nmount an empty root\ncover at\npivot\nset a resource limit core\nwait to be started\nexecute' ]
  [[ $output =~ "cover at /proc/kcore"\ +/linux/maskedPaths/0 ]]
}

@test "create --explain makes nothing: no store, no container, no file in the bundle" {
  bundle
  before=$(listing "$bundle")
  works oci create --explain --pid-file pid "$id"
  [ ! -e "$store" ]
  [ "$(listing "$bundle")" = "$before" ]
  refused oci state "$id"
  has "does not exist"
}

@test "run --explain runs neither the program nor a hook" {
  bundle touch /tmp/ran
  printf '#!/bin/sh\ntouch %q\n' "$BATS_TEST_TMPDIR/hooked" >hook && chmod +x hook
  config '.hooks = {prestart: [{path: $hook}], createRuntime: [{path: $hook}], poststop: [{path: $hook}]}' --arg hook "$PWD/hook"
  works oci run --explain "$id"
  has "run a hook outside $PWD/hook"
  has "poststop $PWD/hook"
  [ ! -e rootfs/tmp/ran ]
  [ ! -e "$BATS_TEST_TMPDIR/hooked" ]
  works oci run "$id"
  [ -e rootfs/tmp/ran ]
  [ -e "$BATS_TEST_TMPDIR/hooked" ]
}

@test "--explain=json prints the same for programs" {
  bundle
  config '.process.env += ["A=b"] | .process.user.uid = 0'
  works oci create --explain=json "$id"
  explained=$output
  [ "$(jq -c .spec.process.command <<<"$explained")" = '["sleep","1000"]' ]
  [ "$(jq -c .spec.process.environment <<<"$explained")" = '["PATH=/bin","A=b"]' ]
  [ "$(jq -r '[.plan.stages[].steps[].number] == [range(0; [.plan.stages[].steps[]] | length)]' <<<"$explained")" = true ]
  [ "$(jq -r '.plan.stages[].steps[] | select(.dest == "/sys") | .type + " " + (.attributes | join(","))' <<<"$explained")" = "sysfs ro" ]
  works oci create --explain "$id"
  [ "$(grep -cE '^ +[0-9]+  ' <<<"$output")" = "$(jq '[.plan.stages[].steps[]] | length' <<<"$explained")" ]
}

@test "--explain takes no socket and needs none of what the options name" {
  bundle
  config '.process.terminal = true'
  works oci create --explain --console-socket /nowhere/socket "$id"
  has "make a terminal, and start on it at /dev/console"
  refused oci create --explain "$id"
  has "--console-socket"
}

@test "--explain refuses what create refuses to read" {
  bundle
  config '.process.rlimits = [{type: "RLIMIT_SPEED", soft: 0, hard: 0}]'
  refused oci run --explain "$id"
  has '/process/rlimits/0/type: unknown resource limit "RLIMIT_SPEED"'
  refused oci run --explain=xml "$id"
  has '--explain takes text|json, not "xml"'
}

@test "what a bundle writes does not talk to the terminal" {
  bundle $'\e[31mred'
  works oci run --explain "$id"
  has '\x1b[31mred'
  lacks $'\e'
}
