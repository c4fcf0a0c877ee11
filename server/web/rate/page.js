import { inWords, json } from '../shared/api.js'
import { button, byId, element } from '../shared/element.js'
import { openPage } from '../shared/page.js'
import { forget, read, store } from '../shared/storage.js'
import { showMine } from './mine.js'
import { openOutbox } from './outbox.js'
import { showTask } from './task.js'
import { showWelcome } from './welcome.js'

/** What a rater does: joins, judges one thing after the other, and may see and take back what they gave. */

const id = location.pathname.split('/')[2]
const at = `/api/sessions/${id}`
const main = byId('main')
const raterKey = `rater.${id}`

const page = await openPage('rate', { navigation: false })
const { t } = page
let session
let rater = read(raterKey)

const outbox = openOutbox(id, {
  send: ({ task, body }) => json(`${at}/tasks/${task}/vote`, { method: 'PUT', token: rater?.token, body }),
  onChange: (count) => {
    byId('waiting').textContent = count === 0 ? '' : t('rate.waiting', { count })
  },
})

/** Shows something in place of all that was, and says so to who cannot see it. */
function show(...nodes) {
  main.replaceChildren(...nodes)
  scrollTo({ top: 0 })
  main.focus({ preventScroll: true })
}

/** A sentence, with something to do about it. */
function say(sentence, ...actions) {
  show(element('div', { className: 'card', role: 'status' }, element('p', {}, sentence), ...actions))
}

/** Does something that needs the network, again and again until there is one. */
async function withNetwork(work) {
  for (let wait = 1000; ; wait = Math.min(30_000, wait * 2)) {
    try {
      return await work()
    } catch (error) {
      if (error.code !== 'unreachable' && error.code !== 'busy' && !(error.status >= 500)) throw error
      say(t(error.code === 'busy' ? 'shared.busy' : 'rate.no-network'))
      await networkOr(wait)
    }
  }
}

/** Waits so long, or until the browser says that there is a network. */
function networkOr(ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    addEventListener('online', () => resolve(clearTimeout(timer)), { once: true })
  })
}

async function start() {
  try {
    session = await withNetwork(() => json(at))
  } catch (error) {
    say(error.code === 'session_not_found' ? t('rate.not-found') : inWords(error, t))
    return
  }
  if (rater) return next()
  if (session.state === 'early') return say(t('rate.early', { when: page.date(session.opensAt) }))
  if (session.state === 'closed') return say(t('rate.closed'))
  show(
    showWelcome(page, session, async (profile) => {
      const joined = await json(`${at}/raters`, { method: 'POST', body: profile })
      rater = joined
      store(raterKey, joined)
      await next()
    }),
  )
}

/** What is to be judged next. */
async function next() {
  show(element('p', { className: 'faint', role: 'status' }, t('shared.loading')))
  try {
    await withNetwork(outbox.flush)
    const answer = await withNetwork(() => json(`${at}/tasks`, { method: 'POST', token: rater.token }))
    if (answer.done) return say(t(`rate.done-${answer.reason}`), mineButton())
    show(
      showTask(page, session, answer.task, {
        at: `${at}/tasks/${answer.task.id}`,
        token: rater.token,
        onVote: (body) => {
          outbox.add({ task: answer.task.id, body })
          return next()
        },
        onPass: async () => {
          await json(`${at}/tasks/${answer.task.id}/pass`, { method: 'POST', token: rater.token })
          await next()
        },
        networkOr,
        footer: mineButton(),
      }),
    )
  } catch (error) {
    if (error.code === 'rater_unknown') {
      forgetRater()
      return start()
    }
    say(inWords(error, t), button(t('shared.try-again'), next))
  }
}

function mineButton() {
  const open = () =>
    showMine(page, session, { at, token: rater.token }, { show, onBack: next, onDeleted: deleted }).catch((error) =>
      say(inWords(error, t), button(t('shared.try-again'), open)),
    )
  return button(t('rate.mine'), open, { className: 'quiet' })
}

function deleted(votes) {
  forgetRater()
  outbox.clear()
  say(t('rate.mine-deleted', { votes }))
}

function forgetRater() {
  rater = undefined
  forget(raterKey)
}

void start()
