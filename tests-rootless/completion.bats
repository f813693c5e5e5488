#!/usr/bin/env bats
# What Tab offers in bash, zsh and fish.  In bash, a line is completed by bash-completion as at a prompt; one test
# really sits at one.
load completion

# Every test has known files, and a command of its own that has a completion.
setup ()
{
  setup_completion snug
  mkdir folder:1
  touch file "a file" profile.json
  printf '#!/bin/sh\n' >"$BATS_TEST_TMPDIR/bin/zz-greet"
  chmod +x "$BATS_TEST_TMPDIR/bin/zz-greet"
  echo 'complete -W "hello help bye" zz-greet' >>"$rc.bash"
  echo "compdef '_arguments \"*:word:(hello help bye)\"' zz-greet" >>"$rc.zsh"
  echo "complete -c zz-greet -f -a 'hello help bye'" >>"$rc.fish"
}

# --- bash --------------------------------------------------------------------------------------------------

@test "bash: all options" {
  bash_offers "snug --"
  works diff <(options_of_help "$SNUG") <(grep -v = <<<"$output")
}

@test "bash: options by their beginning, also after others and their arguments" {
  bash_offers "snug --unshare-c"
  equals $'--unshare-cgroup\n--unshare-cgroup-try'
  bash_offers "snug --unshare-all --bind /a /b --setenv --bind x --tmp-"
  equals --tmp-overlay
}

@test "bash: a value after an equals sign" {
  bash_offers "snug --explain="
  equals $'json\ntext'
  bash_offers "snug --explain=j"
  equals json
}

@test "bash: paths, for each argument of an option that takes several" {
  bash_offers "snug --bind fi"
  equals file
  bash_offers "snug --bind /a fi"
  equals file
  bash_offers "snug --overlay /a /b fi"
  equals file
  bash_offers "snug --bind /usr/loc"
  equals /usr/local
}

@test "bash: directories where a directory belongs" {
  bash_offers "snug --chdir f"
  equals 'folder:1'
}

@test "bash: descriptors that are open" {
  bash_offers "snug --args 7" 7</dev/null
  equals 7
  bash_offers "snug --bind-fd 7" 7</dev/null
  equals 7
  bash_offers "snug --args 7"
  equals ""
}

@test "bash: the path after a descriptor" {
  bash_offers "snug --file 7 fi"
  equals file
}

@test "bash: capabilities, in either case" {
  bash_offers "snug --cap-add CAP_SYS_CH"
  equals CAP_SYS_CHROOT
  bash_offers "snug --cap-drop cap_sys_ch"
  equals CAP_SYS_CHROOT
  bash_offers "snug --cap-drop A"
  equals ALL
}

@test "bash: resource limits" {
  bash_offers "snug --rlimit no"
  equals nofile=
}

@test "bash: seccomp profiles, by name and by file" {
  bash_offers "snug --seccomp-profile d"
  equals default
  bash_offers "snug --seccomp-profile pro"
  equals profile.json
}

@test "bash: who makes a cgroup, and this machine's processors" {
  bash_offers "snug --cgroup-manager s"
  equals systemd
  bash_offers "snug --cgroup-manager "
  equals $'cgroupfs\nsystemd'
  bash_offers "snug --cpuset "
  equals "$(cat /sys/devices/system/cpu/online)"
}

@test "bash: variables" {
  LONESOME=1 bash_offers "snug --unsetenv LONES"
  equals LONESOME
  LONESOME=1 bash_offers "snug --setenv LONES"
  equals LONESOME
}

@test "bash: nothing for numbers and texts" {
  bash_offers "snug --perms "
  equals ""
  bash_offers "snug --memory "
  equals ""
  bash_offers "snug --setenv LONESOME "
  equals ""
}

@test "bash: commands, after the options or after --" {
  bash_offers "snug zz-g"
  has zz-greet
  bash_offers "snug --bind /a /b --unshare-all zz-g"
  has zz-greet
  bash_offers "snug --unshare-all -- zz-g"
  has zz-greet
}

@test "bash: the command's own completion" {
  bash_offers "snug zz-greet he"
  equals $'hello\nhelp'
  bash_offers "snug --unshare-all -- zz-greet he"
  equals $'hello\nhelp'
  bash_offers "snug --bind /a /b zz-greet b"
  equals bye
}

@test "bash: the command's own completion behind words that bash takes apart" {
  bash_offers "snug --explain=json --uid-map 0:1000:1 --rlimit nofile=9 --setenv A x=y:z zz-greet b"
  equals bye
}

@test "bash: a command's options are not taken for snug's" {
  bash_offers "snug zz-greet --unshare-"
  equals ""
}

@test "bash: at a prompt, with words that bash takes apart" {
  types_in_bash "snug --explain=j\t--rlimit nof\t5 --bind $PWD/folder:\t/us\t -- zz-gr\tby\t"
  has "<--explain=json><--rlimit><nofile=5><--bind><$PWD/folder:1></usr/><--><zz-greet><bye>"
}

# --- zsh --------------------------------------------------------------------------------------------------------

@test "zsh: the completion is well-formed, and has all options" {
  skip_unless_command zsh
  works zsh -f -n "$COMPLETIONS/zsh/_snug"
  equals ""
  works diff <(options_of_help "$SNUG") <(sed -nE "s/^ *'\*?(--[a-z0-9-]+).*/\1/p" "$COMPLETIONS/zsh/_snug" | sort)
}

@test "zsh: at a prompt" {
  types_in_zsh "snug --explain=j\t--rlimit nof\t5 --cgroup-manager s\t--bind $PWD/fil\t/us\t -- zz-gr\tby\t"
  has "<--explain=json><--rlimit><nofile=5><--cgroup-manager><systemd><--bind><$PWD/file></usr><--><zz-greet><bye>"
}

# --- fish ---------------------------------------------------------------------------------------------------------

@test "fish: the completion is well-formed" {
  skip_unless_command fish
  works fish --no-execute "$COMPLETIONS/fish/snug.fish"
  equals ""
}

@test "fish: all options, with what they do" {
  fish_offers "snug --"
  works diff <(options_of_help "$SNUG") <(cut -f 1 <<<"$output" | grep -v = | sort)
  fish_offers "snug --unshare-n"
  equals $'--unshare-net\tMake a new network namespace with nothing but loopback'
}

@test "fish: paths, for each argument of an option that takes several" {
  fish_offers "snug --bind fi"
  has file
  fish_offers "snug --bind /a fi"
  has file
}

@test "fish: capabilities, limits, formats" {
  fish_offers "snug --cap-add CAP_SYS_CH"
  equals CAP_SYS_CHROOT
  fish_offers "snug --rlimit no"
  equals nofile=
  fish_offers "snug --explain=j"
  has --explain=json
  fish_offers "snug --cgroup-manager s"
  equals systemd
  fish_offers "snug --cpuset "
  has "$(cat /sys/devices/system/cpu/online)"
}

@test "fish: the command and its own completion" {
  fish_offers "snug --bind /a /b zz-g"
  has zz-greet
  fish_offers "snug --bind /a /b zz-greet b"
  equals bye
  fish_offers "snug --unshare-all -- zz-greet b"
  equals bye
}
