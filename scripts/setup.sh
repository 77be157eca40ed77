#!/usr/bin/env bash
# Installs what Edge needs and builds native/. Repeating it is cheap: each step looks first whether it is done.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
stop() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# One line a group, with its reason.
packages=(
  build-essential cmake zlib1g-dev                                                   # native/ and the NativeAOT linker
  libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev libopencv-videoio-dev  # cameras
  libmujoco-dev libegl-dev libegl1 libgl1-mesa-dri                                   # the rig: physics and offscreen rendering
  libmosquitto1 mosquitto mosquitto-clients                                          # MQTT client library; broker and foreign client of demo and tests
  openssl                                                                            # certificates of the TLS tests
  ffmpeg                                                                             # the demo's video, a foreign MJPEG stream in the tests
  systemd                                                                            # systemd-analyze, which the tests ask about the units
)
training_packages=(python3-torch python3-onnx python3-matplotlib libopenblas0-openmp libtcmalloc-minimal4) # models/training; tcmalloc: see scripts/training.sh
bench_packages=(rt-tests stress-ng python3-torch python3-onnx)                        # the benchmark's peers: cyclictest, load, PyTorch
kernel_packages=(qemu-system-x86 busybox-static cpio kmod zstd can-utils)             # make test-kernel: a virtual machine, and a foreign CAN peer
[[ ${1:-} == --bench ]] && packages+=("${bench_packages[@]}")
[[ ${1:-} == --kernel ]] && packages+=("${kernel_packages[@]}")
[[ ${1:-} == --training ]] && packages+=("${training_packages[@]}")
command -v npm >/dev/null || packages+=(nodejs npm)                                   # carries ONNX Runtime

command -v dotnet >/dev/null || stop "the .NET 10 SDK is missing: install it from https://dot.net and run this again."
[[ $(dotnet --version) == 1[0-9].* ]] || stop "found .NET SDK $(dotnet --version), needed 10.0 or newer: see https://dot.net."

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
  command -v apt-get >/dev/null || stop "these packages are missing, and there is no apt-get to install them: ${missing[*]}"
  sudo=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || stop "run this as root once: apt-get install ${missing[*]}"
    sudo=(sudo)
  fi
  say "1/3 installing ${#missing[@]} Debian packages: ${missing[*]}"
  "${sudo[@]}" apt-get update -qq || stop "apt-get update failed: is the network there?"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || stop "apt-get install failed; its message is above."
else
  say "1/3 Debian packages are there"
fi

stamp=node_modules/.edge-$(sha256sum package-lock.json | cut -c1-16)
if [[ ! -e $stamp ]]; then
  say "2/3 fetching ONNX Runtime (npm, about 300 MB)"
  # No install scripts: onnxruntime-node's would fetch GPU libraries from elsewhere.
  ONNXRUNTIME_NODE_INSTALL=skip npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null \
    || stop "npm ci failed: is the network there?"
  touch "$stamp"
else
  say "2/3 npm packages are there"
fi

say "3/3 native libraries"
mkdir -p out/native out/.setup
case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) stop "no ONNX Runtime for $(uname -m): x86_64 and aarch64 are supported." ;; esac
cp -u "node_modules/onnxruntime-node/bin/napi-v6/linux/$arch/libonnxruntime.so.1" out/native/libonnxruntime.so
cmake -S native -B out/native/build -DCMAKE_BUILD_TYPE=Release >out/.setup/cmake.log 2>&1 \
  && cmake --build out/native/build -j"$(nproc)" >>out/.setup/cmake.log 2>&1 || { tail -20 out/.setup/cmake.log >&2; stop "native/ did not build; the log is out/.setup/cmake.log"; }
touch out/.setup/done
say "done"
