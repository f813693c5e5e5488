# cgroup: what the tests of limits have at hand, beside oci.  Containers are in cgroups that snug-oci makes by itself.
#
#   in_cgroup FILE…              prints files of the container's cgroup
#   has_cgroup_file FILE TEXT    all of FILE is TEXT
#   value_of KEY FILE            prints what a file of keys and values has for KEY
#   restless                     a program for `bundle` that uses the processor for good
#   has_share_of_cpu LOW HIGH    over some seconds the container has between LOW and HIGH per cent of a processor
load "$(dirname "${BASH_SOURCE[0]}")/../oci"

# shellcheck disable=SC2034 # the tests use them
manager=(--cgroup-manager cgroupfs) restless=(sh -c 'while :; do :; done')

in_cgroup () # FILE…
{
  (cd "$place/snug-$id" && cat "$@")
}

has_cgroup_file () # FILE TEXT
{
  [ "$(in_cgroup "$1")" = "$2" ] || fail "$1 is $(in_cgroup "$1"), and not $2"
}

value_of () # KEY FILE
{
  in_cgroup "$2" | sed -n "s/^$1 //p"
}

has_share_of_cpu () # LOW HIGH
{
  local used elapsed share start
  used=-$(value_of usage_usec cpu.stat) start=${EPOCHREALTIME/./}
  sleep 3
  used=$(($(value_of usage_usec cpu.stat) + used)) elapsed=$((${EPOCHREALTIME/./} - start))
  share=$((used * 100 / elapsed))
  ((share >= $1 && share <= $2)) || fail "it had $share % of a cpu"
}
