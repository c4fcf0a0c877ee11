import { button, element } from '../shared/element.js'

/** A language's own name, or the model's where it has no language. */
export function nameOf(model) {
  return model.endonym.endonym ?? model.endonym.name ?? model.id
}

/** Fills the choice of models: those that were taught a language first, by its own name. */
export function fillModels({ t, languageName }, select, models, chosen) {
  const taught = models.filter((model) => model.endonym.language)
  const others = models.filter((model) => !model.endonym.language)
  const group = (label, items, text) =>
    items.length > 0
      ? [
          element(
            'optgroup',
            { label },
            ...items.map((model) => new Option(text(model), model.id, false, model.id === chosen)),
          ),
        ]
      : []
  select.replaceChildren(
    ...group(t('chat.languages'), taught, (model) => {
      const alone = taught.filter((other) => other.endonym.language === model.endonym.language).length === 1
      const known = languageName(model.endonym.language)
      const also = known.toLowerCase() !== nameOf(model).toLowerCase() ? ` · ${known}` : ''
      return alone ? `${nameOf(model)}${also}` : `${nameOf(model)} · ${model.id}`
    }),
    ...group(t('chat.bases'), others, (model) => model.id),
  )
}

/** What stands where the conversation will be. */
export function welcome({ t, languageName }, model) {
  if (!model) {
    return element(
      'div',
      { className: 'welcome' },
      element('p', {}, t('chat.none'), ' ', element('code', { dir: 'ltr' }, 'endonym distill Galician'), '.'),
    )
  }
  const { language, direction } = model.endonym
  return element(
    'div',
    { className: 'welcome' },
    element('p', { className: 'name', lang: language ?? '', dir: direction ?? 'auto' }, nameOf(model)),
    element(
      'p',
      { dir: document.documentElement.dir },
      language ? t('chat.taught', { language: languageName(language) }) : t('chat.base'),
    ),
  )
}

/**
 * One turn of the conversation, and how to change it while it is being written.
 *
 * @param speaker what screen readers call whoever speaks.
 */
export function messageView({ role, content, note }, { speaker, language }) {
  const text = element('p', { className: 'text passage', dir: 'auto', lang: language ?? '' }, content)
  const foot = element('div', { className: 'foot' })
  const node = element('article', { className: `message ${role}`, ariaLabel: speaker }, text, foot)
  const view = {
    node,
    text,
    append(piece) {
      node.classList.remove('waiting')
      text.append(piece)
    },
    wait() {
      node.classList.add('waiting')
    },
    /** What can be done with it. */
    actions(buttons, below = []) {
      foot.replaceChildren(element('div', { className: 'actions' }, ...buttons), ...below)
    },
    /** Says under the message how it ended, with something to do about it. */
    note(sentence, { failed = false, action } = {}) {
      node.classList.remove('waiting')
      node.querySelector('.note')?.remove()
      if (!sentence) return
      const line = element(
        'p',
        { className: failed ? 'note failed' : 'note' },
        element('span', { dir: 'auto' }, sentence),
      )
      if (action) line.append(button(action.label, action.run, { className: 'quiet' }))
      text.after(line)
    },
  }
  if (note) view.note(note)
  return view
}

/** A row of the list of chats. */
export function chatRow({ t }, chat, { current, onOpen, onDelete }) {
  const title = chat.messages[0].content.slice(0, 80)
  return element(
    'li',
    {},
    element(
      'button',
      { type: 'button', className: 'open', dir: 'auto', ariaCurrent: String(current), onclick: onOpen },
      title,
    ),
    button(t('shared.delete'), onDelete, {
      className: 'quiet delete',
      ariaLabel: `${t('shared.delete')} ${title}`,
    }),
  )
}
