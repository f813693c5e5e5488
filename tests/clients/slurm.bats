#!/usr/bin/env bats
# Slurm run by root, as clusters are, with steps of an ordinary user: their containers are the user's, and slurmstepd asks for
# their state, kills and deletes them as root.
# client: Slurm, run by root
# packages: slurmctld slurmd slurm-client munge busybox-static jq
# version: slurmd -V
user=snug-test
load ../../tests-rootless/clients/slurm

setup ()
{
  skip_with_file
  cd "$cluster"
}

stubborn='trap "" TERM; while :; do sleep 1; done'

@test "a user's step is a container of that user's, whose state root can tell, and which root can kill" {
  as_user srun --job-name theirs --container "$bundle" sh -c "$stubborn" 3>&- &
  eventually running theirs
  id=$(running_containers)
  [ "$(stat -c %U "/proc/$(containers state "$id" | jq .pid)")" = "$user" ]
  works containers kill --all "$id" KILL
  await_jobs
  leaves_nothing
}

@test "scancel: what is left of a killed step is deleted by root" {
  as_user srun --job-name stays --container "$bundle" sh -c "$stubborn" 3>&- &
  eventually running stays
  job=$(running_containers | cut -d . -f 3)
  as_user scancel --name stays
  await_jobs
  leaves_nothing
  grep -qF "[$job.0] debug:  _kill_container: RunTimeDelete rc:0" n?.log || fail "$(grep -hF "[$job.0]" n?.log)"
}

@test "a user's hook does not run when root deletes the container" {
  jq --arg out "$TMPDIR/hook" '.hooks.poststop = [{ path: "/bin/sh", args: ["sh", "-c", "id -u >$0", $out] }]' "$bundle/config.json" >hooked
  mkdir hooked-bundle
  cp hooked hooked-bundle/config.json
  cp -a "$bundle/rootfs" hooked-bundle/
  chown -R "$user" hooked-bundle
  as_user srun --container "$cluster/hooked-bundle" true
  [ "$(cat "$TMPDIR/hook")" = "$(id -u "$user")" ] || fail "it did not run when the user's own process deleted it"
  rm "$TMPDIR/hook"
  as_user srun --job-name hooked --container "$cluster/hooked-bundle" sh -c "$stubborn" 3>&- &
  eventually running hooked
  as_user scancel --name hooked
  await_jobs
  leaves_nothing
}
