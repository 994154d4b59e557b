-- The commands; what they do is in lua/backuplint/init.lua, which is loaded when one is used.

vim.api.nvim_create_user_command('BackuplintExplain', function(command)
  require('backuplint').explain(command.fargs[1])
end, {
  nargs = '?',
  complete = function(start)
    return require('backuplint').complete(start)
  end,
  desc = 'Show the page of a rule of backuplint, or of the finding under the cursor',
})

vim.api.nvim_create_user_command('BackuplintFixWorkspace', function()
  require('backuplint').fix_workspace()
end, { desc = 'Apply all safe fixes of backuplint in the workspace, after a question' })
