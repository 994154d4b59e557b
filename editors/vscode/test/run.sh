#!/usr/bin/env bash
# VS Code, end to end: builds the package, installs it into a real VS Code, and goes through every feature.
#   run.sh            all tests with the program under test
#   run.sh mustfail   the same tests with a server that reports nothing: each must notice
#   BACKUPLINT    the program under test (default: target/release/backuplint)
#   EDITORS_HOME  where VS Code is installed and stays (default: a folder in the temporary one)
#   SHOTS         where the pictures go (default: nowhere); UPDATE_SHOTS=1 puts them into images/
# Debian packages that are missing are installed. The last line counts what passed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/..
mode=${1:-pass}
backuplint=$(realpath -m "${BACKUPLINT:-$root/../../target/release/backuplint}")
install=${EDITORS_HOME:-${TMPDIR:-/tmp}/backuplint-editors}/vscode
shots=${SHOTS:-}
[ -z "${UPDATE_SHOTS:-}" ] || shots=$root/images

"$here/install.sh" "$install"
cd "$root"
[ -d node_modules ] && [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts > /dev/null
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

case $mode in
  pass)
    [ -x "$backuplint" ] || { echo "no backuplint at $backuplint: build it, or set BACKUPLINT" >&2; exit 2; }
    npm run --silent check
    node scripts/package.mjs --binary "$backuplint" --out "$scratch" > "$scratch/log" || { cat "$scratch/log"; exit 1; }
    node "$here/drive.mjs" --install "$install" --vsix "$scratch"/*.vsix ${shots:+--shots "$shots"}
    ;;
  mustfail)
    node scripts/package.mjs --binary "$here/silent.mjs" --out "$scratch" > "$scratch/log" || { cat "$scratch/log"; exit 1; }
    node "$here/drive.mjs" --install "$install" --vsix "$scratch"/*.vsix --must-fail
    ;;
  *)
    echo "run.sh [mustfail]" >&2
    exit 2
    ;;
esac
