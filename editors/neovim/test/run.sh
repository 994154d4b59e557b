#!/usr/bin/env bash
# Neovim, end to end: opens each fixture, sees the findings, hovers, fixes, sees them gone.
#   NVIM        the nvim binary, 0.11 or newer (default: nvim)
#   BACKUPLINT  the program under test (default: target/debug/backuplint)
# Installs nothing and leaves nothing behind. The last line counts what passed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
nvim=$(command -v "${NVIM:-nvim}") || { echo "no nvim: set NVIM" >&2; exit 2; }
backuplint=$(realpath "${BACKUPLINT:-$here/../../../target/debug/backuplint}")
[ -x "$backuplint" ] || { echo "no backuplint at $backuplint: build it, or set BACKUPLINT" >&2; exit 2; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# A private home: nobody's configuration, and no shada, swap or log left behind.
export HOME=$scratch/home
export XDG_CONFIG_HOME=$HOME/c XDG_DATA_HOME=$HOME/d XDG_STATE_HOME=$HOME/s XDG_CACHE_HOME=$HOME/k
export XDG_CONFIG_DIRS=$HOME/cd XDG_DATA_DIRS=$HOME/dd
mkdir -p "$XDG_STATE_HOME/nvim"

# The fixtures in a workspace of their own.
work() {
  rm -rf "$scratch/work"
  mkdir -p "$scratch/work/deep"
  cp -r "$here"/fixtures/. "$scratch/work"
  cp "$here/fixtures/disk.json" "$scratch/work/deep/other.json"
  printf '# The configuration of the workspace.\n' > "$scratch/work/backuplint.toml"
  printf '{ "name": "x", "version": "1.0.0" }\n' > "$scratch/work/package.json"
  printf '[package]\n' > "$scratch/work/Cargo.toml"
}

drive() {
  work
  (cd "$scratch/work" && "$nvim" --headless --clean -n -i NONE -l "$here/e2e.lua")
}

echo "-- a server that reports nothing"
if E2E_SERVER="[\"$nvim\",\"--clean\",\"-n\",\"-i\",\"NONE\",\"-l\",\"$here/silent.lua\"]" E2E_PATIENCE_MS=1500 \
  drive > "$scratch/silent.txt" 2>&1; then
  cat "$scratch/silent.txt"
  echo "FAIL the tests pass with a server that reports nothing"
  exit 1
fi
grep -q 'the server attaches' "$scratch/silent.txt" || { cat "$scratch/silent.txt"; echo "FAIL it never ran"; exit 1; }
echo "ok   they fail, as they must ($(tail -n 1 "$scratch/silent.txt"))"

echo "-- backuplint"
code=0
E2E_SERVER="[\"$backuplint\",\"lsp\"]" drive || code=$?
if [ "$code" != 0 ] && [ -s "$XDG_STATE_HOME/nvim/lsp.log" ]; then
  tail -n 20 "$XDG_STATE_HOME/nvim/lsp.log"
fi
exit "$code"
