#!/usr/bin/env bash
# Runs every suite, shows what failed, and closes with one line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/.."
logs=out/test
mkdir -p $logs
passed=0 failed=0

count() { # suite, passed, failed
  printf 'test: %-28s %4d passed %3d failed\n' "$1" "$2" "$3"
  passed=$((passed + $2)) failed=$((failed + $3))
}

# A suite that dies before its summary counts as one failure: silence is never success.
ctest --test-dir out/native/build --output-on-failure >$logs/native.log 2>&1
if summary=$(grep -oE '[0-9]+ tests? failed out of [0-9]+' $logs/native.log); then
  read -r bad total < <(sed -E 's/([0-9]+) tests? failed out of ([0-9]+)/\1 \2/' <<<"$summary")
  count native $((total - bad)) "$bad"
  ((bad == 0)) || cat $logs/native.log
else
  cat $logs/native.log
  count native 0 1
fi

out/dotnet/net10.0/bin/Edge.Tests/release/Edge.Tests -noColor -noLogo "$@" >$logs/dotnet.log 2>&1
if summary=$(grep -E 'Total: [0-9]+, Errors: ' $logs/dotnet.log | tail -1); then
  read -r total errors bad skipped < <(sed -E 's/.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+).*/\1 \2 \3 \4/' <<<"$summary")
  count dotnet $((total - bad - skipped)) $((bad + errors))
  ((bad + errors == 0)) || grep -vE '^\s*$' $logs/dotnet.log | tail -150
  ((skipped == 0)) || grep -F '[SKIP]' $logs/dotnet.log
else
  tail -50 $logs/dotnet.log
  count dotnet 0 1
fi

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
