#!/usr/bin/env bash
# Neovim, end to end: opens each fixture, sees the findings, hovers, fixes, sees them gone; uses all that is offered.
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
# A program that has nothing to say, as a server or otherwise.
silent=$here/../../test/silent.py

# What is cloned, with the plugin alone.
mkdir -p "$scratch/clone/editors/neovim"
cp -r "$here"/../{lsp,lua,plugin,doc,README.md} "$scratch/clone/editors/neovim"

# Runs one test in a workspace and a home of its own: nobody's configuration, and no shada, swap or log left behind.
drive() {
  local home=$scratch/home
  rm -rf "$scratch/work" "$home"
  mkdir -p "$scratch/work/deep" "$home/s/nvim"
  cp -r "$here"/fixtures/. "$scratch/work"
  cp "$here/fixtures/disk.json" "$scratch/work/deep/other.json"
  cp "$here/fixtures/lock.json" "$scratch/work/deep/locks.json"
  cp "$here/fixtures/disk.json" "$scratch/work/gone.json"
  printf '# The configuration of the workspace.\n' > "$scratch/work/backuplint.toml"
  printf '{ "name": "x", "version": "1.0.0" }\n' > "$scratch/work/package.json"
  printf '[package]\n' > "$scratch/work/Cargo.toml"
  (
    cd "$scratch/work"
    env E2E_CLONE="$scratch/clone" HOME="$home" XDG_CONFIG_HOME="$home/c" XDG_DATA_HOME="$home/d" XDG_STATE_HOME="$home/s" XDG_CACHE_HOME="$home/k" \
      XDG_CONFIG_DIRS="$home/cd" XDG_DATA_DIRS="$home/dd" \
      timeout 300 "$nvim" --headless --clean -n -i NONE -l "$here/$1.lua"
  )
}

passed=0 failed=0
count() {
  passed=$((passed + $(grep -c '^ok  ' "$1" || true)))
  failed=$((failed + $(grep -c '^FAIL' "$1" || true)))
}

for test in findings features commands workspace; do
  echo "-- $test"
  code=0
  E2E_PROGRAM=$backuplint drive "$test" 2> "$scratch/messages.txt" | tee "$scratch/out.txt" || code=$?
  if [ "$code" != 0 ]; then
    tail -n 20 "$scratch/messages.txt" "$scratch/home/s/nvim/lsp.log" 2> /dev/null || true
    grep -q '^FAIL' "$scratch/out.txt" || echo "FAIL $test ended with $code" | tee -a "$scratch/out.txt"
  fi
  count "$scratch/out.txt"

  # Each part of it must fail with a program that reports nothing.
  E2E_PROGRAM=$silent E2E_PATIENCE_MS=300 drive "$test" > "$scratch/silent.txt" 2> "$scratch/messages.txt" || true
  grep '^==' "$scratch/out.txt" | while read -r part; do
    awk -v part="$part" '/^==/ { here = $0 == part; ran = ran || here } here && /^FAIL/ { fails = 1 }
      END { exit !(ran && (fails || part ~ /\(passes in silence\)$/)) }' "$scratch/silent.txt" ||
      echo "FAIL with a program that reports nothing, this passes: $part"
  done > "$scratch/vain.txt"
  if [ -s "$scratch/vain.txt" ]; then
    cat "$scratch/vain.txt" "$scratch/silent.txt"
  else
    echo "ok   with a program that reports nothing, each part fails as it must" | tee "$scratch/vain.txt"
  fi
  count "$scratch/vain.txt"
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
