#!/usr/bin/env bash
# Every figure of the README's evaluation tables: each level learned or by the oracle, the flat baseline, no memory, unseen things and words, disturbances.
# About four hours on two cores; goes on where it was cut off. 'out/bin/edge-hil eval --readme' then puts the tables into the README.
set -euo pipefail
cd "$(dirname "$0")/.."
five=pick,place,touch,simple_manipulation,swap
remembering=follow_order,follow_order_restore,rearrange_restore,rotate_restore,swap,swap_push,swap_rotate

run() {
  echo "eval: $*"
  out/bin/edge-hil eval --out out/eval --films 1 "$@"
}

run --tasks all --memory on
run --tasks all --memory on --planner vlm --policy oracle
run --tasks all --memory on --planner oracle --policy diffusion
run --tasks all --memory on --planner oracle --policy oracle
run --tasks $remembering --memory off
run --tasks all --policy flat
for disturbance in camera light moved dropped; do
  run --tasks $five --memory on --disturb $disturbance
done
run --tasks all --memory on --split test --episodes 20
run --tasks all --memory on --split test --episodes 20 --planner vlm --policy oracle
run --tasks all --memory on --split test --episodes 20 --planner oracle --policy diffusion
run --tasks pick --memory on # nothing left to run: all that lies there goes into result.json and report.html
