#!/usr/bin/env bats
# Every system call of a sandbox's set-up fails once.  Then snug either does what it does otherwise, or says what is
# wrong and leaves nothing behind: see tests/helpers/inject.c.
#
# Each second call fails, in turn with one of two errors.  SNUG_INJECT=all bats tests-rootless/faults.bats tries each
# call with each of four, which takes minutes.
load helpers

INJECT=$HELPERS/inject

setup ()
{
  skip_unless_user_namespaces
  ! grep -q __asan_init "$SNUG" || skip "in this build calls of the sanitizer would fail too"
  holder="" namespace=/dev/null
  work=$BATS_TEST_TMPDIR/work
  mkdir -p "$work"/{data,lower,upper,scratch}
  echo data >"$work/file"
  echo lower >"$work/lower/file"
  cat >"$work/look" <<'LOOK'
# Everything that a step could leave out.
grep -E '^(Uid|Gid|Groups|Umask|Sig(Blk|Ign)|Cap|NoNewPrivs|Seccomp)' /proc/self/status
sed -E 's/^[0-9]+ [0-9]+ [0-9:]+ //; s/ (shared|master):[0-9]+//; s/\/proc\/self\/fd\/[0-9]+/FD/g; s/,uuid=on//' /proc/self/mountinfo
ls -l /proc/self/fd | sed -E 's/.* ([0-9]+) -> .*/fd \1/; /fd/!d'
ls -lR /data 2>/dev/null | sed -E '/^total/d; s/ [0-9]+ [A-Z][a-z]+ +[0-9]+ [0-9:]+ / /'
cat /proc/self/uid_map /proc/self/gid_map /proc/self/limits | tr -s ' '
cut -d : -f 1 /proc/net/dev; grep -c 127.0.0.1 /proc/net/fib_trie
cat /data/* /mnt/* /media/* 2>/dev/null
uname -n; pwd; nice; tty; env | sort
LOOK
}

teardown ()
{
  [ -z "$holder" ] || kill "$holder"
}

# What is on the host: mounts, files, and what is in them.  The kernel keeps a folder of its own in an overlay's workdir.
host ()
{
  cut -d ' ' -f 4- /proc/self/mountinfo
  find "$work" -path "$work/scratch/*" -prune -o -printf '%p %M %s\n' | sort
}

# Runs a sandbox with the calls of its set-up failing.  The caller leaks some descriptors into it.
survives () # COMMAND…
{
  local before how bad=
  before=$(host)
  if [ "${SNUG_INJECT-}" = all ]; then
    for how in EPERM EIO ENOMEM EINTR; do
      inject -e $how -- "$@"
      echo "# ${output##*$'\n'} ($how)" >&3
      [ "$status" = 0 ] || bad+="$how:"$'\n'"$output"$'\n'
    done
    [ -z "$bad" ] || output=$bad fail "there are others"
  else
    inject -s 2 -e EPERM,EIO -- "$@"
    [ "$status" = 0 ] || fail "exit status $status"
  fi
  "$SNUG" --ro-bind / / true # what one fault kept from being removed, the next run removes
  [ "$(host)" = "$before" ] || fail "the host is different: $(diff <(echo "$before") <(host))"
}

inject ()
{
  run "$INJECT" "$@" 3>&- 8</usr/bin/env 9</ 10<"$work/file" 11<"$work/file" 12<"$namespace"
  [ "$status" != 77 ] || skip "$output"
}

@test "with new namespaces, mounts and files of all kinds" {
  survives "$SNUG" --unshare-all --disable-userns --unshare-user --uid 5 --hostname inside --die-with-parent --new-session \
    "${usr[@]}" --proc /proc --dev /dev --tmpfs /tmp --mqueue /dev/mqueue --ro-bind "$work/look" /look \
    --bind "$work/data" /data/bound --ro-bind-data 10 /data/ro --perms 0600 --file 11 /data/file --dir /data/dir \
    --symlink file /data/link --chmod 0700 /data/dir --remount-ro /tmp \
    --lock-file /data/file --rlimit nofile=99 --nice 2 --umask 027 --seccomp-profile default --clearenv --chdir /tmp \
    -- /bin/sh /look
}

@test "with places to mount on that are made on the host" {
  export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
  mkdir -m 700 "$XDG_RUNTIME_DIR"
  survives "$SNUG" "${usr[@]}" --proc /proc --unshare-pid --bind "$work/data" /data --ro-bind "$work/look" /data/new/look \
    --tmpfs /data/folder --ro-bind /dev/null /data/file --chdir / -- /bin/sh /data/new/look
  survives "$SNUG" "${usr[@]}" --proc /proc --bind "$work/data" /data --ro-bind "$work/look" /data/new/look \
    --tmpfs /data/folder --ro-bind /dev/null /data/file --chdir / -- /bin/sh /data/new/look
  [ -z "$(ls -A "$XDG_RUNTIME_DIR")" ] || fail "the journal is left: $(cat "$XDG_RUNTIME_DIR"/*/*)"
}

@test "with the host's root below, and overlays" {
  survives "$SNUG" --ro-bind / / --unshare-pid --proc /proc --dev /dev --tmpfs "$BATS_RUN_TMPDIR" \
    --overlay-src "$work/lower" --tmp-overlay /mnt --overlay-src "$work/lower" --overlay "$work/upper" "$work/scratch" /media \
    --tmpfs /tmp --ro-bind "$work/look" /tmp/look --chdir / -- /bin/sh /tmp/look
}

@test "with id ranges" {
  skip_unless_subordinate_ids
  skip_unless_command newuidmap
  survives "$SNUG" --map-auto "${usr[@]}" --unshare-all --proc /proc --dev /dev --ro-bind "$work/look" /look --chdir / -- /bin/sh /look
}

@test "with a terminal of its own" {
  survives "$SNUG" --pty "${usr[@]}" --unshare-all --proc /proc --dev /dev --ro-bind "$work/look" /look --chdir / \
    -- /bin/sh -c 'look=$(/bin/sh /look); echo "$look"'
}

@test "with namespaces joined" {
  mkfifo "$BATS_TEST_TMPDIR/ready"
  unshare --user --map-root-user sh -c 'echo >"$0"; exec sleep 100' "$BATS_TEST_TMPDIR/ready" 3>&- &
  read -r _ <"$BATS_TEST_TMPDIR/ready"
  holder=$! namespace=/proc/$!/ns/user
  survives "$SNUG" --userns 12 "${usr[@]}" --unshare-pid --proc /proc --ro-bind "$work/look" /look --chdir / -- /bin/sh /look
}

@test "by the name of bwrap" {
  survives "$BWRAP" --unshare-all "${usr[@]}" --proc /proc --dev /dev --tmpfs /tmp --ro-bind "$work/look" /look \
    --chdir / -- /bin/sh /look
}
