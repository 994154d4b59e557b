-- The plugin as a package: its commands, its help, its health check.
local t = dofile(vim.fs.joinpath(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)), 'harness.lua'))
local check, equal = t.check, t.equal

-- What is said to the user, and what the user chooses.
local told, questions, choice = {}, {}, nil
vim.notify = function(message)
  told[#told + 1] = message
end
vim.ui.select = function(items, options, done)
  questions[#questions + 1] = options.prompt
  done(vim.iter(items):find(function(item)
    return item.title == choice
  end))
end

-- As `packadd` has it, from a package folder with a link in it.
vim.cmd('filetype on')
local packages = vim.fs.joinpath(vim.env.XDG_DATA_HOME, 'nvim/site')
vim.fn.mkdir(vim.fs.joinpath(packages, 'pack/any/opt'), 'p')
assert(vim.uv.fs_symlink(t.plugin, vim.fs.joinpath(packages, 'pack/any/opt/backuplint')))
vim.opt.packpath:append(packages)
assert(vim.fn.exists(':BackuplintExplain') == 0)
vim.lsp.config('backuplint', { cmd = { t.program, 'lsp' } })
assert(loadstring(t.documented('doc/backuplint.txt', 'packadd')))()

local function page()
  return t.text(0)
end

t.section(':BackuplintExplain', function()
  local buffer = t.open('lock.json')
  local finding = t.wait_for(buffer, 'backup-rg-locked')
  check(finding, 'there is a finding')
  vim.api.nvim_win_set_cursor(0, { finding.lnum + 1, finding.col })
  vim.cmd('BackuplintExplain')
  check(t.wait(function()
    return vim.startswith(page(), '# backup-rg-locked\n')
  end), 'without a name, it explains the finding under the cursor')
  check(page():find('UserErrorRpCollectionLimitReached', 1, true), 'the page names the error of Azure')
  equal({ vim.bo.filetype, vim.bo.buftype, vim.bo.modifiable }, { 'markdown', 'nofile', false }, 'the buffer')
  local windows = #vim.api.nvim_list_wins()
  vim.cmd('BackuplintExplain backup-rg-locked')
  check(t.wait(function()
    return vim.startswith(page(), '# backup-rg-locked\n')
  end) and #vim.api.nvim_list_wins() == windows, 'the same page has one window')
  vim.cmd.close()

  vim.api.nvim_set_current_buf(buffer)
  vim.api.nvim_win_set_cursor(0, { finding.lnum + 1, 0 })
  vim.cmd('BackuplintExplain')
  check(t.wait(function()
    return vim.startswith(page(), '# backup-rg-locked\n')
  end), 'or the one in the line')
  vim.cmd.close()
end)

t.section(':BackuplintExplain with a name', function()
  vim.cmd('BackuplintExplain guest-static-ip')
  check(t.wait(function()
    return vim.startswith(page(), '# guest-static-ip\n')
  end), 'a rule')
  vim.cmd.close()
  vim.cmd('BackuplintExplain UserErrorUnsupportedDiskSize')
  check(t.wait(function()
    return page():find('disk-size-over-backup-limit', 1, true)
  end), 'an error code')
  vim.cmd.close()
  equal(vim.fn.getcompletion('BackuplintExplain disk-', 'cmdline')[1], 'disk-size-over-backup-limit', 'completion')
  check(#vim.fn.getcompletion('BackuplintExplain ', 'cmdline') > 5, 'of all rules')
end)

t.quiet_section(':BackuplintExplain of nothing', function()
  vim.cmd.enew()
  told = {}
  vim.cmd('BackuplintExplain')
  equal(told, { 'backuplint: there is no finding under the cursor; name a rule' }, 'no finding')
  told = {}
  vim.cmd('BackuplintExplain no-such-rule')
  check(t.wait(function()
    return told[1] and told[1]:find('no%-such%-rule')
  end), 'no such rule: %s', told[1])
  equal(#vim.api.nvim_list_wins(), 1, 'windows')
end)

t.section(':BackuplintFixWorkspace', function()
  vim.cmd.edit('disk.json')
  local other = t.buffer_of('deep/locks.json')
  check(t.wait_for(other, 'backup-rg-locked'), 'there are findings')
  choice = 'Cancel'
  vim.cmd('BackuplintFixWorkspace')
  check(t.wait(function()
    return #questions == 1
  end), 'it asks: %s', questions[1])
  choice = 'Apply'
  vim.cmd('BackuplintFixWorkspace')
  check(t.wait_until_gone(other, 'backup-rg-locked'), 'the file that is not open is fixed')
  check(t.wait_until_gone(vim.fn.bufnr('lock.json'), 'backup-rg-locked'), 'and so is the one that is')
  check(vim.fn.readblob('deep/locks.json') == vim.fn.readblob('lock.json'), 'nothing is written yet')
  equal(#questions, 2, 'questions')
end)

local function health()
  vim.cmd('silent checkhealth backuplint')
  local text = t.text(0)
  vim.cmd.bwipeout()
  return text
end

t.section(':checkhealth backuplint', function()
  vim.cmd.edit('disk.json')
  t.wait_for(0, 'disk-size-over-backup-limit')
  local version = vim.trim(vim.system({ t.program, '--version' }):wait().stdout or '')
  check(version:find('^backuplint %d'), 'there is a version')
  local text = health()
  local function has(what)
    check(text:find(what, 1, true), 'it says: %s', what)
  end
  has('OK Neovim 0.')
  has(('OK %s: %s'):format(version, t.program))
  has('OK The configuration is enabled')
  has('OK Running')
  has('Looks at all files in ' .. vim.fn.getcwd())
  has('Attached to disk.json (json)')
  for _, name in ipairs({ 'azuredeploy.json', 'main.bicep', 'main.bicepparam', 'terraform.tfvars', 'main.tf' }) do
    has(('OK %s is of file type'):format(name))
  end
  has('WARNING main.tf, while it is empty, is of file type `tf`')
  has("vim.filetype.add({ extension = { tf = 'terraform' } })")
  has('OK Found ' .. vim.fs.joinpath(vim.fn.getcwd(), 'backuplint.toml'))
  check(not text:find('ERROR', 1, true), 'and nothing is wrong')

  assert(loadstring(t.documented('doc/backuplint.txt', "tofu = 'terraform'")))()
  check(not health():find('WARNING', 1, true), 'with the documented file types nothing is missing')
end)

t.quiet_section(':checkhealth backuplint, when something is wrong', function()
  vim.lsp.config('backuplint', { cmd = { 'no-such-backuplint', 'lsp' } })
  vim.lsp.enable('backuplint', false)
  vim.cmd.cd('/')
  local text = health()
  check(text:find('ERROR there is no program `no-such-backuplint`', 1, true), 'no program')
  check(text:find('ERROR The configuration is not enabled', 1, true), 'not enabled')
  check(text:find('There is no backuplint.toml at or above /', 1, true), 'no configuration')
  told = {}
  vim.cmd('BackuplintExplain guest-static-ip')
  equal(told, { 'backuplint: there is no program `no-such-backuplint`' }, 'and the commands say so too')
end)

t.quiet_section(':help backuplint', function()
  vim.cmd.helptags(vim.fs.joinpath(t.plugin, 'doc'))
  vim.cmd('help backuplint')
  check(vim.api.nvim_get_current_line():find('*backuplint*', 1, true), 'it opens')
  local help = page()
  for link in help:gmatch('|([^%s|]+)|') do
    check(#vim.fn.getcompletion(link, 'help') > 0 and pcall(vim.cmd.help, link), 'there is a |%s|', link)
  end
  for _, command in ipairs({ 'BackuplintExplain', 'BackuplintFixWorkspace' }) do
    check(pcall(vim.cmd.help, ':' .. command), 'the help tells of :%s', command)
  end
  local too_wide = vim.iter(vim.split(help, '\n')):find(function(line)
    return vim.fn.strdisplaywidth(line) > 80
  end)
  equal(too_wide, nil, 'lines over 80 columns')
end)

t.finish()
