import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveLanguage } from '../../../data/languages.ts'
import { flores } from '../../../evaluator/benchmarks/flores.ts'
import { mgsm } from '../../../evaluator/benchmarks/mgsm.ts'
import { mtBench } from '../../../evaluator/benchmarks/mt-bench.ts'
import { readPrompts } from '../../../evaluator/benchmarks/template.ts'
import { type Hub, openHub } from '../../../evaluator/hub.ts'
import { serveDataSets } from '../dataset-server.ts'
import { english, galician } from '../languages.ts'
import { judged, promptOf, sets } from './sets.ts'

const swahili = resolveLanguage('Swahili')

let server: Awaited<ReturnType<typeof serveDataSets>>
let folder: string
let hub: Hub
beforeAll(async () => {
  server = await serveDataSets(sets)
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-generative-'))
  hub = openHub({ cache: folder, endpoint: server.endpoint, token: undefined })
})
afterAll(async () => {
  await server.stop()
  fs.rmSync(folder, { recursive: true })
})

const file = (name: string, content: string) => {
  const place = path.join(folder, name)
  fs.writeFileSync(place, content)
  return place
}

describe('MGSM', () => {
  it('asks for the number, and takes it strictly or as the last number', async () => {
    const benchmark = mgsm('direct', swahili, { hub, shots: 1 })
    const [item] = await benchmark.items()
    // random.Random(1234).sample(range(2), 1) is [1].
    expect(promptOf(item)).toBe('Swali: Moja na 2?\nAnswer:3\n\nSwali: Elfu moja na mbili?\nAnswer:')
    expect(item).toMatchObject({ sampling: { temperature: 0, maxTokens: 256, stop: ['Swali:', '</s>', '<|im_end|>'] } })
    expect(judged(item, ' 1,002\n').counts).toEqual([1, 1, 1])
    expect(judged(item, 'Ni 5, si 1002.').counts).toEqual([0, 1, 1])
    expect(judged(item, 'Sijui.')).toEqual({
      counts: [0, 1, 0],
      verdict: { prediction: 'Sijui.', target: '1002', right: false },
    })
  })

  it('asks for the working, and looks for the language’s formula', async () => {
    const [item] = await mgsm('cot', swahili, { hub, shots: 1 }).items()
    expect(promptOf(item)).toBe(
      'Swali: Moja na 2?\nJibu la Hatua kwa Hatua: 1 + 2 = 3. Jibu ni 3.\n\nSwali: Elfu moja na mbili?\nJibu la Hatua kwa Hatua:',
    )
    expect(judged(item, '1000 + 2 = 1002. Jibu ni 1,002.').counts).toEqual([1, 1, 1])
    expect(judged(item, '1000 + 2 = 1002').counts).toEqual([0, 1, 1])
    expect(judged(item, 'Sijui.').verdict).toEqual({ prediction: null, target: '1002', right: false })
  })
})

describe('FLORES', () => {
  it('puts examples of dev before the sentence, as turns of a chat', async () => {
    const [item] = await flores(english, galician, { hub, shots: 1 }).items()
    // random.Random(1234).sample(range(3), 1) is [1].
    expect(item).toMatchObject({
      messages: [
        { role: 'user', content: 'Translate from English to Galician:\n\nIt rains.' },
        { role: 'assistant', content: 'Chove.' },
        { role: 'user', content: 'Translate from English to Galician:\n\nThe cat sleeps.' },
      ],
    })
  })

  it('takes examples from rows that are not examined where the hub lacks dev, and says so', async () => {
    const flat = Object.entries(sets['openlanguagedata/flores_plus'] ?? {})
    const devtest = await serveDataSets({
      'openlanguagedata/flores_plus': Object.fromEntries(
        flat.map(([config, { devtest: rows = [] }]) => [config, { devtest: rows }]),
      ),
    })
    const lacking = openHub({ cache: folder, endpoint: devtest.endpoint, token: undefined })
    const said: string[] = []
    const [item] = await flores(english, galician, { hub: lacking, shots: 2, limit: 1 }).items(undefined, (note) =>
      said.push(note),
    )
    await devtest.stop()
    expect(said).toEqual([
      expect.stringMatching(/^FLORES\+ has no split "dev" here, .* the 2 rows of its split devtest/),
    ])
    const asked = item && 'messages' in item ? item.messages.map(({ content }) => content.split('\n\n').at(-1)) : []
    expect(asked.toSorted()).toEqual(['Chove.', 'It rains.', 'Ninguén o sabe.', 'Nobody knows.', 'The cat sleeps.'])
    expect(asked.at(-1)).toBe('The cat sleeps.')
  })

  it('goes without the chat template as AfroBench asks', async () => {
    const [item] = await flores(galician, english, { hub, chatTemplate: false }).items()
    expect(promptOf(item)).toBe('Galician: O gato dorme. \nEnglish: ')
    const [, expected, matches] = judged(item, 'The cat sleeps.').counts
    expect(matches).toBe(expected)
  })
})

describe('MT-Bench', () => {
  it('asks both turns and counts both answers', async () => {
    const questions = file(
      'questions.jsonl',
      [
        { question_id: 81, category: 'writing', turns: ['Escribe unha carta.', 'Faina máis curta.'] },
        { question_id: 82, category: 'writing' },
      ]
        .map((row) => JSON.stringify(row))
        .join('\n'),
    )
    const notes: string[] = []
    const benchmark = mtBench(galician, questions, { sampling: { temperature: 0.7 } })
    const [item, ...others] = await benchmark.items(undefined, (note) => notes.push(note))
    expect(others).toEqual([])
    expect(notes[0]).toMatch(/^1 of 2 questions in .* cannot be used, .*: number 2\.$/)
    if (!item || !('turns' in item)) throw new Error('not a dialogue')
    expect(item.turns).toEqual(['Escribe unha carta.', 'Faina máis curta.'])
    const answers = [
      'I do not know what that is and you should ask them.',
      'A chuvia é auga que cae das nubes cando o aire arrefría moito.',
    ]
    const counts = item.count(answers.map((text) => ({ text, finishReason: 'stop' })))
    expect(counts).toEqual([answers.join('').length, 2, 1, 0])
    expect(benchmark.measures.map(({ statistic }) => statistic(counts))).toEqual([answers.join('').length / 2, 0.5, 0])
  })

  it('says where a file has no questions', async () => {
    const empty = file('empty.jsonl', '\n')
    await expect(mtBench(galician, empty, { sampling: {} }).items()).rejects.toThrow('has no questions')
    await expect(mtBench(galician, `${empty}x`, { sampling: {} }).items()).rejects.toThrow('cannot be read')
  })
})

describe('readPrompts', () => {
  it.each([
    ['{"sib-200": {"gl": "{text}:"}', /cannot be used: .*JSON/],
    ['{"sib-200": "x"}', /at sib-200, /],
    [
      '{"sib-201": {"*": "x"}}',
      /"sib-201" has no prompt that could be replaced \(did you mean sib-200\?\)\. It takes JSON/,
    ],
    ['{"weather": {"*": "x"}}', /"weather" has no prompt that could be replaced \(sib-200 have\)/],
    ['{"sib-200": {"Galicain": "x"}}', /No language is known as "Galicain"/],
  ])('refuses %s', (content, sentence) => {
    expect(() => readPrompts(file('prompts.json', content), ['sib-200'])).toThrow(sentence)
  })

  it('takes any name of a language', () => {
    const prompts = { 'sib-200': { galego: '{text}:', '*': '{text}?' } }
    expect(readPrompts(file('good.json', JSON.stringify(prompts)), ['sib-200'])).toEqual(prompts)
  })
})
