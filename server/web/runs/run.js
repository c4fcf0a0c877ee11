import { events, inWords, json, request } from '../shared/api.js'
import { button, element } from '../shared/element.js'
import { showReport } from './report.js'
import { bytes, droppedFor, duration, money, problemInWords, stepTitle } from './words.js'

/** Milliseconds after which a connection that was lost is tried again. */
const again = 2000

/**
 * A run, live: each step as it goes, what it costs, what it kept; and the report card once there is one.
 *
 * @param {{show(...nodes: Node[]): void}} options
 * @returns what stops it
 * @throws ServerError
 */
export async function showRun(page, id, { show }) {
  const { t } = page
  const at = `/api/runs/${encodeURIComponent(id)}`
  const left = new AbortController()
  const { signal } = left
  let run = await json(at)
  if (signal.aborted) return () => {}

  const top = drawTop(page, run)
  const steps = drawSteps(page, run)
  const failure = element('p', { className: 'failed', role: 'alert' })
  const said = element('p', { className: 'unseen', role: 'status' })
  const saying = element('p', { className: 'faint', lang: 'en', dir: 'auto' })
  const report = element('div', {})
  const attempt = async (work) => {
    failure.textContent = ''
    try {
      await work()
    } catch (error) {
      failure.textContent = problemInWords(t, error, inWords(error, t))
    }
  }
  const stop = button(t('runs.stop'), () => attempt(() => json(`${at}/stop`, { method: 'POST' })), {
    className: 'quiet',
  })
  const goOn = button(t('runs.go-on'), () =>
    attempt(async () => {
      await json(`${at}/continue`, { method: 'POST' })
      void watch()
    }),
  )
  let told
  let reported = false
  const draw = () => {
    top.update(run)
    steps.update(run)
    stop.hidden = !run.ours || run.status === 'stopping'
    goOn.hidden = !run.continuable
    goOn.textContent = t(
      run.steps.some(({ name, state }) => name === 'data' && state === 'done') ? 'runs.train-on' : 'runs.go-on',
    )
    // Before the first step, what is fetched and made ready takes minutes; later the steps say all.
    const starting = run.status === 'running' && !run.steps.some(({ state }) => state === 'running')
    saying.textContent = starting && !run.waiting && run.saying ? run.saying : ''
    // Told when it changes, and not with every number.
    const now = top.sentence(run)
    if (now !== told) said.textContent = now
    told = now
    if (run.report && !reported) {
      reported = true
      void attempt(async () => report.replaceChildren(...(await showReport(page, at, run))))
    }
  }
  let watching = false
  const watch = async () => {
    if (watching) return
    watching = true
    while (!signal.aborted) {
      try {
        const response = await request(`${at}/events`, { signal })
        failure.textContent = ''
        let over = false
        for await (const { event, data } of events(response)) {
          if (event === 'end') over = true
          else {
            run = { ...run, ...JSON.parse(data) }
            draw()
          }
        }
        if (over) break
      } catch (error) {
        if (signal.aborted) break
        failure.textContent = inWords(error, t)
        if (error.code !== 'unreachable') break
      }
      await new Promise((resolve) => setTimeout(resolve, again))
    }
    watching = false
  }

  draw()
  show(
    element('a', { href: '#' }, t('runs.all')),
    top.node,
    element('div', { className: 'row' }, stop, goOn),
    failure,
    said,
    report,
    element('h2', {}, t('runs.steps')),
    saying,
    steps.node,
    details(page, run),
  )
  void watch()
  return () => left.abort()
}

function drawTop(page, { language, scale, createdAt }) {
  const { t, languageName } = page
  const state = element('p', { className: 'state' })
  const doing = element('p', {})
  const bar = element('progress', { max: 1, aria: { label: t('runs.progress') } })
  const costs = element('p', { className: 'faint' })
  const why = element('p', { className: 'failed', lang: 'en', dir: 'auto' })
  const node = element(
    'section',
    { className: 'card now' },
    element('h1', {}, element('span', { lang: language.tag, dir: 'auto' }, language.endonym ?? language.name)),
    element(
      'p',
      { className: 'faint' },
      [languageName(language.tag), t(`runs.scale-${scale}`), page.date(createdAt)].join(' · '),
    ),
    state,
    doing,
    bar,
    costs,
    why,
  )
  /** What is being done, in a sentence. */
  const sentence = (run) => {
    const running = run.steps.find(({ state }) => state === 'running')
    if (run.status === 'running' && running) return stepTitle(page, running).text
    if (run.status === 'running') return t(run.waiting ? 'runs.waiting' : 'runs.starting')
    const ready = run.steps.some(({ name, state }) => name === 'data' && state === 'done')
    return t(run.status === 'stopped' && ready ? 'runs.explain-data' : `runs.explain-${run.status}`)
  }
  return {
    node,
    sentence,
    update: (run) => {
      state.textContent = t(`runs.status-${run.status}`)
      state.dataset.state = run.status
      doing.textContent = sentence(run)
      why.textContent = run.error ?? ''
      const part = ({ state, progress }) =>
        state === 'done' ? 1 : progress?.total ? Math.min(1, progress.done / progress.total) : 0
      bar.value = run.steps.reduce((sum, step) => sum + part(step), 0) / Math.max(1, run.steps.length)
      bar.hidden = run.status === 'done'
      const seconds = run.steps.reduce((sum, step) => sum + step.seconds, 0)
      costs.textContent = [
        seconds >= 1 && t(run.status === 'done' ? 'runs.took' : 'runs.so-far', { value: duration(page, seconds) }),
        run.peakMemory > 0 && t('runs.memory', { value: bytes(page, run.peakMemory) }),
        t('runs.cost', { value: money(page, run.spent) }),
      ]
        .filter(Boolean)
        .join(' · ')
    },
  }
}

/** The steps as a list that is brought up to date in place, so that nobody loses what they had opened. */
function drawSteps(page, run) {
  const { t } = page
  const node = element('ol', { className: 'steps' })
  const rows = new Map()
  const rowOf = (step) => {
    const known = rows.get(step.name)
    if (known) return known
    const { text, lang } = stepTitle(page, step)
    const mark = element('span', { className: 'mark', aria: { hidden: 'true' } })
    const state = element('span', { className: 'unseen' })
    const detail = element('p', { className: 'faint' })
    const bar = element('progress', { max: 1, hidden: true, aria: { label: text } })
    const summary = element('summary', {})
    const why = element('ul', {})
    const dropped = element('details', { hidden: true }, summary, why)
    const row = element(
      'li',
      {},
      mark,
      element(
        'div',
        {},
        element('p', { className: 'name' }, element('span', { lang }, text), state),
        detail,
        bar,
        dropped,
      ),
    )
    const made = { row, mark, state, detail, bar, summary, why, dropped }
    rows.set(step.name, made)
    return made
  }
  const update = ({ steps }) => {
    for (const step of steps) {
      const { row, mark, state, detail, bar, summary, why, dropped } = rowOf(step)
      row.dataset.state = step.state
      mark.textContent = step.state === 'done' ? '✓' : ''
      state.textContent = ` (${t(`runs.state-${step.state}`)})`
      detail.textContent = detailOf(page, step)
      const { progress } = step
      bar.hidden = step.state !== 'running'
      if (progress?.total) bar.value = Math.min(1, progress.done / progress.total)
      else bar.removeAttribute('value')
      const reasons = droppedFor(page, step.dropped)
      dropped.hidden = reasons.length === 0
      const count = Object.values(step.dropped).reduce((sum, each) => sum + each, 0)
      summary.textContent = t('runs.dropped', { count })
      why.replaceChildren(...reasons.map((reason) => element('li', {}, reason)))
    }
    const wanted = steps.map(({ name }) => rows.get(name).row)
    if (wanted.some((row, i) => node.children[i] !== row)) node.replaceChildren(...wanted)
  }
  update(run)
  return { node, update }
}

function detailOf(page, step) {
  const { t, number } = page
  const { progress, seconds } = step
  if (step.state === 'waiting')
    return step.planned?.seconds >= 1 ? t('runs.about', { value: duration(page, step.planned.seconds) }) : ''
  const amount = (value) => (progress.unit === 'bytes' ? bytes(page, value) : number(Math.round(value)))
  const left =
    progress?.total && progress.done > 0 ? (seconds / progress.done) * (progress.total - progress.done) : undefined
  return [
    progress &&
      (progress.total !== null || progress.done > 0) &&
      (progress.total === null
        ? amount(progress.done)
        : t('runs.of', { done: amount(progress.done), total: amount(progress.total) })),
    step.kept !== null && t('runs.kept', { count: step.kept }),
    step.asked > 0 && t('runs.asked', { count: step.asked }),
    step.remembered > 0 && t('runs.known', { count: step.remembered }),
    step.state === 'done' && seconds >= 1 && duration(page, seconds),
    left !== undefined && left >= 1 && t('runs.left', { value: duration(page, left) }),
  ]
    .filter(Boolean)
    .join(' · ')
}

/** What whoever knows about it may want to see. */
function details({ t }, run) {
  const row = (label, value) => [element('dt', {}, label), element('dd', { dir: 'ltr' }, value)]
  return element(
    'details',
    {},
    element('summary', {}, t('runs.technical')),
    element(
      'dl',
      { className: 'technical' },
      ...row(t('runs.recipe'), t(`runs.recipe-${run.recipe}`)),
      ...row(t('runs.student'), run.student),
      ...row(t('runs.teacher'), run.teacher === 'self' ? t('runs.teacher-self') : run.teacher),
      ...row(t('runs.translator'), run.translator),
      ...row(t('runs.command'), element('code', {}, run.command)),
    ),
  )
}
