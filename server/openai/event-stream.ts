/** Server-sent events on their way to a client. */
export type EventStream = {
  body: ReadableStream<Uint8Array>
  /** Sends an event. @returns `full` where as much waits to be read as may wait; it waits nevertheless. */
  send(data: string): 'full' | undefined
  /** Nothing more comes. */
  end(): void
  /** Resolves when all has been read, or nobody reads it any more. */
  finished: Promise<void>
}

/**
 * Bytes that may wait for a client, beside what Node and the system hold for its connection. It is some 5,000 events, which is more than one answer has: a context
 * is 4,096 tokens. So only who asks for several answers at once and does not read them comes to the end of it, while a slow line does not.
 */
const mostUnread = 1 << 20

/** Opens a stream of events that is written to without waiting, and says when too much waits. */
export function openEventStream(): EventStream {
  const encoder = new TextEncoder()
  const finished = Promise.withResolvers<void>()
  let state: 'open' | 'ended' | 'closed' = 'open'
  let controller: ReadableStreamDefaultController<Uint8Array>
  const closeIfRead = (): void => {
    if (state !== 'ended' || controller.desiredSize !== mostUnread) return
    state = 'closed'
    controller.close()
    finished.resolve()
  }
  const body = new ReadableStream<Uint8Array>(
    {
      start: (it) => {
        controller = it
      },
      // Is called each time that something has been read.
      pull: closeIfRead,
      cancel: () => {
        state = 'closed'
        finished.resolve()
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: mostUnread }),
  )
  return {
    body,
    finished: finished.promise,
    send: (data) => {
      if (state !== 'open') return undefined
      controller.enqueue(encoder.encode(`data: ${data}\n\n`))
      return (controller.desiredSize ?? 0) > 0 ? undefined : 'full'
    },
    end: () => {
      if (state === 'open') state = 'ended'
      closeIfRead()
    },
  }
}
