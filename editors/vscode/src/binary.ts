/** Finds the program that is the server, and asks it what can be asked without one. */

import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';

/** Where a program was found. */
export type Origin = 'setting' | 'bundled' | 'PATH';

/** The program, with an absolute path. */
export interface Binary {
  readonly file: string;
  readonly origin: Origin;
}

/** A rule as the program lists it. */
export interface Rule {
  readonly rule: string;
  readonly summary: string;
  readonly azureCodes: readonly string[];
}

/** There is no program to run; the message says why. */
export class NoBinary extends Error {}

const NAME = process.platform === 'win32' ? 'backuplint.exe' : 'backuplint';

/**
 * The program that the setting names, else the one in the extension, else the one in the `PATH`.
 *
 * In a workspace that is not trusted VS Code leaves the setting of the workspace out, as `package.json` asks for.
 */
export async function findBinary(extensionPath: string): Promise<Binary> {
  const setting = vscode.workspace.getConfiguration('backuplint').get('path', '').trim();
  if (setting !== '') {
    if (path.isAbsolute(setting) && (await isProgram(setting))) {
      return { file: setting, origin: 'setting' };
    }
    throw new NoBinary(`The setting backuplint.path names '${setting}', which is not the absolute path of a program.`);
  }
  const bundled = path.join(extensionPath, 'bin', NAME);
  if (await isProgram(bundled)) {
    return { file: bundled, origin: 'bundled' };
  }
  // Only absolute folders: with a relative one, what runs would depend on the folder that is open.
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  for (const folder of folders) {
    const file = path.join(folder, NAME);
    if (await isProgram(file)) {
      return { file, origin: 'PATH' };
    }
  }
  throw new NoBinary(
    'This build of the extension comes without the backuplint program, and there is none in the PATH. ' +
      'Install it, or name it in the setting backuplint.path.',
  );
}

/** All rules, in the order of the catalogue. */
export async function listRules(binary: Binary): Promise<Rule[]> {
  return JSON.parse(await run(binary, ['rules', '--format', 'json'])) as Rule[];
}

/** The page of a rule, as markdown. */
export function explainRule(binary: Binary, rule: string): Promise<string> {
  return run(binary, ['explain', rule]);
}

async function run(binary: Binary, args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(binary.file, args, { timeout: 10_000, windowsHide: true });
  return stdout;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
