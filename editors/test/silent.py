#!/usr/bin/env python3
"""A program that never has anything to say, as a language server (`silent.py lsp`) or otherwise: tests must fail with it."""

import json
import sys

CAPABILITIES = {
    "textDocumentSync": 2,
    "hoverProvider": True,
    "codeActionProvider": {"resolveProvider": True},
    "codeLensProvider": {},
    "definitionProvider": True,
    "documentSymbolProvider": True,
    "executeCommandProvider": {"commands": ["backuplint.server.fixWorkspace"]},
    "inlayHintProvider": True,
    "referencesProvider": True,
}


def read():
    length = 0
    for line in iter(sys.stdin.buffer.readline, b"\r\n"):
        if not line:
            sys.exit(1)
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(sys.stdin.buffer.read(length))


def answer(request, result):
    body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    sys.stdout.buffer.flush()


while sys.argv[1:] == ["lsp"]:
    message = read()
    if message.get("method") == "exit":
        break
    if "method" in message and "id" in message:
        answer(message, {"capabilities": CAPABILITIES} if message["method"] == "initialize" else None)
