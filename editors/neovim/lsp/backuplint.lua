---@brief
---
--- The language server of backuplint: finds what will make Azure Backup for VMs fail, in ARM templates with their
--- parameter files, Bicep builds and Terraform plans. See |backuplint.txt|.
---
--- Settings, each optional; what a `backuplint.toml` says counts more:
---
--- ```lua
--- vim.lsp.config('backuplint', {
---   settings = {
---     backuplint = {
---       profile = 'current',                                   -- or 'all', '2019-07', '2025-11', '2026-01'
---       rules = { ['disk-size-over-backup-limit'] = 'hint' },  -- 'off', 'hint', 'information', 'warning', 'error'
---       workspace = true,                                      -- look at files that are not open too
---       codeLens = true,                                       -- see |backuplint-lens|
---       inlayHints = false,                                    -- see |backuplint-hints|
---       environment = { location = 'westeurope' },             -- where templates are deployed
---     },
---   },
--- })
--- vim.lsp.enable('backuplint')
--- ```

local root_markers = { 'backuplint.toml', '.git' }

local function tell(client, folder)
  client:notify('workspace/didChangeWorkspaceFolders', { event = { added = { folder }, removed = {} } })
end

-- Gives a server that is running one more folder, unless that is within one that it has.
local function add_folder(client, root)
  local folders = client.workspace_folders or {}
  for _, folder in ipairs(folders) do
    if vim.fs.relpath(folder.name, root) then
      return
    end
  end
  local folder = { uri = vim.uri_from_fname(root), name = root }
  client.workspace_folders = vim.list_extend(folders, { folder })
  if client.initialized then
    tell(client, folder)
  end
end

---@type vim.lsp.Config
return {
  cmd = { 'backuplint', 'lsp' },
  -- Findings about Bicep and Terraform may stand in their sources; the configuration counts as it is typed.
  filetypes = { 'json', 'jsonc', 'bicep', 'bicep-params', 'terraform', 'terraform-vars', 'toml' },
  -- A function, for of all TOML files only the configuration is of interest.
  root_dir = function(buffer, start)
    local name = vim.fs.basename(vim.api.nvim_buf_get_name(buffer))
    if vim.bo[buffer].filetype ~= 'toml' or name == 'backuplint.toml' then
      start(vim.fs.root(buffer, root_markers))
    end
  end,
  -- One server for all folders: with two, a file in the folders of both would have its findings twice.
  reuse_client = function(client, config)
    if client.name ~= config.name or client:is_stopped() then
      return false
    end
    if config.root_dir then
      add_folder(client, config.root_dir)
    end
    return true
  end,
  -- Folders that were added while the server was starting.
  on_init = function(client)
    for _, folder in ipairs(client.workspace_folders or {}) do
      if folder.name ~= client.root_dir then
        tell(client, folder)
      end
    end
  end,
  settings = { backuplint = vim.empty_dict() },
}
