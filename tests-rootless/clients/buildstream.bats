#!/usr/bin/env bats
# BuildStream 1, whose builds are in bwrap, as an ordinary user.
# client: BuildStream
# packages: buildstream bubblewrap busybox-static fuse3
# version: bst --version
load buildstream

@test "an element is built without a network, in a root that stays as it is" {
  builds_without_network_and_in_a_root_that_stays
}

@test "a build that fails says why, and leaves no artifact" {
  says_why_a_build_failed
}

@test "ended, it ends the sandbox" {
  ends_the_sandbox_when_it_is_ended
}
