import { inWords, json } from '../shared/api.js'
import { byId, element } from '../shared/element.js'
import { drawIntervals } from '../shared/intervals.js'
import { askForKey } from '../shared/key.js'
import { languageField } from '../shared/language-field.js'
import { between, isolated, size, whole } from '../shared/model-facts.js'
import { openPage } from '../shared/page.js'
import { table } from '../shared/table.js'

/** Which models of a language its native speakers prefer. `?language=` is one. */

const page = await openPage('leaderboard')
const { t, number, languageName } = page
const main = byId('main')
const into = element('div', {})
const said = element('p', { className: 'unseen', role: 'status' })
let asked = 0

const attempt = async (work) => {
  const mine = ++asked
  try {
    const nodes = await work()
    if (mine === asked) into.replaceChildren(...nodes.filter(Boolean))
  } catch (error) {
    if (mine !== asked) return
    into.replaceChildren(element('p', { className: 'failed', role: 'alert' }, inWords(error, t)))
    if (error.wantsKey) askForKey(t, inWords(error, t), () => attempt(work))
  }
}

const chosen = languageField(page, {
  label: t('shared.language'),
  onChoose: ({ tag }) => {
    history.pushState(null, '', `?language=${encodeURIComponent(tag)}`)
    void route()
  },
})

function route() {
  const tag = new URLSearchParams(location.search).get('language')
  return attempt(tag === null ? overview : () => ranking(tag))
}

/** The languages that there is something of. */
async function overview() {
  const { languages } = await json('/api/leaderboard')
  if (languages.length === 0) return [element('p', { className: 'faint' }, t('leaderboard.none'))]
  return [
    element('h2', {}, t('leaderboard.languages')),
    element(
      'ul',
      { className: 'languages' },
      ...languages.map(({ tag, name, endonym, models, votes }) =>
        element(
          'li',
          {},
          element(
            'a',
            { href: `?language=${encodeURIComponent(tag)}` },
            element('span', { lang: tag, dir: 'auto' }, endonym ?? name),
            element(
              'span',
              { className: 'faint' },
              [t('shared.models-count', { count: models }), t('leaderboard.verdicts', { count: votes })].join(' · '),
            ),
          ),
        ),
      ),
    ),
  ]
}

async function ranking(tag) {
  const { language, votes, raters, models } = await json(`/api/leaderboard?language=${encodeURIComponent(tag)}`)
  const own = language.endonym ?? language.name
  chosen.field.value = own
  const rated = models.filter(({ rating }) => rating)
  const count = t('leaderboard.count', { votes, people: t('leaderboard.people', { count: raters }) })
  said.textContent = count
  return [
    element('h2', {}, element('span', { lang: language.tag, dir: 'auto' }, own)),
    languageName(language.tag) !== own && element('p', { className: 'faint' }, languageName(language.tag)),
    rated.length > 0 && element('p', {}, count),
    rated.length > 0 && element('p', {}, element('strong', {}, leader(rated))),
    rated.length > 0 &&
      drawIntervals(
        page,
        rated.map(({ model, rating }) => ({ model, ...rating })),
        t('leaderboard.title'),
      ),
    rated.length > 0 && element('p', { className: 'faint' }, t('leaderboard.how')),
    rated.length === 0 && element('p', {}, t(models.length === 0 ? 'leaderboard.no-model' : 'leaderboard.no-verdict')),
    models.length > 0 && lines(models),
    models.length > 0 && element('p', { className: 'faint' }, t('leaderboard.bits-about')),
    element(
      'p',
      { className: 'row' },
      models.length > 1 &&
        element('a', { className: 'button', href: `/?compare=${encodeURIComponent(tag)}` }, t('leaderboard.judge')),
      models.length === 0 &&
        element('a', { className: 'button', href: `/runs?language=${encodeURIComponent(tag)}` }, t('leaderboard.make')),
      element('a', { href: '/leaderboard' }, t('leaderboard.all')),
    ),
  ]
}

/** Whether one model is clearly ahead, in a sentence. */
function leader(rated) {
  const first = rated.filter(({ rating }) => rating.rank[0] === 1)
  return first.length === 1
    ? t('leaderboard.leads', { model: isolated(first[0].model) })
    : t('leaderboard.equal', { count: first.length })
}

function lines(models) {
  const rank = ({ rating }) =>
    rating === null ? '–' : rating.rank[0] === rating.rank[1] ? number(rating.rank[0]) : between(page, rating.rank)
  const head = ['model', 'rank', 'rating', 'certain', 'verdicts-head', 'better', 'worse', 'bits', 'size']
  return table(
    head.map((key) => t(`leaderboard.${key}`)),
    models.map((line) => {
      const { model, here, rating, bitsPerByte } = line
      const figures = rating
        ? [
            whole(page, rating.elo),
            between(page, rating.interval),
            number(rating.votes),
            number(rating.wins),
            number(rating.losses),
          ]
        : ['–', '–', '–', '–', '–']
      return [
        here ? model : `${model} (${t('leaderboard.gone')})`,
        rank(line),
        ...figures,
        bitsPerByte ? number(bitsPerByte.value, { minimumFractionDigits: 2, maximumFractionDigits: 2 }) : '–',
        size(page, line.parameters) || '–',
      ]
    }),
  )
}

main.replaceChildren(
  element('h1', {}, t('leaderboard.title')),
  element('p', {}, t('leaderboard.intro')),
  chosen.node,
  said,
  into,
)
addEventListener('popstate', route)
void route()
