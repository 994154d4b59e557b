/** How the server is and what it has found, in words and beside the language of the editor. */

import * as vscode from 'vscode';
import { isOurs } from './recognise';
import type { Report, Server, State } from './server';

/** A state in words. */
export interface Words {
  readonly text: string;
  readonly detail: string;
  readonly severity: vscode.LanguageStatusSeverity;
  readonly busy: boolean;
}

const { Information, Warning, Error } = vscode.LanguageStatusSeverity;

export function describe(state: State): Words {
  switch (state.kind) {
    case 'idle':
      return { text: 'Not running', detail: 'nothing here is ours', severity: Information, busy: false };
    case 'starting':
      return { text: 'Starting', detail: '', severity: Information, busy: true };
    case 'failed':
      return { text: 'Not running', detail: state.why, severity: Error, busy: false };
    case 'running': {
      const { report } = state;
      if (report === undefined) {
        return { text: 'Running', detail: '', severity: Information, busy: false };
      }
      const { error, warning } = report.findings;
      const severity = error > 0 ? Error : warning > 0 ? Warning : Information;
      const detail = `profile ${report.profile}, ${plural(report.files, 'file')}`;
      return { text: counts(report), detail, severity, busy: false };
    }
  }
}

/** Shows the state beside the language of the documents that are ours, and of no others. */
export function showStatus(server: Server): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem('backuplint.status', []);
  item.name = 'backuplint';
  const place = () => {
    const document = vscode.window.activeTextEditor?.document;
    item.selector = document && isOurs(document) ? { scheme: document.uri.scheme, language: document.languageId } : [];
  };
  const write = (state: State) => {
    const { text, detail, severity, busy } = describe(state);
    Object.assign(item, { text: `backuplint: ${text}`, detail, severity, busy });
    item.command =
      state.kind === 'failed'
        ? { title: 'Show Output', command: 'backuplint.showOutput' }
        : { title: 'Show Problems', command: 'workbench.actions.view.problems' };
    place();
  };
  write(server.state);
  return vscode.Disposable.from(item, server.onDidChange(write), vscode.window.onDidChangeActiveTextEditor(place));
}

function counts({ findings }: Report): string {
  const { error, warning, information, hint } = findings;
  const all = [
    [error, plural(error, 'error')],
    [warning, plural(warning, 'warning')],
    [information, `${information} information`],
    [hint, plural(hint, 'hint')],
  ] as const;
  const some = all.filter(([count]) => count > 0).map(([, words]) => words);
  return some.length > 0 ? some.join(', ') : 'No findings';
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
