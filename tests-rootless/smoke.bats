#!/usr/bin/env bats
# The first things that one sees of a sandbox.
load helpers

@test "a program runs as the caller" {
  works in_usr id -u
  equals "$(id -u)"
}

@test "the exit status is the program's" {
  run in_usr sh -c 'exit 42'
  [ "$status" = 42 ]
}

@test "only what was asked for is there" {
  works in_usr sh -c 'ls /'
  has usr
  lacks home
}

@test "/usr is read-only" {
  refused in_usr touch /usr/written
  has "Read-only file system"
}

@test "a missing source is named, with its option" {
  refused in_usr --bind /nowhere/at/all /mnt true
  has "/nowhere/at/all"
}
