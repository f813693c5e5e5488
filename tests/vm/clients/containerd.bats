#!/usr/bin/env bats
# containerd with snug-oci as its runtime, where there are all controllers of cgroups and a systemd: limits, and what Kubernetes
# asks of it.  Runs in the guest, as root, with containerd's own service and a config.toml.
# client: containerd
# packages: apparmor containerd busybox-static containernetworking-plugins iproute2 iptables python3-grpcio python3-protobuf
# version: containerd --version
load ../../clients/containerd

setup_file ()
{
  file_needs skip_unless_command containerd || return 0
  modprobe --all bridge veth
  use_service true
  import_images
}

teardown_file ()
{
  [ -n "$why_not" ] || systemctl stop containerd
}

setup ()
{
  skip_with_file
  parent=/kubepods.slice/kubepods-pod1.slice
}

teardown ()
{
  [ -z "${pod-}" ] || end_pod
  end_containers
}

# Has the service use snug, in cgroups that systemd makes or not.
use_service () # true | false
{
  mkdir -p "$place/net.d"
  write_network >"$place/net.d/pods.conf"
  write_config "$1" >/etc/containerd/config.toml
  systemctl restart containerd || fail "$(journalctl --unit containerd --no-pager)"
}

on_host ()
{
  command "$@" # and not the function of its name, which calls this one
}

# Where containerd has snug keep its records.
records=/run/containerd/runc

# Prints files of the cgroup of the process PID.
cgroup_of () # PID FILE…
{
  (cd "/sys/fs/cgroup$(cut -d : -f 3 "/proc/$1/cgroup")" && cat "${@:2}")
}

# --- ctr --------------------------------------------------------------------------------------------------

@test "ctr run: limits, metrics and pause, in cgroups with and without systemd" {
  while read -r asked is option; do
    # shellcheck disable=SC2086 # it may be none
    run_ctr $option --cgroup "$asked" --memory-limit 67108864 --cpus 0.5 --cpu-shares 512 --detach "$image" c sleep 1000 </dev/null
    pid=$(ctr tasks ls | awk '$1 == "c" { print $2 }')
    [ "$(cut -d : -f 3 "/proc/$pid/cgroup")" = "$is" ]
    [ "$(cgroup_of "$pid" memory.max cpu.max cpu.weight | xargs)" = "67108864 50000 100000 59" ]
    works ctr tasks metrics c
    has memory.usage
    ctr tasks pause c
    [ "$(cgroup_of "$pid" cgroup.freeze)" = 1 ]
    ctr tasks resume c
    ctr tasks rm --force c
    ctr containers rm c
    [ ! -e "/sys/fs/cgroup$is" ]
  done <<END
/tests/c /tests/c
tests.slice:ctr:c /tests.slice/ctr-c.scope --runc-systemd-cgroup
END
}

# --- Kubernetes -------------------------------------------------------------------------------------------

pod_config='"metadata": { "name": "pod", "uid": "1", "namespace": "tests" }, "log_directory": "/run/logs"'

# Starts a pod, whose id is then $pod.
start_pod () # [LINUX]
{
  config="{ $pod_config, \"linux\": { \"cgroup_parent\": \"$parent\" ${1:+, $1} } }"
  works cri RunPodSandbox "{ \"config\": $config, \"runtime_handler\": \"snug\" }"
  pod=$(jq -r .pod_sandbox_id <<<"$output")
}

# Starts a container in it, whose id is then $id.
start_in_pod () # CONFIG [COMMAND…]
{
  local settings
  settings=$(jq -cn "{ metadata: { name: \"c\" }, image: { image: \$image }, command: \$ARGS.positional, log_path: \"c.log\" } + $1" \
    --arg image "$image" --args -- "${@:2}")
  works cri CreateContainer "{ \"pod_sandbox_id\": \"$pod\", \"config\": $settings, \"sandbox_config\": $config }"
  id=$(jq -r .container_id <<<"$output")
  works cri StartContainer "{ \"container_id\": \"$id\" }"
}

end_pod ()
{
  works cri StopPodSandbox "{ \"pod_sandbox_id\": \"$pod\" }"
  works cri RemovePodSandbox "{ \"pod_sandbox_id\": \"$pod\" }"
  pod=
}

# Prints what a command in the container prints.
in_pod () # COMMAND…
{
  cri ExecSync "$(jq -cn '{ container_id: $id, cmd: $ARGS.positional, timeout: 20 }' --arg id "$id" --args -- "$@")" \
    | jq -r '(.stdout // "" | @base64d) + (.stderr // "" | @base64d), "exit \(.exit_code // 0)"'
}

has_state () # NUMBER
{
  [ "$(cri ContainerStatus "{ \"container_id\": \"$id\" }" | jq -r '.status.state // 0')" = "$1" ]
}

@test "config.toml: containerd takes the runtime from it, and is ready for Kubernetes" {
  works on_host containerd config dump
  has "BinaryName = \"$OCI\""
  works cri Status '{}'
  [ "$(jq -c '[.status.conditions[] | select (.type == "RuntimeReady") | .status]' <<<"$output")" = "[true]" ]
}

@test "a pod of the RuntimeClass: both of its containers are snug's, and share its network, its names and its end" {
  pod_config+=', "hostname": "pod"'
  start_pod
  start_in_pod '{}' sh -c 'echo logged; hostname; exec sleep 1000'
  works on_host "$OCI" --root "$records/k8s.io" list --quiet
  [ "$(sort <<<"$output")" = "$(printf '%s\n' "$pod" "$id" | sort)" ] || fail "$pod and $id expected"
  works cri PodSandboxStatus "{ \"pod_sandbox_id\": \"$pod\" }"
  [ "$(jq -r .status.runtime_handler <<<"$output")" = snug ]
  ip=$(jq -r .status.network.ip <<<"$output")
  works in_pod sh -c 'ip -o -4 addr show eth0; readlink /proc/self/ns/net'
  has "$ip/16"
  works on_host cat /run/logs/c.log
  has "stdout F logged"
  has "stdout F pod"
  end_pod
  [ -z "$(on_host ls "$records/k8s.io")" ]
  [ -z "$(find /sys/fs/cgroup/kubepods.slice -name '*.scope')" ]
}

@test "a container in a pod: exec, its exit status, stop, a program that is not there" {
  start_pod
  start_in_pod '{ envs: [{ key: "A", value: "b" }], linux: { security_context: { run_as_user: { value: 1000 } } } }' \
    sh -c 'trap "exit 6" TERM; sleep 1000 & wait'
  works in_pod sh -c 'id -u; echo $A; exit 3'
  equals $'1000\nb\n\nexit 3'
  has_state 1
  works cri StopContainer "{ \"container_id\": \"$id\", \"timeout\": 10 }"
  has_state 2
  [ "$(cri ContainerStatus "{ \"container_id\": \"$id\" }" | jq -r .status.exit_code)" = 6 ]
  run start_in_pod '{ metadata: { name: "d" } }' nothing
  has 'exec: "nothing": executable file not found in $PATH'
  end_pod
}

@test "a container in a pod: the host's namespaces, mounts, --privileged" {
  start_pod '"security_context": { "namespace_options": { "network": 2, "pid": 2, "ipc": 2 }, "privileged": true }'
  mkdir "$BATS_TEST_TMPDIR/data"
  start_in_pod "{ mounts: [{ container_path: \"/data\", host_path: \"$BATS_TEST_TMPDIR/data\", readonly: true }], linux: { security_context:
    { privileged: true, namespace_options: { network: 2, pid: 2, ipc: 2 } } } }" sleep 1000
  works in_pod sh -c 'for kind in net pid ipc; do readlink /proc/self/ns/$kind; done; grep Seccomp: /proc/self/status; touch /data/new'
  has "$(on_host readlink /proc/self/ns/{net,pid,ipc})"
  has $'Seccomp:\t0'
  has "Read-only file system"
  end_pod
}

@test "a pod of a RuntimeClass that nobody has configured is refused" {
  run cri RunPodSandbox "{ \"config\": { $pod_config }, \"runtime_handler\": \"other\" }"
  [ "$status" = 1 ]
  has "no runtime for \"other\""
}

@test "limits of a container in a pod, and UpdateContainerResources" {
  start_pod
  start_in_pod '{ linux: { resources: { cpu_period: 100000, cpu_quota: 50000, cpu_shares: 512, memory_limit_in_bytes: 67108864,
    oom_score_adj: 500 } } }' sleep 1000
  pid=$("$OCI" --root "$records/k8s.io" state "$id" | jq .pid)
  [ "$(cut -d : -f 3 "/proc/$pid/cgroup")" = "/kubepods.slice/kubepods-pod1.slice/cri-containerd-$id.scope" ]
  [ "$(cgroup_of "$pid" memory.max cpu.max cpu.weight | xargs) $(<"/proc/$pid/oom_score_adj")" = "67108864 50000 100000 59 500" ]
  works cri UpdateContainerResources "{ \"container_id\": \"$id\", \"linux\": { \"memory_limit_in_bytes\": 83886080, \"cpu_quota\": 25000, \"cpu_period\": 100000 } }"
  [ "$(cgroup_of "$pid" memory.max cpu.max | xargs)" = "83886080 25000 100000" ]
  [ "$(systemctl show --property MemoryMax --value "cri-containerd-$id.scope")" = 83886080 ]
  start_in_pod '{ metadata: { name: "big" }, linux: { resources: { memory_limit_in_bytes: 33554432 } } }' dd if=/dev/zero of=/dev/null bs=100M count=1
  eventually has_state 2
  [ "$(cri ContainerStatus "{ \"container_id\": \"$id\" }" | jq .status.exit_code)" = 137 ]
  dmesg | grep -q "oom-kill:.*oom_memcg=/.*$id"
  end_pod
  [ -z "$(systemctl list-units --plain --no-legend 'cri-containerd-*')" ]
}

@test "a pod in cgroups without systemd" {
  use_service false
  parent=/kubepods/pod1
  start_pod
  start_in_pod '{ linux: { resources: { memory_limit_in_bytes: 67108864 } } }' sleep 1000
  [ "$(cat "/sys/fs/cgroup/kubepods/pod1/$id/memory.max")" = 67108864 ]
  end_pod
  [ -z "$(find /sys/fs/cgroup/kubepods -mindepth 2 -type d)" ]
}
