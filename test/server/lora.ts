import fs from 'node:fs'
import { createRandom } from '../../core/random.ts'

/** Writes a real LoRA adapter (GGUF) for SmolLM2-135M: noise on the queries of its first layers, strong enough to change what it says. */
export function writeLora(file: string, { rank = 4, layers = 20, width = 576 } = {}): string {
  const random = createRandom('lora')
  const tensors = Array.from({ length: layers }, (_, layer) => `blk.${layer}.attn_q.weight`).flatMap((name) => [
    { name: `${name}.lora_a`, shape: [width, rank] },
    { name: `${name}.lora_b`, shape: [rank, width] },
  ])
  let offset = 0
  const infos = tensors.map(({ name, shape }) => {
    const info = Buffer.concat([text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset)])
    offset += rank * width * 4
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
  const weights = Float32Array.from({ length: tensors.length * rank * width }, () => random.next() - 0.5)
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
