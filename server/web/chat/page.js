import { listModels, streamAnswer } from '../shared/api.js'
import { askForKey, currentKey, forgetKey } from '../shared/key.js'
import { recall, remember } from '../shared/storage.js'
import { deleteChat, listChats, loadChat, newChat, saveChat } from './chats.js'
import { chatRow, element, fillModels, messageView, nameOf, welcome } from './view.js'

const [log, status, composer, text, send, stop, select, dialog] = [
  'log',
  'status',
  'composer',
  'text',
  'send',
  'stop',
  'model',
  'chats',
].map((id) => document.getElementById(id))

// Scrolled from the keyboard too.
log.tabIndex = 0

let models = []
let chat
/** Stops the answer that is being written, if there is one. */
let answering

const currentModel = () => models.find(({ id }) => id === select.value)

function showChat() {
  const model = currentModel()
  log.replaceChildren(
    ...(chat.messages.length > 0 ? chat.messages.map((message) => view(message).node) : [welcome(model)]),
  )
  setDirection()
  log.scrollTop = log.scrollHeight
}

function view(message) {
  const model = models.find(({ id }) => id === message.model) ?? currentModel()
  const mine = message.role === 'user'
  return messageView(message, {
    speaker: mine ? 'You' : model ? nameOf(model) : 'Model',
    language: model?.endonym.language,
  })
}

/** The conversation runs in the language's direction; an empty field too, and a filled one by what is written in it. */
function setDirection() {
  const { direction, language } = currentModel()?.endonym ?? {}
  log.dir = direction ?? 'ltr'
  composer.dir = direction ?? 'ltr'
  text.dir = text.value === '' ? (direction ?? 'ltr') : 'auto'
  text.lang = language ?? ''
}

function setBusy(busy) {
  send.hidden = busy
  stop.hidden = !busy
  // Screen readers read the answer once, when it is whole.
  log.ariaBusy = String(busy)
  send.disabled = models.length === 0
}

/** Does `change`, and keeps the end of the conversation in sight if it was. */
function following(change) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60
  change()
  if (atEnd) log.scrollTop = log.scrollHeight
}

/** The turns that the model is given: no failures, and one after the other by turns. */
function conversation() {
  const turns = []
  for (const { role, content } of chat.messages) {
    if (content === '') continue
    const last = turns.at(-1)
    if (last?.role === role) last.content += `\n\n${content}`
    else turns.push({ role, content })
  }
  return turns
}

async function answer() {
  const model = currentModel()
  const mine = chat
  const message = { role: 'assistant', content: '', model: model.id }
  const messages = conversation()
  const shown = view(message)
  shown.wait()
  following(() => log.append(shown.node))
  const abort = new AbortController()
  answering = abort
  setBusy(true)
  const again = () => {
    if (answering) return
    shown.node.remove()
    if (chat.messages.at(-1) === message) chat.messages.pop()
    answer()
  }
  let action = { label: 'Try again', run: again }
  mine.messages.push(message)
  mine.model = model.id
  let failed = false
  try {
    const reason = await streamAnswer({
      model: model.id,
      messages,
      signal: abort.signal,
      onText: (piece) => {
        message.content += piece
        following(() => shown.append(piece))
      },
    })
    if (reason === 'length') message.note = 'Cut off: it reached the longest answer that is given.'
  } catch (error) {
    failed = !abort.signal.aborted
    message.note = failed ? error.message : 'Stopped.'
    if (error.wantsKey) action = { label: 'Enter a key', run: () => askForKey(error.message, again) }
  }
  following(() => shown.note(message.note, { failed, ...(message.note && { action }) }))
  // It may have been deleted meanwhile.
  if (loadChat(mine.id)) saveChat(mine)
  if (answering === abort) {
    status.textContent = failed ? message.note : `${nameOf(model)} has answered.`
    answering = undefined
    setBusy(false)
  }
}

function open(next) {
  answering?.abort()
  answering = undefined
  setBusy(false)
  chat = next
  remember('current', chat.id)
  if (models.some(({ id }) => id === chat.model)) select.value = chat.model
  showChat()
  if (matchMedia('(pointer: fine)').matches) text.focus()
}

composer.addEventListener('submit', (event) => {
  event.preventDefault()
  const content = text.value.trim()
  if (content === '' || answering || !currentModel()) return
  const message = { role: 'user', content }
  if (chat.messages.length === 0) log.replaceChildren()
  chat.messages.push(message)
  remember('current', chat.id)
  saveChat(chat)
  log.append(view(message).node)
  log.scrollTop = log.scrollHeight
  text.value = ''
  setDirection()
  text.focus()
  answer()
})

text.addEventListener('keydown', (event) => {
  // While an input method composes a word, Enter chooses it.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  composer.requestSubmit()
})
text.addEventListener('input', setDirection)

stop.addEventListener('click', () => {
  answering?.abort()
  text.focus()
})
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !dialog.open) answering?.abort()
})

select.addEventListener('change', () => {
  remember('model', select.value)
  if (chat.messages.length === 0) showChat()
  else setDirection()
})

document.getElementById('new-chat').addEventListener('click', () => open(newChat(select.value)))
document.getElementById('open-chats').addEventListener('click', () => {
  showChats()
  dialog.showModal()
})
document.getElementById('forget-key').addEventListener('click', () => {
  forgetKey()
  location.reload()
})
document.getElementById('close-chats').addEventListener('click', () => dialog.close())
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close()
})

function showChats() {
  const chats = listChats()
  document.getElementById('no-chats').hidden = chats.length > 0
  document.getElementById('forget-key').hidden = !currentKey()
  document.getElementById('chat-list').replaceChildren(
    ...chats.map((item) =>
      chatRow(item, {
        current: item.id === chat.id,
        onOpen: () => {
          dialog.close()
          open(item)
        },
        onDelete: () => {
          deleteChat(item.id)
          if (item.id === chat.id) open(newChat(select.value))
          showChats()
        },
      }),
    ),
  )
}

async function start() {
  chat = loadChat(recall('current')) ?? newChat()
  try {
    models = await listModels()
  } catch (error) {
    const ask = () => askForKey(error.message, start)
    const [label, onclick] = error.wantsKey ? ['Enter a key', ask] : ['Try again', start]
    const button = element('button', { type: 'button', className: 'quiet', onclick }, label)
    log.replaceChildren(
      element('div', { className: 'welcome', role: 'alert' }, element('p', {}, error.message), button),
    )
    if (error.wantsKey) ask()
    return
  }
  const newest = models.toSorted((a, b) => b.created - a.created)
  const preferred =
    models.find(({ id }) => id === (chat.messages.length > 0 ? chat.model : recall('model'))) ??
    newest.find((model) => model.endonym.role === 'student') ??
    newest.find((model) => model.endonym.role === 'adapter') ??
    newest[0]
  fillModels(select, models, preferred?.id)
  chat.model = preferred?.id
  setBusy(false)
  showChat()
  // On a phone this would raise the keyboard over the page.
  if (matchMedia('(pointer: fine)').matches) text.focus()
}

start()
