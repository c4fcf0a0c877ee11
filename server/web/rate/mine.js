import { json } from '../shared/api.js'
import { button, element, passage } from '../shared/element.js'

/**
 * All that a rater gave, to see, to take and to delete.
 *
 * @param {{show(...nodes: Node[]): void, onBack(): void, onDeleted(votes: number): void}} options
 * @throws ServerError
 */
export async function showMine(page, session, { at, token }, { show, onBack, onDeleted }) {
  const { t } = page
  const mine = await json(`${at}/me`, { token })
  const remove = async () => {
    const { deleted } = await json(`${at}/me`, { method: 'DELETE', token })
    onDeleted(deleted.votes)
  }
  show(
    element('h1', {}, t('rate.mine')),
    mine.given.length === 0 ? element('p', {}, t('rate.mine-none')) : undefined,
    ...mine.given.map((given) => drawGiven(page, session, given)),
    element(
      'div',
      { className: 'row' },
      button(t('rate.mine-back'), onBack),
      button(t('rate.mine-copy'), () => download(`endonym-${session.id}.json`, mine), { className: 'quiet' }),
      button(t('rate.mine-delete'), () => confirmDeletion(t, remove), { className: 'quiet' }),
    ),
  )
}

function drawGiven({ t, date }, session, { kind, turns, vote }) {
  const lang = session.language.tag
  const verdict = vote.verdict
    ? t(`rate.${vote.verdict}`)
    : Object.entries(vote.scales ?? {})
        .map(([scale, mark]) => `${t(`rate.${scale}`)} ${mark}`)
        .join(' · ')
  const corrections = Object.entries(vote.corrections ?? {})
  return element(
    'article',
    { className: 'card' },
    ...turns.flatMap((turn) => [
      passage(turn.question, { lang, className: 'question' }),
      element(
        'div',
        { className: kind === 'battle' ? 'answers two' : 'answers' },
        passage(turn.left, { lang, tag: 'div' }),
        ...(turn.right === null ? [] : [passage(turn.right, { lang, tag: 'div' })]),
      ),
    ]),
    element('p', {}, element('strong', {}, `${t('rate.my-verdict')}: ${verdict}`)),
    ...corrections.map(([, text]) => passage(text, { lang })),
    vote.comment ? passage(vote.comment, { lang }) : undefined,
    element('p', { className: 'faint' }, date(vote.judgedAt)),
  )
}

function confirmDeletion(t, remove) {
  const failure = element('p', { className: 'failed', role: 'alert' })
  const sure = async () => {
    try {
      await remove()
      dialog.close()
    } catch (error) {
      failure.textContent = error.message
    }
  }
  const dialog = element(
    'dialog',
    { className: 'small', aria: { labelledby: 'sure' } },
    element('h2', { id: 'sure' }, t('rate.mine-sure')),
    failure,
    element(
      'div',
      { className: 'choices' },
      button(t('shared.cancel'), () => dialog.close(), { className: 'quiet' }),
      button(t('rate.mine-delete'), sure, { className: 'bad' }),
    ),
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

function download(name, value) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(value, null, 2)], { type: 'application/json' }))
  element('a', { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
