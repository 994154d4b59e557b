/** The commands of the palette. */

import * as vscode from 'vscode';
import { explainRule, listRules } from './binary';
import type { Server } from './server';
import { describe } from './status';

/** What the pages of rules are addressed with. */
const PAGES = 'backuplint-rule';

/** Registers every command; arguments are for key bindings and other extensions. */
export function registerCommands(server: Server): vscode.Disposable {
  const commands: Record<string, (rule?: string) => unknown> = {
    'backuplint.restart': () => server.restart(),
    'backuplint.showOutput': () => server.output.show(),
    'backuplint.showStatus': () => showStatus(server),
    'backuplint.explainRule': async (rule) => showPage(rule ?? (await pickRule(server))),
    'backuplint.openRulePage': async (rule) => askServer(server, 'openRulePage', rule ?? (await pickRule(server))),
    'backuplint.fixWorkspace': () => askServer(server, 'fixWorkspace'),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(name, run)),
    vscode.workspace.registerTextDocumentContentProvider(PAGES, {
      provideTextDocumentContent: async ({ path }) => explainRule(await server.binary(), path.slice(1, -'.md'.length)),
    }),
  );
}

async function showStatus(server: Server): Promise<void> {
  const { state } = server;
  const { text, detail } = describe(state);
  const who = state.kind === 'running' ? ['backuplint', state.version, `(${state.binary.origin})`] : ['backuplint'];
  const message = `${who.filter(Boolean).join(' ')}: ${[text, detail].filter(Boolean).join('; ')}.`;
  const [start, problems, output] = ['Start', 'Show Problems', 'Show Output'];
  const buttons = state.kind === 'running' ? [problems, output] : [start, output];
  switch (await vscode.window.showInformationMessage(message, ...buttons)) {
    case start:
      return server.restart();
    case problems:
      return vscode.commands.executeCommand('workbench.actions.view.problems');
    case output:
      return server.output.show();
  }
}

async function pickRule(server: Server): Promise<string | undefined> {
  const rules = server.binary().then(listRules);
  const items = rules.then((all) =>
    all.map(({ rule, summary, azureCodes }) => ({ label: rule, description: azureCodes[0] ?? '', detail: summary })),
  );
  const placeHolder = 'A rule, or an error code of Azure Backup';
  const options = { placeHolder, matchOnDescription: true, matchOnDetail: true };
  return (await vscode.window.showQuickPick(items, options))?.label;
}

async function showPage(rule: string | undefined): Promise<void> {
  if (rule !== undefined) {
    const page = vscode.Uri.from({ scheme: PAGES, path: `/${rule}.md` });
    await vscode.commands.executeCommand('markdown.showPreview', page);
  }
}

/** Has the server do something. Its commands have a prefix of their own, since the client registers them under their names. */
async function askServer(server: Server, what: string, ...args: (string | undefined)[]): Promise<void> {
  if (args.includes(undefined)) {
    return;
  }
  const command = `backuplint.server.${what}`;
  if (server.offers(command)) {
    await vscode.commands.executeCommand(command, ...args);
  } else {
    void vscode.window.showWarningMessage('backuplint: The server does not run, or is too old for this.');
  }
}
