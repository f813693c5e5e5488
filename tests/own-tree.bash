# own-tree: what root's tests have at hand to run something in a cgroup tree of its own: see helpers/own-tree.
#
#   skip_unless_own_tree         skips the test where there can be none
#   tests_in_own_tree USER FILE  runs the tests of tests-rootless/FILE as USER, who may read them where they are and to whom a
#                                cgroup is delegated
OWN_TREE=$BATS_TEST_DIRNAME/helpers/own-tree

skip_unless_own_tree ()
{
  [ "$(id -u)" = 0 ] || skip "needs root"
  timeout 10 "$OWN_TREE" root true 2>/dev/null || skip "no cgroup can be made here"
}

tests_in_own_tree () # USER FILE
{
  local dir=$BATS_TEST_TMPDIR/$1
  getent passwd "$1" >/dev/null || skip "there is no user $1"
  mkdir -m 700 "$dir"
  chown "$1" "$dir"
  chmod a+x "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" || :
  run timeout 300 "$OWN_TREE" "$1" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$dir" TMPDIR="$dir" XDG_RUNTIME_DIR="$dir" LC_ALL=C.UTF-8 \
    SNUG_BIN="$SNUG" bats --formatter tap "$BATS_TEST_DIRNAME/../tests-rootless/$2" </dev/null 3>&-
  [ "$status" = 0 ] || fail "some failed"
}
