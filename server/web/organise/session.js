import { inWords, json, request } from '../shared/api.js'
import { button, element, passage } from '../shared/element.js'
import { drawMarks } from './marks.js'
import { drawRatings } from './ratings.js'

/** Milliseconds between two looks at what has come in. */
const every = 5000

/**
 * A session as its organiser sees it, live.
 *
 * @param {{id: string, secret: string}} session
 * @param {{show(...nodes: Node[]): void, onName(name: string): void}} options
 * @returns what stops it
 * @throws ServerError
 */
export async function showSession(page, { id, secret: token }, { show, onName }) {
  const { t } = page
  const at = `/api/sessions/${id}`
  const rater = new URL(`/s/${id}`, location.href).href
  const top = element('div', {})
  const body = element('div', {})
  const failure = element('p', { className: 'failed', role: 'alert' })
  let last
  const refresh = async () => {
    const text = await (await request(`${at}/results`, { token })).text()
    failure.textContent = ''
    // What has not changed is left as it is, so that nobody loses their place.
    if (text === last) return
    last = text
    const results = JSON.parse(text)
    top.replaceChildren(...drawTop(page, results))
    body.replaceChildren(...drawResults(page, results))
    end.textContent = t(results.session.state === 'closed' ? 'organise.open' : 'organise.close')
    end.onclick = () =>
      attempt(() => json(at, { method: 'PATCH', token, body: { closed: results.session.state !== 'closed' } }))
    onName(results.session.name)
  }
  const attempt = (work) =>
    work()
      .then(refresh)
      .catch((error) => {
        failure.textContent = inWords(error, t)
      })
  const end = button('', undefined, { className: 'quiet' })
  const remove = button(
    t('organise.delete'),
    () =>
      confirm(t, async () => {
        await json(at, { method: 'DELETE', token })
        show(element('p', { role: 'status' }, t('organise.deleted')), element('a', { href: '#' }, t('organise.all')))
      }),
    { className: 'quiet' },
  )
  await refresh()
  show(
    element('a', { href: '#' }, t('organise.all')),
    top,
    invitation(t, at, rater),
    failure,
    body,
    exports(t, at, id, token, failure),
    element('p', { className: 'faint' }, t('organise.keep-secret')),
    element('div', { className: 'row' }, end, remove),
  )
  const timer = setInterval(() => {
    if (!document.hidden) void attempt(async () => {})
  }, every)
  return () => clearInterval(timer)
}

function drawTop({ t, languageName }, { session, progress, stop, attention }) {
  const { judged, target, raters } = progress
  const leftOut = attention.filter((each) => each.leftOut).length
  const bar = element('progress', { max: target, value: judged, aria: { label: t('organise.progress', progress) } })
  return [
    passage(session.name, { lang: session.language, tag: 'h1' }),
    element(
      'p',
      { className: 'faint' },
      [languageName(session.language), t(`organise.state-${session.state}`)].join(' · '),
    ),
    element('p', {}, t('organise.progress', { judged, target, raters })),
    bar,
    stop
      ? element('p', {}, element('strong', {}, t(`organise.stop-${stop.reason}`, { votes: stop.votesToGo })))
      : undefined,
    leftOut > 0 ? element('p', { className: 'faint' }, t('organise.left-out', { count: leftOut })) : undefined,
  ].filter(Boolean)
}

function invitation(t, at, rater) {
  const copy = button(
    t('shared.copy'),
    async () => {
      await navigator.clipboard.writeText(rater)
      copy.textContent = t('shared.copied')
    },
    { className: 'quiet' },
  )
  return element(
    'section',
    { className: 'card invite' },
    element('img', {
      src: `${at}/qr.svg?url=${encodeURIComponent(rater)}`,
      alt: t('organise.qr'),
      width: 180,
      height: 180,
    }),
    element(
      'div',
      {},
      element('p', {}, t('organise.invite')),
      element('p', {}, element('a', { href: rater, dir: 'ltr', className: 'link' }, rater)),
      copy,
    ),
  )
}

function drawResults(page, { battles, marks, selfAgreement }) {
  const { t } = page
  if (!battles && !marks) return [element('p', { className: 'faint' }, t('organise.nothing'))]
  return [
    ...(battles ? drawRatings(page, battles) : []),
    ...(marks ? drawMarks(page, marks) : []),
    selfAgreement.of > 0
      ? element('p', {}, t('organise.self', { same: selfAgreement.count, of: selfAgreement.of }))
      : undefined,
  ].filter(Boolean)
}

/** Files are fetched with the secret and then handed to the browser, so that it stands in no address. */
function exports(t, at, id, token, failure) {
  const take = async (as) => {
    try {
      const response = await request(`${at}/export?as=${as}`, { token })
      const [, name = `session-${id}`] =
        /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '') ?? []
      const url = URL.createObjectURL(await response.blob())
      element('a', { href: url, download: name }).click()
      setTimeout(() => URL.revokeObjectURL(url), 10_000)
    } catch (error) {
      failure.textContent = inWords(error, t)
    }
  }
  return element(
    'section',
    {},
    element('h2', {}, t('organise.export')),
    element(
      'div',
      { className: 'row' },
      ...['jsonl', 'csv', 'ratings', 'dpo', 'kto'].map((as) =>
        button(as.toUpperCase(), () => take(as), { className: 'quiet' }),
      ),
    ),
  )
}

function confirm(t, work) {
  const dialog = element(
    'dialog',
    { className: 'small', aria: { labelledby: 'sure' } },
    element('h2', { id: 'sure' }, t('organise.delete-sure')),
    element(
      'div',
      { className: 'choices' },
      button(t('shared.cancel'), () => dialog.close(), { className: 'quiet' }),
      button(t('organise.delete'), () => work().finally(() => dialog.close()), { className: 'bad' }),
    ),
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
