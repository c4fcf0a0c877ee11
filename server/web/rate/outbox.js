import { read, store } from '../shared/storage.js'

/**
 * Verdicts on their way to the server: each is written down here before it is sent, and stays until the server says that it is kept. However often one is sent, it counts once.
 *
 * @param {string} session
 * @param {{send(item: object): Promise<unknown>, onChange(count: number): void}} options `send` throws a ServerError
 */
export function openOutbox(session, { send, onChange }) {
  const key = `outbox.${session}`
  // Held here too, for browsers that keep nothing.
  let items = read(key) ?? []
  const save = () => {
    store(key, items)
    onChange(items.length)
  }
  /** Another tab may have added or sent something. */
  const reread = () => {
    items = read(key) ?? items
  }
  const flushNow = async () => {
    reread()
    while (items.length > 0) {
      const [item] = items
      try {
        await send(item)
      } catch (error) {
        // What the server will never take is let go of: it was judged before, or the session is gone.
        if (!(error.status >= 400 && error.status < 500) || error.status === 408 || error.status === 429) throw error
      }
      reread()
      items = items.filter(({ task }) => task !== item.task)
      save()
    }
  }
  /** Sends all that waits, in one tab at a time. @throws ServerError where the network is gone */
  const flush = () => (navigator.locks ? navigator.locks.request(key, flushNow) : flushNow())
  addEventListener('online', () => void flush().catch(() => {}))
  onChange(items.length)
  return {
    flush,
    add: (item) => {
      reread()
      if (items.some(({ task }) => task === item.task)) return
      items = [...items, item]
      save()
    },
    clear: () => {
      items = []
      save()
    },
  }
}
