#!/usr/bin/env bash
# Installs the published controller as the service edge. Repeating it updates the program; the robot file in /etc/edge is kept.
set -euo pipefail

usage="usage: scripts/install.sh [--root DIR]   DIR: install into this folder instead of the machine (nothing is started, no user is made)
                               [--from DIR]   DIR: what 'make publish' left; default out/publish"
say() { printf 'install: %s\n' "$*"; }
stop() { printf 'install: %s\n' "$*" >&2; exit 1; }

root="" from=""
while (($#)); do
  case $1 in
    --root) root=$(realpath -m "${2:?$usage}"); shift 2 ;;
    --from) from=$(realpath -m "${2:?$usage}"); shift 2 ;;
    -h | --help) echo "$usage"; exit ;;
    *) stop "what is $1? $usage" ;;
  esac
done
cd "$(dirname "$0")/.."
from=${from:-out/publish}

[[ -x $from/edge ]] || stop "$from/edge is missing: run 'make publish' first."
if [[ -z $root ]]; then
  ((EUID == 0)) || stop "run this as root: sudo scripts/install.sh"
  command -v systemctl >/dev/null || stop "this machine has no systemd; run $from/edge by hand, or install into a folder with --root."
  ! systemctl is-active --quiet edge || stop "the controller is running: bring the arm to rest with 'sudo systemctl stop edge', then install."
fi

put() { install -D -m "$1" "$2" "$root$3"; } # mode, file, place

say "1/5 program, robot files and models: $root/opt/edge"
rm -rf "$root/opt/edge"
put 755 "$from/edge" /opt/edge/edge
for library in "$from"/*.so; do put 644 "$library" "/opt/edge/${library##*/}"; done
for file in "$from"/robots/*.json; do put 644 "$file" "/opt/edge/robots/${file##*/}"; done
for package in planner policy; do
  (cd "models/$package" && find . -type f -printf '%P\0') | while IFS= read -r -d '' file; do put 644 "models/$package/$file" "/opt/edge/models/$package/$file"; done
done
put 644 README.md /opt/edge/README.md
install -d "$root/usr/local/bin"
ln -sfn /opt/edge/edge "$root/usr/local/bin/edge"

robot=/etc/edge/robot.json
if [[ -e $root$robot ]]; then
  say "2/5 robot file: $root$robot is kept"
else
  say "2/5 robot file: $root$robot, to be made yours"
  put 644 "$from/robots/xarm6-damiao.json" $robot
fi
put 644 "$from/robots/robot.schema.json" /etc/edge/robot.schema.json

say "3/5 service, user, folders, device rules, limits: $root/etc"
for unit in edge.service edge-can@.service edge-slcan@.service; do put 644 "systemd/$unit" "/etc/systemd/system/$unit"; done
put 644 systemd/edge.sysusers /etc/sysusers.d/edge.conf
put 644 systemd/edge.tmpfiles /etc/tmpfiles.d/edge.conf
put 644 systemd/edge.limits /etc/security/limits.d/edge.conf
put 644 systemd/70-edge.rules /etc/udev/rules.d/70-edge.rules

if [[ -n $root ]]; then
  say "4/5 user and folders: left out, this is not the machine"
  say "5/5 systemd and udev: left out, this is not the machine"
  exit
fi

say "4/5 user edge, /var/lib/edge and /var/cache/edge"
systemd-sysusers /etc/sysusers.d/edge.conf
systemd-tmpfiles --create /etc/tmpfiles.d/edge.conf
say "5/5 systemd and udev read their files anew"
systemctl daemon-reload
if command -v udevadm >/dev/null; then
  udevadm control --reload
  udevadm trigger --subsystem-match=tty --subsystem-match=misc --action=change
fi
say "done. Next: edit $robot, then 'sudo -u edge edge check', then 'sudo systemctl enable --now edge' (it starts disarmed)."
