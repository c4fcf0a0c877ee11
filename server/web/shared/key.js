import { button, element } from './element.js'
import { forget, recall, remember } from './storage.js'

/** The key for the server, where it wants one: kept in this browser, and sent to the server that this page is from. */

// Held here too, for browsers that keep nothing.
let key = recall('key')

export const currentKey = () => key

export function forgetKey() {
  key = undefined
  forget('key')
}

/**
 * Asks the person for a key.
 *
 * @param {(key: string) => string} t the page's messages
 * @param {string} why a sentence that says what is wrong with the one that there is
 * @param {() => void} then what to do when there is another
 */
export function askForKey(t, why, then) {
  if (document.getElementById('key')) return
  const field = element('input', {
    id: 'key-text',
    type: 'password',
    required: true,
    pattern: '\\s*[!-~]+\\s*',
    title: t('shared.key-form'),
    autocomplete: 'off',
    dir: 'ltr',
  })
  const submit = (event) => {
    event.preventDefault()
    key = field.value.trim()
    remember('key', key)
    dialog.close()
    then()
  }
  const dialog = element(
    'dialog',
    { id: 'key', className: 'small', aria: { labelledby: 'key-title', describedby: 'key-why' } },
    element(
      'form',
      { onsubmit: submit },
      element('h2', { id: 'key-title' }, t('shared.key')),
      element('p', { id: 'key-why' }, why),
      element('label', { className: 'unseen', htmlFor: 'key-text' }, t('shared.key')),
      field,
      element('p', { className: 'faint' }, t('shared.key-kept')),
      element(
        'div',
        { className: 'choices' },
        button(t('shared.not-now'), () => dialog.close(), { className: 'quiet' }),
        element('button', {}, t('shared.key-use')),
      ),
    ),
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
