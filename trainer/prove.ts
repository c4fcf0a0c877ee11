import path from 'node:path'
import { z } from 'zod'
import { commonPrefix } from '../core/common-prefix.ts'
import { EndonymError } from '../core/error.ts'
import { run as runProgram } from '../core/process.ts'
import type { Message, Model, Pool } from '../models/runtime.ts'
import type { Run } from './distill.ts'
import { openConverter } from './engines/convert.ts'
import { pythonEnvironment } from './engines/trl/environment.ts'
import type { StudentFiles } from './student.ts'

/** What was proven of a student before it is served. */
export type Proof = {
  /** Conversations whose prompt and token ids equal those of the reference implementation. */
  templates: number
  /** Greedy answers that ended by a stop token. */
  stopped: number
  prompts: number
  /** For each file, against the model at 16 bits: the mean absolute difference of the log-likelihood of known answers, in nats a token, and the share of greedy tokens before the first that differs. */
  files: { name: string; difference: number; tolerance: number; greedy: number }[]
}

/** Nats a token by which a file's log-likelihoods may differ from the 16-bit model's. 8 bits lose next to nothing; 4 bits of a small model, and the base that was 4 bits from the start under the adapter, more. */
const tolerances = { q8: 0.03, q4: 0.3, adapter: 0.3 } as const

/** For people. */
const names = { q8: 'merged, 8 bits', q4: 'merged, 4 bits', adapter: 'adapter on the base' } as const

const conversations: Message[][] = [
  [{ role: 'user', content: 'What is the capital of France?' }],
  [{ role: 'user', content: 'How do I boil an egg?' }],
  [
    { role: 'system', content: 'Be concise.' },
    { role: 'user', content: 'Name three animals that live in the sea.' },
  ],
  [
    { role: 'user', content: 'Good morning! 👋' },
    { role: 'assistant', content: 'Good morning! How can I help you?' },
    { role: 'user', content: 'Why is the sky blue?\n\nIn  1 sentence of 12 words, please.' },
  ],
]

const referenceSchema = z.array(z.object({ prompt: z.string(), tokens: z.array(z.number()) }))

/**
 * Proves a student before it is served: its prompts are the reference implementation's to the letter, its turns end, no reasoning is in a plain answer, and quantisation changed its
 * log-likelihoods by no more than a stated tolerance.
 *
 * @throws EndonymError `proof_failed`, with what failed.
 */
export function proveStudent(run: Run, files: StudentFiles): Promise<Proof> {
  return run.stage('prove', () => prove(run, files))
}

async function prove(run: Run, files: StudentFiles): Promise<Proof> {
  const { deps, student } = run
  const step = { stage: 'prove', total: 4, unit: 'files' }
  const half = await deps.runtime.load(files.f16)
  const proof: Proof = { templates: 0, stopped: 0, prompts: conversations.length, files: [] }
  try {
    for (const [index, reference] of (await referencePrompts(run)).entries()) {
      const messages = conversations[index] ?? []
      const prompt = half.renderChat(messages, { addGenerationPrompt: true })
      const tokens = half.tokenize(prompt, { special: true })
      if (prompt === reference.prompt && tokens.join() === reference.tokens.join()) proof.templates++
      else
        throw failed(
          `its chat template renders ${JSON.stringify(prompt)} where the reference renders ${JSON.stringify(reference.prompt)}`,
        )
    }
    deps.progress({ ...step, done: 0, note: '16 bits' })
    const pool = await half.open({ contextSize: 1024, sequences: 4 })
    const answers = await greedyAnswers(pool)
    proof.stopped = answers.filter((answer) => answer.finishReason === 'stop').length
    if (proof.stopped === 0) throw failed('none of its answers ended by a stop token')
    if (answers.some((answer) => /<\/?think>/.test(answer.text))) throw failed('a plain answer holds reasoning')
    const prompts = conversations.map((messages) => half.renderChat(messages, { addGenerationPrompt: true }))
    const texts = answers.map((answer) => answer.text)
    await pool.dispose()
    const known = await likelihoods(half, prompts, texts)

    const others = [
      { kind: 'q8', file: files.q8, adapters: [] },
      { kind: 'q4', file: files.q4, adapters: [] },
      ...(files.adapter ? [{ kind: 'adapter' as const, file: student.file, adapters: [files.adapter] }] : []),
    ] as const
    for (const [done, { kind, file, adapters }] of others.entries()) {
      deps.progress({ ...step, done: done + 1, note: kind })
      const model = await deps.runtime.load(file)
      try {
        const scores = await likelihoods(model, prompts, texts, adapters)
        const difference = mean(scores.map((score, index) => Math.abs(score - (known[index] ?? 0))))
        const other = await model.open({ contextSize: 1024, sequences: 4, adapters })
        const greedy = mean(
          (await greedyAnswers(other)).map(({ text }, index) => sharedBeginning(text, texts[index] ?? '')),
        )
        await other.dispose()
        proof.files.push({ name: names[kind], difference, tolerance: tolerances[kind], greedy })
        if (difference > tolerances[kind]) {
          throw failed(
            `the file ${path.basename(files[kind] ?? file)} differs from the 16-bit model by ${difference.toFixed(3)} nats a token, more than ${tolerances[kind]}`,
          )
        }
      } finally {
        await model.dispose()
      }
    }
    deps.progress({ ...step, done: 4 })
    return proof
  } finally {
    await half.dispose()
  }
}

const greedyAnswers = (pool: Pool) =>
  Promise.all(
    conversations.map((messages) => pool.chat(messages, { temperature: 0, repeatPenalty: 1, maxTokens: 64, seed: 0 })),
  )

/** Log-likelihood of each text after its prompt, in nats a token. */
async function likelihoods(model: Model, prompts: string[], texts: string[], adapters: readonly string[] = []) {
  const scorer = await model.openScorer({ contextSize: 1024, adapters })
  const nats: number[] = []
  for (const [index, text] of texts.entries()) {
    const [score] = await scorer.score(prompts[index] ?? '', [text])
    nats.push(score && score.tokens > 0 ? score.logProb / score.tokens : 0)
  }
  await scorer.dispose()
  return nats
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/** The share of the longer text that both have at their beginnings. */
function sharedBeginning(a: string, b: string): number {
  return commonPrefix(a, b) / Math.max(1, a.length, b.length)
}

/** The prompts and token ids that transformers makes of the conversations. */
async function referencePrompts({ deps, student }: Run) {
  const converter = await openConverter(deps.home, deps.runtime.threads, { signal: deps.signal })
  const folder = await converter.toHuggingFace(student)
  const environment = pythonEnvironment(deps.home, deps.runtime.threads)
  const script = path.join(import.meta.dirname, 'engines', 'trl', 'reference.py')
  const { code, stdout, stderr } = await runProgram(environment.python, [script, folder], {
    env: environment.env,
    input: JSON.stringify(conversations),
    signal: deps.signal,
  })
  if (code !== 0)
    throw failed(`the reference implementation could not render its prompts: ${stderr.trim().split('\n').at(-1)}`)
  return referenceSchema.parse(JSON.parse(stdout))
}

const failed = (what: string) =>
  new EndonymError('proof_failed', `The student was not registered for serving, because ${what}.`)
