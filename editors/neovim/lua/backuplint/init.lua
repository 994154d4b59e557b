-- What the commands of plugin/backuplint.lua do. How the server is run is configured in lsp/backuplint.lua alone.
local M = {}

-- How long the program may take for an answer, in milliseconds.
local patience = 10000

local function tell(message)
  vim.notify('backuplint: ' .. message, vim.log.levels.WARN)
end

--- The program that is configured as the server.
---@return string? program its full path
---@return string? problem why there is none
function M.program()
  local config = vim.lsp.config.backuplint
  local cmd = config and config.cmd
  if type(cmd) ~= 'table' then
    return nil, 'no command is configured for the server'
  end
  local program = vim.fn.exepath(cmd[1])
  if program == '' then
    return nil, ('there is no program `%s`'):format(cmd[1])
  end
  return program
end

--- Runs the program, without a shell.
---@param arguments string[]
---@param done fun(result: vim.SystemCompleted)? called when it has ended; without it, the process is returned
function M.run(arguments, done)
  local program, problem = M.program()
  if not program then
    return tell(problem)
  end
  return vim.system({ program, unpack(arguments) }, { text = true, timeout = patience }, done)
end

--- The names of the rules that begin so.
---@param start string
---@return string[]
function M.complete(start)
  local process = M.run({ 'rules', '--format', 'json' })
  local result = process and process:wait()
  local ok, rules = pcall(vim.json.decode, result and result.stdout)
  if not ok then
    return {}
  end
  local names = vim.iter(rules):map(function(rule)
    return rule.rule
  end)
  return names:filter(function(name)
    return vim.startswith(name, start)
  end):totable()
end

-- The rule of the finding under the cursor, or else of the first one in its line.
local function rule_at_cursor()
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local found = vim.iter(vim.diagnostic.get(0, { lnum = row - 1 })):filter(function(diagnostic)
    return diagnostic.source == 'backuplint'
  end):totable()
  local here = vim.iter(found):find(function(diagnostic)
    local starts = diagnostic.lnum < row - 1 or diagnostic.col <= column
    local ends = diagnostic.end_lnum > row - 1 or diagnostic.end_col > column
    return starts and ends
  end)
  local diagnostic = here or found[1]
  return diagnostic and diagnostic.code
end

local function show(rule, page)
  local buffer = vim.fn.bufadd('backuplint://' .. rule)
  vim.bo[buffer].buftype = 'nofile'
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].swapfile = false
  local window = vim.fn.bufwinid(buffer)
  if window == -1 then
    window = vim.api.nvim_open_win(buffer, true, { split = 'below' })
  end
  vim.api.nvim_set_current_win(window)
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(page, '\n', { trimempty = true }))
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].filetype = 'markdown'
  vim.wo[window][0].linebreak = true
end

--- Shows the page of a rule.
---@param rule string? a rule or an error code of Azure Backup; by default the rule of the finding under the cursor
function M.explain(rule)
  rule = rule or rule_at_cursor()
  if not rule then
    return tell('there is no finding under the cursor; name a rule')
  end
  M.run({ 'explain', '--', rule }, vim.schedule_wrap(function(result)
    if result.code == 0 and result.stdout ~= '' then
      show(rule, result.stdout)
    else
      tell(vim.trim(result.stderr) ~= '' and vim.trim(result.stderr) or 'there is no page of ' .. rule)
    end
  end))
end

--- Has the server apply all safe fixes in the workspace; it asks first.
function M.fix_workspace()
  local here = vim.lsp.get_clients({ name = 'backuplint', bufnr = 0 })
  local client = here[1] or vim.lsp.get_clients({ name = 'backuplint' })[1]
  if not client then
    return tell('the server is not running; see :checkhealth backuplint')
  end
  client:exec_cmd({ title = 'Fix the workspace', command = 'backuplint.server.fixWorkspace', arguments = {} })
end

return M
