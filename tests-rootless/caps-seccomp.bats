#!/usr/bin/env bats
# What the program may do: capabilities over its own namespaces, and filters of system calls.
load helpers

# --- Capabilities ---

# The capabilities that the program has, in the kernel's own words.
caps_are () # MASK [OPTION…]
{
  local mask
  mask=$(printf %016x "$1")
  works in_usr "${@:2}" grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status
  equals "$(printf "Cap%s:\t$mask\n" Inh Prm Eff Bnd Amb)"
}

kill=$((1 << 5)) net_admin=$((1 << 12)) sys_chroot=$((1 << 18))
all=$(((1 << ($(cat /proc/sys/kernel/cap_last_cap) + 1)) - 1))

@test "without options the program has no capability and can get none" {
  caps_are 0
  caps_are 0 --uid 0 --gid 0
}

@test "--cap-add gives one, and --cap-drop takes it again" {
  caps_are $sys_chroot --cap-add CAP_SYS_CHROOT
  caps_are $((sys_chroot | kill)) --cap-add CAP_SYS_CHROOT --cap-add CAP_KILL
  caps_are $kill --cap-add CAP_SYS_CHROOT --cap-add CAP_KILL --cap-drop CAP_SYS_CHROOT
}

@test "--cap-add and --cap-drop take effect in their order" {
  caps_are $kill --cap-drop CAP_KILL --cap-add CAP_KILL
  caps_are 0 --cap-add CAP_KILL --cap-drop CAP_KILL
  caps_are $kill --cap-add CAP_NET_ADMIN --cap-drop ALL --cap-add CAP_KILL
}

@test "ALL stands for every capability" {
  caps_are "$all" --cap-add ALL
  caps_are $((all & ~net_admin)) --cap-add ALL --cap-drop CAP_NET_ADMIN
  caps_are 0 --cap-add ALL --cap-drop ALL
}

@test "names of capabilities may be in lower case" {
  caps_are $kill --cap-add cap_kill
  caps_are "$all" --cap-add all
}

@test "a capability works: with CAP_SYS_CHROOT the program can change its root" {
  skip_unless_command python3
  refused in_usr python3 -c 'import os; os.chroot("/usr")'
  works in_usr --cap-add CAP_SYS_CHROOT python3 -c 'import os; os.chroot("/usr")'
}

@test "a capability is over the sandbox's namespaces, and nothing of the host" {
  refused in_usr --cap-add ALL date -s 2020-01-01
  has "Operation not permitted"
}

@test "unknown capabilities are an error" {
  for option in --cap-add --cap-drop; do
    refused in_usr $option CAP_FLY true
    has "$option CAP_FLY"
    has "unknown cap: CAP_FLY"
  done
  refused in_usr --cap-add CHOWN true
  has "did you mean CAP_CHOWN?"
}

@test "a capability is named by exactly its name: what only begins so is an error, and not half of what was meant" {
  for name in CAP_CHOWN,CAP_KILL "cap_chown " cap_chown=ep 21 21x 0; do
    refused in_usr --cap-add CAP_CHOWN --cap-drop "$name" true
    has "unknown cap: $name"
  done
}

@test "the init in a new pid namespace has none of them, whatever the program has" {
  works in_usr --unshare-pid --cap-add ALL sh -c '
    none="CapEff:	0000000000000000"
    for _ in 1 2 3 4 5 6 7 8 9 10; do grep -q "$none" /proc/1/status && break; sleep 0.1; done # it lets go while we start
    grep -E "^Cap(Prm|Eff|Inh|Amb)" /proc/1/status'
  equals "CapInh:	0000000000000000
CapPrm:	0000000000000000
CapEff:	0000000000000000
CapAmb:	0000000000000000"
}

# --- Filters ---

instruction () # CODE JUMP-TRUE JUMP-FALSE NUMBER: one instruction of a filter, on a little-endian machine
{
  # shellcheck disable=SC2059 # the bytes are the format
  printf "$(printf '\\x%02x' $(($1 & 255)) $(($1 >> 8)) "$2" "$3" \
    $(($4 & 255)) $(($4 >> 8 & 255)) $(($4 >> 16 & 255)) $(($4 >> 24 & 255)))"
}

load_word=0x20 jump_if_equal=0x15 return=0x06
errno=0x50000 allow=0x7fff0000

# A filter under which the system call of that number fails with EPERM and all others work.
refusing () # NUMBER
{
  instruction $load_word 0 0 0
  instruction $jump_if_equal 0 1 "$1"
  instruction $return 0 0 $((errno | 1))
  instruction $return 0 0 $allow
}

case $(uname -m) in
  x86_64) call_uname=63 call_getpriority=140 ;;
  aarch64 | riscv64 | loongarch64) call_uname=160 call_getpriority=141 ;;
esac

setup ()
{
  [ -n "${call_uname-}" ] || skip "the numbers of this machine's system calls are not in the test"
}

both='uname; nice; :'

@test "the program runs under the filter of --seccomp" {
  works in_usr sh -c "$both"
  lacks cannot
  works in_usr --seccomp 21 sh -c "$both" 21< <(refusing "$call_uname")
  has "uname: cannot get system name: Operation not permitted"
  lacks "nice: cannot"
}

@test "of several --seccomp the last one counts, which is said" {
  works in_usr --seccomp 21 --seccomp 22 sh -c "$both" 21< <(refusing "$call_uname") 22< <(refusing "$call_getpriority")
  has "Only the last --seccomp option will take effect"
  has "nice: cannot get niceness: Operation not permitted"
  lacks "uname: cannot"
}

@test "of several --add-seccomp-fd all count" {
  works in_usr --add-seccomp-fd 21 --add-seccomp-fd 22 sh -c "$both" \
    21< <(refusing "$call_uname") 22< <(refusing "$call_getpriority")
  has "uname: cannot get system name: Operation not permitted"
  has "nice: cannot get niceness: Operation not permitted"
}

@test "filters hold in a new pid namespace, and for the init in it too" {
  filters='grep -h "^Seccomp_filters" /proc/1/status /proc/self/status'
  works in_usr --unshare-pid --add-seccomp-fd 21 sh -c "uname; $filters | uniq -c" 21< <(refusing "$call_uname")
  has "uname: cannot"
  has "2 Seccomp_filters"
}

@test "--seccomp and --add-seccomp-fd can't be combined" {
  refused in_usr --seccomp 21 --add-seccomp-fd 22 true 21< <(refusing 1) 22< <(refusing 1)
  has "--add-seccomp-fd cannot be combined with --seccomp"
  refused in_usr --add-seccomp-fd 21 --seccomp 22 true 21< <(refusing 1) 22< <(refusing 1)
  has "--seccomp cannot be combined with --add-seccomp-fd"
}

@test "a filter that is cut off is refused" {
  for length in 7 31; do
    for option in --seccomp --add-seccomp-fd; do
      refused in_usr $option 21 echo started 21< <(refusing 1 | head -c $length)
      has "$option 21"
      has "multiple of 8"
      lacks started
    done
  done
}

@test "what is no valid filter is refused" {
  empty () { :; }
  no_return () { refusing 1 | head -c 24; }
  wild_jump () { instruction $jump_if_equal 9 9 0 && instruction $return 0 0 $allow; }
  too_long () { yes "$(refusing 1 | base64)" | head -n 1200 | base64 -d -i; }
  for filter in empty no_return wild_jump too_long; do
    refused in_usr --seccomp 21 echo started 21< <($filter)
    has "--seccomp 21"
    lacks started
  done
}

@test "a filter need not allow what only snug does: messages, masks of signals" {
  case $(uname -m) in
    x86_64) set -- 46 44 14 157 ;; # sendmsg sendto rt_sigprocmask prctl
    *) set -- 211 206 135 167 ;;
  esac
  local call
  for call; do
    refusing "$call" >"$BATS_TEST_TMPDIR/filter"
    works in_usr --unshare-pid --seccomp 20 /usr/bin/true 20<"$BATS_TEST_TMPDIR/filter"
    run in_usr --unshare-pid --seccomp 20 /usr/bin/false 20<"$BATS_TEST_TMPDIR/filter"
    [ "$status" = 1 ] && equals ""
  done
}

# --- Profiles ---

@test "--seccomp-profile default refuses the calls that no ordinary program makes" {
  works in_usr sh -c 'unshare --user true && echo made'
  equals made
  refused in_usr --seccomp-profile default unshare --user true
  has "Operation not permitted"
}

@test "--seccomp-profile reads a file: the object of an OCI bundle, or an engine's profile" {
  cat >"$BATS_TEST_TMPDIR/oci.json" <<'PROFILE'
{ "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 }] }
PROFILE
  cat >"$BATS_TEST_TMPDIR/engine.json" <<'PROFILE'
{ "defaultAction": "SCMP_ACT_ALLOW",
  "archMap": [{ "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"] },
              { "architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"] }],
  "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errno": "ENOSPC",
                 "excludes": { "caps": ["CAP_SYS_CHROOT"] } }] }
PROFILE
  for file in oci engine; do
    refused in_usr --tmpfs /tmp --seccomp-profile "$BATS_TEST_TMPDIR/$file.json" mkdir /tmp/new
    has "No space left on device"
  done
  works in_usr --tmpfs /tmp --cap-add CAP_SYS_CHROOT --seccomp-profile "$BATS_TEST_TMPDIR/engine.json" mkdir /tmp/new
}

@test "a profile that is none is refused, and the place in it is named" {
  echo '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": [7], "action": "SCMP_ACT_KILL" }] }' >"$BATS_TEST_TMPDIR/bad.json"
  refused in_usr --seccomp-profile "$BATS_TEST_TMPDIR/bad.json" echo started
  has "bad.json: /syscalls/0/names/0: expected a string, found a number"
  lacks started
  refused in_usr --seccomp-profile /etc/passwd echo started
  has "/etc/passwd: line 1, column 1: expected a value"
  refused in_usr --seccomp-profile "$BATS_TEST_TMPDIR/none.json" echo started
  has "none.json: No such file or directory"
}
