/**
 * Makes one call of many: what is asked for in one turn of the event loop goes to `work` together, at most `size` at a time, in the order of asking.
 *
 * @param work gives a result for each item, in their order.
 * @example const recall = gather(500, (keys) => readRows(keys)); await Promise.all(keys.map(recall)) // one query
 */
export function gather<In, Out>(
  size: number,
  work: (items: In[]) => Promise<readonly Out[]>,
): (item: In) => Promise<Out> {
  type Waiting = { item: In; resolve(result: Out): void; reject(error: unknown): void }
  let waiting: Waiting[] = []
  const flush = () => {
    const group = waiting
    waiting = []
    for (let from = 0; from < group.length; from += size) void settle(group.slice(from, from + size))
  }
  const settle = async (group: readonly Waiting[]) => {
    try {
      const results = await work(group.map(({ item }) => item))
      for (const [place, { resolve }] of group.entries()) resolve(results[place] as Out)
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush)
      waiting.push({ item, resolve, reject })
    })
}
