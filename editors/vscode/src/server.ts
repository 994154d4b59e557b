/** The running server: started once, restarted on demand or when it crashes, and what it tells of itself. */

import { homedir } from 'node:os';
import * as vscode from 'vscode';
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { type Binary, findBinary, NoBinary } from './binary';
import { DOCUMENTS } from './recognise';

/** What the server sends as `backuplint/status`, whenever it changes. */
export interface Report {
  readonly version: string;
  readonly profile: string;
  /** How many files it has analysed. */
  readonly files: number;
  readonly findings: Readonly<Record<'error' | 'warning' | 'information' | 'hint', number>>;
}

/** How the server is at a moment. */
export type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly binary: Binary; readonly version?: string; readonly report?: Report }
  | { readonly kind: 'failed'; readonly why: string };

/** So many crashes within so many milliseconds are too many. */
const MOST_CRASHES = 3;
const CRASH_WINDOW = 3 * 60 * 1000;

export class Server implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel('backuplint', { log: true });
  private readonly changed = new vscode.EventEmitter<State>();
  readonly onDidChange = this.changed.event;
  private current: State = { kind: 'idle' };
  private client: LanguageClient | undefined;
  /** What is asked for runs one after the other. */
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly extensionPath: string) {}

  get state(): State {
    return this.current;
  }

  /** The program in use, or the one that would be. */
  async binary(): Promise<Binary> {
    return this.current.kind === 'running' ? this.current.binary : findBinary(this.extensionPath);
  }

  /** Starts the server unless that was done before. */
  start(): Promise<void> {
    return this.current.kind === 'idle' ? this.restart() : this.queue;
  }

  restart(): Promise<void> {
    this.become({ kind: 'starting' });
    return this.enqueue(async () => {
      await this.end();
      await this.begin();
    });
  }

  stop(): Promise<void> {
    return this.enqueue(() => this.end());
  }

  /** Whether the running server knows a command. */
  offers(command: string): boolean {
    return this.client?.initializeResult?.capabilities.executeCommandProvider?.commands.includes(command) ?? false;
  }

  dispose(): void {
    this.output.dispose();
    this.changed.dispose();
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(work);
    return this.queue;
  }

  private become(state: State): void {
    this.current = state;
    this.changed.fire(state);
  }

  private async begin(): Promise<void> {
    void vscode.commands.executeCommand('setContext', 'backuplint.started', true);
    this.become({ kind: 'starting' });
    try {
      const binary = await findBinary(this.extensionPath);
      this.output.info(`${binary.file} (${binary.origin})`);
      const client = new Client(binary, this.output, () => this.fail('The server has crashed again and again.'));
      this.client = client;
      client.onNotification('backuplint/status', (report: Report) => this.tell(client, binary, report));
      await client.start();
      this.tell(client, binary);
    } catch (error) {
      this.client = undefined;
      this.fail(error instanceof NoBinary ? error.message : `The server does not start: ${String(error)}`);
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      this.output.warn(`The server did not end as it should: ${String(error)}`);
    }
  }

  /** Takes in a report; without one, only that the server runs. */
  private tell(client: LanguageClient, binary: Binary, report?: Report): void {
    if (client !== this.client) {
      return;
    }
    const before = this.current.kind === 'running' ? this.current.report : undefined;
    const version = client.initializeResult?.serverInfo?.version;
    const latest = report ?? before;
    this.become({ kind: 'running', binary, ...(version && { version }), ...(latest && { report: latest }) });
  }

  private fail(why: string): void {
    this.become({ kind: 'failed', why });
    this.output.error(why);
    void this.say(why);
  }

  private async say(why: string): Promise<void> {
    const [settings, again, output] = ['Open Setting', 'Try Again', 'Show Output'];
    switch (await vscode.window.showErrorMessage(`backuplint: ${why}`, settings, again, output)) {
      case settings:
        await vscode.commands.executeCommand('workbench.action.openSettings', 'backuplint.path');
        break;
      case again:
        await this.restart();
        break;
      case output:
        this.output.show();
        break;
    }
  }
}

/** The client of the protocol. What goes wrong stands in the output; what a person should know, `Server` says. */
class Client extends LanguageClient {
  constructor(binary: Binary, output: vscode.LogOutputChannel, onGivenUp: () => void) {
    // In the home folder, since on some systems the folder of a running program cannot be renamed.
    const program = { command: binary.file, args: ['lsp'], options: { cwd: homedir() } };
    super('backuplint', 'backuplint', program, options(output, onGivenUp));
    this.registerFeature(wantsStatus);
  }

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

function options(output: vscode.LogOutputChannel, onGivenUp: () => void): LanguageClientOptions {
  let crashes: number[] = [];
  const closed = (): CloseHandlerResult => {
    const now = Date.now();
    crashes = [...crashes.filter((time) => now - time < CRASH_WINDOW), now];
    if (crashes.length <= MOST_CRASHES) {
      return { action: CloseAction.Restart, handled: true };
    }
    onGivenUp();
    return { action: CloseAction.DoNotRestart, handled: true };
  };
  return {
    documentSelector: DOCUMENTS as NonNullable<LanguageClientOptions['documentSelector']>,
    outputChannel: output,
    markdown: { isTrusted: false, supportHtml: false },
    errorHandler: { error: () => ({ action: ErrorAction.Continue, handled: true }), closed },
  };
}

/** Says at the start that this client understands `backuplint/status`. */
const wantsStatus: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = { ...capabilities.experimental, backuplintStatus: true };
  },
  initialize() {},
  getState: () => ({ kind: 'static' }),
  clear() {},
};
