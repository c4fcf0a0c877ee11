import { inWords } from '../shared/api.js'
import { byId, element, passage } from '../shared/element.js'
import { openPage } from '../shared/page.js'
import { names, read, store } from '../shared/storage.js'
import { showForm } from './form.js'
import { showSession } from './session.js'

/** What an organiser does: begins sessions, and sees what comes of them. `#<session>.<secret>` is one of them. */

const page = await openPage('organise,rate')
const { t } = page
const main = byId('main')

/** Stops what the last view went on doing. */
let leave = () => {}

function show(...nodes) {
  main.replaceChildren(...nodes)
  main.focus({ preventScroll: true })
}

/** This browser's sessions, newest first. */
const mine = () =>
  names('organised.')
    .map((name) => ({ id: name.slice('organised.'.length), ...read(name) }))
    .sort((a, b) => b.at - a.at)

function remember(id, secret, name) {
  store(`organised.${id}`, { secret, name, at: read(`organised.${id}`)?.at ?? Date.now() })
}

async function route() {
  leave()
  leave = () => {}
  const [, id, secret] = /^#([\w-]+)\.([\w-]+)$/.exec(location.hash) ?? []
  if (!id) return overview()
  try {
    leave = await showSession(page, { id, secret }, { show, onName: (name) => remember(id, secret, name) })
  } catch (error) {
    show(
      element('p', { className: 'failed', role: 'alert' }, inWords(error, t)),
      element('a', { href: '#' }, t('organise.all')),
    )
  }
}

function overview() {
  const sessions = mine()
  show(
    element('h1', {}, t('organise.title')),
    element('p', {}, t('organise.intro')),
    element('h2', {}, t('organise.mine')),
    sessions.length === 0
      ? element('p', { className: 'faint' }, t('organise.mine-none'))
      : element(
          'ul',
          { className: 'sessions' },
          ...sessions.map(({ id, secret, name }) =>
            element('li', {}, element('a', { href: `#${id}.${secret}` }, passage(name ?? id, { tag: 'span' }))),
          ),
        ),
    showForm(page, ({ id, secret }, name) => {
      remember(id, secret, name)
      location.hash = `${id}.${secret}`
    }),
  )
}

addEventListener('hashchange', route)
void route()
