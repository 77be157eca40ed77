#!/usr/bin/env bash
# Trains the policies that the benchmark's item `steps` compares with the shipped one: a diffusion policy (for DDIM and DPM-Solver++), and a student of the
# shipped flow policy that needs one or two steps. Restartable: it goes on from the last checkpoint. About an hour on one core.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/training.sh
data=out/data/policy teacher=out/train/policy
need $data/meta.json "make data"
need $teacher/checkpoint.pt "make train"
train policy.train --data $data --out out/train/policy-ddpm --objective ddpm --prediction v
$python -m policy.export --data $data --checkpoint out/train/policy-ddpm --package models/variants/policy-ddpm --solver dpm-solver++ --solver-steps 8
train policy.distil --data $data --teacher $teacher --out out/train/policy-fast
$python -m policy.export --data $data --checkpoint out/train/policy-fast --package models/variants/policy-fast --solver-steps 1
