# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by scripts/test: runs under which nothing that a child process swallows goes unseen.
# Criterion runs each test in a process of its own and looks at the test's outcome alone, so the
# findings of sanitizers and valgrind are taken from their log files.

# under_sanitizers DIR COMMAND…: fails if the command does or if any log file appears in DIR.  LeakSanitizer
# stops all threads to look, which now and then fails while one of them ends: then it has looked at nothing,
# and is asked again, twice at most.
under_sanitizers() {
  local dir=$1 attempt code
  for attempt in 1 2; do
    code=0
    once_under_sanitizers "$@" || code=$?
    leak_check_failed "$dir" || return "$code"
    echo "LeakSanitizer could not look (attempt $attempt), again: ${2##*/}"
  done
  once_under_sanitizers "$@"
}

# Is that all that the logs say?
leak_check_failed() {
  local file found=1
  for file in "$1"/*; do
    [ -s "$file" ] || continue
    grep -q 'LeakSanitizer has encountered a fatal error' "$file" || return 1
    grep -qE 'ERROR: |runtime error' "$file" && return 1
    found=0
  done
  return "$found"
}

once_under_sanitizers() {
  local dir=$1 code=0
  shift
  mkdir -p "$dir"
  rm -f "$dir"/*
  ASAN_OPTIONS="log_path=$dir/asan:detect_leaks=1:abort_on_error=0:allocator_may_return_null=1:detect_stack_use_after_return=1" \
  UBSAN_OPTIONS="log_path=$dir/ubsan:print_stacktrace=1:halt_on_error=1" \
    "$@" || code=$?
  show_logs "$dir" || code=99
  return "$code"
}

show_logs() {
  local file found=0
  for file in "$1"/*; do
    [ -s "$file" ] || continue
    found=1
    printf -- '--- %s\n' "${file##*/}"
    head -n 40 "$file"
  done
  return "$found"
}

# under_valgrind DIR COMMAND…: the same with memcheck, over all child processes.
under_valgrind() {
  local dir=$1 code=0 file
  shift
  mkdir -p "$dir"
  rm -f "$dir"/*
  G_SLICE=always-malloc G_DEBUG=gc-friendly \
    valgrind --quiet --trace-children=yes --trace-children-skip='/usr/bin/*,/bin/*' --leak-check=full \
    --errors-for-leak-kinds=definite --show-leak-kinds=definite --num-callers=25 \
    --log-file="$dir/valgrind.%p" "$@" || code=$?
  for file in "$dir"/*; do
    # A killed worker writes no summary: any error or lost block counts.
    if grep -qE '(Invalid|uninitialised|definitely lost|Mismatched|overlap|Process terminating)' "$file" 2>/dev/null; then
      code=99
      printf -- '--- %s\n' "${file##*/}"
      head -n 40 "$file"
    fi
  done
  return "$code"
}
