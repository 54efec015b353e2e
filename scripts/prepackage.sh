#!/bin/sh
# azd, before it packs: builds build/package, which is what gets deployed.
set -eu
cd "$(dirname "$0")/.."
exec "${PYTHON:-python3}" scripts/build_package.py
