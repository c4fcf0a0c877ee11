/** Characters of one event at most: a token with all that is said of it is far below. */
const longestEvent = 1 << 20

/**
 * The data of each server-sent event in a stream of bytes. An event that is cut off by the end is none.
 *
 * @throws RangeError where an event does not end.
 * @example for await (const data of eventsOf(response)) JSON.parse(data)
 */
export async function* eventsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let held = ''
  let data: string[] = []
  let size = 0
  for await (const chunk of bytes) {
    held += decoder.decode(chunk, { stream: true })
    const lines = held.split('\n')
    held = lines.pop() ?? ''
    for (const ended of lines) {
      const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended
      if (line === '') {
        if (data.length > 0) yield data.join('\n')
        data = []
        size = 0
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line[5] === ' ' ? 6 : 5))
        size += line.length
      }
    }
    if (size + held.length > longestEvent) throw new RangeError('an event of its answer does not end')
  }
}
