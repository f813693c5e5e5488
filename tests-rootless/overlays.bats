#!/usr/bin/env bats
# Overlays: directories of the host laid over one another.
load helpers

setup ()
{
  cd "$BATS_TEST_TMPDIR"
  mkdir low high upper work
  unshare --user --map-root-user --mount \
    mount -t overlay none -o lowerdir=low,upperdir=upper,workdir=work,userxattr low 2>/dev/null \
    || skip "the kernel lets its users mount no overlay here"
  rm -rf work
  mkdir work
  echo low | tee low/both low/lower >high/higher
  echo high >high/both
}

# Every way to mount the layers that an option before it gives.
each_kind () # COMMAND…
{
  "$@" --tmp-overlay /mnt && "$@" --ro-overlay /mnt && "$@" --overlay upper work /mnt
}

shows_both_layers () # OPTION…
{
  works in_usr --overlay-src low --overlay-src high "$@" sh -c 'cd /mnt && ls && cat both'
  equals $'both\nhigher\nlower\nhigh'
}

later_is_lower () # OPTION…
{
  works in_usr --overlay-src high --overlay-src low "$@" cat /mnt/both
  equals low
}

@test "overlays show the files of all their layers" {
  each_kind shows_both_layers
}

@test "a layer lies above those that were given before it" {
  each_kind later_is_lower
}

@test "--overlay writes to its first directory, which lies on top, and leaves the layers alone" {
  echo top >upper/both
  works in_usr --overlay-src low --overlay upper work /mnt sh -c 'cat /mnt/both; echo new >/mnt/both; rm /mnt/lower'
  equals top
  [ "$(cat upper/both low/both)" = $'new\nlow' ]
  [ -e low/lower ]
  works in_usr --overlay-src low --overlay upper work /mnt ls /mnt
  equals both
}

@test "--tmp-overlay can be written to and forgets" {
  works in_usr --overlay-src low --tmp-overlay /mnt sh -c 'echo new >/mnt/both; rm /mnt/lower; ls /mnt; cat /mnt/both'
  equals $'both\nnew'
  works in_usr --overlay-src low --tmp-overlay /mnt sh -c 'ls /mnt; cat /mnt/both'
  equals $'both\nlower\nlow'
}

@test "each --tmp-overlay writes to a place of its own" {
  works in_usr --overlay-src low --tmp-overlay /a --overlay-src low --tmp-overlay /b \
    sh -c 'touch /a/new; ls /b'
  equals $'both\nlower'
}

@test "--ro-overlay refuses writes" {
  refused in_usr --overlay-src low --overlay-src high --ro-overlay /mnt touch /mnt/new
  has "Read-only file system"
}

@test "layers may have names with all that overlay options give a meaning to" {
  for name in 'a,b' 'a:b' 'a\b' 'a"b' 'a b' "lowerdir=x,upperdir=y:\\:\\,z\""; do
    mkdir -p "$name" "up$name" "work$name"
    echo "$name" >"$name/name"
    works in_usr --overlay-src "$name" --overlay "up$name" "work$name" /mnt sh -c 'cat /mnt/name; touch /mnt/new'
    equals "$name"
    [ -e "up$name/new" ]
    works in_usr --overlay-src low --overlay-src "$name" --ro-overlay /mnt cat /mnt/name
    equals "$name"
  done
}

@test "an overlay can be mounted on a name with all of that" {
  name='/a,b:c\d"e'
  works in_usr --overlay-src low --tmp-overlay "$name" cat "$name/both"
  equals low
}

@test "a hundred layers are no problem" {
  layers=()
  for ((i = 0; i < 100; i++)); do
    mkdir "layer$i"
    echo "$i" >"layer$i/number"
    layers+=(--overlay-src "layer$i")
  done
  works in_usr "${layers[@]}" --ro-overlay /mnt cat /mnt/number
  equals 99
}

@test "layers are the host's, whatever was mounted before" {
  works in_usr --tmpfs "$PWD" --overlay-src "$PWD/low" --tmp-overlay /mnt cat /mnt/both
  equals low
}

@test "a missing layer is an error that names the overlay and the layer" {
  refused in_usr --overlay-src low --overlay-src none --tmp-overlay /mnt true
  has "--tmp-overlay /mnt (argument"
  has "can't open the layer none for /mnt: No such file or directory"
  refused in_usr --overlay-src low --overlay upper none /mnt true
  has "--overlay upper none /mnt (argument"
  has "can't open the layer none for /mnt: No such file or directory"
}

@test "overlays need layers: --ro-overlay two, the others one" {
  refused in_usr --tmp-overlay /mnt true
  has "--tmp-overlay requires at least one --overlay-src"
  refused in_usr --overlay upper work /mnt true
  has "--overlay requires at least one --overlay-src"
  refused in_usr --overlay-src low --ro-overlay /mnt true
  has "--ro-overlay requires at least two --overlay-src"
}

@test "--overlay-src must be followed by an overlay" {
  refused in_usr --overlay-src low --dir /mnt true
  has "--overlay-src must be followed by"
  refused in_usr --overlay-src low true
  has "--overlay-src must be followed by"
}
