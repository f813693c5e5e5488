#!/usr/bin/env bats
# The newest of bubblewrap's own test suites that Debian's source packages have, with snug in the place of the program that
# it was written for.  What of it was skipped, and why, is in the comments of the results.
# client: bubblewrap's test suite
# packages: bubblewrap gcc libc6-dev libcap2-bin python3 python3-seccomp strace
# version: grep -h '^# bubblewrap' build/clients/clients-rootless-bubblewrap.tap
load desktop

setup_file ()
{
  write_recorder
  local suite
  export SOURCE # not below /tmp, where the tests mount something
  SOURCE=$(mktemp -d /var/tmp/snug.XXXXXX)
  cd "$SOURCE"
  for suite in sid stable "$(of_archive '$(RELEASE)')"; do
    ! download_from "$suite" >>download.log 2>&1 || break
  done
  tar --strip-components 1 -xf bubblewrap_*.orig.tar.* || return 0
  cc -o tests/try-syscall tests/try-syscall.c
  # The buffer that it gives to statfs is smaller than what the kernel writes, which kills Python in three of its tests.
  [ ! -e tests/test-sandbox.py ] ||
    sed -i "s/('f_bsize', ctypes.c_long)]/('f_bsize', ctypes.c_long), ('rest', ctypes.c_long * 16)]/" tests/test-sandbox.py
  echo "# bubblewrap $(sed -n "/^  version/{s/.*'\\(.*\\)'.*/\\1/p;q}" meson.build)" >&3
}

teardown_file ()
{
  rm -rf "$SOURCE"
}

# Prints something of the archive that this machine's packages come from.
of_archive () # FORMAT
{
  apt-get indextargets --format "$1" 'Identifier: Packages' 'Component: main' | head -n 1
}

# Gets the source of a suite into this folder, by an apt whose settings, lists and cache are in this folder.
download_from () # SUITE
{
  mkdir -p apt/lists/partial apt/archives/partial
  echo "deb-src $(of_archive '$(REPO_URI)') $1 main" >sources.list
  local options=(-q -o "Dir::Etc::SourceList=$PWD/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State=$PWD/apt"
    -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$PWD/apt")
  timeout 120 apt-get "${options[@]}" update
  timeout 120 apt-get "${options[@]}" source --download-only --tar-only bubblewrap
}

# Runs a script of the suite.
suite () # NAME
{
  local interpreter=bash
  [[ $1 != *.py ]] || interpreter='python3 -B'
  [ -d "$SOURCE/tests" ] || skip "its source could not be had from the archive of this machine's packages"
  [ -e "$SOURCE/tests/$1" ] || skip "this version has no $1"
  # shellcheck disable=SC2086 # two words
  passes env BWRAP="$recorder" G_TEST_SRCDIR="$SOURCE" G_TEST_BUILDDIR="$SOURCE" $interpreter "$SOURCE/tests/$1"
  [ -s "$noted" ] || fail "snug was not called"
}

@test "test-run: options, capabilities, overlays, file descriptors, what --info-fd says" {
  suite test-run.sh
}

@test "test-sandbox: what each kind of mount looks like inside, by what is on its way" {
  suite test-sandbox.py
}

@test "test-seccomp: filters, one and several" {
  suite test-seccomp.py
}

@test "test-specifying-pidns: a pid namespace that exists" {
  suite test-specifying-pidns.sh
}

@test "test-specifying-userns: user namespaces that exist" {
  suite test-specifying-userns.sh
}
