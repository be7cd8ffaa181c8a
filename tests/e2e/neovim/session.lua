-- One session in the current buffer: takes an inline completion, two entries of Neovim's own completion
-- list, and a code action, writes what became of it to $TEST_RESULT and quits.
local buffer = vim.api.nvim_get_current_buf()
local result = {}

local main

-- Wait for `happened` without blocking the loop: typed keys and answers are handled meanwhile.
local function wait_for(what, happened)
  for _ = 1, 1500 do
    local found = happened()
    if found then
      return found
    end
    vim.defer_fn(function()
      coroutine.resume(main)
    end, 20)
    coroutine.yield()
  end
  error('waited in vain for ' .. what)
end

local function type_keys(keys)
  vim.api.nvim_feedkeys(vim.keycode(keys), 't', false)
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n') .. '\n'
end

local function put_cursor_behind(pattern)
  vim.fn.cursor(1, 1)
  vim.fn.search(pattern, 'e')
end

local function answer_of(client, method, params)
  local answer
  client:request(method, params, function(err, value)
    answer = { err = err, value = value }
  end, buffer)
  wait_for('an answer to ' .. method, function()
    return answer
  end)
  assert(not answer.err, vim.inspect(answer.err))
  return answer.value
end

local function take_inline_completion(client)
  put_cursor_behind('return a')
  type_keys('a')
  wait_for('insert mode', function()
    return vim.fn.mode() == 'i'
  end)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = 1 }
  local item = answer_of(client, 'textDocument/inlineCompletion', params).items[1]
  assert(item, 'no inline completion')
  local edit = { range = item.range, newText = item.insertText }
  vim.lsp.util.apply_text_edits({ edit }, buffer, client.offset_encoding)
  local accepted = answer_of(client, 'workspace/executeCommand', {
    command = item.command.command,
    arguments = item.command.arguments,
  })
  type_keys('<Esc>')
  wait_for('normal mode', function()
    return vim.fn.mode() == 'n'
  end)
  result.inline = { accepted = item.insertText, known = accepted.known, text = text() }
end

local function take_from_completion_list(client, pattern)
  vim.lsp.completion.enable(true, client.id, buffer, { autotrigger = false })
  put_cursor_behind(pattern)
  type_keys('a')
  wait_for('insert mode', function()
    return vim.fn.mode() == 'i'
  end)
  vim.lsp.completion.get()
  wait_for('the completion list', function()
    return vim.fn.pumvisible() == 1
  end)
  local entry = vim.fn.complete_info({ 'items' }).items[1]
  local item = entry.user_data.nvim.lsp.completion_item
  type_keys('<C-n><C-y><Esc>')
  wait_for('normal mode', function()
    return vim.fn.mode() == 'n'
  end)
  return { label = item.label, offered = item.documentation.value, text = text() }
end

-- Choose an action as a person does, and wait for the buffer to change.
local function take_code_action(pattern, kind)
  local before, title, ended = text(), nil, false
  put_cursor_behind(pattern)
  local watch = vim.api.nvim_create_autocmd('LspProgress', {
    callback = function(event)
      local value = event.data.params.value
      ended = ended or (value.kind == 'end')
    end,
  })
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      if action.kind == kind then
        title = action.title
      end
      return action.kind == kind
    end,
  })
  wait_for('the edit of a code action', function()
    return text() ~= before and ended
  end)
  vim.api.nvim_del_autocmd(watch)
  return { before = before, text = text(), title = title }
end

local function session()
  local client = wait_for('the server', function()
    return vim.lsp.get_clients({ name = 'fusionls', bufnr = buffer })[1]
  end)
  result.processes = vim.api.nvim_get_proc_children(vim.fn.getpid())
  -- First, so that the buffer is a program from here on.
  result.block = take_from_completion_list(client, [[in numbers:\n\s\+]])
  take_inline_completion(client)
  result.line = take_from_completion_list(client, 'return width')
  result.action = take_code_action('def area', 'refactor.rewrite.docstring')
end

main = coroutine.create(function()
  local _, failure = xpcall(session, debug.traceback)
  result.failure = failure
  result.messages = vim.fn.execute('messages')
  local file = assert(io.open(vim.env.TEST_RESULT, 'w'))
  file:write(vim.json.encode(result))
  file:close()
  vim.cmd('qall!')
end)
vim.schedule(function()
  coroutine.resume(main)
end)
