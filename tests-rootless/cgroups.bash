# cgroups: what tests of cgroups have at hand, beside helpers.
#
#   find_cgroups             sets $tree, where the cgroup2 tree is; $own, the caller's cgroup; and $place, the directory of the
#                            highest cgroup above it that is the caller's, or nothing
#   cgroup_of PID            the cgroup of a process
#   skip_unless_…, skip_if_… skips the test where the machine is not what it is about

find_cgroups ()
{
  tree=/sys/fs/cgroup
  [ "$(stat -fc %T $tree)" = cgroup2fs ] || tree=$tree/unified
  own=$(cgroup_of self)
  place=
  local path=$own
  while [ -w "$tree$path/cgroup.procs" ] && [ -w "$tree$path" ]; do
    place=$tree${path%/}
    [ -n "${path%/}" ] || break
    path=${path%/*}
  done
}

cgroup_of () # PID
{
  sed -n 's/^0:://p' "/proc/$1/cgroup"
}

skip_unless_delegated ()
{
  [ -n "$place" ] || skip "the caller's cgroup is not delegated"
}

skip_if_delegated ()
{
  [ -z "$place" ] || skip "the caller's cgroup is delegated"
}

skip_if_controller () # NAME
{
  skip_unless_delegated
  ! grep -qw "$1" "$place/cgroup.controllers" || skip "there is a controller $1"
}
