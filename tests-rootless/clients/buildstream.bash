# buildstream: what the tests of BuildStream as an ordinary user and as root share, beside desktop: a project of two elements, a
# root of busybox and what is built in it by commands.  BuildStream finds bwrap by PATH.
#
#   project COMMAND…   makes the project in the test's folder; COMMAND… build its element tiny.bst
#   bst ARGUMENT…      BuildStream; mounts of FUSE that root makes stay in a namespace of their own
#   of_build           has the output of the commands of the last build in $output
load "$(dirname "${BASH_SOURCE[0]}")/desktop"

setup ()
{
  [[ $(command bst --version) == 1.* ]] || skip "this is BuildStream $(command bst --version), which has buildbox make its sandboxes"
  [ -w /dev/fuse ] || skip "this machine lets $(id -un) make no mounts of FUSE, as BuildStream does for each build"
  own_session
  : >"$noted"
  export HOME=$BATS_TEST_TMPDIR PATH=$BATS_FILE_TMPDIR:$PATH
  cd "$HOME"
}

project () # COMMAND…
{
  local name
  mkdir -p elements root/bin
  cp /bin/busybox root/bin
  for name in cat cp echo hostname id ls mkdir mv readlink sh sleep touch; do
    ln -s busybox "root/bin/$name"
  done
  printf '%s\n' 'name: tests' 'format-version: 9' 'element-path: elements' >project.conf
  printf '%s\n' 'kind: import' 'sources:' '- kind: local' '  path: root' >elements/base.bst
  cat >elements/tiny.bst <<END
kind: manual
depends:
- filename: base.bst
  type: build
config:
  build-commands:
$(printf '  - %s\n' "$@")
  install-commands:
  - mv made "%{install-root}"
  strip-commands: []
END
}

bst ()
{
  local from=(command)
  [ "$(id -u)" != 0 ] || from=(unshare --mount)
  "${from[@]}" bst --no-interactive --no-colors "$@"
}

of_build ()
{
  # shellcheck disable=SC2034 # has looks at it
  output=$(cat "$HOME"/.cache/buildstream/logs/tests/tiny/*-build.*.log)
}

# --- The tests -------------------------------------------------------------------------------------------

builds_without_network_and_in_a_root_that_stays ()
{
  project 'echo "$(id -u) of $(hostname) in $(readlink /proc/self/ns/net)"' 'ls /dev' 'touch /bin/x || echo refused' 'echo made >made'
  works bst build tiny.bst
  of_build
  has "0 of buildstream in net:"
  lacks "$(readlink /proc/self/ns/net)"
  has $'full\nnull\nrandom'
  has $'/bin/x: Read-only file system\nrefused'
  called_with "--uid 0" "--gid 0" "--hostname buildstream" "--remount-ro /" "--chdir " "--dev-bind /dev/null /dev/null" --unshare-net --unshare-user
  works bst checkout tiny.bst out
  [ "$(cd out && echo * && cat made)" = $'made\nmade' ] || fail "more in the artifact: $(ls -R out)"
}

says_why_a_build_failed ()
{
  project 'echo about to fail' 'exit 3'
  run bst build tiny.bst
  [ "$status" != 0 ]
  has "exitcode 3"
  of_build
  has "about to fail"
  run bst checkout tiny.bst out
  [ "$status" != 0 ]
}

ends_the_sandbox_when_it_is_ended ()
{
  project 'sleep 1000'
  bst build tiny.bst >/dev/null 2>&1 3>&- &
  shell=$!
  # shellcheck disable=SC2317 # eventually calls them
  runs () { pgrep -u "$(id -u)" -f "^[^ ]*/bwrap .*$HOME.* sleep 1000" >/dev/null; }
  # shellcheck disable=SC2317
  gone () { ! runs; }
  eventually runs || eventually runs || eventually runs || fail "it does not run"
  end_client
  eventually gone || eventually gone || fail "it runs still"
  wait "$shell" || :
}

# Ends BuildStream, which is in the background, a child of $shell.
end_client ()
{
  pkill -TERM -P "$shell" || :
}

teardown ()
{
  [ -z "${shell-}" ] || end_client
}
