-- Neovim and the disk: files that are not open, a second Neovim, a folder that is renamed, a file that is deleted.
local t = dofile(vim.fs.joinpath(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)), 'harness.lua'))
local check, equal = t.check, t.equal
local disk, lock = 'disk-size-over-backup-limit', 'backup-rg-locked'

-- A second Neovim with the init.lua of the README that holds a text.
local function second_neovim(text)
  local init = vim.fn.tempname() .. '.lua'
  local lines = {
    -- What lazy.nvim does with a plugin that it has just cloned.
    'local lazy = {}',
    'function lazy.setup(specs)',
    '  for _, spec in ipairs(specs) do',
    '    vim.opt.runtimepath:append(spec.dir)',
    '    spec.build(spec)',
    '    spec.config(spec)',
    '  end',
    'end',
    'package.loaded.lazy = lazy',
  }
  vim.list_extend(lines, vim.split(t.documented('README.md', text):gsub('/path/to/backuplint', t.clone), '\n'))
  lines[#lines + 1] = ('vim.lsp.config("backuplint", { cmd = { %q, "lsp" } })'):format(t.program)
  vim.fn.writefile(lines, init)
  local channel = vim.fn.jobstart({ vim.v.progpath, '--embed', '--headless', '-u', init, '-n', '-i', 'NONE' }, { rpc = true })
  local function run(code, ...)
    return vim.rpcrequest(channel, 'nvim_exec_lua', code, { ... })
  end
  run('t = dofile(...)', vim.fs.joinpath(t.here, 'harness.lua'))
  return run, function()
    vim.fn.jobstop(channel)
  end
end

-- What the server has last sent, by file.
local sent = {}
local take = vim.lsp.handlers['textDocument/publishDiagnostics']
vim.lsp.handlers['textDocument/publishDiagnostics'] = function(problem, result, ...)
  sent[vim.fs.basename(vim.uri_to_fname(result.uri))] = #result.diagnostics
  return take(problem, result, ...)
end

t.start()
local buffer = t.open('policy.json')

t.section('a file that is not open', function()
  check(t.wait_for(t.buffer_of('deep/other.json'), disk), 'its findings are in the list of diagnostics')
  check(not vim.api.nvim_buf_is_loaded(t.buffer_of('deep/other.json')), 'and it is still not open')
  local count = #vim.iter(vim.diagnostic.get(nil)):filter(function(diagnostic)
    return diagnostic.bufnr == t.buffer_of('deep/other.json')
  end):totable()
  equal(count, 1, 'each once')
  vim.diagnostic.setqflist({ open = false })
  local listed = vim.iter(vim.fn.getqflist()):any(function(item)
    return vim.endswith(vim.api.nvim_buf_get_name(item.bufnr), 'deep/other.json')
  end)
  check(listed, 'the quickfix list has it')
end)

t.section('a file is opened and closed at once', function()
  local other = t.buffer_of('deep/locks.json')
  check(t.wait_for(other, lock), 'its finding is listed')
  for _ = 1, 5 do
    vim.cmd('silent edit deep/locks.json')
    t.wait(function()
      return t.client(other)
    end)
    vim.cmd('silent bunload! ' .. other)
  end
  check(t.wait_for(other, lock), 'and still is, though Neovim forgets the findings of what it unloads')
  vim.api.nvim_set_current_buf(buffer)
end)

t.section('two Neovims on one folder', function()
  local run, stop = second_neovim('runtimepath')
  local opened = run([[ return t.open('disk.json') and t.wait_for(0, ...) ~= nil ]], disk)
  check(opened, 'the second one shows the finding')
  vim.cmd.edit('disk.json')
  check(t.wait_for(0, disk), 'and so does the first')

  run([[ t.replace(0, '8192', '1024'); vim.cmd('silent write') ]])
  check(run([[ return t.wait_until_gone(0, ...) ]], disk), 'the second one fixes it')
  vim.o.autoread = true
  vim.cmd('silent checktime')
  check(t.text(0):find('1024', 1, true) and t.wait_until_gone(0, disk), 'the first has it gone when it has read the file again')

  -- A file that only the second one has open.
  check(t.wait_for(t.buffer_of('lock.json'), lock), 'the first knows of a finding in another file')
  run([[
    t.open('lock.json')
    t.replace(0, 'CanNotDelete', 'NotSpecified')
    vim.cmd('silent write')
  ]])
  vim.api.nvim_set_current_buf(buffer)
  vim.cmd('silent write')
  check(t.wait_until_gone(t.buffer_of('lock.json'), lock), 'it is gone with the next file that the first writes')
  stop()
end)

t.section('set up for lazy.nvim', function()
  local run, stop = second_neovim('lazy = false')
  check(run([[ return vim.fn.exists(':BackuplintExplain') ]]) == 2, 'the commands are there')
  check(run([[ return pcall(vim.cmd.help, 'backuplint') ]]), 'and the help')
  check(run([[ return t.open('policy.json') and t.wait_for(0, ...) ~= nil ]], 'instant-rp-count-over-limit'), 'and the server')
  stop()
end)

t.section('a folder within another', function()
  local outer = vim.fn.tempname()
  local inner = outer .. '/inner'
  vim.fn.mkdir(inner, 'p')
  vim.fn.writefile({}, outer .. '/backuplint.toml')
  vim.fn.writefile({}, inner .. '/backuplint.toml')
  assert(vim.uv.fs_copyfile('policy.json', outer .. '/outer.json'))
  assert(vim.uv.fs_copyfile('gone.json', inner .. '/inner.json'))

  local first = t.open(inner .. '/inner.json')
  check(t.wait_for(first, disk), 'the inner file has its finding')
  check(t.wait_for(t.open(outer .. '/outer.json'), 'instant-rp-count-over-limit'), 'and so has the outer one')
  vim.cmd('silent write')
  equal(#vim.diagnostic.get(first), 1, 'each once')
  equal(#vim.lsp.get_clients(), 1, 'servers')
  equal(#vim.lsp.get_clients()[1].workspace_folders, 3, 'folders of it')
  vim.api.nvim_set_current_buf(buffer)
end)

t.section('a folder is renamed', function()
  vim.cmd.edit('deep/other.json')
  local inside = vim.api.nvim_get_current_buf()
  check(t.wait_for(inside, disk), 'a file in it is open')
  check(t.wait_for(t.buffer_of('deep/locks.json'), lock), 'another one is not')
  assert(vim.uv.fs_rename('deep', 'deeper'))
  vim.api.nvim_set_current_buf(buffer)
  vim.cmd('silent write')
  check(t.wait_for(t.buffer_of('deeper/locks.json'), lock), 'the file in the new folder has its findings')
  check(t.wait_until_gone(t.buffer_of('deep/locks.json'), lock), 'the one in the old folder has none')
  check(t.of_code(inside, disk), 'the buffer that is open keeps its own')
  vim.cmd('silent bwipeout! ' .. inside)
  check(t.wait(function()
    return sent['other.json'] and t.of_code(t.buffer_of('deeper/other.json'), disk)
  end), 'and the file has them when that is closed')
end)

t.section('a file is deleted while it is open', function()
  vim.cmd.edit('gone.json')
  local gone = vim.api.nvim_get_current_buf()
  check(t.wait_for(gone, disk), 'it has a finding')
  assert(vim.uv.fs_unlink('gone.json'))
  vim.api.nvim_set_current_buf(buffer)
  vim.cmd('silent write')
  t.replace(gone, '8192', '1024')
  check(t.wait_until_gone(gone, disk), 'what is typed still counts')
  vim.api.nvim_buf_call(gone, function()
    vim.cmd('silent undo')
  end)
  check(t.wait_for(gone, disk), 'and so does what was there')
  vim.cmd('silent bunload! ' .. gone)
  check(t.wait(function()
    return sent['gone.json'] == 0
  end), 'nothing is left of it when its buffer is unloaded')
  equal(#vim.diagnostic.get(gone), 0, 'findings')
end)

t.finish()
