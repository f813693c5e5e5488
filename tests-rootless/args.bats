#!/usr/bin/env bats
# The command line itself: arguments from files, and what is wrong being refused before anything is done.
load helpers

# Refused; the message says what was written; and not even the sandbox's set-up has begun.
says_no () # TEXT OPTION…
{
  refused in_usr --info-fd 29 "${@:2}" true 29>"$BATS_TEST_TMPDIR/info"
  has "$1"
  [ ! -s "$BATS_TEST_TMPDIR/info" ] || fail "the sandbox was begun"
}

# --- Arguments from files ---

@test "--args reads options from a descriptor, which end in NUL bytes" {
  works in_usr --args 21 printenv COLOUR 21< <(printf '%s\0' --setenv COLOUR "dark green")
  equals "dark green"
}

@test "--args may be repeated" {
  works in_usr --args 21 --args 22 env 21< <(printf '%s\0' --clearenv --setenv A 1) 22< <(printf '%s\0' --setenv B 2)
  has $'A=1\nB=2'
}

@test "--args takes effect at its place" {
  works in_usr --setenv A before --args 21 --setenv B after sh -c 'echo $A $B' \
    21< <(printf '%s\0' --setenv A args --setenv B args)
  equals "args after"
}

@test "--args of nothing is nothing" {
  works in_usr --args 21 echo started 21</dev/null
  equals started
}

@test "--args takes empty arguments, and ends at --" {
  works in_usr --args 21 sh -c 'echo "<$A>"' 21< <(printf '%s\0' --setenv A "" --)
  equals "<>"
}

@test "the descriptor of --args does not reach the program" {
  works in_usr --args 21 ls /proc/self/fd 21</dev/null
  lacks 21
}

@test "--args-file reads them from a file" {
  printf '%s\0' --setenv COLOUR red >"$BATS_TEST_TMPDIR/args"
  works in_usr --args-file "$BATS_TEST_TMPDIR/args" printenv COLOUR
  equals red
  says_no "--args-file $BATS_TEST_TMPDIR/none" --args-file "$BATS_TEST_TMPDIR/none"
}

@test "there is no limit on the number of arguments" {
  works in_usr --args 21 printenv A 21< <(printf -- '--setenv\0A\0%s\0' {1..30000})
  equals 30000
}

@test "arguments from files can't name further files" {
  says_no "--args not supported in arguments file" --args 21 21< <(printf '%s\0' --args 22) 22</dev/null
  says_no "--args-file not supported in arguments file" --args 21 21< <(printf '%s\0' --args-file /dev/null)
}

@test "cut-off arguments are refused" {
  says_no "--args 21" --args 21 21< <(printf '%s\0%s' --chdir /us)
  has "cut off"
}

@test "cut-off arguments are taken under the name bwrap" {
  SNUG=$BWRAP works in_usr --args 21 pwd 21< <(printf '%s\0%s' --chdir /usr)
  equals /usr
}

@test "what is no option, or lacks its arguments, is refused in a file too" {
  says_no '"sh" in the arguments is not an option' --args 21 21< <(printf '%s\0' --chdir / sh)
  says_no "--setenv takes two arguments" --args 21 21< <(printf '%s\0' --setenv A)
  says_no "--no-such-option" --args 21 21< <(printf '%s\0' --no-such-option)
}

# --- Options ---

@test "an unknown option is named, with the nearest that there is" {
  says_no "Unknown option --unshare-nett: did you mean --unshare-net?" --unshare-nett
  says_no "Unknown option --ro-bin: did you mean --ro-bind?" --ro-bin / /
  says_no "Unknown option --bind=/usr: did you mean --bind SRC DEST?" --bind=/usr /usr
  says_no "Unknown option --quite-something-else" --quite-something-else
  lacks "did you mean"
}

@test "an option without its arguments is named" {
  for case in "--chdir takes an argument" "--bind takes two arguments" "--overlay takes three arguments"; do
    refused "$SNUG" "${case%% *}"
    has "$case"
  done
  refused "$SNUG" --bind /usr
  has "--bind takes two arguments"
}

@test "options end at --, or at the first word that is none" {
  works in_usr -- echo --bind
  equals --bind
  works in_usr echo -- --bind
  equals "-- --bind"
}

@test "without a program there is only a help text" {
  refused "$SNUG" --chdir /
  has "--chdir DIR"
  refused "$SNUG"
  has "--chdir DIR"
}

@test "--help and --version print and do nothing else" {
  works "$SNUG" --help
  has "--ro-bind SRC DEST"
  works "$SNUG" --version
  has "snug "
  works "$SNUG" --version --no-such-option
}

@test "an option that counts once and is repeated warns" {
  works in_usr --chdir /usr --chdir /usr/bin pwd
  has "Only the last --chdir option will take effect"
  has /usr/bin
}

# --- Numbers ---

not_numbers=("" " 1" "1 " +1 -1 x 1x 0x1 1.5 18446744073709551616 99999999999999999999999999)

@test "descriptors have to be plain numbers" {
  for option in --args --userns --userns2 --pidns --sync-fd --block-fd --userns-block-fd --info-fd --json-status-fd \
    --seccomp --add-seccomp-fd --keep-fd; do
    for number in "${not_numbers[@]}" 2147483648 4294967296; do
      says_no "$option $number" $option "$number"
    done
  done
}

@test "descriptors have to be plain numbers, with a destination too" {
  for option in --file --bind-data --ro-bind-data --bind-fd --ro-bind-fd; do
    for number in "${not_numbers[@]}" 2147483648; do
      says_no "$option $number /mnt" $option "$number" /mnt
    done
  done
}

@test "descriptors have to be open" {
  for option in --args --userns --userns2 --pidns --sync-fd --block-fd --userns-block-fd --info-fd --json-status-fd \
    --seccomp --add-seccomp-fd --keep-fd; do
    says_no "$option 77" $option 77
    has "descriptor 77 is not open"
  done
  for option in --file --bind-data --ro-bind-data --bind-fd --ro-bind-fd; do
    says_no "$option 77 /mnt" $option 77 /mnt
    has "descriptor 77 is not open"
  done
}

@test "descriptors have to be of the right kind" {
  for option in --args --seccomp --add-seccomp-fd; do
    refused in_usr $option 21 echo started 21</usr
    has "$option 21"
    lacks started
  done
  for option in --userns --userns2 --pidns; do
    refused in_usr $option 21 echo started 21</dev/null
    has "$option 21"
    lacks started
  done
  for option in --info-fd --json-status-fd; do
    refused in_usr $option 21 echo started 21</dev/null
    has "$option 21"
    lacks started
  done
  refused in_usr --block-fd 21 echo started 21>/dev/null
  has "--block-fd 21"
  lacks started
}

@test "ids have to be plain numbers below 4294967295" {
  for option in --uid --gid; do
    for number in "${not_numbers[@]}" 4294967295 4294967296; do
      says_no "$option $number" $option "$number"
    done
  done
}

@test "modes have to be octal and at most 07777" {
  for number in "${not_numbers[@]}" 8 0o7 10000 u+x; do
    says_no "--perms $number" --perms "$number" --dir /a
    says_no "--chmod $number /" --chmod "$number" /
  done
}

@test "sizes have to be plain numbers above zero that a filesystem can have" {
  for number in "" " 1" "1 " +1 -1 x 1x 1.5 0 18446744073709551615 18446744073709551616; do
    says_no "--size $number" --size "$number" --tmpfs /a
  done
}

# --- Paths ---

long=/$(printf 'x%.0s' {1..4096})

@test "an empty string is not a path" {
  for option in --chdir --lock-file --remount-ro --proc --dev --tmpfs --mqueue --dir --overlay-src --args-file \
    --seccomp-profile; do
    says_no "$option " $option ""
    has "an empty string is not a path"
  done
  for option in --bind --bind-try --ro-bind --ro-bind-try --dev-bind --dev-bind-try --symlink; do
    says_no "$option  /mnt" $option "" /mnt
    says_no "$option /usr " $option /usr ""
    has "an empty string is not a path"
  done
  for option in --file --bind-data --ro-bind-data --bind-fd --ro-bind-fd; do
    says_no "$option 0 " $option 0 ""
    has "an empty string is not a path"
  done
  says_no "--chmod 0700 " --chmod 0700 ""
  for words in "|work|/mnt" "upper||/mnt" "upper|work|"; do
    IFS='|' read -r upper work mnt <<<"$words"
    says_no "--overlay $upper $work $mnt" --overlay-src /usr --overlay "$upper" "$work" "$mnt"
    has "an empty string is not a path"
  done
}

@test "paths that are longer than the kernel takes are refused" {
  for option in --chdir --lock-file --remount-ro --proc --dev --tmpfs --mqueue --dir --overlay-src --args-file; do
    says_no "$option /x" $option "$long"
    has "File name too long"
  done
  for option in --bind --bind-try --ro-bind --ro-bind-try --dev-bind --dev-bind-try --symlink; do
    says_no "$option /x" $option "$long" /mnt
    has "File name too long"
    says_no "$option /usr /x" $option /usr "$long"
    has "File name too long"
  done
}

@test "components that are longer than the kernel takes are refused" {
  refused in_usr --dir "/${long:1:256}" true
  has "--dir /x"
  has "File name too long"
}

# --- Contradictions ---

@test "options that contradict each other are refused" {
  says_no "--pty already makes a new session" --pty --new-session
  says_no "--as-pid-1 and --pty exclude each other" --as-pid-1 --unshare-pid --pty
  says_no "--map-auto, --map-ids and --uid-map/--gid-map exclude each other" --map-auto --map-ids
  says_no "--map-auto, --map-ids and --uid-map/--gid-map exclude each other" --map-auto --uid-map 0:0:1
  says_no "--uid-map and --gid-map belong together" --uid-map 0:0:1
  says_no "--disable-userns is not compatible with --userns-block-fd" \
    --unshare-user --disable-userns --userns-block-fd 21 21</dev/null
}

@test "modifiers must be used up by the option that follows" {
  says_no "--perms must be followed by an option that creates a file" --perms 0700 --symlink a /b
  says_no "--size must be followed by --tmpfs" --size 65536 --perms 0700 --dir /a
}

@test "labels are refused where there is no SELinux to understand them" {
  [ ! -e /sys/fs/selinux/enforce ] || skip "SELinux is enabled"
  for option in --exec-label --file-label; do
    says_no "$option some_t" $option some_t
    has "SELinux is not enabled"
  done
}

@test "A descriptor that an option named stays that: nothing of the set-up comes to be known by its number" {
  printf '%s\0' --chdir / >"$BATS_TEST_TMPDIR/args"
  works in_usr --keep-fd 20 --args 20 readlink /proc/self/fd/20 20<"$BATS_TEST_TMPDIR/args"
  equals "$BATS_TEST_TMPDIR/args"
  works in_usr --keep-fd 20 --info-fd 20 readlink /proc/self/fd/20 20>"$BATS_TEST_TMPDIR/info"
  lacks "/proc"
  lacks "/new"
}
