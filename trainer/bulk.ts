import { once } from 'node:events'
import fs from 'node:fs'
import readline from 'node:readline'
import { writeError } from '../core/files.ts'
import type { Store } from '../data/database.ts'
import type { Example } from './example.ts'
import { type Funnel, tally, toRow } from './examples.ts'

/** Examples that the table gets of those kept, and of those that each filter dropped. */
const shown = 500

/** Characters of a dropped text that the table gets. */
const excerpt = 2000

/**
 * Records the examples of a step that has millions of them: every kept one is a line of `file`; the table `examples` gets the first of those kept and of each filter's, so that they can
 * be looked at as any others. The counts are of all. In constant memory.
 */
export async function recordInBulk(
  store: Store,
  run: string,
  step: string,
  examples: AsyncIterable<Example>,
  file: string,
): Promise<Funnel> {
  await store.deleteFrom('examples').where('run', '=', run).where('step', '=', step).execute()
  const funnel: Funnel = { kept: 0, dropped: {} }
  const output = fs.createWriteStream(file, { highWaterMark: 1 << 20 })
  // Writing goes on while the next example is made, so its error is kept until somebody looks.
  let failed: Error | undefined
  output.on('error', (error) => {
    failed = error
  })
  let position = 0
  try {
    for await (const example of examples) {
      if (failed) throw failed
      tally(funnel, example)
      const { dropped } = example
      if ((dropped ? (funnel.dropped[dropped.by] ?? 0) : funnel.kept) <= shown) {
        const short = dropped && example.text ? { ...example, text: example.text.slice(0, excerpt) } : example
        await store
          .insertInto('examples')
          .values(toRow(run, step, position, short))
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      }
      position++
      if (!dropped && !output.write(`${JSON.stringify(example)}\n`))
        await Promise.race([once(output, 'drain'), once(output, 'close')])
    }
    await new Promise<void>((resolve, reject) =>
      output.end((error?: Error | null) => (error ? reject(error) : resolve())),
    )
  } catch (error) {
    output.destroy()
    throw writeError(error, file)
  }
  return funnel
}

/** The kept examples of such a step, in order, in constant memory. */
export async function* bulkExamples(file: string): AsyncGenerator<Example> {
  const lines = readline.createInterface({ input: fs.createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) yield JSON.parse(line) as Example
}
