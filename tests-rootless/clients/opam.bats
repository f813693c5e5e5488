#!/usr/bin/env bats
# opam, whose hook sandbox.sh has packages built, installed and removed in bwrap: a repository of one package, without a network.
# client: opam
# packages: opam bubblewrap rsync
# version: opam --version
load desktop

setup ()
{
  own_session
  : >"$noted"
  export HOME=$BATS_TEST_TMPDIR OPAMROOT=$BATS_TEST_TMPDIR/root OPAMYES=1 OPAMCOLOR=never
  cd "$HOME"
}

# Makes the repository, with a package that is built by a script, read from stdin, which makes the file "made".
repository ()
{
  mkdir -p repository/packages/tiny/tiny.1 source
  cat >source/build.sh
  tar -czf source.tar.gz source
  echo 'opam-version: "2.0"' >repository/repo
  cat >repository/packages/tiny/tiny.1/opam <<END
opam-version: "2.0"
maintainer: "none"
build: ["sh" "build.sh"]
install: ["cp" "made" "%{prefix}%/made"]
remove: ["rm" "%{prefix}%/made"]
url { src: "file://$PWD/source.tar.gz" checksum: "sha256=$(sha256sum source.tar.gz | cut -d ' ' -f 1)" }
END
  works in_place_of_bwrap opam init --bare --no-setup default "$PWD/repository"
  works in_place_of_bwrap opam switch create here --empty
}

@test "a package is built, installed and removed in snug" {
  repository <<'END'
readlink /proc/self/ns/net
echo made >made
END
  works in_place_of_bwrap opam install --verbose tiny
  has "installed tiny.1"
  has "net:["
  lacks "$(readlink /proc/self/ns/net)"
  [ "$(cat root/here/made)" = made ]
  called_with --unshare-net --new-session --die-with-parent "--tmpfs /opam-tmp" "--ro-bind $OPAMROOT/here $OPAMROOT/here" "sh build.sh"
  called_with "--bind $OPAMROOT/here $OPAMROOT/here" "cp made"
  works in_place_of_bwrap opam remove tiny
  [ ! -e root/here/made ]
  called_with "rm $OPAMROOT/here/made"
}

@test "a package that writes elsewhere, or asks the network, is not built" {
  repository <<'END'
touch "$HOME/elsewhere" "$OPAM_SWITCH_PREFIX/elsewhere"
touch made
[ "$(wc -l </proc/net/dev)" = 3 ] || echo more than a loopback
exit 1
END
  run in_place_of_bwrap opam install --verbose tiny
  [ "$status" != 0 ]
  has "cannot touch '$HOME/elsewhere': Read-only file system"
  has "cannot touch '$OPAMROOT/here/elsewhere': Read-only file system"
  lacks "more than a loopback"
  lacks "made': "
  [ ! -e elsewhere ]
  called_with "sh build.sh"
}
