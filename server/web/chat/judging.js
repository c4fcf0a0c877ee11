import { inWords, json } from '../shared/api.js'
import { button, element } from '../shared/element.js'
import { recall, remember } from '../shared/storage.js'

/** What the server knows this browser by, so that what was judged can be taken back. */
function person() {
  const known = recall('person')
  if (known) return known
  const made = crypto.randomUUID()
  remember('person', made)
  return made
}

/** Deletes all that was judged from this browser. @returns how much that was */
export async function forgetJudged() {
  const { deleted } = await json('/api/feedback', { method: 'DELETE', body: { person: person() } })
  return deleted
}

/**
 * Thumbs, "wrong language" and a better answer, for one answer of a chat.
 *
 * @param message the answer, which remembers what was said of it
 * @param conversation the turns up to it, itself included
 * @param save is called when the message has changed
 */
export function drawJudging({ t }, message, { lang, conversation, save }) {
  const said = element('span', { className: 'faint', role: 'status' })
  const judged = message.judged ?? { id: crypto.randomUUID(), flags: [] }
  const send = async () => {
    message.judged = judged
    save()
    mark()
    try {
      await json('/api/feedback', {
        method: 'POST',
        body: { ...judged, model: message.model, conversation: conversation(), person: person() },
      })
      said.textContent = t('chat.thanks')
    } catch (error) {
      said.textContent = inWords(error, t)
    }
  }
  const thumb = (value, label) =>
    button(
      label,
      () => {
        judged.thumb = judged.thumb === value ? undefined : value
        void send()
      },
      { className: 'quiet', aria: { pressed: 'false' } },
    )
  const up = thumb('up', t('chat.good'))
  const down = thumb('down', t('chat.bad'))
  const wrong = button(
    t('shared.wrong-language'),
    () => {
      judged.flags = judged.flags.length > 0 ? [] : ['wrong_language']
      void send()
    },
    { className: 'quiet', aria: { pressed: 'false' } },
  )
  const mark = () => {
    up.ariaPressed = String(judged.thumb === 'up')
    down.ariaPressed = String(judged.thumb === 'down')
    wrong.ariaPressed = String(judged.flags.length > 0)
    better.hidden = judged.thumb !== 'down' && judged.flags.length === 0
  }
  const field = element('textarea', { rows: 2, maxLength: 20_000, dir: 'auto', lang, value: judged.correction ?? '' })
  field.setAttribute('aria-label', t('chat.better'))
  field.placeholder = t('chat.better')
  const better = element(
    'form',
    {
      className: 'better',
      hidden: true,
      onsubmit: (event) => {
        event.preventDefault()
        judged.correction = field.value.trim() || undefined
        void send()
      },
    },
    field,
    element('button', { className: 'quiet' }, t('shared.save')),
  )
  mark()
  return { buttons: [up, down, wrong], below: [better, said] }
}
