#!/usr/bin/env bash
# Takes away what scripts/install.sh put there. The robot file and what the robot learnt about its tasks stay, unless --purge is given.
set -euo pipefail

usage="usage: scripts/uninstall.sh [--root DIR] [--purge]   --purge: also /etc/edge, /var/lib/edge, /var/cache/edge and the user edge"
say() { printf 'uninstall: %s\n' "$*"; }
stop() { printf 'uninstall: %s\n' "$*" >&2; exit 1; }

root="" purge=false
while (($#)); do
  case $1 in
    --root) root=${2:?$usage}; shift 2 ;;
    --purge) purge=true; shift ;;
    -h | --help) echo "$usage"; exit ;;
    *) stop "what is $1? $usage" ;;
  esac
done

live=false
if [[ -z $root ]]; then
  ((EUID == 0)) || stop "run this as root: sudo scripts/uninstall.sh"
  ! command -v systemctl >/dev/null || live=true
fi

if $live; then
  say "1/3 the service ends: the arm comes to rest, the drives go off"
  for unit in edge.service $(systemctl list-units --all --plain --no-legend 'edge-can@*' 'edge-slcan@*' | awk '{ print $1 }'); do
    systemctl disable --now "$unit" 2>/dev/null || true # it may not be there
  done
else
  say "1/3 service: left out, systemd does not run here"
fi

say "2/3 program, units, rules and limits"
rm -rf "$root/opt/edge"
rm -f "$root"/usr/local/bin/edge "$root"/etc/systemd/system/edge{,-can@,-slcan@}.service \
  "$root"/etc/{sysusers.d,tmpfiles.d,security/limits.d}/edge.conf "$root/etc/udev/rules.d/70-edge.rules"
if $live; then
  systemctl daemon-reload
  ! command -v udevadm >/dev/null || udevadm control --reload
fi

if $purge; then
  say "3/3 robot file, memory, engines and the user edge"
  rm -rf "$root"/etc/edge "$root"/var/lib/edge "$root"/var/cache/edge
  if $live && getent passwd edge >/dev/null; then userdel edge; fi
else
  say "3/3 kept: $root/etc/edge, $root/var/lib/edge, $root/var/cache/edge (--purge takes them too)"
fi
