# Sourced by run: the checks that are too small for a program of their own.

# For every program that is built with sanitizers.
export ASAN_OPTIONS=detect_stack_use_after_return=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1

formatted() { git ls-files -z -- '*.cpp' '*.h' '*.c' | xargs -0 -r clang-format-14 --dry-run -Werror; }

# The shared library alone, quietly where all is well.
library_built() {
  local target
  tools/build release build.ninja >"$logs/build" 2>&1 &&
    target=$(ninja -C build -t targets all | sed -n 's/^\(libehlo\.so\.[0-9.]*\): .*LINKER$/\1/p') &&
    tools/build release "$target" >>"$logs/build" 2>&1 && return
  cat "$logs/build"
  return 1
}

needs_libc_alone() {
  local needed
  library_built || return 1
  needed=$(readelf -d build/libehlo.so | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p') || return 1
  echo "needs: ${needed:-nothing}"
  [[ $needed == libc.so.6 ]]
}

exports_the_listed_symbols() {
  library_built || return 1
  diff <(LC_ALL=C sort capi/symbols.txt) \
    <(nm -D --defined-only build/libehlo.so | awk '{print $NF}' | sed 's/@.*//' | LC_ALL=C sort)
}

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
  tools/build asan examples/sink examples/send || return 1
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
  meson test -C build-tsan threads_test --no-rebuild --repeat 10 --print-errorlogs --timeout-multiplier 10 || status=$?
  tools/tally "build-tsan/meson-logs/testlog.json:$status"
}

# The vectors and the tests of the layers that see octets and sizes, on another machine. Not the laws and the fuzz
# corpora: they show what the library does, not what the machine does to it, and an emulator is slow.
tests_elsewhere() { # variant
  local folder=build-$1 status=0
  local -a names=(syntax_test wire_test extension_test capi_test)
  tools/build "$1" tests/vectors "${names[@]/#/tests/support/}" || return 1
  rm -f "$folder/meson-logs/testlog.json"
  meson test -C "$folder" --no-rebuild vectors "${names[@]}" --print-errorlogs --timeout-multiplier 10 || status=$?
  tools/tally "$folder/meson-logs/testlog.json:$status"
}

fuzz_one() { # path of the target
  local name status=0
  name=$(basename "$1")
  mkdir -p "$logs/corpus/$name"
  # New inputs go to the first folder, the second is only read.
  "$1" -max_total_time="${FUZZ_SECONDS:-60}" -timeout=20 -rss_limit_mb=2048 -dict=fuzz/smtp.dict -print_final_stats=1 \
    -verbosity=0 -artifact_prefix="build-fuzz/$name-" "$logs/corpus/$name" "fuzz/corpus/${name#fuzz_}" \
    >"$logs/$name.log" 2>&1 || status=$?
  if ((status == 0)); then
    echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$logs/$name.log") runs, nothing found"
  else
    cat "$logs/$name.log"
    echo "$name: FAILED"
    return 1
  fi
}

fuzz_smoke() {
  local target targets=() waiting=() bad=0 pid
  tools/build fuzz || return 1
  for target in build-fuzz/fuzz/fuzz_*; do
    if [[ -f $target && -x $target ]]; then targets+=("$target"); fi
  done
  if ((${#targets[@]} == 0)); then
    echo "no fuzz target was built"
    echo "0 passed, 1 failed"
    return 1
  fi
  for target in "${targets[@]}"; do
    if ((${#waiting[@]} == $(nproc))); then
      wait "${waiting[0]}" || bad=$((bad + 1))
      waiting=("${waiting[@]:1}")
    fi
    fuzz_one "$target" &
    waiting+=("$!")
  done
  for pid in "${waiting[@]}"; do wait "$pid" || bad=$((bad + 1)); done
  echo "$((${#targets[@]} - bad)) passed, $bad failed"
  ((bad == 0))
}
