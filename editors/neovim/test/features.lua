-- What Neovim shows beside findings: outline, code lens, inlay hints, the ways between resources, code actions.
local t = dofile(vim.fs.joinpath(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)), 'harness.lua'))
local check, equal = t.check, t.equal
local help = 'doc/backuplint.txt'

-- What Neovim asks of the server, by method.
local asked = {}
vim.api.nvim_create_autocmd('LspRequest', {
  callback = function(event)
    local request = event.data.request
    if request.type == 'pending' then
      asked[request.method] = (asked[request.method] or 0) + 1
    end
  end,
})

assert(loadstring(t.documented(help, 'vim.lsp.codelens.refresh')))()
t.start()
local buffer

-- The settings as they would be with another `vim.lsp.config`.
local function set(settings)
  local client = t.client(buffer)
  client.settings = { backuplint = settings }
  client:notify('workspace/didChangeConfiguration', { settings = client.settings })
end

local function line_of(text)
  return (t.find(buffer, text)) + 1
end

-- What stands in the window beside the text.
local function virtual_texts()
  local found = {}
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(buffer, -1, 0, -1, { details = true, type = 'virt_text' })) do
    for _, chunk in ipairs(mark[4].virt_text) do
      found[#found + 1] = chunk[1]
    end
  end
  return found
end

t.section('each finding once', function()
  buffer = t.open('estate.json')
  check(t.wait_for(buffer, 'instant-rp-count-over-limit'), 'the finding is there')
  equal(#vim.diagnostic.get(buffer), 1, 'findings')
  equal(vim.tbl_count(vim.diagnostic.count(buffer)), 1, 'severities of it')
  check(not t.client(buffer):supports_method('textDocument/diagnostic'), 'it is sent, so it need not be asked for')
  equal(asked['textDocument/diagnostic'], nil, 'and Neovim has not asked')
end)

t.section('outline', function()
  local shown
  vim.lsp.buf.document_symbol({
    on_list = function(list)
      shown = vim.iter(list.items):map(function(item)
        return ('%d %s'):format(item.lnum, item.text)
      end):totable()
    end,
  })
  t.wait(function()
    return shown
  end)
  local item = 'vm;iaasvmcontainerv2;app;web'
  equal(shown, {
    ('%d [Package] safe'):format(line_of('"safe"')),
    ('%d [Interface] often'):format(line_of('"safe/often"')),
    ('%d [Event] %s'):format(line_of('"safe/Azure/'), item),
    ('%d [Class] web'):format(line_of('"name": "web"')),
    ('%d [Field] data'):format(line_of('"name": "data"')),
    ('%d [Key] keep'):format(line_of('"keep"')),
  }, 'vault, policy, item, VM, disk; lock')
end)

t.section('code lens', function()
  local lens = '42 instant restore points in steady state, limit 102'
  local function shown()
    return table.concat(virtual_texts(), '\n')
  end
  check(t.wait(function()
    return shown():find('\n.* by often: ' .. lens)
  end), 'the protected item tells how many points there will be')
  check(vim.startswith(shown(), lens), 'and so does the policy')

  t.replace(buffer, '"instantRpRetentionRangeInDays": 7', '"instantRpRetentionRangeInDays": 2')
  vim.api.nvim_exec_autocmds('InsertLeave', { buffer = buffer })
  check(t.wait(function()
    return shown():find('12 instant restore points', 1, true)
  end), 'it follows an edit')
  vim.cmd('silent undo')

  set({ codeLens = false })
  check(t.wait(function()
    vim.lsp.codelens.refresh({ bufnr = buffer })
    return #virtual_texts() == 0
  end), 'the setting switches it off')
  set({})
  check(t.wait(function()
    vim.lsp.codelens.refresh({ bufnr = buffer })
    return shown():find(lens, 1, true)
  end), 'and on again')
  vim.lsp.codelens.clear(nil, buffer)
end)

t.section('inlay hints', function()
  local function hints()
    vim.cmd.redraw()
    return vim.iter(vim.lsp.inlay_hint.get({ bufnr = buffer })):map(function(hint)
      return ('%d %s'):format(hint.inlay_hint.position.line + 1, hint.inlay_hint.label)
    end):totable()
  end
  local answers = vim.lsp.buf_request_sync(buffer, 'textDocument/inlayHint', {
    textDocument = vim.lsp.util.make_text_document_params(buffer),
    range = { start = { line = 0, character = 0 }, ['end'] = { line = 1000, character = 0 } },
  }, t.patience)
  check(vim.iter(vim.tbl_values(answers or {})):all(function(answer)
    return not answer.result or #answer.result == 0
  end), 'none without the setting')

  local documented = t.documented(help, 'inlay_hint.enable')
  assert(loadstring(documented))()
  check(vim.lsp.config.backuplint.settings.backuplint.inlayHints, 'the setting is as documented')
  set(vim.lsp.config.backuplint.settings.backuplint)
  local wanted = ('%d = 1024'):format(line_of('diskSizeGB'))
  check(t.wait(function()
    return vim.list_contains(hints(), wanted)
  end), 'the value of an expression: %s', wanted)
  vim.lsp.inlay_hint.enable(false)
  equal(hints(), {}, 'Neovim can hide them')
  set({ inlayHints = false })
  vim.lsp.inlay_hint.enable(true)
  check(t.wait(function()
    return #hints() == 0
  end), 'the setting switches them off')
end)

t.section('definition and references', function()
  local function jump(from)
    t.cursor_to(buffer, from)
    local start = vim.api.nvim_win_get_cursor(0)
    vim.lsp.buf.definition()
    t.wait(function()
      return not vim.deep_equal(vim.api.nvim_win_get_cursor(0), start)
    end)
    return vim.trim(vim.api.nvim_get_current_line())
  end
  equal(jump("resourceId('Microsoft.Compute/disks', 'data')"), '"name": "data",', 'from the VM to its disk')
  equal(jump("'safe', 'often'"), '"name": "safe/often",', 'from the item to its policy')

  t.cursor_to(buffer, '"name": "web"')
  vim.api.nvim_win_set_cursor(0, { line_of('"name": "web"'), (vim.api.nvim_get_current_line():find('"web"', 1, true)) })
  local lines
  vim.lsp.buf.references(nil, {
    on_list = function(list)
      lines = vim.iter(list.items):map(function(item)
        return item.lnum
      end):totable()
    end,
  })
  t.wait(function()
    return lines
  end)
  equal(lines, {
    line_of('"sourceResourceId"'),
    line_of('"name": "web"'),
    line_of('"scope"'),
  }, 'the VM is named by the item, by itself and by the lock')
end)

t.section('code actions are completed when they are chosen', function()
  local finding = t.wait_for(buffer, 'instant-rp-count-over-limit')
  vim.api.nvim_win_set_cursor(0, { finding.lnum + 1, finding.col })
  local before = asked['codeAction/resolve']
  check(t.apply('^Keep snapshots for 3 days'), 'the fix is offered')
  check(t.wait(function()
    return t.text(buffer):find('"instantRpRetentionRangeInDays": 3', 1, true)
  end), 'it is made')
  check(not before and asked['codeAction/resolve'] == 1, 'its edit was asked for once')
  check(t.wait_until_gone(buffer, 'instant-rp-count-over-limit'), 'the finding is gone')
end)

t.section('all safe fixes of a buffer', function()
  local locks = t.open('lock.json')
  check(t.wait_for(locks, 'backup-rg-locked'), 'there is a finding')
  assert(loadstring(t.documented(help, 'source.fixAll.backuplint')))()
  check(t.wait_until_gone(locks, 'backup-rg-locked'), 'it is gone')
  check(not t.text(locks):find('CanNotDelete', 1, true), 'with the lock')
  vim.cmd('silent undo')
  check(t.text(locks):find('CanNotDelete', 1, true), 'one undo takes it back')
end)

t.finish()
