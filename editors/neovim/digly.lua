-- Neovim 0.11: save as ~/.config/nvim/lsp/digly.lua and add `vim.lsp.enable("digly")` to init.lua.
return {
  cmd = { "digly", "lsp" },
  filetypes = { "yaml" },
  root_markers = { "runtime.yaml", "module.yaml", ".git" },
}
