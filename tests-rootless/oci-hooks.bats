#!/usr/bin/env bats
# Hooks: when each moment comes, where a hook runs, what it is told, and what its failure does; config.md, "POSIX-platform
# Hooks", and runtime.md, "Lifecycle".
# shellcheck disable=SC2046,SC2005,SC2086,SC2116,SC2115 # words that are several on purpose; paths that are never empty
load oci

moments=(prestart createRuntime createContainer startContainer poststart poststop)
outside=(prestart createRuntime poststart poststop)

setup ()
{
  setup_oci
  log=$BATS_TEST_TMPDIR/log
  mkdir "$log"
}

teardown ()
{
  teardown_oci
  [ ! -s "$log/left" ] || kill -9 $(cat "$log/left") 2>/dev/null || true
}

# The folder $log is at the same place inside, so that hooks can write there wherever they run.
logged_bundle () # [COMMAND…]
{
  bundle "$@"
  config '.mounts += [{destination: $log, source: $log, type: "bind", options: ["rbind"]}]' --arg log "$log"
}

# Adds a hook that a shell runs, which looks for commands where both the host and the container have some.
hook () # MOMENT SCRIPT [JQ-FILTER]
{
  config ".hooks.$1 += [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \$script], env: [\"PATH=/usr/bin:/bin\"]} | ${3-.}]" --arg script "$2"
}

# The whole life of the container.
live ()
{
  start_bundle
  oci kill "$id" KILL
  eventually has_status stopped
  works oci delete "$id"
}

# --- When -----------------------------------------------------------------------------------------------------------------

@test "hooks run in the order of their moments, and of the list" {
  logged_bundle sh -c "echo program >>$log/order; exec sleep 1000"
  for moment in "${moments[@]}"; do
    for n in 1 2; do
      hook $moment "echo $moment $n >>$log/order"
    done
  done
  create_bundle
  for moment in prestart createRuntime createContainer; do printf '%s\n' "$moment 1" "$moment 2"; done >"$BATS_TEST_TMPDIR/expected"
  diff "$BATS_TEST_TMPDIR/expected" "$log/order"
  works oci start "$id"
  oci kill "$id" KILL
  eventually has_status stopped
  works oci delete "$id"
  for moment in startContainer poststart poststop; do printf '%s\n' "$moment 1" "$moment 2"; done >>"$BATS_TEST_TMPDIR/expected"
  diff "$BATS_TEST_TMPDIR/expected" <(grep -v program "$log/order")
  grep -q program "$log/order"
}

@test "run calls all six, too" {
  logged_bundle sh -c "echo program >>$log/order"
  for moment in "${moments[@]}"; do
    hook $moment "echo $moment >>$log/order"
  done
  works oci run "$id"
  [ "$(echo $(grep -v program "$log/order"))" = "${moments[*]}" ]
}

@test "prestart and createRuntime come when the namespaces and mounts are made, before the root is changed: they are seen at its path" {
  logged_bundle
  for moment in prestart createRuntime; do
    hook $moment "pid=\$(jq .pid); readlink /proc/\$pid/ns/{net,mnt,pid,user} /proc/self/ns/{net,mnt,pid,user} | sort | uniq -d >$log/$moment
      grep -c '$bundle/rootfs/proc ' /proc/\$pid/mountinfo >>$log/$moment" '.path = "/bin/bash"'
  done
  create_bundle
  for moment in prestart createRuntime; do
    [ "$(cat "$log/$moment")" = 1 ] || fail "$moment saw: $(cat "$log/$moment")"
  done
}

@test "startContainer comes in start, before the program; poststart when it runs, before start returns" {
  logged_bundle
  hook startContainer "tr '\\0' ' ' </proc/1/cmdline >$log/before"
  hook poststart "tr '\\0' ' ' </proc/\$(jq .pid)/cmdline >$log/after; sleep 0.5; echo >>$log/after"
  create_bundle
  [ ! -e "$log/before" ]
  works oci start "$id"
  run ! grep -q 'sleep 1000' "$log/before"
  [ "$(cat "$log/after")" = "sleep 1000 " ]
  [ "$(wc -l <"$log/after")" = 1 ] || fail "start did not wait for poststart"
}

@test "poststop comes when the container is gone, before delete returns" {
  logged_bundle
  hook poststop "$OCI --root $store state $id >$log/state 2>&1; sleep 0.5; echo waited >>$log/state"
  live
  grep -q 'does not exist' "$log/state"
  grep -q waited "$log/state"
}

# --- What a hook is given --------------------------------------------------------------------------------------------------

@test "the state is on standard input: id, version, bundle, annotations, and status and pid of that moment" {
  logged_bundle
  config '.annotations = {"org.example.a": "b \"c\"\\", "empty": ""} | .ociVersion = "1.2.1"'
  for moment in "${moments[@]}"; do
    hook $moment "cat >$log/$moment"
  done
  create_bundle
  pid=$(state_of .pid)
  oci start "$id"
  oci delete --force "$id"
  expect () # MOMENT STATUS PID
  {
    jq -e --slurpfile config config.json '.ociVersion == "1.2.1" and .id == $id and .bundle == $bundle and .status == $status
      and .pid == $pid and .annotations == $config[0].annotations and length == 6' \
      --arg id "$id" --arg bundle "$bundle" --arg status "$2" --argjson pid "$3" "$log/$1" >/dev/null || fail "$1 read: $(cat "$log/$1")"
  }
  expect prestart creating "$pid"
  expect createRuntime creating "$pid"
  expect createContainer creating 1 # as it is in there
  expect startContainer created 1
  expect poststart running "$pid"
  expect poststop stopped 0
}

@test "the environment is what config.json says, and nothing else" {
  logged_bundle
  for moment in "${moments[@]}"; do
    hook $moment "exec 3</proc/self/environ; cat <&3 >$log/$moment.given; :" '.env = ["A=1", "B=two words"]'
    hook $moment "exec 3</proc/self/environ; cat <&3 >$log/$moment.none; :" 'del (.env)'
  done
  export SECRET=x
  live
  for moment in "${moments[@]}"; do
    printf 'A=1\0B=two words\0' | cmp - "$log/$moment.given"
    [ ! -s "$log/$moment.none" ]
  done
}

@test "args are the hook's own, and without them it has its path" {
  logged_bundle
  printf '#!/bin/sh\necho "$0" >%s/none\n' "$log" >"$BATS_TEST_TMPDIR/script"
  chmod +x "$BATS_TEST_TMPDIR/script"
  config '.hooks.createRuntime = [{path: "/bin/bash", args: ["other name", "-c", $script]}, {path: $path}]' \
    --arg script "head -c 11 /proc/self/cmdline >/dev/null; echo \"\$0\" >$log/args" --arg path "$BATS_TEST_TMPDIR/script"
  create_bundle
  [ "$(cat "$log/args")" = "other name" ]
  [ "$(cat "$log/none")" = "$BATS_TEST_TMPDIR/script" ]
}

@test "a hook has three descriptors, no blocked signal, and its own process group" {
  logged_bundle
  for moment in "${moments[@]}"; do
    hook $moment "ls /proc/self/fd >$log/$moment; grep SigBlk /proc/self/status >>$log/$moment
      read -r pid name state parent group rest </proc/self/stat; [ \$pid != \$group ] || echo leader >>$log/$moment"
  done
  create_bundle 8</etc/passwd 9</
  works oci start "$id"
  oci delete --force "$id"
  for moment in "${moments[@]}"; do
    [ "$(tr -s '\n\t' '  ' <"$log/$moment")" = "0 1 2 3 SigBlk: 0000000000000000 leader " ] || fail "$moment has: $(cat "$log/$moment")"
  done
}

@test "a hook outside starts in the bundle, one in the root where the program does" {
  logged_bundle
  mkdir rootfs/inside
  config '.process.cwd = "/inside"'
  for moment in "${moments[@]}"; do
    hook $moment "pwd -P >$log/$moment"
  done
  cd /tmp
  create_bundle --bundle "$bundle"
  oci start "$id"
  oci delete --force "$id"
  for moment in prestart createRuntime createContainer poststart poststop; do
    [ "$(cat "$log/$moment")" = "$bundle" ] || fail "$moment ran in $(cat "$log/$moment")"
  done
  [ "$(cat "$log/startContainer")" = /inside ]
}

@test "a hook whose bundle has gone starts in /" {
  logged_bundle
  hook poststop "pwd -P >$log/where"
  start_bundle
  cd /
  mv "$bundle" "$bundle.away"
  works oci delete --force "$id"
  [ "$(cat "$log/where")" = / ]
}

@test "a hook that does not read its input, however long that is, is waited for no longer" {
  logged_bundle
  config '.annotations.long = ("x" * 900000)'
  for moment in "${moments[@]}"; do
    hook $moment "echo $moment >>$log/order"
  done
  timeout 20 "$OCI" --root "$store" create "$id" </dev/null >/dev/null 2>&1 3>&-
  works oci start "$id"
  works oci delete --force "$id"
  [ "$(echo $(cat "$log/order"))" = "${moments[*]}" ]
}

@test "a hook that leaves a process behind, which keeps its output open, is over when it ends itself" {
  logged_bundle
  for moment in prestart createRuntime poststart poststop; do
    hook $moment "sleep 1000 & echo \$! >>$log/left; echo done >>$log/done"
  done
  timeout 10 "$OCI" --root "$store" create "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
  timeout 10 "$OCI" --root "$store" start "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
  timeout 10 "$OCI" --root "$store" delete --force "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
  [ "$(wc -l <"$log/done")" = 4 ]
}

@test "what hooks print goes where the runtime prints" {
  logged_bundle true
  for moment in prestart createRuntime createContainer startContainer; do
    hook $moment "echo out $moment; echo err $moment >&2"
  done
  works oci run "$id"
  for moment in prestart createRuntime createContainer startContainer; do
    has "out $moment"
    has "err $moment"
  done
}

@test "run.oci.hooks.stdout and run.oci.hooks.stderr: what hooks print is appended to files" {
  logged_bundle
  echo before >"$BATS_TEST_TMPDIR/out"
  config '.annotations = {"run.oci.hooks.stdout": $out, "run.oci.hooks.stderr": "err"}' --arg out "$BATS_TEST_TMPDIR/out"
  for moment in "${moments[@]}"; do
    hook $moment "echo out $moment; echo err $moment >&2"
  done
  start_bundle
  [ ! -s "$BATS_TEST_TMPDIR/container.out" ]
  works oci delete --force "$id"
  equals ""
  [ "$(cat "$BATS_TEST_TMPDIR/out")" = "before"$'\n'"$(printf 'out %s\n' "${moments[@]}")" ]
  [ "$(cat "$bundle/err")" = "$(printf 'err %s\n' "${moments[@]}")" ]
}

@test "run.oci.hooks.stdout: a file that can't be opened is an error, and the program never sees the file" {
  logged_bundle ls /proc/self/fd
  config '.annotations = {"run.oci.hooks.stdout": "/nowhere/out"}'
  refused oci run "$id"
  has "/annotations/run.oci.hooks.stdout"
  has "/nowhere/out: No such file or directory"
  nothing_left
  mkfifo pipe # that nobody reads
  config '.annotations = {"run.oci.hooks.stderr": "pipe"}'
  refused timeout 10 "$OCI" --root "$store" run "$id"
  has "/pipe: No such device or address"
  nothing_left
  config '.annotations = {"run.oci.hooks.stdout": "out", "run.oci.hooks.stderr": "err"}'
  hook startContainer true
  works oci run "$id"
  [ "$(echo $output)" = "0 1 2 3" ]
}

# --- Where -----------------------------------------------------------------------------------------------------------------

@test "each runs in its namespaces: the runtime's or the container's" {
  logged_bundle
  for moment in "${moments[@]}"; do
    hook $moment "for kind in mnt net pid uts ipc user; do readlink /proc/self/ns/\$kind; done >$log/$moment; id -u >>$log/$moment"
  done
  start_bundle
  here=$(for kind in mnt net pid uts ipc user; do readlink /proc/self/ns/$kind; done; id -u)
  there=$(in_container sh -c 'for kind in mnt net pid uts ipc user; do readlink /proc/self/ns/$kind; done; id -u')
  oci delete --force "$id"
  for moment in "${outside[@]}"; do
    [ "$(cat "$log/$moment")" = "$here" ] || fail "$moment: $(diff <(echo "$here") "$log/$moment")"
  done
  for moment in createContainer startContainer; do
    [ "$(cat "$log/$moment")" = "$there" ] || fail "$moment: $(diff <(echo "$there") "$log/$moment")"
  done
}

@test "the path of each is found in its namespace: createContainer's outside, startContainer's inside" {
  logged_bundle true
  printf '#!/bin/sh\necho host >%s/$1\n' "$log" >"$BATS_TEST_TMPDIR/here"
  mkdir -p "rootfs$BATS_TEST_TMPDIR"
  printf '#!/bin/sh\necho container >%s/$1\n' "$log" >"rootfs$BATS_TEST_TMPDIR/here"
  chmod +x "$BATS_TEST_TMPDIR/here" "rootfs$BATS_TEST_TMPDIR/here"
  for moment in "${moments[@]}"; do
    config ".hooks.$moment = [{path: \$path, args: [\"here\", \"$moment\"]}]" --arg path "$BATS_TEST_TMPDIR/here"
  done
  works oci run "$id"
  for moment in prestart createRuntime createContainer poststart poststop; do
    [ "$(cat "$log/$moment")" = host ] || fail "$moment ran that of the container"
  done
  [ "$(cat "$log/startContainer")" = container ]
}

@test "createContainer sees the container's mounts below its root, and what it mounts there stays" {
  logged_bundle cat /tmp/given
  mkdir "$BATS_TEST_TMPDIR/given"
  echo given >"$BATS_TEST_TMPDIR/given/given"
  hook createContainer "mount --bind $BATS_TEST_TMPDIR/given $bundle/rootfs/tmp && grep -c $bundle/rootfs/proc /proc/self/mountinfo >$log/n"
  works oci run "$id"
  equals given
  [ "$(cat "$log/n")" = 1 ]
  [ ! -e rootfs/tmp/given ]
}

@test "an ordinary user's hooks get at the container's namespaces through /proc, in create and after it" {
  logged_bundle
  look="pid=\$(jq .pid); for kind in net user mnt; do readlink /proc/\$pid/ns/\$kind; done >$log/links;
    nsenter --user --preserve-credentials --net --target \$pid readlink /proc/self/ns/net >>$log/links"
  for moment in prestart createRuntime poststart; do
    hook $moment "${look//links/$moment}"
  done
  create_bundle
  pid=$(state_of .pid)
  expected=$(for kind in net user mnt net; do readlink "/proc/$pid/ns/$kind"; done)
  [ "$(wc -l <<<"$expected")" = 4 ] || fail "of a created container: $expected"
  oci start "$id"
  for moment in prestart createRuntime poststart; do
    [ "$(cat "$log/$moment")" = "$expected" ] || fail "$moment saw: $(cat "$log/$moment")"
  done
}

@test "with subordinate ids too" {
  skip_unless_subordinate_ids
  skip_unless_command newuidmap
  logged_bundle
  config '.linux.uidMappings += [{containerID: 1, hostID: 100000, size: 1000}] | .linux.gidMappings += [{containerID: 1, hostID: 100000, size: 1000}]
    | .process.user = {uid: 5, gid: 5}'
  hook createRuntime "pid=\$(jq .pid); readlink /proc/\$pid/ns/net >$log/net"
  hook poststart "pid=\$(jq .pid); nsenter --user --preserve-credentials --net --target \$pid readlink /proc/self/ns/net >>$log/net"
  start_bundle
  [ "$(uniq "$log/net" | wc -l)" = 1 ]
  [ "$(wc -l <"$log/net")" = 2 ]
}

# --- Failure -----------------------------------------------------------------------------------------------------------------

@test "lifecycle 3, 4, 5: a hook of create that fails undoes the container, and poststop runs" {
  for moment in prestart createRuntime createContainer; do
    rm -rf "$bundle" "$log"/*
    logged_bundle
    before=$(cd rootfs && find . | sort)
    hook $moment "exit 3"
    hook $moment "touch $log/second"
    hook createContainer "touch $log/later"
    hook poststop "echo \$(jq -r .status) >>$log/poststop"
    refused oci create "$id"
    has "/hooks/$moment/0: the hook /bin/sh ended with status 3"
    nothing_left
    [ ! -e "$log/second" ] && [ ! -e "$log/later" ] || fail "hooks ran after the one that failed: $(ls "$log")"
    [ "$(cat "$log/poststop")" = stopped ]
    [ "$(cd rootfs && find . | sort)" = "$before" ] || fail "left in the root: $(diff <(echo "$before") <(cd rootfs && find . | sort))"
  done
}

@test "lifecycle 7: a startContainer hook that fails ends and removes the container, and poststop runs" {
  logged_bundle touch "$log/ran"
  hook startContainer "exit 3"
  hook startContainer "touch $log/second"
  hook poststart "touch $log/later"
  hook poststop "echo \$(jq -r .status) >>$log/poststop"
  create_bundle
  refused oci start "$id"
  has "the hook /bin/sh ended with status 3"
  nothing_left
  [ "$(ls "$log")" = poststop ]
  [ "$(cat "$log/poststop")" = stopped ]
}

@test "lifecycle 9: a poststart hook that fails ends and removes the container, and poststop runs" {
  logged_bundle
  hook poststart "exit 3"
  hook poststart "touch $log/second"
  hook poststop "echo \$(jq -r .status) >>$log/poststop"
  create_bundle
  pid=$(state_of .pid)
  refused oci start "$id"
  has "/hooks/poststart/0: the hook /bin/sh ended with status 3"
  nothing_left
  [ "$(cat "$log/poststop")" = stopped ]
  [ ! -e "$log/second" ]
  run ! grep -q sleep "/proc/$pid/cmdline" 2>/dev/null
}

@test "lifecycle 13: a poststop hook that fails is a warning, and the others still run" {
  logged_bundle
  hook poststop "exit 3"
  hook poststop "echo second >>$log/poststop"
  start_bundle
  works oci delete --force "$id"
  has "/hooks/poststop/0: the hook /bin/sh ended with status 3"
  [ "$(cat "$log/poststop")" = second ]
  nothing_left
}

# Deletes a container with three poststop hooks and kills that in the second, which then is gone too.
cut_poststop_short ()
{
  logged_bundle
  hook poststop "echo first >>$log/poststop"
  hook poststop "echo second >>$log/poststop; [ -e $log/again ] || { touch $log/again; echo \$\$ >$log/left; exec sleep 1000; }"
  hook poststop "jq -r .status >>$log/poststop"
  start_bundle
  "$OCI" --root "$store" delete --force "$id" </dev/null >/dev/null 2>&1 3>&- &
  deleter=$!
  eventually [ -s "$log/left" ]
  works oci list --quiet
  equals ""
  refused oci state "$id"
  has "does not exist"
  kill -KILL $deleter
  wait $deleter || true
  gone () { [ ! -d "/proc/$(cat "$log/left")" ]; }
  eventually gone
}

@test "lifecycle 13: what is left of the poststop hooks of a delete that was killed is run by the next one" {
  cut_poststop_short
  works oci delete "$id"
  equals ""
  [ "$(cat "$log/poststop")" = $'first\nsecond\nsecond\nstopped' ] || fail "$(cat "$log/poststop")"
  nothing_left
  refused oci delete "$id"
  has "does not exist"
}

@test "lifecycle 13: what is left of the poststop hooks of a delete that was killed comes before another container of that id, or of any" {
  for next in "$id" "$id-other"; do
    rm -rf "$bundle" "$log"/*
    cut_poststop_short
    logged_bundle
    hook createRuntime "echo new >>$log/poststop"
    id=$next create_bundle
    [ "$(cat "$log/poststop")" = $'first\nsecond\nsecond\nstopped\nnew' ] || fail "$(cat "$log/poststop")"
    works oci delete --force "$next"
    nothing_left
  done
}

@test "lifecycle 13: while a delete waits for its poststop hooks, these are nobody else's, and the id is free" {
  logged_bundle
  hook poststop "echo once >>$log/poststop; echo \$\$ >$log/left; exec sleep 1000"
  start_bundle
  oci delete --force "$id" </dev/null >/dev/null 2>&1 3>&- &
  eventually [ -s "$log/left" ]
  refused oci delete "$id"
  has "does not exist"
  config 'del (.hooks)'
  start_bundle
  works oci delete --force "$id"
  kill "$(cat "$log/left")"
  await_jobs
  [ "$(cat "$log/poststop")" = once ]
  nothing_left
}

@test "run: whichever hook fails, nothing is left and poststop runs once" {
  for moment in prestart createRuntime createContainer startContainer poststart; do
    rm -rf "$bundle" "$log"/*
    logged_bundle
    hook $moment "exit 3"
    hook poststop "echo once >>$log/poststop"
    refused oci run "$id"
    has "the hook /bin/sh ended with status 3"
    nothing_left
    [ "$(cat "$log/poststop")" = once ] || fail "after $moment: $(cat "$log/poststop")"
  done
}

@test "a hook that can't be executed fails, and is named" {
  for moment in prestart createRuntime createContainer startContainer poststart; do
    rm -rf "$bundle"
    logged_bundle
    config ".hooks.$moment = [{path: \"/no/such/hook\"}]"
    refused oci run "$id"
    has "can't run the hook /no/such/hook: No such file or directory"
    nothing_left
  done
}

@test "a hook that is ended by a signal fails" {
  logged_bundle
  hook createRuntime 'kill -SEGV $$'
  refused oci create "$id"
  has "was ended by signal 11"
  nothing_left
}

@test "timeout: a hook that takes longer is killed with its process group, and has failed" {
  for moment in prestart createRuntime createContainer startContainer poststart; do
    rm -rf "$bundle"
    logged_bundle
    hook $moment "sleep 987 & sleep 987" '.timeout = 1'
    SECONDS=0
    refused oci run "$id"
    has "the hook /bin/sh took too long and was killed"
    [ $SECONDS -lt 8 ] || fail "it took $SECONDS seconds"
    nothing_left
    ! pgrep -u "$(id -u)" -f '^sleep 987$' >/dev/null || fail "$moment: left: $(pgrep -f '^sleep 987')"
  done
}

@test "timeout: a poststop hook that takes longer is killed with a warning" {
  logged_bundle
  hook poststop "sleep 1000" '.timeout = 1'
  start_bundle
  works timeout 8 "$OCI" --root "$store" delete --force "$id"
  has "took too long"
  nothing_left
}

@test "timeout: a hook that ends in time is not disturbed, however long that is" {
  logged_bundle true
  hook createRuntime "sleep 0.3; touch $log/done" '.timeout = 2147483647'
  works oci run "$id"
  [ -e "$log/done" ]
}

@test "timeout and path: values that are none are refused, with their place" {
  logged_bundle true
  for wrong in '.timeout = 0' '.timeout = -1' '.timeout = "1"' '.timeout = 2147483648' '.path = "sh"' '.path = ""' 'del (.path)' '.path = 1' '.args = "x"' '.env = [1]'; do
    config 'del (.hooks)'
    hook poststop true "$wrong"
    refused oci run "$id"
    has "/hooks/poststop/0"
    nothing_left
  done
}

@test "a signal that ends create while a hook runs ends the hook, undoes the container, and poststop runs" {
  for moment in prestart createRuntime createContainer; do
    rm -rf "$bundle" "$log"/*
    logged_bundle
    share_pids # else the end of the pid namespace would end the hook
    hook $moment "echo \$\$ >$log/left; exec sleep 1000"
    hook poststop "touch $log/poststop"
    env --default-signal "$OCI" --root "$store" create "$id" </dev/null >/dev/null 2>&1 3>&- &
    runtime=$!
    eventually [ -s "$log/left" ]
    kill -TERM $runtime
    code=0
    wait $runtime || code=$?
    [ "$code" = 143 ] || fail "exit status $code"
    nothing_left
    [ -e "$log/poststop" ]
    gone () { [ ! -d "/proc/$(cat "$log/left")" ]; }
    eventually gone || fail "the hook of $moment is left"
  done
}

@test "a hook ends with the runtime that waits for it, even if that is killed" {
  for moment in prestart createRuntime createContainer; do
    rm -rf "$bundle" "$log"/*
    logged_bundle
    share_pids
    hook $moment "echo \$\$ >$log/left; exec sleep 1000"
    "$OCI" --root "$store" create "$id" </dev/null >/dev/null 2>&1 3>&- &
    runtime=$!
    eventually [ -s "$log/left" ]
    kill -KILL $runtime
    wait $runtime || true
    gone () { [ ! -d "/proc/$(cat "$log/left")" ]; }
    eventually gone || fail "the hook of $moment is left"
    works oci delete --force "$id"
    nothing_left
  done
}
