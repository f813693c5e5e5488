# image: the root file system of the containers of clients.
#
#   make_root FOLDER                  makes it in FOLDER: busybox by all of its names, and the users root and user
#   make_archive FOLDER NAME COMMAND…  prints, as an archive, the image NAME whose root file system is FOLDER and which runs COMMAND
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

make_archive () # FOLDER NAME COMMAND…
{
  local work
  work=$(mktemp -d "$BATS_FILE_TMPDIR/archive.XXXXXX")
  tar -C "$1" -c -f "$work/layer.tar" .
  jq -n '{ architecture: $machine, os: "linux", config: { Env: ["PATH=/bin"], Cmd: $ARGS.positional },
    rootfs: { type: "layers", diff_ids: ["sha256:" + $layer] } }' --arg layer "$(sha256sum <"$work/layer.tar" | cut -c 1-64)" \
    --arg machine "$(dpkg --print-architecture)" --args -- "${@:3}" >"$work/config.json"
  jq -n '[{ Config: "config.json", RepoTags: [$name], Layers: ["layer.tar"] }]' --arg name "$2" >"$work/manifest.json"
  tar -C "$work" -c .
}
