#!/usr/bin/env bats
# mat2, whose library has exiftool and ffmpeg look at files and clean them in bwrap.
# client: mat2
# packages: mat2 bubblewrap libimage-exiftool-perl python3-gi-cairo
# version: mat2 --version
load desktop

setup ()
{
  own_session
  : >"$noted"
  cd "$BATS_TEST_TMPDIR"
  /usr/bin/python3 - <<'END'
import cairo
from gi.repository import GdkPixbuf
picture = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, False, 8, 64, 64)
picture.fill(0x0080ffff)
picture.savev("picture.jpg", "jpeg", [], [])
picture.savev("picture.png", "png", ["tEXt::Author"], ["Jane Doe"])
page = cairo.PDFSurface("page.pdf", 100, 100)
page.set_metadata(cairo.PDFMetadata.AUTHOR, "Jane Doe")
cairo.Context(page).paint()
page.finish()
END
  exiftool -quiet -overwrite_original -Artist='Jane Doe' -GPSLatitude=48.1 picture.jpg
}

# Prints what the library knows of FILE, cleans it into another, and prints what is to be known of that.
clean () # FILE [lightweight]
{
  in_place_of_bwrap /usr/bin/python3 - "$@" <<'END'
import sys
from libmat2 import parser_factory
parser, _ = parser_factory.get_parser(sys.argv[1])
print("before", parser.get_meta())
parser.lightweight_cleaning = len(sys.argv) > 2
print("cleaned", parser.remove_all())
parser, _ = parser_factory.get_parser(parser.output_filename)
print("after", parser.get_meta())
END
}

@test "it finds what a picture says of its maker, and takes it away" {
  local picture
  for picture in picture.jpg picture.png; do
    works clean $picture
    [[ ${lines[0]} == before*"Jane Doe"* ]]
    [ "${lines[1]}" = "cleaned True" ]
    [[ ${lines[2]} == after* && ${lines[2]} != *Jane* && ${lines[2]} != *GPS* ]]
    called_with --unshare-user-try --unshare-cgroup-try --unshare-net --new-session "--cap-drop all" "/usr/bin/exiftool -json"
  done
  cmp picture.jpg picture.cleaned.jpg | grep -q differ
}

@test "cleaned lightly, a picture comes out of the folder that it is given in the sandbox" {
  works clean picture.jpg lightweight
  [ "${lines[1]}" = "cleaned True" ]
  [[ ${lines[2]} == after* && ${lines[2]} != *Jane* ]]
  called_with "/usr/bin/exiftool" "--bind /tmp/"
  run exiftool picture.cleaned.jpg
  has JPEG
  lacks Jane
}

# Of the command, 0.13.3 does so only with --no-sandbox, which means the opposite of what it says.
@test "its command does so too" {
  local option
  for option in --show --no-sandbox; do
    works in_place_of_bwrap mat2 "$option" --show picture.jpg
    has "Artist: Jane Doe"
  done
  called_with --unshare-pid "/usr/bin/exiftool -json picture.jpg"
  for option in --verbose --no-sandbox; do
    works in_place_of_bwrap mat2 "$option" page.pdf
    [ "$(head -c 4 page.cleaned.pdf)" = %PDF ]
    works mat2 --show page.cleaned.pdf
    lacks Jane
    rm page.cleaned.pdf
  done
}
