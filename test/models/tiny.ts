import fs from 'node:fs'

/** Writes a whole GGUF file of one tensor (2 × 32 zeros), which llama.cpp's own tools read; `name` makes its content differ. */
export function writeTinyGguf(file: string, name: string, { type = 'model' } = {}): string {
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  const u64 = (value: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(BigInt(value))
    return bytes
  }
  const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)])
  const pair = (key: string, value: string) => Buffer.concat([text(key), u32(8), text(value)])
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(1),
    u64(4),
    pair('general.architecture', 'llama'),
    pair('general.type', type),
    pair('general.name', name),
    Buffer.concat([text('general.file_type'), u32(4), u32(0)]),
    // name, dimensions, type F32, offset
    Buffer.concat([text('token_embd.weight'), u32(2), u64(32), u64(2), u32(0), u64(0)]),
  ])
  const padding = Buffer.alloc((32 - (header.length % 32)) % 32)
  fs.writeFileSync(file, Buffer.concat([header, padding, Buffer.alloc(2 * 32 * 4)]))
  return file
}
