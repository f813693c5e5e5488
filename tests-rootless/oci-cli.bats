#!/usr/bin/env bats
# Called by the name snug-oci, runc or crun: the command line of an OCI runtime, its help, its errors and its log.
# What the verbs do is tested elsewhere; here they only have to be reached.
load oci

MANUAL=$BATS_TEST_DIRNAME/../man/snug-oci.1

setup ()
{
  cd "$BATS_TEST_TMPDIR" || return
}

# --- Names -------------------------------------------------------------------------------------------------------

@test "snug-oci, runc and crun are names of the runtime, by symbolic links and hard ones" {
  cp "$SNUG" program
  for name in snug-oci runc crun; do
    ln -s program "$name"
    works "./$name" --version
    rm "$name"
    ln program "$name"
    works "./$name" --version
    [[ ${lines[0]} == "snug-oci version "* ]]
    refused "./$name" frobnicate
    equals "$name: unknown verb frobnicate"
  done
}

@test "any other name is the sandbox's" {
  ln -s "$SNUG" snug-oci-2
  works ./snug-oci-2 --version
  [[ $output == "snug "* ]]
}

# --- Help ---------------------------------------------------------------------------------------------------------

@test "--version has the lines that dockerd and people look for" {
  works "$OCI" --version
  [[ ${lines[0]} =~ ^"snug-oci version "[0-9]+\.[0-9]+\.[0-9]+$ ]]
  [[ ${lines[1]} =~ ^"spec: "1\.[0-9]+\.[0-9]+$ ]]
  [[ ${lines[2]} =~ ^"libseccomp: "[0-9]+\.[0-9]+\.[0-9]+$ ]]
  version=$output
  works "$OCI" -v
  equals "$version"
}

@test "--help lists all verbs and what stands before them" {
  works "$OCI" --help
  for verb in create start state kill delete run exec list ps pause resume update events spec features info mounts \
    checkpoint restore; do
    has $'\n    '"$verb "
  done
  has "--root DIR"
  lacks "--bundle"
}

@test "VERB --help and -h list the options of the verb, and do nothing else" {
  works "$OCI" delete --help --nonsense
  [ "${lines[0]}" = "usage: snug-oci delete [OPTION...] ID" ]
  has "-f, --force"
  lacks "--root"
  works "$OCI" kill -h
  has "-a, --all"
}

@test "without a verb, help is an error" {
  refused "$OCI"
  has "usage: snug-oci"
  refused "$OCI" --debug
  equals "snug-oci: a verb is missing: --help lists them"
}

@test "what can't be printed is an error" {
  refused sh -c '"$0" --version >/dev/full' "$OCI"
  equals "snug-oci: can't write to standard output: No space left on device"
}

# --- Errors ---------------------------------------------------------------------------------------------------------

@test "an unknown verb or option names the nearest" {
  refused "$OCI" craete ID
  equals "snug-oci: unknown verb craete: did you mean create?"
  refused "$OCI" kill --al ID
  equals "snug-oci: unknown option --al: did you mean --all?"
}

@test "an error goes to standard error, and nothing to standard output" {
  refused sh -c '"$0" state 2>/dev/null' "$OCI"
  equals ""
}

@test "checkpoint and restore say that they are not supported, whatever follows" {
  refused "$OCI" checkpoint --image-path /x --leave-running ID
  equals "snug-oci: checkpoint is not supported yet"
  refused "$OCI" restore --bundle /x --detach ID
  equals "snug-oci: restore is not supported yet"
}

@test "descriptors for the program have to be open" {
  refused sh -c '"$0" create --preserve-fds 2 ID 3</dev/null 4<&-' "$OCI"
  equals "snug-oci: descriptor 4 of --preserve-fds or LISTEN_FDS: Bad file descriptor"
  LISTEN_FDS=2 refused sh -c '"$0" run ID 3</dev/null 4<&-' "$OCI"
  equals "snug-oci: descriptor 4 of --preserve-fds or LISTEN_FDS: Bad file descriptor"
}

@test "the log does not become one of the descriptors for the program" {
  refused sh -c '"$0" --log log create --preserve-fds 1 ID 3<&-' "$OCI"
  equals "snug-oci: descriptor 3 of --preserve-fds or LISTEN_FDS: Bad file descriptor"
}

# --- The log ----------------------------------------------------------------------------------------------------------

@test "--log-format json writes what containerd and Podman read, one object a line" {
  refused "$OCI" --log log --log-format json checkpoint
  refused "$OCI" --log log --log-format json kill --"$(printf 'o"\n\\\tä\377')"
  works python3 -c '
import datetime, json
for line in open ("log"):
    record = json.loads (line)
    assert list (record) == ["level", "msg", "time"], record
    assert record["level"] == "error"
    datetime.datetime.strptime (record["time"], "%Y-%m-%dT%H:%M:%SZ")
    print (ascii (record["msg"]))'
  equals $'\'checkpoint is not supported yet\'\n\'unknown option --o"\\n\\\\\\t\\xe4\\ufffd\''
}

@test "text is the other format" {
  refused "$OCI" --log log checkpoint
  refused "$OCI" --log log --log-format text kill --"$(printf 'o"\nä')"
  works sed -E 's/^time="[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"/TIME/' log
  equals $'TIME level=error msg="checkpoint is not supported yet"\nTIME level=error msg="unknown option --o\\"\\nä"'
}

@test "an error goes to standard error as well as to the log, there as text" {
  refused "$OCI" --log log --log-format json checkpoint
  equals "snug-oci: checkpoint is not supported yet"
}

@test "--log-format json without --log is for standard error" {
  refused "$OCI" --log-format=json checkpoint
  [[ $output == '{"level":"error","msg":"checkpoint is not supported yet","time":"'*'Z"}' ]]
}

@test "a mistake behind --log is in the log too" {
  refused "$OCI" --log log frobnicate
  grep -q 'msg="unknown verb frobnicate"' log
}

@test "--debug and --log-level debug add to the log, and not to standard error beside it" {
  for debug in --debug --log-level=debug; do
    refused "$OCI" --log log "$debug" checkpoint
    equals "snug-oci: checkpoint is not supported yet"
    grep -q 'level=debug msg="checkpoint "' log
    rm log
  done
  refused "$OCI" --debug checkpoint
  [ "${lines[0]}" = "snug-oci: checkpoint " ]
}

@test "without --debug nothing is added" {
  refused "$OCI" --log log checkpoint
  [ "$(wc -l <log)" = 1 ]
}

@test "a log is appended to, and made for its owner only" {
  refused "$OCI" --log log checkpoint
  [ "$(stat -c %a log)" = 600 ]
  refused "$OCI" --log log checkpoint
  [ "$(wc -l <log)" = 2 ]
}

@test "a named pipe is a log" {
  mkfifo pipe
  timeout 10 cat pipe >got &
  refused timeout 10 "$OCI" --log pipe checkpoint
  await_jobs
  grep -q 'level=error msg="checkpoint is not supported yet"' got
}

@test "a reader that went away does not end us" {
  works python3 - "$OCI" <<'END'
import os, subprocess, sys
reader, writer = os.pipe ()
os.close (reader)
print (subprocess.run ([sys.argv[1], "--log-format", "json", "checkpoint"], stderr=writer).returncode)
END
  equals 1
}

@test "/dev/stderr is a log" {
  refused "$OCI" --log /dev/stderr --log-format json checkpoint
  has '"msg":"checkpoint is not supported yet"'
  has "snug-oci: checkpoint is not supported yet"
}

@test "a log that can't be opened is an error, and nothing is done" {
  refused "$OCI" --log /no/such/folder/log list
  equals "snug-oci: can't open the log /no/such/folder/log: No such file or directory"
}

@test "file:FILE is a log, as with crun" {
  refused "$OCI" --log file:log checkpoint
  grep -q checkpoint log
}

@test "the log does not take the place of a closed standard descriptor" {
  refused sh -c 'exec "$0" --log log --log-format json checkpoint 2>&-' "$OCI"
  [ "$(wc -l <log)" = 1 ]
  works python3 -c 'import json; print (json.loads (open ("log").read ())["msg"])'
  equals "checkpoint is not supported yet"
}

# --- The manual --------------------------------------------------------------------------------------------------------

@test "mandoc and groff have nothing to say against the manual" {
  skip_unless_command mandoc
  works mandoc -T lint -W warning "$MANUAL"
  equals ""
  skip_unless_command groff
  works groff -man -T utf8 -z -ww "$MANUAL"
  equals ""
}

# The options that the manual has in the section or subsection.
options_of_manual () # NAME
{
  sed 's/\\-/-/g; s/\\f.//g' "$MANUAL" \
    | awk -v at="$1" '/^\.S[SH] / { here = $2 == at } here && /^(-[a-z], )?--/ { print }' \
    | sed -E 's/^(-., )?(--[a-z0-9-]+).*/\2/' | sort
}
@test "the manual has every verb, with all of its options" {
  works diff <(options_of_help "$OCI") <(options_of_manual OPTIONS)
  for verb in $("$OCI" --help | sed -nE '/^Verbs/,/^$/s/^ {4}([a-z]+).*/\1/p' | grep -vxE 'checkpoint|restore'); do
    works diff <(options_of_help "$OCI" "$verb" | grep -vx -- --help) <(options_of_manual "$verb")
  done
  grep -q 'SS \\fBcheckpoint' "$MANUAL"
}
