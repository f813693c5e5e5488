#!/usr/bin/env bats
# Flatpak, which takes another bubblewrap from FLATPAK_BWRAP: an app and its runtime made of busybox, and Flatpak's own tests
# that concern running.
# client: Flatpak
# packages: flatpak flatpak-tests busybox-static dbus-daemon gettext libglib2.0-bin ostree python3-gi socat xdg-dbus-proxy
# version: flatpak --version
load desktop

setup_file ()
{
  file_needs skip_unless_command flatpak || return 0
  write_recorder
  environment
  start_bus
  make_runtime_and_app
}

teardown_file ()
{
  [ -z "$why_not" ] || return 0
  end_bus
}

setup ()
{
  environment
  skip_with_file
  : >"$noted"
}

# Everything that Flatpak reads and writes is in the folder of this file of tests.
environment ()
{
  own_session
  export FLATPAK_BWRAP=$recorder FLATPAK_SYSTEM_DIR=$BATS_FILE_TMPDIR/system FLATPAK_CONFIG_DIR=$BATS_FILE_TMPDIR/config
  export FLATPAK_USER_DIR=$BATS_FILE_TMPDIR/user
  export FLATPAK_SYSTEM_HELPER_ON_SESSION=1 # of the system bus it would ask whether parents object
}

# Installs the runtime org.snug.Runtime, which is busybox, gdbus and socat, and the app org.snug.App, which is a shell.
make_runtime_and_app ()
{
  local made=$BATS_FILE_TMPDIR/made arch
  arch=$(flatpak --default-arch)
  mkdir -p "$made/runtime/files/bin" "$made/runtime/files/lib" "$made/app/files/bin" "$made/app/export"
  cp /bin/busybox /usr/bin/gdbus /usr/bin/socat "$made/runtime/files/bin"
  busybox --list | NEW=$made/runtime/files perl -ne 'chomp; symlink "busybox", "$ENV{NEW}/bin/$_"'
  ldd /usr/bin/gdbus /usr/bin/socat | grep -o '/[^ ]*' | sort -u | grep -v ':$' | xargs cp -t "$made/runtime/files/lib"
  ln -s lib "$made/runtime/files/lib64"
  printf '%s\n' '[Runtime]' name=org.snug.Runtime >"$made/runtime/metadata"
  printf '#!/bin/sh\nexec sh -c "$*"\n' >"$made/app/files/bin/run"
  chmod +x "$made/app/files/bin/run"
  printf '%s\n' '[Application]' name=org.snug.App "runtime=org.snug.Runtime/$arch/1" command=run >"$made/app/metadata"
  flatpak build-export --disable-fsync --runtime --files=files "$made/repo" "$made/runtime" 1
  flatpak build-export --disable-fsync "$made/repo" "$made/app" 1
  mkdir "$FLATPAK_SYSTEM_DIR"
  ostree init --repo "$FLATPAK_SYSTEM_DIR/repo" --mode bare-user-only # an empty one, which the portal asks for
  flatpak --user remote-add --no-gpg-verify made "$made/repo"
  flatpak --user install --assumeyes --noninteractive made org.snug.App
}

# Runs a shell command in the app.
app () # [OPTION…] COMMAND
{
  flatpak run --user "${@:1:$#-1}" org.snug.App "${@: -1}" 3>&-
}

# Starts the app with nothing to do, and waits until that is what it does.
start_app ()
{
  app 'touch "$XDG_DATA_HOME/started"; exec sleep 1000' &
  background+=" $!"
  eventually test -e "$HOME/.var/app/org.snug.App/data/started"
}

# Prints the process of bwrap that is the app that runs.
pid_of_app ()
{
  local pid
  for pid in $(flatpak ps --columns=pid); do
    [ ! -e "/proc/$pid" ] || echo "$pid"
  done
}

teardown ()
{
  [ -z "$(pid_of_app)" ] || flatpak kill org.snug.App || :
  # shellcheck disable=SC2086 # several
  [ -z "${background-}" ] || { kill -KILL $background && wait $background; } 2>/dev/null || :
  rm -rf "$BATS_FILE_TMPDIR"/home/[!.]* "$HOME/.var/app/org.snug.App/data/started"
}

# bats test_tags=quick
@test "an app runs in snug, and its exit status comes back" {
  works app 'echo "$(id -u) in $(readlink /proc/self/ns/mnt)"; grep name= /.flatpak-info'
  has "$(id -u) in mnt:"
  lacks "$(readlink /proc/self/ns/mnt)"
  has name=org.snug.App
  called_with "--args "
  run app 'exit 42'
  [ "$status" = 42 ] || fail "exit status $status"
}

# bats test_tags=quick
@test "ps shows it, enter enters it, kill ends it, and the process that it is one of is snug's" {
  start_app
  local pid
  pid=$(pid_of_app)
  [[ $(readlink "/proc/$pid/exe") == *snug* ]] || fail "process $pid is of $(readlink "/proc/$pid/exe")"
  local init
  init=$(pgrep -P "$pid")
  works flatpak enter "$init" sh -c 'readlink /proc/self/ns/pid; pidof sleep'
  has "$(readlink "/proc/$init/ns/pid")"
  lacks "$(readlink /proc/self/ns/pid)"
  works flatpak kill org.snug.App
  await_jobs
  [ -z "$(pid_of_app)" ] || fail "it runs"
}

# bats test_tags=quick
@test "it has a home of its own, and of the user's files those that it was given" {
  mkdir "$HOME/shown" "$HOME/given" "$HOME/hidden"
  echo text | tee "$HOME"/{shown,given,hidden}/file >/dev/null
  run app --filesystem=~/shown:ro --filesystem=~/given --filesystem=~/made:create --filesystem=~/none \
    'cat ~/*/file; ls ~; echo more >>~/given/file; echo new >~/made/file; echo more >>~/shown/file; echo mine >~/own; cat ~/own'
  equals $'text\ntext\ngiven\nmade\nshown\nsh: can\'t create '"$HOME/shown/file"$': Read-only file system\nmine'
  [ "$(cat "$HOME"/{given,made,shown}/file)" = $'text\nmore\nnew\ntext' ]
  [ ! -e "$HOME/own" ]
  works app --filesystem=home --nofilesystem=~/hidden 'cat ~/*/file'
  [ "$(wc -l <<<"$output")" = 4 ] || fail "not four lines"
  works app --filesystem=host:ro 'ls -d /run/host/usr/bin /run/host/etc/passwd; touch /run/host/etc/x || echo refused'
  equals $'/run/host/etc/passwd\n/run/host/usr/bin\ntouch: /run/host/etc/x: Read-only file system\nrefused'
}

# bats test_tags=quick
@test "network, ipc and devices are shared where that was asked for" {
  local look='ls /dev | wc -l; readlink /proc/self/ns/net; readlink /proc/self/ns/ipc'
  local ours
  ours=$(sh -c "$look")
  works app --share=network --share=ipc --device=all "$look"
  [ "${lines[*]:1}" = "$(tail -n 2 <<<"$ours" | xargs)" ] || fail "expected the namespaces of: $ours"
  local all=${lines[0]}
  works app "$look"
  [[ ${lines[1]} == net:* && $ours != *"${lines[1]}"* && $ours != *"${lines[2]}"* ]] || fail "expected other namespaces than $ours"
  [ "${lines[0]}" -lt "$all" ] || fail "it has all $all devices"
}

# bats test_tags=quick
@test "sockets that it was given are there, others are not" {
  export SSH_AUTH_SOCK=$XDG_RUNTIME_DIR/agent WAYLAND_DISPLAY=wayland-7
  socat "UNIX-LISTEN:$SSH_AUTH_SOCK,fork" 'SYSTEM:echo the agent' 3>&- &
  background+=" $!"
  socat "UNIX-LISTEN:$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY,fork" 'SYSTEM:echo the compositor' 3>&- &
  background+=" $!"
  eventually test -S "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY"
  local ask='for s in $SSH_AUTH_SOCK $XDG_RUNTIME_DIR/$WAYLAND_DISPLAY; do socat -u UNIX-CONNECT:$s - || echo none at $s; done'
  works app --socket=ssh-auth --socket=wayland "$ask"
  equals $'the agent\nthe compositor'
  run app "$ask"
  lacks "the "
}

# Owns a name on the session bus.
own_name () # NAME
{
  /usr/bin/python3 - "$1" "$BATS_TEST_TMPDIR/owned" 3>&- <<'END' &
import pathlib, sys
from gi.repository import Gio, GLib
Gio.bus_own_name(Gio.BusType.SESSION, sys.argv[1], Gio.BusNameOwnerFlags.NONE, None,
                 lambda *args: pathlib.Path(sys.argv[2]).touch(), None)
GLib.MainLoop().run()
END
  background+=" $!"
  eventually test -e "$BATS_TEST_TMPDIR/owned"
}

# bats test_tags=quick
@test "of the session bus it has what it was given: xdg-dbus-proxy filters, in snug itself" {
  own_name org.snug.Service
  local call='gdbus call --session --object-path / --dest' bus=org.freedesktop.DBus
  local ping="$call org.snug.Service --method $bus.Peer.Ping" names="$call $bus --method $bus.ListNames"
  works app --talk-name=org.snug.Service "$names; $ping"
  has "'org.snug.Service'"
  [ "${lines[-1]}" = "()" ] || fail "no answer"
  called_with xdg-dbus-proxy
  run app "$names; $ping"
  lacks "'org.snug.Service'"
  has "org.freedesktop.DBus.Error.ServiceUnknown"
  local request="$call $bus --method $bus.RequestName org.snug.Mine 0"
  works app --own-name=org.snug.Mine "$request"
  equals "(uint32 1,)"
  run app "$request"
  [ "$status" != 0 ] && has org.freedesktop.DBus.Error
  works app --socket=session-bus "$names"
  has "'org.snug.Service'"
}

# bats test_tags=quick
@test "--sandbox takes away what the app was given" {
  echo text >"$HOME/file"
  own_name org.snug.Service
  local ask='cat ~/file; readlink /proc/self/ns/net; gdbus call --session --dest org.snug.Service --object-path / --method org.freedesktop.DBus.Peer.Ping'
  works flatpak override --user --filesystem=home --share=network --talk-name=org.snug.Service org.snug.App
  works app "$ask"
  equals $'text\n'"$(readlink /proc/self/ns/net)"$'\n()'
  run app --sandbox "$ask"
  lacks text
  lacks "$(readlink /proc/self/ns/net)"
  has "Could not connect"
  works flatpak override --user --reset org.snug.App
}

# bats test_tags=quick
@test "a filter refuses what apps have no need of" {
  run app 'unshare -U true; echo; dmesg; echo; unshare -U true 2>&1'
  has "unshare(0x10000000): Operation not permitted"
  works app 'grep Seccomp: /proc/self/status'
  equals $'Seccomp:\t2'
  called_with --args
}

@test "--die-with-parent ends it when what started it is killed" {
  bash -c 'flatpak run --user --die-with-parent org.snug.App "touch \"\$XDG_DATA_HOME/started\"; sleep 1000"; true' 3>&- &
  local parent=$!
  eventually test -e "$HOME/.var/app/org.snug.App/data/started"
  [ -n "$(pid_of_app)" ]
  kill -KILL "$parent"
  gone () { [ -z "$(pid_of_app)" ]; }
  eventually gone || fail "it runs"
}

# Flatpak removes the folders of instances in its runtime folder that are older than three seconds and that bwrap has not
# locked yet, which many at once can be on a busy machine: so each has a runtime folder of its own.
@test "many start at once" {
  local i
  for i in {1..20}; do
    mkdir -m 700 "$BATS_TEST_TMPDIR/run$i"
    XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run$i app "echo $i" >"$BATS_TEST_TMPDIR/$i" &
  done
  await_jobs
  for i in {1..20}; do
    [ "$(cat "$BATS_TEST_TMPDIR/$i")" = "$i" ] || fail "the output of $i was: $(cat "$BATS_TEST_TMPDIR/$i")"
  done
}

@test "a second sandbox of an app is in the first one's pid namespace, or in one that the first sees" {
  start_app
  local inside
  inside=$(pgrep -P "$(pgrep -P "$(pid_of_app)")")
  works app --parent-pid="$inside" --parent-share-pids 'readlink /proc/self/ns/pid; ps'
  has "$(readlink "/proc/$inside/ns/pid")"
  has "sleep 1000"
  called_with "--pidns "
  app --parent-pid="$inside" --parent-expose-pids 'ps; readlink /proc/self/ns/pid; exec sleep 777' >"$BATS_TEST_TMPDIR/second" &
  background+=" $!"
  sees_it () { grep -q pid: "$BATS_TEST_TMPDIR/second" && run flatpak enter "$inside" ps && has "sleep 777"; }
  eventually sees_it >/dev/null
  output=$(cat "$BATS_TEST_TMPDIR/second")
  has pid:
  lacks "$(readlink "/proc/$inside/ns/pid")"
  lacks "sleep 1000"
}

# Has the app ask the portal for a sandbox in which COMMAND, without quotes in it, runs; $output is what the portal and that say.
spawn () # FLAGS COMMAND
{
  local portal=org.freedesktop.portal.Flatpak said=$BATS_TEST_TMPDIR/portal
  : >"$said"
  # A folder, words, descriptors, environment, flags, options.
  app --filesystem=~/given "gdbus call --session --dest $portal --object-path /org/freedesktop/portal/Flatpak --method $portal.Spawn \
    \"b'/'\" \"[b'sh', b'-c', b'$2; echo that is all']\" '@a{uh} {}' '@a{ss} {}' $1 '@a{sv} {}'; exec sleep 1000" >/dev/null 2>&1 &
  background+=" $!"
  eventually grep -q '^that is all' "$said" || :
  output=$(cat "$said")
  flatpak kill org.snug.App
}

@test "by the portal an app starts sandboxes: of its own kind, a stricter one, one whose processes it sees" {
  /usr/libexec/flatpak-portal >>"$BATS_TEST_TMPDIR/portal" 2>&1 3>&- &
  background+=" $!"
  gdbus wait --session --timeout 10 org.freedesktop.portal.Flatpak
  mkdir "$HOME/given"
  spawn 0 "grep name= /.flatpak-info; ls -d ~/given; readlink /proc/self/ns/pid"
  has $'name=org.snug.App\n'"$HOME/given"$'\npid:'
  spawn 4 "grep name= /.flatpak-info; ls -d ~/given"
  has name=org.snug.App
  has "$HOME/given: No such file"
  spawn 32 "grep name= /.flatpak-info"
  has name=org.snug.App
  called_with --userns --userns2 --pidns
}

@test "build runs what makes an app" {
  cd "$BATS_TEST_TMPDIR"
  works flatpak build-init new org.snug.New org.snug.Runtime org.snug.Runtime 1
  works flatpak build new sh -c 'echo made >/app/file; touch /usr/x; readlink /proc/self/ns/net'
  has "/usr/x: Read-only file system"
  lacks "$(readlink /proc/self/ns/net)"
  [ "$(cat new/files/file)" = made ]
  called_with "/app"
}

# Runs one of Flatpak's own tests, in an environment as at their installation.
installed () # NAME
{
  local words
  cd "$BATS_TEST_TMPDIR"
  [ -e "/usr/share/installed-tests/Flatpak/$1.test" ] || skip "this version has no $1"
  read -ra words < <(sed -n 's/^Exec=//p' "/usr/share/installed-tests/Flatpak/$1.test")
  mkdir here
  cd here
  passes env -i "PATH=$PATH" "HOME=$BATS_TEST_TMPDIR" "TMPDIR=$BATS_TEST_TMPDIR" LC_ALL=C.UTF-8 "FLATPAK_BWRAP=$recorder" "${words[@]}"
  [ -s "$noted" ] || fail "snug was not called"
}

@test "Flatpak's test-run" {
  installed test-run@user,nodeltas.wrap
}

@test "Flatpak's test-run-custom" {
  installed test-run-custom@user.wrap
}

@test "Flatpak's test-info" {
  installed test-info@user.wrap
}

@test "Flatpak's test-extensions" {
  installed test-extensions.sh
}

@test "Flatpak's test-seccomp" {
  installed test-seccomp.sh
}

@test "Flatpak's test-override" {
  installed test-override.sh
}

@test "Flatpak's test-extra-data" {
  installed test-extra-data@user.wrap
}

@test "Flatpak's test-update-portal" {
  installed test-update-portal@user.wrap
}
