// A workspace that is not trusted and names a program of its own as the server.
'use strict';
const support = require('./support.js');
const { appears, assert, at, fs, open, settings, status, vscode } = support;

const restricted = {
  name: 'findings are shown in a workspace that is not trusted, and its program is not run',
  absence: false,
  async work() {
    assert.equal(vscode.workspace.isTrusted, false);
    assert.match(fs.readFileSync(at('.vscode/settings.json').fsPath, 'utf8'), /"backuplint\.path"/);
    assert.equal(settings().get('backuplint.path'), '');
    await appears(await open('lock.json'), 'backup-rg-locked');
    assert.equal((await status()).binary.origin, 'bundled');
    assert(!fs.existsSync(at('it-ran').fsPath));
  },
};

module.exports.run = () => support.runAll([restricted]);
