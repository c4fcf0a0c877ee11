import { events, request } from '../shared/api.js'
import { element } from '../shared/element.js'

/**
 * The answers to one question of a task, as they are written, and whether they were seen to their ends.
 *
 * @param {{t: Function}} page
 * @param {{battle: boolean, lang: string}} options
 */
export function drawAnswers({ t }, { battle, lang }) {
  const sides = battle ? ['left', 'right'] : ['left']
  const node = element('div', { className: battle ? 'answers two' : 'answers' })
  const parts = Object.fromEntries(
    sides.map((side) => {
      const text = element('p', { className: 'passage', dir: 'auto', lang })
      const end = element('span', { className: 'end', aria: { hidden: 'true' }, data: { side } })
      const label = battle ? t(`rate.answer-${side}`) : t('rate.answer')
      const article = element(
        'section',
        { className: 'answer card waiting', aria: { label } },
        element('h3', { className: 'faint' }, label),
        text,
        end,
      )
      node.append(article)
      return [side, { article, text, end, ended: false, seen: false, receipt: null }]
    }),
  )
  const all = (test) => sides.every((side) => test(parts[side]))
  /** Is called when both have ended and been seen. */
  let whenSeen = () => {}
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      const part = parts[target.dataset.side]
      if (isIntersecting && part.ended) part.seen = true
    }
    if (all(({ seen }) => seen)) {
      observer.disconnect()
      whenSeen()
    }
  })
  const write = (side, piece) => parts[side].text.append(piece)
  const end = (side, receipt) => {
    const part = parts[side]
    Object.assign(part, { ended: true, receipt })
    part.article.classList.remove('waiting')
    if (part.text.textContent === '') part.text.append(t('rate.empty-answer'))
    // From now on it counts when its end is on the screen.
    observer.observe(part.end)
  }
  return {
    node,
    /** Draws what was answered before. */
    fill: (turn) => {
      for (const side of sides) {
        write(side, turn[side])
        end(side, turn.receipts[side])
      }
    },
    /** Asks, and draws what is answered. A question of a list is asked by its number, so that one whose answer was cut off is not skipped. @returns what failed, or nothing */
    hear: async (address, { token, question, turn, signal }) => {
      for (const side of sides) parts[side].text.replaceChildren()
      const response = await request(`${address}/turns`, {
        method: 'POST',
        token,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(question === undefined ? { turn } : { question }),
        signal,
      })
      for await (const { event, data } of events(response)) {
        const { side, text, receipt, ...failure } = JSON.parse(data)
        if (event === 'piece') write(side, text)
        else if (event === 'end') end(side, receipt)
        else if (event === 'failed') return failure
      }
      return all(({ ended }) => ended) ? undefined : { code: 'unreachable' }
    },
    seen: new Promise((resolve) => {
      whenSeen = resolve
    }),
    receipts: () => ({ left: parts.left.receipt, right: parts.right?.receipt ?? null }),
  }
}
