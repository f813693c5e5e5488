# image: the root file system of the containers of clients.
#
#   make_root FOLDER    makes it in FOLDER: busybox by all of its names, and the users root and user
make_root () # FOLDER
{
  mkdir -p "$1/bin" "$1/etc" "$1/home" "$1/root"
  mkdir -m 1777 "$1/tmp"
  cp /bin/busybox "$1/bin/"
  busybox --list | grep -vx busybox | NEW=$1 perl -ne 'chomp; symlink "busybox", "$ENV{NEW}/bin/$_"'
  printf '%s\n' root:x:0:0::/root:/bin/sh user:x:1000:1000::/home:/bin/sh >"$1/etc/passwd"
  echo /bin/sh >"$1/etc/shells"
  printf '%s\n' root:x:0: user:x:1000: staff:x:50:user >"$1/etc/group"
}
