import { type LlamaModel, type Token, TokenBias } from 'node-llama-cpp'
import { EndonymError } from '../../core/error.ts'
import { type CallForm, callFormOf } from '../call-form.ts'
import type { GgufSummary } from '../gguf.ts'
import { type ChatTemplate, type ControlTokens, compileTemplate, controlTokens } from '../template.ts'
import type { Tool, Turn } from '../tools.ts'
import { markTokens, withMarks } from './marks.ts'

/** A model's words: text ↔ token ids, and conversations → token ids. */
export type Tokenizer = {
  tokenize(text: string, special: boolean): Token[]
  /** @param before tokens of the text so far, which some tokenizers need to tell whether a space comes first. */
  detokenize(tokens: readonly number[], before?: readonly number[]): string
  /** @throws EndonymError `no_chat_template` */
  template(): ChatTemplate
  /** Token ids of a conversation, in whose messages control tokens are plain text. @throws EndonymError `no_chat_template` */
  tokenizeChat(turns: readonly Turn[], tools?: readonly Tool[]): Token[]
  /** How the chat template writes calls of functions; undefined where it has none. @throws EndonymError `no_chat_template` */
  callForm(): CallForm | undefined
  /** The token before a text that stands alone: BOS where the model was trained to begin with one. */
  readonly beginning: Token[]
  /** The token after which a first token is scored: BOS, else EOS, as lm-evaluation-harness chooses it. */
  readonly scoringPrefix: Token[]
  isEnd(token: Token): boolean
  /** What is added to the logits of tokens, as node-llama-cpp takes it. @throws EndonymError `bias_unknown` */
  bias(of: ReadonlyMap<number, number>): TokenBias
  /** Token ids are below this. */
  readonly vocabularySize: number
}

/** GGUF's `tokenizer.ggml.token_type` of tokens such as <|im_end|>, and of the unknown token. */
const controlTypes: ReadonlySet<unknown> = new Set([2, 3])

export function createTokenizer(
  native: LlamaModel,
  { file, chatTemplate: source, toolTemplate }: Pick<GgufSummary, 'file' | 'chatTemplate' | 'toolTemplate'>,
): Tokenizer {
  let template: ChatTemplate | undefined
  let controls: ControlTokens | undefined
  let written: ReadonlyMap<Token, string> | undefined
  let form: { found: CallForm | undefined } | undefined
  const { bos, eos, bosString, eosString, shouldPrependBosToken } = native.tokens

  const marks = () => {
    // A model without a template that can be read answers no chats, and marks nothing in its text.
    written ??= source === undefined ? new Map() : markTokens(native, controlTexts(native), readableForm(tokenizer))
    return written
  }

  const tokenizer: Tokenizer = {
    tokenize: (text, special) => native.tokenize(text, special),
    detokenize: (tokens, before = []) =>
      withMarks(tokens as Token[], marks(), (some, from) => {
        const preceding = [...before, ...tokens.slice(0, from)] as Token[]
        return some.length === 0 ? '' : native.detokenize(some, false, preceding)
      }),
    template() {
      if (source === undefined)
        throw new EndonymError(
          'no_chat_template',
          `${file} has no chat template, so it cannot chat. Use the instruction-tuned version of this model.`,
        )
      template ??= compileTemplate(source, { bos: bosString, eos: eosString }, toolTemplate)
      return template
    },
    callForm() {
      form ??= { found: callFormOf(tokenizer.template()) }
      return form.found
    },
    tokenizeChat(turns, tools) {
      controls ??= controlTokens(controlTexts(native))
      const parts = tokenizer.template().renderParts(turns, true, controls, tools)
      return parts.flatMap(({ text, special }) => native.tokenize(text, special))
    },
    beginning: shouldPrependBosToken && bos !== null ? [bos] : [],
    scoringPrefix: [bos ?? eos].filter((token) => token !== null),
    isEnd: (token) => native.isEogToken(token),
    bias: (of) => {
      const bias = TokenBias.for(native)
      // By `set`, node-llama-cpp passes over the tokens that end a text without a word.
      const { _biases: biases } = bias as unknown as { _biases: Map<number, number> }
      for (const [token, logit] of of) {
        if (token >= tokenizer.vocabularySize)
          throw new EndonymError(
            'bias_unknown',
            `"logit_bias" names the token ${token}, which the model does not have: its tokens are numbered from 0 to ${tokenizer.vocabularySize - 1}.`,
          )
        biases.set(token, logit)
      }
      return bias
    },
    vocabularySize: native.fileInfo.metadata.tokenizer.ggml.tokens.length,
  }
  return tokenizer
}

/** The form of its calls; undefined too where the template cannot be read, which those who chat are told. */
function readableForm(tokenizer: Tokenizer): CallForm | undefined {
  try {
    return tokenizer.callForm()
  } catch (error) {
    if (error instanceof EndonymError) return undefined
    throw error
  }
}

function controlTexts(native: LlamaModel): string[] {
  const { tokens, token_type: types } = native.fileInfo.metadata.tokenizer.ggml
  return (tokens as readonly string[]).filter((_, i) => controlTypes.has((types as readonly number[] | undefined)?.[i]))
}
