import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveLanguage } from '../../data/languages.ts'
import { udhr } from '../../evaluator/udhr.ts'
import { studentFile } from '../model.ts'

/** The recipe as a person with a folder of texts runs it, small: real corpus, cleaning, training, second training, merge, proof, report. */

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'endonym-polyglot-ko-'))
const corpus = path.join(home, 'texts')
afterAll(() => fs.rmSync(home, { recursive: true, force: true }))

const stories = [
  'A avoa acende o lume ben cedo e pon a pota grande ao carón da lareira. Mentres ferve o caldo, os nenos apañan as castañas que caeron de noite no souto. A choiva non para, pero ninguén ten présa.',
  'O mariñeiro volve á casa coas redes molladas e dous polbos no cesto. Na taberna do porto contan que mañá haberá vento do norte. A muller ri, porque todos os anos din o mesmo no mes de outubro.',
  'Na feira de Monterroso venden vacas, queixos e zocas de madeira. O vello regatea coma sempre e leva un año por menos do que pedían. Despois xogan á brisca ata que se fai noite pechada.',
  'O mestre novo chegou en bicicleta cunha mochila chea de libros. Deulles aos rapaces un mapa do ceo e ensinoulles onde está a estrela polar. Dende aquela ninguén se perde polo monte.',
  'Cando a neve tapa os camiños, o panadeiro reparte o pan cun burro que se chama Marelo. As portas ábrense antes de que chame, porque o cheiro do centeo chega primeiro que el.',
  'O muíño do río leva parado trinta anos. Este verán a veciñanza arranxou a moa, limpou a canle e volveu moer millo. A fariña foi para as filloas da festa de san Roque.',
]
const noise = {
  spanish:
    'El gobierno anunció ayer nuevas medidas para mejorar la economía del país y los ciudadanos esperan que los resultados lleguen pronto, según dijeron fuentes oficiales.',
  short: 'Menú · Inicio · Contacto',
}

beforeAll(() => {
  fs.mkdirSync(path.join(corpus, 'contos'), { recursive: true })
  for (const [i, text] of stories.slice(0, 3).entries()) fs.writeFileSync(path.join(corpus, 'contos', `${i}.txt`), text)
  const measured =
    udhr(resolveLanguage('Galician'))
      ?.articles.find(({ id }) => id === '2')
      ?.paragraphs.join(' ') ?? ''
  const rows = [
    ...stories.slice(3).map((text, i) => (i === 0 ? `${text} Escríbelle a mestre@escola.example.gal.` : text)),
    `${stories[5]}!`,
    ...Object.values(noise),
    `Na praza leron isto en voz alta: ${measured}`,
  ]
  fs.writeFileSync(path.join(corpus, 'rede.jsonl'), rows.map((text) => JSON.stringify({ text })).join('\n'))
  // Rows of a finished run, as this one is to be taught them.
  const other = path.join(home, 'runs', 'outra')
  fs.mkdirSync(other, { recursive: true })
  const row = (question: string, answer: string) =>
    JSON.stringify({
      prompt: [{ role: 'user', content: question }],
      completion: [{ role: 'assistant', content: answer }],
    })
  fs.writeFileSync(
    path.join(other, 'train.jsonl'),
    `${row('Quen es?', 'Son un modelo de lingua.')}\n${row('Que tal?', 'Moi ben, grazas.')}\n`,
  )
  fs.writeFileSync(path.join(other, 'valid.jsonl'), `${row('Como vas?', 'Vou ben.')}\n`)
  const shared = process.env.ENDONYM_HOME ?? path.join(os.homedir(), '.endonym')
  fs.symlinkSync(path.join(shared, 'python'), path.join(home, 'python'))
})

async function endonym(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['cli/endonym.ts', '--home', home, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text) => (output[name] += text))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...output })))
}

const wish = ['Galician', '--recipe', 'polyglot-ko', '--corpus', corpus, '--limit', '1', '--student', studentFile()]
for (const setting of [
  'weights=lora',
  'rank=4',
  'length=96',
  'epochs=1',
  'evaluateEvery=50',
  'betas=0.5,1',
  'sftRun=outra',
])
  wish.push('--set', setting)

describe('endonym distill --recipe polyglot-ko', () => {
  let run: string

  test('is planned: nobody is asked, and only training takes time', async () => {
    const { code, stdout, stderr } = await endonym('plan', ...wish)
    expect(code, stderr).toBe(0)
    const plan = JSON.parse(stdout)
    expect(plan.steps.map(({ step }: { step: string }) => step)).toEqual(['train', 'convert', 'prove', 'evaluate'])
    // Some 2,000 characters of text: no more can be trained on than there is.
    expect(plan.steps[0].trainingTokens).toBeLessThan(2000)
    expect(plan.total.price).toBe(0)
  })

  test('comes to a served student and its report card', async () => {
    const { code, stdout, stderr } = await endonym('distill', ...wish)
    expect(code, stderr).toBe(0)
    expect(stderr).not.toMatch(/defect/)
    const report = JSON.parse(stdout)
    run = report.run
    expect(report.data.funnel[0]).toMatchObject({
      step: 'documents',
      kept: 6,
      dropped: { 'near-duplicate': 1, language: 1, 'too short': 1, measured: 1 },
      masked: { email: 1 },
    })
    expect(report.data.kinds).toMatchObject({ 'valid/target-text': 1, 'target-text': 5, 'valid/rich-text': 1 })
    expect(report.merge.sweep.map(({ beta }: { beta: number }) => beta)).toEqual([0.5, 1])
    expect(Object.keys(report.merge.instruct).sort()).toEqual(['rich-text', 'target-text'])
    expect(report.tuned.tokens).toBeGreaterThan(0)
    expect(report.models).toEqual({ q4: expect.any(String), q8: expect.any(String) })
    expect(report.proof.files).toHaveLength(2)
    const page = fs.readFileSync(path.join(home, 'runs', run, 'report.md'), 'utf8')
    expect(page).toContain('e-mail addresses 1')
    expect(page).toContain('## Merged with the model that it was')
    expect(page).toContain('documents that people wrote')
  }, 300_000)

  test('shows every document with the place where it was found', async () => {
    const { stdout } = await endonym('runs', run, '--examples', 'documents')
    const examples: { origin: string; dropped?: { by: string } }[] = JSON.parse(stdout)
    expect(examples.find(({ origin }) => origin === 'texts/contos/0.txt')?.dropped).toBeUndefined()
    expect(examples.find(({ dropped }) => dropped?.by === 'language')?.origin).toBe('texts/rede.jsonl:5')
  })

  test('is finished: the same command only shows the result', async () => {
    const { code, stdout } = await endonym('distill', ...wish)
    expect(code).toBe(0)
    expect(JSON.parse(stdout).run).toBe(run)
  }, 60_000)

  test.each([
    [['--corpus', '/no/such/folder'], /There is no corpus at "\/no\/such\/folder"/],
    [['--set', 'weights=some'], /The setting "weights" wants lora or full, not "some"/],
    [['--set', 'sftRun=ningunha'], /The run "ningunha", whose rows were to be taught, has none/],
    [['--set', 'badWords=/no/list'], /The list \/no\/list cannot be read/],
  ])('refuses %j before anything is done', async (args, sentence) => {
    const { code, stderr } = await endonym('distill', ...wish, ...args)
    expect(stderr).toMatch(sentence)
    expect(code).toBe(2)
  })
})
