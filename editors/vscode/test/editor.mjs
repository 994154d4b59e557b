// A real VS Code in a browser that nobody sees, with everything it writes in a folder of its own.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** What keeps the window quiet; none of it is about backuplint. */
const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.colorTheme': 'Default Light Modern',
  'workbench.activityBar.location': 'hidden',
  'workbench.layoutControl.enabled': false,
  'window.commandCenter': false,
  'window.menuBarVisibility': 'hidden',
  'breadcrumbs.enabled': false,
  'editor.minimap.enabled': false,
  'editor.stickyScroll.enabled': false,
  'editor.hover.delay': 100,
  'editor.editContext': false,
  'editor.accessibilitySupport': 'off',
  'explorer.autoReveal': false,
  'extensions.ignoreRecommendations': true,
  'files.hotExit': 'off',
  'git.enabled': false,
  'json.schemaDownload.enable': false,
  'json.validate.enable': false,
  'security.workspace.trust.banner': 'never',
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
};

const BROWSER = [
  '--no-sandbox', // it is root that runs this
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // Nothing leaves this machine.
  '--no-proxy-server',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** Starts the browser that all windows are shown in. */
export async function startBrowser(install) {
  const { chromium } = createRequire(path.join(install, 'package.json'))('playwright-core');
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'backuplint-browser-'));
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: BROWSER, env: { ...process.env, HOME: home } });
  browser.on('disconnected', () => fs.rmSync(home, { recursive: true, force: true }));
  return browser;
}

export class Editor {
  /**
   * Installs the extension into a VS Code that was never used before, and starts that for a copy of a folder.
   *
   * `settings` are the user's; `null` leaves VS Code as it comes. `env` is what the extension host gets too.
   */
  static async start({ install, browser, vsix, folder, settings = {}, trust = false, env = {} }) {
    const editor = new Editor();
    editor.browser = browser;
    editor.scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'backuplint-vscode-'));
    const inside = (...names) => path.join(editor.scratch, ...names);
    editor.folder = inside('estate');
    fs.cpSync(folder, editor.folder, { recursive: true });
    for (const name of ['home', 'tmp', 'user/User', 'extensions']) {
      fs.mkdirSync(inside(name), { recursive: true });
    }
    if (settings !== null) {
      fs.writeFileSync(inside('user/User/settings.json'), JSON.stringify({ ...QUIET, ...settings }));
    }
    const port = await freePort();
    const options = {
      // No proxy, no credentials, no home of anybody's; and no gallery of extensions to ask.
      env: {
        PATH: process.env.PATH,
        LANG: 'C.UTF-8',
        HOME: inside('home'),
        XDG_CONFIG_HOME: inside('home/.config'),
        XDG_DATA_HOME: inside('home/.local'),
        TMPDIR: inside('tmp'),
        EXTENSIONS_GALLERY: '{}',
        ...env,
      },
      encoding: 'utf8',
    };
    const entry = path.join(install, 'node_modules/code-server/out/node/entry.js');
    const common = [entry, '--user-data-dir', inside('user'), '--extensions-dir', inside('extensions')];
    const installed = spawnSync(process.execPath, [...common, '--install-extension', vsix], options);
    if (installed.status !== 0) {
      throw new Error(`the extension does not install: ${installed.stdout}${installed.stderr}`);
    }
    const args = [
      '--bind-addr',
      `127.0.0.1:${port}`,
      '--auth',
      'none',
      '--disable-telemetry',
      '--disable-update-check',
    ];
    args.push('--disable-getting-started-override', '--disable-proxy');
    if (!trust) {
      args.push('--disable-workspace-trust');
    }
    const log = fs.openSync(inside('code-server.log'), 'w');
    // In a process group of its own, which the extension host and the language server belong to.
    editor.process = spawn(process.execPath, [...common, ...args], {
      ...options,
      stdio: ['ignore', log, log],
      detached: true,
    });
    editor.authority = `127.0.0.1:${port}`;
    const answers = () =>
      fetch(`http://${editor.authority}/healthz`).then(
        (answer) => answer.ok,
        () => false,
      );
    for (const end = Date.now() + 30_000; !(await answers()); await sleep(100)) {
      if (Date.now() > end) {
        await editor.stop();
        throw new Error('code-server does not answer');
      }
    }
    return editor;
  }

  /** Opens a window on the folder: with a file, or to run tests in the extension host. */
  async open({ file, tests } = {}) {
    const page = await this.browser.newPage({ viewport: { width: 1280, height: 720 } });
    page.setDefaultTimeout(20_000);
    const address = (name) => `vscode-remote://${this.authority}${name}`;
    const payload = [];
    if (file !== undefined) {
      payload.push(['openFile', address(path.join(this.folder, file))]);
    }
    let ended;
    if (tests !== undefined) {
      // VS Code calls this function in the page when the tests have ended. It wants an extension under development; an
      // empty one will do, for the one that is tested is installed.
      ended = new Promise((end) => page.exposeFunction('codeAutomationExit', end));
      await page.exposeFunction('codeAutomationLog', () => {});
      const none = path.join(this.scratch, 'none');
      fs.mkdirSync(none, { recursive: true });
      const manifest = { name: 'none', publisher: 'test', version: '0.0.1', engines: { vscode: '*' } };
      fs.writeFileSync(path.join(none, 'package.json'), JSON.stringify(manifest));
      payload.push(['extensionDevelopmentPath', address(none)], ['extensionTestsPath', address(tests)]);
    }
    const query = new URLSearchParams({ folder: this.folder, payload: JSON.stringify(payload) });
    await page.goto(`http://${this.authority}/?${query}`, { waitUntil: 'domcontentloaded' });
    return { page, ended };
  }

  /** Ends what was started, and only that. */
  async stop() {
    for (const context of this.browser.contexts()) {
      await context.close();
    }
    const gone = new Promise((end) => this.process.once('exit', end));
    for (const signal of ['SIGTERM', 'SIGKILL']) {
      try {
        process.kill(-this.process.pid, signal);
      } catch {
        break; // The whole group has ended.
      }
      await Promise.race([gone, sleep(3000)]);
    }
    fs.rmSync(this.scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
