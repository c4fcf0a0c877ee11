import { inWords, json } from '../shared/api.js'
import { button, element } from '../shared/element.js'
import { askForKey } from '../shared/key.js'
import { table } from '../shared/table.js'
import { duration, money, problemInWords, stepTitle } from './words.js'

/**
 * What a run would take, and the button that begins it.
 *
 * @param {{language: object, choices: object, into: HTMLElement, onBegun(run: object): void}} options `into` is filled
 */
export function showPlan(page, { language, choices, into, onBegun }) {
  const { t } = page
  const own = language.endonym ?? language.name
  const failure = element('p', { className: 'failed', role: 'alert' })
  const facts = element('div', { aria: { live: 'polite', busy: 'true' } }, element('p', {}, t('shared.loading')))
  let plan
  let asked = 0

  const scale = choices.scales.map((value, i) =>
    element('input', { type: 'radio', name: 'scale', value, checked: i === 0, onchange: () => refresh() }),
  )
  const select = (id, label, options, about) => {
    const field = element('select', { id: `plan-${id}`, onchange: () => refresh() }, ...options)
    if (about) field.setAttribute('aria-describedby', `plan-${id}-about`)
    return {
      field,
      node: element(
        'div',
        { className: 'field' },
        element('label', { htmlFor: field.id }, label),
        field,
        about && element('p', { id: `plan-${id}-about`, className: 'faint' }, about),
      ),
    }
  }
  const recipe = select('recipe', t('runs.recipe'), [
    new Option(t('runs.recipe-any'), ''),
    ...choices.recipes.map(({ name }) => new Option(t(`runs.recipe-${name}`), name)),
  ])
  const teacher = select(
    'teacher',
    t('runs.teacher'),
    choices.teachers.map((name) => new Option(name === 'self' ? t('runs.teacher-self') : name, name)),
    t('runs.teacher-about'),
  )
  const student = select(
    'student',
    t('runs.student'),
    choices.students.map((name) => new Option(name, name)),
    t('runs.student-about'),
  )
  const most = element('input', { id: 'plan-budget', type: 'number', min: 0, step: 'any' })
  const budget = element(
    'div',
    { className: 'field', hidden: true },
    element('label', { htmlFor: most.id }, t('runs.budget')),
    most,
  )
  const wish = () => ({
    language: language.tag,
    scale: scale.find(({ checked }) => checked).value,
    ...(recipe.field.value && { recipe: recipe.field.value }),
    teacher: teacher.field.value,
    student: student.field.value,
  })
  const fail = (error, again) => {
    failure.textContent = problemInWords(t, error, inWords(error, t))
    if (error.wantsKey) askForKey(t, inWords(error, t), again)
  }

  const refresh = async () => {
    const mine = ++asked
    failure.textContent = ''
    facts.setAttribute('aria-busy', 'true')
    begin.disabled = true
    try {
      const found = await json(`/api/plan?${new URLSearchParams(wish())}`)
      // What was chosen meanwhile is asked for too.
      if (mine !== asked) return
      plan = found
      facts.replaceChildren(...drawFacts(page, plan))
      begin.disabled = plan.problem !== null || plan.run.status === 'done'
      begin.textContent = t(plan.run.status === 'begun' ? 'runs.go-on' : 'runs.begin')
      replay.hidden = !plan.recording
      budget.hidden = !(plan.price > 0)
      // A little more than it should come to.
      most.value = budget.hidden ? '' : String(Number((1.2 * plan.price).toPrecision(2)))
    } catch (error) {
      if (mine !== asked) return
      facts.replaceChildren()
      fail(error, refresh)
    } finally {
      if (mine === asked) facts.setAttribute('aria-busy', 'false')
    }
  }
  const start = async (more = {}) => {
    failure.textContent = ''
    begin.disabled = true
    // What was shown is what is begun.
    const { scale, recipe, teacher, student, translator } = plan
    try {
      const limit = most.value === '' ? {} : { budget: Number(most.value) }
      const body = { language: language.tag, scale, recipe, teacher, student, translator, ...limit, ...more }
      onBegun(await json('/api/runs', { method: 'POST', body }))
    } catch (error) {
      begin.disabled = false
      fail(error, () => start(more))
    }
  }
  const begin = button(t('runs.begin'), () => start(), { className: 'begin', disabled: true })
  const replay = element(
    'div',
    { hidden: true },
    element('p', { className: 'faint' }, t('runs.replay-about')),
    button(t('runs.replay'), () => start({ replay: true, dataOnly: true, translator: undefined, budget: undefined }), {
      className: 'quiet replay',
    }),
  )
  into.replaceChildren(
    element(
      'section',
      { className: 'card plan', aria: { labelledby: 'plan-title' } },
      element('h2', { id: 'plan-title' }, element('span', { lang: language.tag, dir: 'auto' }, own)),
      element(
        'fieldset',
        {},
        element('legend', {}, t('runs.scale')),
        ...scale.map((radio) =>
          element(
            'label',
            { className: 'check' },
            radio,
            element(
              'span',
              {},
              t(`runs.scale-${radio.value}`),
              element('span', { className: 'faint about' }, t(`runs.scale-${radio.value}-about`)),
            ),
          ),
        ),
      ),
      facts,
      element('details', {}, element('summary', {}, t('runs.more')), recipe.node, teacher.node, student.node),
      budget,
      failure,
      element('div', { className: 'row' }, begin),
      replay,
    ),
  )
  void refresh()
}

function drawFacts(page, { total, steps, price, currency, run, problem, recipe }) {
  const { t, number } = page
  if (problem) return [element('p', { className: 'failed' }, problemInWords(t, problem))]
  const fact = (label, value) => element('div', {}, element('dt', {}, label), element('dd', {}, value))
  return [
    element(
      'dl',
      { className: 'facts' },
      fact(t('runs.time'), t('runs.about', { value: duration(page, total.seconds) })),
      fact(t('runs.price'), money(page, price, currency)),
      fact(t('runs.questions'), t('runs.at-most', { count: total.requests })),
    ),
    element('p', { className: 'faint' }, t(`runs.recipe-${recipe}-about`)),
    run.status === 'done' ? element('p', {}, t('runs.is-done')) : undefined,
    run.status === 'begun' ? element('p', {}, t('runs.is-begun')) : undefined,
    total.seconds > 86_400 ? element('p', {}, element('strong', {}, t('runs.long'))) : undefined,
    element(
      'details',
      {},
      element('summary', {}, t('runs.in-steps')),
      table(
        [t('runs.step'), t('runs.questions'), t('runs.remembered'), t('runs.words'), t('runs.time'), t('runs.price')],
        steps.map((step) => [
          stepTitle(page, { name: step.step, title: null }).text,
          number(step.requests),
          number(step.remembered),
          number(step.promptTokens + step.completionTokens),
          step.seconds < 0.5 ? '–' : duration(page, step.seconds),
          step.price === 0 ? '–' : money(page, step.price ?? null, currency),
        ]),
      ),
      element('p', { className: 'faint' }, t('runs.at-most-why')),
    ),
    run.status === 'done'
      ? element('p', {}, element('a', { href: `#${encodeURIComponent(run.id)}` }, t('runs.see')))
      : undefined,
  ].filter(Boolean)
}
