/** The extension of backuplint: starts the server where there is something for it to look at. */

import * as vscode from 'vscode';
import { registerCommands } from './commands';
import { isOurs, workspaceHoldsOurs } from './recognise';
import { Server, type State } from './server';
import { describe, showStatus, type Words } from './status';

/** What other extensions may ask. */
export interface Api {
  /** How the server is, and the same in words. */
  status(): State & Words;
}

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): Api {
  const running = new Server(context.extensionPath);
  server = running;
  context.subscriptions.push(
    running,
    showStatus(running),
    registerCommands(running),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('backuplint.path') && running.state.kind !== 'idle') {
        void running.restart();
      }
    }),
  );
  startWhenNeeded(context, running);
  locateSchema(context.extension);
  return { status: () => ({ ...running.state, ...describe(running.state) }) };
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}

/**
 * Any JSON activates the extension, for templates and plans have no language of their own; the server starts with the
 * first document or file that may be one.
 */
function startWhenNeeded(context: vscode.ExtensionContext, server: Server): void {
  const listeners: vscode.Disposable[] = [];
  const consider = (document: vscode.TextDocument) => {
    if (isOurs(document)) {
      start();
    }
  };
  const start = () => {
    vscode.Disposable.from(...listeners).dispose();
    void server.start();
  };
  listeners.push(
    vscode.workspace.onDidOpenTextDocument(consider),
    vscode.workspace.onDidChangeTextDocument((event) => consider(event.document)),
  );
  context.subscriptions.push(...listeners);
  vscode.workspace.textDocuments.forEach(consider);
  if (server.state.kind === 'idle') {
    void workspaceHoldsOurs(context.extension).then((holds) => holds && start());
  }
}

/**
 * Makes the address of the schema of `backuplint.toml` an absolute one.
 *
 * Even Better TOML reads `tomlValidation` from the manifests of all extensions and passes each address on as it is
 * written, but one that is relative leads it nowhere. Where this extension lies is known only now.
 */
function locateSchema(extension: vscode.Extension<unknown>): void {
  for (const validation of extension.packageJSON.contributes.tomlValidation) {
    if (!Object.isFrozen(validation) && validation.url.startsWith('.')) {
      validation.url = vscode.Uri.joinPath(extension.extensionUri, validation.url).toString();
    }
  }
}
