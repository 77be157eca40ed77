#!/usr/bin/env bash
# SocketCAN against the kernel's own vcan: a Debian kernel in QEMU (no KVM needed), the NativeAOT program of tests/Kernel its payload.
# Fetches the kernel's package once; keeps everything in out/kernel.
set -euo pipefail
cd "$(dirname "$0")/.."
stop() { printf 'test-kernel: %s\n' "$*" >&2; exit 1; }
[[ $(uname -m) == x86_64 ]] || stop "runs on x86_64 only; found $(uname -m)"
scripts/setup.sh --kernel

work=$PWD/out/kernel
modules="can-raw vcan"
programs="candump cansend"
mkdir -p "$work"

package=$(apt-cache depends linux-image-amd64 | awk '/Depends:/ { print $2; exit }')
kernel=${package#linux-image-}
root=$work/$kernel
if [[ ! -e $root/.done ]]; then
  echo "test-kernel: fetching $package"
  rm -rf "$root" "$work/$package"*.deb
  (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root "$package") || stop "cannot fetch $package: is the network there?"
  dpkg-deb -x "$work/$package"*.deb "$root"
  depmod -b "$root" "$kernel"
  rm "$work/$package"*.deb
  touch "$root/.done"
fi

framework=net10.0
[[ -s out/.setup/aot-framework ]] && framework=$(<out/.setup/aot-framework)
dotnet publish tests/Kernel/Edge.KernelTests.csproj -c Release -r linux-x64 -p:EdgeFramework="$framework" -v q -clp:NoSummary
payload=out/dotnet/$framework/publish/Edge.KernelTests/release_linux-x64/edge-kernel-tests

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{bin,proc,sys,dev,tmp,modules}
cp /bin/busybox "$tree/bin/"
cp "$payload" "$tree/bin/"
for program in $programs; do cp "$(command -v "$program")" "$tree/bin/"; done
for file in "$tree"/bin/*; do
  for library in $(ldd "$file" 2>/dev/null | grep -oE '/[^ ]+' || true); do
    mkdir -p "$tree$(dirname "$library")"
    cp -L "$library" "$tree$library"
  done
done
for module in $modules; do modprobe -d "$root" -S "$kernel" --show-depends "$module"; done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$tree/modules/order"
while read -r module; do cp "$module" "$tree/modules/"; done <"$tree/modules/order"
sed -i 's#.*/##' "$tree/modules/order"

cat >"$tree/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; mount -t tmpfs t /tmp
while read -r module; do insmod /modules/$module; done </modules/order
for i in 0 1 2 3; do ip link add dev vcan$i type vcan; done
ip link set vcan1 mtu 16 # classic CAN
for i in 0 1 3; do ip link set vcan$i up; done
edge-kernel-tests
echo "exit code $?"
poweroff -f
INIT
chmod +x "$tree/init"
(cd "$tree" && find . | cpio -o -H newc --quiet | zstd -q -1) >"$work/initrd.zst"

echo "test-kernel: Linux $kernel in QEMU"
timeout 300 qemu-system-x86_64 -accel tcg -smp 2 -m 512 -nodefaults -no-user-config -display none -no-reboot -serial stdio \
  -kernel "$root/boot/vmlinuz-$kernel" -initrd "$work/initrd.zst" -append "console=ttyS0 quiet panic=-1" </dev/null | tr -d '\r' | tee "$work/log" || true
grep -q '^exit code 0$' "$work/log" || stop "failed; the log is out/kernel/log"
grep -E '^[0-9]+ passed' "$work/log"
