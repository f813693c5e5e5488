#!/usr/bin/env bats
# The texts of errors by which clients tell what went wrong: rewording one changes what they do.  Here without the clients.
#
# Podman reads the message that is the only record of the log, or else standard error.  Docker and containerd read the log's last
# error.  Slurm reads standard output and standard error of `state` together.
load oci

setup ()
{
  setup_oci
}

teardown ()
{
  teardown_oci
}

# --- What clients make of a text ---------------------------------------------------------------------------------------------

# The exit status of podman run and podman exec; - where the text says nothing.
podman_reads () # TEXT
{
  local text=${1,,}
  case $text in
    *"permission denied"* | *"operation not permitted"*) echo 126 ;;
    *"executable file not found in"* | *"no such file or directory"* | *"open executable"*) echo 127 ;;
    *) echo - ;;
  esac
}

# That of docker run: the program counts as missing only if it is named.
docker_reads () # TEXT PROGRAM
{
  local text=${1,,} status=-
  case $text in
    *"$2"*"executable file not found"* | *"$2"*"no such file or directory"*) status=127 ;;
  esac
  [[ $text != *"permission denied"* ]] || status=126
  [[ $text != *"not a directory"* ]] || status=127
  echo $status
}

# What containerd takes a container for that it can't kill, delete or ask about; Podman has the same word for the last.
containerd_reads () # TEXT
{
  case $1 in
    *"does not exist"*) echo missing ;;
    *"container not running"* | *"process already finished"* | *"no such process"*) echo ended ;;
    *) echo - ;;
  esac
}

# --- What goes wrong: a row of the table below is called for what happens here --------------------------------------------------

with_log=(--log log --log-format json)

creating () # PROGRAM
{
  config ".process.args = [\"$1\"]"
  refused oci "${with_log[@]}" create --bundle . "$id-new"
}

starting () # PROGRAM
{
  config ".process.args = [\"$1\"]"
  oci create --bundle . "$id-new" </dev/null >/dev/null 2>&1 3>&-
  refused oci "${with_log[@]}" start "$id-new"
  oci delete --force "$id-new"
}

entering () # PROGRAM
{
  refused oci "${with_log[@]}" exec --process <(jq ".process.args = [\"$1\"] | .process" config.json) --detach "$id"
}

asking () # VERB ID [ARGUMENT…]
{
  refused oci "${with_log[@]}" "$@"
}

missing_mount ()
{
  add_mount /mnt bind /no/such/source bind
  creating true
}

missing_folder ()
{
  refused oci "${with_log[@]}" exec --cwd /no/such/folder "$id" true
}

killing_ended ()
{
  oci kill "$id" KILL
  eventually has_status stopped
  asking kill "$id" TERM
}

@test "what went wrong, and what Podman, Docker and containerd make of it" {
  bundle
  printf '#!/no/such/interpreter\n' | tee rootfs/bin/text >rootfs/bin/script
  chmod +x rootfs/bin/script
  start_bundle
  n=0
  while read -r situation argument podman docker containerd; do
    argument=${argument//ID/$id}
    rm -f log
    IFS=, read -ra words <<<"$argument"
    "$situation" "${words[@]}" || fail "$situation $argument"
    message=$(jq --raw-output --slurp 'map (select (.level == "error")) | last | .msg' log)
    records=$(wc -l <log)
    for text in "$message" "$output"; do
      got="$(podman_reads "$text") $(docker_reads "$text" "$argument") $(containerd_reads "$text")"
      [ "$got" = "$podman $docker $containerd" ] || fail "$situation $argument: $got, of: $text"
    done
    [ "$records" = 1 ] || fail "$situation $argument: $(cat log)"
    n=$((n + 1))
  done <<'TABLE'
creating         no-such-program     127  127  -
creating         /no/such/program    127  127  -
starting         /bin/script         127  127  -
creating         /bin                126  126  -
creating         /bin/text           126  126  -
entering         no-such-program     127  127  -
entering         /no/such/program    127  127  -
entering         /bin/script         127  127  -
entering         /bin                126  126  -
missing_folder   nothing             127  -    -
missing_mount    nothing             127  -    -
asking           state,never-there   -    -    missing
asking           kill,never-there,9  -    -    missing
asking           delete,never-there  -    -    missing
asking           exec,never-there,x  -    -    missing
asking           start,never-there   -    -    missing
killing_ended    nothing             -    -    ended
TABLE
  [ $n = 17 ]
}

@test "Slurm: state prints its document and nothing else, and fails where there is no container" {
  bundle
  create_bundle
  for expected in created running stopped; do
    case $expected in
      running) oci start "$id" 3>&- ;;
      stopped) oci kill "$id" KILL && eventually has_status stopped ;;
    esac
    works oci --rootless=true state "$id" # standard error as well
    [ "$(jq --raw-output .status <<<"$output")" = $expected ]
  done
  oci delete "$id"
  refused oci --rootless=true state "$id"
}

@test "Docker: delete --force of what is not there any more works, and says nothing" {
  works oci delete --force never-there
  equals ""
}
