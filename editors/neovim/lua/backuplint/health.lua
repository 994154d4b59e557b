-- `:checkhealth backuplint`
local M = {}

local health = vim.health

local function check_neovim()
  health.start('backuplint: Neovim')
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok('Neovim ' .. version)
  else
    health.error('Neovim ' .. version .. ' is too old', 'Use Neovim 0.11 or newer.')
  end
end

---@return string? version of the program
local function check_program()
  health.start('backuplint: program')
  local backuplint = require('backuplint')
  local program, problem = backuplint.program()
  if not program then
    health.error(problem, {
      'Put `backuplint` into a folder of your $PATH, or name it:',
      "vim.lsp.config('backuplint', { cmd = { '/path/to/backuplint', 'lsp' } })",
    })
    return
  end
  local result = backuplint.run({ '--version' }):wait()
  local version = result.code == 0 and result.stdout:match('^backuplint (%S+)')
  if version then
    health.ok(('backuplint %s: %s'):format(version, program))
    return version
  end
  health.error(('%s does not tell its version'):format(program), 'Is it another program of this name?')
end

---@param version string? of the program
local function check_server(version)
  health.start('backuplint: server')
  if vim.lsp.is_enabled('backuplint') then
    health.ok('The configuration is enabled')
  else
    health.error('The configuration is not enabled', "Add to your init.lua: vim.lsp.enable('backuplint')")
  end
  local clients = vim.lsp.get_clients({ name = 'backuplint' })
  if #clients == 0 then
    health.info('The server is not running: no buffer has needed it')
  end
  for _, client in ipairs(clients) do
    health.ok('Running')
    for _, folder in ipairs(client.workspace_folders or {}) do
      health.info('Looks at all files in ' .. folder.name)
    end
    for buffer in vim.spairs(client.attached_buffers) do
      local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ':~:.')
      health.info(('Attached to %s (%s)'):format(name, vim.bo[buffer].filetype))
    end
    local running = vim.tbl_get(client, 'server_info', 'version')
    if version and running and running ~= version then
      health.warn(('Version %s is running'):format(running), 'Restart Neovim to use the version that is installed.')
    end
  end
end

local function check_file_types()
  health.start('backuplint: file types')
  local config = vim.lsp.config.backuplint
  local attached = config and config.filetypes or {}
  local text = { 'resource "a" "b" {', '}' }
  local cases = {
    { name = 'azuredeploy.json', wanted = 'json' },
    { name = 'azuredeploy.jsonc', wanted = 'jsonc' },
    { name = 'backuplint.toml', wanted = 'toml' },
    { name = 'main.bicep', wanted = 'bicep' },
    { name = 'main.bicepparam', wanted = 'bicep-params' },
    { name = 'terraform.tfvars', wanted = 'terraform-vars' },
    { name = 'main.tf', wanted = 'terraform', text = text },
    { name = 'main.tf', wanted = 'terraform', when = ', while it is empty,' },
    { name = 'main.tofu', wanted = 'terraform', text = text },
  }
  for _, case in ipairs(cases) do
    local buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_lines(buffer, 0, -1, false, case.text or {})
    local filetype = vim.filetype.match({ filename = case.name, buf = buffer })
    vim.api.nvim_buf_delete(buffer, { force = true })
    local is = ('%s%s is of file type `%s`'):format(case.name, case.when or '', filetype or 'none')
    if vim.list_contains(attached, filetype) then
      health.ok(is)
    else
      local extension = vim.fn.fnamemodify(case.name, ':e')
      health.warn(is .. ', to which the server does not attach', {
        'If you want it to, add to your init.lua:',
        ("vim.filetype.add({ extension = { %s = '%s' } })"):format(extension, case.wanted),
      })
    end
  end
end

local function check_configuration()
  health.start('backuplint: configuration of the project')
  local found = vim.fs.find('backuplint.toml', { upward = true, path = vim.fn.getcwd() })[1]
  if found then
    health.ok('Found ' .. found)
  else
    health.info('There is no backuplint.toml at or above ' .. vim.fn.getcwd() .. ': nothing has to be configured')
  end
end

function M.check()
  check_neovim()
  local version = check_program()
  check_server(version)
  check_file_types()
  check_configuration()
end

return M
