import { inWords, json } from '../shared/api.js'
import { element } from '../shared/element.js'
import { askForKey } from '../shared/key.js'
import { languageField } from '../shared/language-field.js'

/**
 * The form in which a session is begun.
 *
 * @param onCreated is given `{id, secret}` and the session's name
 */
export function showForm(page, onCreated) {
  const { t } = page
  let language
  const failure = element('p', { className: 'failed', role: 'alert' })
  const models = element('div', {})
  const chosen = languageField(page, {
    label: t('shared.language'),
    onChoose: (one) => {
      language = one
      if (name.value === '') name.value = one.endonym ?? one.name
      void fillModels()
    },
  })
  const name = input('name', { maxLength: 120, required: true, dir: 'auto' })
  const judge = ['battles', 'ratings', 'both'].map((value, i) =>
    element('input', { type: 'radio', name: 'judge', value, checked: i === 0 }),
  )
  const prompts = area('prompts', 5)
  const consent = area('consent', 3)
  const dialects = area('dialects', 2)
  const dialect = input('dialect', { maxLength: 80, dir: 'auto' })
  const target = input('target', { type: 'number', min: 1, max: 1_000_000, value: 300 })
  const perRater = input('per-rater', { type: 'number', min: 1, max: 10_000, value: 50 })
  const opens = input('opens', { type: 'datetime-local' })
  const closes = input('closes', { type: 'datetime-local' })

  /** The language's models first, and ticked. */
  async function fillModels() {
    const all = (await json('/v1/models').catch(() => ({ data: [] }))).data
    const own = (model) => language && model.endonym.language === language.tag
    const sorted = all.toSorted((a, b) => Number(own(b) ?? false) - Number(own(a) ?? false))
    models.replaceChildren(
      ...(sorted.length === 0
        ? [element('p', { className: 'faint' }, t('organise.models-none'))]
        : sorted.map((model) =>
            element(
              'label',
              { className: 'check' },
              element('input', { type: 'checkbox', name: 'models', value: model.id, checked: own(model) ?? false }),
              element('span', { dir: 'auto' }, model.id),
            ),
          )),
    )
  }
  void fillModels()

  const lines = (field) =>
    field.value
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  const time = (field) => (field.value === '' ? undefined : new Date(field.value).toISOString())
  const submit = async (event) => {
    event.preventDefault()
    failure.textContent = ''
    const picked = [...models.querySelectorAll(':checked')].map(({ value }) => value)
    const how = judge.find(({ checked }) => checked).value
    if (!language) return say(t('organise.choose-language'))
    if (picked.length < (how === 'ratings' ? 1 : 2)) return say(t('organise.choose-models'))
    const wishes = {
      language: language.tag,
      name: name.value,
      models: picked,
      judge: how,
      prompts: lines(prompts).map((line) => [line]),
      dialects: lines(dialects),
      target: Number(target.value),
      perRater: Number(perRater.value),
      ...(dialect.value.trim() !== '' && { dialect: dialect.value }),
      ...(consent.value.trim() !== '' && { consent: consent.value }),
      ...(time(opens) && { opensAt: time(opens) }),
      ...(time(closes) && { closesAt: time(closes) }),
    }
    try {
      onCreated(await json('/api/sessions', { method: 'POST', body: wishes }), name.value)
    } catch (error) {
      say(inWords(error, t))
      if (error.wantsKey) askForKey(t, inWords(error, t), () => form.requestSubmit())
    }
  }
  const say = (sentence) => {
    failure.textContent = sentence
  }
  const form = element(
    'form',
    { className: 'card', onsubmit: submit },
    element('h2', {}, t('organise.new')),
    chosen.node,
    labelled(t('organise.name'), name),
    element('fieldset', {}, element('legend', {}, t('organise.models')), models),
    element(
      'fieldset',
      {},
      element('legend', {}, t('organise.judge')),
      ...judge.map((radio) => element('label', { className: 'check' }, radio, t(`organise.${radio.value}`))),
    ),
    labelled(t('organise.prompts'), prompts),
    element(
      'details',
      {},
      element('summary', {}, t('organise.more')),
      labelled(t('organise.target'), target),
      labelled(t('organise.per-rater'), perRater),
      labelled(t('organise.opens'), opens),
      labelled(t('organise.closes'), closes),
      labelled(t('organise.dialect'), dialect),
      labelled(t('organise.dialects'), dialects),
      labelled(t('organise.consent'), consent),
    ),
    failure,
    element('button', {}, t('organise.create')),
  )
  return form
}

const input = (id, properties) => element('input', { id: `new-${id}`, ...properties })
const area = (id, rows) => element('textarea', { id: `new-${id}`, rows, dir: 'auto' })
const labelled = (label, field) =>
  element('div', { className: 'field' }, element('label', { htmlFor: field.id }, label), field)
