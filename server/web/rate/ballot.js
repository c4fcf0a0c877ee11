import { button, element } from '../shared/element.js'
import { forget, read, store } from '../shared/storage.js'

const verdicts = ['left', 'right', 'both_good', 'both_bad']
const scales = ['fluency', 'helpfulness', 'correctness']
const flags = ['wrong_language', 'not_natural', 'wrong_fact', 'harmful']

/**
 * What a rater says of a task. It can be filled in when the answers have been seen to their ends; what is half written is kept in this browser.
 *
 * @param {{onSend(said: object): unknown, onPass(): Promise<void>}} options
 */
export function drawBallot({ t }, task, { lang, onSend, onPass }) {
  const battle = task.kind === 'battle'
  const draft = `draft.${task.id}`
  const why = element('p', { className: 'faint why', id: 'why' })
  const judged = battle ? drawVerdicts(t) : drawScales(t)
  const details = drawDetails(t, { battle, lang })
  const failure = element('p', { className: 'failed', role: 'alert' })
  const send = element('button', { className: 'send' }, t('rate.send'))
  const pass = button(
    t('rate.pass'),
    async () => {
      pass.disabled = true
      await Promise.resolve(onPass()).catch((error) => {
        failure.textContent = error.message
        pass.disabled = false
      })
    },
    { className: 'quiet' },
  )
  const submit = async (event) => {
    event.preventDefault()
    const said = judged.read()
    if (!said) {
      failure.textContent = t(battle ? 'rate.choose-first' : 'rate.marks-first')
      return
    }
    // Whoever presses twice has judged once.
    fields.disabled = true
    forget(draft)
    removeEventListener('keydown', onKey)
    await onSend({ ...said, ...details.read() })
  }
  const fields = element('fieldset', { className: 'all', disabled: true }, judged.node, details.node)
  const node = element(
    'form',
    { className: 'ballot', onsubmit: submit, oninput: () => store(draft, { ...judged.read(), ...details.read() }) },
    fields,
    why,
    failure,
    element('div', { className: 'choices' }, pass, send),
    battle && element('p', { className: 'faint keys' }, t('rate.keys')),
  )
  const onKey = (event) => {
    const nth = ['1', '2', '3', '4'].indexOf(event.key)
    if (!battle || nth < 0 || fields.disabled || event.ctrlKey || event.altKey || event.metaKey) return
    if (event.target.matches('textarea, input:not([type="radio"], [type="checkbox"])')) return
    judged.choose(verdicts[nth])
  }
  addEventListener('keydown', onKey)
  const old = read(draft)
  if (old) {
    judged.fill(old)
    details.fill(old)
  }
  return {
    node,
    hide: () => {
      node.hidden = true
    },
    /** Waits for answers. @param key of the message that says what for */
    wait: (key) => {
      node.hidden = false
      fields.disabled = true
      send.disabled = true
      why.textContent = t(key)
    },
    open: () => {
      fields.disabled = false
      send.disabled = false
      why.textContent = ''
    },
  }
}

function drawVerdicts(t) {
  const options = verdicts.map((verdict) => {
    const input = element('input', { type: 'radio', name: 'verdict', value: verdict })
    return [
      verdict,
      input,
      element('label', { className: `verdict ${verdict}` }, input, element('span', {}, t(`rate.${verdict}`))),
    ]
  })
  const chosen = () => options.find(([, input]) => input.checked)?.[0]
  return {
    node: element(
      'fieldset',
      { className: 'verdicts' },
      element('legend', {}, t('rate.which')),
      ...options.map(([, , label]) => label),
    ),
    read: () => (chosen() === undefined ? undefined : { verdict: chosen() }),
    fill: ({ verdict }) => {
      for (const [name, input] of options) input.checked = name === verdict
    },
    choose: (verdict) => {
      const [, input] = options.find(([name]) => name === verdict)
      input.checked = true
      input.focus()
      input.dispatchEvent(new Event('input', { bubbles: true }))
    },
  }
}

function drawScales(t) {
  const groups = scales.map((scale) => {
    const inputs = [1, 2, 3, 4, 5].map((mark) =>
      element('input', { type: 'radio', name: scale, value: mark, id: `${scale}-${mark}` }),
    )
    const node = element(
      'fieldset',
      { className: 'scale' },
      element('legend', {}, t(`rate.${scale}`)),
      element(
        'div',
        { className: 'marks' },
        ...inputs.map((input) => element('label', { htmlFor: input.id }, input, element('span', {}, input.value))),
      ),
      element(
        'p',
        { className: 'anchors faint' },
        element('span', {}, `1: ${t(`rate.${scale}-1`)}`),
        element('span', {}, `5: ${t(`rate.${scale}-5`)}`),
      ),
    )
    return { scale, inputs, node }
  })
  const marks = () =>
    Object.fromEntries(
      groups.map(({ scale, inputs }) => [scale, Number(inputs.find((input) => input.checked)?.value ?? 0)]),
    )
  return {
    node: element('div', {}, ...groups.map(({ node }) => node)),
    read: () => (Object.values(marks()).every((mark) => mark > 0) ? { scales: marks() } : undefined),
    fill: ({ scales: old = {} }) => {
      for (const { scale, inputs } of groups)
        for (const input of inputs) input.checked = Number(input.value) === old[scale]
    },
    choose: () => {},
  }
}

/** What is wrong with each answer, what would have been right, and anything else. */
function drawDetails(t, { battle, lang }) {
  const sides = battle ? ['left', 'right'] : ['left']
  const parts = sides.map((side) => {
    const boxes = flags.map((flag) => element('input', { type: 'checkbox', name: `${flag}-${side}`, value: flag }))
    const correction = element('textarea', {
      id: `correct-${side}`,
      rows: 2,
      maxLength: 20_000,
      dir: 'auto',
      lang,
    })
    const suffix = battle ? `-${side}` : ''
    const node = element(
      'fieldset',
      {},
      element('legend', {}, t(`rate.wrong-with${suffix}`)),
      ...boxes.map((box) => element('label', { className: 'check' }, box, t(`shared.${box.value.replace('_', '-')}`))),
      element(
        'div',
        { className: 'field' },
        element('label', { htmlFor: correction.id }, t(`rate.correct${suffix}`)),
        correction,
      ),
    )
    return { side, boxes, correction, node }
  })
  const comment = element('textarea', { id: 'comment', rows: 2, maxLength: 4000, dir: 'auto', lang })
  const node = element(
    'details',
    { className: 'card' },
    element('summary', {}, t('rate.more')),
    ...parts.map((part) => part.node),
    element('div', { className: 'field' }, element('label', { htmlFor: 'comment' }, t('rate.comment')), comment),
  )
  const bySide = (of) => Object.fromEntries(parts.map((part) => [part.side, of(part)]))
  const written = (field) => (field.value.trim() === '' ? undefined : field.value.trim())
  return {
    node,
    read: () => ({
      flags: bySide(({ boxes }) => boxes.filter(({ checked }) => checked).map(({ value }) => value)),
      corrections: bySide(({ correction }) => written(correction)),
      comment: written(comment),
    }),
    fill: ({ flags: old = {}, corrections = {}, comment: said = '' }) => {
      for (const { side, boxes, correction } of parts) {
        for (const box of boxes) box.checked = old[side]?.includes(box.value) ?? false
        correction.value = corrections[side] ?? ''
      }
      comment.value = said
      node.open =
        said !== '' || parts.some(({ boxes, correction }) => correction.value || boxes.some((box) => box.checked))
    },
  }
}
