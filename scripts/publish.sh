#!/usr/bin/env bash
# NativeAOT for net10.0 where its runtime pack restores, else for net9.0: one property, the same projects.
set -euo pipefail
cd "$(dirname "$0")/.."
case $(uname -m) in x86_64) rid=linux-x64 ;; aarch64) rid=linux-arm64 ;; *) echo "publish: no NativeAOT for $(uname -m)" >&2; exit 1 ;; esac

publish() { dotnet publish firmware-host/Edge.csproj -c Release -r "$rid" -p:EdgeFramework="$1" -v q -clp:NoSummary; }

mkdir -p out/.setup
framework=${AOT_FRAMEWORK:-}
if [[ -z $framework ]]; then
  # Remember the answer: a failing restore costs seconds every time.
  if [[ ! -s out/.setup/aot-framework ]]; then
    if dotnet restore firmware-host/Edge.csproj -r "$rid" -p:EdgeFramework=net10.0 -p:PublishAot=true -p:ArtifactsPath="$PWD/out/dotnet/aot-probe" \
         -p:RestorePackagesWithLockFile=false -v q >out/.setup/aot-probe.log 2>&1; then
      echo net10.0 >out/.setup/aot-framework
    else
      echo net9.0 >out/.setup/aot-framework
    fi
  fi
  framework=$(<out/.setup/aot-framework)
  [[ $framework == net10.0 ]] || echo "publish: net10.0's NativeAOT runtime pack cannot be restored here; compiling for $framework"
fi
publish "$framework"
mkdir -p out/publish
published=out/dotnet/$framework/publish/Edge/release_$rid
cp -ru "$published"/. out/publish/
echo "publish: out/publish/edge ($framework, $(stat -c %s out/publish/edge | numfmt --to=iec)B)"
