# completion: what the tests of the completions have at hand, beside helpers.  Each stands in an empty folder with a home of its
# own, and finds the commands of $BATS_TEST_TMPDIR/bin.
#
#   setup_completion PROGRAM  writes what the shells read first, for the completion of PROGRAM: $rc.bash, $rc.zsh and $rc.fish, to
#                             which a test may add
#   bash_offers LINE          what is offered at the end of LINE is the output, a word a line
#   fish_offers LINE          the same in fish, with what each word means
#   types_in_bash LINE        types LINE at a prompt, \t is Tab: PROGRAM prints <each><word> that it gets
#   types_in_zsh LINE         the same in zsh
load "$(dirname "${BASH_SOURCE[0]}")/helpers"

COMPLETIONS=$BATS_TEST_DIRNAME/../completions
BASH_COMPLETION=/usr/share/bash-completion/bash_completion

setup_completion () # PROGRAM
{
  local home=$BATS_TEST_TMPDIR/home bin=$BATS_TEST_TMPDIR/bin
  program=$1 rc=$BATS_TEST_TMPDIR/rc
  mkdir -p "$home" "$bin" "$BATS_TEST_TMPDIR/here"
  cd "$BATS_TEST_TMPDIR/here" || return
  cat >"$rc.bash" <<END
PATH=$bin:\$PATH
HOME=$home
source $BASH_COMPLETION
source $COMPLETIONS/bash/$program
END
  cat >"$rc.zsh" <<END
PATH=$bin:\$PATH
fpath=($COMPLETIONS/zsh \$fpath)
autoload -U compinit
compinit -D -u
END
  cat >"$rc.fish" <<END
set PATH $bin \$PATH
source $COMPLETIONS/fish/$program.fish
END
}

# Takes a line apart as bash does, which splits words at = and : too.
# shellcheck disable=SC2016
bash_offers () # LINE
{
  [ -e "$BASH_COMPLETION" ] || skip "there is no bash-completion"
  works bash --noprofile --norc -c '
    compopt () { :; } # bash wants to be in a completion for this
    source "$1"
    COMP_LINE=$2 COMP_POINT=${#2}
    read -ra COMP_WORDS <<<"$(sed "s/[=:]/ & /g" <<<"$2")"
    [[ $2 != *" " ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    "_${3//-/_}" "$3" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf "%s\n" "${COMPREPLY[@]}" | sort' bash "$rc.bash" "$1" "$program"
}

fish_offers () # LINE
{
  skip_unless_command fish
  works env "HOME=$BATS_TEST_TMPDIR/home" fish -c "source $rc.fish; complete -C '$1'"
}

# A program that prints its words, unless it is asked for the containers that there are.
printing_program ()
{
  echo "$program () { case \$* in *list) command $program \"\$@\" ;; *) printf '<%s>' \"\$@\" ;; esac; }"
}

types_in_bash () # LINE
{
  skip_unless_command script
  [ -e "$BASH_COMPLETION" ] || skip "there is no bash-completion"
  {
    cat "$rc.bash"
    printf '%s\n' "PS1=" "bind 'set enable-bracketed-paste off'"
    printing_program
  } >"$rc"
  works script -qec "bash --rcfile $rc -i" /dev/null < <(printf '%b' "$1\nexit\n")
}

types_in_zsh () # LINE
{
  skip_unless_command script
  skip_unless_command zsh
  { cat "$rc.zsh" && printing_program; } >"$BATS_TEST_TMPDIR/home/.zshrc"
  works env "ZDOTDIR=$BATS_TEST_TMPDIR/home" script -qec "zsh -d -i" /dev/null < <(printf '%b' "$1\nexit\n")
}
