"""webkit.py PAGE PICTURE: shows a page in WebKitGTK with its sandbox on, without a window, and saves a picture of it.  Prints the
page's title, the colour in the middle of it, the process that rendered it and bwrap's, and waits for a line of input.  Then has the
process killed and does all of it again."""
import os
import sys
import gi

gi.require_version("GdkPixbuf", "2.0")
gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import GdkPixbuf, GLib, Gtk, WebKit2

page, picture = sys.argv[1:]
context = WebKit2.WebContext.get_default()
context.set_sandbox_enabled(True)
view = WebKit2.WebView.new_with_context(context)
view.set_size_request(200, 100)
window = Gtk.OffscreenWindow()
window.add(view)
window.show_all()
rounds = 0


def look_at_picture(view, result):
    view.get_snapshot_finish(result).write_to_png(picture)
    pixels = GdkPixbuf.Pixbuf.new_from_file(picture)
    at = pixels.get_height() // 2 * pixels.get_rowstride() + pixels.get_width() // 2 * pixels.get_n_channels()
    colour = "#%02x%02x%02x" % tuple(pixels.get_pixels()[at:at + 3])
    print(view.get_title(), colour, *renderers(), flush=True)
    sys.stdin.readline()
    view.terminate_web_process()


def renderers():
    """The process that renders, and the one of bwrap, which is a child of this one."""
    parents = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as stat:
                name, rest = stat.read().rsplit(") ", 1)
        except OSError:
            continue
        parents[pid] = rest.split()[1], name.split("(")[1]
    for pid, (parent, name) in parents.items():
        above = parents.get(parent, ("", ""))[0]
        if name == "WebKitWebProces" and parents.get(above, ("", ""))[0] == str(os.getpid()):
            yield pid
            yield above


def loaded(view, event):
    if event == WebKit2.LoadEvent.FINISHED:
        view.get_snapshot(WebKit2.SnapshotRegion.VISIBLE, WebKit2.SnapshotOptions.NONE, None, look_at_picture)


def terminated(view, reason):
    global rounds
    rounds += 1
    if rounds == 2:
        Gtk.main_quit()
    else:
        view.reload()


view.connect("load-changed", loaded)
view.connect("web-process-terminated", terminated)
view.load_uri(page)
GLib.timeout_add_seconds(60, Gtk.main_quit)
Gtk.main()
