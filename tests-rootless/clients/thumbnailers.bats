#!/usr/bin/env bats
# GNOME's thumbnailers, which gnome-desktop's factory (of the file manager, of the document viewer) starts in bwrap.
# client: GNOME thumbnailers
# packages: gir1.2-gnomedesktop-3.0 bubblewrap libgdk-pixbuf2.0-bin python3-gi
# version: dpkg-query -W -f '${Version}' gir1.2-gnomedesktop-3.0
load desktop

setup ()
{
  own_session
  : >"$noted"
  cd "$BATS_TEST_TMPDIR"
  /usr/bin/python3 - <<'END'
import gi
gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf
picture = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, False, 8, 800, 400)
picture.fill(0x0080ffff)
picture.savev("picture.png", "png", [], [])
END
}

# Makes the thumbnail of FILE, and prints its size, the colour in the middle of it, and where it was saved.
thumbnail () # FILE TYPE
{
  in_place_of_bwrap /usr/bin/python3 - "file://$PWD/$1" "$2" <<'END'
import sys
import gi
gi.require_version("GnomeDesktop", "3.0")
from gi.repository import GnomeDesktop
uri, kind = sys.argv[1:]
factory = GnomeDesktop.DesktopThumbnailFactory.new(GnomeDesktop.DesktopThumbnailSize.NORMAL)
assert factory.can_thumbnail(uri, kind, 1)
try:
    thumbnail = factory.generate_thumbnail(uri, kind)
except gi.repository.GLib.Error as error:
    sys.exit(error.message)
if not thumbnail:
    sys.exit("no thumbnail")
width, height = thumbnail.get_width(), thumbnail.get_height()
at = height // 2 * thumbnail.get_rowstride() + width // 2 * thumbnail.get_n_channels()
print("%d×%d" % (width, height), "#%02x%02x%02x" % tuple(thumbnail.get_pixels()[at:at + 3]))
factory.save_thumbnail(thumbnail, uri, 1)
print(factory.lookup(uri, 1))
END
}

@test "a picture becomes a thumbnail" {
  works thumbnail picture.png image/png
  [ "${lines[0]}" = "128×64 #0080ff" ] || fail "another thumbnail"
  [ "$(head -c 4 "${lines[1]}" | tail -c 3)" = PNG ]
  called_with --unshare-all --die-with-parent "--chdir /" "--seccomp " "--ro-bind $PWD/picture.png" /usr/bin/gdk-pixbuf-thumbnailer
}

@test "a file that is none becomes no thumbnail" {
  echo text >none.png
  run thumbnail none.png image/png
  [ "$status" = 1 ]
  called_with --unshare-all /usr/bin/gdk-pixbuf-thumbnailer
}

@test "a thumbnailer sees the file that it is for, and nothing else of the user's" {
  cat >spy <<'END'
#!/bin/sh
ls -A / /tmp
readlink /proc/self/ns/net
grep Seccomp: /proc/self/status
END
  chmod +x spy
  in_place_of_bwrap () { "$SNUG" --dev-bind / / --ro-bind spy /usr/bin/gdk-pixbuf-thumbnailer --ro-bind "$recorder" /usr/bin/bwrap "$@"; }
  run thumbnail picture.png image/png
  has $'/tmp:\ngnome-desktop-file-to-thumbnail.png\nnet:'
  lacks home
  lacks "$(readlink /proc/self/ns/net)"
  has $'Seccomp:\t2'
}
