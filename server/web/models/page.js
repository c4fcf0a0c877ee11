import { inWords, json } from '../shared/api.js'
import { byId, element } from '../shared/element.js'
import { askForKey } from '../shared/key.js'
import { between, fileSize, isolated, size, whole } from '../shared/model-facts.js'
import { openPage } from '../shared/page.js'

/** The models that there are, by language: what each is, and what is known of how well it speaks. */

const page = await openPage('models')
const { t, number, languageName } = page
const main = byId('main')

async function open() {
  try {
    const { models } = await json('/api/models')
    draw(models)
  } catch (error) {
    main.replaceChildren(
      element('h1', {}, t('models.title')),
      element('p', { className: 'failed', role: 'alert' }, inWords(error, t)),
    )
    if (error.wantsKey) askForKey(t, inWords(error, t), open)
  }
}

function draw(models) {
  const taught = models.filter(({ role, language }) => role !== 'base' && language)
  const languages = Map.groupBy(taught, ({ language }) => language.tag)
  const others = models.filter((model) => !taught.includes(model))
  // Those that speak to more people's need first: by their own names, as a reader of the page looks for them.
  const sorted = [...languages].sort(([a], [b]) => languageName(a).localeCompare(languageName(b), page.tag))
  main.replaceChildren(
    element('h1', {}, t('models.title')),
    element('p', {}, t('models.intro')),
    ...sorted.map(([tag, own]) => group(tag, own)),
    ...(others.length > 0
      ? [
          element(
            'section',
            { aria: { labelledby: 'bases' } },
            element('h2', { id: 'bases' }, t('models.bases')),
            element('p', { className: 'faint' }, t('models.bases-about')),
            ...others.map(card),
          ),
        ]
      : []),
    models.length === 0 ? element('p', { className: 'faint' }, t('models.none')) : '',
    element('p', {}, element('a', { className: 'button ranking', href: '/runs' }, t('models.make'))),
  )
}

function group(tag, models) {
  const [{ language }] = models
  const own = language.endonym ?? language.name
  const id = `language-${tag}`
  const here = languageName(tag)
  // The one that answers when nobody names a model comes first.
  const sorted = models.toSorted((a, b) => Number(b.best) - Number(a.best) || b.createdAt.localeCompare(a.createdAt))
  return element(
    'section',
    { aria: { labelledby: id } },
    element(
      'h2',
      { id },
      element('span', { lang: tag, dir: 'auto' }, own),
      here !== own && element('span', { className: 'faint other' }, here),
    ),
    element(
      'p',
      {},
      element(
        'a',
        { className: 'ranking', href: `/leaderboard?language=${encodeURIComponent(tag)}` },
        t('models.ranking'),
      ),
    ),
    ...sorted.map(card),
  )
}

function card(model) {
  const { id, aliases, base, best, license, quantisation, elsewhere, rating, bitsPerByte, promises, run } = model
  const size_ = [
    model.parameters !== null && t('models.parameters', { count: size(page, model.parameters) }),
    fileSize(page, model.bytes),
    quantisation && quantisation !== 'unknown' && isolated(quantisation),
  ]
  const facts = [
    [t('models.size'), size_.filter(Boolean).join(' · ')],
    [t('models.base'), base && isolated(base)],
    [t('models.license'), license && isolated(license)],
    [t('models.aliases'), aliases.map(isolated).join(', ')],
    [t('models.where'), elsewhere && t('models.elsewhere')],
    [t('models.made'), page.date(model.createdAt, { dateStyle: 'medium' })],
  ]
  const known = [
    rating &&
      t('models.rating', {
        elo: whole(page, rating.elo),
        between: between(page, rating.interval),
        votes: rating.votes,
      }),
    bitsPerByte && t('models.bits', { value: number(bitsPerByte.value, { maximumFractionDigits: 2 }) }),
    promises && t('models.promises', promises),
  ].filter(Boolean)
  // What was made before anything was written down has no date.
  const shown = facts.filter(([, value]) => value && (value !== facts.at(-1)[1] || Date.parse(model.createdAt) > 0))
  return element(
    'article',
    { className: 'card model', data: { best: String(best) } },
    element('h3', {}, element('bdi', {}, id), best && element('span', { className: 'best' }, t('models.best'))),
    known.length > 0 && element('ul', {}, ...known.map((fact) => element('li', {}, fact))),
    element(
      'dl',
      {},
      ...shown.map(([label, value]) => element('div', {}, element('dt', {}, label), element('dd', {}, value))),
    ),
    element(
      'p',
      { className: 'row' },
      element('a', { href: `/?model=${encodeURIComponent(id)}` }, t('models.chat')),
      promises && run && element('a', { href: `/runs#${encodeURIComponent(run)}` }, t('models.report')),
    ),
  )
}

void open()
