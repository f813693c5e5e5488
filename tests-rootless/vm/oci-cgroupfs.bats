#!/usr/bin/env bats
# Limits of an ordinary user's containers, in cgroups that snug-oci makes by itself, where systemd delegates.  Runs in the guest,
# which has every controller; what needs none is in oci-cgroup.bats.
load cgroup

# From the session, where nothing is the user's, to a scope of their own.
setup_file ()
{
  busctl --user --quiet call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \
    StartTransientUnit 'ssa(sv)a(sa(sv))' tests.scope fail 2 Delegate b true PIDs au 1 $$ 0
  until grep -q tests.scope /proc/$$/cgroup; do sleep 0.1; done
}

setup ()
{
  setup_oci
  place=/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service
}

teardown ()
{
  teardown_oci
}

containers ()
{
  find "$place" -maxdepth 1 -name 'snug-*'
}

# --- What is written ----------------------------------------------------------------------------------------------

@test "a cgroup that handed controllers on before can have processes again" {
  mkdir -p "$place/again/before"
  echo +memory >"$place/again/cgroup.subtree_control"
  rmdir "$place/again/before"
  bundle
  config '.linux.cgroupsPath = "/again"'
  start_bundle
  [ "$(</proc/"$(state_of .pid)"/cgroup)" = "0::${place#/sys/fs/cgroup}/again" ]
  works oci delete --force "$id"
  rmdir "$place/again"
}

@test "limits are written as v2 has them, and a daemon-reload of the user's systemd leaves them" {
  bundle
  disk=$(cat /sys/block/nvme0n1/dev)
  # shellcheck disable=SC2016
  config '.linux.resources = {
    memory: { limit: 104857600, reservation: 52428800, swap: 157286400 },
    cpu: { shares: 1024, quota: 50000, period: 200000, burst: 10000, cpus: "1", mems: "0" },
    pids: { limit: 50 },
    blockIO: {
      weight: 500,
      throttleReadBpsDevice: [$disk + { rate: 2097152 }], throttleWriteBpsDevice: [$disk + { rate: 1048576 }],
      throttleReadIOPSDevice: [$disk + { rate: 300 }], throttleWriteIOPSDevice: [$disk + { rate: 200 }]
    },
    unified: { "memory.high": "94371840", "memory.oom.group": "1" }
  }' --argjson disk "{ \"major\": ${disk%:*}, \"minor\": ${disk#*:} }"
  start_bundle
  for _ in 1 2; do
    has_cgroup_file memory.max 104857600
    has_cgroup_file memory.low 52428800
    has_cgroup_file memory.swap.max 52428800
    has_cgroup_file memory.high 94371840
    has_cgroup_file memory.oom.group 1
    has_cgroup_file cpu.weight 100
    has_cgroup_file cpu.max "50000 200000"
    has_cgroup_file cpu.max.burst 10000
    has_cgroup_file cpuset.cpus 1
    has_cgroup_file cpuset.mems 0
    has_cgroup_file pids.max 50
    has_cgroup_file io.max "$disk rbps=2097152 wbps=1048576 riops=300 wiops=200"
    has_cgroup_file io.weight "default 4950"
    systemctl --user daemon-reload
    systemd-run --user --quiet --wait --property=MemoryMax=50M --property=IOWeight=50 true
  done
  works in_container grep Cpus_allowed_list /proc/self/status
  has $'\t1'
}

@test "unified: a file that is not there is an error that names it, and leaves nothing" {
  bundle
  config '.linux.resources.unified = { "memory.nonsense": "1" }'
  refused oci create "$id"
  has "/linux/resources/unified/memory.nonsense"
  has "No such file or directory"
  [ -z "$(containers)" ]
}

@test "unified: a file whose controller is not there is an error that says so, and leaves nothing" {
  bundle
  config '.linux.resources.unified = { "nosuch.max": "1" }'
  refused oci create "$id"
  has "/linux/resources/unified/nosuch.max: this kernel has no controller nosuch"
  [ -z "$(containers)" ]
}

@test "unified: the controllers that the files need are enabled" {
  bundle
  config '.linux.resources.unified = { "cpuset.cpus": "1", "memory.high": "94371840" }'
  start_bundle
  has_cgroup_file cpuset.cpus 1
  has_cgroup_file memory.high 94371840
}

@test "cpu: a burst above the quota is an error, and leaves nothing" {
  bundle
  config '.linux.resources.cpu = { quota: 50000, period: 100000, burst: 60000 }'
  refused oci create "$id"
  has "/linux/resources/cpu/quota: can't write"
  has "Invalid argument"
  [ -z "$(containers)" ]
}

# --- What holds ---------------------------------------------------------------------------------------------------

@test "memory: a program past its limit is killed, events says so as it happens, and --stats has it" {
  bundle sh -c 'dd if=/dev/zero of=/dev/shm/kept bs=1M count=20; while [ ! -e /go ]; do sleep 0.1; done
    dd if=/dev/zero of=/dev/null bs=200M count=1; echo $? >/status; sleep 1000'
  config '.linux.resources.memory = { limit: 67108864, swap: 67108864 }'
  add_mount /dev/shm tmpfs shm
  start_bundle
  oci events --interval 100s "$id" >events 3>&- &
  eventually in_container test -s /dev/shm/kept
  works oci events --stats "$id"
  echo "$output" >before
  works jq .data.memory.usage.limit before
  equals 67108864
  works jq '.data.memory | .usage.usage >= 20971520 and .usage.usage < .usage.limit and .raw.shmem >= 20971520 and .usage.failcnt == 0' before
  equals true

  : >rootfs/go
  eventually grep -q '"type":"oom"' events
  eventually test -s rootfs/status
  [ "$(<rootfs/status)" = 137 ]
  [ "$(value_of oom_kill memory.events)" = 1 ]
  oci delete --force "$id"
  await_jobs
  works jq -r .type events
  [[ $output == *oom*exit ]]
}

@test "pids: a fork bomb stops at the limit; less of it takes effect at once" {
  bundle sh -c 'bomb () { bomb | bomb & }; bomb; sleep 1000'
  config '.linux.resources.pids.limit = 30'
  start_bundle
  stopped () { [ "$(value_of max pids.events)" -gt 10 ]; }
  eventually stopped
  [ "$(in_cgroup pids.current)" -le 30 ]
  works oci kill "$id" KILL
  works timeout 60 "$OCI" --root "$store" delete --force "$id"
  [ -z "$(containers)" ]

  bundle
  start_bundle
  works in_container sh -c 'true | true'
  works oci update --pids-limit 1 "$id"
  run in_container sh -c 'true | true'
  [ "$status" != 0 ]
}

@test "pids: 0 lets the program run and make no process, -1 is no limit" {
  bundle
  config '.linux.resources.pids.limit = 0'
  start_bundle
  has_cgroup_file pids.max 0
  oci delete --force "$id"
  config '.linux.resources.pids.limit = -1'
  start_bundle
  has_cgroup_file pids.max max
}

@test "cpu: half a processor is half a one, update and pause hold, and --stats tells it" {
  bundle "${restless[@]}"
  config '.linux.resources.cpu = { quota: 50000, period: 100000 }'
  start_bundle
  has_share_of_cpu 45 55
  works oci events --stats "$id"
  echo "$output" >stats
  works jq '.data.cpu | .usage.total > 1400000000 and .throttling.periods > 25 and .throttling.throttledPeriods > 20' stats
  equals true
  oci update --cpu-quota 20000 "$id"
  has_share_of_cpu 16 24
  oci pause "$id"
  has_share_of_cpu 0 0
  oci update --cpu-quota 40000 "$id"
  oci resume "$id"
  has_share_of_cpu 36 44
}

# --- update -------------------------------------------------------------------------------------------------------

@test "update changes what it is told, and nothing else" {
  bundle
  config '.linux.resources = { memory: { limit: 104857600 }, cpu: { quota: 50000, period: 200000 }, pids: { limit: 50 } }'
  start_bundle
  works oci update --pids-limit 20 "$id"
  has_cgroup_file pids.max 20
  has_cgroup_file memory.max 104857600
  works oci update --memory 50m --cpu-share 2 "$id"
  has_cgroup_file memory.max 52428800
  has_cgroup_file cpu.weight 1
  works oci update --cpu-quota 30000 "$id"
  has_cgroup_file cpu.max "30000 200000"
  works oci update --cpu-period 100000 "$id"
  has_cgroup_file cpu.max "30000 100000"
  works oci update --cpu-quota 60000 --cpu-burst 40000 "$id"
  has_cgroup_file cpu.max.burst 40000
  works oci update --cpu-burst 1000 --cpu-quota 5000 "$id"
  has_cgroup_file cpu.max "5000 100000"
  works oci update --memory -1 --pids-limit -1 --cpu-quota -1 "$id"
  has_cgroup_file memory.max max
  has_cgroup_file pids.max max
  has_cgroup_file cpu.max "max 100000"

  # What linux.resources has, by a file.
  echo '{ "pids": { "limit": 12 }, "memory": { "limit": 0 }, "blockIO": { "weight": 0 } }' >resources.json
  works oci update --resources resources.json "$id"
  has_cgroup_file pids.max 12
  # shellcheck disable=SC2016
  refused sh -c 'echo "{ \"memory\": { \"limit\": 4096, \"checkBeforeUpdate\": true } }" | "$0" --root "$1" update --resources - "$2"' \
    "$OCI" "$store" "$id"
  has "/memory/limit: 4096 is less than what is used"
  has_cgroup_file memory.max max
}

# --- Inside -------------------------------------------------------------------------------------------------------

@test "a container with a writable cgroup tree hands controllers on inside, and its own limits are out of its reach" {
  bundle
  add_mount /sys/fs/cgroup cgroup cgroup
  config '.linux.resources = { memory: { limit: 104857600 }, pids: { limit: 20 } }'
  start_bundle
  works in_container sh -ec 'cd /sys/fs/cgroup
    mkdir service jobs && echo 1 >service/cgroup.procs && echo $$ >service/cgroup.procs
    echo "+memory +pids" >cgroup.subtree_control
    echo 3 >jobs/pids.max && echo 33554432 >jobs/memory.max
    sh -c "echo \$\$ >jobs/cgroup.procs; (sleep 9 & sleep 9 & sleep 9 & sleep 9) 2>&1" | head -n 1; cat jobs/pids.max'
  has "can't fork"
  [ "${lines[1]}" = 3 ]
  # What it takes for its own root is a group inside the one with the limits.
  for try in 'echo max >/sys/fs/cgroup/memory.max' 'echo max >/sys/fs/cgroup/pids.max' 'echo 1 >/sys/fs/cgroup/cgroup.kill' \
    'echo 100 >/sys/fs/cgroup/../pids.max' 'echo 1 >/sys/fs/cgroup/../cgroup.procs'; do
    in_container sh -c "$try" || true
  done
  has_cgroup_file memory.max 104857600
  has_cgroup_file pids.max 20
  works oci delete --force "$id"
  [ -z "$(containers)" ]
}

# --- Ends ---------------------------------------------------------------------------------------------------------

@test "200 containers at once start with limits, frozen ones go as well, and nothing stays" {
  bundle
  config '.linux.resources = { memory: { limit: 8388608 }, pids: { limit: 5 } }'
  # A user has 200 keys at most (kernel.keys.maxkeys), and a keyring is one.
  seq 200 | xargs -P 20 -I '{}' "$OCI" "${manager[@]}" --root "$store" run --no-new-keyring --detach 'many-{}' >errors 2>&1 3>&- \
    || fail "$(cat errors)"
  [ "$(oci list --format json | jq 'map (select (.status == "running")) | length')" = 200 ]
  [ "$(containers | wc -l)" = 200 ]
  [ "$(cat "$place"/snug-many-*/memory.max | sort -u)" = 8388608 ]
  oci pause many-7
  works oci delete --force --regex '^many-'
  [ -z "$(containers)" ]
  equals ""
  works oci list --quiet
  equals ""
}
