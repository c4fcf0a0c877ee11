import { inWords } from '../shared/api.js'
import { element, passage } from '../shared/element.js'

const proficiencies = ['native', 'fluent', 'learning']
const ages = ['unsaid', 'under_18', '18_29', '30_44', '45_59', '60_plus']

/**
 * What a rater sees first: what this is, what happens with what they give, and a few questions that need no answer.
 *
 * @param onJoin is given what they said; it may throw a ServerError
 */
export function showWelcome({ t, languageName }, session, onJoin) {
  const { language, judge, free, consent, dialects } = session
  const name = language.endonym ?? languageName(language.tag)
  const what = judge === 'ratings' ? 'rate.what-ratings' : 'rate.what-battles'
  const failure = element('p', { className: 'failed', role: 'alert' })
  const begin = element('button', { className: 'begin' }, t('rate.begin'))
  const submit = async (event) => {
    event.preventDefault()
    begin.disabled = true
    const said = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''))
    try {
      await onJoin({ ...said, consentHash: session.consentHash })
    } catch (error) {
      failure.textContent = inWords(error, t)
      begin.disabled = false
    }
  }
  const form = element(
    'form',
    { onsubmit: submit },
    element('h1', { dir: 'auto' }, t('rate.welcome', { language: name })),
    session.name !== name && passage(session.name, { lang: language.tag, className: 'faint' }),
    element('p', {}, t(what), free ? ` ${t('rate.what-free')}` : ''),
    element(
      'section',
      { className: 'card' },
      element('h2', {}, t('rate.consent-title')),
      consent === null ? element('p', {}, t('rate.consent')) : passage(consent, { lang: language.tag }),
    ),
    choice(t('rate.proficiency', { language: name }), 'proficiency', ['', ...proficiencies], (value) =>
      t(`rate.${value || 'unsaid'}`),
    ),
    dialects.length > 0
      ? choice(t('rate.dialect'), 'dialect', ['', ...dialects], (value) => value || t('rate.unsaid'))
      : field(t('rate.dialect'), 'dialect', 80),
    choice(t('rate.age'), 'ageBand', ages, (value) => t(`rate.${value}`)),
    field(t('rate.nickname'), 'nickname', 60),
    failure,
    begin,
  )
  return form
}

function field(label, name, maxLength) {
  const input = element('input', { id: name, name, maxLength, autocomplete: 'off', dir: 'auto' })
  return element('div', { className: 'field' }, element('label', { htmlFor: name }, label), input)
}

function choice(label, name, values, text) {
  const select = element('select', { id: name, name }, ...values.map((value) => new Option(text(value), value)))
  return element('div', { className: 'field' }, element('label', { htmlFor: name }, label), select)
}
