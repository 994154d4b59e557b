#!/usr/bin/env bash
# Emacs with eglot, end to end, with what the README says.
#   EMACS       the emacs binary, 28 or newer, with eglot (default: emacs; Debian: emacs-nox elpa-eglot)
#   BACKUPLINT  the program under test (default: target/debug/backuplint)
# Installs nothing and leaves nothing behind. The last line counts what passed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
emacs=$(command -v "${EMACS:-emacs}") || { echo "no emacs: set EMACS" >&2; exit 2; }
backuplint=$(realpath "${BACKUPLINT:-$here/../../../target/debug/backuplint}")
[ -x "$backuplint" ] || { echo "no backuplint at $backuplint: build it, or set BACKUPLINT" >&2; exit 2; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Runs the test with a program as `backuplint`, in a workspace and a home of its own.
drive() {
  rm -rf "$scratch"/{work,home,bin}
  mkdir -p "$scratch"/{work,home,bin}
  cp "$here"/../../neovim/test/fixtures/{disk,estate}.json "$scratch/work"
  touch "$scratch/work/backuplint.toml"
  ln -s "$1" "$scratch/bin/backuplint"
  (
    cd "$scratch/work"
    env HOME="$scratch/home" PATH="$scratch/bin:$PATH" E2E_README="$here/../README.md" \
      timeout 300 "$emacs" --batch -q -l "$here/eglot.el"
  )
}

echo "-- a program that reports nothing"
vain=0
E2E_PATIENCE_S=1 drive "$here/../../test/silent.py" > "$scratch/silent.txt" 2>&1 && vain=1
grep -q '^ok   the server attaches' "$scratch/silent.txt" && grep -q '^FAIL the finding is shown' "$scratch/silent.txt" || vain=1
if [ "$vain" = 0 ]; then
  echo "ok   the test fails, as it must ($(tail -n 1 "$scratch/silent.txt"))"
else
  cat "$scratch/silent.txt"
  echo "FAIL the test does not fail as it must"
fi

echo "-- backuplint"
code=0
drive "$backuplint" 2> "$scratch/messages.txt" | tee "$scratch/out.txt" || code=$?
[ "$code" = 0 ] || tail -n 20 "$scratch/messages.txt"
[ "$code" = 0 ] || grep -q '^FAIL' "$scratch/out.txt" || echo "FAIL it ended with $code" | tee -a "$scratch/out.txt"

passed=$(($(grep -c '^ok  ' "$scratch/out.txt" || true) + 1 - vain))
failed=$(($(grep -c '^FAIL' "$scratch/out.txt" || true) + vain))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
