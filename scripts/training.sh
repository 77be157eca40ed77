# To be sourced: what the training scripts share.
scripts/setup.sh --training
export PYTHONPATH=models/training
python=/usr/bin/python3 # Debian's, which has Debian's torch
tcmalloc=$(ldconfig -p | awk '/libtcmalloc_minimal.so.4/ { print $NF; exit }')

# A training step frees and takes the same large tensors again. glibc gives them back to the kernel, and clearing their pages anew is most of the step (policy: 0.9 s, with
# this 0.2 s). tcmalloc told to give nothing back joins what is free, so that sizes that differ from step to step fill 2 to 4 GB a process; jemalloc came to fill 24 GB.
train() {
  LD_PRELOAD=$tcmalloc TCMALLOC_RELEASE_RATE=0 $python -m "$@"
}

need() { # file, command that makes it
  [[ -e $1 ]] || { echo "$(basename "$0" .sh): $1 is missing: run '$2' first" >&2; exit 1; }
}
