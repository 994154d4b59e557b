// A folder with JSON of others: the server does not even start, until there is something for it.
'use strict';
const support = require('./support.js');
const { appears, assert, findings, fs, open, serverProcesses, status, until, vscode } = support;

const quiet = {
  name: 'no server runs for JSON of others',
  absence: true,
  async work() {
    for (const file of ['package.json', 'plan.json', 'tsconfig.json']) {
      assert.deepEqual(findings(await open(file)), []);
    }
    // Time for what would happen by itself: the search of the workspace is far quicker.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal((await status()).kind, 'idle');
    assert.deepEqual(serverProcesses(), []);
  },
};

const starts = {
  name: 'the server starts as soon as a document becomes a template',
  absence: false,
  async work() {
    const document = await vscode.workspace.openTextDocument({ language: 'json', content: '{}' });
    await vscode.window.showTextDocument(document);
    assert.equal((await status()).kind, 'idle');
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(0, 0, 0, 2), fs.readFileSync(process.env.TEST_TEMPLATE, 'utf8'));
    assert(await vscode.workspace.applyEdit(edit));
    await appears(document, 'backup-rg-locked');
    await until('it runs', async () => (await status()).kind === 'running');
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  },
};

module.exports.run = () => support.runAll([quiet, starts]);
