import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silent } from '../../core/progress.ts'
import { createRandom } from '../../core/random.ts'
import { openStore, type Store } from '../../data/database.ts'
import { resolveLanguage } from '../../data/languages.ts'
import { createMemory } from '../../data/memory.ts'
import type { Example } from '../../trainer/example.ts'
import { makeRows } from '../../trainer/score/data.ts'
import { judgeRows } from '../../trainer/score/judge.ts'
import { type CellInput, scoreResult } from '../../trainer/score/result.ts'
import { chooseSeeds, type Seeds } from '../../trainer/score/seeds.ts'
import { polyglotScoreRecipe, type ScoreSettings, type Strategy } from '../../trainer/score/settings.ts'
import type { Extrinsic } from '../../trainer/score/tasks.ts'
import { parseCandidates } from '../../trainer/score/teachers.ts'
import { scoreCommandOf, scoreWishOf } from '../../trainer/score/wish.ts'
import { openaiTeacher } from '../../trainer/teachers/openai.ts'
import { fluent, type Script, startTeachers, type TeachersEndpoint } from './teachers-endpoint.ts'

const galician = resolveLanguage('Galician')
const english = resolveLanguage('English')

let store: Store
let endpoint: TeachersEndpoint
const heard: Parameters<Script>[0][] = []
const echo: Script = (messages) => {
  heard.push(messages)
  return `> ${messages.at(-1)?.content.split('\n')[0]}`
}

beforeEach(async () => {
  heard.length = 0
  store = await openStore(':memory:')
  endpoint = await startTeachers({
    echo,
    fluent,
    cut: (messages) => {
      heard.push(messages)
      return { text: 'meta', cut: true }
    },
    chatty: () => 'I would say that this is a solid four.',
  })
})
afterEach(async () => {
  await endpoint.close()
  await store.destroy()
})

const settings = { ...polyglotScoreRecipe.defaults('demo'), rows: 3 } as ScoreSettings
const teacher = (model: string) => openaiTeacher({ baseURL: endpoint.url, model, retries: 0 })

async function rowsOf(strategy: Strategy, model: string, seeds: Seeds): Promise<Example[]> {
  const context = {
    language: galician,
    rich: english,
    seeds,
    settings,
    memory: createMemory(store),
    progress: silent,
    signal: new AbortController().signal,
  }
  const rows: Example[] = []
  for await (const row of makeRows(strategy, teacher(model), context)) rows.push(row)
  return rows
}

const texts = ({ prompt, completion }: Example) => [prompt?.[0]?.content, completion?.[0]?.content]
const three = (native: string[] = []): Seeds => ({
  english: [
    { prompt: 'What is a river?', topic: 'nature' },
    { prompt: 'How is bread made?', topic: 'food' },
    { prompt: 'Who reads books?', answer: 'Many people.' },
  ],
  native,
})

describe('the data of a teacher', () => {
  it('by translate are English prompts and answers, both translated', async () => {
    const rows = await rowsOf('translate', 'echo', three())
    expect(rows.map(texts)).toEqual([
      ['> What is a river?', '> > What is a river?'],
      ['> How is bread made?', '> > How is bread made?'],
      // An answer that the seeds have is translated as it is.
      ['> Who reads books?', '> Many people.'],
    ])
    // Prompts 3, answers 2, translations of answers 3; what was asked can be traced.
    expect(endpoint.asked).toBe(8)
    expect(rows.map(({ requests }) => requests.length)).toEqual([3, 3, 2])
  })

  it('by respond are answers to native prompts, or to its own translations', async () => {
    const native = ['Que é un río?', 'Como se fai o pan?', 'Quen le libros?']
    expect((await rowsOf('respond', 'echo', three(native))).map(texts)).toEqual(
      native.map((prompt) => [prompt, `> ${prompt}`]),
    )
    expect(endpoint.asked).toBe(3)
    expect((await rowsOf('respond', 'echo', three())).map(texts)[0]).toEqual([
      '> What is a river?',
      '> > What is a river?',
    ])
  })

  it('by generate are prompts that it writes, of a topic and after examples, and its answers', async () => {
    const rows = await rowsOf('generate', 'echo', three(['Que é un río?', 'Como se fai o pan?', 'Quen le libros?']))
    expect(rows).toHaveLength(3)
    const asked = heard.map((messages) => messages.at(-1)?.content ?? '')
    expect(asked[0]).toContain('about this topic: nature. Write it in Galician (galego).')
    expect(asked[0]).toContain('- Quen le libros?')
    expect(heard[0]?.[0]?.content).toBe(
      'You are a native speaker of Galician (galego). You write in Galician (galego) only.',
    )
  })

  it('cost nothing when they are made again', async () => {
    const first = await rowsOf('translate', 'fluent', three())
    const { asked } = endpoint
    expect(await rowsOf('translate', 'fluent', three())).toEqual(first)
    expect(endpoint.asked).toBe(asked)
  })

  it('drop what did not come to an end, and ask nothing further of it', async () => {
    const rows = await rowsOf('respond', 'cut', three())
    expect(rows.map(({ dropped }) => dropped)).toEqual(
      rows.map(() => ({ by: 'unfinished', reason: 'the prompt: it did not end by itself' })),
    )
    expect(heard.map((messages) => messages[0]?.content.split(' ').slice(0, 2).join(' '))).toEqual(
      heard.map(() => 'You translate'),
    )
  })
})

describe('the judge', () => {
  const rows = [
    { prompt: 'Que é un río?', response: 'Auga que corre.' },
    { prompt: 'E o mar?', response: 'Auga salgada.' },
  ]
  const judge = (model: string) =>
    judgeRows(teacher(model), rows, {
      language: galician,
      memory: createMemory(store),
      progress: silent,
      signal: new AbortController().signal,
      stage: 'judge',
    })

  it('gives the mean of its scores from 1 to 5', async () => {
    expect(await judge('fluent')).toEqual({ score: 4, read: 2, asked: 2 })
  })

  it('that writes no JSON gives none, and what was wrong with it', async () => {
    expect(await judge('chatty')).toEqual({ score: undefined, read: 0, asked: 2, problem: 'it holds no JSON' })
  })
})

describe('the seeds', () => {
  it('are the questions that ship, in an order of their own; more rows keep the first ones', () => {
    const few = chooseSeeds(5, {}, createRandom('seeds'))
    expect(chooseSeeds(50, {}, createRandom('seeds')).english.slice(0, 5)).toEqual(few.english)
    expect(few.english[0]?.topic).toBeTruthy()
  })

  it('that are too few are refused with what to do', () => {
    expect(() => chooseSeeds(100_000, {}, createRandom('seeds'))).toThrow(
      /^There are \d+ English prompts, and 100000 are wanted\. Bring more with --seeds FILE, or ask for fewer: --set rows=\d+\.$/,
    )
  })
})

describe('the names of teachers', () => {
  it('are models, files, and models of endpoints', () => {
    expect(parseCandidates('a, /x/B.gguf,http://h:1/v1#gemma3:27b').map(({ title }) => title)).toEqual([
      'a',
      'B',
      'gemma3:27b',
    ])
  })

  it.each([
    ['http://h:1/v1', /names no model: write an endpoint's teacher as/],
    ['a,b,a', /"a" is named twice/],
  ])('%s is refused', (list, sentence) => {
    expect(() => parseCandidates(list)).toThrow(sentence)
  })

  it('make a command that means the same score', () => {
    const parts = { teachers: 'a,b', strategies: 'respond', reference: 'c' }
    const wish = scoreWishOf(galician, { scale: 'small', student: 's', set: ['rows=9'], limit: 7, parts })
    expect(scoreCommandOf(wish).join(' ')).toBe(
      'endonym teachers score --language gl --teachers a,b --scale small --student s --strategies respond --reference c --limit 7 --set rows=9',
    )
  })
})

describe('the result', () => {
  const wish = scoreWishOf(galician, { scale: 'demo', student: 's', set: [], parts: { teachers: 'good,poor' } })
  const cell = (name: string, quality: number, self = false): CellInput => ({
    teacher: name,
    strategy: 'respond',
    asked: 24,
    kept: 20,
    judged: { score: quality, read: 12, asked: 12, judge: self ? name : 'judge', self },
    measured: {
      promptDistinctness: 0.2,
      responseDistinctness: quality / 10,
      fluency: -3 + quality / 10,
      perplexity: 12,
      words: 20,
      inLanguage: 1,
      loops: 0,
    },
    student: { adapter: name, sha256: name, rows: 18, steps: 18, seconds: 30 },
  })
  const gained = (value: number, room: number) => ({
    value,
    interval: [value - room, value + room] as const,
    standardError: room / 2,
  })
  const tried = (gains: readonly number[], room: number, reference?: Extrinsic['reference']): Extrinsic => ({
    unit: 'share',
    tasks: [{ benchmark: 'b', title: 'B', source: 'here', rows: 100, base: 0.3 }],
    base: 0.3,
    ...(reference && { reference }),
    students: gains.map((gain) => ({
      score: 0.3 + gain,
      change: gained(gain, room),
      values: [0.3 + gain],
      ...(reference && !reference.noGap && { recovery: { value: gain / reference.change.value } }),
    })),
    differences: gains.map((from) => gains.map((to) => gained(to - from, room))),
  })
  const result = (extrinsic: Extrinsic | undefined, cells = [cell('poor', 2), cell('good', 5)]) =>
    scoreResult({ run: 'r', wish, base: 'base', cells, extrinsic, notes: [] })

  it('with a reference is PG = (PGR + z) / 2, and the advice says why', () => {
    const reference = { name: 'ref', score: 0.5, change: gained(0.2, 0.05) }
    const { rows, ranking, advice } = result(tried([0.02, 0.1], 0.03, reference))
    expect(ranking).toEqual({ by: 'polyglot score', leaders: ['good by respond'] })
    // Three metrics set good above poor (+1 each), the fourth is the same for both.
    expect(rows[0]).toMatchObject({ teacher: 'good', z: 0.75, pgr: { value: 0.5 }, pg: 0.625 })
    expect(rows[1]).toMatchObject({ teacher: 'poor', z: -0.75, pg: (0.1 - 0.75) / 2 })
    expect(advice).toBe(
      'Let good teach Galician with answers to prompts in the language (respond): its Polyglot Score is +0.63 (PGR +0.50, z +0.75), and its data stand out by their response distinctness (+1.0 deviations).',
    )
  })

  it('refuses PGR where the reference is not better than the base, says why, and still orders', () => {
    const reference = { name: 'ref', score: 0.28, change: gained(-0.02, 0.05), noGap: 'not above' as const }
    const { rows, notes, ranking } = result(tried([0.02, 0.1], 0.03, reference))
    expect(notes).toContain(
      'PGR is undefined with the reference ref (−2.0 points [−7.0, +3.0] against the base): it is not better than the base, and a share of that gap would rise as students get worse. The order is by the change over the base and by z.',
    )
    expect(rows.map(({ pgr, pg }) => [pgr, pg])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ])
    expect(ranking.by).toBe('change')
  })

  it('says that a difference is within noise, and that nothing may have been gained', () => {
    const { advice } = result(tried([0.02, 0.01], 0.05))
    expect(advice).toBe(
      'Let good teach Galician with answers to prompts in the language (respond): its student came to +1.0 points [−4.0, +6.0] against the base, and its data stand out by their response distinctness (+1.0 deviations); but the difference to the student of poor by respond is within noise, so z decided, and that this student gained anything is not clear either.',
    )
  })

  it('warns of a teacher that judged itself, and of judges that differ', () => {
    const { notes } = result(undefined, [cell('poor', 2, true), cell('good', 5)])
    expect(notes).toContain('poor judged its own data, which models tend to favour: name another with --judge.')
    expect(notes.join(' ')).toContain('The rubric scores come from different judges')
    expect(notes).toContain('No student was tried: the order is that of z, of the data by themselves.')
  })

  it('leaves the rubric out where a judge could not be read, and says what it wrote', () => {
    const judged = { score: undefined, read: 1, asked: 12, judge: 'tiny', self: false, problem: 'it holds no JSON' }
    const { notes, rows } = result(undefined, [cell('poor', 2), { ...cell('good', 5), judged }])
    expect(notes).toContain(
      'The rubric score is left out of z for all, because it is lacking for good by respond (1 of 12 verdicts of tiny could be read; of the first other one: it holds no JSON).',
    )
    expect(rows.map(({ parts }) => Object.keys(parts ?? {}))).toEqual([
      ['promptDistinctness', 'responseDistinctness', 'fluency'],
      ['promptDistinctness', 'responseDistinctness', 'fluency'],
    ])
  })

  it('names what came to too little', () => {
    const empty = { ...cell('empty', 1), kept: 2, measured: undefined, student: undefined }
    const { rows, notes, advice } = result(undefined, [empty])
    expect(rows[0]?.z).toBeUndefined()
    expect(notes.join(' ')).toContain('empty by respond came to 2 rows of 24: too few to measure or to teach with.')
    expect(advice).toMatch(/^None of the teachers made enough data in Galician/)
  })
})
