# Sourced by run: counts, times and names the checks. The last line of all is "N passed, N failed".

passed=0
failed=0
logs=$(mktemp -d)
table=()
finish() {
  rm -rf "$logs"
  if ((${#table[@]} > 0)); then
    printf '\n== what was checked\n'
    printf '%s\n' "${table[@]}"
  fi
  echo "$passed passed, $failed failed"
}
# An exit before the end is a failure: after `set -e` the last line must not report success.
trap 'failed=$((failed + 1)); finish' EXIT

# The names of the checks to run; empty: all.
only=()
selected() { # name
  local name
  if ((${#only[@]} == 0)); then return 0; fi
  for name in "${only[@]}"; do
    if [[ $name == "$1" ]]; then return 0; fi
  done
  return 1
}

# For checks that are too long for each run.
rarely() { # counted or check, and its arguments
  if ((${#only[@]} > 0)); then "$@"; fi
}

# One check is: begin NAME; its commands; end.
started=0 current="" before=(0 0)
begin() {
  current=$1 started=$SECONDS before=("$passed" "$failed")
  printf '\n== %s\n' "$1"
}
end() {
  local line
  line=$(printf '%-12s %6d passed %4d failed %5d s' "$current" "$((passed - before[0]))" "$((failed - before[1]))" \
    "$((SECONDS - started))")
  table+=("$line")
  echo "$line"
}

# After this number of seconds a check is killed with all its child processes, so that others can run. The longest check
# takes half of the time; tools/long allows hours.
CHECK_SECONDS=${CHECK_SECONDS:-1200}

# A subshell, for its traps. The command has a process group of its own, so that all its processes can be killed.
bounded() ( # command
  job="" watch="" status=0
  trap 'kill -KILL -- "-$job"; exit 130' INT TERM
  trap 'kill -KILL -- "-$watch" 2>/dev/null' EXIT
  set -m
  "$@" &
  job=$!
  # Without our output: a reader of it would wait until this process ends too.
  (sleep "$CHECK_SECONDS" && kill -KILL -- "-$job") </dev/null >/dev/null 2>&1 &
  watch=$!
  # wait prints the process that was killed, and the signal.
  wait "$job" || status=$?
  if ((status == 137)); then echo "ended: it took more than $CHECK_SECONDS s, or was killed"; fi
  exit "$status"
)

# Runs a command whose last line is "N passed, N failed", and adds its numbers.
counted() { # name, command
  selected "$1" || return 0
  begin "$1"
  shift
  local status=0 line
  # In a condition -e is off, so a function given here must return its failures itself.
  bounded "$@" 2>&1 | tee "$logs/counted" || status=$?
  line=$(tail -n 1 "$logs/counted")
  if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    if ((status != 0 && BASH_REMATCH[2] == 0)); then failed=$((failed + 1)); fi
  else
    failed=$((failed + 1))
  fi
  end
}

# Runs a command and counts it as one.
check() { # name, command
  selected "$1" || return 0
  begin "$1"
  shift
  if bounded "$@"; then
    passed=$((passed + 1))
    echo "ok"
  else
    failed=$((failed + 1))
    echo "FAILED"
  fi
  end
}
