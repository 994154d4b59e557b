// Drives a real VS Code through all tests: those inside the extension host, and what a person sees and clicks on.
//
//   node drive.mjs --install DIR --vsix FILE [--must-fail] [--shots DIR] [first|estate|foreign|untrusted|clicks]...
//
// With --must-fail the server in the package reports nothing, and every test must notice, but for those that assert
// that nothing is there.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { clicks, firstFinding } from './clicks.mjs';
import { Editor, sleep, startBrowser } from './editor.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    install: { type: 'string' },
    vsix: { type: 'string' },
    shots: { type: 'string' },
    'must-fail': { type: 'boolean', default: false },
  },
});
const mustFail = options['must-fail'];
const here = import.meta.dirname;
const fixtures = path.join(here, 'fixtures');
const template = path.join(fixtures, 'estate/lock.json');
/** How long a condition may take to come true. */
const patience = Number(process.env.TEST_PATIENCE ?? (mustFail ? 700 : 15_000));
/** How long all tests of one extension host may take. */
const LONGEST = 150_000;

const began = Date.now();
let passed = 0;
let failed = 0;

/** Tells how a test went: with a silent server, it went well if it failed. */
function tell({ name, absence, failure }) {
  const noticed = failure !== undefined;
  const well = mustFail && !absence ? noticed : !noticed;
  well ? passed++ : failed++;
  const what = mustFail ? `${noticed ? 'noticed' : 'passes '} ${name}` : name;
  console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s ${well ? 'ok  ' : 'FAIL'} ${what}`);
  if (!well && noticed) {
    console.log(`             ${failure.split('\n').slice(0, 8).join('\n             ')}`);
  }
}

const browser = await startBrowser(options.install);

/** Runs something in an editor of its own. */
async function inEditor(start, work) {
  const editor = await Editor.start({ install: options.install, browser, vsix: options.vsix, ...start });
  try {
    await work(editor);
  } finally {
    await editor.stop();
  }
}

/** Runs a file of tests inside the extension host. */
async function inHost(file, start) {
  const results = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'backuplint-results-')), 'results');
  fs.writeFileSync(results, '');
  const env = {
    TEST_RESULTS: results,
    TEST_PATIENCE: String(patience),
    TEST_TEMPLATE: template,
  };
  await inEditor({ ...start, env }, async (editor) => {
    const { ended } = await editor.open({ tests: path.join(here, 'host', file) });
    let told = 0;
    const tellNews = () => {
      const lines = fs.readFileSync(results, 'utf8').split('\n').slice(0, -1);
      lines.slice(told).forEach((line) => tell(JSON.parse(line)));
      told = lines.length;
    };
    const news = setInterval(tellNews, 200);
    const code = await Promise.race([ended, sleep(LONGEST)]);
    clearInterval(news);
    tellNews();
    if (code !== 0) {
      failed++;
      console.log(`FAIL the tests of ${file} did not end as they should (${code ?? 'out of time'})`);
    }
  });
  fs.rmSync(path.dirname(results), { recursive: true });
}

/** The tests, by the name of their part. */
const parts = {
  async first() {
    console.log('== a fresh VS Code, no setting touched');
    const start = { folder: path.join(fixtures, 'foreign'), settings: null };
    await inEditor(start, (editor) => firstFinding(editor, { tell, patience, template }));
  },

  async estate() {
    console.log('== inside the extension host, every feature');
    await inHost('estate.js', { folder: path.join(fixtures, 'estate') });
  },

  async foreign() {
    console.log('== inside the extension host, with JSON of others only');
    await inHost('foreign.js', { folder: path.join(fixtures, 'foreign') });
  },

  async untrusted() {
    console.log('== inside the extension host, in a workspace that is not trusted');
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'backuplint-untrusted-'));
    fs.cpSync(path.join(fixtures, 'estate'), folder, { recursive: true });
    const program = path.join(folder, 'program');
    fs.writeFileSync(program, `#!/bin/sh\ntouch ${path.join(folder, 'it-ran')}\n`, { mode: 0o755 });
    fs.mkdirSync(path.join(folder, '.vscode'));
    fs.writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify({ 'backuplint.path': program }));
    await inHost('untrusted.js', { folder, trust: true });
    fs.rmSync(folder, { recursive: true });
  },

  async clicks() {
    console.log('== what a person sees');
    const start = { folder: path.join(fixtures, 'estate') };
    await inEditor(start, (editor) => clicks(editor, { tell, patience, template, shots: options.shots }));
  },
};
for (const part of positionals.length > 0 ? positionals : Object.keys(parts)) {
  await parts[part]();
}

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
