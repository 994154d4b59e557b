#!/usr/bin/env python3
"""Helix's side, without Helix: the README's languages.toml, and a conversation as Helix 25.07 has it.

BACKUPLINT is the program under test (default: target/debug/backuplint). Needs Python 3.11, installs nothing and leaves
nothing behind. The last line counts what passed.
"""

import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
EDITORS = HERE.parent.parent

# What Helix documents: https://docs.helix-editor.com/languages.html
SERVER_KEYS = {"command", "args", "config", "timeout", "environment", "required-root-patterns"}
LANGUAGE_KEYS = {"name", "language-servers"}  # Of many more: what is needed to add a server to a language.
LANGUAGES = {"json", "jsonc", "bicep", "hcl", "tfvars"}
SERVERS = {"vscode-json-language-server", "bicep-langserver", "terraform-ls"}  # These come with Helix.
FEATURES = {"diagnostics", "code-action", "hover"}

# As Helix writes it: `workspace.diagnostic` where the protocol says `diagnostics`.
CAPABILITIES = {
    "general": {"positionEncodings": ["utf-8", "utf-32", "utf-16"]},
    "textDocument": {
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "source", "source.fixAll"]}},
            "dataSupport": True,
            "disabledSupport": True,
            "isPreferredSupport": True,
            "resolveSupport": {"properties": ["edit", "command"]},
        },
        "diagnostic": {"dynamicRegistration": False, "relatedDocumentSupport": True},
        "hover": {"contentFormat": ["markdown"]},
        "inlayHint": {"dynamicRegistration": False},
        "publishDiagnostics": {"tagSupport": {"valueSet": [1, 2]}, "versionSupport": True},
    },
    "window": {"showDocument": {"support": True}, "workDoneProgress": True},
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "diagnostic": {"refreshSupport": True},
        "didChangeConfiguration": {"dynamicRegistration": False},
        "didChangeWatchedFiles": {"dynamicRegistration": True, "relativePatternSupport": True},
        "executeCommand": {"dynamicRegistration": False},
        "inlayHint": {"refreshSupport": False},
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]},
        "workspaceFolders": True,
    },
}

passed = failed = 0


def check(ok, what):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print("ok  " if ok else "FAIL", what)
    return ok


class Helix:
    """The client's end of the conversation."""

    def __init__(self, command, config, folder, patience):
        self.config, self.patience = config, patience
        self.last, self.answers, self.findings = 0, {}, {}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        self.incoming = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        root = folder.as_uri()
        self.capabilities = (
            self.request(
                "initialize",
                {
                    "processId": os.getpid(),
                    "clientInfo": {"name": "helix", "version": "25.07.1"},
                    "rootPath": str(folder),
                    "rootUri": root,
                    "workspaceFolders": [{"uri": root, "name": folder.name}],
                    "initializationOptions": config,
                    "capabilities": CAPABILITIES,
                },
            )
            or {}
        ).get("capabilities", {})
        self.notify("initialized", {})
        if config is not None:
            self.notify("workspace/didChangeConfiguration", {"settings": config})

    def read(self):
        length = 0
        for line in iter(self.process.stdout.readline, b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
            elif line == b"\r\n":
                self.incoming.put(json.loads(self.process.stdout.read(length)))

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def request(self, method, params):
        self.last += 1
        self.send({"id": self.last, "method": method, "params": params})
        return self.wait(lambda: self.answers.pop(self.last, {}).get("result") if self.last in self.answers else ...)

    def wait(self, value):
        """Handles messages until there is a value other than `...`."""
        while (found := value()) is ...:
            try:
                self.handle(self.incoming.get(timeout=self.patience))
            except queue.Empty:
                return None
        return found

    def handle(self, message):
        method = message.get("method")
        if method is None:
            self.answers[message["id"]] = message
        elif method == "textDocument/publishDiagnostics":
            self.findings[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif method == "workspace/configuration":
            sections = [item.get("section") for item in message["params"]["items"]]
            self.send({"id": message["id"], "result": [(self.config or {}).get(section) for section in sections]})
        elif "id" in message:
            self.send({"id": message["id"], "result": None})

    def open(self, path):
        uri = path.as_uri()
        self.findings.pop(uri, None)
        document = {"uri": uri, "languageId": "json", "version": 0, "text": path.read_text()}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def sent(self, uri):
        """What is sent of a file first."""
        return self.wait(lambda: self.findings.get(uri, ...))

    def end(self):
        self.request("shutdown", None)
        self.send({"method": "exit"})
        try:
            return self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None


def blocks():
    text = (HERE.parent / "README.md").read_text()
    return re.findall(r"^```toml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def keys(languages):
    servers = languages["language-server"]
    check(set(languages) == {"language-server", "language"}, "there are servers and languages")
    check(all(set(server) <= SERVER_KEYS for server in servers.values()), "servers have keys that Helix knows")
    known = SERVERS | set(servers)
    for language in languages["language"]:
        named = [entry if isinstance(entry, str) else entry["name"] for entry in language["language-servers"]]
        only = [
            feature
            for entry in language["language-servers"]
            if not isinstance(entry, str) and set(entry) == {"name", "only-features"}
            for feature in entry["only-features"]
        ]
        ok = set(language) == LANGUAGE_KEYS and language["name"] in LANGUAGES and set(only) <= FEATURES
        check(ok and set(named) <= known and "backuplint" in named, f"{language['name']} has {named}")


def converse(program, patience):
    first, second = blocks()
    keys(tomllib.loads(first))
    languages = tomllib.loads(first + second)
    server = languages["language-server"]["backuplint"]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch).resolve()
        (scratch / "bin").mkdir()
        (scratch / "bin" / "backuplint").symlink_to(program)
        os.environ["PATH"] = f"{scratch / 'bin'}{os.pathsep}{os.environ['PATH']}"
        work = scratch / "work"
        work.mkdir()
        for name in ("lock.json", "disk.json", "estate.json"):
            shutil.copy(EDITORS / "neovim" / "test" / "fixtures" / name, work)
        (work / "backuplint.toml").touch()
        command = [server["command"], *server["args"]]
        talk(Helix(command, None, work, patience), work, 1)
        talk(Helix(command, server["config"], work, patience), work, 0)


def talk(helix, work, older):
    """`older`: how many findings each file has that only older documentation knows."""
    print(f"== {'with the documented settings' if helix.config else 'without settings'}")
    offered = helix.capabilities
    check(offered.get("positionEncoding") == "utf-8", "positions count bytes, as Helix likes best")
    check("diagnosticProvider" not in offered, "findings are sent, so Helix need not ask for them")

    lock, disk, estate = ((work / name).as_uri() for name in ("lock.json", "disk.json", "estate.json"))
    helix.open(work / "lock.json")
    found = helix.sent(lock)
    if not check(found and len(found) == 1, "the finding of the open file is sent"):
        helix.end()
        return
    start, end = found[0]["range"]["start"], found[0]["range"]["end"]
    line = (work / "lock.json").read_text().splitlines()[start["line"]].encode()
    check(line[start["character"] : end["character"]] == b'"CanNotDelete"', "at the right bytes, behind other letters")
    if older:
        check(helix.sent(disk), "and those of files that are not open")
    helix.open(work / "disk.json")
    check(len(helix.sent(disk)) == older, f"{older} by older documentation")

    hover = helix.request("textDocument/hover", {"textDocument": {"uri": lock}, "position": start})
    check("UserErrorRpCollectionLimitReached" in (hover or {}).get("contents", {}).get("value", ""), "hover")
    context = {"diagnostics": found, "triggerKind": 1}
    asked = {"textDocument": {"uri": lock}, "range": found[0]["range"], "context": context}
    actions = helix.request("textDocument/codeAction", asked) or []
    fix = next((action for action in actions if action["title"].startswith("Remove the lock")), None)
    if check(fix, "the fix is offered"):
        resolved = helix.request("codeAction/resolve", fix) or {}
        check("edit" not in fix and "edit" in resolved, "and completed when it is chosen")

    helix.open(work / "estate.json")
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 1000, "character": 0}}
    hints = helix.request("textDocument/inlayHint", {"textDocument": {"uri": estate}, "range": whole}) or []
    labels = [hint["label"] for hint in hints]
    check(("= 1024" in labels) == bool(helix.config), f"inlay hints: {labels}")
    check(helix.end() == 0, "it ends when it is told to")


def main():
    program = pathlib.Path(os.environ.get("BACKUPLINT", EDITORS.parent / "target" / "debug" / "backuplint")).resolve()
    if "E2E_SILENT" in os.environ:
        converse(EDITORS / "test" / "silent.py", 1)
    else:
        if not os.access(program, os.X_OK):
            sys.exit(f"no backuplint at {program}: build it, or set BACKUPLINT")
        environment = {**os.environ, "E2E_SILENT": "1"}
        silent = subprocess.run([sys.executable, __file__], env=environment, stdout=subprocess.PIPE, text=True)
        vain = silent.returncode == 0 or "FAIL the finding of the open file is sent" not in silent.stdout
        check(not vain, "with a program that reports nothing, the test fails as it must")
        if vain:
            print(silent.stdout)
        converse(program, 20)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
