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
---       environment = { location = 'westeurope' },             -- where templates are deployed
---     },
---   },
--- })
--- vim.lsp.enable('backuplint')
--- ```

local root_markers = { 'backuplint.toml', '.git' }

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
  settings = { backuplint = vim.empty_dict() },
}
