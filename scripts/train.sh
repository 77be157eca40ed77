#!/usr/bin/env bash
# Trains planner, policy and the flat baseline from out/data/ and writes models/. Restartable: it goes on from the last checkpoint.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/training.sh
for data in out/data/planner out/data/policy out/data/flat; do
  need $data/meta.json "make data"
done
train policy.train --data out/data/policy --out out/train/policy
$python -m choose policy
train planner.train --data out/data/planner --out out/train/planner --processes 2
$python -m choose planner
train policy.train --flat --data out/data/flat --out out/train/flat
$python -m choose flat
