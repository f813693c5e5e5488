#!/usr/bin/env bats
# A graphical program in a sandbox: zenity, which is GTK, on an Xvfb.  All that it has of the session is the socket of the
# display, or of a proxy to the session bus.
# client: GTK under Xvfb
# packages: dbus-daemon fonts-dejavu-core libglib2.0-bin python3-gi x11-utils xauth xclip xdg-dbus-proxy xvfb zenity
# version: dpkg-query -W zenity
load desktop

colour=fe12a7
background="<span background='#$colour' size='100000'>       </span>"

what_shows_it ()
{
  skip_unless_user_namespaces
  skip_unless_command Xvfb
  skip_unless_command zenity
}

setup_file ()
{
  file_needs what_shows_it || return 0
  own_session
  start_bus
  export XAUTHORITY=$BATS_FILE_TMPDIR/authority
  export DISPLAY
  DISPLAY=$(start_display)
}

teardown_file ()
{
  [ -z "$why_not" ] || return 0
  kill "$(cat "$BATS_FILE_TMPDIR/display.pid")"
  end_bus
}

setup ()
{
  skip_with_file
  own_session
  export XAUTHORITY=$BATS_FILE_TMPDIR/authority NO_AT_BRIDGE=1 GDK_BACKEND=x11
  number=${DISPLAY#:}
  socket=/tmp/.X11-unix/X$number
  sandbox=("$SNUG" --unshare-all "${usr[@]}" --ro-bind /etc/fonts /etc/fonts --ro-bind /etc/ld.so.cache /etc/ld.so.cache --proc /proc --dev /dev
    --tmpfs /tmp --tmpfs "$HOME" --unsetenv DBUS_SESSION_BUS_ADDRESS)
  display=(--ro-bind "$socket" "$socket" --ro-bind "$XAUTHORITY" "$XAUTHORITY")
  started=()
}

teardown ()
{
  [ ${#started[@]} != 0 ] || return 0
  kill "${started[@]}" 2>/dev/null || :
  wait "${started[@]}" || :
}

# In the background, until the test ends.
start () # COMMAND…
{
  "$@" 3>&- &
  started+=($!)
}

# Prints the name of a new display, which only those may use who have the cookie in $XAUTHORITY.
start_display ()
{
  mkdir "$BATS_FILE_TMPDIR/screen"
  xauth -q -f "$XAUTHORITY" add "$(hostname)/unix:99" . "$(mcookie)" 2>/dev/null
  Xvfb -displayfd 6 -screen 0 640x480x24 -nolisten tcp -auth "$XAUTHORITY" -fbdir "$BATS_FILE_TMPDIR/screen" \
    6>"$BATS_FILE_TMPDIR/display" >"$BATS_FILE_TMPDIR/display.log" 2>&1 3>&- &
  echo $! >"$BATS_FILE_TMPDIR/display.pid"
  eventually [ -s "$BATS_FILE_TMPDIR/display" ]
  number=$(cat "$BATS_FILE_TMPDIR/display")
  # The cookie is the server's, whatever the display: it is listed for this one now.
  cookie=$(xauth -f "$XAUTHORITY" list | awk '{ print $3 }')
  xauth -q -f "$XAUTHORITY" add "$(hostname)/unix:$number" . "$cookie"
  echo ":$number"
}

# How much of the screen is in that colour.
pixels ()
{
  python3 "$BATS_TEST_DIRNAME/pixels.py" "$BATS_FILE_TMPDIR/screen/Xvfb_screen0" "$colour"
}

many_pixels () { [ "$(pixels)" -gt 5000 ]; }
no_pixels () { [ "$(pixels)" = 0 ]; }

@test "a GTK program shows its window through the display's socket, without a network, and takes it away" {
  no_pixels
  start "${sandbox[@]}" "${display[@]}" zenity --info --title "From inside" --text "$background"
  eventually many_pixels || fail "$(pixels) pixels"
  works xwininfo -root -tree
  has '"From inside"'
  [ "$(pixels)" -lt 200000 ] # it is a window, and not all of the screen

  kill "${started[0]}"
  eventually no_pixels || fail "$(pixels) pixels"
}

@test "without the display's socket there is none: its abstract one is that of another network" {
  run "${sandbox[@]}" --ro-bind "$XAUTHORITY" "$XAUTHORITY" zenity --info --text "$background" 3>&-
  [ "$status" != 0 ]
  has "cannot open display: $DISPLAY"
}

@test "with the host's network, its abstract socket is enough" {
  start "${sandbox[@]}" --share-net --ro-bind "$XAUTHORITY" "$XAUTHORITY" zenity --info --text "$background"
  eventually many_pixels || fail "$(pixels) pixels"
}

@test "without the cookie the display refuses the program" {
  run "${sandbox[@]}" --ro-bind "$socket" "$socket" zenity --info --text "$background" 3>&-
  [ "$status" != 0 ]
  has "cannot open display: $DISPLAY"
}

@test "the clipboard passes texts both ways" {
  echo "from outside" | xclip -selection clipboard -in 3>&-
  works "${sandbox[@]}" "${display[@]}" xclip -selection clipboard -out
  equals "from outside"
  start "${sandbox[@]}" "${display[@]}" sh -c 'echo "from inside" | xclip -selection clipboard -in; sleep 10'
  pasted () { [ "$(xclip -selection clipboard -out)" = "from inside" ]; }
  eventually pasted || fail "$(xclip -selection clipboard -out)"
}

# A service of the session by a name, until the test ends.
serve () # NAME
{
  start /usr/bin/python3 -c 'import sys; from gi.repository import Gio, GLib
Gio.bus_own_name (Gio.BusType.SESSION, sys.argv[1], 0, None, None, None); GLib.MainLoop ().run ()' "$1"
  gdbus wait --session --timeout 10 "$1"
}

@test "the session bus through xdg-dbus-proxy: a name that is allowed answers, another does not" {
  serve org.snug.Allowed
  serve org.snug.Refused
  start xdg-dbus-proxy "$DBUS_SESSION_BUS_ADDRESS" "$XDG_RUNTIME_DIR/proxy" --filter --talk=org.snug.Allowed
  eventually [ -S "$XDG_RUNTIME_DIR/proxy" ]
  call=("${sandbox[@]}" --ro-bind "$XDG_RUNTIME_DIR/proxy" /run/bus --setenv DBUS_SESSION_BUS_ADDRESS unix:path=/run/bus
    gdbus call --session --object-path / --method org.freedesktop.DBus.Peer.Ping --dest)
  works "${call[@]}" org.snug.Allowed
  equals "()"
  refused "${call[@]}" org.snug.Refused
  has "org.freedesktop.DBus.Error.ServiceUnknown"
  works gdbus call --session --object-path / --method org.freedesktop.DBus.Peer.Ping --dest org.snug.Refused

  refused "${sandbox[@]}" gdbus call --session --object-path / --method org.freedesktop.DBus.Peer.Ping --dest org.snug.Allowed
}
