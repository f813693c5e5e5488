#!/usr/bin/env bats
# WebKitGTK, which renders pages in processes in bwrap, and their way to the session bus, xdg-dbus-proxy, too.
# client: WebKitGTK
# packages: gir1.2-webkit2-4.1 bubblewrap dbus-daemon python3-gi xauth xdg-dbus-proxy xvfb
# version: dpkg-query -W -f '${Version}' gir1.2-webkit2-4.1
load desktop

setup_file ()
{
  write_recorder
  own_session
  start_bus
}

teardown_file ()
{
  end_bus
}

setup ()
{
  own_session
  : >"$noted"
  cd "$BATS_TEST_TMPDIR"
  mkfifo ask
  echo '<title>static</title><body style="background: #0080ff"><script>document.title = "scripted"</script>' >page.html
}

teardown ()
{
  exec 7>&- # without more input the browser ends
  wait "${browser-}" || :
}

# Shows page.html; what the browser says is in the file said, and it goes on when told to by descriptor 7.
show_page ()
{
  export NO_AT_BRIDGE=1 WEBKIT_DISABLE_DMABUF_RENDERER=1
  in_place_of_bwrap xvfb-run --auto-servernum --server-args "-screen 0 640x480x24" /usr/bin/python3 "$BATS_TEST_DIRNAME/webkit.py" \
    "file://$PWD/page.html" "$PWD/picture.png" <ask >said 2>log 3>&- &
  browser=$!
  exec 7>ask
}

# Waits for the next page; it was rendered right, $renderer is the process that did that and $bwrap what made the sandbox around it.
page_shown () # ROUND
{
  shown () { [ "$(wc -l <said)" = "$1" ]; }
  eventually shown "$1" || eventually shown "$1" || eventually shown "$1" || fail "$(cat log)"
  read -r title colour renderer bwrap < <(tail -n 1 said)
  [ "$title $colour" = "scripted #0080ff" ] || fail "$(cat said log)"
}

@test "a page is rendered in snug, and again when the process that did it was killed" {
  show_page
  page_shown 1
  [[ $(readlink "/proc/$bwrap/exe") == *snug* ]] || fail "process $bwrap is $(readlink "/proc/$bwrap/exe")"
  local first=$renderer
  echo >&7
  page_shown 2
  [ "$renderer" != "$first" ] || fail "the same process"
  [ "$(grep -c WebKitWebProcess "$noted")" = 2 ] || fail "$(calls)"
  echo >&7
  wait "$browser"
}

@test "what renders it has namespaces and a filter of its own, and sees none of the user's files" {
  echo confidential >"$HOME/secret"
  show_page
  page_shown 1
  local kind parent
  parent=$(ps -o ppid= -p "$bwrap" | xargs)
  for kind in mnt pid net user; do
    [ "$(readlink "/proc/$renderer/ns/$kind")" != "$(readlink "/proc/$parent/ns/$kind")" ] || fail "the same $kind"
  done
  output=$(cat "/proc/$renderer/status")
  has $'Seccomp:\t2'
  has $'CapEff:\t0000000000000000'
  [ -e "/proc/$renderer/root/usr/lib" ]
  [ ! -e "/proc/$renderer/root$HOME/secret" ]
  called_with "--seccomp " "--info-fd " --unshare-pid --unshare-net WebKitWebProcess
  called_with xdg-dbus-proxy
}
