# manual: the examples of the manual, for tests that run them.
#
#   $MANUAL                  snug's manual; snug-oci's is beside it
#   example NAME             prints the lines between an example's marker and the next end, as one would type them
#   run_example NAME         runs an example in an empty directory; its text is all that it gets
MANUAL=$(dirname "${BASH_SOURCE[0]}")/../man/snug.1

example () # NAME
{
  sed -n '/^\.\\" example: '"$1"'$/,/^\.\\" end$/p' "${MANUAL%/*}"/snug{,-oci}.1 |
    sed "/^\./d; s/\\\\-/-/g; s/\\\\(aq/'/g; s/\\\\e/\\\\/g"
}

run_example () # NAME
{
  mkdir -p "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/here"
  ln -s "$SNUG" "$BATS_TEST_TMPDIR/bin/snug"
  cd "$BATS_TEST_TMPDIR/here" || return
  works env "PATH=$BATS_TEST_TMPDIR/bin:$PATH" sh -e -c "$(example "$1")" </dev/null
}
