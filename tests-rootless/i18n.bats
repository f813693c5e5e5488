#!/usr/bin/env bats
# Messages in the user's language: the catalogs are complete, and are found and used; not under the name bwrap.
load helpers

PO=$BATS_TEST_DIRNAME/../po

languages ()
{
  grep '^[a-z]' "$PO/LINGUAS"
}

skip_unless_gettext ()
{
  skip_unless_command msgfmt
  skip_unless_command msgmerge
  skip_unless_command xgettext
}

@test "every language has a catalog, and every catalog is listed" {
  works diff <(languages | sort) <(cd "$PO" && printf '%s\n' *.po | sed 's/\.po$//' | sort)
}

@test "every text of the sources is translated" {
  skip_unless_gettext
  "$BATS_TEST_DIRNAME/../tools/extract-texts" >"$BATS_TEST_TMPDIR/snug.pot"
  texts=$(grep -c '^msgid "' "$BATS_TEST_TMPDIR/snug.pot")
  for language in $(languages); do
    msgmerge --quiet --no-fuzzy-matching "$PO/$language.po" "$BATS_TEST_TMPDIR/snug.pot" >"$BATS_TEST_TMPDIR/now.po"
    works env LC_ALL=C msgfmt --check --statistics --output-file=/dev/null "$BATS_TEST_TMPDIR/now.po"
    equals "$((texts - 1)) translated messages."
  done
}

# Prints the texts of a catalog whose translations do not have the same options and {words}.
lost_words () # CATALOG
{
  msgattrib --no-wrap --no-obsolete "$1" | awk '
    function words (text,   n) {
      split ("", found)
      while (match (text, /\{[a-z]+\}|--[a-z0-9][a-z0-9-]*/)) {
        found[substr (text, RSTART, RLENGTH)]++
        text = substr (text, RSTART + RLENGTH)
        n++
      }
      return n + 0
    }
    function check (   word, n, wanted) {
      n = words (id)
      for (word in found) wanted[word] = found[word]
      if (words (translation) != n) print id
      else for (word in wanted) if (found[word] != wanted[word]) { print id; break }
      id = translation = ""
    }
    /^msgid /  { check (); in_id = 1; sub (/^msgid /, "") }
    /^msgstr / { in_id = 0; sub (/^msgstr /, "") }
    /^"/       { if (in_id) id = id $0; else translation = translation $0 }
    END        { check () }'
}

@test "translations keep options and placeholders" {
  skip_unless_gettext
  for language in $(languages); do
    works lost_words "$PO/$language.po"
    equals ""
  done
}

# --- At run time --------------------------------------------------------------------------------------------------

# Puts what the following tests need into $BATS_FILE_TMPDIR: all catalogs, installed, and a locale, since gettext
# does not translate for C.  Sets $catalogs, which is where the program under test looks for them.
set_up_languages ()
{
  skip_unless_user_namespaces
  skip_unless_command msgfmt
  skip_unless_command localedef
  # A C library that is part of the program names its own folder too.
  mapfile -t catalogs < <(grep -aoE '/[[:alnum:]_./+-]*/share/locale' "$SNUG" | sort -u)
  [ -d "$(dirname "$(dirname "${catalogs[0]}")")" ] || skip "the program looks for catalogs in a folder that is not there"

  [ ! -d "$BATS_FILE_TMPDIR/locales" ] || return 0
  mkdir "$BATS_FILE_TMPDIR/locales"
  localedef -i de_DE -f UTF-8 "$BATS_FILE_TMPDIR/locales/de_DE.UTF-8" 2>/dev/null ||
    skip "localedef can't make the locale de_DE.UTF-8 here"
  for language in $(languages); do
    mkdir -p "$BATS_FILE_TMPDIR/catalogs/$language/LC_MESSAGES"
    msgfmt -o "$BATS_FILE_TMPDIR/catalogs/$language/LC_MESSAGES/snug.mo" "$PO/$language.po"
  done
}

# Runs the program under test in LANGUAGE and by NAME: in a sandbox that has the catalogs where they belong.
speak () # LANGUAGE NAME [ARGUMENT…]
{
  local folder views=()
  for folder in "${catalogs[@]}"; do
    views+=(--tmpfs "$(dirname "$folder")" --ro-bind "$BATS_FILE_TMPDIR/catalogs" "$folder")
  done
  in_usr "${views[@]}" \
    --ro-bind "$BATS_FILE_TMPDIR/locales" /locales --ro-bind "$SNUG" /snug --symlink snug /bwrap \
    env LOCPATH=/locales LC_ALL=de_DE.UTF-8 "LANGUAGE=$1" "/$2" "${@:3}"
}

@test "--help in German is German" {
  set_up_languages
  works speak de snug --help
  [ "${lines[0]}" = "Aufruf: /snug [OPTIONEN...] [--] BEFEHL [ARGUMENTE...]" ]
  has "Diese Hilfe ausgeben"
  lacks "Print this help"
}

@test "every language has its own --help, with the same options" {
  set_up_languages
  english=$("$SNUG" --help)
  for language in $(languages); do
    works speak "$language" snug --help
    lacks "Print this help"
    works diff <(grep -oE '^ +--[a-z0-9-]+' <<<"$english") <(grep -oE '^ +--[a-z0-9-]+' <<<"$output")
  done
}

@test "errors and --explain are in the user's language" {
  set_up_languages
  refused speak de snug --chdir
  equals "snug: --chdir braucht ein Argument"
  works speak fr snug --explain --tmpfs /tmp true
  has "monter un tmpfs à l'emplacement /tmp"
}

@test "texts are UTF-8 in a locale of another charset too, for which nothing is loaded" {
  set_up_languages
  skip_unless_command strace
  [ -e /usr/share/locale/de/LC_MESSAGES/libc.mo ] || skip "the C library has no German here"
  localedef -i de_DE -f ISO-8859-1 "$BATS_TEST_TMPDIR/de_DE.ISO-8859-1"
  in_german=(env LOCPATH="$BATS_TEST_TMPDIR" LC_ALL=de_DE.ISO-8859-1 LANGUAGE=de)
  refused "${in_german[@]}" strace -f -e trace=openat -o "$BATS_TEST_TMPDIR/opened" "$SNUG" --bind / / --chdir /etc/passwd true
  has "Ist kein Verzeichnis"
  works "${in_german[@]}" "$SNUG" --help
  ! grep -E 'gconv/[^ ]*\.so' "$BATS_TEST_TMPDIR/opened" || fail "a module is loaded"
}

@test "--explain=json is for programs, and English" {
  set_up_languages
  works speak de snug --explain=json --tmpfs /tmp true
  has "mount a tmpfs"
}

@test "bwrap stays English" {
  set_up_languages
  works speak de bwrap --help
  has "Print this help"
  refused speak de bwrap --chdir
  equals "bwrap: --chdir takes an argument"
}
