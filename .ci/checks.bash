# Sourced by run: the checks that are too small for a program of their own.

# For every program that is built with sanitizers.
export ASAN_OPTIONS=detect_stack_use_after_return=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1

formatted() { git ls-files -z -- '*.cpp' '*.h' '*.c' | xargs -0 -r clang-format-14 --dry-run -Werror; }

# Each public header alone, in each language that it is for, by both compilers.
headers_compile() {
  local header language standard compiler good=0 bad=0
  for header in capi/ehlo*.h; do
    for standard in c99 c11 c++17 c++20; do
      language=c
      if [[ $standard == c++* ]]; then language=c++; fi
      for compiler in gcc clang-14; do
        if echo "#include \"${header#capi/}\"" | "$compiler" -x "$language" -std="$standard" -pedantic -Wall -Wextra \
          -Werror -fsyntax-only -Icapi -; then
          good=$((good + 1))
        else
          bad=$((bad + 1))
          echo "$header as $standard, $compiler: FAILED"
        fi
      done
    done
  done
  echo "$good passed, $bad failed"
  ((bad == 0 && good > 0))
}

sanitized_tests() { # variant
  local folder=build-$1 status=0
  tools/build "$1" || return 1
  rm -f "$folder/meson-logs/testlog.json"
  meson test -C "$folder" --print-errorlogs --timeout-multiplier 10 || status=$?
  tools/tally "$folder/meson-logs/testlog.json:$status"
}

sanitized_pytest() { # clients or servers
  local report=build-asan/meson-logs/$1.xml status=0
  tools/build asan examples/sink examples/send examples/load || return 1
  rm -f "$report"
  EHLO_SINK=build-asan/examples/sink EHLO_SEND=build-asan/examples/send PYTHONDONTWRITEBYTECODE=1 \
    /usr/bin/python3 -m pytest "tests/$1" -q -p no:cacheprovider --junitxml="$report" || status=$?
  tools/tally "$report:$status"
}

# Several times: what is decided at the first use is decided once in the life of a process.
threads_under_tsan() {
  local status=0
  tools/build tsan tests/support/threads_test || return 1
  rm -f build-tsan/meson-logs/testlog.json
  meson test -C build-tsan threads_test --no-rebuild --num-processes 1 --repeat 10 --print-errorlogs --timeout-multiplier 10 || status=$?
  tools/tally "build-tsan/meson-logs/testlog.json:$status"
}

# The vectors and the tests of the layers that see octets and sizes, on another machine. Not the properties and the fuzz
# corpora: they show what the library does, not what the machine does to it, and an emulator is slow.
tests_elsewhere() { # variant
  local folder=build-$1 status=0
  local -a names=(syntax_test wire_test extension_test capi_test)
  tools/build "$1" tests/vectors "${names[@]/#/tests/support/}" || return 1
  rm -f "$folder/meson-logs/testlog.json"
  meson test -C "$folder" --no-rebuild vectors "${names[@]}" --print-errorlogs --timeout-multiplier 10 || status=$?
  tools/tally "$folder/meson-logs/testlog.json:$status"
}

# The suite of the C sink, by the server of the Go binding. Not what is about the C programs themselves, nor about the
# trace that only the C sink has.
clients_against_go() {
  local report=build/meson-logs/go-clients.xml status=0
  tools/build release examples/sink examples/send && tools/go-build || return 1
  rm -f "$report"
  EHLO_SINK=build-go/sink PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest tests/clients -q -p no:cacheprovider \
    -k "not send and not load_program and not trace" --junitxml="$report" || status=$?
  tools/tally "$report:$status"
}

endures() { # python or go
  tools/build release examples/load examples/sink || return 1
  if [[ $1 == go ]]; then tools/go-build || return 1; fi
  "tools/endure-$1"
}

harness_lints() {
  tools/python-env &&
    build-python/venv/bin/ruff check --no-cache --line-length 120 --select E,F,W,I,B,UP,ANN,SIM,RUF bench/harness \
      bench/peers tests/bench &&
    build-python/venv/bin/mypy --strict --cache-dir build-python/mypy bench/harness/*.py
}
