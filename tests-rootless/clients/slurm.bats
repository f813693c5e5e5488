#!/usr/bin/env bats
# Slurm with snug-oci as its runtime: a controller and three nodes on this machine, and no privilege anywhere.
# client: Slurm
# packages: slurmctld slurmd slurm-client munge busybox-static jq
# version: slurmd -V
load slurm

# The settings under test are those that are installed for Slurm's users: data/engines/oci.conf.
@test "the manual has the oci.conf that is tested here" {
  load ../manual
  works diff <(example oci.conf) <(sed "s|@bindir@|/usr/bin|" "$BATS_TEST_DIRNAME/../../data/engines/oci.conf.in")
}

@test "srun: a step is a container of snug-oci's on each of three nodes" {
  cd "$BATS_TEST_TMPDIR"
  srun --nodes 3 --job-name three --container "$bundle" sh -c 'echo $SLURM_JOB_NAME $(hostname) pid $$ uid $(id -u); sleep 1000' >out 3>&- &
  eventually running_on n1 n2 n3
  scancel --name three
  await_jobs
  [ "$(cat out)" = "$(printf 'three snug pid 1 uid 0\n%.0s' 1 2 3)" ] || fail "$(cat out)"
  leaves_nothing
}

running_on () # NODE…
{
  [ "$(running_containers | cut -d . -f 1 | sort | xargs)" = "$*" ]
}

@test "srun: standard input goes in, output and errors come out apart, and the exit status is the program's" {
  echo hello >"$BATS_TEST_TMPDIR/in"
  run --separate-stderr srun --container "$bundle" sh -c 'cat; echo wrong >&2; exit 7' <"$BATS_TEST_TMPDIR/in" 3>&-
  [ "$status" = 7 ] || fail "exit status $status"
  equals hello
  [[ $stderr == *wrong* ]] || fail "$stderr"
}

@test "srun: a program that is not there is an error that names it" {
  run srun --container "$bundle" no-such-program 3>&-
  [ "$status" = 1 ] || fail "exit status $status"
  has "no-such-program"
  leaves_nothing
}

@test "srun: without a network namespace the step has the node's network, and the job's environment" {
  mkdir "$BATS_TEST_TMPDIR/bundle"
  cp -a "$bundle/rootfs" "$BATS_TEST_TMPDIR/bundle/"
  jq 'del (.linux.namespaces[] | select (.type == "network"))' "$bundle/config.json" >"$BATS_TEST_TMPDIR/bundle/config.json"
  FROM_ME=here works srun --job-name mine --container "$BATS_TEST_TMPDIR/bundle" \
    sh -c 'echo $SLURM_JOB_NAME $FROM_ME; readlink /proc/self/ns/net'
  equals "mine here
$(readlink /proc/self/ns/net)"
}

@test "srun --pty: the program has a terminal" {
  works script --quiet --command "stty rows 50 cols 91; srun --pty --container $bundle stty size" /dev/null
  has "50 91"
}

@test "sbatch: the script runs in a container, and writes where sbatch says" {
  cd "$BATS_TEST_TMPDIR"
  printf '#!/bin/sh\necho "$(hostname) job $SLURM_JOB_ID: $0 $*"\necho wrong >&2\nexit 3\n' >script
  run sbatch --parsable --wait --container "$bundle" --output out --error err script argument 3>&-
  [ "$status" = 3 ] || fail "exit status $status"
  [ "$(cat out)" = "snug job $output: /tmp/slurm/startup argument" ] || fail "$(cat out err)"
  [ "$(cat err)" = wrong ] || fail "$(cat err)"
  leaves_nothing
}

@test "sbatch: a script that is in no container runs steps that are" {
  cd "$BATS_TEST_TMPDIR"
  cat >script <<EOF
#!/bin/sh
for i in 1 2 3; do
  srun --container $bundle sh -c 'echo \$SLURM_STEP_ID \$(hostname)'
done
EOF
  works sbatch --wait --nodes 3 --output out script
  [ "$(sort out)" = "$(for i in 0 1 2; do printf "$i snug\n%.0s" 1 2 3; done)" ] || fail "$(cat out)"
  leaves_nothing
}

@test "sbatch --array: every task of a job array runs in a container of its own" {
  cd "$BATS_TEST_TMPDIR"
  works sbatch --wait --array 1-24 --container "$bundle" --output out.%a --wrap 'echo $SLURM_ARRAY_TASK_ID $(hostname)'
  [ "$(cat out.* | sort -n)" = "$(printf "%s snug\n" {1..24})" ] || fail "$(cat out.*)"
  leaves_nothing
}

@test "sbatch --array: the tasks fill all nodes, and scancel ends them all at once" {
  works sbatch --job-name many --array 1-20 --container "$bundle" --output /dev/null --wrap 'sleep 1000'
  eventually running many 12
  [ "$(running_containers | cut -d . -f 1 | sort | uniq -c | xargs)" = "4 n1 4 n2 4 n3" ] || fail "$(running_containers)"
  scancel --name many
  leaves_nothing
}

@test "scancel: the program gets TERM, and time to end" {
  cd "$BATS_TEST_TMPDIR"
  works sbatch --job-name ends --container "$bundle" --output out --wrap 'trap "echo bye; exit" TERM; while :; do sleep 0.1; done'
  eventually running ends
  scancel --full --name ends
  leaves_nothing
  grep -x bye out || fail "$(cat out)"
}

@test "scancel: a program that ignores TERM is killed, and all that it began" {
  srun --job-name stays --container "$bundle" sh -c 'trap "" TERM; setsid sleep 1000 & while :; do sleep 1; done' 3>&- &
  eventually running stays
  scancel --name stays
  await_jobs
  leaves_nothing
}

# All of Slurm's processes there, which are those that write its log.
kill_node () # NAME
{
  find /proc/[0-9]*/fd -lname "$cluster/$1.log" 2>/dev/null | cut -d / -f 3 | sort -u | xargs kill -KILL
}

node_is () # STATE NAME
{
  [[ $(sinfo --noheader --nodes "$2" --format %T) == "$1"* ]]
}

@test "a node that dies takes its container with it, the job runs again on another one, and the node comes back" {
  works sbatch --requeue --job-name again --container "$bundle" --output /dev/null --wrap 'sleep 1000'
  eventually running again
  node=$(running_containers | cut -d . -f 1)
  kill_node "$node"
  eventually is_nothing processes_of_steps
  is_nothing running_containers
  eventually eventually node_is down "$node" # Slurm takes half a minute to notice

  scontrol update jobname=again starttime=now # Slurm would wait two minutes
  eventually running again
  [ "$(running_containers | cut -d . -f 1)" != "$node" ] || fail "on the same node"

  "$SLURM_CLUSTER" node "$cluster" "$node" 3>&-
  eventually node_is idle "$node"
  works srun --nodelist "$node" --container "$bundle" echo back
  equals back
  scancel --name again
  forget_bundles
  leaves_nothing
}

# What Slurm itself may have had no time to remove.
forget_bundles ()
{
  rm -rf "$cluster"/n[1-3]/*job*
}

@test "a step whose slurmstepd is killed ends, and nothing of it stays" {
  srun --job-name orphan --container "$bundle" sh -c 'trap "" TERM; while :; do sleep 1; done' 3>&- &
  eventually running orphan
  kill -KILL $(pgrep -f "^slurmstepd: \[$(running_containers | cut -d . -f 3)\.")
  eventually is_nothing processes_of_steps
  is_nothing containers list --quiet
  scancel --name orphan
  await_jobs
  forget_bundles
  leaves_nothing
}

@test "200 steps in containers, over three nodes: each runs, and nothing of any of them stays" {
  cd "$BATS_TEST_TMPDIR"
  works sbatch --wait --array 1-50 --container "$bundle" --output array.%a --wrap 'echo $SLURM_ARRAY_TASK_ID'
  [ "$(cat array.* | sort -n)" = "$(seq 50)" ] || fail "$(cat array.*)"
  printf '#!/bin/sh\nfor i in $(seq 50); do srun --container %s echo step $i; done\n' "$bundle" >script
  works sbatch --wait --nodes 3 --output steps --error errors script
  [ "$(sort steps | uniq -c | sort -k 3n | tr -s ' ')" = "$(printf ' 3 step %s\n' {1..50})" ] || fail "$(cat steps)"
  leaves_nothing
}

# What is made has its stdio for as long as it lives, and Slurm reads from create until nobody has it any more.
@test "oci.conf with create and start: the container runs as well, though Slurm does not hear how it ended" {
  create_and_start '</proc/$PPID/fd/0 >/proc/$PPID/fd/1 2>/proc/$PPID/fd/2'
  works srun --container "$bundle" sh -c 'hostname; exit 3'
  equals snug
  leaves_nothing
}
