-- What the tests share. They are run by run.sh:  nvim --headless --clean -n -i NONE -l TEST.lua   in a workspace of
-- their own. All waiting is for a condition; the time limits are reached only when something is wrong.
local M = {}

local here = vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2))
local program = assert(vim.env.E2E_PROGRAM)
local patience = tonumber(vim.env.E2E_PATIENCE_MS or '20000')
local passed, failed = 0, 0

M.here = here
M.program = program
M.patience = patience
-- A clone of the repository with the plugin alone, and the plugin in it.
M.clone = assert(vim.env.E2E_CLONE)
M.plugin = vim.fs.joinpath(M.clone, 'editors/neovim')

local function say(...)
  io.stdout:write(string.format(...), '\n')
end

function M.check(ok, ...)
  if ok then
    passed = passed + 1
  else
    failed = failed + 1
  end
  say('%s %s', ok and 'ok  ' or 'FAIL', string.format(...))
  return ok
end

function M.equal(found, wanted, what)
  return M.check(vim.deep_equal(found, wanted), '%s: %s', what, vim.inspect(found, { newline = ' ', indent = '' }))
end

-- Runs a part of the test. With a server that is silent, each part must fail.
function M.section(name, run)
  say('== %s', name)
  local ok, problem = pcall(run)
  if not ok then
    M.check(false, '%s', problem)
  end
end

-- The same for a part that a silent server passes too.
function M.quiet_section(name, run)
  M.section(name .. ' (passes in silence)', run)
end

function M.finish()
  vim.lsp.enable('backuplint', false)
  for _, client in ipairs(vim.lsp.get_clients()) do
    client:stop()
  end
  local ended = vim.wait(5000, function()
    return #vim.lsp.get_clients() == 0
  end, 20)
  M.check(ended, 'the server ends when it is told to')
  say('%d passed, %d failed', passed, failed)
  os.exit(failed == 0 and 0 or 1)
end

-- The shipped configuration, found in the runtime path; only the program is another one.
function M.start()
  vim.cmd('filetype on')
  vim.opt.runtimepath:append(M.plugin)
  vim.lsp.config('backuplint', { cmd = { program, 'lsp' } })
  vim.lsp.enable('backuplint')
end

-- The blocks of Lua in the documentation that hold a text: what is written there is what is tested.
function M.documented(file, text)
  local blocks, block = {}, nil
  for line in io.lines(vim.fs.joinpath(M.plugin, file)) do
    if line:find('>lua$') or line == '```lua' then
      block = {}
    elseif block and (line == '<' or line == '```' or line:find('^[=*]') or line:find('^%S.*%*$')) then
      blocks[#blocks + 1], block = table.concat(block, '\n'), nil
    elseif block then
      block[#block + 1] = line
    end
  end
  for _, found in ipairs(blocks) do
    if found:find(text, 1, true) then
      return found
    end
  end
  error(('no example with %s in %s'):format(text, file))
end

function M.wait(condition)
  local value
  vim.wait(patience, function()
    value = condition()
    return value
  end, 20)
  return value
end

function M.client(buffer)
  return vim.lsp.get_clients({ bufnr = buffer, name = 'backuplint' })[1]
end

-- Opens a file and waits for the server.
function M.open(file)
  vim.cmd.edit(file)
  local buffer = vim.api.nvim_get_current_buf()
  local attached = vim.wait(20000, function()
    local client = M.client(buffer)
    return client and client.initialized
  end, 20)
  return M.check(attached, 'the server attaches to %s', file) and buffer
end

function M.text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
end

function M.of_code(buffer, code)
  for _, diagnostic in ipairs(vim.diagnostic.get(buffer)) do
    if diagnostic.code == code then
      return diagnostic
    end
  end
end

function M.wait_for(buffer, code)
  return M.wait(function()
    return M.of_code(buffer, code)
  end)
end

function M.wait_until_gone(buffer, code)
  return M.wait(function()
    return M.of_code(buffer, code) == nil
  end)
end

-- The buffer of a file that is not open, as diagnostics have it.
function M.buffer_of(file)
  return vim.uri_to_bufnr(vim.uri_from_fname(vim.fs.abspath(file)))
end

-- Where a text is first, from 0.
function M.find(buffer, text)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    local from, to = line:find(text, 1, true)
    if from then
      return row - 1, from - 1, to
    end
  end
  error('not in the buffer: ' .. text)
end

function M.cursor_to(buffer, text)
  local row, column = M.find(buffer, text)
  vim.api.nvim_win_set_cursor(0, { row + 1, column + 1 })
end

function M.replace(buffer, from, to)
  local row, start, finish = M.find(buffer, from)
  vim.api.nvim_buf_set_text(buffer, row, start, row, finish, { to })
end

-- Applies the one code action with this title through the editor's own menu.
function M.apply(title)
  local seen
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      local wanted = action.title:find(title) ~= nil
      seen = seen or wanted
      return wanted
    end,
  })
  return M.wait(function()
    return seen
  end)
end

return M
