// Packages the extension for one platform, with the program inside.
//
//   node scripts/package.mjs [--target linux-x64] [--binary ../../target/release/backuplint] [--out DIR]
//
// A release job builds the program for each target and runs this once for each:
//
//   while read target triple; do
//     exe=; case $target in win32-*) exe=.exe ;; esac
//     node scripts/package.mjs --target $target --binary ../../target/$triple/release/backuplint$exe
//   done <<END
//   linux-x64     x86_64-unknown-linux-gnu
//   linux-arm64   aarch64-unknown-linux-gnu
//   alpine-x64    x86_64-unknown-linux-musl
//   alpine-arm64  aarch64-unknown-linux-musl
//   darwin-x64    x86_64-apple-darwin
//   darwin-arm64  aarch64-apple-darwin
//   win32-x64     x86_64-pc-windows-msvc
//   win32-arm64   aarch64-pc-windows-msvc
//   END
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';

const here = path.dirname(import.meta.dirname);
const thisPlatform = `${process.platform}-${process.arch}`;
const { values: options } = parseArgs({
  options: {
    target: { type: 'string', default: thisPlatform },
    binary: { type: 'string' },
    out: { type: 'string', default: here },
  },
});
const name = options.target.startsWith('win32-') ? 'backuplint.exe' : 'backuplint';
const binary = path.resolve(options.binary ?? path.join(here, '../../target/release', name));
if (!existsSync(binary)) {
  console.error(`no program at ${binary}: build it, or name it with --binary`);
  process.exit(2);
}

// One program per package, whatever was packaged before.
rmSync(path.join(here, 'bin'), { recursive: true, force: true });
mkdirSync(path.join(here, 'bin'));
copyFileSync(binary, path.join(here, 'bin', name));
chmodSync(path.join(here, 'bin', name), 0o755);

const manifest = JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8'));
const file = path.resolve(options.out, `backuplint-${options.target}-${manifest.version}.vsix`);
const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce');
const args = ['package', '--target', options.target, '--no-dependencies', '--out', file];
if (manifest.repository === undefined) {
  // Without one, there is nothing that the links of the README could lead to.
  args.push('--allow-missing-repository', '--no-rewrite-relative-links');
}
const { status } = spawnSync(process.execPath, [vsce, ...args], { cwd: here, stdio: 'inherit' });
process.exit(status ?? 1);
