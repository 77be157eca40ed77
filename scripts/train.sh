#!/usr/bin/env bash
# Trains planner, policy and the flat baseline from out/data/ and writes models/. Restartable: it goes on from the last checkpoint.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh --training
export PYTHONPATH=models/training
python=/usr/bin/python3 # Debian's, which has Debian's torch
for data in out/data/planner out/data/policy out/data/flat; do
  [[ -e $data/meta.json ]] || { echo "train: $data is missing: run 'make data' first" >&2; exit 1; }
done
$python -m policy.train --data out/data/policy --out out/train/policy
$python -m choose policy
$python -m planner.train --data out/data/planner --out out/train/planner --processes 2
$python -m choose planner
$python -m policy.train --flat --data out/data/flat --out out/train/flat
$python -m choose flat
