import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EndonymError } from '../../core/error.ts'
import { readGguf } from '../../models/gguf.ts'
import { damage } from './damage.ts'
import { type Entry, encode, type Header, tinyLlama } from './tiny-llama.ts'

// What a stranger's file can say in its header. Each of the cases below ended the process, or kept it busy for minutes, when it was loaded unchecked by the llama.cpp of node-llama-cpp 3.22.

let folder: string
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostile-'))
})
afterAll(() => fs.rmSync(folder, { recursive: true }))

/** Writes a file under a number. */
function write(bytes: Buffer, number = 0): string {
  const file = path.join(folder, `${number}.gguf`)
  fs.writeFileSync(file, bytes)
  return file
}

/** Undefined for a file whose header is found sound, else the error, which must be one that a person can read. */
async function refusal(file: string): Promise<EndonymError | undefined> {
  try {
    await readGguf(file)
    return undefined
  } catch (error) {
    if (!(error instanceof EndonymError)) throw error
    expect(error.message.length).toBeLessThan(70_000)
    return error
  }
}

/** What became of each file: `works`, the code of an error and its sentence, or the signal that ended the process that loaded it. */
function load(files: readonly string[]): string[] {
  const results: string[] = []
  while (results.length < files.length) {
    const script = path.join(import.meta.dirname, 'try-models.ts')
    const { stdout, signal, status } = spawnSync(process.execPath, [script, ...files.slice(results.length)], {
      encoding: 'utf8',
      timeout: 120_000,
      killSignal: 'SIGKILL',
    })
    results.push(...stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as string])))
    if (status !== 0) results.push(`died: ${signal ?? status}`)
  }
  return results
}

/** Changes an entry of the metadata. */
const entry =
  (key: string, change: Partial<Entry>) =>
  ({ metadata }: Header): void => {
    const found = metadata.find((each) => each.key === key)
    if (found) Object.assign(found, change)
    else metadata.push({ key, type: 4, value: 0, ...change })
  }
const value = (key: string, value: unknown) => entry(key, { value })
const attention = (values: Record<string, number>) => (header: Header) => {
  for (const [key, value] of Object.entries(values)) entry(`llama.attention.${key}`, { value })(header)
}
const without = (key: string) => (header: Header) => {
  header.metadata = header.metadata.filter((each) => each.key !== key)
}
const tensor =
  (name: string, change: Partial<Header['tensors'][number]>) =>
  ({ tensors }: Header): void => {
    const found = tensors.find((each) => each.name === name)
    if (found) Object.assign(found, change)
  }
const tokens = (texts: string[]) => value('tokenizer.ggml.tokens', texts)
const bytes = ({ metadata }: Header) =>
  metadata.find(({ key }) => key === 'tokenizer.ggml.tokens')?.value as readonly string[]

const hostile: [what: string, change: (header: Header) => void, sentence: RegExp][] = [
  [
    'a million entries',
    (header) => void Object.assign(header, { entryCount: 1_000_000 }),
    /has 1000000 entries of metadata/,
  ],
  ['a million tensors', (header) => void Object.assign(header, { tensorCount: 1_000_000 }), /lists 1000000 tensors/],
  ['an entry twice', ({ metadata }) => void metadata.push(metadata[5] as Entry), /"llama.context_length" twice/],
  ['an entry without a name', ({ metadata }) => void metadata.push({ key: '', type: 4, value: 1 }), /name of 0 bytes/],
  [
    'a template of megabytes',
    value('tokenizer.chat_template', 'a'.repeat(3_000_000)),
    /chat_template" has 3000000 bytes/,
  ],
  [
    'a long kind of vocabulary',
    value('tokenizer.ggml.model', 'a'.repeat(3_000_000)),
    /tokenizer.ggml.model" has 3000000/,
  ],
  ['a number that is none', value('llama.rope.freq_base', Number.NaN), /"llama.rope.freq_base" is no number/],
  ...[0, 1, 16, 31, 48, 2 ** 31].map((alignment): (typeof hostile)[number] => [
    `an alignment of ${alignment}`,
    value('general.alignment', alignment),
    /alignment of \d+ bytes, and it must be a power of 2 from 32 on/,
  ]),
  ['an alignment that is a text', entry('general.alignment', { type: 8, value: '32' }), /alignment of 0 bytes/],
  ['a tensor twice', tensor('output_norm.weight', { name: 'token_embd.weight' }), /two tensors "token_embd.weight"/],
  ['a long name', tensor('output_norm.weight', { name: 'x'.repeat(64) }), /whose name has 64 bytes/],
  ['a shape of nothing', tensor('output_norm.weight', { dimensions: [32, 0] }), /shape 32 × 0/],
  ['a shape beyond all numbers', tensor('output_norm.weight', { dimensions: [2 ** 40, 2 ** 40] }), /has the shape/],
  ['five dimensions', tensor('output_norm.weight', { dimensions: [32, 1, 1, 1, 1] }), /has 5 dimensions/],
  ['a tensor that is not aligned', tensor('output_norm.weight', { offset: 33_160 }), /is at byte 33160 .* at 33152/],
  ['tensors that overlap', tensor('output_norm.weight', { offset: 0 }), /is at byte 0 .* at 33152/],
  ['rows that are no whole blocks', tensor('blk.0.attn_q.weight', { type: 12 }), /no multiple of 256/],
  ...[9, 24, 25, 26, 27, 28].map((type): (typeof hostile)[number] => [
    `weights of type ${type}`,
    tensor('token_embd.weight', { type }),
    /which weights cannot have/,
  ]),
  ...[1, 2, 8, 30].map((type): (typeof hostile)[number] => [
    `a norm of type ${type}`,
    tensor('output_norm.weight', { type }),
    /must be of 32-bit floats/,
  ]),
  ...[0, 513, 2 ** 32 - 1].map((count): (typeof hostile)[number] => [
    `${count} layers`,
    value('llama.block_count', count),
    /"block_count" is \d+, and can be 1 to 512/,
  ]),
  ['no context', value('llama.context_length', 0), /"context_length" is 0/],
  ['no width', value('llama.embedding_length', 0), /"embedding_length" is 0/],
  ['a huge width', value('llama.embedding_length_out', 2 ** 32 - 1), /"embedding_length_out" is 4294967295/],
  ['no width between', value('llama.feed_forward_length', 0), /feed_forward_length/],
  ['it left out', without('llama.feed_forward_length'), /feed_forward_length/],
  ['an unknown pooling', value('llama.pooling_type', 77), /"pooling_type" is 77/],
  ['more predicted layers than layers', value('llama.nextn_predict_layers', 3), /"nextn_predict_layers" is 3/],
  ['less than nothing', value('llama.attention.layer_norm_rms_epsilon', -1), /epsilon" is -1/],
  ['unknown positions', value('llama.rope.scaling.type', 'x'), /none of none, linear, yarn, longrope/],
  ['too many experts', value('llama.expert_count', 1025), /"expert_count" is 1025/],
  ['experts of which none is used', value('llama.expert_count', 4), /of its 4 experts/],
  ['more experts used than there are', value('llama.expert_used_count', 2), /of its 0 experts/],
  ['groups of no experts', value('llama.expert_group_count', 4), /0 experts in 4 groups/],
  ['no heads', attention({ head_count: 0, head_count_kv: 0 }), /heads/],
  ['heads left out', without('llama.attention.head_count'), /heads/],
  ['heads without keys', attention({ head_count_kv: 0 }), /no keys for them/],
  ['keys that the heads cannot share', attention({ head_count: 3, head_count_kv: 2 }), /no divisor/],
  [
    'other heads in each layer',
    entry('llama.attention.head_count_kv', { type: 9, items: 4, value: [1, 2] }),
    /as many in each layer/,
  ],
  ['keys and values that differ', attention({ value_length: 8 }), /values of 8/],
  ['an odd number to turn', value('llama.rope.dimension_count', 15), /no multiple of 2/],
  ['no vocabulary', value('tokenizer.ggml.model', 'none'), /no vocabulary/],
  ['an empty vocabulary', tokens([]), /no vocabulary/],
  [
    'a token twice',
    (header) => tokens(bytes(header).with(3, 'a').with(4, 'a'))(header),
    /a token twice, the second time at 4/,
  ],
  ['a token twice up to its zero', (header) => tokens(bytes(header).with(3, 'a\0b').with(4, 'a\0c'))(header), /twice/],
  ['a byte that has no token', (header) => tokens(bytes(header).with(100, 'a'))(header), /byte|no token <0x61>/],
  ['bytes where the vocabulary has none', value('tokenizer.ggml.model', 'bert'), /not written as one/],
  ['too few types', value('tokenizer.ggml.token_type', [1, 2]), /259 tokens, and 2 items of "token_type"/],
  ['too few scores', value('tokenizer.ggml.scores', [1]), /259 tokens, and 1 items of "scores"/],
  ['a first token that there is not', value('tokenizer.ggml.bos_token_id', 259), /"bos" is 259, .* 0 to 258/],
  ['a last token that there is not', value('tokenizer.ggml.eos_token_id', 2 ** 32 - 1), /"eos" is 4294967295/],
]

describe('a header that llama.cpp would end the process for', () => {
  test.each(hostile)('%s', async (_, change, sentence) => {
    const header = tinyLlama()
    change(header)
    expect((await refusal(write(encode(header))))?.message).toMatch(sentence)
  })

  test.each([
    ['adapter.type', 4],
    ['adapter.lora.alpha', 4],
  ])("an adapter's %s of another type", async (key, type) => {
    const header = tinyLlama()
    entry('general.type', { value: 'adapter' })(header)
    header.metadata.push({ key, type, value: 1 })
    expect((await refusal(write(encode(header))))?.message).toContain(`"${key}" is of the wrong type`)
  })
})

describe('any damage to a header', () => {
  const sound: string[] = []

  test('is refused in a sentence, or leaves a header that is sound', async () => {
    let number = 0
    const property = fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 2 }), async (damages) => {
      const changed = { header: tinyLlama(), after: [] as { at: number; with: Uint8Array }[] }
      for (const each of damages) each(changed)
      const bytes = encode(changed.header)
      for (const { at, with: written } of changed.after) bytes.set(written, at)
      const file = write(bytes, ++number)
      if (await refusal(file)) fs.rmSync(file)
      else sound.push(file)
    })
    // The same damage each time: what is found sound is loaded below.
    await fc.assert(property, { numRuns: 2000, seed: 1 })
    expect(sound.length).toBeGreaterThan(200)
    expect(sound.length).toBeLessThan(1800)
  }, 120_000)

  test('that is sound loads and writes, or fails with an error', () => {
    const whole = write(encode(tinyLlama()), 0)
    const some = sound.filter((_, i) => i % 5 === 0)
    const results = load([whole, ...some])
    expect(results[0]).toBe('works')
    expect(results.flatMap((result, i) => (/^(died|other)/.test(result) ? [[some[i - 1], result]] : []))).toEqual([])
  }, 600_000)
})
