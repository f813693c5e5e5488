# containerd: what the tests of containerd have at hand, beside helpers: a daemon of the tests' own, and clients that speak with it.
#
#   $image                    an image that has busybox by all of its names
#   host_and_containerd       skips where there can be no daemon
#   start_containerd          starts it, on a host of its own (see own-host)
#   stop_containerd           ends it
#   write_config SYSTEMD      prints its config.toml, with snug as a runtime of Kubernetes, and whether systemd makes the cgroups
#   import_images             gives it the images that the tests use
#   on_host COMMAND…          runs COMMAND where the daemon runs
#   ctr ARGUMENT…             containerd's own client
#   run_ctr [OPTION…] IMAGE ID [COMMAND…]
#                             `ctr run` with snug as the runtime
#   end_containers            ends all of ctr's
#   cri METHOD REQUEST        what Kubernetes would ask (see the program cri)
load "$(dirname "${BASH_SOURCE[0]}")/../../tests-rootless/helpers"
load "$(dirname "${BASH_SOURCE[0]}")/../../tests-rootless/manual"
load "$(dirname "${BASH_SOURCE[0]}")/image"

image=localhost/busybox:latest
place=$BATS_FILE_TMPDIR/containerd
clients=$(dirname "${BASH_SOURCE[0]}")

# What the manual has, with the tests' own settings after its first line.
write_config () # true | false
{
  cat >"$place/settings.toml" <<END
root = "/run/data"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:latest"

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$place/net.d"
END
  example config.toml | sed "s,/usr/bin/snug-oci,$OCI,; s,SystemdCgroup = true,SystemdCgroup = $1,; 1r $place/settings.toml"
}

write_network ()
{
  cat <<'END'
{ "cniVersion": "0.4.0", "name": "pods", "type": "bridge", "bridge": "pods0", "isGateway": true,
  "ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.11.0.0/16" }]], "dataDir": "/run/cni" } }
END
}

host_and_containerd ()
{
  skip_unless_command containerd
  "$clients/own-host" true || skip "no cgroup can be made here"
}

start_containerd ()
{
  mkdir -p "$place/net.d"
  write_config false >"$place/config.toml"
  write_network >"$place/net.d/pods.conf"
  "$clients/own-host" containerd --config "$place/config.toml" </dev/null >"$place/log" 2>&1 3>&- &
  echo $! >"$place/own-host"
  eventually answers_or_ended
  on_host ctr version >/dev/null 2>&1 || fail "$(tail "$place/log")"
  import_images
}

answers_or_ended ()
{
  on_host ctr version >/dev/null 2>&1 || ! kill -0 "$(<"$place/own-host")"
}

import_images ()
{
  make_root "$BATS_FILE_TMPDIR/root"
  make_archive "$BATS_FILE_TMPDIR/root" "$image" sleep 1000 >"$BATS_FILE_TMPDIR/busybox.tar"
  make_archive "$BATS_FILE_TMPDIR/root" localhost/pause:latest sleep 1000000 >"$BATS_FILE_TMPDIR/pause.tar"
  ctr image import "$BATS_FILE_TMPDIR/busybox.tar" >/dev/null
  ctr --namespace k8s.io image import "$BATS_FILE_TMPDIR/busybox.tar" >/dev/null
  ctr --namespace k8s.io image import "$BATS_FILE_TMPDIR/pause.tar" >/dev/null
}

# The first process of own-host becomes the daemon.
daemon ()
{
  pgrep --parent "$(<"$place/own-host")" --exact containerd
}

stop_containerd ()
{
  [ -e "$place/own-host" ] || return 0
  kill "$(daemon)"
  tail --pid="$(<"$place/own-host")" -f /dev/null
}

on_host ()
{
  nsenter --target "$(daemon)" --mount --net --cgroup -- "$@"
}

ctr ()
{
  on_host ctr "$@"
}

# Unless it is told otherwise ctr asks for a share of the cpus, of which there may be no controller.
run_ctr () # [OPTION…] IMAGE ID [COMMAND…]
{
  ctr run --runc-binary "$OCI" --cpu-shares 0 "$@" 3>&-
}

end_containers ()
{
  local id
  for id in $(ctr tasks ls --quiet); do
    ctr tasks rm --force "$id" >/dev/null
  done
  for id in $(ctr containers ls --quiet); do
    ctr containers rm "$id"
  done
}

cri () # METHOD REQUEST
{
  on_host "$clients/cri" /run/containerd/containerd.sock "$@"
}
