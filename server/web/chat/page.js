import { inWords } from '../shared/api.js'
import { button, byId, element } from '../shared/element.js'
import { askForKey, currentKey, forgetKey } from '../shared/key.js'
import { languageField } from '../shared/language-field.js'
import { openPage } from '../shared/page.js'
import { recall, remember } from '../shared/storage.js'
import { listModels, streamAnswer } from './answer.js'
import { deleteChat, listChats, loadChat, newChat, saveChat } from './chats.js'
import { drawJudging, forgetJudged } from './judging.js'
import { chatRow, fillModels, messageView, nameOf, welcome } from './view.js'

const page = await openPage('chat')
const { t } = page

const [log, status, composer, text, send, stop, select, dialog] = [
  'log',
  'status',
  'composer',
  'text',
  'send',
  'stop',
  'model',
  'chats',
].map(byId)

// Scrolled from the keyboard too.
log.tabIndex = 0

let models = []
let chat
/** Stops the answer that is being written, if there is one. */
let answering

const currentModel = () => models.find(({ id }) => id === select.value)

function showChat() {
  log.replaceChildren()
  if (chat.messages.length === 0) log.append(welcome(page, currentModel()))
  else for (const message of chat.messages) log.append(draw(message).node)
  setDirection()
  log.scrollTop = log.scrollHeight
}

/** A turn with what can be done with it. */
function draw(message) {
  const model = models.find(({ id }) => id === message.model) ?? currentModel()
  const mine = message.role === 'user'
  const language = model?.endonym.language
  const view = messageView(message, {
    speaker: mine ? t('chat.you') : model ? nameOf(model) : t('chat.a-model'),
    language,
  })
  if (mine) view.actions([button(t('chat.edit'), () => edit(message, view), { className: 'quiet' })])
  else if (message.content !== '') offerActions(message, view, language)
  return view
}

function offerActions(message, view, language) {
  const judging = drawJudging(page, message, {
    lang: language ?? '',
    conversation: () => turnsUpTo(message),
    save: () => saveChat(chat),
  })
  const copy = button(
    t('shared.copy'),
    async () => {
      await navigator.clipboard.writeText(message.content)
      copy.textContent = t('shared.copied')
      setTimeout(() => {
        copy.textContent = t('shared.copy')
      }, 2000)
    },
    { className: 'quiet' },
  )
  const again = button(t('chat.again'), () => answerAgain(message), { className: 'quiet' })
  view.actions([...judging.buttons, copy, again], judging.below)
}

/** Writes a message anew; what came after it is let go of. */
function edit(message, view) {
  if (answering) return
  const field = element('textarea', { value: message.content, dir: 'auto', rows: 2 })
  field.setAttribute('aria-label', t('chat.message'))
  const resend = (event) => {
    event.preventDefault()
    const content = field.value.trim()
    if (content === '' || answering) return
    chat.messages.length = chat.messages.indexOf(message)
    say(content)
  }
  const form = element(
    'form',
    { className: 'edit', onsubmit: resend },
    field,
    element(
      'div',
      { className: 'choices' },
      button(t('shared.cancel'), showChat, { className: 'quiet' }),
      element('button', {}, t('chat.edit-send')),
    ),
  )
  view.node.replaceChildren(form)
  field.focus()
}

function answerAgain(message) {
  if (answering) return
  chat.messages.length = chat.messages.indexOf(message)
  showChat()
  void answer()
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

/** The turns that a model is given: no failures, and one after the other by turns. */
function conversation(messages) {
  const turns = []
  for (const { role, content } of messages) {
    if (content === '') continue
    const last = turns.at(-1)
    if (last?.role === role) last.content += `\n\n${content}`
    else turns.push({ role, content })
  }
  return turns
}

const turnsUpTo = (message) => conversation(chat.messages.slice(0, chat.messages.indexOf(message) + 1))

async function answer() {
  const model = currentModel()
  const mine = chat
  const message = { role: 'assistant', content: '', model: model.id }
  const messages = conversation(chat.messages)
  const shown = draw(message)
  shown.wait()
  following(() => log.append(shown.node))
  const abort = new AbortController()
  answering = abort
  setBusy(true)
  const again = () => {
    if (answering) return
    shown.node.remove()
    if (chat.messages.at(-1) === message) chat.messages.pop()
    void answer()
  }
  let action = { label: t('shared.try-again'), run: again }
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
    if (reason === 'length') message.note = t('chat.cut-off')
  } catch (error) {
    failed = !abort.signal.aborted
    message.note = failed ? (error.code === 'cut' ? t('chat.cut') : inWords(error, t)) : t('chat.stopped')
    if (error.wantsKey) action = { label: t('shared.key-enter'), run: () => askForKey(t, message.note, again) }
  }
  following(() => {
    shown.note(message.note, { failed, ...(message.note && { action }) })
    if (message.content !== '') offerActions(message, shown, model.endonym.language)
  })
  // It may have been deleted meanwhile.
  if (loadChat(mine.id)) saveChat(mine)
  if (answering === abort) {
    status.textContent = failed ? message.note : t('chat.answered', { name: nameOf(model) })
    answering = undefined
    setBusy(false)
  }
}

/** Adds what the person says, and has it answered. */
function say(content) {
  chat.messages.push({ role: 'user', content })
  remember('current', chat.id)
  saveChat(chat)
  showChat()
  void answer()
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
  text.value = ''
  say(content)
  text.focus()
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
  if (event.key === 'Escape' && !document.querySelector('dialog[open]')) answering?.abort()
})

/** Another model answers from now on. */
function choose(id) {
  select.value = id
  remember('model', id)
  offerComparison()
  if (chat.messages.length === 0) showChat()
  else setDirection()
}
select.addEventListener('change', () => choose(select.value))

/** Two models of a language can be compared with each other. */
function offerComparison() {
  const language = currentModel()?.endonym.language
  const others = models.filter(({ endonym }) => endonym.language === language && endonym.role !== 'base')
  byId('compare').hidden = !language || others.length < 2
}
byId('compare').addEventListener('click', async () => {
  const { compare } = await import('./compare.js')
  answering?.abort()
  await compare(currentModel().endonym, byId('main'))
})

byId('new-chat').addEventListener('click', () => open(newChat(select.value)))
byId('open-chats').addEventListener('click', () => {
  showChats()
  dialog.showModal()
})
byId('forget-key').addEventListener('click', () => {
  forgetKey()
  location.reload()
})
byId('forget-judged').addEventListener('click', async () => {
  byId('forgotten').textContent = await forgetJudged().then(
    (count) => t('chat.forgotten', { count }),
    (error) => inWords(error, t),
  )
})
byId('close-chats').addEventListener('click', () => dialog.close())
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close()
})

byId('speak').addEventListener('click', () => {
  const notice = element('p', { role: 'status' })
  const take = (language) => {
    const own = models.filter(({ endonym }) => endonym.language === language.tag && endonym.role !== 'base')
    const best = own.find(({ endonym }) => endonym.best) ?? own[0]
    if (best) {
      box.close()
      if (chat.messages.length > 0) open(newChat(best.id))
      choose(best.id)
      return
    }
    const name = page.languageName(language.tag)
    const more = `/runs?language=${encodeURIComponent(language.tag)}`
    notice.replaceChildren(t('chat.none-of', { language: name }), ' ', element('a', { href: more }, t('chat.make-one')))
  }
  const { node, field } = languageField(page, { label: t('shared.language'), onChoose: take })
  const box = element(
    'dialog',
    { className: 'small tall', aria: { labelledby: 'speak-title' } },
    element('h2', { id: 'speak-title' }, t('chat.speak')),
    node,
    notice,
    element(
      'div',
      { className: 'choices' },
      button(t('shared.close'), () => box.close(), { className: 'quiet' }),
    ),
  )
  box.addEventListener('close', () => box.remove())
  document.body.append(box)
  box.showModal()
  field.focus()
})

function showChats() {
  const chats = listChats()
  byId('no-chats').hidden = chats.length > 0
  byId('forget-key').hidden = !currentKey()
  byId('chat-list').replaceChildren(
    ...chats.map((item) =>
      chatRow(page, item, {
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

/** What the page's address asks for: a model (`?model=`), or a language whose models are to be compared (`?compare=`). It is done once, so that a reload is a reload. */
function askedFor() {
  const wishes = new URLSearchParams(location.search)
  const [id, language] = [wishes.get('model'), wishes.get('compare')]
  if (id === null && language === null) return {}
  for (const name of ['model', 'compare']) wishes.delete(name)
  history.replaceState(null, '', `${location.pathname}${wishes.size > 0 ? `?${wishes}` : ''}`)
  const own = models.filter(({ endonym }) => endonym.language === language && endonym.role !== 'base')
  const model = models.find((model) => model.id === id) ?? own.find(({ endonym }) => endonym.best) ?? own[0]
  return { model, compared: own.length > 1 }
}

async function start() {
  chat = loadChat(recall('current')) ?? newChat()
  try {
    models = await listModels()
  } catch (error) {
    const sentence = inWords(error, t)
    const ask = () => askForKey(t, sentence, start)
    const [label, onclick] = error.wantsKey ? [t('shared.key-enter'), ask] : [t('shared.try-again'), start]
    const again = button(label, onclick, { className: 'quiet' })
    log.replaceChildren(element('div', { className: 'welcome', role: 'alert' }, element('p', {}, sentence), again))
    if (error.wantsKey) ask()
    return
  }
  const newest = models.toSorted((a, b) => b.created - a.created)
  const { model: asked, compared } = askedFor()
  if (asked && chat.messages.length > 0 && chat.model !== asked.id) chat = newChat(asked.id)
  const preferred =
    asked ??
    models.find(({ id }) => id === (chat.messages.length > 0 ? chat.model : recall('model'))) ??
    newest.find((model) => model.endonym.role === 'student') ??
    newest.find((model) => model.endonym.role === 'adapter') ??
    newest[0]
  fillModels(page, select, models, preferred?.id)
  chat.model = preferred?.id
  offerComparison()
  setBusy(false)
  showChat()
  if (compared) byId('compare').click()
  // On a phone this would raise the keyboard over the page.
  if (matchMedia('(pointer: fine)').matches) text.focus()
}

void start()
