# buildah: what the tests of Buildah have at hand, beside helpers: a working container that has busybox by all of its names, in a
# store of the test file's own.
#
#   buildah ARGUMENT…           Buildah
#   inside ISOLATION [OPTION…] COMMAND…
#                               runs COMMAND in the working container, which has the host's network
#   runtime_ran                 whether it was snug-oci that ran since the last time
#   builds_by_both_isolations   an image is built from a file, by the runtime and without
#   exits STATUS CMD…           CMD exits with STATUS
#   make_container, remove_container
#                               for setup_file and teardown_file
load "$(dirname "${BASH_SOURCE[0]}")/../helpers"

container=working-container
buildah=(buildah --root "$BATS_FILE_TMPDIR/storage" --runroot "$BATS_FILE_TMPDIR/run" --storage-driver vfs)

# Buildah does not say which runtime it used: this one takes notes.
runtime=$BATS_FILE_TMPDIR/runtime/snug-oci notes=$BATS_FILE_TMPDIR/notes

buildah ()
{
  command "${buildah[@]}" "$@"
}

# An option's argument is behind =, so that the first word without a dash is the command.
inside ()
{
  local options=(--isolation="$1" --network=host)
  shift
  while [[ $1 == -* ]]; do
    options+=("$1") && shift
  done
  buildah run --runtime="$runtime" "${options[@]}" "$container" "$@"
}

runtime_ran ()
{
  for verb in create start delete; do
    grep -q " $verb " "$notes" || fail "it was called as: $(cat "$notes")"
  done
  rm "$notes"
}

exits () # STATUS CMD…
{
  run "-$1" "${@:2}" 3>&-
}

make_container ()
{
  local root=$BATS_FILE_TMPDIR/root
  mkdir -p "$root/bin" "$root/etc" "$root/tmp" "${runtime%/*}"
  chmod 1777 "$root/tmp"
  cp /bin/busybox "$root/bin/"
  busybox --list | NEW=$root perl -ne 'chomp; symlink "busybox", "$ENV{NEW}/bin/$_"'
  printf "#!/bin/bash\necho \" \$* \" >>%q\nexec -a snug-oci %q \"\$@\"\n" "$notes" "$SNUG" >"$runtime"
  chmod +x "$runtime"
  buildah from --name "$container" scratch
  tar -C "$root" --owner=0 --group=0 --numeric-owner -c . >"$BATS_FILE_TMPDIR/root.tar"
  buildah add --quiet "$container" "$BATS_FILE_TMPDIR/root.tar" /
  buildah config --env PATH=/bin "$container"
}

remove_container ()
{
  buildah rm --all
  buildah rmi --all --force
}

builds_by_both_isolations ()
{
  buildah commit --quiet "$container" localhost/base
  mkdir "$BATS_TEST_TMPDIR/context"
  printf '%s\n' 'FROM localhost/base' 'RUN echo "built by $(id -u)" >/built' 'RUN cat /built' >"$BATS_TEST_TMPDIR/context/Containerfile"
  for isolation in oci chroot; do
    works buildah build --isolation=$isolation --runtime="$runtime" --network=host --no-cache --tag=localhost/built "$BATS_TEST_TMPDIR/context"
    has "built by 0"
    [ $isolation = chroot ] || runtime_ran
  done
}
