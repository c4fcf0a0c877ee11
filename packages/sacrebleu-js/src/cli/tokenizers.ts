import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { tokenizers } from '../bleu.ts'
import { createSentencePiece } from '../sentencepiece/index.ts'
import { trimEnd } from '../text.ts'
import type { Tokenizer } from '../tokenizer.ts'
import { UsageError } from './arguments.ts'

/** Where sacreBLEU keeps the models that it has downloaded, and how signatures call them. */
const models = {
  spm: { file: 'sacrebleu_tokenizer_spm.model', signature: 'flores101' },
  flores101: { file: 'sacrebleu_tokenizer_spm.model', signature: 'flores101' },
  flores200: { file: 'flores200sacrebleuspm', signature: 'flores200' },
  'spBLEU-1K': { file: 'spbleu-1k_tokenizer_spm.model', signature: 'spBLEU-1K' },
} as const

/** MeCab's Python packages, with the dictionaries that sacreBLEU insists on. */
const segmenters = {
  'ja-mecab': { module: 'MeCab', dictionary: 'ipadic', size: 392126, suffix: 'IPA', extra: 'ja' },
  'ko-mecab': { module: 'mecab_ko', dictionary: 'mecab_ko_dic', size: 811795, suffix: 'KO', extra: 'ko' },
} as const

const byLanguage: Readonly<Record<string, string>> = { zh: 'zh', ja: 'ja-mecab', ko: 'ko-mecab' }
const names = [...Object.keys(tokenizers), ...Object.keys(segmenters), ...Object.keys(models)]

export type TokenizerChoice = {
  /** As given; otherwise the target language decides. */
  name: string | undefined
  targetLanguage: string
  lowercase: boolean
  spmModel: string | undefined
  environment: NodeJS.ProcessEnv
}

/**
 * BLEU's tokeniser for the command. MeCab is asked once for all segments.
 *
 * @throws UsageError when the tokeniser is not known, or what it needs is not on this machine.
 */
export function chooseTokenizer(choice: TokenizerChoice, segments: () => Iterable<string>): Tokenizer {
  const name = choice.name ?? byLanguage[choice.targetLanguage] ?? '13a'
  if (Object.hasOwn(tokenizers, name)) return tokenizers[name as keyof typeof tokenizers]
  if (Object.hasOwn(models, name)) return readModel(name as keyof typeof models, choice)
  if (Object.hasOwn(segmenters, name)) return mecab(name as keyof typeof segmenters, choice, segments())
  throw new UsageError(`--tokenize takes one of ${names.join(', ')}, not "${name}".`, 2)
}

/** What sacreBLEU says when a language is tokenised otherwise than it would. */
export function tokenizerWarning({ name, targetLanguage }: TokenizerChoice): string | undefined {
  const usual = byLanguage[targetLanguage]
  const languages: Record<string, string> = { zh: 'Chinese', ja: 'Japanese', ko: 'Korean' }
  if (name === undefined || usual === undefined || name === usual) return undefined
  return `Consider using the '${usual}' or 'spm' tokenizer for ${languages[targetLanguage]}.`
}

function readModel(name: keyof typeof models, { spmModel, environment }: TokenizerChoice): Tokenizer {
  const { file, signature } = models[name]
  const model = spmModel ?? path.join(environment.SACREBLEU ?? path.join(os.homedir(), '.sacrebleu'), 'models', file)
  if (!fs.existsSync(model)) {
    throw new UsageError(
      `The tokeniser ${name} needs its SentencePiece model, and there is none at ${model}: name the file with --spm-model.`,
    )
  }
  const pieces = createSentencePiece(fs.readFileSync(model))
  return { signature, tokenize: (segment) => pieces.encode(segment).join(' ') }
}

function mecab(
  name: keyof typeof segmenters,
  { lowercase, environment }: TokenizerChoice,
  segments: Iterable<string>,
): Tokenizer {
  const { module, dictionary, size, suffix, extra } = segmenters[name]
  const lines = [...new Set([...segments].map((segment) => trimEnd(lowercase ? segment.toLowerCase() : segment)))]
  const program = `
import json, sys, ${module}, ${dictionary}
tagger = ${module}.Tagger(${dictionary}.MECAB_ARGS + ' -Owakati')
lines = [tagger.parse(line.strip()).strip() for line in json.load(sys.stdin)]
print(json.dumps({'version': tagger.version(), 'size': tagger.dictionary_info().size, 'lines': lines}))
`
  const python = environment.SACREBLEU_PYTHON ?? 'python3'
  const { stdout, status } = spawnSync(python, ['-c', program], {
    input: JSON.stringify(lines),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  if (status !== 0) {
    throw new UsageError(
      `The tokeniser ${name} needs MeCab, and ${python} has no ${module} with ${dictionary}: install them with "pip install sacrebleu[${extra}]", or name a Python that has them in SACREBLEU_PYTHON.`,
    )
  }
  const answer = JSON.parse(stdout) as { version: string; size: number; lines: string[] }
  if (answer.size !== size) {
    throw new UsageError(
      `The tokeniser ${name} needs the dictionary ${dictionary} with ${size} entries; the one installed has ${answer.size}.`,
    )
  }
  const tokenized = new Map(lines.map((line, i) => [line, answer.lines[i] as string]))
  return {
    signature: `${name}-${answer.version}-${suffix}`,
    tokenize: (segment) => tokenized.get(segment) ?? segment,
  }
}
