import path from 'node:path'
import { resolveLanguage } from '../data/languages.ts'
import { createExaminer, type Examination } from '../evaluator/examine.ts'
import { ggufExaminee } from '../evaluator/examinee.ts'
import { openHub } from '../evaluator/hub.ts'
import { createHost } from '../models/host/local.ts'
import { openRuntime } from '../models/llama.ts'
import { createApp } from '../server/app.ts'
import { listen } from '../server/listen.ts'
import { createLog } from '../server/log.ts'
import { createServing } from '../server/serving.ts'
import { openConverter } from '../trainer/engines/convert.ts'
import { harness } from './harness.ts'
import { type Task, task } from './rows.ts'
import type { BenchContext, Comparison } from './run.ts'
import { pulledStudent, studentAtEightBits } from './student.ts'

/** Rows of each: SIB-200 has 204, Belebele 900. `AGREEMENT_ROWS` lessens it. */
const limit = Number(process.env.AGREEMENT_ROWS ?? 900)
const shots = Number(process.env.AGREEMENT_SHOTS ?? 0)
/** `sib-200` or `belebele`, where not both are wanted; `English`, …, where not all are. */
const onlySets = process.env.AGREEMENT_SET?.split(',')
const onlyLanguages = process.env.AGREEMENT_LANGUAGE?.split(',')
/** Seconds that a request may take: it is about numbers and not about speed, and may run beside other work. */
const patience = 3600
const sets = [
  { set: 'sib-200', language: 'English' },
  { set: 'sib-200', language: 'Galician' },
  { set: 'sib-200', language: 'Swahili' },
  { set: 'belebele', language: 'English' },
  { set: 'belebele', language: 'Afrikaans' },
  { set: 'belebele', language: 'Zulu' },
] as const

/**
 * Whether `endonym evaluate` and lm-evaluation-harness predict the same on every row: the harness asks the same GGUF file through this server's `/v1/completions`. Prints a line for each
 * data set: rows that agree, and both accuracies. The rows come from the hub (`HF_ENDPOINT`).
 */
export async function agreement({ home, folder, threads: cores }: BenchContext): Promise<Comparison[]> {
  // One core is for the harness and for whatever else runs: threads that wait for each other beside other work take many times as long.
  const threads = Math.max(1, cores - 1)
  const source = await pulledStudent({ home })
  const file = await studentAtEightBits(source, { folder })
  // Only its tokenizer is used: the student's is the base's.
  const tokenizer = await (await openConverter(home, threads)).toHuggingFace(source)
  const hub = openHub({ cache: home.cache })
  const runtime = await openRuntime({ gpu: false, threads })
  const serving = createServing({
    host: createHost({ runtime, contextSize: 2048 }),
    catalog: async () => [
      {
        id: 'student',
        role: 'base',
        createdAt: new Date(0).toISOString(),
        parameters: 0,
        quantisation: '',
        file,
        adapters: [],
      },
    ],
  })
  const log = createLog(() => {})
  const server = await listen(createApp({ serving, log, loopback: true, answerSeconds: patience }), {
    host: '127.0.0.1',
    port: 0,
    log,
  })
  const lines: Comparison[] = []
  try {
    for (const { set, language } of sets) {
      if (onlySets?.includes(set) === false || onlyLanguages?.includes(language) === false) continue
      const rows = await task(set, resolveLanguage(language), { hub, folder, limit, shots })
      const { tasks } = await harness(home, threads, {
        model: 'local-completions',
        model_args: {
          model: 'student',
          base_url: `${server.url}/v1/completions`,
          tokenizer,
          tokenizer_backend: 'huggingface',
          num_concurrent: 1,
          max_length: 2048,
          timeout: patience,
        },
        batch_size: 8,
        shots,
        limit,
        cache: path.join(home.cache, `agreement-${rows.name}`),
        tasks: { [rows.name]: rows.harness },
      })
      const theirs = tasks[rows.name]
      if (!theirs) throw new Error(`The harness says nothing of ${rows.name}.`)
      const examination = await examined(rows, file, threads)
      const ours = examination.results.map(({ continuations = [] }) => {
        const scores = continuations.map(({ logProb }) => logProb)
        return { scores, prediction: scores.indexOf(Math.max(...scores)) }
      })
      const same = ours.filter(({ prediction }, i) => prediction === theirs.predictions[i]).length
      const difference = Math.max(
        ...ours.flatMap(({ scores }, i) =>
          scores.map((score, c) => Math.abs(score - (theirs.scores[i]?.[c] ?? Number.NaN))),
        ),
      )
      const right = examination.results.filter(({ verdict }) => verdict?.right).length
      console.log(
        `  ${rows.name}: ${same} of ${ours.length} predictions the same; accuracy ${(right / ours.length).toFixed(4)} / ${theirs.accuracy.toFixed(4)}; log P differs by ${difference.toExponential(1)} at most`,
      )
      lines.push({
        what: `${rows.name}: share of rows that agree`,
        ours: same / ours.length,
        peer: 1,
        unit: '',
        least: 1,
      })
    }
  } finally {
    await server.stop(100)
    await serving.dispose()
    await runtime.dispose()
  }
  return lines
}

async function examined({ items }: Task, file: string, threads: number): Promise<Examination> {
  const runtime = await openRuntime({ gpu: false, threads })
  const examiner = createExaminer(
    ggufExaminee(async () => runtime, { name: 'student', file, sha256: 'student' }),
    {
      rememberAll: async (questions, ask) => await ask([...questions.keys()]),
      progress: () => {},
    },
  )
  const examination = await examiner.examine(items, 'student')
  await examiner.close()
  await runtime.dispose()
  return examination
}
