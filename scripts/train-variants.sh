#!/usr/bin/env bash
# Trains the policies that the benchmark's item `steps` compares with the shipped one: a diffusion policy (for DDIM and DPM-Solver++), and a student of the
# shipped flow policy that needs one or two steps. Restartable: it goes on from the last checkpoint. About an hour on one core.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh --training
export PYTHONPATH=models/training
python=/usr/bin/python3 # Debian's, which has Debian's torch
data=out/data/policy teacher=out/train/policy
[[ -e $data/meta.json ]] || { echo "train-variants: $data is missing: run 'make data' first" >&2; exit 1; }
[[ -e $teacher/checkpoint.pt ]] || { echo "train-variants: $teacher has no checkpoint: run 'make train' first" >&2; exit 1; }
$python -m policy.train --data $data --out out/train/policy-ddpm --objective ddpm --prediction v
$python -m policy.export --data $data --checkpoint out/train/policy-ddpm --package models/variants/policy-ddpm --solver dpm-solver++ --solver-steps 8
$python -m policy.distil --data $data --teacher $teacher --out out/train/policy-fast
$python -m policy.export --data $data --checkpoint out/train/policy-fast --package models/variants/policy-fast --solver-steps 1
