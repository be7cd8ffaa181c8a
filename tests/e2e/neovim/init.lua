-- The settings of a Neovim user: what the README says, with the server of these tests.
vim.o.swapfile = false
vim.o.completeopt = 'menuone,noselect'
vim.lsp.config('fusionls', {
  cmd = { vim.env.TEST_PYTHON, '-m', 'fusionls', '--stdio' },
  filetypes = { 'python' },
})
vim.lsp.enable('fusionls')
