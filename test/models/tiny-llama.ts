import { createRandom } from '../../core/random.ts'

/** A GGUF file's header, as a test changes it before it is written: wrong values, wrong types, wrong counts. */
export type Header = {
  version: number
  tensorCount: number
  /** (as many as there are) */
  entryCount?: number
  metadata: Entry[]
  tensors: Tensor[]
}

/** `type` is GGUF's number of the value's type; an array has the type of its items in `items`. */
export type Entry = { key: string; type: number; items?: number; value: unknown }

export type Tensor = { name: string; dimensions: number[]; type: number; offset: number }

const f32 = 0
const [u32, i32, float, bool, string, array, u64] = [4, 5, 6, 7, 8, 9, 10]

/** Two layers, 32 wide, with two heads and a vocabulary of bytes: the smallest model that llama.cpp loads and that writes something. */
export const tinyShape = { layers: 2, width: 32, heads: 2, keyHeads: 1, inner: 64, context: 64, vocabulary: 259 }

/** The header of a small and whole Llama model. */
export function tinyLlama(): Header {
  const { layers, width, heads, keyHeads, inner, context, vocabulary } = tinyShape
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
  const kv = (width / heads) * keyHeads
  const shapes: [name: string, ...dimensions: number[]][] = [
    ['token_embd.weight', width, vocabulary],
    ['output_norm.weight', width],
    ...Array.from({ length: layers }, (_, i): [string, ...number[]][] => [
      [`blk.${i}.attn_norm.weight`, width],
      [`blk.${i}.attn_q.weight`, width, width],
      [`blk.${i}.attn_k.weight`, width, kv],
      [`blk.${i}.attn_v.weight`, width, kv],
      [`blk.${i}.attn_output.weight`, width, width],
      [`blk.${i}.ffn_norm.weight`, width],
      [`blk.${i}.ffn_gate.weight`, width, inner],
      [`blk.${i}.ffn_up.weight`, width, inner],
      [`blk.${i}.ffn_down.weight`, inner, width],
    ]).flat(),
  ]
  let offset = 0
  const tensors = shapes.map(([name, ...dimensions]): Tensor => {
    const tensor = { name, dimensions, type: f32, offset }
    offset += 4 * dimensions.reduce((product, each) => product * each, 1)
    return tensor
  })
  return {
    version: 3,
    tensorCount: tensors.length,
    metadata: [
      { key: 'general.architecture', type: string, value: 'llama' },
      { key: 'general.type', type: string, value: 'model' },
      { key: 'general.name', type: string, value: 'tiny' },
      { key: 'general.file_type', type: u32, value: 0 },
      { key: 'general.alignment', type: u32, value: 32 },
      { key: 'llama.context_length', type: u32, value: context },
      { key: 'llama.embedding_length', type: u32, value: width },
      { key: 'llama.block_count', type: u32, value: layers },
      { key: 'llama.feed_forward_length', type: u32, value: inner },
      { key: 'llama.attention.head_count', type: u32, value: heads },
      { key: 'llama.attention.head_count_kv', type: u32, value: keyHeads },
      { key: 'llama.attention.key_length', type: u32, value: width / heads },
      { key: 'llama.attention.value_length', type: u32, value: width / heads },
      { key: 'llama.attention.layer_norm_rms_epsilon', type: float, value: 1e-5 },
      { key: 'llama.rope.dimension_count', type: u32, value: width / heads },
      { key: 'llama.rope.freq_base', type: float, value: 10_000 },
      { key: 'llama.rope.scaling.type', type: string, value: 'none' },
      { key: 'llama.rope.scaling.factor', type: float, value: 1 },
      { key: 'llama.expert_count', type: u32, value: 0 },
      { key: 'llama.expert_used_count', type: u32, value: 0 },
      { key: 'llama.vocab_size', type: u32, value: vocabulary },
      { key: 'tokenizer.ggml.model', type: string, value: 'llama' },
      { key: 'tokenizer.ggml.pre', type: string, value: 'default' },
      { key: 'tokenizer.ggml.tokens', type: array, items: string, value: ['<unk>', '<s>', '</s>', ...bytes] },
      { key: 'tokenizer.ggml.scores', type: array, items: float, value: new Array(vocabulary).fill(0) },
      { key: 'tokenizer.ggml.token_type', type: array, items: i32, value: [2, 3, 3, ...bytes.map(() => 6)] },
      { key: 'tokenizer.ggml.bos_token_id', type: u32, value: 1 },
      { key: 'tokenizer.ggml.eos_token_id', type: u32, value: 2 },
      { key: 'tokenizer.ggml.unknown_token_id', type: u32, value: 0 },
      { key: 'tokenizer.ggml.padding_token_id', type: u32, value: 0 },
      { key: 'tokenizer.ggml.add_bos_token', type: bool, value: true },
      { key: 'tokenizer.ggml.add_space_prefix', type: bool, value: false },
      { key: 'tokenizer.chat_template', type: string, value: '{{ messages[0].content }}' },
    ],
    tensors,
  }
}

const random = createRandom('tiny')
/** For every tensor: small ones, and never all the same. */
const weights = Buffer.from(
  Float32Array.from(
    {
      length:
        tinyShape.width * (tinyShape.vocabulary + 1 + tinyShape.layers * (5 * tinyShape.width + 3 * tinyShape.inner)),
    },
    () => random.next() - 0.5,
  ).buffer,
)

/** The file with that header. */
export function encode(header: Header): Buffer {
  const head = encodeHeader(header)
  const entry = header.metadata.find(({ key }) => key === 'general.alignment')
  const alignment = typeof entry?.value === 'number' && entry.value > 0 && entry.value < 1e6 ? entry.value : 32
  const padding = Buffer.alloc(Math.ceil(head.length / alignment) * alignment - head.length)
  return Buffer.concat([head, padding, weights])
}

function encodeHeader({ version, tensorCount, metadata, tensors, entryCount = metadata.length }: Header): Buffer {
  return Buffer.concat([
    Buffer.from('GGUF'),
    number(u32, version),
    number(u64, tensorCount),
    number(u64, entryCount),
    ...metadata.map(({ key, type, items, value }) =>
      Buffer.concat([text(key), number(u32, type), item(type, value, items)]),
    ),
    ...tensors.map(({ name, dimensions, type, offset }) =>
      Buffer.concat([
        text(name),
        number(u32, dimensions.length),
        ...dimensions.map((each) => number(u64, each)),
        number(u32, type),
        number(u64, offset),
      ]),
    ),
  ])
}

function item(type: number, value: unknown, items = 4): Buffer {
  if (type === string) return text(String(value))
  if (type !== array) return number(type, Number(value))
  const list = Array.isArray(value) ? value : [value]
  return Buffer.concat([number(u32, items), number(u64, list.length), ...list.map((each) => item(items, each))])
}

/** A number of one of GGUF's types, with what does not fit into it cut off. */
function number(type: number, value: number): Buffer {
  const width = [1, 1, 2, 2, 4, 4, 4, 1, 8, 8, 8, 8, 8][type] ?? 4
  const bytes = Buffer.alloc(width)
  if (type === float) bytes.writeFloatLE(value)
  else if (type === 12) bytes.writeDoubleLE(value)
  else {
    const whole = Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n
    for (let i = 0; i < width; i++) bytes[i] = Number((whole >> BigInt(8 * i)) & 255n)
  }
  return bytes
}

function text(value: string): Buffer {
  return Buffer.concat([number(u64, Buffer.byteLength(value)), Buffer.from(value)])
}
