import type { ControlledEvaluateInputItem, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp'
import { commonPrefix } from '../../core/common-prefix.ts'
import type { Score, Scorer, TokenScore } from '../runtime.ts'
import { type ContextOptions, checkTokens, openContext, tooLong, useThreads } from './context.ts'
import { type Cores, onCores } from './cores.ts'
import { createQueue } from './queue.ts'
import { createTextStream } from './stream.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Tokens that are read at once. Longer pieces are no faster, and logits take four bytes a word of the vocabulary for each token that is asked about. */
const piece = 256

/** What is asked of the place after a token: log-probabilities of these tokens, and of the likeliest `top`. */
type Ask = { targets: readonly Token[]; top: number }

/** Log-probabilities of what may come next, in nats: of the tokens asked for, and of the likeliest, best first. */
type Next = { logProb(token: Token): number; likeliest: readonly (readonly [Token, number])[] }

/** What texts are read on. */
type Reading = { sequence: LlamaContextSequence; cores: Cores; signal?: AbortSignal | undefined }

type Text = { tokens: readonly Token[]; from: number }

/** What was answered of a text whose every token was asked about: of each place, and how many of the likeliest. */
type Told = { tokens: readonly Token[]; top: number; nexts: readonly (Next | undefined)[] }

/**
 * Opens a context that scores. It has no flash attention, which computes 64 tokens and more another way than fewer: without it a token's numbers do not depend on
 * how the text before it was cut into pieces, if no piece is a single token. So all that was read may be used again.
 */
export async function openScorer(
  model: LlamaModel,
  tokenizer: Tokenizer,
  { cores, ...options }: ContextOptions & { cores: Cores },
): Promise<Scorer> {
  const { contextSize } = options
  const context = await openContext(model, { ...options, sequences: 1, batchSize: piece, flashAttention: false })
  const queue = createQueue([context.getSequence()])
  /** Of the last text: the next one may begin alike, as a question does with its choices one after the other. */
  let told: Told = { tokens: [], top: 0, nexts: [] }

  const onSequence = async <T>(work: (reading: Reading) => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const sequence = await queue.take(signal)
    if (!sequence) signal?.throwIfAborted()
    if (!sequence) throw new Error('The scorer was closed before this text could be scored.')
    try {
      return await work({ sequence, cores, signal })
    } finally {
      queue.give(sequence)
    }
  }

  return {
    contextSize,
    score: (prompt, continuations) =>
      onSequence((reading) =>
        scoreTexts(
          reading,
          continuations.map((continuation) => tokensToScore(tokenizer, prompt, continuation)),
          contextSize,
        ),
      ),
    scoreTokens: async (text, { after = [], top = 0, next = false, signal } = {}) => {
      const beginning = typeof text === 'string' ? tokenizer.beginning : []
      const own = typeof text === 'string' ? tokenizer.tokenize(text, true) : checkTokens(text, tokenizer)
      const tokens = [...beginning, ...own, ...checkTokens(after, tokenizer)]
      if (tokens.length > contextSize) throw tooLong(tokens.length, contextSize)
      const nexts = await onSequence(async (reading) => {
        // A place's numbers are of the tokens up to it, and its target is the token after it.
        const same = top === told.top ? commonPrefix(tokens, told.tokens) - 1 : 0
        const known = told.nexts.slice(0, Math.max(0, same))
        const fresh = await read(reading, next ? tokens : tokens.slice(0, -1), (at) =>
          known[at] ? undefined : { targets: tokens.slice(at + 1, at + 2), top },
        )
        const nexts = tokens.map((_, at) => known[at] ?? fresh[at])
        told = { tokens: [...tokens], top, nexts }
        return nexts
      }, signal)
      const likeliest = nexts[tokens.length - 1]?.likeliest[0]
      if (likeliest) tokens.push(likeliest[0])
      return describe(tokenizer, tokens, nexts, top).slice(beginning.length)
    },
    forget: () =>
      onSequence(async ({ sequence }) => {
        told = { tokens: [], top: 0, nexts: [] }
        await sequence.clearHistory()
      }),
    dispose: async () => {
      await queue.close()
      await context.dispose()
    },
  }
}

/** Σ log P of each text's tokens from `from` on. */
async function scoreTexts(reading: Reading, texts: readonly Text[], contextSize: number): Promise<Score[]> {
  const [first] = texts
  if (!first) return []
  if (texts.some(({ tokens }) => tokens.length > contextSize)) {
    const scores: Score[] = []
    for (const text of texts) scores.push(await scoreInWindows(reading, text, contextSize))
    return scores
  }
  /** Tokens that all of them begin with; what is scored of them is the same for all. */
  const shared = Math.min(...texts.map(({ tokens }) => commonPrefix(first.tokens, tokens)))
  const start = Math.min(...texts.map(({ from }) => from))
  /** The tokens in which they part: read off one distribution. */
  const openings = texts.flatMap(({ tokens, from }) => (from <= shared ? tokens.slice(shared, shared + 1) : []))
  const common = await read(reading, first.tokens.slice(0, shared), (at) => {
    const targets = at === shared - 1 ? openings : first.tokens.slice(at + 1, at + 2)
    return at >= start - 1 && targets.length > 0 ? { targets, top: 0 } : undefined
  })
  const scores: Score[] = []
  for (const { tokens, from } of texts) {
    const rest = await read(reading, tokens.slice(0, -1), (at) =>
      at >= Math.max(shared, from - 1) ? { targets: tokens.slice(at + 1, at + 2), top: 0 } : undefined,
    )
    const score = nothing()
    for (let at = from; at < tokens.length; at++) {
      add(score, tokens[at] as Token, at <= shared ? common[at - 1] : rest[at - 1])
    }
    scores.push(score)
  }
  return scores
}

/** A text that the context is too short for: in windows that overlap by half, so that each token is given at least half a context. */
async function scoreInWindows(reading: Reading, text: Text, contextSize: number): Promise<Score> {
  const { tokens, from } = text
  const score = nothing()
  for (let at = from; at < tokens.length; ) {
    const start = tokens.length <= contextSize ? 0 : Math.max(0, at - Math.floor(contextSize / 2))
    const window = tokens.slice(start, start + contextSize)
    const nexts = await read(reading, window.slice(0, -1), (place) =>
      start + place + 1 >= at ? { targets: window.slice(place + 1, place + 2), top: 0 } : undefined,
    )
    for (; at < start + window.length; at++) add(score, tokens[at] as Token, nexts[at - start - 1])
  }
  return score
}

/**
 * Reads tokens and answers what is asked of the places after them. What the sequence has of them already is not read again, up to the first place that is
 * asked about; where nothing is asked about, nothing is read.
 */
async function read(
  { sequence, cores, signal }: Reading,
  tokens: readonly Token[],
  ask: (at: number) => Ask | undefined,
): Promise<(Next | undefined)[]> {
  const asks = tokens.map((_, at) => ask(at))
  const first = asks.findIndex((each) => each !== undefined)
  const nexts: (Next | undefined)[] = []
  if (first < 0) return nexts
  // A token that is read alone has other numbers than one of several: so there are always two, if need be the same twice.
  const end = asks.findLastIndex((each) => each !== undefined) + 1
  const text = end === 1 ? [tokens[0] as Token, tokens[0] as Token] : tokens.slice(0, end)
  const known = Math.min(commonPrefix(text, sequence.contextTokens), first, text.length - 2)
  await sequence.adaptStateToTokens(text.slice(0, known), false)
  for (let at = known; at < text.length; ) {
    const left = text.length - at
    const length = left === piece + 1 ? piece - 1 : Math.min(left, piece)
    const wanted = text.slice(at, at + length).map((token, i) => {
      const asked = asks[at + i]
      if (!asked || (end === 1 && i === 1)) return token
      const { targets, top } = asked
      // Greedy sampling (the default) selects the likeliest token, so that "selected" is the maximum, without the sorting that "top" takes.
      const filter = { tokens: [...targets], includeSelected: true, ...(top > 1 && { includeTop: top }) }
      return [
        token,
        { generateNext: { logits: { filter }, totalLogitWeight: true } },
      ] satisfies ControlledEvaluateInputItem
    })
    const evaluate = (threads: number) => {
      useThreads(sequence.context, threads)
      return sequence.controlledEvaluate(wanted)
    }
    const outputs = await onCores(cores, evaluate, signal)
    for (let i = 0; i < length; i++) if (outputs[i]?.next) nexts[at + i] = next(outputs[i]?.next)
    at += length
  }
  return nexts
}

function next(output: { logits?: Map<Token, number>; totalLogitWeight?: number } | undefined): Next {
  const logits = [...(output?.logits ?? [])].sort(([, a], [, b]) => b - a)
  const highest = logits[0]?.[1]
  if (highest === undefined || output?.totalLogitWeight === undefined)
    throw new Error('node-llama-cpp gave no logits for a token that is to be scored')
  // totalLogitWeight is Σ exp(logit − highest) over the vocabulary.
  const normaliser = highest + Math.log(output.totalLogitWeight)
  const likeliest = logits.map(([token, logit]) => [token, logit - normaliser] as const)
  const byToken = new Map(likeliest)
  return { likeliest, logProb: (token) => byToken.get(token) ?? Number.NaN }
}

function nothing(): Score {
  return { logProb: 0, tokens: 0, greedy: true }
}

function add(score: Score, token: Token, next: Next | undefined): void {
  if (!next) throw new Error('A token was to be scored whose place had not been asked about.')
  const logProb = next.logProb(token)
  score.logProb += logProb
  score.tokens++
  if (logProb < (next.likeliest[0]?.[1] ?? 0)) score.greedy = false
}

function describe(
  tokenizer: Tokenizer,
  tokens: readonly Token[],
  nexts: readonly (Next | undefined)[],
  top: number,
): TokenScore[] {
  const stream = createTextStream(tokenizer)
  let length = 0
  const written = (): string => {
    const text = stream.text.slice(length)
    length = stream.text.length
    return text
  }
  return tokens.map((token, at) => {
    stream.push(token)
    if (at === tokens.length - 1) stream.end()
    const next = at === 0 ? undefined : nexts[at - 1]
    const before = tokens.slice(Math.max(0, at - 4), at)
    return {
      token,
      text: written(),
      logProb: next?.logProb(token),
      top: (next?.likeliest ?? [])
        .slice(0, top)
        .map(([likely, logProb]) => ({ text: tokenizer.detokenize([likely], before), logProb })),
    }
  })
}

/** Prompt and continuation as one text's tokens, and where the continuation begins. */
function tokensToScore(tokenizer: Tokenizer, prompt: string, continuation: string): Text {
  const prefix = prompt === '' ? tokenizer.scoringPrefix : tokenizer.beginning
  const whole = tokenizer.tokenize(prompt + continuation, true)
  // Where the two join in one token, that token is scored as a part of the continuation.
  const shared = commonPrefix(tokenizer.tokenize(prompt, true), whole)
  // The very first token has nothing before it and no probability.
  return { tokens: [...prefix, ...whole], from: Math.max(1, prefix.length + shared) }
}
