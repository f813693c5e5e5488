#!/usr/bin/env bats
# process.apparmorProfile where there is AppArmor: in the guest, whose kernel has it, and which has no profiles loaded.
load ../oci

setup ()
{
  [ -d /sys/kernel/security/apparmor ] || skip "the guest's kernel has no AppArmor"
  setup_oci
}

teardown ()
{
  teardown_oci
}

@test "apparmorProfile: the kernel is asked for it: unconfined is always there, by run and exec" {
  bundle cat /proc/self/attr/apparmor/current
  config '.process.apparmorProfile = "unconfined"'
  run_bundle
  equals unconfined
  config '.process.args = ["sleep", "1000"]'
  start_bundle
  works oci exec --apparmor unconfined "$id" cat /proc/self/attr/apparmor/current
  equals unconfined
}

@test "apparmorProfile: one that is not loaded is an error that names it, and nothing is left" {
  bundle touch /ran
  config '.process.apparmorProfile = "no-such-profile"'
  refused oci run "$id"
  has "/process/apparmorProfile"
  has "no-such-profile"
  has "No such file or directory"
  [ ! -e rootfs/ran ]
  nothing_left
}
