// Every feature, in a workspace with templates and a plan.
'use strict';
const support = require('./support.js');
const { actions, appears, assert, at, findings, fs, goes, hover, inside, open, rangeOf, replace, run } = support;
const { ruleOf, serverProcesses, status, thenRevert, under, until, vscode } = support;

const { Error, Warning, Hint } = vscode.DiagnosticSeverity;
const tests = [];
const test = (name, work) => tests.push({ name, absence: false, work });
const absence = (name, work) => tests.push({ name, absence: true, work });

const LOCK = 'backup-rg-locked';
const DISK = 'disk-size-over-backup-limit';
const COUNT = 'instant-rp-count-over-limit';
const SEVERAL = 'standard-policy-multiple-backups-per-day';
const GUEST = 'guest-static-ip';

// ---- Findings

const script = String.raw`base64('#cloud-config\nwrite_files:\n  - path: /etc/netplan/90-front.yaml\n    content: |\n      network:\n        version: 2\n        ethernets:\n          eth0:\n            dhcp4: no\n            addresses: [10.4.0.20/24]\nruncmd:\n  - netplan apply\n')`;
const times = '["2026-01-01T00:00:00Z", "2026-01-01T06:00:00Z", "2026-01-01T12:00:00Z", "2026-01-01T18:00:00Z"]';

for (const [file, rule, severity, text] of [
  ['lock.json', LOCK, Error, '"CanNotDelete"'],
  ['disk.json', DISK, Warning, '6000'],
  ['protection.json', COUNT, Error, '"instantRpRetentionRangeInDays": «5»'],
  ['protection.json', SEVERAL, Error, times],
  ['address.json', GUEST, Warning, script],
  ['infra/plan.json', LOCK, Error, '"values":{"lock_level":«"CanNotDelete"»'],
]) {
  test(`${file}: ${rule} is reported where it is wrong, once`, async () => {
    const document = await open(file);
    const found = await appears(document, rule);
    assert.deepEqual([found.severity, found.range], [severity, rangeOf(document, text)]);
    assert.equal(findings(document, rule).length, 1);
  });
}

test('no finding is shown twice, not after edits either', async () => {
  const document = await open('protection.json');
  await appears(document, COUNT);
  await thenRevert(document, async () => {
    await replace(document, rangeOf(document, '"instantRpRetentionRangeInDays": «5»'), '4');
    await goes(document, COUNT);
    await replace(document, rangeOf(document, '"instantRpRetentionRangeInDays": «4»'), '5');
    await appears(document, COUNT);
    assert.deepEqual(findings(document).map(ruleOf).sort(), [COUNT, SEVERAL]);
  });
});

test('a finding leads to the page of its rule and to what it has to do with', async () => {
  const document = await open('lock.json');
  const { code, relatedInformation } = await appears(document, LOCK);
  assert.match(String(code.target), /^https:/);
  const [related] = relatedInformation.map(({ location }) => location);
  assert.equal(related.uri.toString(), document.uri.toString());
  assert.deepEqual(related.range, rangeOf(document, '"AzureBackupRG_northeurope_1"'));
});

test('a finding goes as soon as its cause is typed away', async () => {
  const document = await open('disk.json');
  await appears(document, DISK);
  await thenRevert(document, async () => {
    await replace(document, rangeOf(document, '6000'), '4095');
    await goes(document, DISK);
  });
  await appears(document, DISK);
});

test('files that are not open are looked at too', async () => {
  const closed = at('archive/closed.json');
  await appears(closed, DISK);
  assert(!vscode.workspace.textDocuments.some(({ uri }) => uri.toString() === closed.toString()));
});

test('a document that was never saved is looked at', async () => {
  const content = fs.readFileSync(at('lock.json').fsPath, 'utf8');
  const document = await vscode.workspace.openTextDocument({ language: 'json', content });
  await vscode.window.showTextDocument(document);
  await appears(document, LOCK);
  await run('workbench.action.revertAndCloseActiveEditor');
});

test('the files around have their languages, a schema, and findings of their own', async () => {
  for (const [file, language] of [
    ['infra/main.tf', 'terraform'],
    ['infra/main.tfvars', 'terraform-vars'],
    ['infra/main.bicep', 'bicep'],
    ['infra/main.bicepparam', 'bicep-params'],
  ]) {
    assert.equal((await open(file)).languageId, language);
  }
  const manifest = vscode.extensions.getExtension('backuplint.backuplint').packageJSON;
  const schema = vscode.Uri.parse(manifest.contributes.tomlValidation[0].url, true);
  assert.match(fs.readFileSync(schema.fsPath, 'utf8'), /"Configuration of backuplint"/);
  const document = await open('backuplint.toml');
  await thenRevert(document, async () => {
    await replace(document, new vscode.Range(0, 0, 0, 0), 'profile = "tomorrow"\n');
    await until('a finding in the configuration', () => findings(document).length === 1);
  });
});

absence('nothing is said of JSON that is not ours', async () => {
  const document = await open('package.json');
  const position = inside(document, '"AzureBackupRG_northeurope_1"');
  assert.doesNotMatch(await hover(document, position), /backup/i);
  assert.deepEqual(findings(document), []);
  const offered = await actions(document, new vscode.Range(position, position), 'quickfix');
  assert.deepEqual(
    offered.map(({ title }) => title),
    [],
  );
});

// ---- Hover

test('hovering over a finding tells what will happen and what to do', async () => {
  const document = await open('lock.json');
  await appears(document, LOCK);
  const text = await hover(document, inside(document, '"CanNotDelete"'));
  for (const words of [
    /AzureBackupRG_northeurope_1/,
    /UserErrorRpCollectionLimitReached/,
    /https:\/\/learn\.microsoft/,
  ]) {
    assert.match(text, words);
  }
});

test('hovering over a VM tells what Azure Backup will do with it', async () => {
  const document = await open('disk.json');
  await appears(document, DISK);
  assert.match(await hover(document, inside(document, '"archive"')), /VM[^]*archive[^]*6000 GiB/);
});

// ---- Code actions

test('a quick fix removes the finding, and undo brings it back', async () => {
  const document = await open('lock.json');
  const { range } = await appears(document, LOCK);
  const [fix] = (await actions(document, range, 'quickfix')).filter(({ title }) => title.startsWith('Remove the lock'));
  assert(fix?.isPreferred);
  const before = document.getText();
  assert(await vscode.workspace.applyEdit(fix.edit));
  await goes(document, LOCK);
  await run('undo');
  assert.equal(document.getText(), before);
  await appears(document, LOCK);
  await run('workbench.action.files.revert');
});

test('the edits of code actions come when one is chosen', async () => {
  const document = await open('lock.json');
  const { range } = await appears(document, LOCK);
  const remove = ({ title }) => title.startsWith('Remove the lock');
  const listed = (await actions(document, range, 'quickfix', 0)).find(remove);
  const chosen = (await actions(document, range, 'quickfix', 20)).find(remove);
  assert.equal(listed.edit, undefined);
  assert.equal(chosen.edit.size, 1);
});

test('code actions keep to the kind that is asked for', async () => {
  const document = await open('lock.json');
  const { range } = await appears(document, LOCK);
  const kinds = async (kind) => (await actions(document, range, kind)).map((action) => action.kind.value);
  assert((await kinds('quickfix')).length >= 2);
  assert.deepEqual([...new Set(await kinds('quickfix'))], ['quickfix']);
  assert.deepEqual(await kinds('source.fixAll.backuplint'), ['source.fixAll.backuplint']);
  assert.deepEqual(await kinds('source.fixAll'), ['source.fixAll.backuplint']);
  assert.deepEqual(await kinds('source.organizeImports'), []);
  assert.deepEqual(await kinds('refactor'), []);
});

test('what can be fixed without loss is fixed on save', async () => {
  const document = await open('lock.json');
  await appears(document, LOCK);
  await under('editor.codeActionsOnSave', { 'source.fixAll.backuplint': 'explicit' }, () =>
    thenRevert(document, async () => {
      await replace(document, new vscode.Range(0, 1, 0, 1), '\n');
      assert(await document.save());
      assert.doesNotMatch(fs.readFileSync(document.uri.fsPath, 'utf8'), /CanNotDelete/);
    }),
  );
});

test("following today's limits only is written into the configuration", async () => {
  const document = await open('disk.json');
  const { range } = await appears(document, DISK);
  const offered = await actions(document, range, 'quickfix');
  const follow = offered.find(({ title }) => title === "Follow today's limits only");
  const configuration = await open('backuplint.toml');
  await thenRevert(configuration, async () => {
    assert(await vscode.workspace.applyEdit(follow.edit));
    assert.match(configuration.getText(), /profile = "current"/);
    await goes(document, DISK);
  });
});

// ---- What is shown in between

const lenses = async (document) =>
  (await run('vscode.executeCodeLensProvider', document.uri, 20)).map(({ command }) => command?.title ?? '');

test('a lens over a policy and over a protected item counts the restore points', async () => {
  const document = await open('protection.json');
  const titles = await until('two lenses', async () => {
    const all = await lenses(document);
    return all.length >= 2 && all;
  });
  assert.equal(titles.filter((title) => /20 instant restore points/.test(title)).length, 2);
});

test('lenses can be switched off', async () => {
  const document = await open('protection.json');
  await until('lenses', async () => (await lenses(document)).length > 0);
  await under('backuplint.codeLens', false, () => until('no lens', async () => (await lenses(document)).length === 0));
});

const hints = async (document) => {
  const all = new vscode.Range(0, 0, document.lineCount, 0);
  const found = await run('vscode.executeInlayHintProvider', document.uri, all);
  return found.map(({ label }) => (typeof label === 'string' ? label : label.map(({ value }) => value).join('')));
};

absence('there are no inlay hints unless they are switched on', async () => {
  assert.deepEqual(await hints(await open('protection.json')), []);
});

test('inlay hints tell what an expression comes to', async () => {
  const document = await open('protection.json');
  await under('backuplint.inlayHints', true, () =>
    until('a hint', async () => (await hints(document)).some((label) => label.includes('shop-team'))),
  );
});

// ---- Ways through the estate

test('a linked template can be followed', async () => {
  const document = await open('linked.json');
  const target = at('modules/machine.json').toString();
  const link = await until('a link', async () => {
    const links = await run('vscode.executeLinkProvider', document.uri, 20);
    return links.find((link) => link.target?.toString() === target);
  });
  assert.deepEqual(link.range, rangeOf(document, '"«modules/machine.json»"'));
});

test('the outline is the graph of protection', async () => {
  const document = await open('protection.json');
  const symbols = await until('a vault', async () => {
    const all = (await run('vscode.executeDocumentSymbolProvider', document.uri)) ?? [];
    return all.some(({ name, children }) => name.includes('shop-vault') && children.length > 0) && all;
  });
  let level = symbols;
  for (const name of ['shop-vault', 'six-hourly', 'protected item', 'database', 'database-data']) {
    const symbol = level.find((symbol) => symbol.name === name);
    assert(symbol, `${name} among ${level.map(({ name }) => name)}`);
    level = symbol.children;
  }
});

const definitions = async (document, piece) => {
  const found = await run('vscode.executeDefinitionProvider', document.uri, inside(document, piece));
  return found.map((place) => ({ uri: place.targetUri ?? place.uri, range: place.targetRange ?? place.range }));
};

for (const [what, from, to] of [
  ['a protected item its VM', `"sourceResourceId": "[«resourceId»`, '"name": "database",'],
  ['a protected item its policy', `"policyId": "[«resourceId»`, '"name": "shop-vault/six-hourly",'],
  ['a VM its disk', `"managedDisk": { "id": "[«resourceId»`, '"name": "database-data",'],
]) {
  test(`the definition of ${what.replace(' its ', "'s ")} is found`, async () => {
    const document = await open('protection.json');
    const [place] = await until('a definition', async () => {
      const found = await definitions(document, from);
      return found.length > 0 && found;
    });
    assert(place.range.contains(rangeOf(document, to)) || rangeOf(document, to).contains(place.range));
  });
}

test('the references to a VM are found', async () => {
  const document = await open('protection.json');
  const item = rangeOf(
    document,
    `"sourceResourceId": "«[resourceId('Microsoft.Compute/virtualMachines', 'database')]»"`,
  );
  await until('the protected item', async () => {
    const at = inside(document, '"name": «"database"»,');
    const found = await run('vscode.executeReferenceProvider', document.uri, at);
    return found.some(({ range }) => item.intersection(range));
  });
});

// ---- Status, commands, settings

test('the status tells the version, the profile and the counts', async () => {
  const document = await open('disk.json');
  await appears(document, DISK);
  const before = await until('a report', async () => {
    const seen = await status();
    return seen.report?.findings.error === 4 && seen;
  });
  assert.match(before.report.version, /^\d+\.\d+\.\d+$/);
  assert.deepEqual([before.kind, before.binary.origin, before.busy], ['running', 'bundled', false]);
  assert.match(before.text, /^4 errors, 3 warnings/);
  await until('as many findings in the editor', () => {
    const all = vscode.languages.getDiagnostics().flatMap(([uri]) => findings(uri));
    return all.filter(({ severity }) => severity === Error).length === 4 && all.length === 7;
  });
  assert.match(before.detail, /profile all, \d+ files/);
  assert.equal(before.severity, vscode.LanguageStatusSeverity.Error);
  await thenRevert(document, async () => {
    await replace(document, rangeOf(document, '6000'), '64');
    await until('one warning less', async () => /2 warnings/.test((await status()).text));
  });
});

test('every command of the palette is there, and those of the server are', async () => {
  const known = await vscode.commands.getCommands(true);
  const own = vscode.extensions.getExtension('backuplint.backuplint').packageJSON.contributes.commands;
  const servers = ['backuplint.server.openRulePage', 'backuplint.server.fixWorkspace'];
  const wanted = [...own.map(({ command }) => command), ...servers];
  assert.deepEqual(
    wanted.filter((command) => !known.includes(command)),
    [],
  );
});

test('a rule is explained in a preview', async () => {
  await run('backuplint.explainRule', LOCK);
  const tab = await until('a preview', () =>
    vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ label }) => label.includes(LOCK)),
  );
  assert.match(tab.input.viewType, /markdown\.preview/);
  const page = await vscode.workspace.openTextDocument(vscode.Uri.parse(`backuplint-rule:/${LOCK}.md`));
  assert.match(page.getText(), /^# backup-rg-locked[^]*## Why the backup fails/);
});

test('after a restart the findings are back', async () => {
  const document = await open('lock.json');
  await appears(document, LOCK);
  const [before] = serverProcesses();
  await run('backuplint.restart');
  assert.equal((await status()).kind, 'running');
  await until('one other process', () => serverProcesses().length === 1 && serverProcesses()[0] !== before);
  await appears(document, LOCK);
});

test('after a crash the findings are back', async () => {
  const document = await open('lock.json');
  await appears(document, LOCK);
  const [before] = serverProcesses();
  process.kill(before, 'SIGKILL');
  await until('one other process', () => serverProcesses().length === 1 && serverProcesses()[0] !== before);
  await appears(document, LOCK);
});

test('a path that leads nowhere is told, and the findings are back when it is corrected', async () => {
  const document = await open('lock.json');
  await under('backuplint.path', '/nowhere/backuplint', async () => {
    const { detail } = await until('the complaint', async () => {
      const seen = await status();
      return seen.kind === 'failed' && seen;
    });
    assert.match(detail, /\/nowhere\/backuplint/);
  });
  await appears(document, LOCK);
});

test('another profile counts at once', async () => {
  const document = await open('disk.json');
  await appears(document, DISK);
  await under('backuplint.profile', 'current', () => goes(document, DISK));
  await appears(document, DISK);
});

test('another severity counts at once', async () => {
  const document = await open('disk.json');
  await appears(document, DISK);
  const severity = (wanted) => until('the severity', () => findings(document, DISK)[0]?.severity === wanted);
  await under('backuplint.rules', { [DISK]: 'hint' }, () => severity(Hint));
  await under('backuplint.rules', { [DISK]: 'off' }, () => goes(document, DISK));
  await severity(Warning);
});

// ---- Files that come and go

test('the findings of a file that is deleted while it is open go with its editor', async () => {
  const copy = at('copy.json');
  fs.copyFileSync(at('lock.json').fsPath, copy.fsPath);
  await open('copy.json');
  await appears(copy, LOCK);
  fs.unlinkSync(copy.fsPath);
  await run('workbench.action.closeAllEditors');
  await goes(copy, LOCK);
});

test('the findings of a folder move with it', async () => {
  const [before, after] = [at('archive'), at('attic')];
  const rename = async (from, to) => {
    const edit = new vscode.WorkspaceEdit();
    edit.renameFile(from, to);
    assert(await vscode.workspace.applyEdit(edit));
  };
  const file = (folder) => vscode.Uri.joinPath(folder, 'closed.json');
  await open('archive/closed.json');
  await appears(file(before), DISK);
  await rename(before, after);
  await appears(file(after), DISK);
  await goes(file(before), DISK);
  await rename(after, before);
  await appears(file(before), DISK);
});

module.exports.run = () => support.runAll(tests);
