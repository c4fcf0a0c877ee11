import { element } from './element.js'
import { formatMessage } from './format.js'
import { recall, remember } from './storage.js'
import { correctWording } from './wording.js'

/** The pages that the top of each links to, and the message that names each. */
const links = [
  ['/', 'shared.chat'],
  ['/models', 'shared.models'],
  ['/leaderboard', 'shared.leaderboard'],
  ['/sessions', 'shared.sessions'],
  ['/runs', 'shared.runs'],
]

/** Languages that the browser's owner reads, the one that they chose here first. */
function wishes() {
  const asked = new URLSearchParams(location.search).get('lang')
  return [asked ?? recall('interface'), ...navigator.languages, 'en'].filter(Boolean)
}

/**
 * Loads what a page says, in the language of whoever reads it, fills the texts of its HTML, and draws its top.
 *
 * Elements with `data-t` get a message as their text; `data-t-label`, `data-t-placeholder` and `data-t-title` fill the attributes `aria-label`, `placeholder` and `title`.
 *
 * @param {string} area of its messages
 * @param {{navigation?: boolean}} options whether the top links to the other pages
 * @returns {Promise<{t(key: string, values?: object): string, tag: string, direction: string, number(value: number, options?: object): string, date(value: string | Date, options?: object): string, languageName(tag: string): string}>}
 */
export async function openPage(area, { navigation = true } = {}) {
  const page = await openWords(area)
  const { t, tag, direction, spoken } = page
  document.documentElement.lang = tag
  document.documentElement.dir = direction
  fillTexts(document, t)
  const title = document.querySelector('title')
  if (title.dataset.title) title.textContent = `${t(title.dataset.title)} · Endonym`
  drawTop(t, { tag, navigation, spoken })
  return page
}

/** What `openPage` gives, of more areas (`chat,rate`), and nothing drawn. */
export async function openWords(areas) {
  const spoken = await loadMessages(areas)
  const { tag, direction, messages } = spoken
  const formats = [tag, ...(neighbours[tag] ?? []), ...navigator.languages].find(hasFormats) ?? 'en'
  return {
    spoken,
    t: (key, values = {}) => (messages[key] ? formatMessage(messages[key], values, formats) : key),
    tag,
    direction,
    number: (value, options) => new Intl.NumberFormat(formats, options).format(value),
    date: (value, options = { dateStyle: 'medium', timeStyle: 'short' }) =>
      new Intl.DateTimeFormat(formats, options).format(new Date(value)),
    languageName: (code) => languageName(code, tag),
  }
}

/** Whose numbers, dates and plurals are the same, for browsers that lack a language's own. */
const neighbours = { gl: ['es'] }

/** Whether the browser knows how a language writes dates. Elsewhere it takes its owner's language, or it writes the month as "M11". */
function hasFormats(tag) {
  try {
    const format = new Intl.DateTimeFormat(tag, { month: 'long' })
    const [wanted, got] = [tag, format.resolvedOptions().locale].map((each) => each.split('-')[0])
    return wanted === got && !/^M\d/.test(format.format(0))
  } catch {
    return false
  }
}

/** Fills what has a message's key under a node: a page, or what is added to it later. */
export function fillTexts(node, t) {
  for (const each of node.querySelectorAll('[data-t]')) each.textContent = t(each.dataset.t)
  for (const each of node.querySelectorAll('[data-t-label]')) each.setAttribute('aria-label', t(each.dataset.tLabel))
  for (const each of node.querySelectorAll('[data-t-placeholder]')) each.placeholder = t(each.dataset.tPlaceholder)
  for (const each of node.querySelectorAll('[data-t-title]')) each.title = t(each.dataset.tTitle)
}

async function loadMessages(area) {
  let english
  for (const wish of new Set(wishes())) {
    const response = await fetch(`/messages/${encodeURIComponent(wish)}/${area}`)
    if (!response.ok) continue
    const spoken = await response.json()
    // Who is not understood is answered in English, which somebody's next language goes before.
    if (spoken.tag.split('-')[0] === wish.split('-')[0]) return spoken
    english ??= spoken
  }
  return english ?? { tag: 'en', direction: 'ltr', machine: false, messages: {} }
}

function languageName(code, tag) {
  try {
    return new Intl.DisplayNames(tag, { type: 'language', fallback: 'none' }).of(code) ?? code
  } catch {
    return code
  }
}

function drawTop(t, { tag, navigation, spoken }) {
  const top = document.querySelector('[data-top]')
  if (!top) return
  const nav = element('nav', { className: 'links', aria: { label: t('shared.pages') } })
  if (navigation) {
    for (const [path, key] of links) {
      const here = location.pathname === path
      nav.append(element('a', { href: path, ...(here && { aria: { current: 'page' } }) }, t(key)))
    }
  }
  const choice = element('select', { className: 'interface', id: 'interface' }, new Option(tag, tag, true, true))
  choice.setAttribute('aria-label', t('shared.interface-language'))
  choice.addEventListener('change', () => {
    remember('interface', choice.value)
    const address = new URL(location.href)
    address.searchParams.delete('lang')
    location.replace(address)
    if (address.href === location.href) location.reload()
  })
  top.append(element('a', { className: 'home', href: navigation ? '/' : '#main' }, 'Endonym'), nav, choice)
  void fillChoice(choice, tag)
  if (spoken.machine) top.after(correctWording(t, spoken))
}

/** The interface's languages, each by its own name. */
async function fillChoice(choice, tag) {
  const response = await fetch('/api/interface').catch(() => undefined)
  if (!response?.ok) return
  const { languages } = await response.json()
  choice.replaceChildren(
    ...languages.map((language) => {
      const option = new Option(language.name, language.tag, language.tag === tag, language.tag === tag)
      option.lang = language.tag
      return option
    }),
  )
}
