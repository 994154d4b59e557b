/**
 * Which files are worth starting the server for.
 *
 * The server itself knows best what is a template or a plan, and says nothing of other JSON. But most folders hold some
 * JSON and no template, and there the server should not even run: so before it is started, files are looked at here,
 * cheaply, and taken rather once too often than once too seldom.
 */

import { open } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';

/** The name of the configuration. */
export const CONFIGURATION = 'backuplint.toml';

/** What is JSON may be ours or not. */
const JSON_LANGUAGES = ['json', 'jsonc'];

/** Languages in which findings may stand. */
const SOURCE_LANGUAGES = ['bicep', 'bicep-params', 'terraform', 'terraform-vars'];

/** The documents that the server is told of. */
export const DOCUMENTS: vscode.DocumentFilter[] = [
  ...[...JSON_LANGUAGES, ...SOURCE_LANGUAGES].map((language) => ({ scheme: 'file', language })),
  ...JSON_LANGUAGES.map((language) => ({ scheme: 'untitled', language })),
  { scheme: 'file', pattern: `**/${CONFIGURATION}` },
];

/** How much of a text is looked at, in characters or bytes. */
const HEAD = 64 * 1024;

/** How many files with a promising name are looked at. */
const MOST_FILES = 100;

/** What stands at the beginning of templates, parameter files and plans. */
const MARKS = [
  /schema\.management\.azure\.com[^"\s]*deployment(Template|Parameters)/i,
  /"format_version"[^]*"(terraform_version|planned_values|resource_changes)"/,
  /"Microsoft\.(RecoveryServices|DataProtection|Compute|Network|Authorization|Resources)\/\w/i,
];

/** Whether an open document may be one of ours. */
export function isOurs(document: vscode.TextDocument): boolean {
  if (vscode.languages.match(DOCUMENTS, document) === 0) {
    return false;
  }
  return !JSON_LANGUAGES.includes(document.languageId) || looksOurs(head(document));
}

/** Whether there is a file that may be ours among those that activate the extension by their name. */
export async function workspaceHoldsOurs(extension: vscode.Extension<unknown>): Promise<boolean> {
  const prefix = 'workspaceContains:';
  const events: string[] = extension.packageJSON.activationEvents;
  const globs = events.filter((event) => event.startsWith(prefix)).map((event) => event.slice(prefix.length));
  for (const glob of globs) {
    for (const file of await vscode.workspace.findFiles(glob, '**/node_modules/**', MOST_FILES)) {
      if (file.scheme === 'file' && (await isOursOnDisk(file.fsPath))) {
        return true;
      }
    }
  }
  return false;
}

async function isOursOnDisk(file: string): Promise<boolean> {
  if (!/\.jsonc?$/i.test(path.extname(file))) {
    return true;
  }
  try {
    await using handle = await open(file);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(HEAD) });
    return looksOurs(buffer.toString('utf8', 0, bytesRead));
  } catch {
    return false;
  }
}

function looksOurs(text: string): boolean {
  return MARKS.some((mark) => mark.test(text));
}

/** The beginning of a document, line by line: a plan may have all its megabytes on one. */
function head(document: vscode.TextDocument): string {
  let text = '';
  for (let line = 0; line < document.lineCount && text.length < HEAD; line++) {
    text += document.lineAt(line).text.slice(0, HEAD) + '\n';
  }
  return text;
}
