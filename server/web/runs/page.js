import { inWords, json } from '../shared/api.js'
import { byId, element } from '../shared/element.js'
import { askForKey } from '../shared/key.js'
import { languageField } from '../shared/language-field.js'
import { openPage } from '../shared/page.js'
import { showPlan } from './plan.js'
import { showRun } from './run.js'

/** Models are made here: what it would take, how it goes, what came of it. `#<run>` is one of the runs, `?language=` a language to begin with. */

const page = await openPage('runs')
const { t } = page
const main = byId('main')

/** Stops what the last view went on doing. */
let leave = () => {}
let shown = 0

function show(...nodes) {
  main.replaceChildren(...nodes.filter(Boolean))
  main.focus({ preventScroll: true })
}

async function route() {
  leave()
  leave = () => {}
  const mine = ++shown
  const id = decodeURIComponent(location.hash.slice(1))
  try {
    if (id === '') await overview(mine)
    else {
      const stop = await showRun(page, id, { show })
      if (mine === shown) leave = stop
      else stop()
    }
  } catch (error) {
    show(
      element('h1', {}, t('runs.title')),
      element('p', { className: 'failed', role: 'alert' }, inWords(error, t)),
      id !== '' && element('a', { href: '#' }, t('runs.all')),
    )
    if (error.wantsKey) askForKey(t, inWords(error, t), route)
  }
}

async function overview(mine) {
  const { runs, choices } = await json('/api/runs')
  if (mine !== shown) return
  const plan = element('div', {})
  const choose = (language) => showPlan(page, { language, choices, into: plan, onBegun: ({ id }) => open(id) })
  const chosen = languageField(page, { label: t('runs.which'), onChoose: choose })
  show(
    element('h1', {}, t('runs.title')),
    element('p', {}, t('runs.intro')),
    chosen.node,
    plan,
    element('h2', {}, t('runs.runs')),
    runs.length === 0
      ? element('p', { className: 'faint' }, t('runs.none'))
      : element('ul', { className: 'runs' }, ...runs.map(entry)),
  )
  const wanted = new URLSearchParams(location.search).get('language')
  if (!wanted) return
  const { languages } = await json(`/api/languages?q=${encodeURIComponent(wanted)}`)
  const language = languages.find(({ tag }) => tag === wanted) ?? languages[0]
  if (!language || mine !== shown) return
  chosen.field.value = language.endonym ?? language.name
  choose(language)
}

function entry({ id, language, scale, status, createdAt }) {
  const own = language.endonym ?? language.name
  return element(
    'li',
    {},
    element(
      'a',
      { href: `#${encodeURIComponent(id)}` },
      element('span', { lang: language.tag, dir: 'auto' }, own),
      element('span', { className: 'faint' }, t(`runs.scale-${scale}`)),
      element('span', { className: 'state', data: { state: status } }, t(`runs.status-${status}`)),
      element('span', { className: 'faint' }, page.date(createdAt)),
    ),
  )
}

function open(id) {
  location.hash = encodeURIComponent(id)
}

addEventListener('hashchange', route)
void route()
