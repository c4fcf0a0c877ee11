import { forget, recall, remember } from './storage.js'

/** The key for the server, where it wants one: kept in this browser, and sent to the server that this page is from. */

const dialog = document.getElementById('key')
const field = document.getElementById('key-text')

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
 * @param why a sentence that says what is wrong with the one that there is.
 * @param then what to do when there is another.
 */
export function askForKey(why, then) {
  document.getElementById('key-why').textContent = why
  field.value = ''
  dialog.querySelector('form').onsubmit = (event) => {
    event.preventDefault()
    key = field.value.trim()
    remember('key', key)
    dialog.close()
    then()
  }
  dialog.showModal()
}

document.getElementById('close-key').addEventListener('click', () => dialog.close())
