#!/usr/bin/env bats
# The verbs and the life of a container, rule by rule as runtime.md has them, and what engines expect beside.
# shellcheck disable=SC2046,SC2005,SC2010,SC2143 # words that are several on purpose; names without blanks
load oci

setup ()
{
  setup_oci
}

teardown ()
{
  teardown_oci
}

# Nothing is known of containers, and nothing of them is on the disk.
# --- The bundle ------------------------------------------------------------------------------------------------------

@test "bundle: a config.json has to be in it, by that name" {
  bundle true
  mv config.json Config.json
  refused oci create "$id"
  has "config.json"
  has "No such file or directory"
  nothing_left
}

@test "bundle: one that is not there, or is no directory, is refused" {
  bundle true
  refused oci create --bundle /nowhere "$id"
  has "/nowhere: No such file or directory"
  refused oci create --bundle "$bundle/config.json" "$id"
  has "Not a directory"
  nothing_left
}

@test "bundle: it is the current directory if none is named, and may be named from anywhere" {
  bundle echo here
  works oci run "$id"
  equals here
  cd /
  works oci run --bundle "$bundle" "$id"
  equals here
  cd "$BATS_TEST_TMPDIR"
  works oci run -b bundle "$id"
  equals here
}

@test "glossary: a config.json in which a name stands twice is refused" {
  bundle true
  sed -i '0,/"cwd"/s//"cwd": "\/", "cwd"/' config.json
  refused oci run "$id"
  has 'the member "cwd" is there twice'
  nothing_left
}

@test "config ociVersion: every 1.x is taken, others are not, and it has to be there" {
  bundle true
  for version in 1.0.0 1.0.2-dev 1.1.0+build.7 1.2.1 1.3.0 1.3.0-rc.1+dev 1.99.0; do
    config ".ociVersion = \"$version\""
    works oci run "$id"
  done
  for version in '"2.0.0"' '"0.9.0"' '"1"' '"1.0"' '"v1.0.0"' '"1.0.0-"' '""' 1 null; do
    config ".ociVersion = $version"
    refused oci run "$id"
    has ociVersion
  done
  config 'del (.ociVersion)'
  refused oci run "$id"
  has ociVersion
  nothing_left
}

@test "Extensibility: properties that nobody knows are ignored" {
  bundle echo works
  config '.unknown = 1 | .process.unknown = {a: [1]} | .linux.unknown = "x" | .mounts[0].unknown = null | .root.unknown = []'
  works oci run "$id"
  equals works
}

@test "annotations: a map of strings with names that are not empty, else an error" {
  bundle true
  config '.annotations = {"org.example.any": "thing", "com.example.empty": ""}'
  works oci run "$id"
  for wrong in '{"": "x"}' '{"a": 1}' '{"a": null}' '[]' '"text"'; do
    config ".annotations = $wrong"
    refused oci run "$id"
    has annotations
  done
  nothing_left
}

@test "annotations: those of the container are in its state" {
  bundle
  config '.annotations = {"org.example.any": "thing with \"quotes\"", "b": ""}'
  create_bundle
  [ "$(state_of '.annotations | tojson')" = "$(jq -c .annotations config.json)" ]
}

# --- Ids ---------------------------------------------------------------------------------------------------------------

@test "create: an id that is none is refused, and nothing is made" {
  bundle true
  for wrong in ../x a/b . .. "" "$(printf 'a%.0s' {1..300})" $'a\nb' "a b" 'a*' 'ä'; do
    for verb in create run; do
      refused oci "$verb" -- "$wrong"
      [[ $output == *id* ]] || fail "no word about the id $wrong"
      nothing_left
    done
    for verb in state start kill delete; do
      refused oci "$verb" -- "$wrong"
    done
  done 2>&1
  [ ! -e "$BATS_TEST_TMPDIR/x" ]
}

@test "ids as engines make them: long, hexadecimal, with dots" {
  bundle true
  for name in node.user.job.step.task 0 a A_b+c-d.e "$(printf '0123456789abcdef%.0s' 1 2 3 4)" "$(printf 'a%.0s' {1..255})"; do
    works oci run "$name"
  done
  nothing_left
}

@test "create: an id that is taken is refused, and the container that has it is as before" {
  bundle
  create_bundle
  before=$(oci state "$id")
  for verb in create run; do
    refused oci "$verb" "$id"
    has "container with id exists: $id"
    [ "$(oci state "$id")" = "$before" ]
  done
  works oci start "$id"
  oci kill "$id" KILL
  eventually has_status stopped
  refused oci create "$id"
  has "container with id exists"
}

@test "create: the id of a deleted container can be used again" {
  bundle true
  for _ in 1 2 3; do
    create_bundle
    oci delete --force "$id"
  done
  works oci run "$id"
}

@test "each verb that takes an id says so when there is none, and when nobody has it" {
  for verb in state create start kill delete run exec; do
    refused oci "$verb"
    has ID
  done
  for verb in state start kill delete exec; do
    refused oci "$verb" nobody $([ $verb != exec ] || echo true)
    has 'container "nobody" does not exist'
  done
  nothing_left
}

# --- Create --------------------------------------------------------------------------------------------------------------

@test "lifecycle 2: the program does not run before start" {
  bundle touch /ran
  create_bundle
  sleep 0.3
  [ ! -e rootfs/ran ]
  works oci start "$id"
  eventually [ -e rootfs/ran ]
}

@test "lifecycle 2: what becomes of config.json, or of the bundle, after create has no effect" {
  bundle sh -c 'echo $WORD >/word; exec sleep 1000'
  config '.process.env += ["WORD=first"] | .hooks.poststop = [{path: "/usr/bin/touch", args: ["touch", $file]}]' --arg file "$BATS_TEST_TMPDIR/stopped"
  create_bundle
  config '.process.env += ["WORD=second"] | .process.args = ["false"] | del (.hooks) | .annotations.a = "b"'
  works oci start "$id"
  eventually grep -q first rootfs/word
  [ "$(state_of .annotations)" = null ]
  works in_container sh -c 'echo $WORD'
  equals first
  rm config.json
  works in_container true
  cd /
  mv "$bundle/rootfs" "$bundle/elsewhere"
  works in_container cat /word
  equals first
  works oci delete --force "$id"
  [ -e "$BATS_TEST_TMPDIR/stopped" ] || fail "the hook of the container as it was created did not run"
}

@test "create: what can't be applied is an error, and nothing is made" {
  bundle true
  before=$(find rootfs | sort)
  for change in '.root.path = "nowhere"' '.process.cwd = "relative"' '.mounts += [{destination: "/x", type: "nosuchfs", source: "none"}]' \
      '.linux.namespaces += [{type: "pid"}]' '.linux.sysctl = {"kernel.nosuch": "1"}' '.process.rlimits = [{type: "RLIMIT_FUN", soft: 1, hard: 1}]' \
      '.mounts += [{destination: "/new/dir", type: "bind", source: "/nowhere", options: ["bind"]}]'; do
    cp config.json config.good
    config "$change"
    refused oci create "$id"
    nothing_left
    cp config.good config.json
    [ "$(find rootfs | sort)" = "$before" ] || fail "left in the root: $(diff <(echo "$before") <(find rootfs | sort)) by $change"
  done
}

@test "create: a container without a process can be created, but not started" {
  bundle
  config 'del (.process)'
  create_bundle
  before=$(oci state "$id")
  refused oci start "$id"
  has "/process: is missing"
  [ "$(oci state "$id")" = "$before" ]
  refused oci exec "$id" true
  works oci create --explain other
  oci delete --force "$id"
  refused oci run "$id"
  has "/process: is missing"
  nothing_left
}

@test "create: --pid-file gets the pid of the container's first process, with nothing else in it" {
  bundle
  create_bundle --pid-file "$BATS_TEST_TMPDIR/pid"
  pid=$(cat "$BATS_TEST_TMPDIR/pid")
  [ "$(state_of .pid)" = "$pid" ]
  [ "$(stat -c %s "$BATS_TEST_TMPDIR/pid")" = ${#pid} ] # no line feed: engines read it as a number
  works oci start "$id"
  [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "sleep 1000 " ]
  [ "$(sed -n 's/^NSpid:.*\t//p' "/proc/$pid/status")" = 1 ]
}

@test "create: a --pid-file that can't be written undoes the container" {
  bundle
  refused oci create --pid-file /nowhere/pid "$id"
  has "/nowhere/pid: No such file or directory"
  nothing_left
  mkdir "$BATS_TEST_TMPDIR/dir"
  refused oci create --pid-file "$BATS_TEST_TMPDIR/dir" "$id"
  has "Is a directory"
  nothing_left
  [ -z "$(ls "$BATS_TEST_TMPDIR" | grep '~')" ] || fail "left beside: $(ls "$BATS_TEST_TMPDIR")"
}

@test "create and exec: --pidfd-socket gets a descriptor of the process" {
  bundle
  "$HELPERS/take" "$BATS_TEST_TMPDIR/sock" >"$BATS_TEST_TMPDIR/taken" 3>&- &
  eventually [ -S "$BATS_TEST_TMPDIR/sock" ]
  create_bundle --pidfd-socket "$BATS_TEST_TMPDIR/sock" --pid-file "$BATS_TEST_TMPDIR/pid"
  await_jobs
  grep -q " pidfd $(cat "$BATS_TEST_TMPDIR/pid")\$" "$BATS_TEST_TMPDIR/taken"

  oci start "$id" 3>&-
  rm "$BATS_TEST_TMPDIR/sock"
  "$HELPERS/take" "$BATS_TEST_TMPDIR/sock" >"$BATS_TEST_TMPDIR/taken" 3>&- &
  eventually [ -S "$BATS_TEST_TMPDIR/sock" ]
  oci </dev/null >/dev/null 2>&1 3>&- exec --detach --pidfd-socket "$BATS_TEST_TMPDIR/sock" --pid-file "$BATS_TEST_TMPDIR/pid" "$id" sleep 1000
  await_jobs
  grep -q " pidfd $(cat "$BATS_TEST_TMPDIR/pid")\$" "$BATS_TEST_TMPDIR/taken"

  refused oci exec --pidfd-socket /nowhere "$id" touch /ran
  has "/nowhere: No such file or directory"
}

# --- State ---------------------------------------------------------------------------------------------------------------

@test "runtime State: id, status, bundle, pid and version, from creating to stopped" {
  bundle
  config '.ociVersion = "1.2.0" | .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $look]}]' \
    --arg look "$OCI --root $store state $id >$BATS_TEST_TMPDIR/creating"
  create_bundle --bundle .
  [ "$(jq -r .status "$BATS_TEST_TMPDIR/creating")" = creating ]
  [ "$(state_of .status)" = created ]
  [ "$(state_of .id)" = "$id" ]
  [ "$(state_of .bundle)" = "$bundle" ]
  [ "$(state_of .ociVersion)" = 1.2.0 ]
  [ -d "/proc/$(state_of .pid)" ]
  pid=$(state_of .pid)
  oci start "$id" 3>&-
  [ "$(state_of '[.status, .pid] | tojson')" = "[\"running\",$pid]" ]
  oci kill "$id" 9
  eventually has_status stopped
  [ "$(state_of .pid)" = 0 ]
}

@test "runtime State: the bundle is absolute and has no symbolic links in it" {
  bundle
  ln -s "$bundle" "$BATS_TEST_TMPDIR/link"
  cd "$BATS_TEST_TMPDIR"
  create_bundle -b ./link/.
  [ "$(state_of .bundle)" = "$bundle" ]
  [ "$(state_of .rootfs)" = "$bundle/rootfs" ]
}

@test "state prints JSON on standard output and nothing else anywhere" {
  bundle
  create_bundle
  oci state "$id" >"$BATS_TEST_TMPDIR/both" 2>&1
  jq -e '.status == "created"' "$BATS_TEST_TMPDIR/both"
  [ "$(jq -s length "$BATS_TEST_TMPDIR/both")" = 1 ]
}

# --- Start ---------------------------------------------------------------------------------------------------------------

@test "start: only what is created can be started, and nothing else changes" {
  bundle
  create_bundle
  works oci start "$id"
  refused oci start "$id"
  has "cannot start a container that is running"
  has_status running
  oci kill "$id" KILL
  eventually has_status stopped
  refused oci start "$id"
  has "cannot start a container that is stopped"
  has_status stopped
}

@test "start: it returns when the program runs, not before" {
  bundle
  for _ in {1..20}; do
    create_bundle
    pid=$(state_of .pid)
    oci start "$id" 3>&-
    [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "sleep 1000 " ] || fail "start came back too early"
    oci delete --force "$id"
  done
}

@test "start: a program that could be found and then can't be executed is an error" {
  bundle /broken
  printf '#!/no/such/interpreter\n' >rootfs/broken
  chmod +x rootfs/broken
  create_bundle
  refused oci start "$id"
  has 'exec: "/broken": no such file or directory'
  eventually has_status stopped
  works oci delete "$id"
}

@test "start: a container that was killed while it waited can't be started" {
  bundle touch /ran
  create_bundle
  works oci kill "$id" KILL
  eventually has_status stopped
  refused oci start "$id"
  [ ! -e rootfs/ran ]
  works oci delete "$id"
  nothing_left
}

# --- Kill ----------------------------------------------------------------------------------------------------------------

# A program that says which signals come.
listener='for s in TERM INT HUP USR1 USR2; do trap "echo $s >>/signals" $s; done; >/ready; while :; do sleep 0.05; done'

@test "kill: sends the signal that is named, in any form, and TERM if none is" {
  bundle sh -c "$listener"
  start_bundle
  eventually [ -e rootfs/ready ]
  for signal in "" 10 USR2 SIGUSR1 sigint hup; do
    works oci kill "$id" $signal
    sleep 0.2
  done
  eventually [ "$(wc -l <rootfs/signals)" = 6 ]
  [ "$(echo $(cat rootfs/signals))" = "TERM USR1 USR2 USR1 INT HUP" ]
  has_status running
}

@test "kill: a signal that is none is refused" {
  bundle
  start_bundle
  for wrong in NOSUCH -1 65 9x "" SIG; do
    refused oci kill "$id" -- "$wrong"
  done
  has_status running
}

@test "kill: neither created nor running is an error, in the words that containerd looks for" {
  bundle
  start_bundle
  oci kill "$id" KILL
  eventually has_status stopped
  refused oci kill "$id" KILL
  has "container not running"
  has_status stopped
}

@test "kill --all of a container that has ended is none" {
  bundle
  start_bundle
  oci kill --all "$id" KILL
  eventually has_status stopped
  works oci kill --all "$id" KILL
  works oci kill -a "$id"
}

@test "kill: KILL ends a container that was only created, too" {
  bundle
  create_bundle
  works oci kill "$id" 9
  eventually has_status stopped
}

@test "kill and delete work with nothing but XDG_RUNTIME_DIR in the environment" {
  bundle
  export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
  mkdir -m 700 "$XDG_RUNTIME_DIR"
  "$OCI" create "$id" </dev/null >/dev/null 2>&1 3>&-
  works "$OCI" start "$id"
  [ -d "$XDG_RUNTIME_DIR/snug/$id" ]
  works env -i XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" "$OCI" kill "$id" 9
  stopped () { [ "$("$OCI" state "$id" | jq -r .status)" = stopped ]; }
  eventually stopped
  works env -i XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" "$OCI" delete --force "$id"
  [ -z "$(ls "$XDG_RUNTIME_DIR/snug")" ]
}

# --- Delete --------------------------------------------------------------------------------------------------------------

@test "delete: what is not stopped is refused, and is as before" {
  bundle
  create_bundle
  refused oci delete "$id"
  has "not stopped: created"
  has_status created
  oci start "$id" 3>&-
  refused oci delete "$id"
  has "not stopped: running"
  has_status running
  works in_container true
}

@test "delete: removes what create made, and nothing else" {
  bundle
  echo mine >rootfs/mine
  start_bundle
  oci kill "$id" KILL
  eventually has_status stopped
  works oci delete "$id"
  equals ""
  nothing_left
  [ -e config.json ]
  [ "$(cat rootfs/mine)" = mine ]
  refused oci delete "$id"
  has "does not exist"
}

@test "delete --force: ends what runs, and an unknown container is no error" {
  bundle
  start_bundle
  pid=$(state_of .pid)
  works oci delete --force "$id"
  [ ! -d "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status"
  nothing_left
  works oci delete --force "$id"
  works oci delete -f never-there
  equals ""
}

@test "delete --regex: all that match, and one that can't be deleted keeps the others from nothing" {
  bundle true
  for id in web-1 web-2 db-1; do
    create_bundle
  done
  oci kill web-1 KILL
  oci kill db-1 KILL
  id=web-1; eventually has_status stopped
  id=db-1; eventually has_status stopped
  refused oci delete --regex '^(web|db)-'
  has "web-2"
  [ "$(ls "$store")" = web-2 ]
  works oci delete --force --regex '^web-[0-9]$'
  nothing_left
  works oci delete --force --regex nothing
  refused oci delete --regex '('
}

@test "kill --regex: all that match" {
  bundle
  for id in web-1 web-2 db-1; do
    start_bundle
  done
  works oci kill --regex '^web' KILL
  for id in web-1 web-2; do
    eventually has_status stopped
  done
  id=db-1; has_status running
}

# --- Run -----------------------------------------------------------------------------------------------------------------

# Not `run`, which warns of 127.
ends_with () # STATUS
{
  local code=0
  oci run "$id" 3>&- || code=$?
  [ "$code" = "$1" ] || fail "$code instead of $1"
}

@test "run: passes on how the program ended, and leaves nothing" {
  bundle true
  for code in 0 1 2 42 126 127 255; do
    config ".process.args = [\"sh\", \"-c\", \"exit $code\"]"
    ends_with $code
  done
  config '.process.args = ["sh", "-c", "kill -9 $$; sleep 10"]'
  share_pids
  ends_with 137
  config '.process.args = ["sh", "-c", "kill -TERM $$; sleep 10"]'
  ends_with 143
  nothing_left
}

@test "run: TERM, INT, HUP and the rest reach the program" {
  bundle sh -c "$listener"
  config '.process.args[2] = $program' --arg program "trap 'exit 7' QUIT; $listener"
  env --default-signal "$OCI" --root "$store" run "$id" </dev/null >/dev/null 2>&1 3>&- &
  runtime=$!
  eventually [ -e rootfs/ready ]
  for signal in TERM INT HUP USR1; do
    kill -$signal $runtime
    sleep 0.2
  done
  [ "$(echo $(cat rootfs/signals))" = "TERM INT HUP USR1" ]
  kill -QUIT $runtime
  code=0
  wait $runtime || code=$?
  [ "$code" = 7 ] || fail "exit status $code"
  nothing_left
}

@test "run: a program that does not handle TERM ends with 143, if it is not the first of its pid namespace" {
  bundle sleep 1000
  share_pids
  env --default-signal "$OCI" --root "$store" run "$id" </dev/null >/dev/null 2>&1 3>&- &
  runtime=$!
  eventually has_status running
  kill -TERM $runtime
  code=0
  wait $runtime || code=$?
  [ "$code" = 143 ] || fail "exit status $code"
  nothing_left
}

@test "run --detach: returns when the program runs, and the container stays" {
  bundle
  timeout 10 "$OCI" --root "$store" run --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$id" </dev/null >/dev/null 2>&1 3>&-
  has_status running
  [ "$(tr '\0' ' ' <"/proc/$(cat "$BATS_TEST_TMPDIR/pid")/cmdline")" = "sleep 1000 " ]
  oci kill "$id" KILL
  eventually has_status stopped
  works oci delete "$id"
}

# A caller who can be killed, and the runtime below it.
run_below_caller () # OPTION…
{
  sh -c '"$@" & wait' sh "$OCI" --root "$store" run "$@" "$id" </dev/null >/dev/null 2>&1 3>&- &
  caller=$!
  eventually has_status running
  pid=$(state_of .pid)
}

has_ended () # PID
{
  ! grep -qs '^State:.[^ZX]' "/proc/$1/status"
}

@test "run: a container outlives its caller, and the runtime" {
  bundle
  run_below_caller
  kill -KILL $caller $(pgrep -P $caller)
  sleep 0.3
  has_status running
  works oci delete --force "$id"
}

@test "run --die-with-parent: when the caller ends, the container is killed and deleted" {
  bundle sh -c 'trap "" TERM HUP INT; while :; do sleep 1; done'
  run_below_caller --die-with-parent
  kill -KILL $caller
  eventually has_ended "$pid"
  eventually nothing_left
}

@test "run --die-with-parent: when the runtime is killed, so is the container" {
  bundle
  run_below_caller --die-with-parent
  kill -KILL $(pgrep -P $caller)
  eventually has_ended "$pid"
  has_status stopped
  works oci delete "$id"
}

@test "run --die-with-parent: the program that is another user in the container is killed too" {
  skip_unless_subordinate_ids
  bundle
  first=$(sed -n "s/^$(id -un):\([0-9]*\):.*/\1/p" /etc/subuid | head -n 1)
  config '.linux.uidMappings += [{ containerID: 1, hostID: $first, size: 10 }] | .process.user.uid = 7' --argjson first "$first"
  run_below_caller --die-with-parent
  kill -KILL $(pgrep -P $caller)
  eventually has_ended "$pid"
  works oci delete "$id"
}

@test "run --die-with-parent: there is nobody to die with when it returns at once" {
  bundle
  refuse_bundle --die-with-parent --detach
  equals "snug-oci: --die-with-parent: nobody waits for a container that is detached"
}

@test "run --keep: the container's record stays when the program has ended" {
  bundle false
  run oci run --keep "$id" 3>&-
  [ "$status" = 1 ]
  has_status stopped
  refused oci run "$id"
  has "container with id exists"
  works oci delete "$id"
  nothing_left
}

@test "run: a program that is not there is an error, and leaves nothing" {
  bundle nosuch
  refused oci run "$id"
  has 'exec: "nosuch": executable file not found in $PATH'
  nothing_left
}

@test "run: a program that ends at once, 100 times" {
  bundle true
  for _ in {1..100}; do
    timeout 10 "$OCI" --root "$store" run "$id" 3>&- || fail "exit status $?"
  done
  nothing_left
}

@test "run: input and output go through as they are" {
  bundle cat
  head -c 3000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  oci run "$id" <"$BATS_TEST_TMPDIR/in" 3>&- | cmp - "$BATS_TEST_TMPDIR/in"
}

# --- Descriptors -----------------------------------------------------------------------------------------------------------

@test "runtime-linux fds: the program has 0, 1 and 2, and --preserve-fds more, whatever the caller leaks" {
  bundle ls /proc/self/fd
  seen () { echo $(oci run "$@" "$id" 3</etc/passwd 4</etc/group 5</etc/fstab 6</ 9</); }
  [ "$(seen)" = "0 1 2 3" ] # 3 is the directory that ls reads
  [ "$(seen --preserve-fds 2)" = "0 1 2 3 4 5" ]
  [ "$(seen --preserve-fds=4)" = "0 1 2 3 4 5 6 7" ]
}

@test "exec: the program has 0, 1 and 2, and --preserve-fds more" {
  bundle
  start_bundle
  seen () { echo $(oci exec "$@" "$id" ls /proc/self/fd 3</etc/passwd 4</etc/group 5</etc/fstab 6</ 9</); }
  [ "$(seen)" = "0 1 2 3" ]
  [ "$(seen --preserve-fds 2)" = "0 1 2 3 4 5" ]
}

@test "--preserve-fds: what is passed on is what the caller has there, and a number that is not open is an error" {
  bundle sh -c 'cat <&3'
  echo passed >"$BATS_TEST_TMPDIR/file"
  run oci run --preserve-fds 1 "$id" 3<"$BATS_TEST_TMPDIR/file"
  equals passed
  run oci run --preserve-fds 2 "$id" 3<"$BATS_TEST_TMPDIR/file" 4<&-
  [ "$status" = 1 ]
  has "Bad file descriptor"
  nothing_left
}

@test "exec: a descriptor of the host is no working directory" {
  bundle
  start_bundle
  for n in {3..20}; do
    run oci exec --cwd "/proc/self/fd/$n" "$id" pwd 3</ 4</ 10</
    [ "$status" != 0 ] || fail "it ran in $output"
  done
}

# --- What engines read -----------------------------------------------------------------------------------------------------

@test "errors: the words that Podman, Docker and containerd look for" {
  bundle
  mkdir rootfs/dir
  echo text >rootfs/text
  says () # TEXT REGEX COMMAND…: the error is in the log too, as one JSON object
  {
    local regex=$1
    shift
    : >"$BATS_TEST_TMPDIR/log"
    run "$OCI" --root "$store" --log "$BATS_TEST_TMPDIR/log" --log-format=json "$@" 3>&-
    [ "$status" != 0 ] || fail "it worked: $*"
    [[ $output =~ $regex ]] || fail "expected $regex from: $*"
    jq -se '.[-1] | .level == "error" and (.time | length > 0) and (.msg | test ($regex))' --arg regex "$regex" "$BATS_TEST_TMPDIR/log" >/dev/null \
      || fail "the log says: $(cat "$BATS_TEST_TMPDIR/log")"
  }
  program () { config ".process.args = [\"$1\"]"; }
  program nosuch;      says 'executable file not found in \$PATH' create "$id"
  program /no/such;    says 'no such file or directory' create "$id"
  program /dir;        says 'permission denied' create "$id"
  program /text;       says 'permission denied' create "$id"
  program sleep
  config '.process.args = ["sleep", "1000"]'
  says 'container "none" does not exist' state none
  says 'container "none" does not exist' kill none 9
  says 'container "none" does not exist' delete none
  start_bundle
  says "container with id exists: $id" create "$id"
  says 'executable file not found in \$PATH' exec "$id" nosuch
  says 'no such file or directory' exec "$id" /no/such
  says 'permission denied' exec "$id" /dir
  says 'permission denied' exec "$id" /text
  says 'cannot start a container that is running' start "$id"
  says 'not stopped: running' delete "$id"
  oci kill "$id" KILL
  eventually has_status stopped
  says 'container not running' kill "$id" 9
  says 'cannot exec in a container that is stopped' exec "$id" true
}

@test "an engine's create and exec come back while what they started runs" {
  bundle
  timeout 10 "$OCI" --root "$store" create --pid-file "$BATS_TEST_TMPDIR/pid" "$id" </dev/null >/dev/null 2>&1 3>&-
  timeout 10 "$OCI" --root "$store" start "$id" 3>&-
  timeout 10 "$OCI" --root "$store" exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$id" sleep 1000 </dev/null >/dev/null 2>&1 3>&-
  [ "$(tr '\0' ' ' <"/proc/$(cat "$BATS_TEST_TMPDIR/pid")/cmdline")" = "sleep 1000 " ]
}

@test "delete --force: without a pid namespace of its own a container's other processes end too" {
  bundle sh -c 'sleep 1000 & wait'
  share_pids
  start_bundle
  first=$(state_of .pid)
  eventually pgrep -P "$first" >/dev/null
  child=$(pgrep -P "$first" | head -n 1)
  works oci delete --force "$id"
  ended () { [ ! -e "/proc/$child" ]; }
  eventually ended
}
