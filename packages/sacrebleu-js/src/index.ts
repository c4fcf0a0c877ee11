export { type BleuOptions, createBleu, type Smoothing, smoothings, tokenizers } from './bleu.ts'
export { type ChrfOptions, createChrf } from './chrf.ts'
export {
  corpusScore,
  corpusStatistics,
  numberOfReferences,
  type ReferenceStreams,
  sentenceScore,
  sumStatistics,
  systemsStatistics,
} from './corpus.ts'
export { formatScore, formatScoreJson, type ScoreFormat } from './format.ts'
export type { Arithmetic, Counter, Metric, References, Score, Setting } from './metric.ts'
export type { Seed } from './resampling.ts'
export { type Evaluation, sacrebleuVersion, signature } from './signature.ts'
export {
  type Confidence,
  confidence,
  defaultSamples,
  defaultSeed,
  type PairedOptions,
  type PairedResult,
  type PairedTest,
  pairedTest,
} from './significance.ts'
export { createTer, type TerOptions } from './ter.ts'
export type { Tokenizer } from './tokenizer.ts'
