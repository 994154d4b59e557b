-- Each headline failure, seen, hovered over, fixed and taken back with Neovim as the client of the language server.
local t = dofile(vim.fs.joinpath(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)), 'harness.lua'))
local check = t.check

t.start()

local function underlined(buffer, diagnostic)
  local last = diagnostic.end_lnum
  local lines = vim.api.nvim_buf_get_text(buffer, diagnostic.lnum, diagnostic.col, last, diagnostic.end_col, {})
  return table.concat(lines, '\n')
end

-- The text in the window that pops up, as a person would read it.
local function hover()
  vim.lsp.buf.hover({ silent = true })
  return t.wait(function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        local text = t.text(vim.api.nvim_win_get_buf(window))
        vim.api.nvim_win_close(window, true)
        return text
      end
    end
  end) or ''
end

local function matches(text, pattern)
  return text:lower():find(pattern:lower()) ~= nil
end

local function run(case)
  local buffer = t.open(case.file)
  if not buffer then
    return
  end

  for _, finding in ipairs(case.findings) do
    local diagnostic = t.wait_for(buffer, finding.code)
    if not check(diagnostic, '%s is reported', finding.code) then
      return
    end
    local text = underlined(buffer, diagnostic)
    check(text == finding.text or text:find(finding.text), '%s underlines %s', finding.code, finding.text)
    local severity = vim.diagnostic.severity[diagnostic.severity]
    check(severity == finding.severity, '%s is of severity %s (%s)', finding.code, finding.severity, severity)
  end
  local count = #vim.diagnostic.get(buffer)
  check(count == #case.findings, 'each is reported once, and nothing else (%d findings)', count)

  local first = t.wait_for(buffer, case.findings[1].code)
  vim.api.nvim_win_set_cursor(0, { first.lnum + 1, first.col })
  local shown = hover()
  for _, pattern in ipairs(case.hover) do
    check(matches(shown, pattern), 'hovering shows %s', pattern)
  end
  if case.resource then
    t.cursor_to(buffer, case.resource.at)
    check(matches(hover():gsub('\n', ' '), case.resource.shows), 'hovering over %s tells of it', case.resource.at)
  end

  for _, fix in ipairs(case.fixes or {}) do
    local before = t.text(buffer)
    local diagnostic = t.wait_for(buffer, fix.code)
    vim.api.nvim_win_set_cursor(0, { diagnostic.lnum + 1, diagnostic.col })
    check(t.apply(fix.title), 'the fix %s is offered', fix.title)
    check(t.wait_until_gone(buffer, fix.code), 'with it, %s is gone', fix.code)
    if t.text(buffer) ~= before then
      vim.cmd('silent undo')
      check(t.text(buffer) == before, 'one undo takes it back')
    else
      -- It changed the configuration, in a buffer of its own that nobody has saved.
      local configuration = vim.fn.bufnr('backuplint.toml')
      check(t.text(configuration):find('profile = "current"', 1, true), 'the configuration says so')
      vim.api.nvim_buf_call(configuration, function()
        vim.cmd('silent undo')
      end)
    end
    check(t.wait_for(buffer, fix.code), 'and %s is back', fix.code)
  end

  for _, edit in ipairs(case.edits or {}) do
    t.replace(buffer, edit.from, edit.to)
    local gone = t.wait_until_gone(buffer, edit.code)
    check(gone, 'after %s became %s by hand, %s is gone', edit.from, edit.to, edit.code)
  end
end

for _, case in ipairs(dofile(vim.fs.joinpath(t.here, 'expect.lua'))) do
  t.section(case.file, function()
    run(case)
  end)
end

t.section('a build that is older than its source', function()
  local build = vim.uri_to_bufnr(vim.uri_from_fname(vim.fs.abspath('bicep/main.json')))
  check(t.wait_for(build, 'older-than-source'), 'it says so')
  check(t.wait_for(build, 'disk-size-over-backup-limit'), 'and keeps the finding until it is built again')
end)

t.quiet_section('files of others', function()
  local buffer = t.open('package.json')
  -- The answer to a request comes after the look at the file.
  local at_start = { textDocument = { uri = vim.uri_from_bufnr(buffer) }, position = { line = 0, character = 0 } }
  local answer = t.client(buffer):request_sync('textDocument/hover', at_start, 20000, buffer)
  check(answer and not answer.err and #vim.diagnostic.get(buffer) == 0, 'nothing is said of them')
  vim.cmd.edit('Cargo.toml')
  check(#vim.lsp.get_clients({ bufnr = 0 }) == 0, 'the server does not attach to other TOML files')
end)

t.finish()
