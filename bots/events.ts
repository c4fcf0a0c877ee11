/** An event of a stream of server-sent events. */
export type ServerEvent = { event: string; data: string }

/** Events of a body as they come (https://html.spec.whatwg.org/multipage/server-sent-events.html), as far as this server writes them: no ids, no retries. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  let text = ''
  for await (const piece of body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
    text += piece
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = parseEvent(text.slice(0, end))
      text = text.slice(end + 2)
      if (event) yield event
    }
  }
}

function parseEvent(lines: string): ServerEvent | undefined {
  let event = 'message'
  const data: string[] = []
  for (const line of lines.split('\n')) {
    if (line.startsWith('event: ')) event = line.slice(7)
    if (line.startsWith('data: ')) data.push(line.slice(6))
  }
  return data.length > 0 ? { event, data: data.join('\n') } : undefined
}
