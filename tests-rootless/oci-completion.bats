#!/usr/bin/env bats
# What Tab offers behind snug-oci in bash, zsh and fish.  The containers that it asks for are a script's, which knows five
# below its usual root, one in each state, and another one below /elsewhere.
load oci
load completion

# Every test has known files and bundles.
setup ()
{
  setup_completion snug-oci
  mkdir -p bundle bunny below/bundle empty/deep/er
  touch file bundle/config.json below/bundle/config.json
  cat >"$BATS_TEST_TMPDIR/bin/snug-oci" <<'END'
#!/bin/sh
echo "this is no container" >&2
row () { printf '%-12s%-12s%-12s%-12s2026-11-21T10:00:00Z me\n' "$@"; }
row ID PID STATUS BUNDLE
case $* in
  list)
    row c-new 11 created "/b a"
    row c-up 12 running /b
    row c-up-too 13 running /b
    row c-held 14 paused /b
    row c-gone 0 stopped /b
    ;;
  "--root /elsewhere list" | "--root=/elsewhere "*list) row c-far 15 running /b ;;
esac
END
  chmod +x "$BATS_TEST_TMPDIR/bin/snug-oci"
}

verbs_of_help () { "$OCI" --help | sed -nE '/^Verbs/,/^$/s/^ {4}([a-z]+).*/\1/p' | sort; }

# --- bash --------------------------------------------------------------------------------------------------

@test "bash: all verbs, also behind options" {
  bash_offers "snug-oci "
  works diff <(verbs_of_help) - <<<"$output"
  bash_offers "snug-oci --root /x --debug --log=/x --log-format json --systemd-cgroup st"
  equals $'start\nstate'
}

@test "bash: all options of each verb, and those before it" {
  bash_offers "snug-oci --"
  works diff <(options_of_help "$OCI") - <<<"$output"
  # shellcheck disable=SC2001 # at the end of each line
  for verb in $(verbs_of_help | grep -vxE 'checkpoint|restore'); do
    bash_offers "snug-oci --debug $verb --"
    works diff <(options_of_help "$OCI" "$verb") <(sed 's/=$//' <<<"$output" | uniq)
  done
}

@test "bash: options behind the ID too" {
  bash_offers "snug-oci kill c-up --a"
  equals --all
}

@test "bash: nothing of ours behind the ID of exec and ps" {
  bash_offers "snug-oci exec --tty c-up --"
  equals ""
  bash_offers "snug-oci exec c-up ls --c"
  equals ""
  bash_offers "snug-oci ps c-up --f"
  equals ""
}

@test "bash: the containers in the state that a verb needs" {
  bash_offers "snug-oci start "
  equals c-new
  bash_offers "snug-oci exec --tty --user 0:0 "
  equals $'c-up\nc-up-too'
  bash_offers "snug-oci kill c-up-"
  equals c-up-too
  bash_offers "snug-oci pause "
  equals $'c-up\nc-up-too'
  bash_offers "snug-oci resume "
  equals c-held
  bash_offers "snug-oci delete -f "
  equals c-gone
  bash_offers "snug-oci mounts add "
  equals $'c-up\nc-up-too'
}

@test "bash: any container for other verbs" {
  for verb in state update events; do
    bash_offers "snug-oci $verb "
    equals $'c-gone\nc-held\nc-new\nc-up\nc-up-too'
  done
}

@test "bash: the containers below a --root typed before" {
  bash_offers "snug-oci --root /elsewhere exec "
  equals c-far
  bash_offers "snug-oci --root=/elsewhere exec "
  equals c-far
}

@test "bash: only one container" {
  bash_offers "snug-oci state c-up "
  equals ""
}

@test "bash: signals, with and without SIG, in either case" {
  bash_offers "snug-oci kill c-up US"
  equals $'USR1\nUSR2'
  bash_offers "snug-oci kill --all c-up sigus"
  equals $'SIGUSR1\nSIGUSR2'
}

@test "bash: bundles, and where there are some" {
  bash_offers "snug-oci create --bundle "
  equals $'below\nbundle'
  bash_offers "snug-oci run -b below/"
  equals below/bundle
  bash_offers "snug-oci run --bundle=bu"
  equals bundle
}

@test "bash: any directory for --bundle where there are no bundles" {
  bash_offers "snug-oci run --bundle empty/"
  equals empty/deep
}

@test "bash: words to choose from" {
  bash_offers "snug-oci list --format "
  equals $'json\ntable'
  bash_offers "snug-oci --cgroup-manager=s"
  equals systemd
  bash_offers "snug-oci --log-format "
  equals $'json\ntext'
  bash_offers "snug-oci mounts a"
  equals add
  bash_offers "snug-oci create --explain=j"
  equals json
}

@test "bash: files, capabilities" {
  bash_offers "snug-oci exec --process fi"
  equals file
  bash_offers "snug-oci create --pid-file=fi"
  equals file
  bash_offers "snug-oci exec --cap cap_sys_ch"
  equals CAP_SYS_CHROOT
}

@test "bash: at a prompt, with words that bash takes apart" {
  types_in_bash 'snug-oci --root=/elsewhere --cgroup-manager=sy\tki\tc-f\tUSR1\t'
  has "<--root=/elsewhere><--cgroup-manager=systemd><kill><c-far><USR1>"
}

# --- zsh --------------------------------------------------------------------------------------------------------

@test "zsh: the completion is well-formed" {
  skip_unless_command zsh
  works zsh -f -n "$COMPLETIONS/zsh/_snug-oci"
  equals ""
}

@test "zsh: verbs, containers, signals" {
  types_in_zsh 'snug-oci --root=/elsewhere --cgroup-manager=sy\t kil\tc-f\tUSR1\t'
  has "<--root=/elsewhere><--cgroup-manager=systemd><kill><c-far><USR1>"
}

@test "zsh: the options of a verb, bundles" {
  types_in_zsh 'snug-oci run --det\t--bundle bun\t x'
  has "<run><--detach><--bundle><bundle/><x>"
}

@test "zsh: the containers in the state that a verb needs" {
  types_in_zsh 'snug-oci resume c\t'
  has "<resume><c-held>"
}

# --- fish ---------------------------------------------------------------------------------------------------------

@test "fish: the completion is well-formed" {
  skip_unless_command fish
  works fish --no-execute "$COMPLETIONS/fish/snug-oci.fish"
  equals ""
}

@test "fish: verbs and options, with what they do" {
  fish_offers "snug-oci --debug pa"
  equals $'pause\tFreeze all processes of a container'
  fish_offers "snug-oci --root /x exec --"
  works diff <(options_of_help "$OCI" exec) <(cut -f 1 <<<"$output" | sed 's/=$//' | sort)
  fish_offers "snug-oci exec c-up ls --"
  equals ""
}

@test "fish: the containers in the state that a verb needs, below --root" {
  fish_offers "snug-oci start "
  equals c-new
  fish_offers "snug-oci exec --user 0 c-up-"
  equals c-up-too
  fish_offers "snug-oci --root /elsewhere kill "
  equals c-far
  fish_offers "snug-oci state c-"
  equals $'c-gone\nc-held\nc-new\nc-up\nc-up-too'
}

@test "fish: signals, bundles, words to choose from" {
  fish_offers "snug-oci kill c-up SE"
  equals SEGV
  fish_offers "snug-oci create --bundle b"
  has below/
  has bundle/
  lacks bunny
  fish_offers "snug-oci list -f t"
  has table
  fish_offers "snug-oci run --explain=j"
  has json
}
