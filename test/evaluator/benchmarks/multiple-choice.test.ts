import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EndonymError } from '../../../core/error.ts'
import { resolveLanguage } from '../../../data/languages.ts'
import { firstNamed } from '../../../evaluator/benchmarks/multiple-choice.ts'
import { type BenchmarkOptions, evaluationRecipes, makeBenchmarks } from '../../../evaluator/benchmarks.ts'
import { type Hub, openHub } from '../../../evaluator/hub.ts'
import { serveDataSets } from '../dataset-server.ts'
import { galician, klingon } from '../languages.ts'
import { favouring, judged, likelihoodItems, promptOf, sets } from './sets.ts'

const swahili = resolveLanguage('Swahili')
const korean = resolveLanguage('Korean')

let server: Awaited<ReturnType<typeof serveDataSets>>
let cache: string
let hub: Hub
let testOnly: Hub
let testServer: Awaited<ReturnType<typeof serveDataSets>>
beforeAll(async () => {
  const broken = [
    { index_id: 1, category: 'health', text: 'Bo.' },
    { index_id: 2, category: 'weather', text: 'Chove.' },
    { index_id: 3, category: 'travel', text: null },
  ]
  const { 'Davlan/sib200': sib, ...others } = sets
  server = await serveDataSets({
    ...others,
    'Davlan/sib200': { ...sib, ast_Latn: { test: broken }, oci_Latn: { test: broken.slice(1) } },
  })
  const withTest = Object.entries(sets).map(([name, configs]) => [
    name,
    Object.fromEntries(Object.entries(configs).map(([config, { test = [] }]) => [config, { test }])),
  ])
  testServer = await serveDataSets(Object.fromEntries(withTest))
  cache = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-choice-'))
  testOnly = openHub({ cache, endpoint: testServer.endpoint, token: undefined })
  hub = openHub({ cache, endpoint: server.endpoint, token: undefined })
})
afterAll(async () => {
  await server.stop()
  await testServer.stop()
  fs.rmSync(cache, { recursive: true })
})

const make = (name: string, language = galician, options: Partial<BenchmarkOptions> = {}) => {
  const [benchmark] = makeBenchmarks([name], language, { hub, ...options })
  if (!benchmark) throw new Error(`no benchmark ${name}`)
  return benchmark
}

describe('prompts', () => {
  it.each([
    [
      'sib-200',
      galician,
      "Given the categories science/technology, travel, politics, sports, health, entertainment, or geography; what category does the text: 'O médico chegou tarde.' belong to: \n\n",
      [' science/technology', ' travel', ' politics', ' sports', ' health', ' entertainment', ' geography'],
    ],
    [
      'belebele',
      galician,
      'P: Chove en Vigo.\nQ: Que tempo vai?\nA: Chove\nB: Neva\nC: Hai sol\nD: Hai vento\nAnswer:',
      [' A', ' B', ' C', ' D'],
    ],
    ['global-mmlu', swahili, 'virology/test/0?\nA. moja\nB. mbili\nC. tatu\nD. nne\nAnswer:', [' A', ' B', ' C', ' D']],
    [
      'global-mmlu-lite',
      swahili,
      'anatomy/test/1?\nA. moja\nB. mbili\nC. tatu\nD. nne\nAnswer:',
      [' A', ' B', ' C', ' D'],
    ],
    ['xcopa', swahili, 'Mvua ilinyesha kwa hiyo', [' ardhi ililowa.', ' jua liliwaka.']],
    ['kobest-boolq', korean, '고양이는 동물이다. 질문: 고양이는 동물인가? 답변: ', [' 아니오', ' 예']],
    ['kobest-copa', korean, '비가 왔다.  그래서', [' 땅이 젖었다.', ' 해가 떴다.']],
    ['kobest-hellaswag', korean, '문장: 물을 끓인다.', [' 차를 넣는다.', ' 잔다.', ' 달린다.', ' 노래를 부른다.']],
    ['kobest-sentineg', korean, '문장: 나쁘지 않아요 긍부정:', [' 부정', ' 긍정']],
    [
      'kobest-wic',
      korean,
      '문장1: 배를 먹다 문장2: 배를 타다 두 문장에서 배가 같은 뜻으로 쓰였나?',
      [' 아니오', ' 예'],
    ],
  ])('%s', async (name, language, prompt, continuations) => {
    const [item] = await likelihoodItems(make(name, language))
    expect(item?.asks).toEqual([{ prompt, continuations }])
  })

  it('can be a person’s own, for one language or for all', async () => {
    const prompts = { 'sib-200': { galego: 'Tema de «{text}»:', '*': 'Topic of {text}:' } }
    const [item] = await likelihoodItems(make('sib-200', galician, { prompts }))
    expect(promptOf(item)).toBe('Tema de «O médico chegou tarde.»:')
    const [other] = await likelihoodItems(make('sib-200', swahili, { prompts }))
    expect(promptOf(other)).toBe('Topic of Daktari amefika.:')
  })

  it('refuses a placeholder that the rows do not fill', () => {
    const prompts = { belebele: { '*': '{sentence}?' } }
    expect(() => make('belebele', galician, { prompts })).toThrow(
      'The prompt for belebele has {sentence}, which its rows do not fill. They fill {passage}, {question}, {a}, {b}, {c}, {d}.',
    )
  })

  it('refuses a prompt of one’s own that is the same for every row', () => {
    expect(() => make('sib-200', galician, { prompts: { 'sib-200': { galego: 'Tema:' } } })).toThrow(
      'The prompt for sib-200 in Galician is the same for every row, because it has none of {text}.',
    )
  })

  it('can go through the chat template, examples as turns', async () => {
    const [item] = await likelihoodItems(make('belebele', galician, { chatTemplate: true, shots: 1 }))
    expect(item?.asks[0]?.continuations).toEqual(['A', 'B', 'C', 'D'])
    const { prompt = [] } = item?.asks[0] ?? {}
    expect(Array.isArray(prompt) && prompt.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(Array.isArray(prompt) && prompt[1].content).toBe('B')
  })
})

describe('examples', () => {
  // random.Random(1234).sample(range(6), 2), drawn three times.
  it('are those that lm-evaluation-harness draws with its seed, row by row, whatever the limit', async () => {
    const examples = (prompt: string) => [...prompt.matchAll(/Exemplo (\d)/g)].map(([, n]) => Number(n))
    const all = await likelihoodItems(make('sib-200', galician, { shots: 2 }))
    expect(all.map((item) => examples(promptOf(item)))).toEqual([
      [3, 0],
      [0, 5],
      [4, 0],
    ])
    const [one] = await likelihoodItems(make('sib-200', galician, { shots: 2, limit: 1 }))
    expect(one?.asks).toEqual(all[0]?.asks)
    expect(promptOf(one)).toContain("text: 'Exemplo 3.' belong to: \n\n politics\n\nGiven the categories")
  })

  it('are the first rows but the one that is asked where there is one split', async () => {
    const items = await likelihoodItems(make('belebele', galician, { shots: 2, limit: 2 }))
    const passages = items.map((item) => [...promptOf(item).matchAll(/P: .+ en (\S+)\./g)].map(([, place]) => place))
    expect(passages).toEqual([
      ['Lugo', 'Ourense', 'Vigo'],
      ['Vigo', 'Ourense', 'Lugo'],
    ])
    expect(promptOf(items[0])).toContain('Answer: B\n\nP: Hai sol')
  })

  it('are of the row’s own subject', async () => {
    const [item] = await likelihoodItems(make('global-mmlu', swahili, { shots: 2 }))
    expect(promptOf(item).match(/\S+\/(dev|test)\/\d/g)).toEqual([
      'virology/dev/1',
      'virology/dev/3',
      'virology/test/0',
    ])
  })

  it.each([
    [
      'sib-200',
      'Galician',
      1,
      'SIB-200 (glg_Latn) has no split "validation" here',
      'the 2 rows of its split test that are not examined',
    ],
    ['sib-200', 'Galician', 3, 'SIB-200 (glg_Latn) has no split "validation" here', 'the other rows of its split test'],
    [
      'xcopa',
      'Swahili',
      1,
      'XCOPA (sw) has no split "validation" here',
      'the 1 row of its split test that are not examined',
    ],
    [
      'mgsm-direct',
      'Swahili',
      1,
      'MGSM (sw) has no split "train" here',
      'the 1 row of its split test that are not examined',
    ],
    ['kobest-boolq', 'Korean', 2, 'KoBEST BoolQ (boolq) has no split "train" here', 'the other rows of its split test'],
  ])(
    '%s in %s, %i rows: come from the test split where theirs is not there, and a note says so',
    async (name, language, limit, lack, from) => {
      const said: string[] = []
      const items = await make(name, resolveLanguage(language), { hub: testOnly, shots: 1, limit }).items(
        undefined,
        (note) => said.push(note),
      )
      expect(items).toHaveLength(limit)
      expect(said).toEqual([
        `${lack}, which examples should come from. They come from ${from}, so the prompts are not those of lm-evaluation-harness.`,
      ])
      const bare = await make(name, resolveLanguage(language), { hub: testOnly, limit }).items()
      for (const [i, item] of items.entries()) {
        const question = promptOf(bare[i])
        expect(promptOf(item).endsWith(`\n\n${question}`)).toBe(true)
        expect(promptOf(item).indexOf(question)).toBe(promptOf(item).length - question.length)
      }
    },
  )

  it('are asked for again when only the network is not there', async () => {
    const broken: Hub = {
      ...hub,
      rows: async (dataset, config, split, options) => {
        if (split === 'test') return await hub.rows(dataset, config, split, options)
        throw new EndonymError('network', 'The hub could not be reached.')
      },
    }
    await expect(make('sib-200', galician, { hub: broken, shots: 1 }).items()).rejects.toMatchObject({
      code: 'network',
    })
  })

  it('says when there are too few', async () => {
    await expect(make('global-mmlu', swahili, { shots: 5 }).items()).rejects.toMatchObject({
      code: 'benchmark_lacks_examples',
      message: expect.stringContaining('has 2 examples of virology, so 5'),
    })
  })
})

it('Kakugo’s evaluation is the paper’s five, each with three examples', () => {
  const { benchmarks = [], shots = 0 } = evaluationRecipes.kakugo ?? {}
  const made = makeBenchmarks(benchmarks, galician, { hub, shots })
  expect(made.map(({ name, measures: [measure] }) => [name, measure?.title])).toEqual([
    ['sib-200-glg', 'SIB-200 accuracy, 3 shots'],
    ['belebele-glg', 'Belebele accuracy, 3 shots'],
    ['global-mmlu-glg', 'Global-MMLU accuracy, 3 shots'],
    ['flores-eng-glg', 'chrF++ English → Galician (FLORES+, 3 shots)'],
    ['flores-glg-eng', 'chrF++ Galician → English (FLORES+, 3 shots)'],
  ])
})

describe('counting', () => {
  it('takes the likeliest choice, and normalises by characters', async () => {
    const benchmark = make('kobest-hellaswag', korean)
    const [item] = await likelihoodItems(benchmark)
    if (!item) throw new Error('no item')
    // Seven characters at −6, three at −3: the first is likelier for its length.
    const scores = [-6, -3, -9, -9].map((logProb) => ({ logProb, tokens: 1, greedy: false }))
    const value = (name: string) => benchmark.measures.find((each) => each.name === name)?.statistic(item.count(scores))
    expect(value('accuracy')).toBe(0)
    expect(value('accuracy-norm')).toBe(1)
    expect(item.verdict?.(scores)).toEqual({ prediction: '잔다.', target: '차를 넣는다.', right: false })
  })

  it('takes the first of choices that are alike', async () => {
    const [item] = await likelihoodItems(make('belebele'))
    const alike = [0, 1, 2, 3].map(() => ({ logProb: -1, tokens: 1, greedy: false }))
    expect(item?.verdict?.(alike)).toEqual({ prediction: 'A', target: 'A', right: true })
  })

  it('gives macro-F1 as scikit-learn does', async () => {
    const benchmark = make('kobest-boolq', korean)
    const [yes, no] = await likelihoodItems(benchmark)
    if (!yes || !no) throw new Error('no items')
    const rows = [
      yes.count(favouring(yes, 1)),
      yes.count(favouring(yes, 1)),
      yes.count(favouring(yes, 0)),
      no.count(favouring(no, 1)),
    ]
    const sums = rows.reduce<number[]>((all, row) => row.map((value, i) => (all[i] ?? 0) + value), [])
    const f1 = benchmark.measures.find(({ name }) => name === 'macro-f1')
    // sklearn.metrics.f1_score([1, 1, 1, 0], [1, 1, 0, 1], average='macro') is (0 + 2/3) / 2.
    expect(f1?.statistic(sums)).toBeCloseTo(1 / 3, 12)
  })

  it('knows what guessing gives', () => {
    const chances = ['sib-200', 'belebele', 'xcopa'].map((name) => make(name).measures[0]?.chance)
    expect(chances).toEqual([1 / 7, 1 / 4, 1 / 2])
  })
})

describe('answers in place of likelihoods', () => {
  it('looks for the first choice that is named', async () => {
    const [item] = await make('belebele', galician, { scoring: 'generate' }).items()
    expect(item).toMatchObject({
      prompt: expect.stringMatching(/Answer:$/),
      sampling: { temperature: 0, stop: ['\n\n'] },
    })
    expect(judged(item, ' A\n').verdict).toEqual({ prediction: 'A', target: 'A', right: true })
    expect(judged(item, 'A resposta...').verdict?.right).toBe(true)
    expect(judged(item, 'Non sei.').verdict).toEqual({ prediction: null, target: 'A', right: false })
  })

  it.each([
    ['The answer is B, not A.', ['A', 'B'], 1],
    ['Because a cat is here: B', ['A', 'B'], 1],
    ['Health and travel', ['travel', 'health'], 1],
    ['아니오.', ['예', '아니오'], 1],
    ['unhealthy', ['health'], null],
    ['', ['A'], null],
  ])('%s', (answer, choices, expected) => {
    expect(firstNamed(answer, choices)).toBe(expected)
  })
})

describe('rows and languages', () => {
  it('leaves out rows that lack a field, and says which and why', async () => {
    const notes: string[] = []
    const items = await likelihoodItems(make('sib-200', resolveLanguage('Asturian')), (note) => notes.push(note))
    expect(items.map(({ id }) => id)).toEqual(['1'])
    expect(notes).toHaveLength(1)
    expect(notes[0]).toMatch(
      /^2 of 3 rows of SIB-200 \(ast_Latn, test\) cannot be used: row 2: "category": .*; row 3: "text" is missing\.$/,
    )
  })

  it('does not go on without a single row', async () => {
    await expect(make('sib-200', resolveLanguage('Occitan')).items()).rejects.toMatchObject({
      code: 'benchmark_rows_unusable',
      message: expect.stringContaining('2 of 2 rows'),
    })
  })

  it('lists the languages that there are, by their English names', async () => {
    await expect(make('sib-200', klingon).items()).rejects.toMatchObject({
      code: 'benchmark_lacks_language',
      message:
        'Klingon is not among the languages of SIB-200, so it is not measured on it. It has Amharic, Asturian, Galician, Occitan, Swahili.',
    })
    await expect(make('global-mmlu', galician).items()).rejects.toMatchObject({
      message: expect.stringContaining('It has Swahili.'),
    })
    await expect(make('kobest-wic', galician).items()).rejects.toMatchObject({ code: 'benchmark_lacks_language' })
  })

  it('says which benchmark may have been meant, or lists them all', () => {
    expect(() => make('belebel')).toThrow('There is no benchmark "belebel". Did you mean belebele?')
    expect(() => make('sib200')).toThrow('Did you mean sib-200?')
    expect(() => make('constructor')).toThrow(/^There is no benchmark "constructor"\. There are udhr-bits, .*belebele/)
  })
})
