#!/usr/bin/env bats
# The life of a container cut short at every step: the runtime killed, its system calls failing, its disk full, two of it at
# once.  What is left then can be told by `list` and removed by `delete --force`, and after that nothing is left.
#
# Each loop has 30 rounds; SNUG_ROUNDS=1000 bats tests-rootless/oci-faults.bats has more.
# shellcheck disable=SC1010,SC2317,SC2126,SC2012,SC2009 # functions that are called by their names; names without blanks
load oci

INJECT=$HELPERS/inject
ROUNDS=${SNUG_ROUNDS:-30}
! grep -q __asan_init "$SNUG" || ROUNDS=$((ROUNDS / 6)) # there the way is what matters, not the moment

setup ()
{
  setup_oci
  mark=100$BATS_TEST_NUMBER.$$ # in the arguments of the container's program
  shown=$BATS_TEST_TMPDIR/shown
}

teardown ()
{
  teardown_oci
  # shellcheck disable=SC2046 # several
  kill -9 $(ours) 2>/dev/null || true
}

# A program that waits, and a place to mount on that has to be made in the root.
waiting_bundle ()
{
  bundle sleep "$mark"
  mkdir rootfs/{dev,proc,sys}
  echo data >"$BATS_TEST_TMPDIR/data"
  config '.mounts += [{destination: "/new/place", type: "bind", source: $data, options: ["bind", "ro"]}]' --arg data "$BATS_TEST_TMPDIR/data"
}

# The processes of ours that run: the runtime's, which have the store in their arguments, and the container's.
ours ()
{
  pgrep -u "$(id -u)" -f -- "--root $store|^sleep $mark"
}

no_process ()
{
  ! ours >/dev/null
}

# Kills the runtime somewhere in the MOST microseconds after its start, if it still runs then.
cut_short () # MOST VERB…
{
  local after
  after=$(printf '0.%06d' $((RANDOM * 32768 % $1 + RANDOM % 1000)))
  timeout --foreground -s KILL "$after" "$OCI" --root "$store" "${@:2}" </dev/null >/dev/null 2>&1 3>&-
}

# `list` works and says something that can be of the container, or nothing.
list_is_sane () # STATUS…
{
  local status
  status=$(oci list --format json | jq -r '.[]?.status') || fail "list failed"
  [[ -z $status || " $* " == *" $status "* ]] || fail "the status is $status"
  echo "${status:-none}" >>"$shown"
}

clean_up_leaves_nothing ()
{
  works oci delete --force "$id"
  eventually no_process || fail "processes are left: $(ours | xargs ps -fp)"
  nothing_left
}

# A loop in which all goes the same way tests nothing; a short one may.
went_different_ways ()
{
  sort "$shown" | uniq -c | tr -s ' \n' ' ' | sed "s/^/# ${BATS_TEST_DESCRIPTION%%:*}:/; s/\$/\n/" >&3
  [ "$ROUNDS" -lt 100 ] || [ "$(sort -u "$shown" | wc -l)" -gt 1 ] || fail "always $(head -1 "$shown")"
}

# --- Killed ------------------------------------------------------------------------------------------------------------------

@test "create killed: the container is there, half there or not, and can be removed" {
  waiting_bundle
  for ((i = 0; i < ROUNDS; i++)); do
    cut_short 30000 create "$id" || true
    list_is_sane creating created stopped
    clean_up_leaves_nothing
  done
  went_different_ways
}

@test "create killed: what it made in the root is removed, at the latest by the next one" {
  waiting_bundle
  before=$(find rootfs | sort)
  for ((i = 0; i < ROUNDS; i++)); do
    cut_short 30000 create "$id" || true
    clean_up_leaves_nothing
    find rootfs | wc -l >>"$shown"
  done
  create_bundle
  clean_up_leaves_nothing
  # Where it was made wholly, the place stays: the next container finds it.
  [ "$(find rootfs | grep -v '^rootfs/new' | sort)" = "$before" ] || fail "left in the root: $(diff <(echo "$before") <(find rootfs | sort))"
}

@test "start killed: the container waits still, runs, or has ended" {
  waiting_bundle
  for ((i = 0; i < ROUNDS; i++)); do
    create_bundle
    cut_short 6000 start "$id" || true
    list_is_sane created running stopped
    clean_up_leaves_nothing
  done
  went_different_ways
}

@test "exec killed: the container runs on" {
  waiting_bundle
  start_bundle
  for ((i = 0; i < ROUNDS; i++)); do
    cut_short 15000 exec "$id" true && echo done >>"$shown" || echo cut >>"$shown"
  done
  has_status running
  works in_container true
  went_different_ways
  alone () { [ "$(in_container ps -o pid,args | grep -v -e PID -e 'ps -o' -e '{' | wc -l)" = 1 ]; }
  eventually alone || fail "$(in_container ps -o pid,args)"
  clean_up_leaves_nothing
}

@test "delete killed: the container is there or gone, and can be removed, and its poststop hook runs" {
  waiting_bundle
  config '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", "echo ran >>$0", $file]}]' --arg file "$BATS_TEST_TMPDIR/ran"
  for ((i = 0; i < ROUNDS; i++)); do
    rm -f "$BATS_TEST_TMPDIR/ran"
    start_bundle
    cut_short 10000 delete --force "$id" || true
    list_is_sane running stopped
    clean_up_leaves_nothing
    [ -s "$BATS_TEST_TMPDIR/ran" ] || fail "the poststop hook did not run"
  done
  went_different_ways
}

@test "run killed: whatever was there can be removed" {
  waiting_bundle
  for ((i = 0; i < ROUNDS; i++)); do
    cut_short 30000 run "$id" || true
    list_is_sane creating created running stopped
    clean_up_leaves_nothing
  done
  went_different_ways
}

@test "TERM at any moment of create and run: they undo all by themselves" {
  waiting_bundle
  share_pids # the program is not the first of a pid namespace, which would not hear TERM
  before=$(find rootfs | sort)
  for ((i = 0; i < ROUNDS; i++)); do
    timeout --foreground "$(printf '0.%06d' $((RANDOM % 30000)))" env --default-signal "$OCI" --root "$store" run "$id" </dev/null >/dev/null 2>&1 3>&- || true
    eventually no_process || fail "processes are left: $(ours | xargs ps -fp)"
    oci list -q | wc -l >>"$shown"
    # Before it has its signals in hand, what it left is only a record.
    list_is_sane stopped
    works oci delete --force "$id"
  done
}

# --- Calls that fail ----------------------------------------------------------------------------------------------------------

# Every second call of the runtime fails.  What create could not remove is removed as a caller would.
survives () # [-b BEFORE] COMMAND…
{
  ! grep -q __asan_init "$SNUG" || skip "in this build calls of the sanitizer would fail too"
  run "$INJECT" -s 2 -e EPERM,EIO "$@" 3>&-
  [ "$status" != 77 ] || skip "$output"
  [ "$status" = 0 ] || fail "exit status $status"
  echo "# ${output##*$'\n'}" >&3
}

@test "run with each system call failing once: it works, or says why and leaves nothing" {
  bundle sh -c 'cat /proc/self/status | grep -E "^(Cap|NoNew|Sig)"; ls -l /proc/self/fd | wc -l; uname -n; pwd; ls /dev; cat /proc/mounts'
  config '.hostname = "inside" | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 99, hard: 99}] | .process.capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
  works oci run "$id" # so that the store and the places in the root are there
  survives -b "$OCI --root $store delete --force $id" -- "$OCI" --root "$store" run "$id"
  clean_up_leaves_nothing
}

@test "exec with each system call failing once: it works, or says why" {
  waiting_bundle
  start_bundle
  survives -- "$OCI" --root "$store" exec --cwd /tmp --env A=1 "$id" sh -c 'pwd; echo $A; cat /proc/self/status | grep -E "^(Cap|NoNew|Sig)"; ls -l /proc/self/fd | wc -l'
  has_status running
  clean_up_leaves_nothing
}

@test "list and kill with each system call failing once: they work, or say why" {
  waiting_bundle
  create_bundle
  survives -- "$OCI" --root "$store" list --quiet
  survives -- "$OCI" --root "$store" kill "$id" CONT
  has_status created
}

# --- A full disk ----------------------------------------------------------------------------------------------------------------

@test "a full disk: create says so and leaves nothing, and what is there can be started and deleted" {
  waiting_bundle
  mkdir "$store"
  cat >"$BATS_TEST_TMPDIR/script" <<'EOF'
set -e
mount -t tmpfs -o size=64k,mode=700 none "$store"
create () { "$OCI" --root "$store" create "$1" </dev/null >"$BATS_TEST_TMPDIR/$1.out" 2>&1; }
create first
cat /dev/zero >"$store/filler" 2>/dev/null || true
for n in 1 2 3; do ! create second; done
cat "$BATS_TEST_TMPDIR/second.out"
[ "$(ls "$store")" = "$(printf 'filler\nfirst')" ] || { ls -R "$store"; exit 1; }
"$OCI" --root "$store" list
"$OCI" --root "$store" start first
"$OCI" --root "$store" delete --force first
rm "$store/filler"
create second
"$OCI" --root "$store" delete --force second
[ -z "$(ls -A "$store")" ]
EOF
  export store OCI BATS_TEST_TMPDIR
  config '.linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0'
  works timeout 30 unshare --user --map-root-user --mount --pid --fork --mount-proc sh "$BATS_TEST_TMPDIR/script"
  has "No space left on device"
  has "created"
}

# --- At once --------------------------------------------------------------------------------------------------------------------

@test "two creates of one id at once: one wins, the other says that the id is taken" {
  waiting_bundle
  for ((i = 0; i < ROUNDS / 4; i++)); do
    for n in 1 2 3; do
      { oci create "$id" </dev/null >"$BATS_TEST_TMPDIR/$n" 2>&1 3>&- && echo won >>"$BATS_TEST_TMPDIR/won"; } &
    done
    await_jobs
    [ "$(wc -l <"$BATS_TEST_TMPDIR/won")" = 1 ] || fail "$(wc -l <"$BATS_TEST_TMPDIR/won") won: $(cat "$BATS_TEST_TMPDIR"/[123])"
    [ "$(cat "$BATS_TEST_TMPDIR"/[123] | grep -c 'container with id exists')" = 2 ] || fail "$(cat "$BATS_TEST_TMPDIR"/[123])"
    rm "$BATS_TEST_TMPDIR/won"
    works oci start "$id"
    clean_up_leaves_nothing
  done
}

@test "two starts at once: the program starts once, and one of them is refused" {
  bundle sh -c "echo started >>/started; exec sleep $mark"
  for ((i = 0; i < ROUNDS / 4; i++)); do
    rm -f rootfs/started "$BATS_TEST_TMPDIR/worked"
    create_bundle
    for n in 1 2 3; do
      { oci start "$id" >"$BATS_TEST_TMPDIR/$n" 2>&1 3>&- && echo worked >>"$BATS_TEST_TMPDIR/worked"; } &
    done
    await_jobs
    [ "$(wc -l <"$BATS_TEST_TMPDIR/worked")" = 1 ] || fail "$(cat "$BATS_TEST_TMPDIR"/[123])"
    [ "$(cat "$BATS_TEST_TMPDIR"/[123] | grep -c 'cannot start a container that is running')" = 2 ] || fail "$(cat "$BATS_TEST_TMPDIR"/[123])"
    eventually [ -s rootfs/started ]
    [ "$(wc -l <rootfs/started)" = 1 ]
    clean_up_leaves_nothing
  done
}

@test "delete --force during start, create and exec: it waits for them or they fail, and nothing is left" {
  waiting_bundle
  for ((i = 0; i < ROUNDS / 2; i++)); do
    oci create "$id" </dev/null >/dev/null 2>&1 3>&- &
    sleep "0.0$((RANDOM % 20))"
    works timeout 20 "$OCI" --root "$store" delete --force "$id"
    await_jobs
    oci delete --force "$id"
    create_bundle
    { oci start "$id" >/dev/null 2>&1 3>&- || true; } &
    { oci exec "$id" true </dev/null >/dev/null 2>&1 3>&- || true; } &
    sleep "0.00$((RANDOM % 10))"
    works timeout 20 "$OCI" --root "$store" delete --force "$id"
    await_jobs
    clean_up_leaves_nothing
  done
}

@test "TERM to a create whose hook hangs: all is undone" {
  waiting_bundle
  config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", $mark]}]' --arg mark "$mark"
  env --default-signal "$OCI" --root "$store" create "$id" </dev/null >/dev/null 2>&1 3>&- &
  creator=$!
  eventually has_status creating
  kill -TERM $creator
  await_jobs
  eventually no_process
  [ -z "$(ls -A "$store")" ]
}

@test "delete --force of a container that waits for a hook, whichever: it is gone at once, and who waited says so" {
  local moment verb
  waiting_bundle
  for moment in prestart createRuntime createContainer startContainer poststart; do
    config '.hooks = {} | .hooks[$moment] = [{path: $path, args: ["sleep", $mark]}]' --arg moment "$moment" --arg mark "$mark" \
      --arg path "$(if [ "$moment" = startContainer ]; then echo /bin/sleep; else type -P sleep; fi)"
    verb=create
    case $moment in
      start* | post*) create_bundle && verb=start ;;
    esac
    oci $verb "$id" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/said" 3>&- &
    eventually hook_runs || fail "no $moment hook came"
    works timeout 20 "$OCI" --root "$store" delete --force "$id"
    [ "$moment" != poststart ] || kill "$(pgrep -u "$(id -u)" -f "^sleep $mark")"
    await_jobs
    [ -s "$BATS_TEST_TMPDIR/said" ] || fail "$verb said nothing"
    clean_up_leaves_nothing
  done
}

# The hook, or it beside the program.
hook_runs ()
{
  [ "$(pgrep -u "$(id -u)" -cf "^sleep $mark")" = "$([ "$moment" = poststart ] && echo 2 || echo 1)" ]
}

@test "delete --force of a container whose create hangs: it does not wait for the poststop hook that create runs then" {
  waiting_bundle
  config '.hooks = { createRuntime: [{path: $path, args: ["sleep", $mark]}] } | .hooks.poststop = .hooks.createRuntime' --arg mark "$mark" --arg path "$(type -P sleep)"
  moment=createRuntime
  oci create "$id" </dev/null >/dev/null 2>&1 3>&- &
  eventually hook_runs
  works timeout 20 "$OCI" --root "$store" delete --force "$id"
  eventually hook_runs
  kill "$(pgrep -u "$(id -u)" -f "^sleep $mark")"
  await_jobs
}

@test "run: another container of that id, made when it had been deleted, is not deleted as well" {
  waiting_bundle
  "$OCI" --root "$store" run "$id" </dev/null >/dev/null 2>&1 3>&- &
  first=$!
  eventually has_status running
  kill -STOP $first
  works oci delete --force "$id"
  start_bundle
  kill -CONT $first
  await_jobs
  has_status running || fail "it is gone"
}

# --- Again and again ------------------------------------------------------------------------------------------------------------

@test "exec 1000 times: no process, zombie, key or mount more than before" {
  waiting_bundle
  start_bundle
  keys () { wc -l </proc/keys; }
  count () { echo "$(in_container sh -c 'ls -d /proc/[0-9]* | wc -l; wc -l </proc/self/mountinfo') $(grep -cF "$BATS_RUN_TMPDIR" /proc/self/mountinfo) $(ls "/proc/$(state_of .pid)/fd" | wc -l)"; }
  works in_container true
  before=$(count) keys_before=$(keys)
  for ((i = 0; i < 1000; i++)); do
    timeout 10 "$OCI" --root "$store" exec "$id" true 3>&- || fail "exit status $? after $i"
  done
  [ "$(count)" = "$before" ] || fail "before: $before, after: $(count)"
  [ "$(keys)" -le $((keys_before + 10)) ] || fail "keys before: $keys_before, after: $(keys)"
  no_zombie () { ! ps -o stat= --ppid "$BASHPID,$(state_of .pid)" | grep Z; } # other tests beside this one have zombies of their own
  eventually no_zombie
  [ "$(ls "$store/$id" | wc -l)" -le 4 ] || fail "$(ls "$store/$id")"
}

@test "exec --detach of a program that ends at once, 200 times: it comes back, and none is left" {
  waiting_bundle
  start_bundle
  for ((i = 0; i < 200; i++)); do
    timeout 10 "$OCI" --root "$store" exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$id" true </dev/null >/dev/null 2>&1 3>&- || fail "exit status $? after $i"
    [ -s "$BATS_TEST_TMPDIR/pid" ]
    rm "$BATS_TEST_TMPDIR/pid"
  done
  alone () { [ "$(in_container sh -c 'ls -d /proc/[0-9]*' | wc -l)" -le 3 ]; }
  eventually alone
}

@test "exec --detach of a program that ends at once, 100 times: whoever adopts it learns how it ended" {
  waiting_bundle
  start_bundle
  works timeout 100 python3 - "$OCI" "$store" "$id" "$BATS_TEST_TMPDIR/pid" <<'END'
import ctypes, os, subprocess, sys
oci, store, container, pid_file = sys.argv[1:]
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL (None).prctl (PR_SET_CHILD_SUBREAPER, 1)
for i in range (100):
    subprocess.run ([oci, "--root", store, "exec", "--detach", "--pid-file", pid_file, container, "sh", "-c", "exit 7"],
                    stdin=subprocess.DEVNULL, check=True)
    with open (pid_file) as file:
        pid = int (file.read ())
    code = os.waitstatus_to_exitcode (os.waitpid (pid, 0)[1])
    assert code == 7, code
    os.unlink (pid_file)
END
}

@test "create, start, delete 100 times: no process is left" {
  waiting_bundle
  for ((i = 0; i < ROUNDS; i++)); do
    start_bundle
    works oci delete --force "$id"
  done
  clean_up_leaves_nothing
}
