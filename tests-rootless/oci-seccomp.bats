#!/usr/bin/env bats
# linux.seccomp of config.json, and the agent of a filter that asks: config-linux.md, "Seccomp".
# shellcheck disable=SC2034,SC2018,SC2019,SC2010,SC2155 # ASCII is all there is
load oci

setup ()
{
  setup_oci
}

teardown ()
{
  teardown_oci
  [ -z "${agent:-}" ] || kill "$agent"
}

# A profile that allows all but what the rest of its arguments, entries of `syscalls`, say.
seccomp () # ENTRY…
{
  config '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: $entries }' \
    --argjson entries "$(printf '%s\n' "$@" | jq -s .)"
}

denied () # CALL ERRNO [MORE]
{
  echo "{\"names\": [\"$1\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": $2 ${3:-}}"
}

filters () # of the process 1 of the output of cat /proc/1/status
{
  sed -n 's/^Seccomp:[[:space:]]*//p' <<<"$output"
}

# Starts an agent that answers with ANSWER, at $agent_socket; what it is told is in $told.
start_agent () # ANSWER
{
  skip_unless_command python3
  agent_socket=$BATS_TEST_TMPDIR/agent
  told=$BATS_TEST_TMPDIR/told
  mkdir "$told"
  timeout 60 python3 "$BATS_TEST_DIRNAME/../tests/helpers/seccomp-agent.py" "$agent_socket" "$told" "$1" 3>&- >/dev/null &
  agent=$!
  eventually test -S "$agent_socket"
}

asked () # CALL…
{
  config '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path,
            syscalls: [{ names: ($calls | split(" ")), action: "SCMP_ACT_NOTIFY" }] }' \
    --arg path "$agent_socket" --arg calls "$*"
}

# --- Rules ---

@test "without linux.seccomp there is no filter" {
  bundle cat /proc/self/status
  run_bundle
  [ "$(filters)" = 0 ]
}

@test "seccomp names: a call that is denied fails with errnoRet, others work" {
  bundle sh -c 'mkdir /tmp/new; cat /proc/self/status'
  seccomp "$(denied mkdir 75)" "$(denied mkdirat 75)"
  run_bundle
  has "mkdir: can't create directory '/tmp/new': Value too large"
  [ "$(filters)" = 2 ]
}

@test "seccomp errnoRet: without one it is EPERM" {
  bundle mkdir /tmp/new
  seccomp '{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO" }'
  refused oci run "$id"
  has "Operation not permitted"
}

@test "seccomp errnoRet: with an action that takes no errno it is an error" {
  bundle true
  seccomp '{ "names": ["mkdir"], "action": "SCMP_ACT_KILL_PROCESS", "errnoRet": 1 }'
  refused oci run "$id"
  has "/linux/seccomp/syscalls/0/errnoRet: the action SCMP_ACT_KILL_PROCESS takes no errno"
  refused oci state "$id"
}

@test "seccomp defaultErrnoRet: what is not listed fails with it" {
  bundle mkdir /tmp/new
  seccomp "$(denied mkdir 75)"
  config '.linux.seccomp |= { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38,
            syscalls: [{ names: ["execve", "exit_group", "write", "writev", "brk", "arch_prctl", "uname", "readlink",
                         "mprotect", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "getrandom", "getuid",
                         "readlinkat", "mmap", "munmap", "umask", "newfstatat", "fstat"],
                         action: "SCMP_ACT_ALLOW" }] }'
  refused oci run "$id"
  has "Function not implemented"
}

@test "seccomp args: only calls with such arguments" {
  bundle sh -c 'kill -0 1 && echo nothing; kill -7 $$; echo after'
  seccomp '{ "names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 75,
             "args": [{ "index": 1, "value": 7, "op": "SCMP_CMP_EQ" }] }'
  run_bundle
  has nothing
  has after
  has "Value too large"
}

@test "seccomp architectures: calls of another ABI end the program" {
  local probe
  bundle /probe
  config '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", architectures: [$arch] }' \
    --arg arch "SCMP_ARCH_$(uname -m | tr a-z A-Z)"
  [ "$(uname -m)" = x86_64 ] || skip "the test's call is one of x86"
  skip_unless_command cc
  cat >probe.c <<'C'
#include <stdio.h>
int main (void)
{
  long id;
  puts ("before");
  fflush (stdout);
  __asm__ volatile ("int $0x80" : "=a" (id) : "a" (20L) : "memory");
  puts ("after");
}
C
  cc -static -o rootfs/probe probe.c
  run oci run "$id" 3>&-
  [ "$status" = 159 ]
  equals before
}

@test "seccomp flags: all that the specification knows are taken" {
  bundle mkdir /tmp/new
  seccomp "$(denied mkdir 75)" "$(denied mkdirat 75)"
  config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
            "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
  refused oci run "$id"
  has "Value too large"
}

@test "seccomp flags: an unknown one is an error" {
  bundle true
  seccomp
  config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_MAGIC"]'
  refused oci run "$id"
  has '/linux/seccomp/flags/0: unknown seccomp flag "SECCOMP_FILTER_FLAG_MAGIC"'
}

@test "seccomp without noNewPrivileges: the filter is on, and what loading it took is gone" {
  bundle sh -c 'mkdir /tmp/new; cat /proc/self/status'
  seccomp "$(denied mkdir 75)" "$(denied mkdirat 75)"
  config '.process.noNewPrivileges = false'
  run_bundle
  has "Value too large"
  has $'NoNewPrivs:\t0'
  has $'CapPrm:\t0000000000000000'
  has $'CapEff:\t0000000000000000'
  has $'CapBnd:\t0000000000000000'
}

@test "seccomp: a filter that refuses write does not keep the program from starting" {
  bundle true
  seccomp "$(denied write 75)"
  run_bundle
  create_bundle
  works oci start "$id"
}

@test "seccomp: exec has the container's filter" {
  bundle
  seccomp "$(denied mkdir 75)" "$(denied mkdirat 75)"
  start_bundle
  run in_container mkdir /tmp/new 3>&-
  [ "$status" = 1 ]
  has "Value too large"
  works in_container cat /proc/self/status
  [ "$(filters)" = 2 ]
}

@test "seccomp: exec has the filter that the container was created with, whatever became of config.json" {
  bundle
  seccomp "$(denied mkdir 75)" "$(denied mkdirat 75)"
  start_bundle
  config 'del(.linux.seccomp)'
  run in_container mkdir /tmp/new 3>&-
  has "Value too large"
}

@test "seccomp: exec takes the compiled program that is kept beside the container's record, and compiles where it is none" {
  bundle
  seccomp "$(denied mkdir 75)" "$(denied mkdirat 75)"
  start_bundle
  local kept=$store/$id/filter
  [ "$(stat -c %a "$kept")" = 600 ]

  seccomp "$(denied mkdir 71)" "$(denied mkdirat 71)"
  cp "$bundle/config.json" "$store/$id/config.json"
  run in_container mkdir /tmp/new 3>&-
  has "Value too large"

  truncate -s -8 "$kept"
  run in_container mkdir /tmp/new 3>&-
  has "Protocol error"
  rm "$kept"
  run in_container mkdir /tmp/new 3>&-
  has "Protocol error"
  [ -s "$kept" ]
}

@test "seccomp: exec with more capabilities has the container's filter; rules that are for some alone go by them" {
  bundle
  seccomp "$(denied mkdir 75)" "$(denied mkdirat 75)"
  start_bundle
  run oci exec --cap CAP_NET_RAW "$id" mkdir /tmp/new 3>&-
  has "Value too large"
  works oci delete --force "$id"

  seccomp "$(denied mkdir 75 ', "excludes": {"caps": ["CAP_NET_RAW"]}')"
  start_bundle
  run in_container mkdir /tmp/new 3>&-
  has "Value too large"
  works oci exec --cap CAP_NET_RAW "$id" mkdir /tmp/new
}

# --- Rules that were compiled before ---

# Has a runtime directory of its own, with the programs of two profiles: one denies mkdir, the other does not.
compile_two ()
{
  export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/runtime
  mkdir -m 700 "$XDG_RUNTIME_DIR"
  known=$XDG_RUNTIME_DIR/snug-filters
  bundle sh -c 'mkdir /tmp/new; true'
  deny mkdir
  run_bundle
  has "Value too large"
  denies_mkdir=$(echo "$known"/*)
  deny rmdir
  run_bundle
  lacks "Value too large"
  denies_rmdir=$(find "$known" -type f ! -path "$denies_mkdir")
}

# Behind the program stands what it was made of.
program_size () # FILE
{
  echo $((32 + 8 * $(od -An -tu4 -j28 -N4 "$1")))
}

# Puts the program of one file into another, whose rules that one is then said to come from.
swap_program () # FROM INTO
{
  { head -c "$(program_size "$1")" "$1"; tail -c +$(($(program_size "$2") + 1)) "$2"; } >"$BATS_TEST_TMPDIR/swapped"
  cat "$BATS_TEST_TMPDIR/swapped" >"$2"
}

deny () # mkdir|rmdir
{
  case $1 in
    mkdir) seccomp "$(denied mkdir 75)" "$(denied mkdirat 75)" ;;
    rmdir) seccomp "$(denied rmdir 75)" ;;
  esac
}

@test "known filters: rules that were compiled before are not compiled again, to the last byte the same" {
  compile_two
  [ "$(stat -c %a "$known" "$denies_mkdir" "$denies_rmdir" | tr '\n' ' ')" = "700 600 600 " ]
  swap_program "$denies_mkdir" "$denies_rmdir"
  run_bundle
  has "Value too large" # so the file is what counts

  jq --indent 7 . "$bundle/config.json" >"$bundle/other" && mv "$bundle/other" "$bundle/config.json"
  run_bundle
  lacks "Value too large"
  [ "$(find "$known" -type f | wc -l)" = 3 ]
}

@test "known filters: what other rules were compiled to is not taken for theirs, whatever it is called" {
  compile_two
  cp "$denies_mkdir" "$denies_rmdir"
  run_bundle
  lacks "Value too large"
}

@test "known filters: another build of snug compiles its own" {
  compile_two
  swap_program "$denies_mkdir" "$denies_rmdir"
  build=$(readelf -n "$OCI" | sed -n 's/.*Build ID: //p')
  export build
  [ -n "$build" ]
  mkdir "$BATS_TEST_TMPDIR/other"
  perl -0777 -pe 's/(GNU\0)\Q@{[pack "H*", $ENV{build}]}/$1 . ("x" x 20)/e' <"$OCI" >"$BATS_TEST_TMPDIR/other/snug-oci"
  chmod +x "$BATS_TEST_TMPDIR/other/snug-oci"
  OCI=$BATS_TEST_TMPDIR/other/snug-oci
  run_bundle
  lacks "Value too large"
  [ "$(find "$known" -type f | wc -l)" = 3 ]
}

@test "known filters: exec has the one that the container was created with" {
  compile_two
  bundle
  deny mkdir
  start_bundle
  rm -r "$known"
  run in_container mkdir /tmp/new 3>&-
  has "Value too large"
}

@test "known filters: a folder that others may write to, that is a link or no folder is not used" {
  compile_two
  swap_program "$denies_mkdir" "$denies_rmdir"
  chmod 770 "$known"
  run_bundle
  lacks "Value too large"
  chmod 700 "$known"
  mv "$known" "$BATS_TEST_TMPDIR/elsewhere"
  ln -s "$BATS_TEST_TMPDIR/elsewhere" "$known"
  run_bundle
  lacks "Value too large"
  rm "$known"
  touch "$known"
  run_bundle
  lacks "Value too large"
}

@test "known filters: a file that is not whole, is a link, or no file, is not used" {
  compile_two
  swap_program "$denies_mkdir" "$denies_rmdir"
  truncate -s -8 "$denies_rmdir"
  run_bundle
  lacks "Value too large"
  printf 'garbage' >"$denies_rmdir"
  run_bundle
  lacks "Value too large"
  ln -sf "$denies_mkdir" "$denies_rmdir"
  run_bundle
  lacks "Value too large"
  rm "$denies_rmdir"
  mkdir "$denies_rmdir"
  run_bundle
  lacks "Value too large"
  rmdir "$denies_rmdir"
  mkfifo "$denies_rmdir"
  run_bundle
  lacks "Value too large"
}

@test "known filters: a document that has its rules twice is refused, though the first are known" {
  compile_two
  rules=$(tail -c +$(($(program_size "$denies_rmdir") + 1)) "$denies_rmdir" | tail -n +2)
  others=$(jq -c 'del (.linux)' config.json | cut -c 2-)
  for again in '"linux": {"seccomp": null}' '"linu\u0078": {"seccomp": {"defaultAction": "SCMP_ACT_KILL"}}'; do
    echo "{ \"linux\": { \"seccomp\": $rules }, $again, $others" >twice
    refuse_bundle --config twice
    has "is there twice"
  done
}

@test "known filters: what is wrong beside the rules is said with its place in config.json" {
  compile_two
  jq . "$bundle/config.json" | sed 's/"ociVersion"/"ociVersion" "twice"/' >"$bundle/wrong"
  run oci run --bundle "$bundle" --config wrong "$id"
  has "line 2, column"
  deny rmdir
  config '.linux.seccomp.defaultAction = "SCMP_ACT_NONSENSE"'
  run oci run --bundle "$bundle" "$id"
  has "/linux/seccomp/defaultAction"
}

@test "known filters: rules that go by capabilities, are not ASCII or very many are compiled each time" {
  compile_two
  for more in '.excludes.caps = ["CAP_NET_RAW"]' '.comment = "é"' '.comment = "x" * 300000'; do
    deny mkdir
    config ".linux.seccomp.syscalls[] |= ($more)"
    run_bundle
    has "Value too large"
    [ "$(find "$known" -type f | wc -l)" = 2 ] || fail "$more is kept"
  done
}

@test "known filters: many are not kept" {
  compile_two
  for i in $(seq 62); do
    cp "$denies_rmdir" "$known/old$i"
  done
  seccomp "$(denied mkdir 71)"
  run_bundle
  [ "$(find "$known" -type f | wc -l)" = 1 ]
}

# --- A filter that asks ---

@test "seccomp notify: the agent gets one state with one descriptor, and decides" {
  start_agent 75
  bundle mkdir /tmp/new
  asked mkdir mkdirat
  config '.linux.seccomp.listenerMetadata = "some words" | .annotations = { colour: "blue" }'
  refused oci run "$id"
  has "Value too large"

  [ "$(ls "$told" | grep -xc '[0-9]*')" = 1 ]
  [ "$(cat "$told/1.fds" "$told/1.more")" = "$(printf '1\n0')" ]
  run jq -c '[.ociVersion, .fds, .metadata, .state.id, .state.bundle, .state.annotations.colour]' "$told/1"
  equals "[\"1.3.0\",[\"seccompFd\"],\"some words\",\"$id\",\"$bundle\",\"blue\"]"
  [ "$(jq .pid "$told/1")" = "$(jq .state.pid "$told/1")" ]
}

@test "seccomp notify: it is start that tells the agent, and the pid is the container's" {
  start_agent continue
  bundle
  asked mkdir mkdirat
  create_bundle
  [ ! -e "$told/1" ]
  works oci start "$id"
  [ "$(jq .pid "$told/1")" = "$(state_of .pid)" ]
  [ "$(jq -r .state.status "$told/1")" = created ]
  [ "$(jq 'has("metadata")' "$told/1")" = false ]
}

@test "seccomp notify: exec has a filter and a descriptor of its own" {
  start_agent 75
  bundle
  asked mkdir mkdirat
  start_bundle
  run in_container mkdir /tmp/new 3>&-
  has "Value too large"
  [ "$(cat "$told/2.fds")" = 1 ]
  [ "$(jq .pid "$told/1")" != "$(jq .pid "$told/2")" ]
  [ "$(jq .state.pid "$told/1")" = "$(jq .state.pid "$told/2")" ]
  [ "$(jq -r .state.status "$told/2")" = running ]
}

@test "seccomp notify: a filter that asks about what passing the descriptor takes does not hang" {
  start_agent continue
  bundle echo hello
  asked sendmsg sendto write writev futex recvfrom recvmsg sched_yield close execve
  works timeout 20 "$OCI" --root "$store" run "$id"
  equals hello
  [ -s "$told/calls" ]
}

@test "seccomp notify: run can be ended while nobody answers" {
  start_agent silence
  bundle true
  asked execve
  run timeout -k 5 2 "$OCI" --root "$store" run "$id" 3>&-
  [ "$status" = 124 ]
  refused oci state "$id"
}

@test "seccomp notify without noNewPrivileges" {
  start_agent 75
  bundle mkdir /tmp/new
  asked mkdir mkdirat
  config '.process.noNewPrivileges = false'
  refused oci run "$id"
  has "Value too large"
}

@test "seccomp notify: flags of threads and of signals" {
  start_agent 75
  bundle mkdir /tmp/new
  asked mkdir mkdirat
  config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
  refused oci run "$id"
  has "Value too large"
}

@test "seccomp listenerPath: nobody there is an error, and nothing is left" {
  agent_socket=/nowhere/agent
  bundle true
  asked mkdir
  refused oci run "$id"
  has "/linux/seccomp/listenerPath: can't connect to /nowhere/agent: No such file or directory"
  refused oci state "$id"
}

@test "seccomp listenerPath: a path longer than an address" {
  local folder=$BATS_TEST_TMPDIR/$(printf '%0200d' 0)
  mkdir "$folder"
  start_agent 75
  ln -s "$agent_socket" "$folder/agent"
  agent_socket=$folder/agent
  bundle mkdir /tmp/new
  asked mkdir mkdirat
  refused oci run "$id"
  has "Value too large"
}

@test "seccomp listenerPath: ignored where nothing asks" {
  bundle echo hello
  seccomp
  config '.linux.seccomp.listenerPath = "/nowhere/agent"'
  run_bundle
  equals hello
}

@test "seccomp listenerMetadata: without listenerPath an error" {
  bundle true
  seccomp
  config '.linux.seccomp.listenerMetadata = "some words"'
  refused oci run "$id"
  has '/linux/seccomp/listenerMetadata: means nothing without "listenerPath"'
}

@test "seccomp notify: without anybody who listens an error" {
  bundle true
  seccomp '{ "names": ["mkdir"], "action": "SCMP_ACT_NOTIFY" }'
  refused oci run "$id"
  has "/linux/seccomp/syscalls/0/action: SCMP_ACT_NOTIFY needs somebody who listens"
}

@test "run.oci.seccomp.receiver names the agent where listenerPath does not" {
  start_agent 75
  bundle mkdir /tmp/new
  asked mkdir mkdirat
  config 'del(.linux.seccomp.listenerPath) | .annotations["run.oci.seccomp.receiver"] = $path' --arg path "$agent_socket"
  refused oci run "$id"
  has "Value too large"
  [ "$(cat "$told/1.fds")" = 1 ]
}
