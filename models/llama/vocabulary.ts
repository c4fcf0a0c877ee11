import { HeaderError } from './header.ts'
import type { Metadata } from './metadata.ts'

/** Ids of the tokens that begin and end a text where a header names none, by the kind of vocabulary, as in llama.cpp. */
const usualIds: Readonly<Record<string, { bos?: number; eos?: number }>> = {
  llama: { bos: 1, eos: 2 },
  bert: { bos: 101 },
  gpt2: { bos: 11, eos: 11 },
  t5: { eos: 1 },
}

/**
 * Checks a vocabulary for what llama.cpp asserts: each token once, lists of one length, special tokens that there are, and bytes for whatever has no token.
 *
 * @throws HeaderError
 */
export function checkVocabulary(metadata: Metadata): void {
  const { tokens } = metadata
  const kind = metadata.text('tokenizer.ggml.model')
  if (kind === 'none' || kind === 'no_vocab' || tokens?.length === 0)
    throw new HeaderError('unsupported', 'it has no vocabulary')
  // llama.cpp itself says what is missing.
  if (tokens === undefined) return
  for (const list of ['scores', 'token_type'] as const) {
    const count = metadata.count(`tokenizer.ggml.${list}`)
    if (count !== undefined && count !== tokens.length)
      throw new HeaderError('invalid', `its vocabulary has ${tokens.length} tokens, and ${count} items of "${list}"`)
  }
  const texts = distinct(tokens)
  checkBytes(kind, tokens, metadata.numbers('tokenizer.ggml.token_type') ?? [])
  checkSpecial(metadata, tokens.length, usualIds[kind ?? ''])
  if (kind !== 'llama') return
  for (let byte = 0; byte < 256; byte++) {
    const token = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
    if (!texts.has(token) && !texts.has(String.fromCharCode(byte)))
      throw new HeaderError(
        'unsupported',
        `its vocabulary has no token ${token}, so there are texts that it cannot read`,
      )
  }
}

/** The texts of the tokens as llama.cpp tells them apart: up to a zero byte, and numbered where nothing is left. */
function distinct(tokens: readonly string[]): Set<string> {
  const texts = new Set<string>()
  for (const [i, token] of tokens.entries()) {
    const text = token.split('\0', 1)[0] || `[EMPTY_${i}]`
    if (texts.has(text)) throw new HeaderError('invalid', `its vocabulary has a token twice, the second time at ${i}`)
    texts.add(text)
  }
  return texts
}

/** GGUF's type of tokens that are single bytes. */
const byteType = 6

/** llama.cpp reads a byte from the text of its token, which it does not look at, and not in every kind of vocabulary. */
function checkBytes(kind: string | undefined, tokens: readonly string[], types: readonly number[]): void {
  const spelled = kind === 'bert' || kind === 'rwkv' ? /^(?!)/ : /^<0x[0-9A-F]{2}>$/
  for (const [i, type] of types.entries()) {
    if (type === byteType && !spelled.test(tokens[i] ?? ''))
      throw new HeaderError('invalid', `its token ${i} is to be a byte, and is not written as one`)
  }
}

function checkSpecial(metadata: Metadata, size: number, usual: { bos?: number; eos?: number } | undefined): void {
  // Of the others llama.cpp says that they are wrong, and goes on: there are models whose padding has no token.
  for (const name of ['bos', 'eos'] as const) {
    const given = metadata.number(`tokenizer.ggml.${name}_token_id`)
    if (given !== undefined && given >= size)
      throw new HeaderError('invalid', `its token "${name}" is ${given}, and it has the tokens 0 to ${size - 1}`)
    const id = given ?? usual?.[name]
    // Where a text is to begin or end with a token that there is not, llama.cpp ends the process.
    if (metadata.flag(`tokenizer.ggml.add_${name}_token`) === true && usual && (id === undefined || id >= size))
      throw new HeaderError('invalid', `texts are to have its token "${name}", and it has none`)
  }
}
