#!/usr/bin/env bats
# The manual: it is well-formed, has all options, and its examples do what they say.
load helpers
load manual

@test "mandoc has nothing to say against the manual" {
  skip_unless_command mandoc
  works mandoc -T lint -W warning "$MANUAL"
  equals ""
}

@test "groff has nothing to say against the manual" {
  skip_unless_command groff
  works groff -man -T utf8 -z -ww "$MANUAL"
  equals ""
}

# The options that the manual's OPTIONS describe; with "only", those that it marks as snug's.
options_of_manual () # [only]
{
  sed -n '/^\.SH OPTIONS/,/^\.SH EXAMPLES/{ s/\\-/-/g; s/\\f.//g; p; }' "$MANUAL" |
    awk -v only="$1" '/^--/ { match ($0, /[a-z0-9-]+/); name = substr ($0, 1, RLENGTH) }
                      only ? /^Only under the name snug/ : /^--/ { print name }' | sort -u
}

@test "the manual has every option of --help, and no other" {
  works diff <(options_of_help "$SNUG") <(options_of_manual)
}

@test "the manual marks the options that bwrap does not know" {
  works diff <(comm -23 <(options_of_help "$SNUG") <(options_of_help "$BWRAP")) <(options_of_manual only)
}

@test "every example is run here, or in the guest" {
  works sed -n 's/^\.\\" example: //p' "$MANUAL"
  equals $'shell\nread-only\none-directory\nsubordinate-ids\nlimits\nwhole\ndata\nargs-file\nexplain\nin-place'
}

@test "example: a shell that sees the host's programs" {
  run_example shell
  equals ""
}

@test "example: the system read-only, with an empty home" {
  run_example read-only
  equals ""
}

@test "example: a program that may write to one directory" {
  run_example one-directory
  [ "$(cat result)" = built ]
}

@test "example: root over subordinate ids" {
  skip_unless_subordinate_ids
  run_example subordinate-ids
  equals ""
}

@test "example: limits" {
  run_example limits
  equals ""
}

# Whether it runs, vm/limits.bats tells.
@test "example: limits of the sandbox as a whole" {
  works sh -e -c "$(example whole | sed "s|snug |'$SNUG' --explain |")"
  has "set memory.max to 536870912"
  has "set cpu.max to 150000 100000"
  has "set pids.max to 200"
}

@test "example: a file with content from a descriptor" {
  run_example data
  equals hello
}

@test "example: options in a file" {
  run_example args-file
  has "uid=$(id -u)"
}

@test "example: --explain" {
  run_example explain
  has "--ro-bind / /"
  lacks "uid="
}

@test "example: snug in the place of /usr/bin/bwrap, for one program" {
  [ -e /usr/bin/bwrap ] || skip "there is no /usr/bin/bwrap"
  run_example in-place
  equals "$("$BWRAP" --version)"
  [ "$output" != "$(/usr/bin/bwrap --version)" ] || skip "bubblewrap's version is the one that snug tells"
}
