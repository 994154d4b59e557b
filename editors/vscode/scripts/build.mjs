// Bundles the extension into dist/, and brings what lies elsewhere in the repository.
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const here = path.dirname(import.meta.dirname);
await build({
  entryPoints: [path.join(here, 'src/extension.ts')],
  outfile: path.join(here, 'dist/extension.js'),
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode'],
});
mkdirSync(path.join(here, 'schemas'), { recursive: true });
copyFileSync(
  path.join(here, '../../schemas/backuplint.schema.json'),
  path.join(here, 'schemas/backuplint.schema.json'),
);
