-- A language server that never has anything to say: the tests must fail with it. Run with `nvim -l silent.lua`.
local function answer(id, result)
  local body = vim.json.encode({ jsonrpc = '2.0', id = id, result = result })
  io.stdout:write(('Content-Length: %d\r\n\r\n%s'):format(#body, body))
  io.stdout:flush()
end

while true do
  local length
  for line in io.stdin:lines() do
    line = line:gsub('\r$', '')
    if line == '' then
      break
    end
    length = tonumber(line:match('^Content%-Length: (%d+)')) or length
  end
  local body = length and io.stdin:read(length)
  if not body then
    os.exit(1)
  end
  local message = vim.json.decode(body)
  if message.method == 'initialize' then
    local capabilities = { textDocumentSync = 2, hoverProvider = true, codeActionProvider = true }
    answer(message.id, { capabilities = capabilities })
  elseif message.method == 'exit' then
    os.exit(0)
  elseif message.id then
    answer(message.id, vim.NIL)
  end
end
