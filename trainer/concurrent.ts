/**
 * Maps an iterable by an asynchronous function with up to `limit` calls under way, and yields the results in the order of the input.
 *
 * @example for await (const answer of mapConcurrent(questions, 8, ask)) …
 */
export async function* mapConcurrent<In, Out>(
  input: AsyncIterable<In> | Iterable<In>,
  limit: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const running: Promise<Out>[] = []
  try {
    for await (const item of input) {
      const promise = work(item)
      promise.catch(() => {}) // its failure surfaces where it is awaited, in order
      running.push(promise)
      if (running.length >= limit) yield await (running.shift() as Promise<Out>)
    }
    while (running.length > 0) yield await (running.shift() as Promise<Out>)
  } finally {
    await Promise.allSettled(running)
  }
}
