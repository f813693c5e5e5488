#!/usr/bin/env bats
# snug-oci mounts: changing the mounts of a container that runs.
load oci

setup ()
{
  setup_oci
  mkdir "$BATS_TEST_TMPDIR/outside"
  echo outside >"$BATS_TEST_TMPDIR/outside/file"
  bundle
  start_bundle
  list=$BATS_TEST_TMPDIR/mounts.json
}

teardown ()
{
  teardown_oci
}

list () # MOUNT…
{
  printf '%s\n' "$@" | jq -s . >"$list"
}

bind () # DEST [OPTION]
{
  jq -n --arg source "$BATS_TEST_TMPDIR/outside" --arg dest "$1" --arg option "${2-rw}" \
    '{destination: $dest, source: $source, options: ["bind", $option]}'
}

@test "a bind of the host's appears in the running container, and goes again" {
  list "$(bind /new)"
  works oci mounts add "$id" "$list"
  works in_container cat /new/file
  equals outside
  works oci mounts remove "$id" "$list"
  works in_container ls /new
  equals ""
}

@test "its options hold" {
  list "$(bind /new ro)"
  works oci mounts add "$id" "$list"
  run in_container touch /new/file 3>&-
  has "Read-only file system"
}

@test "a new filesystem can be added too, and the list can come through standard input" {
  list '{"destination": "/new", "type": "tmpfs", "source": "tmpfs", "options": ["size=64k"]}'
  oci mounts add "$id" - <"$list" 3>&-
  works in_container grep ' /new ' /proc/mounts
  has size=64k
}

@test "a remount is refused: what others mounted is not this verb's" {
  list '{"destination": "/tmp", "options": ["remount", "size=64k"]}'
  for verb in add remove; do
    refused oci mounts "$verb" "$id" "$list"
    has "/mounts/0: a running container's mounts can be added and removed, and not remounted"
  done
}

@test "when one of them fails, those before it are taken away again" {
  list "$(bind /new)" '{"destination": "/other", "type": "nosuch"}'
  refused oci mounts add "$id" "$list"
  has "/mounts/0: can't mount nosuch on /other: No such device"
  works in_container ls /new
  equals ""
}

@test "a list may be longer than there are descriptors" {
  jq -n '[range(40) | { destination: "/tmp/\(.)", type: "tmpfs", source: "tmpfs" }]' >"$list"
  (ulimit -n 30 && oci mounts add "$id" "$list") 3>&-
  works in_container grep -c ' /tmp/' /proc/mounts
  equals 40
}

@test "what is not mounted can't be removed" {
  list "$(bind /bin)"
  refused oci mounts remove "$id" "$list"
  has "can't unmount /bin: Invalid argument"
}

@test "a link in the container leads nowhere else" {
  in_container ln -s ../../../../.."$BATS_TEST_TMPDIR/canary" /new
  mkdir "$BATS_TEST_TMPDIR/canary"
  list "$(bind /new/below)"
  works oci mounts add "$id" "$list"
  [ -z "$(ls -A "$BATS_TEST_TMPDIR/canary")" ]
  works in_container cat "$BATS_TEST_TMPDIR/canary/below/file"
  equals outside
}

@test "the container has to run" {
  list "$(bind /new)"
  works oci kill "$id" KILL
  eventually has_status stopped
  refused oci mounts add "$id" "$list"
  has "container not running"
}
