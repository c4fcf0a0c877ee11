import { EndonymError, messageOf } from '../../core/error.ts'
import { openRuntime } from '../../models/llama.ts'

// Loads each of the files and lets it write; a line for each that was survived. See hostile.test.ts.
const runtime = await openRuntime({ gpu: false })
for (const file of process.argv.slice(2)) {
  process.stdout.write(`${JSON.stringify(await attempt(file))}\n`)
}
process.exit(0)

async function attempt(file: string): Promise<string> {
  try {
    const model = await runtime.load(file)
    const pool = await model.open({ sequences: 2, contextSize: Math.min(64, model.trainedContext) })
    await pool.complete('Ola, ¿qué tal? 日本', { maxTokens: 3, temperature: 0.7 })
    if (model.chatTemplate !== undefined) await pool.chat([{ role: 'user', content: 'a' }], { maxTokens: 1 })
    await pool.dispose()
    await model.embed([model.tokenize('Ola')])
    await model.dispose()
    return 'works'
  } catch (error) {
    return `${error instanceof EndonymError ? error.code : 'other'}: ${messageOf(error).slice(0, 300)}`
  }
}
