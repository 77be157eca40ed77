# To be sourced: what the training scripts share.
scripts/setup.sh --training
export PYTHONPATH=models/training
python=/usr/bin/python3 # Debian's, which has Debian's torch
jemalloc=$(ldconfig -p | awk '/libjemalloc.so.2/ { print $NF; exit }')

# A training step frees and takes the same large tensors again. glibc gives them back to the kernel, and clearing their pages anew is half of the step; jemalloc keeps them
# for ten seconds. For ever would be too long: sizes differ from step to step, and two processes came to fill 24 GB.
train() {
  LD_PRELOAD=$jemalloc MALLOC_CONF=dirty_decay_ms:10000,muzzy_decay_ms:10000 $python -m "$@"
}

need() { # file, command that makes it
  [[ -e $1 ]] || { echo "$(basename "$0" .sh): $1 is missing: run '$2' first" >&2; exit 1; }
}
