# Id ranges: an ordinary user has many ids inside, through newuidmap and newgidmap.
load helpers

# The first and the number of the subordinate ids of this user, in $first and $count.
subordinate_ids ()
{
  skip_unless_subordinate_ids
  IFS=: read -r _ first count < <(grep "^$(id -un):" /etc/subuid)
}

@test "--map-auto makes the caller root, with the subordinate ids from 1 on" {
  subordinate_ids
  works in_usr --map-auto cat /proc/self/uid_map
  [[ ${lines[0]} =~ ^\ *0\ +$(id -u)\ +1$ ]] || fail "the caller is not 0"
  [[ ${lines[1]} =~ ^\ *1\ +$first\ +$count$ ]] || fail "the subordinate ids do not follow"
}

@test "--map-auto lets the program do what a package manager does: files of many owners" {
  subordinate_ids
  works in_usr --map-auto --tmpfs /tmp sh -c \
    'touch /tmp/file && chown 33:42 /tmp/file && chmod u+s /tmp/file && stat -c %u:%g:%a /tmp/file'
  equals "33:42:4644"
}

@test "--map-auto lets the program become another user" {
  subordinate_ids
  works in_usr --map-auto setpriv --reuid=33 --regid=33 --clear-groups id -u
  equals "33"
}

@test "--map-auto gives no capability over the sandbox itself" {
  subordinate_ids
  run in_usr --map-auto mount -t tmpfs none /usr
  [ "$status" != 0 ] || fail "the program could mount"
}

@test "--map-auto --cap-drop ALL leaves the ids and takes the capabilities" {
  subordinate_ids
  works in_usr --map-auto --cap-drop ALL grep CapEff /proc/self/status
  has "0000000000000000"
}

@test "--map-ids keeps the own id, and there are others around it" {
  subordinate_ids
  works in_usr --map-ids sh -c 'id -u; cat /proc/self/uid_map'
  [ "${lines[0]}" = "$(id -u)" ] || fail "the id inside is not the own one"
  [[ ${lines[1]} =~ ^\ *0\ +$first\ +$(id -u)$ ]] || fail "nothing is mapped below"
  [[ ${lines[2]} =~ ^\ *$(id -u)\ +$(id -u)\ +1$ ]] || fail "the own id is not mapped to itself"
  [ "${#lines[@]}" = 4 ] || fail "nothing is mapped above"
}

@test "--uid-map and --gid-map map just the ranges written" {
  subordinate_ids
  works in_usr --uid-map "0:$(id -u):1" --uid-map "100:$first:10" --gid-map "0:$(id -g):1" cat /proc/self/uid_map
  [[ ${lines[0]} =~ ^\ *0\ +$(id -u)\ +1$ && ${lines[1]} =~ ^\ *100\ +$first\ +10$ ]] || fail "other ranges"
}

@test "--uid chooses among a range of users also where the caller's own group is the only one" {
  subordinate_ids
  works in_usr --uid-map "0:$(id -u):1" --uid-map "100:$first:10" --gid-map "0:$(id -g):1" --uid 101 id -u
  equals 101
}

@test "--uid chooses among the mapped ids" {
  subordinate_ids
  works in_usr --map-auto --uid 7 --gid 8 id
  has "uid=7"
  has "gid=8"
}

@test "--disable-userns holds with id ranges too" {
  subordinate_ids
  run in_usr --unshare-user --disable-userns --map-auto unshare --user true
  [ "$status" != 0 ] || fail "a user namespace could be made"
  works in_usr --unshare-user --disable-userns --map-auto --uid 5 --gid 6 sh -c '! unshare --user true && id'
  has "uid=5 gid=6"
}

@test "A file made with a subordinate id belongs to that id outside" {
  subordinate_ids
  local folder=$BATS_TEST_TMPDIR
  works in_usr --map-auto --bind "$folder" /work sh -c 'touch /work/file && chown 5 /work/file'
  [ "$(stat -c %u "$folder/file")" = $((first + 4)) ] || fail "the owner outside is $(stat -c %u "$folder/file")"
  works in_usr --map-auto --bind "$folder" /work rm -f /work/file
}

@test "An id that is not the caller's to map is refused, and it is said what is" {
  subordinate_ids
  refused "$SNUG" --uid-map 0:0:1 --gid-map "0:$(id -g):1" --ro-bind / / true
  has "--uid-map 0:0:1 (argument 1): ids 0 to 0 are not yours to map"
  has "/etc/subuid gives you $first"
}

@test "An id outside of the map can't be chosen" {
  subordinate_ids
  refused "$SNUG" --uid-map "0:$(id -u):1" --gid-map "0:$(id -g):1" --uid 5 --ro-bind / / true
  has "id 5 is not in the map"
}

@test "Without newuidmap in PATH, it is said which package has it" {
  subordinate_ids
  refused env PATH=/nowhere "$SNUG" --map-auto --ro-bind / / true
  has "newuidmap is not in PATH"
  has "uidmap"
}

@test "A newuidmap without its privilege is told apart" {
  subordinate_ids
  local folder=$BATS_TEST_TMPDIR
  cp "$(command -v newuidmap)" "$(command -v newgidmap)" "$folder"
  refused env PATH="$folder" "$SNUG" --map-auto --ro-bind / / true
  has "neither setuid root nor has a file capability"
}
