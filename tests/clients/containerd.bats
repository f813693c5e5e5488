#!/usr/bin/env bats
# containerd with snug-oci as its runtime, as root, by its own client ctr.  What needs controllers of cgroups or a systemd, as
# Kubernetes does, is in ../vm/clients.
# client: containerd
# packages: containerd busybox-static iproute2
# version: containerd --version
load containerd

setup_file ()
{
  file_needs host_and_containerd || return 0
  start_containerd
}

teardown_file ()
{
  stop_containerd
}

teardown ()
{
  end_containers
}

# Where containerd has snug keep its records.
records=/run/containerd/runc

@test "it is snug that runs the container" {
  run_ctr --detach "$image" c sleep 1000
  works on_host "$OCI" --root "$records/default" state c
  [ "$(jq -r .status <<<"$output")" = running ]
  [ "$(jq -r .pid <<<"$output")" = "$(ctr tasks ls | awk '$1 == "c" { print $2 }')" ]
  works on_host "$OCI" --root "$records/default" list --quiet
  equals c
}

@test "ctr run: output, input, exit status, environment, directory, user" {
  works run_ctr --rm --env A=b --cwd /tmp "$image" c sh -c 'echo $A; pwd; id -u; grep -c . /proc/self/cgroup'
  [ "${lines[*]:0:3}" = "b /tmp 0" ]
  run run_ctr --rm "$image" c sh -c 'exit 42'
  [ "$status" = 42 ]
  run run_ctr --rm "$image" c head -n 1 <<<text
  equals text
}

@test "ctr run: a program that is not there" {
  run run_ctr --rm "$image" c nothing
  [ "$status" = 1 ]
  has 'exec: "nothing": executable file not found in $PATH'
  [ -z "$(on_host ls "$records/default")" ]
}

@test "ctr run --tty" {
  works "$HELPERS/terminal" size:33x99 wait:'# ' send:$'until stty size | grep 33; do sleep 0.1; done; exit 7\r' wait:'33 99' \
    -- sh -c 'nsenter --target "$@"; echo "left with $?"' - "$(daemon)" --mount --net --cgroup -- \
    ctr run --runc-binary "$OCI" --cpu-shares 0 --rm --tty "$image" c sh
  has "left with 7"
  has "[terminal as before]"
}

@test "ctr run: a root file system of one's own, read-only, with mounts" {
  works run_ctr --rm --read-only --mount "type=bind,src=$BATS_TEST_TMPDIR,dst=/data,options=rbind:rw" --rootfs "$BATS_FILE_TMPDIR/root" c \
    sh -c 'touch /new; touch /data/new'
  has "Read-only file system"
  [ -e "$BATS_TEST_TMPDIR/new" ]
}

@test "ctr run: capabilities, seccomp, --privileged, the host's network" {
  works run_ctr --rm --cap-drop CAP_CHOWN --seccomp "$image" c sh -c 'grep -E "CapEff|Seccomp:|NoNewPrivs" /proc/self/status; unshare -U true || true'
  has $'NoNewPrivs:\t1\nSeccomp:\t2'
  has a80425fa
  has "Operation not permitted"
  works run_ctr --rm --privileged "$image" c sh -c 'grep Seccomp: /proc/self/status; mount -t tmpfs x /tmp && grep -c "^x /tmp" /proc/mounts'
  equals $'Seccomp:\t0\n1'
  works run_ctr --rm --net-host "$image" c readlink /proc/self/ns/net
  equals "$(on_host readlink /proc/self/ns/net)"
}

@test "ctr tasks exec: output, exit status, terminal, and thirty times" {
  run_ctr --detach "$image" c sleep 1000
  works ctr tasks exec --exec-id e c echo inside
  equals inside
  run ctr tasks exec --exec-id e c sh -c 'exit 43'
  [ "$status" = 43 ]
  run ctr tasks exec --exec-id e c nothing
  has 'exec: "nothing": executable file not found in $PATH'
  works "$HELPERS/terminal" size:33x99 wait:'# ' send:$'until stty size | grep 33; do sleep 0.1; done; exit\r' wait:'33 99' \
    -- nsenter --target "$(daemon)" --mount --net --cgroup -- ctr tasks exec --exec-id e --tty c sh
  for i in {1..30}; do # what it prints ctr loses now and then, with any runtime
    ctr tasks exec --exec-id "e$i" c sh -c 'echo >>/tmp/count'
  done
  works ctr tasks exec --exec-id e c wc -l /tmp/count
  equals "30 /tmp/count"
}

@test "ctr tasks pause and resume" {
  run_ctr --detach "$image" c sleep 1000
  ctr tasks pause c
  [ "$(ctr tasks ls | awk '$1 == "c" { print $3 }')" = PAUSED ]
  [ "$(on_host cat /sys/fs/cgroup/default/c/cgroup.freeze)" = 1 ]
  run ctr tasks exec --exec-id e c true
  [ "$status" = 1 ]
  ctr tasks resume c
  works ctr tasks exec --exec-id e c true
}

has_processes () # NUMBER
{
  [ "$(ctr tasks ps c | wc -l)" = $(($1 + 1)) ]
}

has_stopped ()
{
  ctr tasks ls | grep -q STOPPED
}

@test "ctr tasks kill, of the first process and of all, and delete" {
  run_ctr --detach "$image" c sh -c 'trap "exit 5" USR1; sleep 1000 & wait'
  eventually has_processes 2
  ctr tasks kill --signal SIGUSR1 c
  eventually has_stopped
  works ctr tasks delete c
  has "exit code 5"
  ctr containers rm c
  run_ctr --detach "$image" d sh -c 'sleep 1001 & sleep 1002'
  ctr tasks kill --all --signal SIGKILL d
  eventually has_stopped
  works ctr tasks delete d
  has "exit code 137"
  run on_host "$OCI" --root "$records/default" list --quiet
  equals ""
}

@test "ctr tasks ps, metrics, checkpoint" {
  run_ctr --detach "$image" c sleep 1000
  works ctr tasks ps c
  has "$(ctr tasks ls | awk '$1 == "c" { print $2 }')"
  works ctr tasks metrics c
  run ctr tasks checkpoint c
  [ "$status" = 1 ]
  has checkpoint
}
