#!/usr/bin/env bats
# Sandboxes that are limited as a whole, in a cgroup tree of their own.  The machine's is not touched.
load ../tests-rootless/helpers
load own-tree

@test "with a cgroup that is delegated by its owner, an ordinary user's sandboxes have cgroups" {
  skip_unless_own_tree
  tests_in_own_tree snug-test limits.bats
  [[ $output == *"ok "*" a limit makes a cgroup, in which the program begins and which goes with the sandbox"* ]]
  lacks "goes with the sandbox # skip"
}
