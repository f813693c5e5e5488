# slurm: what the tests of Slurm have at hand, beside helpers: a cluster of three nodes on this machine (tools/slurm-cluster),
# which the user who runs the tests runs as well, and a bundle that is on all of them.
#
#   srun, sbatch …           Slurm's commands, with this cluster
#   as_user COMMAND…         who submits; for root it is $user, set before this is loaded
#   $cluster                 its folder: logs, settings, n1 n2 n3 are the nodes' own
#   $bundle                  a bundle with busybox by all of its names, whose /tmp is new in each container
#   containers VERB…         snug-oci with the store that the steps' containers are in
#   running NAME [COUNT]     the job of that name runs, or COUNT do, in a container each, and no other; for `eventually`
#   running_containers       the ids of the containers that run: NODE.USER.JOB.STEP.TASK
#   leaves_nothing           no job, and no process, file or mount of a step stays
load "$(dirname "${BASH_SOURCE[0]}")/../helpers"

SLURM_CLUSTER=$(dirname "${BASH_SOURCE[0]}")/../../tools/slurm-cluster
: "${user:=$(id -un)}"
cluster=$BATS_FILE_TMPDIR/slurm
bundle=$cluster/bundle
store=$cluster/containers-$user
export SLURM_CONF=$cluster/slurm.conf
# What the steps and the runtime leave there would be seen.
export TMPDIR=$cluster/tmp XDG_RUNTIME_DIR=$cluster/runtime

user_and_slurm ()
{
  [ "$user" = "$(id -un)" ] || [ "$(id -u)" = 0 ] || skip "needs root"
  id "$user" >/dev/null 2>&1 || skip "there is no account $user, which ./dev makes"
  skip_unless_user_namespaces
  PATH=$PATH:/usr/sbin:/sbin skip_unless_command slurmctld # which tools/slurm-cluster finds there
}

setup_file ()
{
  file_needs user_and_slurm || return 0
  mkdir -p "$TMPDIR" "$bundle"/rootfs/{bin,dev,proc,sys,tmp,work}
  mkdir -m 700 "$XDG_RUNTIME_DIR"
  cp /bin/busybox "$bundle/rootfs/bin/"
  busybox --list | NEW=$bundle/rootfs perl -ne 'chomp; symlink "busybox", "$ENV{NEW}/bin/$_"'
  [ "$user" = "$(id -un)" ] || open_to_user
  as_user "$OCI" spec --rootless --bundle "$bundle"
  jq '.mounts += [{ destination: "/tmp", type: "tmpfs", source: "tmpfs" }]' "$bundle/config.json" >"$cluster/config"
  cp "$cluster/config" "$bundle/config.json"
  find "$bundle" | sort >"$cluster/bundle.before"
  "$SLURM_CLUSTER" start "$cluster" "$OCI" ${open+--open} 3>&- >&2
}

# For root, who runs Slurm for somebody else.
open_to_user ()
{
  open=
  chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/file" "$BATS_FILE_TMPDIR" "$cluster"
  chown -R "$user" "$bundle" "$TMPDIR" "$XDG_RUNTIME_DIR"
}

as_user () # COMMAND…
{
  [ "$user" = "$(id -un)" ] || set -- setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups --inh-caps=-all "$@"
  "$@"
}

# From now on Slurm calls create and start in place of run.
create_and_start () # REDIRECTION
{
  local runtime="$OCI --rootless=true --root=$cluster/containers-%u" id=%n.%u.%j.%s.%t
  cp "$cluster/oci.conf" "$cluster/oci.conf.run"
  { sed /RunTimeRun/d "$cluster/oci.conf.run"
    echo "RunTimeCreate=\"$runtime create --bundle %b $id $1\""
    echo "RunTimeStart=\"$runtime start $id\""
  } >"$cluster/oci.conf"
}

call_run ()
{
  mv "$cluster/oci.conf.run" "$cluster/oci.conf"
}

teardown_file ()
{
  [ ! -e "$cluster/slurm.conf" ] || "$SLURM_CLUSTER" stop "$cluster"
}

containers ()
{
  "$OCI" --root "$store" "$@"
}

teardown ()
{
  [ -z "$why_not" ] || return 0
  [ ! -e "$cluster/oci.conf.run" ] || call_run
  scancel --user "$user"
}

# Whether COUNT jobs of the name run, and a container for each of them.
running () # NAME [COUNT]
{
  local jobs
  mapfile -t jobs < <(squeue --noheader --name "$1" --states running --format %A | sort)
  [ ${#jobs[@]} = "${2-1}" ] \
    && diff -q <(printf "%s\n" "${jobs[@]}") <(running_containers | cut -d . -f 3 | sort) >/dev/null
}

running_containers ()
{
  containers list --format json | jq -r '.[] | select(.status == "running").id'
}

# What belongs to a step has in its environment which job's it is.
processes_of_steps ()
{
  grep -slz "^SLURM_CONF=$SLURM_CONF$" /proc/[0-9]*/environ | xargs -r grep -slz "^SLURM_JOB_ID="
}

files_of_steps ()
{
  find "$store" "$TMPDIR" "$XDG_RUNTIME_DIR" -mindepth 1
  find "$cluster"/n[1-3] -name "*job*"
  find "$bundle" | sort | comm -3 - "$cluster/bundle.before"
  grep -F "$cluster" /proc/self/mountinfo
}

what_is_left ()
{
  squeue --noheader
  processes_of_steps
  files_of_steps
}

is_nothing () # COMMAND
{
  [ -z "$("$@")" ]
}

leaves_nothing ()
{
  eventually is_nothing what_is_left || fail "left: $(what_is_left)"
}
