#!/usr/bin/env bash
# Draws icon.png, which the Marketplace wants, from icon.svg.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
chromium --headless --no-sandbox --disable-gpu --user-data-dir="$profile" --hide-scrollbars --window-size=256,256 \
  --default-background-color=00000000 --screenshot="$PWD/icon.png" "file://$PWD/icon.svg"
