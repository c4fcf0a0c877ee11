import { HeaderError, type HeaderReader, skipItems, valueType } from './header.ts'

/** What a header says of a model by name, as far as it is looked at: numbers, texts, truth values, short lists of numbers and the vocabulary's texts. */
export type Metadata = {
  has(key: string): boolean
  /** GGUF's number of the value's type, of a list that of its items. */
  typeOf(key: string): number | undefined
  /** A text that is not empty. */
  text(key: string): string | undefined
  number(key: string): number | undefined
  /** A number, or a list of them: one for each layer. */
  numbers(key: string): readonly number[] | undefined
  flag(key: string): boolean | undefined
  /** How many items a list has. */
  count(key: string): number | undefined
  /** The texts of the vocabulary, byte by byte, so that two are equal only where their bytes are. */
  readonly tokens: readonly string[] | undefined
}

/** llama.cpp compares each key with all before it, so that this many take seconds. Models have some fifty. */
const mostEntries = 10_000
/** As the format has it. */
const longestKey = 65_535
/** Bytes of a text at most: some files hold their whole tokeniser once more. */
const longestText = 1 << 24
/** The longest chat templates have some 60,000 bytes; much longer ones take minutes to read. */
const longestTemplate = 1 << 18
/** What is one word, by which something is looked up, and which is said to people. */
const words: ReadonlySet<string> = new Set([
  'general.architecture',
  'general.type',
  'tokenizer.ggml.model',
  'tokenizer.ggml.pre',
])
const longestWord = 64
/** The largest vocabularies have 262,144 tokens and twice as many merges; in memory each text is several times as large as in the file. */
const mostItems = 1 << 22
/** A list of numbers that is looked at: one for each layer. */
const mostNumbers = 1024
const tokensKey = 'tokenizer.ggml.tokens'
const tokenTypesKey = 'tokenizer.ggml.token_type'

type Value = { type: number; value?: number | string | boolean; count?: number; numbers?: number[]; tokens?: string[] }

/** Reads so many entries, none of them twice and none absurdly large. @throws HeaderError */
export function readMetadata(reader: HeaderReader, entries: number): Metadata {
  if (entries > mostEntries)
    throw new HeaderError('invalid', `its header has ${entries} entries of metadata, where models have some fifty`)
  const values = new Map<string, Value>()
  for (let i = 0; i < entries; i++) {
    const key = readKey(reader)
    if (values.has(key)) throw new HeaderError('invalid', `its metadata has "${key}" twice`)
    values.set(key, readValue(reader, key, reader.u32()))
  }
  const scalar = (key: string) => values.get(key)?.value
  return {
    has: (key) => values.has(key),
    typeOf: (key) => values.get(key)?.type,
    text: (key) => {
      const value = scalar(key)
      return typeof value === 'string' && value !== '' ? value : undefined
    },
    number: (key) => {
      const value = scalar(key)
      return typeof value === 'number' ? value : undefined
    },
    numbers: (key) => {
      const value = scalar(key)
      return typeof value === 'number' ? [value] : values.get(key)?.numbers
    },
    flag: (key) => {
      const value = scalar(key)
      return typeof value === 'boolean' ? value : undefined
    },
    count: (key) => values.get(key)?.count,
    tokens: values.get(tokensKey)?.tokens,
  }
}

function readKey(reader: HeaderReader): string {
  const length = reader.u64()
  if (length === 0 || length > longestKey)
    throw new HeaderError('invalid', `its metadata has a name of ${length} bytes, where names have up to ${longestKey}`)
  return reader.text(length)
}

function readValue(reader: HeaderReader, key: string, type: number): Value {
  if (type === valueType.array) return readList(reader, key)
  if (type !== valueType.string) {
    const value = reader.value(type)
    if (Number.isNaN(value)) throw new HeaderError('invalid', `its metadata "${key}" is no number`)
    return { type, value }
  }
  const length = reader.u64()
  const most = words.has(key) ? longestWord : key.startsWith('tokenizer.chat_template') ? longestTemplate : longestText
  if (length > most)
    throw new HeaderError(
      'invalid',
      `its metadata "${key}" has ${length} bytes, where ${most} are the most that can be`,
    )
  return { type, value: reader.text(length) }
}

function readList(reader: HeaderReader, key: string): Value {
  const type = reader.u32()
  const count = reader.u64()
  if (type === valueType.array) throw new HeaderError('invalid', `its metadata "${key}" nests arrays`)
  if (count > mostItems) throw new HeaderError('invalid', `its metadata "${key}" is a list of ${count} items`)
  if (key === tokensKey && type === valueType.string)
    return { type, count, tokens: Array.from({ length: count }, () => reader.text(reader.u64(), 'latin1')) }
  if (type !== valueType.string && (count <= mostNumbers || key === tokenTypesKey))
    return { type, count, numbers: Array.from({ length: count }, () => Number(reader.value(type))) }
  skipItems(reader, type, count)
  return { type, count }
}
