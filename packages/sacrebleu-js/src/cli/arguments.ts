import { parseArgs } from 'node:util'

/** What is wrong with a command line, as a sentence. The command ends with this status. */
export class UsageError extends Error {
  readonly status: number

  constructor(message: string, status = 1) {
    super(message)
    this.status = status
  }
}

/** sacreBLEU's options: with a value or without, and the short name that it has there. Those with `many` take all values up to the next option. */
const options = {
  input: { type: 'string', short: 'i', many: true },
  'num-refs': { type: 'string', short: 'nr' },
  encoding: { type: 'string', short: 'e' },
  metrics: { type: 'string', short: 'm', many: true },
  'sentence-level': { type: 'boolean', short: 'sl' },
  'smooth-method': { type: 'string', short: 's' },
  'smooth-value': { type: 'string', short: 'sv' },
  tokenize: { type: 'string', short: 'tok' },
  lowercase: { type: 'boolean', short: 'lc' },
  force: { type: 'boolean' },
  'chrf-char-order': { type: 'string', short: 'cc' },
  'chrf-word-order': { type: 'string', short: 'cw' },
  'chrf-beta': { type: 'string' },
  'chrf-whitespace': { type: 'boolean' },
  'chrf-lowercase': { type: 'boolean' },
  'chrf-eps-smoothing': { type: 'boolean' },
  'ter-case-sensitive': { type: 'boolean' },
  'ter-asian-support': { type: 'boolean' },
  'ter-no-punct': { type: 'boolean' },
  'ter-normalized': { type: 'boolean' },
  confidence: { type: 'boolean', short: 'ci' },
  'confidence-n': { type: 'string', short: 'cin' },
  'paired-ar': { type: 'boolean', short: 'par' },
  'paired-bs': { type: 'boolean', short: 'pbs' },
  'paired-ar-n': { type: 'string', short: 'parn' },
  'paired-bs-n': { type: 'string', short: 'pbsn' },
  'paired-jobs': { type: 'string', short: 'j' },
  quiet: { type: 'boolean', short: 'q' },
  short: { type: 'boolean', short: 'sh' },
  'score-only': { type: 'boolean', short: 'b' },
  width: { type: 'string', short: 'w' },
  'no-color': { type: 'boolean', short: 'nc' },
  format: { type: 'string', short: 'f' },
  'language-pair': { type: 'string', short: 'l' },
  'spm-model': { type: 'string' },
  version: { type: 'boolean', short: 'V' },
  help: { type: 'boolean', short: 'h' },
  // What needs sacreBLEU's test sets.
  'test-set': { type: 'string', short: 't' },
  citation: { type: 'boolean' },
  cite: { type: 'boolean' },
  list: { type: 'boolean' },
  origlang: { type: 'string', short: 'ol' },
  subset: { type: 'string' },
  download: { type: 'string' },
  echo: { type: 'string', many: true },
  detail: { type: 'boolean', short: 'd' },
} as const satisfies Record<string, { type: 'string' | 'boolean'; short?: string; many?: true }>

type Name = keyof typeof options
const names = Object.keys(options) as Name[]
const needTestSets: Name[] = [
  'test-set',
  'citation',
  'cite',
  'list',
  'origlang',
  'subset',
  'download',
  'echo',
  'detail',
]
const shorts = new Map(
  names.flatMap((name) => ('short' in options[name] ? [[options[name].short as string, name] as const] : [])),
)

export type Arguments = ReturnType<typeof readArguments>

/**
 * Reads sacreBLEU's command line.
 *
 * @throws UsageError where a value is missing or wrong, and for what needs a test set to be downloaded.
 */
export function readArguments(argv: readonly string[], environment: NodeJS.ProcessEnv) {
  const { values, positionals: references } = parse(argv)
  const flag = (name: Name): boolean => values[name] === true
  const text = (name: Name): string | undefined => {
    const value = values[name]
    return Array.isArray(value) ? String(value.at(-1)) : undefined
  }
  const all = (name: Name): string[] | undefined => (Array.isArray(values[name]) ? values[name].map(String) : undefined)
  const number = (name: Name, standard: number): number => {
    const value = text(name)
    if (value === undefined) return standard
    if (!/^[+-]?\d+$/u.test(value.trim())) throw new UsageError(`--${name} takes a whole number, not "${value}".`, 2)
    return Number(value)
  }
  const oneOf = <T extends string>(name: Name, value: string, choices: readonly T[]): T => {
    if (!choices.includes(value as T))
      throw new UsageError(`--${name} takes one of ${choices.join(', ')}, not "${value}".`, 2)
    return value as T
  }

  for (const name of needTestSets) {
    if (values[name] === undefined) continue
    throw new UsageError(
      `--${name} needs sacreBLEU's test sets, which this command does not download: give the references as files.`,
    )
  }
  if (flag('paired-ar') && flag('paired-bs'))
    throw new UsageError('--paired-ar and --paired-bs exclude each other: choose one.', 2)
  const formats = ['json', 'text', 'latex'] as const
  const wanted = environment.SACREBLEU_FORMAT?.toLowerCase()
  const smoothValue = text('smooth-value')
  if (smoothValue !== undefined && Number.isNaN(Number(smoothValue || 'NaN'))) {
    throw new UsageError(`--smooth-value takes a number, not "${smoothValue}".`, 2)
  }
  const language = text('language-pair')
  if (language !== undefined && !language.includes('-')) {
    throw new UsageError(`--language-pair takes two languages as in en-de, not "${language}".`, 2)
  }
  return {
    references,
    inputs: all('input'),
    numRefs: number('num-refs', 1),
    encoding: text('encoding') ?? 'utf-8',
    metrics: [
      ...new Set((all('metrics') ?? ['bleu']).map((value) => oneOf('metrics', value, ['bleu', 'chrf', 'ter']))),
    ],
    sentenceLevel: flag('sentence-level'),
    bleu: {
      smoothing: oneOf('smooth-method', text('smooth-method') ?? 'exp', ['none', 'floor', 'add-k', 'exp']),
      ...(smoothValue !== undefined && { smoothingValue: Number(smoothValue) }),
      lowercase: flag('lowercase'),
    },
    tokenizer: text('tokenize'),
    /** Warns of nothing that looks tokenised already. */
    force: flag('force'),
    chrf: {
      characterOrder: number('chrf-char-order', 6),
      wordOrder: number('chrf-word-order', 0),
      beta: number('chrf-beta', 2),
      whitespace: flag('chrf-whitespace'),
      lowercase: flag('chrf-lowercase'),
      epsSmoothing: flag('chrf-eps-smoothing'),
    },
    ter: {
      caseSensitive: flag('ter-case-sensitive'),
      asianSupport: flag('ter-asian-support'),
      noPunctuation: flag('ter-no-punct'),
      normalized: flag('ter-normalized'),
    },
    confidence: flag('confidence') ? number('confidence-n', 1000) : undefined,
    paired: flag('paired-bs') ? ('bootstrap' as const) : flag('paired-ar') ? ('randomization' as const) : undefined,
    pairedSamples: flag('paired-bs') ? number('paired-bs-n', 1000) : number('paired-ar-n', 10_000),
    quiet: flag('quiet'),
    short: flag('short'),
    scoreOnly: flag('score-only'),
    width: number('width', 1),
    color: !flag('no-color') && !environment.NO_COLOR,
    format: formats.find((format) => format === wanted) ?? oneOf('format', text('format') ?? 'json', formats),
    targetLanguage: language?.split('-')[1] ?? '',
    spmModel: text('spm-model'),
    version: flag('version'),
    help: flag('help'),
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: spellOut(argv),
      options: Object.fromEntries(
        names.map((name) => [name, { type: options[name].type, multiple: options[name].type === 'string' }]),
      ),
      allowPositionals: true,
    }) as { values: Partial<Record<Name, string[] | boolean>>; positionals: string[] }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), 2)
  }
}

/** Writes what Python's argparse takes as what Node's parser does: `-lc` as `--lowercase`, `-m bleu ter` as two options, `--tok` as `--tokenize`. */
function spellOut(argv: readonly string[]): string[] {
  const result: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] as string
    if (argument === '--') return [...result, ...argv.slice(i)]
    const flags =
      argument.startsWith('--') || shorts.has(argument.slice(1))
        ? []
        : [...argument.slice(1)].map((letter) => shorts.get(letter))
    if (
      argument.startsWith('-') &&
      flags.length > 1 &&
      flags.every((name) => name && options[name].type === 'boolean')
    ) {
      result.push(...flags.map((name) => `--${name}`))
      continue
    }
    const found = recognise(argument)
    if (!found) {
      result.push(argument)
      continue
    }
    const { name, value } = found
    if (options[name].type === 'boolean') result.push(value === undefined ? `--${name}` : `--${name}=${value}`)
    else if (value !== undefined) result.push(`--${name}=${value}`)
    else {
      const many = 'many' in options[name]
      const first = i
      while (i + 1 < argv.length && (many || i === first) && isValue(argv[i + 1] as string))
        result.push(`--${name}=${argv[++i]}`)
      if (i === first) throw new UsageError(`--${name} needs a value.`, 2)
    }
  }
  return result
}

/** Options begin with a dash; a dash alone and negative numbers are values. */
const isValue = (argument: string): boolean => !argument.startsWith('-') || argument === '-' || /^-\d/u.test(argument)

function recognise(argument: string): { name: Name; value?: string } | undefined {
  if (argument.startsWith('--')) {
    const [given = '', ...rest] = argument.slice(2).split('=')
    const exact = names.find((name) => name === given)
    const begun = names.filter((name) => given !== '' && name.startsWith(given))
    const name = exact ?? (begun.length === 1 ? begun[0] : undefined)
    if (begun.length > 1 && !exact)
      throw new UsageError(`--${given} may be ${begun.map((one) => `--${one}`).join(' or ')}.`, 2)
    return name && { name, ...(rest.length > 0 && { value: rest.join('=') }) }
  }
  if (!argument.startsWith('-')) return undefined
  const exact = shorts.get(argument.slice(1))
  if (exact) return { name: exact }
  const one = shorts.get(argument.slice(1, 2))
  return one && options[one].type === 'string' ? { name: one, value: argument.slice(2).replace(/^=/u, '') } : undefined
}

export const help = `usage: sacrebleu-js [options] reference … [-i system …]

Scores translations as sacreBLEU does: the same options, numbers and signatures. Systems are read from files (-i) or, tab-separated, from the
standard input. References come before -i.

  -i, --input FILE …            systems; with several, each is scored, or compared with the first
  -nr, --num-refs N             split the reference file at tabs into as many references (1)
  -e, --encoding NAME           of all files (utf-8)
  -m, --metrics NAME …          bleu, chrf, ter (bleu)
  -sl, --sentence-level         score each segment
  -l, --language-pair SRC-TGT   choose BLEU's tokeniser by the target language

BLEU
  -tok, --tokenize NAME         13a, intl, zh, char, none, ja-mecab, ko-mecab, spm, flores101, flores200, spBLEU-1K
  --spm-model FILE              the SentencePiece model for spm, flores101, flores200 and spBLEU-1K
  -s, --smooth-method NAME      exp, floor, add-k, none (exp)
  -sv, --smooth-value X         for floor (0.1) and add-k (1)
  -lc, --lowercase
  --force                       do not warn of input that looks tokenised

chrF
  -cc, --chrf-char-order N (6)  -cw, --chrf-word-order N (0; 2 is chrF++)  --chrf-beta N (2)
  --chrf-whitespace  --chrf-lowercase  --chrf-eps-smoothing

TER
  --ter-case-sensitive  --ter-asian-support  --ter-no-punct  --ter-normalized

Confidence and significance; the environment's SACREBLEU_SEED is the seed (12345), or "none"
  -ci, --confidence             95 % interval by bootstrap   -cin, --confidence-n N (1000)
  -pbs, --paired-bs             paired bootstrap             -pbsn, --paired-bs-n N (1000)
  -par, --paired-ar             approximate randomisation    -parn, --paired-ar-n N (10000)
  -j, --paired-jobs N           taken for sacreBLEU's sake: there is one job

Output
  -f, --format NAME             json, text, latex (json); SACREBLEU_FORMAT overrides it
  -w, --width N                 decimals (1)
  -b, --score-only   -sh, --short   -q, --quiet   -nc, --no-color   -V, --version   -h, --help`
