import fs from 'node:fs'
import { createQuickRandom } from '../../core/quick-random.ts'
import { createRandom } from '../../core/random.ts'

/** Weights of a layer of SmolLM2-135M: name, inputs, outputs. */
const queries: readonly Matrix[] = [['attn_q', 576, 576]]
/** All that Endonym trains adapters on. */
export const allLinear: readonly Matrix[] = [
  ...queries,
  ['attn_k', 576, 192],
  ['attn_v', 576, 192],
  ['attn_output', 576, 576],
  ['ffn_gate', 576, 1536],
  ['ffn_up', 576, 1536],
  ['ffn_down', 1536, 576],
]
type Matrix = readonly [name: string, inputs: number, outputs: number]

/** Writes a real LoRA adapter (GGUF) for SmolLM2-135M: noise on the queries of its first layers, strong enough to change what it says. */
export function writeLora(
  file: string,
  { rank = 4, layers = 20, of = queries, seed = 'lora', strength = 1 } = {},
): string {
  const random = createQuickRandom(createRandom(seed))
  const tensors = Array.from({ length: layers }, (_, layer) => layer).flatMap((layer) =>
    of.flatMap(([name, inputs, outputs]) => [
      { name: `blk.${layer}.${name}.weight.lora_a`, shape: [inputs, rank] },
      { name: `blk.${layer}.${name}.weight.lora_b`, shape: [rank, outputs] },
    ]),
  )
  let offset = 0
  const infos = tensors.map(({ name, shape: [first = 0, second = 0] }) => {
    const info = Buffer.concat([text(name), u32(2), u64(first), u64(second), u32(0), u64(offset)])
    offset += first * second * 4
    return info
  })
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(4),
    ...[
      ['general.architecture', 'llama'],
      ['general.type', 'adapter'],
      ['adapter.type', 'lora'],
    ].map(([key = '', value = '']) => Buffer.concat([text(key), u32(8), text(value)])),
    Buffer.concat([text('adapter.lora.alpha'), u32(6), Buffer.from(Float32Array.of(8).buffer)]),
    ...infos,
  ])
  const weights = Float32Array.from({ length: offset / 4 }, () => strength * (random.next() - 0.5))
  const padding = Buffer.alloc((32 - (header.length % 32)) % 32)
  fs.writeFileSync(file, Buffer.concat([header, padding, Buffer.from(weights.buffer)]))
  return file
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function text(value: string): Buffer {
  return Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)])
}
