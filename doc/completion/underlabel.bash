# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of underlabel for bash.

_underlabel_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_underlabel_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

# First words of the lines that a command of the tool prints.
_underlabel_ids() {
  "${COMP_WORDS[0]}" "$@" 2>/dev/null | while read -r id _; do printf '%s\n' "$id"; done
}

# What follows the option $1; fails if it takes nothing.
_underlabel_value() {
  case $1 in
    -p | --policy) _underlabel_words "$(_underlabel_ids policies)" ;;
    --without) _underlabel_words "rtsp sdp nal params sei shape rtp container tls signature dialogue bitstream packets" ;;
    --fail-on) _underlabel_words "unknown" ;;
    -k | --knowledge)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$cur")
      ;;
    --transport) _underlabel_words "tcp udp" ;;
    --fires | --password-file | -l | --library | --plot | --trust | --html | --sarif | --junit | --csv | --prometheus | --case | -o | --output | --key | --cert | --key-password-file | --tsa-ca | --tsa-trust | --input) _underlabel_files ;;
    -m | --maker) _underlabel_words "$(_underlabel_ids makers)" ;;
    --layers) _underlabel_words "encoder" ;;
    --label | --model | --disguise) COMPREPLY=() ;;
    -c | --claimed | --purpose | --buyer | --acquired | --duration | --timeout | --username | --onvif-url | --jobs | --tsa | --note | --actor) COMPREPLY=() ;;
    *) return 1 ;;
  esac
}

_underlabel() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  # shellcheck disable=SC2034  # looked up by the name of the command
  local inspect="--claimed --policy --purpose --buyer --acquired --without --knowledge --library --trust --no-builtin-trust --deep --no-hash --redact --fail-on --json --jsonl --html --sarif --junit --csv --prometheus --case --no-color --transport --duration --timeout --username --password-file --tls-verify --onvif --onvif-url --jobs --help"
  # shellcheck disable=SC2034
  local verify="--strip --trust --no-builtin-trust --knowledge --hash --redact --json --jsonl --sarif --junit --csv --prometheus --case --no-color --transport --duration --timeout --username --password-file --tls-verify --help"
  # shellcheck disable=SC2034
  local bundle="--output --key --cert --key-password-file --tsa --tsa-ca --with-pictures --claimed --policy --purpose --buyer --acquired --without --knowledge --library --trust --no-builtin-trust --deep --transport --duration --timeout --username --password-file --tls-verify --help"
  # shellcheck disable=SC2034
  local bundle_verify="--trust --tsa-trust --input --json --no-color --help" bundle_custody="--note --actor --key --cert --password-file --help"
  # shellcheck disable=SC2034
  local rules="--knowledge --fires --help" makers="--knowledge --help" policies="--knowledge --help"
  # shellcheck disable=SC2034
  local evaluate="--leave-source-out --layers --pairs --disguise --plot --without --verbose --knowledge --library --help"
  # shellcheck disable=SC2034
  local compare="--json --deep --knowledge --library --help" enroll="--maker --label --model --library --knowledge --help"
  # shellcheck disable=SC2034
  local bundle_verify="--trust --tsa-trust --input --json --no-color --help" bundle_custody="--note --actor --key --cert --password-file --help"
  # shellcheck disable=SC2034
  local bundle="--help" profile="--help" references="--json --knowledge --library --help"
  COMPREPLY=()

  if [ "$COMP_CWORD" -eq 1 ]; then
    _underlabel_words "inspect verify bundle compare rules makers policies enroll profile references evaluate --help --version"
    return
  fi
  if [ "$command" = bundle ]; then
    if [ "$COMP_CWORD" -eq 2 ] && [[ $cur != -* ]]; then
      _underlabel_words "verify custody"
      return
    fi
    case ${COMP_WORDS[2]} in verify | custody) command=bundle_${COMP_WORDS[2]} ;; esac
  fi
  # "--policy=x" comes as three words.
  if [ "$prev" = "=" ]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  elif [ "$cur" = "=" ]; then
    cur=
  fi
  _underlabel_value "$prev" && return
  if [ "$command" = bundle ] && [[ ${COMP_WORDS[2]} =~ ^(verify|custody)$ ]]; then
    command=bundle_${COMP_WORDS[2]}
  fi
  case $command in
    inspect | verify | bundle | bundle_verify | bundle_custody | compare | rules | makers | policies | enroll | profile | references | evaluate)
      if [[ $cur == -* ]]; then
        _underlabel_words "${!command}"
        return
      fi
      ;;
  esac
  case $command in
    inspect | verify | bundle_verify | bundle_custody | compare | enroll | profile | evaluate) _underlabel_files ;;
    bundle)
      _underlabel_files
      [ "$COMP_CWORD" -eq 2 ] && mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "verify custody" -- "$cur")
      ;;
    rules)
      if [ "$COMP_CWORD" -eq 2 ]; then
        _underlabel_words "list show test count"
      elif [[ " ${COMP_WORDS[*]} " == *" show "* ]]; then
        _underlabel_words "$(_underlabel_ids rules list)"
      else
        _underlabel_files
      fi
      ;;
    makers) _underlabel_words "$(_underlabel_ids makers)" ;;
    policies) _underlabel_words "$(_underlabel_ids policies)" ;;
  esac
}

complete -F _underlabel underlabel
