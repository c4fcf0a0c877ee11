import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveLanguage } from '../../data/languages.ts'
import type { Translator } from '../../trainer/translator.ts'
import { prepare, readTranslation } from '../../trainer/translators/apertium.ts'
import { checkPair, openTranslator } from '../../trainer/translators.ts'

const english = resolveLanguage('English')
const galician = resolveLanguage('Galician')
const yoruba = resolveLanguage('Yoruba')

describe('the program apertium', () => {
  let translator: Translator
  beforeAll(async () => {
    translator = await openTranslator('apertium')
  })

  test('translates, with its punctuation', async () => {
    const { text, unknown } = await translator.translate('The cat is blue. The dog is red.', english, galician)
    expect(text).toBe('O gato é azul. O can é vermello.')
    expect(unknown).toEqual([])
  })

  test('keeps texts that are asked for together apart, and their lines', async () => {
    const texts = ['The cat', 'is blue.\n\n- Drink water\n\n', '', 'How are you?', '   ', 'Good morning.']
    const answers = await Promise.all(texts.map((text) => translator.translate(text, english, galician)))
    expect(answers.map((answer) => answer.text)).toEqual(['O gato', expect.any(String), '', 'Como es?', '', 'Bo día.'])
    expect(answers[1]?.text.split('\n')).toHaveLength(5)
    expect(answers[1]?.text.split('\n')[2]).toBe('- Auga de bebida')
  })

  test('gives the same for a text alone as among five hundred others', async () => {
    const text = 'The children were playing in the garden when it began to rain.'
    const alone = await translator.translate(text, english, galician)
    const crowd = Array.from({ length: 500 }, (_, i) => (i % 7 === 0 ? text : `There are ${i} houses in the village`))
    const together = await Promise.all(crowd.map((each) => translator.translate(each, english, galician)))
    for (const [i, { text: translated }] of together.entries()) if (i % 7 === 0) expect(translated).toBe(alone.text)
  })

  test('names the words that it did not know, and leaves no marks', async () => {
    const { text, unknown } = await translator.translate('The **frobnicator** is good.', english, galician)
    expect(text).toBe('O frobnicator é ben.')
    expect(unknown).toEqual(['frobnicator'])
    expect(text).not.toContain('*')
  })

  test('reads "does not" as people mean it', async () => {
    const { text } = await translator.translate('The machine does not work.', english, galician)
    expect(text).not.toMatch(/cerva/)
  })

  test('survives what people and models write', async () => {
    for (const text of [
      '😀 \u0000\u0007 [x] ^a^ $b$ {c} \\ / @d #e <b>f</b>',
      'שלום',
      '*'.repeat(50),
      '[[[^^^$$$',
      'a'.repeat(5000),
    ]) {
      expect((await translator.translate(text, english, galician)).text).toBeTypeOf('string')
    }
  })

  test('says before anything is spent that it lacks a pair, and what would do', () => {
    expect(() => checkPair(translator, english, galician)).not.toThrow()
    expect(() => checkPair(translator, english, yoruba)).toThrow(
      /cannot translate from English to Yoruba.*--translator teacher/s,
    )
  })
})

test('Markdown that Apertium would take for its marks is gone before it sees it', () => {
  expect(prepare('* one\n**two** three')).toEqual(['- one', 'two three'])
  expect(readTranslation('a *foo e #bar, 2 * 3')).toEqual({ text: 'a foo e bar, 2 * 3', unknown: ['foo', 'bar'] })
})

test('a translator that does not exist or does not answer is a sentence', async () => {
  await expect(openTranslator('babelfish')).rejects.toThrow(/no translator "babelfish"/)
  await expect(openTranslator('http://127.0.0.1:9')).rejects.toThrow(/does not answer/)
})

describe.skipIf(!fs.existsSync('/usr/bin/apertium-apy'))('the HTTP server APy', () => {
  let server: ChildProcess
  let address: string
  beforeAll(async () => {
    const port = await freePort()
    address = `http://127.0.0.1:${port}`
    server = spawn('apertium-apy', ['-p', String(port), '/usr/share/apertium'], { stdio: 'ignore' })
    for (let tries = 0; tries < 100; tries++) {
      if (
        await fetch(`${address}/listPairs`).then(
          (response) => response.ok,
          () => false,
        )
      )
        return
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error('apertium-apy did not start')
  }, 30_000)
  afterAll(() => void server.kill())

  test('translates as the program does', async () => {
    const [apy, program] = [await openTranslator(address), await openTranslator('apertium')]
    checkPair(apy, english, galician)
    expect(apy.supports(english, yoruba)).toBe(false)
    const text = 'The cat is blue. The frobnicator is red.\nHow are you?'
    expect(await apy.translate(text, english, galician)).toEqual(await program.translate(text, english, galician))
  })
})

async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
