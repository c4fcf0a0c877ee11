import { describe, expect, it } from 'vitest'
import {
  confidence,
  corpusStatistics,
  createBleu,
  createChrf,
  createTer,
  type Metric,
  type PairedOptions,
  pairedTest,
} from '../src/index.ts'
import { generator, paragraphs, perturb } from './corpora.ts'
import { ask } from './python.ts'

const metrics: [string, Metric][] = [
  ['BLEU()', createBleu()],
  [
    'BLEU(smooth_method="add-k", smooth_value=0.5, lowercase=True)',
    createBleu({ smoothing: 'add-k', smoothingValue: 0.5, lowercase: true }),
  ],
  ['BLEU(smooth_method="floor", max_ngram_order=7)', createBleu({ smoothing: 'floor', maxOrder: 7 })],
  ['CHRF(word_order=2)', createChrf({ wordOrder: 2 })],
  ['CHRF(word_order=2, eps_smoothing=True)', createChrf({ wordOrder: 2, epsSmoothing: true })],
  ['TER()', createTer()],
]

const random = generator(5)
const texts = paragraphs('glg').map((text) => text.split(' ').slice(0, 14).join(' '))
const references = [texts, texts.map((text) => perturb(text, random, 0.1))]
const systems = [0.3, 0.32, 0.5, 0.3].map((amount, i) =>
  i === 3 ? [] : texts.map((text) => perturb(text, random, amount)),
)
// The last is the baseline itself: no difference is due to anything but chance.
systems[3] = systems[0] as string[]

describe('confidence intervals', () => {
  it.each(['12345', '0', '98765432109876543210'])('are sacreBLEU’s with seed %s', (seed) => {
    const expected = ask<[number, number, number][]>(
      `
import os
os.environ['SACREBLEU_SEED'] = ${JSON.stringify(seed)}
from sacrebleu.metrics import BLEU, CHRF, TER
def interval(metric, samples):
    score = metric.corpus_score(input['hypotheses'], input['references'], n_bootstrap=samples)
    return score.score, float(score._mean), float(score._ci)
answer([interval(metric, samples) for metric in [${metrics.map(([name]) => name).join(', ')}] for samples in [50, 333]])
`,
      { hypotheses: systems[0], references },
    )
    const ours = metrics.flatMap(([, metric]) =>
      [50, 333].map((samples) => {
        const statistics = corpusStatistics(metric, systems[0] as string[], references)
        return confidence(metric, statistics, { samples, seed: BigInt(seed) })
      }),
    )
    for (const [i, { mean, interval }] of ours.entries()) {
      expect(Math.abs(mean - (expected[i]?.[1] as number)), `mean ${i}`).toBeLessThan(1e-9)
      expect(Math.abs(interval - (expected[i]?.[2] as number)), `interval ${i}`).toBeLessThan(1e-9)
    }
  })

  it('are sacreBLEU’s for a corpus whose counts are too large for 32-bit floats', () => {
    const expected = ask<[number, number]>(
      `
import numpy as np
from sacrebleu.metrics import CHRF
from sacrebleu.significance import _bootstrap_resample, estimate_ci
stats = [[(i * 7919) % 90001 + 70000, (i * 6007) % 80021 + 90000, (i * 31) % 50021] * 6 for i in range(500)]
_, scores = _bootstrap_resample(stats, CHRF(), 1000)
answer([float(x) for x in estimate_ci(np.array([s.score for s in scores]))])
`,
      null,
    )
    const statistics = Array.from({ length: 500 }, (_, i) =>
      Array.from({ length: 6 }, () => [
        ((i * 7919) % 90001) + 70000,
        ((i * 6007) % 80021) + 90000,
        (i * 31) % 50021,
      ]).flat(),
    )
    const { mean, interval } = confidence(createChrf(), statistics)
    // sacreBLEU's own mean of these is numpy's, in 32 bits; the interval is the same.
    expect(Math.abs(mean - expected[0])).toBeLessThan(1e-5)
    expect(interval).toBe(expected[1])
  })
})

describe('paired tests', () => {
  const tests: [string, Pick<PairedOptions, 'test' | 'samples' | 'confidenceSamples'>, string][] = [
    ['bootstrap resampling', { test: 'bootstrap', samples: 300 }, `test_type='bs', n_samples=300`],
    ['randomisation', { test: 'randomization', samples: 500 }, `test_type='ar', n_samples=500`],
    [
      'randomisation with intervals',
      { test: 'randomization', samples: 100, confidenceSamples: 200 },
      `test_type='ar', n_samples=100, n_ar_confidence=200`,
    ],
  ]
  it.each(tests)('by %s give sacreBLEU’s p-values and intervals', (_, options, theirs) => {
    type Expected = { score: number; p_value: number | null; mean: number | null; ci: number | null }
    // One reference: with several, TER's mean lengths are fractions, which numpy sums in an order that depends on the machine.
    const one = references.slice(0, 1)
    const expected = ask<Expected[][]>(
      `
import os
os.environ['SACREBLEU_SEED'] = '4711'
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest
def test(metric):
    systems = [(str(i), system) for i, system in enumerate(input['systems'])]
    _, scores = PairedTest(systems, {'metric': metric}, input['references'], ${theirs})()
    number = lambda x: None if x is None else float(x)
    return [{key: number(value) for key, value in result.__dict__.items()} for name, results in scores.items() if name != 'System' for result in results]
answer([test(metric) for metric in [${metrics.map(([name]) => name).join(', ')}]])
`,
      { systems, references: one },
    )
    const ours = pairedTest({
      systems,
      metrics: metrics.map(([, metric]) => metric),
      references: one,
      seed: 4711,
      ...options,
    })
    for (const [i, results] of ours.entries()) {
      for (const [system, { score, pValue, confidence: found }] of results.entries()) {
        const wanted = expected[i]?.[system] as Expected
        const where = `${metrics[i]?.[0]}, system ${system}`
        expect(Math.abs(score.value - wanted.score), where).toBeLessThan(1e-9)
        expect(pValue ?? null, where).toBe(wanted.p_value)
        expect(found === undefined, where).toBe(wanted.mean === null)
        expect(Math.abs((found?.mean ?? 0) - (wanted.mean ?? 0)), where).toBeLessThan(1e-9)
        expect(Math.abs((found?.interval ?? 0) - (wanted.ci ?? 0)), where).toBeLessThan(1e-9)
      }
    }
    expect(ours[0]?.[2]?.pValue).toBeLessThan(0.05)
  })
})
