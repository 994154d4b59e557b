-- Neovim itself as the client of the language server, with the configuration that is shipped.
-- Run by run.sh:  nvim --headless --clean -n -i NONE -l e2e.lua   in a copy of the fixtures.
-- All waiting is for a condition; the time limits are reached only when something is wrong.

local here = vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2))
local patience = tonumber(vim.env.E2E_PATIENCE_MS or '20000')
local passed, failed = 0, 0

local function say(...)
  io.stdout:write(string.format(...), '\n')
end

local function check(ok, ...)
  if ok then
    passed = passed + 1
  else
    failed = failed + 1
  end
  say('%s %s', ok and 'ok  ' or 'FAIL', string.format(...))
  return ok
end

local function finish()
  for _, client in ipairs(vim.lsp.get_clients()) do
    client:stop()
  end
  local ended = vim.wait(5000, function()
    return #vim.lsp.get_clients() == 0
  end, 20)
  check(ended, 'the server ends when it is told to')
  say('%d passed, %d failed', passed, failed)
  os.exit(failed == 0 and 0 or 1)
end

-- The shipped configuration, found as a plugin manager would have it found; only the program is another one.
vim.cmd('filetype on')
vim.opt.runtimepath:append(vim.fs.dirname(here))
vim.lsp.config('backuplint', { cmd = vim.json.decode(assert(vim.env.E2E_SERVER)) })
vim.lsp.enable('backuplint')

local function buffer_text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
end

local function underlined(buffer, diagnostic)
  local last = diagnostic.end_lnum
  local lines = vim.api.nvim_buf_get_text(buffer, diagnostic.lnum, diagnostic.col, last, diagnostic.end_col, {})
  return table.concat(lines, '\n')
end

local function of_code(buffer, code)
  for _, diagnostic in ipairs(vim.diagnostic.get(buffer)) do
    if diagnostic.code == code then
      return diagnostic
    end
  end
end

local function wait_for(buffer, code)
  vim.wait(patience, function()
    return of_code(buffer, code) ~= nil
  end, 20)
  return of_code(buffer, code)
end

local function wait_until_gone(buffer, code)
  return vim.wait(patience, function()
    return of_code(buffer, code) == nil
  end, 20)
end

local function cursor_to(buffer, text)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    local column = line:find(text, 1, true)
    if column then
      vim.api.nvim_win_set_cursor(0, { number, column })
      return
    end
  end
  error('not in the buffer: ' .. text)
end

-- The text in the window that pops up, as a person would read it.
local function hover()
  vim.lsp.buf.hover({ silent = true })
  local text
  vim.wait(patience, function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        text = buffer_text(vim.api.nvim_win_get_buf(window))
        vim.api.nvim_win_close(window, true)
        return true
      end
    end
  end, 20)
  return text or ''
end

local function matches(text, pattern)
  return text:lower():find(pattern:lower()) ~= nil
end

-- Applies the one code action with this title through the editor's own menu.
local function apply(buffer, diagnostic, title)
  vim.api.nvim_win_set_cursor(0, { diagnostic.lnum + 1, diagnostic.col })
  local seen
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      local wanted = action.title:find(title) ~= nil
      seen = seen or wanted
      return wanted
    end,
  })
  vim.wait(patience, function()
    return seen ~= nil
  end, 20)
  return seen
end

local function run(case)
  say('== %s', case.file)
  vim.cmd.edit(case.file)
  local buffer = vim.api.nvim_get_current_buf()
  local attached = vim.wait(patience, function()
    local client = vim.lsp.get_clients({ bufnr = buffer, name = 'backuplint' })[1]
    return client and client.initialized
  end, 20)
  if not check(attached, 'the server attaches') then
    return
  end

  for _, finding in ipairs(case.findings) do
    local diagnostic = wait_for(buffer, finding.code)
    if not check(diagnostic, '%s is reported', finding.code) then
      return
    end
    local text = underlined(buffer, diagnostic)
    check(text == finding.text or text:find(finding.text), '%s underlines %s', finding.code, finding.text)
    local severity = vim.diagnostic.severity[diagnostic.severity]
    check(severity == finding.severity, '%s is of severity %s (%s)', finding.code, finding.severity, severity)
  end
  local count = #vim.diagnostic.get(buffer)
  check(count == #case.findings, 'and nothing else is reported (%d findings)', count)

  local first = wait_for(buffer, case.findings[1].code)
  vim.api.nvim_win_set_cursor(0, { first.lnum + 1, first.col })
  local shown = hover()
  for _, pattern in ipairs(case.hover) do
    check(matches(shown, pattern), 'hovering shows %s', pattern)
  end
  if case.resource then
    cursor_to(buffer, case.resource.at)
    check(matches(hover():gsub('\n', ' '), case.resource.shows), 'hovering over %s tells of it', case.resource.at)
  end

  for _, fix in ipairs(case.fixes or {}) do
    local before = buffer_text(buffer)
    check(apply(buffer, wait_for(buffer, fix.code), fix.title), 'the fix %s is offered', fix.title)
    check(wait_until_gone(buffer, fix.code), 'with it, %s is gone', fix.code)
    if buffer_text(buffer) ~= before then
      vim.cmd('silent undo')
      check(buffer_text(buffer) == before, 'one undo takes it back')
    else
      -- It changed the configuration, in a buffer of its own that nobody has saved.
      local configuration = vim.fn.bufnr('backuplint.toml')
      check(buffer_text(configuration):find('profile = "current"', 1, true), 'the configuration says so')
      vim.api.nvim_buf_call(configuration, function()
        vim.cmd('silent undo')
      end)
    end
    check(wait_for(buffer, fix.code), 'and %s is back', fix.code)
  end

  for _, edit in ipairs(case.edits or {}) do
    for row, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
      local from, to = line:find(edit.from, 1, true)
      if from then
        vim.api.nvim_buf_set_text(buffer, row - 1, from - 1, row - 1, to, { edit.to })
        break
      end
    end
    check(wait_until_gone(buffer, edit.code), 'after %s became %s by hand, %s is gone', edit.from, edit.to, edit.code)
  end
end

local cases = dofile(vim.fs.joinpath(here, 'expect.lua'))
for _, case in ipairs(cases) do
  run(case)
end

say('== a build that is older than its source')
local build = vim.uri_to_bufnr(vim.uri_from_fname(vim.fs.abspath('bicep/main.json')))
check(wait_for(build, 'older-than-source'), 'it says so')
check(of_code(build, 'disk-size-over-backup-limit'), 'and keeps the finding until it is built again')

say('== a file that is not open')
local other = vim.uri_to_bufnr(vim.uri_from_fname(vim.fs.abspath('deep/other.json')))
check(wait_for(other, 'disk-size-over-backup-limit'), 'its findings are in the list of diagnostics')

say('== files of others')
vim.cmd.edit('package.json')
local foreign = vim.api.nvim_get_current_buf()
vim.wait(patience, function()
  return #vim.lsp.get_clients({ bufnr = foreign }) > 0
end, 20)
local client = vim.lsp.get_clients({ bufnr = foreign })[1]
-- The answer to a request comes after the look at the file.
local at_start = { textDocument = { uri = vim.uri_from_bufnr(foreign) }, position = { line = 0, character = 0 } }
local answer = client and client:request_sync('textDocument/hover', at_start, patience, foreign)
check(answer and not answer.err and #vim.diagnostic.get(foreign) == 0, 'nothing is said of them')
vim.cmd.edit('Cargo.toml')
check(#vim.lsp.get_clients({ bufnr = 0 }) == 0, 'the server does not attach to other TOML files')
finish()
