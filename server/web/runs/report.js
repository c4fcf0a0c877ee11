import { json } from '../shared/api.js'
import { element, passage } from '../shared/element.js'
import { drawCurve } from './picture.js'
import { bytes, duration, money } from './words.js'

/** Conversations that are shown at once, and in all. */
const [first, most] = [3, 12]

/** The report card: whether the model keeps what was promised, how it speaks beside what it was before, how training went, what it took. */
export async function showReport(page, at, run) {
  const { t, languageName } = page
  const report = await json(`${at}/report`)
  const { verdict, evaluation, training, total, models, wish } = report
  const names = { language: languageName(wish.language.bcp47) }
  const conversations = evaluation.conversations.slice(0, most)
  const talks = (some) => some.map((each) => conversation(page, each, run.language.tag))
  return [
    element(
      'section',
      { className: 'card report', aria: { labelledby: 'report' } },
      element('h2', { id: 'report' }, t('runs.report')),
      element('p', { className: 'verdict' }, t('runs.promises-kept', { kept: verdict.kept, of: verdict.of })),
      element('ul', { className: 'promises' }, ...verdict.promises.map((promise) => drawPromise(page, promise, names))),
      element(
        'div',
        { className: 'row' },
        element('a', { className: 'button', href: '/' }, t('runs.chat')),
        element('a', { className: 'button quiet', href: '/sessions' }, t('runs.judge')),
      ),
      element('p', { className: 'faint' }, t('runs.made', { model: `\u2068${models.q8}\u2069` })),
    ),
    conversations.length > 0 && element('h2', {}, t('runs.talks')),
    conversations.length > 0 && element('p', { className: 'faint' }, t('runs.talks-about')),
    ...talks(conversations.slice(0, first)),
    conversations.length > first &&
      element('details', {}, element('summary', {}, t('runs.talks-more')), ...talks(conversations.slice(first))),
    training.curve.length > 1 && element('h2', {}, t('runs.curve')),
    training.curve.length > 1 && element('p', { className: 'faint' }, t('runs.curve-about')),
    training.curve.length > 1 && drawCurve(page, training.curve),
    element('h2', {}, t('runs.took-all')),
    element(
      'p',
      {},
      [
        t('runs.took', { value: duration(page, total.seconds) }),
        t('runs.memory', { value: bytes(page, total.peakMemory) }),
        t('runs.cost', { value: money(page, total.spent) }),
        t('runs.rows', { count: report.data.rows }),
      ].join(' · '),
    ),
  ].filter(Boolean)
}

function drawPromise(page, { name, met, measured, base, student }, names) {
  const { t } = page
  const state = measured ? (met ? 'kept' : 'broken') : 'unmeasured'
  return element(
    'li',
    { data: { state } },
    element(
      'span',
      { className: 'mark', aria: { hidden: 'true' } },
      { kept: '✓', broken: '✗', unmeasured: '–' }[state],
    ),
    element(
      'div',
      {},
      element(
        'p',
        { className: 'name' },
        t(`runs.promise-${name}`, names),
        element('span', { className: 'outcome' }, t(`runs.promise-is-${state}`)),
      ),
      measured &&
        element(
          'p',
          {},
          t('runs.before-after', { before: figure(page, name, base), after: figure(page, name, student) }),
        ),
      element('p', { className: 'faint' }, t(`runs.promise-${name}-about`, names)),
    ),
  )
}

function figure({ number }, name, value) {
  if (value === null) return '–'
  const share = name === 'language-share' || name === 'loops'
  return share
    ? number(value, { style: 'percent', maximumFractionDigits: 0 })
    : number(value, { maximumFractionDigits: name === 'translation' ? 1 : 2 })
}

function conversation({ t }, { question, base, student }, lang) {
  // What the base says is often in no language that was asked for.
  const said = (label, { text, language }) =>
    element(
      'div',
      {},
      element('h3', {}, label),
      passage(text.trim() || '–', { lang: language.verdict === false ? '' : lang }),
    )
  return element(
    'article',
    { className: 'card talk' },
    passage(question, { lang, className: 'question' }),
    element('div', { className: 'sides' }, said(t('runs.before'), base), said(t('runs.after'), student)),
  )
}
