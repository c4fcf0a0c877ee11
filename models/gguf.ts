import fs from 'node:fs'
import { EndonymError } from '../core/error.ts'
import { createHeaderReader, HeaderError, type HeaderReader, valueType } from './llama/header.ts'
import { checkHyperparameters } from './llama/hyperparameters.ts'
import { type Metadata, readMetadata } from './llama/metadata.ts'
import { readTensors } from './llama/tensors.ts'
import { checkVocabulary } from './llama/vocabulary.ts'

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
  /** As its makers named it: `apache-2.0`. */
  license: string | undefined
  /** Jinja source, or undefined: then it is no chat model. */
  chatTemplate: string | undefined
  /** That for conversations with tools, where it is another. */
  toolTemplate: string | undefined
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
 * header says ends the whole process, and node-llama-cpp's own reader goes on reading zeros behind the end of the file. Much else that a header can say llama.cpp asserts, and an assertion that does
 * not hold ends the process too: it is checked here. What llama.cpp itself refuses with an error is left to it.
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
  const alignment = alignmentOf(metadata)
  const { parameters, extent } = readTensors(reader, tensorCount, alignment)

  const architecture = await architectureOf(metadata)
  if ((metadata.number('split.count') ?? 1) > 1)
    throw new HeaderError(
      'unsupported',
      'it is one part of a split model, which must be merged first (llama-gguf-split --merge)',
    )
  const kind = metadata.text('general.type') ?? 'model'
  if (kind === 'adapter') checkAdapter(metadata)
  if (kind === 'model') {
    checkHyperparameters(metadata, architecture)
    checkVocabulary(metadata)
  }
  const start = Math.ceil(reader.offset / alignment) * alignment
  if (start + extent > bytes) throw truncated(file, `it should have ${start + extent} bytes and has ${bytes}`)
  const fileType = metadata.number('general.file_type')
  return {
    file,
    bytes,
    kind,
    name: metadata.text('general.name'),
    architecture,
    parameters,
    quantisation: fileType === undefined ? 'unknown' : await fileTypeName(fileType),
    contextLength: metadata.number(`${architecture}.context_length`),
    width: metadata.number(`${architecture}.embedding_length`),
    license: metadata.text('general.license')?.slice(0, 100),
    chatTemplate: metadata.text('tokenizer.chat_template'),
    toolTemplate: metadata.text('tokenizer.chat_template.tool_use'),
  }
}

/** The least that ggml takes from a file that is mapped into memory. */
const leastAlignment = 32
const mostAlignment = 1 << 20

function alignmentOf(metadata: Metadata): number {
  const key = 'general.alignment'
  const alignment = metadata.has(key) ? (metadata.number(key) ?? 0) : leastAlignment
  if (alignment >= leastAlignment && alignment <= mostAlignment && Number.isInteger(Math.log2(alignment)))
    return alignment
  throw new HeaderError(
    'invalid',
    `its header asks for an alignment of ${alignment} bytes, and it must be a power of 2 from ${leastAlignment} on`,
  )
}

async function architectureOf(metadata: Metadata): Promise<string> {
  const architecture = metadata.text('general.architecture')
  if (architecture === undefined) throw new HeaderError('invalid', 'its header names no architecture')
  if ((await knownArchitectures()).has(architecture)) return architecture
  throw new HeaderError('unsupported', `llama.cpp does not know its architecture "${architecture}"`)
}

/** Where these are of another type llama.cpp ends the process. */
function checkAdapter(metadata: Metadata): void {
  for (const [key, type] of [
    ['adapter.type', valueType.string],
    ['adapter.lora.alpha', valueType.float],
  ] as const) {
    if (metadata.has(key) && metadata.typeOf(key) !== type)
      throw new HeaderError('invalid', `its metadata "${key}" is of the wrong type`)
  }
}
