#!/usr/bin/env node
// Stands in for backuplint and has nothing to say: every test that sees something must fail with it.
if (process.argv[2] === 'rules') {
  console.log('[]');
} else if (process.argv[2] === 'lsp') {
  serve();
}

function serve() {
  const capabilities = { textDocumentSync: 2, hoverProvider: true, codeActionProvider: true };
  let input = Buffer.alloc(0);
  process.stdin.on('end', () => process.exit(1));
  process.stdin.on('data', (data) => {
    input = Buffer.concat([input, data]);
    for (;;) {
      const head = input.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(input.toString('latin1', 0, head))?.[1]);
      if (head < 0 || input.length < head + 4 + length) {
        return;
      }
      const { id, method } = JSON.parse(input.toString('utf8', head + 4, head + 4 + length));
      input = input.subarray(head + 4 + length);
      if (method === 'exit') {
        process.exit(0);
      } else if (id !== undefined && method !== undefined) {
        const result = method === 'initialize' ? { capabilities } : null;
        const body = JSON.stringify({ jsonrpc: '2.0', id, result });
        process.stdout.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      }
    }
  });
}
