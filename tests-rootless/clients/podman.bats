#!/usr/bin/env bats
# Rootless Podman with snug-oci as its runtime.
# client: Podman, rootless
# packages: podman busybox-static
# version: podman --version
load podman

# bats test_tags=quick
@test "run prints what the program prints, and exits as it does" {
  works podman run --rm --network none "$image" echo hello
  equals hello
  run podman run --rm --network none "$image" sh -c 'exit 42'
  [ "$status" = 42 ] || fail "exit status $status"
}
