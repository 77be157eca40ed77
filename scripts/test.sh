#!/usr/bin/env bash
# Runs every suite. What failed is shown last: a block for each failing test, then their names, then one line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/.."
logs=out/test
mkdir -p $logs
passed=0 failed=0
blocks=$logs/failures.txt
: >$blocks

count() { # suite, passed, failed
  printf 'test: %-28s %4d passed %3d failed\n' "$1" "$2" "$3"
  passed=$((passed + $2)) failed=$((failed + $3))
}

# A suite that dies before its summary counts as one failure: silence is never success.
died() { # suite, log
  { echo "    $1: ended before its summary [FAIL]"; grep -vE '^Ok, passed|^\s*$' "$2" | tail -20 | cut -c1-300 | sed 's/^/      /'; } >>$blocks
  count "$1" 0 1
}

# A block is the line "    NAME [FAIL]" and lines indented further: the message, cut to 12 lines, and the first 3 lines of the stack.
ctest --test-dir out/native/build --output-on-failure >$logs/native.log 2>&1
if summary=$(grep -oE '[0-9]+ tests? failed out of [0-9]+' $logs/native.log); then
  read -r bad total < <(sed -E 's/([0-9]+) tests? failed out of ([0-9]+)/\1 \2/' <<<"$summary")
  count native $((total - bad)) "$bad"
  awk '/^ *[0-9]+\/[0-9]+ Test +#/ { inside = /\*\*\*/; lines = 0; if (inside) print "    native." $4 " [FAIL]"; next }
       /^[0-9]+% tests passed/ { exit }
       inside && NF && ++lines <= 12 { print "      " $0 }' $logs/native.log >>$blocks
else
  died native $logs/native.log
fi

out/dotnet/net10.0/bin/Edge.Tests/release/Edge.Tests -noColor -noLogo "$@" >$logs/dotnet.log 2>&1
if summary=$(grep -E 'Total: [0-9]+, Errors: ' $logs/dotnet.log | tail -1); then
  read -r total errors bad skipped < <(sed -E 's/.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+).*/\1 \2 \3 \4/' <<<"$summary")
  count dotnet $((total - bad - skipped)) $((bad + errors))
  awk '/^    [^ ].* \[FAIL\]$/ { inside = 1; lines = 0; most = 12; print; next }
       !/^      / { inside = 0 }
       inside && /^      Stack Trace:$/ { most = 3; lines = -1 }
       inside && ++lines <= most { print }' $logs/dotnet.log >>$blocks
  ((skipped == 0)) || grep -F '[SKIP]' $logs/dotnet.log
else
  died dotnet $logs/dotnet.log
fi

python=/usr/bin/python3 # Debian's, which has Debian's torch
if $python -c 'import torch' 2>/dev/null; then
  PYTHONPATH=models/training $python -m unittest discover -b -s tests/Training >$logs/training.log 2>&1
  if total=$(grep -oE '^Ran [0-9]+ tests?' $logs/training.log | grep -oE '[0-9]+'); then
    bad=$(grep -cE '^(FAIL|ERROR): ' $logs/training.log)
    count training $((total - bad)) "$bad"
    awk '/^(FAIL|ERROR): / { inside = 1; lines = 0; print "    training." $2 " [FAIL]"; next }
         /^(======|Ran )/ { inside = 0 }
         inside && !/^-----/ && NF && ++lines <= 12 { print "      " $0 }' $logs/training.log >>$blocks
  else
    died training $logs/training.log
  fi
else
  printf 'test: %-28s left out: python3-torch is not installed (scripts/setup.sh --training)\n' training
fi

if ((failed > 0)); then
  cut -c1-300 $blocks
  echo "failed:"
  grep -E '^    [^ ].* \[FAIL\]$' $blocks | sed -E 's/^    (.*) \[FAIL\]$/  \1/' | cut -c1-200
fi
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
