import { createBleu } from '../bleu.ts'
import { createChrf } from '../chrf.ts'
import { corpusStatistics, sentenceScore, sumStatistics } from '../corpus.ts'
import { formatScore } from '../format.ts'
import type { Metric } from '../metric.ts'
import type { Seed } from '../resampling.ts'
import { type Evaluation, sacrebleuVersion, signature } from '../signature.ts'
import { confidence, defaultSeed, pairedTest } from '../significance.ts'
import { createTer } from '../ter.ts'
import { type Arguments, help, readArguments, UsageError } from './arguments.ts'
import { readLines, readReferences, readSystems } from './files.ts'
import { type Column, createColors, printSeveral, printSingle } from './output.ts'
import { chooseTokenizer, tokenizerWarning } from './tokenizers.ts'

/** What the command needs of the process that it runs in. */
export type Process = {
  argv: readonly string[]
  environment: NodeJS.ProcessEnv
  isTerminal: boolean
  print(text: string): void
  report(text: string): void
}

/** Runs the command; the status to exit with. */
export function main(process: Process): number {
  try {
    const args = readArguments(process.argv, process.environment)
    if (args.help) process.print(help)
    else if (args.version) process.print(`sacrebleu-js, equal to sacrebleu ${sacrebleuVersion}`)
    else process.print(score(args, process))
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.report(`sacreBLEU: ${error.message}`)
    return error.status
  }
}

type System = { name: string; segments: string[] }

function score(args: Arguments, process: Process): string {
  const references = gatherReferences(args)
  const systems = gatherSystems(args, process)
  check(args, systems, references)
  const { seed, named } = readSeed(process.environment)
  const metrics = createMetrics(args, process, systems, references)
  const evaluation: Evaluation = { references: references.length }
  const colors = createColors(args.color && process.isTerminal)

  if (args.sentenceLevel) {
    const [metric] = metrics as [Metric]
    const described = signature(metric, evaluation, { short: args.short })
    return (systems[0]?.segments ?? [])
      .map((segment, i) =>
        sentenceScore(
          metric,
          segment,
          references.map((stream) => stream[i]),
        ),
      )
      .map((scored) => formatScore(scored, { width: args.width, scoreOnly: args.scoreOnly, signature: described }))
      .join('\n')
  }
  if (systems.length === 1) {
    const results = metrics.map((metric) => {
      const statistics = corpusStatistics(metric, systems[0]?.segments ?? [], references)
      const samples = args.confidence !== undefined && args.confidence > 1 ? args.confidence : undefined
      const drawn = samples === undefined ? {} : { bootstrap: samples, seed: named }
      return {
        score: metric.scoreOf(sumStatistics(statistics)),
        signature: signature(metric, { ...evaluation, ...drawn }, { short: args.short && args.format !== 'json' }),
        confidence: samples === undefined ? undefined : confidence(metric, statistics, { samples, seed }),
      }
    })
    return printSingle(results, args, colors)
  }
  if (!args.quiet) process.report(`sacreBLEU: Found ${systems.length} systems.`)
  return printSeveral(
    systems.map(({ name }) => name),
    compare(args, metrics, systems, references, { seed, named }),
    args,
    colors,
  )
}

function compare(
  args: Arguments,
  metrics: readonly Metric[],
  systems: readonly System[],
  references: readonly string[][],
  { seed, named }: { seed: Seed; named: string },
): Column[] {
  const segments = systems.map((system) => system.segments)
  const { paired } = args
  if (!paired) {
    return metrics.map((metric) => ({
      name: metric.name,
      signature: signature(metric, { references: references.length }, { short: args.short }),
      results: segments.map((lines) => ({
        score: metric.scoreOf(sumStatistics(corpusStatistics(metric, lines, references))),
      })),
    }))
  }
  const samples = args.pairedSamples > 0 ? args.pairedSamples : undefined
  const results = pairedTest({
    systems: segments,
    metrics,
    references,
    test: paired,
    seed,
    ...(samples && { samples }),
  })
  const drawn = samples ?? (paired === 'bootstrap' ? 1000 : 10_000)
  return metrics.map((metric, i) => {
    const test = paired === 'bootstrap' ? { bootstrap: drawn } : { randomization: drawn }
    const described = signature(metric, { references: references.length, seed: named, ...test }, { short: args.short })
    return { name: metric.name, signature: described, results: results[i] ?? [] }
  })
}

function gatherReferences(args: Arguments): string[][] {
  if (args.references.length === 0) {
    throw new UsageError(
      'There are no references: name their files before -i, as in "sacrebleu-js reference.txt -i system.txt".',
    )
  }
  if (args.numRefs !== 1 && args.references.length > 1) {
    throw new UsageError('--num-refs splits one file into several references: give one file, or leave it out.')
  }
  if (args.numRefs < 1) throw new UsageError(`--num-refs is at least 1, not ${args.numRefs}.`, 2)
  return args.references.flatMap((file) => readReferences(file, args.numRefs, args.encoding))
}

function gatherSystems(args: Arguments, process: Process): System[] {
  if (args.inputs === undefined) {
    return readSystems(args.encoding).map((segments, i) => {
      if (!args.paired) return { name: `System ${i + 1}`, segments }
      return { name: i === 0 ? 'Baseline' : `System ${i}`, segments }
    })
  }
  const systems: System[] = []
  for (const file of args.inputs) {
    if (args.paired && systems.length > 0 && file === args.inputs[0]) {
      if (!args.quiet) process.report(`sacreBLEU: Ignoring '${file}' as it was also given as the baseline.`)
      continue
    }
    if (systems.some(({ name }) => name === file))
      throw new UsageError(`${file} is given twice with -i: name each system once.`)
    systems.push({ name: file, segments: readLines(file, args.encoding) })
  }
  const [first] = systems
  if (args.paired && first) first.name = `Baseline: ${first.name}`
  return systems
}

function check(args: Arguments, systems: readonly System[], references: readonly string[][]): void {
  if (systems.length === 0) throw new UsageError('-i needs at least one file.')
  if (args.sentenceLevel && args.metrics.length > 1)
    throw new UsageError('Only one metric can be used in sentence-level mode.')
  if (args.sentenceLevel && systems.length > 1)
    throw new UsageError('Only one system can be evaluated in sentence-level mode.')
  if (args.sentenceLevel && (args.confidence !== undefined || args.paired)) {
    throw new UsageError('Statistical tests are unavailable in sentence-level mode.')
  }
  if (args.paired && systems.length === 1)
    throw new UsageError('A paired test compares systems: give at least two with -i.')
  if (systems.length > 1 && args.confidence !== undefined) {
    throw new UsageError('--confidence is for one system: use --paired-bs or --paired-ar for several.')
  }
  for (const { name, segments } of systems) {
    if (segments.length === 0) throw new UsageError(`${name} has no segments.`)
    const other = references.find((stream) => stream.length !== segments.length)
    if (other) {
      throw new UsageError(
        `Systems and references must have as many lines: ${name} has ${segments.length}, a reference has ${other.length}.`,
      )
    }
  }
}

/** The metrics in the order of their names, which is sacreBLEU's. */
function createMetrics(
  args: Arguments,
  process: Process,
  systems: readonly System[],
  references: readonly string[][],
): Metric[] {
  const choice = {
    name: args.tokenizer,
    targetLanguage: args.targetLanguage,
    lowercase: args.bleu.lowercase,
    spmModel: args.spmModel,
    environment: process.environment,
  }
  return args.metrics.toSorted().map((name) => {
    if (name === 'chrf') return createChrf(args.chrf)
    if (name === 'ter') return createTer(args.ter)
    const warning = tokenizerWarning(choice)
    if (warning) process.report(`sacreBLEU: ${warning}`)
    for (const { segments } of args.force ? [] : systems) {
      if (segments.filter((segment) => segment.endsWith(' .')).length < 100) continue
      process.report(
        'sacreBLEU: 100 lines or more end in a full stop after a space: BLEU is for text that is not tokenised. --force turns this warning off.',
      )
    }
    const tokenizer = chooseTokenizer(choice, () => [
      ...systems.flatMap(({ segments }) => segments),
      ...references.flat(),
    ])
    return createBleu({ ...args.bleu, tokenizer, effectiveOrder: args.sentenceLevel })
  })
}

/** `SACREBLEU_SEED`: a number, or `none` for a different one each time. */
function readSeed({ SACREBLEU_SEED: text = String(defaultSeed) }: NodeJS.ProcessEnv): { seed: Seed; named: string } {
  if (text.toLowerCase() === 'none') return { seed: Math.floor(Math.random() * 2 ** 48), named: 'none' }
  if (!/^\d+$/u.test(text.trim())) throw new UsageError(`SACREBLEU_SEED is a whole number or "none", not "${text}".`)
  return { seed: BigInt(text.trim()), named: text }
}
