import fs from 'node:fs'
import path from 'node:path'
import { run } from '../core/process.ts'
import { englishQuestions, englishSentences } from '../data/questions.ts'
import { openConverter } from '../trainer/engines/convert.ts'
import { pythonEnvironment } from '../trainer/engines/trl/environment.ts'
import { trlEngine } from '../trainer/engines/trl.ts'
import type { BenchContext, Comparison } from './run.ts'
import { pulledStudent } from './student.ts'

const rounds = 2
const steps = 30
const batch = 4
const length = 256
const rank = 16

/** Training tokens a second by `trl sft`, as a distillation runs it, against a bare PyTorch loop on the same rows in batches of the same shapes; loading is in neither figure. The two take turns, and the best round of each counts. */
export async function training({ home, folder, threads }: BenchContext): Promise<Comparison[]> {
  const student = await pulledStudent({ home })
  const base = await (await openConverter(home, threads)).toHuggingFace(student)
  const questions = englishQuestions()
  const sentences = englishSentences()
  const rows = Array.from({ length: steps * batch }, (_, i) => ({
    prompt: [{ role: 'user', content: questions[i % questions.length]?.text }],
    completion: [
      {
        role: 'assistant',
        content: sentences
          .slice(i, i + 1 + (i % 8))
          .map(({ text }) => text)
          .join(' '),
      },
    ],
  }))
  const train = path.join(folder, 'train.jsonl')
  const valid = path.join(folder, 'valid.jsonl')
  fs.writeFileSync(train, rows.map((row) => JSON.stringify(row)).join('\n'))
  fs.writeFileSync(
    valid,
    rows
      .slice(0, 1)
      .map((row) => JSON.stringify(row))
      .join('\n'),
  )

  const environment = pythonEnvironment(home, threads)
  const bare = async () => {
    const args = [
      path.join(import.meta.dirname, 'bare_loop.py'),
      base,
      train,
      ...[steps, batch, length, rank].map(String),
    ]
    const { code, stdout, stderr } = await run(environment.python, args, { env: environment.env })
    if (code !== 0) throw new Error(stderr)
    return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { rate: number }).rate
  }
  const trl = async (round: number) => {
    const options = { rank, learningRate: 1e-4, epochs: 1, batch, length, evaluateEvery: steps, patience: 1, seed: 1 }
    const { tokens, loopSeconds, seconds } = await trlEngine(home, threads).train({ train, valid }, base, {
      ...options,
      folder: path.join(folder, `trl-${round}`),
      progress: () => {},
    })
    return tokens / (loopSeconds ?? seconds)
  }
  let ours = 0
  let peer = 0
  for (let round = 0; round < rounds; round++) {
    peer = Math.max(peer, await bare())
    ours = Math.max(ours, await trl(round))
  }
  return [
    {
      what: `tokens/s, LoRA r ${rank}, batch ${batch}`,
      ours,
      peer,
      unit: 'tokens/s',
      least: 0.8,
    },
  ]
}
