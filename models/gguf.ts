import fs from 'node:fs'
import { EndonymError } from '../core/error.ts'
import { createHeaderReader, HeaderError, type HeaderReader, skipItems, valueType } from './llama/header.ts'

/** What the header of a GGUF file says, checked against the file itself. */
export type GgufSummary = {
  file: string
  bytes: number
  /** `model`; or `adapter` for a LoRA; or whatever else `general.type` says (`mmproj`, `imatrix`). */
  kind: string
  name: string | undefined
  /** `llama`, `qwen3`, … */
  architecture: string
  /** Weights, counted from the tensors' shapes. */
  parameters: number
  /** `Q4_1`, `F16`, …: the type that most tensors have. */
  quantisation: string
  /** Tokens of context that it was trained with; undefined for what is no language model. */
  contextLength: number | undefined
  /** Length of its hidden states. */
  width: number | undefined
  /** Jinja source, or undefined: then it is no chat model. */
  chatTemplate: string | undefined
  /** That for conversations with tools, where it is another. */
  toolTemplate: string | undefined
}

/** Type → [weights in a block, bytes of a block], as in ggml's `type_traits`. */
const tensorTypes: Readonly<Record<number, readonly [weights: number, bytes: number]>> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  9: [32, 36],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  15: [256, 292],
  16: [256, 66],
  17: [256, 74],
  18: [256, 98],
  19: [256, 50],
  20: [32, 18],
  21: [256, 110],
  22: [256, 82],
  23: [256, 136],
  24: [1, 1],
  25: [1, 2],
  26: [1, 4],
  27: [1, 8],
  28: [1, 8],
  29: [256, 56],
  30: [1, 2],
  34: [256, 54],
  35: [256, 66],
  39: [32, 17],
  40: [64, 36],
  41: [128, 18],
  42: [64, 18],
}

/** Architectures that llama.cpp knows. (Loaded late: node-llama-cpp takes a while to import. A `const enum` to TypeScript, it is an object when it runs.) */
async function knownArchitectures(): Promise<ReadonlySet<string>> {
  const { GgufArchitectureType } = (await import('node-llama-cpp')) as unknown as {
    GgufArchitectureType: Readonly<Record<string, string>>
  }
  return new Set(Object.values(GgufArchitectureType).filter((name) => name !== GgufArchitectureType.unknown))
}

/**
 * Reads and checks the header of a GGUF file, before native code sees it: llama.cpp maps the file into memory, where a file that is shorter than its
 * header says ends the whole process, and node-llama-cpp's own reader goes on reading zeros behind the end of the file.
 *
 * @throws EndonymError `model_missing`, `model_not_gguf`, `model_truncated`, `model_unsupported`
 * @example const { architecture, parameters } = await readGguf('SmolLM2-135M-Instruct.Q4_1.gguf')
 */
export async function readGguf(file: string): Promise<GgufSummary> {
  const handle = await openFile(file)
  try {
    const { size } = await handle.stat()
    return await summarise(file, size, createHeaderReader(handle.fd, size))
  } catch (cause) {
    if (!(cause instanceof HeaderError)) throw cause
    if (cause.kind === 'truncated') throw truncated(file, 'the file ends within its header', cause)
    const code = cause.kind === 'unsupported' ? 'model_unsupported' : 'model_not_gguf'
    throw new EndonymError(code, `${file} cannot be used as a model: ${cause.message}. Get another GGUF file.`, {
      cause,
    })
  } finally {
    await handle.close()
  }
}

/** `Q4_1` of `MOSTLY_Q4_1`. */
async function fileTypeName(type: number): Promise<string> {
  const { GgufFileType } = await import('node-llama-cpp')
  return (GgufFileType[type] ?? 'unknown').replace(/^(MOSTLY|ALL)_/, '')
}

async function openFile(file: string): Promise<fs.promises.FileHandle> {
  try {
    const handle = await fs.promises.open(file)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new EndonymError('model_missing', `The model file ${file} cannot be read. Check its permissions.`, {
        cause,
      })
  }
  throw new EndonymError('model_missing', `There is no model file at ${file}. Check the path, or pull the model first.`)
}

function truncated(file: string, how: string, cause?: unknown): EndonymError {
  const message = `The model file ${file} is incomplete: ${how}. Download it again.`
  return new EndonymError('model_truncated', message, { cause })
}

async function summarise(file: string, bytes: number, reader: HeaderReader): Promise<GgufSummary> {
  if (reader.text(Math.min(4, bytes)) !== 'GGUF')
    throw new HeaderError('invalid', 'it is no GGUF file (it does not begin with "GGUF")')
  const version = reader.u32()
  if (version !== 2 && version !== 3)
    throw new HeaderError('unsupported', `its GGUF version is ${version}, and 2 and 3 (little-endian) can be read`)
  const tensorCount = reader.u64()
  const metadata = readMetadata(reader, reader.u64())
  const { parameters, extent } = readTensors(reader, tensorCount)

  const text = (key: string): string | undefined => {
    const value = metadata.get(key)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const number = (key: string): number | undefined => {
    const value = metadata.get(key)
    return typeof value === 'number' ? value : undefined
  }
  const architecture = text('general.architecture')
  if (architecture === undefined) throw new HeaderError('invalid', 'its header names no architecture')
  if (!(await knownArchitectures()).has(architecture))
    throw new HeaderError('unsupported', `llama.cpp does not know its architecture "${architecture}"`)
  if ((number('split.count') ?? 1) > 1)
    throw new HeaderError(
      'unsupported',
      'it is one part of a split model, which must be merged first (llama-gguf-split --merge)',
    )

  const alignment = number('general.alignment') ?? 32
  if (!(alignment > 0)) throw new HeaderError('invalid', `its header asks for an alignment of ${alignment} bytes`)
  const start = Math.ceil(reader.offset / alignment) * alignment
  if (start + extent > bytes) throw truncated(file, `it should have ${start + extent} bytes and has ${bytes}`)
  const fileType = number('general.file_type')
  return {
    file,
    bytes,
    kind: text('general.type') ?? 'model',
    name: text('general.name'),
    architecture,
    parameters,
    quantisation: fileType === undefined ? 'unknown' : await fileTypeName(fileType),
    contextLength: number(`${architecture}.context_length`),
    width: number(`${architecture}.embedding_length`),
    chatTemplate: text('tokenizer.chat_template'),
    toolTemplate: text('tokenizer.chat_template.tool_use'),
  }
}

/** The metadata's numbers, texts and truth values; arrays (the vocabulary) are passed over. */
function readMetadata(reader: HeaderReader, count: number): Map<string, number | string | boolean> {
  const metadata = new Map<string, number | string | boolean>()
  for (let i = 0; i < count; i++) {
    const key = reader.text(reader.u64())
    const type = reader.u32()
    if (type === valueType.array) {
      const itemType = reader.u32()
      if (itemType === valueType.array) throw new HeaderError('invalid', `its metadata "${key}" nests arrays`)
      skipItems(reader, itemType, reader.u64())
    } else metadata.set(key, reader.value(type))
  }
  return metadata
}

/** Counts the weights, and the bytes from the start of the tensor data to the end of the last tensor. */
function readTensors(reader: HeaderReader, count: number): { parameters: number; extent: number } {
  let parameters = 0
  let extent = 0
  for (let i = 0; i < count; i++) {
    const name = reader.text(reader.u64())
    const dimensions = reader.u32()
    if (dimensions > 4) throw new HeaderError('invalid', `its tensor "${name}" has ${dimensions} dimensions`)
    let weights = 1
    for (let d = 0; d < dimensions; d++) weights *= reader.u64()
    const type = reader.u32()
    const [perBlock, blockBytes] = tensorTypes[type] ?? []
    if (perBlock === undefined || blockBytes === undefined)
      throw new HeaderError('unsupported', `its tensor "${name}" is of the unknown type ${type}`)
    parameters += weights
    extent = Math.max(extent, reader.u64() + Math.ceil(weights / perBlock) * blockBytes)
  }
  return { parameters, extent }
}
