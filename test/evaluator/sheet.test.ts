import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inspectionLines, inspectionText } from '../../cli/evaluate-inspection.ts'
import { sheetPicture } from '../../cli/evaluate-picture.ts'
import { sheetText } from '../../cli/evaluate-text.ts'
import { silent } from '../../core/progress.ts'
import { openStore, type Store } from '../../data/database.ts'
import { createMemory } from '../../data/memory.ts'
import type { Benchmark, Examinee, ExamineePool } from '../../evaluator/benchmark.ts'
import { type BenchmarkOptions, makeBenchmarks } from '../../evaluator/benchmarks.ts'
import { prepare } from '../../evaluator/evaluate.ts'
import { ggufExaminee } from '../../evaluator/examinee.ts'
import { openHub } from '../../evaluator/hub.ts'
import { examineAll, sheetOf } from '../../evaluator/sheet.ts'
import { openRuntime } from '../../models/llama.ts'
import { widthOf } from '../../trainer/report/svg.ts'
import { studentFile } from '../model.ts'
import { sets } from './benchmarks/sets.ts'
import { serveDataSets } from './dataset-server.ts'
import { galician } from './languages.ts'

let server: Awaited<ReturnType<typeof serveDataSets>>
let cache: string
beforeAll(async () => {
  server = await serveDataSets(sets)
  cache = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-sheet-'))
})
afterAll(async () => {
  await server.stop()
  fs.rmSync(cache, { recursive: true })
})
let store: Store
beforeEach(async () => {
  store = await openStore(':memory:')
})
afterEach(() => store.destroy())

const benchmarks = (names: string[], options: Partial<BenchmarkOptions> = {}) =>
  makeBenchmarks(names, galician, {
    hub: openHub({ cache, endpoint: server.endpoint, token: undefined }),
    ...options,
  })
const examine = async (made: readonly Benchmark[], examinees: readonly Examinee[]) => {
  const { prepared } = await prepare(made)
  const examined = await examineAll(prepared, examinees, {
    rememberAll: createMemory(store).rememberAll,
    progress: silent,
  })
  return { prepared, examined, sheet: sheetOf(prepared, examined) }
}

/** A model that gives every continuation the likelihood that is wished for; its tokens are bytes. */
function scripted(
  name: string,
  likes: (prompt: string, continuation: string) => number,
  more: Partial<ExamineePool> = {},
  log: string[] = [],
): Examinee {
  return {
    name,
    source: `sha of ${name}`,
    concurrency: 3,
    open: async () => ({
      contextSize: 2048,
      model: {
        beginning: '',
        renderChat: (messages) => messages.map(({ role, content }) => `<${role}>${content}\n`).join(''),
        tokenize: (text) => [...Buffer.from(text)],
        detokenize: (tokens) => Buffer.from(tokens).toString(),
      },
      score: async (prompt, continuations) =>
        continuations.map((continuation) => {
          log.push(`${prompt}|${continuation}`)
          return { logProb: likes(prompt, continuation), tokens: 1, greedy: false }
        }),
      complete: async (prompt) => {
        log.push(prompt)
        return { text: ' B', finishReason: 'stop', promptTokens: 1, completionTokens: 1 }
      },
      chat: async () => {
        throw new Error('not asked')
      },
      forget: async () => {},
      dispose: async () => {},
      ...more,
    }),
  }
}

/** Right on every row, and wrong on every row. */
const right = (prompt: string, continuation: string) => {
  const answer = prompt.endsWith(`P: Chove en Vigo.${rest}`) ? 'A' : prompt.includes('Neva en Lugo.') ? 'B' : 'C'
  return continuation.trim() === answer ? -1 : -3
}
const rest = '\nQ: Que tempo vai?\nA: Chove\nB: Neva\nC: Hai sol\nD: Hai vento\nAnswer:'
const wrong = (_: string, continuation: string) => (continuation.trim() === 'D' ? -1 : -3)

describe('the sheet', () => {
  it('compares every two models on the same rows, and each with guessing', async () => {
    const { sheet } = await examine(benchmarks(['belebele']), [
      scripted('lost', wrong),
      scripted('knowing', right),
      scripted('other', right),
    ])
    expect(sheet.rows.map(({ model, value, units }) => [model, value, units])).toEqual([
      ['lost', 0, 3],
      ['knowing', 1, 3],
      ['other', 1, 3],
    ])
    // Three of three at one in four: (1/4)³, and nothing is rarer.
    expect(sheet.rows[1]?.chance).toMatchObject({ share: 0.25, interval: 'above', p: expect.closeTo(1 / 64, 12) })
    expect(sheet.rows[0]?.chance).toMatchObject({ interval: 'around' })
    expect(sheet.rows[0]?.interval[1]).toBeGreaterThan(0.5)
    expect(sheet.pairs.map(({ models, difference }) => [...models, difference])).toEqual([
      ['lost', 'knowing', 1],
      ['lost', 'other', 1],
      ['knowing', 'other', 0],
    ])
    // Three rows that only one has right: 2 · (1/2)³.
    expect(sheet.pairs[0]?.tests).toMatchObject({
      mcnemar: { p: expect.closeTo(0.25, 12), onlyFirst: 0, onlySecond: 3 },
      bootstrap: expect.any(Number),
    })
    expect(sheet.pairs[0]?.tests.bootstrap).toBeLessThan(0.01)
    expect(sheet.pairs[2]?.tests).toEqual({ mcnemar: { p: 1, onlyFirst: 0, onlySecond: 0 }, bootstrap: 1 })
    const text = sheetText(sheet)
    expect(text).toContain(`  Belebele accuracy, 0 shots
    lost is right on 0 of 3, not clearly more or fewer than the 1 that guessing gives.
    knowing is right on 3 of 3, more than the 1 that guessing gives.`)
    expect(text).toContain('    3 rows show no clear difference between knowing and lost.')
    expect(text).toMatch(
      /Belebele accuracy, 0 shots +knowing +1\.000 +\[0\.439, 1\.000\] +3 +above 0\.250 \(p 0\.016\) +\+1\.000 \[\+1\.000, \+1\.000\] +0\.250 +no clear difference/,
    )
  })

  it('shows every prompt, likelihood and verdict', async () => {
    const { prepared, examined } = await examine(benchmarks(['belebele'], { limit: 1 }), [scripted('lost', wrong)])
    const [row] = inspectionLines(prepared, examined)
    expect(row).toEqual({
      model: 'lost',
      benchmark: 'belebele-glg',
      id: 'https://example.org/a#1',
      prompt: `P: Chove en Vigo.${rest}`,
      continuations: ['A', 'B', 'C', 'D'].map((letter) => ({
        text: ` ${letter}`,
        logProb: letter === 'D' ? -1 : -3,
        tokens: 1,
        greedy: false,
      })),
      prediction: 'D',
      target: 'A',
      verdict: false,
    })
    const text = inspectionText(inspectionLines(prepared, examined))
    expect(text).toContain('-1.000  " D"')
    expect(text).toContain('wrong: D; the target is A')
  })

  it('draws values, intervals and guessing, however many models there are', async () => {
    const models = Array.from({ length: 12 }, (_, i) =>
      scripted(`a-model-with-a-rather-long-name-${'x'.repeat(40)}<${i}>`, i % 2 ? right : wrong),
    )
    const { sheet } = await examine(benchmarks(['belebele', 'udhr-bits'], { limit: 2 }), models)
    const picture = sheetPicture(sheet, galician)
    expect(picture.match(/stroke-dasharray/g)).toHaveLength(1)
    // A point for each model on accuracy and on bits per byte of both languages.
    expect(picture.match(/<circle|<rect [^>]*width="9"/g)).toHaveLength(12 * 3)
    expect(picture).toContain('95 % intervals')
    expect(picture).toContain('bits per byte, lower is better')
    expect(picture).toContain('&#60;11&#62;')
    expect(picture).not.toMatch(/NaN|Infinity|undefined/)
    const ends = [...picture.matchAll(/<text x="([\d.]+)" y="[\d.]+" font-size="(\d+)" fill="[^"]*">([^<]*)</g)].map(
      ([, x, size, text = '']) => Number(x) + widthOf(text.replaceAll(/&#\d+;/g, '&'), Number(size)),
    )
    expect(ends.length).toBeGreaterThan(12 * 3)
    expect(Math.max(...ends)).toBeLessThan(860)
    const height = Number(/height="(\d+)"/.exec(picture)?.[1])
    const lowest = Math.max(...[...picture.matchAll(/ y="([\d.]+)"/g)].map(([, y]) => Number(y)))
    expect(height).toBeGreaterThan(lowest)
  })

  it('says what the numbers hide', async () => {
    const short = scripted('short', right, { contextSize: 110 })
    const { sheet, prepared, examined } = await examine(benchmarks(['belebele'], { shots: 1, limit: 2 }), [short])
    expect(sheet.notes).toEqual([
      'belebele-glg, short: 2 prompts of 2 did not fit into the context, and lost the beginning (--context).',
    ])
    expect(inspectionLines(prepared, examined)[0]?.cut).toBeGreaterThan(50)
    const mute = scripted('mute', right, {
      complete: async () => ({ text: 'Non sei.', finishReason: 'stop', promptTokens: 1, completionTokens: 1 }),
    })
    const spoken = await examine(benchmarks(['belebele'], { scoring: 'generate' }), [mute])
    expect(spoken.sheet.notes[0]).toBe(
      'belebele-glg, mute: 3 answers of 3 named no choice, or no number, and count as wrong.',
    )
  })

  it('never asks twice, and asks after white space as a tokeniser splits it', async () => {
    const log: string[] = []
    const made = benchmarks(['sib-200'], { limit: 1 })
    const first = await examine(made, [scripted('model', wrong, {}, log)])
    expect(log).toHaveLength(7)
    expect(log[0]).toMatch(/belong to:\| \n\n science\/technology$/)
    const second = await examine(made, [scripted('model', wrong, {}, log)])
    expect(log).toHaveLength(7)
    expect(second.sheet).toEqual(first.sheet)
  })

  it('renders the chat template for likelihoods where it is wished for', async () => {
    const log: string[] = []
    await examine(benchmarks(['belebele'], { chatTemplate: true, limit: 1 }), [scripted('model', wrong, {}, log)])
    expect(log[0]).toMatch(/^<user>P: Chove en Vigo\..*Answer:\|\nA$/s)
  })

  it('leaves out the first examples of a chat that is too long, and asks the question in any case that it can', async () => {
    const asked: string[][] = []
    const translator = (contextSize: number) =>
      scripted(`of ${contextSize}`, wrong, {
        contextSize,
        chat: async (messages) => {
          asked.push(messages.map(({ content }) => content))
          return { text: 'O gato dorme.', finishReason: 'stop', promptTokens: 1, completionTokens: 1 }
        },
      })
    const made = benchmarks(['flores'], { shots: 2, limit: 1 }).slice(0, 1)
    // An example takes some 80 bytes here, the question 60, and 44 tokens are kept for the answer.
    const { sheet, prepared, examined } = await examine(made, [2048, 200, 120].map(translator))
    const [whole = [], ...others] = asked
    expect(whole).toHaveLength(5)
    expect(others).toEqual([whole.slice(2), whole.slice(4)])
    expect(inspectionLines(prepared, examined).map(({ prompt, dropped }) => [prompt.length, dropped])).toEqual([
      [5, undefined],
      [3, 1],
      [1, 2],
    ])
    expect(sheet.notes).toEqual(
      ['of 200', 'of 120'].map(
        (model) =>
          `flores-eng-glg, ${model}: 1 conversation of 1 did not fit into the context, and lost examples (--context).`,
      ),
    )
  })

  it('never leaves out what was said in a dialogue', async () => {
    const file = path.join(cache, 'long.jsonl')
    fs.writeFileSync(file, JSON.stringify({ question_id: 1, turns: ['Primeiro?', 'Segundo?'] }))
    const asked: number[] = []
    const talker = scripted('talker', wrong, {
      contextSize: 20,
      chat: async (messages) => {
        asked.push(messages.length)
        return { text: 'Resposta', finishReason: 'stop', promptTokens: 1, completionTokens: 1 }
      },
    })
    await examine(benchmarks(['mt-bench'], { questions: file }), [talker])
    expect(asked).toEqual([1, 3])
  })

  it('holds a dialogue of two turns', async () => {
    const file = path.join(cache, 'mt.jsonl')
    fs.writeFileSync(file, JSON.stringify({ question_id: 1, turns: ['Primeiro?', 'Segundo?'] }))
    const asked: string[] = []
    const talker = scripted('talker', wrong, {
      chat: async (messages) => {
        asked.push(messages.map(({ content }) => content).join(' / '))
        return { text: `Resposta ${messages.length}`, finishReason: 'stop', promptTokens: 1, completionTokens: 1 }
      },
    })
    const { prepared, examined, sheet } = await examine(benchmarks(['mt-bench'], { questions: file }), [talker])
    expect(asked).toEqual(['Primeiro?', 'Primeiro? / Resposta 1 / Segundo?'])
    expect(inspectionLines(prepared, examined)[0]?.answers?.map(({ text }) => text)).toEqual([
      'Resposta 1',
      'Resposta 3',
    ])
    expect(sheet.rows[0]).toMatchObject({ measure: 'characters', value: 10 })
  })

  it('begins a chat with one BOS where the chat template writes it and the model begins with it, too', async () => {
    // The student's own template begins with its BOS token; this copy says as well that texts are to begin with it.
    const bytes = fs.readFileSync(studentFile())
    const key = 'tokenizer.ggml.add_bos_token'
    const at = bytes.indexOf(key) + key.length + 4
    expect(bytes[at]).toBe(0)
    bytes[at] = 1
    const copy = path.join(cache, 'begins.gguf')
    fs.writeFileSync(copy, bytes)
    const runtime = await openRuntime()
    try {
      const real = (name: string, file: string) =>
        ggufExaminee(async () => runtime, { name, file, sha256: name }, undefined, { contextSize: 256 })
      const chat = benchmarks(['belebele'], { chatTemplate: true, limit: 1 })
      const plain = benchmarks(['belebele'], { limit: 1 })
      const { prepared, examined } = await examine(
        [...chat, ...plain],
        [real('before', studentFile()), real('begins', copy)],
      )
      const [asChat, asText, alsoAsChat, alsoAsText] = inspectionLines(prepared, examined)
      expect(alsoAsChat?.continuations).toEqual(asChat?.continuations)
      expect(alsoAsText?.continuations).not.toEqual(asText?.continuations)
    } finally {
      await runtime.dispose()
    }
  }, 120_000)

  it('measures the real student, and cuts its prompts like lm-evaluation-harness', async () => {
    const runtime = await openRuntime()
    try {
      const real = (name: string, contextSize: number) =>
        ggufExaminee(async () => runtime, { name, file: studentFile(), sha256: name }, undefined, { contextSize })
      const made = benchmarks(['belebele'], { shots: 1, limit: 1 })
      const { sheet, prepared, examined } = await examine(made, [real('whole', 256), real('short', 64)])
      expect(sheet.rows.filter(({ measure }) => measure === 'accuracy').map(({ units }) => units)).toEqual([1, 1])
      expect(sheet.notes).toEqual([
        'belebele-glg, short: 1 prompt of 1 did not fit into the context, and lost the beginning (--context).',
      ])
      const [whole, short] = inspectionLines(prepared, examined)
      expect(whole?.continuations).toHaveLength(4)
      for (const { logProb } of whole?.continuations ?? []) expect(logProb).toBeLessThan(0)
      expect(short?.continuations?.[0]?.logProb).not.toBe(whole?.continuations?.[0]?.logProb)
    } finally {
      await runtime.dispose()
    }
  }, 120_000)
})
