// What the tests inside the extension host share: looking, waiting, and telling how it went.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const vscode = require('vscode');

/** How long a condition may take to come true; reached only when something is wrong. */
const PATIENCE = Number(process.env.TEST_PATIENCE ?? 15_000);

const folder = () => vscode.workspace.workspaceFolders[0].uri;
const at = (name) => vscode.Uri.joinPath(folder(), name);
const api = () => vscode.extensions.getExtension('backuplint.backuplint').activate();
const status = async () => (await api()).status();
const settings = () => vscode.workspace.getConfiguration();

/** Waits until what is asked for is there, and gives it. */
async function until(what, look) {
  for (const end = Date.now() + PATIENCE; ; await new Promise((resolve) => setTimeout(resolve, 25))) {
    const seen = await look();
    if (seen) {
      return seen;
    }
    assert(Date.now() < end, `waited in vain: ${what}`);
  }
}

/** Opens a file in an editor. Its document lives as long as the editor; `openTextDocument` would hold on to it. */
async function open(name) {
  await run('vscode.open', at(name), { preview: false });
  return vscode.window.activeTextEditor.document;
}

/** Everything that is ours at an address, or only what a rule says. */
function findings(where, rule) {
  const ours = vscode.languages.getDiagnostics(where.uri ?? where).filter(({ source }) => source === 'backuplint');
  return rule === undefined ? ours : ours.filter((diagnostic) => ruleOf(diagnostic) === rule);
}

const ruleOf = ({ code }) => code?.value ?? code;

const appears = (where, rule) => until(`${rule} appears`, () => findings(where, rule)[0]);
const goes = (where, rule) => until(`${rule} goes`, () => findings(where, rule).length === 0);

/** The range of a piece of the text that stands there once; or of the part between « and », where it has one. */
function rangeOf(document, piece) {
  const [before, text, after = ''] = piece.includes('«') ? piece.split(/[«»]/) : ['', piece];
  const whole = before + text + after;
  const all = document.getText();
  const start = all.indexOf(whole);
  assert(start >= 0 && all.indexOf(whole, start + 1) < 0, `${whole} is in the document, and once`);
  const from = start + before.length;
  return new vscode.Range(document.positionAt(from), document.positionAt(from + text.length));
}

/** A position in a piece of the text. */
const inside = (document, piece) => rangeOf(document, piece).start.translate(0, 1);

async function replace(document, range, text) {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, range, text);
  assert(await vscode.workspace.applyEdit(edit));
}

/** Does something with a document, and puts it back as it was on the disk. */
async function thenRevert(document, work) {
  const before = fs.readFileSync(document.uri.fsPath);
  try {
    return await work();
  } finally {
    fs.writeFileSync(document.uri.fsPath, before);
    // The editor that is reverted is the active one, which on a busy machine is not this one at once.
    await until('the text of before', async () => {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('workbench.action.files.revert');
      return document.getText() === before.toString();
    });
  }
}

/** Does something under a setting of the workspace. */
async function under(name, value, work) {
  await settings().update(name, value, vscode.ConfigurationTarget.Workspace);
  try {
    return await work();
  } finally {
    await settings().update(name, undefined, vscode.ConfigurationTarget.Workspace);
  }
}

const run = (command, ...args) => vscode.commands.executeCommand(command, ...args);

async function hover(document, position) {
  const all = await run('vscode.executeHoverProvider', document.uri, position);
  return all.flatMap(({ contents }) => contents.map((content) => content.value ?? content)).join('\n');
}

/** Code actions as an editor asks for them; so many of them are resolved. */
const actions = (document, range, kind, resolved = 20) =>
  run('vscode.executeCodeActionProvider', document.uri, range, kind, resolved);

/** The process ids of the servers that this extension host runs. */
function serverProcesses() {
  const read = (id, file) => {
    try {
      return fs.readFileSync(`/proc/${id}/${file}`, 'utf8');
    } catch {
      return ''; // It has just ended.
    }
  };
  const isServer = (id) =>
    read(id, 'cmdline').endsWith('\0lsp\0') && read(id, 'status').includes(`\nPPid:\t${process.pid}\n`);
  return fs.readdirSync('/proc').filter(isServer).map(Number);
}

/**
 * Runs all tests and writes how each went into a file, one line of JSON each.
 *
 * A test that is made with `absence` passes with a server that reports nothing; every other one must fail with it.
 */
async function runAll(tests) {
  for (const { name, absence, work } of tests) {
    let failure;
    try {
      await work();
    } catch (error) {
      failure = String(error?.stack ?? error);
    }
    await run('workbench.action.closeAllEditors');
    fs.appendFileSync(process.env.TEST_RESULTS, `${JSON.stringify({ name, absence, failure })}\n`);
  }
}

module.exports = {
  ...{ actions, api, appears, assert, at, findings, folder, fs, goes, hover, inside, open, rangeOf, replace, ruleOf },
  ...{ run, runAll, serverProcesses, settings, status, thenRevert, under, until, vscode },
};
