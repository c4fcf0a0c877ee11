import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { englishSentences } from '../data/questions.ts'
import { openRuntime } from '../models/llama.ts'
import type { BenchContext, Comparison } from './run.ts'
import { pulledStudent, studentAtEightBits } from './student.ts'

const tokens = 1000
/** The map of the vocabulary is slow enough for fewer. */
const mapped = 64

/**
 * Tokens of a long text scored a second, against only reading the same text (what scoring adds), and against scoring by a map of the whole vocabulary's probabilities, which
 * node-llama-cpp gives where it is asked for probabilities.
 */
export async function scoring({ home, folder, threads }: BenchContext): Promise<Comparison[]> {
  const student = await pulledStudent({ home })
  const file = await studentAtEightBits(student, { folder })
  const text = englishSentences()
    .slice(0, 100)
    .map(({ text }) => text)
    .join(' ')

  const runtime = await openRuntime({ gpu: false })
  const model = await runtime.load(file)
  const ids = model.tokenize(text).slice(0, tokens)
  const scorer = await model.openScorer()
  const ours = await rate(ids.length, () => scorer.score('', [model.detokenize(ids)]))
  await scorer.dispose()
  await model.dispose()
  await runtime.dispose()

  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads, logLevel: LlamaLogLevel.error })
  const native = await llama.loadModel({ modelPath: file })
  const context = await native.createContext({ contextSize: 2048, threads, batchSize: 256, flashAttention: false })
  const sequence = context.getSequence()
  const words = native.tokenize(native.detokenize(ids as never))
  const reading = await rate(words.length, () => sequence.evaluateWithoutGeneratingNewTokens(words))
  await sequence.clearHistory()
  const map = await rate(mapped, () =>
    sequence.controlledEvaluate(
      words.slice(0, mapped).map((token) => [token, { generateNext: { probabilities: true } }]),
    ),
  )
  await context.dispose()
  await native.dispose()
  await llama.dispose()
  return [
    { what: 'tokens/s scored, against only reading', ours, peer: reading, unit: 'tokens/s' },
    { what: 'tokens/s scored, against a map of the vocabulary', ours, peer: map, unit: 'tokens/s' },
  ]
}

async function rate(tokens: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return tokens / ((performance.now() - started) / 1000)
}
