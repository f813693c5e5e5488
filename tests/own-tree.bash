# own-tree: what root's tests have at hand to run something in a cgroup tree of its own: see helpers/own-tree.
#
#   skip_unless_own_tree         skips the test where there can be none
#   start_own_tree, end_own_tree for setup_file and teardown_file: one that lasts for all tests, with a /run of its own
#   own_tree                     what stands before a command of root's that is to run in that one
#   in_own_tree PATH             prints where PATH is that the tree has alone
#   tests_in_own_tree USER FILE  runs the tests of tests-rootless/FILE as USER, who may read them where they are and to whom a
#                                cgroup is delegated
OWN_TREE=$(dirname "${BASH_SOURCE[0]}")/helpers/own-tree

skip_unless_own_tree ()
{
  [ "$(id -u)" = 0 ] || skip "needs root"
  timeout 10 "$OWN_TREE" root true 2>/dev/null || skip "no cgroup can be made here"
}

# shellcheck disable=SC2016,SC2034 # tests use it
own_tree=(sh -c 'pid=$(cat "$0") && echo $$ >"/proc/$pid/root/sys/fs/cgroup/session/cgroup.procs" &&
  exec nsenter --target "$pid" --mount --cgroup "$@"' "$BATS_FILE_TMPDIR/own-tree")

# The first process in it writes down its pid.
start_own_tree ()
{
  # shellcheck disable=SC2016
  "$OWN_TREE" root sh -c 'mount -t tmpfs none /run && echo $$ >"$0" && exec sleep infinity' "$BATS_FILE_TMPDIR/own-tree" \
    >/dev/null 2>&1 3>&- &
  eventually test -s "$BATS_FILE_TMPDIR/own-tree"
}

end_own_tree ()
{
  kill "$(<"$BATS_FILE_TMPDIR/own-tree")"
  await_jobs
}

in_own_tree () # PATH
{
  echo "/proc/$(<"$BATS_FILE_TMPDIR/own-tree")/root$1"
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
