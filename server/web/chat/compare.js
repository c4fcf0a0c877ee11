import { showTask } from '../rate/task.js'
import { inWords, json } from '../shared/api.js'
import { button, element } from '../shared/element.js'
import { openWords } from '../shared/page.js'

/**
 * Two models of a language answer side by side, and the person says which is better, in place of the chat. It is the language's standing session, whose results its ranking counts.
 *
 * @param language of a model, as `GET /v1/models` has it
 * @param {HTMLElement} main where it is drawn
 */
export async function compare({ language, endonym, direction }, main) {
  const page = await openWords('chat,rate')
  const { t } = page
  const chat = [...main.children]
  const back = button(t('chat.compare-back'), () => main.replaceChildren(...chat), { className: 'quiet' })
  const place = element('div', { className: 'comparing', tabIndex: 0 })
  main.replaceChildren(place)
  const session = { language: { tag: language, endonym, direction } }
  const next = async (joined) => {
    place.replaceChildren(element('p', { className: 'faint', role: 'status' }, t('shared.loading')))
    try {
      const { session: id, token } = joined ?? (await json('/api/compare', { method: 'POST', body: { language } }))
      const at = `/api/sessions/${id}`
      const given = await json(`${at}/tasks`, { method: 'POST', token })
      const known = { session: id, token }
      const path = `${at}/tasks/${given.task.id}`
      place.replaceChildren(
        element('p', { className: 'faint' }, t('chat.compare-what')),
        showTask(page, session, given.task, {
          at: path,
          token,
          onVote: async (body) => {
            await json(`${path}/vote`, { method: 'PUT', token, body })
            await next(known)
          },
          onPass: async () => {
            await json(`${path}/pass`, { method: 'POST', token })
            await next(known)
          },
          networkOr: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
          footer: back,
        }),
      )
    } catch (error) {
      place.replaceChildren(element('p', { className: 'failed', role: 'alert' }, inWords(error, t)), back)
    }
  }
  await next()
}
