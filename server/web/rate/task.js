import { button, element, passage } from '../shared/element.js'
import { drawAnswers } from './answers.js'
import { drawBallot } from './ballot.js'

/**
 * A question with its answers, and the ballot on them.
 *
 * @param page what `openPage` gave
 * @param task as the server gives it
 * @param {{at: string, token: string, onVote(body: object): unknown, onPass(): Promise<void>, networkOr(ms: number): Promise<void>, footer: Node}} options
 */
export function showTask(page, session, task, { at, token, onVote, onPass, networkOr, footer }) {
  const { t } = page
  const lang = session.language.tag
  const battle = task.kind === 'battle'
  const conversation = element('div', { className: 'conversation', role: 'log', aria: { live: 'off' } })
  const status = element('p', { className: 'faint', role: 'status' })
  const asking = element('div')
  let answers
  let endedAt
  const ballot = drawBallot(page, task, {
    lang,
    onSend: (said) => {
      const seconds = Math.min(1e6, (performance.now() - endedAt) / 1000)
      return onVote({ ...said, receipts: answers.receipts(), seconds, judgedAt: new Date().toISOString() })
    },
    onPass,
  })

  /** Draws a question, and has it answered until it is. */
  async function ask(question, { turn } = {}) {
    asking.replaceChildren()
    ballot.wait('rate.wait-writing')
    answers = drawAnswers(page, { battle, lang })
    conversation.append(
      element('h2', { className: 'unseen' }, t('rate.question')),
      passage(question, { lang, className: 'question' }),
      answers.node,
    )
    if (turn) answers.fill(turn)
    else if (!(await hear(question))) return
    endedAt = performance.now()
    await goOn()
  }

  async function hear(question) {
    status.textContent = t('rate.writing')
    for (let wait = 1000; ; wait = Math.min(30_000, wait * 2)) {
      const failure = await answers
        .hear(at, { token, turn: asked, ...(task.free && { question }) })
        .catch((error) => ({ code: error.code, status: error.status }))
      if (!failure) break
      if (failure.code === 'too_long') {
        status.textContent = t('rate.too-long')
        answers.node.remove()
        askFreely()
        return false
      }
      status.textContent = t(failure.code === 'unreachable' ? 'rate.no-network' : 'rate.no-answer')
      if (failure.code !== 'unreachable' && failure.code !== 'busy') {
        status.append(
          ' ',
          button(t('shared.try-again'), () => void retry(question), { className: 'quiet' }),
        )
        return false
      }
      await networkOr(failure.retryAfter ? failure.retryAfter * 1000 : wait)
    }
    status.textContent = t('rate.answers-ready')
    return true
  }

  async function retry(question) {
    if (!(await hear(question))) return
    endedAt = performance.now()
    await goOn()
  }

  /** After an answer: the next question of the list, or the ballot. */
  async function goOn() {
    asked++
    const following = task.questions[asked]
    if (following !== undefined) return ask(following)
    ballot.wait('rate.wait-seen')
    if (task.free) askFreely(true)
    const current = answers
    await current.seen
    if (current === answers) ballot.open()
  }

  /** A field for a question of the rater's own. */
  function askFreely(more = false) {
    const name = session.language.endonym ?? page.languageName(lang)
    const field = element('textarea', { id: 'question', rows: 2, maxLength: 8000, required: true, dir: 'auto', lang })
    const submit = (event) => {
      event.preventDefault()
      if (field.value.trim() !== '') void ask(field.value.trim())
    }
    const label = more ? t('rate.ask-more') : t('rate.ask', { language: name })
    const form = element(
      'form',
      { className: 'field ask', onsubmit: submit },
      element('label', { htmlFor: 'question' }, label),
      field,
      element('button', { className: more ? 'quiet' : '' }, t('rate.ask-send')),
    )
    asking.replaceChildren(more ? element('details', { className: 'card' }, element('summary', {}, label), form) : form)
  }

  let asked = 0
  const begin = async () => {
    for (const turn of task.turns.slice(0, -1)) {
      const old = drawAnswers(page, { battle, lang })
      old.fill(turn)
      conversation.append(passage(turn.question, { lang, className: 'question' }), old.node)
      asked++
    }
    const last = task.turns.at(-1)
    if (last) return ask(last.question, { turn: last })
    if (task.free) {
      ballot.hide()
      return askFreely()
    }
    return ask(task.questions[0])
  }
  void begin()

  const heading = battle ? t('rate.title') : t('rate.answer')
  return element(
    'div',
    {},
    element('h1', { className: 'unseen' }, heading),
    conversation,
    status,
    asking,
    ballot.node,
    element('p', { className: 'foot faint' }, t('rate.given', { given: task.given }), ' ', footer),
  )
}
