#!/usr/bin/env bats
# The shortest way through a container's life.
load oci

setup ()
{
  setup_oci
}

teardown ()
{
  teardown_oci
}

@test "a container runs a program and passes its output and status on" {
  bundle sh -c 'echo hello; exit 3'
  run oci run "$id" 3>&-
  [ "$status" = 3 ]
  equals hello
}

@test "create, start, exec, kill, delete" {
  bundle
  create_bundle
  has_status created
  works oci start "$id"
  works in_container true
  works oci kill "$id" KILL
  eventually has_status stopped
  works oci delete "$id"
  refused oci state "$id"
  has "does not exist"
}
