# podman: what the tests of Podman and its kin have at hand, beside helpers: an image, and a store of the test file's own.
#
#   podman ARGUMENT…   Podman with snug-oci as its runtime
#   $image             an image that has busybox by all of its names
load "$(dirname "${BASH_SOURCE[0]}")/../helpers"

OCI=$BATS_RUN_TMPDIR/snug-oci
[ -e "$OCI" ] || ln -s "$SNUG" "$OCI"
# shellcheck disable=SC2034 # tests use it
image=localhost/busybox

podman ()
{
  command podman --root "$BATS_FILE_TMPDIR/storage" --runroot "$BATS_FILE_TMPDIR/run" --storage-driver vfs --events-backend file \
    --runtime "$OCI" "$@" 3>&-
}

setup_file ()
{
  local root=$BATS_FILE_TMPDIR/image
  mkdir -p "$root/bin" "$root/etc" "$root/tmp"
  cp /bin/busybox "$root/bin/"
  busybox --list | NEW=$root perl -ne 'chomp; symlink "busybox", "$ENV{NEW}/bin/$_"'
  tar -C "$root" -c . | podman import - "$image" >/dev/null 2>&1
}

teardown_file ()
{
  podman rm --all --force --time 0 >/dev/null 2>&1 || :
  command podman unshare rm -rf "$BATS_FILE_TMPDIR/storage"
}
