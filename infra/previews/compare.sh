#!/bin/sh
# Compares what three installations would deploy with infra/previews/*.snapshot.json; makes those that are absent.
# `az bicep install` puts the compiler where it is looked for. After a change that is meant: delete the file, run this again.
set -eu
cd "$(dirname "$0")"
bicep=${BICEP:-$HOME/.azure/bin/bicep}
for parameters in *.bicepparam; do
  mode=validate
  [ -f "${parameters%.bicepparam}.snapshot.json" ] || mode=overwrite
  echo "$parameters: $mode"
  "$bicep" snapshot "$parameters" --mode "$mode"
done
