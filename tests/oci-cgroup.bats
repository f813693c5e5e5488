#!/usr/bin/env bats
# Cgroups in a tree of their own below one that is made for it: see helpers/own-tree.  The machine's are not touched.
load ../tests-rootless/oci

TESTS=$BATS_TEST_DIRNAME/../tests-rootless/oci-cgroup.bats
OWN_TREE=$BATS_TEST_DIRNAME/helpers/own-tree

setup ()
{
  [ "$(id -u)" = 0 ] || skip "needs root"
  timeout 10 "$OWN_TREE" root true 2>/dev/null || skip "no cgroup can be made here"
}

# Runs the tests that need a delegated cgroup as USER, who may read them where they are.
rootless_tests () # USER
{
  local dir=$BATS_TEST_TMPDIR/$1
  mkdir -m 700 "$dir"
  chown "$1" "$dir"
  chmod a+x "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" || :
  run timeout 300 "$OWN_TREE" "$1" env -i PATH="$PATH" HOME="$dir" TMPDIR="$dir" XDG_RUNTIME_DIR="$dir" LC_ALL=C.UTF-8 \
    SNUG_BIN="$SNUG" bats --formatter tap "$TESTS" </dev/null 3>&-
  lacks "not ok"
  [ "$status" = 0 ]
  [[ $output == *"ok "*" pause stops all processes and resume lets them go on"* ]]
  lacks "go on; state and list say so # skip"
}

@test "with a cgroup that is delegated by its owner, an ordinary user's containers have cgroups" {
  getent passwd snug-test >/dev/null || skip "there is no user snug-test"
  rootless_tests snug-test
}
