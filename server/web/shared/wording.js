import { json } from './api.js'
import { element } from './element.js'

/**
 * A line that says that a machine translated this page, with a way to correct it on the spot: whoever reads a wrong word writes the right one.
 *
 * @param spoken the page's messages, by key
 */
export function correctWording(t, spoken) {
  const list = element('ul', { className: 'wording', hidden: true })
  const toggle = element(
    'button',
    {
      type: 'button',
      className: 'quiet',
      aria: { expanded: 'false' },
      onclick: () => {
        list.hidden = !list.hidden
        toggle.setAttribute('aria-expanded', String(!list.hidden))
        if (list.childElementCount === 0) list.append(...Object.keys(spoken.messages).map((key) => row(t, spoken, key)))
      },
    },
    t('shared.correct-wording'),
  )
  return element(
    'aside',
    { className: 'machine', aria: { label: t('shared.machine-translated') } },
    element('p', {}, t('shared.machine-translated'), ' ', toggle),
    list,
  )
}

function row(t, { tag, messages }, key) {
  const field = element('input', { value: written(messages[key]), lang: tag, dir: 'auto', id: `wording-${key}` })
  const said = element('span', { role: 'status' })
  const save = async (event) => {
    event.preventDefault()
    try {
      await json(`/api/interface/${encodeURIComponent(tag)}/${encodeURIComponent(key)}`, {
        method: 'PUT',
        body: { text: field.value },
      })
      said.textContent = t('shared.saved')
    } catch (error) {
      said.textContent = error.message
    }
  }
  field.setAttribute('aria-label', key)
  return element(
    'li',
    {},
    element('form', { onsubmit: save }, field, element('button', { className: 'quiet' }, t('shared.save')), said),
  )
}

/** A parsed message as ICU MessageFormat again. */
function written(message) {
  return message.map(writtenPart).join('')
}

function writtenPart(part) {
  const options = () =>
    Object.entries(part.options)
      .map(([name, { value }]) => `${name} {${written(value)}}`)
      .join(' ')
  switch (part.type) {
    case 0:
      return part.value.replaceAll("'", "''").replaceAll(/[{}]/g, "'$&'")
    case 1:
      return `{${part.value}}`
    case 2:
      return `{${part.value}, number${part.style ? `, ${part.style}` : ''}}`
    case 3:
      return `{${part.value}, date${part.style ? `, ${part.style}` : ''}}`
    case 4:
      return `{${part.value}, time${part.style ? `, ${part.style}` : ''}}`
    case 5:
      return `{${part.value}, select, ${options()}}`
    case 6:
      return `{${part.value}, ${part.pluralType === 'ordinal' ? 'selectordinal' : 'plural'}, ${part.offset ? `offset:${part.offset} ` : ''}${options()}}`
    default:
      return '#'
  }
}
