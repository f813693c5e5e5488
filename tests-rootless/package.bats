#!/usr/bin/env bats
# The Debian package and what it brings for others: built by tools/package, and looked at without being installed.
load helpers

what_builds_it ()
{
  [[ $SNUG_BIN != *-asan/* ]] || skip "a package is built once, and without sanitizers"
  skip_unless_command dpkg-buildpackage
  skip_unless_command dh
}

setup_file ()
{
  file_needs what_builds_it || return 0
  mkdir "$BATS_FILE_TMPDIR/packages"
  # What it takes to build it is the compiler's: it is fast without optimisation.
  DEB_BUILD_OPTIONS=noopt "$BATS_TEST_DIRNAME/../tools/package" "$BATS_FILE_TMPDIR/packages" >"$BATS_FILE_TMPDIR/log" 2>&1 3>&- \
    || { tail -n 30 "$BATS_FILE_TMPDIR/log" && return 1; }
  dpkg-deb --extract "$BATS_FILE_TMPDIR"/packages/snug_*.deb "$BATS_FILE_TMPDIR/root"
}

setup ()
{
  skip_with_file
  root=$BATS_FILE_TMPDIR/root
}

@test "what it installs runs a sandbox, and a container's command by the other name" {
  skip_unless_user_namespaces
  works "$root/usr/bin/snug" "${usr[@]}" --unshare-all --proc /proc sh -c 'echo $$'
  [ "$output" -lt 10 ]
  works "$root/usr/bin/snug-oci" --version
  has "snug-oci"
}

@test "no file in it is setuid, setgid or has capabilities" {
  [ -z "$(find "$root" -type f -perm /6000)" ]
  works dpkg-deb --info "$BATS_FILE_TMPDIR"/packages/snug_*.deb
  lacks "postinst"
}

@test "it needs newuidmap, and says from what its linked libraries come" {
  works dpkg-deb --show --showformat '${Depends}\n${Built-Using}\n' "$BATS_FILE_TMPDIR"/packages/snug_*.deb
  has uidmap
  has glib2.0
}

@test "manuals, messages and completions are in it" {
  for file in man/man1/snug.1.gz man/man1/snug-oci.1.gz locale/de/LC_MESSAGES/snug.mo bash-completion/completions/snug-oci \
    zsh/site-functions/_snug fish/vendor_completions.d/snug.fish; do
    [ -s "$root/usr/share/$file" ] || fail "no $file"
  done
}

@test "the AppArmor profile is for the installed program, and lets it make user namespaces" {
  works cat "$root/etc/apparmor.d/snug"
  has "profile snug /usr/bin/snug flags=(unconfined) {"
  has "  userns,"
  command -v apparmor_parser >/dev/null || skip "there is no apparmor_parser"
  printf 'abi <abi/4.0>,\nprofile x { userns, }\n' >"$BATS_TEST_TMPDIR/known"
  apparmor_parser --skip-kernel-load --skip-cache "$BATS_TEST_TMPDIR/known" 2>/dev/null || skip "this apparmor_parser knows no rule userns"
  works apparmor_parser --skip-kernel-load --skip-cache "$root/etc/apparmor.d/snug"
}

@test "the engines' settings name the installed program, in their languages" {
  cd "$root/usr/share/doc/snug/engines"
  for file in config.toml containers.conf crio.conf daemon.json oci.conf; do
    grep -q '/usr/bin/snug-oci' "$file" || fail "$file does not"
  done
  [ "$(jq -r '.runtimes[."default-runtime"].path' daemon.json)" = /usr/bin/snug-oci ]
  works python3 -c '
import sys, tomllib
for file in sys.argv[1:]:
    tomllib.load (open (file, "rb"))
' config.toml containers.conf crio.conf
  works python3 -c '
import tomllib
engine = tomllib.load (open ("containers.conf", "rb"))["engine"]
print (engine["runtimes"][engine["runtime"]][0])'
  equals /usr/bin/snug-oci
}
