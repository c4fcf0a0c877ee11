import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EndonymError } from '../../core/error.ts'
import { openStore, type Store } from '../../data/database.ts'
import { createMemory, type RememberAll } from '../../data/memory.ts'
import type { Examinee, ExamineePool } from '../../evaluator/benchmark.ts'
import { evaluateStudent, evaluationLimits } from '../../evaluator/evaluate.ts'
import { examineePool } from '../../evaluator/examinee.ts'
import { openHub } from '../../evaluator/hub.ts'
import { udhrPairs } from '../../evaluator/udhr.ts'
import { openRuntime } from '../../models/llama.ts'
import { studentFile } from '../model.ts'
import { english, galician, klingon } from './languages.ts'

const limits = { ...evaluationLimits.demo, articles: 5, paragraphs: 6, questions: 4, flores: 2, sib200: 2 }
const heldOutQuestions = ['Que é a chuvia?', 'Quen es ti?', 'Como se fai o pan?', 'Onde vive o oso?', 'De máis']
const human = new Map(udhrPairs(english, galician).map(({ source, target }) => [source, target]))

let store: Store
beforeEach(async () => {
  store = await openStore(':memory:')
})
afterEach(() => store.destroy())
const rememberAll: RememberAll = (...args) => createMemory(store).rememberAll(...args)

/** A model whose replies are known beforehand: so what an evaluation makes of them can be, too. */
function examinee(name: string, replies: Partial<ExamineePool>, log: string[] = []): Examinee {
  return {
    name,
    source: `sha of ${name}`,
    concurrency: 3,
    open: async () => {
      log.push('open')
      return {
        contextSize: 2048,
        model: {
          beginning: '',
          renderChat: (messages) => messages.map(({ content }) => content).join('\n'),
          tokenize: (text) => [...Buffer.from(text)],
          detokenize: (tokens) => Buffer.from(tokens).toString(),
        },
        complete: async () => {
          throw new Error('not asked')
        },
        chat: async (messages, options) => {
          log.push(`chat ${messages.at(-1)?.content}`)
          if (!replies.chat) throw new Error('not asked')
          return replies.chat(messages, options)
        },
        score: async (prompt, continuations) => {
          for (const continuation of continuations) log.push(`score ${continuation}`)
          if (!replies.score) throw new Error('not asked')
          return replies.score(prompt, continuations)
        },
        forget: async () => {},
        dispose: async () => {
          log.push('dispose')
        },
      }
    },
  }
}

const generation = (text: string) => ({ text, finishReason: 'stop' as const, promptTokens: 5, completionTokens: 5 })
/** Two bits for each byte of Galician, one for each of English. */
const bits = (perByte: number) => async (_: string, texts: readonly string[]) =>
  texts.map((text) => ({
    logProb: -Math.LN2 * perByte * Buffer.byteLength(text) * (/[ñóéáí]|\bda?\b|\bos?\b/.test(text) ? 2 : 1),
    tokens: text.length,
    greedy: false,
  }))
const parrot = () =>
  examinee('parrot', {
    chat: async ([message]) =>
      generation(message?.content.split('\n\n')[1] ?? 'I do not know what that is and you should ask them.'),
    score: bits(1),
  })
const translator = (log: string[] = []) =>
  examinee(
    'translator',
    {
      chat: async ([message]) => {
        const source = message?.content.split('\n\n')[1]
        if (source) return generation(human.get(source) ?? '')
        return generation('A chuvia é auga que cae das nubes cando o aire arrefría moito.')
      },
      score: bits(0.5),
    },
    log,
  )
const options = () => ({
  language: galician,
  english,
  base: parrot(),
  student: translator(),
  heldOutQuestions,
  limits,
  rememberAll,
})

describe('evaluateStudent', () => {
  it('measures base and student on the same rows', async () => {
    const evaluation = await evaluateStudent(options())
    const of = (benchmark: string, measure: string) =>
      evaluation.measures.find((each) => each.benchmark === benchmark && each.measure === measure)
    expect(of('udhr-bits-glg', 'bits-per-byte')).toMatchObject({
      base: 2,
      student: 1,
      difference: -1,
      units: 5,
      better: 'student',
    })
    expect(of('udhr-bits-eng', 'bits-per-byte')?.interval[1]).toBeLessThan(0)
    expect(evaluation.forgetting?.percent).toBeCloseTo(-50, 6)
    expect(of('udhr-eng-glg', 'chrf++')).toMatchObject({ units: 6, better: 'student', higherIsBetter: true })
    expect(of('udhr-eng-glg', 'chrf++')?.student).toBeCloseTo(100, 6)
    expect(of('answers', 'language-share')).toMatchObject({ base: 0, student: 1, interval: [1, 1], units: 4 })
    expect(of('answers', 'looping-share')).toMatchObject({ base: 0, student: 0, better: 'undecided' })
    expect(evaluation.conversations).toHaveLength(4)
    expect(evaluation.conversations[1]).toMatchObject({
      question: 'Quen es ti?',
      base: { text: expect.stringContaining('I do not know'), language: { verdict: false, reason: 'English' } },
      student: { language: { verdict: true }, loop: { looping: false } },
    })
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation)
  })

  it('draws answers as they are served, with a seed of its own for each question', async () => {
    const seen: unknown[] = []
    const base = examinee('base', {
      chat: async (messages, sampling) => {
        if (sampling?.temperature !== 0) seen.push(sampling?.seed)
        return parrot()
          .open()
          .then((pool) => pool.chat(messages, sampling))
      },
      score: bits(1),
    })
    const { sampling } = await evaluateStudent({ ...options(), base })
    expect(sampling).toMatchObject({ temperature: 0.7, repeatPenalty: 1.1, maxTokens: 96 })
    expect(new Set(seen).size).toBe(4)
    expect(seen.every((seed) => Number.isInteger(seed))).toBe(true)
  })

  it('goes on where it was cut off, asks nothing twice that was written down, and comes to the same result', async () => {
    const whole = await evaluateStudent(options())
    await store.deleteFrom('completions').execute()

    const log: string[] = []
    let left = 3
    const dying = translator(log)
    const open = dying.open
    const mortal: Examinee = {
      ...dying,
      open: async () => {
        const pool = await open()
        const orDie = <T>(work: () => Promise<T>) => {
          if (left-- > 0) return work()
          throw new Error('killed')
        }
        return {
          ...pool,
          chat: async (...args) => orDie(() => pool.chat(...args)),
          score: async (...args) => orDie(() => pool.score(...args)),
        }
      },
    }
    await expect(evaluateStudent({ ...options(), student: mortal })).rejects.toThrow('killed')
    expect(log.at(-1)).toBe('dispose')
    const written = await store
      .selectFrom('completions')
      .select('request_json')
      .where('source', '=', mortal.source)
      .execute()
    const kept = written.map((row) => `score ${JSON.parse(row.request_json).continuation}`)
    expect(kept).toHaveLength(8)
    left = Number.POSITIVE_INFINITY
    log.length = 0
    const again = await evaluateStudent({ ...options(), student: mortal })
    const asked = log.filter((entry) => /^(chat|score)/.test(entry))
    expect(new Set(asked).size).toBe(asked.length)
    for (const entry of kept) expect(asked).not.toContain(entry)
    const timeless = (evaluation: typeof whole) =>
      JSON.stringify(evaluation, (key, value) => (key === 'seconds' ? undefined : value))
    expect(timeless(again)).toBe(timeless(whole))

    log.length = 0
    await evaluateStudent({ ...options(), student: mortal })
    expect(log).toEqual([])
  })

  it('stops on its signal without remembering what was cut off', async () => {
    const stop = new AbortController()
    const base = examinee('base', {
      score: bits(1),
      chat: async () => {
        stop.abort()
        return { ...generation('half an ans'), finishReason: 'aborted' }
      },
    })
    await expect(evaluateStudent({ ...options(), base, signal: stop.signal })).rejects.toThrow()
    const kept = await store.selectFrom('completions').select('kind').distinct().execute()
    expect(kept).toEqual([{ kind: 'score' }])
  })

  it('notes what could not be measured and measures the rest', async () => {
    const hub = openHub({ cache: '/nonexistent', endpoint: 'http://127.0.0.1:1' })
    const evaluation = await evaluateStudent({ ...options(), language: klingon, hub })
    expect(evaluation.skipped.map(({ benchmark }) => benchmark)).toEqual([
      'udhr-bits-tlh',
      'udhr-eng-tlh',
      'flores-eng-tlh',
      'flores-tlh-eng',
      'sib-200-tlh',
    ])
    for (const { reason } of evaluation.skipped) expect(reason).toMatch(/Klingon|reached/)
    expect(evaluation.measures.map(({ benchmark }) => benchmark)).toEqual(['udhr-bits-eng', 'answers', 'answers'])
    expect(evaluation.languageId.method).toBe('script')
  })

  it('counts a prompt that is too long as a failure of the model', async () => {
    const base = examinee('base', {
      score: bits(1),
      chat: async () => {
        throw new EndonymError('prompt_too_long', 'The prompt has 10 tokens and 5 fit.')
      },
    })
    const { measures } = await evaluateStudent({ ...options(), base })
    expect(measures.find(({ measure }) => measure === 'chrf++')?.base).toBe(0)
  })

  it('measures the real student', async () => {
    const runtime = await openRuntime()
    try {
      const model = await runtime.load(studentFile())
      const real = (name: string, contextSize: number): Examinee => ({
        name,
        source: name,
        concurrency: 4,
        open: async () => ({ ...examineePool(model, { contextSize, sequences: 4 }), dispose: async () => {} }),
      })
      const small = { ...limits, articles: 3, paragraphs: 1, questions: 1, answerTokens: 24 }
      const [base, student] = [real('base', 512), real('student', 768)]
      const { measures, conversations } = await evaluateStudent({ ...options(), base, student, limits: small })
      const [target, source] = measures
      expect(target?.base).toBeGreaterThan(2)
      expect(target?.base).toBeLessThan(3.5)
      expect(source?.base).toBeGreaterThan(0.6)
      expect(source?.base).toBeLessThan(1.4)
      // The same weights: the same numbers, whatever the size of the context.
      for (const { difference } of measures) expect(Math.abs(difference)).toBeLessThan(0.01)
      expect(conversations[0]?.base.text).not.toBe('')
    } finally {
      await runtime.dispose()
    }
  }, 120_000)
})
