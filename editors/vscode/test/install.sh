#!/usr/bin/env bash
# Installs a real VS Code (code-server) and the driver of its browser into a folder, from npm and Debian alone.
#   install.sh DIR
# Nothing is done where it has been done before.
set -euo pipefail
dir=${1:?usage: install.sh DIR}
code_server=4.100.3 # VS Code 1.100.3, the last one for Node 20
playwright=1.65.1

wanted=()
command -v chromium > /dev/null || wanted+=(chromium)
command -v rg > /dev/null || wanted+=(ripgrep)
command -v g++ > /dev/null || wanted+=(g++)
command -v make > /dev/null || wanted+=(make)
command -v python3 > /dev/null || wanted+=(python3)
if [ ${#wanted[@]} -gt 0 ]; then
  echo "installing ${wanted[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" > /dev/null
fi

mark=$dir/installed-$code_server-$playwright
[ ! -f "$mark" ] || exit 0
mkdir -p "$dir"
cd "$dir"
echo "installing code-server $code_server and playwright-core $playwright"
quiet() { "$@" > install.log 2>&1 || { tail -n 30 install.log >&2; exit 1; }; }
export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false

# Without scripts: the postinstall of code-server refuses to run as root and wants headers that nothing here needs.
echo '{ "private": true }' > package.json
quiet npm install --ignore-scripts "code-server@$code_server" "playwright-core@$playwright"
code=$dir/node_modules/code-server/lib/vscode
(cd "$code" && quiet npm install --ignore-scripts --omit=dev)
(cd "$code/extensions" && quiet npm install --ignore-scripts --omit=dev)

# What the scripts would have made, as far as it is needed: the name that VS Code looks for its modules under, the
# search that `workspaceContains:` runs, and the one native module that code-server does not start without.
ln -sfn node_modules "$code/node_modules.asar"
mkdir -p "$code/node_modules/@vscode/ripgrep/bin"
ln -sfn "$(command -v rg)" "$code/node_modules/@vscode/ripgrep/bin/rg"
prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
if [ -f "$prefix/include/node/node.h" ]; then
  export npm_config_nodedir=$prefix # else node-gyp would look for the headers on the network
fi
npm_config_build_from_source=true quiet npm rebuild argon2
touch "$mark"
