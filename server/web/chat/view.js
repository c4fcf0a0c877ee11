/** What is drawn. All text goes in as text: nothing that a model or a person wrote is ever read as markup. */

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties)
  node.append(...children)
  return node
}

/** A language's own name, or the model's where it has no language. */
export function nameOf(model) {
  return model.endonym.endonym ?? model.endonym.name ?? model.id
}

/** Fills the choice of models: those that were taught a language first, by its own name. */
export function fillModels(select, models, chosen) {
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
    ...group('Languages', taught, (model) => {
      const alone = taught.filter((other) => other.endonym.language === model.endonym.language).length === 1
      const english = model.endonym.name && model.endonym.name !== nameOf(model) ? ` · ${model.endonym.name}` : ''
      return alone ? `${nameOf(model)}${english}` : `${nameOf(model)} · ${model.id}`
    }),
    ...group('Base models', others, (model) => model.id),
  )
}

/** What stands where the conversation will be. */
export function welcome(model) {
  if (!model) {
    return element(
      'div',
      { className: 'welcome' },
      element('p', {}, 'There is no model yet. Make one with ', element('code', {}, 'endonym distill Galician'), '.'),
    )
  }
  const { language, name, direction } = model.endonym
  return element(
    'div',
    { className: 'welcome', dir: 'ltr' },
    element('p', { className: 'name', lang: language ?? '', dir: direction ?? 'auto' }, nameOf(model)),
    element(
      'p',
      {},
      language ? `A small model that was taught ${name}.` : 'A base model, before it is taught a language.',
    ),
  )
}

/**
 * One turn of the conversation, and how to change it while it is being written.
 *
 * @param speaker what screen readers call whoever speaks.
 */
export function messageView({ role, content, note }, { speaker, language }) {
  const text = element('p', { className: 'text', dir: 'auto', lang: language ?? '' }, content)
  const node = element('article', { className: `message ${role}`, ariaLabel: speaker }, text)
  const view = {
    node,
    append(piece) {
      node.classList.remove('waiting')
      text.append(piece)
    },
    wait() {
      node.classList.add('waiting')
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
      if (action) {
        line.append(element('button', { type: 'button', className: 'quiet', onclick: action.run }, action.label))
      }
      node.append(line)
    },
  }
  if (note) view.note(note)
  return view
}

/** A row of the list of chats. */
export function chatRow(chat, { current, onOpen, onDelete }) {
  const title = chat.messages[0].content.slice(0, 80)
  return element(
    'li',
    {},
    element(
      'button',
      { type: 'button', className: 'open', dir: 'auto', ariaCurrent: String(current), onclick: onOpen },
      title,
    ),
    element(
      'button',
      { type: 'button', className: 'quiet delete', ariaLabel: `Delete ${title}`, onclick: onDelete },
      'Delete',
    ),
  )
}
